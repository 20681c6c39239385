//! One run: a world from a seed, step by step.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use decide::PolicySet;
use deliver::Moment;
use engine::erase::ErasureRequest;
use engine::machine::{AwaitedAnswers, Machine};
use engine::{Change, Intake, Receipt, Rules, verify};
use jiff::Timestamp;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use review::Case;
use store::Store;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use types::{Event, Subject};

use crate::actors;
use crate::disk::Disk;
use crate::model::Model;
use crate::receivers::Receiver;
use crate::{service, told};

/// When every world starts, in milliseconds since 1970.
const BEGIN_MS: i64 = 1_700_000_000_000;

/// The outcome of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOutcome {
    /// The steps, one per line: the same for the same seed.
    pub trace: Vec<String>,
    /// Number of crashes survived.
    pub crashes: u32,
    /// Number of commits for which there was no room.
    pub full: u32,
    /// The invariant that did not hold; `None` if all did.
    pub broken: Option<String>,
}

/// A caller who waits.
enum Waiting {
    Events(Vec<Event>, oneshot::Receiver<Receipt>),
    Act(bool, AwaitedAnswers),
    Other(oneshot::Receiver<Receipt>),
}

struct World {
    random: ChaCha8Rng,
    runtime: Runtime,
    disk: Disk,
    store: Store,
    machine: Machine,
    now_ms: Arc<AtomicI64>,
    policy_sets: Vec<(PolicySet, Arc<Rules>)>,
    model: Model,
    receivers: Vec<Receiver>,
    /// The time that passed, which never goes back.
    since: Duration,
    /// Everything below it is on disk, and may be sent.
    end: u64,
    waiting: Vec<Waiting>,
    /// Events sent before, to be sent again.
    sent: Vec<Event>,
    numbers: u64,
    /// The existing accounts, and those that were erased.
    accounts: Vec<u64>,
    erased: Vec<u64>,
    /// The version of the policies in force.
    version: usize,
    is_full: bool,
    outcome: RunOutcome,
}

/// Runs the world of `seed` for `steps` steps, with its files in `folder`.
///
/// # Errors
///
/// A message if the simulation itself cannot continue: no temporary files, no threads.
pub fn run(seed: u64, steps: u32, folder: &Path) -> Result<RunOutcome, String> {
    run_on(Disk::new(folder, false), seed, steps)
}

fn run_on(disk: Disk, seed: u64, steps: u32) -> Result<RunOutcome, String> {
    let mut world = World::new(seed, disk)?;
    for _ in 0..steps {
        if let Err(broken) = world.step() {
            world.outcome.broken = Some(broken);
            return Ok(world.outcome);
        }
    }
    world.outcome.broken = world.end().err();
    Ok(world.outcome)
}

impl World {
    fn new(seed: u64, disk: Disk) -> Result<Self, String> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).enable_all().build().map_err(told)?;
        let policy_sets =
            [0, 1].into_iter().map(service::policies).collect::<Result<Vec<_>, _>>()?;
        let random = ChaCha8Rng::seed_from_u64(seed);
        let now_ms = Arc::new(AtomicI64::new(BEGIN_MS));
        let (store, machine) = service::open(&runtime, &disk, (&policy_sets[0], &now_ms), seed)?;
        let now = Moment { since: Duration::ZERO, ms: BEGIN_MS };
        let receivers = ["platform", "archive"].map(|name| Receiver::open(&store, name, now));
        let receivers = runtime.block_on(futures_util::future::try_join_all(receivers));
        let mut world = Self {
            random,
            runtime,
            disk,
            store,
            machine,
            now_ms,
            policy_sets,
            model: Model::default(),
            receivers: receivers.map_err(told)?,
            since: Duration::ZERO,
            end: 0,
            waiting: Vec::new(),
            sent: Vec::new(),
            numbers: actors::ACCOUNTS,
            accounts: (0..actors::ACCOUNTS).collect(),
            erased: Vec::new(),
            version: 0,
            is_full: false,
            outcome: RunOutcome::default(),
        };
        world.disk.sync();
        Ok(world)
    }

    fn now(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    fn note(&mut self, what: impl Into<String>) {
        self.outcome.trace.push(what.into());
    }

    /// One step: somebody acts, time passes, or something breaks.
    fn step(&mut self) -> Result<(), String> {
        match self.random.random_range(0..100) {
            0..25 => self.events(),
            25..32 => self.order(),
            32..52 => self.act(),
            52..60 => self.time(),
            60..70 => self.deliver()?,
            70..73 => self.policies(),
            73..76 => self.erase()?,
            76..80 => self.fill()?,
            80..84 => self.machine.snapshot(self.random.random_range(0..257)),
            84..88 => self.machine.write_parts(self.random.random_range(0..9)),
            88..92 => return self.crash(),
            _ => return self.write(),
        }
        match self.machine.waiting() > 40 {
            true => self.write(),
            false => Ok(()),
        }
    }

    fn events(&mut self) {
        let (count, now_ms) = (self.random.random_range(1..6), self.now());
        let mut intake = Intake::default();
        for place in 0..count {
            let is_again = !self.sent.is_empty() && self.random.random_bool(0.2);
            if is_again {
                // Sent again, at any time and in any order.
                let event = self.sent[self.random.random_range(0..self.sent.len())].clone();
                let json = serde_json::to_vec(&event).unwrap_or_default();
                intake.events.push(types::Incoming { place, event, json });
                continue;
            }
            let id = self.number();
            let who = self.accounts[self.random.random_range(0..self.accounts.len())];
            let who = actors::account(who);
            let event = actors::event(&mut self.random, (place, id), (&who, now_ms));
            intake.events.extend(event);
        }
        let events: Vec<Event> = intake.events.iter().map(|one| one.event.clone()).collect();
        self.sent.extend(events.iter().cloned());
        self.model.under_way(&events);
        self.note(format!("events {}", events.len()));
        let receipt = self.machine.take(intake);
        self.waiting.push(Waiting::Events(events, receipt));
    }

    fn order(&mut self) {
        let (id, now_ms) = (self.number(), self.now());
        let Some((incoming, lodged)) = actors::order(&mut self.random, id, now_ms) else { return };
        self.note(format!("order o-{id}, {} steps at once", lodged.then.len()));
        if !lodged.then.is_empty() {
            self.model.at_once.push(lodged.row.id.clone());
        }
        let events = vec![incoming.event.clone()];
        let lodged = vec![(0, lodged)];
        let intake = Intake { events: vec![incoming], lodged, ..Intake::default() };
        let receipt = self.machine.take(intake);
        self.waiting.push(Waiting::Events(events, receipt));
    }

    fn act(&mut self) {
        let cases: Vec<u64> = self.machine.review_queue().cases().map(|case| case.id).collect();
        let now_ms = self.now();
        let (is_claim, deeds) = actors::act(&mut self.random, &cases, now_ms);
        self.note(format!("act {deeds:?}"));
        let asked = self.machine.carry(deeds);
        self.waiting.push(Waiting::Act(is_claim, asked));
    }

    /// The clock advances, or jumps: ahead over leases and deadlines, or back.
    fn time(&mut self) {
        let jump = match self.random.random_range(0..10) {
            0 => -self.random.random_range(0..7_200_000),
            1 => self.random.random_range(0..7_200_000),
            _ => self.random.random_range(0..120_000),
        };
        self.now_ms.fetch_add(jump, Ordering::Relaxed);
        self.since += Duration::from_millis(jump.unsigned_abs());
        self.note(format!("time {jump}"));
        self.machine.tick(self.now());
    }

    fn moment(&self) -> Moment {
        Moment { since: self.since, ms: self.now() }
    }

    /// Messages are sent and answered, a receiver changes its mood, or dead letters are sent again.
    fn deliver(&mut self) -> Result<(), String> {
        self.since += Duration::from_millis(self.random.random_range(0..3000));
        let now = self.moment();
        let which = self.random.random_range(0..self.receivers.len());
        let receiver = &mut self.receivers[which];
        match self.random.random_range(0..8) {
            0 => receiver.turn(&mut self.random),
            1 => self.runtime.block_on(receiver.resend(&self.store, now))?,
            _ => {}
        }
        let step = receiver.step(&mut self.random, (self.end, now), &self.erased);
        let what = self.runtime.block_on(step)?;
        self.note(what);
        Ok(())
    }

    fn policies(&mut self) {
        self.version = 1 - self.version;
        let (policy_set, rules) = &self.policy_sets[self.version];
        let Ok(set) = engine::replay::stored(policy_set) else { return };
        let receipt = self.machine.activate((set, Arc::clone(rules)), Change::default());
        self.note(format!("policies {}", self.version));
        self.waiting.push(Waiting::Other(receipt));
    }

    /// The disk fills up, or has room again.
    fn fill(&mut self) -> Result<(), String> {
        self.is_full = !self.is_full;
        let more = self.is_full.then(|| self.random.random_range(0..3));
        self.note(format!("room {more:?}"));
        self.runtime.block_on(self.store.limit_pages(more)).map_err(told)
    }

    /// Erases an account: everything before is written, and afterwards nothing names it.
    fn erase(&mut self) -> Result<(), String> {
        if self.is_full {
            return Ok(());
        }
        self.write_all()?;
        // A new account takes its place.
        let (at, new) = (self.random.random_range(0..self.accounts.len()), self.number());
        let number = std::mem::replace(&mut self.accounts[at], new);
        let account = actors::account(number);
        let subject = Subject::new("account", &account);
        let now = Timestamp::from_millisecond(self.now()).map_err(told)?;
        let progress = &mut |_| {};
        let found = engine::erase::find(&self.store, (&subject, now), progress);
        let found = self.runtime.block_on(found).map_err(told)?;
        self.note(format!("erase {account}: {}", found.erasure.entries.len()));
        // Its events are not sent again: the platform knows of the erasure.
        self.sent.retain(|event| !event.concerns(&subject));
        self.model.erased(&found.erasure.subjects);
        let (by, reason) = ("command line".to_owned(), "asked".to_owned());
        let asked = ErasureRequest { by, reason, at_ms: self.now() };
        let mut receipt = self.machine.erase(found, asked);
        self.write_all()?;
        self.runtime.block_on(self.store.scrub()).map_err(told)?;
        match receipt.try_recv() {
            Ok(Ok(_)) => {}
            other => return Err(format!("an erasure was not done: {other:?}")),
        }
        self.erased.push(number);
        self.gone()
    }

    /// Checks that no erased account is in any file.
    fn gone(&self) -> Result<(), String> {
        let named = self.disk.accounts();
        match self.erased.iter().find_map(|number| Some((number, named.get(number)?))) {
            Some((number, at)) => Err(format!("account {number} was erased, and is in {at}")),
            None => Ok(()),
        }
    }

    /// Writes some of what waits.
    fn write(&mut self) -> Result<(), String> {
        let count = self.random.random_range(1..12);
        let why = self.machine.write(count).map_err(told)?;
        self.outcome.full += u32::from(why.is_some());
        self.note(format!("write {count}: {}", why.map_or_else(|| "done".to_owned(), told)));
        self.sync()?;
        self.hear()
    }

    /// Everything written so far is on disk, and is sent from now on.
    fn sync(&mut self) -> Result<(), String> {
        self.disk.sync();
        self.end = self.runtime.block_on(self.store.size()).map_err(told)?;
        Ok(())
    }

    fn write_all(&mut self) -> Result<(), String> {
        loop {
            if let Some(why) = self.machine.write(64).map_err(told)? {
                return Err(format!("there is room, but: {why}"));
            }
            if self.machine.waiting() == 0 {
                self.sync()?;
                self.hear()?;
                return self.same();
            }
        }
    }

    /// Checks, when nothing waits, that the review queue has each open case as the store has it.
    fn same(&self) -> Result<(), String> {
        for case in self.machine.review_queue().cases() {
            let row = self.runtime.block_on(self.store.case(case.id)).map_err(told)?;
            let kept: Option<Case> = row.and_then(|body| serde_json::from_str(&body).ok());
            let is_same = kept.is_some_and(|kept| {
                (kept.changes, &kept.state, kept.members.len())
                    == (case.changes, &case.state, case.members.len())
            });
            if !is_same {
                return Err(format!("case c-{} is not on the desk as it is in the store", case.id));
            }
        }
        Ok(())
    }

    /// Reads the answers that arrived: what was acknowledged must be kept from now on.
    fn hear(&mut self) -> Result<(), String> {
        let mut still = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            match waiting {
                Waiting::Events(events, mut receipt) => match receipt.try_recv() {
                    Ok(Ok(_)) => self.model.accepted(&events),
                    Ok(Err(_)) => self.model.refused(&events),
                    Err(oneshot::error::TryRecvError::Empty) => {
                        self.model.under_way(&events);
                        still.push(Waiting::Events(events, receipt));
                    }
                    _ => {}
                },
                Waiting::Act(is_claim, (mut answer, mut receipt)) => match receipt.try_recv() {
                    Ok(Ok(_)) => {
                        if let Ok(Ok(Some(case))) = answer.try_recv() {
                            self.acted(is_claim, &case)?;
                        }
                    }
                    Err(oneshot::error::TryRecvError::Empty) => {
                        still.push(Waiting::Act(is_claim, (answer, receipt)));
                    }
                    _ => {}
                },
                Waiting::Other(mut receipt) => {
                    if matches!(receipt.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
                        still.push(Waiting::Other(receipt));
                    }
                }
            }
        }
        self.waiting = still;
        self.model.clocks(self.machine.review_queue().cases())
    }

    fn acted(&mut self, is_claim: bool, case: &Case) -> Result<(), String> {
        if is_claim {
            self.model.claimed(case)?;
        }
        self.model.case(case);
        Ok(())
    }

    /// The process ends in the middle of a write; what is left is opened again.
    fn crash(&mut self) -> Result<(), String> {
        if !self.is_full && self.random.random_bool(0.5) {
            // A commit is under way and was not acknowledged.
            let count = self.random.random_range(1..12);
            self.machine.write(count).map_err(told)?;
        }
        self.waiting.clear();
        self.disk.crash(&mut self.random).map_err(told)?;
        self.outcome.crashes += 1;
        self.note("crash");
        self.reopen()
    }

    fn reopen(&mut self) -> Result<(), String> {
        self.is_full = false;
        let seed = self.random.random();
        let before = self.store.clone();
        // After a crash the policies may be the earlier or the later ones.
        let policies = (&self.policy_sets[self.version], &self.now_ms);
        let (store, machine) = service::open(&self.runtime, &self.disk, policies, seed)?;
        (self.store, self.machine) = (store, machine);
        self.runtime.block_on(before.close());
        self.disk.forget_before();
        self.sync()?;
        let now = self.moment();
        for receiver in &mut self.receivers {
            self.runtime.block_on(receiver.reopen(&self.store, now)).map_err(told)?;
        }
        self.runtime.block_on(self.model.check(&self.store))?;
        self.verify()?;
        self.gone()?;
        self.model.clocks(self.machine.review_queue().cases())
    }

    /// Checks that everything is as the log says.
    fn verify(&mut self) -> Result<(), String> {
        let progress = &mut |_| {};
        let report = verify::verify(&self.store, None, progress);
        let report = self.runtime.block_on(report).map_err(told)?;
        match report.findings.first() {
            None => {
                let (entries, rows) = (report.entries, report.rows);
                self.note(format!("verified {entries} entries, {rows} rows"));
                Ok(())
            }
            Some(found) => Err(format!("{} {}: {}", found.table, found.seq, found.what)),
        }
    }

    /// Writes and checks everything, and opens it once more.
    fn end(&mut self) -> Result<(), String> {
        self.runtime.block_on(self.store.limit_pages(None)).map_err(told)?;
        self.write_all()?;
        self.crash()?;
        let mut now = self.moment();
        for receiver in &mut self.receivers {
            let end = receiver.end(&self.store, (self.end, &mut now), &self.erased);
            self.runtime.block_on(end)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(seed: u64) -> RunOutcome {
        outcome_on(seed, false)
    }

    fn outcome_on(seed: u64, is_lying: bool) -> RunOutcome {
        // In memory if possible: a crash is simulated, not real.
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        run_on(Disk::new(folder.path(), is_lying), seed, 120).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_run() {
        assert_eq!(outcome(1), outcome(1));
        assert_ne!(outcome(1).trace, outcome(2).trace);
    }

    #[test]
    fn a_disk_that_loses_what_it_synced_is_found_out() {
        let broken: Vec<_> = (0..8).filter_map(|seed| outcome_on(seed, true).broken).collect();
        assert!(broken.len() >= 4, "{broken:#?}");
    }

    #[test]
    fn two_hundred_worlds_keep_what_they_promised() {
        let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
        let (crashes, full) = std::thread::scope(|scope| {
            let some = |first| (first..200).step_by(threads as usize).map(world).fold((0, 0), sum);
            let all: Vec<_> = (0..threads).map(|first| scope.spawn(move || some(first))).collect();
            all.into_iter().map(|thread| thread.join().unwrap()).fold((0, 0), sum)
        });
        assert!(crashes > 400 && full > 100, "{crashes} crashes, {full} times no room");
    }

    fn sum(one: (u32, u32), other: (u32, u32)) -> (u32, u32) {
        (one.0 + other.0, one.1 + other.1)
    }

    fn world(seed: u64) -> (u32, u32) {
        let outcome = outcome(seed);
        let last = &outcome.trace[outcome.trace.len().saturating_sub(12)..];
        assert_eq!(outcome.broken, None, "`probity faults --from {seed} --seeds 1`: {last:#?}");
        (outcome.crashes, outcome.full)
    }
}
