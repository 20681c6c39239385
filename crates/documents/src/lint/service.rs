//! The name of the service: in every row, and the same everywhere.

use std::collections::BTreeMap;

use super::{Findings, Place, rules};
use crate::published::PublishedReport;
use crate::template::Kind;

/// How many spellings a finding quotes.
const QUOTED_MAX: usize = 5;

pub(super) fn check(report: &PublishedReport, findings: &mut Findings) {
    let mut spellings: BTreeMap<&str, usize> = BTreeMap::new();
    for table in &report.tables {
        let Some(at) = table.position_of(Kind::Service) else { continue };
        for row in table.data() {
            let (cell, place) = (row.cell(at), Place::cell(table, row, at));
            let name = cell.trim();
            if name.is_empty() {
                findings.add(&rules::SERVICE_EMPTY, place, "", "");
                continue;
            }
            if name != cell {
                findings.add(&rules::SERVICE_TRAILING_SPACE, place, cell, "");
            }
            *spellings.entry(name).or_default() += 1;
        }
    }
    if spellings.len() > 1 {
        let quoted = spellings.iter().take(QUOTED_MAX);
        let quoted: Vec<_> =
            quoted.map(|(name, count)| format!("'{name}' in {count} rows")).collect();
        let rule = &rules::SERVICE_INCONSISTENT;
        findings.add(rule, Place::REPORT, &quoted.join(" / "), "");
    }
}
