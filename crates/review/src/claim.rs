//! The next case for a reviewer: strict lanes first, then what prevents most harm; at intervals the
//! oldest, so that nothing starves.

use std::cmp::Reverse;

use crate::case::{Case, Lane};
use crate::command::Refused;
use crate::queue::Queue;
use crate::review_queue::{BinKey, ReviewQueue};
use crate::reviewer::{Reviewer, Work};

/// The most cases checked in a bin; only a reviewer who skipped as many gets that far.
const LOOKED_AT_MAX: usize = 1000;

/// How often the first case is re-scored before its rank is accepted.
const RESCORED_MAX: usize = 64;

/// What the limits of care allow a reviewer.
#[derive(Clone, Copy, Debug, Default)]
pub struct May {
    /// Whether severe cases are not allowed now.
    pub not_severe: bool,
}

impl ReviewQueue {
    /// The number of the next case for `reviewer`.
    ///
    /// # Errors
    ///
    /// [`Refused::Nothing`] if no case waits that they may judge.
    pub fn next(&mut self, reviewer: &Reviewer, may: May) -> Result<u64, Refused> {
        if let Some(id) = self.own(reviewer) {
            return Ok(id);
        }
        let bins = self.bins_of(reviewer, may);
        self.turns += 1;
        let every = self.settings.oldest_every;
        let is_turn_of_the_oldest = every > 0 && self.turns.is_multiple_of(every);
        let clocked = bins.iter().filter_map(|key| self.first_clocked(key, reviewer)).min();
        let found = match clocked {
            Some((.., id)) => Some(id),
            None if is_turn_of_the_oldest => self.oldest(&bins, reviewer),
            None => self.foremost(&bins, reviewer),
        };
        found.ok_or(Refused::Nothing)
    }

    /// The removal order that a reviewer may take even on a break.
    pub(crate) fn next_removal(&self, reviewer: &Reviewer) -> Option<u64> {
        let bins = self.bins_of(reviewer, May::default());
        let first = bins.iter().filter_map(|key| self.first_clocked(key, reviewer)).min();
        first.filter(|(lane, ..)| *lane == Lane::Removal).map(|(.., id)| id)
    }

    /// The case that the reviewer already holds, or that was passed to them.
    pub(crate) fn own(&self, reviewer: &Reviewer) -> Option<u64> {
        let held = self.held.get(&reviewer.name).and_then(|cases| cases.first());
        let passed = self.reserved.get(&reviewer.name).into_iter().flatten();
        let passed = passed.copied().find(|id| self.suits(*id, reviewer));
        held.copied().or(passed)
    }

    /// The bins that `reviewer` may take cases from.
    fn bins_of(&self, reviewer: &Reviewer, may: May) -> Vec<BinKey> {
        let queues = &self.settings.queues;
        let is_open = |(number, language, is_severe, is_restricted): &&BinKey| {
            let Some(queue) = queues.get(*number) else { return false };
            // Orders are read in their own language, not in that of their subject.
            let is_read =
                queue.work == Work::Legal || reviewer.is_lead || reviewer.skills.reads(language);
            let is_seen = !*is_restricted || reviewer.skills.is_cleared;
            queue.is_served_by(reviewer) && is_read && is_seen && !(*is_severe && may.not_severe)
        };
        self.bins.keys().filter(is_open).cloned().collect()
    }

    fn first_clocked(&self, key: &BinKey, reviewer: &Reviewer) -> Option<(Lane, i64, u64)> {
        let clocked = self.bins.get(key)?.clocked.iter().take(LOOKED_AT_MAX);
        clocked.copied().find(|(.., id)| self.suits(*id, reviewer))
    }

    fn oldest(&self, bins: &[BinKey], reviewer: &Reviewer) -> Option<u64> {
        let first = |key: &BinKey| {
            let oldest = self.bins.get(key)?.oldest.iter().take(LOOKED_AT_MAX);
            oldest.copied().find(|(_, id)| self.suits(*id, reviewer))
        };
        bins.iter().filter_map(first).min().map(|(_, id)| id)
    }

    /// The case with the highest current priority. Priorities fade, so the first of a bin is
    /// re-scored until it stays the first.
    fn foremost(&mut self, bins: &[BinKey], reviewer: &Reviewer) -> Option<u64> {
        for _ in 0..RESCORED_MAX {
            let (rank, id) = self.first_ranked(bins, reviewer)?;
            if self.rescore_one(id)? >= rank {
                return Some(id);
            }
        }
        self.first_ranked(bins, reviewer).map(|(_, id)| id)
    }

    fn first_ranked(&self, bins: &[BinKey], reviewer: &Reviewer) -> Option<(u64, u64)> {
        let first = |key: &BinKey| {
            let ranked = self.bins.get(key)?.ranked.iter().take(LOOKED_AT_MAX);
            ranked.copied().find(|(_, id)| self.suits(*id, reviewer))
        };
        let found = bins.iter().filter_map(first).min();
        found.map(|(Reverse(rank), id)| (rank, id))
    }

    fn suits(&self, id: u64, reviewer: &Reviewer) -> bool {
        self.case(id).is_some_and(|case| !reviewer.is_barred(case))
    }

    /// Whether `reviewer` may claim `case` by its number.
    ///
    /// # Errors
    ///
    /// The reason for the refusal.
    pub fn may_claim(&self, case: &Case, reviewer: &Reviewer, may: May) -> Result<(), Refused> {
        let wrong = |why: &str| Err(Refused::WrongPerson(why.to_owned()));
        let is_passed = case.reserved_for.as_deref() == Some(reviewer.name.as_str());
        let queue = self.settings.queues.iter().find(|queue| queue.name == case.queue);
        let is_served = |queue: &&Queue| match is_passed {
            true => reviewer.works.contains(&queue.work),
            false => queue.is_served_by(reviewer),
        };
        if let Some(queue) = queue.filter(|queue| !is_served(queue)) {
            return Err(Refused::WrongPerson(format!(
                "the queue `{}` is served by others; ask a lead to put you on it",
                queue.name
            )));
        }
        if reviewer.is_barred(case) {
            return wrong(
                "you decided on this before, skipped it, opted out of its policy, or are not cleared",
            );
        }
        // A removal order is due within the hour, even during a break.
        if may.not_severe && self.is_severe(case) && case.lane != Lane::Removal {
            return Err(Refused::Rest(
                "enough severe cases for now; take other work or a break".to_owned(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Kind, Member};
    use crate::command::{Acting, Command, apply};
    use crate::priority::Rate;
    use crate::review_queue::Settings;
    use crate::reviewer::Skills;

    fn reviewer(name: &str, languages: &[&str]) -> Reviewer {
        let languages = languages.iter().map(|language| (*language).to_owned()).collect();
        Reviewer {
            name: name.to_owned(),
            skills: Skills { languages, ..Skills::default() },
            works: vec![Work::Moderate],
            ..Reviewer::default()
        }
    }

    fn case(subject: &str, severity: u8, views: u64) -> Case {
        let subject = types::Subject(subject.to_owned());
        Case {
            members: vec![Member {
                subject,
                account: None,
                decisions: vec![],
                standing: vec![],
                verdict: None,
            }],
            severity,
            rate: Rate::even(views, None, 0),
            ..Case::default()
        }
    }

    fn review_queue(cases: Vec<Case>) -> ReviewQueue {
        let settings = Settings { oldest_every: 0, ..Settings::default() };
        let mut review_queue = ReviewQueue::new(settings);
        for case in cases {
            review_queue.open(case);
        }
        review_queue
    }

    /// The numbers of cases in the order in which they are assigned.
    fn order(review_queue: &mut ReviewQueue, reviewer: &Reviewer, may: May) -> Vec<u64> {
        let mut order = Vec::new();
        while let Ok(id) = review_queue.next(reviewer, may) {
            let acting = Acting { by: "somebody else", now_ms: 0, lease_ms: 1 };
            let held = apply(review_queue.case(id).unwrap(), &Command::Claim, acting).unwrap();
            review_queue.put(held);
            order.push(id);
        }
        order
    }

    #[test]
    fn lanes_come_first_and_then_what_prevents_most_harm() {
        let laned = |subject: &str, lane| Case { lane, ..case(subject, 1, 0) };
        let mut review_queue = review_queue(vec![
            case("content/a", 3, 1000),
            case("content/b", 9, 1000),
            case("content/c", 9, 10_000),
            laned("content/d", Lane::Appeal),
            laned("content/e", Lane::Danger),
        ]);
        assert_eq!(
            order(&mut review_queue, &reviewer("ana", &[]), May::default()),
            [5, 4, 3, 2, 1]
        );
    }

    #[test]
    fn a_reviewer_who_had_enough_gets_no_severe_cases() {
        let mut review_queue =
            review_queue(vec![case("content/a", 10, 0), case("content/b", 3, 0)]);
        let tired = May { not_severe: true };
        assert_eq!(order(&mut review_queue, &reviewer("ana", &[]), tired), [2]);
    }

    #[test]
    fn a_case_goes_to_those_who_read_its_language() {
        let romanian = Case { language: Some("ro".to_owned()), ..case("content/a", 5, 0) };
        let mut review_queue = review_queue(vec![romanian, case("content/b", 1, 0)]);
        assert_eq!(review_queue.next(&reviewer("ana", &["fr"]), May::default()), Ok(2));
        assert_eq!(review_queue.next(&reviewer("ben", &["ro"]), May::default()), Ok(1));
    }

    #[test]
    fn a_case_is_handed_out_however_its_language_tag_is_written() {
        for tag in ["pt-BR", "PT", "pt_BR", "pt", "por"] {
            let case = Case { language: Some(tag.to_owned()), ..case("content/a", 5, 0) };
            for known in ["pt", "pt-PT", "PT", "por"] {
                let mut review_queue = review_queue(vec![case.clone()]);
                let next = review_queue.next(&reviewer("ana", &[known]), May::default());
                assert_eq!(next, Ok(1), "{tag} for who reads {known}");
            }
            let mut review_queue = review_queue(vec![case]);
            assert_eq!(
                review_queue.next(&reviewer("ana", &["es"]), May::default()),
                Err(Refused::Nothing)
            );
        }
        let chinese = Case { language: Some("zh-Hant-TW".to_owned()), ..case("content/a", 5, 0) };
        let none = Case { language: Some("no tag at all".to_owned()), ..case("content/b", 5, 0) };
        let mut review_queue = review_queue(vec![chinese, none]);
        assert_eq!(order(&mut review_queue, &reviewer("ana", &["zh"]), May::default()).len(), 2);
    }

    #[test]
    fn the_oldest_has_its_turn() {
        let mut review_queue =
            review_queue(vec![case("content/a", 1, 0), case("content/b", 9, 1000)]);
        review_queue.settings.oldest_every = 2;
        let ana = reviewer("ana", &[]);
        let turns: Vec<u64> =
            (0..4).map(|_| review_queue.next(&ana, May::default()).unwrap()).collect();
        assert_eq!(turns, [2, 1, 2, 1]);
    }

    #[test]
    fn what_fades_is_scored_again_before_it_is_handed_out() {
        let fading =
            Case { rate: Rate { sum: 1000.0, ..Rate::default() }, ..case("content/a", 5, 0) };
        let mut review_queue = review_queue(vec![fading]);
        let hours = 5 * 3_600_000;
        let fresh = Case {
            rate: Rate { at_ms: hours, sum: 100.0, ..Rate::default() },
            ..case("content/b", 5, 0)
        };
        review_queue.restore(Case { id: 2, ..fresh });
        assert_eq!(review_queue.next(&reviewer("ana", &[]), May::default()), Ok(2));
    }

    #[test]
    fn who_decided_before_is_not_asked_again() {
        let appeal =
            Case { kind: Kind::Appeal, not_by: vec!["ana".to_owned()], ..case("content/a", 5, 0) };
        let mut review_queue = review_queue(vec![appeal]);
        let ana = reviewer("ana", &[]);
        assert_eq!(review_queue.next(&ana, May::default()), Err(Refused::Nothing));
        let case = review_queue.case(1).unwrap().clone();
        assert!(matches!(
            review_queue.may_claim(&case, &ana, May::default()),
            Err(Refused::WrongPerson(_))
        ));
        assert_eq!(review_queue.next(&reviewer("ben", &[]), May::default()), Ok(1));
    }
}
