//! Searches: events by key, decisions by id, subject, account, policy and so on.
//!
//! Every search is bounded. The index of the rarest condition leads, and the other conditions are
//! tested row by row. After [`SCAN_MAX`] rows the page is returned as it is, with a cursor.

use std::collections::HashSet;

use sqlx::query::QueryScalar;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Row, Sqlite};
use types::EventKey;

use crate::batch::RecordRow;
use crate::lookup;
use crate::read::record_row;
use crate::rows::{place, seq};
use crate::{Error, Store};

/// Keys queried with one statement.
const KEYS_MAX: usize = 500;

/// Statements for up to this many keys are frequent, and kept prepared.
const FEW_KEYS: usize = 8;

/// Rows tested for one page.
const SCAN_MAX: u32 = 5000;

const DAY_MS: i64 = 86_400_000;

/// A filter for decisions; every field that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The subject.
    pub subject: Option<String>,
    /// The account concerned.
    pub account: Option<String>,
    /// The policy that the decision names.
    pub policy: Option<String>,
    /// An effect that it has.
    pub effect: Option<String>,
    /// The type of the event.
    pub r#type: Option<String>,
    /// Where it happened.
    pub country: Option<String>,
    /// Only events from this moment on, in milliseconds since 1970.
    pub from_ms: Option<i64>,
    /// Only events before this moment.
    pub until_ms: Option<i64>,
    /// Only entries after this place: the cursor.
    pub after: Option<u64>,
    /// Only entries before this place: the cursor of the newest-first order.
    pub before: Option<u64>,
    /// Whether the latest come first.
    pub is_newest_first: bool,
    /// The most decisions to return.
    pub limit: u32,
}

/// A decision in a list, with the place of its entry.
pub type Listed = RecordRow;

/// A page of decisions, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The decisions.
    pub rows: Vec<Listed>,
    /// The cursor of the next page; `None` if there is none.
    pub next: Option<u64>,
}

impl Store {
    /// Those of `keys` that were accepted before.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn known(&self, keys: &[EventKey]) -> Result<HashSet<EventKey>, Error> {
        let wanted: Vec<u128> = keys.iter().map(|key| lookup::event(*key)).collect();
        let waits = self.lookup.which_wait(&wanted);
        let of_memory = keys.iter().zip(&waits).filter(|(_, waits)| **waits).map(|(key, _)| *key);
        let mut known: HashSet<EventKey> = of_memory.collect();
        let rest: Vec<EventKey> =
            keys.iter().zip(&waits).filter(|(_, waits)| !**waits).map(|(key, _)| *key).collect();
        for chunk in rest.chunks(KEYS_MAX) {
            let marks = vec!["?"; chunk.len()].join(", ");
            let text = format!("SELECT key FROM lookup WHERE key IN ({marks})");
            let is_kept = chunk.len() == KEYS_MAX || chunk.len() <= FEW_KEYS;
            let query = sqlx::query(sqlx::AssertSqlSafe(text)).persistent(is_kept);
            let query = chunk.iter().fold(query, |query, key| query.bind(key.0.as_slice()));
            for row in query.fetch_all(&self.reader).await? {
                let key: &[u8] = row.try_get(0)?;
                let key = key.try_into().map_err(|_| Error::Damaged("a key's length".into()))?;
                known.insert(EventKey(key));
            }
        }
        Ok(known)
    }

    /// The place of the event `key`, if it was accepted.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn taken(&self, key: EventKey) -> Result<Option<u64>, Error> {
        let key = lookup::event(key);
        Ok(self.places(key, key, &Filter { limit: 1, ..Filter::default() }).await?.first().copied())
    }

    /// The decisions whose ids begin with `id`, two at most; if there are two, `id` is ambiguous.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn decision(&self, id: &str) -> Result<Vec<Listed>, Error> {
        let Some((from, until)) = lookup::decision(id) else { return Ok(Vec::new()) };
        let filter = Filter { limit: SCAN_MAX, ..Filter::default() };
        let places = self.places(from, until, &filter).await?;
        let mut found = self.at(&places, &filter).await?;
        found.retain(|row| row.id.starts_with(id));
        found.truncate(2);
        Ok(found)
    }

    /// The decisions that match `filter`, in the order of their entries.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn decisions(&self, filter: &Filter) -> Result<Page, Error> {
        let mut filter = filter.clone();
        if !self.narrow(&mut filter).await? {
            return Ok(Page::default());
        }
        let Some(key) = key(&filter) else { return self.scan(&filter).await };
        let wide = Filter { limit: SCAN_MAX, ..filter.clone() };
        let places = self.places(key, key, &wide).await?;
        let rows = self.at(&places, &filter).await?;
        Ok(page(rows, cut(&places, SCAN_MAX), &filter))
    }

    /// The places of events with the shared attribute `attribute`, the newest first, at most
    /// `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn sharing(&self, attribute: EventKey, limit: u32) -> Result<Vec<u64>, Error> {
        let key = lookup::event(attribute);
        let filter = Filter { is_newest_first: true, limit, ..Filter::default() };
        self.places(key, key, &filter).await
    }

    /// Others that share `attribute`: place, account and time of decisions on accounts
    /// other than `account`, among the newest `limit` of all.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn sharers(
        &self,
        attribute: EventKey,
        (account, limit): (&str, u32),
    ) -> Result<Vec<(u64, String, i64)>, Error> {
        let mut found = Vec::new();
        for chunk in self.sharing(attribute, limit).await?.chunks(KEYS_MAX) {
            let marks = vec!["?"; chunk.len()].join(", ");
            let text = format!(
                "SELECT seq, account, time_ms FROM record
                 WHERE seq IN ({marks}) AND account IS NOT NULL AND account <> ?"
            );
            let query = sqlx::query_as(sqlx::AssertSqlSafe(text)).persistent(false);
            let query = chunk.iter().fold(query, |query, seq| query.bind(place(*seq)));
            let rows: Vec<(i64, String, i64)> = query.bind(account).fetch_all(&self.reader).await?;
            found.extend(rows.into_iter().map(|(at, account, time)| (seq(at), account, time)));
        }
        Ok(found)
    }

    /// Those of `subjects` that are restricted: by a case about them, or by a decision under one of
    /// `policies` or a part of it.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn restricted(
        &self,
        subjects: &[&str],
        policies: &[String],
    ) -> Result<HashSet<String>, Error> {
        let mut found = HashSet::new();
        if policies.is_empty() {
            return Ok(found);
        }
        // A decision names one policy; its reasons may name others.
        let under = vec!["of = ? OR substr(of, 1, length(?) + 1) = ? || '.'"; policies.len()];
        let under = under.join(" OR ");
        let decided = |seqs: String| {
            format!(
                "WITH found AS MATERIALIZED (
                     SELECT subject, policy, decision FROM record WHERE seq IN ({seqs})
                 ) SELECT DISTINCT subject FROM (
                     SELECT subject, policy AS of FROM found
                     UNION ALL
                     SELECT subject, json_extract(reason.value, '$.policy')
                     FROM found, json_each(CAST(decision AS TEXT), '$.reasons') AS reason
                     WHERE decision IS NOT NULL
                 ) WHERE {under}"
            )
        };
        for chunk in subjects.chunks(KEYS_MAX) {
            let keys: Vec<u128> = chunk.iter().map(|subject| lookup::subject(subject)).collect();
            let marks = vec!["?"; chunk.len()].join(", ");
            let waits = keys.iter().flat_map(|key| self.lookup.waiting(*key, *key));
            let waits: Vec<String> = waits.map(|seq| place(seq).to_string()).collect();
            let text = decided(format!("SELECT seq FROM lookup WHERE key IN ({marks})"));
            let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).persistent(false);
            for key in keys {
                query = query.bind(key.to_be_bytes().to_vec());
            }
            found.extend(self.subjects(query, policies).await?);
            for seqs in waits.chunks(KEYS_MAX) {
                let text = decided(seqs.join(", "));
                let query = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).persistent(false);
                found.extend(self.subjects(query, policies).await?);
            }
            let text = format!(
                "SELECT DISTINCT subject FROM cases WHERE subject IN ({marks})
                     AND json_extract(body, '$.is_restricted')"
            );
            let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(text)).persistent(false);
            for subject in chunk {
                query = query.bind(*subject);
            }
            found.extend(self.subjects(query, &[]).await?);
        }
        Ok(found)
    }

    /// The subjects that `query` finds, without erased ones. `policies` are bound as its last
    /// values.
    async fn subjects<'q>(
        &self,
        query: QueryScalar<'q, Sqlite, Option<String>, SqliteArguments>,
        policies: &'q [String],
    ) -> Result<Vec<String>, Error> {
        let each = |query: QueryScalar<'q, _, _, _>, policy: &'q String| {
            query.bind(policy).bind(policy).bind(policy)
        };
        let query = policies.iter().fold(query, each);
        Ok(query.fetch_all(&self.reader).await?.into_iter().flatten().collect())
    }

    /// Narrows the places to the days of the filter; false if there are none.
    async fn narrow(&self, filter: &mut Filter) -> Result<bool, Error> {
        if filter.from_ms.is_none() && filter.until_ms.is_none() {
            return Ok(true);
        }
        let day =
            |ms: Option<i64>, otherwise: i64| ms.map_or(otherwise, |ms| ms.div_euclid(DAY_MS));
        let (first, last): (Option<i64>, Option<i64>) =
            sqlx::query_as("SELECT min(first), max(last) FROM day WHERE day >= $1 AND day <= $2")
                .bind(day(filter.from_ms, i64::MIN))
                .bind(day(filter.until_ms, i64::MAX))
                .fetch_one(&self.reader)
                .await?;
        let (Some(first), Some(last)) = (first, last) else { return Ok(false) };
        let after = seq(first).checked_sub(1);
        filter.after = filter.after.max(after);
        filter.before = Some(filter.before.unwrap_or(u64::MAX).min(seq(last) + 1));
        Ok(true)
    }

    /// The places for keys `from..=until`, within the cursors of `filter` and in its order, at most
    /// its limit.
    async fn places(&self, from: u128, until: u128, filter: &Filter) -> Result<Vec<u64>, Error> {
        // Memory first: what moves to the table meanwhile is found there.
        let waiting = self.lookup.waiting(from, until).into_iter();
        let order = if filter.is_newest_first { "DESC" } else { "ASC" };
        let text = format!(
            "SELECT seq FROM lookup WHERE key >= $1 AND key <= $2 AND seq > $3 AND seq < $4
             ORDER BY seq {order} LIMIT $5"
        );
        let rows: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .bind(from.to_be_bytes().to_vec())
            .bind(until.to_be_bytes().to_vec())
            .bind(filter.after.map_or(-1, place))
            .bind(filter.before.map_or(i64::MAX, place))
            .bind(filter.limit)
            .fetch_all(&self.reader)
            .await?;
        let mut places: Vec<u64> = rows.into_iter().map(seq).collect();
        places.extend(waiting.filter(|seq| {
            filter.after.is_none_or(|after| *seq > after)
                && filter.before.is_none_or(|before| *seq < before)
        }));
        places.sort_unstable();
        places.dedup();
        if filter.is_newest_first {
            places.reverse();
        }
        places.truncate(filter.limit as usize);
        Ok(places)
    }

    /// The decisions at `places` that match the rest of `filter`, in order. The database tests
    /// them, so that others are not read.
    async fn at(&self, places: &[u64], filter: &Filter) -> Result<Vec<Listed>, Error> {
        let (test, values) = tests(filter);
        let order = if filter.is_newest_first { "DESC" } else { "ASC" };
        let mut found = Vec::new();
        for chunk in places.chunks(KEYS_MAX) {
            let marks = vec!["?"; chunk.len()].join(", ");
            let text = format!(
                "SELECT * FROM record WHERE seq IN ({marks}){test} ORDER BY seq {order} LIMIT ?"
            );
            let query = sqlx::query(sqlx::AssertSqlSafe(text)).persistent(chunk.len() == KEYS_MAX);
            let query = chunk.iter().fold(query, |query, seq| query.bind(place(*seq)));
            let query = values.iter().fold(query, |query, value| match value {
                Wanted::Text(text) => query.bind(text.as_str()),
                Wanted::Number(number) => query.bind(*number),
            });
            let left = filter.limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
            let rows = query.bind(left).fetch_all(&self.reader).await?;
            for row in &rows {
                found.push(record_row(row)?);
            }
            if found.len() >= filter.limit as usize {
                break;
            }
        }
        Ok(found)
    }

    /// The decisions that match `filter`, found by the index of its rarest condition.
    async fn scan(&self, filter: &Filter) -> Result<Page, Error> {
        let leads = leads(filter);
        let is_tested = leads.len() > 1 || filter.from_ms.is_some() || filter.until_ms.is_some();
        let limit = if is_tested { SCAN_MAX } else { filter.limit };
        let (from, value) = self.rarest(leads).await?;
        let order = if filter.is_newest_first { "DESC" } else { "ASC" };
        let text = format!("{from} AND seq > $2 AND seq < $3 ORDER BY seq {order} LIMIT $4");
        let places: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(text))
            .bind(value)
            .bind(filter.after.map_or(-1, place))
            .bind(filter.before.map_or(i64::MAX, place))
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        let places: Vec<u64> = places.into_iter().map(seq).collect();
        let rows = self.at(&places, filter).await?;
        Ok(page(rows, cut(&places, limit), filter))
    }

    /// The condition that the fewest decisions meet, by the kept counts; if there is none, one that
    /// all decisions meet.
    async fn rarest(
        &self,
        leads: Vec<(&'static str, &'static str, String)>,
    ) -> Result<(&'static str, String), Error> {
        let mut rarest: Option<(i64, (&'static str, String))> = None;
        for (name, from, value) in leads {
            let text = "SELECT coalesce(sum(count), 0) FROM tally WHERE name = $1 AND key = $2";
            let query = sqlx::query_scalar(text).bind(name).bind(&value);
            let count: i64 = query.fetch_one(&self.reader).await?;
            if rarest.as_ref().is_none_or(|(least, _)| count < *least) {
                rarest = Some((count, (from, value)));
            }
        }
        Ok(rarest.map_or(("SELECT seq FROM record WHERE $1 = ''", String::new()), |(_, lead)| lead))
    }
}

/// The key of the subject or account in `filter`, which few decisions have.
fn key(filter: &Filter) -> Option<u128> {
    let subject = filter.subject.as_deref().map(lookup::subject);
    subject.or_else(|| filter.account.as_deref().map(lookup::account))
}

/// The conditions that have an index: the name of their counts, the query, the value.
fn leads(filter: &Filter) -> Vec<(&'static str, &'static str, String)> {
    let known = [
        ("policy", "SELECT seq FROM record WHERE policy = $1", &filter.policy),
        ("effect", "SELECT seq FROM record_effect WHERE effect = $1", &filter.effect),
        ("type", "SELECT seq FROM record WHERE type = $1", &filter.r#type),
        ("country", "SELECT seq FROM record WHERE country <> '' AND country = $1", &filter.country),
    ];
    let asked = known
        .into_iter()
        .filter_map(|(name, text, value)| value.as_ref().map(|value| (name, text, value.clone())));
    asked.collect()
}

/// A value that a column must have.
enum Wanted {
    Text(String),
    Number(i64),
}

/// All conditions of `filter`, with bare `?` marks, and their values.
fn tests(filter: &Filter) -> (String, Vec<Wanted>) {
    let effect = filter.effect.as_ref().map(|effect| format!("% {effect} %"));
    let texts = [
        (" AND subject = ?", &filter.subject),
        (" AND account = ?", &filter.account),
        (" AND policy = ?", &filter.policy),
        (" AND type = ?", &filter.r#type),
        (" AND country = ?", &filter.country),
        (" AND ' ' || effects || ' ' LIKE ?", &effect),
    ];
    let numbers = [(" AND time_ms >= ?", filter.from_ms), (" AND time_ms < ?", filter.until_ms)];
    let texts =
        texts.into_iter().filter_map(|(test, value)| Some((test, Wanted::Text(value.clone()?))));
    let numbers =
        numbers.into_iter().filter_map(|(test, value)| Some((test, Wanted::Number(value?))));
    let (mut text, mut values) = (String::new(), Vec::new());
    for (test, value) in texts.chain(numbers) {
        text.push_str(test);
        values.push(value);
    }
    (text, values)
}

/// The last place read, if reading stopped there because of the limit.
fn cut(places: &[u64], limit: u32) -> Option<u64> {
    (places.len() >= limit as usize).then(|| places.last().copied()).flatten()
}

fn page(rows: Vec<Listed>, cut: Option<u64>, filter: &Filter) -> Page {
    let is_full = rows.len() >= filter.limit as usize;
    let next = if is_full { rows.last().map(|row| row.seq) } else { cut };
    Page { rows, next }
}
