//! What the law asks of a platform: orders of authorities with their annexes, notices, misuse of
//! them, legal clocks, and letters to persons in their language.
//!
//! Nothing here uses a clock, a store or a network: times are arguments.

pub mod annex;
pub mod answer;
pub mod authority;
mod bundle;
pub mod clock;
pub mod letter;
pub mod measure;
pub mod misuse;
pub mod notice;
pub mod order;
pub mod order_xml;
mod scope;
