//! Who signs in by an identity provider: an issuer and what it calls somebody, bound to an account.

use sqlx::Row as _;

use crate::{Error, Staff, Store};

/// An identity at a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The provider.
    pub issuer: String,
    /// What it calls somebody, for ever and nobody else (OpenID Connect Core 1.0, 2).
    pub sub: String,
    /// The account.
    pub staff: String,
    /// When it was bound, in milliseconds since 1970.
    pub bound_ms: i64,
}

impl Store {
    /// Binds an identity to an account, in place of what it was bound to; false if there is no such
    /// account.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn bind_identity(&self, identity: &Identity) -> Result<bool, Error> {
        let text = "INSERT INTO identity (issuer, sub, staff, bound_ms)
                    SELECT $1, $2, name, $4 FROM staff WHERE name = $3
                    ON CONFLICT (issuer, sub) DO UPDATE SET staff = $3, bound_ms = $4";
        let query = sqlx::query(text).bind(&identity.issuer).bind(&identity.sub);
        let query = query.bind(&identity.staff).bind(identity.bound_ms);
        Ok(query.execute(&self.writer).await?.rows_affected() > 0)
    }

    /// Unbinds all identities of an account; how many there were.
    ///
    /// # Errors
    ///
    /// If the store cannot be written.
    pub async fn unbind_identities(&self, staff: &str) -> Result<u64, Error> {
        let query = sqlx::query("DELETE FROM identity WHERE staff = $1").bind(staff);
        Ok(query.execute(&self.writer).await?.rows_affected())
    }

    /// The account that `sub` at `issuer` is bound to.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn staff_of(&self, issuer: &str, sub: &str) -> Result<Option<Staff>, Error> {
        let query = sqlx::query("SELECT staff FROM identity WHERE issuer = $1 AND sub = $2");
        let row = query.bind(issuer).bind(sub).fetch_optional(&self.reader).await?;
        match row {
            Some(row) => self.staff_called(row.try_get(0)?).await,
            None => Ok(None),
        }
    }
}
