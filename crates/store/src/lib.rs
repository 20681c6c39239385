//! Everything durable; the only SQL of Probity.
//!
//! [`Store`] keeps log, records, ledger and outbox in one SQLite file. A [`Batch`] is one commit:
//! all of it is written, or nothing. There is one writer at a time; a second gets [`Error::InUse`].
//!
//! Every backend has to pass `tests/it/contract.rs`.

mod access;
mod backtests;
mod batch;
mod cases;
mod changes;
mod commit;
mod delivery;
mod erased;
mod error;
mod examine;
mod filings;
mod find;
mod identity;
mod indexed;
mod lock;
mod lookup;
mod named;
mod open;
mod proposals;
mod proven;
mod read;
mod rows;
mod scrub;
mod snapshots;
mod tallies;

pub use access::{Answer, ApiKey, Session, Staff};
pub use backtests::{Backtest, BacktestState, Finish, NewBacktest, WholeBacktest};
pub use batch::{
    AuditRow, Batch, CaseRow, ChangeRow, Enforced, FilingRow, HoldRow, LogRow, OutboxRow,
    PolicySet, RecordRow, RefusedRow, Stretch, Tallies,
};
pub use cases::CaseFilter;
pub use changes::{Asked, Heard};
pub use delivery::{Progress, Receiver, Undelivered};
pub use erased::{Counts, Eraser, Erasure, KEPT, Loss, sender};
pub use error::Error;
pub use examine::Damage;
pub use filings::{FilingFilter, PartyRow};
pub use find::{Filter, Listed, Page};
pub use identity::Identity;
pub use indexed::{KeySums, Misled};
pub use open::Store;
pub use proposals::{Decided, Outcome, Proposal, Proposed};
pub use proven::{Aside, PAGE, RowChange, SHAPES, Shape};
pub use snapshots::Snapshots;
