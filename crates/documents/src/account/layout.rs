//! Tables: which measures, broken down by what.

use crate::account::fact::{Fact, Kind, Refusal};
use crate::account::measure::Measure;

/// What a table is broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The policy that was applied.
    Policy,
    /// The category, as in statements of reasons.
    Category,
    /// The country.
    Country,
    /// Who gave notice.
    Notifier,
    /// What an authority demanded.
    Demand,
    /// Why a demand was not carried out.
    Refusal,
}

impl By {
    /// The head of its column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Policy => "Policy",
            Self::Category => "Category",
            Self::Country => "Country",
            Self::Notifier => "Notifier",
            Self::Demand => "Demand",
            Self::Refusal => "Reason",
        }
    }

    /// Where a fact belongs; empty if that is not known.
    #[must_use]
    pub fn of<'a>(self, fact: &'a Fact<'_>) -> &'a str {
        match (self, &fact.kind) {
            (Self::Policy, _) => fact.policy,
            (Self::Category, _) => fact.category,
            (Self::Country, _) => fact.country,
            (Self::Notifier, Kind::Notice { channel, .. }) => notifier(channel),
            (Self::Demand, Kind::Demand(demand)) => demand.kind.words(),
            (Self::Refusal, Kind::Demand(demand)) => demand.refusal.map_or("", Refusal::words),
            _ => "",
        }
    }
}

fn notifier(channel: &str) -> &'static str {
    match channel {
        "trusted_flagger" => "Trusted flaggers",
        "rapid_response" => "Rapid response systems",
        _ => "Anybody",
    }
}

/// Which rows a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Those in which something was counted, and the total.
    Seen,
    /// The member states, the three other states of the European Economic Area, and totals of the
    /// Union, of the Area and of all.
    Area,
}

/// A table of an account.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The regime that it belongs to.
    pub regime: &'static str,
    /// Its name, also of its file.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is broken down by; by nothing, it has a row for each measure.
    pub by: &'static [By],
    /// Its rows.
    pub rows: Rows,
    /// What it is about: facts that are not are counted nowhere in it.
    pub only: fn(&Fact<'_>) -> bool,
    /// Its columns.
    pub measures: &'static [&'static Measure],
}
