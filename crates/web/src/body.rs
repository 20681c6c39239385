//! Reads bodies within limits: on their size as sent, on their size after decompression, and on the
//! memory of all requests together.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use app::service::events::Batch;
use app::service::memory::Hold;
use app::{App, Problem};
use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use ingest::{Format, Limits, Reader, Record, Refused};
use serde::de::DeserializeOwned;

use crate::media::{self, Form};

/// The memory of an event beyond its bytes, as a multiple of them: read, stored, sealed.
const EVENT_WEIGHT: usize = 4;

/// A body with the memory that it takes.
pub struct ReceivedBody {
    /// The bytes of the body.
    pub bytes: Bytes,
    /// The memory that it takes.
    pub hold: Hold,
}

/// Reads the body as it was sent.
pub async fn read(app: &App, headers: &HeaderMap, body: Body) -> Result<ReceivedBody, Problem> {
    let most = app.settings.body_bytes_max;
    let too_large =
        || Problem::TooLarge(format!("a body has at most {most} bytes; send less at once"));
    let told = headers.get(header::CONTENT_LENGTH).and_then(|told| told.to_str().ok());
    if told.and_then(|told| told.parse::<usize>().ok()).is_some_and(|told| told > most) {
        return Err(too_large());
    }
    let mut hold = app.memory.enter();
    let mut stream = body.into_data_stream();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::Wrong("the body ended early".to_owned()))?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        hold.grow(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(ReceivedBody { bytes: bytes.freeze(), hold })
}

/// Refuses unsupported content encodings.
pub fn check_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    let Some(told) = headers.get(header::CONTENT_ENCODING) else { return Ok(()) };
    let told = told.to_str().unwrap_or("?");
    match told.to_ascii_lowercase().as_str() {
        "gzip" | "x-gzip" | "zstd" | "identity" | "" => Ok(()),
        _ => Err(Problem::Encoding(told.to_owned())),
    }
}

/// The limits for reading events.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// The limits of one event.
    pub limits: Limits,
    /// The largest body after decompression, in bytes.
    pub unpacked_bytes_max: usize,
    /// The most events in one request.
    pub events_max: usize,
}

impl Bounds {
    /// The configured limits.
    #[must_use]
    pub fn of(app: &App) -> Self {
        let settings = &app.settings;
        Self {
            limits: app.record_limits(),
            unpacked_bytes_max: settings.unpacked_bytes_max,
            events_max: settings.events_max,
        }
    }
}

/// Decompresses `body` and reads its events; blocks for as long as that takes.
pub fn events(
    body: ReceivedBody,
    form: &Form,
    sender: &str,
    bounds: Bounds,
) -> Result<Batch, Problem> {
    let mut found = Batch { hold: body.hold, ..Batch::default() };
    let (input, format) = opened(body.bytes, form, bounds)?;
    let mut reader = Reader::new(input, format, bounds.limits);
    loop {
        let record = match reader.read_next() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(found),
            Err(ingest::ReadError::Io(error)) => return Err(wrong(&error, bounds)),
            Err(error) => return Err(Problem::Wrong(error.to_string())),
        };
        found.hold.grow(reader.bytes().len() * EVENT_WEIGHT)?;
        match record {
            Record::Event(incoming) => match incoming.event.reserved() {
                None => {
                    if !reader.left_out().is_empty() {
                        found.left_out.push((incoming.place, reader.left_out().to_vec()));
                    }
                    found.events.push(*incoming);
                }
                Some(reject) => {
                    let place = incoming.place;
                    found.refused.push(Refused::new(sender, place, &reject, reader.bytes()));
                }
            },
            Record::Refused(place, reject) => {
                found.refused.push(Refused::new(sender, place, &reject, reader.bytes()));
            }
            Record::PassedOver => found.passed_over += 1,
        }
        if found.events.len() + found.refused.len() > bounds.events_max {
            let most = bounds.events_max;
            return Err(Problem::TooLarge(format!(
                "a request has at most {most} events; send less at once"
            )));
        }
    }
}

/// The decompressed body, and its format.
fn opened(
    bytes: Bytes,
    form: &Form,
    bounds: Bounds,
) -> Result<(Box<dyn BufRead>, Format), Problem> {
    let unreadable = |error: io::Error| wrong(&error, bounds);
    let unpacked = ingest::bytes::unpack(Cursor::new(bytes)).map_err(unreadable)?;
    let bounded = Bounded { inner: unpacked, left: bounds.unpacked_bytes_max };
    let mut input: Box<dyn BufRead> = Box::new(BufReader::with_capacity(1 << 16, bounded));
    let format = match form {
        Form::Sniffed => Format::sniff(input.as_mut()).map_err(unreadable)?,
        Form::Json => Format::sniff_json(input.as_mut()).map_err(unreadable)?,
        Form::Batch => Format::Batch,
        Form::Single => Format::Single,
        Form::Binary(attributes) => {
            let mut data = Vec::new();
            input.read_to_end(&mut data).map_err(unreadable)?;
            // Data that is not JSON is refused like any other record: by the reader, with its
            // bytes.
            let event = media::joined(attributes, &data).unwrap_or(data);
            return Ok((Box::new(Cursor::new(event)), Format::Single));
        }
    };
    Ok((input, format))
}

/// The problem of a body that cannot be read.
fn wrong(error: &io::Error, bounds: Bounds) -> Problem {
    if error.kind() == io::ErrorKind::FileTooLarge {
        let most = bounds.unpacked_bytes_max;
        return Problem::TooLarge(format!(
            "a body has at most {most} bytes unpacked; send less at once"
        ));
    }
    Problem::Wrong(format!("the body cannot be unpacked: {error}"))
}

/// A reader that fails when a small body decompresses to a huge one.
struct Bounded {
    inner: Box<dyn BufRead>,
    left: usize,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

/// Reads a JSON body.
pub fn json<T: DeserializeOwned>(body: &ReceivedBody) -> Result<T, Problem> {
    serde_json::from_slice(&body.bytes)
        .map_err(|error| Problem::Wrong(format!("the body is not what is asked for: {error}")))
}

/// Reads a UTF-8 body.
pub fn text(body: &ReceivedBody) -> Result<String, Problem> {
    let text = std::str::from_utf8(&body.bytes);
    text.map(str::to_owned).map_err(|_| Problem::Wrong("the body is not UTF-8".to_owned()))
}
