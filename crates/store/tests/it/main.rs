//! The store's contract, run against each backend.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod contract;

use std::path::PathBuf;
use std::sync::LazyLock;

use sqlx::Connection as _;
use store::Store;

/// A folder of its own for this run of the tests.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

fn path(name: &str) -> PathBuf {
    FOLDER.path().join(format!("{name}.db"))
}

/// Opens the place called `name` in the embedded backend; the same name is the same place.
async fn sqlite(name: &str) -> Store {
    Store::open(&path(name)).await.unwrap()
}

contract::tests!(sqlite);

#[tokio::test]
async fn a_file_that_is_no_store_is_refused_by_name() {
    std::fs::write(path("text"), "a text, and long enough to be looked at as a page ".repeat(100))
        .unwrap();
    let error = Store::open(&path("text")).await.unwrap_err();
    assert!(matches!(error, store::Error::Damaged(_)), "{error}");
    let missing = Store::look(&path("missing")).await.unwrap_err();
    assert!(matches!(missing, store::Error::Unavailable(_)), "{missing}");
    assert!(!path("missing").exists(), "looking must not make it");
}

#[tokio::test]
async fn a_store_of_the_first_version_is_brought_up_to_date() {
    let path = path("old");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut old = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(include_str!("../../src/schema_1.sql")).execute(&mut old).await.unwrap();
    let filled = r#"PRAGMA user_version = 1;
        INSERT INTO entry VALUES (0, CAST('{"kind":"opened","key":"00"}' AS BLOB), zeroblob(32)),
            (1, CAST('{"kind":"policies","version":"v1","detectors":1}' AS BLOB), zeroblob(32)),
            (2, CAST('{"kind":"judged"}' AS BLOB), zeroblob(32)),
            (3, CAST('{"kind":"judged"}' AS BLOB), zeroblob(32));
        INSERT INTO log VALUES (2, x'000102030405060708090a0b0c0d0e0f', zeroblob(16),
            CAST('{"data":{"content":{"id":"v","country":"RO"}}}' AS BLOB), x''),
            (3, x'100102030405060708090a0b0c0d0e0f', NULL, NULL, NULL);
        INSERT INTO record VALUES (2, '00112233445566778899aabbccddeeff', 'content/v', 'a-1', 'p.one',
            'remove notify', 86400000, CAST('{"type":"content.published"}' AS BLOB)),
            (3, '10112233445566778899aabbccddeeff', NULL, NULL, 'p.one', 'limit', 5, NULL);"#;
    sqlx::raw_sql(filled).execute(&mut old).await.unwrap();
    old.close().await.unwrap();

    let store = Store::open(&path).await.unwrap();
    assert_eq!(store.enforced(9).await.unwrap()[0].version, "v1");
    let found = async |filter: store::Filter| {
        let page = store.decisions(&store::Filter { limit: 9, ..filter }).await.unwrap();
        page.rows.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        found(store::Filter { subject: some("content/v"), ..Default::default() }).await,
        [2]
    );
    assert_eq!(found(store::Filter { effect: some("notify"), ..Default::default() }).await, [2]);
    assert_eq!(found(store::Filter { country: some("RO"), ..Default::default() }).await, [2]);
    assert_eq!(
        found(store::Filter { r#type: some("content.published"), ..Default::default() }).await,
        [2]
    );
    assert_eq!(found(store::Filter { policy: some("p.one"), ..Default::default() }).await, [2, 3]);
    assert_eq!(found(store::Filter { from_ms: Some(86_400_000), ..Default::default() }).await, [2]);
    assert_eq!(store.decision("00112233").await.unwrap()[0].seq, 2);
    let key = types::EventKey([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(store.taken(key).await.unwrap(), Some(2));
    assert!(store.has_no_tallies().await.unwrap(), "the engine counts when it opens it");
    store.close().await;
}

#[tokio::test]
async fn one_process_writes_and_others_look() {
    let path = path("held");
    let store = Store::open(&path).await.unwrap();
    assert!(matches!(Store::open(&path).await, Err(store::Error::InUse)));
    let looking = Store::look(&path).await.unwrap();
    let refused = looking.commit(&store::Batch::default()).await;
    assert!(matches!(refused, Err(store::Error::Conflict)), "who looks does not write");
    looking.close().await;
    store.close().await;
    drop(store);
    Store::open(&path).await.unwrap().close().await;
}
