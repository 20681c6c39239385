//! Tries a statement by the rules of the DSA Transparency Database, so that nothing is sent that it
//! would refuse.
//!
//! An error is what the database refuses (422); a warning is what it drops or takes, and should not
//! be there. Source: `StatementStoreRequest::rules()` of the Commission's public repository
//! `digital-services-act/transparency-database`, June 2026, and its documentation.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::statement::codes;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The database refuses the statement.
    Error,
    /// The database takes it; part of it is dropped, or says what it should not.
    Warning,
}

/// What is wrong with one field of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// How bad it is.
    pub level: Level,
    /// A stable code: `required`, `not_listed`, `too_long`, …
    pub code: &'static str,
    /// The field; empty for the statement as a whole.
    pub field: String,
    /// What is wrong and what to write.
    pub message: String,
}

/// What a field holds.
enum Form {
    /// One of a list.
    One(&'static [&'static str]),
    /// Several of a list.
    Many(fn(&str) -> bool),
    /// A text of at most so many characters.
    Text(usize),
    /// The address of a page.
    Url,
    /// A day from the first day of this year on.
    Day(i16),
    /// A category.
    Category,
    /// A language.
    Language,
    /// The platform's name for the statement.
    Puid,
    /// Numbers of products.
    Products,
}

/// When a field must be there, and when it is dropped.
enum Need {
    Always,
    Optional,
    /// If the field has this value or contains it; otherwise it is dropped.
    With(&'static str, &'static str),
    /// As [`Need::With`], but never required.
    OnlyWith(&'static str, &'static str),
    /// Dropped if the field has this value.
    NotWith(&'static str, &'static str),
}

const GROUND: &str = "decision_ground";
const ILLEGAL: &str = "DECISION_GROUND_ILLEGAL_CONTENT";
const INCOMPATIBLE: &str = "DECISION_GROUND_INCOMPATIBLE_CONTENT";
const YES_NO: &[&str] = &["Yes", "No"];
const YEAR_MAX: i16 = 2038;

const FIELDS: &[(&str, Form, Need)] = &[
    ("decision_visibility", Form::Many(|code| codes::VISIBILITY.contains(&code)), Need::Optional),
    (
        "decision_visibility_other",
        Form::Text(500),
        Need::With("decision_visibility", "DECISION_VISIBILITY_OTHER"),
    ),
    ("end_date_visibility_restriction", Form::Day(2020), Need::Optional),
    ("decision_monetary", Form::One(codes::MONETARY), Need::Optional),
    (
        "decision_monetary_other",
        Form::Text(500),
        Need::With("decision_monetary", "DECISION_MONETARY_OTHER"),
    ),
    ("end_date_monetary_restriction", Form::Day(2020), Need::Optional),
    ("decision_provision", Form::One(codes::PROVISION), Need::Optional),
    ("end_date_service_restriction", Form::Day(2020), Need::Optional),
    ("decision_account", Form::One(codes::ACCOUNT), Need::Optional),
    ("end_date_account_restriction", Form::Day(2020), Need::Optional),
    ("account_type", Form::One(codes::ACCOUNT_TYPES), Need::Optional),
    (GROUND, Form::One(codes::GROUNDS), Need::Always),
    ("decision_ground_reference_url", Form::Url, Need::Optional),
    ("illegal_content_legal_ground", Form::Text(500), Need::With(GROUND, ILLEGAL)),
    ("illegal_content_explanation", Form::Text(2000), Need::With(GROUND, ILLEGAL)),
    ("incompatible_content_ground", Form::Text(500), Need::With(GROUND, INCOMPATIBLE)),
    ("incompatible_content_explanation", Form::Text(2000), Need::With(GROUND, INCOMPATIBLE)),
    ("incompatible_content_illegal", Form::One(YES_NO), Need::OnlyWith(GROUND, INCOMPATIBLE)),
    ("category", Form::Category, Need::Always),
    ("category_addition", Form::Many(codes::is_category), Need::Optional),
    ("category_specification", Form::Many(codes::is_keyword), Need::Optional),
    ("category_specification_other", Form::Text(500), Need::Optional),
    ("content_type", Form::Many(|code| codes::CONTENT_TYPES.contains(&code)), Need::Always),
    ("content_type_other", Form::Text(500), Need::With("content_type", "CONTENT_TYPE_OTHER")),
    ("content_language", Form::Language, Need::Optional),
    ("content_date", Form::Day(2000), Need::Always),
    ("content_id", Form::Products, Need::Optional),
    ("territorial_scope", Form::Many(|code| codes::COUNTRIES.contains(&code)), Need::Optional),
    ("application_date", Form::Day(2020), Need::Always),
    ("decision_facts", Form::Text(5000), Need::Always),
    ("source_type", Form::One(codes::SOURCES), Need::Always),
    ("source_identity", Form::Text(500), Need::NotWith("source_type", "SOURCE_VOLUNTARY")),
    ("automated_detection", Form::One(YES_NO), Need::Always),
    ("automated_decision", Form::One(codes::AUTOMATED), Need::Always),
    ("puid", Form::Puid, Need::Always),
];

const RESTRICTIONS: &[&str] =
    &["decision_visibility", "decision_monetary", "decision_provision", "decision_account"];

/// Everything wrong with `statement`, in the order of its fields; empty if the database takes it as
/// it is.
#[must_use]
pub fn check(statement: &Value) -> Vec<Fault> {
    let Value::Object(raw) = statement else {
        return vec![error("", "not_an_object", "a statement is a JSON object")];
    };
    let given = trimmed(raw);
    let mut faults = Vec::new();
    for (field, form, need) in FIELDS {
        match given.get(*field) {
            None => faults.extend(missing(field, need, &given)),
            Some(value) => faults.extend(present(field, (form, need), value, &given)),
        }
    }
    let is_given = |field: &&str| given.get(*field).is_some_and(|value| !is_empty(value));
    if !RESTRICTIONS.iter().any(is_given) {
        let text = "one of the four decisions must be there: visibility, monetary, provision or \
                    account";
        faults.push(error("", "no_restriction", text));
    }
    faults.extend(beside_rules(&given));
    faults
}

/// The fault of a statement whose `puid` another one has.
#[must_use]
pub fn twice() -> Fault {
    error("puid", "not_unique", "another statement has this `puid`; each has its own, for ever")
}

/// Whether the database takes `statement`.
#[must_use]
pub fn is_taken(statement: &Value) -> bool {
    check(statement).iter().all(|fault| fault.level != Level::Error)
}

fn fault(level: Level, field: &str, code: &'static str, message: impl Into<String>) -> Fault {
    Fault { level, code, field: field.to_owned(), message: message.into() }
}

fn error(field: &str, code: &'static str, message: impl Into<String>) -> Fault {
    fault(Level::Error, field, code, message)
}

fn warning(field: &str, code: &'static str, message: impl Into<String>) -> Fault {
    fault(Level::Warning, field, code, message)
}

/// The fields as the database sees them: texts trimmed, empty ones as if they were not there.
fn trimmed(raw: &Map<String, Value>) -> Map<String, Value> {
    let seen = |value: &Value| match value {
        Value::String(text) => Some(Value::String(text.trim().to_owned())),
        Value::Null => None,
        other => Some(other.clone()),
    };
    let fields = raw.iter().filter_map(|(name, value)| Some((name.clone(), seen(value)?)));
    fields.filter(|(_, value)| *value != Value::String(String::new())).collect()
}

fn missing(field: &str, need: &Need, given: &Map<String, Value>) -> Option<Fault> {
    match need {
        Need::Always => Some(error(field, "required", format!("`{field}` is required"))),
        Need::With(other, value) if has(given, other, value) => {
            let text = format!("`{field}` is required, since `{other}` is `{value}`");
            Some(error(field, "required", text))
        }
        _ => None,
    }
}

/// Whether `field` is `value`, or a list that contains it.
fn has(given: &Map<String, Value>, field: &str, value: &str) -> bool {
    match given.get(field) {
        Some(Value::String(text)) => text == value,
        Some(Value::Array(items)) => items.iter().any(|item| item == value),
        _ => false,
    }
}

fn present(
    field: &str,
    (form, need): (&Form, &Need),
    value: &Value,
    given: &Map<String, Value>,
) -> Vec<Fault> {
    let is_dropped = match need {
        Need::With(other, wanted) | Need::OnlyWith(other, wanted) => !has(given, other, wanted),
        Need::NotWith(other, unwanted) => has(given, other, unwanted),
        Need::Always | Need::Optional => false,
    };
    if is_dropped {
        let text = format!("`{field}` is dropped by the database beside what else is stated");
        return vec![warning(field, "dropped", text)];
    }
    match (form, value) {
        (Form::Many(is_listed), Value::Array(items)) => many(field, *is_listed, items, need),
        (Form::Many(_), _) => vec![error(field, "not_a_list", format!("`{field}` is a list"))],
        (Form::Products, value) => products(field, value),
        (form, Value::String(text)) => one(field, form, text).into_iter().collect(),
        (_, Value::Bool(_)) => {
            let text = format!("`{field}` is a text; write \"Yes\" or \"No\", not true or false");
            vec![error(field, "not_a_text", text)]
        }
        _ => vec![error(field, "not_a_text", format!("`{field}` is a text"))],
    }
}

fn many(field: &str, is_listed: fn(&str) -> bool, items: &[Value], need: &Need) -> Vec<Fault> {
    if items.is_empty() && matches!(need, Need::Always) {
        return vec![error(field, "required", format!("`{field}` names at least one"))];
    }
    let unlisted = items.iter().filter(|item| !item.as_str().is_some_and(is_listed));
    unlisted.map(|item| not_listed(field, item.as_str().unwrap_or("that"))).collect()
}

fn not_listed(field: &str, code: &str) -> Fault {
    let instead = match (field, code) {
        ("territorial_scope", "EL") => Some("GR"),
        _ => codes::renamed(code),
    };
    let hint = instead.map(|new| format!("; write `{new}`")).unwrap_or_default();
    error(field, "not_listed", format!("`{code}` is not among the values of `{field}`{hint}"))
}

fn one(field: &str, form: &Form, text: &str) -> Option<Fault> {
    match form {
        Form::One(list) => (!list.contains(&text)).then(|| not_listed(field, text)),
        Form::Category => (!codes::is_category(text)).then(|| not_listed(field, text)),
        Form::Text(max) => too_long(field, text, *max),
        Form::Url => url(field, text),
        Form::Day(first) => day(field, text, *first),
        Form::Language => language(field, text),
        Form::Puid => puid(field, text),
        Form::Many(_) | Form::Products => None,
    }
}

fn too_long(field: &str, text: &str, max: usize) -> Option<Fault> {
    let length = text.chars().count();
    let words = || format!("`{field}` has {length} characters; at most {max} are taken");
    (length > max).then(|| error(field, "too_long", words()))
}

fn url(field: &str, text: &str) -> Option<Fault> {
    let is_url = ["http://", "https://"].iter().any(|scheme| {
        text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
    }) && !text.contains(char::is_whitespace);
    let wrong = || error(field, "not_a_url", format!("`{field}` is the address of a page"));
    if is_url { too_long(field, text, 500) } else { Some(wrong()) }
}

fn day(field: &str, text: &str, first_year: i16) -> Option<Fault> {
    let is_padded = text.len() == 10;
    let Some(date) = text.parse::<Date>().ok().filter(|_| is_padded) else {
        return Some(error(field, "not_a_day", format!("`{text}` is no day; write YYYY-MM-DD")));
    };
    let last = Date::constant(YEAR_MAX, 1, 1);
    let is_within = date >= Date::constant(first_year, 1, 1) && date <= last;
    let words = format!("`{field}` lies between {first_year}-01-01 and {last}");
    (!is_within).then(|| error(field, "out_of_range", words))
}

fn language(field: &str, text: &str) -> Option<Fault> {
    if codes::LANGUAGES.contains(&text) {
        return None;
    }
    let upper = text.to_ascii_uppercase();
    let hint = match codes::LANGUAGES.contains(&upper.as_str()) {
        true => format!("; write `{upper}`"),
        false if upper == "GR" => "; Greek is `EL`".to_owned(),
        false => "; write an ISO 639-1 code in upper case, or leave it out".to_owned(),
    };
    Some(error(field, "not_listed", format!("`{text}` is no language{hint}")))
}

fn puid(field: &str, text: &str) -> Option<Fault> {
    let is_plain = text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
    if !is_plain {
        let words = "`puid` has letters, digits, `-` and `_` only";
        return Some(error(field, "not_a_puid", words));
    }
    too_long(field, text, 500)
}

fn products(field: &str, value: &Value) -> Vec<Fault> {
    let number = value.get("EAN-13").and_then(Value::as_str);
    let is_number = |text: &str| text.len() == 13 && text.bytes().all(|c| c.is_ascii_digit());
    match number {
        Some(number) if is_number(number) => Vec::new(),
        _ => {
            let words = "`content_id` is {\"EAN-13\": \"…\"} with 13 digits";
            vec![error(field, "not_a_product", words)]
        }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// What the database takes although its documentation, or the law, says otherwise.
fn beside_rules(given: &Map<String, Value>) -> Vec<Fault> {
    let text = |field: &str| given.get(field).and_then(Value::as_str);
    let mut faults = Vec::new();
    if given.get("territorial_scope").is_none_or(is_empty) {
        let words = "name the countries in which the restriction applies (Art. 17(3)(a) DSA)";
        faults.push(warning("territorial_scope", "missing", words));
    }
    let is_other = has(given, "category_specification", "KEYWORD_OTHER");
    if is_other && text("category_specification_other").is_none() {
        let words = "`KEYWORD_OTHER` needs a description";
        faults.push(warning("category_specification_other", "missing", words));
    }
    if has(given, "category_specification", "KEYWORD_STALKING") {
        let words =
            "`KEYWORD_STALKING` is not in the Regulation's list; use `KEYWORD_CYBER_STALKING`";
        faults.push(warning("category_specification", "not_in_regulation", words));
    }
    for (field, _, _) in FIELDS.iter().filter(|(field, ..)| field.starts_with("end_date")) {
        // Days of one form compare as texts.
        if text(field).zip(text("application_date")).is_some_and(|(end, from)| end < from) {
            let words = format!("`{field}` is before `application_date`");
            faults.push(warning(field, "ends_before_it_begins", words));
        }
    }
    let unknown = given.keys().filter(|name| {
        let is_known = FIELDS.iter().any(|(field, ..)| field == name);
        !is_known && !ANSWERED.contains(&name.as_str())
    });
    faults.extend(unknown.map(|name| {
        warning(name, "unknown", format!("the database has no field `{name}` and drops it"))
    }));
    faults
}

/// Fields that the database adds to what it gives back.
const ANSWERED: &[&str] =
    &["uuid", "created_at", "platform_name", "permalink", "self", "id", "content_id_ean"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sound() -> Value {
        json!({
            "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": "Community guidelines 4.2",
            "incompatible_content_explanation": "Accounts that act together to mislead voters.",
            "content_type": ["CONTENT_TYPE_VIDEO"],
            "category": "STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
            "category_specification": ["KEYWORD_MISINFORMATION_DISINFORMATION"],
            "territorial_scope": ["FR", "RO"],
            "content_date": "2026-07-01",
            "application_date": "2026-07-02",
            "decision_facts": "Found by the platform.",
            "source_type": "SOURCE_VOLUNTARY",
            "automated_detection": "Yes",
            "automated_decision": "AUTOMATED_DECISION_PARTIALLY",
            "puid": "ex-2026-000001",
        })
    }

    #[test]
    fn a_sound_statement_has_no_fault() {
        assert_eq!(check(&sound()), []);
    }

    /// Each line: a field, its value, and what is then found.
    fn broken() -> Vec<(&'static str, Value, &'static str)> {
        vec![
            ("puid", json!(null), "puid required"),
            ("puid", json!("a b"), "puid not_a_puid"),
            ("puid", json!("  "), "puid required"),
            ("puid", json!("x".repeat(501)), "puid too_long"),
            ("automated_detection", json!(true), "automated_detection not_a_text"),
            ("content_language", json!("sv"), "content_language not_listed"),
            ("content_language", json!("GR"), "content_language not_listed"),
            ("territorial_scope", json!(["EL"]), "territorial_scope not_listed"),
            ("territorial_scope", json!("RO"), "territorial_scope not_a_list"),
            ("territorial_scope", json!([]), "territorial_scope missing"),
            ("content_date", json!("2026-7-1"), "content_date not_a_day"),
            ("content_date", json!("1999-12-31"), "content_date out_of_range"),
            ("application_date", json!("2019-12-31"), "application_date out_of_range"),
            ("application_date", json!("2038-01-02"), "application_date out_of_range"),
            ("content_type", json!([]), "content_type required"),
            ("content_type", json!(["CONTENT_TYPE_OTHER"]), "content_type_other required"),
            ("content_type_other", json!("x"), "content_type_other dropped"),
            (
                "decision_visibility",
                json!(["DECISION_VISIBILITY_OTHER"]),
                "decision_visibility_other required",
            ),
            ("decision_visibility", json!(null), " no_restriction"),
            ("decision_visibility", json!([]), " no_restriction"),
            (
                "decision_monetary",
                json!("DECISION_MONETARY_OTHER"),
                "decision_monetary_other required",
            ),
            ("decision_facts", json!("é".repeat(5001)), "decision_facts too_long"),
            (
                "category",
                json!("STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"),
                "category not_listed",
            ),
            (
                "category_specification",
                json!(["KEYWORD_DANGEROUS_TOYS"]),
                "category_specification not_listed",
            ),
            (
                "category_specification",
                json!(["KEYWORD_OTHER"]),
                "category_specification_other missing",
            ),
            (
                "category_specification",
                json!(["KEYWORD_STALKING"]),
                "category_specification not_in_regulation",
            ),
            ("source_identity", json!("somebody"), "source_identity dropped"),
            ("illegal_content_legal_ground", json!("x"), "illegal_content_legal_ground dropped"),
            (
                "decision_ground_reference_url",
                json!("rules"),
                "decision_ground_reference_url not_a_url",
            ),
            (
                "end_date_visibility_restriction",
                json!("2026-07-01"),
                "end_date_visibility_restriction ends_before_it_begins",
            ),
            ("content_id", json!({"EAN-13": "12"}), "content_id not_a_product"),
            ("colour", json!("red"), "colour unknown"),
        ]
    }

    #[test]
    fn each_rule_finds_what_breaks_it() {
        for (field, value, found) in broken() {
            let mut statement = sound();
            statement[field] = value;
            let faults = check(&statement);
            let names: Vec<String> =
                faults.iter().map(|fault| format!("{} {}", fault.field, fault.code)).collect();
            assert_eq!(names, [found], "{field}");
        }
    }

    #[test]
    fn illegal_content_needs_its_law() {
        let mut statement = sound();
        statement["decision_ground"] = json!(ILLEGAL);
        let faults = check(&statement);
        let required: Vec<&str> = faults
            .iter()
            .filter(|fault| fault.level == Level::Error)
            .map(|fault| fault.field.as_str())
            .collect();
        assert_eq!(required, ["illegal_content_legal_ground", "illegal_content_explanation"]);
    }

    #[test]
    fn a_code_of_the_earlier_schema_is_named_with_what_it_became() {
        let mut statement = sound();
        statement["category"] = json!("STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE");
        assert!(check(&statement)[0].message.contains("STATEMENT_CATEGORY_OTHER_VIOLATION_TC"));
        assert!(!is_taken(&statement) && is_taken(&sound()));
        assert_eq!(check(&json!([]))[0].code, "not_an_object");
    }
}
