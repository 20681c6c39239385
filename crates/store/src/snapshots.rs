//! Snapshots of derived state, in a folder beside the store. They save time; losing them loses
//! nothing.
//!
//! A file is written under another name and renamed. It begins with the digest of its contents, so
//! that a truncated or damaged file is detected.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::Error;

/// The beginning of every file.
const MAGIC: &[u8; 8] = b"probity1";

/// The length of the digest after it.
const DIGEST_BYTES: usize = 32;

/// The folder of snapshots beside a store.
#[derive(Clone, Debug)]
pub struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    /// The snapshots beside the store at `path`.
    #[must_use]
    pub fn beside(path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".state");
        Self { folder: name.into() }
    }

    /// The contents of the snapshot `name`; `None` if it does not exist or is damaged.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        let mut bytes = fs::read(self.folder.join(name)).ok()?;
        let head = MAGIC.len() + DIGEST_BYTES;
        let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
        let (digest, body) = rest.split_at_checked(DIGEST_BYTES)?;
        if magic != MAGIC || digest != Sha256::digest(body).as_slice() {
            return None;
        }
        bytes.drain(..head);
        Some(bytes)
    }

    /// Writes `bytes` as `name`, replacing an earlier one.
    ///
    /// # Errors
    ///
    /// [`Error::Full`] if there is no room; [`Error::Unavailable`] if it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.try_write(name, bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::QuotaExceeded
            | std::io::ErrorKind::FileTooLarge => Error::Full,
            _ => Error::Unavailable(format!("`{}`: {error}", self.folder.display())),
        })
    }

    fn try_write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        make_folder(&self.folder)?;
        let fresh = self.folder.join(format!("{name}.new"));
        let written = write_file(&fresh, bytes);
        if let Err(error) = written {
            // An incomplete file is of no use and takes space.
            let _ = fs::remove_file(&fresh);
            return Err(error);
        }
        fs::rename(&fresh, self.folder.join(name))
    }

    /// Removes all snapshots, for example because they contain data to be erased.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if they cannot be removed.
    pub fn clear(&self) -> Result<(), Error> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("`{}`: {error}", self.folder.display());
                Err(Error::Unavailable(message))
            }
            _ => Ok(()),
        }
    }
}

/// Creates the folder, for its owner only: it holds personal data.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(MAGIC)?;
    file.write_all(&Sha256::digest(bytes))?;
    // Not synced: a power cut leaves a file that fails its digest, and the log has the rest.
    file.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::beside(&folder.path().join("store.db"));
        assert_eq!(snapshots.read("keys-000"), None);
        snapshots.write("keys-000", b"what is derived").unwrap();
        assert_eq!(snapshots.read("keys-000").as_deref(), Some(b"what is derived".as_slice()));
        let path = folder.path().join("store.db.state/keys-000");
        let whole = fs::read(&path).unwrap();
        for cut in [0, 7, 8, 39, 40, whole.len() - 1] {
            fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(snapshots.read("keys-000"), None, "cut at {cut}");
        }
        let mut changed = whole;
        changed[45] ^= 1;
        fs::write(&path, changed).unwrap();
        assert_eq!(snapshots.read("keys-000"), None);
        snapshots.clear().unwrap();
        snapshots.clear().unwrap();
        assert_eq!(snapshots.read("keys-000"), None);
    }
}
