//! Lists: words, domains, names and values that rules refer to.

/// The kind of the entries of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Words and phrases.
    Terms,
    /// Domains.
    Domains,
    /// Names of accounts.
    Names,
    /// Ids, hashes and anything else compared exactly.
    Values,
}

impl ListKind {
    /// The kind called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "terms" => Self::Terms,
            "domains" => Self::Domains,
            "names" => Self::Names,
            "values" => Self::Values,
            _ => return None,
        })
    }

    /// Its name in list files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Domains => "domains",
            Self::Names => "names",
            Self::Values => "values",
        }
    }
}

/// A list as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name in rules.
    pub name: String,
    /// What its entries are.
    pub kind: ListKind,
    /// The entries.
    pub entries: Vec<String>,
}
