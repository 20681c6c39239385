//! Everything durable; the only SQL of Probity.
//!
//! [`Store`] keeps log, records, ledger and outbox in one SQLite file. A [`Batch`] is one commit:
//! all of it is written, or nothing. There is one writer at a time; a second gets [`Error::InUse`].
//!
//! Every backend has to pass `tests/it/contract.rs`.

mod access;
mod batch;
mod cases;
mod changes;
mod commit;
mod daily_counts;
mod delivery;
mod erased;
mod error;
mod examine;
mod filings;
mod find;
mod identity;
mod indexed;
mod jobs;
mod lock;
mod lookup;
mod named;
mod open;
mod proposals;
mod proven;
mod read;
mod reports;
mod rows;
mod scrub;
mod snapshots;
mod statements;

pub use access::{Answer, ApiKey, Session, Staff};
pub use batch::{
    Activated, AuditRow, Batch, CaseRow, ChangeRow, DailyCounts, FilingRow, HoldRow, LogRow,
    OutboxRow, PolicySetRow, RecordRow, RefusedRow, Stretch,
};
pub use cases::CaseFilter;
pub use changes::{Heard, InboxRequest};
pub use delivery::{Progress, Receiver, Undelivered};
pub use erased::{Counts, Eraser, Erasure, KEPT, Loss, sender};
pub use error::Error;
pub use examine::Damage;
pub use filings::{FilingFilter, PartyRow};
pub use find::{Filter, Listed, Page};
pub use identity::Identity;
pub use indexed::{KeySums, Misled};
pub use jobs::{JOBS_KEPT, JobEnd, JobRow, JobState, NewJob, WholeJob};
pub use open::Store;
pub use proposals::{Decided, Proposal, ProposalOutcome, Proposed};
pub use proven::{Aside, PAGE, RowChange, SHAPES, Shape};
pub use reports::{ReportFilter, ReportPart, ReportRow, ReportState};
pub use snapshots::Snapshots;
pub use statements::{StatementEnd, StatementFilter, StatementRow, StatementState};
