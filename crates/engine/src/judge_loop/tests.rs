//! Tests of the judge loop.

use std::sync::mpsc::Receiver;

use decide::{PolicySet, Source};
use jiff::Timestamp;

use super::*;
use crate::rules::Rules;

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
then = ["limit"]
breaker = { actions_per_minute = 1 }
"#;

fn post(number: u8) -> Incoming {
    let json = format!(
        r#"{{"specversion":"1.0","id":"{number}","source":"/t","type":"content.published",
            "time":"2024-06-01T12:00:00Z","data":{{"account":{{"id":"a"}},"content":{{"id":"c{number}"}}}}}}"#
    );
    let event = Event::parse(json.as_bytes()).unwrap();
    Incoming { place: number.into(), event, json: json.into_bytes() }
}

/// The next work passed on: its number and the key of its first event.
fn handed_over(works: &Receiver<Work>) -> (u64, EventKey) {
    let Ok(Work::Judged { judged, number, .. }) = works.try_recv() else {
        panic!("nothing judged was handed over")
    };
    (number, judged[0].0.key)
}

/// A loop on a new store in `folder`, with its state for monitoring.
fn on(folder: &std::path::Path, runtime: &tokio::runtime::Runtime) -> (JudgeLoop, Arc<Status>) {
    let store = runtime.block_on(Store::open(&folder.join("a.db"))).unwrap();
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text: RULES.into() }]);
    let opening = crate::Opening {
        policy_set: &policy_set,
        rules: Arc::new(Rules::load(&policy_set).unwrap()),
        key: ledger::Key::from_bytes(&[3; 32]),
        random: Box::new(|bytes| bytes.fill(7)),
        threads: 1,
        casework: review::Settings::default(),
    };
    let progress = &mut |_| {};
    let past = crate::open(&store, opening, Timestamp::UNIX_EPOCH, progress);
    let past = runtime.block_on(past).unwrap();
    let status = Arc::new(Status::default());
    let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let parts = (past.judge, past.review_queue, false);
    let status_of_loop = Arc::clone(&status);
    (JudgeLoop::new(parts, (&store, runtime.handle()), status_of_loop, &clock), status)
}

#[test]
fn a_pause_is_known_while_only_the_batch_that_tripped_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut judge_loop, status) = on(folder.path(), &runtime);
    let (to, works) = sync_channel(9);
    let (reply, _receipt) = oneshot::channel();
    let intake = Intake { events: (0..5).map(post).collect(), ..Intake::default() };
    assert!(judge_loop.take(intake, reply, &to));
    let (batch, _) = handed_over(&works);
    let (_, pause) = handed_over(&works);
    status.written.store(batch, Ordering::Release);
    assert_eq!(judge_loop.known(&[pause]).unwrap(), [true]);
}

#[test]
fn a_writer_that_fails_while_a_command_is_undone_does_not_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (mut judge_loop, status) = on(folder.path(), &runtime);
    let (to, works) = sync_channel(9);
    judge_loop.is_torn = true;
    let writer = std::thread::spawn(move || {
        let Ok(Work::Written(done)) = works.recv() else { panic!("it does not wait") };
        // A commit before it failed just now.
        status.dropped.fetch_add(1, Ordering::Release);
        done.send(()).unwrap();
        matches!(works.recv(), Ok(Work::Again))
    });
    judge_loop.mend(&to).unwrap();
    drop(to);
    assert!(writer.join().unwrap(), "the writer is not told that it can go on");
    assert!(!judge_loop.is_torn && !judge_loop.is_behind());
}
