//! Transparency reports: counted from what happened, counted again from what is exported, and
//! verified.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::casework::{act, signed, staff};
use crate::filings::{CONFIG, authority, close, notice, party, removal, send};
use crate::server::{Server, decided, harmless};
use crate::{run, text};

const PERIOD: &str = "2024-01-01/2036-12-31";

/// The records of a CSV file, header first.
fn records(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// A sheet by the cells that name its rows, joined by `|`: the figures by column.
struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn read(folder: &Path, name: &str) -> Self {
        let mut rows = records(&folder.join(format!("{name}.csv")));
        let header = rows.remove(0);
        Self { header, rows }
    }

    /// The cell of `column` in the first row that contains all of `cells`.
    fn cell(&self, cells: &[&str], column: &str) -> &str {
        let at = self.header.iter().position(|name| name == column).expect(column);
        let has = |row: &&Vec<String>| cells.iter().all(|cell| row.iter().any(|own| own == cell));
        self.rows.iter().find(has).unwrap_or_else(|| panic!("no row {cells:?}"))[at].as_str()
    }
}

/// A made-up platform with measures, notices, an order and a complaint.
async fn platform(folder: &Path) -> Server {
    let server = Server::start(folder, CONFIG);
    for name in ["ana", "ben"] {
        staff(&server, name, &["moderator"]).await;
    }
    let flagger = json!({"kind": "trusted_flagger", "name": "Sample Flagger"});
    let key = party(&server, "flagger", flagger, &["notices:write"]).await;
    let police = party(&server, "ro-police", authority("ro-police", true), &["orders:write"]).await;
    let lines: Vec<String> = (0..6).map(|n| harmless(&format!("v-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    let url = |id: &str| format!("https://video.example/v/{id}");
    // Of two notices one leads to a removal; a third, about two addresses, waits.
    for (id, key, verdict) in [
        ("v-1", None, close("violation", &["remove"])),
        ("v-2", Some(key.as_str()), close("no_violation", &[])),
    ] {
        let (status, _) = send(&server, key, "/v1/notices", &notice(&url(id), "a@p.example")).await;
        assert_eq!(status, 201);
        let (_, next) = act(&server, "ana", "next", json!({})).await;
        let case = next["case"]["id"].as_str().unwrap().to_owned();
        assert_eq!(act(&server, "ana", &case, verdict).await.0, 200);
    }
    let mut two = notice(&url("v-3"), "b@p.example");
    two["urls"] = json!([url("v-3"), url("v-4")]);
    assert_eq!(send(&server, None, "/v1/notices", &two).await.0, 201);
    let lacking = json!({"urls": [url("v-5")]});
    assert_eq!(send(&server, None, "/v1/notices", &lacking).await.1["state"], "insufficient");
    let order = removal("ro-police", "A", &url("v-5"));
    let (_, taken) = send(&server, Some(&police), "/v1/orders", &order).await;
    assert_eq!(taken["state"], "unconfirmed", "{taken}");
    let lines: Vec<String> = (0..30).map(|n| decided(&format!("d-{n}"))).collect();
    server.events(&lines.join("\n")).await;
    complaint(&server).await;
    server
}

/// Somebody complains about the removal after a notice, and is right.
async fn complaint(server: &Server) {
    let history = server.get("/v1/subjects/content/v-1").await["history"].clone();
    let decision = history[0]["decision"]["id"].as_str().unwrap().to_owned();
    let appeal = json!({"decision": decision, "explanation": "it is satire"});
    let (status, taken) = send(server, Some(&server.key), "/v1/appeals", &appeal).await;
    assert_eq!(status, 200, "{taken}");
    let case = taken["case"].as_str().unwrap();
    assert_eq!(signed(server, "ben", "next", json!({})).await.0, 200);
    let (status, told) = signed(server, "ben", case, close("no_violation", &[])).await;
    assert_eq!(status, 200, "{told}");
}

fn report(store: &Path, out: &Path, more: &[&str]) -> crate::Ran {
    let mut args = vec!["report", "dsa", text(store), "--period", PERIOD, "--out", text(out)];
    args.extend(["--draft", "--quiet"]);
    args.extend(more);
    run(&args)
}

fn profile(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("profile.toml");
    let text = "service = \"Example Video\"\nprovider = \"Example Video Ltd\"\nsize = \"vlop\"\n\
                published = \"2036-12-31\"\nexternal_moderators = 4\n";
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_report_states_what_happened_and_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    server.stop();
    let (store, out) = (folder.path().join("p.db"), folder.path().join("report"));
    let profile = profile(folder.path());
    let ran = report(&store, &out, &["--profile", text(&profile)]);
    assert_eq!(ran.code, Some(3), "texts are missing: {}", ran.err);
    assert!(ran.err.contains("missing: the text `qualitative_description_of_the_automated`"));
    let notices = Sheet::read(&out, "4_notices");
    for (column, figure) in [
        ("Number of notices received", "3"),
        ("Number of notices received from Trusted flaggers", "1"),
        ("Number of specific items of information included in the total number of notices", "4"),
        ("Number of actions taken on the basis of the terms and conditions of the service", "1"),
        ("Number of actions taken on the basis of the law", "0"),
        ("Median time to take action (Trusted Flagger notices)", ""),
    ] {
        assert_eq!(notices.cell(&["TOTAL"], column), figure, "{column}");
        assert_eq!(notices.cell(&["STATEMENT_CATEGORY_SCAMS_AND_FRAUD"], column), figure);
    }
    assert_ne!(notices.cell(&["TOTAL"], "Median time to take action"), "");
    let orders = Sheet::read(&out, "3_member_states_orders");
    let received = "Number of orders to act against illegal content received";
    for (cells, figure) in [
        (["TOTAL", "TOTAL"], "1"),
        (["TOTAL", "RO"], "1"),
        (["TOTAL", "FR"], "0"),
        (["KEYWORD_TERRORIST_CONTENT", "RO"], "1"),
    ] {
        assert_eq!(orders.cell(&cells, received), figure, "{cells:?}");
    }
    let receipt = "Median time to inform the authority of the receipt of the order to act against \
                   illegal content";
    assert_eq!((orders.cell(&["TOTAL"], receipt), orders.rows.len()), ("0", 91 * 28));
    let complaints = Sheet::read(&out, "7_appeals_and_recidivism");
    let all = "Number of complaints submitted to the internal-complaints mechanism";
    for (scope, figure) in
        [("Total number", "1"), ("Decisions reversed", "1"), ("Decisions upheld", "0")]
    {
        assert_eq!(complaints.cell(&[all, scope], "Value"), figure, "{scope}");
    }
    let staff = Sheet::read(&out, "9_human_resources");
    let internal = "Number of internal moderators employed by the provider";
    assert_eq!(staff.cell(&[internal], "Value"), "2");
    let verified = run(&["report", "verify", text(&out), "--store", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    let linted = run(&["report", "lint", text(&out), "--quiet"]);
    assert_eq!(linted.code, Some(0), "our own report: {}{}", linted.out, linted.err);
    // Its period is long, and not over.
    assert!(linted.err.contains("0 errors, 2 warnings"), "{}{}", linted.out, linted.err);
    assert!(linted.out.contains("[period-unusual]") && linted.out.contains("[published-early]"));
    let terms = std::fs::read_to_string(out.join("6_own_initiative_TC.csv")).unwrap();
    let changed = terms.replacen("TOTAL,,30,30", "TOTAL,,29,30", 1);
    assert_ne!(terms, changed, "{terms}");
    std::fs::write(out.join("6_own_initiative_TC.csv"), changed).unwrap();
    let verified = run(&["report", "verify", text(&out), "--store", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(4), "{}", verified.out);
    assert!(verified.out.contains("`29` is written, `30` is counted"), "{}", verified.out);
    assert!(verified.out.contains("6_own_initiative_TC.csv: the file was changed"));
    let linted = run(&["report", "lint", text(&out), "--json", "--quiet"]);
    assert_eq!(linted.code, Some(4));
    assert!(linted.out.contains("\"code\":\"total-sum\""), "{}", linted.out);
}

#[tokio::test]
async fn the_figures_are_those_of_the_exported_statements_counted_by_other_means() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    server.stop();
    let (store, out) = (folder.path().join("p.db"), folder.path().join("report"));
    report(&store, &out, &["--profile", text(&profile(folder.path()))]);
    let table = folder.path().join("statements.csv");
    run(&["statements", "export", text(&store), "--out", text(&table), "--quiet"]);
    let rows = records(&table);
    let at = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let mut counts: BTreeMap<(String, &str), u64> = BTreeMap::new();
    let (mut automated, mut not_automated) = (0, 0);
    for row in &rows[1..] {
        match row[at("automated_decision")].as_str() {
            "AUTOMATED_DECISION_FULLY" => automated += 1,
            _ => not_automated += 1,
        }
        if row[at("source_type")] != "SOURCE_VOLUNTARY" {
            continue;
        }
        let keyword: Vec<String> =
            serde_json::from_str(&row[at("category_specification")]).unwrap();
        for code in ["TOTAL", &row[at("category")], keyword[0].as_str()] {
            let visibility = &row[at("decision_visibility")];
            let has = |code: &str| visibility.contains(code);
            let mut add = |column, is_so: bool| {
                *counts.entry((code.to_owned(), column)).or_default() += u64::from(is_so);
            };
            add("Number of measures taken at the provider's own initiative", true);
            add("Visibility restriction Removal", has("CONTENT_REMOVED"));
            add("Visibility restriction Demoted", has("CONTENT_DEMOTED"));
            add("Visibility restriction Labelled", has("CONTENT_LABELLED"));
        }
    }
    let terms = Sheet::read(&out, "6_own_initiative_TC");
    assert!(counts.len() >= 12, "{counts:?}");
    for ((code, column), count) in &counts {
        assert_eq!(terms.cell(&[code], column), count.to_string(), "{code} {column}");
    }
    let means = Sheet::read(&out, "8_automated_means");
    for (indicator, count) in [
        ("Number of measures solely taken by automated means", automated),
        ("Number of measures not taken by automated means", not_automated),
    ] {
        assert_eq!(means.cell(&[indicator, "Total number"], "Value"), count.to_string());
    }
    assert_eq!(automated + not_automated, 31);
}

#[tokio::test]
async fn a_report_of_another_ledger_and_files_too_many_or_too_few_are_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    server.events(&decided("d-0")).await;
    server.stop();
    let (store, out) = (folder.path().join("p.db"), folder.path().join("report"));
    assert_eq!(report(&store, &out, &[]).code, Some(3));
    let manifest = std::fs::read_to_string(out.join("manifest.json")).unwrap();
    let root: Value = serde_json::from_str(&manifest).unwrap();
    let root = root["head"]["root"].as_str().unwrap();
    let forged = manifest.replace(root, &"0".repeat(root.len()));
    std::fs::write(out.join("manifest.json"), forged).unwrap();
    std::fs::write(out.join("extra.csv"), "a,b\n").unwrap();
    std::fs::remove_file(out.join("4_notices.csv")).unwrap();
    let verified = run(&["report", "verify", text(&out), "--store", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(4), "{}{}", verified.out, verified.err);
    for words in [
        "is none of the store's ledger",
        "extra.csv: the file is not of the report",
        "4_notices.csv: cannot be read",
    ] {
        assert!(verified.out.contains(words), "{words}: {}", verified.out);
    }
}

#[tokio::test]
async fn a_report_that_cannot_be_right_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    server.events(&decided("d-0")).await;
    server.stop();
    let (store, out) = (folder.path().join("p.db"), folder.path().join("report"));
    let early = run(&["report", "dsa", text(&store), "--period", PERIOD, "--out", text(&out)]);
    assert_eq!(early.code, Some(1));
    assert!(early.err.contains("is not over") && !out.exists(), "{}", early.err);
    let recipients = folder.path().join("recipients.csv");
    for (lines, words) in [
        ("2024-01,TOTAL,10\n", "1 of 2 months"),
        ("2024-01,TOTAL,10\n2024-02,EL,5\n", "`EL` is no member state"),
        ("2024-01,RO,10\n2024-02,RO,5\n", "for 0 of 2 months"),
        ("2024-01,TOTAL,10\n2024-01,TOTAL,9\n2024-02,TOTAL,5\n", "is there twice"),
        ("2024-01,TOTAL,1\n2024-01,RO,9\n2024-02,TOTAL,1\n", "RO has more recipients"),
        ("2024-01,TOTAL,18446744073709551615\n", "more recipients than there are people"),
        ("January,TOTAL,10\n", "`January` is no month"),
    ] {
        std::fs::write(&recipients, format!("month,country,recipients\n{lines}")).unwrap();
        let args = ["report", "dsa", text(&store), "--period", "2024-01-01/2024-02-29"];
        let more = ["--out", text(&out), "--recipients", text(&recipients)];
        let ran = run(&[&args[..], &more[..]].concat());
        assert!(ran.code == Some(1) && ran.err.contains(words), "{words}: {}", ran.err);
    }
    let lines = "2024-01,TOTAL,10\n2024-02,TOTAL,15\n2024-02,RO,5\n2024-03,RO,900\n";
    std::fs::write(&recipients, format!("month,country,recipients\n{lines}")).unwrap();
    let args = ["report", "dsa", text(&store), "--period", "2024-01-01/2024-02-29"];
    let profile = profile(folder.path());
    let more =
        ["--out", text(&out), "--recipients", text(&recipients), "--profile", text(&profile)];
    assert_eq!(run(&[&args[..], &more[..]].concat()).code, Some(3));
    let sheet = Sheet::read(&out, "10_AMAR");
    let cell = |scope| sheet.cell(&[scope], "Value").to_owned();
    assert_eq!((cell("TOTAL"), cell("RO"), cell("FR")), ("13".into(), "3".into(), "0".into()));
    let unused: Value =
        serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(unused["recipients"]["RO"], 3);
    let again = run(&[&args[..], &more[..]].concat());
    assert!(again.code == Some(1) && again.err.contains("is there already"), "{}", again.err);
}

#[tokio::test]
async fn a_policy_that_changed_its_category_is_counted_under_what_each_decision_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    server.events(&[decided("d-0"), decided("d-1")].join("\n")).await;
    let mut files = server.get("/v1/policies").await["files"].clone();
    let civic = files["civic.toml"].as_str().unwrap();
    let old = "category = \"NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS\", keywords = \
               [\"MISINFORMATION_DISINFORMATION\"]";
    let new = "category = \"RISK_FOR_PUBLIC_SECURITY\", keywords = [\"ILLEGAL_ORGANIZATIONS\"]";
    let changed = civic.replace(old, new);
    assert_ne!(civic, changed);
    files["civic.toml"] = json!(changed);
    let request = server.ask(reqwest::Method::PUT, "/v1/policies");
    let response = request.json(&json!({ "files": files })).send().await.unwrap();
    assert_eq!(response.status(), 200);
    server.events(&decided("d-2")).await;
    server.stop();
    let (store, out) = (folder.path().join("p.db"), folder.path().join("report"));
    report(&store, &out, &["--profile", text(&profile(folder.path()))]);
    let terms = Sheet::read(&out, "6_own_initiative_TC");
    let taken = "Number of measures taken at the provider's own initiative";
    for (code, count) in [
        ("TOTAL", "3"),
        ("STATEMENT_CATEGORY_NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "2"),
        ("STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY", "1"),
        ("KEYWORD_ILLEGAL_ORGANIZATIONS", "1"),
    ] {
        assert_eq!(terms.cell(&[code], taken), count, "{code}");
    }
    let verified = run(&["report", "verify", text(&out), "--store", text(&store), "--quiet"]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}
