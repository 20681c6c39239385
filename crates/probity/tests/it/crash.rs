//! Killed at any moment, or with the disk full: nothing committed is lost, nothing decided twice.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Ran, probity, root, run, text};

const EVENTS: &str = "6000";

/// Events of a simulation, in a file.
fn events(folder: &Path) -> PathBuf {
    let path = folder.join("events.ndjson");
    std::fs::write(&path, run(&["simulate", "--quiet", "--events", EVENTS, "--seed", "4"]).out)
        .unwrap();
    path
}

fn screen<'a>(store: &'a str, events: &'a str) -> [&'a str; 7] {
    ["screen", "--quiet", "--batch", "40", "--store", store, events]
}

/// All decisions of a store, as they were made.
fn decisions(store: &str) -> String {
    run(&["decisions", store, "--json", "--limit", "1000000"]).out
}

fn assert_sound(store: &str) {
    let verified = run(&["ledger", "verify", store, "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}

#[test]
fn killed_many_times_it_ends_as_if_it_had_never_been() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let clean = folder.path().join("clean.db");
    assert_eq!(run(&screen(text(&clean), text(&events))).code, Some(0));
    let expected = decisions(text(&clean));
    let store = folder.path().join("killed.db");
    // Killed when so many decisions were seen: from the first on, at places of no pattern.
    for seen in [1, 1, 2, 3, 1, 5, 2, 8, 1, 4, 3, 7, 2, 1, 6, 2, 3, 1, 5, 2] {
        let mut child = probity(&screen(text(&store), text(&events)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..seen {
            let Some(line) = lines.next() else { break };
            // What was printed was durable: it is in the store, whatever comes.
            let id = serde_json::from_str::<serde_json::Value>(&line.unwrap())
                .map(|line| line["id"].as_str().unwrap().to_owned());
            if let Ok(id) = id {
                assert!(expected.contains(&id));
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_sound(text(&store));
    let last = run(&screen(text(&store), text(&events)));
    assert!(matches!(last.code, Some(0 | 3)), "{}", last.err);
    assert_sound(text(&store));
    assert_eq!(decisions(text(&store)), expected);
}

#[test]
fn what_was_printed_before_a_kill_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let store = folder.path().join("p.db");
    let args = ["screen", "--quiet", "--batch", "1", "--store", text(&store)];
    let mut child = probity(&args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = std::fs::read(&events).unwrap();
    let feeder = std::thread::spawn(move || {
        // The pipe breaks when the child is killed.
        let _ = stdin.write_all(&input);
        stdin
    });
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let printed: Vec<String> = lines.by_ref().take(5).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(feeder.join());
    let kept = decisions(text(&store));
    assert_eq!(printed.len(), 5);
    for line in printed {
        assert!(kept.lines().any(|kept| kept == line), "{line}");
    }
    assert_sound(text(&store));
}

#[test]
fn a_full_disk_is_a_clear_error_and_leaves_nothing_half_written() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let clean = folder.path().join("clean.db");
    run(&screen(text(&clean), text(&events)));
    for kib in [900, 1300, 2000] {
        let store = folder.path().join(format!("full-{kib}.db"));
        // The kernel refuses to let files grow beyond the limit, as a full disk does.
        let limited = format!("trap '' XFSZ; ulimit -f {kib}; exec \"$@\"");
        let output = Command::new("bash")
            .args(["-c", &limited, "bash", env!("CARGO_BIN_EXE_probity")])
            .args(screen(text(&store), text(&events)))
            .current_dir(root())
            .output()
            .unwrap();
        let ran = Ran::from(output);
        assert_eq!(ran.code, Some(1), "{kib} KiB: {}", ran.err);
        assert!(ran.err.contains("the disk cannot be written"), "{}", ran.err);
        assert_sound(text(&store));
        let on = run(&screen(text(&store), text(&events)));
        assert!(matches!(on.code, Some(0 | 3)), "{}", on.err);
        assert_eq!(decisions(text(&store)), decisions(text(&clean)));
        assert_sound(text(&store));
    }
}

#[test]
fn two_writers_on_one_store_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let store = folder.path().join("p.db");
    let spawn = || {
        probity(&screen(text(&store), text(&events)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children = [spawn(), spawn()];
    let ends: Vec<Ran> =
        children.into_iter().map(|child| Ran::from(child.wait_with_output().unwrap())).collect();
    let failed: Vec<&Ran> = ends.iter().filter(|ran| ran.code == Some(1)).collect();
    for ran in failed {
        let is_named = ran.err.contains("another process")
            || ran.err.contains("another key")
            || ran.err.contains("key");
        assert!(is_named, "{}", ran.err);
    }
    assert_sound(text(&store));
}

#[test]
fn a_reader_that_goes_away_does_not_stop_what_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let events = events(folder.path());
    let store = folder.path().join("p.db");
    let args = screen(text(&store), text(&events));
    let mut child = probity(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.next().is_some());
    drop(lines);
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let clean = folder.path().join("clean.db");
    run(&screen(text(&clean), text(&events)));
    assert_eq!(decisions(text(&store)), decisions(text(&clean)));
}
