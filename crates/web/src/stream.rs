//! Responses that continue, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;

/// How often a silent stream sends a sign that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A response that sends the events of `stream` as they come.
pub fn answer(stream: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    ([("x-accel-buffering", "no")], Sse::new(stream).keep_alive(keep_alive)).into_response()
}
