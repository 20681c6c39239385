//! `probity report`: transparency reports, made, verified and linted.

pub(crate) mod dsa;
mod lint;
mod verify;

use std::path::Path;

use anyhow::Context as _;
use documents::report::{Period, Profile};
use serde::{Deserialize, Serialize};

use crate::Outcome;

/// The subcommands.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Dsa(dsa::Args),
    Verify(verify::Args),
    Lint(lint::Args),
}

/// The name of the file that says how a report was made.
const MANIFEST: &str = "manifest.json";

/// How a report was made: what is needed to count it again.
#[derive(Serialize, Deserialize)]
struct Manifest {
    /// The kind of report: `dsa`.
    report: String,
    /// The period, `2026-01-01/2026-06-30`.
    period: String,
    /// Whether the period was not over.
    #[serde(default)]
    is_draft: bool,
    /// Who reports.
    profile: Profile,
    /// The tree head of the ledger that was counted under.
    head: Option<ledger::TreeHead>,
    /// Outcomes known by then are counted.
    known_at: jiff::Timestamp,
    /// The section `[statements]` of the configuration, as far as it counts.
    terms: Terms,
    /// Average monthly active recipients, by member state.
    recipients: Option<std::collections::BTreeMap<String, u64>>,
    /// The definitions, each with its version.
    definitions: std::collections::BTreeMap<String, u32>,
    /// The SHA-256 of each file, by name.
    files: std::collections::BTreeMap<String, String>,
    /// What is not measured, and why.
    gaps: Vec<String>,
    /// What is still to be written.
    missing: Vec<String>,
}

/// What counts as owed.
#[derive(Serialize, Deserialize)]
struct Terms {
    union_only: bool,
    commercial: Vec<String>,
    informative: Vec<String>,
}

impl From<&documents::statement::Terms> for Terms {
    fn from(terms: &documents::statement::Terms) -> Self {
        let documents::statement::Terms { is_union_only, commercial, informative, .. } = terms;
        let (commercial, informative) = (commercial.clone(), informative.clone());
        Self { union_only: *is_union_only, commercial, informative }
    }
}

impl From<Terms> for documents::statement::Terms {
    fn from(terms: Terms) -> Self {
        let Terms { union_only, commercial, informative } = terms;
        Self { is_union_only: union_only, commercial, informative, ..Self::default() }
    }
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> anyhow::Result<Outcome> {
    match command {
        Command::Dsa(args) => dsa::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Lint(args) => lint::run(args),
    }
}

/// A period of a report, as an argument.
fn period(text: &str) -> Result<Period, String> {
    text.parse()
}

/// Texts of a folder, by the names of their files without ending.
fn texts(folder: Option<&Path>) -> anyhow::Result<documents::report::Texts> {
    let mut texts = documents::report::Texts::default();
    let Some(folder) = folder else { return Ok(texts) };
    let context = || format!("cannot read the folder `{}`", folder.display());
    for entry in std::fs::read_dir(folder).with_context(context)? {
        let entry = entry.with_context(context)?.path();
        let is_text = entry.extension().is_some_and(|end| end == "txt" || end == "md");
        if let Some(name) = entry.file_stem().and_then(|name| name.to_str()).filter(|_| is_text) {
            texts.0.insert(name.to_owned(), crate::files::text(&entry)?);
        }
    }
    Ok(texts)
}
