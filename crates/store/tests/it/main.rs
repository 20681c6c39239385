//! The store's contract, run against each backend.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod contract;

use std::path::PathBuf;
use std::sync::LazyLock;

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
