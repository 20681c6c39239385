//! What a measure is.

use serde::Serialize;

use crate::account::fact::Fact;

/// A named, versioned way to count. When what it counts changes, it gets the next version, so
/// that a report can say where it is not comparable with the one before.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Measure {
    /// A stable name.
    pub id: &'static str,
    /// Its version; 1 at first.
    pub version: u32,
    /// The head of its column.
    pub name: &'static str,
    /// What is counted, in the report's words.
    pub counted: &'static str,
    /// How it is counted.
    #[serde(skip)]
    pub how: How,
}

/// How much a fact adds to a sum.
pub type Amount = fn(&Fact<'_>) -> u64;

/// How something is counted.
#[derive(Clone, Copy, Debug)]
pub enum How {
    /// A sum.
    Count(Amount),
    /// The median of lengths of time, in hours.
    Median(fn(&Fact<'_>) -> Option<i64>),
    /// A share from 0 to 1: of the facts that the first counts, those that the second counts.
    Share(Amount, Amount),
    /// The sum of the second divided by the sum of the first, which count different facts.
    Ratio(Amount, Amount),
}

impl Measure {
    /// Its unit and its rounding.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        match self.how {
            How::Count(_) => "whole number",
            How::Median(_) => "hours, median, at most six decimals",
            How::Share(..) | How::Ratio(..) => "share from 0 to 1, at most six decimals",
        }
    }

    /// What a blank cell means.
    #[must_use]
    pub const fn blank(&self) -> &'static str {
        match self.how {
            How::Count(_) => "never blank: 0 means none",
            How::Median(_) => "nothing to take a median from",
            How::Share(..) | How::Ratio(..) => "nothing to take a share of",
        }
    }
}
