//! Rows that the ledger commits to: cases, filings, holds, parties, accounts, keys, proposals,
//! reports, the audit trail. Each change of one is in the log, so that any row can be proven and rebuilt.
//!
//! The tables are listed once, by name, key and columns. Writing, verifying, rebuilding and erasing
//! all use this list.

mod rows;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteConnection;

use crate::rows::{Script, Values};
use crate::{Error, Store};

/// A table whose rows are in the log.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its name.
    pub name: &'static str,
    /// Its columns; those of the key come first.
    pub columns: &'static [&'static str],
    /// The number of columns in the key.
    pub keys: usize,
}

/// All tables whose rows are in the log.
pub const SHAPES: &[Shape] = &[
    Shape {
        name: "cases",
        columns: &[
            "id",
            "kind",
            "state",
            "queue",
            "policy",
            "language",
            "holder",
            "subject",
            "account",
            "opened_ms",
            "due_ms",
            "closed_ms",
            "of",
            "body",
        ],
        keys: 1,
    },
    Shape {
        name: "filing",
        columns: &[
            "id",
            "kind",
            "party",
            "reference",
            "fingerprint",
            "subject",
            "case_id",
            "received_ms",
            "due_ms",
            "state",
            "body",
        ],
        keys: 1,
    },
    Shape {
        name: "hold",
        columns: &[
            "id",
            "subject",
            "reason",
            "filing",
            "from_ms",
            "until_ms",
            "released_ms",
            "scope",
        ],
        keys: 1,
    },
    Shape { name: "party", columns: &["id", "kind", "body"], keys: 1 },
    Shape { name: "staff", columns: &["name", "role", "made_ms", "skills", "party"], keys: 1 },
    Shape { name: "identity", columns: &["issuer", "sub", "staff", "bound_ms"], keys: 2 },
    Shape {
        name: "api_key",
        columns: &["id", "name", "hash", "scopes", "made_ms", "revoked_ms", "party"],
        keys: 1,
    },
    Shape { name: "exposure", columns: &["staff", "body"], keys: 1 },
    Shape {
        name: "proposal",
        columns: &[
            "id",
            "made_ms",
            "author",
            "reason",
            "base",
            "files",
            "summary",
            "state",
            "decided_ms",
            "decided_by",
            "decided_reason",
            "version",
        ],
        keys: 1,
    },
    Shape { name: "setting", columns: &["name", "value"], keys: 1 },
    Shape {
        name: "report",
        columns: &[
            "id",
            "regime",
            "first_day",
            "last_day",
            "version",
            "state",
            "made_ms",
            "author",
            "signed_ms",
            "signed_by",
            "published_ms",
            "published_by",
            "body",
        ],
        keys: 1,
    },
    Shape { name: "report_part", columns: &["report", "name", "text"], keys: 2 },
    Shape { name: "audit", columns: &["id", "at_ms", "by", "what", "about", "event"], keys: 1 },
];

/// The shape of the table called `name`.
#[must_use]
pub(crate) fn shape(name: &str) -> Option<&'static Shape> {
    SHAPES.iter().find(|shape| shape.name == name)
}

/// A row that is written or removed, as recorded in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowChange {
    /// The table.
    pub table: String,
    /// All its columns by name; for a removed row, those of the key.
    pub row: Map<String, Value>,
    /// Whether the row is removed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub removed: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl RowChange {
    fn put(table: &str, values: Vec<Value>) -> Self {
        let columns = shape(table).map_or(&[][..], |shape| shape.columns);
        let row = columns.iter().map(|column| (*column).to_owned()).zip(values).collect();
        Self { table: table.to_owned(), row, removed: false }
    }

    /// The removal of the row of `table` with that key.
    #[must_use]
    pub fn remove(table: &str, key: &[&str]) -> Self {
        let values = key.iter().map(|part| Value::from(*part)).collect();
        Self { removed: true, ..Self::put(table, values) }
    }

    /// A row that sets the setting called `name` to `value`.
    #[must_use]
    pub fn setting(name: &str, value: &str) -> Self {
        Self::put("setting", vec![name.into(), value.into()])
    }

    /// A row with the exposure of a reviewer, JSON.
    #[must_use]
    pub fn exposure(staff: &str, body: &str) -> Self {
        Self::put("exposure", vec![staff.into(), body.into()])
    }

    /// The removal of this row.
    #[must_use]
    pub fn removal(&self) -> Self {
        let keys = shape(&self.table).map_or(&[][..], |shape| &shape.columns[..shape.keys]);
        let of_key = |(name, _): &(&String, &Value)| keys.contains(&name.as_str());
        let row = self.row.iter().filter(of_key).map(|(name, value)| (name.clone(), value.clone()));
        Self { table: self.table.clone(), row: row.collect(), removed: true }
    }

    /// The values of its key, JSON, which identify the row in its table.
    #[must_use]
    pub fn key(&self) -> String {
        let keys = shape(&self.table).map_or(&[][..], |shape| &shape.columns[..shape.keys]);
        let values: Vec<&Value> = keys.iter().filter_map(|key| self.row.get(*key)).collect();
        serde_json::to_string(&values).unwrap_or_default()
    }

    /// Whether it is a row of a known table, with exactly the columns of that table.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let columns = shape(&self.table).map(|shape| match self.removed {
            true => &shape.columns[..shape.keys],
            false => shape.columns,
        });
        let has_all = |columns: &[&str]| columns.iter().all(|name| self.row.contains_key(*name));
        columns.is_some_and(|columns| columns.len() == self.row.len() && has_all(columns))
    }

    /// Whether it is an entry of the audit trail without a number.
    #[must_use]
    pub fn is_new_audit(&self) -> bool {
        self.table == "audit" && !self.removed && self.value("id") == &Value::from(0)
    }

    /// Sets its number.
    pub fn number(&mut self, id: u64) {
        self.row.insert("id".to_owned(), id.into());
    }

    fn value(&self, column: &str) -> &Value {
        self.row.get(column).unwrap_or(&Value::Null)
    }
}

/// What is written in the same commit but is in no proof: secrets and sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aside {
    /// The hash of the password of an account.
    Password {
        /// The account.
        staff: String,
        /// The hash.
        hash: String,
    },
    /// The secret of the second factor of an account; `None`: there is none.
    SecondFactor {
        /// The account.
        staff: String,
        /// The secret.
        secret: Option<String>,
    },
    /// Ends the sessions of an account.
    Sessions {
        /// The account.
        staff: String,
    },
    /// A request from the inbox that was done.
    Received {
        /// Its number in the inbox.
        id: i64,
    },
}

impl Aside {
    fn add(&self, script: &mut Script) {
        match self {
            Self::Password { staff, hash } => {
                script.add("UPDATE staff SET password = ? WHERE name = ?").put(hash).put(staff);
            }
            Self::SecondFactor { staff, secret } => {
                let text = "UPDATE staff SET totp = ?, totp_step = 0 WHERE name = ?";
                script.add(text).put(secret).put(staff);
            }
            Self::Sessions { staff } => {
                script.add("DELETE FROM session WHERE staff = ?").put(staff);
            }
            Self::Received { id } => {
                script.add("DELETE FROM inbox WHERE id = ?").put(*id);
            }
        }
    }
}

fn put(values: &mut Values, value: &Value) {
    match value {
        Value::Null => values.put(None::<i64>),
        Value::Number(number) => values.put(number.as_i64()),
        Value::String(text) => values.put(text),
        other => values.put(other.to_string()),
    };
}

/// Writes `changes`, the last of each row, and the values that belong to them.
pub(crate) async fn write(
    connection: &mut SqliteConnection,
    script: &mut Script,
    (changes, asides): (&[RowChange], &[Aside]),
) -> Result<(), Error> {
    let mut last: HashMap<(&str, String), usize> = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        last.insert((&change.table, change.key()), at);
    }
    let mut kept: Vec<usize> = last.into_values().collect();
    kept.sort_unstable();
    for shape in SHAPES {
        let of = |at: &&usize| changes[**at].table == shape.name;
        let rows: Vec<&RowChange> = kept.iter().filter(of).map(|at| &changes[*at]).collect();
        let (removed, put_in): (Vec<&RowChange>, Vec<&RowChange>) =
            rows.into_iter().partition(|change| change.removed);
        shape.insert(connection, script, &put_in).await?;
        for change in removed {
            let values = script.add(&shape.delete());
            shape.columns[..shape.keys].iter().for_each(|key| put(values, change.value(key)));
        }
    }
    asides.iter().for_each(|aside| aside.add(script));
    Ok(())
}

impl Shape {
    fn by_key(&self) -> String {
        let parts: Vec<String> =
            self.columns[..self.keys].iter().map(|key| format!("\"{key}\" = ?")).collect();
        parts.join(" AND ")
    }

    fn delete(&self) -> String {
        format!("DELETE FROM {} WHERE {}", self.name, self.by_key())
    }

    /// A row as a JSON array of its columns.
    fn image(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|name| format!("\"{name}\"")).collect();
        format!("json_array({})", columns.join(", "))
    }

    async fn insert(
        &'static self,
        connection: &mut SqliteConnection,
        script: &mut Script,
        rows: &[&RowChange],
    ) -> Result<(), Error> {
        let set: Vec<String> = self.columns[self.keys..]
            .iter()
            .map(|name| format!("\"{name}\" = excluded.\"{name}\""))
            .collect();
        let quoted = |names: &[&str]| names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>();
        let then = format!(
            " ON CONFLICT ({}) DO UPDATE SET {}",
            quoted(&self.columns[..self.keys]).join(", "),
            set.join(", ")
        );
        let table = crate::rows::Table { name: self.name, columns: self.columns, then: &then };
        let insert = table.insert(connection, script, rows, |values, change| {
            self.columns.iter().for_each(|column| put(values, change.value(column)));
        });
        insert.await
    }

    fn read(&self, image: &str) -> Result<RowChange, Error> {
        let values: Vec<Value> = serde_json::from_str(image)
            .map_err(|error| Error::Damaged(format!("a row of `{}`: {error}", self.name)))?;
        Ok(RowChange::put(self.name, values))
    }
}

/// Rows of a proven table read at a time.
pub const PAGE: usize = 1000;

impl Store {
    /// Passes every row of the table of `shape`, as it is now, to `see`.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn each_row(
        &self,
        shape: &Shape,
        mut see: impl FnMut(RowChange) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut connection = self.reader.acquire().await?;
        each_row(&mut connection, shape, &mut see).await
    }

    /// Rows of the table of `shape` after `after` in the order of its key, [`PAGE`] at most.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn rows_after(
        &self,
        shape: &Shape,
        after: Option<&RowChange>,
    ) -> Result<Vec<RowChange>, Error> {
        let mut connection = self.reader.acquire().await?;
        page(&mut connection, shape, after).await
    }

    /// The row of the same table with the same key as `change`, as it is now.
    ///
    /// # Errors
    ///
    /// [`Error::Disk`], [`Error::Damaged`] or [`Error::Unavailable`] if the read fails.
    pub async fn row_like(&self, change: &RowChange) -> Result<Option<RowChange>, Error> {
        let Some(shape) = shape(&change.table) else { return Ok(None) };
        let mut script = Values::default();
        shape.columns[..shape.keys].iter().for_each(|key| put(&mut script, change.value(key)));
        let text = format!("SELECT {} FROM {} WHERE {}", shape.image(), shape.name, shape.by_key());
        let query = sqlx::query_scalar_with(sqlx::AssertSqlSafe(text), script.arguments()?);
        let image: Option<String> = query.fetch_optional(&self.reader).await?;
        image.map(|image| shape.read(&image)).transpose()
    }
}

/// The same through a connection, which may be in a transaction.
pub(crate) async fn each_row(
    connection: &mut SqliteConnection,
    shape: &Shape,
    see: &mut impl FnMut(RowChange) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut last = None;
    loop {
        let rows = page(connection, shape, last.as_ref()).await?;
        let Some(row) = rows.last() else { return Ok(()) };
        last = Some(row.clone());
        rows.into_iter().try_for_each(&mut *see)?;
    }
}

async fn page(
    connection: &mut SqliteConnection,
    shape: &Shape,
    after: Option<&RowChange>,
) -> Result<Vec<RowChange>, Error> {
    let keys = &shape.columns[..shape.keys];
    let quoted: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    let key = quoted.join(", ");
    let mut values = Values::default();
    let place = match after {
        Some(row) => {
            keys.iter().for_each(|key| put(&mut values, row.value(key)));
            format!("WHERE ({key}) > ({})", vec!["?"; keys.len()].join(", "))
        }
        None => String::new(),
    };
    let (image, name) = (shape.image(), shape.name);
    let text = format!("SELECT {image} FROM {name} {place} ORDER BY {key} LIMIT {PAGE}");
    let query = sqlx::query_scalar_with(sqlx::AssertSqlSafe(text), values.arguments()?);
    let images: Vec<String> = query.fetch_all(connection).await?;
    images.iter().map(|image| shape.read(image)).collect()
}
