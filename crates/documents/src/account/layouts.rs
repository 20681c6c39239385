//! The list of tables.

use crate::account::fact::{Fact, Kind, Refusal};
use crate::account::layout::{By, Layout, Rows};
use crate::account::measure::Measure;
use crate::account::measures as m;

/// What enforcement is told by.
static ENFORCED: &[&Measure] = &[
    &m::REMOVALS,
    &m::REMOVALS_AUTOMATED,
    &m::REMOVALS_PROACTIVE,
    &m::REMOVALS_IN_A_DAY,
    &m::REMOVALS_UNSEEN,
    &m::AGE_RESTRICTED,
    &m::LIMITED,
    &m::LABELLED,
    &m::ACCOUNTS,
    &m::COMPLAINTS,
    &m::COMPLAINTS_WON,
];

static OF_NOTICES: &[&Measure] =
    &[&m::NOTICES, &m::NOTICES_ASSESSED, &m::NOTICES_IN_A_DAY, &m::NOTICES_ACTED];

static OF_DEMANDS: &[&Measure] = &[
    &m::DEMANDS,
    &m::DEMAND_ITEMS,
    &m::DEMANDS_DONE,
    &m::DEMANDS_REFUSED,
    &m::DEMANDS_ANNULLED,
    &m::DEMANDS_TIME,
];

/// SLI 18.2.1.
static SLI_18: &[&Measure] = &[&m::REMOVALS, &m::REMOVALS_VIEWS, &m::LIMITED];
/// SLI 21.1.1.
static SLI_21: &[&Measure] = &[
    &m::REMOVALS,
    &m::REMOVALS_PROACTIVE,
    &m::REMOVALS_UNSEEN,
    &m::REMOVALS_IN_A_DAY,
    &m::PROMPTED,
];
/// SLI 24.1.1.
static SLI_24: &[&Measure] = &[&m::COMPLAINTS, &m::COMPLAINTS_WON, &m::COMPLAINTS_SUCCESS];

const fn all(_: &Fact<'_>) -> bool {
    true
}

/// Whether its policy is `name` or below it.
fn is_under(fact: &Fact<'_>, name: &str) -> bool {
    let rest = fact.policy.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_misinformation(fact: &Fact<'_>) -> bool {
    is_under(fact, "misinformation")
}

fn is_civic(fact: &Fact<'_>) -> bool {
    is_under(fact, "civic")
}

fn is_synthetic(fact: &Fact<'_>) -> bool {
    is_under(fact, "synthetic")
}

fn is_harmful_speech(fact: &Fact<'_>) -> bool {
    fact.category == "ILLEGAL_OR_HARMFUL_SPEECH" && matches!(fact.kind, Kind::Notice { .. })
}

const fn is_demand(fact: &Fact<'_>) -> bool {
    matches!(fact.kind, Kind::Demand(_))
}

fn is_not_executed(fact: &Fact<'_>) -> bool {
    matches!(&fact.kind, Kind::Demand(one) if one.refusal.is_some())
}

fn is_refused_removal(fact: &Fact<'_>) -> bool {
    // Only the grounds that the Regulation has.
    fact.removal_order().is_some_and(|one| one.refusal.is_some_and(Refusal::is_sent_back))
}

fn is_fake(fact: &Fact<'_>) -> bool {
    fact.has_keyword(&["INAUTHENTIC_ACCOUNTS"])
}

/// A table by country.
const fn sli(
    name: &'static str,
    title: &'static str,
    only: fn(&Fact<'_>) -> bool,
    measures: &'static [&'static Measure],
) -> Layout {
    Layout { regime: "conduct", name, title, by: &[By::Country], rows: Rows::Area, only, measures }
}

/// All tables, in the order in which reports have them.
pub static LAYOUTS: &[Layout] = &[
    Layout {
        regime: "enforcement",
        name: "all",
        title: "Enforcement",
        by: &[],
        rows: Rows::Seen,
        only: all,
        measures: &[
            &m::UPLOADS,
            &m::REMOVALS,
            &m::REMOVALS_OF_UPLOADS,
            &m::REMOVALS_AUTOMATED,
            &m::REMOVALS_PROACTIVE,
            &m::REMOVALS_IN_A_DAY,
            &m::REMOVALS_UNSEEN,
            &m::AGE_RESTRICTED,
            &m::LIMITED,
            &m::LABELLED,
            &m::ACCOUNTS,
            &m::COMPLAINTS,
            &m::COMPLAINTS_WON,
            &m::COMPLAINTS_LOST,
            &m::COMPLAINTS_SUCCESS,
        ],
    },
    Layout {
        regime: "enforcement",
        name: "by_policy",
        title: "Enforcement by policy",
        by: &[By::Policy],
        rows: Rows::Seen,
        only: |fact| !fact.policy.is_empty(),
        measures: ENFORCED,
    },
    Layout {
        regime: "enforcement",
        name: "by_country",
        title: "Enforcement by country",
        by: &[By::Country],
        rows: Rows::Seen,
        only: all,
        measures: &[
            &m::UPLOADS,
            &m::REMOVALS,
            &m::REMOVALS_OF_UPLOADS,
            &m::REMOVALS_AUTOMATED,
            &m::REMOVALS_PROACTIVE,
            &m::REMOVALS_IN_A_DAY,
            &m::REMOVALS_UNSEEN,
            &m::ACCOUNTS,
            &m::COMPLAINTS,
            &m::COMPLAINTS_WON,
        ],
    },
    Layout {
        regime: "enforcement",
        name: "by_country_and_policy",
        title: "Enforcement by country and policy",
        by: &[By::Country, By::Policy],
        rows: Rows::Seen,
        only: |fact| !fact.policy.is_empty(),
        measures: &[&m::REMOVALS, &m::REMOVALS_AUTOMATED, &m::REMOVALS_PROACTIVE, &m::ACCOUNTS],
    },
    Layout {
        regime: "terrorist",
        name: "article_7",
        title: "Figures of Art. 7(3)(c), (d), (f) and (g)",
        by: &[],
        rows: Rows::Seen,
        only: all,
        measures: &[
            &m::TCO_ORDERS,
            &m::TCO_DONE,
            &m::TCO_OPEN,
            &m::TCO_IN_AN_HOUR,
            &m::TCO_TIME,
            &m::TCO_ITEMS,
            &m::TCO_MEASURES,
            &m::TCO_REFUSED,
            &m::TCO_COMPLAINTS,
            &m::TCO_COMPLAINTS_LOST,
            &m::TCO_ANNULLED,
            &m::TCO_RESTORED,
        ],
    },
    Layout {
        regime: "terrorist",
        name: "orders_by_country",
        title: "Removal orders by member state",
        by: &[By::Country],
        rows: Rows::Area,
        only: |fact| fact.removal_order().is_some(),
        measures: &[&m::TCO_ORDERS, &m::TCO_DONE, &m::TCO_IN_AN_HOUR, &m::TCO_TIME, &m::TCO_ITEMS],
    },
    Layout {
        regime: "terrorist",
        name: "orders_not_carried_out",
        title: "Removal orders not carried out, by ground",
        by: &[By::Refusal],
        rows: Rows::Seen,
        only: is_refused_removal,
        measures: &[&m::TCO_REFUSED],
    },
    Layout {
        regime: "hate",
        name: "by_notifier",
        title: "Notices of illegal or harmful speech by notifier",
        by: &[By::Notifier],
        rows: Rows::Seen,
        only: is_harmful_speech,
        measures: OF_NOTICES,
    },
    Layout {
        regime: "hate",
        name: "by_policy",
        title: "Notices of illegal or harmful speech by the policy that was applied",
        by: &[By::Policy],
        rows: Rows::Seen,
        only: is_harmful_speech,
        measures: OF_NOTICES,
    },
    Layout {
        regime: "requests",
        name: "by_kind",
        title: "Orders of authorities by what they demand",
        by: &[By::Demand],
        rows: Rows::Seen,
        only: is_demand,
        measures: OF_DEMANDS,
    },
    Layout {
        regime: "requests",
        name: "by_country",
        title: "Orders of authorities by country and what they demand",
        by: &[By::Country, By::Demand],
        rows: Rows::Seen,
        only: is_demand,
        measures: OF_DEMANDS,
    },
    Layout {
        regime: "requests",
        name: "not_carried_out",
        title: "Orders of authorities not carried out, by reason",
        by: &[By::Refusal],
        rows: Rows::Seen,
        only: is_not_executed,
        measures: &[&m::DEMANDS_REFUSED],
    },
    sli("sli_14_ttp_1", "SLI 14.2.1, TTP 1: inauthentic accounts", is_fake, &[&m::ACCOUNTS]),
    sli(
        "sli_14_ttp_7",
        "SLI 14.2.1, TTP 7: manipulated media",
        is_synthetic,
        &[&m::REMOVALS, &m::REMOVALS_VIEWS, &m::LABELLED_SYNTHETIC],
    ),
    sli("sli_18_2_1_misinformation", "SLI 18.2.1: misinformation", is_misinformation, SLI_18),
    sli("sli_18_2_1_civic", "SLI 18.2.1: civic and election integrity", is_civic, SLI_18),
    sli(
        "sli_18_2_1_synthetic",
        "SLI 18.2.1: synthetic and manipulated media",
        is_synthetic,
        SLI_18,
    ),
    sli("sli_21_1_1_misinformation", "SLI 21.1.1: misinformation", is_misinformation, SLI_21),
    sli("sli_21_1_1_civic", "SLI 21.1.1: civic and election integrity", is_civic, SLI_21),
    sli(
        "sli_21_1_1_synthetic",
        "SLI 21.1.1: synthetic and manipulated media",
        is_synthetic,
        SLI_21,
    ),
    sli("sli_24_1_1_misinformation", "SLI 24.1.1: misinformation", is_misinformation, SLI_24),
    sli("sli_24_1_1_civic", "SLI 24.1.1: civic and election integrity", is_civic, SLI_24),
    sli(
        "sli_24_1_1_synthetic",
        "SLI 24.1.1: synthetic and manipulated media",
        is_synthetic,
        SLI_24,
    ),
];

/// The tables of a regime.
#[must_use]
pub fn layouts(regime: &str) -> Vec<&'static Layout> {
    LAYOUTS.iter().filter(|layout| layout.regime == regime).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::account::MEASURES;

    #[test]
    fn each_measure_and_each_table_has_its_own_name() {
        let ids: BTreeSet<&str> = MEASURES.iter().map(|one| one.id).collect();
        assert_eq!(ids.len(), MEASURES.len());
        let names: BTreeSet<_> = LAYOUTS.iter().map(|one| (one.regime, one.name)).collect();
        assert_eq!(names.len(), LAYOUTS.len());
        for layout in LAYOUTS {
            assert!(layout.name.len() <= 31, "{} is too long for a spreadsheet", layout.name);
            let heads: BTreeSet<&str> = layout.measures.iter().map(|one| one.name).collect();
            assert_eq!(heads.len(), layout.measures.len(), "{}", layout.name);
        }
    }

    #[test]
    fn each_measure_is_in_a_table() {
        for measure in MEASURES {
            let is_used = LAYOUTS
                .iter()
                .any(|layout| layout.measures.iter().any(|used| used.id == measure.id));
            assert!(is_used, "{}", measure.id);
        }
    }
}
