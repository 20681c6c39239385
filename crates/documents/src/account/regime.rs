//! Who is owed an account, and when.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::report::{Period, Size};

/// How often an account is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// For each quarter.
    Quarterly,
    /// For each half-year.
    HalfYearly,
    /// For each calendar year.
    Yearly,
}

/// A kind of account.
#[derive(Clone, Copy, Debug)]
pub struct Regime {
    /// A stable name.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What asks for it.
    pub law: &'static str,
    /// How often, by the size of the provider; `None` if it is not owed.
    pub rhythm: fn(Size) -> Option<Rhythm>,
    /// How many months and days after the end of a period it is due; `None` if nothing says.
    pub due: Option<(i8, i8)>,
    /// What the law asks for in words; each is the name of a text and what it is to say.
    pub texts: &'static [(&'static str, &'static str)],
}

const fn is_very_large(size: Size) -> bool {
    matches!(size, Size::Vlop | Size::Vlose)
}

const fn half_or_year(size: Size) -> Option<Rhythm> {
    Some(if is_very_large(size) { Rhythm::HalfYearly } else { Rhythm::Yearly })
}

const fn of_hosts(size: Size, rhythm: Rhythm) -> Option<Rhythm> {
    if matches!(size, Size::Intermediary) { None } else { Some(rhythm) }
}

/// All regimes.
pub static REGIMES: &[Regime] = &[
    Regime {
        id: "dsa",
        title: "Transparency report under the Digital Services Act",
        law: "Arts 15, 24 and 42 of Regulation (EU) 2022/2065; Implementing Regulation (EU) 2024/2835",
        rhythm: half_or_year,
        due: Some((2, 0)),
        texts: &[],
    },
    Regime {
        id: "terrorist",
        title: "Transparency report on terrorist content",
        law: "Art. 7(2) and (3) of Regulation (EU) 2021/784",
        rhythm: |size| of_hosts(size, Rhythm::Yearly),
        // Before 1 March of the following year.
        due: Some((2, 0)),
        texts: &[
            ("a_identification", "(a) measures to identify and remove terrorist content"),
            (
                "b_reappearance",
                "(b) measures against its reappearance, in particular automated tools",
            ),
            ("e_reviews", "(e) number and outcome of review proceedings brought by the provider"),
        ],
    },
    Regime {
        id: "conduct",
        title: "Report under the Code of Conduct on Disinformation",
        law: "Code of Conduct on Disinformation; Arts 35, 37 and 45 of Regulation (EU) 2022/2065",
        rhythm: half_or_year,
        due: Some((3, 0)),
        texts: &[],
    },
    Regime {
        id: "hate",
        title: "Report under the Code of conduct on illegal hate speech online",
        law: "Code of conduct on countering illegal hate speech online; Art. 45 of Regulation (EU) \
              2022/2065",
        rhythm: |size| of_hosts(size, Rhythm::Yearly),
        due: None,
        texts: &[],
    },
    Regime {
        id: "enforcement",
        title: "Enforcement of the community guidelines",
        law: "published voluntarily",
        rhythm: |size| of_hosts(size, Rhythm::Quarterly),
        due: None,
        texts: &[],
    },
    Regime {
        id: "requests",
        title: "Orders and requests of authorities",
        law: "published voluntarily, beside Art. 15(1)(a) of Regulation (EU) 2022/2065",
        rhythm: |_| Some(Rhythm::HalfYearly),
        due: None,
        texts: &[],
    },
];

impl Regime {
    /// The regime with that name.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        REGIMES.iter().find(|regime| regime.id == id)
    }

    /// The last day on which the account of `period` is in time; `None` if nothing says.
    #[must_use]
    pub fn due(&self, period: Period) -> Option<Date> {
        let (months, days) = self.due?;
        let next = period.last.tomorrow().ok()?;
        let end = next.checked_add(months.months()).ok()?.checked_add(days.days()).ok()?;
        end.yesterday().ok()
    }
}

impl Rhythm {
    /// The period that `day` lies in.
    #[must_use]
    pub fn period(self, day: Date) -> Period {
        let months: i8 = match self {
            Self::Quarterly => 3,
            Self::HalfYearly => 6,
            Self::Yearly => 12,
        };
        let first = day.month() - (day.month() - 1) % months;
        let first = Date::new(day.year(), first, 1).unwrap_or(day);
        let last = first.checked_add(i32::from(months).months()).and_then(Date::yesterday);
        Period { first, last: last.unwrap_or(day) }
    }
}

/// An account that is owed.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// Of which kind.
    pub regime: &'static Regime,
    /// The period.
    pub period: Period,
    /// The last day on which it is in time; `None` if nothing says.
    pub due: Option<Date>,
}

/// What a provider of that size owes on `day`: of each regime the period that ended last and the
/// one that runs, those that are due first before others.
#[must_use]
pub fn dues(size: Size, day: Date) -> Vec<Due> {
    let mut all = Vec::new();
    for regime in REGIMES {
        let Some(rhythm) = (regime.rhythm)(size) else { continue };
        let now = rhythm.period(day);
        let before = now.first.yesterday().map(|last| rhythm.period(last));
        for period in before.into_iter().chain([now]) {
            all.push(Due { regime, period, due: regime.due(period) });
        }
    }
    all.sort_by_key(|one| (one.period.last, one.due.is_none(), one.due));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_report_is_due_two_months_after_its_period_to_the_last_day_of_february() {
        let due = |regime: &str, period: &str| {
            Regime::named(regime).unwrap().due(period.parse().unwrap()).unwrap().to_string()
        };
        assert_eq!(due("dsa", "2026-H1"), "2026-08-31");
        assert_eq!(due("dsa", "2026-H2"), "2027-02-28");
        assert_eq!(due("dsa", "2027"), "2028-02-29");
        assert_eq!(due("terrorist", "2026"), "2027-02-28");
    }

    #[test]
    fn the_rhythm_follows_from_the_size() {
        let of = |size, regime: &str| {
            let dues = dues(size, day("2026-12-01"));
            let found = dues.iter().filter(|one| one.regime.id == regime);
            found.map(|one| one.period.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(of(Size::Vlop, "dsa"), ["2026-01-01/2026-06-30", "2026-07-01/2026-12-31"]);
        assert_eq!(of(Size::Platform, "dsa"), ["2025-01-01/2025-12-31", "2026-01-01/2026-12-31"]);
        assert_eq!(of(Size::Intermediary, "terrorist"), [""; 0]);
        assert_eq!(
            of(Size::Vlop, "enforcement"),
            ["2026-07-01/2026-09-30", "2026-10-01/2026-12-31"]
        );
    }
}
