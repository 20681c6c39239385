//! Opens the store's file, or creates it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, SqliteConnection};

use crate::lock::Lock;
use crate::lookup::Lookup;
use crate::{Error, Snapshots};

/// The version of the tables that this build creates and knows.
pub(crate) const VERSION: i64 = 11;

/// The steps from each version to the next.
const MIGRATIONS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
    include_str!("schema_5.sql"),
    include_str!("schema_6.sql"),
    include_str!("schema_7.sql"),
    include_str!("schema_8.sql"),
    include_str!("schema_9.sql"),
    include_str!("schema_10.sql"),
    include_str!("schema_11.sql"),
];

/// How long a reader waits for the writer's checkpoint.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the writer waits for a lock from outside before that is reported; it then retries.
pub(crate) const WRITER_BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The writer's page cache, in KiB; the index over event keys lives there.
const WRITER_CACHE_KIB: u32 = 65_536;

/// The page cache of each reader, in KiB.
const READER_CACHE_KIB: u32 = 16_384;

/// Larger pages than SQLite's default: rows are written in order and read in order.
const PAGE_BYTES: u32 = 8192;

/// The size of the write-ahead log, in pages, at which it is folded into the file: 64 MiB.
const CHECKPOINT_PAGES: u32 = 8192;

/// The size of the header of every SQLite file.
const SQLITE_HEADER_BYTES: u64 = 100;

/// Statements kept prepared on each connection.
const STATEMENTS_KEPT: usize = 256;

/// Concurrent readers.
const READERS: u32 = 4;

/// A store in one SQLite file.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) writer: SqlitePool,
    pub(crate) reader: SqlitePool,
    pub(crate) lookup: Arc<Lookup>,
    /// The writer's lock; `None` in a store that is not the writer.
    pub(crate) lock: Option<Arc<Lock>>,
    /// The length of the ledger, kept by the writer: nobody else extends it.
    pub(crate) size: Arc<AtomicU64>,
    pub(crate) snapshots: Snapshots,
    /// The path of the store's file.
    pub(crate) path: Arc<PathBuf>,
}

impl Store {
    /// Opens the store at `path` for the one writer of its ledger. A file that does not exist is
    /// created, readable by its owner only.
    ///
    /// # Errors
    ///
    /// [`Error::InUse`] while another process writes it; [`Error::Unavailable`],
    /// [`Error::Unwritable`], [`Error::Damaged`] or [`Error::TooNew`] if it cannot be opened.
    pub async fn open(path: &Path) -> Result<Self, Error> {
        make_private(path).map_err(|error| Error::Unavailable(error.to_string()))?;
        let lock = Lock::take(path)?;
        Self::connect(path, Some(Arc::new(lock))).await
    }

    /// Opens the store at `path`, which must exist, beside its writer: to read, and to change
    /// access. Where nothing can be written, for example on a read-only file system, it can still
    /// be read.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and if there is no such file.
    pub async fn look(path: &Path) -> Result<Self, Error> {
        is_store(path)?;
        match version(path).await {
            Ok(VERSION) => {}
            // The first writer migrates it.
            Ok(_) => Self::open(path).await?.close().await,
            Err(Error::Unwritable(_)) => return Self::connect_to_read(path).await,
            Err(error) => return Err(error),
        }
        match Self::connect(path, None).await {
            Err(Error::Unwritable(_)) => Self::connect_to_read(path).await,
            opened => opened,
        }
    }

    /// Opens the store at `path`, which must exist, for its one writer.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and if there is no such file.
    pub async fn open_existing(path: &Path) -> Result<Self, Error> {
        is_store(path)?;
        Self::open(path).await
    }

    /// Opens a file that nobody changes, without any file beside it.
    async fn connect_to_read(path: &Path) -> Result<Self, Error> {
        let log = beside(path, "-wal");
        if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
            return Err(Error::Unwritable(format!(
                "its last commits lie in `{}`, which takes a place that can be written to read; \
                 copy both files to one",
                log.display()
            )));
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
        let writer = pool(1).connect_with(options.clone()).await?;
        let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&writer).await?;
        if found != VERSION {
            return Err(Error::Unwritable(format!(
                "it has version {found}, and this build would have to bring it to {VERSION}; copy \
                 it to a place that can be written"
            )));
        }
        let reader = pool(READERS).connect_with(options).await?;
        Self::assemble((writer, reader), None, path).await
    }

    async fn connect(path: &Path, lock: Option<Arc<Lock>>) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(lock.is_some())
            .journal_mode(SqliteJournalMode::Wal)
            // Durable means durable: every commit reaches the disk before it is acknowledged.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .page_size(PAGE_BYTES)
            .statement_cache_capacity(STATEMENTS_KEPT)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
            // Erased bytes are overwritten, not just forgotten.
            .pragma("secure_delete", "ON");
        let cache = |kib: u32| format!("-{kib}");
        let reading = options.clone().read_only(true).pragma("cache_size", cache(READER_CACHE_KIB));
        let writing =
            options.busy_timeout(WRITER_BUSY_TIMEOUT).pragma("cache_size", cache(WRITER_CACHE_KIB));
        let writer = pool(1).connect_with(writing).await?;
        migrate(&writer).await?;
        let reader = pool(READERS).connect_with(reading).await?;
        // A store has one folder of snapshots, whatever name it is opened under.
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self::assemble((writer, reader), lock, &path).await
    }

    async fn assemble(
        (writer, reader): (SqlitePool, SqlitePool),
        lock: Option<Arc<Lock>>,
        path: &Path,
    ) -> Result<Self, Error> {
        let (lookup, size) = (Arc::new(Lookup::default()), Arc::new(AtomicU64::new(0)));
        let (snapshots, path) = (Snapshots::beside(path), Arc::new(path.to_owned()));
        let store = Self { writer, reader, lookup, lock, size, snapshots, path };
        store.size.store(store.size().await?, Ordering::Release);
        store.lookup.load(&store.reader).await?;
        Ok(store)
    }

    /// The snapshots beside the store.
    #[must_use]
    pub const fn snapshots(&self) -> &Snapshots {
        &self.snapshots
    }

    /// Closes all connections. Everything committed is then in the main file, unless somebody else
    /// is still reading.
    pub async fn close(&self) {
        if self.lock.is_some() {
            // Keys not written in sorted order are read again when the store is opened.
            let _ = self.write_lookup().await;
        }
        self.reader.close().await;
        // Without waiting for other readers: they, or the next writer, fold the log in.
        for text in ["PRAGMA busy_timeout = 0", "PRAGMA wal_checkpoint(TRUNCATE)"] {
            if sqlx::query(text).execute(&self.writer).await.is_err() {
                break;
            }
        }
        self.writer.close().await;
        if let Some(lock) = &self.lock {
            lock.release();
        }
    }
}

impl Store {
    /// Writes all waiting keys, so that the store opens quickly next time.
    async fn write_lookup(&self) -> Result<(), Error> {
        let size = self.size().await?;
        let mut connection = self.begin().await?;
        let merged = self.lookup.merge_all(&mut connection, size).await;
        let merges = self.end(connection, merged).await?;
        merges.iter().for_each(|merge| self.lookup.merged(merge));
        Ok(())
    }

    /// The number of keys waiting in memory to be written in order.
    #[must_use]
    pub fn keys_waiting(&self) -> usize {
        self.lookup.count()
    }
}

/// A pool whose connections live as long as it does: a caller who gives up does not cost one.
fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}

/// The file beside `path` whose name ends in `end`.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn is_store(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(file) if !file.is_file() => Err(Error::Unavailable("it is not a file".to_owned())),
        // SQLite would treat a file shorter than its header as new, and make it a store.
        Ok(file) if file.len() < SQLITE_HEADER_BYTES => {
            Err(Error::Damaged("the file is cut short, or was never a store".to_owned()))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Unavailable(error.to_string())),
    }
}

/// The version of the tables in the file at `path`.
async fn version(path: &Path) -> Result<i64, Error> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_TIMEOUT);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let version = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(version)
}

/// Creates the file, if it does not exist, for its owner only: it will hold personal data. SQLite
/// gives the files beside it the same permissions.
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
