//! The promises so far: what is acknowledged must hold whatever happens next.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use review::{Case, Member, State};
use store::Store;
use types::{Event, EventKey, Subject};

/// Everything that was acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Model {
    /// Acknowledged events.
    events: BTreeSet<EventKey>,
    /// Events whose callers were told that nothing of them was kept.
    refused: BTreeSet<EventKey>,
    /// Orders that are carried out at once: each exists with its case closed, or not at all.
    pub(crate) at_once: Vec<String>,
    /// Cases, in the state that was acknowledged.
    cases: BTreeMap<u64, Case>,
    /// When each case is due, from the first look on. The key is number and opening time, since the
    /// number of a case that was lost before it was acknowledged is used again.
    due: BTreeMap<(u64, i64), i64>,
}

impl Model {
    /// Records that a case was acknowledged in its current state.
    pub(crate) fn case(&mut self, case: &Case) {
        self.cases.insert(case.id, case.clone());
    }

    /// Records that events were acknowledged.
    pub(crate) fn accepted(&mut self, events: &[Event]) {
        self.under_way(events);
        self.events.extend(events.iter().map(Event::key));
    }

    /// Records that events, which may have been refused before, were submitted again.
    pub(crate) fn under_way(&mut self, events: &[Event]) {
        for event in events {
            self.refused.remove(&event.key());
        }
    }

    /// Records that events were refused: what was not acknowledged before must not be there later.
    pub(crate) fn refused(&mut self, events: &[Event]) {
        let keys = events.iter().map(Event::key);
        self.refused.extend(keys.filter(|key| !self.events.contains(key)));
    }

    /// Drops the expectations about cases of erased subjects.
    pub(crate) fn erased(&mut self, subjects: &[String]) {
        let is_gone = |member: &Member| {
            let account = member.account.as_deref().map(|id| Subject::new("account", id).0);
            subjects.contains(&member.subject.0) || account.is_some_and(|id| subjects.contains(&id))
        };
        self.cases.retain(|_, case| !case.members.iter().any(is_gone));
    }

    /// Checks that no clock is extended: no case is due later than before.
    pub(crate) fn clocks<'a>(
        &mut self,
        cases: impl Iterator<Item = &'a Case>,
    ) -> Result<(), String> {
        for case in cases {
            let Some(due) = case.due_ms else { continue };
            let first = *self.due.entry((case.id, case.opened_ms)).or_insert(due);
            if due > first {
                return Err(format!("case c-{} was due at {first}, now at {due}", case.id));
            }
        }
        Ok(())
    }

    /// Checks that `case` could be claimed: nobody else held it on a running lease.
    pub(crate) fn claimed(&self, case: &Case) -> Result<(), String> {
        let Some(before) = self.cases.get(&case.id) else { return Ok(()) };
        match (&before.state, &case.state) {
            (State::Held { by, until_ms, .. }, State::Held { by: now, since_ms, .. })
                if by != now && until_ms > since_ms && before.changes + 1 == case.changes =>
            {
                Err(format!("case c-{} was {by}'s until {until_ms}, and went to {now}", case.id))
            }
            _ => Ok(()),
        }
    }

    /// Checks that everything acknowledged is in `store`, once. What is there from now on stays.
    pub(crate) async fn check(&mut self, store: &Store) -> Result<(), String> {
        let told = |error: store::Error| error.to_string();
        let size = store.size().await.map_err(told)?;
        let mut seen = HashSet::new();
        for row in store.log(0, size).await.map_err(told)? {
            if !seen.insert(row.key) {
                return Err(format!("the event at {} was taken twice", row.seq));
            }
        }
        if let Some(lost) = self.events.iter().find(|key| !seen.contains(key)) {
            return Err(format!("an acknowledged event is lost: {lost:?}"));
        }
        if let Some(late) = self.refused.iter().find(|key| seen.contains(key)) {
            return Err(format!("a refused event was taken later: {late:?}"));
        }
        self.events.extend(seen);
        for id in &self.at_once {
            let Some(order) = store.filing(id).await.map_err(told)? else { continue };
            let Some(case) = order.case else { return Err(format!("order {id} has no case")) };
            let Some(body) = store.case(case).await.map_err(told)? else { continue };
            let case: Case = serde_json::from_str(&body).map_err(|error| error.to_string())?;
            if !case.is_closed() {
                return Err(format!("order {id} is there, but not carried out"));
            }
        }
        for (id, known) in &self.cases {
            let body = store.case(*id).await.map_err(told)?;
            let body = body.ok_or_else(|| format!("the acknowledged case c-{id} is lost"))?;
            let kept: Case = serde_json::from_str(&body).map_err(|error| error.to_string())?;
            if kept.changes < known.changes {
                let (was, is) = (known.changes, kept.changes);
                return Err(format!("case c-{id} had {was} steps, and has {is}"));
            }
            let is_final = known.is_closed() && kept.changes == known.changes;
            if is_final && kept.verdict != known.verdict {
                return Err(format!("the verdict on c-{id} is another one"));
            }
        }
        Ok(())
    }
}
