//! Opens inputs and unpacks them according to their first bytes, regardless of their names.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, stdin};
use std::path::{Path, PathBuf};

/// Bytes read at a time.
const BUFFER_BYTES: usize = 1 << 18;

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// An input that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`: {error}", path.display())]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// The error of the system.
    pub error: io::Error,
}

/// The contents of the file at `path`, or of standard input for `-`, unpacked. `on_read` is called
/// with the number of bytes read from the file itself, for progress.
///
/// # Errors
///
/// [`Unreadable`] if the file cannot be opened or its first bytes cannot be read.
pub fn open(
    path: &Path,
    on_read: impl FnMut(u64) + Send + 'static,
) -> Result<Box<dyn BufRead>, Unreadable> {
    let unreadable = |error| Unreadable { path: path.to_owned(), error };
    let raw: Box<dyn Read> = if path == Path::new("-") {
        Box::new(stdin())
    } else {
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(unreadable(io::Error::other("it is a folder")));
        }
        Box::new(file)
    };
    let counted = Counted { inner: raw, on_read };
    unpack(BufReader::with_capacity(BUFFER_BYTES, counted)).map_err(unreadable)
}

/// Unpacks gzip and zstd, and drops a byte-order mark.
///
/// # Errors
///
/// If the first bytes cannot be read.
pub fn unpack(mut raw: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    let start = fill(&mut raw, 4)?;
    if start.starts_with(GZIP) {
        let unpacked = flate2::bufread::MultiGzDecoder::new(raw);
        return without_mark(BufReader::with_capacity(BUFFER_BYTES, unpacked));
    }
    if start.starts_with(ZSTD) {
        let unpacked = zstd::stream::read::Decoder::with_buffer(raw)?;
        return without_mark(BufReader::with_capacity(BUFFER_BYTES, unpacked));
    }
    without_mark(raw)
}

fn without_mark(mut text: impl BufRead + 'static) -> io::Result<Box<dyn BufRead>> {
    if fill(&mut text, 3)?.starts_with(UTF8_MARK) {
        text.consume(UTF8_MARK.len());
    }
    Ok(Box::new(text))
}

/// The first bytes, without consuming them. A pipe may return fewer than `wanted` at first; an
/// input shorter than a mark is then taken as it is.
fn fill(text: &mut impl BufRead, wanted: usize) -> io::Result<Vec<u8>> {
    loop {
        match text.fill_buf() {
            Ok(bytes) => return Ok(bytes[..bytes.len().min(wanted)].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

struct Counted<F> {
    inner: Box<dyn Read>,
    on_read: F,
}

impl<F: FnMut(u64)> Read for Counted<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        (self.on_read)(count as u64);
        Ok(count)
    }
}
