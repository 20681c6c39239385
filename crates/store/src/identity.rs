//! Sign-in by an identity provider: an issuer and its name for a person, bound to a staff account.

use sqlx::Row as _;

use crate::{Error, Staff, Store};

/// An identity at a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// Its id for the person, never reassigned (OpenID Connect Core 1.0, 2).
    pub sub: String,
    /// The staff account.
    pub staff: String,
    /// When it was bound, in milliseconds since 1970.
    pub bound_ms: i64,
}

impl Store {
    /// The identities bound to the account called `staff`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn identities_of(&self, staff: &str) -> Result<Vec<Identity>, Error> {
        let query = sqlx::query("SELECT * FROM identity WHERE staff = $1").bind(staff);
        let identity = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Identity {
                issuer: row.try_get("issuer")?,
                sub: row.try_get("sub")?,
                staff: row.try_get("staff")?,
                bound_ms: row.try_get("bound_ms")?,
            })
        };
        query.fetch_all(&self.reader).await?.iter().map(identity).collect()
    }

    /// The account that `sub` at `issuer` is bound to.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn staff_of(&self, issuer: &str, sub: &str) -> Result<Option<Staff>, Error> {
        let query = sqlx::query("SELECT staff FROM identity WHERE issuer = $1 AND sub = $2");
        let row = query.bind(issuer).bind(sub).fetch_optional(&self.reader).await?;
        match row {
            Some(row) => self.staff_called(row.try_get(0)?).await,
            None => Ok(None),
        }
    }
}
