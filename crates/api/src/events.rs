//! `POST /v1/events`: accepts events, and acknowledges them when they are on the disk.

use app::access::caller::Caller;
use app::access::permission::EventsWrite;
use app::service::events::{self, Accepted};
use app::{App, Details, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use types::Data;
use utoipa::ToSchema;
use web::Error;
use web::body::{self, Bounds, ReceivedBody};
use web::idempotency::{self, KeyedRequest};
use web::media::Form;
use web::principal::By;

/// An event: a CloudEvents 1.0 envelope.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what `types::Event::parse` reads")]
pub(crate) struct Event {
    /// `1.0`
    #[schema(pattern = "^1\\.0$")]
    specversion: String,
    /// Unique within the source.
    #[schema(min_length = 1, max_length = 512)]
    id: String,
    /// The sender, as a URI reference.
    #[schema(min_length = 1, max_length = 512)]
    source: String,
    /// What happened, such as `content.published`.
    r#type: String,
    /// When it happened.
    #[schema(format = DateTime)]
    time: String,
    /// What the event is about, as kind/id, if the data does not make it clear.
    subject: Option<String>,
    /// The data, in groups that depend on the type.
    data: Data,
}

/// Submits events: lines of CloudEvents, an array of them, or one.
///
/// The body may be compressed with gzip or zstd. A single event may also be sent in the binary mode
/// of CloudEvents, with its attributes in headers `ce-…`. If the only event of a request is
/// refused, the request is refused. Otherwise, a refused record does not affect the others.
#[utoipa::path(
    post, path = "/v1/events", tag = "in", security(("key" = ["events:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Answers are kept for a day")),
    request_body(content(
        (Vec<Event> = "application/cloudevents-batch+json"),
        (String = "application/x-ndjson"),
        (Event = "application/cloudevents+json"),
    )),
    responses(
        (status = 200, body = Accepted, description = "Everything accepted is on the disk"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 415, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<EventsWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    app.core()?;
    body::check_encoding(&headers)?;
    let form = Form::of(&headers)?;
    let sent = body::read(&app, &headers, body).await?;
    let asked = [form.told().as_slice(), &sent.bytes].concat();
    let asked = KeyedRequest { headers: &headers, caller: &caller, action: "events", body: &asked };
    idempotency::once(&app, asked, take(&app, &caller, sent, form)).await
}

/// Reads the events on a blocking thread, and submits them.
async fn take(
    app: &App,
    caller: &Caller,
    sent: ReceivedBody,
    form: Form,
) -> Result<Accepted, Problem> {
    let (sender, bounds) = (caller.sender(), Bounds::of(app));
    let read = tokio::task::spawn_blocking(move || body::events(sent, &form, &sender, bounds));
    let batch = read.await.map_err(|error| Problem::Internal(error.to_string()))??;
    events::take(app, caller, batch).await
}
