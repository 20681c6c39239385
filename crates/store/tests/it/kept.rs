//! The contract for what is derived from the log, and for what lies beside it.

use std::collections::BTreeSet;

use ledger::Salt;
use store::{
    Batch, ChangeRow, RefusedRow, ReportFilter, ReportPart, ReportRow, ReportState, RowChange,
    StatementEnd, StatementFilter, StatementRow, StatementState, Store, Stretch,
};

use crate::contract::{Hand, attribute, key};

pub(crate) async fn counts_are_summed_by_key_and_by_day(open: impl AsyncFn(&str) -> Store) {
    let store = open("counts").await;
    assert!(store.has_no_daily_counts().await.unwrap());
    let mut batch = Batch::default();
    for (key, day, count) in [("spam", 1, 2), ("spam", 2, 3), ("civic", 2, 4)] {
        batch.daily_counts.insert(("rule", key.to_owned(), day), count);
    }
    batch.daily_counts.insert(("events", String::new(), 1), 1);
    store.commit(&batch).await.unwrap();
    store.commit(&batch).await.unwrap();
    let by_key = store.daily_count("rule").await.unwrap();
    assert_eq!((by_key["spam"], by_key["civic"]), (10, 8));
    let by_day = store.daily_count_by_day("rule").await.unwrap();
    assert_eq!((by_day[&1], by_day[&2]), (4, 14));
    assert_eq!(store.daily_counts().await.unwrap().len(), 4);
    assert!(!store.has_no_daily_counts().await.unwrap());
}

pub(crate) async fn refused_records_are_paged_from_the_newest(open: impl AsyncFn(&str) -> Store) {
    let store = open("refused").await;
    let row = |place| RefusedRow {
        at_ms: 1,
        sender: "key".to_owned(),
        place,
        reason: "not_json".to_owned(),
        message: "no JSON".to_owned(),
        excerpt: "x".to_owned(),
    };
    let refused = (1..=5).map(row).collect();
    store.commit(&Batch { refused, ..Batch::default() }).await.unwrap();
    let page = store.refused(None, 2).await.unwrap();
    assert_eq!(page.iter().map(|(_, row)| row.place).collect::<Vec<_>>(), [5, 4]);
    let next = store.refused(Some(page[1].0), 9).await.unwrap();
    assert_eq!(next.iter().map(|(_, row)| row.place).collect::<Vec<_>>(), [3, 2, 1]);
}

pub(crate) async fn names_lead_to_their_places(open: impl AsyncFn(&str) -> Store) {
    let store = open("named").await;
    let names = |names: &[(u32, u16)]| names.iter().copied().collect::<BTreeSet<_>>();
    let stretches = vec![
        Stretch::new(0, 100, &names(&[(7, 3), (7, 9), (8, 4)])),
        Stretch::new(100, 150, &names(&[(7, 1)])),
    ];
    store.commit(&Batch { stretches: stretches.clone(), ..Batch::default() }).await.unwrap();
    assert_eq!(store.named_until().await.unwrap(), 150);
    assert_eq!(store.stretches().await.unwrap(), [(0, 100), (100, 150)]);
    assert_eq!(store.stretch(100).await.unwrap().as_ref(), Some(&stretches[1]));
    assert_eq!(store.stretch(5).await.unwrap(), None);
    assert_eq!(store.named(&[7]).await.unwrap(), BTreeSet::from([3, 9, 101]));
    assert_eq!(store.named(&[8, 9]).await.unwrap(), BTreeSet::from([4]));
    let left = store.named_without(&BTreeSet::from([9])).await.unwrap();
    assert_eq!(left, [Stretch::new(0, 100, &names(&[(7, 3), (8, 4)]))], "only what changes");
}

pub(crate) async fn changes_are_read_with_the_rows_that_they_leave(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("changes").await;
    assert!(store.is_unproven().await.unwrap(), "until all rows are entered");
    let change = |seq| ChangeRow { seq, salt: Some(Salt([9; 16])), rows: Some(b"[]".to_vec()) };
    let row = store::RowChange::setting("colour", "blue");
    let batch =
        Batch { changes: vec![change(4), change(6)], rows: vec![row.clone()], ..Batch::default() };
    store.commit(&Batch { proves_all: true, ..batch }).await.unwrap();
    assert!(!store.is_unproven().await.unwrap());
    assert_eq!(store.changes(0, 6).await.unwrap(), [change(4)]);
    let (mut begun, mut seen) = (Vec::new(), Vec::new());
    let mut begin = |change: ChangeRow| {
        begun.push(change.seq);
        Ok(())
    };
    store.rows_at_once(5, &mut begin, &mut |row| seen.push(row.unwrap())).await.unwrap();
    assert_eq!((begun, seen), (vec![6], vec![row]), "as one moment has both");
}

pub(crate) async fn the_index_leads_to_every_entry(open: impl AsyncFn(&str) -> Store) {
    let store = open("led").await;
    let batch = Hand::new().batch(40);
    store.commit(&batch).await.unwrap();
    let mut sums = store.key_sums().await.unwrap();
    for log in &batch.log {
        let record = batch.records.iter().find(|record| record.seq == log.seq);
        sums.add(log, record);
    }
    assert!(store.misled(&sums, 40).await.unwrap().is_empty());
    let days = store.days().await.unwrap();
    assert_eq!(days.into_iter().collect::<Vec<_>>(), [(0, (0, 38))], "decisions of the first day");
    let mut effects = Vec::new();
    store.each_effect(|effect, seq| effects.push((effect.to_owned(), seq))).await.unwrap();
    let of = |name: &str| effects.iter().filter(|(effect, _)| effect == name).count();
    assert_eq!((of("remove"), of("notify"), of("limit")), (10, 10, 10));
    let policies = ["p.one".to_owned()];
    let found = store.restricted(&["content/4", "content/6"], &policies).await.unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["content/4"], "the other is under p.two");
    assert!(store.restricted(&["content/4"], &[]).await.unwrap().is_empty());
    assert_eq!(store.taken(key(5)).await.unwrap(), Some(5));
    assert_eq!(store.sharing(attribute(1), 9).await.unwrap(), [5, 4, 3]);
}

pub(crate) async fn a_full_disk_refuses_and_has_room_again(open: impl AsyncFn(&str) -> Store) {
    let store = open("full").await;
    store.try_writing().await.unwrap();
    store.limit_pages(Some(0)).await.unwrap();
    let batch = Hand::new().batch(2000);
    let refused = store.commit(&batch).await.unwrap_err();
    assert!(matches!(refused, store::Error::Full), "{refused}");
    assert_eq!(store.size().await.unwrap(), 0, "nothing of it is there");
    store.limit_pages(None).await.unwrap();
    store.commit(&batch).await.unwrap();
    assert_eq!(store.size().await.unwrap(), 2000);
}

/// A statement of the decision at place `seq`.
fn statement(seq: u64) -> StatementRow {
    StatementRow {
        seq,
        puid: format!("p-{seq}"),
        made_ms: seq as i64 * 86_400_000,
        body: "{}".to_owned(),
        state: StatementState::Waiting,
        changed_ms: 1,
        uuid: None,
        error: None,
    }
}

pub(crate) async fn a_decision_is_stated_once(open: impl AsyncFn(&str) -> Store) {
    let store = open("stated").await;
    assert_eq!(store.stated_until(3).await.unwrap(), 3, "it begins where it is told to");
    assert_eq!(store.stated_until(9).await.unwrap(), 3, "and only once");
    store.add_statements(8, &[statement(5), statement(7)]).await.unwrap();
    let other = StatementRow { body: "other".to_owned(), ..statement(5) };
    store.add_statements(6, &[other]).await.unwrap();
    assert_eq!(store.stated_until(0).await.unwrap(), 8, "it does not go back");
    assert_eq!(store.statement("p-5").await.unwrap(), Some(statement(5)), "and changes nothing");
}

pub(crate) async fn a_statement_that_was_sent_stays_so(open: impl AsyncFn(&str) -> Store) {
    let store = open("statements").await;
    let all = [statement(4), statement(5), statement(7)];
    store.add_statements(8, &all).await.unwrap();
    let end = |seq, state, error: Option<&str>| StatementEnd {
        seq,
        state,
        uuid: None,
        error: error.map(str::to_owned),
    };
    let ends = [
        StatementEnd { uuid: Some("u".to_owned()), ..end(4, StatementState::Sent, None) },
        end(5, StatementState::Refused, Some("no")),
    ];
    store.settle_statements(&ends, 9).await.unwrap();
    store.settle_statements(&[end(4, StatementState::Refused, None)], 10).await.unwrap();
    let sent = store.statement("p-4").await.unwrap().unwrap();
    assert_eq!((sent.state, sent.uuid.as_deref()), (StatementState::Sent, Some("u")));
    let places = async |filter: StatementFilter| {
        let rows = store.statements(&filter, 9).await.unwrap();
        rows.into_iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(places(StatementFilter::default()).await, [7, 5, 4]);
    let waiting = Some(StatementState::Waiting);
    assert_eq!(places(StatementFilter { state: waiting, ..Default::default() }).await, [7]);
    let page = StatementFilter { before: Some(7), from: Some(5), ..Default::default() };
    assert_eq!(places(page).await, [5]);
    let oldest = StatementFilter { is_oldest_first: true, ..Default::default() };
    assert_eq!(places(oldest).await, [4, 5, 7]);
    let counts = store.statement_counts().await.unwrap();
    assert_eq!(counts[&(5, StatementState::Refused)], 1);
    assert!(!store.remake_statement(&statement(4)).await.unwrap(), "it is sent");
    let anew = StatementRow { body: r#"{"a":1}"#.to_owned(), ..statement(5) };
    assert!(store.remake_statement(&anew).await.unwrap());
    assert_eq!(store.statement("p-5").await.unwrap(), Some(anew));
    assert_eq!(store.statement_counts().await.unwrap()[&(5, StatementState::Waiting)], 1);
}

fn report(id: u64, regime: &str, state: ReportState) -> ReportRow {
    let step = |is: bool| is.then(|| (7, "ben".to_owned()));
    ReportRow {
        id,
        regime: regime.to_owned(),
        first_day: "2026-01-01".to_owned(),
        last_day: if id < 3 { "2026-06-30" } else { "2026-12-31" }.to_owned(),
        version: id,
        state,
        made_ms: 5,
        author: "staff ana".to_owned(),
        signed: step(state > ReportState::Draft),
        published: step(state == ReportState::Published),
        body: "{}".to_owned(),
    }
}

pub(crate) async fn a_report_has_its_parts_and_is_found_by_its_period(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("reports").await;
    assert_eq!(store.next_report().await.unwrap(), 1);
    let kept = [
        report(1, "dsa", ReportState::Published),
        report(2, "dsa", ReportState::Draft),
        report(3, "hate", ReportState::Signed),
    ];
    let part = ReportPart { report: 1, name: "tables".to_owned(), text: "[]".to_owned() };
    let mut all: Vec<RowChange> = kept.iter().map(RowChange::from).collect();
    all.push(RowChange::from(&part));
    store.commit(&Batch { rows: all, ..Batch::default() }).await.unwrap();
    assert_eq!(store.report(1).await.unwrap().as_ref(), Some(&kept[0]));
    assert_eq!(store.report(9).await.unwrap(), None);
    assert_eq!(store.report_part(1, "tables").await.unwrap(), Some("[]".to_owned()));
    assert_eq!(store.report_part(2, "tables").await.unwrap(), None);
    assert_eq!(store.next_report().await.unwrap(), 4);
    let any = ReportFilter::default;
    let days = Some(("2026-01-01".to_owned(), "2026-06-30".to_owned()));
    for (filter, ids) in [
        (any(), vec![3, 2, 1]),
        (ReportFilter { before: Some(3), ..any() }, vec![2, 1]),
        (ReportFilter { regime: Some("hate".to_owned()), ..any() }, vec![3]),
        (ReportFilter { state: Some(ReportState::Published), ..any() }, vec![1]),
        (ReportFilter { days, ..any() }, vec![2, 1]),
    ] {
        let found = store.reports(&filter, 9).await.unwrap();
        assert_eq!(found.into_iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{filter:?}");
    }
    let twice = ReportRow { id: 4, version: 1, ..report(1, "dsa", ReportState::Draft) };
    let again = Batch { rows: vec![RowChange::from(&twice)], ..Batch::default() };
    assert!(store.commit(&again).await.is_err(), "one version is one report");
}

pub(crate) async fn events_are_read_without_those_that_were_erased(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("events").await;
    let mut batch = Hand::new().batch(3);
    batch.log[1].event = None;
    store.commit(&batch).await.unwrap();
    let read = async |from, until| store.events(from, until).await.unwrap();
    assert_eq!(read(0, 9).await, [b"event 0".to_vec(), b"event 2".to_vec()]);
    assert!(read(1, 2).await.is_empty());
}
