//! What the DSA Transparency Database answered to a batch of statements, and what follows for each.
//!
//! A batch is all or nothing: if one statement is refused, none is kept. Source: the controllers
//! under `app/Http/Controllers/Api/v1` of the Commission's public repository
//! `digital-services-act/transparency-database`.

use std::collections::BTreeSet;

use serde_json::Value;

/// The most statements in one request.
pub const BATCH_MAX: usize = 100;

/// The most statements a second.
pub const PER_SECOND_MAX: u32 = 200;

/// What became of one statement of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in the database, under this id if the answer says.
    Kept(Option<String>),
    /// It will never be taken; in the database's words.
    Refused(String),
    /// It was not kept, through no fault of its own: it is sent again.
    Again,
}

/// What an answer means for a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The fate of each statement, in order.
    Each(Vec<Fate>),
    /// The batch was refused without saying why of which: send half of it.
    Halve(String),
    /// Nothing was kept; try later. The text says why.
    Later(String),
    /// The token is not accepted. The text says so.
    Unauthorised(String),
    /// It is not known whether the batch was kept: ask before it is sent again.
    Unknown(String),
}

/// What the answer with that `status` and `body` means for a batch of `puids`.
#[must_use]
pub fn read(puids: &[&str], status: u16, body: &[u8]) -> Outcome {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    match status {
        201 => kept(puids, &json),
        401 | 403 => Outcome::Unauthorised(worded(status, &json)),
        422 => refused(puids, &json),
        408 | 429 => Outcome::Later(worded(status, &json)),
        // A gateway's answer says nothing about what happened behind it.
        200..=299 | 500..=599 => Outcome::Unknown(worded(status, &json)),
        400 | 413 => Outcome::Halve(worded(status, &json)),
        _ => Outcome::Later(worded(status, &json)),
    }
}

/// The ids of what was kept, in the order of the batch; the answer does not repeat the `puid`. An
/// answer without an id for each proves nothing: it may come from a gateway.
fn kept(puids: &[&str], json: &Value) -> Outcome {
    let made = json.get("statements").and_then(Value::as_array).into_iter().flatten();
    let uuids = made.filter_map(|one| one.get("uuid")?.as_str());
    let fates: Vec<Fate> = uuids.map(|uuid| Fate::Kept(Some(uuid.to_owned()))).collect();
    match fates.len() == puids.len() {
        true => Outcome::Each(fates),
        false => Outcome::Unknown("status 201 without an id for each statement".to_owned()),
    }
}

fn refused(puids: &[&str], json: &Value) -> Outcome {
    let errors = json.get("errors");
    let texts = |value: &Value| -> BTreeSet<String> {
        let items = value.as_array().into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let existing = errors.and_then(|errors| errors.get("existing_puids")).map(texts);
    if let Some(existing) = existing.filter(|existing| !existing.is_empty()) {
        let fate = |puid: &&str| match existing.contains(*puid) {
            // It arrived with an earlier request whose answer was lost.
            true => Fate::Kept(None),
            false => Fate::Again,
        };
        let fates: Vec<Fate> = puids.iter().map(fate).collect();
        return match fates.contains(&Fate::Kept(None)) {
            true => Outcome::Each(fates),
            false => Outcome::Halve(worded(422, json)),
        };
    }
    let fault = |at: usize| errors.and_then(|errors| errors.get(format!("statement_{at}")));
    let fates: Vec<Fate> = (0..puids.len())
        .map(|at| fault(at).map_or(Fate::Again, |fault| Fate::Refused(said(fault))))
        .collect();
    match fates.iter().any(|fate| matches!(fate, Fate::Refused(_))) {
        true => Outcome::Each(fates),
        false => Outcome::Halve(worded(422, json)),
    }
}

/// The errors of one statement: `field: words; field: words`.
fn said(fault: &Value) -> String {
    let Some(fields) = fault.as_object() else { return fault.to_string() };
    let words = |value: &Value| match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let lines = fields.iter().map(|(field, value)| format!("{field}: {}", words(value)));
    lines.collect::<Vec<_>>().join("; ")
}

/// The most characters of an answer that are kept.
const WORDS_MAX: usize = 500;

fn worded(status: u16, json: &Value) -> String {
    let message = json.get("message").and_then(Value::as_str);
    let errors = json.get("errors").map(said);
    let words = message.map(str::to_owned).or(errors).unwrap_or_default();
    let words = words.chars().take(WORDS_MAX).collect::<String>();
    if words.is_empty() { format!("status {status}") } else { format!("status {status}: {words}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value) -> Outcome {
        read(&["a", "b", "c"], status, body.to_string().as_bytes())
    }

    #[test]
    fn what_is_kept_has_its_id() {
        let body = json!({"statements": [{"uuid": "1"}, {"uuid": "2"}, {"uuid": "3"}]});
        let kept = |uuid: &str| Fate::Kept(Some(uuid.to_owned()));
        assert_eq!(answer(201, &body), Outcome::Each(vec![kept("1"), kept("2"), kept("3")]));
        for body in [json!({"statements": [{"uuid": "1"}]}), json!(null)] {
            assert!(matches!(answer(201, &body), Outcome::Unknown(_)), "{body}");
        }
        assert!(matches!(read(&["a"], 200, b"<html>Maintenance"), Outcome::Unknown(_)));
    }

    #[test]
    fn the_bad_one_stands_alone_and_the_rest_goes_again() {
        let body = json!({"errors": {"statement_1": {
            "content_date": ["The content date is invalid."],
            "puid": ["Required.", "Too long."],
        }}});
        let words = "content_date: The content date is invalid.; puid: Required. Too long.";
        let fates = vec![Fate::Again, Fate::Refused(words.to_owned()), Fate::Again];
        assert_eq!(answer(422, &body), Outcome::Each(fates));
    }

    #[test]
    fn what_arrived_before_is_kept_and_not_refused() {
        let body = json!({
            "message": "The platform identifier(s) are not all unique within this call.",
            "errors": {"puid": ["not unique"], "existing_puids": ["a", "c"]},
        });
        let fates = vec![Fate::Kept(None), Fate::Again, Fate::Kept(None)];
        assert_eq!(answer(422, &body), Outcome::Each(fates));
    }

    #[test]
    fn a_refusal_without_a_place_is_cut_in_half() {
        let body = json!({"message": "The given data was invalid."});
        let words = "status 422: The given data was invalid.".to_owned();
        assert_eq!(answer(422, &body), Outcome::Halve(words));
        let other = json!({"errors": {"existing_puids": ["z"], "puid": ["not unique"]}});
        assert!(matches!(answer(422, &other), Outcome::Halve(_)), "none of them is in the batch");
    }

    #[test]
    fn everything_else_says_what_to_do() {
        let none = json!(null);
        assert_eq!(answer(401, &none), Outcome::Unauthorised("status 401".to_owned()));
        assert_eq!(answer(429, &none), Outcome::Later("status 429".to_owned()));
        assert_eq!(answer(502, &none), Outcome::Unknown("status 502".to_owned()));
        assert_eq!(answer(413, &none), Outcome::Halve("status 413".to_owned()));
        assert_eq!(answer(404, &none), Outcome::Later("status 404".to_owned()));
        assert!(matches!(read(&["a"], 422, b"<html>"), Outcome::Halve(_)));
    }
}
