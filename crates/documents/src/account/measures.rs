//! The list of measures.

use types::{Automation, Effect};

use crate::account::fact::{
    Challenge, Demand, DemandKind, Fact, Kind, Outcome, Refusal, Restriction,
};
use crate::account::measure::{Amount, How, Measure};
use crate::statement::Source;

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

const fn count(
    id: &'static str,
    name: &'static str,
    counted: &'static str,
    count: Amount,
) -> Measure {
    Measure { id, version: 1, name, counted, how: How::Count(count) }
}

const fn share(
    id: &'static str,
    name: &'static str,
    counted: &'static str,
    (of, part): (Amount, Amount),
) -> Measure {
    Measure { id, version: 1, name, counted, how: How::Share(of, part) }
}

fn one(is: bool) -> u64 {
    u64::from(is)
}

fn removed(fact: &Fact<'_>) -> u64 {
    one(fact.removal().is_some())
}

fn removed_if(fact: &Fact<'_>, is: impl Fn(&Restriction<'_>) -> bool) -> u64 {
    one(fact.removal().is_some_and(is))
}

fn imposed(fact: &Fact<'_>, is: fn(&Effect) -> bool) -> u64 {
    one(fact.restriction().is_some_and(|restriction| restriction.has(is)))
}

fn uploads(fact: &Fact<'_>) -> u64 {
    if let Kind::Uploads(count) = fact.kind { count } else { 0 }
}

fn complained(fact: &Fact<'_>, is: impl Fn(&Challenge<'_>) -> bool) -> u64 {
    one(fact.complaint_about_removal().is_some_and(is))
}

const fn is_won(challenge: &Challenge<'_>) -> bool {
    matches!(challenge.outcome, Some(Outcome::Reversed | Outcome::Changed))
}

fn noticed(fact: &Fact<'_>, is: impl Fn(Option<i64>, bool) -> bool) -> u64 {
    match fact.kind {
        Kind::Notice { assessed_ms, is_acted_on, .. } => one(is(assessed_ms, is_acted_on)),
        _ => 0,
    }
}

fn is_assessed(fact: &Fact<'_>) -> u64 {
    noticed(fact, |assessed, _| assessed.is_some())
}

macro_rules! measures {
    ($($(#[doc = $doc:literal])* $name:ident = $measure:expr;)*) => {
        $($(#[doc = $doc])* pub(super) static $name: Measure = $measure;)*
        /// All measures.
        pub static MEASURES: &[&Measure] = &[$(&$name),*];
    };
}

measures! {
    /// Contents posted.
    UPLOADS = count(
        "uploads",
        "Posted",
        "Contents, livestreams, advertisements and messages posted in the period; those of persons \
         whose data were erased since are not counted.",
        uploads,
    );
    /// Contents taken off the service.
    REMOVALS = count(
        "removals",
        "Removed",
        "Decisions of the period that newly take content off the service; repeated decisions on the \
         same ground and decisions that carry out an order of an authority are left out. What was \
         restored later is counted as well.",
        removed,
    );
    /// Those without a person.
    REMOVALS_AUTOMATED = count(
        "removals.automated",
        "Removed by machine",
        "Of these, decisions that no person took part in.",
        |fact| removed_if(fact, |one| one.automation == Automation::Fully),
    );
    /// Those before a notice.
    REMOVALS_PROACTIVE = share(
        "removals.proactive",
        "Share removed on own initiative",
        "Of the removals, the share that goes back to no notice of anybody outside.",
        (removed, |fact| removed_if(fact, |one| one.source == Source::Voluntary)),
    );
    /// Those within a day.
    REMOVALS_IN_A_DAY = share(
        "removals.in_a_day",
        "Share removed within 24 hours",
        "Of the removals of content of which it is known when it was posted, the share that was \
         removed within 24 hours.",
        (
            |fact| removed_if(fact, |one| one.after_ms.is_some()),
            |fact| removed_if(fact, |one| one.after_ms.is_some_and(|after| after <= DAY_MS)),
        ),
    );
    /// Those before a view.
    REMOVALS_UNSEEN = share(
        "removals.unseen",
        "Share removed before any view",
        "Of the removals of content that was removed as it was posted, or of which views were \
         told before, the former. Content of which no view was told is left out: it is not known \
         whether anybody saw it.",
        (
            |fact| removed_if(fact, |one| one.views.is_some()),
            |fact| removed_if(fact, |one| one.views == Some(0)),
        ),
    );
    /// Views before removal.
    REMOVALS_VIEWS = count(
        "removals.views",
        "Views before removal",
        "Views of removed contents that were told before their removal.",
        |fact| fact.removal().and_then(|one| one.views).unwrap_or_default(),
    );
    /// Removals among what is posted.
    REMOVALS_OF_UPLOADS = Measure {
        id: "removals.of_uploads",
        version: 1,
        name: "Share of what was posted",
        counted: "Removals in the period divided by contents posted in the period.",
        how: How::Ratio(uploads, removed),
    };
    /// Labels.
    LABELLED = count(
        "labelled",
        "Labelled",
        "Decisions that newly add a label.",
        |fact| imposed(fact, |effect| matches!(effect, Effect::Label { .. })),
    );
    /// Labels on what was made by AI.
    LABELLED_SYNTHETIC = count(
        "labelled.synthetic",
        "Labelled, made by AI",
        "Decisions that newly add a label to content that was declared or marked as made or changed \
         by AI.",
        |fact| one(fact.restriction().is_some_and(|one| {
            one.is_synthetic && one.has(|effect| matches!(effect, Effect::Label { .. }))
        })),
    );
    /// Prompts.
    PROMPTED = count(
        "prompted",
        "Shown with a prompt",
        "Decisions that newly add a prompt, such as to think before sharing.",
        |fact| imposed(fact, |effect| matches!(effect, Effect::Prompt { .. })),
    );
    /// Kept out of recommendations.
    LIMITED = count(
        "limited",
        "Made ineligible for recommendation",
        "Decisions that newly take content out of recommendations.",
        |fact| imposed(fact, |effect| *effect == Effect::Limit),
    );
    /// Adults only.
    AGE_RESTRICTED = count(
        "age_restricted",
        "Age-restricted",
        "Decisions that newly show content to adults only.",
        |fact| imposed(fact, |effect| *effect == Effect::AgeRestrict),
    );
    /// Accounts closed for a time or for good.
    ACCOUNTS = count(
        "accounts",
        "Accounts suspended or closed",
        "Decisions that newly suspend or close an account.",
        |fact| imposed(fact, is_of_account),
    );
    /// Complaints.
    COMPLAINTS = count(
        "complaints",
        "Complaints about removals",
        "Complaints received in the period about decisions that took content off the service.",
        |fact| complained(fact, |_| true),
    );
    /// Complaints that were right.
    COMPLAINTS_WON = count(
        "complaints.won",
        "Removals reversed after a complaint",
        "Of these complaints, those after which the removal was lifted or replaced by less, as far \
         as known at the time of counting.",
        |fact| complained(fact, is_won),
    );
    /// Complaints that were wrong.
    COMPLAINTS_LOST = count(
        "complaints.lost",
        "Removals upheld after a complaint",
        "Of these complaints, those after which the removal stands.",
        |fact| complained(fact, |one| one.outcome == Some(Outcome::Upheld)),
    );
    /// The share of complaints that were right.
    COMPLAINTS_SUCCESS = share(
        "complaints.success",
        "Success rate of complaints",
        "Of the complaints that are decided, the share after which the removal was lifted or \
         replaced by less.",
        (
            |fact| complained(fact, |one| one.outcome.is_some()),
            |fact| complained(fact, is_won),
        ),
    );
    /// Notices.
    NOTICES = count(
        "notices",
        "Notices",
        "Items of notices received in the period that had what the law asks for.",
        |fact| noticed(fact, |_, _| true),
    );
    /// Notices assessed.
    NOTICES_ASSESSED = count(
        "notices.assessed",
        "Assessed",
        "Of these, items on which it was decided by the time of counting.",
        is_assessed,
    );
    /// Notices assessed within a day.
    NOTICES_IN_A_DAY = share(
        "notices.in_a_day",
        "Share assessed within 24 hours",
        "Of all items, the share on which it was decided within 24 hours of their receipt.",
        (
            |fact| noticed(fact, |_, _| true),
            |fact| noticed(fact, |after, _| after.is_some_and(|after| after <= DAY_MS)),
        ),
    );
    /// Notices acted on.
    NOTICES_ACTED = share(
        "notices.acted",
        "Share acted on",
        "Of the items that are assessed, the share that was restricted.",
        (is_assessed, |fact| noticed(fact, |after, is_acted| after.is_some() && is_acted)),
    );
    /// Removal orders.
    TCO_ORDERS = count(
        "tco.orders",
        "Removal orders received",
        "Removal orders under Art. 3 of Regulation (EU) 2021/784 received in the period; duplicates \
         and forged orders are left out.",
        |fact| one(fact.removal_order().is_some()),
    );
    /// Removal orders carried out.
    TCO_DONE = count(
        "tco.orders.done",
        "Removal orders carried out",
        "Of these, orders whose measure the platform confirmed.",
        |fact| one(fact.removal_order().is_some_and(|one| one.done_ms.is_some())),
    );
    /// Neither carried out nor refused.
    TCO_OPEN = count(
        "tco.orders.open",
        "Removal orders neither carried out nor sent back",
        "Of these, orders that were neither carried out nor sent back with a ground by the time of \
         counting; also those that were found not to concern a violation.",
        |fact| one(fact.removal_order().is_some_and(|one| one.done_ms.is_none() && !is_sent_back(one))),
    );
    /// Within the hour.
    TCO_IN_AN_HOUR = share(
        "tco.orders.in_an_hour",
        "Share carried out within one hour",
        "Of the orders that were not sent back with a ground, the share that was carried out within \
         one hour of the receipt (Art. 3(3)).",
        (
            |fact| one(fact.removal_order().is_some_and(|one| !is_sent_back(one))),
            |fact| one(fact.removal_order().is_some_and(|one| {
                one.done_ms.is_some_and(|after| after <= HOUR_MS)
            })),
        ),
    );
    /// How long it took.
    TCO_TIME = Measure {
        id: "tco.orders.time",
        version: 1,
        name: "Median time to carry out",
        counted: "From the receipt of an order until the platform confirmed the measure.",
        how: How::Median(|fact| fact.removal_order().and_then(|one| one.done_ms)),
    };
    /// Art. 7(3)(c), first part.
    TCO_ITEMS = count(
        "tco.items.by_orders",
        "(c) Items removed or disabled following removal orders",
        "Items that the orders carried out name and that were found here.",
        |fact| fact.removal_order().filter(|one| one.done_ms.is_some()).map_or(0, |one| one.found),
    );
    /// Art. 7(3)(c), second part.
    TCO_MEASURES = count(
        "tco.items.by_measures",
        "(c) Items removed or disabled by own decision",
        "Decisions of the period, not on orders, that newly remove content or disable access to it \
         under a policy on terrorist content: with specific measures under Art. 5, if there are any, \
         and without.",
        |fact| one(fact.restriction().is_some_and(|one| {
            one.is_of_content && fact.has_keyword(&["TERRORIST_CONTENT"]) && one.has(is_taken_away)
        })),
    );
    /// Art. 7(3)(c), third part.
    TCO_REFUSED = count(
        "tco.orders.refused",
        "(c) Removal orders not carried out (Art. 3(7) and (8))",
        "Orders that could not be carried out, by the ground that was told to the authority.",
        |fact| one(fact.removal_order().is_some_and(is_sent_back)),
    );
    /// Art. 7(3)(d).
    TCO_COMPLAINTS = count(
        "tco.complaints",
        "(d) Complaints (Art. 10)",
        "Complaints received in the period about decisions that removed terrorist content or \
         disabled access to it.",
        |fact| tco_complaint(fact, |_| true),
    );
    /// Art. 7(3)(d), outcome.
    TCO_COMPLAINTS_LOST = count(
        "tco.complaints.lost",
        "(d) Complaints rejected",
        "Of these complaints, those after which the removal stands.",
        |fact| tco_complaint(fact, |one| one.outcome == Some(Outcome::Upheld)),
    );
    /// Art. 7(3)(f).
    TCO_ANNULLED = count(
        "tco.items.annulled",
        "(f) Items reinstated after a review",
        "Items of removal orders that had been carried out and that were annulled in the period, or \
         found to infringe the Regulation, whenever they were received.",
        |fact| match fact.kind {
            Kind::Annulled { kind: DemandKind::Removal, items } => items,
            _ => 0,
        },
    );
    /// Art. 7(3)(g).
    TCO_RESTORED = count(
        "tco.items.restored",
        "(g) Items reinstated after a complaint",
        "Complaints decided in the period, whenever they were received, after which the removal was \
         lifted or replaced by less.",
        |fact| match &fact.kind {
            Kind::Settled(one_of) => one(is_tco(fact, one_of) && is_won(one_of)),
            _ => 0,
        },
    );
    /// Demands of authorities.
    DEMANDS = count(
        "demands",
        "Orders received",
        "Orders of authorities received in the period; duplicates and forged orders are left out.",
        |fact| demanded(fact, |_| true),
    );
    /// Things that they name.
    DEMAND_ITEMS = count(
        "demands.items",
        "Items",
        "Contents and recipients that these orders name, whether they were found here or not.",
        |fact| if let Kind::Demand(one) = &fact.kind { one.items } else { 0 },
    );
    /// Carried out.
    DEMANDS_DONE = count(
        "demands.done",
        "Carried out",
        "Of these, orders whose measure was confirmed, whose information was given or whose data are \
         kept.",
        |fact| demanded(fact, |one| one.done_ms.is_some()),
    );
    /// Not carried out.
    DEMANDS_REFUSED = count(
        "demands.refused",
        "Not carried out",
        "Of these, orders that could not be carried out, for a ground that was told to the \
         authority, or that were found not to concern a violation.",
        |fact| demanded(fact, |one| one.refusal.is_some()),
    );
    /// Annulled.
    DEMANDS_ANNULLED = count(
        "demands.annulled",
        "Annulled",
        "Of these, orders that were annulled afterwards.",
        |fact| demanded(fact, |one| one.is_annulled),
    );
    /// How long it took.
    DEMANDS_TIME = Measure {
        id: "demands.time",
        version: 1,
        name: "Median time to carry out",
        counted: "From the receipt of an order until it was carried out.",
        how: How::Median(|fact| match &fact.kind {
            Kind::Demand(demand) => demand.done_ms,
            _ => None,
        }),
    };
}

const fn is_of_account(effect: &Effect) -> bool {
    matches!(effect, Effect::SuspendAccount { .. } | Effect::TerminateAccount)
}

const fn is_taken_away(effect: &Effect) -> bool {
    matches!(effect, Effect::Remove | Effect::Disable { .. })
}

/// Whether an order was sent back with one of the grounds that the Regulation has.
fn is_sent_back(demand: &Demand) -> bool {
    demand.refusal.is_some_and(Refusal::is_sent_back)
}

fn is_tco(fact: &Fact<'_>, challenge: &Challenge<'_>) -> bool {
    fact.has_keyword(&["TERRORIST_CONTENT"]) && challenge.effects.iter().any(is_taken_away)
}

fn tco_complaint(fact: &Fact<'_>, is: impl Fn(&Challenge<'_>) -> bool) -> u64 {
    match &fact.kind {
        Kind::Complaint(one_of) => one(is_tco(fact, one_of) && is(one_of)),
        _ => 0,
    }
}

fn demanded(fact: &Fact<'_>, is: impl Fn(&Demand) -> bool) -> u64 {
    match &fact.kind {
        Kind::Demand(demand) => one(is(demand)),
        _ => 0,
    }
}
