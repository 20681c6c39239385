//! Proposed changes of rules that wait for a second person, and their outcomes.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::rows::{place, seq};
use crate::{Error, Store};

/// The outcome of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalOutcome {
    /// It was activated.
    Approved,
    /// Somebody else rejected it.
    Rejected,
    /// Its author withdrew it.
    Withdrawn,
    /// The files that it changes were changed in the meantime.
    Stale,
}

impl ProposalOutcome {
    /// All outcomes.
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

/// A proposed change of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// When it was proposed, in milliseconds since 1970.
    pub made_ms: i64,
    /// The author.
    pub author: String,
    /// Why.
    pub reason: String,
    /// The version of the policy set that it is based on.
    pub base: String,
    /// The changed files: a JSON object of names and texts, null for a removed file.
    pub files: String,
    /// A summary of the change in one line.
    pub summary: String,
}

/// The decision on a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The outcome.
    pub outcome: ProposalOutcome,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The version of the policy set that was activated.
    pub version: Option<String>,
}

/// A proposal as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number.
    pub id: u64,
    /// The proposed change.
    pub proposed: Proposed,
    /// The decision on it; `None` while it is open.
    pub decided: Option<Decided>,
}

impl Proposal {
    /// `open`, or the name of its outcome.
    #[must_use]
    pub fn state(&self) -> &'static str {
        self.decided.as_ref().map_or(OPEN, |decided| decided.outcome.name())
    }
}

/// The state of a proposal that waits for a decision.
const OPEN: &str = "open";

impl Store {
    /// The number of the next proposal.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn next_proposal(&self) -> Result<u64, Error> {
        let text = "SELECT coalesce(max(id), 0) + 1 FROM proposal";
        let next: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(next))
    }

    /// The proposal with that number.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn proposal(&self, id: u64) -> Result<Option<Proposal>, Error> {
        let query = sqlx::query("SELECT * FROM proposal WHERE id = $1").bind(place(id));
        query.fetch_optional(&self.reader).await?.as_ref().map(read).transpose()
    }

    /// Proposals with numbers below `before`, the newest first, at most `limit`; only those in
    /// `state`, if it is given.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
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

    /// The number of open proposals.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn open_proposals(&self) -> Result<u64, Error> {
        let text = "SELECT count(*) FROM proposal WHERE state = 'open'";
        let count: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(count))
    }
}

fn read(row: &SqliteRow) -> Result<Proposal, Error> {
    let state: String = row.try_get("state")?;
    let decided = match state.as_str() {
        OPEN => None,
        name => {
            let unknown = || Error::Damaged(format!("a proposal is `{name}`"));
            Some(Decided {
                outcome: ProposalOutcome::from_name(name).ok_or_else(unknown)?,
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
