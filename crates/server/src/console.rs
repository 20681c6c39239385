//! The console: pages as pure functions from what they show to markup.

pub(crate) mod chart;
pub(crate) mod decision;
pub(crate) mod decisions;
pub(crate) mod deliveries;
pub(crate) mod layout;
pub(crate) mod lists;
pub(crate) mod oops;
pub(crate) mod overview;
pub(crate) mod proof;
pub(crate) mod reasons;
pub(crate) mod refused;
pub(crate) mod rules;
pub(crate) mod sign_in;
pub(crate) mod subject;
pub(crate) mod system;
