//! `POST /v1/screen`: judges an event before the platform publishes.

use app::access::permission::ScreenWrite;
use app::service::screen::{self, Screened};
use app::{App, Details, Problem};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use web::idempotency::{self, KeyedRequest};
use web::media::{self, Form};
use web::principal::By;
use web::{Error, body};

/// Judges one event, and returns the decision.
///
/// The decision is on the disk when the answer arrives.
#[utoipa::path(
    post, path = "/v1/screen", tag = "in", security(("key" = ["screen:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Answers are kept for a day")),
    request_body(content = crate::events::Event, content_type = "application/cloudevents+json"),
    responses(
        (status = 200, body = Screened, description = "The decision is on the disk"),
        (status = 400, body = Details, content_type = "application/problem+json"),
        (status = 413, body = Details, content_type = "application/problem+json"),
        (status = 415, body = Details, content_type = "application/problem+json"),
        (status = 429, body = Details, content_type = "application/problem+json"),
        (status = 503, body = Details, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn post(
    State(app): State<App>,
    By(caller, _): By<ScreenWrite>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Error> {
    if headers.get("content-encoding").is_some_and(|told| told != "identity") {
        return Err(Problem::Encoding("a single event must be sent uncompressed".to_owned()).into());
    }
    let form = Form::of(&headers)?;
    let sent = body::read(&app, &headers, body).await?;
    let refused = |reject: types::Reject| Problem::Refused(reject.code(), reject.to_string());
    let json = match &form {
        Form::Binary(attributes) => media::joined(attributes, &sent.bytes).map_err(refused)?,
        Form::Batch => {
            return Err(Problem::Wrong("send one event; batches go to /v1/events".into()).into());
        }
        _ => sent.bytes.to_vec(),
    };
    let asked = KeyedRequest { headers: &headers, caller: &caller, action: "screen", body: &json };
    idempotency::once(&app, asked, screen::screen(&app, &caller, json.clone())).await
}
