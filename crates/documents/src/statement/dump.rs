//! The columns of the daily files of the DSA Transparency Database.
//!
//! Source: `app/Exports/StatementExportTrait.php` of the Commission's public repository
//! `digital-services-act/transparency-database`.

use serde_json::Value;

use crate::statement::Statement;

/// The 38 columns of a full file, in order.
pub const COLUMNS: &[&str] = &[
    "uuid",
    "decision_visibility",
    "decision_visibility_other",
    "end_date_visibility_restriction",
    "decision_monetary",
    "decision_monetary_other",
    "end_date_monetary_restriction",
    "decision_provision",
    "end_date_service_restriction",
    "decision_account",
    "end_date_account_restriction",
    "account_type",
    "decision_ground",
    "decision_ground_reference_url",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
    "incompatible_content_illegal",
    "category",
    "category_addition",
    "category_specification",
    "category_specification_other",
    "content_type",
    "content_type_other",
    "content_language",
    "content_date",
    "content_id_ean",
    "territorial_scope",
    "application_date",
    "decision_facts",
    "source_type",
    "source_identity",
    "automated_detection",
    "automated_decision",
    "platform_name",
    "platform_uid",
    "created_at",
];

/// Columns that a light file leaves out.
pub const NOT_IN_LIGHT: &[&str] = &[
    "illegal_content_explanation",
    "incompatible_content_explanation",
    "territorial_scope",
    "decision_facts",
];

/// What the database adds to a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added<'a> {
    /// The database's id; empty if the statement was not sent.
    pub uuid: &'a str,
    /// The name of the platform.
    pub platform: &'a str,
    /// When it was made, `YYYY-MM-DD HH:MM:SS`.
    pub created_at: &'a str,
}

/// The cells of a full row: lists are JSON in a cell.
#[must_use]
pub fn row(statement: &Statement, added: &Added<'_>) -> Vec<String> {
    let fields = serde_json::to_value(statement).unwrap_or_default();
    let cell = |column: &&str| match *column {
        "uuid" => added.uuid.to_owned(),
        "platform_name" => added.platform.to_owned(),
        "platform_uid" => statement.puid.clone(),
        "created_at" => added.created_at.to_owned(),
        column => match fields.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        },
    };
    COLUMNS.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_cell_a_column_and_lists_are_json() {
        let statement = Statement {
            decision_visibility: vec!["DECISION_VISIBILITY_CONTENT_REMOVED".to_owned()],
            puid: "p-1".to_owned(),
            ..Statement::default()
        };
        let cells = row(&statement, &Added { uuid: "u", platform: "Example", created_at: "d" });
        assert_eq!((cells.len(), COLUMNS.len()), (38, 38));
        assert_eq!(&cells[..2], ["u", r#"["DECISION_VISIBILITY_CONTENT_REMOVED"]"#]);
        assert_eq!(&cells[35..], ["Example", "p-1", "d"]);
    }
}
