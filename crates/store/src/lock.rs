//! The lock of the one writer, on the store's file itself. There is only one, whatever name the
//! file is opened under and whatever is removed beside it.
//!
//! It is a lock of the kernel for an open file (`flock`), which SQLite's own locks (POSIX) do not
//! see. But closing any handle of a file drops the POSIX locks of the whole process. So the handle
//! is closed only after all connections are; a store dropped without that leaves it open.

use std::fs::{File, Metadata, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::Error;

/// The writer's lock, with the handle that holds it.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: Mutex<Option<File>>,
}

impl Lock {
    /// Locks the file at `path`, which must exist.
    pub(crate) fn take(path: &Path) -> Result<Self, Error> {
        let unavailable = |error: std::io::Error| Error::Unavailable(error.to_string());
        let file = File::options().read(true).write(true).open(path).map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), file: Mutex::new(Some(file)) }),
            Err(error) => {
                // A store that is open in this process must not lose its locks.
                std::mem::forget(file);
                Err(match error {
                    TryLockError::WouldBlock => Error::InUse,
                    TryLockError::Error(error) => unavailable(error),
                })
            }
        }
    }

    /// Whether the locked file is still the one at that path.
    pub(crate) fn holds(&self) -> bool {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let locked = file.as_ref().and_then(|file| file.metadata().ok());
        let named = std::fs::metadata(&self.path).ok();
        locked.zip(named).is_some_and(|(locked, named)| is_same(&locked, &named))
    }

    /// Passes the file itself to `use_it`; `None` once the lock was released.
    pub(crate) fn with_file<T>(&self, use_it: impl FnOnce(&File) -> T) -> Option<T> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.as_ref().map(use_it)
    }

    /// Releases the lock; all connections must be closed.
    pub(crate) fn release(&self) {
        drop(self.file.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(file) = file {
            // If this fails, the lock ends with the process.
            let _ = file.unlock();
            std::mem::forget(file);
        }
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
const fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
