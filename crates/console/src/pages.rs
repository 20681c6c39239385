//! The pages of the console. Each uses the same functions as the API, and renders the result.

use app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

mod access;

mod assets;

mod backtests;

mod cases;

mod decision;

mod decisions;

mod deliveries;

mod editor;

mod filings;

mod history;

mod jobs;
mod lists;

mod live;

mod overview;

mod people;

mod proposals;

mod refused;

mod rejudging;

mod reports;
mod rules;

mod signed;

mod statements;
mod subject;

mod system;

/// The largest form, except those of lists and rules. Anyone can send one.
const FORM_BYTES_MAX: usize = 16 << 10;

/// The largest form of lists and rules, which only staff can send.
const LIST_BYTES_MAX: usize = 8 << 20;

/// All pages.
pub fn routes() -> Router<App> {
    let large = || DefaultBodyLimit::max(LIST_BYTES_MAX);
    Router::new()
        .route("/", get(overview::show))
        .route("/live", get(live::overview))
        .route("/live/decisions", get(live::decisions))
        .route("/work", get(cases::mine))
        .route("/work/next", post(cases::next))
        .route("/queues", get(cases::queues))
        .route("/cases", get(cases::show))
        .route("/cases/{id}", get(cases::one).post(cases::act))
        .route("/orders", get(filings::board).post(filings::take_order).layer(large()))
        .route("/orders/{id}", get(filings::order).post(filings::step))
        .route("/orders/{id}/annex", get(filings::annex))
        .route("/holds", get(filings::holds))
        .route("/holds/{id}/release", post(filings::release))
        .route("/notices", get(filings::notices).post(filings::give))
        .route("/notice", get(filings::form).post(filings::send))
        .route("/notice/{id}", get(filings::one_notice))
        .route("/appeals", get(filings::appeals))
        .route("/parties", get(filings::parties).post(filings::register))
        .route("/quality", get(people::quality))
        .route("/staffing", get(people::staffing))
        .route("/people", get(people::people).post(people::add))
        .route("/people/{name}/skills", post(people::change))
        .route("/people/{name}/remove", post(people::remove))
        .route("/audit", get(people::audit))
        .route("/decisions", get(decisions::show))
        .route("/decisions/{id}", get(decision::show))
        .route("/subjects/{kind}/{*id}", get(subject::show))
        .route("/find", get(subject::find))
        .route("/rules", get(rules::show))
        .route("/rules/{id}/stage", post(rules::stage))
        .route("/rules/{id}/resume", post(rules::resume))
        .route("/rules/edit", get(editor::show).post(editor::act).layer(large()))
        .route("/proposals", get(proposals::show).post(proposals::propose).layer(large()))
        .route("/proposals/{id}", get(proposals::one))
        .route("/proposals/{id}/decide", post(proposals::decide))
        .route("/backtests", get(backtests::show).post(backtests::start).layer(large()))
        .route("/backtests/{id}", get(backtests::one))
        .route("/backtests/{id}/cancel", post(backtests::cancel))
        .route("/jobs", get(jobs::show))
        .route("/jobs/{id}", post(jobs::act))
        .route("/rejudge", get(rejudging::show).post(rejudging::start))
        .route("/lists", get(lists::show))
        .route("/lists/{name}", get(lists::one).post(lists::change).layer(large()))
        .route("/refused", get(refused::show))
        .route("/reports", get(reports::show).post(reports::start))
        .route("/reports/{id}", get(reports::one).post(reports::step))
        .route("/reports/{id}/figure", get(reports::figure))
        .route("/reports/{id}/files/{name}", get(reports::file))
        .route("/transparency", get(reports::public))
        .route("/transparency/{id}", get(reports::public_one))
        .route("/transparency/{id}/files/{name}", get(reports::public_file))
        .route("/statements", get(statements::show))
        .route("/statements/resend", post(statements::resend))
        .route("/deliveries", get(deliveries::show))
        .route("/deliveries/{receiver}/resend", post(deliveries::resend_all))
        .route("/deliveries/{receiver}/{seq}/resend", post(deliveries::resend_one))
        .route("/history", get(history::show))
        .route("/system", get(system::show))
        .route("/sign-in", get(access::form).post(access::sign_in))
        .route("/sign-in/oidc", get(access::leave))
        .route("/sign-in/oidc/back", get(access::come_back))
        .route("/sign-out", post(access::sign_out))
        .route("/assets/{name}", get(assets::get))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}
