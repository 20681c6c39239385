//! The receivers of messages: well, picky or down, with answers that come late or get lost. What
//! they received outlives every crash of the service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use deliver::{Deliveries, Due, Failure, Limits, Moment, Terms};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use store::{Error, Store};

use crate::disk::named;
use crate::told;

/// Rounds within which a healthy receiver has everything.
const ROUNDS_MAX: u32 = 2000;

/// How a receiver behaves for the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    Well,
    /// Refuses some messages.
    Picky,
    /// Takes nothing, or takes it and does not answer.
    Down,
}

/// What a receiver reads in a message.
#[derive(Deserialize)]
struct Message {
    subject: String,
    decision: String,
}

/// One receiver.
pub(crate) struct Receiver {
    name: String,
    mood: Mood,
    deliveries: Deliveries,
    /// Messages whose answers are still to come.
    flying: Vec<(u64, Result<(), Failure>)>,
    /// The decision of each message received, by place.
    decisions: BTreeMap<u64, String>,
    /// The places of the messages received, by subject, in the order in which they arrived.
    received: BTreeMap<String, Vec<u64>>,
    /// Dead letters that were sent again: they come late.
    revived: BTreeSet<u64>,
}

impl Receiver {
    /// The receiver `name`, with nothing received so far.
    pub(crate) async fn open(store: &Store, name: &str, now: Moment) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            mood: Mood::Well,
            deliveries: open(store, name, now).await?,
            flying: Vec::new(),
            decisions: BTreeMap::new(),
            received: BTreeMap::new(),
            revived: BTreeSet::new(),
        })
    }

    /// The service starts again on `store`; answers to what was in flight reach nobody.
    pub(crate) async fn reopen(&mut self, store: &Store, now: Moment) -> Result<(), Error> {
        self.flying.clear();
        self.deliveries = open(store, &self.name, now).await?;
        Ok(())
    }

    /// The mood changes.
    pub(crate) fn turn(&mut self, random: &mut ChaCha8Rng) {
        self.mood = [Mood::Well, Mood::Picky, Mood::Down][random.random_range(0..3)];
    }

    /// Messages below `end` are sent, and some answers arrive.
    pub(crate) async fn step(
        &mut self,
        random: &mut ChaCha8Rng,
        (end, now): (u64, Moment),
        erased: &[u64],
    ) -> Result<String, String> {
        let sent = match self.deliveries.read(end, now).await {
            Ok(()) => self.deliveries.send(now).await,
            Err(error) => Err(error),
        };
        // With a full disk, nothing left behind is read.
        let sent = sent.or_else(|error| match error {
            Error::Full => Ok(Vec::new()),
            error => Err(error.to_string()),
        })?;
        let count = sent.len();
        for due in sent {
            let seq = due.seq;
            let answer = self.answer(random);
            let is_lost = matches!(answer, Err(Failure::Receiver(_))) && random.random_bool(0.3);
            if answer.is_ok() || is_lost {
                self.receive(&due, erased)?;
            }
            self.flying.push((seq, answer));
        }
        let mut settled = 0;
        while !self.flying.is_empty() && random.random_bool(0.7) {
            let at = random.random_range(0..self.flying.len());
            let (seq, answer) = self.flying.swap_remove(at);
            self.deliveries.settle(seq, answer, now);
            settled += 1;
        }
        self.deliveries.write(now).await;
        Ok(format!("{} is {:?}: {count} sent, {settled} answered", self.name, self.mood))
    }

    fn answer(&self, random: &mut ChaCha8Rng) -> Result<(), Failure> {
        let late = || Failure::Receiver("no answer in time".to_owned());
        match self.mood {
            Mood::Well if random.random_bool(0.9) => Ok(()),
            Mood::Picky if random.random_bool(0.5) => Ok(()),
            Mood::Picky => Err(Failure::Message("answered 400".to_owned())),
            Mood::Well | Mood::Down => Err(late()),
        }
    }

    /// Somebody wants all dead letters sent again.
    pub(crate) async fn resend(&mut self, store: &Store, now: Moment) -> Result<(), String> {
        let dead = store.undelivered(&self.name, true, (0, u32::MAX)).await.map_err(told)?;
        match store.resend(&self.name, None, now.ms).await {
            Err(Error::Full) => return Ok(()),
            done => done.map_err(told)?,
        };
        self.revived.extend(dead.iter().map(|dead| dead.seq));
        match self.deliveries.read_behind(now).await {
            Err(Error::Full) => Ok(()),
            done => done.map_err(told),
        }
    }

    /// A message arrives: it names nobody who was erased, it is the one that its place had before,
    /// and no later one about its subject came first.
    fn receive(&mut self, due: &Due, erased: &[u64]) -> Result<(), String> {
        let (name, seq) = (&self.name, due.seq);
        let Some(text) = &due.message else { return Ok(()) };
        if let Some(number) = erased.iter().find(|number| named(text).contains_key(number)) {
            return Err(format!("{name} got message {seq} about account {number}, now erased"));
        }
        let Message { subject, decision } = serde_json::from_slice(text).map_err(told)?;
        let before = self.decisions.entry(seq).or_insert_with(|| decision.clone());
        if *before != decision {
            return Err(format!("{name} got two decisions at {seq}"));
        }
        let received = self.received.entry(subject.clone()).or_default();
        let is_again = received.contains(&seq) || self.revived.contains(&seq);
        if let Some(later) = received.iter().find(|other| !is_again && **other > seq) {
            return Err(format!("{name} got {seq} about {subject} after {later}"));
        }
        received.push(seq);
        Ok(())
    }

    /// Checks that a receiver that is well gets everything: each message once at least, and of each
    /// subject the latest one last.
    pub(crate) async fn end(
        &mut self,
        store: &Store,
        (end, now): (u64, &mut Moment),
        erased: &[u64],
    ) -> Result<(), String> {
        for (seq, answer) in std::mem::take(&mut self.flying) {
            self.deliveries.settle(seq, answer, *now);
        }
        let mut rounds = 0;
        while !self.deliveries.is_done(end) {
            rounds += 1;
            if rounds > ROUNDS_MAX {
                return Err(format!("{} does not get everything below {end}", self.name));
            }
            now.since += Duration::from_secs(30);
            self.deliveries.read(end, *now).await.map_err(told)?;
            for due in self.deliveries.send(*now).await.map_err(told)? {
                self.receive(&due, erased)?;
                self.deliveries.settle(due.seq, Ok(()), *now);
            }
        }
        self.deliveries.record().await.map_err(told)?;
        let left = store.undelivered(&self.name, false, (0, u32::MAX)).await.map_err(told)?;
        if let Some(left) = left.first() {
            return Err(format!("{} has {}, which is listed as left behind", self.name, left.seq));
        }
        let dead = store.undelivered(&self.name, true, (0, u32::MAX)).await.map_err(told)?;
        let dead: BTreeSet<u64> = dead.iter().map(|dead| dead.seq).collect();
        self.has_all(store, end, &dead).await
    }

    async fn has_all(&self, store: &Store, end: u64, dead: &BTreeSet<u64>) -> Result<(), String> {
        let mut latest: BTreeMap<String, u64> = BTreeMap::new();
        for row in store.outbox(0, end).await.map_err(told)? {
            let (Some(subject), Some(_)) = (row.subject, row.message) else { continue };
            if dead.contains(&row.seq) {
                continue;
            }
            if !self.decisions.contains_key(&row.seq) {
                return Err(format!("{} never got {}", self.name, row.seq));
            }
            latest.insert(subject, row.seq);
        }
        for (subject, latest) in latest {
            let received = self.received.get(&subject).map_or(&[][..], Vec::as_slice);
            let is_revived = received.iter().any(|seq| self.revived.contains(seq));
            // A dead letter may have been received although its answers were lost.
            let is_dead = received.last().is_some_and(|last| dead.contains(last));
            if received.last() != Some(&latest) && !is_revived && !is_dead {
                let name = &self.name;
                return Err(format!("{name} has {received:?} of {subject}, and {latest} not last"));
            }
        }
        Ok(())
    }
}

/// The deliveries to the receiver `name`, with little room, so that it is often exhausted.
async fn open(store: &Store, name: &str, now: Moment) -> Result<Deliveries, Error> {
    let terms = Terms {
        name: name.to_owned(),
        start: 0,
        retries: [1, 5, 30].map(Duration::from_secs).into(),
        jitter: Arc::new(|| 0.5),
        limits: Limits { fresh: 8, behind: 3, flying: 3 },
    };
    Deliveries::open(store, terms, now).await
}
