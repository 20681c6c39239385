//! Looking back from the command line: histories rolled from a store.

use std::path::Path;

use serde_json::{Value, json};

use crate::{Ran, probity, run, text};

const PUBLISHED: &str = "content.published";

/// An event, so many seconds after nine o'clock.
pub(crate) fn event(id: &str, kind: &str, second: usize, data: &Value) -> String {
    let time = format!("2024-11-20T09:{:02}:{:02}Z", second / 60, second % 60);
    let event = json!({ "specversion": "1.0", "id": id, "source": "/test", "type": kind,
        "time": time, "data": data });
    event.to_string()
}

pub(crate) fn post(id: &str, second: usize, account: &Value, said: &str) -> String {
    let content = json!({ "id": id, "kind": "video", "text": said });
    event(id, PUBLISHED, second, &json!({ "account": account, "content": content }))
}

/// Forty minutes in which one account posts far too much, and a young one too much for its age.
pub(crate) fn busy() -> Vec<String> {
    let mut lines = Vec::new();
    let young = json!({ "id": "a-young", "registered_at": "2024-11-18T00:00:00Z" });
    for n in 0..80 {
        lines.push(post(&format!("b-{n}"), n * 30, &json!({ "id": "a-busy" }), "o dimineata"));
        if n < 30 {
            lines.push(post(&format!("y-{n}"), n * 30 + 5, &young, "salut"));
        }
        if n % 10 == 0 {
            let account = json!({ "id": format!("a-{n}") });
            lines.push(post(&format!("d-{n}"), n * 30 + 10, &account, "votul prin SMS"));
        }
        if n % 5 == 0 {
            let views =
                json!({ "content": { "id": format!("b-{n}") }, "views": { "total": n * 10 } });
            lines.push(event(&format!("w-{n}"), "content.viewed", n * 30 + 15, &views));
        }
    }
    lines
}

/// Runs what must succeed.
pub(crate) fn good(args: &[&str]) -> Ran {
    let ran = run(args);
    assert_eq!(ran.code, Some(0), "{args:?}: {}", ran.err);
    ran
}

pub(crate) fn json_lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A folder with a store and a history rolled from it.
pub(crate) struct Past(tempfile::TempDir);

impl Past {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn at(&self, name: &str) -> String {
        text(&self.0.path().join(name)).to_owned()
    }

    pub(crate) fn write(&self, name: &str, lines: &[String]) -> String {
        std::fs::write(self.at(name), lines.join("\n") + "\n").unwrap();
        self.at(name)
    }

    /// A folder with one file of rules.
    pub(crate) fn rules(&self, name: &str, rules: &str) -> String {
        std::fs::create_dir(self.at(name)).unwrap();
        std::fs::write(Path::new(&self.at(name)).join("rules.toml"), rules).unwrap();
        self.at(name)
    }

    /// Screens events into the store and rolls them; returns what was decided.
    pub(crate) fn take(&self, lines: &[String], rules: &str) -> String {
        let (store, events) = (self.at("p.db"), self.write("events.ndjson", lines));
        let screen = ["screen", "--quiet", "--batch", "25", "--policies", rules, "--store"];
        let decided = good(&[&screen[..], &[store.as_str(), events.as_str()]].concat()).out;
        self.roll("history");
        decided
    }

    /// Rolls the store; returns what that says.
    fn roll(&self, name: &str) -> String {
        good(&["history", "roll", &self.at(name), "--store", &self.at("p.db"), "--quiet"]).err
    }

    fn verify(&self) -> Ran {
        let (history, store) = (self.at("history"), self.at("p.db"));
        run(&["history", "verify", &history, "--store", &store, "--quiet", "--json"])
    }

    pub(crate) fn export(&self, more: &[&str]) -> String {
        good(&[&["history", "export", &self.at("history")][..], more].concat()).out
    }

    /// The files of the history.
    fn files(&self) -> Vec<Value> {
        json_lines(&good(&["history", "list", &self.at("history"), "--json"]).out)
    }
}

#[test]
fn a_history_gives_back_what_went_in() {
    let (past, lines) = (Past::new(), busy());
    let decided = past.take(&lines, "policies");
    assert_eq!(decided.lines().count(), 37);
    let files = past.files();
    let rows: Vec<(&str, u64)> = files
        .iter()
        .map(|file| (file["type"].as_str().unwrap(), file["rows"].as_u64().unwrap()))
        .collect();
    assert_eq!(rows, [(PUBLISHED, 118), ("content.viewed", 16)]);
    let verified = past.verify();
    assert_eq!((verified.code, verified.out.as_str()), (Some(0), ""), "{}", verified.err);
    assert_eq!(past.export(&[]), lines.join("\n") + "\n", "byte for byte, in the order of then");
    assert_eq!(past.export(&["--decisions"]), decided);
    let (since, until) = ("2024-11-20T09:10:00Z", "2024-11-20T09:20:00Z");
    let some = past.export(&["--type", "content.viewed", "--since", since, "--until", until]);
    let ids: Vec<Value> = json_lines(&some).into_iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, ["w-20", "w-25", "w-30", "w-35"]);

    // Rolled again, it takes what is new and nothing twice.
    assert!(past.roll("history").contains("0 events rolled into 0 files"));
    let later = vec![post("later", 3000, &json!({ "id": "a-1" }), "pe curând")];
    past.take(&later, "policies");
    assert_eq!(past.export(&[]), [lines, later].concat().join("\n") + "\n");
    assert_eq!(past.verify().code, Some(0));
    let ran = run(&["history", "export", &past.at("history"), "--type", "content.posted"]);
    assert!(ran.code == Some(1) && ran.err.contains("no event type"), "{}", ran.err);
    let ran = run(&["history", "list", &past.at("nowhere")]);
    assert!(ran.code == Some(1) && ran.err.contains("there is no history at"), "{}", ran.err);
}

#[test]
fn a_byte_that_changed_is_found_and_its_file_named() {
    let past = Past::new();
    past.take(&busy(), "policies");
    let path = past.files()[0]["path"].clone();
    let file = Path::new(&past.at("history")).join(path.as_str().unwrap());
    let whole = std::fs::read(&file).unwrap();
    let found = || {
        let verified = past.verify();
        assert_eq!(verified.code, Some(4), "{}", verified.err);
        json_lines(&verified.out)
    };
    for at in [0, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        let expected = json!({ "path": path, "what": "its digest is another" });
        assert_eq!(found(), [expected], "byte {at}");
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(found()[0]["what"], "it is missing");
    std::fs::write(&file, whole).unwrap();
    assert_eq!(past.verify().code, Some(0));
}

#[test]
fn what_is_not_as_its_digest_says_is_not_given_out() {
    let past = Past::new();
    past.take(&busy(), "policies");
    let digest = past.files()[0]["sha256"].as_str().unwrap().to_owned();
    let manifest = Path::new(&past.at("history")).join("manifest.json");
    let said = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, said.replace(&digest, &"0".repeat(64))).unwrap();
    assert_eq!(past.verify().code, Some(4));
    let history = past.at("history");
    let backtest = ["rules", "backtest", "--rules", "policies", "--quiet", "--over", &history];
    for args in [&["history", "export", history.as_str()][..], &backtest] {
        let ran = run(args);
        assert_eq!(ran.code, Some(1), "{args:?}");
        assert!(ran.err.contains("is damaged"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn what_is_erased_from_the_store_goes_from_the_history_with_the_next_roll() {
    let past = Past::new();
    past.take(&busy(), "policies");
    let before = past.files()[0]["path"].clone();
    good(&["erase", "account/a-young", "--store", &past.at("p.db"), "--quiet"]);
    let rolled = past.roll("history");
    assert!(rolled.contains("30 taken out because they were erased"), "{rolled}");
    let left = past.export(&[]);
    assert!(!left.contains("a-young") && left.lines().count() == 104, "{left}");
    let file = Path::new(&past.at("history")).join(before.as_str().unwrap());
    assert!(!file.exists(), "the file as it was must not stay behind");
    assert_eq!(past.verify().code, Some(0));
    // Whoever begins a history now has the same.
    past.roll("other");
    let other = good(&["history", "export", &past.at("other")]).out;
    assert_eq!(other, left);
}

#[test]
fn what_is_held_outlives_its_time_and_all_else_goes() {
    let past = Past::new();
    past.take(&busy(), "policies");
    let history = past.at("history");
    let retain = ["history", "retain", &history, "--days", "content.viewed=7", "--default", "30"];
    let hold =
        ["history", "hold", "add", &history, "case-7", "account/a-busy", "--reason", "court"];
    good(&hold);
    let held = json_lines(&good(&["history", "hold", "list", &history, "--json"]).out);
    assert_eq!((held.len(), &held[0]["scope"]), (1, &json!("account/a-busy")));
    let retained = good(&retain).err;
    assert!(retained.contains("54 events dropped; 80 are too old"), "{retained}");
    let left = past.export(&[]);
    assert!(left.lines().count() == 80 && left.lines().all(|line| line.contains("a-busy")));
    assert_eq!(past.verify().code, Some(0));
    assert!(past.roll("history").contains("0 events rolled"), "what was dropped stays away");
    good(&["history", "hold", "release", &history, "case-7"]);
    assert!(good(&retain).err.contains("80 events dropped; 0 are too old"));
    assert_eq!((past.export(&[]), past.files()), (String::new(), vec![]));
    let again = run(&["history", "hold", "release", &history, "case-7"]);
    assert!(again.code == Some(1) && again.err.contains("there is no hold `case-7`"));
}

#[test]
fn a_history_takes_nothing_of_another_store() {
    let past = Past::new();
    past.take(&busy(), "policies");
    let (before, other) = (past.export(&[]), past.at("other.db"));
    good(&["screen", "--quiet", "--store", &other, "examples/events.ndjson"]);
    for command in ["roll", "verify"] {
        let ran = run(&["history", command, &past.at("history"), "--store", &other, "--quiet"]);
        assert_eq!(ran.code, Some(1), "{command}");
        assert!(
            ran.err.contains("was rolled from another ledger; roll into another"),
            "{}",
            ran.err
        );
    }
    assert_eq!((past.export(&[]), past.verify().code), (before, Some(0)));
}

#[test]
fn two_stores_signed_with_one_key_are_two_ledgers() {
    let past = Past::new();
    let events = past.write("busy.ndjson", &busy());
    let with_key = |args: &[&str]| {
        let key = "11".repeat(32);
        Ran::from(probity(args).env("PROBITY_SIGNING_KEY", key).output().unwrap())
    };
    for (store, events) in [("p.db", "examples/events.ndjson"), ("other.db", events.as_str())] {
        let ran = with_key(&["screen", "--quiet", "--store", &past.at(store), events]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
    }
    past.roll("history");
    let (history, other) = (past.at("history"), past.at("other.db"));
    let ran = run(&["history", "roll", &history, "--store", &other, "--quiet"]);
    assert!(ran.code == Some(1) && ran.err.contains("another ledger"), "{}", ran.err);
    assert_eq!(past.verify().code, Some(0));
}
