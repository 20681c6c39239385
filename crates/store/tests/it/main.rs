//! The store's contract, run against each backend.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod access;
mod contract;
mod delivery;
mod kept;
mod work;

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
    let missing = Store::open_existing(&path("missing")).await.unwrap_err();
    assert!(matches!(missing, store::Error::Unavailable(_)), "{missing}");
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
    assert_eq!(store.activated(9).await.unwrap()[0].version, "v1");
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
    assert!(store.has_no_daily_counts().await.unwrap(), "the engine counts when it opens it");
    store.close().await;
}

#[tokio::test]
async fn staff_of_a_store_without_identities_are_bound_by_nobody_but_who_binds_them() {
    let path = path("version_5");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut old = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    for schema in [
        include_str!("../../src/schema_1.sql"),
        include_str!("../../src/schema_2.sql"),
        include_str!("../../src/schema_3.sql"),
        include_str!("../../src/schema_4.sql"),
        include_str!("../../src/schema_5.sql"),
        "PRAGMA user_version = 5; INSERT INTO staff (name, role, password, made_ms)
         VALUES ('admin', 'admin', 'hash', 1), ('ana', 'lead', 'hash', 1)",
    ] {
        sqlx::raw_sql(schema).execute(&mut old).await.unwrap();
    }
    old.close().await.unwrap();
    let store = Store::open(&path).await.unwrap();
    let identity = |sub: &str, staff: &str| store::Identity {
        issuer: "https://id.example".to_owned(),
        sub: sub.to_owned(),
        staff: staff.to_owned(),
        bound_ms: 5,
    };
    let named = async |issuer: &str, sub: &str| {
        store.staff_of(issuer, sub).await.unwrap().map(|staff| staff.name)
    };
    assert_eq!(named("https://id.example", "admin").await, None);
    let write = async |rows: Vec<store::RowChange>| {
        store.commit(&store::Batch { rows, ..store::Batch::default() }).await.unwrap();
    };
    let ana = store::Staff { name: "ana".to_owned(), ..Default::default() };
    write(vec![(&identity("s-1", "ana")).into()]).await;
    assert_eq!(named("https://id.example", "s-1").await.as_deref(), Some("ana"));
    assert_eq!(named("https://other.example", "s-1").await, None);
    let bound = store.identities_of("ana").await.unwrap();
    assert_eq!(bound, [identity("s-1", "ana")]);
    let removed = store::RowChange::remove;
    write(vec![removed("staff", &["ana"]), removed("identity", &["https://id.example", "s-1"])])
        .await;
    write(vec![(&ana).into()]).await;
    assert_eq!(named("https://id.example", "s-1").await, None, "another ana is not the same");
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

#[cfg(unix)]
#[tokio::test]
async fn a_second_writer_is_refused_under_whatever_name_it_opens_the_store() {
    let path = path("named");
    let store = Store::open(&path).await.unwrap();
    let (link, hard) = (path.with_extension("link"), path.with_extension("hard"));
    std::os::unix::fs::symlink(&path, &link).unwrap();
    std::fs::hard_link(&path, &hard).unwrap();
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let beside = entry.unwrap().path();
        if beside.extension().is_some_and(|end| end == "lock") {
            std::fs::remove_file(beside).unwrap();
        }
    }
    for name in [&path, &link, &hard] {
        let second = Store::open(name).await;
        assert!(matches!(second, Err(store::Error::InUse)), "{}", name.display());
    }
    store.close().await;
    Store::open(&link).await.unwrap().close().await;
}

#[tokio::test]
async fn a_store_whose_file_is_replaced_under_it_takes_nothing_more() {
    let path = path("replaced");
    let store = Store::open(&path).await.unwrap();
    store.commit(&store::Batch::default()).await.unwrap();
    std::fs::rename(&path, path.with_extension("moved")).unwrap();
    let refused = store.commit(&store::Batch::default()).await.unwrap_err();
    assert!(refused.to_string().contains("moved, removed or replaced"), "{refused}");
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_is_read_where_nothing_can_be_written() {
    let path = path("read_only");
    Store::open(&path).await.unwrap().close().await;
    // A name that cannot be opened, as on a read-only file system; that holds for root as well.
    let shared = PathBuf::from(format!("{}-shm", path.display()));
    std::os::unix::fs::symlink("nowhere", &shared).unwrap();
    let store = Store::look(&path).await.unwrap();
    assert_eq!(store.size().await.unwrap(), 0);
    assert_eq!(store.examine().await.unwrap(), []);
    store.close().await;
    let log = PathBuf::from(format!("{}-wal", path.display()));
    std::fs::write(log, "commits that are not in the file yet").unwrap();
    let refused = Store::look(&path).await.unwrap_err();
    assert!(refused.to_string().contains("its last commits lie in"), "{refused}");
}

#[tokio::test]
async fn what_cannot_be_read_is_found_in_every_table() {
    let path = path("examined");
    let store = Store::open(&path).await.unwrap();
    store.close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut file = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let long = "x".repeat(9000);
    let text = "INSERT INTO cases VALUES (1, 'review', 'waiting', '', '', '', '', NULL, NULL, 0,
        NULL, NULL, NULL, '{}'), (2, 'review', 'waiting', '', '', '', '', NULL, NULL, 0, NULL,
        NULL, NULL, 'cut off');
        INSERT INTO party VALUES ('p', 'authority', '{');";
    sqlx::raw_sql(text).execute(&mut file).await.unwrap();
    let text = "INSERT INTO audit VALUES (1, 0, 'ana', 'viewed', $1, '')";
    sqlx::query(text).bind(&long).execute(&mut file).await.unwrap();
    file.close().await.unwrap();
    let found = async || {
        let store = Store::look(&path).await.unwrap();
        let found = store.examine().await.unwrap();
        store.close().await;
        found.into_iter().map(|damage| (damage.table, damage.place)).collect::<Vec<_>>()
    };
    assert_eq!(found().await, [("cases", 2), ("party", 1)]);
    // A page of its own, since the text is longer than one.
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(99).rposition(|window| window.iter().all(|byte| *byte == b'x')).unwrap();
    let page = at / 8192 * 8192;
    bytes[page..page + 4].fill(0xFF);
    std::fs::write(&path, bytes).unwrap();
    assert!(found().await.iter().any(|(table, _)| *table == "file"));
}
