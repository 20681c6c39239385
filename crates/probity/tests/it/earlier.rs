//! What earlier builds kept is read by this one: cases, filings, holds, parties, people.

use std::path::Path;

use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};

use crate::filings::CONFIG;
use crate::root;
use crate::server::Server;

/// The order, the notice and the appeal in the store of schema 6.
const ORDER: &str = "o-2faa3e85d083c62eedcdadda1946825b";
const NOTICE: &str = "n-91c8e6e2e20e0c21e1c45800857d772e";
const APPEAL: &str = "a-05295192de6f16b85adb24495c58fa4a";

/// The store of schema 6 that the engine's tests have, with its signing key.
async fn store_of_schema_6(folder: &Path) {
    let path = folder.join("p.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut store = SqliteConnection::connect_with(&options).await.unwrap();
    let steps = (1..=6).map(|step| format!("crates/store/src/schema_{step}.sql"));
    for file in steps.chain(["crates/engine/tests/data/store_6.sql".to_owned()]) {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut store).await.unwrap();
    }
    store.close().await.unwrap();
    std::fs::write(folder.join("p.db.key"), "03".repeat(32) + "\n").unwrap();
}

#[tokio::test]
async fn what_an_earlier_build_kept_is_read() {
    let folder = tempfile::tempdir().unwrap();
    store_of_schema_6(folder.path()).await;
    let server = Server::start(folder.path(), CONFIG);
    for number in 1..=14 {
        let case = server.get(&format!("/v1/cases/c-{number}")).await;
        let state = if [1, 13].contains(&number) { "closed" } else { "waiting" };
        assert_eq!(case["case"]["state"], state, "{case}");
    }
    let order = server.get(&format!("/v1/orders/{ORDER}")).await;
    assert_eq!((&order["order"]["reference"], &order["case"]), (&json!("RO-1"), &json!("c-13")));
    assert_eq!(order["clocks"][0]["clock"], "removal_1h", "{order}");
    let notice = server.get(&format!("/v1/notices/{NOTICE}")).await;
    assert_eq!((&notice["state"], &notice["subject"]), (&json!("open"), &json!("content/v-2")));
    let appeal = server.get(&format!("/v1/appeals/{APPEAL}")).await;
    assert_eq!((&appeal["state"], &appeal["case"]), (&json!("open"), &json!("c-14")), "{appeal}");
    let holds = server.get("/v1/holds").await;
    assert_eq!(holds[0]["order"], ORDER, "{holds}");
    let parties = server.get("/v1/parties").await;
    let names: Vec<&str> =
        parties.as_array().unwrap().iter().map(|party| party["id"].as_str().unwrap()).collect();
    assert_eq!(names, ["flagger", "ro-police"], "{parties}");
    let people = server.get("/v1/staff").await;
    let ana = people.as_array().unwrap().iter().find(|person| person["name"] == "ana").unwrap();
    assert_eq!(ana["skills"]["languages"], json!(["ro", "en"]), "{ana}");
}
