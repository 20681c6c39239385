//! Who reports: what the ledger does not know.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::template::Applicability;

/// The size of the provider, by which rows of the template apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// A provider of intermediary services that hosts nothing.
    Intermediary,
    /// A hosting service.
    Hosting,
    /// An online platform.
    #[default]
    Platform,
    /// A very large online search engine.
    Vlose,
    /// A very large online platform.
    Vlop,
}

impl Size {
    /// Whether a row with that applicability concerns the provider.
    #[must_use]
    pub const fn fills(self, rows: Applicability) -> bool {
        match rows {
            Applicability::All => true,
            Applicability::Hosting => matches!(self, Self::Hosting | Self::Platform | Self::Vlop),
            Applicability::Platforms => matches!(self, Self::Platform | Self::Vlop),
            Applicability::Vlops => matches!(self, Self::Vlop),
            Applicability::VlopsAndVloses => matches!(self, Self::Vlop | Self::Vlose),
        }
    }
}

/// Who reports. Read from a TOML file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// The name of the service, the same in all sheets.
    pub service: String,
    /// The name of the provider.
    pub provider: String,
    /// The size of the provider.
    pub size: Size,
    /// The day on which the report is published.
    pub published: Option<Date>,
    /// The day on which the report before it was published.
    pub previous: Option<Date>,
    /// The number of external moderators, whom the provider contracts.
    pub external_moderators: Option<u64>,
}
