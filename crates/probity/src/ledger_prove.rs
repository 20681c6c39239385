//! `probity ledger prove`: creates proofs, and checks them.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use ledger::{Consistency, Inclusion};

use crate::{Outcome, files, opening};

/// Prove that an entry is in the ledger, or that the ledger grew from an earlier head
///
/// Prints the proof as JSON. Anyone can check it with --check and the public key, without the
/// store.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity ledger prove probity.db --entry 17 > proof.json
  probity ledger prove --check proof.json --public-key 3fa9…
  probity ledger prove probity.db --since head.json")]
pub(crate) struct Args {
    /// File of the store
    #[arg(required_unless_present = "check")]
    store: Option<PathBuf>,
    /// Prove this entry
    #[arg(long, value_name = "SEQ", conflicts_with_all = ["decision", "since", "check"])]
    entry: Option<u64>,
    /// Prove the entry of this decision
    #[arg(long, value_name = "ID", conflicts_with_all = ["since", "check"])]
    decision: Option<String>,
    /// Prove that the ledger grew from the tree head in this file
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    since: Option<PathBuf>,
    /// Check the proof in this file
    #[arg(long, value_name = "FILE", requires = "public_key")]
    check: Option<PathBuf>,
    /// Public key of the ledger, in hex, or a file that holds it
    #[arg(long, value_name = "KEY")]
    public_key: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    if let (Some(proof), Some(key)) = (&args.check, &args.public_key) {
        return check(proof, key);
    }
    let Some(path) = &args.store else { bail!("give the file of the store") };
    let proof = opening::runtime()?.block_on(async {
        let store = opening::existing(path).await?;
        let seq = match (&args.entry, &args.decision) {
            (Some(seq), _) => Some(*seq),
            (None, Some(id)) => Some(opening::decision(&store, id).await?.seq),
            (None, None) => None,
        };
        let proof = match (seq, &args.since) {
            (Some(seq), _) => {
                let proof = engine::prove::inclusion(&store, seq).await?;
                serde_json::to_string(&proof.with_context(|| format!("there is no entry {seq}"))?)?
            }
            (None, Some(since)) => {
                let old = serde_json::from_str(&files::text(since)?)
                    .context("the tree head cannot be read")?;
                let proof = engine::prove::consistency(&store, old).await?;
                serde_json::to_string(&proof.context("the tree head is larger than the ledger")?)?
            }
            (None, None) => bail!("give what to prove: --entry, --decision or --since"),
        };
        store.close().await;
        anyhow::Ok(proof)
    })?;
    println!("{proof}");
    Ok(Outcome::Good)
}

fn check(proof: &std::path::Path, key: &str) -> anyhow::Result<Outcome> {
    let key = opening::public_key(key)?;
    let text = files::text(proof)?;
    let answer = if let Ok(proof) = serde_json::from_str::<Inclusion>(&text) {
        proof.check(&key).map(|()| {
            format!("entry {} is in the ledger of {} entries", proof.seq, proof.head.size)
        })
    } else {
        let proof: Consistency = serde_json::from_str(&text).context("the file is not a proof")?;
        proof.check(&key).map(|()| {
            format!("the ledger of {} entries grew from that of {}", proof.new.size, proof.old.size)
        })
    };
    match answer {
        Ok(sentence) => {
            println!("the proof holds: {sentence}");
            Ok(Outcome::Good)
        }
        Err(broken) => {
            println!("the proof does not hold: {broken}");
            Ok(Outcome::NotInOrder)
        }
    }
}
