//! Access: API keys, staff and sessions; and answers kept for requests that are sent again.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::{Error, Store};

/// An API key. Only its hash is kept; the secret is known to its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The public part.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: String,
    /// Its scopes, separated by spaces.
    pub scopes: String,
    /// When it was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
    /// The partner or authority that it belongs to.
    pub party: Option<String>,
}

/// A staff account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Staff {
    /// The name to sign in with.
    pub name: String,
    /// The name of the role.
    pub role: String,
    /// The Argon2id hash of the password.
    pub password: String,
    /// When the account was made, in milliseconds since 1970.
    pub made_ms: i64,
    /// What they can judge, as JSON.
    pub skills: String,
    /// The secret of the second factor, base32; `None` if there is none.
    pub totp: Option<String>,
    /// The time step of the last code accepted; no code is accepted twice.
    pub totp_step: i64,
    /// The partner or authority that they belong to.
    pub party: Option<String>,
}

/// A signed-in session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the token in the cookie.
    pub hash: Vec<u8>,
    /// The staff account.
    pub staff: String,
    /// The token that forms must carry.
    pub csrf: String,
    /// Its end, in milliseconds since 1970.
    pub until_ms: i64,
}

/// An answer kept for a request that may be sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// SHA-256 of the request.
    pub fingerprint: Vec<u8>,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Store {
    /// The API key with that id.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn key(&self, id: &str) -> Result<Option<ApiKey>, Error> {
        let query = sqlx::query("SELECT * FROM api_key WHERE id = $1").bind(id);
        query.fetch_optional(&self.reader).await?.as_ref().map(api_key).transpose()
    }

    /// All API keys, the oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, Error> {
        let query = sqlx::query("SELECT * FROM api_key ORDER BY made_ms, id");
        query.fetch_all(&self.reader).await?.iter().map(api_key).collect()
    }

    /// All staff accounts, by name.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn staff(&self) -> Result<Vec<Staff>, Error> {
        let rows = sqlx::query("SELECT * FROM staff ORDER BY name").fetch_all(&self.reader).await?;
        rows.iter().map(staff).collect()
    }

    /// The staff account called `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn staff_called(&self, name: &str) -> Result<Option<Staff>, Error> {
        let query = sqlx::query("SELECT * FROM staff WHERE name = $1").bind(name);
        query.fetch_optional(&self.reader).await?.as_ref().map(staff).transpose()
    }

    /// Uses up the code of a time step; false if it or a later one was used before.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn use_totp(&self, name: &str, step: i64) -> Result<bool, Error> {
        let text = "UPDATE staff SET totp_step = $2 WHERE name = $1 AND totp_step < $2";
        let done = sqlx::query(text).bind(name).bind(step).execute(&self.writer).await?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps a session and removes expired ones.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn add_session(&self, session: &Session, now_ms: i64) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = add_session(&mut connection, session, now_ms).await;
        self.end(connection, done).await
    }

    /// The session with that hash, and its staff account.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn session(&self, hash: &[u8]) -> Result<Option<(Session, Staff)>, Error> {
        let text = "SELECT session.hash, session.csrf, session.until_ms, staff.* FROM session
                    JOIN staff ON staff.name = session.staff WHERE hash = $1";
        let row = sqlx::query(text).bind(hash).fetch_optional(&self.reader).await?;
        let session = |row: SqliteRow| {
            let session = Session {
                hash: row.try_get("hash")?,
                staff: row.try_get("name")?,
                csrf: row.try_get("csrf")?,
                until_ms: row.try_get("until_ms")?,
            };
            Ok((session, staff(&row)?))
        };
        row.map(session).transpose()
    }

    /// Ends a session.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn end_session(&self, hash: &[u8]) -> Result<(), Error> {
        let text = "DELETE FROM session WHERE hash = $1";
        sqlx::query(text).bind(hash).execute(&self.writer).await?;
        Ok(())
    }

    /// The answer given to the request with that key.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn answer(&self, key: &[u8]) -> Result<Option<Answer>, Error> {
        let text = "SELECT fingerprint, status, body FROM idempotency WHERE key = $1";
        let row = sqlx::query(text).bind(key).fetch_optional(&self.reader).await?;
        let answer = |row: SqliteRow| {
            Ok(Answer {
                fingerprint: row.try_get(0)?,
                status: row.try_get(1)?,
                body: row.try_get(2)?,
            })
        };
        row.map(answer).transpose()
    }

    /// Keeps the answer given at the first of `times` and removes those given before the second.
    /// Both are in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if the write fails.
    pub async fn keep_answer(
        &self,
        key: &[u8],
        answer: &Answer,
        times: (i64, i64),
    ) -> Result<(), Error> {
        let mut connection = self.begin().await?;
        let done = keep_answer(&mut connection, key, answer, times).await;
        self.end(connection, done).await
    }
}

fn api_key(row: &SqliteRow) -> Result<ApiKey, Error> {
    Ok(ApiKey {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        hash: row.try_get("hash")?,
        scopes: row.try_get("scopes")?,
        made_ms: row.try_get("made_ms")?,
        revoked_ms: row.try_get("revoked_ms")?,
        party: row.try_get("party")?,
    })
}

fn staff(row: &SqliteRow) -> Result<Staff, Error> {
    Ok(Staff {
        name: row.try_get("name")?,
        role: row.try_get("role")?,
        password: row.try_get("password")?,
        made_ms: row.try_get("made_ms")?,
        skills: row.try_get("skills")?,
        totp: row.try_get("totp")?,
        totp_step: row.try_get("totp_step")?,
        party: row.try_get("party")?,
    })
}

async fn add_session(
    connection: &mut SqliteConnection,
    session: &Session,
    now_ms: i64,
) -> Result<(), Error> {
    let over = sqlx::query("DELETE FROM session WHERE until_ms < $1").bind(now_ms);
    over.execute(&mut *connection).await?;
    sqlx::query("INSERT INTO session (hash, staff, csrf, until_ms) VALUES ($1, $2, $3, $4)")
        .bind(&session.hash)
        .bind(&session.staff)
        .bind(&session.csrf)
        .bind(session.until_ms)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

async fn keep_answer(
    connection: &mut SqliteConnection,
    key: &[u8],
    answer: &Answer,
    (at_ms, old_ms): (i64, i64),
) -> Result<(), Error> {
    let old = sqlx::query("DELETE FROM idempotency WHERE at_ms < $1").bind(old_ms);
    old.execute(&mut *connection).await?;
    sqlx::query(
        "INSERT OR REPLACE INTO idempotency (key, fingerprint, status, body, at_ms)
             VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(key)
    .bind(&answer.fingerprint)
    .bind(answer.status)
    .bind(&answer.body)
    .bind(at_ms)
    .execute(&mut *connection)
    .await?;
    Ok(())
}
