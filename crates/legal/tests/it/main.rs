//! Everything that people outside read, in one file to be read.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod letters;
