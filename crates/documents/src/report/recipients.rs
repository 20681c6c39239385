//! The active recipients of each month (Art. 42(3) DSA), from a file of the operator.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::report::period::Period;
use crate::template::{MEMBER_STATES, TOTAL};

/// More than any service has; sums of them do not overflow.
const RECIPIENTS_MAX: u64 = 100_000_000_000;

/// The mean of the active recipients over the months of the period, by member state, from CSV with
/// the columns month, country, recipients. Every month must be there.
///
/// # Errors
///
/// What is wrong with the file, with its line.
pub fn recipients(bytes: &[u8], period: Period) -> Result<BTreeMap<String, u64>, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let mut counts: BTreeMap<(Date, String), u64> = BTreeMap::new();
    for (at, row) in reader.deserialize::<(String, String, u64)>().enumerate() {
        let line = at + 2;
        let (month, country, count) = row.map_err(|error| format!("line {line}: {error}"))?;
        let first: Date = format!("{month}-01")
            .parse()
            .map_err(|_| format!("line {line}: `{month}` is no month; write 2026-01"))?;
        if country != TOTAL && !MEMBER_STATES.contains(&country.as_str()) {
            return Err(format!("line {line}: `{country}` is no member state, and not {TOTAL}"));
        }
        if count > RECIPIENTS_MAX {
            return Err(format!("line {line}: more recipients than there are people"));
        }
        let is_within = period.first <= first && first <= period.last;
        if is_within && counts.insert((first, country.clone()), count).is_some() {
            return Err(format!("line {line}: {month} of {country} is there twice"));
        }
    }
    mean(&counts, period)
}

/// The mean over the months of the period. The total must be there for each of them.
fn mean(
    counts: &BTreeMap<(Date, String), u64>,
    period: Period,
) -> Result<BTreeMap<String, u64>, String> {
    let totals = counts.keys().filter(|(_, country)| country == TOTAL).count() as u64;
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for ((_, country), count) in counts {
        *sums.entry(country.clone()).or_default() += count;
    }
    let wanted = i32::from(period.last.year() - period.first.year()) * 12
        + i32::from(period.last.month() - period.first.month())
        + 1;
    if u64::try_from(wanted).ok() != Some(totals) {
        return Err(format!(
            "rows with the country {TOTAL} are there for {totals} of {wanted} months of the period; \
             a person may be active in several countries"
        ));
    }
    let all = sums.get(TOTAL).copied().unwrap_or_default();
    if let Some((country, _)) = sums.iter().find(|(_, sum)| **sum > all) {
        return Err(format!("{country} has more recipients than {TOTAL}"));
    }
    Ok(sums.into_iter().map(|(country, sum)| (country, (sum + totals / 2) / totals)).collect())
}
