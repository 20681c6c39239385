//! Takes subjects from everything that is kept beside the ledger: cases, filings, holds, refusals,
//! results of back-tests, the audit trail, answers kept for a day.
//!
//! What is JSON is read as JSON, so that an id is found however it is written: with escapes, or
//! percent-encoded in an address. All rows are looked at, since what names somebody stands in no
//! index.

use std::collections::{BTreeMap, HashSet};

use regex::Regex;
use serde_json::Value;
use sqlx::SqliteConnection;
use types::Described;

use crate::{Error, Store};

/// Rows read at a time.
const CHUNK: i64 = 2000;

/// Texts of colleagues in a case; everything else in it has a form of its own.
const FREE_TEXTS: &[&str] = &["note", "question", "answer"];

/// What an erasure goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The subjects: `account/a-1`, with the content that is known to be theirs.
    pub subjects: Vec<String>,
    /// Entries whose payloads are erased.
    pub entries: Vec<u64>,
    /// When, in milliseconds since 1970: holds that are over by then go too.
    pub at_ms: i64,
}

/// Rows that lose something, by what they are.
pub type Counts = BTreeMap<&'static str, u64>;

/// The names that are looked for.
struct Names {
    subjects: HashSet<String>,
    accounts: HashSet<String>,
    /// The ids as they are, longest first.
    plain: Regex,
    /// The ids as JSON writes them.
    written: Regex,
}

impl Names {
    fn new(subjects: &[String]) -> Result<Self, Error> {
        let mut ids: Vec<&str> = subjects.iter().map(|subject| id(subject)).collect();
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        let written: Vec<String> = ids
            .iter()
            .map(|id| Value::from(*id).to_string().trim_matches('"').to_owned())
            .collect();
        let accounts = subjects.iter().filter_map(|subject| subject.strip_prefix("account/"));
        Ok(Self {
            subjects: subjects.iter().cloned().collect(),
            accounts: accounts.map(str::to_owned).collect(),
            plain: any_of(&ids)?,
            written: any_of(&written)?,
        })
    }

    /// Whether JSON as it is kept may name one of them; what is written with escapes may.
    fn may_be_in(&self, json: &str) -> bool {
        json.contains('%') || json.contains("\\u") || self.written.is_match(json)
    }

    /// Whether `text` has an id in it, and not only as a part of a longer one.
    fn are_in_text(&self, text: &str) -> bool {
        let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
        let is_in = |text: &str| {
            self.plain.find_iter(text).any(|found| {
                let (before, after) = (&text[..found.start()], &text[found.end()..]);
                !before.ends_with(is_part) && !after.starts_with(is_part)
            })
        };
        is_in(text) || percent_decoded(text).is_some_and(|text| is_in(&text))
    }

    fn are_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.are_in_text(text),
            Value::Array(values) => values.iter().any(|value| self.are_in(value)),
            Value::Object(fields) => {
                fields.iter().any(|(name, value)| self.are_in_text(name) || self.are_in(value))
            }
            _ => false,
        }
    }

    /// Whether JSON as it is kept names one of them; what cannot be read may.
    fn are_in_json(&self, json: &str) -> bool {
        let read = || serde_json::from_str(json).map_or(true, |value| self.are_in(&value));
        self.may_be_in(json) && read()
    }

    /// Whether the beginning of a record names one of them: read as JSON if it is whole, and else
    /// looked through as it is, with the escapes of JSON and CSV undone.
    fn are_in_excerpt(&self, excerpt: &str) -> bool {
        match serde_json::from_str(excerpt) {
            Ok(value) => self.are_in(&value),
            Err(_) => {
                let forms = [excerpt.to_owned(), unescaped(excerpt), excerpt.replace("\"\"", "\"")];
                forms.iter().any(|text| self.are_in_text(text))
            }
        }
    }

    /// A case without the members that are, or belong to, them, and without texts that name them;
    /// nothing if no member is left.
    fn without(&self, mut case: Value) -> Option<Value> {
        let members = case.get_mut("members")?.as_array_mut()?;
        members.retain(|member| {
            let is_in = |of: &HashSet<String>, field: &str| {
                member[field].as_str().is_some_and(|name| of.contains(name))
            };
            !is_in(&self.subjects, "subject") && !is_in(&self.accounts, "account")
        });
        let is_left = !members.is_empty();
        self.blank(&mut case);
        is_left.then_some(case)
    }

    fn blank(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.blank(value)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    let is_free = FREE_TEXTS.contains(&name.as_str());
                    match value.as_str() {
                        Some(text) if is_free && self.are_in_text(text) => *value = "".into(),
                        Some(_) => {}
                        None => self.blank(value),
                    }
                }
            }
            _ => {}
        }
    }
}

fn id(subject: &str) -> &str {
    subject.split_once('/').map_or(subject, |(_, id)| id)
}

fn any_of(texts: &[impl AsRef<str>]) -> Result<Regex, Error> {
    let texts: Vec<String> = texts.iter().map(|text| regex::escape(text.as_ref())).collect();
    let built = regex::RegexBuilder::new(&texts.join("|")).size_limit(1 << 30).build();
    built.map_err(|error| Error::Unavailable(format!("too many names: {error}")))
}

/// `text` with its percent-encoded bytes decoded; nothing if it has none.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `text` with the escapes of JSON undone, wherever they are.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let meant = match letter {
            '\\' => rest.next().unwrap_or(letter),
            _ => {
                units.extend(letter.encode_utf16(&mut [0; 2]).iter());
                continue;
            }
        };
        let hex = rest.as_str().get(..4).filter(|_| meant == 'u');
        match (meant, hex.and_then(|hex| u16::from_str_radix(hex, 16).ok())) {
            (_, Some(unit)) => {
                units.push(unit);
                rest = rest.as_str()[4..].chars();
            }
            ('n' | 'r' | 't' | 'b' | 'f', None) => units.push(u16::from(b' ')),
            (meant, None) => units.extend(meant.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    String::from_utf16_lossy(&units)
}

impl Store {
    /// What an erasure would take beside the payloads of its entries; nothing is changed.
    ///
    /// # Errors
    ///
    /// If the store cannot be read or written.
    pub async fn would_lose(&self, erasure: &Erasure) -> Result<Counts, Error> {
        let mut connection = self.begin().await?;
        let counts = beside(&mut connection, erasure).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
        counts
    }
}

/// Takes what names the subjects away.
pub(crate) async fn beside(
    connection: &mut SqliteConnection,
    erasure: &Erasure,
) -> Result<Counts, Error> {
    let names = &Names::new(&erasure.subjects)?;
    let mut counts = Counts::new();
    counts.insert("cases", cases(connection, names).await?);
    counts.insert("holds", holds(connection, names, erasure.at_ms).await?);
    let (filings, kept) = filings(connection, names, erasure).await?;
    counts.insert("filings", filings);
    counts.insert(KEPT, kept);
    counts.insert("back-tests", backtests(connection, names).await?);
    counts.insert("proposals", proposals(connection, names).await?);
    counts.insert("lines of the audit trail", audit(connection, names).await?);
    counts.insert("refused records", refused(connection, names).await?);
    counts.insert("answers kept for a day", answers(connection, names).await?);
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

/// Filings that name a subject and stay: others are held because of them.
pub const KEPT: &str = "orders that stay, since they hold others";

async fn cases(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let (mut after, mut count) = (i64::MIN, 0);
    loop {
        let text = "SELECT id, body FROM cases WHERE id > $1 AND body IS NOT NULL
                    ORDER BY id LIMIT $2";
        let query = sqlx::query_as(text).bind(after).bind(CHUNK);
        let rows: Vec<(i64, String)> = query.fetch_all(&mut *connection).await?;
        let Some((last, _)) = rows.last() else { return Ok(count) };
        after = *last;
        for (number, body) in rows.into_iter().filter(|(_, body)| names.may_be_in(body)) {
            let case: Option<Value> = serde_json::from_str(&body).ok();
            if case.as_ref().is_some_and(|case| !names.are_in(case)) {
                continue;
            }
            count += u64::from(case_row(connection, number, case, names).await?);
        }
    }
}

/// Takes the names from one case; whether anything changed.
async fn case_row(
    connection: &mut SqliteConnection,
    number: i64,
    case: Option<Value>,
    names: &Names,
) -> Result<bool, Error> {
    let Some(left) = case.clone().and_then(|case| names.without(case)) else {
        let text = "UPDATE cases SET subject = NULL, account = NULL, body = NULL,
                    state = 'closed' WHERE id = $1";
        sqlx::query(text).bind(number).execute(&mut *connection).await?;
        return Ok(true);
    };
    if case.as_ref() == Some(&left) {
        return Ok(false);
    }
    let first = &left["members"][0];
    sqlx::query("UPDATE cases SET subject = $2, account = $3, body = $4 WHERE id = $1")
        .bind(number)
        .bind(first["subject"].as_str())
        .bind(first["account"].as_str())
        .bind(left.to_string())
        .execute(&mut *connection)
        .await?;
    Ok(true)
}

/// What was filed about several things goes as a whole, unless others are held because of it.
async fn filings(
    connection: &mut SqliteConnection,
    names: &Names,
    erasure: &Erasure,
) -> Result<(u64, u64), Error> {
    let appealed = appealed(connection, &erasure.entries).await?;
    let text = "SELECT filing FROM hold WHERE filing IS NOT NULL AND released_ms IS NULL
                AND (until_ms IS NULL OR until_ms > $1)";
    let query = sqlx::query_scalar(text).bind(erasure.at_ms);
    let holding: HashSet<String> = query.fetch_all(&mut *connection).await?.into_iter().collect();
    let (mut after, mut gone, mut kept) = (0, 0, 0);
    loop {
        let text = "SELECT rowid, id, fingerprint, subject, body FROM filing
                    WHERE rowid > $1 ORDER BY rowid LIMIT $2";
        type Row = (i64, String, String, Option<String>, Option<String>);
        let query = sqlx::query_as(text).bind(after).bind(CHUNK);
        let rows: Vec<Row> = query.fetch_all(&mut *connection).await?;
        let Some((last, ..)) = rows.last() else { return Ok((gone, kept)) };
        after = *last;
        for (row, id, fingerprint, subject, body) in rows {
            let is_about = subject.is_some_and(|subject| names.subjects.contains(&subject));
            let is_named = body.is_some_and(|body| names.are_in_json(&body));
            if !is_about && !is_named && !appealed.contains(&fingerprint) {
                continue;
            }
            if holding.contains(&id) {
                kept += 1;
                continue;
            }
            let text = "UPDATE filing SET subject = NULL, body = NULL, reference = ''
                        WHERE rowid = $1";
            sqlx::query(text).bind(row).execute(&mut *connection).await?;
            gone += 1;
        }
    }
}

/// The fingerprints of appeals against decisions of `entries`.
async fn appealed(
    connection: &mut SqliteConnection,
    entries: &[u64],
) -> Result<HashSet<String>, Error> {
    let mut found = HashSet::new();
    for seq in entries {
        let query = sqlx::query_scalar("SELECT id FROM record WHERE seq = $1");
        let id: Option<String> =
            query.bind(crate::rows::place(*seq)).fetch_optional(&mut *connection).await?;
        found.extend(id.map(|id| format!("appeal {id}")));
    }
    Ok(found)
}

/// Takes away holds that name them and are over at `at_ms`; what still holds stays.
async fn holds(connection: &mut SqliteConnection, names: &Names, at_ms: i64) -> Result<u64, Error> {
    let text = "SELECT id, subject, reason, scope FROM hold
                WHERE released_ms IS NOT NULL OR until_ms <= $1";
    let over: Vec<(String, String, String, Option<String>)> =
        sqlx::query_as(text).bind(at_ms).fetch_all(&mut *connection).await?;
    let mut count = 0;
    for (id, of, reason, scope) in over {
        let scope: Option<Described> = scope.and_then(|json| serde_json::from_str(&json).ok());
        let is_one =
            |scope: Described| scope.subjects.iter().any(|one| names.subjects.contains(&one.0));
        let is_named = scope.is_some_and(is_one) || names.are_in_text(&reason);
        if names.subjects.contains(&of) || is_named {
            let query = sqlx::query("DELETE FROM hold WHERE id = $1").bind(id);
            query.execute(&mut *connection).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Results that name accounts and content.
async fn backtests(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let ids: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM backtest").fetch_all(&mut *connection).await?;
    let mut count = 0;
    for id in ids {
        let query = sqlx::query_as("SELECT title, result, error FROM backtest WHERE id = $1");
        let (title, result, error): (String, Option<String>, Option<String>) =
            query.bind(id).fetch_one(&mut *connection).await?;
        let is_named = result.is_some_and(|json| names.are_in_json(&json))
            || error.is_some_and(|error| names.are_in_text(&error))
            || names.are_in_text(&title);
        if is_named {
            let text = "UPDATE backtest SET title = '', result = NULL, state = 'failed',
                        error = 'somebody in its result was erased; begin it again' WHERE id = $1";
            sqlx::query(text).bind(id).execute(&mut *connection).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Reasons and summaries; the files of a proposal are those of the policies, and stay.
async fn proposals(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let text = "SELECT id, reason, summary, decided_reason FROM proposal";
    let rows: Vec<(i64, String, String, Option<String>)> =
        sqlx::query_as(text).fetch_all(&mut *connection).await?;
    let mut count = 0;
    for (id, reason, summary, decided) in rows {
        let told = [Some(&reason), Some(&summary), decided.as_ref()];
        if told.into_iter().flatten().any(|text| names.are_in_text(text)) {
            let text = "UPDATE proposal SET reason = '', summary = '',
                        decided_reason = iif(decided_reason IS NULL, NULL, '') WHERE id = $1";
            sqlx::query(text).bind(id).execute(&mut *connection).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn audit(connection: &mut SqliteConnection, names: &Names) -> Result<u64, Error> {
    let (mut after, mut count) = (0, 0);
    loop {
        let text = "SELECT id, what, about FROM audit WHERE id > $1 ORDER BY id LIMIT $2";
        let query = sqlx::query_as(text).bind(after).bind(CHUNK);
        let rows: Vec<(i64, String, String)> = query.fetch_all(&mut *connection).await?;
        let Some((last, ..)) = rows.last() else { return Ok(count) };
        after = *last;
        for (id, what, about) in rows {
            if names.are_in_text(&what) || names.are_in_text(&about) {
                let text = "UPDATE audit SET what = 'erased', about = '' WHERE id = $1";
                sqlx::query(text).bind(id).execute(&mut *connection).await?;
                count += 1;
            }
        }
    }
}

/// Takes away refused records that name them.
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

/// Takes away kept answers that name them.
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
    use serde_json::json;

    use super::*;

    fn names(id: &str) -> Names {
        Names::new(&[format!("content/{id}")]).unwrap()
    }

    #[test]
    fn an_id_is_not_found_in_a_longer_one() {
        let filed =
            json!({"order": {"urls": ["https://video.example/v/v-17?from=1"], "number": 9}});
        assert!(names("v-17").are_in(&filed));
        for other in ["v-1", "7", "17", "vide", "9"] {
            assert!(!names(other).are_in(&filed), "{other}");
        }
        assert!(names("ana").are_in(&json!(["seen by @ana, twice"])));
        assert!(!names("ana").are_in(&json!(["seen by @mariana"])));
    }

    #[test]
    fn an_id_is_found_however_it_is_written() {
        let id = "a\"b\\c ñ";
        let escaped = json!({ "note": id }).to_string();
        assert!(names(id).are_in_json(&escaped), "{escaped}");
        assert!(names(id).are_in_json(r#"["see a\u0022b\u005Cc \u00f1"]"#));
        assert!(names(id).are_in_json(r#"["https://video.example/v/a%22b%5Cc%20%C3%B1"]"#));
        assert!(!names(id).are_in_json(r#"["https://video.example/v/a%22b%5Cc"]"#));
    }

    #[test]
    fn an_id_is_found_in_a_record_that_is_cut_off() {
        let id = "a\"b\\c ñ";
        for cut in [
            r#"{"content":{"id":"a\"b\\c ñ"},"text":"and so"#,
            r#"{"content":{"id":"\u0061\u0022b\u005Cc \u00f1"},"te"#,
            r#"{"url":"https://video.example/v/a%22b%5Cc%20%C3%B1?x=1","te"#,
            r#"e-1,"a""b\c ñ",and so"#,
        ] {
            assert!(names(id).are_in_excerpt(cut), "{cut}");
            assert!(!names("b-17").are_in_excerpt(cut), "{cut}");
        }
        assert!(names("\u{1f600}-1").are_in_excerpt(r#"{"id":"\ud83d\ude00-1","te"#));
        assert!(!names("v-1").are_in_excerpt(r#"{"id":"v-17","te\u00"#));
    }

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
