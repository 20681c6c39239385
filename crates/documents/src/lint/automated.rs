//! Sheets 8 and 9: languages and moderators add up.

use super::{
    Findings,
    expected::{Expected, sum, value},
    indicators::find,
    rules,
};
use crate::published::{Row, Table};
use crate::template::{AUTOMATED_MEASURES, Kind, LANGUAGES, MODERATORS, SheetId, plain};

const TOTAL: &str = "Total number";

/// Whether sheet 8 has that scope; languages are scopes, too.
pub(super) fn is_scope(scope: &str) -> bool {
    [TOTAL, "Own-initiative", "NAM Total", "NAM Trusted Flagger"].contains(&scope)
}

pub(super) fn check(table: &Table, findings: &mut Findings) {
    match table.sheet {
        Some(SheetId::Automated) => check_languages(table, findings),
        Some(SheetId::Staff) => check_moderators(table, findings),
        _ => {}
    }
}

fn check_languages(table: &Table, findings: &mut Findings) {
    for indicator in AUTOMATED_MEASURES {
        let is_part = |row: &&Row| {
            plain(table.text(row, Kind::Indicator)) == indicator
                && LANGUAGES.contains(&table.text(row, Kind::Scope))
        };
        let languages = Expected {
            rule: &rules::LANGUAGE_SUM,
            row: find(table, indicator, TOTAL),
            sum: sum(table.data().filter(is_part).map(|row| value(table, row))),
            parts: "the languages".to_owned(),
        };
        languages.check(table, findings);
    }
}

fn check_moderators(table: &Table, findings: &mut Findings) {
    let number = |name| find(table, name, TOTAL).and_then(|row| value(table, row).value);
    let [internal, external, all] = MODERATORS;
    let both = number(internal).zip(number(external));
    let moderators = Expected {
        rule: &rules::MODERATORS_SUM,
        row: find(table, all, TOTAL),
        sum: both.map(|(internal, external)| internal + external),
        parts: "internal and external moderators".to_owned(),
    };
    moderators.check(table, findings);
}
