//! The report of a back-test.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use types::{Decision, Effect, Event};

use super::{Labels, Past};
use crate::counters::digest;
use crate::recorder::country;

/// The most events shown as examples.
const SAMPLE_MAX: usize = 50;

/// The most other rules shown with a rule; those that act with it most often are taken.
const OVERLAP_MAX: usize = 5;

const DAY_MS: i64 = 86_400_000;

/// The changes for one country or language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The country or the language.
    pub key: String,
    /// Events on which only the candidate has effect.
    pub added: u64,
    /// Events on which only the base has effect.
    pub removed: u64,
}

/// The decisions with effect on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day, in UTC.
    pub key: String,
    /// By the base.
    pub before: u64,
    /// By the candidate.
    pub after: u64,
}

/// How often a rule had effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fired {
    /// The rule.
    pub rule: String,
    /// By the base.
    pub fired_before: u64,
    /// By the candidate.
    pub fired_after: u64,
    /// By the candidate, if no other rule had effect.
    pub only_it: u64,
    /// Other rules that had effect on the same events, most often first.
    pub overlap: Vec<Overlap>,
}

/// Another rule on the same events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// The other rule.
    pub rule: String,
    /// Events on which both had effect.
    pub both: u64,
}

/// The quality of one side, where the truth is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Events in breach that were acted on.
    pub true_positives: u64,
    /// Events not in breach that were acted on.
    pub false_positives: u64,
    /// Events in breach that were not acted on.
    pub false_negatives: u64,
    /// The share of events acted on that are in breach; `None` if none was acted on.
    pub precision: Option<f64>,
    /// The share of breaches that were acted on; `None` if there are none.
    pub recall: Option<f64>,
}

/// The quality of both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Events whose truth is known.
    pub labelled: u64,
    /// The quality of the base.
    pub before: Quality,
    /// The quality of the candidate.
    pub after: Quality,
}

/// An event on which the sides differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// Its place in the ledger, if it was stored.
    pub seq: Option<u64>,
    /// Its source and id.
    pub event: String,
    /// Its subject.
    pub subject: String,
    /// The account concerned.
    pub account: Option<String>,
    /// The effects by the base.
    pub before: Vec<String>,
    /// The effects by the candidate.
    pub after: Vec<String>,
    /// The rules of the candidate, or of the base if the candidate has none.
    pub rules: Vec<String>,
}

/// The findings of a back-test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Number of events judged.
    pub events: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The time of the earliest event.
    pub from: Option<String>,
    /// The time of the latest event.
    pub until: Option<String>,
    /// The version of the base, or `recorded`.
    pub base: String,
    /// The version of the candidate.
    pub candidate: String,
    /// Number of decisions with effect by the base.
    pub decisions_before: u64,
    /// Number of decisions with effect by the candidate.
    pub decisions_after: u64,
    /// Events on which only the candidate has effect.
    pub added: u64,
    /// Events on which only the base has effect.
    pub removed: u64,
    /// Events on which both have effect, but different effects.
    pub changed: u64,
    /// Accounts that only the candidate acts on.
    pub accounts_added: u64,
    /// Accounts that only the base acts on.
    pub accounts_removed: u64,
    /// Views after a removal by the candidate that the base did not make.
    pub prevented_views: u64,
    /// Events per day that the base sends to humans.
    pub review_before_per_day: f64,
    /// Events per day that the candidate sends to humans.
    pub review_after_per_day: f64,
    /// The changes, by country.
    pub by_country: Vec<Moved>,
    /// The changes, by language.
    pub by_language: Vec<Moved>,
    /// The decisions with effect, by day.
    pub by_day: Vec<Day>,
    /// Rules that had effect, by name.
    pub rules: Vec<Fired>,
    /// The quality of both sides; `None` without labels.
    pub labels: Option<Compared>,
    /// Events on which the sides differ, some of each kind.
    pub sample: Vec<Sampled>,
}

/// The counts of a running back-test, which can be stored and resumed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RunCounts {
    #[serde(skip)]
    labels: Option<Labels>,
    report: Report,
    times_ms: Option<(i64, i64)>,
    reviews: (u64, u64),
    countries: BTreeMap<String, (u64, u64)>,
    languages: BTreeMap<String, (u64, u64)>,
    days: BTreeMap<i64, (u64, u64)>,
    rules: BTreeMap<String, (u64, u64, u64)>,
    pairs: HashMap<(String, String), u64>,
    accounts: (HashSet<u64>, HashSet<u64>),
    /// Contents that the candidate removed and the base did not.
    removed: HashSet<u64>,
    /// Events that differ, by kind, so that the sample shows some of each.
    sampled: [usize; 3],
}

#[expect(clippy::cast_possible_truncation, reason = "64 bits are enough to differ")]
fn short(text: &str) -> u64 {
    digest(text.as_bytes()) as u64
}

fn effects(decision: Option<&Decision>) -> &[Effect] {
    decision.map_or(&[], |decision| decision.effects.as_slice())
}

fn is_for_humans(decision: Option<&Decision>) -> bool {
    effects(decision).iter().any(Effect::asks_a_human)
}

impl RunCounts {
    pub(super) fn new(labels: Option<Labels>) -> Self {
        Self { labels, ..Self::default() }
    }

    /// Continues stored counts, with labels, which are not stored.
    pub(super) fn resumed(mut self, labels: Option<Labels>) -> Self {
        self.labels = labels;
        self
    }

    /// The digest of the labels, if there are any.
    pub(super) fn labels(&self) -> &str {
        self.labels.as_ref().map_or("none", Labels::digest)
    }

    pub(super) fn take_labels(&mut self) -> Option<Labels> {
        self.labels.take()
    }

    /// Counts the decisions of both sides on an event.
    pub(super) fn take(
        &mut self,
        past: &Past,
        before: Option<&Decision>,
        after: Option<&Decision>,
    ) {
        let event = &past.event;
        let ms = event.time.as_millisecond();
        let (first, last) = self.times_ms.unwrap_or((ms, ms));
        self.times_ms = Some((first.min(ms), last.max(ms)));
        self.report.events += 1;
        let acts = (!effects(before).is_empty(), !effects(after).is_empty());
        self.count_acts(event, acts);
        self.reviews.0 += u64::from(is_for_humans(before));
        self.reviews.1 += u64::from(is_for_humans(after));
        self.count_views(event, before, after);
        self.count_rules(before, after);
        self.count_truth(event, acts);
        self.sample(past, before, after);
    }

    fn count_acts(&mut self, event: &Event, (before, after): (bool, bool)) {
        self.report.decisions_before += u64::from(before);
        self.report.decisions_after += u64::from(after);
        let day = self.days.entry(event.time.as_millisecond().div_euclid(DAY_MS)).or_default();
        day.0 += u64::from(before);
        day.1 += u64::from(after);
        if let Some(account) = event.account_id().map(short) {
            if before {
                self.accounts.0.insert(account);
            }
            if after {
                self.accounts.1.insert(account);
            }
        }
        if before == after {
            return;
        }
        let content = event.data.content.as_ref();
        let language =
            content.and_then(|content| content.lang.as_ref()?.code()).unwrap_or("unknown");
        let country = Some(country(event)).filter(|country| !country.is_empty());
        for (counts, key) in
            [(&mut self.countries, country.unwrap_or("unknown")), (&mut self.languages, language)]
        {
            let counts = counts.entry(key.to_owned()).or_default();
            counts.0 += u64::from(after);
            counts.1 += u64::from(before);
        }
    }

    fn count_views(&mut self, event: &Event, before: Option<&Decision>, after: Option<&Decision>) {
        let Some(content) = event.content_id().map(short) else { return };
        if let Some(views) = &event.data.views
            && self.removed.contains(&content)
        {
            self.report.prevented_views += views.added.unwrap_or(0);
        }
        let removes = |decision| effects(decision).contains(&Effect::Remove);
        match (removes(before), removes(after)) {
            (false, true) => {
                self.removed.insert(content);
            }
            (true, _) => {
                self.removed.remove(&content);
            }
            _ => {}
        }
    }

    fn count_rules(&mut self, before: Option<&Decision>, after: Option<&Decision>) {
        for rule in acting(before) {
            self.rules.entry(rule.to_owned()).or_default().0 += 1;
        }
        let rules: Vec<&str> = acting(after).collect();
        for rule in &rules {
            let counts = self.rules.entry((*rule).to_owned()).or_default();
            counts.1 += 1;
            counts.2 += u64::from(rules.len() == 1);
            for other in rules.iter().filter(|other| *other != rule) {
                *self.pairs.entry(((*rule).to_owned(), (*other).to_owned())).or_default() += 1;
            }
        }
    }

    fn count_truth(&mut self, event: &Event, (before, after): (bool, bool)) {
        let Some(is_breach) = self.labels.as_ref().and_then(|labels| labels.of(event)) else {
            return;
        };
        let compared = self.report.labels.get_or_insert_default();
        compared.labelled += 1;
        for (quality, acts) in [(&mut compared.before, before), (&mut compared.after, after)] {
            match (is_breach, acts) {
                (true, true) => quality.true_positives += 1,
                (false, true) => quality.false_positives += 1,
                (true, false) => quality.false_negatives += 1,
                (false, false) => {}
            }
        }
    }

    fn sample(&mut self, past: &Past, before: Option<&Decision>, after: Option<&Decision>) {
        let (had, has) = (effects(before), effects(after));
        let kind = match (had.is_empty(), has.is_empty()) {
            (true, false) => 0,
            (false, true) => 1,
            (false, false) if had != has => 2,
            _ => return,
        };
        let counts = [&mut self.report.added, &mut self.report.removed, &mut self.report.changed];
        if let Some(count) = counts.into_iter().nth(kind) {
            *count += 1;
        }
        if self.sampled[kind] >= SAMPLE_MAX / 3 {
            return;
        }
        self.sampled[kind] += 1;
        let names = |effects: &[Effect]| effects.iter().map(|e| e.name().to_owned()).collect();
        let rules = acting(after.filter(|_| !has.is_empty()).or(before));
        self.report.sample.push(Sampled {
            seq: past.seq,
            event: format!("{} {}", past.event.source, past.event.id),
            subject: past.event.about().0,
            account: past.event.account_id().map(str::to_owned),
            before: names(had),
            after: names(has),
            rules: rules.map(str::to_owned).collect(),
        });
    }

    /// The findings so far.
    #[expect(clippy::cast_precision_loss, reason = "a rate to read")]
    pub(super) fn report(&self, (base, candidate): (&str, &str), seconds: f64) -> Report {
        let mut report = self.report.clone();
        (report.base, report.candidate, report.seconds) =
            (base.to_owned(), candidate.to_owned(), seconds);
        if let Some((first, last)) = self.times_ms {
            let time = |ms| jiff::Timestamp::from_millisecond(ms).ok().map(|at| at.to_string());
            (report.from, report.until) = (time(first), time(last));
            // Less than a day counts as a day.
            let days = ((last - first) as f64 / DAY_MS as f64).max(1.0);
            report.review_before_per_day = self.reviews.0 as f64 / days;
            report.review_after_per_day = self.reviews.1 as f64 / days;
        }
        report.accounts_added = self.accounts.1.difference(&self.accounts.0).count() as u64;
        report.accounts_removed = self.accounts.0.difference(&self.accounts.1).count() as u64;
        report.by_country = moved(&self.countries);
        report.by_language = moved(&self.languages);
        report.by_day = self.days.iter().map(|(day, counts)| self::day(*day, *counts)).collect();
        report.rules = self.rules.iter().map(|(rule, counts)| self.fired(rule, *counts)).collect();
        if let Some(compared) = &mut report.labels {
            compared.before.finish();
            compared.after.finish();
        }
        report
    }

    fn fired(&self, rule: &str, (fired_before, fired_after, only_it): (u64, u64, u64)) -> Fired {
        let with = self.pairs.iter().filter(|((one, _), _)| one == rule);
        let mut overlap: Vec<Overlap> =
            with.map(|((_, rule), both)| Overlap { rule: rule.clone(), both: *both }).collect();
        overlap.sort_by(|a, b| b.both.cmp(&a.both).then_with(|| a.rule.cmp(&b.rule)));
        overlap.truncate(OVERLAP_MAX);
        Fired { rule: rule.to_owned(), fired_before, fired_after, only_it, overlap }
    }
}

impl Quality {
    #[expect(clippy::cast_precision_loss, reason = "a share to read")]
    fn finish(&mut self) {
        let share = |part: u64, rest: u64| {
            let whole = part + rest;
            (whole > 0).then(|| part as f64 / whole as f64)
        };
        self.precision = share(self.true_positives, self.false_positives);
        self.recall = share(self.true_positives, self.false_negatives);
    }
}

/// The rules that had effect.
fn acting(decision: Option<&Decision>) -> impl Iterator<Item = &str> {
    let reasons = decision.into_iter().flat_map(|decision| &decision.reasons);
    let acts = reasons.filter(|reason| !reason.shadow && !reason.effects.is_empty());
    acts.map(|reason| reason.rule.as_str())
}

/// The changes, largest first.
fn moved(counts: &BTreeMap<String, (u64, u64)>) -> Vec<Moved> {
    let one = |(key, (added, removed)): (&String, &(u64, u64))| Moved {
        key: key.clone(),
        added: *added,
        removed: *removed,
    };
    let mut moved: Vec<Moved> = counts.iter().map(one).collect();
    moved.sort_by(|a, b| {
        (b.added + b.removed).cmp(&(a.added + a.removed)).then_with(|| a.key.cmp(&b.key))
    });
    moved
}

fn day(number: i64, (before, after): (u64, u64)) -> Day {
    let time = jiff::Timestamp::from_millisecond(number.saturating_mul(DAY_MS));
    let key = time.map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d").to_string());
    Day { key, before, after }
}
