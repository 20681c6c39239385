//! Overwrites what SQLite leaves in the gaps of its pages.
//!
//! `secure_delete` zeroes cells that are freed, but when a page is rebuilt in place, because its rows
//! were shared out anew among its neighbours, what lay in the gap between the list of cells and their
//! contents stays (`rebuildPage` in btree.c). So after an erasure the gaps of all pages are zeroed in
//! the file: bytes that belong to nothing (SQLite file format, 1.6, B-tree pages).

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use sqlx::SqliteConnection;

use crate::{Error, Store, commit};

/// Pages looked at while nobody can write: some 30 ms.
const CHUNK: u32 = 4096;

/// Times that the write-ahead log is folded in before a chunk is given up; each waits for readers as
/// long as SQLite's busy timeout of the writer says.
const FOLDS_MAX: u32 = 10;

impl Store {
    /// Zeroes the gaps of all pages, chunk by chunk, so that others write in between.
    ///
    /// # Errors
    ///
    /// [`Error::Lingering`] if a reader keeps the write-ahead log from being folded in; if the file
    /// cannot be read or written.
    pub async fn scrub(&self) -> Result<(), Error> {
        let size: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&self.writer).await?;
        let size = usize::try_from(size).unwrap_or(0).max(512);
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.writer).await?;
        let pages = u32::try_from(pages).unwrap_or(u32::MAX);
        let mut from = 0;
        while from < pages {
            let until = pages.min(from + CHUNK);
            self.scrub_chunk((from, until), size).await?;
            from = until;
        }
        Ok(())
    }

    async fn scrub_chunk(&self, pages: (u32, u32), size: usize) -> Result<(), Error> {
        for _ in 0..FOLDS_MAX {
            // One connection for both, so that nobody here writes in between.
            let mut connection = self.writer.acquire().await?;
            if !commit::fold(&mut connection).await? {
                continue;
            }
            sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            let done = self.scrub_alone(&mut connection, pages, size).await;
            sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
            if done? {
                return Ok(());
            }
        }
        Err(Error::Lingering)
    }

    /// Zeroes the gaps while nobody can write; false if another process wrote just before.
    async fn scrub_alone(
        &self,
        connection: &mut SqliteConnection,
        pages: (u32, u32),
        size: usize,
    ) -> Result<bool, Error> {
        if !self.log_is_empty() {
            return Ok(false);
        }
        // Pages that the writer remembers would bring their gaps back.
        sqlx::raw_sql("PRAGMA shrink_memory").execute(connection).await?;
        self.zero(pages, size).map(|()| true)
    }

    fn log_is_empty(&self) -> bool {
        let mut name = self.path.as_os_str().to_owned();
        name.push("-wal");
        std::fs::metadata(name).map_or(true, |log| log.len() == 0)
    }

    fn zero(&self, pages: (u32, u32), size: usize) -> Result<(), Error> {
        // Through the handle that is open anyway: closing another would let go of SQLite's locks.
        let zeroed = self.lock.as_ref().and_then(|lock| lock.with_file(|f| zero(f, pages, size)));
        match zeroed {
            Some(zeroed) => zeroed.map_err(|error| Error::Disk(error.to_string())),
            None => Err(Error::Conflict),
        }
    }
}

fn zero(file: &File, (from, until): (u32, u32), size: usize) -> std::io::Result<()> {
    let mut page = vec![0; size];
    for number in from..until {
        let place = u64::from(number) * size as u64;
        file.read_exact_at(&mut page, place)?;
        let Some((start, end)) = gap(&page, number == 0) else { continue };
        if page[start..end].iter().any(|byte| *byte != 0) {
            file.write_all_at(&vec![0; end - start], place + start as u64)?;
        }
    }
    file.sync_data()
}

/// Where the gap of a page lies; `None` if it is no page of a tree, or does not fit together.
fn gap(page: &[u8], is_first: bool) -> Option<(usize, usize)> {
    // The first page begins with the header of the file.
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
