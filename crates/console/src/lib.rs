//! The web console. It uses the same functions as the API. `pages` answers, `view` renders.

mod pages;
mod view;

pub use pages::routes;
