//! `/v1/reports`: what is owed to authorities and the public, counted, signed off and published.

use app::access::permission::{ReportsRead, ReportsSign, ReportsWrite};
use app::reports::book::{
    self, BehindFigure, CellQuery, DueReport, ReportCheck, ReportItem, ReportPage, ReportQuery,
    Signature, WholeReport,
};
use app::reports::drafting::{self, NewReport};
use app::rules::backtests::Begun;
use app::rules::proposals::Stated;
use app::{App, Details, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use web::extract::{Named, QueryParameters};
use web::idempotency::{self, KeyedRequest};
use web::principal::By;
use web::{Error, body};

/// Lists reports of all states, newest first, 100 at a time.
#[utoipa::path(
    get, path = "/v1/reports", tag = "owed", security(("key" = ["reports:read"])),
    params(ReportQuery),
    responses(
        (status = 200, body = ReportPage),
        (status = 400, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    _: By<ReportsRead>,
    QueryParameters(query): QueryParameters<ReportQuery>,
) -> Result<Json<ReportPage>, Error> {
    Ok(Json(book::list(&app, &query).await?))
}

/// Lists what is owed, by regime and period, with days left.
///
/// Which reports are owed follows from the size of the provider in the section `[reports]` of the
/// configuration: of each regime the period that ended last and the one that runs.
#[utoipa::path(
    get, path = "/v1/reports/calendar", tag = "owed", security(("key" = ["reports:read"])),
    responses((status = 200, body = Vec<DueReport>))
)]
pub(crate) async fn calendar(
    State(app): State<App>,
    _: By<ReportsRead>,
) -> Result<Json<Vec<DueReport>>, Error> {
    Ok(Json(book::calendar(&app).await?))
}

/// Shows a report with its figures, its gaps, and what differs from the one before.
#[utoipa::path(
    get, path = "/v1/reports/{id}", tag = "owed", security(("key" = ["reports:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = WholeReport),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn get(
    State(app): State<App>,
    _: By<ReportsRead>,
    Named(id): Named<u64>,
) -> Result<Json<WholeReport>, Error> {
    Ok(Json(book::one(&app, id).await?))
}

/// Downloads a file of a report.
#[utoipa::path(
    get, path = "/v1/reports/{id}/files/{name}", tag = "owed",
    security(("key" = ["reports:read"])),
    params(
        ("id" = u64, Path),
        ("name" = String, Path, description = "`report.xlsx`, `report.json`, \
         `manifest.json`, or the name of a table with `.csv` behind it."),
    ),
    responses(
        (status = 200, content(
            (String = "text/csv"),
            (WholeReport = "application/json"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn file(
    State(app): State<App>,
    _: By<ReportsRead>,
    Named((id, name)): Named<(u64, String)>,
) -> Result<Response, Error> {
    let file = book::file(&app, (id, &name), false).await?;
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let headers = [(header::CONTENT_TYPE, file.kind), (header::CONTENT_DISPOSITION, &disposition)];
    Ok((headers, file.bytes).into_response())
}

/// Shows what a figure is made of: decisions, notices, orders, complaints.
///
/// The figure is counted again under the ledger of the report, which takes as long as the report
/// took; one at a time. Entries that the caller may not read are counted, and not listed.
#[utoipa::path(
    get, path = "/v1/reports/{id}/figure", tag = "owed", security(("key" = ["reports:read"])),
    params(("id" = u64, Path), CellQuery),
    responses(
        (status = 200, body = BehindFigure),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn figure(
    State(app): State<App>,
    By(caller, _): By<ReportsRead>,
    Named(id): Named<u64>,
    QueryParameters(cell): QueryParameters<CellQuery>,
) -> Result<Json<BehindFigure>, Error> {
    Ok(Json(book::behind_figure(&app, &caller, id, &cell).await?))
}

/// Counts a report again under its ledger, and names the figures that differ.
#[utoipa::path(
    get, path = "/v1/reports/{id}/check", tag = "owed", security(("key" = ["reports:read"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = ReportCheck),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn check(
    State(app): State<App>,
    _: By<ReportsRead>,
    Named(id): Named<u64>,
) -> Result<Json<ReportCheck>, Error> {
    Ok(Json(book::check(&app, id).await?))
}

/// Starts counting a report.
///
/// It is counted in the background; the job has the number of the report once it is done. A version
/// of a report that is published is corrected by another one, with the reason.
#[utoipa::path(
    post, path = "/v1/reports", tag = "owed", security(("key" = ["reports:write"])),
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewReport,
    responses(
        (status = 200, body = Begun),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 422, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<ReportsWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    let sent = body::read(&app, &headers, body).await?;
    let new: NewReport = body::json(&sent)?;
    let asked =
        KeyedRequest { headers: &headers, caller: &caller, action: "reports", body: &sent.bytes };
    let work = async {
        let id = drafting::begin(&app, &caller, new).await?;
        Ok::<_, Problem>(Begun { id })
    };
    idempotency::once(&app, asked, work).await
}

/// Signs a draft off that somebody else had counted.
#[utoipa::path(
    post, path = "/v1/reports/{id}/sign", tag = "owed", security(("key" = ["reports:sign"])),
    params(("id" = u64, Path)),
    request_body = Signature,
    responses(
        (status = 200, body = ReportItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign(
    State(app): State<App>,
    By(caller, _): By<ReportsSign>,
    Named(id): Named<u64>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReportItem>, Error> {
    let signature: Signature = body::json(&body::read(&app, &headers, body).await?)?;
    Ok(Json(book::sign(&app, &caller, id, &signature).await?))
}

/// Publishes a report that was signed off.
#[utoipa::path(
    post, path = "/v1/reports/{id}/publish", tag = "owed", security(("key" = ["reports:sign"])),
    params(("id" = u64, Path)),
    responses(
        (status = 200, body = ReportItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 403, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn publish(
    State(app): State<App>,
    By(caller, _): By<ReportsSign>,
    Named(id): Named<u64>,
) -> Result<Json<ReportItem>, Error> {
    Ok(Json(book::publish(&app, &caller, id).await?))
}

/// Gives up a report that is not published.
#[utoipa::path(
    post, path = "/v1/reports/{id}/withdraw", tag = "owed", security(("key" = ["reports:write"])),
    params(("id" = u64, Path)),
    request_body = Stated,
    responses(
        (status = 200, body = ReportItem),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 404, body = Details, content_type = "application/problem+json"),
        (status = 409, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn withdraw(
    State(app): State<App>,
    By(caller, _): By<ReportsWrite>,
    Named(id): Named<u64>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ReportItem>, Error> {
    let Stated { reason } = body::json(&body::read(&app, &headers, body).await?)?;
    Ok(Json(book::withdraw(&app, &caller, id, &reason).await?))
}
