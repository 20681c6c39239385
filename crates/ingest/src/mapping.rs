//! Mapping files: how the columns of a table become the fields of events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;
use types::{EventType, FIELDS, Field, Kind, Reject};

/// An error in a mapping file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrongMapping(String);

/// A mapping file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    /// `csv` or `tsv`.
    #[serde(default = "comma")]
    format: String,
    source: String,
    r#type: String,
    /// Columns whose values together make the id; if there are none, the row's number and digest
    /// do.
    #[serde(default)]
    id: Vec<String>,
    time: DeclaredTime,
    #[serde(default)]
    fields: BTreeMap<String, DeclaredField>,
}

fn comma() -> String {
    "csv".to_owned()
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredTime {
    column: String,
    /// `rfc3339`, `unix`, `unix_ms`, or a pattern like `%Y-%m-%d %H:%M:%S`.
    #[serde(default = "rfc3339")]
    format: String,
    /// The time zone of times without one.
    #[serde(default = "utc")]
    zone: String,
}

fn rfc3339() -> String {
    "rfc3339".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}

/// A field: the name of its column, or a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum DeclaredField {
    Column(String),
    Table(DeclaredTable),
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DeclaredTable {
    column: Option<String>,
    constant: Option<toml::Value>,
    /// The separator of a list inside a cell.
    split: Option<String>,
    /// Characters removed from both ends of the cell and of each element.
    strip: Option<String>,
    /// The replacement of each value; values that are not listed are left out.
    values: Option<BTreeMap<String, String>>,
    /// The format of a time cell.
    format: Option<String>,
}

/// How one field is filled.
#[derive(Clone, Debug)]
struct Fill {
    /// Group and member in the event's data.
    path: (String, String),
    kind: Kind,
    from: From,
    table: DeclaredTable,
}

#[derive(Clone, Debug)]
enum From {
    Constant(Value),
    Column(String),
}

#[derive(Clone, Debug)]
struct Times {
    format: String,
    zone: TimeZone,
}

/// A checked mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    delimiter: u8,
    source: String,
    kind: EventType,
    id: Vec<String>,
    time_column: String,
    times: Times,
    fills: Vec<Fill>,
}

impl std::str::FromStr for Mapping {
    type Err = WrongMapping;

    fn from_str(text: &str) -> Result<Self, WrongMapping> {
        let wrong = |message: String| WrongMapping(message);
        let declared: Declared = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let delimiter = match declared.format.as_str() {
            "csv" => b',',
            "tsv" => b'\t',
            other => return Err(wrong(format!("there is no format `{other}`; write csv or tsv"))),
        };
        let kind = EventType::from_name(&declared.r#type).ok_or_else(|| {
            wrong(format!(
                "there is no event type `{}`; docs/events.md lists them",
                declared.r#type
            ))
        })?;
        let zone = TimeZone::get(&declared.time.zone)
            .map_err(|_| wrong(format!("there is no time zone `{}`", declared.time.zone)))?;
        let times = Times { format: declared.time.format, zone };
        let fills = declared.fields.into_iter().map(|(name, field)| fill(&name, field));
        let fills: Vec<Fill> = fills.collect::<Result<_, _>>()?;
        for group in kind.required() {
            if !fills.iter().any(|fill| fill.path.0 == group.name()) {
                let message = format!("`{}` needs fields of `{}`", kind.name(), group.name());
                return Err(wrong(format!(
                    "{message}, for example `\"{}.id\" = \"column\"`",
                    group.name()
                )));
            }
        }
        Ok(Self {
            delimiter,
            source: declared.source,
            kind,
            id: declared.id,
            time_column: declared.time.column,
            times,
            fills,
        })
    }
}

/// A member of an account that rules do not read as a field of its own.
const REGISTERED_AT: &str = "account.registered_at";

fn fill(name: &str, field: DeclaredField) -> Result<Fill, WrongMapping> {
    let table = match field {
        DeclaredField::Column(column) => {
            DeclaredTable { column: Some(column), ..DeclaredTable::default() }
        }
        DeclaredField::Table(table) => table,
    };
    let kind = match Field::find(name) {
        _ if name == REGISTERED_AT => Kind::Time,
        Some(number) if is_told(name) => FIELDS[number].kind,
        _ => {
            return Err(WrongMapping(format!(
                "there is no field `{name}`; `probity rules functions` lists them"
            )));
        }
    };
    let from = match (&table.column, &table.constant) {
        (Some(column), None) => From::Column(column.clone()),
        (None, Some(constant)) => {
            let json = serde_json::to_value(constant);
            From::Constant(json.map_err(|error| WrongMapping(format!("`{name}`: {error}")))?)
        }
        _ => return Err(WrongMapping(format!("`{name}` needs either `column` or `constant`"))),
    };
    let (group, member) = name.split_once('.').unwrap_or((name, ""));
    Ok(Fill { path: (group.to_owned(), member.to_owned()), kind, from, table })
}

/// Whether the data contain the field, rather than it being derived or part of the envelope.
fn is_told(name: &str) -> bool {
    !name.starts_with("event.") && !["account.age_days", "account.strikes"].contains(&name)
}

/// A mapping joined with the header of a table: columns are numbers.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    mapping: Mapping,
    /// What identifies this table: its source, type and columns.
    table: String,
    pub(crate) width: usize,
    id: Vec<usize>,
    time: usize,
    columns: Vec<Option<usize>>,
}

impl Mapping {
    /// The byte between cells.
    pub(crate) const fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Finds the columns of this mapping in `header`.
    pub(crate) fn bind(&self, header: &[String]) -> Result<Bound, WrongMapping> {
        let find = |column: &String| {
            header.iter().position(|name| name == column).ok_or_else(|| {
                WrongMapping(format!(
                    "the table has no column `{column}`; it has {}",
                    header.join(", ")
                ))
            })
        };
        let columns = self.fills.iter().map(|fill| match &fill.from {
            From::Column(column) => find(column).map(Some),
            From::Constant(_) => Ok(None),
        });
        let table = [&self.source, self.kind.name(), &header.join("\u{1f}")];
        Ok(Bound {
            table: table.join("\u{1e}"),
            width: header.len(),
            id: self.id.iter().map(find).collect::<Result<_, _>>()?,
            time: find(&self.time_column)?,
            columns: columns.collect::<Result<_, _>>()?,
            mapping: self.clone(),
        })
    }
}

/// The result of mapping a row.
pub(crate) struct Mapped {
    /// A CloudEvent.
    pub(crate) event: Value,
    /// Fields whose cells cannot be read.
    pub(crate) left_out: Vec<String>,
    /// The error of the first of them.
    wrong: Option<Reject>,
    /// The fields of empty cells, each with its column.
    empty: Vec<(String, String)>,
}

impl Mapped {
    /// The reason for refusing the row, by its columns, if its event was refused for `reject`.
    pub(crate) fn reason(self, reject: Reject) -> Reject {
        let empty = self.empty.into_iter().find(|(path, _)| reject.lacks(path));
        let empty = empty.map(|(path, column)| {
            let why = format!("it is empty, and `{path}` must be there");
            Reject::WrongCell { column, why }
        });
        self.wrong.or(empty).unwrap_or(reject)
    }
}

impl Bound {
    /// The CloudEvent for a row.
    pub(crate) fn event(&self, cells: &[&str], row: u64) -> Result<Mapped, Reject> {
        let mapping = &self.mapping;
        let cell = cells[self.time].trim();
        let time = mapping.times.read(cell);
        let time = time.ok_or_else(|| Reject::OtherTime(mapping.times.wrong(cell)))?;
        let (mut left_out, mut wrong, mut empty) = (Vec::new(), None, Vec::new());
        let mut data = serde_json::Map::new();
        for (fill, column) in mapping.fills.iter().zip(&self.columns) {
            let value = match (&fill.from, column) {
                (From::Constant(value), _) => Ok(Some(value.clone())),
                (From::Column(_), Some(column)) => fill.read(cells[*column], &mapping.times),
                (From::Column(_), None) => Ok(None),
            };
            let value = value.unwrap_or_else(|why| {
                left_out.push(format!("{}.{}", fill.path.0, fill.path.1));
                wrong.get_or_insert(Reject::WrongCell { column: fill.column(), why });
                None
            });
            let Some(value) = value else {
                empty.push((format!("{}.{}", fill.path.0, fill.path.1), fill.column()));
                continue;
            };
            let group = data.entry(fill.path.0.clone()).or_insert_with(|| serde_json::json!({}));
            group[fill.path.1.as_str()] = value;
        }
        if let [column] = mapping.id.as_slice() {
            empty.push(("id".to_owned(), column.clone()));
        }
        self.complete(&mut data, cells, row);
        let event = serde_json::json!({
            "specversion": "1.0",
            "id": self.id(cells, row),
            "source": mapping.source,
            "type": mapping.kind.name(),
            "time": time,
            "data": data,
        });
        Ok(Mapped { event, left_out, wrong, empty })
    }

    /// Content without an id in the table gets one from its row.
    fn complete(&self, data: &mut serde_json::Map<String, Value>, cells: &[&str], row: u64) {
        if let Some(content) = data.get_mut("content").and_then(Value::as_object_mut) {
            content.entry("id").or_insert_with(|| self.row_id(cells, row).into());
        }
    }

    fn id(&self, cells: &[&str], row: u64) -> String {
        match self.id.as_slice() {
            [] => self.row_id(cells, row),
            [one] => cells[*one].to_owned(),
            several => {
                // Escaped, so that (`a/b`, `c`) and (`a`, `b/c`) differ.
                let part = |column: &usize| cells[*column].replace('%', "%25").replace('/', "%2F");
                several.iter().map(part).collect::<Vec<_>>().join("/")
            }
        }
    }

    /// An id from the row's number and digest, which differs between tables and is the same if the
    /// same table is read again.
    fn row_id(&self, cells: &[&str], row: u64) -> String {
        let digest = types::EventKey::new(&self.table, &Value::from(cells).to_string());
        format!("row-{row}-{}", &digest.hex()[..16])
    }
}

/// No platform is older than this: an earlier number is in another unit, or has no meaning.
pub(crate) const EARLIEST: Timestamp = Timestamp::constant(631_152_000, 0);

impl Times {
    fn read(&self, text: &str) -> Option<Timestamp> {
        match self.format.as_str() {
            "unix" => Timestamp::from_second(text.parse().ok()?).ok().filter(is_of_our_days),
            "unix_ms" => {
                Timestamp::from_millisecond(text.parse().ok()?).ok().filter(is_of_our_days)
            }
            "rfc3339" => text.parse().ok().or_else(|| self.local(text.parse().ok()?)),
            format => match Timestamp::strptime(format, text) {
                Ok(time) => Some(time),
                Err(_) => self.local(DateTime::strptime(format, text).ok()?),
            },
        }
    }

    /// The message about a text that is not such a time.
    fn wrong(&self, text: &str) -> String {
        match self.format.as_str() {
            "unix" => format!("`{text}` is no time of our days in seconds since 1970"),
            "unix_ms" => format!("`{text}` is no time of our days in milliseconds since 1970"),
            "rfc3339" => format!("`{text}` is no RFC 3339 time like 2024-11-24T10:00:00Z"),
            format => format!("`{text}` is no time in the declared format `{format}`"),
        }
    }

    fn local(&self, time: DateTime) -> Option<Timestamp> {
        time.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp())
    }
}

fn is_of_our_days(time: &Timestamp) -> bool {
    *time >= EARLIEST
}

impl Fill {
    /// The column that it reads.
    fn column(&self) -> String {
        self.table.column.clone().unwrap_or_default()
    }

    /// The value of a cell; `None` if it is empty or its value is not listed.
    fn read(&self, cell: &str, times: &Times) -> Result<Option<Value>, String> {
        let strip = self.table.strip.as_deref().unwrap_or_default();
        let cell = cell.trim().trim_matches(|c| strip.contains(c)).trim();
        if cell.is_empty() {
            return Ok(None);
        }
        if self.kind == Kind::Strs {
            return Ok(Some(self.list(cell, strip)));
        }
        let cell = match &self.table.values {
            None => cell,
            Some(values) => match values.get(cell) {
                Some(value) => value.as_str(),
                None => return Ok(None),
            },
        };
        let wrong = || format!("`{cell}` is not a {}", self.kind.name());
        Ok(Some(match self.kind {
            Kind::Int => whole(cell).ok_or_else(|| format!("`{cell}` is no count"))?.into(),
            Kind::Double => cell.parse::<f64>().map_err(|_| wrong())?.into(),
            Kind::Bool => yes_or_no(cell).ok_or_else(wrong)?.into(),
            Kind::Time => {
                let format = self.table.format.clone().unwrap_or_else(|| times.format.clone());
                let times = Times { format, zone: times.zone.clone() };
                times.read(cell).ok_or_else(|| times.wrong(cell))?.to_string().into()
            }
            Kind::Str | Kind::Strs | Kind::Duration => cell.into(),
        }))
    }

    fn list(&self, cell: &str, strip: &str) -> Value {
        // In a list written as JSON, elements keep separators and brackets.
        if let Ok(elements) = serde_json::from_str::<Vec<String>>(cell) {
            return elements.into();
        }
        let separator = self.table.split.as_deref().unwrap_or(",");
        let elements = cell
            .split(separator)
            .map(|element| element.trim().trim_matches(|c| strip.contains(c)).trim());
        elements.filter(|element| !element.is_empty()).collect()
    }
}

/// A count. Tables often write `12.0` or `1e6`; a number that is too large becomes the largest. All
/// numbers of events are counts, none is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked, and saturates"
)]
fn whole(cell: &str) -> Option<u64> {
    let is_number = cell.bytes().all(|byte| byte.is_ascii_digit() || b".eE+".contains(&byte));
    let number =
        || cell.parse::<f64>().ok().filter(|number| is_number && number.trunc() == *number);
    cell.parse().ok().or_else(|| number().map(|number| number as u64))
}

fn yes_or_no(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "t" | "y" => Some(true),
        "false" | "no" | "0" | "f" | "n" => Some(false),
        _ => None,
    }
}
