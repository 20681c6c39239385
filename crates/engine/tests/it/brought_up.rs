//! A store that an earlier build filled is brought up: what people did is entered, and proven from
//! then on.

use std::path::Path;
use std::sync::Arc;

use engine::{Rules, verify};
use jiff::Timestamp;
use sqlx::{Connection as _, SqliteConnection};
use store::{SHAPES, Store};

use crate::ledger::{key, random};

/// The store of schema 6, as its build left it.
async fn old(path: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut old = SqliteConnection::connect_with(&options).await.unwrap();
    for text in [
        include_str!("../../../store/src/schema_1.sql"),
        include_str!("../../../store/src/schema_2.sql"),
        include_str!("../../../store/src/schema_3.sql"),
        include_str!("../../../store/src/schema_4.sql"),
        include_str!("../../../store/src/schema_5.sql"),
        include_str!("../../../store/src/schema_6.sql"),
        include_str!("../data/store_6.sql"),
    ] {
        sqlx::raw_sql(text).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
}

async fn open(path: &Path) -> Store {
    let store = Store::open(path).await.unwrap();
    let policy_set = engine::replay::in_force(&store).await.unwrap().unwrap();
    let rules = Arc::new(Rules::load(&policy_set).unwrap_or_else(|found| panic!("{found:?}")));
    let casework = review::Settings::default();
    let (key, random) = (key(), random());
    let opening =
        engine::Opening { policy_set: &policy_set, rules, key, random, threads: 1, casework };
    let past = engine::open(&store, opening, Timestamp::UNIX_EPOCH, &mut |_| {}).await.unwrap();
    assert_eq!(past.damage, Vec::<String>::new());
    assert!(past.review_queue.open_count() > 5, "its open cases wait");
    store
}

async fn verified(path: &Path) -> verify::Report {
    let store = Store::look(path).await.unwrap();
    let report = verify::verify(&store, None, &mut |_| {}).await.unwrap();
    store.close().await;
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_did_under_an_earlier_build_is_entered_and_proven_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    old(&path).await;
    open(&path).await.close().await;
    let report = verified(&path).await;
    assert_eq!((report.damaged, report.rejudged), (0, 19), "{:?}", report.findings);
    let store = Store::open(&path).await.unwrap();
    let mut rows = 0;
    for shape in SHAPES {
        let count = |_| {
            rows += 1;
            Ok(())
        };
        store.each_row(shape, count).await.unwrap();
    }
    store.close().await;
    assert_eq!((report.rows, report.changes), (rows, rows), "all of them, once");
    assert!(rows > 35, "{rows}");
    // Opened again, nothing is entered again.
    open(&path).await.close().await;
    assert_eq!(verified(&path).await.entries, report.entries);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let forged = "UPDATE staff SET role = 'admin' WHERE name = 'ana'";
    sqlx::raw_sql(forged).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let report = verified(&path).await;
    let found = report.findings.iter().map(|found| found.what.as_str()).collect::<Vec<_>>();
    assert_eq!(found, ["the row `[\"ana\"]` is not as it was written: role"]);
}
