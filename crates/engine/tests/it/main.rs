//! The engine with the shipped policy set and a real store.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod brought_up;
mod corpus;
mod erasing;
mod ledger;
mod looking_back;
mod measures;
mod policy_set;
mod proven;
mod state;
mod unreadable;

use std::path::Path;

use decide::{PolicySet, Source};

/// The policy set of this repository.
fn shipped() -> PolicySet {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut sources = Vec::new();
    for (folder, prefix) in [(root.clone(), ""), (root.join("lists"), "lists/")] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
                sources.push(Source { name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    PolicySet::new(sources)
}
