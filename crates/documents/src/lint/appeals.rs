//! Sheet 7: outcomes and types of complaints add up.

use super::{
    Findings,
    expected::{Expected, sum, value},
    indicators::find,
    rules,
};
use crate::published::{Table, number::Number};
use crate::template::{COMPLAINT_TYPES, COMPLAINTS, SheetId, indicator_rows, indicators};

const TOTAL: &str = "Total number";

/// The outcomes; Annex I calls the last `Decision omitted`, Annex II `Decisions omitted`.
const OUTCOMES: [&str; 5] = [
    "Decisions upheld",
    "Decisions partially reversed",
    "Decisions reversed",
    "Decision omitted",
    "Decisions omitted",
];

/// How many of the outcomes the six types of complaint have, too.
const OUTCOMES_OF_TYPES: usize = 3;

/// Whether the sheet has that scope.
pub(super) fn is_scope(scope: &str) -> bool {
    let template = indicator_rows(SheetId::Appeals);
    OUTCOMES.contains(&scope) || template.iter().any(|row| row.scope == scope)
}

pub(super) fn check(table: &Table, findings: &mut Findings) {
    if table.sheet != Some(SheetId::Appeals) {
        return;
    }
    for indicator in indicators(SheetId::Appeals) {
        let outcomes = Expected {
            rule: &rules::DECISIONS_SUM,
            row: find(table, indicator, TOTAL),
            sum: sum(OUTCOMES.iter().filter_map(|scope| number(table, indicator, scope))),
            parts: format!("the outcomes of `{indicator}`"),
        };
        outcomes.check(table, findings);
    }
    for scope in std::iter::once(TOTAL).chain(OUTCOMES.into_iter().take(OUTCOMES_OF_TYPES)) {
        let types = Expected {
            rule: &rules::COMPLAINT_TYPES_SUM,
            row: find(table, COMPLAINTS, scope),
            sum: sum(COMPLAINT_TYPES.iter().filter_map(|name| number(table, name, scope))),
            parts: format!("the six types of complaint, `{scope}`,"),
        };
        types.check(table, findings);
    }
}

fn number(table: &Table, indicator: &str, scope: &str) -> Option<Number> {
    find(table, indicator, scope).map(|row| value(table, row))
}
