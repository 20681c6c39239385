//! The pending messages of one receiver: which may be sent now, and which must wait for an earlier
//! one about the same subject. Pure: time is an argument.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use store::{Progress, Undelivered};

/// A moment.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The time since some start; it never goes back.
    pub since: Duration,
    /// The wall clock, in milliseconds since 1970; it may jump.
    pub ms: i64,
}

/// How many messages are held.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Fresh messages.
    pub fresh: usize,
    /// Messages left behind; beyond it, the receiver gets nothing new.
    pub behind: usize,
    /// Messages in flight.
    pub flying: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { fresh: 1024, behind: 10_000, flying: 32 }
    }
}

/// A pending message. Its text is read when it is sent: it may be erased before that.
#[derive(Debug)]
struct Item {
    subject: String,
    attempts: u32,
    since_ms: i64,
    due: Duration,
    is_flying: bool,
    /// Whether the store lists it as left behind.
    is_behind: bool,
}

/// Pending messages in order, with those that block others about the same subject.
#[derive(Debug, Default)]
pub(crate) struct Window {
    limits: Limits,
    items: BTreeMap<u64, Item>,
    subjects: HashMap<String, BTreeSet<u64>>,
    behind: usize,
    /// Messages beyond the next one to read that were left behind and are delivered.
    ahead: BTreeSet<u64>,
    /// The place of the next message to read.
    pub(crate) next: u64,
    /// The progress to be written to the store.
    pub(crate) progress: Progress,
    pub(crate) is_dirty: bool,
}

impl Window {
    pub(crate) fn new(next: u64, limits: Limits) -> Self {
        Self { next, limits, ..Self::default() }
    }

    /// How many more messages can be read.
    pub(crate) fn room(&self) -> usize {
        let fresh = self.items.len() - self.behind;
        if self.room_behind() == 0 { 0 } else { self.limits.fresh.saturating_sub(fresh) }
    }

    /// How many more messages that were left behind can be held.
    pub(crate) fn room_behind(&self) -> usize {
        self.limits.behind.saturating_sub(self.behind)
    }

    pub(crate) fn holds(&self, seq: u64) -> bool {
        self.items.contains_key(&seq)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(crate) fn flying(&self) -> usize {
        self.items.values().filter(|item| item.is_flying).count()
    }

    /// Adds a fresh message. If an earlier one about its subject was left behind, this one is too,
    /// so that the cursor can move on.
    pub(crate) fn take(&mut self, (seq, subject): (u64, String), now: Moment) {
        self.next = seq + 1;
        self.is_dirty = true;
        if self.ahead.remove(&seq) {
            return;
        }
        let is_blocked = self
            .subjects
            .get(&subject)
            .is_some_and(|queue| queue.first().is_some_and(|first| self.items[first].is_behind));
        let item = Item {
            subject,
            attempts: 0,
            since_ms: now.ms,
            due: now.since,
            is_flying: false,
            is_behind: false,
        };
        self.insert(seq, item);
        if is_blocked {
            self.leave_behind(seq, "waits for an earlier message about the same subject", now.ms);
        }
    }

    /// Adds a message that was left behind earlier.
    pub(crate) fn take_behind(&mut self, left: &Undelivered, due: Duration) {
        self.behind += 1;
        let item = Item {
            subject: left.subject.clone(),
            attempts: left.attempts,
            since_ms: left.since_ms,
            due,
            is_flying: false,
            is_behind: true,
        };
        self.insert(left.seq, item);
    }

    fn insert(&mut self, seq: u64, item: Item) {
        if !item.subject.is_empty() {
            self.subjects.entry(item.subject.clone()).or_default().insert(seq);
        }
        self.items.insert(seq, item);
    }

    /// Messages that may be sent at `now`, the earliest first, at most `limit`.
    pub(crate) fn ready(&self, now: Duration, limit: usize) -> Vec<u64> {
        let is_ready = |(seq, item): &(&u64, &Item)| {
            !item.is_flying && item.due <= now && self.is_first(**seq, &item.subject)
        };
        self.items.iter().filter(is_ready).take(limit).map(|(seq, _)| *seq).collect()
    }

    /// When the next message becomes ready that waits only for time.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let waits =
            |(seq, item): &(&u64, &Item)| !item.is_flying && self.is_first(**seq, &item.subject);
        self.items.iter().filter(waits).map(|(_, item)| item.due).min()
    }

    fn is_first(&self, seq: u64, subject: &str) -> bool {
        self.subjects.get(subject).is_none_or(|queue| queue.first() == Some(&seq))
    }

    /// Number of failed attempts at a message.
    pub(crate) fn attempts(&self, seq: u64) -> u32 {
        self.items.get(&seq).map_or(0, |item| item.attempts)
    }

    /// Marks a message as in flight.
    pub(crate) fn fly(&mut self, seq: u64) {
        if let Some(item) = self.items.get_mut(&seq) {
            item.is_flying = true;
        }
    }

    /// Records that the message was delivered.
    pub(crate) fn delivered(&mut self, seq: u64) {
        self.progress.delivered += 1;
        if let Some(item) = self.remove(seq)
            && item.is_behind
        {
            self.progress.settled.push(seq);
            if seq >= self.next {
                self.ahead.insert(seq);
            }
        }
    }

    /// Retries the message at `due`, without counting a failure.
    pub(crate) fn postpone(&mut self, seq: u64, due: Duration) {
        if let Some(item) = self.items.get_mut(&seq) {
            item.is_flying = false;
            item.due = due;
        }
    }

    /// Records that the message failed: it is retried after `wait`, or never if there is none.
    pub(crate) fn failed(&mut self, seq: u64, error: &str, wait: Option<Duration>, now: Moment) {
        let Some(item) = self.items.get_mut(&seq) else { return };
        item.attempts += 1;
        item.is_flying = false;
        item.due = now.since + wait.unwrap_or_default();
        let wait_ms = i64::try_from(wait.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
        self.leave_behind(seq, error, now.ms.saturating_add(wait_ms));
        if wait.is_none() {
            if let Some(row) = self.progress.behind.last_mut() {
                row.is_dead = true;
            }
            self.remove(seq);
        }
    }

    fn leave_behind(&mut self, seq: u64, error: &str, due_ms: i64) {
        let Some(item) = self.items.get_mut(&seq) else { return };
        if !item.is_behind {
            item.is_behind = true;
            self.behind += 1;
        }
        self.is_dirty = true;
        self.progress.behind.push(Undelivered {
            receiver: String::new(),
            seq,
            subject: item.subject.clone(),
            attempts: item.attempts,
            due_ms,
            since_ms: item.since_ms,
            is_dead: false,
            error: error.to_owned(),
        });
    }

    fn remove(&mut self, seq: u64) -> Option<Item> {
        let item = self.items.remove(&seq)?;
        self.is_dirty = true;
        self.behind -= usize::from(item.is_behind);
        if let Some(queue) = self.subjects.get_mut(&item.subject) {
            queue.remove(&seq);
            if queue.is_empty() {
                self.subjects.remove(&item.subject);
            }
        }
        Some(item)
    }

    /// The progress to be written, with the place up to which everything is done or left behind.
    pub(crate) fn take_progress(&mut self) -> Progress {
        let fresh = self.items.iter().find(|(_, item)| !item.is_behind);
        let cursor = fresh.map_or(self.next, |(seq, _)| *seq);
        self.is_dirty = false;
        Progress { cursor, ..std::mem::take(&mut self.progress) }
    }

    /// Restores progress that could not be written.
    pub(crate) fn put_back(&mut self, progress: Progress) {
        self.is_dirty = true;
        let later = std::mem::replace(&mut self.progress, progress);
        self.progress.delivered += later.delivered;
        self.progress.behind.extend(later.behind);
        self.progress.settled.extend(later.settled);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment { since: Duration::from_secs(100), ms: 1000 };

    /// A window with messages about these subjects, numbered from 10 on.
    fn window(subjects: &[&str]) -> Window {
        let mut window = Window::new(10, Limits::default());
        for (seq, subject) in (10..).zip(subjects) {
            window.take((seq, (*subject).to_owned()), NOW);
        }
        window
    }

    #[test]
    fn one_message_of_a_subject_flies_at_a_time() {
        let mut window = window(&["a", "a", "b"]);
        assert_eq!(window.ready(NOW.since, 9), [10, 12]);
        window.fly(10);
        assert_eq!(window.ready(NOW.since, 9), [12], "what follows waits until it is settled");
        window.delivered(10);
        assert_eq!(window.ready(NOW.since, 9), [11, 12]);
    }

    #[test]
    fn the_cursor_stops_at_what_is_neither_delivered_nor_left_behind() {
        let mut window = window(&["a", "b", "c"]);
        window.delivered(10);
        window.delivered(12);
        assert_eq!(window.take_progress().cursor, 11);
        window.failed(11, "answered 400", Some(Duration::from_secs(5)), NOW);
        let progress = window.take_progress();
        assert_eq!((progress.cursor, progress.behind.len()), (13, 1));
        assert_eq!((progress.behind[0].attempts, progress.behind[0].due_ms), (1, 6000));
        assert_eq!(window.ready(NOW.since, 9), [0; 0], "it waits for its time");
        assert_eq!(window.ready(NOW.since + Duration::from_secs(5), 9), [11]);
    }

    #[test]
    fn what_follows_a_message_left_behind_is_left_behind_as_well() {
        let mut window = window(&["a"]);
        window.failed(10, "answered 400", Some(Duration::from_secs(5)), NOW);
        window.take((11, "a".to_owned()), NOW);
        window.take((12, "b".to_owned()), NOW);
        let progress = window.take_progress();
        assert_eq!(progress.cursor, 12);
        assert_eq!(progress.behind.iter().map(|left| left.seq).collect::<Vec<_>>(), [10, 11]);
        assert_eq!(window.ready(NOW.since, 9), [12]);
        // When the first is given up, the second is sent.
        window.failed(10, "answered 400", None, NOW);
        let progress = window.take_progress();
        assert!(progress.behind[0].is_dead);
        assert_eq!(window.ready(NOW.since, 9), [11, 12]);
    }

    #[test]
    fn a_receiver_that_takes_nothing_gets_nothing_new() {
        let limits = Limits::default();
        let mut window = Window::new(0, limits);
        assert_eq!(window.room(), limits.fresh);
        for seq in 0..limits.fresh as u64 {
            window.take((seq, seq.to_string()), NOW);
        }
        assert_eq!(window.room(), 0);
    }
}
