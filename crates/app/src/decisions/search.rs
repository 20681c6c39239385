//! Search parameters for decisions, used by API and console.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::service::problem::Problem;

pub use store::Filter;

/// The default number of decisions per page.
pub const LIMIT: u32 = 50;

/// The most decisions per page.
pub const LIMIT_MAX: u32 = 1000;

/// Filters for decisions; every filter that is set must match.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// The subject: `content/ID`, `account/ID` or `network/ID`.
    pub subject: String,
    /// The id of the account concerned.
    pub account: String,
    /// The id of the policy that the decision names.
    pub policy: String,
    /// The name of an effect that the decision has: `remove`.
    pub effect: String,
    /// The type of the event.
    pub r#type: String,
    /// Where it happened, ISO 3166-1 alpha-2.
    pub country: String,
    /// Only events from this time on: a day in UTC (`2026-01-31`), or a time (RFC 3339).
    pub from: String,
    /// Only events before this time (RFC 3339), or up to the end of this day in UTC.
    pub until: String,
    /// `oldest` first, in ledger order (the default), or `newest` first.
    pub order: String,
    /// Only entries after this place of the ledger: the cursor with the oldest first.
    pub after: Option<u64>,
    /// Only entries before this place of the ledger: the cursor with the newest first.
    pub before: Option<u64>,
    /// The most decisions to return, 1 to 1000. The default is 50 for `json`; `csv` and `ndjson`
    /// return all.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
    /// `json` for a page (the default); `csv` or `ndjson` for an export.
    pub format: String,
}

impl Search {
    /// The filter for the store. `is_newest_first` is the order if none is given.
    pub fn filter(&self, is_newest_first: bool) -> Result<Filter, Problem> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::Wrong(format!("`limit` is 1 to {LIMIT_MAX}")));
        }
        let is_newest_first = match self.order.as_str() {
            "" => is_newest_first,
            "newest" => true,
            "oldest" => false,
            other => {
                return Err(Problem::Wrong(format!("`order` is oldest or newest, not `{other}`")));
            }
        };
        Ok(Filter {
            subject: some(&self.subject),
            account: some(&self.account),
            policy: some(&self.policy),
            effect: some(&self.effect),
            r#type: some(&self.r#type),
            country: some(&self.country.to_ascii_uppercase()),
            from_ms: moment(&self.from, 0)?,
            until_ms: moment(&self.until, 1)?,
            after: self.after,
            before: self.before,
            is_newest_first,
            limit,
        })
    }
}

/// A time, or the beginning of the day `days` days later, in milliseconds since 1970.
fn moment(text: &str, days: i64) -> Result<Option<i64>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(Some(moment.as_millisecond()));
    }
    let wrong = || Problem::Wrong(format!("`{text}` is no day or moment; write 2026-01-31"));
    let day: Date = text.parse().map_err(|_| wrong())?;
    let day = day.checked_add(jiff::Span::new().days(days)).map_err(|_| wrong())?;
    let moment = day.to_zoned(TimeZone::UTC).map_err(|_| wrong())?;
    Ok(Some(moment.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_included() {
        let search =
            Search { from: "2024-06-30".into(), until: "2024-06-30".into(), ..Search::default() };
        let filter = search.filter(true).unwrap();
        assert_eq!(filter.until_ms.unwrap() - filter.from_ms.unwrap(), 86_400_000);
        let wrong = Search { from: "yesterday".into(), ..Search::default() };
        assert!(matches!(wrong.filter(true), Err(Problem::Wrong(_))));
        for limit in [0, 1001] {
            assert!(Search { limit: Some(limit), ..Search::default() }.filter(true).is_err());
        }
    }
}
