//! Histories in a folder: what goes in comes out, what is damaged is found, what is held stays.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::collections::BTreeMap;

use history::{
    Handout as _, History, HistoryRow, Hold, InOrder, Location, Payload, Retention, Writer,
};
use jiff::Timestamp;
use types::{Event, EventSelector, EventType, FIELDS, Facts, Group, Kind, Value};

const DAY_MS: i64 = 86_400_000;

fn row(seq: u64, kind: &str, time: &str, data: &str) -> HistoryRow {
    let json = format!(
        r#"{{"specversion":"1.0","id":"e{seq}","source":"/t","type":"{kind}","time":"{time}","data":{data}}}"#
    );
    let event = Event::parse(json.as_bytes()).unwrap_or_else(|why| panic!("{why}: {json}"));
    let payload = Payload {
        salt: vec![7; 16],
        event: json.into_bytes(),
        facts: br#"{"flags":2}"#.to_vec(),
        decision: vec![],
    };
    HistoryRow { seq, event, payload }
}

/// Events with every group and member there is.
fn full() -> Vec<HistoryRow> {
    let account = r#""account":{"id":"a","device":"d","handle":"h","name":"n","bio":"b","registered_at":"2024-01-01T00:00:00.123456789Z","class":"creator","country":"FR","age_years":30,"followers":5,"following":6,"posts":7,"verified":true}"#;
    let content = r#""content":{"id":"c","kind":"video","title":"t","text":"x","transcript":"y","lang":"fr","country":"FR","hashtags":["one","two"],"links":[],"hashes":["00"],"reply_to":"r","sound":"s","audience":"public","duration_seconds":9,"synthetic_declared":false,"synthetic_score":44,"provenance":"camera"}"#;
    let of = |seq, kind, more: &str| {
        row(seq, kind, "2024-06-01T10:20:30.000000001Z", &format!("{{{more}}}"))
    };
    let with = |more: &str| format!("{account},{content},{more}");
    vec![
        of(1, "account.registered", &format!(r#"{account},"rejudge":{{"of":"o","reason":"w"}}"#)),
        of(
            2,
            "ad.submitted",
            &with(r#""ad":{"political":true,"sponsor":"s","countries":["FR"],"targeting":[]}"#),
        ),
        of(3, "content.viewed", &with(r#""views":{"total":10,"added":2}"#)),
        of(4, "flag.raised", &with(r#""flag":{"reason":"spam","by":"b"}"#)),
        of(5, "search.performed", &format!(r#"{account},"search":{{"query":"q"}}"#)),
        of(6, "engagement.given", &with(r#""engagement":{"kind":"like","target":"t"}"#)),
        of(
            7,
            "claim.rated",
            &with(r#""claim":{"id":"i","rating":"false","similarity":0.5,"partner":"p"}"#),
        ),
        of(
            8,
            "case.closed",
            &with(r#""case":{"id":"i","policy":"p","verdict":"violation","effects":["remove"]}"#),
        ),
        of(
            9,
            "order.received",
            &with(
                r#""order":{"id":"i","kind":"removal","authority":"a","country":"RO","reference":"r"}"#,
            ),
        ),
        of(
            10,
            "notice.received",
            &with(r#""notice":{"id":"i","channel":"user","category":"c","explanation":"e"}"#),
        ),
        of(11, "appeal.received", &with(r#""appeal":{"id":"i","decision":"d","explanation":"e"}"#)),
        of(
            12,
            "network.found",
            r#""network":{"id":"i","accounts":3,"score":90,"finding":"benign"}"#,
        ),
        of(13, "rule.paused", r#""rule":{"id":"i","reason":"r","by":"b"}"#),
        of(14, "content.published", r#""account":{"id":"a"},"content":{"id":"c"}"#),
        of(15, "content.viewed", r#""content":{"id":"c"},"views":{"total":18446744073709551615}"#),
    ]
}

/// An event that has every member of every group of the table, whatever its type.
fn with_all_members() -> HistoryRow {
    let mut data = serde_json::Map::new();
    for group in Group::ALL.iter().filter(|group| **group != Group::Event) {
        let value = |(name, kind): &(&str, Kind)| {
            let value = match kind {
                Kind::Bool => serde_json::json!(true),
                Kind::Int => serde_json::json!(7),
                Kind::Double => serde_json::json!(0.5),
                Kind::Strs => serde_json::json!(["one", "two"]),
                Kind::Time => serde_json::json!("2024-01-01T00:00:00.123456789Z"),
                Kind::Str | Kind::Duration => serde_json::json!(format!("{}-{name}", group.name())),
            };
            ((*name).to_owned(), value)
        };
        let members: serde_json::Map<_, _> = group.members().iter().map(value).collect();
        data.insert(group.name().to_owned(), members.into());
    }
    let json = serde_json::Value::from(data).to_string();
    row(16, "case.closed", "2024-06-01T10:20:30Z", &json)
}

#[tokio::test]
async fn every_member_of_every_group_survives_and_is_no_false_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let row = with_all_members();
    let sent: serde_json::Value = serde_json::from_slice(&row.payload.event).unwrap();
    let read_again = serde_json::to_value(&row.event).unwrap();
    assert_eq!(read_again["data"], sent["data"], "the table lists what the groups hold");
    let history = rolled(folder.path(), vec![row.clone()]).await;
    let found = read(&history).await;
    assert_eq!(found[&16].0, row.event);
    let verified = history.verify(&mut |_, _| Vec::new(), &mut |_| ()).await.unwrap();
    assert_eq!((verified.rows, verified.findings), (1, vec![]));
}

async fn rolled(folder: &std::path::Path, rows: Vec<HistoryRow>) -> History {
    let place = Location::new(folder.to_str().unwrap()).unwrap();
    let mut history = History::new(place, "ledger".to_owned());
    let until = rows.last().map_or(0, |row| row.seq + 1);
    let mut writer = Writer::new(&mut history);
    writer.push(rows);
    writer.flush((until, String::new())).await.unwrap();
    history
}

async fn read(history: &History) -> BTreeMap<u64, (Event, Payload)> {
    let mut found = BTreeMap::new();
    for file in &history.manifest().files {
        let frame = history.frame(file, &["salt", "event", "facts", "decision"]).await.unwrap();
        for (at, event) in frame.events().unwrap().into_iter().enumerate() {
            found.insert(frame.seqs()[at].cast_unsigned(), (event, frame.payload(at)));
        }
    }
    found
}

#[tokio::test]
async fn what_goes_in_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let rows = full();
    rolled(folder.path(), rows.clone()).await;
    let place = Location::new(folder.path().to_str().unwrap()).unwrap();
    let history = History::open(place).await.unwrap();
    let found = read(&history).await;
    assert_eq!(found.len(), rows.len());
    for row in rows {
        assert_eq!(found[&row.seq], (row.event, row.payload));
    }
    let types: Vec<&str> = history.manifest().files.iter().map(|f| f.r#type.as_str()).collect();
    assert_eq!(types.iter().filter(|kind| **kind == "content.viewed").count(), 1, "{types:?}");
}

#[tokio::test]
async fn a_column_holds_what_the_field_holds() {
    let folder = tempfile::tempdir().unwrap();
    // Without the odd one.
    let rows: Vec<HistoryRow> = full().into_iter().filter(|row| row.seq != 15).collect();
    let history = rolled(folder.path(), rows).await;
    let facts = Facts::default();
    let mut compared = 0;
    for file in &history.manifest().files {
        let frame = history.frame(file, &[]).await.unwrap();
        let events = frame.events().unwrap();
        for (number, field) in FIELDS.iter().enumerate() {
            let Some(column) = frame.column(number) else { continue };
            for (at, event) in events.iter().enumerate() {
                let is_known = (field.load)(event, &facts) != Value::Unknown;
                let is_there = arrow_array::Array::is_valid(column, at);
                assert_eq!(is_known, is_there, "{} of {}", field.name, event.id);
                compared += usize::from(is_known);
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[tokio::test]
async fn damage_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let history = rolled(folder.path(), full()).await;
    let sound = history.verify(&mut |_, _| vec![], &mut |_| {}).await.unwrap();
    assert_eq!((sound.rows, sound.findings), (15, vec![]));
    let paths: Vec<_> =
        history.manifest().files.iter().map(|file| folder.path().join(&file.path)).collect();
    let mut bytes = std::fs::read(&paths[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&paths[0], bytes).unwrap();
    std::fs::remove_file(&paths[1]).unwrap();
    let found = history.verify(&mut |_, _| vec![], &mut |_| {}).await.unwrap().findings;
    let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
    assert_eq!(what, ["its digest is another", "it is missing"]);
}

#[tokio::test]
async fn what_is_erased_is_gone_and_a_hold_outlives_retention() {
    let folder = tempfile::tempdir().unwrap();
    let post = |seq: u64, account: &str, time: &str| {
        let data = format!(r#"{{"account":{{"id":"{account}"}},"content":{{"id":"c{seq}"}}}}"#);
        row(seq, "content.published", time, &data)
    };
    let old = "2024-01-01T10:00:00Z";
    let rows = vec![
        post(1, "ana", old),
        post(2, "ben", old),
        post(3, "ana", old),
        post(4, "ben", "2024-06-01T10:00:00Z"),
    ];
    let mut history = rolled(folder.path(), rows).await;
    assert_eq!(history.erase(vec![3, 99], 5).await.unwrap(), 1);
    assert_eq!(read(&history).await.keys().copied().collect::<Vec<_>>(), [1, 2, 4]);
    let hold = Hold {
        name: "file 7".to_owned(),
        scope: EventSelector { words: vec!["ANA".to_owned()], ..EventSelector::default() }.into(),
        since_ms: 0,
        reason: "an order to retain".to_owned(),
    };
    history.hold(hold).await.unwrap();
    let now: Timestamp = "2024-06-02T00:00:00Z".parse().unwrap();
    let retention =
        Retention { days: [("content.published".into(), 30)].into(), default_days: None };
    let retained = history.retain(&retention, now).await.unwrap();
    assert_eq!((retained.dropped, retained.held), (1, 1));
    assert_eq!(read(&history).await.keys().copied().collect::<Vec<_>>(), [1, 4]);
    let dropped = &history.manifest().dropped;
    assert_eq!((dropped.len(), dropped[0].rows), (1, 1));
    assert!(history.release("file 7").await.unwrap());
    let later = Timestamp::from_millisecond(now.as_millisecond() + 60 * DAY_MS).unwrap();
    history.retain(&retention, later).await.unwrap();
    assert!(read(&history).await.is_empty());
    let sound = history.verify(&mut |_, _| vec![], &mut |_| {}).await.unwrap();
    assert_eq!(sound.findings, vec![]);
    let left: Vec<_> = walk(folder.path());
    assert_eq!(left, ["manifest.json"], "no file is left behind");
}

fn walk(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(walk(&path)),
            path => found.push(path.file_name().unwrap().to_string_lossy().into_owned()),
        }
    }
    found
}

#[tokio::test]
async fn segments_are_handed_out_once() {
    let folder = tempfile::tempdir().unwrap();
    let place = Location::new(folder.path().to_str().unwrap()).unwrap();
    let mut history = History::new(place, "ledger".to_owned());
    let mut writer = Writer::new(&mut history);
    for segment in 0..3_u64 {
        let rows = (0..40).map(|n| {
            let kind = if n % 2 == 0 { "search.performed" } else { "flag.raised" };
            let data = r#"{"search":{"query":"q"},"flag":{"reason":"r"}}"#;
            row(segment * 40 + n, kind, "2024-06-01T10:00:00Z", data)
        });
        writer.push(rows.collect());
        writer.flush((segment * 40 + 40, String::new())).await.unwrap();
    }
    let segments = history.manifest().segments();
    assert_eq!(segments.iter().map(history::Segment::rows).collect::<Vec<_>>(), [40, 40, 40]);
    let handout = InOrder::new(segments);
    let taken: Vec<usize> = std::thread::scope(|scope| {
        let take = || std::iter::from_fn(|| handout.next()).map(|s| s.number).collect::<Vec<_>>();
        let both = [scope.spawn(take), scope.spawn(take)];
        both.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().copied().collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert_eq!(taken.len(), 3);
    assert!(EventType::from_name("flag.raised").is_some());
}
