//! `probity rules fmt`: formats policy files.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::{Outcome, files};

/// Format policy files: spaces, empty lines, conditions
///
/// The order of entries and the comments stay. Files that are not valid TOML are reported and left
/// unchanged.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder with the policy files
    #[arg(default_value = "policies")]
    folder: PathBuf,
    /// Change no file; exit with code 4 if a file is not formatted
    #[arg(long)]
    check: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let policy_set = files::policy_set(&args.folder)?;
    let mut outcome = Outcome::Good;
    let mut changed = 0;
    for source in policy_set.sources().iter().filter(|source| source.name.ends_with(".toml")) {
        let path = args.folder.join(&source.name);
        let Some(laid_out) = decide::format::file(&source.text) else {
            eprintln!("`{}` is not valid TOML; see `probity rules check`", path.display());
            outcome = Outcome::NotInOrder;
            continue;
        };
        if laid_out == source.text {
            continue;
        }
        changed += 1;
        if args.check {
            eprintln!("`{}` is not formatted", path.display());
            outcome = Outcome::NotInOrder;
        } else {
            std::fs::write(&path, laid_out)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            eprintln!("formatted `{}`", path.display());
        }
    }
    if changed == 0 && outcome == Outcome::Good {
        eprintln!("all files are formatted");
    }
    Ok(outcome)
}
