//! Documents that a platform owes: statements of reasons for the DSA Transparency Database, and
//! transparency reports in the form of Implementing Regulation (EU) 2024/2835, made and linted.
//! Pure: what is to be reported comes in, documents and findings come out.

pub mod account;
pub mod conduct;
pub mod lint;
pub mod published;
pub mod report;
pub mod statement;
pub mod tables;
pub mod template;
