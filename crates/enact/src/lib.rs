//! Output, from the outbox only: messages about decisions go to receivers as signed webhooks.
//!
//! Deliveries follow Standard Webhooks (standardwebhooks.com): an id that is the same however often
//! a message is sent, a timestamp, an HMAC-SHA256 signature. At least once, in order for each
//! subject. [`DeliveryWorker`] serves one receiver. Nothing is decided here.

mod guard;
mod message;
mod receiver;
mod send;
mod window;
mod worker;

pub use guard::is_private;
pub use message::envelope;
pub use receiver::{Receiver, Unusable};
pub use worker::{DeliveryWorker, Outlook, Tools};
