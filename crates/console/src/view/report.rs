//! One report: who stands for it, what lacks, what changed, its figures and what they are made of.

use app::reports::book::{BehindFigure, CellQuery, ReportItem, ReportStep, WholeReport};
use documents::tables::{Change, Entry, FIGURE, Section, Table};
use maud::{Markup, html};

use super::layout::Column::Text;
use super::layout::{self, Frame};
use super::reports::state;

/// What the viewer may do.
#[derive(Clone, Copy)]
pub(crate) struct Rights {
    /// Whether the viewer may prepare reports.
    pub(crate) can_write: bool,
    /// Whether the viewer may sign and publish them.
    pub(crate) can_sign: bool,
}

/// Changes shown; the file has the others.
const CHANGES_SHOWN: usize = 200;

/// The whole page.
pub(crate) fn page(frame: &Frame, whole: &WholeReport, rights: Rights) -> Markup {
    let item = &whole.report;
    let linked = Some(item.id);
    let body = html! {
        div.head {
            div {
                h1 { (item.title) }
                p { (item.first_day) " to " (item.last_day) ", version " (item.version) }
            }
            (state(item.state))
        }
        div.grid-main {
            div.stack-l {
                (lacking(whole))
                (compared(whole))
                (definitions(whole))
            }
            div.stack-l {
                (story(item))
                (files(whole, "/reports"))
                (proof(whole))
                (steps(frame, whole, rights))
            }
        }
        (contents(whole, linked))
    };
    layout::page(frame, body)
}

fn lacking(whole: &WholeReport) -> Markup {
    let list = |title: &str, lines: &[String]| {
        html! {
            @if !lines.is_empty() {
                details open[lines.len() < 8] {
                    summary { (title) " (" (lines.len()) ")" }
                    ul.lines { @for line in lines { li { (line) } } }
                }
            }
        }
    };
    html! {
        @if !whole.missing.is_empty() || !whole.gaps.is_empty() {
            section.card.stack aria-labelledby="lacking-title" {
                h2 #lacking-title { "What lacks" }
                (list("Texts still to be written", &whole.missing))
                (list("Not measured, left blank", &whole.gaps))
            }
        }
    }
}

fn compared(whole: &WholeReport) -> Markup {
    html! {
        @if let Some(with) = whole.compared_with {
            section.card.stack aria-labelledby="compared-title" {
                h2 #compared-title {
                    "What differs from " a href={ "/reports/" (with) } { "report " (with) }
                }
                @for line in &whole.changed_definitions { p.notice { (line) } }
                (changes(&whole.changes))
            }
        }
    }
}

/// Figures that differ, in a table.
pub(super) fn changes(all: &[Change]) -> Markup {
    html! {
        @if all.is_empty() {
            p { "No figure differs." }
        } @else {
            (layout::table(
                ("Figures that differ", "Figures before and now"),
                &[Text("Table"), Text("Row"), Text("Figure"), Text("Before"), Text("Now")],
                html! {
                    @for change in all.iter().take(CHANGES_SHOWN) {
                        tr {
                            td { (change.table) }
                            td { (change.row) }
                            td { (change.column) }
                            td.num { (dash(&change.before)) }
                            td.num { (dash(&change.now)) }
                        }
                    }
                },
            ))
            @if all.len() > CHANGES_SHOWN {
                p.soft.small { "and " (all.len() - CHANGES_SHOWN) " more" }
            }
        }
    }
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// What is said, with its tables; then tables that nothing is said of. With the number of a report,
/// figures lead to what they are made of.
pub(super) fn contents(whole: &WholeReport, linked: Option<u64>) -> Markup {
    let named = |name: &str| whole.tables.iter().find(|table| table.name == name);
    let is_said =
        |table: &&Table| whole.sections.iter().any(|section| section.tables.contains(&table.name));
    let is_bare = |table: &&Table| !is_said(table) && table.name != CATEGORIES;
    let mut chapters: Vec<Vec<&Section>> = Vec::new();
    for section in &whole.sections {
        match chapters.last_mut().filter(|_| section.level > 1) {
            Some(chapter) => chapter.push(section),
            None => chapters.push(vec![section]),
        }
    }
    html! {
        @for chapter in chapters {
            section.card.stack aria-label=(chapter[0].title) {
                @for section in chapter {
                    @match section.level {
                        1 => { h2 { (section.title) } }
                        2 => { h3 { (section.title) } }
                        _ => { h4 { (section.title) } }
                    }
                    @for text in section.text.split("\n\n").filter(|text| !text.is_empty()) {
                        p { (text) }
                    }
                    @for table in section.tables.iter().filter_map(|name| named(name)) {
                        (shown(table, linked))
                    }
                }
            }
        }
        @for table in whole.tables.iter().filter(is_bare) {
            section.card.stack aria-label=(table.title) {
                h2 { (table.title) }
                (shown(table, linked))
            }
        }
    }
}

/// The sheet of the harmonised report that names categories, as the law does.
const CATEGORIES: &str = "2_categories_names";

/// A table; rows without any figure but 0 are left to the files.
fn shown(table: &Table, linked: Option<u64>) -> Markup {
    if table.figures.is_empty() {
        return said(table);
    }
    let rows = shown_rows(table);
    let left = (table.rows.len() - rows.len()) as u64;
    html! {
        div.stack id=(table.name) {
            @if rows.is_empty() {
                p.soft { "All figures are 0 or blank; the files have each of them." }
            } @else {
                (grid(table, &rows, linked))
                @if left > 0 {
                    p.soft.small {
                        (layout::counted(left, "row", "rows"))
                        " without anything counted: in the files."
                    }
                }
            }
            @if !table.note.is_empty() { p.soft.small { (table.note) } }
        }
    }
}

/// What a table says that has no figures: the last cell of each row.
fn said(table: &Table) -> Markup {
    let rows = table.rows.iter().filter_map(|row| Some((table.row_name(row), row.last()?)));
    let rows: Vec<(String, &String)> = rows.filter(|(_, text)| !text.is_empty()).collect();
    html! {
        @if rows.is_empty() {
            p.soft { "Nothing is written yet." }
        } @else {
            dl.stack {
                @for (name, text) in rows {
                    dt { strong { (name) } }
                    dd { @for part in text.split("\n\n") { p { (part) } } }
                }
            }
        }
    }
}

/// The rows with something counted; of a table with a row for each measure all, since who is owed
/// an account is owed its zeros.
fn shown_rows(table: &Table) -> Vec<(usize, &Vec<String>)> {
    let is_tall = table.header.first().is_some_and(|head| head == FIGURE);
    let is_counted = |(_, row): &(usize, &Vec<String>)| {
        let figures = table.figures.iter().filter_map(|at| row.get(*at));
        is_tall || figures.clone().any(|cell| !matches!(cell.as_str(), "" | "0"))
    };
    table.rows.iter().enumerate().filter(is_counted).collect()
}

fn grid(table: &Table, rows: &[(usize, &Vec<String>)], linked: Option<u64>) -> Markup {
    let names = &table.names;
    html! {
        (layout::scroll(&format!("Table: {}", table.title), html! {
            table {
                caption.unseen { (table.title) }
                thead { tr {
                    @for at in names { th scope="col" { (table.header[*at]) } }
                    @for at in &table.figures { th.num scope="col" { (table.header[*at]) } }
                } }
                tbody { @for (at, row) in rows { tr {
                    @for (nth, name) in names.iter().enumerate() {
                        @let text = row.get(*name).map(String::as_str).unwrap_or_default();
                        @if nth == 0 { th scope="row" { (text) } } @else { td { (text) } }
                    }
                    @for column in &table.figures {
                        @let text = row.get(*column).map(String::as_str).unwrap_or_default();
                        td.num { (cell(&table.name, (*at, *column), text, linked)) }
                    }
                } } }
            }
        }))
    }
}

fn cell(table: &str, (row, column): (usize, usize), text: &str, linked: Option<u64>) -> Markup {
    html! {
        @match linked {
            Some(id) if !matches!(text, "" | "0") => {
                a href={
                    "/reports/" (id) "/figure?table=" (table) "&row=" (row) "&column=" (column)
                } { (text) }
            }
            _ => { (dash(text)) }
        }
    }
}

/// How each measure is counted.
pub(super) fn definitions(whole: &WholeReport) -> Markup {
    html! {
        details.card {
            summary { "How it is counted" }
            dl.stack {
                @for one in &whole.definitions {
                    dt { strong { (one.name) } " " code { (one.id) } ", version " (one.version) }
                    dd {
                        p { (one.counted) }
                        p.soft.small { (one.unit) "; blank: " (one.blank) }
                    }
                }
            }
        }
    }
}

fn story(item: &ReportItem) -> Markup {
    let step = |step: &ReportStep, did: &str| {
        html! {
            li {
                p { strong { (layout::person(&step.by)) } " " (did) }
                p.soft.small { (layout::time(&step.at.to_string())) " UTC" }
            }
        }
    };
    html! {
        section.card aria-labelledby="story-title" {
            h2 #story-title { "Timeline" }
            ol.story {
                (step(&item.counted, "had it counted"))
                @if let Some(corrects) = &item.corrects {
                    li {
                        p {
                            "It corrects "
                            a href={ "/reports/" (corrects.id) } { "version " (corrects.version) }
                        }
                        p.said { (corrects.reason) }
                    }
                }
                @if let Some(signed) = &item.signed { (step(signed, "signed it off")) }
                @if let Some(published) = &item.published { (step(published, "published it")) }
                @if item.state == "withdrawn" { li { p { "It was withdrawn." } } }
            }
        }
    }
}

/// Links to the files.
pub(super) fn files(whole: &WholeReport, base: &str) -> Markup {
    let id = whole.report.id;
    html! {
        section.card.stack aria-labelledby="files-title" {
            h2 #files-title { "Files" }
            p {
                a href={ (base) "/" (id) "/files/report.xlsx" } { "Workbook (XLSX)" } " · "
                a href={ (base) "/" (id) "/files/report.json" } { "All of it (JSON)" } " · "
                a href={ (base) "/" (id) "/files/manifest.json" } { "How it was counted (JSON)" }
            }
            details {
                summary { "One table each (CSV)" }
                ul.lines {
                    @for table in &whole.tables {
                        li {
                            a href={ (base) "/" (id) "/files/" (table.name) ".csv" } {
                                (table.name) ".csv"
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Under what it was counted: the tree head as it was signed.
pub(super) fn proof(whole: &WholeReport) -> Markup {
    html! {
        section.card.stack aria-labelledby="proof-title" {
            h2 #proof-title { "Counted under" }
            p {
                "The first " (layout::counted(whole.entries, "entry", "entries"))
                " of the ledger; outcomes known on "
                (layout::time(&whole.known_at.to_string())) " UTC."
            }
            @if let Some(root) = &whole.root { p.break { "Tree head " code { (root) } } }
            @if let (Some(at), Some(signature)) = (&whole.signed_at, &whole.signature) {
                p.break.small.soft { "Signed " (layout::time(&at.to_string())) " UTC: " code { (signature) } }
            }
        }
    }
}

fn steps(frame: &Frame, whole: &WholeReport, rights: Rights) -> Markup {
    let item = &whole.report;
    let action = format!("/reports/{}", item.id);
    let is_open = matches!(item.state, "draft" | "signed");
    html! {
        @if item.state == "draft" && rights.can_sign && !item.is_preview {
            section.card.stack aria-labelledby="sign-title" {
                h2 #sign-title { "Sign off" }
                p { "You answer for it. The person who had it counted cannot sign it." }
                form.stack method="post" action=(action) {
                    (layout::hidden_csrf(frame))
                    @if !whole.missing.is_empty() {
                        label.check {
                            input type="checkbox" name="accepts_missing" required;
                            "The texts that lack may stay away"
                        }
                    }
                    button.primary type="submit" name="what" value="sign" { "Sign off" }
                }
            }
        }
        @if item.state == "signed" && rights.can_sign {
            section.card.stack aria-labelledby="publish-title" {
                h2 #publish-title { "Publish" }
                p { "Everybody can then read it, for good: it can be corrected, not removed." }
                form method="post" action=(action) {
                    (layout::hidden_csrf(frame))
                    button.primary type="submit" name="what" value="publish" { "Publish" }
                }
            }
        }
        @if is_open && rights.can_write {
            details.card {
                summary { "Withdraw" }
                form.stack method="post" action=(action) {
                    (layout::hidden_csrf(frame))
                    div.field {
                        label for="reason" { "Why" }
                        input #reason name="reason" required maxlength="2000";
                    }
                    button type="submit" name="what" value="withdraw" { "Withdraw" }
                }
            }
        }
        @if item.state == "published" {
            p { a href={ "/transparency/" (item.id) } { "As everybody sees it" } }
        }
    }
}

/// What a figure is made of.
pub(crate) fn figure(
    frame: &Frame,
    whole: &WholeReport,
    cell: &CellQuery,
    behind: &BehindFigure,
) -> Markup {
    let table = whole.tables.iter().find(|table| table.name == cell.table);
    let row = table.and_then(|table| table.rows.get(cell.row).map(|row| table.row_name(row)));
    let head = table.and_then(|table| table.header.get(cell.column));
    let shown = behind.entries.len() as u64;
    let body = html! {
        div.head { div {
            h1 { "Behind a figure" }
            p {
                a href={ "/reports/" (whole.report.id) "#" (cell.table) } {
                    "Report " (whole.report.id)
                }
                ": " (row.unwrap_or_default()) ", " (head.map(String::as_str).unwrap_or_default())
                ": " strong { (behind.figure) }
            }
        } }
        section.card.flush aria-label="Entries" {
            @if behind.entries.is_empty() {
                (layout::empty(
                    "Nothing to list",
                    "The figure is computed from others, or is not counted from the ledger.",
                ))
            } @else {
                (layout::list(
                    ("What it is made of", "Entries behind the figure"),
                    &[Text("Kind"), Text("Entry")],
                    html! { @for entry in &behind.entries { (entry_row(entry)) } },
                ))
            }
        }
        @if behind.hidden > 0 {
            p.soft {
                (layout::grouped(behind.hidden)) " of " (layout::grouped(behind.count))
                " need another permission."
            }
        } @else if shown < behind.count {
            p.soft { "The first " (layout::grouped(shown)) " of " (layout::grouped(behind.count)) }
        }
    };
    layout::page(frame, body)
}

fn entry_row(entry: &Entry) -> Markup {
    let (kind, href, id) = match entry {
        Entry::Decision(id) => {
            ("Decision", format!("/decisions/{}", layout::segment(id)), id.as_str())
        }
        Entry::Notice(id) => ("Notice", format!("/notice/{}", layout::segment(id)), id.as_str()),
        Entry::Order(id) => ("Order", format!("/orders/{}", layout::segment(id)), id.as_str()),
        Entry::Complaint(id) => ("Complaint", "/appeals".to_owned(), id.as_str()),
        Entry::Uploads => ("Posted contents", String::new(), "counted, not listed"),
    };
    html! {
        tr {
            th scope="row" { (kind) }
            td.break {
                @if href.is_empty() { (id) } @else { a href=(href) { (id) } }
            }
        }
    }
}
