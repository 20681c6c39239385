//! Files of reports.

use documents::tables::Table;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::reading::{item, one, published_one, row};
use super::views::WholeReport;
use crate::reports::cover;
use crate::reports::making::DSA;
use crate::service::problem::Problem;
use crate::service::state::App;

/// A file of a report.
#[derive(Debug)]
pub struct ReportFile {
    /// Its name, with the period and the version, so that versions are told apart.
    pub name: String,
    /// Its media type.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file of a report: `report.xlsx` and `report.json` hold it whole, `NAME.csv` one table,
/// `manifest.json` what is needed to count it again. The public gets what is published, with small
/// rows put together.
///
/// # Errors
///
/// [`Problem::NotFound`] if there is no such report or file, or if it is not published.
pub async fn file(
    app: &App,
    (id, name): (u64, &str),
    is_public: bool,
) -> Result<ReportFile, Problem> {
    let whole = if is_public { published_one(app, id).await? } else { one(app, id).await? };
    let internal = |error: &dyn std::fmt::Display| Problem::Internal(error.to_string());
    let (kind, bytes) = match name {
        "report.json" => ("application/json", json(&whole)?),
        "report.xlsx" => {
            let day = whole.known_at.to_zoned(TimeZone::UTC).date();
            let (_, manifest) = item(&row(app, id).await?)?;
            let version = whole.report.version;
            let sheets = cover::sheets(&manifest, version, &whole.sections, &whole.tables);
            (XLSX, Table::workbook(&sheets, day).map_err(|error| internal(&error))?)
        }
        "manifest.json" => {
            let (_, mut manifest) = item(&row(app, id).await?)?;
            if is_public {
                manifest.missing.clear();
            }
            ("application/json", json(&manifest)?)
        }
        name => {
            let stem = name.strip_suffix(".csv");
            let table = whole.tables.iter().find(|table| Some(table.name.as_str()) == stem);
            let csv = table.ok_or(Problem::NotFound("file"))?.csv();
            ("text/csv; charset=utf-8", csv.map_err(|error| internal(&error))?)
        }
    };
    Ok(ReportFile { name: named(&whole, name), kind, bytes })
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec_pretty(value).map_err(|error| Problem::Internal(error.to_string()))
}

/// The name with period and version. The template wants its CSV files named as its sheets.
fn named(whole: &WholeReport, name: &str) -> String {
    let report = &whole.report;
    if report.regime == DSA && name.ends_with(".csv") {
        return name.to_owned();
    }
    let correction = if report.corrects.is_some() { "_correction" } else { "" };
    format!(
        "{}_{}_{}_v{}{correction}_{name}",
        report.regime, report.first_day, report.last_day, report.version
    )
}
