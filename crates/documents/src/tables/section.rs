//! What an account says in words, beside its tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tables::table::Table;

/// A part of an account: a title, what is said, and the tables that belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = AccountSection))]
pub struct Section {
    /// 1 for chapters, 2 for parts of them, and so on.
    pub level: u8,
    /// Its title.
    pub title: String,
    /// What is said, in paragraphs with empty lines between them; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// The names of its tables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<String>,
}

/// The figures of tables by the names that texts use: `table/row/measure`, as in
/// `by_policy/spam.content/removals`; of a table with a row for each measure `table/measure`.
#[must_use]
pub fn named_figures(tables: &[Table]) -> BTreeMap<String, String> {
    let mut named = BTreeMap::new();
    for table in tables {
        for (at, row) in table.rows.iter().enumerate() {
            for column in &table.figures {
                let (Some(measure), Some(cell)) = (table.measure(at, *column), row.get(*column))
                else {
                    continue;
                };
                let name = match table.is_tall() {
                    true => format!("{}/{measure}", table.name),
                    false => format!("{}/{}/{measure}", table.name, table.row_name(row)),
                };
                named.insert(name, cell.clone());
            }
        }
    }
    named
}

/// `text` with each placeholder `{name}` replaced by the figure of that name.
///
/// # Errors
///
/// The first placeholder that names no figure, or one that is blank.
pub fn filled(text: &str, figures: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, behind)) = after.split_once('}') else { break };
        match figures.get(inside.trim()).map(String::as_str) {
            Some("") => return Err(format!("`{{{inside}}}` is blank: nothing to take it from")),
            Some(figure) => {
                filled.push_str(before);
                filled.push_str(figure);
            }
            None => return Err(format!("`{{{inside}}}` names no figure of the report")),
        }
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_takes_its_figures_from_the_tables() {
        let table = Table {
            name: "by_country".to_owned(),
            header: ["Country", "Removed", "Share"].map(str::to_owned).to_vec(),
            rows: vec![["FR", "12", ""].map(str::to_owned).to_vec()],
            measures: ["removals", "removals.unseen"].map(str::to_owned).to_vec(),
            names: vec![0],
            figures: vec![1, 2],
            ..Table::default()
        };
        let figures = named_figures(&[table]);
        let text = |text: &str| filled(text, &figures);
        assert_eq!(text("{by_country/FR/removals} of them."), Ok("12 of them.".to_owned()));
        assert!(text("{by_country/FR/removals.unseen}").unwrap_err().contains("blank"));
        assert!(text("{by_country/XX/removals}").unwrap_err().contains("names no figure"));
        assert_eq!(text("a { that is never closed"), Ok("a { that is never closed".to_owned()));
    }
}
