//! Complaints, disputes and suspensions (sheet 7).

use documents::report::{Figures, Place};
use documents::tables::Entry;
use documents::template::{COMPLAINT_TYPES, SheetId};
use engine::Error;
use jiff::SignedDuration;
use legal::notice::NoticeChannel;
use review::CaseId;
use store::{FilingFilter, FilingRow, Store};
use types::{Axis, Effect, Event};

use crate::filings::{self, appeals, notices};
use crate::reports::{Counting, case, closed_ms, filings as received};

const SHEET: SheetId = SheetId::Appeals;
const ALL: &str = "Number of complaints submitted to the internal-complaints mechanism";
const IMPOSED: &str = "Number of restrictions newly imposed as a result of an internal complaint";
const DISPUTES: &str = "Number of disputes submitted to out-of-court dispute settlement bodies";
const OUTCOMES: [&str; 4] = [
    "Decisions upheld",
    "Decisions partially reversed",
    "Decisions reversed",
    "Percentage of outcomes implemented",
];
const UNFOUNDED_NOTICES: &str =
    "Number of suspensions enacted for the provision of manifestly unfounded notices";
const NOT_COUNTED: [&str; 2] = [
    "Number of suspensions enacted for the provision of manifestly illegal content",
    "Number of suspensions enacted for the provision of manifestly unfounded complaints",
];

pub(super) async fn count(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
) -> Result<(), Error> {
    for row in received(store, counting, "appeal").await? {
        figures.of(|| Entry::Complaint(row.id.clone()));
        complaint(store, counting, figures, &row).await?;
    }
    // A dispute may be about a complaint of an earlier period.
    let filter = FilingFilter { kind: "appeal".to_owned(), ..FilingFilter::default() };
    for row in crate::reports::all_filings(store, filter).await? {
        figures.of(|| Entry::Complaint(row.id.clone()));
        dispute(counting, figures, &row);
    }
    for scope in OUTCOMES {
        figures.leave_scope_blank(SHEET, DISPUTES, scope);
    }
    let words = "What bodies decided is kept in their own words and is not told apart here.";
    figures.explain(SHEET, DISPUTES, words);
    suspensions(store, counting, figures).await?;
    Ok(())
}

async fn complaint(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
    row: &FilingRow,
) -> Result<(), Error> {
    let case = case(store, row.case).await?;
    let kind = kind(store, row).await?;
    let closed = case.as_ref().and_then(|case| Some((case, closed_ms(case, counting.known_at)?)));
    let outcome = closed.map(|(case, _)| match filings::appeal(case) {
        "upheld" => "Decisions upheld",
        "reversed" => "Decisions reversed",
        _ => "Decisions partially reversed",
    });
    for indicator in [ALL, COMPLAINT_TYPES[kind]] {
        figures.add(Place::of(SHEET, indicator, "Total number"), 1);
        if let Some(outcome) = outcome {
            figures.add(Place::of(SHEET, indicator, outcome), 1);
        }
        if let Some((_, at_ms)) = closed {
            let place = Place::of(SHEET, indicator, "Median time");
            figures.span(place, at_ms - row.received_ms);
        }
    }
    if outcome.is_none() {
        figures.add(Place::of(SHEET, ALL, "Decision omitted"), 1);
    }
    // Whoever complained that nothing was done, and was right.
    let is_about_nothing = kind >= ABOUT_NOTICES;
    if is_about_nothing && outcome == Some("Decisions reversed") {
        figures.add(Place::of(SHEET, IMPOSED, "Total number"), 1);
    }
    Ok(())
}

/// The first of the types that are about notices.
const ABOUT_NOTICES: usize = 4;

/// The type of a complaint, by its place in [`COMPLAINT_TYPES`]: by the severest restriction of the
/// decision, or by the notice that was not acted on.
async fn kind(store: &Store, row: &FilingRow) -> Result<usize, Error> {
    let Some(found) = store.decision(&row.reference).await?.into_iter().next() else {
        return Ok(ABOUT_NOTICES);
    };
    // The names of its effects stay if the decision was erased.
    let effects = found.effects.split(' ').filter_map(Effect::named);
    let axes: Vec<Axis> = effects.filter(Effect::restricts).map(|effect| effect.axis()).collect();
    let order = [(Axis::Account, 2), (Axis::Service, 1), (Axis::Visibility, 0), (Axis::Money, 3)];
    if let Some((_, at)) = order.into_iter().find(|(axis, _)| axes.contains(axis)) {
        return Ok(at);
    }
    // The case that was closed without a measure names the notices.
    let mut is_trusted = false;
    for row in store.log(found.seq, found.seq + 1).await? {
        let event = row.event.as_deref().and_then(|json| Event::parse(json).ok());
        let case = event.and_then(|event| event.data.case?.id.parse::<CaseId>().ok());
        let Some(case) = case else { continue };
        let filings = store.filings_of_case(case.0).await?;
        let from_trusted = |row: &FilingRow| {
            row.kind == "notice" && notices::channel_of(row) == NoticeChannel::TrustedFlagger
        };
        is_trusted |= filings.iter().any(from_trusted);
    }
    Ok(if is_trusted { ABOUT_NOTICES + 1 } else { ABOUT_NOTICES })
}

/// A dispute before a certified body. What a body decided is kept in words only, so that outcomes
/// are not told apart.
fn dispute(counting: &Counting, figures: &mut Figures, row: &FilingRow) {
    let Ok(Some(dispute)) = appeals::dispute_of(row) else { return };
    if !counting.period.contains(dispute.received_at) {
        return;
    }
    figures.add(Place::of(SHEET, DISPUTES, "Total number"), 1);
    match dispute.decided_at.filter(|at| *at <= counting.known_at) {
        None => figures.add(Place::of(SHEET, DISPUTES, "Decision omitted"), 1),
        Some(at) => {
            let ms = at.as_millisecond() - dispute.received_at.as_millisecond();
            figures.span(Place::of(SHEET, DISPUTES, "Median time"), ms);
        }
    }
}

/// Suspensions of notifiers (Art. 23(2) DSA); others are not told apart from measures against
/// accounts.
async fn suspensions(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
) -> Result<(), Error> {
    let mut count = 0;
    for party in store.notifiers().await? {
        let record: legal::misuse::Record = serde_json::from_str(&party.body).unwrap_or_default();
        count += u64::from(record.suspended_until.is_some_and(|until| {
            let days = i64::from(legal::misuse::Policy::default().suspend_days);
            let begun = until.checked_sub(SignedDuration::from_hours(24 * days));
            begun.is_ok_and(|begun| counting.period.contains(begun))
        }));
    }
    figures.add(Place::of(SHEET, UNFOUNDED_NOTICES, "Total number"), count);
    for indicator in NOT_COUNTED {
        let why = "Not counted apart from other measures against accounts.";
        figures.leave_blank(SHEET, indicator, why);
    }
    Ok(())
}
