//! `probity ledger verify`: checks that nothing in a store was changed.

use std::path::PathBuf;

use crate::output::{self, grouped};
use crate::{Outcome, files, opening, progress};

/// Verify a store: hash everything and judge every event again, from what was recorded
///
/// Reports every change, by table and position, in the ledger and in everything that it commits
/// to: events, facts, decisions, messages and policies; cases, notices, orders, appeals, holds,
/// parties, accounts and their roles, identities, keys, proposals, settings and the audit trail.
/// Exit code 4 if something was changed.
///
/// Indexes and counts must be those that follow from the ledger; while a server writes, the index
/// of days and the counts are left out.
///
/// No proof covers passwords, second factors, sessions, refused records, answers kept for a day,
/// jobs and their results, the delivery positions of receivers, what became of statements of
/// reasons, and how often contents were removed for the first time. For these, the command only
/// checks that they can be read.
///
/// To detect that a store was cut back to an earlier state, keep a tree head elsewhere
/// (`ledger show --head`) and give it to --since.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File of the store
    store: PathBuf,
    /// Public key that must have signed, in hex or in a file (default: named by the ledger)
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
    /// File with an earlier tree head, from which the ledger must have grown
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Print the report as JSON on stdout
    #[arg(long)]
    json: bool,
    /// Show no progress bar
    #[arg(long)]
    quiet: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let key = args.public_key.as_deref().map(opening::public_key).transpose()?;
    let report = opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        let bar = progress::count(store.size().await?, "verifying", args.quiet);
        let report = engine::verify::verify(&store, key, &mut |at| bar.set_position(at)).await;
        bar.finish_and_clear();
        let mut report = report?;
        if let Some(since) = &args.since {
            let old = serde_json::from_str(&files::text(since)?)?;
            grew_from(&store, old, &mut report).await?;
        }
        store.close().await;
        anyhow::Ok(report)
    })?;
    if args.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.damaged == 0 { Outcome::Good } else { Outcome::NotInOrder })
}

async fn grew_from(
    store: &store::Store,
    old: ledger::TreeHead,
    report: &mut engine::verify::Report,
) -> anyhow::Result<()> {
    let size = old.size;
    let key = report.key.as_deref().and_then(ledger::PublicKey::from_hex);
    let proof = engine::prove::consistency(store, old).await?;
    let holds = match (proof, key) {
        (Some(proof), Some(key)) => proof.check(&key).is_ok(),
        _ => false,
    };
    if !holds {
        report.damaged += 1;
        let what = "the ledger did not grow from the given tree head".to_owned();
        report.findings.push(engine::verify::Finding { table: "head", seq: size, what });
    }
    Ok(())
}

fn print(report: &engine::verify::Report) {
    for finding in &report.findings {
        eprintln!("{} {}: {}", finding.table, finding.seq, finding.what);
    }
    if report.other_build > 0 {
        let count = grouped(report.other_build);
        eprintln!(
            "{count} events were judged by another version of the detectors; use that build to judge them again"
        );
    }
    eprintln!(
        "{} entries, {} events judged again, {} rows of people's work compared, {} erased, {} signed \
         heads: {}",
        grouped(report.entries),
        grouped(report.rejudged),
        grouped(report.rows),
        grouped(report.erased),
        grouped(report.heads),
        if report.damaged == 0 {
            "everything is as it was written".to_owned()
        } else {
            format!("{} findings", grouped(report.damaged))
        }
    );
    if report.days_left {
        eprintln!(
            "the index of days and the counts were not compared: the store was written meanwhile"
        );
    }
    if let Some(memory) = output::memory_peak_mb() {
        eprintln!("{memory} MB");
    }
}
