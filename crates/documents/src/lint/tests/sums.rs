//! Arithmetic.

use super::{Report, check};

#[test]
fn categories_are_the_sums_of_their_keywords() {
    check(|report| report.set(4, (4, 12), "3"), &["sub-category-sum 4 3 12 0"]);
    check(
        |report| {
            report.set(4, (2, 12), "3");
            report.set(4, (3, 12), "");
            report.set(4, (4, 12), "3");
        },
        &["total-sum 4 2 12 3", "category-blank-sub-rows-not 4 3 12"],
    );
    check(
        |report| {
            (4..=6).for_each(|row| (6..=15).for_each(|column| report.set(4, (row, column), "")));
            report.set(4, (2, 12), "3");
            report.set(4, (3, 12), "3");
        },
        &["category-without-sub-rows 4 3 - 0"],
    );
}

#[test]
fn a_median_lies_between_those_of_its_parts() {
    let medians = |report: &mut Report, all: &str| {
        [(3, all), (4, "20"), (5, "142")].iter().for_each(|(row, hours)| {
            report.set(3, (*row, 10), hours);
        });
    };
    check(|report| medians(report, "0"), &["median-outside-sub-rows 3 3 10 0"]);
    check(|report| medians(report, "142.5"), &["median-outside-sub-rows 3 3 10 142.5"]);
    check(|report| medians(report, "20.5"), &[]);
    check(|report| medians(report, ""), &[]);
}

#[test]
fn member_states_add_up() {
    check(
        |report| {
            report.set(3, (2, 11), "5");
            report.set(3, (3, 11), "5");
            report.set(3, (4, 11), "5");
            let copy = report.copy(3, 2);
            report.set(3, (copy, 6), "AT");
            report.set(3, (copy, 11), "4");
        },
        &["member-state-sum 3 2 11 5"],
    );
    check(|report| report.set(10, (3, 7), "4"), &["amar-sum 10 2 7 0"]);
}

#[test]
fn parts_are_not_more_than_the_whole() {
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(5, (*row, 7), "4")),
        &[
            "automated-over-total 5 2 7 4",
            "automated-over-total 5 3 7 4",
            "automated-over-total 5 4 7 4",
        ],
    );
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(6, (*row, 21), "4")),
        &[
            "restriction-over-total 6 2 21 4",
            "restriction-over-total 6 3 21 4",
            "restriction-over-total 6 4 21 4",
        ],
    );
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(4, (*row, 13), "4")),
        &[
            "trusted-over-total 4 2 13 4",
            "trusted-over-total 4 3 13 4",
            "trusted-over-total 4 4 13 4",
        ],
    );
    check(
        |report| [2, 3, 4].iter().for_each(|row| report.set(3, (*row, 7), "4")),
        &["items-below-orders 3 2 8 0", "items-below-orders 3 3 8 0", "items-below-orders 3 4 8 0"],
    );
}

#[test]
fn complaints_and_moderators_add_up() {
    check(
        |report| report.set(7, (3, 7), "1"),
        &["decisions-sum 7 2 7 0", "complaint-types-sum 7 3 7 1"],
    );
    check(|report| report.set(9, (2, 7), "1"), &["moderators-sum 9 4 7 0"]);
}

#[test]
fn sheets_agree_with_each_other() {
    check(|report| report.set(8, (12, 7), "3"), &["notices-vs-sheet-4 8 13 7 3"]);
    check(|report| report.set(8, (8, 7), "3"), &["own-initiative-vs-sheets-5-6 8 7 7 3"]);
    check(|report| report.set(8, (22, 7), "3"), &["language-sum 8 2 7 0"]);
}
