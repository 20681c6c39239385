//! `/system`: the state of the system.

use app::access::permission::OverviewRead;
use app::service::ledger;
use app::service::overview::checks;
use app::service::system::{self, Figures};
use app::{App, Problem};
use axum::extract::State;
use maud::Markup;

use crate::pages::signed::{Away, Signed};
use crate::view::layout::grouped;
use crate::view::system::{Check, View, page};

/// Shows the state of the system.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
) -> Result<Markup, Away> {
    let view = view(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/system", "System"), &view))
}

async fn view(app: &App) -> Result<View, Problem> {
    let checks = checks(app).await?.into_iter().map(|(name, is_good, detail)| Check {
        name: name.to_owned(),
        is_good,
        detail,
    });
    let head = system::head(app).await?;
    Ok(View {
        checks: checks.collect(),
        work: app.routines.all(),
        figures: lines(&system::figures(app)?),
        version: app.settings.version.to_owned(),
        head: head.map(|head| (head.size, head.root, head.at.to_string())),
        key: ledger::key(app)?,
    })
}

fn lines(figures: &Figures) -> Vec<(String, String)> {
    let mb = |bytes: u64| format!("{} MB", grouped(bytes / 1_000_000));
    let lines = [
        ("Events judged since the start", grouped(figures.judged)),
        ("Duplicate events since the start", grouped(figures.duplicates)),
        ("Records refused since the start", grouped(figures.refused)),
        ("Requests waiting", grouped(figures.waiting)),
        ("Commits", grouped(figures.commits)),
        ("Mean time of a commit", format!("{} µs", grouped(figures.commit_mean_us))),
        ("Entries in the ledger", grouped(figures.entries)),
        ("Accounts remembered", grouped(figures.accounts)),
        ("Things forgotten for lack of room", grouped(figures.forgotten)),
        ("Counter keys remembered", grouped(figures.counter_keys)),
        ("Counter keys dropped for lack of room", grouped(figures.counter_keys_dropped)),
        ("Rules paused now", grouped(figures.rules_paused)),
        ("Pauses of rules since the start", grouped(figures.rules_tripped)),
        ("Keys waiting to be written in order", grouped(figures.keys_waiting)),
        ("Memory", figures.memory_bytes.map_or_else(|| "unknown".to_owned(), mb)),
        ("Memory free for requests", mb(figures.memory_free_bytes)),
    ];
    lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
