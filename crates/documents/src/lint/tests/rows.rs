//! Rows: indicators, categories, descriptions.

use super::{Report, after, check};

#[test]
fn rows_of_indicators_are_complete_known_and_unique() {
    check(|report| report.remove(1, 2), &["indicator-missing 1 - 3 Name of the service provider"]);
    check(
        |report| report.set(9, (2, 5), "Number of cats"),
        &[
            "indicator-missing 9 - 5 Number of internal moderators employed by the provider",
            "indicator-unknown 9 2 5 Number of cats",
        ],
    );
    check(
        |report| assert_ne!(report.copy(8, 22), 0),
        &["duplicate-row 8 22 - Number of measures solely taken by automated means / bg"],
    );
    check(|report| report.remove(10, 28), &["member-state-missing 10 - - SI"]);
}

#[test]
fn codes_and_labels_are_those_of_the_template() {
    check(|report| report.set(4, (6, 4), "KEYWORD_CATS"), &["category-code 4 6 4 KEYWORD_CATS"]);
    check(
        |report| {
            let row = report.copy(4, 3);
            report.set(4, (row, 4), "STATEMENT_CATEGORY_OTHER_VIOLATION_TC");
        },
        &["category-not-of-sheet 4 93 4 STATEMENT_CATEGORY_OTHER_VIOLATION_TC"],
    );
    check(
        |report| report.set(2, (37, 1), "Category 5z"),
        &["category-missing 2 - 1 Category 6", "category-label 2 37 1 Category 5z"],
    );
    check(|report| assert_ne!(report.copy(2, 4), 0), &["duplicate-row 2 - 1 Category 1a"]);
    check(|report| report.remove(5, 4), &["category-missing 5 - 4 KEYWORD_ANIMAL_HARM"]);
    check(|report| report.remove(5, 6), &["category-missing 5 - 4 Category 1c"]);
    check(
        |report| assert_ne!(report.copy(5, 4), 0),
        &["duplicate-row 5 4 - KEYWORD_ANIMAL_HARM / TOTAL"],
    );
}

#[test]
fn an_unknown_category_is_no_keyword_of_the_one_above() {
    check(
        |report| {
            let row = report.copy(5, 4);
            report.set(5, (row, 4), "STATEMENT_CATEGORY_CATS");
            [2, row].iter().for_each(|row| report.set(5, (*row, 6), "4"));
            report.set(6, (2, 6), "");
        },
        &["category-code 5 92 4 STATEMENT_CATEGORY_CATS"],
    );
}

#[test]
fn accuracy_is_reported_for_each_system() {
    check(
        |report| {
            let row = report.copy(8, 4);
            report.set(8, (row, 4), "Example classifier");
        },
        &[],
    );
}

#[test]
fn blocks_by_member_state_are_complete() {
    let blocks = |report: &mut Report, without: usize| {
        for row in (2..=92).filter(|row| *row != without) {
            let copy = report.copy(3, row);
            report.set(3, (copy, 6), "AT");
        }
    };
    check(|report| blocks(report, 0), &[]);
    check(|report| blocks(report, 4), &["block-row-missing 3 - 4 KEYWORD_ANIMAL_HARM"]);
    check(
        |report| {
            let copy = report.copy(3, 4);
            report.set(3, (copy, 6), "AT");
        },
        &[],
    );
}

#[test]
fn descriptions_belong_to_other_and_are_no_help_text() {
    let help = "Text to detail the \"Other\" keyword.";
    check(|report| report.set(5, (6, 5), help), &[&format!("other-help-text 5 6 5 {help}")]);
    check(
        |report| {
            [2, 3, 6].iter().for_each(|row| report.set(5, (*row, 6), "4"));
            report.set(5, (6, 5), help);
        },
        &[
            "other-help-text-with-values 5 6 5 Text to detail the \"Other\" keyword.",
            "own-initiative-vs-sheets-5-6 8 7 7 0",
        ],
    );
    check(|report| [2, 3, 6].iter().for_each(|row| report.set(6, (*row, 8), "0")), &[]);
    check(
        |report| [2, 3, 6].iter().for_each(|row| report.set(4, (*row, 12), "4")),
        &["other-no-description 4 6 5"],
    );
    check(|report| report.set(5, (4, 5), "Cats"), &["description-on-named-keyword 5 4 5 Cats"]);
    // Nobody describes three categories alike with a word in quotation marks.
    let translated = "Text zum Stichwort „Sonstiges“";
    let findings =
        after(|report| [6, 13, 21].iter().for_each(|row| report.set(5, (*row, 5), translated)));
    assert!(
        findings.iter().all(|line| line.starts_with("other-help-text 5")) && findings.len() == 3
    );
}
