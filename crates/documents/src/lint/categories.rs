//! Categories and keywords: codes, labels, missing and repeated rows, descriptions of "Other".

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    Findings, Place,
    groups::{Line, columns, has_figures, known, lines},
    rules,
};
use crate::published::{Row, Table};
use crate::template::{
    CategoryRow, KEYWORD_OTHER, Kind, Level, SheetId, TOTAL, category_rows, plain,
};

/// How the template's help text begins in the languages that were seen, in lower case.
const HELP_TEXTS: [&str; 2] = ["text to detail", "texte pour préciser"];

/// A text that so many categories share and that has a word in quotation marks is help text in
/// another language: descriptions are of one category each.
const HELP_TEXT_CATEGORIES_MIN: usize = 3;

pub(super) fn check(table: &Table, findings: &mut Findings) {
    let Some(sheet) = table.sheet.filter(|_| !table.header.is_empty()) else { return };
    if sheet == SheetId::Categories {
        check_labels(table, findings);
    }
    if !sheet.is_by_category() {
        return;
    }
    let lines = lines(table);
    check_codes(table, &lines, findings);
    check_missing(table, &lines, findings);
    check_blocks(table, &lines, findings);
    check_twice(table, &lines, findings);
    check_other(table, &lines, findings);
}

fn check_labels(table: &Table, findings: &mut Findings) {
    let Some(at) = table.position_of(Kind::Label) else { return };
    let template: Vec<_> = category_rows(SheetId::Categories).collect();
    let mut rows: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in table.data() {
        let label = row.cell(at).trim();
        if !template.iter().any(|known| known.label == label) {
            findings.add(&rules::CATEGORY_LABEL, Place::cell(table, row, at), label, "");
        }
        rows.entry(label).or_default().push(row);
        check_label_code(table, row, findings);
    }
    let file = Place { column: Some(at + 1), ..Place::file(table) };
    for (label, rows) in rows.iter().filter(|(_, rows)| rows.len() > 1) {
        let numbers: Vec<_> = rows.iter().map(|row| row.number.to_string()).collect();
        let note = format!("the label stands {} times, in rows {}", rows.len(), numbers.join(", "));
        findings.add(&rules::DUPLICATE_ROW, file, label, note);
    }
    for row in template.iter().filter(|row| !rows.contains_key(row.label.as_str())) {
        findings.add(&rules::CATEGORY_MISSING, file, &row.label, "");
    }
}

fn check_label_code(table: &Table, row: &Row, findings: &mut Findings) {
    let Some(at) = table.position_of(Kind::Category) else { return };
    let code = row.cell(at).trim();
    if known(code).is_none() && code != KEYWORD_OTHER {
        findings.add(&rules::CATEGORY_CODE, Place::cell(table, row, at), code, "");
    }
}

fn check_codes(table: &Table, lines: &[Line<'_>], findings: &mut Findings) {
    let Some(at) = table.position_of(Kind::Category) else { return };
    let codes: BTreeSet<_> = template(table).map(|row| row.code).collect();
    for line in lines.iter().filter(|line| !codes.contains(line.code)) {
        let is_elsewhere = known(line.code).is_some();
        let rule = if is_elsewhere { &rules::CATEGORY_NOT_OF_SHEET } else { &rules::CATEGORY_CODE };
        findings.add(rule, Place::cell(table, line.row, at), line.code, "");
    }
}

fn template(table: &Table) -> impl Iterator<Item = CategoryRow> {
    table.sheet.into_iter().flat_map(category_rows)
}

/// The rows with scope `TOTAL` must be complete.
fn check_missing(table: &Table, lines: &[Line<'_>], findings: &mut Findings) {
    let place = category_column(table);
    let keys: BTreeSet<_> = lines
        .iter()
        .filter(|line| line.scope == TOTAL)
        .map(|line| (line.category, other_for_unknown(line.code)))
        .collect();
    for row in template(table).filter(|row| !keys.contains(&(row.category, &row.code))) {
        let value = if row.code == KEYWORD_OTHER { &row.label } else { &row.code };
        findings.add(&rules::CATEGORY_MISSING, place, value, "");
    }
}

/// An unknown code stands where "Other" should, and is reported as such.
fn other_for_unknown(code: &str) -> &str {
    if known(code).is_some() { code } else { KEYWORD_OTHER }
}

/// Rows by member state need not be there; but where they follow the template, with most categories
/// and most keywords of a category, each keyword must have one.
fn check_blocks(table: &Table, lines: &[Line<'_>], findings: &mut Findings) {
    let mut present: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let by_state = lines.iter().filter(|line| line.scope != TOTAL);
    for line in by_state.filter(|line| line.level == Level::Keyword) {
        present.entry(line.category).or_default().insert(line.code);
    }
    let mut keywords: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for row in template(table).filter(|row| row.level == Level::Keyword) {
        keywords.entry(row.category).or_default().push(row.code);
    }
    if present.len() * 2 <= keywords.len() {
        return;
    }
    let place = category_column(table);
    for (category, codes) in keywords {
        let Some(present) = present.get(category).filter(|set| set.len() * 2 > codes.len()) else {
            continue;
        };
        for code in codes.iter().filter(|code| !present.contains(code.as_str())) {
            findings.add(&rules::BLOCK_ROW_MISSING, place, code, "");
        }
    }
}

/// The column of the codes.
fn category_column(table: &Table) -> Place<'_> {
    let column = table.position_of(Kind::Category).map(|at| at + 1);
    Place { column, ..Place::file(table) }
}

fn check_twice(table: &Table, lines: &[Line<'_>], findings: &mut Findings) {
    let mut rows: BTreeMap<_, Vec<&Line<'_>>> = BTreeMap::new();
    for line in lines {
        let description = table.text(line.row, Kind::Description);
        let is_other = line.code == KEYWORD_OTHER;
        // Rows of "Other" are told apart by their descriptions, so empty ones cannot be.
        if is_other && (description.is_empty() || is_help_text(description)) {
            continue;
        }
        let description = if is_other { description } else { "" };
        rows.entry((line.category, line.code, line.scope, description)).or_default().push(line);
    }
    for (key, rows) in rows.into_iter().filter(|(_, rows)| rows.len() > 1) {
        let note = format!("{} rows with the same category and scope: keep one", rows.len());
        let place = Place::row(table, rows[0].row);
        findings.add(&rules::DUPLICATE_ROW, place, &format!("{} / {}", key.1, key.2), note);
    }
}

fn check_other(table: &Table, lines: &[Line<'_>], findings: &mut Findings) {
    let Some(at) = table.position_of(Kind::Description) else { return };
    let counts = columns(table, Kind::Count);
    let shared = shared_texts(table, lines);
    for line in lines {
        let place = Place::cell(table, line.row, at);
        let description = line.row.cell(at).trim();
        let has_figures = has_figures(line.row, &counts);
        let is_help = is_help_text(description) || shared.contains(description);
        let rule = match (is_help, description.is_empty(), line.code == KEYWORD_OTHER) {
            (true, _, _) if has_figures => &rules::OTHER_HELP_TEXT_WITH_VALUES,
            (true, _, _) => &rules::OTHER_HELP_TEXT,
            (_, true, true) if has_figures => &rules::OTHER_NO_DESCRIPTION,
            (_, false, false) => &rules::DESCRIPTION_ON_NAMED_KEYWORD,
            _ => continue,
        };
        findings.add(rule, place, description, "");
    }
}

fn is_help_text(description: &str) -> bool {
    let words = plain(description).to_lowercase();
    HELP_TEXTS.iter().any(|start| words.starts_with(start))
}

/// Descriptions with a word in quotation marks that many categories share.
fn shared_texts<'a>(table: &Table, lines: &[Line<'a>]) -> BTreeSet<&'a str> {
    let mut categories: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for line in lines.iter().filter(|line| line.code == KEYWORD_OTHER) {
        let description = table.text(line.row, Kind::Description);
        if description.contains(['"', '«', '»', '„', '“', '”']) {
            categories.entry(description).or_default().insert(line.category);
        }
    }
    let is_shared = |set: &BTreeSet<&str>| set.len() >= HELP_TEXT_CATEGORIES_MIN;
    categories.into_iter().filter(|(_, set)| is_shared(set)).map(|(text, _)| text).collect()
}
