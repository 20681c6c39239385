//! The files of a store, and what a crash leaves of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// The place of a store, and how much of its write-ahead log was synced.
#[derive(Debug)]
pub(crate) struct Disk {
    folder: PathBuf,
    /// Number of crashes; each leaves the files under another name.
    lives: u32,
    /// The length of the write-ahead log when the last commit was acknowledged.
    synced: u64,
    /// Whether it loses what it reported as synced, as some disks with a cache do.
    is_lying: bool,
}

impl Disk {
    pub(crate) fn new(folder: &Path, is_lying: bool) -> Self {
        Self { folder: folder.to_owned(), lives: 0, synced: 0, is_lying }
    }

    /// The store's file.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.join(format!("{}.db", self.lives))
    }

    fn log_bytes(&self) -> u64 {
        fs::metadata(beside(&self.path(), "-wal")).map_or(0, |log| log.len())
    }

    /// Records that a commit was acknowledged: everything so far is on disk.
    pub(crate) fn sync(&mut self) {
        self.synced = self.log_bytes();
    }

    /// Leaves what a crash leaves: everything synced, a part of the rest, and garbage after it.
    pub(crate) fn crash(&mut self, random: &mut ChaCha8Rng) -> std::io::Result<()> {
        let before = self.path();
        let whole = self.log_bytes();
        let synced = if self.is_lying { 0 } else { self.synced };
        let kept = if whole > synced { random.random_range(synced..=whole) } else { whole };
        let mut log = fs::read(beside(&before, "-wal")).unwrap_or_default();
        let length = usize::try_from(kept).unwrap_or(log.len()).min(log.len());
        for byte in &mut log[length..] {
            *byte = random.random();
        }
        if random.random_bool(0.5) {
            log.truncate(length);
        }
        self.lives += 1;
        let after = self.path();
        fs::copy(&before, &after)?;
        if !log.is_empty() {
            fs::write(beside(&after, "-wal"), &log)?;
        }
        let (from, to) = (beside(&before, ".state"), beside(&after, ".state"));
        if from.is_dir() {
            fs::create_dir_all(&to)?;
            for file in fs::read_dir(from)? {
                let file = file?;
                let mut bytes = fs::read(file.path())?;
                // Snapshots are not synced: any of them may be cut off.
                if random.random_bool(0.1) {
                    bytes.truncate(random.random_range(0..=bytes.len()));
                }
                fs::write(to.join(file.file_name()), bytes)?;
            }
        }
        Ok(())
    }

    /// Removes the files that the last crash left behind.
    pub(crate) fn forget_before(&self) {
        let Some(before) = self.lives.checked_sub(1) else { return };
        let before = self.folder.join(format!("{before}.db"));
        for end in ["", "-wal", "-shm"] {
            // A missing file need not be removed.
            let _ = fs::remove_file(beside(&before, end));
        }
        let _ = fs::remove_dir_all(beside(&before, ".state"));
    }

    /// The numbers of the accounts that any file of the store names, with the place.
    pub(crate) fn accounts(&self) -> BTreeMap<u64, String> {
        let path = self.path();
        let state = fs::read_dir(beside(&path, ".state")).into_iter().flatten().flatten();
        let files = ["", "-wal"].map(|end| beside(&path, end));
        let files = files.into_iter().chain(state.map(|file| file.path()));
        let read = |file: PathBuf| {
            let bytes = fs::read(&file).unwrap_or_default();
            let end = file.extension().unwrap_or_default().to_string_lossy().into_owned();
            named(&bytes).into_iter().map(move |(number, at)| (number, format!("{end}: {at}")))
        };
        files.flat_map(read).collect()
    }
}

/// Bytes shown on each side of a name.
const AROUND: usize = 200;

/// The numbers of the accounts that `bytes` name, however they are escaped, with the bytes around.
pub(crate) fn named(bytes: &[u8]) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'a') {
        rest = &rest[at + 1..];
        let Some(after) = rest.strip_prefix(b"cc-") else { continue };
        let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if after[digits..].starts_with(b"-x") {
            let text = String::from_utf8_lossy(&after[..digits]);
            let at = bytes.len() - rest.len();
            let around = &bytes[at.saturating_sub(AROUND)..(at + AROUND).min(bytes.len())];
            let around = String::from_utf8_lossy(around).into_owned();
            found.extend(text.parse::<u64>().ok().map(|number| (number, around)));
        }
    }
    found
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
