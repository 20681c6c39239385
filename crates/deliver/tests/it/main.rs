//! Deliveries with a real store: what a receiver gets after failures and restarts.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deliver::{Deliveries, Due, Failure, Limits, Moment, Terms};
use store::{Batch, OutboxRow, Store};

const MESSAGES: u64 = 12;

/// A store with messages about as many subjects, two at a time about one.
async fn filled(folder: &Path) -> Store {
    let store = Store::open(&folder.join("p.db")).await.unwrap();
    let message = |seq: u64| OutboxRow {
        seq,
        subject: Some(format!("content/{}", seq / 2)),
        message: Some(b"{}".to_vec()),
    };
    let outbox = (0..MESSAGES).map(message).collect();
    store.commit(&Batch { outbox, ..Batch::default() }).await.unwrap();
    store
}

fn at(seconds: u64) -> Moment {
    Moment {
        since: Duration::from_secs(seconds),
        ms: 1_000_000 + i64::try_from(seconds).unwrap() * 1000,
    }
}

async fn open(store: &Store, now: Moment) -> Deliveries {
    let terms = Terms {
        name: "platform".to_owned(),
        start: 0,
        retries: vec![Duration::from_secs(10); 3],
        jitter: Arc::new(|| 1.0),
        limits: Limits { fresh: 100, behind: 3, flying: 100 },
    };
    Deliveries::open(store, terms, now).await.unwrap()
}

/// The deliveries with the first messages under way.
async fn begun(store: &Store) -> (Deliveries, Vec<Due>) {
    let mut deliveries = open(store, at(0)).await;
    deliveries.read(MESSAGES, at(0)).await.unwrap();
    let first = deliveries.send(at(0)).await.unwrap();
    (deliveries, first)
}

fn refused() -> Failure {
    Failure::Message("answered 400".to_owned())
}

/// Sends everything that can be sent from `seconds` on; the places in the order in which they were.
async fn all(deliveries: &mut Deliveries, mut seconds: u64) -> Vec<u64> {
    let mut sent = Vec::new();
    while !deliveries.is_done(MESSAGES) {
        deliveries.read(MESSAGES, at(seconds)).await.unwrap();
        for due in deliveries.send(at(seconds)).await.unwrap() {
            sent.push(due.seq);
            deliveries.settle(due.seq, Ok(()), at(seconds));
        }
        seconds += 10;
        assert!(seconds < 1000, "{sent:?}, and no more");
    }
    sent
}

#[tokio::test]
async fn more_messages_left_behind_than_are_held_are_sent_as_well_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let (mut deliveries, first) = begun(&store).await;
    assert_eq!(first.len(), 6, "one of each subject");
    for due in first {
        deliveries.settle(due.seq, Err(refused()), at(0));
    }
    deliveries.record().await.unwrap();
    // Six were left behind, and three are held after the restart.
    let mut deliveries = open(&store, at(1)).await;
    let sent = all(&mut deliveries, 1).await;
    for subject in 0..6 {
        let about: Vec<u64> = sent.iter().copied().filter(|seq| seq / 2 == subject).collect();
        assert_eq!(about, [subject * 2, subject * 2 + 1], "{sent:?}");
    }
    deliveries.record().await.unwrap();
    assert_eq!(store.count_left_behind("platform").await.unwrap(), (0, 0));
}

#[tokio::test]
async fn what_arrived_after_a_restart_is_not_listed_as_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let (mut deliveries, first) = begun(&store).await;
    // The first is still under way when the third fails: the cursor stays before both.
    deliveries.settle(first[1].seq, Err(refused()), at(0));
    deliveries.record().await.unwrap();
    assert_eq!(store.receiver("platform", 0).await.unwrap().cursor, 0);
    let mut deliveries = open(&store, at(1)).await;
    let mut sent = all(&mut deliveries, 1).await;
    deliveries.record().await.unwrap();
    sent.sort_unstable();
    assert_eq!(sent, (0..MESSAGES).collect::<Vec<_>>(), "each once");
    assert_eq!(store.count_left_behind("platform").await.unwrap(), (0, 0));
    assert_eq!(store.receiver("platform", 0).await.unwrap().cursor, MESSAGES);
}

#[tokio::test]
async fn a_receiver_that_is_down_is_tried_with_one_message_and_none_is_blamed() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path()).await;
    let (mut deliveries, first) = begun(&store).await;
    for due in first {
        let failure = Failure::Receiver("no connection".to_owned());
        deliveries.settle(due.seq, Err(failure), at(0));
    }
    assert!(deliveries.outlook().is_down);
    assert!(deliveries.send(at(1)).await.unwrap().is_empty(), "it is left alone");
    let knock = deliveries.send(at(10)).await.unwrap();
    assert_eq!(knock.len(), 1, "and then tried with one");
    deliveries.settle(knock[0].seq, Ok(()), at(10));
    assert!(!deliveries.outlook().is_down);
    assert_eq!(all(&mut deliveries, 10).await.len(), 11);
}
