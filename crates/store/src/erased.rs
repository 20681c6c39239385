//! Takes a subject from cases, from what was filed about it, and from answers kept for a day.

use serde_json::Value;
use sqlx::SqliteConnection;
use types::Described;

use crate::Error;

/// Takes what names `subject` away. All rows are looked at: members of a case, and addresses in what
/// was filed, stand in no index.
pub(crate) async fn filings(
    connection: &mut SqliteConnection,
    (subject, at_ms): (&str, i64),
) -> Result<(), Error> {
    sqlx::query("DELETE FROM idempotency").execute(&mut *connection).await?;
    let id = subject.split_once('/').map_or(subject, |(_, id)| id);
    let pattern = format!("%{}%", id.replace(['%', '_'], "_"));
    let text = "SELECT id, body FROM cases WHERE body LIKE $1";
    let cases: Vec<(i64, String)> =
        sqlx::query_as(text).bind(&pattern).fetch_all(&mut *connection).await?;
    for (number, body) in cases {
        let Some(left) = without(&body, subject) else {
            let text = "UPDATE cases SET subject = NULL, account = NULL, body = NULL,
                        state = 'closed' WHERE id = $1";
            sqlx::query(text).bind(number).execute(&mut *connection).await?;
            continue;
        };
        let first = left["members"][0].clone();
        sqlx::query("UPDATE cases SET subject = $2, account = $3, body = $4 WHERE id = $1")
            .bind(number)
            .bind(first["subject"].as_str())
            .bind(first["account"].as_str())
            .bind(left.to_string())
            .execute(&mut *connection)
            .await?;
    }
    holds(connection, (subject, at_ms)).await?;
    // What was filed about several things goes as a whole, unless others are held because of it.
    let text = "SELECT id, subject, body FROM filing WHERE (subject = $1 OR body LIKE $2)
                AND id NOT IN (SELECT filing FROM hold WHERE filing IS NOT NULL
                    AND released_ms IS NULL AND (until_ms IS NULL OR until_ms > $3))";
    let filed: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(text)
        .bind(subject)
        .bind(&pattern)
        .bind(at_ms)
        .fetch_all(&mut *connection)
        .await?;
    for (number, about, body) in filed {
        let body = body.and_then(|body| serde_json::from_str(&body).ok());
        if about.as_deref() == Some(subject) || body.is_some_and(|body| names(&body, id)) {
            let text = "UPDATE filing SET subject = NULL, body = NULL, reference = ''
                        WHERE id = $1";
            sqlx::query(text).bind(number).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Whether a text in `value` has `id` in it, and not only as a part of a longer one.
fn names(value: &Value, id: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    match value {
        Value::String(text) => text.match_indices(id).any(|(at, found)| {
            let (before, after) = (&text[..at], &text[at + found.len()..]);
            !before.ends_with(is_part) && !after.starts_with(is_part)
        }),
        Value::Array(values) => values.iter().any(|value| names(value, id)),
        Value::Object(fields) => fields.values().any(|value| names(value, id)),
        _ => false,
    }
}

/// Takes away holds that name `subject` and are over at `at_ms`; what still holds stays.
async fn holds(
    connection: &mut SqliteConnection,
    (subject, at_ms): (&str, i64),
) -> Result<(), Error> {
    let text = "SELECT id, subject, scope FROM hold
                WHERE released_ms IS NOT NULL OR until_ms <= $1";
    let over: Vec<(String, String, Option<String>)> =
        sqlx::query_as(text).bind(at_ms).fetch_all(&mut *connection).await?;
    for (id, of, scope) in over {
        let scope: Option<Described> = scope.and_then(|json| serde_json::from_str(&json).ok());
        let is_named = scope.is_some_and(|scope| scope.subjects.iter().any(|one| one.0 == subject));
        if of == subject || is_named {
            let query = sqlx::query("DELETE FROM hold WHERE id = $1").bind(id);
            query.execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// A case without the members that are, or belong to, `subject`; nothing if none is left.
fn without(body: &str, subject: &str) -> Option<Value> {
    let mut case: Value = serde_json::from_str(body).ok()?;
    let account = subject.strip_prefix("account/");
    let members = case.get_mut("members")?.as_array_mut()?;
    members.retain(|member| {
        let is_it = member["subject"] == subject;
        let is_theirs = account.is_some_and(|account| member["account"] == account);
        !is_it && !is_theirs
    });
    (!members.is_empty()).then_some(case)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_not_found_in_a_longer_one() {
        let filed =
            json!({"order": {"urls": ["https://video.example/v/v-17?from=1"], "number": 9}});
        assert!(names(&filed, "v-17"));
        for other in ["v-1", "7", "17", "vide", "9"] {
            assert!(!names(&filed, other), "{other}");
        }
        assert!(names(&json!(["seen by @ana, twice"]), "ana"));
        assert!(!names(&json!(["seen by @mariana"]), "ana"));
    }
}
