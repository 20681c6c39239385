//! `probity ledger show`: prints the entries of a ledger, or its tree head.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::json;

use crate::{Outcome, opening, output};

/// Print the entries of a ledger, or its signed tree head
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File of the store
    store: PathBuf,
    /// Print entries from this one on
    #[arg(long, default_value_t = 0, value_name = "SEQ")]
    from: u64,
    /// Maximum number of entries
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    limit: u32,
    /// Print the latest signed tree head as JSON, to keep elsewhere
    #[arg(long)]
    head: bool,
    /// Print entries as JSON lines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (entries, head) = opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        let read = (store.entries(args.from, args.limit).await?, store.head().await?);
        store.close().await;
        anyhow::Ok(read)
    })?;
    let mut out = output::stdout();
    if args.head {
        output::json_line(&mut out, &head.context("the ledger is empty")?)?;
        out.flush()?;
        return Ok(Outcome::Good);
    }
    for entry in entries {
        let hash = hex::encode(entry.hash.0);
        let body = String::from_utf8_lossy(&entry.body);
        if args.json {
            let body: serde_json::Value =
                serde_json::from_str(&body).unwrap_or_else(|_| json!(body));
            output::json_line(&mut out, &json!({ "seq": entry.seq, "hash": hash, "entry": body }))?;
        } else {
            writeln!(out, "{:>10}  {}…  {body}", entry.seq, &hash[..16])?;
        }
    }
    if !args.json {
        match head {
            Some(head) => {
                writeln!(out, "{} entries, signed at {}", output::grouped(head.size), head.at)?
            }
            None => writeln!(out, "the ledger is empty")?,
        }
    }
    out.flush()?;
    Ok(Outcome::Good)
}
