//! Decisions as a table or as lines, all that match: read page by page while they are sent, so that
//! the size of an export costs no memory.

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::Timestamp;
use store::{Filter, Listed};

use crate::api::decisions::DecisionItem;
use crate::api::stream::Place;
use crate::app::App;
use crate::principal::Caller;
use crate::problem::Problem;

/// Decisions read at a time.
const PAGE: u32 = 1000;

/// What an export looks like.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A table (RFC 4180).
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// Where an export is.
struct Export {
    app: App,
    filter: Filter,
    kind: Kind,
    left: u64,
    is_first: bool,
    _place: Place,
}

/// All decisions that `filter` lets through, at most `limit` if there is one.
pub(crate) fn answer(
    app: &App,
    caller: &Caller,
    (filter, limit): (Filter, Option<u32>),
    kind: Kind,
) -> Result<Response, Problem> {
    app.core()?;
    let left = limit.map_or(u64::MAX, u64::from);
    let place = app.streams.enter(caller)?;
    let export = Export { app: app.clone(), filter, kind, left, is_first: true, _place: place };
    let body = Body::from_stream(futures_util::stream::try_unfold(export, next));
    let (content, name) = match kind {
        Kind::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"decisions.csv\""),
        Kind::Ndjson => ("application/x-ndjson", "attachment; filename=\"decisions.ndjson\""),
    };
    let headers = [(header::CONTENT_TYPE, content), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

/// The next part; an error breaks the connection off, so that half an export is not taken for all.
async fn next(mut export: Export) -> Result<Option<(Bytes, Export)>, Problem> {
    if export.left == 0 {
        return Ok(None);
    }
    let limit = PAGE.min(u32::try_from(export.left).unwrap_or(PAGE));
    let filter = Filter { limit, ..export.filter.clone() };
    let page = export.app.core()?.store.decisions(&filter).await?;
    let mut text = String::new();
    if std::mem::take(&mut export.is_first) && matches!(export.kind, Kind::Csv) {
        text.push_str("seq,id,time,type,subject,account,country,policy,effects\n");
    }
    export.left -= page.rows.len() as u64;
    match export.kind {
        Kind::Csv => page.rows.into_iter().for_each(|row| line(row, &mut text)),
        Kind::Ndjson => {
            for item in DecisionItem::all(&export.app, page.rows).await? {
                let json = serde_json::to_string(&item);
                text.push_str(&json.map_err(|error| Problem::Internal(error.to_string()))?);
                text.push('\n');
            }
        }
    }
    match page.next {
        Some(next) if export.filter.is_newest_first => export.filter.before = Some(next),
        Some(next) => export.filter.after = Some(next),
        None => export.left = 0,
    }
    Ok(Some((Bytes::from(text), export)))
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

/// A cell of a table (RFC 4180). What a spreadsheet would take for a formula gets a quote before it.
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
