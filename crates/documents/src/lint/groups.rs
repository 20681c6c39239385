//! The rows of sheets 3 to 6 as groups: a category and its keywords, or the total and its
//! categories, within one scope.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use crate::published::{
    Header, Row, Table,
    number::{Number, number},
};
use crate::template::{
    self, CategoryRow, KEYWORD_OTHER, Kind, Level, STATEMENT_PREFIX, SheetId, TOTAL, category_rows,
};

/// Every code of the template with its level and category, except for `KEYWORD_OTHER`, which each
/// category has.
static CODES: LazyLock<HashMap<String, CategoryRow>> = LazyLock::new(|| {
    let rows = category_rows(SheetId::Categories).filter(|row| row.code != KEYWORD_OTHER);
    rows.map(|row| (row.code.clone(), row)).collect()
});

/// The row of the template with that code; `None` for unknown codes and `KEYWORD_OTHER`.
pub(super) fn known(code: &str) -> Option<&'static CategoryRow> {
    CODES.get(code)
}

/// A row of a sheet by category.
pub(super) struct Line<'a> {
    pub(super) row: &'a Row,
    pub(super) code: &'a str,
    pub(super) level: Level,
    /// The category that the row is or belongs to; empty for totals.
    pub(super) category: &'a str,
    /// `TOTAL` in sheets without scopes.
    pub(super) scope: &'a str,
}

/// The rows of a file in their order. `KEYWORD_OTHER` and unknown keywords belong to the category of
/// the row above; an unknown category is one of its own.
pub(super) fn lines(table: &Table) -> Vec<Line<'_>> {
    let has_scopes = table.position_of(Kind::Scope).is_some();
    let mut current = "";
    let line = |row| {
        let code = table.text(row, Kind::Category);
        let (level, category) = place(code).unwrap_or((Level::Keyword, current));
        current = category;
        let scope = if has_scopes { table.text(row, Kind::Scope) } else { TOTAL };
        Line { row, code, level, category, scope }
    };
    table.data().map(line).collect()
}

/// Level and category of a code, `None` if they depend on the row above.
fn place(code: &str) -> Option<(Level, &str)> {
    let known = known(code).map(|known| (known.level, known.category));
    known.or_else(|| code.starts_with(STATEMENT_PREFIX).then_some((Level::Category, code)))
}

/// A row and the rows that add up to it.
#[derive(Default)]
pub(super) struct Group<'a> {
    pub(super) head: Option<&'a Row>,
    pub(super) parts: Vec<&'a Row>,
}

/// Category (empty for the total) and scope.
pub(super) type Key<'a> = (&'a str, &'a str);

/// The groups of a file. A row that stands twice heads the group once.
pub(super) fn groups<'a>(lines: &[Line<'a>]) -> BTreeMap<Key<'a>, Group<'a>> {
    let mut groups: BTreeMap<Key<'a>, Group<'a>> = BTreeMap::new();
    for line in lines {
        let group = groups.entry((line.category, line.scope)).or_default();
        match line.level {
            Level::Keyword => group.parts.push(line.row),
            Level::Total | Level::Category => {
                group.head.get_or_insert(line.row);
            }
        }
        if line.level == Level::Category {
            groups.entry(("", line.scope)).or_default().parts.push(line.row);
        }
    }
    groups
}

/// A column of a file.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// Its position, from 0.
    pub(super) at: usize,
    /// Its name in the template.
    pub(super) name: &'static str,
}

/// The columns of one kind.
pub(super) fn columns(table: &Table, kind: Kind) -> Vec<Column> {
    let columns = table.template().map(|sheet| sheet.columns).unwrap_or_default();
    let columns = columns.iter().zip(&table.layout.columns);
    let of_kind = columns.filter(|(column, _)| column.kind == kind);
    let column = |(column, header): (&template::Column, &Header)| {
        Some(Column { at: header.position()?, name: column.name })
    };
    of_kind.filter_map(column).collect()
}

/// The numbers of a row in these columns.
pub(super) fn numbers(row: &Row, columns: &[Column]) -> impl Iterator<Item = Number> {
    columns.iter().map(|column| number(row.cell(column.at)))
}

/// Whether the row has a count above zero.
pub(super) fn has_figures(row: &Row, counts: &[Column]) -> bool {
    numbers(row, counts).any(|number| number.value.is_some_and(|value| value > 0.0))
}

/// The first row with that code and scope `TOTAL`.
pub(super) fn total<'a>(lines: &[Line<'a>]) -> Option<&'a Row> {
    let mut totals = lines.iter().filter(|line| line.level == Level::Total);
    totals.find(|line| line.scope == TOTAL).map(|line| line.row)
}
