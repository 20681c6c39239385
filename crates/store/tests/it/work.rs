//! The contract for people's work: cases, filings, holds, parties, proposals, the audit trail.

use store::{
    AuditRow, Batch, CaseFilter, CaseRow, Decided, FilingFilter, FilingRow, HoldRow, PartyRow,
    Proposal, ProposalOutcome, Proposed, RowChange, SHAPES, Store,
};
use types::{EventSelector, Subject};

/// A commit of rows alone.
pub(crate) fn rows(rows: impl IntoIterator<Item = RowChange>) -> Batch {
    Batch { rows: rows.into_iter().collect(), ..Batch::default() }
}

fn case(id: u64, state: &'static str, opened_ms: i64) -> CaseRow {
    CaseRow {
        id,
        kind: if id == 4 { "golden" } else { "review" },
        state,
        queue: if id.is_multiple_of(2) { "civic" } else { "general" }.to_owned(),
        language: "ro".to_owned(),
        holder: if state == "waiting" { "" } else { "ana" }.to_owned(),
        subject: format!("content/v-{id}"),
        opened_ms,
        closed_ms: (state == "closed").then_some(opened_ms + 100),
        body: format!("{{\"id\":{id}}}"),
        ..CaseRow::default()
    }
}

async fn some_cases(store: &Store) {
    let kept = [
        case(1, "closed", 1000),
        case(2, "waiting", 2000),
        case(3, "held", 3000),
        case(4, "closed", 4000),
    ];
    store.commit(&rows(kept.iter().map(RowChange::from))).await.unwrap();
}

pub(crate) async fn cases_are_filtered(open: impl AsyncFn(&str) -> Store) {
    let store = open("filtered").await;
    some_cases(&store).await;
    let found = async |filter: CaseFilter| {
        let found = store.cases(&filter, 9).await.unwrap();
        found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(found(CaseFilter::default()).await, [4, 3, 2, 1], "the newest first");
    assert_eq!(found(CaseFilter { queue: some("civic"), ..CaseFilter::default() }).await, [4, 2]);
    assert_eq!(
        found(CaseFilter { holder: some("ana"), before: Some(4), ..CaseFilter::default() }).await,
        [3, 1]
    );
    let filter = CaseFilter { subject: some("content/v-3"), ..CaseFilter::default() };
    assert_eq!(found(filter).await, [3]);
}

pub(crate) async fn cases_are_found_by_state_and_time(open: impl AsyncFn(&str) -> Store) {
    let store = open("cases").await;
    assert_eq!(store.next_case().await.unwrap(), 1);
    some_cases(&store).await;
    assert_eq!(store.next_case().await.unwrap(), 5);
    assert_eq!(store.case(2).await.unwrap().as_deref(), Some("{\"id\":2}"));
    assert_eq!(store.case(9).await.unwrap(), None);
    assert_eq!(store.open_case_ids(0, 9).await.unwrap(), [2, 3]);
    let open = store.open_cases(2, 9).await.unwrap();
    assert_eq!(open, [(3, Some("{\"id\":3}".to_owned()))], "those after the second");
    assert_eq!(store.closed_cases((1000, 2000), 9).await.unwrap(), ["{\"id\":1}"]);
    assert_eq!(store.closed_cases((0, 9000), 9).await.unwrap().len(), 2);
    assert_eq!(store.golden_cases().await.unwrap(), ["{\"id\":4}"]);
    let arrived = store.arrivals(2000).await.unwrap();
    let counted = |queue: &str, count| (queue.to_owned(), "ro".to_owned(), count);
    assert_eq!(arrived, [counted("civic", 2), counted("general", 1)]);
}

pub(crate) async fn the_same_number_is_the_same_case(open: impl AsyncFn(&str) -> Store) {
    let store = open("same_case").await;
    some_cases(&store).await;
    let closed = CaseRow { state: "closed", closed_ms: Some(5000), ..case(2, "closed", 2000) };
    store.commit(&rows([RowChange::from(&closed)])).await.unwrap();
    assert_eq!(store.open_case_ids(0, 9).await.unwrap(), [3]);
    assert_eq!(store.next_case().await.unwrap(), 5);
}

fn filing(id: &str, kind: &str, received_ms: i64) -> FilingRow {
    FilingRow {
        id: id.to_owned(),
        kind: kind.to_owned(),
        party: "flagger".to_owned(),
        fingerprint: format!("print of {kind}"),
        case: Some(7),
        received_ms,
        state: "open".to_owned(),
        body: Some("{}".to_owned()),
        ..FilingRow::default()
    }
}

pub(crate) async fn filings_are_found_by_kind_sender_and_case(open: impl AsyncFn(&str) -> Store) {
    let store = open("filings").await;
    let forged = FilingRow { state: "forged".to_owned(), ..filing("o-0", "order", 1) };
    let other = FilingRow { party: String::new(), case: None, ..filing("n-3", "notice", 30) };
    let kept = [
        filing("n-1", "notice", 10),
        filing("n-2", "notice", 20),
        other,
        forged,
        filing("o-1", "order", 5),
    ];
    store.commit(&rows(kept.iter().map(RowChange::from))).await.unwrap();
    assert_eq!(store.filing("n-1").await.unwrap().as_ref(), Some(&kept[0]));
    assert_eq!(store.filing("n-9").await.unwrap(), None);
    let ids = async |filter: FilingFilter| {
        let found = store.filings(&filter, 9).await.unwrap();
        found.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let notices = FilingFilter { kind: "notice".to_owned(), ..FilingFilter::default() };
    assert_eq!(ids(notices.clone()).await, ["n-3", "n-2", "n-1"], "the newest first");
    let theirs = FilingFilter { party: Some("flagger".to_owned()), ..notices.clone() };
    assert_eq!(ids(theirs).await, ["n-2", "n-1"]);
    let between = FilingFilter { before_ms: Some(30), since_ms: Some(20), ..notices.clone() };
    assert_eq!(ids(between).await, ["n-2"]);
    let answered = FilingFilter { state: Some("answered".to_owned()), ..notices };
    assert!(ids(answered).await.is_empty());
    let same = store.same_filing("order", "print of order").await.unwrap();
    assert_eq!(same.map(|row| row.id).as_deref(), Some("o-1"), "what is forged repeats nothing");
    let of_case = store.filings_of_case(7).await.unwrap();
    assert_eq!(of_case.first().map(|row| row.id.as_str()), Some("o-0"), "the oldest first");
    assert_eq!(of_case.len(), 4);
    assert_eq!(store.filings_of("flagger").await.unwrap().len(), 4);
}

pub(crate) async fn holds_end_by_time_or_by_release(open: impl AsyncFn(&str) -> Store) {
    let store = open("holds").await;
    let hold = |id: &str, from_ms, until_ms, released_ms| HoldRow {
        id: id.to_owned(),
        scope: EventSelector {
            subjects: vec![Subject::new("content", id)],
            ..EventSelector::default()
        },
        reason: "an order".to_owned(),
        filing: Some("o-1".to_owned()),
        from_ms,
        until_ms,
        released_ms,
    };
    let kept =
        [hold("h-1", 1, None, None), hold("h-2", 2, Some(50), None), hold("h-3", 3, None, Some(9))];
    store.commit(&rows(kept.iter().map(RowChange::from))).await.unwrap();
    let ids = |rows: Vec<HoldRow>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(store.holds(10).await.unwrap()), ["h-2", "h-1"], "the newest first");
    assert_eq!(ids(store.holds(50).await.unwrap()), ["h-1"]);
    assert_eq!(ids(store.holds_of("o-1").await.unwrap()), ["h-1", "h-2", "h-3"]);
    assert_eq!(store.hold("h-2").await.unwrap().as_ref(), Some(&kept[1]));
    assert_eq!(store.hold("h-9").await.unwrap(), None);
}

pub(crate) async fn parties_are_listed_and_notifiers_are_not(open: impl AsyncFn(&str) -> Store) {
    let store = open("parties").await;
    let party = |id: &str, kind: &str| PartyRow {
        id: id.to_owned(),
        kind: kind.to_owned(),
        body: "{}".to_owned(),
    };
    let kept = [party("b", "authority"), party("a", "trusted_flagger"), party("c", "notifier")];
    store.commit(&rows(kept.iter().map(RowChange::from))).await.unwrap();
    let listed = store.parties().await.unwrap();
    assert_eq!(listed, [kept[1].clone(), kept[0].clone()], "by id");
    assert_eq!(store.party("c").await.unwrap().as_ref(), Some(&kept[2]));
    assert_eq!(store.notifiers().await.unwrap(), [kept[2].clone()]);
    store.commit(&rows([RowChange::from(&kept[0]).removal()])).await.unwrap();
    assert_eq!(store.party("b").await.unwrap(), None);
}

pub(crate) async fn proposals_are_open_until_they_are_decided(open: impl AsyncFn(&str) -> Store) {
    let store = open("proposals").await;
    assert_eq!(store.next_proposal().await.unwrap(), 1);
    let proposed = Proposed {
        made_ms: 1,
        author: "ana".to_owned(),
        reason: "a word spreads".to_owned(),
        base: "v".to_owned(),
        files: "{}".to_owned(),
        summary: "one file".to_owned(),
    };
    let open_one = |id| Proposal { id, proposed: proposed.clone(), decided: None };
    store.commit(&rows([1, 2].map(|id| RowChange::from(&open_one(id))))).await.unwrap();
    assert_eq!(
        (store.next_proposal().await.unwrap(), store.open_proposals().await.unwrap()),
        (3, 2)
    );
    let decided = Decided {
        outcome: ProposalOutcome::Approved,
        at_ms: 2,
        by: "ben".to_owned(),
        reason: "read it".to_owned(),
        version: Some("w".to_owned()),
    };
    let approved = Proposal { decided: Some(decided), ..open_one(1) };
    store.commit(&rows([RowChange::from(&approved)])).await.unwrap();
    assert_eq!(store.proposal(1).await.unwrap(), Some(approved.clone()));
    assert_eq!(store.proposals(Some("approved"), None, 9).await.unwrap(), [approved]);
    assert_eq!(
        store.proposals(None, Some(2), 9).await.unwrap().len(),
        1,
        "those before the second"
    );
    assert_eq!(store.open_proposals().await.unwrap(), 1);
}

pub(crate) async fn the_audit_trail_is_read_backwards(open: impl AsyncFn(&str) -> Store) {
    let store = open("audit").await;
    assert_eq!(store.next_audit().await.unwrap(), 1);
    let line = |id, by: &str, about: &str| AuditRow {
        id,
        at_ms: 1,
        by: by.to_owned(),
        what: "viewed".to_owned(),
        about: about.to_owned(),
        event: String::new(),
    };
    let kept = [line(1, "ana", "case c-1"), line(2, "ben", "case c-1"), line(3, "ana", "case c-2")];
    store.commit(&rows(kept.iter().map(RowChange::from))).await.unwrap();
    let ids = async |who: (Option<&str>, Option<&str>), before| {
        let lines = store.audit(who, before, 9).await.unwrap();
        lines.into_iter().map(|line| line.id).collect::<Vec<_>>()
    };
    assert_eq!(ids((None, None), None).await, [3, 2, 1]);
    assert_eq!(ids((None, None), Some(3)).await, [2, 1]);
    assert_eq!(ids((Some("ana"), None), None).await, [3, 1]);
    assert_eq!(ids((None, Some("case c-1")), None).await, [2, 1]);
    assert_eq!(ids((Some("ana"), Some("case c-1")), None).await, [1]);
    assert_eq!(store.next_audit().await.unwrap(), 4);
}

pub(crate) async fn rows_are_read_as_the_log_writes_them(open: impl AsyncFn(&str) -> Store) {
    let store = open("rows").await;
    let kept: Vec<RowChange> =
        (1..=1001).map(|id| RowChange::from(&case(id, "waiting", 1))).collect();
    store.commit(&rows(kept.clone())).await.unwrap();
    let shape = SHAPES.iter().find(|shape| shape.name == "cases").unwrap();
    let mut seen = Vec::new();
    let see = |row| {
        seen.push(row);
        Ok(())
    };
    store.each_row(shape, see).await.unwrap();
    assert_eq!(seen, kept, "over more than one page");
    assert_eq!(store.rows_after(shape, Some(&kept[999])).await.unwrap(), kept[1000..]);
    assert_eq!(store.row_like(&kept[4].removal()).await.unwrap().as_ref(), Some(&kept[4]));
    let other = RowChange::from(&case(2000, "waiting", 1));
    assert_eq!(store.row_like(&other).await.unwrap(), None);
    let exposure = RowChange::exposure("ana", "{}");
    store.commit(&rows([exposure])).await.unwrap();
    assert_eq!(store.exposures().await.unwrap(), [("ana".to_owned(), "{}".to_owned())]);
}
