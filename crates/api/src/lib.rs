//! The HTTP API. Each endpoint is in its own file. All of them are listed here.

use app::App;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

mod appeals;

mod audit;

mod backtests;

mod candidate;

mod cases;

mod decision;

mod decisions;

mod deliveries;

mod erasures;

mod events;

mod health;

mod history;

mod jobs;
mod keys;

mod ledger;

mod lists;

mod notices;

mod orders;

mod overview;

mod parties;

mod policies;

mod proposals;

mod quality;

mod queues;

mod refused;

mod rejudgements;

mod routines;
mod rules;

mod screen;

mod staff;

mod staffing;

mod reports;

mod statements;
mod subjects;

mod vocabulary;

mod work;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Probity",
        description = "Probity keeps an online platform honest and accountable: events in, \
            decisions out, every decision recorded in a signed ledger. Errors are problem details \
            (RFC 9457) with a stable `code`. 429 and 503 have `Retry-After`. Requests that change \
            something accept an `Idempotency-Key`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    servers((url = "/")),
    tags(
        (name = "in", description = "Events"),
        (name = "out", description = "Decisions, subjects, deliveries"),
        (name = "owed", description = "Statements of reasons and reports"),
        (name = "cases", description = "Cases for humans"),
        (name = "filings", description = "Notices, orders of authorities, appeals"),
        (name = "people", description = "Staff, API keys, parties, erasures and the audit trail"),
        (name = "ledger", description = "Tree heads and proofs"),
        (name = "policies", description = "Policies and lists"),
        (name = "rules", description = "Rules: written, tried, proposed, approved, back-tested"),
        (name = "service", description = "Health, metrics, counts and the history")
    )
)]
struct Head;

/// All endpoints, with their OpenAPI document.
pub fn routes() -> OpenApiRouter<App> {
    let mut head = Head::openapi();
    let components = head.components.get_or_insert_default();
    let mut bearer = Http::new(HttpAuthScheme::Bearer);
    bearer.description = Some("An API key, created by `probity key add`".to_owned());
    components.add_security_scheme("key", SecurityScheme::Http(bearer));
    let cookie = ApiKeyValue::with_description(
        "probity",
        "A session of the console. Requests that change something also need X-CSRF-Token",
    );
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    OpenApiRouter::with_openapi(head)
        .routes(routes!(events::post))
        .routes(routes!(screen::post))
        .routes(routes!(decisions::list))
        .routes(routes!(decision::get))
        .routes(routes!(subjects::get))
        .routes(routes!(subjects::network))
        .routes(routes!(ledger::head))
        .routes(routes!(ledger::proof))
        .merge(casework())
        .merge(filings())
        .merge(rules())
        .merge(owed())
        .routes(routes!(deliveries::index))
        .routes(routes!(deliveries::resend))
        .routes(routes!(refused::list))
        .routes(routes!(overview::get))
        .routes(routes!(history::get))
        .routes(routes!(routines::list))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}

/// Cases, and the people who judge them.
fn casework() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(cases::list))
        .routes(routes!(cases::next))
        .routes(routes!(cases::get, cases::post))
        .routes(routes!(cases::preview))
        .routes(routes!(cases::golden))
        .routes(routes!(queues::get))
        .routes(routes!(work::get))
        .routes(routes!(quality::get))
        .routes(routes!(staffing::get))
        .routes(routes!(staff::list))
        .routes(routes!(staff::put, staff::remove))
        .routes(routes!(staff::skills))
        .routes(routes!(staff::second_factor, staff::no_second_factor))
        .routes(routes!(staff::bind, staff::unbind))
        .routes(routes!(keys::list, keys::post))
        .routes(routes!(keys::revoke))
        .routes(routes!(audit::list))
}

/// Notices, orders and appeals, and the parties that send them.
fn filings() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(notices::list, notices::post))
        .routes(routes!(notices::get))
        .routes(routes!(orders::list, orders::post))
        .routes(routes!(orders::get, orders::act))
        .routes(routes!(orders::holds))
        .routes(routes!(orders::release))
        .routes(routes!(appeals::list, appeals::post))
        .routes(routes!(appeals::get))
        .routes(routes!(appeals::dispute))
        .routes(routes!(parties::list))
        .routes(routes!(parties::put))
        .routes(routes!(erasures::post))
}

/// Policies, lists and rules: reading, trying, proposing and activating them.
fn rules() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(lists::index))
        .routes(routes!(lists::get, lists::put))
        .routes(routes!(policies::get, policies::put))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::cancel))
        .routes(routes!(jobs::retry))
        .routes(routes!(rules::list))
        .routes(routes!(rules::stage))
        .routes(routes!(rules::resume))
        .merge(trials())
        .routes(routes!(proposals::list, proposals::post))
        .routes(routes!(proposals::get))
        .routes(routes!(proposals::approve))
        .routes(routes!(proposals::reject))
        .routes(routes!(proposals::withdraw))
}

/// What is owed to authorities and the public: statements of reasons, reports.
fn owed() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(reports::list, reports::post))
        .routes(routes!(reports::calendar))
        .routes(routes!(reports::get))
        .routes(routes!(reports::file))
        .routes(routes!(reports::figure))
        .routes(routes!(reports::check))
        .routes(routes!(reports::sign))
        .routes(routes!(reports::publish))
        .routes(routes!(reports::withdraw))
        .routes(routes!(statements::list))
        .routes(routes!(statements::summary))
        .routes(routes!(statements::get))
        .routes(routes!(statements::resend))
}

/// Trials of changed rules: on cases, on past events and on live content.
fn trials() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(vocabulary::get))
        .routes(routes!(candidate::check))
        .routes(routes!(candidate::test))
        .routes(routes!(candidate::diff))
        .routes(routes!(backtests::list, backtests::post))
        .routes(routes!(backtests::get))
        .routes(routes!(backtests::cancel))
        .routes(routes!(rejudgements::get, rejudgements::post))
        .routes(routes!(rejudgements::cancel))
}
