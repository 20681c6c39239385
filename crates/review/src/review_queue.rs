//! The review queue: all open cases, in the order in which they are to be reviewed.
//!
//! Cases are in bins by queue, language and severity, since these decide who may take them. Within
//! a bin they are sorted, so that the next case is found without reading the others.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use types::Subject;

use crate::case::{Case, Kind, Lane, State};
use crate::command::UNDO_MS;
use crate::opened::MEMBERS_MAX;
use crate::outcomes::Outcomes;
use crate::priority::{Weights, rank};
use crate::queue::{Queue, route};
use crate::repeats::Repeats;
use crate::reviewer::is_under;
use crate::sampling::Rates;
use crate::wellbeing::{Exposure, Limits};
use crate::{rescore, tick};

/// The settings of the review queue.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The queues, as [`Queue::all`] makes them.
    pub queues: Vec<Queue>,
    /// The length of a lease, in milliseconds.
    pub lease_ms: i64,
    /// The severity from which on a case is a burden to people who see it.
    pub severe_from: u8,
    /// Every N-th case is the oldest one: nothing starves, and labels do not all come from the top.
    pub oldest_every: u64,
    /// The share of closed cases that get a blind second review.
    pub second_reviews: Rates,
    /// A secret of the operator, so that nobody can predict which cases are reviewed again.
    pub salt: Vec<u8>,
    /// Every N-th case is one whose answer is known; 0 for none.
    pub golden_every: u64,
    /// The limits of care for one reviewer.
    pub limits: Limits,
    /// Policies, by the beginning of their names, whose cases only cleared reviewers may see.
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

/// The cases that wait in one queue, in one language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The queue.
    pub queue: String,
    /// ISO 639-1; empty if unknown.
    pub language: String,
    /// Number of cases by lane, in the order of [`Lane::ALL`].
    pub lanes: [u64; 6],
    /// When the oldest was opened, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

/// Queue, language, whether severe, whether restricted.
pub(crate) type BinKey = (usize, String, bool, bool);

/// Cases that the same people may take.
#[derive(Debug, Default)]
pub(crate) struct Bin {
    /// Cases in lanes, by lane and then by due time.
    pub(crate) clocked: BTreeSet<(Lane, i64, u64)>,
    /// The other cases, by priority.
    pub(crate) ranked: BTreeSet<(Reverse<u64>, u64)>,
    /// The same cases, by age.
    pub(crate) oldest: BTreeSet<(i64, u64)>,
}

/// The place of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum QueuePlace {
    Clocked(BinKey, Lane, i64),
    Ranked(BinKey, u64),
    Reserved(String),
    Held(String),
    Nowhere,
}

/// A case with its place.
#[derive(Debug)]
pub(crate) struct QueuedCase {
    pub(crate) case: Case,
    pub(crate) place: QueuePlace,
    alarm: Option<i64>,
}

/// All open cases, with what decides their order and who may take them.
#[derive(Debug, Default)]
pub struct ReviewQueue {
    pub(crate) settings: Settings,
    pub(crate) entries: BTreeMap<u64, Box<QueuedCase>>,
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
    /// Number of cases assigned so far.
    pub(crate) turns: u64,
    /// The latest event time: views fade by it.
    pub(crate) watermark_ms: i64,
    /// Where re-scoring continues.
    pub(crate) sweep: u64,
    /// Cases whose views or flags were counted and that have not yet been returned to be stored.
    pub(crate) moved: BTreeSet<u64>,
    /// Where storing them continues.
    pub(crate) moved_until: u64,
}

impl ReviewQueue {
    /// An empty review queue.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, next: 1, ..Self::default() }
    }

    /// Its settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Restores a stored case: an open one, or a closed one to learn from.
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

    /// Restores a closed case whose verdict can still be taken back.
    pub fn put_back(&mut self, case: Case) {
        self.put(case);
    }

    /// Updates a closed case: whether it measures reviewers, and the decisions made from its
    /// verdict.
    pub fn keep_closed(&mut self, case: Case) {
        if self.entries.contains_key(&case.id) {
            self.put(case.clone());
        }
        match case.is_golden {
            true => self.golden.insert(case.id, case),
            false => self.golden.remove(&case.id),
        };
    }

    /// Replaces a case after somebody was erased from it.
    pub fn replace(&mut self, case: Case) {
        if self.golden.contains_key(&case.id) {
            self.golden.insert(case.id, case.clone());
        }
        if self.entries.contains_key(&case.id) {
            self.put(case);
        }
    }

    /// Removes cases of which nothing is left, and everything remembered of `subjects`.
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

    /// The case with that number, if it is in memory: an open one, one whose verdict can still be
    /// taken back, or one that measures reviewers.
    #[must_use]
    pub fn known(&self, id: u64) -> Option<&Case> {
        self.case(id).or_else(|| self.golden.get(&id))
    }

    /// The recorded exposure of `person`.
    #[must_use]
    pub fn exposure(&self, person: &str) -> Option<&Exposure> {
        self.exposures.get(person)
    }

    /// Restores the recorded exposure of `person`.
    pub fn restore_exposure(&mut self, person: &str, exposure: Exposure) {
        self.exposures.insert(person.to_owned(), exposure);
    }

    /// Sets the least number of the next case.
    pub fn number_from(&mut self, next: u64) {
        self.next = self.next.max(next);
    }

    /// The number of open cases.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.entries.len()
    }

    /// The open case with that number, or one closed so recently that it can be taken back.
    #[must_use]
    pub fn case(&self, id: u64) -> Option<&Case> {
        self.entries.get(&id).map(|entry| &entry.case)
    }

    /// The open case about `subject` that similar events join.
    #[must_use]
    pub fn about(&self, subject: &Subject) -> Option<u64> {
        self.subjects.get(subject).copied()
    }

    /// The outcomes of closed cases.
    #[must_use]
    pub const fn outcomes(&self) -> &Outcomes {
        &self.outcomes
    }

    /// The current priority of `case`.
    #[must_use]
    pub fn priority(&self, case: &Case) -> f64 {
        self.weights(case).priority()
    }

    /// The components of its priority.
    #[must_use]
    pub fn weights(&self, case: &Case) -> Weights {
        rescore::weights(&self.outcomes, self.watermark_ms, case)
    }

    /// Whether `case` is a burden to people who see it.
    #[must_use]
    pub const fn is_severe(&self, case: &Case) -> bool {
        case.severity >= self.settings.severe_from
    }

    /// Opens `case` and returns its number.
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

    /// Puts `case` in its place, replacing its earlier version.
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
        self.entries.insert(case.id, Box::new(QueuedCase { case, place, alarm }));
    }

    fn place(&self, queue: usize, case: &Case) -> QueuePlace {
        if let State::Held { by, .. } = &case.state {
            return QueuePlace::Held(by.clone());
        }
        if case.is_closed() {
            return QueuePlace::Nowhere;
        }
        if let Some(person) = &case.reserved_for {
            return QueuePlace::Reserved(person.clone());
        }
        let bin = (queue, case.language_code(), self.is_severe(case), case.is_restricted);
        match case.lane {
            Lane::General => QueuePlace::Ranked(bin, rank(self.priority(case))),
            lane => QueuePlace::Clocked(bin, lane, case.due_ms.unwrap_or(case.opened_ms)),
        }
    }

    fn link(&mut self, case: &Case, place: &QueuePlace, alarm: Option<i64>) {
        let id = case.id;
        match place {
            QueuePlace::Clocked(bin, lane, due_ms) => {
                let bin = self.bins.entry(bin.clone()).or_default();
                bin.clocked.insert((*lane, *due_ms, id));
                bin.oldest.insert((case.opened_ms, id));
            }
            QueuePlace::Ranked(bin, rank) => {
                let bin = self.bins.entry(bin.clone()).or_default();
                bin.ranked.insert((Reverse(*rank), id));
                bin.oldest.insert((case.opened_ms, id));
            }
            QueuePlace::Reserved(person) => {
                self.reserved.entry(person.clone()).or_default().insert(id);
            }
            QueuePlace::Held(person) => {
                self.held.entry(person.clone()).or_default().insert(id);
            }
            QueuePlace::Nowhere => {}
        }
        self.alarms.extend(alarm.map(|at| (at, id)));
        self.repeats.link(case);
        if case.kind.is_joined() && !case.is_closed() {
            for member in &case.members {
                // If another open case is about it, that one continues to be joined.
                self.subjects.entry(member.subject.clone()).or_insert(id);
            }
            if let Some(cluster) = cluster_key(case).filter(|_| case.members.len() < MEMBERS_MAX) {
                self.clusters.entry(cluster).or_insert(id);
            }
        }
    }

    /// Removes a case and returns it.
    pub(crate) fn remove(&mut self, id: u64) -> Option<Case> {
        let QueuedCase { case, place, alarm } = *self.entries.remove(&id)?;
        let bin = match &place {
            QueuePlace::Clocked(key, ..) | QueuePlace::Ranked(key, _) => self.bins.get_mut(key),
            _ => None,
        };
        if let Some(bin) = bin {
            match &place {
                QueuePlace::Clocked(_, lane, due_ms) => bin.clocked.remove(&(*lane, *due_ms, id)),
                QueuePlace::Ranked(_, rank) => bin.ranked.remove(&(Reverse(*rank), id)),
                _ => false,
            };
            bin.oldest.remove(&(case.opened_ms, id));
        }
        let persons = match &place {
            QueuePlace::Reserved(person) => Some((&mut self.reserved, person)),
            QueuePlace::Held(person) => Some((&mut self.held, person)),
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

    /// The waiting cases, by queue and language.
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

    /// The open cases that `person` holds or that were passed to them.
    #[must_use]
    pub fn of(&self, person: &str) -> Vec<&Case> {
        let held = self.held.get(person).into_iter().flatten();
        let reserved = self.reserved.get(person).into_iter().flatten();
        held.chain(reserved).filter_map(|id| self.case(*id)).collect()
    }

    /// The number of cases that are held.
    #[must_use]
    pub fn held_count(&self) -> u64 {
        self.held.values().map(|cases| cases.len() as u64).sum()
    }

    /// Held cases with a question to `person` that is not answered yet.
    #[must_use]
    pub fn asked(&self, person: &str) -> Vec<&Case> {
        let held = self.held.values().flatten().filter_map(|id| self.case(*id));
        let is_asked = |case: &&Case| {
            let asked = case.asked.as_ref();
            asked.is_some_and(|asked| asked.to == person && asked.answer.is_none())
        };
        held.filter(is_asked).collect()
    }

    /// All open cases, in no particular order.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.entries.values().map(|entry| &entry.case)
    }

    /// Whether a closed case can still be taken back at `now_ms`.
    #[must_use]
    pub fn can_undo(case: &Case, now_ms: i64) -> bool {
        matches!(case.state, State::Closed { at_ms, .. } if now_ms - at_ms <= UNDO_MS)
    }
}

/// The key that near-duplicates under one policy have in common.
pub(crate) fn cluster_key(case: &Case) -> Option<String> {
    case.cluster.as_ref().map(|cluster| format!("{cluster} {}", case.policy))
}
