//! Files, headers and rows that are no data.

use super::{Report, check, lint_files};

#[test]
fn names_and_numbers_of_files_are_checked() {
    check(
        |report| report.names[3] = "Example_2026 - 4_notices.csv".to_owned(),
        &["file-name 4 - - Example_2026 - 4_notices.csv"],
    );
    check(
        |report| {
            report.names.push("4_notices_again.csv".to_owned());
            report.sheets.push(report.sheets[3].clone());
        },
        &["file-name 12 - - 4_notices_again.csv", "sheet-twice 12 - - 4_notices_again.csv"],
    );
    check(
        |report| {
            report.names.remove(1);
            report.sheets.remove(1);
        },
        &["sheet-not-here 0 - - 2_categories_names"],
    );
    check(
        |report| {
            report.names.push("notes.csv".to_owned());
            report.sheets.push(vec![vec!["a".to_owned(), "b".to_owned()]]);
        },
        &["file-unknown 12 - - notes.csv"],
    );
}

#[test]
fn encodings_and_separators_are_survived_and_reported() {
    let mut report = Report::complete();
    report.set(11, (1, 1), "Applicability ");
    let mut files = report.files();
    let at = files[10].1.windows(8).position(|bytes| bytes == b"We look ").unwrap();
    files[10].1[at + 2] = 0x92;
    let codes: Vec<_> = lint_files(&files).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["not-utf8", "header-trailing-space"]);

    let mut files = Report::complete().files();
    let text = String::from_utf8(files[9].1.clone()).unwrap();
    files[9].1 =
        b"\xFF\xFE".iter().copied().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let with_semicolons = String::from_utf8(files[0].1.clone()).unwrap().replace(',', ";");
    files[0].1 = [b"\xEF\xBB\xBF", with_semicolons.as_bytes()].concat();
    let codes: Vec<_> = lint_files(&files).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["separator", "not-utf8"]);
}

#[test]
fn headers_are_compared_with_the_template() {
    check(|report| report.set(4, (1, 1), "x"), &["header-corrupt-first-cell 4 1 1 x"]);
    check(
        |report| {
            report.set(11, (1, 4), "Indikator");
            report.set(11, (1, 5), "Wert");
        },
        &["header-text 11 1 - Indikator | Wert"],
    );
    check(
        |report| report.sheets[1].iter_mut().for_each(|row| drop(row.pop())),
        &["header-missing-column 2 1 - Contextual information"],
    );
    check(
        |report| {
            report.sheets[9].iter_mut().for_each(|row| row.extend([String::new(), String::new()]))
        },
        &["header-extra-column 10 1 8  |"],
    );
}

#[test]
fn an_added_column_does_not_move_the_others() {
    check(
        |report| {
            for (index, row) in report.sheets[5].iter_mut().enumerate() {
                let label = if index == 0 { "Category label" } else { "Category 1" };
                row.insert(3, label.to_owned());
            }
            report.set(6, (3, 7), "1,234");
        },
        &[
            "header-extra-column 6 1 4 Category label",
            "total-sum 6 2 7 0",
            "sub-category-sum 6 3 7 1234",
            "thousands-separator 6 3 7 1,234",
        ],
    );
}

#[test]
fn rows_that_are_no_data_are_reported_and_skipped() {
    check(
        |report| {
            report.sheets[9].push(vec![String::new(); 7]);
            report.sheets[9].push(vec!["* an estimate".to_owned(), String::new()]);
        },
        &["blank-row 10 30 -", "stray-text-row 10 31 1 * an estimate"],
    );
}

#[test]
fn a_translated_sheet_is_read_by_position() {
    check(
        |report| {
            for row in 1..=28 {
                for column in 1..=7 {
                    if ![2, 3, 6, 7].contains(&column) || row == 1 {
                        report.set(10, (row, column), &format!("mot {column}"));
                    }
                }
            }
            (2..=29).for_each(|row| report.set(10, (row, 1), "All"));
            report.set(10, (29, 4), "mot");
            report.set(10, (29, 5), "mot 5");
            report.set(10, (3, 7), "1.5");
        },
        &["header-text 10 1 - mot 1 | mot 2", "amar-sum 10 2 7 0", "count-decimal 10 3 7 1.5"],
    );
}

#[test]
fn a_file_beyond_the_limit_is_not_read() {
    let mut files = Report::complete().files();
    files[9].1 = vec![b'x'; crate::published::FILE_BYTES_MAX + 1];
    let codes: Vec<_> = lint_files(&files).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["file-cut"]);
}
