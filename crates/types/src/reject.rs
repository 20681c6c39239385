//! Why an input was refused: a closed list of named reasons.

/// A reason to refuse a line, an element or a row. The rest of the input is still read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// Not JSON.
    #[error("{0}")]
    MalformedJson(String),
    /// Nested deeper than the limit, which no real event reaches.
    #[error("nested deeper than 64 levels; events are flat, send less")]
    TooDeep,
    /// Bytes that are not UTF-8.
    #[error("byte {0} is not UTF-8; send UTF-8")]
    NotUtf8(usize),
    /// A line or element over the limit.
    #[error("longer than {0} bytes; raise --line-bytes-max or send less")]
    TooLong(usize),
    /// A part of the envelope or an id is missing.
    #[error("`{0}` is missing or empty; every event needs it")]
    MissingField(&'static str),
    /// A group of data is missing.
    #[error("`{0}` must carry `data.{1}`")]
    MissingGroup(&'static str, &'static str),
    /// A value of the wrong type or out of range.
    #[error("{0}")]
    WrongField(String),
    /// An event type that does not exist.
    #[error("there is no event type `{0}`; docs/events.md lists them")]
    UnknownType(String),
    /// Something that only Probity itself may send, and the alternative.
    #[error("`{0}` can only come from Probity itself; {1}")]
    Reserved(&'static str, &'static str),
    /// A version that this build does not support.
    #[error(
        "{0} is not spoken here; this build speaks CloudEvents 1.0 and version 1 of the vocabulary"
    )]
    WrongVersion(String),
    /// A time that cannot be read.
    #[error("`{0}` is not an RFC 3339 time like 2024-11-24T10:00:00Z")]
    WrongTime(String),
    /// A time that cannot be read in its declared format.
    #[error("{0}")]
    OtherTime(String),
    /// A time in the future.
    #[error(
        "`{0}` lies in the future; check the sender's clock, or allow more (--future-max, future_max)"
    )]
    Future(String),
    /// An event with the same source and id was taken before.
    #[error("an event with this source and id was taken before")]
    Duplicate,
    /// A quote that is never closed, or closed in the middle of a cell.
    #[error("a quote is not closed; double the quotes inside a quoted cell")]
    BrokenQuote,
    /// A row with another number of cells than the header.
    #[error("the row has {found} cells, the header has {expected}")]
    WrongColumns {
        /// Cells in this row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// A cell that cannot be read as the mapping says.
    #[error("column `{column}`: {why}")]
    WrongCell {
        /// The column's name.
        column: String,
        /// What is wrong with the cell.
        why: String,
    },
}

impl Reject {
    /// The name of the reason, for counting and branching.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::MalformedJson(_) => "malformed_json",
            Self::TooDeep => "too_deep",
            Self::NotUtf8(_) => "not_utf8",
            Self::TooLong(_) => "too_long",
            Self::MissingField(_) => "missing_field",
            Self::MissingGroup(..) => "missing_group",
            Self::WrongField(_) => "wrong_field",
            Self::UnknownType(_) => "unknown_type",
            Self::Reserved(..) => "reserved",
            Self::WrongVersion(_) => "wrong_version",
            Self::WrongTime(_) | Self::OtherTime(_) => "wrong_time",
            Self::Future(_) => "future",
            Self::Duplicate => "duplicate",
            Self::BrokenQuote => "broken_quote",
            Self::WrongColumns { .. } => "wrong_columns",
            Self::WrongCell { .. } => "wrong_cell",
        }
    }

    /// Whether reading stopped there, so that another reason may matter more.
    pub(crate) const fn hides_others(&self) -> bool {
        matches!(self, Self::MalformedJson(_) | Self::TooDeep | Self::MissingField(_))
    }

    /// Whether the reason is that the member at `path` is missing: `account.id`.
    #[must_use]
    pub fn lacks(&self, path: &str) -> bool {
        let (group, member) = path.rsplit_once('.').unwrap_or(("", path));
        match self {
            Self::MissingField(name) => path == *name,
            // The required member of a group is listed first.
            Self::MissingGroup(_, name) => {
                let first = crate::Group::ALL.iter().find(|known| known.name() == *name);
                let first = first.and_then(|known| known.members().first());
                group == *name && first.is_some_and(|(first, _)| member == *first)
            }
            Self::WrongField(text) => text.contains(&format!("missing field `{member}`")),
            _ => false,
        }
    }

    /// The reason that corresponds to an error of the JSON reader.
    #[must_use]
    pub fn from_json(error: &serde_json::Error) -> Self {
        let text = error.to_string();
        if text.starts_with("recursion limit exceeded") {
            return Self::TooDeep;
        }
        if error.is_data() { Self::WrongField(text) } else { Self::MalformedJson(text) }
    }
}
