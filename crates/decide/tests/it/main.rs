//! The rule language from outside: findings, three-valued evaluation, layout, documentation.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod allocation;
mod documentation;
mod evaluation;
mod findings;
mod layout;
