//! Output, from the outbox only: messages about decisions go to receivers as signed webhooks.
//!
//! Deliveries follow Standard Webhooks (standardwebhooks.com): an id that is the same however often
//! a message is sent, a timestamp, an HMAC-SHA256 signature. At least once, in order for each
//! subject. [`Courier`] serves one receiver. Nothing is decided here.

mod courier;
mod guard;
mod message;
mod receiver;
mod send;
mod window;

pub use courier::{Courier, Outlook, Tools};
pub use guard::is_private;
pub use message::envelope;
pub use receiver::{Receiver, Unusable};
