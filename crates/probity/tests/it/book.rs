//! Reports that are counted, signed off by a second person, published and corrected.

use std::collections::BTreeMap;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::casework::{act, signed, staff};
use crate::crowd::ended;
use crate::filings::{CONFIG, authority, close, notice, party, removal, send};
use crate::server::{Server, decided, harmless};
use crate::{run, text};

const YEAR: &str = "2024";

/// A platform with two who prepare reports and sign them.
pub(crate) async fn platform(folder: &Path) -> Server {
    let server = Server::start(folder, CONFIG);
    for name in ["ana", "ben"] {
        staff(&server, name, &["compliance"]).await;
    }
    let mut lines: Vec<String> = (0..4).map(|n| decided(&format!("d-{n}"))).collect();
    lines.push(decided("f-1").replace("\"RO\"", "\"FR\""));
    let link = "\"kind\":\"video\",\"links\":[\"https://prize-desk-claims.example/7\"]";
    lines.push(decided("f-2").replace("\"RO\"", "\"FR\"").replace("\"kind\":\"video\"", link));
    lines.extend((0..3).map(|n| harmless(&format!("v-{n}"))));
    server.events(&lines.join("\n")).await;
    server
}

/// What `who` is answered.
async fn ask(
    server: &Server,
    who: &str,
    (method, path): (Method, &str),
    body: Option<Value>,
) -> (u16, Value) {
    let request = server.by(who, method, path).await;
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

/// Has a report counted; its number.
async fn count(server: &Server, who: &str, asked: Value) -> Result<u64, Value> {
    let (status, begun) = ask(server, who, (Method::POST, "/v1/reports"), Some(asked)).await;
    if status != 200 {
        return Err(begun);
    }
    let job = ended(server, &format!("/v1/jobs/{}", begun["id"])).await;
    assert_eq!(job["state"], "done", "{job}");
    Ok(job["result"]["report"].as_u64().unwrap())
}

async fn step(server: &Server, who: &str, (id, what): (u64, &str), body: Value) -> (u16, Value) {
    ask(server, who, (Method::POST, &format!("/v1/reports/{id}/{what}")), Some(body)).await
}

/// A report on enforcement in `period` that is counted, signed and published; its number.
pub(crate) async fn publish(server: &Server, period: &str) -> u64 {
    let asked = json!({"regime": "enforcement", "period": period});
    let id = count(server, "ana", asked).await.unwrap();
    step(server, "ben", (id, "sign"), json!({})).await;
    let (status, told) = step(server, "ben", (id, "publish"), json!({})).await;
    assert_eq!(status, 200, "{told}");
    id
}

/// A page that nobody signs in for.
async fn public(server: &Server, path: &str) -> (u16, String) {
    let response = server.http.get(server.url(path)).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// The figure of a measure in the row called `row`, with its place.
fn figure(whole: &Value, table: &str, row: &str, measure: &str) -> (String, usize, usize) {
    let tables = whole["tables"].as_array().unwrap();
    let table = tables.iter().find(|one| one["name"] == table).unwrap();
    let names = table["names"].as_array().unwrap().len();
    let rows = table["rows"].as_array().unwrap();
    let measures = table["measures"].as_array().unwrap();
    let nth = measures.iter().position(|one| one == measure).unwrap();
    let is_tall = table["header"][0] == "Figure";
    let at = if is_tall { nth } else { rows.iter().position(|one| one[0] == row).unwrap() };
    let column = if is_tall { 1 } else { names + nth };
    (rows[at][column].as_str().unwrap().to_owned(), at, column)
}

#[tokio::test]
async fn a_report_is_signed_by_a_second_person_and_nobody_reads_it_before_it_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    let asked = json!({"regime": "enforcement", "period": YEAR});
    let id = count(&server, "ana", asked.clone()).await.unwrap();
    let again = count(&server, "ana", asked).await.unwrap_err();
    assert!(again["detail"].as_str().unwrap().contains("is draft"), "{again}");
    for (who, what, status) in [
        ("ana", "sign", 403),
        ("ana", "publish", 409),
        ("ben", "publish", 409),
        ("ben", "sign", 200),
    ] {
        let (got, told) = step(&server, who, (id, what), json!({})).await;
        assert_eq!(got, status, "{who} {what}: {told}");
    }
    // A key answers for nothing, and has nothing counted that its owner could sign.
    let request = server.ask(Method::POST, "/v1/reports");
    let asked = json!({"regime": "requests", "period": YEAR});
    assert_eq!(request.json(&asked).send().await.unwrap().status(), 403);
    let request = server.ask(Method::POST, &format!("/v1/reports/{id}/publish")).json(&json!({}));
    assert_eq!(request.send().await.unwrap().status(), 403);
    let page = format!("/transparency/{id}");
    for path in [page.clone(), format!("{page}/files/report.json"), format!("{page}/files/all.csv")]
    {
        assert_eq!(public(&server, &path).await.0, 404, "{path}");
    }
    assert!(public(&server, "/transparency").await.1.contains("Nothing is published yet"));
    let (status, told) = step(&server, "ana", (id, "publish"), json!({})).await;
    assert_eq!((status, &told["state"]), (200, &json!("published")), "{told}");
    let (status, html) = public(&server, &page).await;
    assert!(status == 200 && html.contains("Enforcement by policy"), "{html}");
    for path in [&page, "/transparency", &format!("{page}/files/report.json")] {
        let (status, text) = public(&server, path).await;
        assert_eq!(status, 200, "{path}");
        assert!(!text.contains("ana") && !text.contains("\"ben"), "names of staff: {path} {text}");
    }
    let (status, told) = step(&server, "ana", (id, "withdraw"), json!({"reason": "a slip"})).await;
    assert_eq!(status, 409, "what is published stays: {told}");
    let trail = server.get("/v1/audit").await.to_string();
    for what in ["report counted", "report signed", "report published"] {
        assert!(trail.contains(what), "{what}: {trail}");
    }
    server.stop();
    let store = folder.path().join("p.db");
    let verified = run(&["ledger", "verify", text(&store)]);
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    // The auditor, who has the store, counts it again without the server.
    let number = id.to_string();
    let args = ["report", "verify", "--report", &number, "--store", text(&store), "--quiet"];
    let counted = run(&args);
    assert_eq!(counted.code, Some(0), "{}{}", counted.out, counted.err);
    let changed =
        "UPDATE report_part SET text = replace(text, '\"9\"', '\"8\"') WHERE name = 'tables'";
    assert!(changed_behind(&store, changed).await > 0);
    let counted = run(&args);
    assert_eq!(counted.code, Some(4), "{}{}", counted.out, counted.err);
    assert!(counted.out.contains("`8` is kept, `9` is counted"), "{}", counted.out);
    let unknown = ["report", "verify", "--report", "99", "--store", text(&store), "--quiet"];
    assert_eq!(run(&unknown).code, Some(1));
}

/// Rows changed in the file of a store behind its back.
async fn changed_behind(store: &Path, text: &str) -> u64 {
    use sqlx::Connection as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(store);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let query = sqlx::query(sqlx::AssertSqlSafe(text.to_owned()));
    let rows = query.execute(&mut connection).await.unwrap().rows_affected();
    connection.close().await.unwrap();
    rows
}

/// Opens what a figure is made of: as many entries as it says, each of which can be opened.
async fn behind(server: &Server, id: u64, (query, cell): (&str, &str)) {
    let behind = server.get(&format!("/v1/reports/{id}/figure?{query}")).await;
    assert_eq!(behind["figure"], cell, "{query}");
    let entries = behind["entries"].as_array().unwrap();
    for entry in entries.iter().filter(|entry| entry["entry"] == "decision") {
        let decision = entry["id"].as_str().unwrap();
        server.get(&format!("/v1/decisions/{decision}")).await;
    }
    let is_of_uploads = entries.iter().any(|entry| entry["entry"] == "uploads");
    // A share of 1 looks like a count.
    if let Ok(count @ (0 | 2..)) = cell.parse::<u64>()
        && !is_of_uploads
    {
        assert_eq!(behind["count"], count, "{query}");
    }
}

#[tokio::test]
async fn every_figure_leads_to_what_it_is_made_of_and_is_counted_again() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    let asked = json!({"regime": "enforcement", "period": YEAR});
    let id = count(&server, "ana", asked).await.unwrap();
    let whole = server.get(&format!("/v1/reports/{id}")).await;
    // Counted by other means, from what is exported.
    let exported = server.get("/v1/decisions?limit=1000").await;
    let mut counted: BTreeMap<(String, &str), u64> = BTreeMap::new();
    for item in exported["items"].as_array().unwrap() {
        let names = item["decision"]["effects"].as_array().unwrap();
        for (effect, measure) in [("label", "labelled"), ("remove", "removals")] {
            let has = names.iter().any(|one| one["effect"] == effect);
            for row in ["", item["country"].as_str().unwrap()] {
                *counted.entry((row.to_owned(), measure)).or_default() += u64::from(has);
            }
        }
    }
    assert_eq!(counted[&(String::new(), "removals")], 1, "{exported}");
    assert!(counted[&(String::new(), "labelled")] >= 5, "{exported}");
    for ((row, measure), count) in &counted {
        if row.is_empty() {
            assert_eq!(figure(&whole, "all", row, measure).0, count.to_string(), "{measure}");
        } else if *measure == "removals" {
            assert_eq!(figure(&whole, "by_country", row, measure).0, count.to_string(), "{row}");
        }
    }
    assert_eq!(figure(&whole, "all", "", "uploads").0, "9");
    assert_eq!(figure(&whole, "all", "", "removals.of_uploads").0, "0.111111");
    assert_eq!(figure(&whole, "all", "", "removals.unseen").0, "1");
    assert_eq!(figure(&whole, "by_country", "FR", "uploads").0, "2");
    assert_eq!(figure(&whole, "by_country", "RO", "uploads").0, "7");
    for table in whole["tables"].as_array().unwrap() {
        for (at, row) in table["rows"].as_array().unwrap().iter().enumerate() {
            for column in table["figures"].as_array().unwrap() {
                let cell =
                    row[usize::try_from(column.as_u64().unwrap()).unwrap()].as_str().unwrap();
                let name = table["name"].as_str().unwrap();
                behind(&server, id, (&format!("table={name}&row={at}&column={column}"), cell))
                    .await;
            }
        }
    }
    let check = server.get(&format!("/v1/reports/{id}/check")).await;
    assert_eq!(check, json!({"differences": [], "changed_definitions": []}));
    // The list of what a figure is made of does not open what else its reader may not see.
    staff(&server, "mia", &["moderator"]).await;
    let figure_of = format!("/v1/reports/{id}/figure?table=all&row=1&column=1");
    assert_eq!(ask(&server, "mia", (Method::GET, &figure_of), None).await.0, 403);
    for path in ["figure?table=nothing&row=0&column=1", "figure?table=all&row=99&column=1"] {
        let request = server.ask(Method::GET, &format!("/v1/reports/{id}/{path}"));
        assert_eq!(request.send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_correction_says_what_differs_and_the_version_before_stays() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    let asked = |reason: &str| json!({"regime": "enforcement", "period": YEAR, "reason": reason});
    let first = count(&server, "ana", asked("")).await.unwrap();
    step(&server, "ben", (first, "sign"), json!({})).await;
    step(&server, "ben", (first, "publish"), json!({})).await;
    // An event of the period that arrives late.
    server.events(&decided("late-1")).await;
    let refused = count(&server, "ana", asked(" ")).await.unwrap_err();
    assert!(refused["detail"].as_str().unwrap().contains("the public reads it"), "{refused}");
    let reason = "A delivery of events was late.";
    let second = count(&server, "ana", asked(reason)).await.unwrap();
    let whole = server.get(&format!("/v1/reports/{second}")).await;
    assert_eq!((&whole["report"]["version"], &whole["compared_with"]), (&json!(2), &json!(first)));
    let change = whole["changes"].as_array().unwrap();
    let posted = change.iter().find(|one| one["row"] == "Posted").unwrap();
    assert_eq!((&posted["before"], &posted["now"]), (&json!("9"), &json!("10")));
    step(&server, "ben", (second, "sign"), json!({})).await;
    let (status, told) = step(&server, "ben", (second, "publish"), json!({})).await;
    assert_eq!(status, 200, "{told}");
    let before = public(&server, &format!("/transparency/{first}")).await.1;
    assert!(before.contains("corrected by version 2"), "{before}");
    let now = public(&server, &format!("/transparency/{second}")).await.1;
    assert!(now.contains(reason) && now.contains("What this version corrects"), "{now}");
    // A quarter is not compared with a year that was over before it.
    server.events(&decided("next-1").replace("2024-11-20T08:05", "2025-02-20T08:05")).await;
    let quarter = json!({"regime": "enforcement", "period": "2025-Q1"});
    let third = count(&server, "ana", quarter).await.unwrap();
    let year = json!({"regime": "enforcement", "period": "2025"});
    let fourth = count(&server, "ana", year).await.unwrap();
    let with =
        async |id: u64| server.get(&format!("/v1/reports/{id}")).await["compared_with"].clone();
    assert_eq!((with(third).await, with(fourth).await), (Value::Null, json!(second)));
    // Under its own head, the first is still as it was counted.
    let check = server.get(&format!("/v1/reports/{first}/check")).await;
    assert_eq!(check["differences"], json!([]));
}

#[tokio::test]
async fn what_cannot_be_signed_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    for (asked, words) in [
        (json!({"regime": "tax", "period": YEAR}), "`tax` is no kind of report"),
        (json!({"regime": "dsa", "period": "2024-Q9"}), "is no period"),
        (json!({"regime": "dsa", "period": "2099"}), "is not over"),
    ] {
        let refused = count(&server, "ana", asked).await.unwrap_err();
        assert!(refused["detail"].as_str().unwrap().contains(words), "{refused}");
    }
    let preview = json!({"regime": "requests", "period": "2099", "preview": true});
    let id = count(&server, "ana", preview).await.unwrap();
    let (status, told) = step(&server, "ben", (id, "sign"), json!({})).await;
    assert!(status == 409 && told["detail"].as_str().unwrap().contains("was not over"), "{told}");
    // The terrorist content report has texts that nobody wrote.
    let id = count(&server, "ana", json!({"regime": "terrorist", "period": YEAR})).await.unwrap();
    let (status, told) = step(&server, "ben", (id, "sign"), json!({})).await;
    assert!(status == 409 && told["detail"].as_str().unwrap().contains("3 texts"), "{told}");
    let signed = step(&server, "ben", (id, "sign"), json!({"accepts_missing": true})).await;
    assert_eq!(signed.0, 200, "{}", signed.1);
    // The harmonised report states its day of publication.
    let tomorrow = json!({"regime": "dsa", "period": YEAR, "publish_on": "2099-01-01"});
    let id = count(&server, "ana", tomorrow).await.unwrap();
    step(&server, "ben", (id, "sign"), json!({"accepts_missing": true})).await;
    let (status, told) = step(&server, "ben", (id, "publish"), json!({})).await;
    assert!(status == 409 && told["detail"].as_str().unwrap().contains("2099-01-01"), "{told}");
    let gone = step(&server, "ana", (id, "withdraw"), json!({"reason": "wrong day"})).await;
    assert_eq!((gone.0, &gone.1["state"]), (200, &json!("withdrawn")));
    let id = count(&server, "ana", json!({"regime": "dsa", "period": YEAR})).await.unwrap();
    step(&server, "ben", (id, "sign"), json!({"accepts_missing": true})).await;
    let (status, told) = step(&server, "ben", (id, "publish"), json!({})).await;
    assert_eq!((status, &told["version"]), (200, &json!(1)), "{told}");
}

#[tokio::test]
async fn each_regime_counts_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    let police = party(&server, "ro-police", authority("ro-police", true), &["orders:write"]).await;
    let url = |id: &str| format!("https://video.example/v/{id}");
    let order = removal("ro-police", "A", &url("v-0"));
    send(&server, Some(&police), "/v1/orders", &order).await;
    let mut hate = notice(&url("v-1"), "a@p.example");
    hate["category"] = json!("ILLEGAL_OR_HARMFUL_SPEECH");
    assert_eq!(send(&server, None, "/v1/notices", &hate).await.0, 201);
    // Orders and notices come now, events came then.
    let period = "2024-01-01/2099-12-31";
    let mut made = BTreeMap::new();
    for regime in ["terrorist", "requests", "hate", "conduct"] {
        let asked = json!({"regime": regime, "period": period, "preview": true});
        let id = count(&server, "ana", asked).await.unwrap();
        made.insert(regime, server.get(&format!("/v1/reports/{id}")).await);
    }
    let of = |regime: &str, table: &str, row: &str, measure: &str| {
        figure(&made[regime], table, row, measure).0
    };
    assert_eq!(of("terrorist", "article_7", "", "tco.orders"), "1");
    assert_eq!(of("terrorist", "article_7", "", "tco.orders.done"), "0");
    assert_eq!(of("terrorist", "orders_by_country", "RO", "tco.orders"), "1");
    assert_eq!(of("terrorist", "orders_by_country", "Total EU", "tco.orders"), "1");
    assert_eq!(of("requests", "by_kind", "Remove terrorist content", "demands"), "1");
    assert_eq!(of("hate", "by_notifier", "Anybody", "notices"), "1");
    assert_eq!(of("hate", "by_notifier", "Anybody", "notices.in_a_day"), "0");
    assert_eq!(of("terrorist", "article_7", "", "tco.orders.open"), "1");
    assert_eq!(of("conduct", "sli_18_2_1_civic", "RO", "removals"), "0");
    assert_eq!(made["conduct"]["tables"].as_array().unwrap().len(), 11);
    let due = server.get("/v1/reports/calendar").await;
    let names: Vec<&str> =
        due.as_array().unwrap().iter().map(|one| one["regime"].as_str().unwrap()).collect();
    for regime in ["dsa", "terrorist", "requests", "hate", "conduct", "enforcement"] {
        assert_eq!(names.iter().filter(|name| **name == regime).count(), 2, "{regime}");
    }
}

#[tokio::test]
async fn what_people_decide_is_counted_where_the_content_was_posted() {
    let folder = tempfile::tempdir().unwrap();
    let server = platform(folder.path()).await;
    staff(&server, "mia", &["moderator"]).await;
    let url = "https://video.example/v/v-1";
    assert_eq!(send(&server, None, "/v1/notices", &notice(url, "a@p.example")).await.0, 201);
    let case = loop {
        let (_, next) = act(&server, "mia", "next", json!({})).await;
        let case = next["case"]["id"].as_str().unwrap().to_owned();
        if next["case"]["subject"] == "content/v-1" {
            break case;
        }
        act(&server, "mia", &case, close("no_violation", &[])).await;
    };
    let (status, told) = act(&server, "mia", &case, close("violation", &["remove"])).await;
    assert_eq!(status, 200, "{told}");
    let history = server.get("/v1/subjects/content/v-1").await["history"].clone();
    let decision = history[0]["decision"]["id"].as_str().unwrap().to_owned();
    let appeal = json!({"decision": decision, "explanation": "it is satire"});
    let (status, taken) = send(&server, Some(&server.key), "/v1/appeals", &appeal).await;
    assert_eq!(status, 200, "{taken}");
    let of = async |period: &str| {
        let asked = json!({"regime": "enforcement", "period": period, "preview": true});
        let id = count(&server, "ana", asked).await.unwrap();
        server.get(&format!("/v1/reports/{id}")).await
    };
    let whole = of("2024-01-01/2099-12-31").await;
    for (measure, figure_of) in [("removals", "1"), ("complaints", "1"), ("uploads", "7")] {
        assert_eq!(figure(&whole, "by_country", "RO", measure).0, figure_of, "{measure}");
    }
    let rows = whole["tables"][2]["rows"].to_string();
    assert!(!rows.contains("Unknown"), "{rows}");
    // A complaint that leads to more is none that was right.
    staff(&server, "kim", &["specialist"]).await;
    let case = taken["case"].as_str().unwrap();
    signed(&server, "kim", case, json!({"do": "claim"})).await;
    let worse = close("violation", &["remove", "suspend_account:7"]);
    let (status, told) = signed(&server, "kim", case, worse).await;
    assert_eq!(status, 200, "{told}");
    let whole = of("2024-01-01/2098-12-31").await;
    assert_eq!(figure(&whole, "all", "", "complaints.won").0, "0");
    assert_eq!(figure(&whole, "all", "", "complaints.lost").0, "1");
}

/// Counted from the events as they were sent and the decisions as they are exported: by row and
/// measure.
fn by_hand(sent: &str, exported: &str, within: impl Fn(&str) -> bool) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    let mut add = |row: &str, measure: &str| {
        for row in [row, "Total"] {
            *counts.entry(format!("{row} {measure}")).or_default() += 1;
        }
    };
    let posting = ["content.published", "live.started", "message.sent", "ad.submitted"];
    let known = |value: &Value| value.as_str().unwrap_or("Unknown").to_owned();
    for line in sent.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        let data = &event["data"];
        let own = &data["content"]["country"];
        let place = if own.is_null() { &data["account"]["country"] } else { own };
        if posting.contains(&event["type"].as_str().unwrap()) && within(&event["time"].to_string())
        {
            add(&known(place), "uploads");
        }
    }
    let mut standing = std::collections::BTreeSet::new();
    for line in exported.lines() {
        let item: Value = serde_json::from_str(line).unwrap();
        let decision = &item["decision"];
        for effect in decision["effects"].as_array().unwrap() {
            let what = (decision["subject"].to_string(), decision["policy"].to_string());
            let is_new = standing.insert((what, effect.to_string()));
            let measure = match effect["effect"].as_str().unwrap() {
                "remove" if decision["subject"].to_string().contains("content/") => "removals",
                "limit" => "limited",
                "label" => "labelled",
                _ => continue,
            };
            if is_new && within(&decision["time"].to_string()) {
                add(decision["policy"].as_str().unwrap(), measure);
            }
        }
    }
    counts
}

#[tokio::test]
async fn a_simulated_half_year_is_counted_as_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), CONFIG);
    staff(&server, "ana", &["compliance"]).await;
    let simulated = run(&["simulate", "--quiet", "--events", "4000", "--seed", "11"]).out;
    server.events(&simulated).await;
    let asked = json!({"regime": "enforcement", "period": "2024-H2"});
    let id = count(&server, "ana", asked).await.unwrap();
    let whole = server.get(&format!("/v1/reports/{id}")).await;
    let request = server.ask(Method::GET, "/v1/decisions?format=ndjson");
    let exported = request.send().await.unwrap().text().await.unwrap();
    let counts = by_hand(&simulated, &exported, |time| {
        let month = time.trim_matches('"').get(..7).unwrap();
        ("2024-07"..="2024-12").contains(&month)
    });
    let found = |what: &str| counts.keys().filter(|key| key.ends_with(what)).count();
    assert!(found("uploads") > 3 && found("labelled") > 2 && found("limited") > 2, "{counts:?}");
    for (key, count) in counts {
        let (row, measure) = key.split_once(' ').unwrap();
        let table = if measure == "uploads" { "by_country" } else { "by_policy" };
        assert_eq!(figure(&whole, table, row, measure).0, count.to_string(), "{key}");
    }
}
