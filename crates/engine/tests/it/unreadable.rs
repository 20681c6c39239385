//! The store cannot be read for a while: nothing is half done meanwhile, and all goes on
//! afterwards.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use decide::{PolicySet, Source};
use engine::{Deed, Intake, Pipeline, Rules, Threads};
use jiff::Timestamp;
use review::{Case, CaseId, Command, Finding, Request, Reviewer, State, Verdict, Work};
use sqlx::{Connection as _, SqliteConnection};
use store::Store;
use types::{Event, Incoming};

use crate::ledger::{key, random};

const RULES: &str = r#"
[[policy]]
id = "p"
title = "t"
severity = 1
text = "x"
dsa = { category = "SCAMS_AND_FRAUD" }
[[rule]]
id = "all"
policy = "p"
when = '''event.type == "content.published"'''
then = ["limit", "review"]
"#;

const MINUTE_MS: i64 = 60_000;

/// A review queue with one case, in a loop that runs.
struct Loop {
    path: PathBuf,
    now_ms: Arc<AtomicI64>,
    store: Store,
    pipeline: Pipeline,
    threads: Threads,
}

impl Loop {
    /// The same, with the post `c`, which opens the case 1.
    async fn open(path: &Path) -> Self {
        let review_queue = Self::start(path).await.0;
        review_queue.publish("c").await;
        review_queue
    }

    /// The review queue, and whether its state was read from the log.
    async fn start(path: &Path) -> (Self, bool) {
        let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text: RULES.into() }]);
        let rules = Arc::new(Rules::load(&policy_set).unwrap());
        let casework = review::Settings { oldest_every: 0, ..review::Settings::default() };
        let (key, random) = (key(), random());
        let opening =
            engine::Opening { policy_set: &policy_set, rules, key, random, threads: 1, casework };
        let store = Store::open(path).await.unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let past = engine::open(&store, opening, at, &mut |_| {}).await.unwrap();
        let is_rebuilt = past.is_rebuilt;
        let now_ms = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&now_ms);
        let clock: engine::Clock =
            Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::Relaxed)).unwrap());
        let handle = tokio::runtime::Handle::current();
        let (pipeline, threads) = Pipeline::start(&store, past, clock, &handle).unwrap();
        (Self { path: path.to_owned(), now_ms, store, pipeline, threads }, is_rebuilt)
    }

    async fn publish(&self, id: &str) {
        self.try_publish(id).await.unwrap();
    }

    async fn try_publish(&self, id: &str) -> engine::Receipt {
        let json = format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"/t","type":"content.published",
            "time":"1970-01-01T00:00:00Z","data":{{"account":{{"id":"a"}},"content":{{"id":"{id}"}}}}}}"#
        );
        let event = Event::parse(json.as_bytes()).unwrap();
        let events = vec![Incoming { place: 0, event, json: json.into_bytes() }];
        let intake = Intake { events, ..Intake::default() };
        self.pipeline.take(intake).await.unwrap().await.unwrap()
    }

    async fn act(&self, command: Command) -> Result<Case, String> {
        let works = vec![Work::Moderate];
        let reviewer = Reviewer { name: "ana".to_owned(), works, ..Reviewer::default() };
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        let request = Request { case: Some(CaseId(1)), reviewer, command, now_ms };
        let acted = self.pipeline.act(request).await.map_err(|error| error.to_string())?;
        acted.map_err(|refused| refused.to_string())
    }

    /// The case as the review queue has it, which is as the store keeps it.
    async fn case(&self) -> Case {
        let seen = self
            .pipeline
            .look(|review_queue| review_queue.case(1).cloned())
            .await
            .unwrap()
            .unwrap();
        let kept = self.store.case(1).await.unwrap().unwrap();
        assert_eq!(serde_json::to_string(&seen).unwrap(), kept);
        seen
    }

    /// Changes the file beside the running loop, as damage does.
    async fn damage(&self, text: &'static str) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&self.path);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    async fn make_unreadable(&self) {
        self.damage("ALTER TABLE lookup RENAME TO out_of_reach").await;
    }

    async fn make_readable(&self) {
        self.damage("ALTER TABLE out_of_reach RENAME TO lookup").await;
    }

    async fn close(self) {
        drop(self.pipeline);
        tokio::task::spawn_blocking(move || self.threads.join()).await.unwrap();
        self.store.close().await;
    }
}

fn remove() -> Command {
    let (policy, effects) = ("p".to_owned(), vec!["remove".to_owned()]);
    let finding = Finding::Violation;
    Command::Close { verdict: Verdict { finding, policy, effects, ..Verdict::default() } }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_whose_event_cannot_be_entered_leaves_the_case_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let review_queue = Loop::open(&folder.path().join("a.db")).await;
    for (command, step) in [
        (Command::Claim, "claimed"),
        (Command::Renew, "renewed"),
        (remove(), "closed"),
        (Command::Undo, "undone"),
        (Command::Escalate { note: "please".to_owned() }, "escalated"),
    ] {
        let before = review_queue.case().await;
        let size = review_queue.store.size().await.unwrap();
        review_queue.make_unreadable().await;
        let refused = review_queue.act(command.clone()).await.unwrap_err();
        assert!(refused.contains("cannot be used"), "{step}: {refused}");
        assert_eq!(review_queue.case().await, before, "{step}");
        review_queue.make_readable().await;
        let after = review_queue.act(command).await.unwrap();
        assert_eq!(after.steps.last().unwrap().what, step);
        assert_eq!(review_queue.case().await, after, "{step}");
        assert!(review_queue.store.size().await.unwrap() > size, "{step} is in the log");
    }
    review_queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_command_whose_second_step_is_refused_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let review_queue = Loop::open(&folder.path().join("a.db")).await;
    let before = review_queue.case().await;
    let size = review_queue.store.size().await.unwrap();
    let act = |command| {
        let works = vec![Work::Moderate];
        let reviewer = Reviewer { name: "ana".to_owned(), works, ..Reviewer::default() };
        let request = Request { case: Some(CaseId(1)), reviewer, command, now_ms: 0 };
        Deed::Act(Box::new(request))
    };
    let both = vec![act(Command::Claim), act(Command::Undo)];
    assert!(
        review_queue.pipeline.carry(both).await.unwrap().is_err(),
        "there is no verdict to undo"
    );
    assert_eq!(review_queue.case().await, before);
    assert_eq!(review_queue.store.size().await.unwrap(), size);
    // Everything goes on.
    let both = vec![act(Command::Claim), act(remove())];
    review_queue.pipeline.carry(both).await.unwrap().unwrap();
    assert!(review_queue.case().await.is_closed());
    review_queue.publish("d").await;
    let second = review_queue.pipeline.look(|review_queue| review_queue.case(2).is_some()).await;
    assert_eq!((second, review_queue.store.next_case().await.unwrap()), (Some(true), 3));
    review_queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_cannot_be_told_to_have_run_out_runs_out_later() {
    let folder = tempfile::tempdir().unwrap();
    let review_queue = Loop::open(&folder.path().join("a.db")).await;
    let held = review_queue.act(Command::Claim).await.unwrap();
    let size = review_queue.store.size().await.unwrap();
    review_queue.now_ms.store(60 * MINUTE_MS, Ordering::Relaxed);
    review_queue.make_unreadable().await;
    review_queue.pipeline.tick().await.unwrap();
    assert_eq!(review_queue.case().await, held);
    assert_eq!(review_queue.pipeline.status().missed_ticks.load(Ordering::Relaxed), 1);
    review_queue.make_readable().await;
    review_queue.pipeline.tick().await.unwrap();
    // What comes after it waits for it.
    review_queue.publish("d").await;
    assert_eq!(review_queue.case().await.state, State::Waiting);
    let events = review_queue.store.log(size, size + 9).await.unwrap();
    assert_eq!(events.len(), 2, "that the lease ran out, and the post");
    review_queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_told_anew_is_as_it_was_if_that_cannot_be_entered() {
    let folder = tempfile::tempdir().unwrap();
    let review_queue = Loop::open(&folder.path().join("a.db")).await;
    review_queue.act(Command::Claim).await.unwrap();
    let closed = review_queue.act(remove()).await.unwrap();
    let restate = || {
        let (mut case, step) = (closed.clone(), review::Step::default());
        let tellings = case.restated(step, true);
        (case, tellings)
    };
    review_queue.make_unreadable().await;
    let (case, tellings) = restate();
    assert!(
        review_queue
            .pipeline
            .carry(vec![Deed::Restate(Box::new(case), tellings.clone())])
            .await
            .is_err()
    );
    assert!(review_queue.pipeline.tell(tellings).await.is_err(), "nothing was told");
    assert_eq!(review_queue.case().await, closed);
    review_queue.make_readable().await;
    let (case, tellings) = restate();
    review_queue
        .pipeline
        .carry(vec![Deed::Restate(Box::new(case), tellings)])
        .await
        .unwrap()
        .unwrap();
    let after = review_queue.case().await;
    assert!(
        after.members[0].verdict.is_some() && after.members[0].verdict != closed.members[0].verdict
    );
    review_queue.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_from_outside_is_reported_and_what_was_refused_is_not_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let review_queue = Loop::open(&folder.path().join("a.db")).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&review_queue.path);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let refused = review_queue.try_publish("d").await.unwrap_err();
    assert!(refused.to_string().contains("another program keeps"), "{refused}");
    assert_eq!(review_queue.pipeline.status().trouble(), Some(engine::Trouble::Locked));
    assert!(matches!(review_queue.pipeline.offer(Intake::default()), Err(engine::Refusal::Locked)));
    sqlx::raw_sql("ROLLBACK").execute(&mut other).await.unwrap();
    let going_on = async {
        while review_queue.pipeline.status().trouble().is_some() {
            // Each tick lets the loop start again from the store.
            review_queue.pipeline.tick().await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), going_on).await.expect("it does not go on");
    // What was refused is not there, and takes no case from those that come later.
    let cases = review_queue.pipeline.look(|review_queue| review_queue.open_count()).await;
    assert_eq!((cases, review_queue.store.next_case().await.unwrap()), (Some(1), 2));
    review_queue.publish("d").await;
    let cases = review_queue.pipeline.look(|review_queue| review_queue.open_count()).await;
    assert_eq!((cases, review_queue.store.next_case().await.unwrap()), (Some(2), 3));
    review_queue.close().await;
}

/// Numbers of the open cases, and what was left aside.
async fn left(path: &Path) -> (Vec<u64>, Vec<String>) {
    let (review_queue, _) = Loop::start(path).await;
    let open = review_queue
        .pipeline
        .look(|review_queue| review_queue.cases().map(|case| case.id).collect())
        .await;
    let damage = review_queue.pipeline.status().damage.clone();
    review_queue.close().await;
    (open.unwrap(), damage)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_case_is_named_and_does_not_keep_the_others_from_their_reviewers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let review_queue = Loop::open(&path).await;
    for id in ["d", "e", "f"] {
        review_queue.publish(id).await;
    }
    // Each on a page of its own, the first full of `1`.
    review_queue
        .damage(
            "UPDATE cases SET body = json_set(body, '$.steps[0].note',
            replace(hex(zeroblob(3500)), '0', id));
         UPDATE cases SET body = substr(body, 1, 100) WHERE id = 2",
        )
        .await;
    review_queue.close().await;
    assert_eq!(left(&path).await, (vec![1, 3, 4], vec!["the case c-2".to_owned()]));
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(99).position(|window| window.iter().all(|byte| *byte == b'1')).unwrap();
    bytes[at / 8192 * 8192..][..8].fill(0xFF);
    std::fs::write(&path, bytes).unwrap();
    let named = ["the golden cases", "the case c-1", "the case c-2"].map(str::to_owned).to_vec();
    assert_eq!(left(&path).await, (vec![3, 4], named));
    let store = Store::look(&path).await.unwrap();
    let report = engine::verify::verify(&store, None, &mut |_| {}).await.unwrap();
    let found = |table| report.findings.iter().filter(|one| one.table == table).count();
    assert!(found("file") > 0 && found("cases") >= 2, "{:?}", report.findings);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_was_rebuilt_is_kept_and_one_of_another_part_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    Loop::open(&path).await.close().await;
    let rebuilt = async || {
        let (review_queue, is_rebuilt) = Loop::start(&path).await;
        review_queue.close().await;
        is_rebuilt
    };
    assert!(!rebuilt().await);
    let state = folder.path().join("a.db.state");
    std::fs::remove_dir_all(&state).unwrap();
    assert!(rebuilt().await);
    assert!(!rebuilt().await, "a clean stop keeps what was rebuilt");
    std::fs::copy(state.join("keys-001"), state.join("keys-000")).unwrap();
    assert!(rebuilt().await, "a part under the name of another");
}

#[tokio::test]
async fn a_rebuild_stops_between_two_parts_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text: RULES.into() }]);
    let rules = Arc::new(Rules::load(&policy_set).unwrap());
    let opening = || engine::Opening {
        policy_set: &policy_set,
        rules: Arc::clone(&rules),
        key: key(),
        random: random(),
        threads: 1,
        casework: review::Settings::default(),
    };
    let store = Store::open(&path).await.unwrap();
    let at = Timestamp::UNIX_EPOCH;
    let mut past = engine::open(&store, opening(), at, &mut |_| {}).await.unwrap();
    for _ in 0..3 {
        let mut batch = store::Batch::default();
        for _ in 0..4000 {
            past.recorder.erase(store::Erasure::default(), String::new(), &mut batch).unwrap();
        }
        past.recorder.sign(at, &mut batch);
        store.commit(&batch).await.unwrap();
    }
    let (stop, mut parts) = (tokio::sync::Notify::new(), 0);
    let mut progress = |_| {
        parts += 1;
        stop.notify_one();
    };
    tokio::select! {
        biased;
        () = stop.notified() => {}
        _ = engine::open(&store, opening(), at, &mut progress) => panic!("nothing stopped it"),
    }
    assert!(parts < 3, "it went on for {parts} parts of 3");
    store.close().await;
}
