//! Exports of all matching decisions, as a table or as lines. They are read page by page while they
//! are sent, so that the size of an export costs no memory.

use std::fmt::Write as _;

use bytes::Bytes;
use jiff::Timestamp;
use store::{Filter, Listed};

use crate::access::caller::Caller;
use crate::decisions::DecisionItem;
use crate::decisions::streams::StreamPermit;
use crate::service::problem::Problem;
use crate::service::state::App;

/// Decisions read at a time.
const PAGE: u32 = 1000;

/// The format of an export.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A table (RFC 4180).
    Csv,
    /// One JSON object per line.
    Ndjson,
}

/// An export that is being sent.
pub struct Export {
    app: App,
    filter: Filter,
    kind: Kind,
    left: u64,
    is_first: bool,
    _place: StreamPermit,
}

impl Export {
    /// An export of all decisions that match `filter`, at most `limit` if given.
    pub fn new(
        app: &App,
        caller: &Caller,
        (filter, limit): (Filter, Option<u32>),
        kind: Kind,
    ) -> Result<Self, Problem> {
        app.core()?;
        let left = limit.map_or(u64::MAX, u64::from);
        let place = app.streams.enter(caller)?;
        Ok(Self { app: app.clone(), filter, kind, left, is_first: true, _place: place })
    }

    /// The next part; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        if self.left == 0 {
            return Ok(None);
        }
        let limit = PAGE.min(u32::try_from(self.left).unwrap_or(PAGE));
        let filter = Filter { limit, ..self.filter.clone() };
        let page = self.app.core()?.store.decisions(&filter).await?;
        let mut text = String::new();
        if std::mem::take(&mut self.is_first) && matches!(self.kind, Kind::Csv) {
            text.push_str("seq,id,time,type,subject,account,country,policy,effects\n");
        }
        self.left -= page.rows.len() as u64;
        match self.kind {
            Kind::Csv => page.rows.into_iter().for_each(|row| line(row, &mut text)),
            Kind::Ndjson => {
                for item in DecisionItem::all(&self.app, page.rows).await? {
                    let json = serde_json::to_string(&item);
                    text.push_str(&json.map_err(|error| Problem::Internal(error.to_string()))?);
                    text.push('\n');
                }
            }
        }
        match page.next {
            Some(next) if self.filter.is_newest_first => self.filter.before = Some(next),
            Some(next) => self.filter.after = Some(next),
            None => self.left = 0,
        }
        Ok(Some(Bytes::from(text)))
    }
}

fn line(row: Listed, text: &mut String) {
    let time = Timestamp::from_millisecond(row.time_ms).unwrap_or_default().to_string();
    let (subject, account) = (row.subject.unwrap_or_default(), row.account.unwrap_or_default());
    let cells = [row.id, time, row.r#type, subject, account, row.country, row.policy, row.effects];
    // Writing to a string does not fail.
    let _ = write!(text, "{}", row.seq);
    for cell in cells {
        text.push(',');
        text.push_str(&self::cell(&cell));
    }
    text.push('\n');
}

/// A cell of a table (RFC 4180). Text that a spreadsheet would take for a formula gets a quote
/// before it.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_break_tables_nor_calculate() {
        assert_eq!(cell("plain"), "plain");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
