//! What differs between two versions of an account, or between two periods.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tables::table::Table;

/// A figure that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AccountChange))]
pub struct Change {
    /// The name of the table.
    pub table: String,
    /// The head of the row.
    pub row: String,
    /// The head of the column.
    pub column: String,
    /// The figure before; empty if there was none.
    pub before: String,
    /// The figure now; empty if there is none.
    pub now: String,
}

/// The figures of `now` that differ from those of `before`, in the order of the tables.
#[must_use]
pub fn changes(before: &[Table], now: &[Table]) -> Vec<Change> {
    let (before, now) = (cells(before), cells(now));
    let keys: std::collections::BTreeSet<_> = before.keys().chain(now.keys()).collect();
    let text = |cell: Option<&&str>| cell.copied().unwrap_or_default().to_owned();
    // A row that is not there had nothing to count.
    let is_same = |before: Option<&&str>, now: Option<&&str>| match (before, now) {
        (None, Some(cell)) | (Some(cell), None) => matches!(*cell, "" | "0"),
        (before, now) => before == now,
    };
    keys.into_iter()
        .map(|key| (key, before.get(key), now.get(key)))
        .filter(|(_, before, now)| !is_same(*before, *now))
        .map(|(key, before, now)| (key, text(before), text(now)))
        .map(|((_, _, table, row, _, column), before, now)| Change {
            table: table.clone(),
            row: row.clone(),
            column: column.clone(),
            before,
            now,
        })
        .collect()
}

/// The place of the table, of the column, the names, and which of several rows of that name.
type Key = (usize, usize, String, String, usize, String);

fn cells(tables: &[Table]) -> BTreeMap<Key, &str> {
    let mut cells = BTreeMap::new();
    for (at, table) in tables.iter().enumerate() {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for row in &table.rows {
            let name = table.row_name(row);
            let nth = *seen.entry(name.clone()).and_modify(|count| *count += 1).or_default();
            for column in &table.figures {
                let (Some(head), Some(cell)) = (table.header.get(*column), row.get(*column)) else {
                    continue;
                };
                let key = (at, *column, table.name.clone(), name.clone(), nth, head.clone());
                cells.insert(key, cell.as_str());
            }
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[(&str, &str)]) -> Table {
        Table {
            name: "t".to_owned(),
            header: vec!["Country".to_owned(), "Removed".to_owned()],
            rows: cells.iter().map(|(row, cell)| vec![(*row).into(), (*cell).into()]).collect(),
            names: vec![0],
            figures: vec![1],
            ..Table::default()
        }
    }

    #[test]
    fn what_differs_is_named_and_what_is_new_or_gone_too() {
        let before = [table(&[("FR", "3"), ("DE", "2"), ("IT", "1"), ("LV", "0"), ("MT", "")])];
        let now = [table(&[("FR", "3"), ("DE", "4"), ("PL", "5"), ("AT", "0"), ("MT", "0")])];
        let found: Vec<(String, String, String)> = changes(&before, &now)
            .into_iter()
            .map(|change| (change.row, change.before, change.now))
            .collect();
        let told = |row: &str, before: &str, now: &str| (row.into(), before.into(), now.into());
        // That nothing was counted is not the same as that it was not measured.
        let mt = told("MT", "", "0");
        assert_eq!(found, [told("DE", "2", "4"), told("IT", "1", ""), mt, told("PL", "", "5")]);
        assert_eq!(changes(&now, &now), []);
    }
}
