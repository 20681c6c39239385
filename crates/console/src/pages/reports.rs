//! `/reports`: the workshop of reports; `/transparency`: what anybody may read of them.

use app::App;
use app::access::permission::{Permit as _, ReportsRead, ReportsSign, ReportsWrite};
use app::reports::book::{self, CellQuery, ReportFile, ReportQuery, Signature};
use app::reports::drafting::{self, NewReport};
use axum::Form;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use serde::Deserialize;
use web::extract::{Named, QueryParameters};

use crate::pages::signed::{Away, Signed};
use crate::view::{report, reports, transparency};

/// Shows what is owed, and all versions.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<ReportsRead>,
    QueryParameters(query): QueryParameters<ReportQuery>,
) -> Result<Markup, Away> {
    let oops = |problem| signed.oops(problem);
    let view = reports::View {
        size: book::size(&app),
        due: book::calendar(&app).await.map_err(oops)?,
        listed: book::list(&app, &query).await.map_err(oops)?,
        job: drafting::latest(&app).await.map_err(oops)?,
        regime: query.regime,
        can_write: signed.may(ReportsWrite::NAME),
    };
    Ok(reports::page(&signed.frame("/reports", "Reports"), &view))
}

/// The form of a new report as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewForm {
    csrf: String,
    regime: String,
    period: String,
    publish_on: String,
    preview: Option<String>,
    reason: String,
}

/// Starts counting a report.
pub(crate) async fn start(
    State(app): State<App>,
    signed: Signed<ReportsWrite>,
    Form(sent): Form<NewForm>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    let day = sent.publish_on.trim();
    let wrong = |_| app::Problem::Wrong(format!("`{day}` is no day; write 2026-08-31"));
    let publish_on = match day {
        "" => None,
        day => Some(day.parse().map_err(wrong).map_err(|problem| signed.oops(problem))?),
    };
    let asked = NewReport {
        regime: sent.regime,
        period: sent.period.trim().to_owned(),
        publish_on,
        preview: sent.preview.is_some(),
        reason: sent.reason,
    };
    let begun = drafting::begin(&app, &signed.caller, asked).await;
    begun.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to("/reports"))
}

/// Shows one report.
pub(crate) async fn one(
    State(app): State<App>,
    signed: Signed<ReportsRead>,
    Named(id): Named<u64>,
) -> Result<Markup, Away> {
    let whole = book::one(&app, id).await.map_err(|problem| signed.oops(problem))?;
    let rights = report::Rights {
        can_write: signed.may(ReportsWrite::NAME),
        can_sign: signed.may(ReportsSign::NAME),
    };
    Ok(report::page(&signed.frame("/reports", format!("Report {id}")), &whole, rights))
}

/// The form of a step as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct StepForm {
    csrf: String,
    what: String,
    accepts_missing: Option<String>,
    reason: String,
}

/// Signs a report, publishes it, or gives it up.
pub(crate) async fn step(
    State(app): State<App>,
    signed: Signed<ReportsRead>,
    Named(id): Named<u64>,
    Form(sent): Form<StepForm>,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    let needed = if sent.what == "withdraw" { ReportsWrite::NAME } else { ReportsSign::NAME };
    if !signed.may(needed) {
        return Err(signed.oops(app::Problem::Forbidden(needed)));
    }
    let caller = &signed.caller;
    let done = match sent.what.as_str() {
        "sign" => {
            let signature = Signature { accepts_missing: sent.accepts_missing.is_some() };
            book::sign(&app, caller, id, &signature).await
        }
        "publish" => book::publish(&app, caller, id).await,
        "withdraw" => book::withdraw(&app, caller, id, &sent.reason).await,
        _ => Err(app::Problem::Wrong("there is no such step".to_owned())),
    };
    done.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to(&format!("/reports/{id}")))
}

/// Shows what a figure is made of.
pub(crate) async fn figure(
    State(app): State<App>,
    signed: Signed<ReportsRead>,
    Named(id): Named<u64>,
    QueryParameters(cell): QueryParameters<CellQuery>,
) -> Result<Markup, Away> {
    let oops = |problem| signed.oops(problem);
    let whole = book::one(&app, id).await.map_err(oops)?;
    let behind = book::behind_figure(&app, &signed.caller, id, &cell).await.map_err(oops)?;
    let frame = signed.frame("/reports", "Behind a figure");
    Ok(report::figure(&frame, &whole, &cell, &behind))
}

/// A file of a report.
pub(crate) async fn file(
    State(app): State<App>,
    signed: Signed<ReportsRead>,
    Named((id, name)): Named<(u64, String)>,
) -> Result<Response, Away> {
    let found = book::file(&app, (id, &name), false).await;
    Ok(download(found.map_err(|problem| signed.oops(problem))?))
}

fn download(file: ReportFile) -> Response {
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let headers = [(header::CONTENT_TYPE, file.kind), (header::CONTENT_DISPOSITION, &disposition)];
    (headers, file.bytes).into_response()
}

/// The most periods that are drawn.
const DRAWN_MAX: usize = 20;

/// Shows the published reports to anybody.
pub(crate) async fn public(State(app): State<App>) -> Result<Markup, Away> {
    let items = book::published(&app, None).await?;
    let mut series = Vec::new();
    for item in transparency::drawn(&items).into_iter().take(DRAWN_MAX) {
        series.push(book::published_one(&app, item.id).await?);
    }
    series.reverse();
    Ok(transparency::page(&items, &series))
}

/// Shows a published report to anybody.
pub(crate) async fn public_one(
    State(app): State<App>,
    Named(id): Named<u64>,
) -> Result<Markup, Away> {
    let whole = book::published_one(&app, id).await?;
    let versions = book::published(&app, Some(&whole.report.regime)).await?;
    Ok(transparency::one(&whole, &versions))
}

/// A file of a published report, for anybody.
pub(crate) async fn public_file(
    State(app): State<App>,
    Named((id, name)): Named<(u64, String)>,
) -> Result<Response, Away> {
    Ok(download(book::file(&app, (id, &name), true).await?))
}
