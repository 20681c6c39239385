//! The contract for access: keys, staff, sessions, answers kept for requests, and the inbox.

use store::{Answer, ApiKey, Aside, Batch, Heard, RowChange, Session, Staff, Store};

use crate::work::rows;

fn api_key(id: &str, made_ms: i64) -> ApiKey {
    ApiKey {
        id: id.to_owned(),
        name: "ingest".to_owned(),
        hash: "00".to_owned(),
        scopes: "events:write".to_owned(),
        made_ms,
        revoked_ms: None,
        party: None,
    }
}

pub(crate) async fn keys_are_revoked_and_stay_listed(open: impl AsyncFn(&str) -> Store) {
    let store = open("keys").await;
    let kept = [api_key("b", 1), api_key("a", 2)];
    store.commit(&rows(kept.iter().map(RowChange::from))).await.unwrap();
    assert_eq!(store.keys().await.unwrap(), kept, "in the order in which they were made");
    let revoked = ApiKey { revoked_ms: Some(3), ..api_key("b", 1) };
    store.commit(&rows([RowChange::from(&revoked)])).await.unwrap();
    assert_eq!(store.key("b").await.unwrap(), Some(revoked));
    assert_eq!(store.key("c").await.unwrap(), None);
}

fn person(name: &str) -> Staff {
    Staff {
        name: name.to_owned(),
        role: "moderator".to_owned(),
        made_ms: 1,
        skills: "{}".to_owned(),
        ..Staff::default()
    }
}

pub(crate) async fn a_code_is_used_once_and_secrets_stay_beside_the_account(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("staff").await;
    let asides = vec![
        Aside::Password { staff: "ana".to_owned(), hash: "argon".to_owned() },
        Aside::SecondFactor { staff: "ana".to_owned(), secret: Some("totp".to_owned()) },
    ];
    let batch = Batch { asides, ..rows(["ben", "ana"].map(|name| RowChange::from(&person(name)))) };
    store.commit(&batch).await.unwrap();
    let names: Vec<String> = store.staff().await.unwrap().into_iter().map(|one| one.name).collect();
    assert_eq!(names, ["ana", "ben"]);
    assert!(store.use_totp("ana", 7).await.unwrap());
    assert!(!store.use_totp("ana", 7).await.unwrap(), "no code is accepted twice");
    assert!(!store.use_totp("ana", 6).await.unwrap(), "nor an earlier one");
    // A changed role leaves password and second factor as they are.
    let lead = Staff { role: "lead".to_owned(), ..person("ana") };
    store.commit(&rows([RowChange::from(&lead)])).await.unwrap();
    let ana = store.staff_called("ana").await.unwrap().unwrap();
    assert_eq!((ana.role.as_str(), ana.password.as_str()), ("lead", "argon"));
    assert_eq!((ana.totp.as_deref(), ana.totp_step), (Some("totp"), 7));
    assert_eq!(store.staff_called("zoe").await.unwrap(), None);
}

pub(crate) async fn sessions_end_by_time_by_sign_out_and_with_their_account(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("sessions").await;
    store.commit(&rows([RowChange::from(&person("ana"))])).await.unwrap();
    let session = |hash: u8, until_ms| Session {
        hash: vec![hash],
        staff: "ana".to_owned(),
        csrf: "token".to_owned(),
        until_ms,
    };
    for one in [session(1, 10), session(2, 100), session(3, 100)] {
        store.add_session(&one, 0).await.unwrap();
    }
    let found = store.session(&[2]).await.unwrap().unwrap();
    assert_eq!((found.0, found.1.name.as_str()), (session(2, 100), "ana"));
    store.add_session(&session(4, 100), 50).await.unwrap();
    assert!(store.session(&[1]).await.unwrap().is_none(), "it had expired");
    store.end_session(&[2]).await.unwrap();
    assert!(store.session(&[2]).await.unwrap().is_none());
    let asides = vec![Aside::Sessions { staff: "ana".to_owned() }];
    store.commit(&Batch { asides, ..Batch::default() }).await.unwrap();
    assert!(store.session(&[3]).await.unwrap().is_none());
}

pub(crate) async fn an_answer_is_given_again_until_it_is_old(open: impl AsyncFn(&str) -> Store) {
    let store = open("answers").await;
    let answer = Answer { fingerprint: vec![1], status: 201, body: b"{}".to_vec() };
    store.keep_answer(&[7], &answer, (100, 0)).await.unwrap();
    assert_eq!(store.answer(&[7]).await.unwrap().as_ref(), Some(&answer));
    assert_eq!(store.answer(&[8]).await.unwrap(), None);
    store.keep_answer(&[8], &answer, (300, 200)).await.unwrap();
    assert_eq!(store.answer(&[7]).await.unwrap(), None, "it was given before 200");
}

pub(crate) async fn a_request_in_the_inbox_is_taken_up_or_withdrawn_but_not_both(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("inbox").await;
    let (first, second) = (store.ask("one").await.unwrap(), store.ask("two").await.unwrap());
    let both = [(first, "one".to_owned()), (second, "two".to_owned())];
    assert_eq!(store.asked().await.unwrap(), both);
    assert!(store.take_up(first).await.unwrap());
    assert!(!store.withdraw(first).await.unwrap(), "it is being done");
    assert!(store.withdraw(second).await.unwrap());
    assert!(!store.take_up(second).await.unwrap(), "nobody wants it any more");
    assert!(store.asked().await.unwrap().is_empty());
    store.tell(first, "done").await.unwrap();
    assert_eq!(store.answer_to(first).await.unwrap(), Heard::Answer("done".to_owned()));
    store.answer_read(first).await.unwrap();
    assert_eq!(store.answer_to(first).await.unwrap(), Heard::Done);
}

pub(crate) async fn what_was_taken_up_is_answered_if_the_server_ends(
    open: impl AsyncFn(&str) -> Store,
) {
    let store = open("unanswered").await;
    let third = store.ask("three").await.unwrap();
    assert!(store.take_up(third).await.unwrap());
    store.tell_unanswered("the server ended").await.unwrap();
    let answer = Heard::Answer("the server ended".to_owned());
    assert_eq!(store.answer_to(third).await.unwrap(), answer);
}
