//! Events of one type side by side: their layout in columns, and reading them back.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BinaryArray, RecordBatch, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field as ArrowField, FieldRef, Fields, Schema};
use types::{Event, EventType, FIELDS, Group, Kind};

use crate::Error;
use crate::row::{HistoryRow, Laid, Payload};

/// Fields whose values are not those of the column: they are derived from facts or the type, or are
/// the code of a language tag.
const DERIVED: &[&str] = &[
    "event.type",
    "event.hour",
    "account.class",
    "account.age_days",
    "account.strikes",
    "content.cluster",
    "content.lang",
];

/// The columns of a payload, after those of the event.
pub(crate) const PAYLOAD: [&str; 4] = ["salt", "event", "facts", "decision"];

fn arrow_type(kind: Kind) -> DataType {
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int | Kind::Time | Kind::Duration => DataType::Int64,
        Kind::Double => DataType::Float64,
        Kind::Str => DataType::Utf8,
        Kind::Strs => DataType::List(Arc::new(ArrowField::new("element", DataType::Utf8, false))),
    }
}

/// The columns of an event.
pub(crate) fn event_fields() -> Vec<FieldRef> {
    let plain =
        |name: &str, of: DataType, is_nullable| Arc::new(ArrowField::new(name, of, is_nullable));
    vec![
        plain("seq", DataType::Int64, false),
        plain("time", DataType::Int64, false),
        plain("nanos", DataType::Int64, false),
        plain("id", DataType::Utf8, false),
        plain("source", DataType::Utf8, false),
        plain("subject", DataType::Utf8, true),
        plain("is_odd", DataType::Boolean, false),
        plain("data", DataType::Struct(groups()), false),
    ]
}

fn groups() -> Fields {
    let groups = Group::ALL.iter().filter(|group| **group != Group::Event);
    groups
        .map(|group| ArrowField::new(group.name(), DataType::Struct(members(*group)), true))
        .collect()
}

fn members(group: Group) -> Fields {
    // Times of members are laid out as they were written.
    let of = |kind: Kind| arrow_type(if kind == Kind::Time { Kind::Str } else { kind });
    let members = group.members().iter();
    members.map(|(name, kind)| ArrowField::new(*name, of(*kind), true)).collect()
}

/// The columns of a file.
pub(crate) fn schema() -> Arc<Schema> {
    let payload = PAYLOAD.iter().map(|name| ArrowField::new(*name, DataType::Binary, false));
    let event = event_fields();
    let fields = event.iter().map(|field| (**field).clone()).chain(payload);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Lays out rows of one type side by side.
pub(crate) fn lay_out(rows: &[HistoryRow]) -> Result<RecordBatch, Error> {
    let wrong = |error: String| Error::Damaged("rows".to_owned(), error);
    let laid: Vec<Laid> = rows.iter().map(Laid::of).collect();
    let events = serde_arrow::to_record_batch(&event_fields(), &laid)
        .map_err(|error| wrong(error.to_string()))?;
    let bytes = |of: fn(&Payload) -> &Vec<u8>| -> ArrayRef {
        Arc::new(BinaryArray::from_iter_values(rows.iter().map(|row| of(&row.payload))))
    };
    let mut columns = events.columns().to_vec();
    columns.extend([
        bytes(|payload| &payload.salt),
        bytes(|payload| &payload.event),
        bytes(|payload| &payload.facts),
        bytes(|payload| &payload.decision),
    ]);
    RecordBatch::try_new(schema(), columns).map_err(|error| wrong(error.to_string()))
}

/// Events of one type, side by side.
#[derive(Clone, Debug)]
pub struct Frame {
    kind: EventType,
    batch: RecordBatch,
    /// For each field the column that contains it.
    fields: Vec<Option<ArrayRef>>,
}

impl Frame {
    pub(crate) fn new(kind: EventType, batch: RecordBatch) -> Self {
        let mut frame = Self { kind, batch, fields: Vec::new() };
        let data = frame.batch.column_by_name("data").and_then(|data| data.as_struct_opt());
        let data = data.filter(|_| !frame.has_odd());
        let of = |field: &types::Field| column(&frame.batch, data?, field.name);
        frame.fields = FIELDS.iter().map(of).collect();
        frame
    }

    /// The type of its events.
    #[must_use]
    pub const fn kind(&self) -> EventType {
        self.kind
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// Whether there are no events.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The column of a field, by its number; `None` if its value depends on facts, or if an event
    /// does not fit the columns.
    #[must_use]
    pub fn column(&self, field: usize) -> Option<&ArrayRef> {
        self.fields.get(field)?.as_ref()
    }

    /// Whether the columns contain less than the events: an event does not fit them, or the file
    /// was written when there were fewer columns.
    pub(crate) fn is_partial(&self) -> bool {
        self.has_odd() || self.is_narrow()
    }

    fn is_narrow(&self) -> bool {
        let data = self.batch.column_by_name("data").and_then(|data| data.as_struct_opt());
        let groups = Group::ALL.iter().filter(|group| **group != Group::Event);
        let has_all = |group: &Group| {
            let of = data?.column_by_name(group.name())?.as_struct_opt()?;
            let has = |(name, _): &(&str, Kind)| of.column_by_name(name).is_some();
            Some(group.members().iter().all(has))
        };
        !groups.into_iter().all(|group| has_all(group) == Some(true))
    }

    fn has_odd(&self) -> bool {
        let odd = self.batch.column_by_name("is_odd");
        odd.and_then(|odd| odd.as_boolean_opt()).is_some_and(|odd| odd.true_count() > 0)
    }

    /// The place of each event in the ledger.
    #[must_use]
    pub fn seqs(&self) -> &[i64] {
        let column = self.batch.column_by_name("seq");
        column.and_then(|seq| seq.as_primitive_opt::<Int64Type>()).map_or(&[], |seq| seq.values())
    }

    /// The events.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] if the columns are not those of events.
    pub fn events(&self) -> Result<Vec<Event>, Error> {
        let damaged = |why: String| Error::Damaged(self.kind.name().to_owned(), why);
        let names: Vec<usize> = (0..event_fields().len()).collect();
        let events = self.batch.project(&names).map_err(|error| damaged(error.to_string()))?;
        let laid: Vec<Laid> =
            serde_arrow::from_record_batch(&events).map_err(|error| damaged(error.to_string()))?;
        let is_narrow = self.is_narrow();
        let each = laid.into_iter().enumerate();
        let event = |(at, laid): (usize, Laid)| match laid.event(self.kind) {
            _ if is_narrow => Event::parse(self.bytes("event", at).unwrap_or_default())
                .map_err(|why| damaged(why.to_string())),
            Some(event) => Ok(event),
            None => Event::parse(self.bytes("event", at).unwrap_or_default())
                .map_err(|why| damaged(why.to_string())),
        };
        each.map(event).collect()
    }

    /// The payload of the event at that index; empty where it was not read.
    #[must_use]
    pub fn payload(&self, at: usize) -> Payload {
        let bytes = |name| self.bytes(name, at).unwrap_or_default().to_vec();
        let [salt, event, facts, decision] = PAYLOAD.map(bytes);
        Payload { salt, event, facts, decision }
    }

    /// The decision on the event at that index, JSON; empty if there was none.
    #[must_use]
    pub fn decision(&self, at: usize) -> &[u8] {
        self.bytes("decision", at).unwrap_or_default()
    }

    /// The facts before the event at that index, JSON.
    #[must_use]
    pub fn facts(&self, at: usize) -> &[u8] {
        self.bytes("facts", at).unwrap_or_default()
    }

    fn bytes(&self, name: &str, at: usize) -> Option<&[u8]> {
        let column = self.batch.column_by_name(name)?.as_binary_opt::<i32>()?;
        (at < column.len()).then(|| column.value(at))
    }

    /// The rows.
    pub(crate) fn rows(&self) -> Result<Vec<HistoryRow>, Error> {
        let events = self.events()?.into_iter().zip(self.seqs()).enumerate();
        let row = |(at, (event, seq)): (usize, (Event, &i64))| HistoryRow {
            seq: u64::try_from(*seq).unwrap_or(0),
            event,
            payload: self.payload(at),
        };
        Ok(events.map(row).collect())
    }
}

/// The column that contains the field called `name`, if it depends on the data alone.
fn column(batch: &RecordBatch, data: &StructArray, name: &str) -> Option<ArrayRef> {
    if DERIVED.contains(&name) {
        return None;
    }
    match name {
        "event.source" => batch.column_by_name("source").cloned(),
        "event.time" => batch.column_by_name("time").cloned(),
        _ => {
            let (group, member) = name.split_once('.')?;
            let group = data.column_by_name(group)?.as_struct_opt()?;
            let member = group.column_by_name(member)?;
            Some(with_nulls(group, member))
        }
    }
}

/// `member`, null also where its whole group is.
fn with_nulls(group: &StructArray, member: &ArrayRef) -> ArrayRef {
    let (Some(missing), data) = (group.nulls(), member.to_data()) else {
        return Arc::clone(member);
    };
    let nulls = NullBuffer::union(Some(missing), data.nulls());
    match data.into_builder().nulls(nulls).build() {
        Ok(data) => arrow_array::make_array(data),
        Err(_) => Arc::clone(member),
    }
}
