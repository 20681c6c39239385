//! Tables, and what is said beside them, in whatever account: written as CSV and as workbooks,
//! compared, and called by texts.

mod change;
mod entry;
mod section;
mod table;

pub use change::{Change, changes};
pub use entry::Entry;
pub use section::{Section, filled, named_figures};
pub use table::{FIGURE, Table};
