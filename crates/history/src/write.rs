//! Rolls rows into files.

use std::collections::BTreeMap;

use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use sha2::{Digest as _, Sha256};

use crate::columns::{lay_out, schema};
use crate::{Error, File, History, HistoryRow};

/// Rows that are rolled together: one segment, which is also read together.
const SEGMENT_ROWS: usize = 200_000;

/// Rows of a row group.
const GROUP_ROWS: usize = 50_000;

/// The result of a roll.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rolled {
    /// Events written.
    pub rows: u64,
    /// Files written.
    pub files: u64,
    /// Their size together.
    pub bytes: u64,
    /// Events removed because they were erased.
    pub erased: u64,
}

/// Takes rows in the order of the ledger.
pub struct Writer<'a> {
    history: &'a mut History,
    waiting: Vec<HistoryRow>,
    /// The result so far.
    pub rolled: Rolled,
}

impl<'a> Writer<'a> {
    /// A writer that continues at the end of `history`.
    #[must_use]
    pub fn new(history: &'a mut History) -> Self {
        Self { history, waiting: Vec::new(), rolled: Rolled::default() }
    }

    /// Adds rows; returns whether enough are waiting to be written.
    pub fn push(&mut self, rows: Vec<HistoryRow>) -> bool {
        self.waiting.extend(rows);
        self.waiting.len() >= SEGMENT_ROWS
    }

    /// Writes the waiting rows: files first, then the manifest. `until` is the place up to which
    /// the ledger has been read, and `last` the hash of the entry before, hex.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if files cannot be written.
    pub async fn flush(&mut self, (until, last): (u64, String)) -> Result<(), Error> {
        let mut groups: BTreeMap<(&'static str, String), Vec<HistoryRow>> = BTreeMap::new();
        for row in self.waiting.drain(..) {
            let key = (row.event.kind.name(), hour(row.event.time));
            groups.entry(key).or_default().push(row);
        }
        for ((kind, hour), rows) in groups {
            let (file, bytes) = file((kind, &hour), &rows)?;
            self.rolled.rows += file.rows;
            self.rolled.files += 1;
            self.rolled.bytes += file.bytes;
            self.history.place.put(&file.path, bytes).await?;
            self.history.manifest.files.push(file);
        }
        (self.history.manifest.rolled, self.history.manifest.last) = (until, last);
        self.history.save().await
    }
}

impl History {
    /// Removes erased events from their files, except events under a hold; recorded erasures up to
    /// `until` are then carried out. Returns the number of events removed.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] or [`Error::Damaged`] if files cannot be read or written.
    pub async fn erase(&mut self, mut seqs: Vec<u64>, until: u64) -> Result<u64, Error> {
        seqs.sort_unstable();
        let holds = self.manifest.holds.clone();
        let stays = |row: &HistoryRow| {
            seqs.binary_search(&row.seq).is_err() || holds.iter().any(|hold| hold.keeps(&row.event))
        };
        let mut gone = 0;
        for at in 0..self.manifest.files.len() {
            let (first, last) = self.manifest.files[at].seqs;
            let from = seqs.partition_point(|seq| *seq < first);
            if seqs.get(from).is_some_and(|seq| *seq <= last) {
                gone += self.keep_only(at, &stays).await?;
            }
        }
        self.manifest.files.retain(|file| file.rows > 0);
        self.manifest.erased = self.manifest.erased.max(until);
        self.save().await?;
        Ok(gone)
    }

    /// Rewrites the file of that number with the rows that `is_kept` keeps and removes the old one.
    /// Returns the number of rows dropped.
    pub(crate) async fn keep_only(
        &mut self,
        at: usize,
        is_kept: &(dyn Fn(&HistoryRow) -> bool + Sync),
    ) -> Result<u64, Error> {
        let old = self.manifest.files[at].clone();
        let rows = self.read_rows(&old).await?;
        let before = rows.len();
        let rows: Vec<HistoryRow> = rows.into_iter().filter(is_kept).collect();
        let gone = (before - rows.len()) as u64;
        if gone == 0 {
            return Ok(0);
        }
        let mut new = File { rows: 0, bytes: 0, ..old.clone() };
        if !rows.is_empty() {
            let (written, bytes) = file((&old.r#type, &old.hour), &rows)?;
            // A new name: readers of the old manifest never find bytes other than it states.
            let path = old.path.trim_end_matches(".parquet");
            let path = path.split_once("_without").map_or(path, |(path, _)| path);
            let gone = old.gone.saturating_add(gone);
            new = File { path: format!("{path}_without{gone}.parquet"), ..written };
            self.place.put(&new.path, bytes).await?;
        }
        new.gone = old.gone.saturating_add(gone);
        self.manifest.files[at] = new;
        self.save().await?;
        self.place.remove(&old.path).await?;
        Ok(gone)
    }
}

/// The hour of `time`, in UTC.
fn hour(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H").to_string()
}

/// A file of rows of one type and hour, and its bytes.
fn file((kind, hour): (&str, &str), rows: &[HistoryRow]) -> Result<(File, Vec<u8>), Error> {
    let damaged =
        |error: parquet::errors::ParquetError| Error::Damaged(kind.to_owned(), error.to_string());
    let level = ZstdLevel::try_new(3).map_err(damaged)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        // Eighty columns of unused statistics would be most of a small file.
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("probity".to_owned())
        .build();
    let mut bytes = Vec::new();
    let options =
        ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let mut writer =
        ArrowWriter::try_new_with_options(&mut bytes, schema(), options).map_err(damaged)?;
    for rows in rows.chunks(GROUP_ROWS) {
        writer.write(&lay_out(rows)?).map_err(damaged)?;
    }
    writer.close().map_err(damaged)?;
    let seq = |row: Option<&HistoryRow>| row.map_or(0, |row| row.seq);
    let times = || rows.iter().map(|row| row.event.time.as_millisecond());
    let seqs = (seq(rows.first()), seq(rows.last()));
    let file = File {
        path: format!("type={kind}/hour={hour}/{:012}-{:012}.parquet", seqs.0, seqs.1),
        r#type: kind.to_owned(),
        hour: hour.to_owned(),
        rows: rows.len() as u64,
        bytes: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(&bytes)),
        seqs,
        times_ms: (times().min().unwrap_or(0), times().max().unwrap_or(0)),
        gone: 0,
    };
    Ok((file, bytes))
}
