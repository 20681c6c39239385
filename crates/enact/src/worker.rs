//! Serves one receiver: reads the outbox, sends, retries, and records the progress.
//!
//! If nothing at all gets through, the receiver is *down*: messages stay where they are, one of
//! them is tried from time to time, and no message is blamed. If others get through, a message that
//! fails is left behind and retried later by itself, until it is a dead letter. A message that was
//! delivered but not yet recorded when the process is killed is sent again, with the same id.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use store::Store;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::receiver::Receiver;
use crate::send::{Failure, client, send};
use crate::window::{BEHIND_MAX, Window};

/// The most messages in flight.
const FLYING_MAX: usize = 32;

/// Consecutive failures, with nothing getting through, after which the receiver is down.
const DOWN_AFTER: u32 = 3;

/// The longest wait between two attempts at a receiver that is down.
const KNOCK_MAX: Duration = Duration::from_secs(60);

/// The shortest time between two writes of the progress.
const WRITE_EVERY: Duration = Duration::from_millis(100);

/// The wait after the progress could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(2);

/// Clock and randomness, supplied by the binary.
#[derive(Clone)]
pub struct Tools {
    /// The clock.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// A random number from 0 to 1, drawn on each call, so that many waits do not end at once.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
}

/// The state of a receiver, as seen from here.
#[derive(Clone, Debug, Default)]
pub struct Outlook {
    /// Whether nothing gets through.
    pub is_down: bool,
    /// The last failure.
    pub last_error: Option<String>,
    /// When a receiver that is down is tried next.
    pub next_knock: Option<Timestamp>,
}

/// Delivers the messages of the outbox to one receiver.
pub struct DeliveryWorker {
    receiver: Arc<Receiver>,
    client: reqwest::Client,
    store: Store,
    tools: Tools,
    poke: Arc<Notify>,
    outlook: Arc<Mutex<Outlook>>,
}

/// The state that changes while a worker runs.
struct Round {
    window: Window,
    flying: FuturesUnordered<Attempt>,
    failures: u32,
    knock: Option<Instant>,
    written: Instant,
}

type Attempt = std::pin::Pin<Box<dyn Future<Output = (u64, Result<(), Failure>)> + Send>>;

impl DeliveryWorker {
    /// A worker for `receiver`, from the outbox of `store`.
    ///
    /// # Errors
    ///
    /// If no HTTP client can be built.
    pub fn new(receiver: Receiver, store: Store, tools: Tools) -> Result<Self, reqwest::Error> {
        let client = client(&receiver)?;
        let (poke, outlook) = (Arc::default(), Arc::default());
        Ok(Self { receiver: Arc::new(receiver), client, store, tools, poke, outlook })
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
        let Some(kept) = self.begin(start, &stop).await? else { return Ok(()) };
        let mut round = Round {
            window: Window::new(kept.cursor),
            flying: FuturesUnordered::new(),
            failures: 0,
            knock: None,
            written: Instant::now(),
        };
        self.take_behind(&mut round.window).await?;
        while !*stop.borrow() {
            let end = *size.borrow_and_update();
            let is_read = self.send_on(&mut round, end).await;
            self.write(&mut round, false).await;
            let wake = if is_read { self.wake(&round, end) } else { Instant::now() + WRITE_AGAIN };
            tokio::select! {
                Some((seq, result)) = round.flying.next() => self.settle(&mut round, seq, result),
                changed = size.changed() => if changed.is_err() { break },
                () = self.poke.notified() => self.poked(&mut round).await,
                () = tokio::time::sleep_until(wake) => {}
                _ = stop.changed() => {}
            }
        }
        while let Some((seq, result)) = round.flying.next().await {
            self.settle(&mut round, seq, result);
        }
        self.write(&mut round, true).await;
        Ok(())
    }

    /// Reads the next messages and sends those that can be sent. False if the outbox cannot be read
    /// now; messages then wait until it can.
    async fn send_on(&self, round: &mut Round, end: u64) -> bool {
        let sent = match self.read(&mut round.window, end).await {
            Ok(()) => self.start(round).await,
            Err(error) => Err(error),
        };
        if let Err(error) = &sent {
            tracing::warn!(receiver = self.receiver.name, %error, "the outbox was not read");
        }
        sent.is_ok()
    }

    /// Reads dead letters that are to be sent again.
    async fn poked(&self, round: &mut Round) {
        if let Err(error) = self.take_behind(&mut round.window).await {
            tracing::warn!(receiver = self.receiver.name, %error, "dead letters were not read");
        }
    }

    /// The progress of the receiver, once it can be written; `None` if `stop` comes first.
    async fn begin(
        &self,
        start: u64,
        stop: &watch::Receiver<bool>,
    ) -> Result<Option<store::Receiver>, store::Error> {
        while !*stop.borrow() {
            match self.store.receiver(&self.receiver.name, start).await {
                Err(error @ store::Error::Locked) => {
                    tracing::warn!(receiver = self.receiver.name, %error, "waiting to begin");
                }
                kept => return kept.map(Some),
            }
        }
        Ok(None)
    }

    /// When to check again although nothing happened.
    fn wake(&self, round: &Round, end: u64) -> Instant {
        let now = Instant::now();
        let far = now + Duration::from_secs(3600);
        let is_idle = round.window.flying() < FLYING_MAX;
        let due = match round.knock {
            // One message is tried; no other is sent before it is answered.
            Some(knock) => Some(knock).filter(|_| round.flying.is_empty()),
            None => round.window.next_due().filter(|_| is_idle),
        };
        let write = round.window.is_dirty.then(|| round.written + WRITE_EVERY);
        let has_more = round.window.next < end && round.window.room() > 0;
        let read = has_more.then_some(now);
        [due, write, read].into_iter().flatten().min().unwrap_or(far)
    }

    /// Reads fresh messages below `end`.
    async fn read(&self, window: &mut Window, end: u64) -> Result<(), store::Error> {
        let room = window.room();
        if window.next >= end || room == 0 {
            return Ok(());
        }
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let rows = self.store.messages(window.next, limit).await?;
        let (now, now_ms) = (Instant::now(), self.now_ms());
        let is_all = rows.len() < room;
        for row in rows {
            window.take(row, now, now_ms);
        }
        if is_all && window.next < end {
            window.next = end;
            window.is_dirty = true;
        }
        Ok(())
    }

    /// Reads messages left behind by an earlier run, or that somebody wants sent again.
    async fn take_behind(&self, window: &mut Window) -> Result<(), store::Error> {
        let limit = u32::try_from(BEHIND_MAX).unwrap_or(u32::MAX);
        let left = self.store.undelivered(&self.receiver.name, false, (0, limit)).await?;
        let (now, now_ms) = (Instant::now(), self.now_ms());
        for left in &left {
            if window.holds(left.seq) {
                continue;
            }
            // A clock that was set back must not cause a wait beyond the longest one.
            let longest = self.receiver.retries.last().copied().unwrap_or_default();
            let wait = u64::try_from(left.due_ms.saturating_sub(now_ms)).unwrap_or(0);
            window.take_behind(left, now + Duration::from_millis(wait).min(longest));
        }
        Ok(())
    }

    /// Sends messages that may be sent.
    async fn start(&self, round: &mut Round) -> Result<(), store::Error> {
        let now = Instant::now();
        let free = match round.knock {
            Some(knock) if knock > now || !round.flying.is_empty() => 0,
            Some(_) => 1,
            None => FLYING_MAX.saturating_sub(round.flying.len()),
        };
        for seq in round.window.ready(now, free) {
            let Some(item) = round.window.fly(seq) else { continue };
            let message = match item.message {
                Some(message) => Some(message),
                None => {
                    let row = self.store.messages(seq, 1).await?.pop();
                    row.filter(|row| row.seq == seq).and_then(|row| row.message)
                }
            };
            let (client, receiver) = (self.client.clone(), Arc::clone(&self.receiver));
            let at = (self.tools.clock)();
            round.flying.push(Box::pin(async move {
                (seq, send(&client, &receiver, (seq, message.as_deref()), at).await)
            }));
        }
        Ok(())
    }

    fn settle(&self, round: &mut Round, seq: u64, result: Result<(), Failure>) {
        let outcome = if result.is_ok() { "delivered" } else { "failed" };
        let name = self.receiver.name.clone();
        metrics::counter!("probity_deliveries_total", "receiver" => name, "outcome" => outcome)
            .increment(1);
        let Err(failure) = result else {
            round.window.delivered(seq);
            round.failures = 0;
            round.knock = None;
            return self.look(|outlook| {
                (outlook.is_down, outlook.next_knock) = (false, None);
            });
        };
        if round.knock.is_some_and(|knock| knock > Instant::now()) {
            // It was sent before the receiver was found to be down.
            return round.window.postpone(seq, Instant::now());
        }
        round.failures = match &failure {
            Failure::Receiver(_) => round.failures + 1,
            // It answered: it is not down.
            Failure::Message(_) => 0,
        };
        self.look(|outlook| outlook.last_error = Some(failure.text().to_owned()));
        if matches!(failure, Failure::Receiver(_)) && round.failures >= DOWN_AFTER {
            return self.down(round, seq);
        }
        if matches!(failure, Failure::Message(_)) {
            round.knock = None;
            self.look(|outlook| (outlook.is_down, outlook.next_knock) = (false, None));
        }
        let attempts = round.window.attempts(seq);
        let wait = self.receiver.retries.get(attempts as usize).map(|wait| self.spread(*wait));
        let now_ms = self.now_ms();
        round.window.failed(seq, failure.text(), (wait, Instant::now()), now_ms);
    }

    /// Nothing gets through: tries again later, at growing intervals.
    fn down(&self, round: &mut Round, seq: u64) {
        let base = self.receiver.retries.first().copied().unwrap_or(Duration::from_secs(1));
        let doubled = base.saturating_mul(1 << (round.failures - DOWN_AFTER).min(16));
        let wait = self.spread(doubled.min(KNOCK_MAX));
        let knock = Instant::now() + wait;
        round.knock = Some(knock);
        round.window.postpone(seq, Instant::now());
        let next = (self.tools.clock)().checked_add(wait).ok();
        if round.failures == DOWN_AFTER {
            tracing::warn!(receiver = self.receiver.name, "the receiver is down; messages wait");
        }
        self.look(|outlook| (outlook.is_down, outlook.next_knock) = (true, next));
    }

    /// A random wait between half of `wait` and all of it.
    fn spread(&self, wait: Duration) -> Duration {
        wait.mul_f64(0.5 + (self.tools.jitter)().clamp(0.0, 1.0) / 2.0)
    }

    /// Writes the progress at intervals. If the write fails, it tries again later.
    async fn write(&self, round: &mut Round, is_last: bool) {
        let is_time = round.written.elapsed() >= WRITE_EVERY || is_last;
        if !round.window.is_dirty || !is_time {
            return;
        }
        round.written = Instant::now();
        let progress = round.window.take_progress();
        if let Err(error) = self.store.progress(&self.receiver.name, &progress).await {
            tracing::warn!(receiver = self.receiver.name, %error, "progress was not written");
            round.window.put_back(progress);
            round.written += WRITE_AGAIN;
        }
    }

    fn look(&self, change: impl FnOnce(&mut Outlook)) {
        change(&mut self.outlook.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn now_ms(&self) -> i64 {
        (self.tools.clock)().as_millisecond()
    }
}
