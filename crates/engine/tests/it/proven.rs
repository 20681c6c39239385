//! What people did is as provable as what rules did: every row of every table, in every column.

use std::path::Path;

use engine::rebuild::rebuild;
use engine::verify::{self, Finding};
use sqlx::{Connection as _, SqliteConnection};
use store::{SHAPES, Store};

use crate::erasing::{connect, fill, keep};

async fn findings(path: &Path) -> Vec<Finding> {
    let store = Store::look(path).await.unwrap();
    let report = verify::verify(&store, None, &mut |_| {}).await.unwrap();
    store.close().await;
    report.findings
}

async fn run(connection: &mut SqliteConnection, text: String) -> u64 {
    let query = sqlx::query(sqlx::AssertSqlSafe(text.clone()));
    let done = query.execute(connection).await;
    done.unwrap_or_else(|error| panic!("{text}: {error}")).rows_affected()
}

/// A store with rows in every table, and a connection that changes it behind its back.
async fn filled(path: &Path) -> SqliteConnection {
    let own = path.to_owned();
    std::thread::spawn(move || keep(&own)).join().unwrap();
    let mut connection = connect(path).await;
    let store = Store::open(path).await.unwrap();
    fill(&store, &mut connection).await;
    store.close().await;
    assert_eq!(findings(path).await, [], "sound before it is changed");
    connection
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_changed_in_any_column_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut connection = filled(&path).await;
    for shape in SHAPES {
        let (table, key) = (shape.name, shape.columns[0]);
        run(&mut connection, format!("CREATE TEMP TABLE kept AS SELECT * FROM {table}")).await;
        for column in &shape.columns[shape.keys..] {
            // Nobody is meant to notice: a role, a deadline, a word of a notice.
            let changed = format!(
                "UPDATE {table} SET \"{column}\" = CASE typeof(\"{column}\")
                    WHEN 'integer' THEN \"{column}\" + 1 WHEN 'null' THEN 'x'
                    ELSE \"{column}\" || ' ' END
                 WHERE \"{key}\" = (SELECT max(\"{key}\") FROM {table})"
            );
            assert!(run(&mut connection, changed).await > 0, "{table} is empty");
            let found = findings(&path).await;
            let named = found.iter().any(|one| one.table == table && one.what.contains(column));
            assert!(named, "{table}.{column}: {found:?}");
            let back = format!(
                "UPDATE {table} SET \"{column}\" = (SELECT \"{column}\" FROM kept
                 WHERE kept.\"{key}\" = {table}.\"{key}\")"
            );
            run(&mut connection, back).await;
        }
        run(&mut connection, "DROP TABLE kept".to_owned()).await;
    }
    assert_eq!(findings(&path).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_deleted_or_slipped_in_are_named_and_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut connection = filled(&path).await;
    for shape in SHAPES {
        assert!(run(&mut connection, format!("DELETE FROM {}", shape.name)).await > 0);
    }
    let admin = "INSERT INTO staff (name, role, made_ms) VALUES ('eve', 'admin', 0)";
    run(&mut connection, admin.to_owned()).await;
    let found = findings(&path).await;
    let of = |table: &str, what: &str| {
        found.iter().any(|one| one.table == table && one.what.ends_with(what))
    };
    for shape in SHAPES {
        assert!(of(shape.name, "is missing"), "{}: {found:?}", shape.name);
    }
    assert!(of("staff", "`[\"eve\"]` is in no entry"), "{found:?}");
    let store = Store::open(&path).await.unwrap();
    let rebuilt = rebuild(&store, &mut |_| {}).await.unwrap();
    store.close().await;
    assert!(rebuilt.written > 10 && rebuilt.removed == 1, "{rebuilt:?}");
    assert_eq!(findings(&path).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_anew_from_a_log_that_was_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let mut connection = filled(&path).await;
    let forged =
        "UPDATE change SET rows = CAST(replace(CAST(rows AS TEXT), '\"lead\"', '\"admin\"')
                  AS BLOB)";
    assert!(run(&mut connection, forged.to_owned()).await > 0);
    let found = findings(&path).await;
    assert!(found.iter().any(|one| one.table == "change"), "{found:?}");
    let store = Store::open(&path).await.unwrap();
    assert!(rebuild(&store, &mut |_| {}).await.is_err());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_derived_follows_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    filled(&path).await.close().await.unwrap();
    for (table, text) in [
        ("day", "UPDATE day SET last = last + 1"),
        ("record_effect", "UPDATE record_effect SET effect = 'remove' WHERE effect = 'limit'"),
        ("lookup", "DELETE FROM lookup WHERE seq = (SELECT max(seq) FROM lookup)"),
        ("lookup", "UPDATE lookup SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM lookup)"),
        ("lookup", "INSERT INTO lookup VALUES (x'00112233445566778899aabbccddeeff', 2)"),
        ("lookup", "INSERT INTO lookup VALUES (x'ff112233445566778899aabbccddeeff', 999999)"),
        ("lookup", "INSERT INTO lookup VALUES (x'0011', 2)"),
        ("lookup", "UPDATE lookup_slice SET until = until + 100 WHERE slice = 7"),
        ("lookup", "UPDATE lookup_slice SET until = 0"),
        ("log", "UPDATE log SET ties = x'00112233445566778899aabbccddeeff' WHERE ties IS NULL"),
        ("named", "UPDATE named SET prints = x'000000070001' WHERE first = 0"),
        ("named", "INSERT INTO named VALUES (999999, 1000000, x'')"),
        ("named", "INSERT INTO named VALUES (2, 4, x'')"),
        ("tally", "UPDATE tally SET count = count + 1 WHERE name = 'events'"),
        ("tally", "DELETE FROM tally WHERE name = 'policy'"),
        ("tally", "UPDATE tally SET count = 'many' WHERE name = 'policy'"),
        ("tally", "INSERT INTO tally VALUES ('rule', 'nothing', 7, 1)"),
    ] {
        let copy = folder.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        let mut connection = connect(&copy).await;
        assert!(run(&mut connection, text.to_owned()).await > 0, "{text} changes nothing");
        connection.close().await.unwrap();
        let found = findings(&copy).await;
        assert!(found.iter().any(|one| one.table == table), "{text}: {found:?}");
    }
    assert_eq!(findings(&path).await, []);
}
