//! Files of reports.

use documents::tables::{Section, Table};
use jiff::tz::TimeZone;
use serde::Serialize;

use super::reading::{item, one, published_one, row};
use super::views::WholeReport;
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
            let sheets = sheets(&whole);
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

/// The sheets of the workbook: the template's alone, or who reports and what is said before the
/// tables.
fn sheets(whole: &WholeReport) -> Vec<Table> {
    if whole.report.regime == DSA {
        return whole.tables.clone();
    }
    let mut sheets = vec![about(whole), words(&whole.sections)];
    sheets.extend(whole.tables.iter().cloned());
    sheets
}

fn about(whole: &WholeReport) -> Table {
    let report = &whole.report;
    let version = match &report.corrects {
        None => report.version.to_string(),
        Some(old) => {
            format!("{}, correction of version {}: {}", report.version, old.version, old.reason)
        }
    };
    let head = match &whole.root {
        None => "an empty ledger".to_owned(),
        Some(root) => format!("{} entries of the ledger, tree head {root}", whole.entries),
    };
    let rows = [
        ("Service", whole.service.clone()),
        ("Provider", whole.provider.clone()),
        ("Report", report.title.clone()),
        ("Asked for by", report.law.clone()),
        ("First day", report.first_day.clone()),
        ("Last day", report.last_day.clone()),
        ("Version", version),
        ("Counted under", head),
        ("Outcomes known at", whole.known_at.to_string()),
    ];
    text_table("about", ["About", ""], rows.map(|(name, text)| (name.to_owned(), text)).to_vec())
}

fn words(sections: &[Section]) -> Table {
    let said = sections.iter().filter(|section| !section.text.is_empty());
    let rows = said.map(|section| (section.title.clone(), section.text.clone())).collect();
    text_table("texts", ["Title", "Text"], rows)
}

fn text_table(name: &str, header: [&str; 2], rows: Vec<(String, String)>) -> Table {
    Table {
        name: name.to_owned(),
        header: header.map(str::to_owned).to_vec(),
        rows: rows.into_iter().map(|(name, text)| vec![name, text]).collect(),
        names: vec![0],
        ..Table::default()
    }
}
