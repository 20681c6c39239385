//! Changes of rules that wait for a second person, and what became of them.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::rows::{place, seq};
use crate::{Error, Store};

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It came into force.
    Approved,
    /// Somebody else said no.
    Rejected,
    /// Its author took it back.
    Withdrawn,
    /// What it changes was changed in the meantime.
    Stale,
}

impl Outcome {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Approved, Self::Rejected, Self::Withdrawn, Self::Stale];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Stale => "stale",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.name() == name)
    }
}

/// A change of rules, as somebody proposes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// When, in milliseconds since 1970.
    pub made_ms: i64,
    /// Who.
    pub author: String,
    /// Why.
    pub reason: String,
    /// The version of the policy set that it was made against.
    pub base: String,
    /// The files that it changes: a JSON object of names and texts, null for a file removed.
    pub files: String,
    /// What it changes, in one line.
    pub summary: String,
}

/// How a proposal was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What became of it.
    pub outcome: Outcome,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The version of the policy set that came into force.
    pub version: Option<String>,
}

/// A proposal as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number.
    pub id: u64,
    /// What is proposed.
    pub proposed: Proposed,
    /// How it was decided; nothing while it is open.
    pub decided: Option<Decided>,
}

impl Proposal {
    /// `open`, or the name of what became of it.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.decided.as_ref().map_or(OPEN, |decided| decided.outcome.name())
    }
}

/// The state of a proposal that waits.
const OPEN: &str = "open";

impl Store {
    /// Keeps a new proposal; returns its number.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn add_proposal(&self, proposed: &Proposed) -> Result<u64, Error> {
        let mut connection = self.begin().await?;
        let done = add(&mut connection, proposed).await;
        self.end(connection, done).await
    }

    /// The proposal with that number.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn proposal(&self, id: u64) -> Result<Option<Proposal>, Error> {
        let query = sqlx::query("SELECT * FROM proposal WHERE id = $1").bind(place(id));
        query.fetch_optional(&self.reader).await?.as_ref().map(read).transpose()
    }

    /// Proposals with numbers below `before`, the newest first, at most `limit`; if a state is
    /// told, only those in it.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn proposals(
        &self,
        state: Option<&str>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Proposal>, Error> {
        let text = "SELECT * FROM proposal WHERE ($1 IS NULL OR state = $1) AND id < $2
                    ORDER BY id DESC LIMIT $3";
        let before = before.map_or(i64::MAX, place);
        let query = sqlx::query(text).bind(state).bind(before).bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(read).collect()
    }

    /// How many proposals are open.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn open_proposals(&self) -> Result<u64, Error> {
        let text = "SELECT count(*) FROM proposal WHERE state = 'open'";
        let count: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(count))
    }

    /// Decides the proposal with that number.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if it is not open: somebody else was faster. If the store cannot be
    /// written.
    pub async fn decide_proposal(&self, id: u64, decided: &Decided) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = decide(&mut connection, id, decided).await;
        self.end(connection, done).await
    }
}

async fn add(connection: &mut SqliteConnection, proposed: &Proposed) -> Result<u64, Error> {
    let done = sqlx::query(
        "INSERT INTO proposal (made_ms, author, reason, base, files, summary, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(proposed.made_ms)
    .bind(&proposed.author)
    .bind(&proposed.reason)
    .bind(&proposed.base)
    .bind(&proposed.files)
    .bind(&proposed.summary)
    .bind(OPEN)
    .execute(connection)
    .await?;
    Ok(seq(done.last_insert_rowid()))
}

async fn decide(
    connection: &mut SqliteConnection,
    id: u64,
    decided: &Decided,
) -> Result<(), Error> {
    let done = sqlx::query(
        "UPDATE proposal
             SET state = $2, decided_ms = $3, decided_by = $4, decided_reason = $5, version = $6
             WHERE id = $1 AND state = $7",
    )
    .bind(place(id))
    .bind(decided.outcome.name())
    .bind(decided.at_ms)
    .bind(&decided.by)
    .bind(&decided.reason)
    .bind(&decided.version)
    .bind(OPEN)
    .execute(connection)
    .await?;
    if done.rows_affected() == 0 { Err(Error::Conflict) } else { Ok(()) }
}

fn read(row: &SqliteRow) -> Result<Proposal, Error> {
    let state: String = row.try_get("state")?;
    let decided = match state.as_str() {
        OPEN => None,
        name => {
            let unknown = || Error::Damaged(format!("a proposal is `{name}`"));
            Some(Decided {
                outcome: Outcome::from_name(name).ok_or_else(unknown)?,
                at_ms: row.try_get("decided_ms")?,
                by: row.try_get("decided_by")?,
                reason: row.try_get("decided_reason")?,
                version: row.try_get("version")?,
            })
        }
    };
    let proposed = Proposed {
        made_ms: row.try_get("made_ms")?,
        author: row.try_get("author")?,
        reason: row.try_get("reason")?,
        base: row.try_get("base")?,
        files: row.try_get("files")?,
        summary: row.try_get("summary")?,
    };
    Ok(Proposal { id: seq(row.try_get("id")?), proposed, decided })
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

    use super::*;

    fn proposed(reason: &str) -> Proposed {
        Proposed {
            made_ms: 1_000,
            author: "staff ana".to_owned(),
            reason: reason.to_owned(),
            base: "v1".to_owned(),
            files: r#"{"civic.toml":null}"#.to_owned(),
            summary: "removes civic.toml".to_owned(),
        }
    }

    fn decided(outcome: Outcome) -> Decided {
        let version = (outcome == Outcome::Approved).then(|| "v2".to_owned());
        let (by, reason) = ("staff ben".to_owned(), "read it twice".to_owned());
        Decided { outcome, at_ms: 2_000, by, reason, version }
    }

    #[tokio::test]
    async fn a_proposal_is_decided_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("p.db")).await.unwrap();
        let first = store.add_proposal(&proposed("one")).await.unwrap();
        let second = store.add_proposal(&proposed("two")).await.unwrap();
        assert_eq!(store.open_proposals().await.unwrap(), 2);
        store.decide_proposal(first, &decided(Outcome::Approved)).await.unwrap();
        let again = store.decide_proposal(first, &decided(Outcome::Rejected)).await;
        assert!(matches!(again, Err(Error::Conflict)), "{again:?}");
        let kept = store.proposal(first).await.unwrap().unwrap();
        assert_eq!(kept.decided, Some(decided(Outcome::Approved)));
        assert_eq!(kept.proposed, proposed("one"));
        let ids = async |state: Option<&str>, before: Option<u64>| -> Vec<u64> {
            let found = store.proposals(state, before, 9).await.unwrap();
            found.iter().map(|proposal| proposal.id).collect()
        };
        assert_eq!(ids(None, None).await, [second, first]);
        assert_eq!(ids(None, Some(second)).await, [first]);
        assert_eq!(ids(Some("open"), None).await, [second]);
        assert_eq!(ids(Some("approved"), None).await, [first]);
        let missing = store.decide_proposal(99, &decided(Outcome::Stale)).await;
        assert!(matches!(missing, Err(Error::Conflict)), "{missing:?}");
        assert_eq!(store.proposal(99).await.unwrap(), None);
        store.close().await;
    }

    #[tokio::test]
    async fn a_store_of_the_second_version_takes_proposals() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut old = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        for sql in [include_str!("schema_1.sql"), include_str!("schema_2.sql")] {
            sqlx::raw_sql(sql).execute(&mut old).await.unwrap();
        }
        let filled = "PRAGMA user_version = 2;
            INSERT INTO staff VALUES ('ana', 'analyst', 'hash', 5);";
        sqlx::raw_sql(filled).execute(&mut old).await.unwrap();
        old.close().await.unwrap();
        let store = Store::open(&path).await.unwrap();
        assert_eq!(store.staff().await.unwrap()[0].name, "ana");
        assert_eq!(store.add_proposal(&proposed("first")).await.unwrap(), 1);
        store.close().await;
    }
}
