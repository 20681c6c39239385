//! Keeps one matter one case. Posts of an account that come again and again under one policy become
//! one case about the account. A subject that was judged recently opens no new case for the same
//! reason.
//!
//! - Misses: an account that spreads its posts over policies; many accounts that act together.
//! - Wrongs: nobody by itself, since the reviewer sees every post of such a case.

use std::collections::{HashMap, HashSet, VecDeque};

use types::{Event, EventType, Subject, Trait};

use crate::case::{Case, Finding, Kind, Member};
use crate::opened::MEMBERS_MAX;

/// Up to this many open cases of one account under one policy are judged one by one; later ones
/// become one case about the account.
const APART_MAX: usize = 5;

/// How long a judged subject is not opened again for the same reason.
const JUDGED_MS: i64 = 24 * 3_600_000;

/// Open cases of one account under one policy.
#[derive(Debug, Default)]
struct OfAccount {
    apart: HashSet<u64>,
    together: Option<u64>,
}

/// A judged subject: when, for which rules, and whether nothing was wrong with it.
#[derive(Debug)]
struct Judged {
    at_ms: i64,
    rules: Vec<String>,
    is_fine: bool,
}

/// The open and the judged, by account and policy.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    accounts: HashMap<(String, String), OfAccount>,
    judged: HashMap<Subject, Judged>,
    by_age: VecDeque<(i64, Subject)>,
}

fn key(case: &Case) -> Option<(String, String)> {
    let is_open = case.kind == Kind::Review && !case.is_closed();
    let account = case.members.first()?.account.clone().filter(|_| is_open)?;
    Some((account, case.policy.clone()))
}

impl Repeats {
    /// Removes everything remembered of `subjects`.
    pub(crate) fn erase(&mut self, subjects: &HashSet<&Subject>) {
        let is_one = |subject: &Subject| subjects.contains(subject);
        self.accounts.retain(|(account, _), _| !is_one(&Subject::new("account", account)));
        self.judged.retain(|subject, _| !is_one(subject));
        self.by_age.retain(|(_, subject)| !is_one(subject));
    }

    /// Records an open case.
    pub(crate) fn link(&mut self, case: &Case) {
        let Some(key) = key(case) else { return };
        let of = self.accounts.entry(key).or_default();
        match case.is_flood() {
            true if case.members.len() < MEMBERS_MAX => of.together = Some(case.id),
            true => {}
            false => {
                of.apart.insert(case.id);
            }
        }
    }

    /// Forgets a case.
    pub(crate) fn unlink(&mut self, case: &Case) {
        let Some(key) = key(case) else { return };
        let Some(of) = self.accounts.get_mut(&key) else { return };
        of.apart.remove(&case.id);
        of.together = of.together.filter(|id| *id != case.id);
        if of.apart.is_empty() && of.together.is_none() {
            self.accounts.remove(&key);
        }
    }

    /// The case about its account that `case` joins.
    pub(crate) fn joins(&self, case: &Case) -> Option<u64> {
        self.accounts.get(&key(case)?)?.together
    }

    /// Turns `case` into one about its account, with its post as a member, if there are many like
    /// it.
    pub(crate) fn gather(&self, case: &mut Case) {
        let Some(of) = key(case).and_then(|key| self.accounts.get(&key)) else { return };
        let Some(first) = case.members.first() else { return };
        let (Some(account), "content") = (first.account.clone(), first.subject.kind()) else {
            return;
        };
        if of.apart.len() < APART_MAX {
            return;
        }
        let subject = Subject::new("account", &account);
        let member = Member {
            subject,
            account: Some(account),
            decisions: Vec::new(),
            standing: Vec::new(),
            verdict: None,
        };
        case.members.insert(0, member);
        // Near-duplicates by other accounts do not belong to this account.
        case.cluster = None;
    }

    /// Records a judged case.
    pub(crate) fn learn(&mut self, case: &Case, at_ms: i64) {
        let Some(verdict) = &case.verdict else { return };
        if case.kind != Kind::Review {
            return;
        }
        for member in &case.members {
            let is_fine = verdict.finding == Finding::NoViolation;
            let judged = Judged { at_ms, rules: case.rules.clone(), is_fine };
            self.judged.insert(member.subject.clone(), judged);
            self.by_age.push_back((at_ms, member.subject.clone()));
        }
        self.forget(at_ms);
    }

    /// Forgets that `case` was judged.
    pub(crate) fn unlearn(&mut self, case: &Case) {
        for member in &case.members {
            self.judged.remove(&member.subject);
        }
    }

    fn forget(&mut self, now_ms: i64) {
        while let Some((at_ms, _)) = self.by_age.front()
            && at_ms + JUDGED_MS < now_ms
        {
            let Some((at_ms, subject)) = self.by_age.pop_front() else { return };
            if self.judged.get(&subject).is_some_and(|judged| judged.at_ms == at_ms) {
                self.judged.remove(&subject);
            }
        }
    }

    /// Whether the question of `case` was answered recently: for the same subject and the same
    /// rules, by an event that adds nothing to review; or for another post of an account in which
    /// nothing was wrong.
    pub(crate) fn is_answered(&self, case: &Case, event: &Event, now_ms: i64) -> bool {
        let Some(member) = case.members.first() else { return false };
        let covers = |judged: &&Judged| {
            let is_recent = judged.at_ms + JUDGED_MS >= now_ms;
            is_recent && case.rules.iter().all(|rule| judged.rules.contains(rule))
        };
        if case.rules.is_empty() || event.data.rejudge.is_some() {
            return false;
        }
        if event.kind.is(Trait::Counts) {
            return self.judged.get(&member.subject).filter(covers).is_some();
        }
        let account = member.account.as_ref().filter(|_| event.kind == EventType::ContentPublished);
        let account = account.map(|id| Subject::new("account", id));
        let judged = account.and_then(|account| self.judged.get(&account));
        judged.filter(covers).is_some_and(|judged| judged.is_fine)
    }
}

#[cfg(test)]
mod tests {
    use types::{Decision, Event};

    use crate::act::{Acted, Request};
    use crate::case::{CaseId, Finding, Verdict};
    use crate::command::Command;
    use crate::opened::EventInContext;
    use crate::review_queue::{ReviewQueue, Settings};
    use crate::reviewer::{Reviewer, Work};

    /// The case that a post of `account` opens or joins, if any.
    fn see(
        review_queue: &mut ReviewQueue,
        account: &str,
        content: &str,
        kind: &str,
    ) -> Option<u64> {
        let views = if kind == "content.viewed" { r#","views":{"total":5}"# } else { "" };
        let event = format!(
            r#"{{"specversion":"1.0","id":"{content}","source":"/p","type":"{kind}",
            "time":"2024-06-01T00:00:00Z","data":{{"account":{{"id":"{account}"}},
            "content":{{"id":"{content}"}}{views}}}}}"#
        );
        let event = Event::parse(event.as_bytes()).unwrap();
        let decision = serde_json::json!({
            "id": format!("d-{content}"), "time": event.time, "source": "/p", "event": content,
            "type": kind, "subject": event.about(), "account": account, "policy": "spam.content",
            "dsa": {"category": "SCAMS_AND_FRAUD"}, "automation": "partially", "statement": "",
            "effects": [{"effect": "review"}], "policies": "p",
            "reasons": [{"rule": "burst", "policy": "spam.content", "effects": []}],
        });
        let decision: Decision = serde_json::from_value(decision).unwrap();
        let told = EventInContext {
            event: &event,
            decision: Some(&decision),
            views: 10,
            flags: 0,
            published_ms: None,
            cluster: None,
            severity: 3,
            filing: None,
            now_ms: 0,
        };
        review_queue.see(&told)
    }

    fn act(review_queue: &mut ReviewQueue, case: u64, command: Command) -> Acted {
        let works = vec![Work::Moderate];
        let reviewer = Reviewer { name: "ana".to_owned(), works, ..Reviewer::default() };
        review_queue
            .act(&Request { case: Some(CaseId(case)), reviewer, command, now_ms: 0 })
            .unwrap()
    }

    fn close(
        review_queue: &mut ReviewQueue,
        case: u64,
        finding: Finding,
        effects: &[&str],
    ) -> Acted {
        act(review_queue, case, Command::Claim);
        let effects = effects.iter().map(|effect| (*effect).to_owned()).collect();
        let policy = "spam.content".to_owned();
        let verdict = Verdict { finding, policy, effects, ..Verdict::default() };
        act(review_queue, case, Command::Close { verdict })
    }

    fn flooded() -> (ReviewQueue, u64) {
        let mut review_queue = ReviewQueue::new(Settings::default());
        let cases: Vec<u64> = (0..1000)
            .filter_map(|number| {
                see(&mut review_queue, "a", &format!("v-{number}"), "content.published")
            })
            .collect();
        let last = *cases.last().unwrap();
        (review_queue, last)
    }

    #[test]
    fn one_flooding_account_does_not_fill_the_review_queue() {
        let (mut review_queue, flood) = flooded();
        assert!(review_queue.open_count() <= 7, "{}", review_queue.open_count());
        let case = review_queue.case(flood).unwrap();
        assert!(case.is_flood(), "{:?}", case.members.first());
        assert_eq!(case.subject().unwrap().0, "account/a");
        let before = review_queue.case(flood).map(|case| (case.views, case.members.len())).unwrap();
        assert_eq!(see(&mut review_queue, "a", "v-next", "content.published"), Some(flood));
        let after = review_queue.case(flood).map(|case| (case.views, case.members.len())).unwrap();
        assert_eq!(after, (before.0 + 10, before.1 + 1), "scored anew as it grows");
        let other = see(&mut review_queue, "b", "w-1", "content.published").unwrap();
        assert_ne!(other, flood, "another account is another matter");
    }

    #[test]
    fn a_verdict_on_a_flood_suspends_the_account_once_and_removes_the_posts() {
        let (mut review_queue, flood) = flooded();
        let members = review_queue.case(flood).unwrap().members.len();
        let effects = ["remove", "suspend_account:7"];
        let told = close(&mut review_queue, flood, Finding::Violation, &effects).tellings;
        assert_eq!(told.len(), members);
        let does = |effect: &str| {
            let has = |said: &crate::SubjectVerdict| said.effects.iter().any(|one| one == effect);
            told.iter().filter(|told| told.said.as_ref().is_some_and(has)).count()
        };
        assert_eq!((does("suspend_account:7"), does("remove")), (1, members - 1));
        // One verdict is one strike, however many posts it removes.
        let struck = |said: &crate::SubjectVerdict| !said.struck;
        let strikes = told.iter().filter(|told| told.said.as_ref().is_some_and(struck)).count();
        assert_eq!(strikes, 1);
        let (mut review_queue, flood) = flooded();
        let told =
            close(&mut review_queue, flood, Finding::Violation, &["suspend_account:7"]).tellings;
        assert_eq!(told.len(), 1, "posts that nobody restricts are left as they are");
    }

    #[test]
    fn what_was_judged_just_now_is_not_asked_again_for_the_same_reason() {
        let mut review_queue = ReviewQueue::new(Settings::default());
        let first = see(&mut review_queue, "a", "v-1", "content.viewed").unwrap();
        close(&mut review_queue, first, Finding::NoViolation, &[]);
        assert_eq!(see(&mut review_queue, "a", "v-1", "content.viewed"), None);
        assert!(see(&mut review_queue, "a", "v-1", "content.updated").is_some(), "that is new");
        assert!(see(&mut review_queue, "a", "v-2", "content.viewed").is_some(), "nobody saw that");
        let (mut review_queue, flood) = flooded();
        close(&mut review_queue, flood, Finding::NoViolation, &[]);
        assert_eq!(see(&mut review_queue, "a", "v-new", "content.published"), None);
        act(&mut review_queue, flood, Command::Undo);
        assert!(
            see(&mut review_queue, "a", "v-newer", "content.published").is_some(),
            "taken back"
        );
    }
}
