//! The body of a webhook.

/// The body for a message of the outbox: its type, when it happened, its place, the message.
///
/// The place (`seq`) grows with every message, so that a receiver can detect what it missed.
#[must_use]
pub fn envelope(seq: u64, message: &[u8]) -> Vec<u8> {
    let mut body = format!("{{\"type\":\"decision.made\",\"seq\":{seq},\"data\":").into_bytes();
    body.extend_from_slice(message);
    body.push(b'}');
    body
}

/// The id of a message: that of its decision, so that it is the same whenever it is sent.
pub(crate) fn id(message: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        decision: String,
    }
    serde_json::from_slice::<Named>(message).ok().map(|named| named.decision)
}
