//! Each command does what its help says.

use serde_json::Value;

use crate::{run, run_with, text};

fn json_lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_examples_are_screened_with_reasons() {
    let ran = run(&["screen", "--quiet", "examples/events.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let decisions = json_lines(&ran.out);
    assert_eq!(decisions.len(), 7);
    let first = &decisions[0];
    assert_eq!(first["event"], "e-3");
    assert_eq!(
        first["statement"],
        "Your video carries a label under our policy “Misinformation about how, when and where to vote”."
    );
    let evidence = &first["reasons"][0]["evidence"][0];
    assert_eq!((&evidence["entry"], &evidence["view"]), (&"votul prin sms".into(), &"leet".into()));
    assert!(ran.err.contains("12 events in"), "{}", ran.err);
}

#[test]
fn a_store_keeps_lists_shows_proves_erases_and_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("p.db");
    let store = text(&store);
    let screened = run(&["screen", "--quiet", "--store", store, "examples/events.ndjson"]);
    assert_eq!((screened.code, screened.out.lines().count()), (Some(0), 7));
    let again = run(&["screen", "--quiet", "--json", "--store", store, "examples/events.ndjson"]);
    let summary: Value = serde_json::from_str(again.err.trim()).unwrap();
    assert_eq!(
        (again.code, &summary["duplicates"], &summary["events"]),
        (Some(3), &12.into(), &0.into())
    );

    let listed = run(&["decisions", store, "--json", "--effect", "remove"]);
    let removed = json_lines(&listed.out);
    assert_eq!(removed.len(), 1);
    let id = removed[0]["id"].as_str().unwrap();
    let shown = run(&["decisions", store, &id[..10]]);
    assert!(shown.out.contains("We removed your video under our policy"), "{}", shown.out);

    let head = folder.path().join("head.json");
    std::fs::write(&head, run(&["ledger", "show", store, "--head"]).out).unwrap();
    let opened = json_lines(&run(&["ledger", "show", store, "--json", "--limit", "1"]).out);
    let key = opened[0]["entry"]["key"].as_str().unwrap();
    let proof = folder.path().join("proof.json");
    std::fs::write(&proof, run(&["ledger", "prove", store, "--decision", id]).out).unwrap();
    let holds = run(&["ledger", "prove", "--check", text(&proof), "--public-key", key]);
    assert_eq!(holds.code, Some(0), "{}", holds.out);
    let forged = std::fs::read_to_string(&proof).unwrap().replace("remove", "remoue");
    std::fs::write(&proof, forged).unwrap();
    let broken = run(&["ledger", "prove", "--check", text(&proof), "--public-key", key]);
    assert_eq!(broken.code, Some(4), "{}", broken.out);

    let erased = run(&["erase", "account/a-18", "--store", store, "--quiet"]);
    assert!(erased.err.contains("3 entries lost their payload"), "{}", erased.err);
    assert!(run(&["decisions", store, "--account", "a-18"]).err.contains("no decision found"));
    let verified = run(&[
        "ledger",
        "verify",
        store,
        "--quiet",
        "--json",
        "--since",
        text(&head),
        "--public-key",
        key,
    ]);
    let report: Value = serde_json::from_str(&verified.out).unwrap();
    assert_eq!(
        (verified.code, &report["damaged"], &report["erased"]),
        (Some(0), &0.into(), &3.into())
    );
    let other = "00".repeat(32);
    assert_eq!(run(&["ledger", "verify", store, "--quiet", "--public-key", &other]).code, Some(4));
}

#[test]
fn a_lost_key_is_named_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("p.db");
    let args = ["screen", "--quiet", "--store", text(&store), "examples/events.ndjson"];
    assert_eq!(run(&args).code, Some(0));
    std::fs::remove_file(folder.path().join("p.db.key")).unwrap();
    let ran = run(&args);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("signing key") && ran.err.contains("--key"), "{}", ran.err);
}

#[test]
fn rules_are_checked_tested_and_explained() {
    let checked = run(&["rules", "check", "--strict"]);
    assert_eq!(checked.code, Some(0), "{}", checked.err);
    assert!(checked.err.contains("0 errors, 0 warnings"));
    let tested = run(&["rules", "test"]);
    assert_eq!(tested.code, Some(0), "{}", tested.err);
    assert!(tested.err.contains(" 0 failed"));
    assert_eq!(run(&["rules", "fmt", "--check"]).code, Some(0));
    let functions = run(&["rules", "functions", "--json"]);
    assert!(json_lines(&functions.out).iter().any(|line| line["name"] == "mentions(\"list\")"));

    let events = std::fs::read_to_string(crate::root().join("examples/events.ndjson")).unwrap();
    let third = events.lines().nth(2).unwrap();
    let explained = run_with(&["rules", "explain"], third);
    assert!(explained.out.contains("ro_voting_method: true"), "{}", explained.out);
    let why_not = run_with(&["rules", "explain", "--rule", "false_voting_claim", "--json"], third);
    let explanation = &json_lines(&why_not.out)[0];
    assert_eq!(explanation["value"], "false");
    assert_eq!(
        explanation["would_have_to_differ"][0],
        "event.type == \"claim.rated\" is false (event.type is \"content.published\")"
    );
}

#[test]
fn wrong_rules_and_failing_cases_have_their_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.toml");
    let policy = "[[policy]]\nid = 'p'\ntitle = 't'\nseverity = 1\ntext = 'x'\ndsa = { category = 'SCAMS_AND_FRAUD' }\n";
    let rule = "[[rule]]\nid = 'r'\npolicy = 'p'\nwhen = 'account.posts > 1'\nthen = ['limit']\n";
    let case = "[[test]]\nname = 'n'\nevent = { type = 'account.updated', account = { posts = 1 } }\nfires = ['r']\n";
    std::fs::write(&file, format!("{policy}{rule}{case}")).unwrap();
    let failed = run(&["rules", "test", text(folder.path()), "--json"]);
    assert_eq!(
        (failed.code, &json_lines(&failed.out)[0]["line"]),
        (Some(4), &13.into()),
        "{}",
        failed.err
    );
    std::fs::write(&file, format!("{policy}{}", rule.replace("posts", "post"))).unwrap();
    let checked = run(&["rules", "check", text(folder.path()), "--json"]);
    let finding = &json_lines(&checked.out)[0];
    assert_eq!(
        (checked.code, &finding["code"], &finding["line"], &finding["column"]),
        (Some(4), &"E004".into(), &10.into(), &9.into())
    );
    let refused =
        run(&["screen", "--quiet", "--policies", text(folder.path()), "examples/events.ndjson"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("did you mean `account.posts`?"), "{}", refused.err);
}

#[test]
fn the_detectors_work_alone() {
    let terms = run_with(
        &["terms", "--list", "policies/lists/voting_methods.txt", "--hits"],
        "nothing\nV0te by t.e.x.t message now\n",
    );
    let line = &json_lines(&terms.out)[0];
    assert_eq!(
        (&line["line"], &line["hits"][0]["term"], &line["hits"][0]["view"]),
        (&2.into(), &"vote by text message".into(), &"spaced".into())
    );
    let language = run_with(
        &["language"],
        "Secțiile de votare sunt deschise până seara.\nLes bureaux de vote sont ouverts.\n\n",
    );
    let found: Vec<Value> =
        json_lines(&language.out).into_iter().map(|line| line["language"].clone()).collect();
    assert_eq!(found, [Value::from("ro"), "fr".into(), Value::Null]);
}

#[test]
fn a_simulation_is_screened_and_scored() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (events, truth, decisions) = (at("e.ndjson"), at("t.ndjson"), at("d.ndjson"));
    for scenario in ["france-2024", "romania-2024"] {
        let simulated = run(&[
            "simulate",
            "--quiet",
            "--scenario",
            scenario,
            "--events",
            "40000",
            "--truth",
            text(&truth),
        ]);
        std::fs::write(&events, simulated.out).unwrap();
        let screened = run(&["screen", "--quiet", text(&events)]);
        assert_eq!(screened.code, Some(0), "{}", screened.err);
        std::fs::write(&decisions, screened.out).unwrap();
        let scored =
            run(&["simulate", "--score", text(&decisions), "--truth", text(&truth), "--json"]);
        let score: Value = serde_json::from_str(&scored.out).unwrap();
        for (policy, row) in score.as_object().unwrap() {
            let share = |name: &str| row[name].as_f64().unwrap();
            assert!(
                share("precision") > 0.5 && share("recall") > 0.3,
                "{scenario} {policy}: {row}"
            );
            assert!(
                share("recall") < 1.0 || policy == "influence.covert",
                "what is paraphrased must be missed: {policy}"
            );
        }
        assert_eq!(score.as_object().unwrap().len(), 6);
    }
}

#[test]
fn help_teaches_and_names_the_exit_codes() {
    let help = run(&["--help"]).out;
    for word in ["screen", "ledger", "rules", "Exit codes:", "3  done, but some input was refused"]
    {
        assert!(help.contains(word), "{word}");
    }
    assert_eq!(run(&["screen", "--batch", "0"]).code, Some(2));
    assert_eq!(run(&["decisions", "/nowhere.db"]).code, Some(1));
}
