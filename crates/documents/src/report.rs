//! The transparency report of Implementing Regulation (EU) 2024/2835: figures in, eleven sheets
//! out.
//!
//! [`Figures`] are counted by the caller under the definitions of [`definitions`]; [`tables`] puts
//! them into the template. A count that was never counted is 0 (none); a median or share without
//! anything to take it from is blank (not applicable), and so is what [`Figures::leave_blank`]
//! names, with its reason.

pub mod definitions;
mod figures;
mod period;
mod profile;
mod recipients;
mod sheets;
mod texts;

pub use figures::{Class, Figures, Place, Value};
pub use period::Period;
pub use profile::{Profile, Size};
pub use recipients::recipients;
pub use sheets::{place_at, tables};
pub use texts::{Missing, Texts, text_name};
