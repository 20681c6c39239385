//! `views`: how often content was seen, and the thresholds it crosses.
//!
//! - Finds: the event at which the count reaches a number.
//! - Misses: content whose views the platform does not report.
//! - Wrongs: nobody by itself; views can be inflated to draw reviewers.

use types::{Event, Facts};

/// Views so far, this event included. Counts never fall, whatever a late event says.
#[must_use]
pub fn views(event: &Event, facts: &Facts) -> u64 {
    facts.views.max(event.data.views.as_ref().map_or(0, |views| views.total))
}

/// Whether this event took the views to `threshold` or over it.
#[must_use]
pub fn crossed(threshold: u64, event: &Event, facts: &Facts) -> bool {
    facts.views < threshold && views(event, facts) >= threshold
}
