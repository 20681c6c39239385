//! Opens the store's file, or makes it.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::Error;

/// The version of the tables that this build makes and knows.
const VERSION: i64 = 1;

/// The steps from each version to the next.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// How long a reader waits for the writer's checkpoint.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The writer's page cache, in KiB; the index over event keys lives there.
const WRITER_CACHE_KIB: u32 = 65_536;

/// The page cache of each reader, in KiB.
const READER_CACHE_KIB: u32 = 16_384;

/// Larger pages than SQLite's own: rows are written in order and read in order.
const PAGE_BYTES: u32 = 8192;

/// Pages of write-ahead log after which it is folded into the file: 64 MiB.
const CHECKPOINT_PAGES: u32 = 8192;

/// Every SQLite file begins with a header of so many bytes.
const SQLITE_HEADER_BYTES: u64 = 100;

/// A store in one SQLite file.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
}

impl Store {
    /// Opens the store at `path`, which is made if it is not there, readable by its owner only.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, is no store, or comes from a newer build.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        make_private(path).map_err(|error| Error::Unavailable(error.to_string()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // Durable means durable: every commit reaches the disk before it is acknowledged.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .page_size(PAGE_BYTES)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            // Erased bytes are overwritten, not just forgotten.
            .pragma("secure_delete", "ON");
        let cache = |kib: u32| format!("-{kib}");
        let reading = options.clone().read_only(true).pragma("cache_size", cache(READER_CACHE_KIB));
        let writing = options.pragma("cache_size", cache(WRITER_CACHE_KIB));
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(writing).await?;
        migrate(&writer).await?;
        let reader = SqlitePoolOptions::new().max_connections(2).connect_with(reading).await?;
        Ok(Self { writer, reader })
    }

    /// Opens the store at `path`, which must be there.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and if there is no such file.
    pub async fn open_existing(path: &Path) -> Result<Self, Error> {
        match std::fs::metadata(path) {
            Ok(file) if !file.is_file() => Err(Error::Unavailable("it is not a file".to_owned())),
            // SQLite would take a file shorter than its header for a new one, and make it a store.
            Ok(file) if file.len() < SQLITE_HEADER_BYTES => {
                Err(Error::Damaged("the file is cut short, or was never a store".to_owned()))
            }
            Ok(_) => Self::open(path).await,
            Err(error) => Err(Error::Unavailable(error.to_string())),
        }
    }

    /// Closes all connections; what was committed is in the main file afterwards, unless somebody
    /// else still reads.
    pub async fn close(&self) {
        self.reader.close().await;
        // Not waiting for others who still read: they, or the next writer, fold the log in.
        for text in ["PRAGMA busy_timeout = 0", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            if sqlx::query(text).execute(&self.writer).await.is_err() {
                break;
            }
        }
        self.writer.close().await;
    }
}

/// Makes the file, if it is not there, for its owner only: it will hold personal data. SQLite gives
/// the files beside it the same permissions.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

async fn migrate(pool: &SqlitePool) -> Result<(), Error> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(pool).await?;
    if found > VERSION {
        return Err(Error::TooNew { found, known: VERSION });
    }
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master").fetch_one(pool).await?;
    if found == 0 && tables > 0 {
        return Err(Error::Damaged("it is an SQLite file, but not a store".to_owned()));
    }
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let version = step + 1;
        let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::raw_sql(*sql).execute(&mut *transaction).await?;
        let mark = sqlx::AssertSqlSafe(format!("PRAGMA user_version = {version}"));
        sqlx::raw_sql(mark).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(())
}
