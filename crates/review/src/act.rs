//! Actions in the review queue with their consequences: the events to log, the cases to open.

use crate::case::{Case, CaseId, Kind, Lane, State, Step};
use crate::claim::May;
use crate::command::{Acting, Command, Refused, apply};
use crate::review_queue::ReviewQueue;
use crate::reviewer::Reviewer;
use crate::sampling::is_picked;
use crate::telling::{Telling, told};
use crate::wellbeing::Exposure;

/// The name under which orders are carried out automatically; no staff account has it.
pub const AUTOMATIC: &str = "probity";

/// A request to the review queue.
#[derive(Clone, Debug)]
pub struct Request {
    /// The case; `None`: the next one.
    pub case: Option<CaseId>,
    /// The reviewer.
    pub reviewer: Reviewer,
    /// The command.
    pub command: Command,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

/// The result of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Acted {
    /// The case.
    pub case: u64,
    /// Events to be written to the log.
    pub tellings: Vec<Telling>,
    /// Other cases that changed.
    pub others: Vec<u64>,
}

/// What a request would do. Nothing has changed yet except whose turn it is.
#[derive(Clone, Debug)]
pub struct Considered {
    before: Case,
    after: Case,
    others: Vec<u64>,
    /// Events that will have to be written to the log.
    pub tellings: Vec<Telling>,
}

impl ReviewQueue {
    /// Carries out a request at once, where nothing has to be read in between.
    ///
    /// # Errors
    ///
    /// The reason for the refusal.
    pub fn act(&mut self, request: &Request) -> Result<Acted, Refused> {
        let considered = self.consider(request)?;
        Ok(self.settle(request, considered))
    }

    /// What `request` would do; [`ReviewQueue::settle`] carries it out. Data from elsewhere is read
    /// in between, so that a failed read leaves the case unchanged.
    ///
    /// # Errors
    ///
    /// The reason for the refusal.
    pub fn consider(&mut self, request: &Request) -> Result<Considered, Refused> {
        let Request { reviewer, command, now_ms, .. } = request;
        let (may, rest) = self.may(reviewer, *now_ms);
        let mut others = Vec::new();
        let id = match (request.case, &rest) {
            (Some(case), _) => case.0,
            // A removal order is due within the hour, even during a break.
            (None, Some(rest)) if !self.held.contains_key(&reviewer.name) => {
                self.next_removal(reviewer).ok_or_else(|| rest.clone())?
            }
            (None, _) => {
                others.extend(self.golden_for(reviewer, *now_ms));
                let is_free = !self.held.contains_key(&reviewer.name);
                let removal = may.not_severe.then(|| self.next_removal(reviewer)).flatten();
                match removal.filter(|_| is_free) {
                    Some(removal) => removal,
                    None => self.next(reviewer, may)?,
                }
            }
        };
        let before = self.case(id).ok_or(Refused::NotFound)?;
        if reviewer.is_named_by_key && before.kind.needs_a_second_person() {
            let why = "somebody who is signed in judges this; a key cannot name them";
            return Err(Refused::WrongPerson(why.to_owned()));
        }
        if *command == Command::Claim && before.holder() != Some(&reviewer.name) {
            self.may_claim(before, reviewer, may)?;
            if let Some(rest) = rest.filter(|_| before.lane != Lane::Removal) {
                return Err(rest);
            }
        }
        let acting =
            Acting { by: &reviewer.name, now_ms: *now_ms, lease_ms: self.settings.lease_ms };
        let after = apply(before, command, acting)?;
        let tellings = told(before, &after, command);
        Ok(Considered { before: before.clone(), after, others, tellings })
    }

    /// Carries out what was considered for `request`; nothing else may be done in between.
    pub fn settle(&mut self, request: &Request, considered: Considered) -> Acted {
        let Request { reviewer, command, now_ms, .. } = request;
        let Considered { before, mut after, others, tellings } = considered;
        if *command == Command::Undo {
            self.outcomes.unlearn(&before);
            self.repeats.unlearn(&before);
        }
        self.cared(&before, &after, &reviewer.name, *now_ms);
        if matches!(command, Command::Close { .. }) {
            self.outcomes.learn(&after);
            self.repeats.learn(&after, *now_ms);
        }
        after.let_go(*now_ms);
        let case = after.id;
        self.put(after);
        Acted { case, tellings, others }
    }

    /// What the limits of care allow `reviewer` now.
    fn may(&self, reviewer: &Reviewer, now_ms: i64) -> (May, Option<Refused>) {
        if reviewer.name == AUTOMATIC {
            return (May::default(), None);
        }
        let new = Exposure::default();
        let exposure = self.exposures.get(&reviewer.name).unwrap_or(&new);
        let allowed = exposure.may(now_ms, &self.settings.limits);
        let why: Vec<&str> = allowed.why.iter().map(|barred| barred.sentence()).collect();
        let rest = (!allowed.any).then(|| Refused::Rest(why.join("; ")));
        (May { not_severe: !allowed.severe }, rest)
    }

    /// Records what a reviewer was exposed to.
    fn cared(&mut self, before: &Case, after: &Case, by: &str, now_ms: i64) {
        if by == AUTOMATIC {
            return;
        }
        let is_severe = self.is_severe(after);
        let exposure = self.exposures.entry(by.to_owned()).or_default();
        match (&before.state, &after.state) {
            (State::Held { by: was, .. }, State::Held { by: is, .. }) if was == is => {}
            (_, State::Held { .. }) => exposure.begin(now_ms, is_severe, &self.settings.limits),
            // A mild case that was only viewed does not end a row of severe ones.
            (State::Held { since_ms, .. }, _) if is_severe || after.is_closed() => {
                exposure.finish(now_ms, now_ms.saturating_sub(*since_ms), is_severe);
            }
            _ => {}
        }
    }

    /// Records the decisions made from the log events of a case.
    pub fn decided(&mut self, id: u64, decisions: Vec<(usize, String)>, is_undone: bool) {
        let Some(mut case) = self.remove(id) else { return };
        for (member, decision) in decisions {
            let Some(member) = case.members.get_mut(member) else { continue };
            if is_undone {
                // The restored decision is the one that a new verdict will replace.
                member.decisions = vec![decision];
                member.verdict = None;
            } else {
                member.verdict = Some(decision);
            }
        }
        self.put(case);
    }

    /// Records the decision made from the escalation of a case.
    pub fn escalated(&mut self, id: u64, decision: String) {
        let Some(mut case) = self.remove(id) else { return };
        case.escalation = Some(decision);
        self.put(case);
    }

    /// Records how long a reviewer was exposed to a case whose lease they let run out.
    pub(crate) fn expose(&mut self, case: &Case, now_ms: i64) {
        let is_severe = self.is_severe(case);
        if let State::Held { by, since_ms, until_ms } = &case.state
            && *until_ms <= now_ms
            && is_severe
            && let Some(exposure) = self.exposures.get_mut(by)
        {
            exposure.finish(now_ms, until_ms.saturating_sub(*since_ms), is_severe);
        }
    }

    /// Opens a case for a third person if a blind second review found something else.
    pub(crate) fn adjudicated(&mut self, closed: &Case, now_ms: i64) -> Option<u64> {
        let (State::Closed { by, .. }, Kind::SecondReview) = (&closed.state, closed.kind) else {
            return None;
        };
        let (first, second) = (closed.measured.as_ref()?, closed.verdict.as_ref()?);
        if first.finding == second.finding && first.policy == second.policy {
            return None;
        }
        let mut not_by = closed.not_by.clone();
        not_by.push(by.clone());
        let mut case = Case {
            kind: Kind::Adjudication,
            lane: closed.lane,
            not_by,
            opened_ms: now_ms,
            ..same(closed)
        };
        case.of = closed.of;
        case.step(opened(now_ms, "two reviewers found different things"));
        Some(self.open(case))
    }

    /// Opens a blind review of the same case by somebody else, to measure agreement, if it is
    /// picked.
    pub(crate) fn second_review(&mut self, closed: &Case, now_ms: i64) -> Option<u64> {
        let (State::Closed { by, .. }, Some(verdict)) = (&closed.state, &closed.verdict) else {
            return None;
        };
        let is_judged = matches!(closed.kind, Kind::Review | Kind::Notice);
        let name = closed.name().to_string();
        let rate = self.settings.second_reviews.rate(&verdict.policy);
        if !is_judged || !is_picked(&name, &self.settings.salt, rate) {
            return None;
        }
        let mut not_by = closed.not_by.clone();
        not_by.push(by.clone());
        let mut case = Case {
            kind: Kind::SecondReview,
            measured: Some(verdict.clone()),
            of: Some(closed.id),
            not_by,
            opened_ms: now_ms,
            ..same(closed)
        };
        for member in &mut case.members {
            // If a third person finds something else, that replaces this verdict.
            member.decisions.extend(member.verdict.take());
            member.standing.clone_from(&verdict.effects);
        }
        case.step(opened(now_ms, ""));
        Some(self.open(case))
    }

    /// Opens, at intervals, a case whose answer is known, for a reviewer who has not seen it.
    fn golden_for(&mut self, reviewer: &Reviewer, now_ms: i64) -> Option<u64> {
        let every = self.settings.golden_every;
        let has_work = self.own(reviewer).is_some();
        if every == 0 || has_work || !(self.turns + 1).is_multiple_of(every) {
            return None;
        }
        let suits = |case: &&Case| {
            reviewer.skills.reads(&case.language_code())
                && !reviewer.is_barred(case)
                && case.judge() != Some(&reviewer.name)
                && !self.is_severe(case)
        };
        let known = self.golden.values().find(suits)?;
        let mut case = Case {
            kind: Kind::Golden,
            measured: known.verdict.clone(),
            of: Some(known.id),
            reserved_for: Some(reviewer.name.clone()),
            reserved_until_ms: Some(now_ms + self.settings.lease_ms),
            opened_ms: now_ms,
            ..same(known)
        };
        for member in &mut case.members {
            member.verdict = None;
        }
        case.step(opened(now_ms, ""));
        let known = known.id;
        if let Some(known) = self.golden.get_mut(&known) {
            known.not_by.push(reviewer.name.clone());
        }
        self.turns += 1;
        Some(self.open(case))
    }
}

fn opened(at_ms: i64, note: &str) -> Step {
    Step { at_ms, what: "opened".to_owned(), note: note.to_owned(), ..Step::default() }
}

/// A new case about the same subjects.
fn same(case: &Case) -> Case {
    Case {
        members: case.members.clone(),
        policy: case.policy.clone(),
        severity: case.severity,
        rules: case.rules.clone(),
        language: case.language.clone(),
        country: case.country.clone(),
        medium: case.medium.clone(),
        views: case.views,
        rate: case.rate,
        flags: case.flags,
        is_silent: case.is_silent,
        is_restricted: case.is_restricted,
        ..Case::default()
    }
}

#[cfg(test)]
mod tests {
    use types::{Decision, Event};

    use super::*;
    use crate::case::{Finding, Verdict};
    use crate::opened::EventInContext;
    use crate::review_queue::Settings;
    use crate::reviewer::{Skills, Work};
    use crate::sampling::Rates;

    const MINUTE: i64 = 60_000;

    fn reviewer(name: &str) -> Reviewer {
        let works = vec![Work::Moderate, Work::Special];
        Reviewer { name: name.to_owned(), works, ..Reviewer::default() }
    }

    fn review_queue(second_reviews: f64, golden_every: u64) -> ReviewQueue {
        let second_reviews = Rates { default: second_reviews, ..Rates::default() };
        let settings =
            Settings { second_reviews, golden_every, oldest_every: 0, ..Settings::default() };
        ReviewQueue::new(settings)
    }

    fn see(review_queue: &mut ReviewQueue, content: &str, cluster: Option<&str>) -> u64 {
        let event = format!(
            r#"{{"specversion":"1.0","id":"{content}","source":"/p","type":"content.published",
            "time":"2024-06-01T00:00:00Z","data":{{"account":{{"id":"a"}},
            "content":{{"id":"{content}"}}}}}}"#
        );
        let event = Event::parse(event.as_bytes()).unwrap();
        let decision = serde_json::json!({
            "id": format!("d-{content}"), "time": event.time, "source": "/p", "event": content,
            "type": "content.published", "subject": event.about(), "policy": "spam.content",
            "dsa": {"category": "SCAMS_AND_FRAUD"}, "automation": "partially", "statement": "",
            "effects": [{"effect": "limit"}, {"effect": "review"}], "policies": "p",
            "reasons": [
                {"rule": "r", "policy": "spam.content", "effects": []},
                {"rule": "s", "policy": "minors.safety", "effects": []},
            ],
        });
        let decision: Decision = serde_json::from_value(decision).unwrap();
        review_queue
            .see(&EventInContext {
                event: &event,
                decision: Some(&decision),
                views: 0,
                flags: 0,
                published_ms: None,
                cluster,
                severity: 3,
                filing: None,
                now_ms: 0,
            })
            .unwrap()
    }

    fn act(
        review_queue: &mut ReviewQueue,
        who: &str,
        case: Option<u64>,
        command: Command,
    ) -> Acted {
        let (case, now_ms) = (case.map(CaseId), 0);
        review_queue.act(&Request { case, reviewer: reviewer(who), command, now_ms }).unwrap()
    }

    fn close(finding: Finding) -> Command {
        let effects = match finding {
            Finding::Violation => vec!["remove".to_owned()],
            Finding::NoViolation => vec![],
        };
        let policy = "spam.content".to_owned();
        Command::Close { verdict: Verdict { finding, policy, effects, ..Verdict::default() } }
    }

    #[test]
    fn one_verdict_covers_a_flood_of_the_same() {
        let mut review_queue = review_queue(0.0, 0);
        let first = see(&mut review_queue, "v-1", Some("k"));
        for number in 2..=50 {
            assert_eq!(see(&mut review_queue, &format!("v-{number}"), Some("k")), first);
        }
        let other = see(&mut review_queue, "v-99", Some("other"));
        assert_ne!(other, first);
        act(&mut review_queue, "ana", Some(first), Command::Claim);
        let told = act(&mut review_queue, "ana", Some(first), close(Finding::Violation)).tellings;
        assert_eq!(told.len(), 50);
        let last = told[49].said.as_ref().unwrap();
        assert_eq!((last.word, &last.supersedes[..]), ("violation", &["d-v-50".to_owned()][..]));
        // After the undo everything is as before: not recommended.
        let verdicts = (0..50).map(|member| (member, format!("verdict-{member}"))).collect();
        review_queue.decided(first, verdicts, false);
        let told = act(&mut review_queue, "ana", Some(first), Command::Undo).tellings;
        let back = told[7].said.as_ref().unwrap();
        assert_eq!((back.word, &back.effects[..]), ("undone", &["limit".to_owned()][..]));
        assert_eq!(back.supersedes, ["verdict-7"]);
        let first = told[0].said.as_ref().unwrap();
        assert!(first.struck && !back.struck, "the verdict was one strike, and is none any more");
    }

    #[test]
    fn where_a_blind_second_review_differs_a_third_person_decides() {
        let mut review_queue = review_queue(1.0, 0);
        let first = see(&mut review_queue, "v-1", None);
        act(&mut review_queue, "ana", Some(first), Command::Claim);
        act(&mut review_queue, "ana", Some(first), close(Finding::Violation));
        review_queue.decided(first, vec![(0, "verdict".to_owned())], false);
        assert_eq!(review_queue.tick(MINUTE, 10), [], "not while it can be taken back");
        let opened = review_queue.tick(2 * MINUTE, 10);
        let (second, _) = opened[0];
        let nothing = review_queue.next(&reviewer("ana"), May::default());
        assert_eq!(nothing, Err(Refused::Nothing), "the first reviewer does not judge it again");
        act(&mut review_queue, "ben", Some(second), Command::Claim);
        let told =
            act(&mut review_queue, "ben", Some(second), close(Finding::NoViolation)).tellings;
        assert!(told.iter().all(|told| told.said.is_none()), "it measures, and does nothing");
        let (third, _) = review_queue.tick(4 * MINUTE, 10)[0];
        let case = review_queue.case(third).unwrap();
        assert_eq!(
            (case.kind, &case.not_by[..]),
            (Kind::Adjudication, &["ana", "ben"].map(str::to_owned)[..])
        );
        act(&mut review_queue, "cleo", Some(third), Command::Claim);
        let told =
            act(&mut review_queue, "cleo", Some(third), close(Finding::NoViolation)).tellings;
        let said = told[0].said.as_ref().unwrap();
        assert_eq!(said.word, "no_violation");
        assert!(said.supersedes.contains(&"verdict".to_owned()));
    }

    #[test]
    fn a_golden_case_is_handed_out_once_and_let_go_without_a_trace() {
        let mut review_queue = review_queue(0.0, 2);
        let first = see(&mut review_queue, "v-1", None);
        act(&mut review_queue, "ana", Some(first), Command::Claim);
        act(&mut review_queue, "ana", Some(first), close(Finding::Violation));
        review_queue.tick(2 * MINUTE, 10);
        let known = Case { is_golden: true, ..closed_case() };
        review_queue.restore(known);
        for number in 10..20 {
            see(&mut review_queue, &format!("v-{number}"), None);
        }
        let skip = || Command::Skip { note: "not now".to_owned() };
        let kinds: Vec<Kind> = (0..6)
            .map(|_| {
                let case = act(&mut review_queue, "ben", None, Command::Claim).case;
                let kind = review_queue.case(case).unwrap().kind;
                act(&mut review_queue, "ben", Some(case), skip());
                kind
            })
            .collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Golden).count(), 1, "{kinds:?}");
        let open =
            review_queue.cases().filter(|case| case.kind == Kind::Golden && !case.is_closed());
        assert_eq!(open.count(), 0);
    }

    #[test]
    fn a_case_is_restricted_by_any_of_its_reasons_and_stays_so() {
        let mut review_queue = review_queue(0.0, 0);
        let open = see(&mut review_queue, "v-1", None);
        assert!(!review_queue.case(open).unwrap().is_restricted);
        review_queue.settings.restricted = vec!["minors".to_owned()];
        assert_eq!(see(&mut review_queue, "v-1", None), open);
        assert!(review_queue.case(open).unwrap().is_restricted, "what joins it restricts it");
        let other = see(&mut review_queue, "v-2", None);
        assert!(review_queue.case(other).unwrap().is_restricted, "named after spam");
        let cleared = Reviewer {
            skills: Skills { is_cleared: true, ..Skills::default() },
            ..reviewer("cleo")
        };
        let next = |review_queue: &mut ReviewQueue, reviewer: Reviewer| {
            review_queue.act(&Request { case: None, reviewer, command: Command::Claim, now_ms: 0 })
        };
        assert_eq!(next(&mut review_queue, reviewer("ana")).unwrap_err(), Refused::Nothing);
        assert!(next(&mut review_queue, cleared).is_ok());
    }

    fn closed_case() -> Case {
        let mut review_queue = review_queue(0.0, 0);
        let id = see(&mut review_queue, "known", None);
        act(&mut review_queue, "ana", Some(id), Command::Claim);
        act(&mut review_queue, "ana", Some(id), close(Finding::Violation));
        Case { id: 1000, ..review_queue.case(id).unwrap().clone() }
    }
}
