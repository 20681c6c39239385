//! Output, from the outbox only: messages about decisions go to receivers as signed webhooks.
//!
//! Deliveries follow Standard Webhooks (standardwebhooks.com): an id that is the same however often
//! a message is sent, a timestamp, an HMAC-SHA256 signature. At least once, in order for each
//! subject. [`Deliveries`] decide what is sent when; [`DeliveryWorker`] does it for one receiver.
//! Nothing is decided here.

mod database;
mod deliveries;
mod guard;
mod message;
mod receiver;
mod send;
mod window;
mod worker;

pub use database::{Answered, Database};
pub use deliveries::{Deliveries, Due, Failure, Outlook, Terms};
pub use guard::is_private;
pub use message::envelope;
pub use receiver::{Receiver, Unusable};
pub use window::{Limits, Moment};
pub use worker::{DeliveryWorker, Tools};
