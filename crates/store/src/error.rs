//! Errors of a store, classified by what the caller can do about them.

/// The reason why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process wrote in the meantime, or writes now.
    #[error("another process writes to this store; stop it or use another file")]
    Conflict,
    /// A program other than Probity keeps the file locked; nothing was written.
    #[error("another program keeps the store's file locked; nothing of this was kept, close it")]
    Locked,
    /// Another process holds the store as its writer.
    #[error("another process writes to this store; stop it, or use another file")]
    InUse,
    /// The disk is full; nothing of the batch was kept.
    #[error("the disk is full; nothing of this batch was kept, free some space and run again")]
    Full,
    /// The disk failed; nothing of the batch was kept.
    #[error(
        "the disk cannot be written or read ({0}); nothing of this batch was kept: look at the quota, the mounts and the system's log, and run again"
    )]
    Disk(String),
    /// A constraint of the database was violated; nothing of the batch was kept.
    #[error("the store refuses what contradicts it ({0}); nothing of this batch was kept")]
    Contradiction(String),
    /// The write-ahead log may still contain erased bytes.
    #[error(
        "erased, but another reader keeps the old bytes in the write-ahead log; close it and run the command again"
    )]
    Lingering,
    /// The file is not a store, or its pages are damaged.
    #[error("the file is damaged or is not a store: {0}")]
    Damaged(String),
    /// Made by a newer version of Probity.
    #[error("the store has version {found}, this build knows {known}; use a newer build")]
    TooNew {
        /// The store's version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The file, or one that belongs to it, can only be read.
    #[error("the store cannot be written: {0}")]
    Unwritable(String),
    /// The store cannot be opened or read.
    #[error("the store cannot be used: {0}")]
    Unavailable(String),
}

/// SQLite's primary result codes that map to an error of their own.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const IO_ERROR: i32 = 10;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;
const CONSTRAINT: i32 = 19;
const READ_ONLY: i32 = 8;
const CANNOT_OPEN: i32 = 14;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(database) => database.code(),
            _ => None,
        };
        if let sqlx::Error::ColumnDecode { .. } = &error {
            return Self::Damaged(error.to_string());
        }
        let code: i32 = code.and_then(|code| code.parse().ok()).unwrap_or(0);
        match code & 0xFF {
            CONSTRAINT => Self::Contradiction(error.to_string()),
            BUSY | LOCKED => Self::Locked,
            READ_ONLY | CANNOT_OPEN => Self::Unwritable(error.to_string()),
            FULL => Self::Full,
            IO_ERROR => Self::Disk(error.to_string()),
            CORRUPT | NOT_A_DATABASE => Self::Damaged(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

    use super::*;

    #[tokio::test]
    async fn what_went_wrong_is_not_called_by_the_name_of_something_else() {
        let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let mut fail = async |text: &'static str| {
            Error::from(sqlx::raw_sql(text).execute(&mut connection).await.unwrap_err())
        };
        let twice =
            "CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB); INSERT INTO t VALUES (1, '');
                     INSERT INTO t VALUES (1, '')";
        assert!(matches!(fail(twice).await, Error::Contradiction(_)));
        let full = "PRAGMA max_page_count = 3; INSERT INTO t VALUES (2, zeroblob(1000000))";
        assert!(matches!(fail(full).await, Error::Full));
    }
}
