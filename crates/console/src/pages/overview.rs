//! `/`: the overview.

use app::access::permission::OverviewRead;
use app::decisions::listing;
use app::decisions::search::Filter;
use app::service::overview::{Overview, now};
use app::{App, Problem};
use axum::extract::State;
use maud::Markup;

use crate::pages::signed::{Away, Signed};
use crate::view::overview::{Queue, View, page};

/// Number of decisions in the feed.
const FEED: u32 = 12;

/// Limit of the countries shown.
const COUNTRIES_MAX: usize = 15;

/// Shows the overview.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<OverviewRead>,
) -> Result<Markup, Away> {
    let view = view(&app).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/", "Overview"), &view))
}

/// The data of the overview.
#[expect(clippy::cast_precision_loss, reason = "numbers for display")]
pub(crate) async fn view(app: &App) -> Result<View, Problem> {
    let overview = now(app).await?;
    let latest = Filter { is_newest_first: true, limit: FEED, ..Filter::default() };
    let feed = listing(app, &latest).await?.rows;
    let Overview { removals, .. } = &*overview;
    let part = |part: u64| (removals.total > 0).then(|| part as f64 / removals.total as f64);
    let mut countries = by_count(&overview.countries);
    countries.truncate(COUNTRIES_MAX);
    let ago = (0..overview.seconds.len()).rev().map(|ago| format!("-{}:{:02}", ago / 60, ago % 60));
    let queue = overview.receivers.iter().map(|receiver| Queue {
        name: receiver.name.clone(),
        waiting: receiver.waiting + receiver.retrying,
        dead: receiver.dead,
        is_down: receiver.is_down,
    });
    Ok(View {
        rate_now: overview.events_per_second,
        rates: ago.zip(overview.seconds.iter().map(|count| *count as f64)).collect(),
        events: overview.events,
        decisions: overview.decisions,
        policies: by_count(&overview.policies),
        countries,
        effects: by_count(&overview.effects),
        removed: removals.total,
        before_view: part(removals.before_view),
        before_flag: part(removals.before_flag),
        within_day: part(removals.within_day),
        days: overview.days.iter().map(|(day, count)| (day.clone(), *count as f64)).collect(),
        queue: queue.collect(),
        feed,
    })
}

/// Names with their counts, most frequent first.
fn by_count(counts: &std::collections::BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut sorted: Vec<_> = counts.iter().map(|(name, count)| (name.clone(), *count)).collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted
}
