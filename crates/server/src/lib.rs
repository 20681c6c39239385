//! HTTP API and web console: parses, calls one verb, answers; decides nothing.
//!
//! [`router`] makes the whole service of an [`App`]. Every endpoint names its permission; the clock
//! and randomness are arguments.

pub mod account;
mod api;
mod app;
mod aside;
mod backtest;
mod body;
mod confirming;
mod connection;
mod console;
mod desk;
mod detail;
mod difference;
mod enforce;
mod extract;
mod filing;
mod guesses;
mod idempotency;
mod jobs;
mod ladder;
mod limits;
mod media;
mod meter;
mod network;
mod notifiers;
pub mod oidc;
mod order_checks;
mod order_steps;
mod ordered;
mod ordering;
mod overdue;
mod overlay;
mod overview;
mod pages;
pub mod password;
pub mod permission;
mod principal;
mod problem;
mod proposal;
mod proxies;
mod rejudging;
mod restricted;
mod room;
mod router;
mod search;
mod settings;
pub mod totp;
mod trial;

pub use app::{App, Core, Random, Told};
pub use connection::{Connection, Proven};
pub use principal::new_key;
pub use proxies::{Proxies, Range, network};
pub use router::{document, patience, router};
pub use settings::{Casework, Settings};
