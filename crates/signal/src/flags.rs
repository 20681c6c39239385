//! `flags`: complaints of users about a subject, the present one included.
//!
//! - Finds: how many accounts complained, in all and for one reason. An account that complains
//!   again counts once, and one that is hardly ever right does not count.
//! - Misses: a raid by many accounts looks like many honest complaints.
//! - Wrongs: people whom others gang up on; rules should ask for review, not for removal.

use types::{Event, Facts};

/// Flags on the subject, this event included.
#[must_use]
pub fn flags(event: &Event, facts: &Facts) -> u32 {
    let is_new = event.data.flag.is_some() && !facts.is_flag_ignored;
    facts.flags.saturating_add(u32::from(is_new))
}

/// Flags on the subject for `reason`, this event included.
#[must_use]
pub fn flags_for(reason: &str, event: &Event, facts: &Facts) -> u32 {
    let is_one = event.data.flag.as_ref().is_some_and(|flag| flag.reason == reason);
    let is_new = is_one && !facts.is_flag_ignored;
    facts.flags_for.get(reason).copied().unwrap_or(0).saturating_add(u32::from(is_new))
}
