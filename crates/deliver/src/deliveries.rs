//! The deliveries to one receiver, without network and clock: what is read, what may be sent now,
//! what an answer means, what is recorded. The worker drives them, and so does the simulation of
//! faults.
//!
//! If nothing at all gets through, the receiver is *down*: messages stay where they are, one of
//! them is tried from time to time, and no message is blamed. If others get through, a message that
//! fails is left behind and retried later by itself, until it is a dead letter. A message that was
//! delivered but not yet recorded when the process is killed is sent again, with the same id.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use store::{Error, Store};

use crate::window::{Limits, Moment, Window};

/// Consecutive failures, with nothing getting through, after which the receiver is down.
const DOWN_AFTER: u32 = 3;

/// The longest wait between two attempts at a receiver that is down.
const KNOCK_MAX: Duration = Duration::from_secs(60);

/// The shortest time between two writes of the progress.
const WRITE_EVERY: Duration = Duration::from_millis(100);

/// The wait after the progress could not be written.
const WRITE_AGAIN: Duration = Duration::from_secs(2);

/// How a receiver is served.
#[derive(Clone)]
pub struct Terms {
    /// Its name, which is the key of its progress.
    pub name: String,
    /// The place of the first message for a new receiver.
    pub start: u64,
    /// The waits between attempts at one message; after the last it is a dead letter.
    pub retries: Vec<Duration>,
    /// A random number from 0 to 1, drawn on each call, so that many waits do not end at once.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// How many messages are held.
    pub limits: Limits,
}

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The receiver cannot accept anything now: no answer, a server error, too many requests.
    Receiver(String),
    /// The receiver does not accept this message.
    Message(String),
}

impl Failure {
    fn text(&self) -> &str {
        match self {
            Self::Receiver(text) | Self::Message(text) => text,
        }
    }
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

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Its place in the outbox.
    pub seq: u64,
    /// Its text; `None` if it was erased, and counts as delivered.
    pub message: Option<Vec<u8>>,
}

/// The deliveries to one receiver.
pub struct Deliveries {
    store: Store,
    terms: Terms,
    window: Window,
    /// Whether the store has more messages left behind than are held.
    has_more_behind: bool,
    failures: u32,
    knock: Option<Duration>,
    written: Duration,
    outlook: Outlook,
}

impl Deliveries {
    /// The deliveries on `terms` from where they stopped.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of reading the receiver's progress or the messages left behind.
    pub async fn open(store: &Store, terms: Terms, now: Moment) -> Result<Self, Error> {
        let kept = store.receiver(&terms.name, terms.start).await?;
        let mut deliveries = Self {
            store: store.clone(),
            window: Window::new(kept.cursor, terms.limits),
            terms,
            has_more_behind: false,
            failures: 0,
            knock: None,
            written: now.since,
            outlook: Outlook::default(),
        };
        deliveries.read_behind(now).await?;
        Ok(deliveries)
    }

    /// The state of the receiver.
    #[must_use]
    pub fn outlook(&self) -> &Outlook {
        &self.outlook
    }

    /// Whether the receiver has everything below `end`, or will not get it.
    #[must_use]
    pub fn is_done(&self, end: u64) -> bool {
        self.window.is_empty() && self.window.next >= end && !self.has_more_behind
    }

    /// Reads fresh messages below `end`, and those left behind for which there was no room before.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of reading; messages then wait until they can be read.
    pub async fn read(&mut self, end: u64, now: Moment) -> Result<(), Error> {
        if self.has_more_behind && self.window.room_behind() > self.terms.limits.behind / 2 {
            self.read_behind(now).await?;
        }
        // What is left behind and not held may be about the same subject.
        let room = if self.has_more_behind { 0 } else { self.window.room() };
        if self.window.next >= end || room == 0 {
            return Ok(());
        }
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let (name, next) = (&self.terms.name, self.window.next);
        let pending = self.store.pending(name, (next, end), limit).await?;
        let is_all = pending.len() < room;
        for one in pending {
            self.window.take(one, now);
        }
        if is_all && self.window.next < end {
            self.window.next = end;
            self.window.is_dirty = true;
        }
        Ok(())
    }

    /// Reads messages left behind by an earlier run, or that somebody wants sent again.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of reading, or of recording the progress, without which a message that was
    /// delivered would be taken for one left behind.
    pub async fn read_behind(&mut self, now: Moment) -> Result<(), Error> {
        self.record().await?;
        // A clock that was set back must not cause a wait beyond the longest one.
        let longest = self.terms.retries.last().copied().unwrap_or_default();
        let limit = self.terms.limits.behind;
        let page = u32::try_from(limit).unwrap_or(u32::MAX);
        let mut from = 0;
        loop {
            let left = self.store.undelivered(&self.terms.name, false, (from, page)).await?;
            for left in &left {
                from = left.seq + 1;
                if self.window.holds(left.seq) {
                    continue;
                }
                if self.window.room_behind() == 0 {
                    self.has_more_behind = true;
                    return Ok(());
                }
                let wait = u64::try_from(left.due_ms.saturating_sub(now.ms)).unwrap_or(0);
                self.window.take_behind(left, now.since + Duration::from_millis(wait).min(longest));
            }
            if left.len() < limit {
                self.has_more_behind = false;
                return Ok(());
            }
        }
    }

    /// The messages to be sent now; from here on they are in flight.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of reading them; none is in flight then.
    pub async fn send(&mut self, now: Moment) -> Result<Vec<Due>, Error> {
        let flying = self.window.flying();
        let free = match self.knock {
            Some(knock) if knock > now.since || flying > 0 => 0,
            Some(_) => 1,
            None => self.terms.limits.flying.saturating_sub(flying),
        };
        let ready = self.window.ready(now.since, free);
        if ready.is_empty() {
            return Ok(Vec::new());
        }
        let mut messages = self.store.messages(&ready).await?;
        let due = |seq| {
            self.window.fly(seq);
            Due { seq, message: messages.remove(&seq) }
        };
        Ok(ready.into_iter().map(due).collect())
    }

    /// Takes the answer to a message in flight.
    pub fn settle(&mut self, seq: u64, answer: Result<(), Failure>, now: Moment) {
        let Err(failure) = answer else {
            self.window.delivered(seq);
            return self.up();
        };
        if self.knock.is_some_and(|knock| knock > now.since) {
            // It was sent before the receiver was found to be down.
            return self.window.postpone(seq, now.since);
        }
        self.outlook.last_error = Some(failure.text().to_owned());
        match &failure {
            Failure::Receiver(_) => self.failures += 1,
            // It answered: it is not down.
            Failure::Message(_) => self.up(),
        }
        if self.failures >= DOWN_AFTER {
            return self.down(seq, now);
        }
        let attempts = self.window.attempts(seq);
        let wait = self.terms.retries.get(attempts as usize).map(|wait| self.spread(*wait));
        self.window.failed(seq, failure.text(), wait, now);
    }

    fn up(&mut self) {
        (self.failures, self.knock) = (0, None);
        (self.outlook.is_down, self.outlook.next_knock) = (false, None);
    }

    /// Nothing gets through: tries again later, at growing intervals.
    fn down(&mut self, seq: u64, now: Moment) {
        let base = self.terms.retries.first().copied().unwrap_or(Duration::from_secs(1));
        let doubled = base.saturating_mul(1 << (self.failures - DOWN_AFTER).min(16));
        let wait = self.spread(doubled.min(KNOCK_MAX));
        self.knock = Some(now.since + wait);
        self.window.postpone(seq, now.since);
        if self.failures == DOWN_AFTER {
            tracing::warn!(receiver = self.terms.name, "the receiver is down; messages wait");
        }
        let now = Timestamp::from_millisecond(now.ms).ok();
        let next = now.and_then(|now| now.checked_add(wait).ok());
        (self.outlook.is_down, self.outlook.next_knock) = (true, next);
    }

    /// A random wait between half of `wait` and all of it.
    fn spread(&self, wait: Duration) -> Duration {
        wait.mul_f64(0.5 + (self.terms.jitter)().clamp(0.0, 1.0) / 2.0)
    }

    /// Records the progress if it is time to. If it cannot be written, that is tried again later.
    pub async fn write(&mut self, now: Moment) {
        if !self.window.is_dirty || now.since < self.written + WRITE_EVERY {
            return;
        }
        self.written = now.since;
        if let Err(error) = self.record().await {
            tracing::warn!(receiver = self.terms.name, %error, "progress was not written");
            self.written += WRITE_AGAIN;
        }
    }

    /// Records the progress.
    ///
    /// # Errors
    ///
    /// [`Error::Full`], [`Error::Disk`] or [`Error::Locked`] if it cannot be written.
    pub async fn record(&mut self) -> Result<(), Error> {
        if !self.window.is_dirty {
            return Ok(());
        }
        let progress = self.window.take_progress();
        let recorded = self.store.progress(&self.terms.name, &progress).await;
        if recorded.is_err() {
            self.window.put_back(progress);
        }
        recorded
    }

    /// When to check again although nothing happened; `None` if only an answer or a new message
    /// changes anything.
    #[must_use]
    pub fn wake(&self, end: u64, now: Moment) -> Option<Duration> {
        let flying = self.window.flying();
        let due = match self.knock {
            // One message is tried; no other is sent before it is answered.
            Some(knock) => Some(knock).filter(|_| flying == 0),
            None => self.window.next_due().filter(|_| flying < self.terms.limits.flying),
        };
        let write = self.window.is_dirty.then(|| self.written + WRITE_EVERY);
        let has_more = self.window.next < end && self.window.room() > 0 && !self.has_more_behind;
        let read = has_more.then_some(now.since);
        [due, write, read].into_iter().flatten().min()
    }
}
