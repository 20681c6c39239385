//! What is remembered can be rebuilt, and what was judged can be judged again, in whatever way.

use std::path::Path;
use std::sync::Arc;

use decide::{PolicySet, Source};
use engine::backtest::{Backtest, Past, Report, Side, Way, over_history};
use engine::rejudging::{PolicySide, Search, again, search};
use engine::{Judge, Keep, Rules};
use history::{History, HistoryRow, Location, Payload, Writer};
use jiff::Timestamp;
use proptest::prelude::*;
use store::Store;
use types::{Event, Incoming};

use crate::ledger::{key, random};

const HEAD: &str = r#"
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
[[counter]]
name = "countries"
kind = "distinct"
of = '''event.type == "content.published" && account.age_days < 500'''
by = "account.id"
value = "content.country"
last = "2h"
"#;

/// A policy set of rules with these conditions; each asks for a label of its own, and some for a
/// strike.
fn policy_set(conditions: &[String]) -> PolicySet {
    let mut text = HEAD.to_owned();
    for (number, condition) in conditions.iter().enumerate() {
        let strike = if number % 5 == 0 { "\"remove\", " } else { "" };
        text += &format!(
            "[[rule]]\nid = \"r{number}\"\npolicy = \"p\"\nwhen = '''{condition}'''\n\
             then = [{strike}{{ effect = \"label\", label = \"l{number}\" }}]\n\
             else_if_unknown = \"review\"\n"
        );
    }
    let words = Source { name: "lists/words.txt".into(), text: "harbour\nold mill\n".into() };
    PolicySet::new(vec![Source { name: "a.toml".into(), text }, words])
}

fn rules(policy_set: &PolicySet) -> Arc<Rules> {
    Arc::new(Rules::load(policy_set).unwrap_or_else(|found| panic!("{found:?}")))
}

fn leaf() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("account.followers"),
        Just("content.duration_seconds"),
        Just("account.age_days"),
        Just("account.strikes"),
        Just("views.total"),
        Just("posts"),
        Just("countries"),
        Just("content.synthetic_score"),
        Just("event.hour"),
        Just("text_length()"),
    ];
    let sign = prop_oneof![Just(">"), Just("<="), Just("=="), Just("!="), Just("<"), Just(">=")];
    let text = prop_oneof![
        Just("content.kind"),
        Just("content.country"),
        Just("account.class"),
        Just("account.country"),
        Just("event.source"),
    ];
    let word = prop_oneof![Just("video"), Just("FR"), Just("RO"), Just("creator"), Just("/t")];
    prop_oneof![
        4 => (number, sign, 0..40_u32).prop_map(|(x, sign, n)| format!("{x} {sign} {n}")),
        3 => (text.clone(), any::<bool>(), word.clone())
            .prop_map(|(x, eq, w)| format!("{x} {} \"{w}\"", if eq { "==" } else { "!=" })),
        2 => (text, word.clone(), word)
            .prop_map(|(x, a, b)| format!("{x} in [\"{a}\", \"{b}\"]")),
        1 => (0..40_u32).prop_map(|n| format!("content.duration_seconds in [{n}, {}]", n + 1)),
        1 => Just("account.verified".to_owned()),
        1 => Just("content.synthetic_declared == false".to_owned()),
        1 => Just("has(content.kind)".to_owned()),
        1 => (0..10_u32).prop_map(|n| format!("claim.similarity > 0.{n}")),
        1 => Just("mentions(\"words\")".to_owned()),
        1 => Just("\"one\" in content.hashtags".to_owned()),
        1 => Just("!has(content.country)".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 2..5)
                .prop_map(|parts| format!("({})", parts.join(" && "))),
            2 => prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" || "))),
            1 => inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

/// Data of an event: some groups, some members.
fn event() -> impl Strategy<Value = (u8, String)> {
    let some = |name: &'static str, value: BoxedStrategy<String>| {
        prop::option::of(value)
            .prop_map(move |value| value.map(|value| format!("\"{name}\":{value}")))
    };
    let number = || (0..40_u32).prop_map(|n| n.to_string()).boxed();
    let word = |words: &'static [&'static str]| {
        prop::sample::select(words).prop_map(|word| format!("\"{word}\"")).boxed()
    };
    let boolean = || any::<bool>().prop_map(|value| value.to_string()).boxed();
    let join =
        |parts: Vec<Option<String>>| parts.into_iter().flatten().collect::<Vec<_>>().join(",");
    let account = (
        0..6_u8,
        some("followers", number()),
        some("class", word(&["creator", "news"])),
        some("country", word(&["FR", "RO"])),
        some("verified", boolean()),
        some("registered_at", word(&["2024-06-01T00:00:00Z", "2022-01-01T00:00:00Z"])),
    )
        .prop_map(move |(id, a, b, c, d, e)| {
            let rest = join(vec![Some(format!("\"id\":\"a{id}\"")), a, b, c, d, e]);
            format!("\"account\":{{{rest}}}")
        });
    let content = (
        0..9_u8,
        some("kind", word(&["video", "comment"])),
        some("country", word(&["FR", "RO", "DE"])),
        some("duration_seconds", number()),
        some("text", word(&["at the harbour", "by the old mill tonight", "nothing here"])),
        some("synthetic_declared", boolean()),
        some("synthetic_score", number()),
        some("hashtags", prop_oneof![Just("[\"one\"]".to_owned()), Just("[]".to_owned())].boxed()),
    )
        .prop_map(move |(id, a, b, c, d, e, f, g)| {
            let rest = join(vec![Some(format!("\"id\":\"c{id}\"")), a, b, c, d, e, f, g]);
            format!("\"content\":{{{rest}}}")
        });
    (0..5_u8, account, content, 0..40_u32).prop_map(|(kind, account, content, n)| {
        let more = match kind {
            1 => format!(",\"views\":{{\"total\":{n}}}"),
            2 => format!(",\"claim\":{{\"id\":\"x\",\"similarity\":0.{n}}}"),
            3 => ",\"flag\":{\"reason\":\"spam\"}".to_owned(),
            _ => String::new(),
        };
        (kind, format!("{{{account},{content}{more}}}"))
    })
}

fn rows(events: &[(u8, String)]) -> Vec<HistoryRow> {
    let types =
        ["content.published", "content.viewed", "claim.rated", "flag.raised", "content.updated"];
    let row = |(number, (kind, data)): (u64, &(u8, String))| {
        let time = Timestamp::from_second(1_717_200_000 + number.cast_signed() * 97).unwrap();
        let kind = types[usize::from(*kind)];
        let json = format!(
            r#"{{"specversion":"1.0","id":"e{number}","source":"/t","type":"{kind}","time":"{time}","data":{data}}}"#
        );
        let event = Event::parse(json.as_bytes()).unwrap_or_else(|why| panic!("{why}: {json}"));
        let payload = Payload { event: json.into_bytes(), ..Payload::default() };
        HistoryRow { seq: number, event, payload }
    };
    (0..).zip(events).map(row).collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// What a back-test of `candidate` finds column by column.
fn by_columns(folder: &Path, rows: Vec<HistoryRow>, candidate: Arc<Rules>) -> Report {
    block_on(async {
        let place = Location::new(folder.to_str().unwrap()).unwrap();
        let mut history = History::new(place, "ledger".to_owned());
        let mut writer = Writer::new(&mut history);
        for part in rows.chunks(70) {
            let until = part.last().unwrap().seq + 1;
            writer.push(part.to_vec());
            writer.flush((until, String::new())).await.unwrap();
        }
        let backtest = Backtest::new(Side::Recorded, Side::rules(candidate, 2), None);
        let report = over_history(&history, backtest, &Way::default(), &mut |_| true).await;
        report.unwrap().unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn columns_and_rows_say_the_same(
        conditions in prop::collection::vec(condition(), 12),
        events in prop::collection::vec(event(), 200),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (rows, rules) = (rows(&events), rules(&policy_set(&conditions)));
        let mut by_row = Backtest::new(Side::Recorded, Side::rules(Arc::clone(&rules), 1), None);
        let past = rows.iter().map(|row| {
            Past { seq: Some(row.seq), event: row.event.clone(), decided: None }
        });
        for one in past {
            by_row.take(&[one]);
        }
        let by_columns = by_columns(folder.path(), rows, rules);
        prop_assert_eq!(by_row.report(by_columns.seconds), by_columns);
    }
}

/// Keeps `events` in the store at `path` with so many threads, in batches of that size.
fn keep(
    path: &Path,
    policy_set: &PolicySet,
    events: &[Incoming],
    (threads, batch): (usize, usize),
) -> Keep {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (store, past) = runtime.block_on(async {
        let store = Store::open(path).await.unwrap();
        let rules = rules(policy_set);
        let opening = engine::Opening {
            policy_set,
            rules,
            key: key(),
            random: random(),
            threads,
            casework: review::Settings::default(),
        };
        let past = engine::open(&store, opening, Timestamp::UNIX_EPOCH, &mut |_| {}).await;
        (store, past.unwrap())
    });
    let mut keep = Keep::start(runtime, store, past, Arc::new(|| Timestamp::UNIX_EPOCH)).unwrap();
    for batch in events.chunks(batch) {
        keep.take(batch.to_vec()).unwrap();
    }
    while keep.finished(true).unwrap().is_some() {}
    keep
}

fn bodies(path: &Path) -> Vec<Vec<u8>> {
    block_on(async {
        let store = Store::look(path).await.unwrap();
        let entries = store.entries(0, 100_000).await.unwrap();
        store.close().await;
        entries.into_iter().map(|sealed| sealed.body).collect()
    })
}

/// Posts of few accounts that trip counters again and again.
fn posts(numbers: std::ops::Range<u64>) -> Vec<Incoming> {
    let incoming = |number: u64| {
        let time = Timestamp::from_second(1_717_200_000 + number.cast_signed()).unwrap();
        let (account, content) = (number * 7 % 400, number % 3_000);
        let json = format!(
            r#"{{"specversion":"1.0","id":"e{number}","source":"/t","type":"content.published","time":"{time}","data":{{"account":{{"id":"a{account}"}},"content":{{"id":"c{content}","country":"{}"}}}}}}"#,
            ["FR", "RO", "DE"][(number % 3) as usize]
        );
        let event = Event::parse(json.as_bytes()).unwrap();
        Incoming { place: number, event, json: json.into_bytes() }
    };
    numbers.map(incoming).collect()
}

fn busy() -> PolicySet {
    let conditions = [
        "event.type == \"content.published\" && posts > 6",
        "event.type == \"content.published\" && posts > 3 && account.strikes < 5",
        "event.type == \"content.published\" && countries > 1",
    ];
    policy_set(&conditions.map(str::to_owned))
}

#[test]
fn the_same_log_gives_the_same_ledger_with_any_number_of_shards() {
    let folder = tempfile::tempdir().unwrap();
    let events = posts(0..4_000);
    let ways = [(1, 4_000), (1, 4_000), (3, 4_000), (2, 500), (1, 77)];
    let ledgers: Vec<Vec<Vec<u8>>> = ways
        .iter()
        .enumerate()
        .map(|(number, way)| {
            let path = folder.path().join(format!("{number}.db"));
            drop(keep(&path, &busy(), &events, *way));
            bodies(&path)
        })
        .collect();
    let decided = ledgers[0].iter().filter(|body| String::from_utf8_lossy(body).contains("\"r0\""));
    assert!(decided.count() > 100, "rules that count speak here");
    for (way, ledger) in ways.iter().zip(&ledgers) {
        assert!(*ledger == ledgers[0], "{way:?} differs");
    }
}

#[test]
fn a_state_from_snapshots_of_any_age_is_that_of_the_whole_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    // The first stop leaves all parts; then some are taken while it runs, and it is cut off.
    drop(keep(&path, &busy(), &posts(0..3_000), (2, 500)));
    let running = keep(&path, &busy(), &posts(3_000..24_000), (2, 500));
    let copy = |name: &str, with_state: bool| {
        let to = folder.path().join(name);
        for end in ["", "-wal", ".key"] {
            let from = folder.path().join(format!("a.db{end}"));
            if from.exists() {
                std::fs::copy(from, folder.path().join(format!("{name}{end}"))).unwrap();
            }
        }
        if with_state {
            std::fs::create_dir(folder.path().join(format!("{name}.state"))).unwrap();
            for file in std::fs::read_dir(folder.path().join("a.db.state")).unwrap().flatten() {
                let name = folder.path().join(format!("{name}.state")).join(file.file_name());
                std::fs::copy(file.path(), name).unwrap();
            }
        }
        to
    };
    let (with, without, damaged) =
        (copy("with.db", true), copy("without.db", false), copy("damaged.db", true));
    drop(running);
    std::fs::write(folder.path().join("damaged.db.state/keys-007"), b"cut off").unwrap();
    let more = posts(24_000..28_000);
    let ledgers = [with, without, damaged].map(|path| {
        drop(keep(&path, &busy(), &more, (2, 500)));
        bodies(&path)
    });
    assert!(ledgers[0].len() > 27_000, "{}", ledgers[0].len());
    assert!(ledgers[0] == ledgers[1], "snapshots remember what the log does");
    assert!(ledgers[0] == ledgers[2], "what is damaged is left aside");
}

#[test]
fn a_breaker_pauses_a_rule_by_an_event_that_replays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let text = HEAD.to_owned()
        + "[[rule]]\nid = \"all\"\npolicy = \"p\"\nwhen = '''event.type == \"content.published\"'''\n\
           then = [\"limit\"]\nbreaker = { actions_per_minute = 30 }\n";
    let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text }]);
    drop(keep(&path, &policy_set, &posts(0..300), (1, 50)));
    let paused = |path: &Path| {
        let bodies = bodies(path);
        let with_effect =
            bodies.iter().filter(|body| String::from_utf8_lossy(body).contains("\"limit\""));
        with_effect.count()
    };
    // A post a second: the limit is passed within the first batch, which is judged to its end.
    assert_eq!(paused(&path), 50);
    drop(keep(&path, &policy_set, &posts(300..400), (1, 50)));
    assert_eq!(paused(&path), 50, "it stays paused when the store is opened again");
    std::fs::remove_dir_all(folder.path().join("a.db.state")).unwrap();
    drop(keep(&path, &policy_set, &posts(400..500), (1, 50)));
    assert_eq!(paused(&path), 50, "the log alone tells that it is paused");
}

#[test]
fn what_is_live_and_decided_otherwise_is_found_and_judged_again_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let rule = |list: &str| {
        let text = HEAD.to_owned()
            + "[[rule]]\nid = \"listed\"\npolicy = \"p\"\nwhen = '''listed(content.country, \
               \"places\")'''\nthen = [\"limit\"]\n";
        let list =
            Source { name: "lists/places.txt".into(), text: format!("# kind: values\n{list}") };
        PolicySet::new(vec![Source { name: "a.toml".into(), text }, list])
    };
    let (before, after) = (rule("XX\n"), rule("FR\n"));
    drop(keep(&path, &before, &posts(0..300), (1, 100)));
    let set = |policy_set: &PolicySet| PolicySide {
        policy_set: Arc::new(policy_set.clone()),
        rules: rules(policy_set),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(Store::look(&path)).unwrap();
    let sought = Search {
        store: store.clone(),
        handle: runtime.handle().clone(),
        before: set(&before),
        after: set(&after),
        after_from: None,
    };
    let found = search(&sought, &mut |_| true).unwrap().unwrap();
    assert_eq!((found.affected, found.lifted, found.changed.len()), (100, 0, 1), "{found:?}");
    assert_eq!(found.by_effect["limit"], 100);
    let version = after.version().0;
    let events = runtime.block_on(again(&store, &found.seqs, (&version, "why"))).unwrap();
    runtime.block_on(store.close());
    let mut keep = keep(&path, &after, &[], (1, 100));
    let mut taken = Vec::new();
    for _ in 0..2 {
        keep.take(events.clone()).unwrap();
        taken.push(keep.finished(true).unwrap().unwrap());
    }
    let count = |taken: &[engine::EventResult]| {
        let new = taken.iter().filter(|one| one.seq.is_some()).count();
        (new, taken.iter().filter(|one| one.decision.is_some()).count())
    };
    assert_eq!((count(&taken[0]), count(&taken[1])), ((100, 100), (0, 0)));
    drop(keep);
    // What was judged again, or came later, is not found a second time.
    let store = runtime.block_on(Store::look(&path)).unwrap();
    let active = runtime.block_on(store.activated(1)).unwrap().pop().unwrap();
    assert_eq!(active.version, version);
    let sought = Search { store: store.clone(), after_from: Some(active.seq), ..sought };
    let found = search(&sought, &mut |_| true).unwrap().unwrap();
    assert_eq!((found.affected, found.lifted), (0, 0), "{found:?}");
    runtime.block_on(store.close());
}

#[test]
fn what_is_judged_again_is_not_counted_again() {
    let rules = rules(&busy());
    let mut judge = Judge::new(rules);
    let events = posts(0..1);
    let event = &events[0].event;
    let held = |judge: &mut Judge, event: &Event| judge.judge(event).facts.counters.get("posts");
    assert_eq!(held(&mut judge, event), None);
    let mut second = event.clone();
    second.id = "again".to_owned();
    let rejudge = types::data::Rejudge { of: "x".to_owned(), reason: None };
    second.data.rejudge = Some(rejudge.into());
    assert_eq!(held(&mut judge, &second), Some(types::Counted::Whole(1)));
    assert_eq!(held(&mut judge, &second), Some(types::Counted::Whole(1)));
}
