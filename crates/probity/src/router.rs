//! Combines API, console and the middleware that applies to every request.

use std::time::Duration;

use app::access::caller::Caller;
use app::{App, Problem};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use web::Error;
use web::connection::Connection;
use web::principal::identify;
use web::proxies::see_through;

/// Security headers of every answer.
const HEADERS: &[(HeaderName, &str)] = &[
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// The whole service.
pub(crate) fn router(app: App) -> Router {
    let (api, document) = api::routes().split_for_parts();
    let document = document.to_json().unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    let serve = move || async move { ([(header::CONTENT_TYPE, json)], document) };
    api.merge(console::routes())
        .route("/openapi.json", get(serve))
        .fallback(|| async { Error(Problem::NotFound("this address was")) })
        .method_not_allowed_fallback(|| async { Error(Problem::Method) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), prove))
        .layer(from_fn_with_state(fixed(&app), harden))
        .layer(from_fn_with_state(app.clone(), watch))
        .layer(from_fn_with_state(app.clone(), see_through))
        .with_state(app)
}

/// Paths that are served to unproven connections when only reserved places are left: signing in and
/// the health checks.
const AT_RESERVE: &[&str] = &["/sign-in", "/assets/", "/health", "/ready"];

/// Marks connections that carry requests of a known caller. When only reserved places are left,
/// refuses everyone except staff and people who are signing in.
async fn prove(State(app): State<App>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Connection>().cloned();
    let Some(connection) = connection.filter(|connection| !connection.is_proven()) else {
        return next.run(request).await;
    };
    let has_place = match identify(request.headers(), &app).await {
        Ok(Some(caller)) => connection.prove(matches!(caller, Caller::Staff { .. })),
        _ => false,
    };
    if has_place || !connection.is_at_reserve() {
        return next.run(request).await;
    }
    if AT_RESERVE.iter().any(|path| request.uri().path().starts_with(path)) {
        return closing(next.run(request).await);
    }
    closing(Error(Problem::Busy(Duration::from_secs(5))).into_response())
}

/// The answer, with a header that closes the connection.
fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned());
    Error(Problem::Internal(format!("a panic: {}", text.unwrap_or_default()))).into_response()
}

/// What is the same in every answer of this server.
#[derive(Clone)]
struct Fixed {
    guard: HeaderValue,
    is_encrypted: bool,
}

fn fixed(app: &App) -> Fixed {
    Fixed { guard: guard(app), is_encrypted: app.settings.is_encrypted }
}

/// The content security policy: pages load our own files, and the media of cases from their host.
fn guard(app: &App) -> HeaderValue {
    let origin = |url: &String| url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let media = app.settings.casework.media_url.as_ref().map(origin).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; img-src 'self' data: {media}; media-src 'self' {media}; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    let strict = HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'");
    HeaderValue::from_str(&policy).unwrap_or(strict)
}

/// Adds the headers of every answer.
async fn harden(State(fixed): State<Fixed>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(fixed.guard);
    if fixed.is_encrypted {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(no_store);
    response
}

/// Measures and logs every request by its route. The path may hold ids and is never logged.
async fn watch(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let id = hex::encode(app.bytes::<8>());
    let mut response = match method {
        Method::GET | Method::HEAD => next.run(request).await,
        // Requests that send something have a time limit. Streams may stay open for ever.
        _ => match tokio::time::timeout(within(&app, &route), next.run(request)).await {
            Ok(response) => response,
            Err(_) => closing(Error(Problem::TimedOut).into_response()),
        },
    };
    let (took, status) = (started.elapsed(), response.status().as_u16());
    let named = match method.as_str() {
        "GET" | "HEAD" | "POST" | "PUT" => method.as_str().to_owned(),
        // Callers can make up other methods. Each would be a metric of its own.
        _ => "other".to_owned(),
    };
    let labels = [("method", named), ("route", route.clone()), ("status", status.to_string())];
    metrics::counter!("probity_requests_total", &labels).increment(1);
    metrics::histogram!("probity_request_seconds", "route" => route.clone()).record(took);
    if status == 500 || took > SLOW {
        tracing::warn!(request = id, %method, route, status, ms = millis(took), "request");
    } else {
        tracing::debug!(request = id, %method, route, status, ms = millis(took), "request");
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Routes that accept a body without a key or session.
const OF_ANYBODY: &[&str] = &["/sign-in", "/sign-out", "/notice", "/v1/notices"];

/// Time limit of a request to `route` that sends something.
fn within(app: &App, route: &str) -> Duration {
    if OF_ANYBODY.contains(&route) { app.settings.form_within } else { SENT_WITHIN }
}

/// Time limit of a request that sends something, including its body.
const SENT_WITHIN: Duration = Duration::from_secs(60);

/// Requests that take longer are logged.
const SLOW: Duration = Duration::from_secs(5);

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// Time limit for the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// Limits the resources that a slow or hostile connection can hold.
pub(crate) fn patience(
    builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>,
) {
    let timer = hyper_util::rt::TokioTimer::new();
    builder.http1().timer(timer).header_read_timeout(HEAD_WITHIN).max_headers(64);
}
