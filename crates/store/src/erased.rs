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
    // An address holds the id; what was filed about several things goes as a whole.
    let text = "UPDATE filing SET subject = NULL, body = NULL, reference = ''
                WHERE subject = $1 OR body LIKE $2";
    sqlx::query(text).bind(subject).bind(&pattern).execute(&mut *connection).await?;
    Ok(())
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
