//! Erases subjects from everything kept beside the ledger: cases, filings, holds, refusals, results
//! of back-tests, the audit trail, answers kept for a day.
//!
//! JSON is parsed, so that an id is found however it is written: with escapes, or percent-encoded
//! in an address. All rows are read, since no index lists the names in them.

mod names;

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;
use sqlx::SqliteConnection;
use types::EventSelector;

use self::names::Names;
pub use self::names::sender;
use crate::proven::{RowChange, SHAPES};
use crate::{Error, Store};

/// Rows read at a time.
const CHUNK: i64 = 2000;

/// What to erase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The subjects: `account/a-1`, with the content known to be theirs.
    pub subjects: Vec<String>,
    /// Entries whose payloads are erased.
    pub entries: Vec<u64>,
    /// The time, in milliseconds since 1970; holds that have ended by then are removed too.
    pub at_ms: i64,
}

/// The number of changed rows, by kind.
pub type Counts = BTreeMap<&'static str, u64>;

/// Applies an erasure to rows.
pub struct Eraser {
    names: Names,
    /// The fingerprints of appeals against erased decisions.
    appealed: HashSet<String>,
    /// The filings that a hold is based on.
    holding: HashSet<String>,
    at_ms: i64,
}

/// What happens to a row that names an erased subject.
pub enum Loss {
    /// It is rewritten without the names.
    Row(RowChange),
    /// It is not changed.
    Stays,
}

impl Eraser {
    /// What happens to `row`, and its kind; `None` if it names none of the subjects.
    #[must_use]
    pub fn loss(&self, row: &RowChange) -> Option<(&'static str, Loss)> {
        let (what, new) = lost(row, (&self.names, &self.appealed, self.at_ms))?;
        if row.table == "filing" && self.holding.contains(text(row, "id")) {
            return Some((KEPT, Loss::Stays));
        }
        Some((what, Loss::Row(new)))
    }

    /// `row` after the erasure.
    #[must_use]
    pub fn after(&self, row: RowChange) -> RowChange {
        match self.loss(&row) {
            Some((_, Loss::Row(new))) => new,
            _ => row,
        }
    }

    /// Whether changes in their stored form may name one of the subjects.
    #[must_use]
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        self.names.may_be_in_bytes(bytes)
    }

    /// Whether `text` names one of the subjects.
    #[must_use]
    pub fn are_in_text(&self, text: &str) -> bool {
        self.names.are_in_text(text) || self.names.without_staff(text).is_some()
    }

    /// Whether the row of `change` names one of the subjects.
    #[must_use]
    pub fn are_in(&self, change: &RowChange) -> bool {
        let names = &self.names;
        change.row.iter().any(|(column, value)| match value.as_str() {
            // Policy files name nobody.
            Some(_) if change.table == "proposal" && column == "files" => false,
            Some(text) if names.without_staff(text).is_some() => true,
            Some(text) if text.starts_with(['{', '[']) => names.are_in_json(text),
            Some(text) => names.are_in_text(text) || names.parties.contains(text),
            None => false,
        })
    }
}

/// Places queried at a time.
const PLACES: usize = 500;

impl Store {
    /// The [`Eraser`] for `erasure`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn eraser(&self, erasure: &Erasure) -> Result<Eraser, Error> {
        let mut appealed = HashSet::new();
        for places in erasure.entries.chunks(PLACES) {
            let marks = vec!["?"; places.len()].join(", ");
            let text = format!("SELECT id FROM record WHERE seq IN ({marks})");
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text));
            let query =
                places.iter().fold(query, |query, seq| query.bind(crate::rows::place(*seq)));
            let ids: Vec<String> = query.fetch_all(&self.reader).await?;
            appealed.extend(ids.into_iter().map(|id| format!("appeal {id}")));
        }
        let text = "SELECT filing FROM hold WHERE filing IS NOT NULL AND released_ms IS NULL
                    AND (until_ms IS NULL OR until_ms > $1)";
        let query = sqlx::query_scalar(text).bind(erasure.at_ms);
        let holding: Vec<String> = query.fetch_all(&self.reader).await?;
        Ok(Eraser {
            names: Names::new(&erasure.subjects)?,
            appealed,
            holding: holding.into_iter().collect(),
            at_ms: erasure.at_ms,
        })
    }

    /// The changes that an erasure makes to rows that the log commits to, and the number of all
    /// rows that it affects. Nothing is changed yet.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Damaged`] if a read or write fails.
    pub async fn erasing(&self, erasure: &Erasure) -> Result<(Vec<RowChange>, Counts), Error> {
        let eraser = self.eraser(erasure).await?;
        let (mut changes, mut counts) = (Vec::new(), Counts::new());
        for shape in SHAPES {
            let look = |row: RowChange| {
                if let Some((what, loss)) = eraser.loss(&row) {
                    *counts.entry(what).or_default() += 1;
                    changes.extend(match loss {
                        Loss::Row(new) => Some(new),
                        Loss::Stays => None,
                    });
                }
                Ok(())
            };
            self.each_row(shape, look).await?;
        }
        let mut connection = self.begin().await?;
        let beside = beside(&mut connection, erasure).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        counts.extend(beside?);
        Ok((changes, counts))
    }
}

/// A row without the names, and its kind; `None` if it contains none of them.
fn lost(
    change: &RowChange,
    (names, appealed, at_ms): (&Names, &HashSet<String>, i64),
) -> Option<(&'static str, RowChange)> {
    let account = |column| {
        let is_one = names.staff.contains(text(change, column));
        is_one.then(|| ("accounts of staff", change.removal()))
    };
    match change.table.as_str() {
        "cases" => case(change, names).map(|new| ("cases", new)),
        "filing" if is_filed(change, names, appealed) => Some(("filings", filing(change))),
        "filing" => told(change, names).map(|new| ("names in filings", new)),
        "hold" => hold(change, names, at_ms).map(|new| ("holds", new)),
        "proposal" => proposal(change, names).map(|new| ("proposals", new)),
        "audit" => audit(change, names).map(|new| ("lines of the audit trail", new)),
        "party" => party(change, names).map(|new| ("records of notifiers", new)),
        "staff" => account("name"),
        "identity" | "exposure" => account("staff"),
        _ => None,
    }
}

/// Erases the subjects from what no proof covers.
pub(crate) async fn beside(
    connection: &mut SqliteConnection,
    erasure: &Erasure,
) -> Result<Counts, Error> {
    let names = &Names::new(&erasure.subjects)?;
    let mut counts = Counts::new();
    counts.insert("jobs", jobs(connection, names).await?);
    counts.insert("refused records", refused(connection, names).await?);
    counts.insert("answers kept for a day", answers(connection, names).await?);
    for name in &names.staff {
        let query = sqlx::query("DELETE FROM session WHERE staff = $1").bind(name);
        query.execute(&mut *connection).await?;
    }
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

/// Filings that name a subject and are kept, since a hold is based on them.
pub const KEPT: &str = "orders that stay, since they hold others";

fn text<'a>(change: &'a RowChange, column: &str) -> &'a str {
    change.row.get(column).and_then(Value::as_str).unwrap_or_default()
}

fn set(change: &mut RowChange, column: &str, value: Value) {
    change.row.insert(column.to_owned(), value);
}

/// A case without the names; `None` if it contains none of them.
fn case(change: &RowChange, names: &Names) -> Option<RowChange> {
    let body = change.row.get("body")?.as_str()?;
    if !names.may_be_in(body) && !names.are_staff(text(change, "holder")) {
        return None;
    }
    let case: Option<Value> = serde_json::from_str(body).ok();
    let mut new = change.clone();
    let Some(mut left) = case.clone().and_then(|case| names.without(case)) else {
        for column in ["subject", "account", "body"] {
            set(&mut new, column, Value::Null);
        }
        set(&mut new, "state", "closed".into());
        return Some(new);
    };
    names.replace_staff(&mut left);
    if let Some(holder) = names.without_staff(text(change, "holder")) {
        set(&mut new, "holder", holder.into());
    }
    if case.as_ref() != Some(&left) {
        set(&mut new, "subject", left["members"][0]["subject"].clone());
        set(&mut new, "account", left["members"][0]["account"].clone());
        set(&mut new, "body", left.to_string().into());
    }
    (new != *change).then_some(new)
}

/// Whether a filing is about one of the subjects, or names one.
fn is_filed(change: &RowChange, names: &Names, appealed: &HashSet<String>) -> bool {
    let body = change.row.get("body").and_then(Value::as_str);
    names.subjects.contains(text(change, "subject"))
        || (names.filings.contains(text(change, "id")) && text(change, "kind") != "order")
        || names.parties.contains(text(change, "party"))
        || body.is_some_and(|body| names.are_in_json(body))
        || appealed.contains(text(change, "fingerprint"))
}

/// A filing in which another word replaces the members of staff who dealt with it.
fn told(change: &RowChange, names: &Names) -> Option<RowChange> {
    let body = change.row.get("body").and_then(Value::as_str);
    let before: Value = serde_json::from_str(body.filter(|body| names.may_be_in(body))?).ok()?;
    let mut after = before.clone();
    names.replace_staff(&mut after);
    let mut new = change.clone();
    set(&mut new, "body", after.to_string().into());
    (after != before).then_some(new)
}

/// A filing with its contents removed, even if it is about several things.
fn filing(change: &RowChange) -> RowChange {
    let mut new = change.clone();
    set(&mut new, "subject", Value::Null);
    set(&mut new, "body", Value::Null);
    set(&mut new, "reference", "".into());
    if text(change, "party").starts_with("mail:") {
        set(&mut new, "party", "".into());
    }
    new
}

/// The removal of a hold that names a subject and has ended at `at_ms`; an active hold is kept.
fn hold(change: &RowChange, names: &Names, at_ms: i64) -> Option<RowChange> {
    let time = |column: &str| change.row.get(column).and_then(Value::as_i64);
    let is_over =
        time("released_ms").is_some() || time("until_ms").is_some_and(|until| until <= at_ms);
    let scope: Option<EventSelector> = serde_json::from_str(text(change, "scope")).ok();
    let is_one =
        |scope: EventSelector| scope.subjects.iter().any(|one| names.subjects.contains(&one.0));
    let is_named = names.subjects.contains(text(change, "subject"))
        || scope.is_some_and(is_one)
        || names.are_in_text(text(change, "reason"));
    (is_over && is_named).then(|| change.removal())
}

/// A proposal without texts that name a subject. Its files are policy files, and are kept.
fn proposal(change: &RowChange, names: &Names) -> Option<RowChange> {
    let mut new = change.clone();
    for column in ["reason", "summary", "decided_reason"] {
        if names.are_in_text(text(change, column)) {
            set(&mut new, column, "".into());
        }
    }
    for column in ["author", "decided_by", "reason", "summary", "decided_reason"] {
        if let Some(text) = names.without_staff(text(&new, column)) {
            set(&mut new, column, text.into());
        }
    }
    (new != *change).then_some(new)
}

fn audit(change: &RowChange, names: &Names) -> Option<RowChange> {
    let mut new = change.clone();
    for column in ["by", "about"] {
        if let Some(text) = names.without_staff(text(change, column)) {
            set(&mut new, column, text.into());
        }
    }
    if names.are_in_text(text(change, "what")) || names.are_in_text(text(change, "about")) {
        set(&mut new, "what", "erased".into());
        set(&mut new, "about", "".into());
    }
    (new != *change).then_some(new)
}

/// The removal of the record of a notifier who is erased.
fn party(change: &RowChange, names: &Names) -> Option<RowChange> {
    let id = text(change, "id").strip_prefix("notifier ")?;
    names.parties.contains(id).then(|| change.removal())
}

/// Erases titles and results of jobs that name accounts and content, and who asked for them.
async fn jobs(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let ids: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM job").fetch_all(&mut *connection).await?;
    let mut count = 0;
    // What they find may name somebody who is gone when they end.
    let text = "UPDATE job SET error = $1 WHERE state = 'running'";
    sqlx::query(text).bind(MEANWHILE).execute(&mut *connection).await?;
    for id in ids {
        let erased = job(connection, id, names).await?;
        let authored = authored(connection, id, names).await?;
        count += u64::from(erased || authored);
    }
    Ok(count)
}

/// Why a back-test has failed that ran while somebody was erased; a running job is marked by it.
const MEANWHILE: &str = "somebody was erased while it ran; begin it again";

/// Why a back-test has failed whose result an erasure took.
const GONE: &str = "somebody in its result was erased; begin it again";

/// Erases the title and the result of a job if they name somebody.
async fn job(connection: &mut SqliteConnection, id: i64, names: &Names) -> Result<bool, Error> {
    let query = sqlx::query_as("SELECT title, result, error FROM job WHERE id = $1");
    let (title, result, error): (String, Option<String>, Option<String>) =
        query.bind(id).fetch_one(&mut *connection).await?;
    let is_titled = names.are_in_text(&title);
    let is_named = result.is_some_and(|json| names.are_in_json(&json))
        || error.is_some_and(|error| names.are_in_text(&error));
    if is_titled || is_named {
        // A reason that names somebody is in title and request. A back-test is nothing without its
        // result; what another job did stays done.
        let text = "UPDATE job SET title = CASE WHEN $2 THEN '' ELSE title END, result = NULL,
                    request = CASE WHEN $2 THEN '{}' ELSE request END,
                    error = CASE WHEN kind = 'backtest' AND state <> 'running' THEN $3
                        WHEN state = 'failed' THEN 'the reason was erased' END,
                    state = CASE WHEN kind = 'backtest' AND state <> 'running' THEN 'failed'
                        ELSE state END
                    WHERE id = $1";
        sqlx::query(text).bind(id).bind(is_titled).bind(GONE).execute(&mut *connection).await?;
    }
    Ok(is_titled || is_named)
}

/// Replaces the member of staff who asked for a job.
async fn authored(
    connection: &mut SqliteConnection,
    id: i64,
    names: &Names,
) -> Result<bool, Error> {
    let query = sqlx::query_as("SELECT author, title, request, result FROM job WHERE id = $1");
    let (author, title, request, result): (String, String, String, Option<String>) =
        query.bind(id).fetch_one(&mut *connection).await?;
    let without = |json: &str| {
        let mut value: serde_json::Value = serde_json::from_str(json).ok()?;
        let before = value.clone();
        names.replace_staff(&mut value);
        for reason in ["/reason", "/asked/reason", "/job/reason"] {
            let reason = value.pointer_mut(reason);
            if let Some(serde_json::Value::String(reason)) = reason
                && let Some(other) = names.without_staff(reason)
            {
                *reason = other;
            }
        }
        (value != before).then(|| value.to_string())
    };
    let new = (
        names.without_staff(&author),
        names.without_staff(&title),
        without(&request),
        result.as_deref().and_then(without),
    );
    if new == (None, None, None, None) {
        return Ok(false);
    }
    let text = "UPDATE job SET author = coalesce($2, author), title = coalesce($3, title),
                request = coalesce($4, request), result = coalesce($5, result) WHERE id = $1";
    let query = sqlx::query(text).bind(id).bind(new.0).bind(new.1).bind(new.2).bind(new.3);
    query.execute(connection).await?;
    Ok(true)
}

/// Removes refused records that name a subject.
async fn refused(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let (mut after, mut count) = (i64::MIN, 0);
    loop {
        let text = "SELECT id, message, excerpt FROM refused WHERE id > $1 ORDER BY id LIMIT $2";
        let query = sqlx::query_as(text).bind(after).bind(CHUNK);
        let rows: Vec<(i64, String, String)> = query.fetch_all(&mut *connection).await?;
        let Some((last, ..)) = rows.last() else { return Ok(count) };
        after = *last;
        for (id, message, excerpt) in rows {
            if names.are_in_text(&message) || names.are_in_excerpt(&excerpt) {
                let query = sqlx::query("DELETE FROM refused WHERE id = $1").bind(id);
                query.execute(&mut *connection).await?;
                count += 1;
            }
        }
    }
}

/// Removes kept answers that name a subject.
async fn answers(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let keys: Vec<Vec<u8>> =
        sqlx::query_scalar("SELECT key FROM idempotency").fetch_all(&mut *connection).await?;
    let mut count = 0;
    for key in keys {
        let query = sqlx::query_scalar("SELECT body FROM idempotency WHERE key = $1").bind(&key);
        let body: Vec<u8> = query.fetch_one(&mut *connection).await?;
        if names.are_in_excerpt(&String::from_utf8_lossy(&body)) {
            let query = sqlx::query("DELETE FROM idempotency WHERE key = $1").bind(key);
            query.execute(&mut *connection).await?;
            count += 1;
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn erasing_one_takes_no_refusals_and_answers_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db")).await.unwrap();
        let mut connection = store.begin().await.unwrap();
        for text in [
            r#"INSERT INTO refused VALUES (1, 0, 'key', 1, 'r', 'm', '{"account":{"id":"ana"},"te')"#,
            r#"INSERT INTO refused VALUES (2, 0, 'key', 2, 'r', 'm', '{"account":{"id":"ben"},"te')"#,
            r#"INSERT INTO idempotency VALUES (x'01', x'00', 200, CAST('["ana"]' AS BLOB), 0)"#,
            r#"INSERT INTO idempotency VALUES (x'02', x'00', 200, CAST('["ben"]' AS BLOB), 0)"#,
        ] {
            sqlx::raw_sql(text).execute(&mut *connection).await.unwrap();
        }
        let of = |id: &str| Erasure { subjects: vec![format!("account/{id}")], ..<_>::default() };
        assert_eq!(beside(&mut connection, &of("nobody")).await.unwrap(), Counts::new());
        let gone = Counts::from([("refused records", 1), ("answers kept for a day", 1)]);
        assert_eq!(beside(&mut connection, &of("ana")).await.unwrap(), gone);
        assert_eq!(beside(&mut connection, &of("ben")).await.unwrap(), gone);
    }
}
