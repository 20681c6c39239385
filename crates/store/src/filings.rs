//! Filings (notices, orders and appeals), the parties that send them, and holds based on them.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use types::{EventSelector, Subject};

use crate::batch::{FilingRow, HoldRow};
use crate::rows::{place, seq};
use crate::{Error, Store};

/// A filter for filings; every field that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilingFilter {
    /// `notice`, `order` or `appeal`.
    pub kind: String,
    /// The sender.
    pub party: Option<String>,
    /// `open`, `insufficient`, …
    pub state: Option<String>,
    /// Only those received before, in milliseconds since 1970.
    pub before_ms: Option<i64>,
    /// Only those received since, in milliseconds since 1970.
    pub since_ms: Option<i64>,
}

/// A partner or an authority.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartyRow {
    /// Its id.
    pub id: String,
    /// `trusted_flagger`, `rapid_response`, `authority`, or `notifier` for the record of a person
    /// without an account.
    pub kind: String,
    /// The whole record, JSON.
    pub body: String,
}

impl Store {
    /// The filing with that id.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn filing(&self, id: &str) -> Result<Option<FilingRow>, Error> {
        let query = sqlx::query("SELECT * FROM filing WHERE id = $1").bind(id);
        query.fetch_optional(&self.reader).await?.as_ref().map(filing).transpose()
    }

    /// The filings that match `filter`, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn filings(
        &self,
        filter: &FilingFilter,
        limit: u32,
    ) -> Result<Vec<FilingRow>, Error> {
        // With a sender, the index by sender leads; else the index by kind.
        let text = match filter.party {
            Some(_) => {
                "SELECT * FROM filing WHERE +kind = $1 AND party = $2
                 AND ($3 IS NULL OR state = $3) AND received_ms < $4 AND received_ms >= $5
                 ORDER BY received_ms DESC, id LIMIT $6"
            }
            None => {
                "SELECT * FROM filing WHERE kind = $1 AND $2 IS NULL
                 AND ($3 IS NULL OR state = $3) AND received_ms < $4 AND received_ms >= $5
                 ORDER BY received_ms DESC, id LIMIT $6"
            }
        };
        let query = sqlx::query(text)
            .bind(&filter.kind)
            .bind(&filter.party)
            .bind(&filter.state)
            .bind(filter.before_ms.unwrap_or(i64::MAX))
            .bind(filter.since_ms.unwrap_or(i64::MIN))
            .bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(filing).collect()
    }

    /// The first filing of that kind with that fingerprint.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn same_filing(
        &self,
        kind: &str,
        fingerprint: &str,
    ) -> Result<Option<FilingRow>, Error> {
        let text = "SELECT * FROM filing WHERE fingerprint = $1 AND +kind = $2
                    AND state <> 'forged' ORDER BY received_ms LIMIT 1";
        let query = sqlx::query(text).bind(fingerprint).bind(kind);
        query.fetch_optional(&self.reader).await?.as_ref().map(filing).transpose()
    }

    /// The filings that a case deals with.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn filings_of_case(&self, case: u64) -> Result<Vec<FilingRow>, Error> {
        let text = "SELECT * FROM filing WHERE case_id = $1 ORDER BY received_ms LIMIT 1000";
        let query = sqlx::query(text).bind(place(case));
        query.fetch_all(&self.reader).await?.iter().map(filing).collect()
    }

    /// The ids of all filings of `party`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn filings_of(&self, party: &str) -> Result<Vec<String>, Error> {
        let query = sqlx::query_scalar("SELECT id FROM filing WHERE party = $1").bind(party);
        Ok(query.fetch_all(&self.reader).await?)
    }

    /// The partner or authority with that id.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn party(&self, id: &str) -> Result<Option<PartyRow>, Error> {
        let query = sqlx::query("SELECT * FROM party WHERE id = $1").bind(id);
        query.fetch_optional(&self.reader).await?.as_ref().map(party).transpose()
    }

    /// All partners and authorities, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn parties(&self) -> Result<Vec<PartyRow>, Error> {
        let query = sqlx::query("SELECT * FROM party WHERE kind <> 'notifier' ORDER BY id");
        query.fetch_all(&self.reader).await?.iter().map(party).collect()
    }

    /// The records of persons without an account who gave notice, by id.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn notifiers(&self) -> Result<Vec<PartyRow>, Error> {
        let query = sqlx::query("SELECT * FROM party WHERE kind = 'notifier' ORDER BY id");
        query.fetch_all(&self.reader).await?.iter().map(party).collect()
    }

    /// Holds that are active at `now_ms`, the newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn holds(&self, now_ms: i64) -> Result<Vec<HoldRow>, Error> {
        let text = "SELECT * FROM hold WHERE released_ms IS NULL
                    AND (until_ms IS NULL OR until_ms > $1) ORDER BY from_ms DESC, id";
        let rows = sqlx::query(text).bind(now_ms).fetch_all(&self.reader).await?;
        rows.iter().map(hold).collect()
    }

    /// Holds based on the filing `filing`, including those that have ended.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn holds_of(&self, filing: &str) -> Result<Vec<HoldRow>, Error> {
        let text = "SELECT * FROM hold WHERE filing = $1 ORDER BY from_ms, id";
        let rows = sqlx::query(text).bind(filing).fetch_all(&self.reader).await?;
        rows.iter().map(hold).collect()
    }

    /// The hold with that id.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn hold(&self, id: &str) -> Result<Option<HoldRow>, Error> {
        let query = sqlx::query("SELECT * FROM hold WHERE id = $1").bind(id);
        query.fetch_optional(&self.reader).await?.as_ref().map(hold).transpose()
    }
}

fn filing(row: &SqliteRow) -> Result<FilingRow, Error> {
    let case: Option<i64> = row.try_get("case_id")?;
    Ok(FilingRow {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        party: row.try_get("party")?,
        reference: row.try_get("reference")?,
        fingerprint: row.try_get("fingerprint")?,
        subject: row.try_get("subject")?,
        case: case.map(seq),
        received_ms: row.try_get("received_ms")?,
        due_ms: row.try_get("due_ms")?,
        state: row.try_get("state")?,
        body: row.try_get("body")?,
    })
}

fn party(row: &SqliteRow) -> Result<PartyRow, Error> {
    Ok(PartyRow { id: row.try_get("id")?, kind: row.try_get("kind")?, body: row.try_get("body")? })
}

fn hold(row: &SqliteRow) -> Result<HoldRow, Error> {
    let scope: Option<String> = row.try_get("scope")?;
    Ok(HoldRow {
        id: row.try_get("id")?,
        scope: match scope {
            Some(json) => serde_json::from_str(&json)
                .map_err(|error| Error::Damaged(format!("the scope of a hold: {error}")))?,
            None => EventSelector::about(Subject(row.try_get("subject")?)),
        },
        reason: row.try_get("reason")?,
        filing: row.try_get("filing")?,
        from_ms: row.try_get("from_ms")?,
        until_ms: row.try_get("until_ms")?,
        released_ms: row.try_get("released_ms")?,
    })
}
