//! The ledger holds: what is kept is verified, what is changed is found, what is erased is gone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::{Judge, Keep, Recorder, Rules, Screen, verify};
use jiff::Timestamp;
use ledger::{Key, PublicKey};
use sqlx::{Connection as _, SqliteConnection};
use store::{Filter, Store};
use types::{Event, Incoming, Subject};

use crate::shipped;

const TEXTS: &[&str] = &[
    "votul prin SMS",
    "o plimbare pe malul lacului",
    "Buy f.o.l.l.o.w.e.r.s today https://grow.example",
    "read https://heron-herald.example/1",
    "numărătoarea a fost oprită, au votat și morții",
];

fn incoming(number: u64) -> Incoming {
    let text = TEXTS[usize::try_from(number).unwrap() % TEXTS.len()];
    let json = format!(
        r#"{{"specversion":"1.0","id":"e-{number}","source":"/t","type":"content.published","time":"2024-11-20T10:{:02}:{:02}Z","data":{{"account":{{"id":"acc-{}"}},"content":{{"id":"v-{number}","kind":"video","text":"{text}"}}}}}}"#,
        number / 60 % 60,
        number % 60,
        number % 7
    );
    Incoming {
        event: Event::parse(json.as_bytes()).unwrap(),
        json: json.into_bytes(),
        place: number,
    }
}

pub(crate) fn key() -> Key {
    Key::from_bytes(&[3; 32])
}

pub(crate) fn random() -> engine::Random {
    let mut next = 0_u8;
    Box::new(move |bytes| {
        bytes.fill_with(|| {
            next = next.wrapping_mul(5).wrapping_add(7);
            next
        });
    })
}

fn opening(policy_set: &decide::PolicySet, rules: Arc<Rules>) -> engine::Opening<'_> {
    engine::Opening {
        policy_set,
        rules,
        key: key(),
        random: random(),
        threads: 2,
        casework: review::Settings::default(),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Screens `numbers` into the store at `path`; returns the ids of the decisions.
fn keep(path: &Path, numbers: std::ops::Range<u64>) -> Vec<String> {
    let policy_set = shipped();
    let rules = Arc::new(Rules::load(&policy_set).unwrap());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (store, past) = runtime.block_on(async {
        let store = Store::open(path).await.unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let opened =
            engine::open(&store, opening(&policy_set, rules), at, &mut |_| {}).await.unwrap();
        (store, opened)
    });
    let clock: engine::Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let mut keep = Keep::start(runtime, store, past, clock).unwrap();
    let events: Vec<Incoming> = numbers.map(incoming).collect();
    for batch in events.chunks(37) {
        keep.take(batch.to_vec()).unwrap();
    }
    let mut ids = Vec::new();
    while let Some(taken) = keep.finished(true).unwrap() {
        ids.extend(taken.into_iter().filter_map(|taken| Some(taken.decision?.id.0)));
    }
    ids
}

fn verified(path: &Path) -> verify::Report {
    block_on(async {
        let store = Store::look(path).await.unwrap();
        let report = verify::verify(&store, None, &mut |_| {}).await.unwrap();
        store.close().await;
        report
    })
}

fn place(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("a.db")
}

#[test]
fn what_is_kept_is_what_is_decided_without_a_store_and_it_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let kept = keep(&place(&folder), 0..600);
    let judge = Judge::new(Arc::new(Rules::load(&shipped()).unwrap()));
    let events: Vec<Incoming> = (0..600).map(incoming).collect();
    let plain = Screen::new(judge).take(&events).decisions;
    assert_eq!(kept, plain.iter().map(|decision| decision.id.0.clone()).collect::<Vec<_>>());
    let report = verified(&place(&folder));
    assert_eq!(
        (report.damaged, report.rejudged, report.entries - report.rejudged > 2),
        (0, 600, true),
        "{:?}",
        report.findings
    );
}

#[test]
fn going_on_later_is_the_same_as_going_through() {
    let (once, twice) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let through = keep(&place(&once), 0..600);
    let mut parts = keep(&place(&twice), 0..250);
    // Some of it comes again.
    parts.extend(keep(&place(&twice), 200..600));
    assert_eq!(through, parts);
    assert_eq!(verified(&place(&twice)).damaged, 0);
    let bodies = |path: &Path| {
        block_on(async {
            let store = Store::look(path).await.unwrap();
            let entries = store.entries(0, 10_000).await.unwrap();
            entries.len()
        })
    };
    assert_eq!(bodies(&place(&once)), bodies(&place(&twice)));
}

#[test]
fn another_key_cannot_go_on() {
    let folder = tempfile::tempdir().unwrap();
    keep(&place(&folder), 0..10);
    let error = block_on(async {
        let store = Store::open(&place(&folder)).await.unwrap();
        Recorder::resume(&store, Key::from_bytes(&[4; 32]), random()).await.err().unwrap()
    });
    assert!(error.to_string().contains("another key"), "{error}");
}

/// Every column that holds something, by table.
const COLUMNS: &[(&str, &str, &[&str])] = &[
    ("entry", "seq", &["body", "hash"]),
    ("node", "number", &["hash"]),
    ("head", "size", &["root", "signed_at", "signature"]),
    ("log", "seq", &["event_key", "salt", "event", "facts"]),
    ("record", "seq", &["id", "subject", "account", "policy", "effects", "decision"]),
    ("outbox", "seq", &["subject", "message"]),
    ("policy_set", "rowid", &["version", "files"]),
];

/// Changes one bit in the middle of a value of `column`.
async fn change(path: &Path, (table, place, column): (&str, &str, &str)) {
    let mut connection =
        SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let select = format!(
        "SELECT {place}, CAST({column} AS BLOB) FROM {table} WHERE length({column}) > 0 ORDER BY {place} DESC LIMIT 1 OFFSET (SELECT count(*) / 2 FROM {table} WHERE length({column}) > 0)"
    );
    let (at, mut value): (i64, Vec<u8>) =
        sqlx::query_as(sqlx::AssertSqlSafe(select)).fetch_one(&mut connection).await.unwrap();
    let middle = value.len() / 2;
    value[middle] ^= 1;
    let kind: String = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT typeof({column}) FROM {table} WHERE {place} = {at}"
    )))
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let cast = if kind == "text" { "CAST(? AS TEXT)" } else { "?" };
    let update = format!("UPDATE {table} SET {column} = {cast} WHERE {place} = {at}");
    sqlx::query(sqlx::AssertSqlSafe(update)).bind(value).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[test]
fn a_changed_bit_is_found_whichever_table_and_column_it_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let original = place(&folder);
    keep(&original, 0..600);
    for (table, place, columns) in COLUMNS {
        for column in *columns {
            let copy = folder.path().join("copy.db");
            std::fs::copy(&original, &copy).unwrap();
            block_on(change(&copy, (table, place, column)));
            let report = verified(&copy);
            let named = report
                .findings
                .iter()
                .any(|finding| finding.table == *table || related(finding.table, table));
            assert!(report.damaged > 0 && named, "{table}.{column}: {:?}", report.findings);
            std::fs::remove_file(&copy).unwrap();
        }
    }
}

/// A finding may be made where the changed value is used.
fn related(found: &str, changed: &str) -> bool {
    matches!(
        (found, changed),
        ("log", "record") | ("policy_set", "entry") | ("entry" | "log", "policy_set")
    )
}

#[test]
fn removed_and_added_rows_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let original = place(&folder);
    keep(&original, 0..300);
    for sql in [
        "DELETE FROM log WHERE seq = 100",
        "DELETE FROM record WHERE seq = (SELECT min(seq) FROM record)",
        "DELETE FROM outbox WHERE seq = (SELECT max(seq) FROM outbox)",
        "DELETE FROM entry WHERE seq = 150",
        "DELETE FROM entry WHERE seq = 301",
        "DELETE FROM node WHERE number = (SELECT min(number) FROM node)",
        "DELETE FROM head WHERE size = (SELECT max(size) FROM head)",
        "DELETE FROM policy_set",
        "INSERT INTO outbox (seq, subject, message) VALUES (99999, 'content/x', '{}')",
        "INSERT INTO log (seq, event_key) VALUES (99999, zeroblob(16))",
        "UPDATE log SET salt = NULL, event = NULL, facts = NULL WHERE seq = 101",
        "UPDATE record SET decision = NULL, subject = NULL, account = NULL WHERE seq = (SELECT min(seq) FROM record)",
    ] {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&original, &copy).unwrap();
        block_on(async {
            let mut connection =
                SqliteConnection::connect(&format!("sqlite://{}", copy.display())).await.unwrap();
            let done = sqlx::query(sql).execute(&mut connection).await.unwrap();
            assert!(done.rows_affected() > 0, "{sql}");
            connection.close().await.unwrap();
        });
        assert!(verified(&copy).damaged > 0, "{sql}");
        std::fs::remove_file(&copy).unwrap();
    }
}

#[test]
fn an_erased_subject_leaves_no_byte_and_a_sound_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder);
    keep(&path, 0..300);
    let holds = |path: &Path, needle: &[u8]| {
        ["", "-wal"].iter().any(|suffix| {
            let file = PathBuf::from(format!("{}{suffix}", path.display()));
            std::fs::read(file)
                .is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
        })
    };
    assert!(holds(&path, b"acc-3"));
    let subject = Subject("account/acc-3".to_owned());
    let erased = block_on(async {
        let store = Store::open(&path).await.unwrap();
        let found = engine::erase::find(&store, (&subject, Timestamp::UNIX_EPOCH), &mut |_| {})
            .await
            .unwrap();
        let count = found.erasure.entries.len();
        let mut recorder = Recorder::resume(&store, key(), random()).await.unwrap();
        let what = (found, engine::erase::ErasureRequest::default());
        engine::erase::erase(&store, &mut recorder, what, Timestamp::UNIX_EPOCH).await.unwrap();
        let listed = store
            .decisions(&Filter { account: Some("acc-3".into()), limit: 9, ..Filter::default() })
            .await
            .unwrap();
        assert!(listed.rows.is_empty());
        store.close().await;
        count
    });
    assert_eq!(erased, 43);
    assert!(!holds(&path, b"acc-3"), "no byte of the account is left in the files");
    assert!(holds(&path, b"acc-4"));
    let report = verified(&path);
    assert_eq!(
        (report.damaged, report.erased, report.rejudged),
        (0, 43, 257),
        "{:?}",
        report.findings
    );
    assert_eq!(keep(&path, 0..300).len(), 0, "erased events are still known and not judged again");
    assert_eq!(verified(&path).damaged, 0);
}

#[test]
fn proofs_hold_for_others_and_broken_ones_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder);
    keep(&path, 0..300);
    let head = |path: &Path| {
        block_on(async { Store::look(path).await.unwrap().head().await.unwrap().unwrap() })
    };
    let old = head(&path);
    keep(&path, 300..900);
    let key: PublicKey = key().public();
    block_on(async {
        let store = Store::look(&path).await.unwrap();
        let size = store.size().await.unwrap();
        for seq in [0, 1, 255, 256, 700, size - 1] {
            let proof = engine::prove::inclusion(&store, seq).await.unwrap().unwrap();
            proof.check(&key).unwrap();
            let mut wrong = proof.clone();
            wrong.entry.push(' ');
            assert!(wrong.check(&key).is_err());
            let wrong = ledger::Inclusion { seq: seq ^ 1, ..proof.clone() };
            assert!(wrong.check(&key).is_err());
            assert!(proof.check(&Key::from_bytes(&[9; 32]).public()).is_err());
        }
        assert!(engine::prove::inclusion(&store, size).await.unwrap().is_none());
        let grew = engine::prove::consistency(&store, old.clone()).await.unwrap().unwrap();
        grew.check(&key).unwrap();
        let forged = self::key().sign(old.size, [7; 32], old.at);
        let forged = engine::prove::consistency(&store, forged).await.unwrap().unwrap();
        assert!(
            forged.check(&key).is_err(),
            "the ledger did not grow from a tree with another root"
        );
    });
}

#[test]
fn an_empty_ledger_is_not_called_sound() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async { Store::open(&place(&folder)).await.unwrap().close().await });
    assert_eq!(verified(&place(&folder)).damaged, 1);
}

#[test]
fn a_version_in_force_that_is_not_that_of_its_entry_is_named() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().unwrap();
    keep(&place(&folder), 0..20);
    for (text, damaged) in
        [("UPDATE enforced SET version = 'other'", 1), ("UPDATE enforced SET seq = seq + 1", 2)]
    {
        block_on(async {
            let url = format!("sqlite://{}", place(&folder).display());
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(text).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        });
        let report = verified(&place(&folder));
        assert_eq!(report.damaged, damaged, "{:?}", report.findings);
        assert!(report.findings.iter().all(|found| found.table == "enforced"));
    }
}

#[test]
fn a_store_that_grows_while_it_is_verified_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder);
    keep(&path, 0..400);
    let report = block_on(async {
        let store = Store::look(&path).await.unwrap();
        // At the first sign of progress another writer adds to the store.
        let mut is_grown = false;
        let mut grow = |_| {
            if !std::mem::replace(&mut is_grown, true) {
                let path = path.clone();
                std::thread::spawn(move || keep(&path, 400..1000)).join().unwrap();
            }
        };
        let report = verify::verify(&store, None, &mut grow).await.unwrap();
        store.close().await;
        report
    });
    assert_eq!((report.damaged, report.rejudged), (0, 400), "{:?}", report.findings);
    assert_eq!(verified(&path).rejudged, 1000);
}

#[test]
fn a_clock_that_jumps_changes_no_decision_and_breaks_no_proof() {
    let folder = tempfile::tempdir().unwrap();
    let path = place(&folder);
    let policy_set = shipped();
    let rules = Arc::new(Rules::load(&policy_set).unwrap());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap();
    let (store, past) = runtime.block_on(async {
        let store = Store::open(&path).await.unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let past = engine::open(&store, opening(&policy_set, rules), at, &mut |_| {}).await;
        (store, past.unwrap())
    });
    // Years forward, years back, and standing still.
    let jumps = [4_000_000_000, 5, 2_000_000_000, 2_000_000_000, -1_000_000_000, 60];
    let calls = std::sync::atomic::AtomicUsize::new(0);
    let clock: engine::Clock = Arc::new(move || {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Timestamp::from_second(jumps[call % jumps.len()]).unwrap()
    });
    let mut keep = Keep::start(runtime, store, past, clock).unwrap();
    let events: Vec<Incoming> = (0..300).map(incoming).collect();
    let mut ids = Vec::new();
    for batch in events.chunks(20) {
        keep.take(batch.to_vec()).unwrap();
        while let Some(taken) = keep.finished(true).unwrap() {
            ids.extend(taken.into_iter().filter_map(|taken| Some(taken.decision?.id.0)));
        }
    }
    drop(keep);
    let still = tempfile::tempdir().unwrap();
    assert_eq!(ids, self::keep(&place(&still), 0..300));
    let report = verified(&path);
    assert_eq!((report.damaged, report.rejudged), (0, 300), "{:?}", report.findings);
}
