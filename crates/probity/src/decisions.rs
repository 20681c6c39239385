//! `probity decisions`: the decisions in a store.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use store::{Filter, Listed};
use types::Decision;

use crate::{Outcome, opening, output};

/// List the decisions in a store, or show one
///
/// Without an ID, lists decisions in the order in which they were made. To get the next page, give
/// the last position printed to --after.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  probity decisions probity.db --policy civic.voting --effect remove
  probity decisions probity.db 3f9c52 --json")]
pub(crate) struct Args {
    /// File of the store
    store: PathBuf,
    /// Show the decision with this ID; the first 6 characters or more are enough
    #[arg(conflicts_with_all = ["subject", "account", "policy", "effect", "after"])]
    id: Option<String>,
    /// Only decisions on this subject: content/ID, account/ID, network/ID
    #[arg(long)]
    subject: Option<String>,
    /// Only decisions that concern this account
    #[arg(long)]
    account: Option<String>,
    /// Only decisions under this policy
    #[arg(long)]
    policy: Option<String>,
    /// Only decisions with this effect
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(types::Effect::names()))]
    effect: Option<String>,
    /// Only decisions after this position in the ledger
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
    /// Maximum number of decisions
    #[arg(long, default_value_t = 50, value_name = "COUNT")]
    limit: u32,
    /// Print whole decisions as JSON lines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let filter = Filter {
        subject: args.subject.clone(),
        account: args.account.clone(),
        policy: args.policy.clone(),
        effect: args.effect.clone(),
        after: args.after,
        limit: args.limit,
        ..Filter::default()
    };
    let found = opening::runtime()?.block_on(async {
        let store = opening::existing(&args.store).await?;
        let found = match &args.id {
            Some(id) => {
                vec![opening::decision(&store, id).await?]
            }
            None => store.decisions(&filter).await?.rows,
        };
        store.close().await;
        anyhow::Ok(found)
    })?;
    let mut out = output::stdout();
    for row in &found {
        match (args.json, &args.id) {
            (true, _) => writeln!(
                out,
                "{}",
                String::from_utf8_lossy(row.decision.as_deref().unwrap_or(b"null"))
            )?,
            (false, Some(_)) => show(&mut out, row)?,
            (false, None) => {
                let subject = output::shown(row.subject.as_deref().unwrap_or("(erased)"));
                writeln!(
                    out,
                    "{:>10}  {}  {:<34} {:<28} {subject}",
                    row.seq,
                    &row.id[..12],
                    row.effects,
                    row.policy
                )?;
            }
        }
    }
    out.flush()?;
    if found.is_empty() {
        eprintln!("no decision found");
    }
    Ok(Outcome::Good)
}

fn show(out: &mut impl std::io::Write, row: &Listed) -> anyhow::Result<()> {
    let Some(bytes) = &row.decision else {
        writeln!(out, "decision {} (entry {}): its data was erased", row.id, row.seq)?;
        return Ok(());
    };
    let decision: Decision =
        serde_json::from_slice(bytes).context("the decision cannot be read")?;
    writeln!(out, "decision  {} (entry {})", decision.id, row.seq)?;
    writeln!(out, "subject   {}", output::shown(&decision.subject.0))?;
    if let Some(account) = &decision.account {
        writeln!(out, "account   {}", output::shown(account))?;
    }
    writeln!(
        out,
        "event     {} {} {}",
        decision.r#type,
        output::shown(&decision.event),
        decision.time
    )?;
    writeln!(out, "effects   {}", row.effects)?;
    writeln!(out, "policy    {} ({})", decision.policy, decision.dsa.category)?;
    writeln!(out, "statement {}", decision.statement)?;
    for reason in &decision.reasons {
        let kind = match (reason.shadow, reason.unknown) {
            (true, _) => ", in shadow",
            (false, true) => ", could not be judged",
            (false, false) => "",
        };
        writeln!(out, "reason    {} ({}{kind})", reason.rule, reason.policy)?;
        for evidence in &reason.evidence {
            let span =
                evidence.span.map_or(String::new(), |(start, end)| format!(" at {start}..{end}"));
            let view = if evidence.view.is_empty() {
                String::new()
            } else {
                format!(", {}", evidence.view)
            };
            writeln!(
                out,
                "          {} {} {:?}{span}{view}",
                evidence.signal, evidence.field, evidence.entry
            )?;
        }
    }
    writeln!(out, "policies  {}", decision.policies)?;
    Ok(())
}
