//! A row of the log, before it is laid out in a history or after it is read from one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::{Data, Event, EventType, FIELDS, Facts, Kind, Subject, Value};

/// The stored bytes of an event; empty where there were none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payload {
    /// The salt of the commitment.
    pub salt: Vec<u8>,
    /// The event as it was accepted, JSON.
    pub event: Vec<u8>,
    /// The facts before it, JSON.
    pub facts: Vec<u8>,
    /// The decision on it, JSON.
    pub decision: Vec<u8>,
}

/// An event with its place in the ledger and its stored bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    /// Its place in the ledger.
    pub seq: u64,
    /// The event.
    pub event: Event,
    /// Its stored bytes.
    pub payload: Payload,
}

/// An event as it is laid out in columns.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Laid {
    pub(crate) seq: i64,
    /// Milliseconds since 1970; the nanoseconds beyond are separate.
    pub(crate) time: i64,
    pub(crate) nanos: i64,
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) subject: Option<String>,
    /// Whether its data do not fit the columns; they are then in the payload only.
    pub(crate) is_odd: bool,
    #[serde(default)]
    pub(crate) data: Data,
}

const NANOS_PER_MS: i128 = 1_000_000;

impl Laid {
    pub(crate) fn of(row: &HistoryRow) -> Self {
        let event = &row.event;
        let nanos = event.time.as_nanosecond();
        let is_odd = is_odd(event);
        Self {
            seq: i64::try_from(row.seq).unwrap_or(i64::MAX),
            time: i64::try_from(nanos.div_euclid(NANOS_PER_MS)).unwrap_or(0),
            nanos: i64::try_from(nanos.rem_euclid(NANOS_PER_MS)).unwrap_or(0),
            id: event.id.clone(),
            source: event.source.clone(),
            subject: event.subject.as_ref().map(|subject| subject.0.clone()),
            is_odd,
            data: if is_odd { Data::default() } else { event.data.clone() },
        }
    }

    /// The event; `None` if its time is out of range, or it is odd.
    pub(crate) fn event(self, kind: EventType) -> Option<Event> {
        let nanos = i128::from(self.time) * NANOS_PER_MS + i128::from(self.nanos);
        let time = Timestamp::from_nanosecond(nanos).ok().filter(|_| !self.is_odd)?;
        let subject = self.subject.map(Subject);
        Some(Event { id: self.id, source: self.source, kind, time, subject, data: self.data })
    }
}

/// Whether a number does not fit into 63 bits: all that large are compared as the largest.
fn is_odd(event: &Event) -> bool {
    let facts = Facts::default();
    let numbers = FIELDS.iter().filter(|field| field.kind == Kind::Int);
    numbers.into_iter().any(|field| (field.load)(event, &facts) == Value::Int(i64::MAX))
}
