//! What a figure is made of.

use serde::Serialize;

/// Where one of the things that make a figure is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = FigureEntry))]
#[serde(rename_all = "snake_case", tag = "entry", content = "id")]
pub enum Entry {
    /// A decision, by its id.
    Decision(String),
    /// A notice, by its id.
    Notice(String),
    /// An order of an authority, by its id.
    Order(String),
    /// A complaint, by its id.
    Complaint(String),
    /// Posted contents are counted, not listed.
    Uploads,
}
