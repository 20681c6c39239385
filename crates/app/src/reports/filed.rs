//! Orders of authorities (sheet 3) and notices (sheet 4).

use std::collections::{BTreeMap, BTreeSet};

use documents::report::{Class, Figures, Place};
use documents::tables::Entry;
use documents::template::{MEMBER_STATES, SHEETS, SheetId};
use engine::Error;
use legal::notice::NoticeChannel;
use legal::order::OrderKind;
use review::Finding;
use store::{FilingRow, Filter, Store};
use types::EventType;

use crate::filings::notices;
use crate::orders::standing;
use crate::orders::taking::StoredOrder;
use crate::reports::{Counting, case, closed_ms, filings};

/// The columns with figures of a sheet, in order.
fn columns(sheet: SheetId, before: usize) -> Vec<&'static str> {
    SHEETS[usize::from(sheet.number()) - 1].header().skip(before).collect()
}

pub(super) async fn orders(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
) -> Result<(), Error> {
    const SHEET: SheetId = SheetId::Orders;
    let columns = columns(SHEET, 6);
    let (mut unread, mut unassigned) = (0_u64, 0_u64);
    for row in filings(store, counting, "order").await? {
        if matches!(row.state.as_str(), "duplicate" | "forged") {
            continue;
        }
        let Ok(kept) = StoredOrder::read(&row) else {
            unread += 1;
            continue;
        };
        figures.of(|| Entry::Order(row.id.clone()));
        let kind = kept.order.kind;
        // The receipt is confirmed in the answer to the order.
        let (count, receipt, effect) = match kind {
            OrderKind::Removal | OrderKind::Act => (0, 2, 3),
            OrderKind::Inform => (4, 5, 6),
            OrderKind::Retention => continue,
        };
        let state = member_state(&kept.order.issuing_member_state);
        unassigned += u64::from(state.is_none());
        let class = class_of(kind, state);
        figures.add_class((SHEET, columns[count]), &class, 1);
        figures.span_class((SHEET, columns[receipt]), &class, 0);
        if kind != OrderKind::Inform {
            let items = kept.order.urls.len() as u64;
            figures.add_class((SHEET, columns[1]), &class, items);
        }
        let done_ms = carried_out_ms(store, counting, (&row, &kept)).await?;
        if let Some(done_ms) = done_ms.filter(|_| kept.annulled_at.is_none()) {
            figures.span_class((SHEET, columns[effect]), &class, done_ms - row.received_ms);
        }
    }
    let words = "The receipt is confirmed at once, automatically.";
    for at in [2, 5] {
        figures.explain(SHEET, columns[at], words);
    }
    let mut words = Vec::new();
    if unread > 0 {
        words.push(format!("{unread} orders whose text was erased are not counted."));
    }
    if unassigned > 0 {
        words
            .push(format!("{unassigned} orders name no member state; they are in the total only."));
    }
    if !words.is_empty() {
        figures.explain(SHEET, columns[0], &words.join(" "));
    }
    Ok(())
}

/// The member state as the template writes it; `None` if it is none.
fn member_state(code: &str) -> Option<&'static str> {
    let code = if code == "EL" { "GR" } else { code };
    MEMBER_STATES.into_iter().find(|state| *state == code)
}

/// Orders name no category; removal orders are about terrorist content by law.
fn class_of(kind: OrderKind, scope: Option<&str>) -> Class<'_> {
    match kind {
        OrderKind::Removal => Class {
            category: "RISK_FOR_PUBLIC_SECURITY",
            keyword: Some("TERRORIST_CONTENT"),
            other: "",
            scope,
        },
        _ => Class { category: "NOT_SPECIFIED_ORDER", keyword: None, other: "", scope },
    }
}

/// When an order had been carried out, whatever became of it.
pub(super) async fn carried_out_ms(
    store: &Store,
    counting: &Counting,
    (row, kept): (&FilingRow, &StoredOrder),
) -> Result<Option<i64>, Error> {
    let Some(case) = case(store, row.case).await? else { return Ok(None) };
    let closed_ms = closed_ms(&case, counting.known_at);
    let is_given = case.verdict.as_ref().is_some_and(|one| one.finding == Finding::Violation);
    if matches!(kept.order.kind, OrderKind::Inform | OrderKind::Retention) {
        return Ok(closed_ms.filter(|_| is_given));
    }
    let confirmed = match kept.annulled_at {
        // The verdict that carried it out was taken back since.
        Some(_) => kept.confirmed.clone(),
        None => standing::confirmed(kept, closed_ms).filter(|_| is_given),
    };
    let known = confirmed.map(|confirmed| confirmed.at).filter(|at| *at <= counting.known_at);
    Ok(known.map(jiff::Timestamp::as_millisecond))
}

/// A notice that is counted: one, whatever the number of its items.
struct Counted {
    /// The id of its first item.
    id: String,
    is_trusted: bool,
    is_by_machine: bool,
}

pub(super) async fn notices(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
) -> Result<(), Error> {
    const SHEET: SheetId = SheetId::Notices;
    let columns = columns(SHEET, 5);
    let laws = laws(store).await?;
    let mut all: BTreeMap<String, Counted> = BTreeMap::new();
    for row in filings(store, counting, "notice").await? {
        let channel = notices::channel_of(&row);
        if row.state == "insufficient" || channel == NoticeChannel::RapidResponse {
            continue;
        }
        figures.of(|| Entry::Notice(row.id.clone()));
        let category = notices::category_of(&row);
        let category = category.as_deref().unwrap_or("NOT_SPECIFIED_NOTICE");
        let other = format!("No sub-category given by notifiers ({category})");
        let class = Class { category, keyword: None, other: &other, scope: None };
        let is_trusted = channel == NoticeChannel::TrustedFlagger;
        let mut add = |at: usize, count: u64| {
            figures.add_class((SHEET, columns[at]), &class, count);
            if is_trusted {
                figures.add_class((SHEET, columns[at + 1]), &class, count);
            }
        };
        let is_first = !all.contains_key(&row.reference);
        if is_first {
            add(0, 1);
        }
        add(2, 1);
        let case = case(store, row.case).await?;
        let by_machine = at_once(store, &row).await?;
        let by_people = case.as_ref().and_then(|case| action(case, counting));
        let action = by_machine.clone().or(by_people);
        if let Some((policy, _)) = &action {
            add(if laws.contains(policy) { 6 } else { 8 }, 1);
        }
        if let Some((_, at_ms)) = action {
            let ms = at_ms - row.received_ms;
            figures.span_class((SHEET, columns[4]), &class, ms);
            if is_trusted {
                figures.span_class((SHEET, columns[5]), &class, ms);
            }
        }
        let judge = case.as_ref().and_then(review::Case::judge);
        let is_by_machine =
            judge == Some(review::AUTOMATIC) || (judge.is_none() && by_machine.is_some());
        let counted = Counted { id: row.id.clone(), is_trusted, is_by_machine };
        let known = all.entry(row.reference.clone()).or_insert(counted);
        known.is_by_machine &= is_by_machine;
    }
    processed(figures, &all);
    Ok(())
}

/// The policy of a decision that restricts, and when it was made.
pub(super) fn action(case: &review::Case, counting: &Counting) -> Option<(String, i64)> {
    let verdict = case.verdict.as_ref()?;
    let restricts = verdict
        .effects
        .iter()
        .any(|effect| effect.parse::<types::Effect>().is_ok_and(|effect| effect.restricts()));
    let is_action = verdict.finding == Finding::Violation && restricts;
    let at_ms = closed_ms(case, counting.known_at)?;
    is_action.then(|| (verdict.policy.clone(), at_ms))
}

/// The policy of a decision by which rules restricted what a notice is about as it came, and when.
pub(super) async fn at_once(
    store: &Store,
    row: &FilingRow,
) -> Result<Option<(String, i64)>, Error> {
    let Some(subject) = row.subject.clone() else { return Ok(None) };
    let filter = Filter {
        subject: Some(subject),
        r#type: Some(EventType::NoticeReceived.name().to_owned()),
        // The event is made while the notice is taken.
        from_ms: Some(row.received_ms - 1000),
        until_ms: Some(row.received_ms + 1000),
        limit: 10,
        ..Filter::default()
    };
    let rows = store.decisions(&filter).await?.rows;
    let restricts = |row: &&store::Listed| {
        let mut effects = row.effects.split(' ').filter_map(types::Effect::named);
        effects.any(|effect| effect.restricts())
    };
    Ok(rows.iter().find(restricts).map(|row| (row.policy.clone(), row.time_ms)))
}

/// The policies in force that name a law.
async fn laws(store: &Store) -> Result<BTreeSet<String>, Error> {
    let Some(policy_set) = engine::replay::in_force(store).await? else {
        return Ok(BTreeSet::new());
    };
    let checked = policy_set.check();
    let policies = checked.program.map(|program| program.policies).unwrap_or_default();
    let named = policies.into_iter().filter(|policy| policy.dsa.law.is_some());
    Ok(named.map(|policy| policy.id).collect())
}

/// Sheet 8: who processed the notices.
fn processed(figures: &mut Figures, all: &BTreeMap<String, Counted>) {
    let indicators = [
        "Number of notices not processed by automated means",
        "Number of notices solely processed by automated means",
    ];
    for one in all.values() {
        figures.of(|| Entry::Notice(one.id.clone()));
        let indicator = indicators[usize::from(one.is_by_machine)];
        figures.add(Place::of(SheetId::Automated, indicator, "NAM Total"), 1);
        if one.is_trusted {
            figures.add(Place::of(SheetId::Automated, indicator, "NAM Trusted Flagger"), 1);
        }
    }
}
