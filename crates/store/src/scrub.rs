//! Overwrites data that SQLite leaves in the gaps of its pages.
//!
//! `secure_delete` zeroes cells that are freed. But when rows are redistributed among neighbouring
//! pages, a page is rebuilt in place (`rebuildPage` in btree.c) and old bytes stay in the gap
//! between the list of cells and their contents. So an erasure zeroes the gaps of all pages in the
//! file, which hold no data (SQLite file format, 1.6, B-tree pages).

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqliteConnection};
use tokio::time::{Instant, timeout};

use crate::open::WRITER_BUSY_TIMEOUT;
use crate::{Error, Store, commit};

/// Pages zeroed while nobody reads or writes.
const CHUNK: usize = 1024;

/// Pages read at a time while looking for gaps.
const PAGES_AT_ONCE: u32 = 1024;

/// How long others are made to wait for one attempt: for readers of this process, and for those of
/// other processes.
const ATTEMPT: Duration = Duration::from_millis(250);

/// How long attempts are made before a scrub is given up.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(30);

impl Store {
    /// Folds the write-ahead log in, and zeroes the gaps of all pages. Pages are read while others
    /// read and write; those with something in their gap are zeroed while nobody does. Runs to its
    /// end even if the caller goes away.
    ///
    /// # Errors
    ///
    /// [`Error::Lingering`] if somebody who reads keeps the write-ahead log from being folded in;
    /// [`Error::Disk`] if the file cannot be read or written.
    pub async fn scrub(&self) -> Result<(), Error> {
        // A caller that goes away in the middle must not leave the writer in a transaction.
        let store = self.clone();
        let scrubbed = tokio::spawn(async move { store.scrub_all().await }).await;
        scrubbed.map_err(|error| Error::Disk(error.to_string()))?
    }

    async fn scrub_all(&self) -> Result<(), Error> {
        let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&self.writer).await?;
        let size = usize::try_from(size).unwrap_or(0).max(512);
        self.alone(&[], size).await?;
        // Erased rows are in no page any more: no page gets a new copy of them from here on.
        let store = self.clone();
        let found = tokio::task::spawn_blocking(move || store.dirty(size));
        let found = found.await.map_err(|error| Error::Disk(error.to_string()))??;
        for pages in found.chunks(CHUNK) {
            self.alone(pages, size).await?;
        }
        Ok(())
    }

    /// Folds the log in and zeroes the gaps of `pages` while this process neither reads nor writes.
    async fn alone(&self, pages: &[u32], size: usize) -> Result<(), Error> {
        let begun = Instant::now();
        while begun.elapsed() < GIVEN_UP_AFTER {
            // The writer first: a commit under way may still read.
            let mut writer = self.writer.acquire().await?;
            if let Ok(readers) = timeout(ATTEMPT, self.readers()).await {
                // They are held until this attempt is over.
                let _readers = readers?;
                set_patience(&mut writer, ATTEMPT).await?;
                let done = self.attempt(&mut writer, (pages, size)).await;
                set_patience(&mut writer, WRITER_BUSY_TIMEOUT).await?;
                if done? {
                    return Ok(());
                }
            }
            drop(writer);
            // Those who wait go first.
            tokio::task::yield_now().await;
        }
        Err(Error::Lingering)
    }

    /// All connections that read.
    async fn readers(&self) -> Result<Vec<PoolConnection<Sqlite>>, Error> {
        let mut readers = Vec::new();
        for _ in 0..self.reader.options().get_max_connections() {
            readers.push(self.reader.acquire().await?);
        }
        Ok(readers)
    }

    /// One attempt; false if another process reads or has just written.
    async fn attempt(
        &self,
        writer: &mut SqliteConnection,
        (pages, size): (&[u32], usize),
    ) -> Result<bool, Error> {
        if !commit::fold(writer).await? {
            return Ok(false);
        }
        match sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *writer).await.map_err(Error::from) {
            Err(Error::Locked) => return Ok(false),
            begun => begun?,
        };
        let done = match self.log_is_empty() {
            false => Ok(false),
            true => self.zero(writer, (pages.to_vec(), size)).await.map(|()| true),
        };
        sqlx::raw_sql("ROLLBACK").execute(writer).await?;
        done
    }

    fn log_is_empty(&self) -> bool {
        let mut name = self.path.as_os_str().to_owned();
        name.push("-wal");
        std::fs::metadata(name).map_or(true, |log| log.len() == 0)
    }

    async fn zero(
        &self,
        writer: &mut SqliteConnection,
        (pages, size): (Vec<u32>, usize),
    ) -> Result<(), Error> {
        if pages.is_empty() {
            return Ok(());
        }
        // Pages in the writer's cache would bring their gaps back.
        sqlx::raw_sql("PRAGMA shrink_memory").execute(writer).await?;
        let store = self.clone();
        let zeroed = tokio::task::spawn_blocking(move || store.file(|f| zero(f, &pages, size)));
        zeroed.await.map_err(|error| Error::Disk(error.to_string()))?
    }

    /// The pages with something in their gap. The lock on the file is free in between, since each
    /// commit looks at it.
    fn dirty(&self, size: usize) -> Result<Vec<u32>, Error> {
        let bytes = self.file(|file| Ok(file.metadata()?.len()))?;
        let pages = u32::try_from(bytes / size as u64).unwrap_or(u32::MAX);
        let mut found = Vec::new();
        for from in (0..pages).step_by(PAGES_AT_ONCE as usize) {
            let until = pages.min(from.saturating_add(PAGES_AT_ONCE));
            self.file(|file| dirty(file, (from, until), size, &mut found))?;
        }
        Ok(found)
    }

    /// Uses the handle that is already open: closing another would drop SQLite's locks.
    fn file<T>(&self, use_it: impl FnOnce(&File) -> std::io::Result<T>) -> Result<T, Error> {
        match self.lock.as_ref().and_then(|lock| lock.with_file(use_it)) {
            Some(done) => done.map_err(|error| Error::Disk(error.to_string())),
            None => Err(Error::Conflict),
        }
    }
}

/// How long the writer waits for locks of others.
async fn set_patience(writer: &mut SqliteConnection, patience: Duration) -> Result<(), Error> {
    let text = format!("PRAGMA busy_timeout = {}", patience.as_millis());
    sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(writer).await?;
    Ok(())
}

/// Adds to `found` which of the pages from `from` to `until` have something in their gap.
fn dirty(
    file: &File,
    (from, until): (u32, u32),
    size: usize,
    found: &mut Vec<u32>,
) -> std::io::Result<()> {
    let mut bytes = vec![0; size * (until - from) as usize];
    file.read_exact_at(&mut bytes, u64::from(from) * size as u64)?;
    let has_rest = |(number, page): &(u32, &[u8])| {
        gap(page, *number == 0).is_some_and(|(start, end)| !is_zero(&page[start..end]))
    };
    found.extend((from..).zip(bytes.chunks(size)).filter(has_rest).map(|(number, _)| number));
    Ok(())
}

/// Whether all bytes are zero; many at a time, since a store has gigabytes.
fn is_zero(bytes: &[u8]) -> bool {
    let (chunks, rest) = bytes.as_chunks::<64>();
    let or = |all: u8, byte: &u8| all | byte;
    chunks.iter().all(|chunk| chunk.iter().fold(0, or) == 0) && rest.iter().fold(0, or) == 0
}

fn zero(file: &File, pages: &[u32], size: usize) -> std::io::Result<()> {
    let mut page = vec![0; size];
    for number in pages {
        let place = u64::from(*number) * size as u64;
        file.read_exact_at(&mut page, place)?;
        let Some((start, end)) = gap(&page, *number == 0) else { continue };
        file.write_all_at(&vec![0; end - start], place + start as u64)?;
    }
    file.sync_data()
}

/// The gap of a page; `None` if it is no page of a tree, or is inconsistent.
fn gap(page: &[u8], is_first: bool) -> Option<(usize, usize)> {
    // The first page begins with the file header.
    let at = if is_first { 100 } else { 0 };
    let header = page.get(at..at + 12)?;
    let header_bytes = match header[0] {
        2 | 5 => 12,
        10 | 13 => 8,
        _ => return None,
    };
    let number = |from: usize| usize::from(u16::from_be_bytes([header[from], header[from + 1]]));
    let start = at + header_bytes + 2 * number(3);
    let end = match number(5) {
        0 => 65_536,
        end => end,
    };
    (start < end && end <= page.len()).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_page_of_a_tree_has_a_gap() {
        let mut page = vec![7; 512];
        page[..8].copy_from_slice(&[13, 0, 0, 0, 2, 1, 0, 0]);
        assert_eq!(gap(&page, false), Some((12, 256)), "two cells, contents from 256 on");
        page[0] = 5;
        assert_eq!(gap(&page, false), Some((16, 256)));
        page[0] = 0;
        assert_eq!(gap(&page, false), None, "a free or overflow page");
        page[..8].copy_from_slice(&[13, 0, 0, 0, 200, 1, 0, 0]);
        assert_eq!(gap(&page, false), None, "more cells than fit");
        page[100..108].copy_from_slice(&[13, 0, 0, 0, 0, 2, 0, 0]);
        assert_eq!(gap(&page, true), Some((108, 512)));
    }
}
