//! Reports as the API and the console show them.

use documents::account::Rhythm;
use documents::tables::{Change, Entry, Section, Table};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::reports::manifest::Corrected;

/// Who did something to a report, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportStep {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
}

/// A report in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportItem {
    /// Its number.
    pub id: u64,
    /// The name of its regime.
    pub regime: String,
    /// Its title.
    pub title: String,
    /// What asks for it.
    pub law: String,
    /// The first day of its period.
    pub first_day: String,
    /// The last day of its period.
    pub last_day: String,
    /// Its version within the regime and the period, from 1.
    pub version: u64,
    /// `draft`, `signed`, `published` or `withdrawn`.
    pub state: &'static str,
    /// Whether its period was not over when it was counted.
    pub is_preview: bool,
    /// When it was counted, and who had it counted.
    pub counted: ReportStep,
    /// When it was signed off, and by whom; `null` if it is not.
    pub signed: Option<ReportStep>,
    /// When it was published, and by whom; `null` if it is not.
    pub published: Option<ReportStep>,
    /// What it corrects; `null` if it is the first version.
    pub corrects: Option<Corrected>,
}

/// A page of reports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportPage {
    /// The reports.
    pub items: Vec<ReportItem>,
    /// The value of `before` for the next page; `null` if there are no more.
    pub next: Option<u64>,
}

/// Filters for reports; every filter that is set must match.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The name of a regime. Empty: any.
    pub regime: String,
    /// Only reports with a number below this.
    pub before: Option<u64>,
}

/// A report with its figures.
#[derive(Debug, Serialize, ToSchema)]
pub struct WholeReport {
    /// The fields shown in lists.
    pub report: ReportItem,
    /// Number of entries of the ledger that were counted.
    pub entries: u64,
    /// The root of the tree over them, in hexadecimal; `null` if there were none.
    pub root: Option<String>,
    /// When that tree head was signed.
    pub signed_at: Option<Timestamp>,
    /// The signature of the ledger's key under it.
    pub signature: Option<String>,
    /// The service that is reported on; empty if it is not configured.
    pub service: String,
    /// The provider; empty if it is not configured.
    pub provider: String,
    /// The number of the version that corrects it; `null` if it is the latest.
    pub corrected_by: Option<u64>,
    /// Outcomes known by then are counted.
    pub known_at: Timestamp,
    /// Its tables, exact; for the public with small rows put together.
    pub tables: Vec<Table>,
    /// What is said beside them.
    pub sections: Vec<Section>,
    /// What is not measured, and why.
    pub gaps: Vec<String>,
    /// What is still to be written.
    pub missing: Vec<String>,
    /// How each measure is counted.
    pub definitions: Vec<DefinitionView>,
    /// The version of the same period that it is compared with, else the report of the period
    /// before; `null` if there is none.
    pub compared_with: Option<u64>,
    /// The figures that differ from that one.
    pub changes: Vec<Change>,
    /// Definitions that have another version than in that one.
    pub changed_definitions: Vec<String>,
}

/// How a measure is counted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DefinitionView {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// The head of its column.
    pub name: String,
    /// What is counted.
    pub counted: String,
    /// Unit and rounding.
    pub unit: String,
    /// What a blank cell means.
    pub blank: String,
}

/// A signature under a report.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Signature {
    /// That texts which are still to be written may stay away.
    pub accepts_missing: bool,
}

/// The cell of a figure.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CellQuery {
    /// The name of the table.
    pub table: String,
    /// The row, from 0 below the header.
    pub row: usize,
    /// The column, from 0.
    pub column: usize,
}

/// What a figure is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct BehindFigure {
    /// The figure as it stands in the report.
    pub figure: String,
    /// Number of things that it is made of; of a share, of what it is a share of.
    pub count: u64,
    /// How many of them the caller may not see.
    pub hidden: u64,
    /// These things, at most 10,000. Of a sum of items or a median, each thing once.
    pub entries: Vec<Entry>,
}

/// Whether a report is as it was counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportCheck {
    /// The figures that differ when they are counted again under the same ledger.
    pub differences: Vec<Change>,
    /// Definitions that have another version by now.
    pub changed_definitions: Vec<String>,
}

/// A report that is owed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DueReport {
    /// The name of its regime.
    pub regime: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What asks for it.
    pub law: &'static str,
    /// How often it is owed.
    pub rhythm: Option<Rhythm>,
    /// The first day of its period.
    #[schema(value_type = String)]
    pub first_day: Date,
    /// The last day of its period.
    #[schema(value_type = String)]
    pub last_day: Date,
    /// The last day on which it is in time; `null` if nothing says.
    #[schema(value_type = Option<String>)]
    pub due: Option<Date>,
    /// Days until then, negative if it is late; `null` if nothing says.
    pub days_left: Option<i32>,
    /// `running` (the period is not over), `missing`, `draft`, `signed` or `published`.
    pub state: &'static str,
    /// The number of its latest version; `null` if there is none.
    pub report: Option<u64>,
}
