//! Reports with all their versions, and who stands for each.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::rows::{place, seq};
use crate::{Error, Store};

/// How far a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReportState {
    /// It is counted and can be withdrawn.
    Draft,
    /// A second person signed it off.
    Signed,
    /// The public has it. It stays, whatever comes after it.
    Published,
    /// It was given up before it was published.
    Withdrawn,
}

impl ReportState {
    /// All states.
    pub const ALL: &[Self] = &[Self::Draft, Self::Signed, Self::Published, Self::Withdrawn];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Signed => "signed",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }
}

/// A report without its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// Its number.
    pub id: u64,
    /// The name of its regime.
    pub regime: String,
    /// The first day of its period, `2026-01-01`.
    pub first_day: String,
    /// The last day.
    pub last_day: String,
    /// Its version within the regime and the period, from 1.
    pub version: u64,
    /// How far it is.
    pub state: ReportState,
    /// When it was counted, in milliseconds since 1970.
    pub made_ms: i64,
    /// Who had it counted.
    pub author: String,
    /// When a second person signed it off, and who.
    pub signed: Option<(i64, String)>,
    /// When it was published, and who published it.
    pub published: Option<(i64, String)>,
    /// How it was counted, JSON.
    pub body: String,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPart {
    /// The number of the report.
    pub report: u64,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// A filter for reports; every field that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportFilter {
    /// How far they are.
    pub state: Option<ReportState>,
    /// The name of the regime.
    pub regime: Option<String>,
    /// The first and the last day of the period.
    pub days: Option<(String, String)>,
    /// Only those with a number below this.
    pub before: Option<u64>,
}

impl Store {
    /// The number of the next report.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn next_report(&self) -> Result<u64, Error> {
        let text = "SELECT coalesce(max(id), 0) + 1 FROM report";
        let next: i64 = sqlx::query_scalar(text).fetch_one(&self.reader).await?;
        Ok(seq(next))
    }

    /// The report with that number.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn report(&self, id: u64) -> Result<Option<ReportRow>, Error> {
        let query = sqlx::query("SELECT * FROM report WHERE id = $1").bind(place(id));
        query.fetch_optional(&self.reader).await?.as_ref().map(read).transpose()
    }

    /// The reports that match `filter`, the newest first, at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn reports(
        &self,
        filter: &ReportFilter,
        limit: u32,
    ) -> Result<Vec<ReportRow>, Error> {
        let text = "SELECT * FROM report WHERE ($1 IS NULL OR state = $1)
                    AND ($2 IS NULL OR regime = $2)
                    AND ($3 IS NULL OR (first_day = $3 AND last_day = $4)) AND id < $5
                    ORDER BY id DESC LIMIT $6";
        let query = sqlx::query(text)
            .bind(filter.state.map(ReportState::name))
            .bind(filter.regime.as_deref())
            .bind(filter.days.as_ref().map(|(first, _)| first.as_str()))
            .bind(filter.days.as_ref().map(|(_, last)| last.as_str()))
            .bind(filter.before.map_or(i64::MAX, place))
            .bind(limit);
        query.fetch_all(&self.reader).await?.iter().map(read).collect()
    }

    /// The part of a report with that name.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn report_part(&self, report: u64, name: &str) -> Result<Option<String>, Error> {
        let text = "SELECT text FROM report_part WHERE report = $1 AND name = $2";
        let query = sqlx::query_scalar(text).bind(place(report)).bind(name);
        Ok(query.fetch_optional(&self.reader).await?)
    }
}

fn read(row: &SqliteRow) -> Result<ReportRow, Error> {
    let state: String = row.try_get("state")?;
    let who = |at: &str, by: &str| -> Result<Option<(i64, String)>, Error> {
        let at: Option<i64> = row.try_get(at)?;
        let by: Option<String> = row.try_get(by)?;
        Ok(at.zip(by))
    };
    Ok(ReportRow {
        id: seq(row.try_get("id")?),
        regime: row.try_get("regime")?,
        first_day: row.try_get("first_day")?,
        last_day: row.try_get("last_day")?,
        version: seq(row.try_get("version")?),
        state: ReportState::named(&state)
            .ok_or_else(|| Error::Damaged(format!("a report is `{state}`")))?,
        made_ms: row.try_get("made_ms")?,
        author: row.try_get("author")?,
        signed: who("signed_ms", "signed_by")?,
        published: who("published_ms", "published_by")?,
        body: row.try_get("body")?,
    })
}
