//! An erased subject is gone from every table, however its id is written.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use decide::{PolicySet, Source};
use engine::erase::ErasureRequest;
use engine::{Keep, Past, Pipeline, Recorder, Rows, Rules, verify};
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use store::{AuditRow, FilingRow, HoldRow, RowChange, Store};
use types::{Event, Incoming, Subject};

use crate::ledger::{key, random};

const RULES: &str = r#"
[[policy]]
id = "p"
title = "t"
severity = 1
text = "x"
dsa = { category = "SCAMS_AND_FRAUD" }
[[counter]]
name = "posts"
of = '''event.type == "content.published"'''
by = "account.id"
last = "1h"
[[rule]]
id = "all"
policy = "p"
when = '''event.type in ["content.published", "flag.raised", "claim.rated"] && posts < 1000'''
then = ["limit", "review"]
else_if_unknown = "review"
"#;

/// Every table with what an erasure does there. A new one needs a decision, and a row in `fill`.
const TABLES: &[(&str, &str)] = &[
    ("api_key", "names of programs"),
    ("audit", "lines that name the subject are blanked"),
    ("cases", "members and notes go, and cases without a member"),
    ("change", "changes that name the subject go"),
    ("day", "counts"),
    ("enforced", "versions"),
    ("entry", "commitments"),
    ("exposure", "staff"),
    ("filing", "what names the subject goes"),
    ("head", "signatures"),
    ("hold", "what is over and names the subject goes"),
    ("idempotency", "answers that name the subject go"),
    ("identity", "staff"),
    ("inbox", "gone within seconds"),
    ("job", "titles and results that name the subject go"),
    ("log", "payloads go"),
    ("lookup", "keys of the subject go"),
    ("lookup_slice", "places"),
    ("named", "digests of the subject go"),
    ("node", "hashes"),
    ("outbox", "messages go"),
    ("party", "partners, authorities, digests of mail addresses"),
    ("policy_set", "lists and rules are their author's"),
    ("proposal", "reasons that name the subject go; files are the author's"),
    ("receiver", "names of receivers"),
    ("record", "decisions go"),
    ("record_effect", "names of effects"),
    ("refused", "records that name the subject go"),
    ("report", "figures, and who answers for them"),
    ("report_part", "figures and texts of the provider; nothing of a person"),
    ("session", "staff"),
    ("setting", "what was configured"),
    ("sqlite_sequence", "SQLite's own"),
    ("staff", "staff"),
    ("stated", "a place"),
    ("statement", "codes and texts of policies; nothing of a person"),
    ("tally", "counts"),
    ("undelivered", "subject and error go"),
    ("unproven", "names of tables"),
];

const ACCOUNT: &str = "a\"7\\ñ'ș";
const CONTENT: &str = "v\"1\\ü%/x";
const TEXT: &str = "words of a person";
const NOTIFIER: &str = "Nora Notifier";

/// An id as it may be written somewhere.
fn forms(id: &str) -> Vec<String> {
    let written = Value::from(id).to_string();
    let written = written[1..written.len() - 1].to_owned();
    let ascii: String = written
        .chars()
        .map(|char| match char.is_ascii() {
            true => char.to_string(),
            false => format!("\\u{:04x}", char as u32),
        })
        .collect();
    vec![id.to_owned(), written, ascii, percent(id)]
}

fn percent(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn incoming(number: u64, kind: &str, data: &Value) -> Incoming {
    let json = json!({"specversion": "1.0", "id": format!("e-{number}"), "source": "/t",
        "type": kind, "time": "2024-11-20T10:00:00Z", "data": data});
    let json = json.to_string().into_bytes();
    Incoming { event: Event::parse(&json).unwrap(), json, place: number }
}

/// Events about the account, its content without it, and somebody else.
fn events() -> Vec<Incoming> {
    let account = json!({"id": ACCOUNT, "device": "d-1", "name": TEXT});
    let content = json!({"id": CONTENT, "text": TEXT, "lang": "ro"});
    let claim = json!({"id": "claim-1", "rating": "false"});
    let other = json!({"id": "other-1", "device": "d-1"});
    [
        ("account.registered", json!({"account": account})),
        ("content.published", json!({"account": account, "content": content})),
        ("claim.rated", json!({"content": {"id": CONTENT}, "claim": claim})),
        (
            "flag.raised",
            json!({"content": {"id": CONTENT}, "flag": {"reason": "spam", "by": "other-1"}}),
        ),
        ("content.viewed", json!({"content": {"id": CONTENT}, "views": {"total": 9}})),
        ("flag.raised", json!({"account": other, "flag": {"reason": "spam", "by": ACCOUNT}})),
        (
            "content.published",
            json!({"account": other, "content": {"id": "w-1", "text": "of another"}}),
        ),
    ]
    .iter()
    .zip(0..)
    .map(|((kind, data), number)| incoming(number, kind, data))
    .collect()
}

async fn open(path: &Path) -> (Store, Past) {
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text: RULES.into() }]);
    let rules = Arc::new(Rules::load(&policy_set).unwrap_or_else(|found| panic!("{found:?}")));
    let store = Store::open(path).await.unwrap();
    let casework = review::Settings::default();
    let (key, random) = (key(), random());
    let opening =
        engine::Opening { policy_set: &policy_set, rules, key, random, threads: 1, casework };
    let past = engine::open(&store, opening, Timestamp::UNIX_EPOCH, &mut |_| {}).await.unwrap();
    (store, past)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

pub(crate) fn keep(path: &Path) {
    keep_all(path, vec![events()]);
}

fn keep_all(path: &Path, batches: Vec<Vec<Incoming>>) {
    let runtime = runtime();
    let (store, past) = runtime.block_on(open(path));
    let clock: engine::Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let mut keep = Keep::start(runtime, store, past, clock).unwrap();
    for batch in batches {
        keep.take(batch).unwrap();
    }
    while keep.finished(true).unwrap().is_some() {}
}

/// Writes what names the account or its content into every table that events do not fill.
pub(crate) async fn fill(store: &Store, connection: &mut SqliteConnection) {
    let text = "SELECT id FROM record WHERE account = $1 LIMIT 1";
    let query = sqlx::query_scalar(text).bind(ACCOUNT);
    let decision: String = query.fetch_one(&mut *connection).await.unwrap();
    enter(store, &decision).await;
    let named = json!({"who": ACCOUNT, "what": CONTENT, "text": TEXT}).to_string();
    let subject = format!("content/{CONTENT}");
    let note = format!("ask account/{ACCOUNT}");
    for (text, values) in [
        ("INSERT INTO refused VALUES (1, 0, 'key', 1, 'r', 'm', ?)", vec![named.as_str()]),
        (
            "INSERT INTO job VALUES
                 (1, 'backtest', 0, 'ana', 't', '{}', 'done', 1.0, 1, 0, ?, NULL)",
            vec![&named],
        ),
        ("INSERT INTO undelivered VALUES ('r', 2, ?, 1, 0, 0, 0, ?)", vec![&subject, &note]),
        ("INSERT INTO receiver VALUES ('r', 0, 0, 0)", vec![]),
        ("INSERT INTO idempotency VALUES (x'00', x'00', 200, CAST(? AS BLOB), 0)", vec![&named]),
        ("INSERT INTO session VALUES (x'00', 'ana', 'c', 0)", vec![]),
        ("INSERT INTO inbox VALUES (1, '{}', '')", vec![]),
        ("INSERT INTO stated VALUES (1, 0)", vec![]),
        ("INSERT INTO statement VALUES (1, 'p', 0, '{}', 'waiting', 0, NULL, NULL)", vec![]),
        ("INSERT INTO unproven VALUES ('nothing')", vec![]),
        ("INSERT INTO named VALUES (0, 0, x'')", vec![]),
    ] {
        let mut query = sqlx::query(text);
        for value in values {
            query = query.bind(value.to_owned());
        }
        let done = query.execute(&mut *connection).await;
        assert!(
            done.unwrap_or_else(|error| panic!("{text}: {error}")).rows_affected() > 0,
            "{text}"
        );
    }
}

/// Rows of those who work with it.
fn people(rows: &mut Rows, note: &str) {
    let (by, what) = ("ana".to_owned(), "viewed".to_owned());
    rows.put(&[AuditRow { by, what, about: note.to_owned(), ..AuditRow::default() }]);
    let proposed = store::Proposed {
        made_ms: 0,
        author: "ana".to_owned(),
        reason: note.to_owned(),
        base: "b".to_owned(),
        files: "{}".to_owned(),
        summary: "s".to_owned(),
    };
    rows.put(&[store::Proposal { id: 1, proposed, decided: None }]);
    rows.put(&[store::ReportRow {
        id: 1,
        regime: "dsa".to_owned(),
        first_day: "2026-01-01".to_owned(),
        last_day: "2026-06-30".to_owned(),
        version: 1,
        state: store::ReportState::Draft,
        made_ms: 0,
        author: "ana".to_owned(),
        signed: None,
        published: None,
        body: "{}".to_owned(),
    }]);
    let (name, text) = ("tables".to_owned(), "[]".to_owned());
    rows.put(&[store::ReportPart { report: 1, name, text }]);
    rows.changes.push(RowChange::exposure("ana", "{}"));
    rows.changes.push(RowChange::setting("provider", "{}"));
    let (id, kind) = ("notifier mail:00".to_owned(), "notifier".to_owned());
    rows.put(&[store::PartyRow { id, kind, body: "{}".to_owned() }]);
    rows.put(&[store::ApiKey {
        id: "k".to_owned(),
        name: "n".to_owned(),
        hash: "00".to_owned(),
        scopes: String::new(),
        made_ms: 0,
        revoked_ms: None,
        party: None,
    }]);
    rows.put(&[store::Staff { name: "ana".into(), role: "lead".into(), ..Default::default() }]);
    let issuer = "https://id.example".to_owned();
    let (sub, staff) = ("s-1".to_owned(), "ana".to_owned());
    rows.put(&[store::Identity { issuer, sub, staff, bound_ms: 0 }]);
}

/// Enters rows of people's work that name them.
async fn enter(store: &Store, decision: &str) {
    let urls = [CONTENT, ACCOUNT].map(|id| format!("https://video.example/{}", percent(id)));
    let notice = json!({"urls": urls, "name": NOTIFIER, "explanation": TEXT}).to_string();
    let ascii = format!("{{\"said\":\"{}\"}}", forms(ACCOUNT)[2]);
    let note = format!("ask account/{ACCOUNT}");
    let subject = format!("content/{CONTENT}");
    let filing = |id: &str, fingerprint: &str, subject: Option<&str>, body: &str| FilingRow {
        id: id.to_owned(),
        kind: "notice".to_owned(),
        fingerprint: fingerprint.to_owned(),
        subject: subject.map(str::to_owned),
        state: "open".to_owned(),
        body: Some(body.to_owned()),
        ..FilingRow::default()
    };
    let appeal = format!("{{\"explanation\":\"{TEXT}\"}}");
    let other = r#"{"explanation":"of another"}"#;
    let mut rows = Rows::default();
    rows.put(&[
        filing("n-1", "f1", Some(&subject), "{}"),
        filing("n-2", "f2", None, &notice),
        filing("n-3", "f3", None, &ascii),
        filing("a-1", &format!("appeal {decision}"), None, &appeal),
        filing("n-4", "f4", Some("content/w-1"), other),
    ]);
    rows.put(&[HoldRow {
        id: "h-1".to_owned(),
        scope: types::EventSelector::about(Subject(subject)),
        reason: note.clone(),
        until_ms: Some(1),
        ..HoldRow::default()
    }]);
    people(&mut rows, &note);
    let cases = store::SHAPES.iter().find(|shape| shape.name == "cases").unwrap();
    let noted = |mut case: RowChange| {
        if case.row["subject"] == "content/w-1" {
            let mut body: Value = serde_json::from_str(case.row["body"].as_str().unwrap()).unwrap();
            body["steps"][0]["note"] = note.as_str().into();
            case.row.insert("body".to_owned(), body.to_string().into());
            rows.changes.push(case);
        }
        Ok(())
    };
    store.each_row(cases, noted).await.unwrap();
    let clock: engine::Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let door = engine::Door::alone(store, (key(), random()), clock).await.unwrap();
    door.write(rows).await.unwrap();
}

/// The files in `folder`, and those in folders in it, with what they hold.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
    found
}

/// Where `needle` lies.
fn places(folder: &Path, needle: &str) -> Vec<PathBuf> {
    let needle = needle.as_bytes();
    let holds = |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    files(folder).into_iter().filter(|(_, bytes)| holds(bytes)).map(|(path, _)| path).collect()
}

pub(crate) async fn connect(path: &Path) -> SqliteConnection {
    let options =
        sqlx::sqlite::SqliteConnectOptions::new().filename(path).pragma("secure_delete", "ON");
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// When somebody is erased: after the hold of `fill` is over.
fn later() -> Timestamp {
    Timestamp::from_second(1).unwrap()
}

/// Erases the account in a store that nobody else has open.
async fn alone(path: &Path) {
    let subject = Subject::new("account", ACCOUNT);
    let store = Store::open(path).await.unwrap();
    let found = engine::erase::find(&store, (&subject, later()), &mut |_| {}).await.unwrap();
    assert_eq!(found.erasure.entries.len(), 6, "ratings, flags and views that name no account");
    assert_eq!(found.beside["filings"], 4);
    let again = engine::erase::find(&store, (&subject, later()), &mut |_| {}).await.unwrap();
    assert_eq!(found, again, "looking changes nothing");
    let mut recorder = Recorder::resume(&store, key(), random()).await.unwrap();
    let what = (found, ErasureRequest::default());
    engine::erase::erase(&store, &mut recorder, what, later()).await.unwrap();
    store.close().await;
}

/// The same while the loop runs.
async fn running(path: &Path) {
    let (store, past) = open(path).await;
    let clock: engine::Clock = Arc::new(later);
    let handle = tokio::runtime::Handle::current();
    let (pipeline, threads) = Pipeline::start(&store, past, clock, &handle).unwrap();
    let subject = Subject::new("account", ACCOUNT);
    let found = pipeline.erase(&store, (&subject, ErasureRequest::default())).await.unwrap();
    assert_eq!((found.erasure.entries.len(), found.beside["filings"]), (6, 4));
    // What goes on writes nothing of it again: open cases, and the state when it ends.
    pipeline.tick().await.unwrap();
    drop(pipeline);
    tokio::task::spawn_blocking(move || threads.join()).await.unwrap();
    store.close().await;
}

async fn nothing_is_left(folder: &Path) {
    let path = folder.join("a.db");
    let store = Store::open(&path).await.unwrap();
    let subject = Subject::new("account", ACCOUNT);
    let found = engine::erase::find(&store, (&subject, later()), &mut |_| {}).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
    store.close().await;
    for needle in needles() {
        assert_eq!(places(folder, &needle), Vec::<PathBuf>::new(), "{needle}");
    }
    assert!(!places(folder, "of another").is_empty(), "and what is of others stays");
    let store = Store::look(&path).await.unwrap();
    let report = verify::verify(&store, None, &mut |_| {}).await.unwrap();
    assert_eq!((report.damaged, report.erased), (0, 6), "{:?}", report.findings);
    store.close().await;
}

fn needles() -> Vec<String> {
    let texts = [TEXT, NOTIFIER].map(str::to_owned).to_vec();
    [forms(ACCOUNT), forms(CONTENT), texts].concat()
}

/// A store that names the account in every table.
async fn named(folder: &Path) -> PathBuf {
    let path = folder.join("a.db");
    let own = path.clone();
    std::thread::spawn(move || keep(&own)).join().unwrap();
    let mut connection = connect(&path).await;
    let store = Store::open(&path).await.unwrap();
    fill(&store, &mut connection).await;
    store.close().await;
    let text = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let tables: Vec<String> = sqlx::query_scalar(text).fetch_all(&mut connection).await.unwrap();
    let decided: Vec<&str> = TABLES.iter().map(|(name, _)| *name).collect();
    assert_eq!(tables, decided, "what does an erasure do there?");
    // A ledger of so few entries has no inner hashes of its own.
    for table in tables.iter().filter(|table| *table != "node") {
        let text = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count: i64 = sqlx::query_scalar(text).fetch_one(&mut connection).await.unwrap();
        assert!(count > 0, "`{table}` is empty");
    }
    connection.close().await.unwrap();
    for needle in needles() {
        let is_there = !places(folder, &needle).is_empty();
        assert!(is_there || needle.contains("\\u00fc"), "{needle} is nowhere");
    }
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_account_leaves_neither_id_nor_text_in_any_table() {
    let folder = tempfile::tempdir().unwrap();
    alone(&named(folder.path()).await).await;
    nothing_is_left(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_one_that_is_erased_while_everything_runs() {
    let folder = tempfile::tempdir().unwrap();
    running(&named(folder.path()).await).await;
    nothing_is_left(folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_holds_others_stays_when_somebody_whom_it_names_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let own = path.clone();
    std::thread::spawn(move || keep(&own)).join().unwrap();
    let (store, past) = open(&path).await;
    let clock: engine::Clock = Arc::new(later);
    let handle = tokio::runtime::Handle::current();
    let (pipeline, threads) = Pipeline::start(&store, past, clock, &handle).unwrap();
    let mut rows = Rows::default();
    let order = FilingRow {
        id: "o-1".to_owned(),
        kind: "order".to_owned(),
        state: "open".to_owned(),
        body: Some(json!({"who": ACCOUNT}).to_string()),
        ..FilingRow::default()
    };
    rows.put([&order]);
    rows.put(&[HoldRow {
        id: "h-1".to_owned(),
        scope: types::EventSelector::about(Subject::new("content", "w-1")),
        filing: Some("o-1".to_owned()),
        ..HoldRow::default()
    }]);
    pipeline.keep(rows).await.unwrap();
    let subject = Subject::new("account", ACCOUNT);
    let found = pipeline.erase(&store, (&subject, ErasureRequest::default())).await.unwrap();
    assert_eq!(found.beside.get(store::KEPT), Some(&1), "it is said: {:?}", found.beside);
    assert_eq!(store.filing("o-1").await.unwrap(), Some(order));
    drop(pipeline);
    tokio::task::spawn_blocking(move || threads.join()).await.unwrap();
    store.close().await;
}

/// Erases the account by another process, as it were.
fn erase_beside(path: &Path) {
    let path = path.to_owned();
    let erase = move || {
        runtime().block_on(async {
            let store = Store::open(&path).await.unwrap();
            let subject = Subject::new("account", ACCOUNT);
            let about = (&subject, later());
            let found = engine::erase::find(&store, about, &mut |_| {}).await.unwrap();
            assert!(found.erasure.entries.iter().any(|seq| *seq > 4000), "behind the first chunk");
            let mut recorder = Recorder::resume(&store, key(), random()).await.unwrap();
            let what = (found, ErasureRequest::default());
            engine::erase::erase(&store, &mut recorder, what, later()).await.unwrap();
            store.close().await;
        });
    };
    std::thread::spawn(erase).join().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_while_a_store_is_verified_is_no_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let view = |number| {
        incoming(number, "content.viewed", &json!({"content": {"id": "w"}, "views": {"total": 1}}))
    };
    let own = path.clone();
    let many = (100..4200).map(view).collect();
    std::thread::spawn(move || keep_all(&own, vec![many, events()])).join().unwrap();
    let store = Store::look(&path).await.unwrap();
    let mut is_erased = false;
    let mut erase = |_| {
        if !std::mem::replace(&mut is_erased, true) {
            erase_beside(&path);
        }
    };
    let report = verify::verify(&store, None, &mut erase).await.unwrap();
    store.close().await;
    assert_eq!(report.damaged, 0, "{:?}", report.findings);
    assert!(is_erased, "there was a chunk before");
}
