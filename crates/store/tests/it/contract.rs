//! What any backend has to hold. A backend brings a function that opens a place by its name.

use jiff::Timestamp;
use ledger::entry::{GENESIS, chain_hash};
use ledger::{Frontier, Key, Payload, Salt, Sealed};
use store::{Batch, Error, Filter, LogRow, OutboxRow, PolicySetRow, RecordRow, Store};
use types::EventKey;

pub(crate) use crate::{access::*, delivery::*, kept::*, work::*};

/// Makes a test of each item of the contract for the backend that `$open` opens.
macro_rules! tests {
    ($open:ident) => {
        $crate::contract::tests!($open: an_empty_store_is_empty
            a_batch_is_there_after_reopening
            a_batch_in_the_wrong_place_leaves_nothing
            an_event_taken_before_refuses_the_whole_batch
            only_known_keys_are_known
            what_is_shared_leads_to_all_who_share_it
            decisions_are_filtered_and_paged
            erased_payloads_are_gone_and_the_entries_stay
            a_caller_who_goes_away_takes_nothing_of_others_along
            inner_hashes_are_those_of_the_leaves
            policy_sets_are_kept_by_version
            cases_are_filtered
            cases_are_found_by_state_and_time
            the_same_number_is_the_same_case
            filings_are_found_by_kind_sender_and_case
            holds_end_by_time_or_by_release
            parties_are_listed_and_notifiers_are_not
            proposals_are_open_until_they_are_decided
            the_audit_trail_is_read_backwards
            rows_are_read_as_the_log_writes_them
            keys_are_revoked_and_stay_listed
            a_code_is_used_once_and_secrets_stay_beside_the_account
            sessions_end_by_time_by_sign_out_and_with_their_account
            an_answer_is_given_again_until_it_is_old
            a_request_in_the_inbox_is_taken_up_or_withdrawn_but_not_both
            what_was_taken_up_is_answered_if_the_server_ends
            a_dead_letter_is_tried_again_from_the_first_attempt_on
            a_receiver_begins_once_and_goes_on
            what_is_left_behind_is_not_read_as_new
            the_subject_of_an_erased_message_does_not_come_back
            counts_are_summed_by_key_and_by_day
            refused_records_are_paged_from_the_newest
            names_lead_to_their_places
            changes_are_read_with_the_rows_that_they_leave
            a_decision_is_stated_once
            a_statement_that_was_sent_stays_so
            a_report_has_its_parts_and_is_found_by_its_period
            events_are_read_without_those_that_were_erased
            the_index_leads_to_every_entry
            a_full_disk_refuses_and_has_room_again);
    };
    ($open:ident: $($item:ident)*) => {
        $(#[tokio::test]
        async fn $item() {
            $crate::contract::$item(async |name: &str| $open(name).await).await;
        })*
    };
}
pub(crate) use tests;

/// A writer of small batches.
pub(crate) struct Hand {
    frontier: Frontier,
    last: ledger::Hash,
}

impl Hand {
    pub(crate) fn new() -> Self {
        Self { frontier: Frontier::default(), last: GENESIS }
    }

    /// A batch of `count` events, each with a decision if its place is even.
    pub(crate) fn batch(&mut self, count: u64) -> Batch {
        let mut batch = Batch::default();
        for _ in 0..count {
            let seq = self.frontier.size();
            let body = format!("entry {seq}").into_bytes();
            self.last = chain_hash(self.last, &body);
            self.frontier.append(self.last, &mut batch.nodes);
            batch.entries.push(Sealed { seq, body, hash: self.last });
            batch.log.push(log_row(seq));
            if seq.is_multiple_of(2) {
                batch.records.push(record_row(seq));
                let subject = Some(format!("content/{seq}"));
                batch.outbox.push(OutboxRow { seq, subject, message: Some(b"{}".to_vec()) });
            }
        }
        let key = Key::from_bytes(&[1; 32]);
        batch.head =
            Some(key.sign(self.frontier.size(), self.frontier.root().0, Timestamp::UNIX_EPOCH));
        batch
    }
}

pub(crate) fn key(seq: u64) -> EventKey {
    EventKey::new("/test", &seq.to_string())
}

/// What three events each share.
pub(crate) fn attribute(number: u64) -> EventKey {
    EventKey::new("tie", &number.to_string())
}

fn log_row(seq: u64) -> LogRow {
    let event = Some(format!("event {seq}").into_bytes());
    let attributes = vec![attribute(seq / 3)];
    LogRow {
        seq,
        key: key(seq),
        salt: Some(Salt([7; 16])),
        event,
        facts: Some(Vec::new()),
        attributes,
    }
}

fn record_row(seq: u64) -> RecordRow {
    RecordRow {
        seq,
        id: format!("{seq:032x}"),
        subject: Some(format!("content/{seq}")),
        account: Some(format!("a-{}", seq % 3)),
        policy: if seq.is_multiple_of(4) { "p.one" } else { "p.two" }.to_owned(),
        effects: if seq.is_multiple_of(4) { "remove notify" } else { "limit" }.to_owned(),
        r#type: "content.published".to_owned(),
        country: if seq.is_multiple_of(6) { "RO" } else { "" }.to_owned(),
        time_ms: 1000,
        decision: Some(format!("{{\"place\":{seq},\"reasons\":[]}}").into_bytes()),
    }
}

pub(crate) async fn an_empty_store_is_empty(open: impl AsyncFn(&str) -> Store) {
    let store = open("empty").await;
    assert_eq!(store.size().await.unwrap(), 0);
    assert_eq!(store.head().await.unwrap(), None);
    assert!(
        store.decisions(&Filter { limit: 9, ..Filter::default() }).await.unwrap().rows.is_empty()
    );
    assert!(store.decision("00").await.unwrap().is_empty());
}

pub(crate) async fn a_batch_is_there_after_reopening(open: impl AsyncFn(&str) -> Store) {
    let store = open("reopened").await;
    // More rows than one statement takes, and not a multiple of it.
    let batch = Hand::new().batch(300);
    store.commit(&batch).await.unwrap();
    store.close().await;
    // The lock of the writer goes with the last handle.
    drop(store);
    let store = open("reopened").await;
    assert_eq!(store.size().await.unwrap(), 300);
    assert_eq!(store.entries(0, 1000).await.unwrap(), batch.entries);
    assert_eq!(store.log(0, 300).await.unwrap(), batch.log);
    assert_eq!(store.records(0, 300).await.unwrap(), batch.records);
    assert_eq!(store.outbox(0, 300).await.unwrap(), batch.outbox);
    assert_eq!(store.nodes().await.unwrap(), batch.nodes);
    assert_eq!(store.head().await.unwrap(), batch.head);
    assert_eq!(store.heads(0, 300).await.unwrap().len(), 1);
    assert_eq!(store.log(298, 300).await.unwrap(), batch.log[298..]);
    assert_eq!(store.sharing(attribute(7), 9).await.unwrap(), [23, 22, 21], "found again");
}

pub(crate) async fn a_batch_in_the_wrong_place_leaves_nothing(open: impl AsyncFn(&str) -> Store) {
    let store = open("conflict").await;
    let mut hand = Hand::new();
    store.commit(&hand.batch(3)).await.unwrap();
    let missed = hand.batch(2);
    let late = hand.batch(2);
    assert!(matches!(store.commit(&late).await, Err(Error::Conflict)), "a gap");
    assert!(matches!(store.commit(&Hand::new().batch(2)).await, Err(Error::Conflict)), "twice");
    assert_eq!(
        (store.size().await.unwrap(), store.count("log", u64::MAX >> 1).await.unwrap()),
        (3, 3)
    );
    store.commit(&missed).await.unwrap();
    store.commit(&late).await.unwrap();
    assert_eq!(store.size().await.unwrap(), 7);
}

pub(crate) async fn an_event_taken_before_refuses_the_whole_batch(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("twice").await;
    let mut hand = Hand::new();
    store.commit(&hand.batch(4)).await.unwrap();
    let mut again = hand.batch(4);
    again.log[3].key = key(1);
    assert!(matches!(store.commit(&again).await, Err(Error::Conflict)));
    assert_eq!(store.size().await.unwrap(), 4, "the three good events are not kept either");
    assert_eq!(store.count("record", u64::MAX >> 1).await.unwrap(), 2);
    assert_eq!(store.count("outbox", u64::MAX >> 1).await.unwrap(), 2);
}

pub(crate) async fn only_known_keys_are_known(open: impl AsyncFn(&str) -> Store) {
    let store = open("known").await;
    store.commit(&Hand::new().batch(10)).await.unwrap();
    let asked: Vec<EventKey> = (5..1200).map(key).collect();
    let known = store.known(&asked).await.unwrap();
    assert_eq!(known, (5..10).map(key).collect());
    assert!(store.known(&[]).await.unwrap().is_empty());
}

pub(crate) async fn what_is_shared_leads_to_all_who_share_it(open: impl AsyncFn(&str) -> Store) {
    let store = open("sharing").await;
    store.commit(&Hand::new().batch(10)).await.unwrap();
    assert_eq!(store.sharing(attribute(2), 9).await.unwrap(), [8, 7, 6]);
    assert_eq!(store.sharing(attribute(2), 2).await.unwrap(), [8, 7], "the newest first");
    assert!(store.sharing(attribute(99), 9).await.unwrap().is_empty());
    let sharers = store.sharers(attribute(2), ("a-0", 9)).await.unwrap();
    assert_eq!(sharers, [(8, "a-2".to_owned(), 1000)], "of 6 and 8, which were decided on");
}

pub(crate) async fn decisions_are_filtered_and_paged(open: impl AsyncFn(&str) -> Store) {
    let store = open("decisions").await;
    store.commit(&Hand::new().batch(40)).await.unwrap();
    let found = async |filter: Filter| {
        let found = store.decisions(&Filter { limit: 3, ..filter }).await.unwrap();
        found.rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(found(Filter::default()).await, [0, 2, 4]);
    assert_eq!(found(Filter { after: Some(4), ..Filter::default() }).await, [6, 8, 10]);
    let removed = Filter { effect: Some("remove".into()), ..Filter::default() };
    assert_eq!(found(removed).await, [0, 4, 8]);
    assert!(found(Filter { effect: Some("remov".into()), ..Filter::default() }).await.is_empty());
    let both =
        Filter { policy: Some("p.two".into()), account: Some("a-0".into()), ..Filter::default() };
    assert_eq!(found(both).await, [6, 18, 30]);
    assert_eq!(found(Filter { subject: Some("content/8".into()), ..Filter::default() }).await, [8]);
    let id = format!("{:032x}", 8);
    assert_eq!(store.decision(&id).await.unwrap()[0].seq, 8);
    assert_eq!(store.decision(&id[..31]).await.unwrap().len(), 2, "more than one begins so");
}

pub(crate) async fn erased_payloads_are_gone_and_the_entries_stay(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("erased").await;
    let mut hand = Hand::new();
    let before = hand.batch(4);
    store.commit(&before).await.unwrap();
    let erasing = Batch { log: vec![], records: vec![], outbox: vec![], ..hand.batch(1) };
    let erasure = Some(store::Erasure { entries: vec![2], ..store::Erasure::default() });
    let erasing = Batch { erasure, ..erasing };
    store.commit(&erasing).await.unwrap();
    assert_eq!(store.entries(0, 4).await.unwrap(), before.entries);
    let log = store.log(2, 3).await.unwrap();
    assert_eq!((log[0].event.as_ref(), log[0].salt, log[0].facts.as_ref()), (None, None, None));
    assert_eq!(log[0].key, key(2), "the event is still known");
    let record = &store.records(2, 3).await.unwrap()[0];
    assert_eq!((&record.subject, &record.account, &record.decision), (&None, &None, &None));
    let whole = (0, i64::MAX);
    assert_eq!(store.erased_decisions(whole, 9).await.unwrap(), 1);
    assert_eq!(store.erased_decisions(whole, 2).await.unwrap(), 0, "it is at place 2");
    assert_eq!(store.outbox(2, 3).await.unwrap()[0].message, None);
    assert!(store.log(1, 2).await.unwrap()[0].event.is_some(), "others are left alone");
    assert_eq!(
        (log[0].attributes.len(), store.sharing(attribute(0), 9).await.unwrap()),
        (0, vec![1, 0])
    );
    store.close().await;
    drop(store);
    let store = open("erased").await;
    assert_eq!(store.sharing(attribute(0), 9).await.unwrap(), [1, 0]);
}

/// Lets `work` go on so often at most, and leaves it.
async fn leave(work: impl Future, polls_max: usize) {
    let (mut work, mut polls) = (Box::pin(work), 0);
    std::future::poll_fn(|context| {
        polls += 1;
        match polls > polls_max || work.as_mut().poll(context).is_ready() {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
}

/// The caller of whatever is written may close the connection at any moment. What is written next,
/// in a statement of its own, must not be lost in a transaction that was left open.
pub(crate) async fn a_caller_who_goes_away_takes_nothing_of_others_along(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("left").await;
    let mut hand = Hand::new();
    let answer = store::Answer { fingerprint: vec![1], status: 200, body: b"{}".to_vec() };
    for polls_max in 0..60 {
        leave(store.scrub(), polls_max).await;
        let id = store.ask("{}").await.unwrap();
        assert_eq!(store.answer_to(id).await.unwrap(), store::Heard::Nothing, "{polls_max}");
        leave(store.keep_answer(&[7; 32], &answer, (1, 0)), polls_max % 12).await;
        let id = store.ask("{}").await.unwrap();
        assert_eq!(store.answer_to(id).await.unwrap(), store::Heard::Nothing, "{polls_max}");
        store.commit(&hand.batch(3)).await.unwrap();
        leave(store.resend("nobody", None, 1), polls_max % 12).await;
        let id = store.ask("{}").await.unwrap();
        assert_eq!(store.answer_to(id).await.unwrap(), store::Heard::Nothing, "{polls_max}");
    }
    store.scrub().await.unwrap();
}

pub(crate) async fn inner_hashes_are_those_of_the_leaves(open: impl AsyncFn(&str) -> Store) {
    let store = open("tree").await;
    let mut hand = Hand::new();
    for count in [1, 255, 1, 400] {
        store.commit(&hand.batch(count)).await.unwrap();
    }
    let size = store.size().await.unwrap();
    let mut hashes = Vec::new();
    for index in Frontier::needed(size) {
        hashes.push(store.tree_hash(index).await.unwrap());
    }
    assert_eq!(Frontier::from_hashes(size, &hashes).root(), hand.frontier.root());
}

pub(crate) async fn policy_sets_are_kept_by_version(open: impl AsyncFn(&str) -> Store) {
    let store = open("policies").await;
    let text = "é".repeat(50_000);
    let set = PolicySetRow::new("v1".into(), &[("a.toml", &text)]).unwrap();
    assert_eq!(set.files().unwrap(), [("a.toml".to_owned(), text)]);
    let mut hand = Hand::new();
    store.commit(&Batch { policy_set: Some(set.clone()), ..hand.batch(1) }).await.unwrap();
    store.commit(&Batch { policy_set: Some(set.clone()), ..hand.batch(1) }).await.unwrap();
    assert_eq!(store.policy_set("v1").await.unwrap(), Some(set));
    assert_eq!(store.policy_set("v2").await.unwrap(), None);
    assert_eq!(store.policy_versions().await.unwrap(), ["v1"]);
}

/// A payload commits to each of its parts: moving a byte from one to the next changes it.
#[test]
fn a_commitment_tells_parts_apart() {
    let payload = |event: &[u8], facts: &[u8]| Payload {
        salt: Salt([0; 16]),
        event: event.to_vec(),
        facts: facts.to_vec(),
        decision: Vec::new(),
    };
    assert_ne!(payload(b"ab", b"c").commitment(), payload(b"a", b"bc").commitment());
}
