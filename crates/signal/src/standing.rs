//! `standing`: an account's age, class and strikes.
//!
//! - Finds: what the event says about the account, else what earlier events and decisions said.
//! - Misses: the history of a person who opens another account.
//! - Wrongs: newcomers; age alone should never decide.

use types::{Event, Evidence, Facts};

/// One line of evidence for each known part of the account's standing.
#[must_use]
pub fn evidence(event: &Event, facts: &Facts) -> Vec<Evidence> {
    let line = |field: &str, entry: String| Evidence {
        signal: "standing".to_owned(),
        field: field.to_owned(),
        entry,
        span: None,
        view: String::new(),
    };
    let age = facts.age_days(event).map(|days| line("account.age_days", days.to_string()));
    let class = facts.class(event).map(|class| line("account.class", class.to_owned()));
    let strikes = facts.strikes(event).filter(|strikes| *strikes > 0);
    let strikes = strikes.map(|strikes| line("account.strikes", strikes.to_string()));
    age.into_iter().chain(class).chain(strikes).collect()
}
