//! The desk: all open cases, in the order in which they are to be looked at.
//!
//! Cases lie in bins by queue, language and severity, since these decide who may take them; within a
//! bin they are sorted, so that the next case is found without looking at the others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use types::Subject;

use crate::care::{Exposure, Limits};
use crate::case::{Case, Kind, Lane, State};
use crate::command::UNDO_MS;
use crate::opened::MEMBERS_MAX;
use crate::outcomes::Outcomes;
use crate::priority::{Weights, rank};
use crate::queue::{Queue, route};
use crate::repeats::Repeats;
use crate::reviewer::is_under;
use crate::sampling::Rates;
use crate::{rescore, tick};

/// How the desk works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The queues, as [`Queue::all`] makes them.
    pub queues: Vec<Queue>,
    /// How long a lease holds, in milliseconds.
    pub lease_ms: i64,
    /// From which severity on a case weighs on people who see it.
    pub severe_from: u8,
    /// Each so many-th case is the oldest one: nothing starves, and not all labels come from the top.
    pub oldest_every: u64,
    /// Which share of closed cases is reviewed again, blind.
    pub second_reviews: Rates,
    /// What only the operator knows, so that nobody can tell which cases are reviewed again.
    pub salt: Vec<u8>,
    /// Each so many-th case is one whose answer is known; 0 for none.
    pub golden_every: u64,
    /// What is too much for one reviewer.
    pub limits: Limits,
    /// Policies, by the beginning of their names, whose cases only those see who are cleared.
    pub restricted: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            queues: Queue::defaults(),
            lease_ms: 600_000,
            severe_from: 8,
            oldest_every: 20,
            second_reviews: Rates::default(),
            salt: Vec::new(),
            golden_every: 100,
            limits: Limits::default(),
            restricted: Vec::new(),
        }
    }
}

/// Cases that wait in one queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The queue.
    pub queue: String,
    /// ISO 639-1; empty where it is not known.
    pub language: String,
    /// How many, by lane in the order of [`Lane::ALL`].
    pub lanes: [u64; 6],
    /// When the oldest was opened, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

/// Queue, language, whether severe, whether restricted.
pub(crate) type BinKey = (usize, String, bool, bool);

/// Cases that the same people may take.
#[derive(Debug, Default)]
pub(crate) struct Bin {
    /// Those in lanes: by lane, then what is due first.
    pub(crate) clocked: BTreeSet<(Lane, i64, u64)>,
    /// The others: by priority.
    pub(crate) ranked: BTreeSet<(Reverse<u64>, u64)>,
    /// The same by age.
    pub(crate) oldest: BTreeSet<(i64, u64)>,
}

/// Where a case lies.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    Clocked(BinKey, Lane, i64),
    Ranked(BinKey, u64),
    Reserved(String),
    Held(String),
    Nowhere,
}

/// A case with its place.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) case: Case,
    pub(crate) place: Place,
    alarm: Option<i64>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Desk {
    pub(crate) settings: Settings,
    pub(crate) entries: BTreeMap<u64, Box<Entry>>,
    pub(crate) bins: BTreeMap<BinKey, Bin>,
    pub(crate) reserved: HashMap<String, BTreeSet<u64>>,
    pub(crate) held: HashMap<String, BTreeSet<u64>>,
    pub(crate) subjects: HashMap<Subject, u64>,
    pub(crate) clusters: HashMap<String, u64>,
    pub(crate) repeats: Repeats,
    pub(crate) alarms: BTreeSet<(i64, u64)>,
    pub(crate) outcomes: Outcomes,
    pub(crate) exposures: HashMap<String, Exposure>,
    /// Closed cases whose answer is known.
    pub(crate) golden: BTreeMap<u64, Case>,
    pub(crate) next: u64,
    /// Cases handed out so far.
    pub(crate) turns: u64,
    /// The latest event time: views fade by it.
    pub(crate) watermark_ms: i64,
    /// Where re-scoring goes on.
    pub(crate) sweep: u64,
    /// Cases whose views or flags were counted and not handed out to be kept.
    pub(crate) moved: BTreeSet<u64>,
    /// Where keeping them goes on.
    pub(crate) moved_until: u64,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, next: 1, ..Self::default() }
    }

    /// How it works.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Puts back a case that was kept: an open one, or a closed one to learn from.
    pub fn restore(&mut self, case: Case) {
        self.next = self.next.max(case.id + 1);
        self.watermark_ms = self.watermark_ms.max(case.rate.at_ms);
        if !case.is_closed() {
            self.put(case);
            return;
        }
        self.outcomes.learn(&case);
        if let State::Closed { at_ms, .. } = case.state {
            self.repeats.learn(&case, at_ms);
        }
        if case.kind == Kind::Golden
            && let (Some(known), Some(by)) = (case.of, case.judge())
            && let Some(known) = self.golden.get_mut(&known)
        {
            known.not_by.push(by.to_owned());
        }
        if case.is_golden {
            self.golden.insert(case.id, case);
        }
    }

    /// Puts back a closed case that can still be taken back.
    pub fn put_back(&mut self, case: Case) {
        self.put(case);
    }

    /// Takes over what changed about a closed case: whether reviewers are measured by it, and what
    /// its verdict became.
    pub fn keep_closed(&mut self, case: Case) {
        if self.entries.contains_key(&case.id) {
            self.put(case.clone());
        }
        match case.is_golden {
            true => self.golden.insert(case.id, case),
            false => self.golden.remove(&case.id),
        };
    }

    /// Puts `case` in place of what it was: somebody was erased from it.
    pub fn replace(&mut self, case: Case) {
        if self.golden.contains_key(&case.id) {
            self.golden.insert(case.id, case.clone());
        }
        if self.entries.contains_key(&case.id) {
            self.put(case);
        }
    }

    /// Takes away cases of which nothing is left, and what is remembered of `subjects`.
    pub fn forget(&mut self, cases: &[u64], subjects: &[Subject]) {
        for id in cases {
            self.remove(*id);
            self.golden.remove(id);
        }
        self.repeats.erase(&subjects.iter().collect());
        for colleague in subjects.iter().filter(|subject| subject.kind() == "staff") {
            self.exposures.remove(colleague.id());
        }
    }

    /// The case with that number, if anything is remembered of it: an open one, one that can still be
    /// taken back, or one by which reviewers are measured.
    #[must_use]
    pub fn known(&self, id: u64) -> Option<&Case> {
        self.case(id).or_else(|| self.golden.get(&id))
    }

    /// What somebody was exposed to.
    #[must_use]
    pub fn exposure(&self, person: &str) -> Option<&Exposure> {
        self.exposures.get(person)
    }

    /// Puts back what somebody was exposed to.
    pub fn restore_exposure(&mut self, person: &str, exposure: Exposure) {
        self.exposures.insert(person.to_owned(), exposure);
    }

    /// The number of the next case, at least.
    pub fn number_from(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// How many cases are open.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.entries.len()
    }

    /// The open case with that number, or one closed so lately that it can be taken back.
    #[must_use]
    pub fn case(&self, id: u64) -> Option<&Case> {
        self.entries.get(&id).map(|entry| &entry.case)
    }

    /// The open case about `subject` that more of the same joins.
    #[must_use]
    pub fn about(&self, subject: &Subject) -> Option<u64> {
        self.subjects.get(subject).copied()
    }

    /// What becomes of cases.
    #[must_use]
    pub const fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// The present priority of `case`.
    #[must_use]
    pub fn priority(&self, case: &Case) -> f64 {
        self.weights(case).priority()
    }

    /// What its place in the order is made of.
    #[must_use]
    pub fn weights(&self, case: &Case) -> Weights {
        rescore::weights(&self.outcomes, self.watermark_ms, case)
    }

    /// Whether `case` weighs on people who see it.
    #[must_use]
    pub const fn is_severe(&self, case: &Case) -> bool {
        case.severity >= self.settings.severe_from
    }

    /// Opens `case`; returns its number.
    pub(crate) fn open(&mut self, mut case: Case) -> u64 {
        case.id = self.next;
        self.next += 1;
        let id = case.id;
        self.put(case);
        id
    }

    pub(crate) fn is_restricted(&self, policy: &str) -> bool {
        self.settings.restricted.iter().any(|prefix| is_under(policy, prefix))
    }

    /// Puts `case` where it belongs, in place of what it was before.
    pub(crate) fn put(&mut self, mut case: Case) {
        self.remove(case.id);
        let verdict = case.verdict.as_ref().map(|verdict| verdict.policy.as_str());
        case.is_restricted |=
            self.is_restricted(&case.policy) || verdict.is_some_and(|of| self.is_restricted(of));
        let queue = route(&self.settings.queues, &case);
        case.queue = self.settings.queues.get(queue).map_or_else(String::new, |q| q.name.clone());
        let place = self.place(queue, &case);
        let alarm = tick::alarm(&case);
        self.link(&case, &place, alarm);
        self.entries.insert(case.id, Box::new(Entry { case, place, alarm }));
    }

    fn place(&self, queue: usize, case: &Case) -> Place {
        if let State::Held { by, .. } = &case.state {
            return Place::Held(by.clone());
        }
        if case.is_closed() {
            return Place::Nowhere;
        }
        if let Some(person) = &case.reserved_for {
            return Place::Reserved(person.clone());
        }
        let bin = (queue, case.language_code(), self.is_severe(case), case.is_restricted);
        match case.lane {
            Lane::General => Place::Ranked(bin, rank(self.priority(case))),
            lane => Place::Clocked(bin, lane, case.due_ms.unwrap_or(case.opened_ms)),
        }
    }

    fn link(&mut self, case: &Case, place: &Place, alarm: Option<i64>) {
        let id = case.id;
        match place {
            Place::Clocked(bin, lane, due_ms) => {
                let bin = self.bins.entry(bin.clone()).or_default();
                bin.clocked.insert((*lane, *due_ms, id));
                bin.oldest.insert((case.opened_ms, id));
            }
            Place::Ranked(bin, rank) => {
                let bin = self.bins.entry(bin.clone()).or_default();
                bin.ranked.insert((Reverse(*rank), id));
                bin.oldest.insert((case.opened_ms, id));
            }
            Place::Reserved(person) => {
                self.reserved.entry(person.clone()).or_default().insert(id);
            }
            Place::Held(person) => {
                self.held.entry(person.clone()).or_default().insert(id);
            }
            Place::Nowhere => {}
        }
        self.alarms.extend(alarm.map(|at| (at, id)));
        self.repeats.link(case);
        if case.kind.is_joined() && !case.is_closed() {
            for member in &case.members {
                // Another open case about it stays the one that is joined.
                self.subjects.entry(member.subject.clone()).or_insert(id);
            }
            if let Some(cluster) = cluster_key(case).filter(|_| case.members.len() < MEMBERS_MAX) {
                self.clusters.entry(cluster).or_insert(id);
            }
        }
    }

    /// Takes a case away; returns it.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Case> {
        let Entry { case, place, alarm } = *self.entries.remove(&id)?;
        let bin = match &place {
            Place::Clocked(key, ..) | Place::Ranked(key, _) => self.bins.get_mut(key),
            _ => None,
        };
        if let Some(bin) = bin {
            match &place {
                Place::Clocked(_, lane, due_ms) => bin.clocked.remove(&(*lane, *due_ms, id)),
                Place::Ranked(_, rank) => bin.ranked.remove(&(Reverse(*rank), id)),
                _ => false,
            };
            bin.oldest.remove(&(case.opened_ms, id));
        }
        let persons = match &place {
            Place::Reserved(person) => Some((&mut self.reserved, person)),
            Place::Held(person) => Some((&mut self.held, person)),
            _ => None,
        };
        if let Some((persons, person)) = persons
            && let Some(cases) = persons.get_mut(person)
        {
            cases.remove(&id);
            if cases.is_empty() {
                persons.remove(person);
            }
        }
        if let Some(at) = alarm {
            self.alarms.remove(&(at, id));
        }
        self.repeats.unlink(&case);
        for member in &case.members {
            if self.subjects.get(&member.subject) == Some(&id) {
                self.subjects.remove(&member.subject);
            }
        }
        if let Some(cluster) = cluster_key(&case)
            && self.clusters.get(&cluster) == Some(&id)
        {
            self.clusters.remove(&cluster);
        }
        Some(case)
    }

    /// What waits, by queue and language.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        let mut counts: BTreeMap<(usize, &str), Count> = BTreeMap::new();
        for ((queue, language, ..), bin) in &self.bins {
            let name = self.settings.queues.get(*queue).map_or("", |queue| &queue.name);
            let count = counts.entry((*queue, language)).or_insert_with(|| Count {
                queue: name.to_owned(),
                language: language.clone(),
                lanes: [0; 6],
                oldest_ms: None,
            });
            for (lane, ..) in &bin.clocked {
                count.lanes[*lane as usize] += 1;
            }
            count.lanes[Lane::General as usize] += bin.ranked.len() as u64;
            let oldest = bin.oldest.first().map(|(opened, _)| *opened);
            count.oldest_ms = [count.oldest_ms, oldest].into_iter().flatten().min();
        }
        counts.into_values().filter(|count| count.oldest_ms.is_some()).collect()
    }

    /// The open cases that somebody holds, that were passed to them, or about which they are asked.
    #[must_use]
    pub fn of(&self, person: &str) -> Vec<&Case> {
        let held = self.held.get(person).into_iter().flatten();
        let reserved = self.reserved.get(person).into_iter().flatten();
        held.chain(reserved).filter_map(|id| self.case(*id)).collect()
    }

    /// How many cases somebody works on.
    #[must_use]
    pub fn held_count(&self) -> u64 {
        self.held.values().map(|cases| cases.len() as u64).sum()
    }

    /// Held cases about which somebody is asked and has not answered.
    #[must_use]
    pub fn asked(&self, person: &str) -> Vec<&Case> {
        let held = self.held.values().flatten().filter_map(|id| self.case(*id));
        let is_asked = |case: &&Case| {
            let asked = case.asked.as_ref();
            asked.is_some_and(|asked| asked.to == person && asked.answer.is_none())
        };
        held.filter(is_asked).collect()
    }

    /// All open cases, in no order.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.entries.values().map(|entry| &entry.case)
    }

    /// Whether a closed case can still be taken back at `now_ms`.
    #[must_use]
    pub fn can_undo(case: &Case, now_ms: i64) -> bool {
        matches!(case.state, State::Closed { at_ms, .. } if now_ms - at_ms <= UNDO_MS)
    }
}

/// What near-duplicates under one policy have in common.
pub(crate) fn cluster_key(case: &Case) -> Option<String> {
    case.cluster.as_ref().map(|cluster| format!("{cluster} {}", case.policy))
}
