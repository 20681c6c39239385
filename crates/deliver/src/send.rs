//! One attempt at one message.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::deliveries::Failure;
use crate::guard::PublicOnly;
use crate::message::{envelope, id};
use crate::receiver::Receiver;

/// The most bytes of an answer that are read, so that the connection can be reused.
const ANSWER_BYTES_MAX: usize = 16_384;

/// The most idle connections kept to a receiver.
const IDLE_MAX: usize = 64;

/// A client for `receiver`. It follows no redirect, uses no proxy and, unless allowed, enters no
/// private network.
pub(crate) fn client(receiver: &Receiver) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(receiver.timeout)
        .connect_timeout(receiver.timeout.min(Duration::from_secs(5)))
        .pool_max_idle_per_host(IDLE_MAX)
        .user_agent(concat!("probity/", env!("CARGO_PKG_VERSION")));
    if receiver.allow_private { builder } else { builder.dns_resolver(PublicOnly) }.build()
}

/// Sends `message`; an erased one needs no sending.
pub(crate) async fn send(
    client: &reqwest::Client,
    receiver: &Receiver,
    (seq, message): (u64, Option<&[u8]>),
    now: Timestamp,
) -> Result<(), Failure> {
    let Some(message) = message else { return Ok(()) };
    let id = id(message).unwrap_or_else(|| seq.to_string());
    let body = envelope(seq, message);
    let timestamp = now.as_second();
    let signature = receiver
        .webhook
        .sign(&id, timestamp, &body)
        .map_err(|error| Failure::Message(error.to_string()))?;
    let request = client
        .post(receiver.url.clone())
        .header("content-type", "application/json")
        .header("webhook-id", &id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(body);
    let mut answer = request.send().await.map_err(|error| Failure::Receiver(why(&error)))?;
    let status = answer.status();
    let mut read = 0;
    while read < ANSWER_BYTES_MAX {
        match answer.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            Ok(None) | Err(_) => break,
        }
    }
    judge(status)
}

/// Whether a status means success, a problem of the receiver or one of the message.
fn judge(status: StatusCode) -> Result<(), Failure> {
    match status.as_u16() {
        200..=299 => Ok(()),
        300..=399 => {
            Err(Failure::Message(format!("answered {status}; redirects are not followed")))
        }
        408 | 425 | 429 | 500..=599 => Err(Failure::Receiver(format!("answered {status}"))),
        _ => Err(Failure::Message(format!("answered {status}"))),
    }
}

/// The innermost cause, without the address, which may contain a secret.
pub(crate) fn why(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match (error.is_timeout(), error.is_connect()) {
        (true, _) => "no answer in time".to_owned(),
        (false, true) => format!("no connection: {cause}"),
        (false, false) => format!("no proper answer: {cause}"),
    }
}
