//! The contract for deliveries: what a receiver has, what it was left without, what is dead.

use store::{Batch, OutboxRow, Progress, Store, Undelivered};

/// Messages about contents, from place 10 on; the third was erased.
async fn filled(store: &Store) {
    let message = |seq: u64| OutboxRow {
        seq,
        subject: (seq != 12).then(|| format!("content/{seq}")),
        message: (seq != 12).then(|| format!("message {seq}").into_bytes()),
    };
    let outbox = (10..15).map(message).collect();
    store.commit(&Batch { outbox, ..Batch::default() }).await.unwrap();
}

fn left(seq: u64, is_dead: bool) -> Undelivered {
    Undelivered {
        receiver: "platform".to_owned(),
        seq,
        subject: format!("content/{seq}"),
        attempts: 2,
        due_ms: 50,
        since_ms: 40,
        is_dead,
        error: "answered 400".to_owned(),
    }
}

pub(crate) async fn a_receiver_begins_once_and_goes_on(open: impl AsyncFn(&str) -> Store) {
    let store = open("receivers").await;
    filled(&store).await;
    let new = store.receiver("platform", 11).await.unwrap();
    assert_eq!((new.start, new.cursor, new.delivered), (11, 11, 0));
    let progress = Progress { cursor: 13, delivered: 2, ..Progress::default() };
    store.progress("platform", &progress).await.unwrap();
    let again = store.receiver("platform", 99).await.unwrap();
    assert_eq!((again.start, again.cursor, again.delivered), (11, 13, 2), "it is known");
    store.receiver("archive", 0).await.unwrap();
    let names: Vec<String> =
        store.receivers().await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["archive", "platform"]);
    assert_eq!(store.messages_from(11, 9).await.unwrap(), 4);
    assert_eq!(store.messages_from(11, 2).await.unwrap(), 2, "counted so far and no further");
}

pub(crate) async fn what_is_left_behind_is_not_read_as_new(open: impl AsyncFn(&str) -> Store) {
    let store = open("behind").await;
    filled(&store).await;
    store.receiver("platform", 0).await.unwrap();
    let behind = vec![left(11, false), left(13, true)];
    let progress = Progress { cursor: 10, behind, ..Progress::default() };
    store.progress("platform", &progress).await.unwrap();
    let pending = store.pending("platform", (0, 14), 9).await.unwrap();
    assert_eq!(pending, [(10, "content/10".to_owned()), (12, String::new())]);
    assert_eq!(store.pending("archive", (11, 15), 3).await.unwrap().len(), 3, "of the other, all");
    let messages = store.messages(&[10, 12, 14]).await.unwrap();
    assert_eq!(messages.keys().copied().collect::<Vec<_>>(), [10, 14], "one was erased");
    assert_eq!(messages[&14], b"message 14");
    assert_eq!(store.undelivered("platform", false, (0, 9)).await.unwrap(), [left(11, false)]);
    assert_eq!(store.undelivered("platform", true, (0, 9)).await.unwrap(), [left(13, true)]);
    assert!(store.undelivered("platform", true, (14, 9)).await.unwrap().is_empty());
    assert_eq!(store.count_left_behind("platform").await.unwrap(), (1, 1));
    assert_eq!(store.left_behind(13).await.unwrap(), [left(13, true)]);
}

pub(crate) async fn a_dead_letter_is_tried_again_from_the_first_attempt_on(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("dead").await;
    filled(&store).await;
    store.receiver("platform", 0).await.unwrap();
    let behind = vec![left(11, false), left(13, true)];
    store.progress("platform", &Progress { behind, ..Progress::default() }).await.unwrap();
    assert_eq!(store.resend("platform", Some(99), 60).await.unwrap(), 0);
    assert_eq!(store.resend("platform", None, 60).await.unwrap(), 1);
    let alive = store.undelivered("platform", false, (12, 9)).await.unwrap();
    assert_eq!((alive[0].attempts, alive[0].due_ms, alive[0].is_dead), (0, 60, false));
    let progress = Progress { cursor: 15, settled: vec![11, 13], ..Progress::default() };
    store.progress("platform", &progress).await.unwrap();
    assert_eq!(store.count_left_behind("platform").await.unwrap(), (0, 0));
}

pub(crate) async fn the_subject_of_an_erased_message_does_not_come_back(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("blank").await;
    filled(&store).await;
    store.receiver("platform", 0).await.unwrap();
    // Its receiver knew the subject before it was erased.
    let behind = vec![left(12, false)];
    let progress = Progress { cursor: 13, behind, ..Progress::default() };
    store.progress("platform", &progress).await.unwrap();
    assert_eq!(store.undelivered("platform", false, (0, 9)).await.unwrap()[0].subject, "");
}
