//! Reads events from an input in any format, one record after the other.
//!
//! Optional parts of an event that cannot be read are left out, and named in [`Reader::left_out`];
//! the rest is taken.

use std::io::{self, BufRead, Read as _};

use jiff::Timestamp;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use types::{Incoming, Reject};

use crate::cloudevents::Batch;
use crate::csv::Rows;
use crate::jetstream::{self, Translated};
use crate::lines::{self, Line};
use crate::mapping::{Bound, Mapping, WrongMapping};

/// The format of an input.
#[derive(Clone, Debug)]
pub enum Format {
    /// CloudEvents, one per line.
    Lines,
    /// CloudEvents in a JSON array.
    Batch,
    /// One CloudEvent, over any number of lines.
    Single,
    /// Lines of Bluesky Jetstream.
    Jetstream,
    /// A table with a mapping.
    Table(Box<Mapping>),
}

/// Limits of what is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A longer record is refused.
    pub record_bytes_max: usize,
    /// A later event is refused; `None`: any time is accepted.
    pub latest: Option<Timestamp>,
}

/// A record cut out of the input: its place, and the reason if it was already refused.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) place: u64,
    pub(crate) reject: Option<Reject>,
}

/// The result of reading a record.
#[derive(Debug)]
pub enum Record {
    /// An event.
    Event(Box<Incoming>),
    /// A record that was refused; its bytes are in [`Reader::bytes`].
    Refused(u64, Reject),
    /// A record of a kind that rules do not use.
    PassedOver,
}

/// Reads one input.
pub struct Reader {
    input: Box<dyn BufRead>,
    limits: Limits,
    cutter: Cutter,
    line: u64,
    buffer: Vec<u8>,
    left_out: Vec<String>,
}

enum Cutter {
    Lines,
    Single,
    Jetstream,
    Batch(Batch),
    Table(Box<Mapping>, Box<Rows>, Option<Box<Bound>>),
}

/// Why a table cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Reading the input failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The header lacks a column of the mapping.
    #[error(transparent)]
    Mapping(#[from] WrongMapping),
}

/// The number of bytes used to detect a format.
const SNIFF_BYTES: usize = 4096;

impl Format {
    /// The format that the first bytes of `input` suggest: an array is a batch, an object with
    /// `did` and `time_us` that is no CloudEvent is Jetstream, everything else is lines.
    ///
    /// # Errors
    ///
    /// If the input cannot be read.
    pub fn sniff(input: &mut dyn BufRead) -> io::Result<Self> {
        let bytes = input.fill_buf()?;
        let start = &bytes[..bytes.len().min(SNIFF_BYTES)];
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
        let mut keys = Keys::default();
        // If the line is cut short, the keys before the cut are known.
        let _ = serde_json::Deserializer::from_slice(start).deserialize_map(&mut keys);
        let has = |name: &str| keys.0.iter().any(|key| key == name);
        Ok(match first {
            Some(b'[') => Self::Batch,
            _ if has("did") && has("time_us") && !has("specversion") => Self::Jetstream,
            _ => Self::Lines,
        })
    }
}

impl Format {
    /// The same for an input declared as one JSON text: an object that continues over several lines
    /// is one event.
    ///
    /// # Errors
    ///
    /// If the input cannot be read.
    pub fn sniff_json(input: &mut dyn BufRead) -> io::Result<Self> {
        let sniffed = Self::sniff(input)?;
        let bytes = input.fill_buf()?.trim_ascii_start();
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let is_whole = serde_json::from_slice::<IgnoredAny>(line).is_ok();
        Ok(if matches!(sniffed, Self::Lines) && !is_whole { Self::Single } else { sniffed })
    }
}

/// The keys of an object, as far as it can be read.
#[derive(Default)]
struct Keys(Vec<String>);

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key()? {
            self.0.push(key);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

impl Reader {
    /// A reader of `input` in `format`.
    #[must_use]
    pub fn new(input: Box<dyn BufRead>, format: Format, limits: Limits) -> Self {
        let cutter = match format {
            Format::Lines => Cutter::Lines,
            Format::Single => Cutter::Single,
            Format::Batch => Cutter::Batch(Batch::default()),
            Format::Jetstream => Cutter::Jetstream,
            Format::Table(mapping) => {
                let rows = Box::new(Rows::new(mapping.delimiter()));
                Cutter::Table(mapping, rows, None)
            }
        };
        Self { input, limits, cutter, line: 0, buffer: Vec::new(), left_out: Vec::new() }
    }

    /// The bytes of the record last read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The names of what was left out of the event last read: `account.followers`.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    ///
    /// [`ReadError::Io`] if reading fails; [`ReadError::Mapping`] if a table lacks a column of the
    /// mapping.
    pub fn read_next(&mut self) -> Result<Option<Record>, ReadError> {
        let Some(raw) = self.cut()? else { return Ok(None) };
        if let Some(reject) = raw.reject {
            return Ok(Some(Record::Refused(raw.place, reject)));
        }
        Ok(Some(match self.read(raw.place) {
            Ok(record) => record,
            Err(reject) => Record::Refused(raw.place, reject),
        }))
    }

    fn cut(&mut self) -> Result<Option<Raw>, ReadError> {
        let input = self.input.as_mut();
        match &mut self.cutter {
            Cutter::Batch(batch) => Ok(batch.next(input, &self.limits, &mut self.buffer)?),
            Cutter::Lines | Cutter::Jetstream => Ok(self.next_line()?),
            Cutter::Single => Ok(self.whole()?),
            Cutter::Table(mapping, rows, bound) => {
                if bound.is_none() {
                    rows.next(input, &self.limits, &mut self.buffer)?;
                    let header = rows.cells().unwrap_or_default();
                    let header: Vec<String> =
                        header.into_iter().map(|name| name.trim().to_owned()).collect();
                    *bound = Some(Box::new(mapping.bind(&header)?));
                }
                Ok(rows.next(input, &self.limits, &mut self.buffer)?)
            }
        }
    }

    /// The whole input as one record; `None` the second time.
    fn whole(&mut self) -> io::Result<Option<Raw>> {
        let most = self.limits.record_bytes_max;
        self.buffer.clear();
        self.input.as_mut().take(most as u64 + 1).read_to_end(&mut self.buffer)?;
        if self.line > 0 {
            return Ok(None);
        }
        self.line = 1;
        let is_too_long = self.buffer.len() > most;
        self.buffer.truncate(most);
        Ok(Some(Raw { place: 1, reject: is_too_long.then_some(Reject::TooLong(most)) }))
    }

    fn next_line(&mut self) -> io::Result<Option<Raw>> {
        loop {
            let read =
                lines::read(&mut self.input, &mut self.buffer, self.limits.record_bytes_max)?;
            self.line += 1;
            let place = self.line;
            match read {
                Line::End => return Ok(None),
                Line::TooLong => {
                    let reject = Some(Reject::TooLong(self.limits.record_bytes_max));
                    return Ok(Some(Raw { place, reject }));
                }
                Line::Whole if self.buffer.iter().all(u8::is_ascii_whitespace) => {}
                Line::Whole => return Ok(Some(Raw { place, reject: None })),
            }
        }
    }

    fn read(&mut self, place: u64) -> Result<Record, Reject> {
        self.left_out.clear();
        // In a table, cells that were left out or empty may be the reason.
        let mut row = None;
        let json = match &self.cutter {
            Cutter::Lines | Cutter::Single | Cutter::Batch(_) => self.buffer.trim_ascii().to_vec(),
            Cutter::Jetstream => {
                let (translated, left_out) = jetstream::translate(&self.buffer)?;
                self.left_out = left_out;
                match translated {
                    Translated::Event(event) => event.to_string().into_bytes(),
                    Translated::PassedOver => return Ok(Record::PassedOver),
                }
            }
            Cutter::Table(_, rows, bound) => {
                let cells = rows.cells()?;
                let bound = bound.as_ref().filter(|bound| bound.width == cells.len());
                let wrong = || Reject::WrongColumns {
                    found: cells.len(),
                    expected: rows.width.unwrap_or(0),
                };
                let mut mapped = bound.ok_or_else(wrong)?.event(&cells, place)?;
                self.left_out = std::mem::take(&mut mapped.left_out);
                let json = mapped.event.to_string().into_bytes();
                row = Some(mapped);
                json
            }
        };
        let read = Incoming::read(json, place);
        let (incoming, left_out) = read.map_err(|reject| match row {
            Some(row) => row.reason(reject),
            None => reject,
        })?;
        self.left_out.extend(left_out);
        let time = incoming.event.time;
        if self.limits.latest.is_some_and(|latest| time > latest) {
            return Err(Reject::Future(time.to_string()));
        }
        Ok(Record::Event(Box::new(incoming)))
    }
}
