//! The pending messages of one receiver: which may be sent now, and which must wait for an earlier
//! one about the same subject. Pure: time is an argument.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use store::{OutboxRow, Progress, Undelivered};
use tokio::time::Instant;

/// The most fresh messages held at a time.
pub(crate) const FRESH_MAX: usize = 1024;

/// The most messages left behind that are held; beyond it, the receiver gets nothing new.
pub(crate) const BEHIND_MAX: usize = 10_000;

/// A pending message.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) subject: String,
    /// `None` if it has to be read again, or was erased.
    pub(crate) message: Option<Vec<u8>>,
    pub(crate) attempts: u32,
    pub(crate) since_ms: i64,
    pub(crate) due: Instant,
    pub(crate) is_flying: bool,
    /// Whether the store lists it as left behind.
    pub(crate) is_behind: bool,
}

/// Pending messages in order, with those that block others about the same subject.
#[derive(Debug, Default)]
pub(crate) struct Window {
    items: BTreeMap<u64, Item>,
    subjects: HashMap<String, BTreeSet<u64>>,
    behind: usize,
    /// The place of the next message to read.
    pub(crate) next: u64,
    /// The progress to be written to the store.
    pub(crate) progress: Progress,
    pub(crate) is_dirty: bool,
}

impl Window {
    pub(crate) fn new(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    /// How many more messages can be read.
    pub(crate) fn room(&self) -> usize {
        let fresh = self.items.len() - self.behind;
        if self.behind >= BEHIND_MAX { 0 } else { FRESH_MAX.saturating_sub(fresh) }
    }

    pub(crate) fn holds(&self, seq: u64) -> bool {
        self.items.contains_key(&seq)
    }

    pub(crate) fn flying(&self) -> usize {
        self.items.values().filter(|item| item.is_flying).count()
    }

    /// Adds a fresh message. If an earlier one about its subject was left behind, this one is too,
    /// so that the cursor can move on.
    pub(crate) fn take(&mut self, row: OutboxRow, now: Instant, now_ms: i64) {
        self.next = row.seq + 1;
        self.is_dirty = true;
        let subject = row.subject.unwrap_or_default();
        let is_blocked = self
            .subjects
            .get(&subject)
            .is_some_and(|queue| queue.first().is_some_and(|first| self.items[first].is_behind));
        let item = Item {
            subject,
            message: row.message,
            attempts: 0,
            since_ms: now_ms,
            due: now,
            is_flying: false,
            is_behind: false,
        };
        self.insert(row.seq, item);
        if is_blocked {
            self.leave_behind(
                row.seq,
                "waits for an earlier message about the same subject",
                now_ms,
            );
        }
    }

    /// Adds a message that was left behind earlier.
    pub(crate) fn take_behind(&mut self, left: &Undelivered, due: Instant) {
        self.behind += 1;
        let item = Item {
            subject: left.subject.clone(),
            message: None,
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
    pub(crate) fn ready(&self, now: Instant, limit: usize) -> Vec<u64> {
        let is_ready = |(seq, item): &(&u64, &Item)| {
            !item.is_flying && item.due <= now && self.is_first(**seq, &item.subject)
        };
        self.items.iter().filter(is_ready).take(limit).map(|(seq, _)| *seq).collect()
    }

    /// When the next message becomes ready that waits only for time.
    pub(crate) fn next_due(&self) -> Option<Instant> {
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

    /// Marks a message as in flight and returns it.
    pub(crate) fn fly(&mut self, seq: u64) -> Option<Item> {
        let item = self.items.get_mut(&seq)?;
        item.is_flying = true;
        Some(item.clone())
    }

    /// Records that the message was delivered.
    pub(crate) fn delivered(&mut self, seq: u64) {
        self.progress.delivered += 1;
        if let Some(item) = self.remove(seq)
            && item.is_behind
        {
            self.progress.settled.push(seq);
        }
    }

    /// Retries the message at `due`, without counting a failure.
    pub(crate) fn postpone(&mut self, seq: u64, due: Instant) {
        if let Some(item) = self.items.get_mut(&seq) {
            item.is_flying = false;
            item.due = due;
        }
    }

    /// Records that the message failed: it is retried after `wait`, or never if there is none.
    pub(crate) fn failed(
        &mut self,
        seq: u64,
        error: &str,
        (wait, now): (Option<std::time::Duration>, Instant),
        now_ms: i64,
    ) {
        let Some(item) = self.items.get_mut(&seq) else { return };
        item.attempts += 1;
        item.is_flying = false;
        item.due = now + wait.unwrap_or_default();
        let wait_ms = i64::try_from(wait.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
        self.leave_behind(seq, error, now_ms.saturating_add(wait_ms));
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
        // It is read again when it is due.
        item.message = None;
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
    use std::time::Duration;

    use super::*;

    fn row(seq: u64, subject: &str) -> OutboxRow {
        let subject = Some(subject.to_owned());
        OutboxRow { seq, subject, message: Some(b"{}".to_vec()) }
    }

    /// A window with messages about these subjects, numbered from 10 on.
    fn window(subjects: &[&str]) -> (Window, Instant) {
        let (mut window, now) = (Window::new(10), Instant::now());
        for (seq, subject) in (10..).zip(subjects) {
            window.take(row(seq, subject), now, 1000);
        }
        (window, now)
    }

    #[test]
    fn one_message_of_a_subject_flies_at_a_time() {
        let (mut window, now) = window(&["a", "a", "b"]);
        assert_eq!(window.ready(now, 9), [10, 12]);
        window.fly(10);
        assert_eq!(window.ready(now, 9), [12], "what follows waits until it is settled");
        window.delivered(10);
        assert_eq!(window.ready(now, 9), [11, 12]);
    }

    #[test]
    fn the_cursor_stops_at_what_is_neither_delivered_nor_left_behind() {
        let (mut window, now) = window(&["a", "b", "c"]);
        window.delivered(10);
        window.delivered(12);
        assert_eq!(window.take_progress().cursor, 11);
        window.failed(11, "answered 400", (Some(Duration::from_secs(5)), now), 1000);
        let progress = window.take_progress();
        assert_eq!((progress.cursor, progress.behind.len()), (13, 1));
        assert_eq!((progress.behind[0].attempts, progress.behind[0].due_ms), (1, 6000));
        assert_eq!(window.ready(now, 9), [0; 0], "it waits for its time");
        assert_eq!(window.ready(now + Duration::from_secs(5), 9), [11]);
    }

    #[test]
    fn what_follows_a_message_left_behind_is_left_behind_as_well() {
        let (mut window, now) = window(&["a"]);
        window.failed(10, "answered 400", (Some(Duration::from_secs(5)), now), 1000);
        window.take(row(11, "a"), now, 1000);
        window.take(row(12, "b"), now, 1000);
        let progress = window.take_progress();
        assert_eq!(progress.cursor, 12);
        assert_eq!(progress.behind.iter().map(|left| left.seq).collect::<Vec<_>>(), [10, 11]);
        assert_eq!(window.ready(now, 9), [12]);
        // When the first is given up, the second is sent.
        window.failed(10, "answered 400", (None, now), 1000);
        let progress = window.take_progress();
        assert!(progress.behind[0].is_dead);
        assert_eq!(window.ready(now, 9), [11, 12]);
    }

    #[test]
    fn a_receiver_that_takes_nothing_gets_nothing_new() {
        let (mut window, now) = (Window::new(0), Instant::now());
        assert_eq!(window.room(), FRESH_MAX);
        for seq in 0..FRESH_MAX as u64 {
            window.take(row(seq, &seq.to_string()), now, 0);
        }
        assert_eq!(window.room(), 0);
    }
}
