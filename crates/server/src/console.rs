//! The console: pages as pure functions from what they show to markup.

pub(crate) mod backtest;
pub(crate) mod backtests;
pub(crate) mod chart;
mod compare;
pub(crate) mod decision;
pub(crate) mod decisions;
pub(crate) mod deliveries;
mod difference;
pub(crate) mod editor;
mod findings;
pub(crate) mod history;
pub(crate) mod layout;
pub(crate) mod lists;
pub(crate) mod oops;
pub(crate) mod overview;
mod parts;
pub(crate) mod proof;
pub(crate) mod proposals;
pub(crate) mod reasons;
pub(crate) mod refused;
pub(crate) mod rejudging;
pub(crate) mod rules;
pub(crate) mod sign_in;
pub(crate) mod subject;
pub(crate) mod system;
