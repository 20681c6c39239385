//! How events change the review queue: they open cases, join them, and move them by views and
//! flags.

use types::{EventType, Trait};

use crate::case::{Case, Kind};
use crate::opened::{EventInContext, MEMBERS_MAX, asks, join, opened};
use crate::review_queue::{ReviewQueue, cluster_key};

impl ReviewQueue {
    /// Processes an event; returns the case that it opened or joined.
    pub fn see(&mut self, told: &EventInContext<'_>) -> Option<u64> {
        let event = told.event;
        self.watermark_ms = self.watermark_ms.max(event.time.as_millisecond());
        let kind = match event.kind {
            EventType::NoticeReceived => Kind::Notice,
            EventType::OrderReceived => Kind::Order,
            EventType::AppealReceived => Kind::Appeal,
            EventType::CaseChanged => return None,
            kind => {
                self.recount(told, kind);
                if !told.decision.is_some_and(asks) {
                    return None;
                }
                Kind::Review
            }
        };
        let mut case = opened(told, kind);
        let reasons = told.decision.map(|decision| decision.reasons.as_slice()).unwrap_or_default();
        case.is_restricted = reasons.iter().any(|reason| self.is_restricted(&reason.policy));
        let joined = kind.is_joined().then(|| self.joins(&case)).flatten();
        Some(match joined.and_then(|id| self.remove(id)) {
            Some(before) => {
                let id = before.id;
                self.put(join(before, case));
                id
            }
            None if self.repeats.is_answered(&case, event, told.now_ms) => return None,
            None => {
                self.repeats.gather(&mut case);
                self.open(case)
            }
        })
    }

    /// The open case that `case` joins.
    fn joins(&self, case: &Case) -> Option<u64> {
        let same = case.subject().and_then(|subject| self.about(subject));
        same.or_else(|| self.repeats.joins(case)).or_else(|| {
            let id = *self.clusters.get(&cluster_key(case)?)?;
            let open = self.case(id)?;
            let is_same = open.policy == case.policy && open.members.len() < MEMBERS_MAX;
            (is_same && case.kind == Kind::Review).then_some(id)
        })
    }

    /// Counts views and flags of a subject with an open case, which moves the case.
    fn recount(&mut self, told: &EventInContext<'_>, kind: EventType) {
        if self.subjects.is_empty() || !kind.is(Trait::Counts) {
            return;
        }
        let Some(id) = self.about(&told.event.about()) else { return };
        let Some(mut case) = self.remove(id) else { return };
        if let Some(views) = &told.event.data.views {
            let is_flood = case.is_flood();
            let since = if is_flood { 0 } else { views.total.saturating_sub(case.views) };
            let added = views.added.unwrap_or(since);
            case.views = match is_flood {
                true => case.views.saturating_add(added),
                false => case.views.max(views.total),
            };
            case.rate.add(added, told.event.time.as_millisecond());
        }
        case.flags += u32::from(kind == EventType::FlagRaised);
        self.put(case);
        self.moved.insert(id);
    }

    /// Cases whose views or flags were counted, to be stored; at most `count`.
    pub fn moved(&mut self, count: usize) -> Vec<u64> {
        let (before, after) =
            (self.moved.range(..self.moved_until), self.moved.range(self.moved_until..));
        let some: Vec<u64> = after.chain(before).take(count).copied().collect();
        self.moved_until = some.last().map_or(0, |last| last + 1);
        for id in &some {
            self.moved.remove(id);
        }
        some
    }
}
