//! Circuit breakers: watch how much each rule does, and name those to pause.
//!
//! They are not part of judging. A trip becomes an event, `rule.paused`, which is judged, recorded
//! and remembered like any other, so that a replay pauses at the same place without watching.

use std::collections::VecDeque;

use decide::Program;
use types::{Data, Decision, Event, EventType, Subject, data};

/// The fewest events in a minute of which a share is computed.
const TRIED_MIN: u32 = 1000;

const MINUTE_MS: i64 = 60_000;

/// The longest name of a rule in ids of events about it; longer names are replaced by digests.
const RULE_BYTES_MAX: usize = 128;

/// The most minutes counted at a time: events come late, or from clocks that run ahead.
const MINUTES_MAX: usize = 128;

/// The counts by which circuit breakers trip.
#[derive(Debug, Default)]
pub(crate) struct Breakers {
    /// The minutes with events; that of the last event is in front.
    minutes: VecDeque<Minute>,
}

/// The counts for one minute of event time.
#[derive(Debug)]
struct Minute {
    number: i64,
    /// Events by type.
    tried: [u32; EventType::ALL.len()],
    /// Decisions with effect, by rule.
    acted: Vec<u32>,
}

/// A rule to pause.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trip {
    pub(crate) rule: String,
    pub(crate) why: String,
}

impl Breakers {
    /// Counts the decision on an event; returns the rules that did too much.
    pub(crate) fn watch(
        &mut self,
        program: &Program,
        event: &Event,
        decision: Option<&Decision>,
    ) -> Vec<Trip> {
        let number = event.time.as_millisecond().div_euclid(MINUTE_MS);
        let at = self.minutes.iter().position(|minute| minute.number == number);
        let mut minute = at.and_then(|at| self.minutes.remove(at)).unwrap_or_else(|| {
            let acted = vec![0; program.rules.len()];
            Minute { number, tried: Default::default(), acted }
        });
        minute.tried[event.kind as usize] += 1;
        let acting = decision.into_iter().flat_map(|decision| &decision.reasons);
        let acting = acting.filter(|reason| !reason.shadow && !reason.effects.is_empty());
        let trips = acting.filter_map(|reason| minute.count(program, &reason.rule)).collect();
        self.minutes.push_front(minute);
        self.minutes.truncate(MINUTES_MAX);
        trips
    }

    /// Starts counting anew: for other rules, and when a rule is resumed.
    pub(crate) fn reset(&mut self) {
        self.minutes.clear();
    }
}

impl Minute {
    fn count(&mut self, program: &Program, rule: &str) -> Option<Trip> {
        let number = program.rules.iter().position(|known| known.id == rule)?;
        self.acted[number] += 1;
        let (acted, rule) = (self.acted[number], &program.rules[number]);
        let trip = |why| Some(Trip { rule: rule.id.clone(), why });
        if let Some(most) = rule.breaker.actions_per_minute.filter(|most| acted > *most) {
            return trip(format!("more than {most} actions in a minute"));
        }
        let percent = u64::from(rule.breaker.share_percent?);
        let types = EventType::ALL.iter().filter(|kind| program.is_tried_on(number, **kind));
        let tried: u32 = types.map(|kind| self.tried[*kind as usize]).sum();
        let is_over = u64::from(acted) * 100 > percent * u64::from(tried);
        if tried < TRIED_MIN || !is_over {
            return None;
        }
        trip(format!("acted on more than {percent} % of the events that it was tried on"))
    }
}

/// The event that pauses a rule because of the decision on `cause`.
pub(crate) fn paused(trip: Trip, cause: &Event) -> Event {
    let rule = data::Rule { id: trip.rule, reason: Some(trip.why), by: None };
    let mut event = about_rule(EventType::RulePaused, rule, cause.time);
    event.id = format!("{}-{}", event.id, cause.key().hex());
    event
}

/// The name of a rule, or the digest of a long one: the length of event ids is limited.
fn short(rule: &str) -> String {
    if rule.len() <= RULE_BYTES_MAX {
        return rule.to_owned();
    }
    types::EventKey::new("", rule).hex()
}

/// An event about a rule, with Probity itself as the source.
pub(crate) fn about_rule(kind: EventType, rule: data::Rule, at: jiff::Timestamp) -> Event {
    Event {
        id: format!("{}-{}-{}", kind.name(), short(&rule.id), at.as_millisecond()),
        source: types::event::OURSELVES.to_owned(),
        kind,
        time: at,
        subject: Some(Subject::new("rule", &rule.id)),
        data: Data { rule: Some(rule.into()), ..Data::default() },
    }
}
