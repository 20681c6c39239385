//! `/system`: whether everything is as it should be.

use std::sync::atomic::Ordering;

use axum::extract::State;
use maud::Markup;

use crate::app::App;
use crate::console::layout::grouped;
use crate::console::system::{Check, View, page};
use crate::meter::memory_bytes;
use crate::overview::checks;
use crate::pages::signed::{Away, Signed};
use crate::permission::OverviewRead;
use crate::problem::Problem;

/// Shows how the system is doing.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
) -> Result<Markup, Away> {
    let view = view(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/system", "System"), &view))
}

async fn view(app: &App) -> Result<View, Problem> {
    let core = app.core()?;
    let checks = checks(app).await?.into_iter().map(|(name, is_good, detail)| Check {
        name: name.to_owned(),
        is_good,
        detail,
    });
    let head = core.store.head().await?;
    Ok(View {
        checks: checks.collect(),
        figures: figures(app)?,
        version: app.settings.version.to_owned(),
        head: head.map(|head| (head.size, head.root, head.at.to_string())),
        key: core.key.hex(),
    })
}

fn figures(app: &App) -> Result<Vec<(String, String)>, Problem> {
    let core = app.core()?;
    let status = core.pipeline.status();
    let read = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let commits = read(&status.commits);
    let mean_us = read(&status.commit_us).checked_div(commits).unwrap_or(0);
    let mb = |bytes: u64| format!("{} MB", grouped(bytes / 1_000_000));
    let lines = [
        ("Events judged since the start", grouped(read(&status.judged))),
        ("Events that had been taken before", grouped(read(&status.duplicates))),
        ("Records refused since the start", grouped(read(&status.refused))),
        ("Requests waiting", grouped(read(&status.jobs))),
        ("Commits", grouped(commits)),
        ("A commit takes, on average", format!("{} µs", grouped(mean_us))),
        ("Entries in the ledger", grouped(*core.pipeline.size().borrow())),
        ("Accounts remembered", grouped(read(&status.accounts))),
        ("Things forgotten for want of room", grouped(read(&status.forgotten))),
        ("Counter keys remembered", grouped(read(&status.keys))),
        ("Counter keys dropped before their time", grouped(read(&status.evicted))),
        ("Rules paused now", grouped(core.pipeline.paused().len() as u64)),
        ("Times that a rule was paused since the start", grouped(read(&status.tripped))),
        ("Keys waiting to be written in order", grouped(core.store.keys_waiting() as u64)),
        ("Memory", memory_bytes().map_or_else(|| "not told".to_owned(), mb)),
        ("Memory free for requests", mb(app.room.free() as u64)),
    ];
    Ok(lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}
