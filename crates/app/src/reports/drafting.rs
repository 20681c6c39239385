//! Drafts: reports that are counted in the background and kept for a second person.

use std::sync::Arc;

use documents::account::Regime;
use documents::report::Period;
use engine::Rows;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use store::{JobEnd, ReportFilter, ReportPart, ReportRow, ReportState, WholeJob};
use tokio::sync::Notify;
use utoipa::ToSchema;

use crate::access::account::line;
use crate::access::caller::Caller;
use crate::access::permission::{Permit as _, ReportsWrite};
use crate::reports::making::{self, DSA, Made};
use crate::reports::manifest::{Corrected, Manifest};
use crate::reports::{Asked, Counting, Settings};
use crate::rules::proposal::stated;
use crate::service::jobs::JobView;
use crate::service::problem::Problem;
use crate::service::running::{self, JobHandle, JobRequest};
use crate::service::state::App;

/// The names of the parts of a report.
pub(super) const TABLES: &str = "tables";
pub(super) const PUBLIC: &str = "public";
pub(super) const SECTIONS: &str = "sections";
pub(super) const DEFINITIONS: &str = "definitions";

/// A report to count.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// The name of its regime: `dsa`, `terrorist`, `hate`, `enforcement`, `requests`, `conduct`.
    pub regime: String,
    /// The period: `2026-H1`, `2026-Q3`, `2026` or `2026-01-01/2026-06-30`.
    pub period: String,
    /// The day on which it will be published, which the harmonised report states; by default today.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub publish_on: Option<Date>,
    /// Whether to count a period that is not over. Such a draft cannot be signed.
    #[serde(default)]
    pub preview: bool,
    /// Why a version that is published is corrected; without one, it is ignored.
    #[serde(default)]
    pub reason: String,
}

/// A draft that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Drafting {
    pub(crate) asked: NewReport,
    author: String,
}

impl JobRequest for Drafting {
    const KIND: &'static str = "report";
    const RESUMES: bool = false;

    async fn run(self, app: App, running: Arc<JobHandle>) -> JobEnd {
        match draft(&app, &self, &running).await {
            Ok(Some(id)) => JobEnd::Done(serde_json::json!({"report": id}).to_string()),
            Ok(None) => JobEnd::Cancelled(None),
            Err(problem) => JobEnd::Failed(problem.to_string(), None),
        }
    }
}

/// Starts counting a report; the number of the job. Only people have reports counted: the holder of
/// a key could otherwise sign what the key counted.
///
/// # Errors
///
/// [`Problem::Forbidden`] and [`Problem::WrongPerson`] if the caller may not,
/// [`Problem::Wrong`] if it cannot be counted, [`Problem::Decided`] if a draft of the period waits.
pub async fn begin(app: &App, caller: &Caller, asked: NewReport) -> Result<u64, Problem> {
    may_prepare(caller)?;
    caller.person()?;
    let work = Drafting { asked, author: caller.sender() };
    let plan = plan(app, &work.asked).await?;
    let title = format!("{} {}", plan.regime.id, plan.period);
    running::start(app, (&work.author, &title), work.clone()).await
}

/// Whether `caller` may have reports counted, and stop it.
pub(crate) fn may_prepare(caller: &Caller) -> Result<(), Problem> {
    let may = caller.may(ReportsWrite::NAME);
    if may { Ok(()) } else { Err(Problem::Forbidden(ReportsWrite::NAME)) }
}

/// The latest job, running or ended; `None` if there was none.
///
/// # Errors
///
/// Any problem of reading.
pub async fn latest(app: &App) -> Result<Option<JobView>, Problem> {
    let found = running::listed(app, Some(Drafting::KIND), 1).await?.pop();
    let view = |brief| JobView::new(WholeJob { brief, request: String::new(), result: None });
    Ok(found.map(view))
}

/// What is to be counted.
struct Plan {
    regime: &'static Regime,
    period: Period,
    version: u64,
    corrects: Option<Corrected>,
    /// A preview of the same period, which is withdrawn.
    preview: Option<ReportRow>,
}

/// Whether its period was not over when it was counted.
pub(super) fn is_preview(row: &ReportRow) -> bool {
    serde_json::from_str::<Manifest>(&row.body).is_ok_and(|manifest| manifest.is_draft)
}

/// Checks what is asked for against what there is.
async fn plan(app: &App, asked: &NewReport) -> Result<Plan, Problem> {
    let unknown = || Problem::Wrong(format!("`{}` is no kind of report", asked.regime));
    let regime = Regime::named(&asked.regime).ok_or_else(unknown)?;
    let period: Period = asked.period.parse().map_err(Problem::Wrong)?;
    if app.now().as_millisecond() < period.end_ms() && !asked.preview {
        return Err(Problem::Wrong(format!(
            "the period {period} is not over; a preview counts what there is so far"
        )));
    }
    let days = Some((period.first.to_string(), period.last.to_string()));
    let filter =
        ReportFilter { regime: Some(regime.id.to_owned()), days, ..ReportFilter::default() };
    let versions = app.core()?.store.reports(&filter, VERSIONS_MAX).await?;
    let is_open = |row: &&ReportRow| matches!(row.state, ReportState::Draft | ReportState::Signed);
    let open = versions.iter().find(is_open);
    // A preview makes room for what can be signed.
    let preview = open.filter(|row| !asked.preview && is_preview(row)).cloned();
    if let Some(open) = open.filter(|_| preview.is_none()) {
        let (id, state) = (open.id, open.state.name());
        return Err(Problem::Decided(format!(
            "report {id} of that period is {state}: publish or withdraw it first"
        )));
    }
    let before = versions.iter().find(|row| row.state == ReportState::Published);
    let corrects = match before {
        Some(before) => {
            let (id, version) = (before.id, before.version);
            if asked.reason.trim().is_empty() {
                return Err(Problem::Wrong(format!(
                    "version {version} of that report is published: say in `reason` why it is \
                     corrected; the public reads it"
                )));
            }
            Some(Corrected { id, version, reason: stated(&asked.reason)? })
        }
        None => None,
    };
    let version = before.map_or(1, |before| before.version + 1);
    Ok(Plan { regime, period, version, corrects, preview })
}

/// The most versions of one report.
const VERSIONS_MAX: u32 = 1000;

/// Counts a report and keeps it; its number, or `None` if it was stopped.
async fn draft(
    app: &App,
    work: &Drafting,
    running: &Arc<JobHandle>,
) -> Result<Option<u64>, Problem> {
    let plan = plan(app, &work.asked).await?;
    let core = app.core()?;
    let default = Settings::default();
    let settings = app.settings.reports.as_ref().unwrap_or(&default);
    let head = core.store.head().await?;
    let statements = app.settings.statements.as_ref();
    let before = earlier(app, plan.regime, plan.period).await?;
    let mut profile = settings.profile.clone();
    if plan.regime.id == DSA {
        let today = app.now().to_zoned(TimeZone::UTC).date();
        profile.published = Some(work.asked.publish_on.unwrap_or(today));
        let published_ms =
            before.as_ref().and_then(|row| row.published.as_ref().map(|(at_ms, _)| *at_ms));
        let day = |ms| crate::filings::time(ms).to_zoned(TimeZone::UTC).date();
        profile.previous = published_ms.map(day).or(profile.previous);
    }
    let counting = Counting {
        period: plan.period,
        size: head.as_ref().map_or(0, |head| head.size),
        known_at: app.now(),
        terms: statements.map(|settings| settings.terms.clone()).unwrap_or_default(),
        profile,
        recipients: settings.recipients(plan.period)?,
    };
    let mut words = settings.words(plan.regime)?;
    words.previous =
        before.map(|row| format!("{} to {}, version {}", row.first_day, row.last_day, row.version));
    let small_below = settings.small_below;
    let asked = Asked { regime: plan.regime, counting: &counting, words: &words, small_below };
    let Some(made) = counted(&core.store, &asked, running).await? else { return Ok(None) };
    let manifest = Manifest {
        report: plan.regime.id.to_owned(),
        period: plan.period.to_string(),
        is_draft: work.asked.preview && app.now().as_millisecond() < plan.period.end_ms(),
        profile: counting.profile.clone(),
        head,
        known_at: counting.known_at,
        terms: (&counting.terms).into(),
        recipients: counting.recipients.clone(),
        small_below,
        definitions: making::definitions(plan.regime),
        files: std::collections::BTreeMap::new(),
        gaps: made.gaps.clone(),
        missing: made.missing.clone(),
        corrects: plan.corrects.clone(),
    };
    keep(app, work, (&plan, &manifest), &made).await.map(Some)
}

/// Counts until it is done or stopped.
async fn counted(
    store: &store::Store,
    asked: &Asked<'_>,
    running: &Arc<JobHandle>,
) -> Result<Option<Made>, Problem> {
    let stop = Notify::new();
    let mut progress = |part: f64| {
        if !running.goes_on(part) {
            stop.notify_one();
        }
    };
    tokio::select! {
        made = making::make(store, asked, &mut progress) => Ok(Some(made?)),
        () = stop.notified() => Ok(None),
    }
}

/// The published report on the last period before `period` that is as long, in its latest version.
pub(super) async fn earlier(
    app: &App,
    regime: &Regime,
    period: Period,
) -> Result<Option<ReportRow>, Problem> {
    let filter = ReportFilter {
        state: Some(ReportState::Published),
        regime: Some(regime.id.to_owned()),
        ..ReportFilter::default()
    };
    let all = app.core()?.store.reports(&filter, VERSIONS_MAX).await?;
    let first = period.first.to_string();
    let is_alike = |row: &ReportRow| {
        let days = format!("{}/{}", row.first_day, row.last_day).parse::<Period>();
        days.is_ok_and(|other| period.is_as_long_as(other))
    };
    let earlier = all.into_iter().filter(|row| row.last_day < first && is_alike(row));
    Ok(earlier
        .max_by(|one, other| (&one.last_day, one.version).cmp(&(&other.last_day, other.version))))
}

/// Keeps a draft, with who asked for it.
async fn keep(
    app: &App,
    work: &Drafting,
    (plan, manifest): (&Plan, &Manifest),
    made: &Made,
) -> Result<u64, Problem> {
    let core = app.core()?;
    let _turn = app.deciding.lock().await;
    let id = core.store.next_report().await?;
    let row = ReportRow {
        id,
        regime: plan.regime.id.to_owned(),
        first_day: plan.period.first.to_string(),
        last_day: plan.period.last.to_string(),
        version: plan.version,
        state: ReportState::Draft,
        made_ms: app.now().as_millisecond(),
        author: work.author.clone(),
        signed: None,
        published: None,
        body: json(manifest)?,
    };
    let mut rows = Rows::default();
    if let Some(preview) = &plan.preview {
        rows.put(&[ReportRow { state: ReportState::Withdrawn, ..preview.clone() }]);
    }
    rows.put(&[row]);
    let parts = [
        (DEFINITIONS, json(&super::book::defined(plan.regime.id))?),
        (TABLES, json(&made.tables)?),
        (PUBLIC, json(&made.public)?),
        (SECTIONS, json(&made.sections)?),
    ];
    for (name, text) in parts {
        rows.put(&[ReportPart { report: id, name: name.to_owned(), text }]);
    }
    let at_ms = app.now().as_millisecond();
    rows.changes.push(line((&work.author, at_ms), "report counted", format!("report {id}")));
    core.door().write(rows).await?;
    tracing::info!(report = id, regime = plan.regime.id, "report counted");
    Ok(id)
}

fn json(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::Internal(error.to_string()))
}
