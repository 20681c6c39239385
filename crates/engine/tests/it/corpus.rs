//! What goes in and what comes out, byte for byte: events, commands and time through the machine,
//! and every entry, decision, message and row that they leave. If a byte differs, old decisions
//! would look forged to this build: raise `signal::VERSION`, and write the file anew with
//! `UPDATE_EXPECT=1`.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use decide::{PolicySet, Source};
use engine::machine::Machine;
use engine::{Clock, Deed, Intake, Lodged, Rules};
use jiff::Timestamp;
use review::{CaseId, Command, Filing, Finding, Request, Reviewer, Verdict, Work};
use serde_json::{Value, json};
use store::{FilingRow, Store};
use tokio::runtime::Runtime;
use types::{Event, Incoming};

use crate::ledger::{key, random};

const BEGIN_MS: i64 = 1_700_000_000_000;

const RULES: &str = r#"
[[policy]]
id = "spam.links"
title = "Links that flood"
severity = 4
text = "We do not allow links that flood."
dsa = { category = "SCAMS_AND_FRAUD" }

[[policy]]
id = "civic.voting"
title = "False voting dates"
severity = 8
text = "We do not allow false dates of elections."
dsa = { category = "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", keywords = ["MISINFORMATION_DISINFORMATION"] }

[[counter]]
name = "posts"
of = "event.type == 'content.published'"
by = "account.id"
last = "1h"

[[rule]]
id = "second_link"
policy = "spam.links"
when = '''event.type == "content.published" && link_count() > 0 && posts >= 1'''
then = ["limit", "review", "notify"]

[[rule]]
id = "rated_false"
policy = "civic.voting"
when = '''event.type == "claim.rated" && claim.rating == "false" && claim.similarity >= 0.9'''
then = ["remove", "notify", "review"]
else_if_unknown = "review"

[[rule]]
id = "made_by_ai"
policy = "civic.voting"
when = '''event.type == "content.published" && content.provenance == "ai_generated"'''
then = [{ effect = "label", label = "synthetic_media" }, "notify"]
"#;

fn post(id: &str, account: &str, content: &Value) -> Value {
    json!({"specversion": "1.0", "id": id, "source": "/corpus", "type": "content.published",
        "time": "2023-11-14T22:00:00Z",
        "data": {"account": {"id": account, "country": "RO"}, "content": content}})
}

fn events() -> Vec<Value> {
    let link = "see https://example.org/x?a=1 now";
    let rated = |id: &str, similarity: Option<f64>| {
        let mut claim = json!({"id": "c1", "rating": "false", "partner": "p"});
        if let Some(similarity) = similarity {
            claim["similarity"] = similarity.into();
        }
        json!({"specversion": "1.0", "id": id, "source": "/corpus", "type": "claim.rated",
            "time": "2023-11-14T22:00:05Z",
            "data": {"account": {"id": "b"}, "content": {"id": "v-2", "kind": "video", "lang": "fr"},
                "claim": claim}})
    };
    vec![
        post("1", "a", &json!({"id": "v-1", "kind": "post", "lang": "ro", "text": link})),
        post("2", "a", &json!({"id": "v-3", "kind": "photo", "lang": "de", "text": link})),
        post("3", "ș\"\\", &json!({"id": "v-4", "kind": "video", "provenance": "ai_generated"})),
        rated("4", Some(0.95)),
        rated("5", None),
        json!({"specversion": "1.0", "id": "6", "source": "/corpus", "type": "flag.raised",
            "time": "2023-11-14T22:00:09Z",
            "data": {"content": {"id": "v-3"}, "flag": {"reason": "spam", "by": "c"}}}),
    ]
}

fn incoming(place: u64, json: &Value) -> Incoming {
    let json = json.to_string().into_bytes();
    Incoming { place, event: Event::parse(&json).unwrap(), json }
}

/// An order that is carried out at once.
fn order(now_ms: i64) -> Intake {
    let event = json!({"specversion": "1.0", "id": "order/o-1", "source": types::event::OURSELVES,
        "type": "order.received", "time": "2023-11-14T22:13:20Z", "subject": "content/v-1",
        "data": {"content": {"id": "v-1", "kind": "post", "lang": "ro"}, "account": {"id": "a"},
            "order": {"id": "o-1", "kind": "removal", "authority": "An authority", "country": "RO"}}});
    let reviewer = Reviewer {
        name: review::AUTOMATIC.to_owned(),
        works: vec![Work::Legal],
        is_lead: true,
        ..Reviewer::default()
    };
    let effects = vec!["remove".to_owned(), "preserve".to_owned()];
    let policy = "order".to_owned();
    let verdict = Verdict {
        finding: Finding::Violation,
        policy: policy.clone(),
        effects,
        ..Verdict::default()
    };
    let then = [Command::Claim, Command::Close { verdict }];
    let then =
        then.map(|command| Request { case: None, reviewer: reviewer.clone(), command, now_ms });
    let row = FilingRow {
        id: "o-1".to_owned(),
        kind: "order".to_owned(),
        received_ms: now_ms,
        state: "open".to_owned(),
        body: Some("{}".to_owned()),
        ..FilingRow::default()
    };
    let filing = Filing {
        id: row.id.clone(),
        due_ms: Some(now_ms + 3_600_000),
        policy: Some(policy),
        ..Filing::default()
    };
    let lodged = Lodged { filing, row, beside: Vec::new(), then: then.into() };
    Intake { events: vec![incoming(0, &event)], lodged: vec![(0, lodged)], ..Intake::default() }
}

fn act(case: u64, by: &str, now_ms: i64, command: Command) -> Vec<Deed> {
    let works = vec![Work::Moderate];
    let reviewer = Reviewer { name: by.to_owned(), works, ..Reviewer::default() };
    vec![Deed::Act(Box::new(Request { case: Some(CaseId(case)), reviewer, command, now_ms }))]
}

/// Everything that the store holds, as text.
async fn told(store: &Store) -> String {
    let mut out = format!("judgement {}\n", signal::VERSION);
    let size = store.size().await.unwrap();
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.unwrap_or_default()).unwrap();
    for entry in store.entries(0, u32::MAX).await.unwrap() {
        let seq = entry.seq;
        writeln!(out, "\n{seq} {}", String::from_utf8(entry.body).unwrap()).unwrap();
        for row in store.log(seq, seq + 1).await.unwrap() {
            writeln!(out, "  event {}", text(row.event)).unwrap();
            writeln!(out, "  facts {}", text(row.facts)).unwrap();
        }
        for row in store.records(seq, seq + 1).await.unwrap() {
            writeln!(out, "  decision {}", text(row.decision)).unwrap();
        }
        for row in store.outbox(seq, seq + 1).await.unwrap() {
            writeln!(out, "  message {}", text(row.message)).unwrap();
        }
        for row in store.changes(seq, seq + 1).await.unwrap() {
            for change in store::ChangeRow::read(&row.rows.unwrap()).unwrap() {
                writeln!(out, "  row {}", serde_json::to_string(&change).unwrap()).unwrap();
            }
        }
    }
    writeln!(out, "\n{}", store.heads(0, size + 1).await.unwrap().last().unwrap().root).unwrap();
    out
}

/// A machine on a new store, whose clock stands.
fn begun(path: &Path) -> (Runtime, Store, Machine) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text: RULES.into() }]);
    let rules = Arc::new(Rules::load(&policy_set).unwrap_or_else(|found| panic!("{found:?}")));
    let clock: Clock = Arc::new(|| Timestamp::from_millisecond(BEGIN_MS).unwrap());
    let (store, past) = runtime.block_on(async {
        let store = Store::open(path).await.unwrap();
        let casework = review::Settings::default();
        let (key, random) = (key(), random());
        let opening =
            engine::Opening { policy_set: &policy_set, rules, key, random, threads: 1, casework };
        let past = engine::open(&store, opening, clock(), &mut |_| {}).await.unwrap();
        (store, past)
    });
    let machine = Machine::new(&store, past, &clock, runtime.handle());
    (runtime, store, machine)
}

/// Takes the machine through everything, writing after so many jobs.
fn played(path: &Path, together: usize) -> String {
    let (runtime, store, mut machine) = begun(path);
    let remove = Verdict {
        finding: Finding::Violation,
        policy: "civic.voting".to_owned(),
        effects: vec!["remove".to_owned()],
        note: "a note".to_owned(),
        ..Verdict::default()
    };
    let nothing = Verdict { finding: Finding::NoViolation, ..Verdict::default() };
    for (place, event) in (0..).zip(events()) {
        machine.take(Intake { events: vec![incoming(place, &event)], ..Intake::default() });
    }
    let mut now = BEGIN_MS;
    for (case, by, command) in [
        (1, "ana", Command::Claim),
        (1, "ana", Command::Close { verdict: remove }),
        (1, "ana", Command::Undo),
        (1, "ana", Command::Escalate { note: "who knows".to_owned() }),
        (2, "ben", Command::Claim),
        (2, "ben", Command::Close { verdict: nothing }),
    ] {
        now += 1000;
        machine.carry(act(case, by, now, command));
    }
    machine.take(order(now));
    machine.tick(now + 7_200_000);
    while machine.waiting() > 0 {
        assert!(machine.write(together).unwrap().is_none());
    }
    let out = runtime.block_on(told(&store));
    runtime.block_on(store.close());
    out
}

#[test]
fn the_same_goes_in_and_the_same_comes_out_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let one = played(&folder.path().join("a.db"), 1);
    expect_test::expect_file!["../golden/corpus.txt"].assert_eq(&one);
    let many = played(&folder.path().join("b.db"), 64);
    assert_eq!(one, many, "however much is written together");
}

#[test]
fn an_order_that_is_carried_out_at_once_is_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (runtime, store, mut machine) = begun(&folder.path().join("a.db"));
    let heads = || runtime.block_on(store.heads(0, u64::from(u32::MAX))).unwrap().len();
    let before = heads();
    machine.take(order(BEGIN_MS));
    assert!(machine.write(64).unwrap().is_none());
    assert_eq!(heads(), before + 1, "one head is one commit");
    let case = runtime.block_on(store.case(1)).unwrap().unwrap();
    let case: Value = serde_json::from_str(&case).unwrap();
    assert_eq!(case["state"]["state"], "closed", "{case}");
    runtime.block_on(store.close());
}
