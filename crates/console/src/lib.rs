//! The web console: pages that ask the same verbs as the API. `pages` answers requests, `view` draws.

mod pages;
mod view;

pub use pages::routes;
