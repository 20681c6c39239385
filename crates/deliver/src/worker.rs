//! Serves one receiver over HTTP until the service stops. [`Deliveries`] decide what is sent when.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use store::Store;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::deliveries::{Deliveries, Due, Failure, Outlook, Terms};
use crate::receiver::Receiver;
use crate::send::{client, send};
use crate::window::{Limits, Moment};

/// The wait after the outbox could not be read.
const READ_AGAIN: Duration = Duration::from_secs(2);

/// The wait if nothing is to be done.
const FAR: Duration = Duration::from_secs(3600);

/// Clock and randomness, supplied by the binary.
#[derive(Clone)]
pub struct Tools {
    /// The clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A random number from 0 to 1, drawn on each call, so that many waits do not end at once.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// Delivers the messages of the outbox to one receiver.
pub struct DeliveryWorker {
    receiver: Arc<Receiver>,
    client: reqwest::Client,
    store: Store,
    tools: Tools,
    begun: Instant,
    poke: Arc<Notify>,
    outlook: Arc<Mutex<Outlook>>,
}

/// Attempts in flight, with the place of their message.
type Flying =
    FuturesUnordered<std::pin::Pin<Box<dyn Future<Output = (u64, Result<(), Failure>)> + Send>>>;

impl DeliveryWorker {
    /// A worker for `receiver`, from the outbox of `store`.
    ///
    /// # Errors
    ///
    /// If no HTTP client can be built.
    pub fn new(receiver: Receiver, store: Store, tools: Tools) -> Result<Self, reqwest::Error> {
        let client = client(&receiver)?;
        let (poke, outlook, begun) = (Arc::default(), Arc::default(), Instant::now());
        Ok(Self { receiver: Arc::new(receiver), client, store, tools, begun, poke, outlook })
    }

    /// The receiver.
    #[must_use]
    pub fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// Notify it when dead letters are to be sent again.
    #[must_use]
    pub fn poke(&self) -> Arc<Notify> {
        Arc::clone(&self.poke)
    }

    /// The state of the receiver, kept up to date.
    #[must_use]
    pub fn outlook(&self) -> Arc<Mutex<Outlook>> {
        Arc::clone(&self.outlook)
    }

    /// Runs until `stop` becomes true; `size` holds the length of the ledger.
    ///
    /// # Errors
    ///
    /// Any [`store::Error`] of reading the receiver's progress or the messages left behind, at the
    /// start.
    pub async fn run(
        self,
        mut size: watch::Receiver<u64>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), store::Error> {
        let start = if self.receiver.is_from_start { 0 } else { *size.borrow() };
        let Some(mut deliveries) = self.begin(start, &stop).await? else { return Ok(()) };
        let mut flying = Flying::new();
        while !*stop.borrow() {
            let end = *size.borrow_and_update();
            let wake = self.round(&mut deliveries, &mut flying, end).await;
            tokio::select! {
                Some((seq, answer)) = flying.next() => self.settle(&mut deliveries, seq, answer),
                changed = size.changed() => if changed.is_err() { break },
                () = self.poke.notified() => self.poked(&mut deliveries).await,
                () = tokio::time::sleep_until(self.begun + wake) => {}
                _ = stop.changed() => {}
            }
        }
        while let Some((seq, answer)) = flying.next().await {
            self.settle(&mut deliveries, seq, answer);
        }
        if let Err(error) = deliveries.record().await {
            tracing::warn!(receiver = self.receiver.name, %error, "progress was not written");
        }
        Ok(())
    }

    /// The deliveries, once the receiver's progress can be written; `None` if `stop` comes first.
    async fn begin(
        &self,
        start: u64,
        stop: &watch::Receiver<bool>,
    ) -> Result<Option<Deliveries>, store::Error> {
        let terms = Terms {
            name: self.receiver.name.clone(),
            start,
            retries: self.receiver.retries.clone(),
            jitter: Arc::clone(&self.tools.jitter),
            limits: Limits::default(),
        };
        while !*stop.borrow() {
            match Deliveries::open(&self.store, terms.clone(), self.now()).await {
                Err(error @ store::Error::Locked) => {
                    tracing::warn!(receiver = self.receiver.name, %error, "waiting to begin");
                }
                opened => return opened.map(Some),
            }
        }
        Ok(None)
    }

    /// Sends what can be sent and records the progress; when to do so again although nothing
    /// happened.
    async fn round(&self, deliveries: &mut Deliveries, flying: &mut Flying, end: u64) -> Duration {
        let sent = self.send_on(deliveries, flying, end).await;
        deliveries.write(self.now()).await;
        let now = self.now();
        match sent {
            Ok(()) => deliveries.wake(end, now).unwrap_or(now.since + FAR),
            Err(error) => {
                let receiver = &self.receiver.name;
                tracing::warn!(receiver, %error, "the outbox was not read");
                now.since + READ_AGAIN
            }
        }
    }

    /// Reads the next messages and sends those that can be sent.
    async fn send_on(
        &self,
        deliveries: &mut Deliveries,
        flying: &mut Flying,
        end: u64,
    ) -> Result<(), store::Error> {
        deliveries.read(end, self.now()).await?;
        for Due { seq, message } in deliveries.send(self.now()).await? {
            let (client, receiver) = (self.client.clone(), Arc::clone(&self.receiver));
            let at = (self.tools.clock)();
            flying.push(Box::pin(async move {
                (seq, send(&client, &receiver, (seq, message.as_deref()), at).await)
            }));
        }
        Ok(())
    }

    /// Reads dead letters that are to be sent again.
    async fn poked(&self, deliveries: &mut Deliveries) {
        if let Err(error) = deliveries.read_behind(self.now()).await {
            tracing::warn!(receiver = self.receiver.name, %error, "dead letters were not read");
        }
    }

    fn settle(&self, deliveries: &mut Deliveries, seq: u64, answer: Result<(), Failure>) {
        let outcome = if answer.is_ok() { "delivered" } else { "failed" };
        let name = self.receiver.name.clone();
        metrics::counter!("probity_deliveries_total", "receiver" => name, "outcome" => outcome)
            .increment(1);
        deliveries.settle(seq, answer, self.now());
        let mut outlook = self.outlook.lock().unwrap_or_else(PoisonError::into_inner);
        outlook.clone_from(deliveries.outlook());
    }

    fn now(&self) -> Moment {
        Moment { since: self.begun.elapsed(), ms: (self.tools.clock)().as_millisecond() }
    }
}
