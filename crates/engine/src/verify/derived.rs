//! Compares the data by which decisions are searched with the decisions themselves.

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest as _, Sha256};
use store::RecordRow;

use super::Check;
use crate::error::Error;
use crate::replay::CHUNK;

const DAY_MS: i64 = 86_400_000;

/// The data by which the decisions so far must be found.
#[derive(Debug, Default)]
pub(super) struct Derived {
    /// For each day of event time, the first and the last place.
    days: BTreeMap<i64, (u64, u64)>,
    /// The number of their effects, and the sum of a digest of each with its place.
    effects: (u64, u128),
}

impl Derived {
    /// Adds a decision.
    pub(super) fn add(&mut self, record: &RecordRow) {
        let place = (record.seq, record.seq);
        let span = self.days.entry(record.time_ms.div_euclid(DAY_MS)).or_insert(place);
        *span = (span.0.min(record.seq), span.1.max(record.seq));
        for effect in effects(record) {
            add(&mut self.effects, effect, record.seq);
        }
    }
}

/// The names of the effects of a decision, each once.
fn effects(record: &RecordRow) -> HashSet<&str> {
    record.effects.split_whitespace().collect()
}

fn add((count, sum): &mut (u64, u128), effect: &str, seq: u64) {
    let hash: [u8; 32] = Sha256::digest(format!("{effect} {seq}")).into();
    let (first, _) = hash.split_at(16);
    let digest = first.iter().fold(0, |digest, byte| digest << 8 | u128::from(*byte));
    (*count, *sum) = (*count + 1, sum.wrapping_add(digest));
}

impl Check<'_> {
    /// Compares effects, and days unless the store grew meanwhile: a later decision can move them.
    pub(super) async fn derived(&mut self, size: u64) -> Result<(), Error> {
        let derived = std::mem::take(&mut self.derived);
        let days = self.store.days().await?;
        self.report.days_left = self.store.size().await? != size;
        if !self.report.days_left {
            self.days(&derived.days, &days);
        }
        let mut found = (0, 0);
        let see = |effect: &str, seq| {
            if seq < size {
                add(&mut found, effect, seq);
            }
        };
        self.store.each_effect(see).await?;
        if found != derived.effects {
            self.effects(size).await?;
        }
        Ok(())
    }

    fn days(&mut self, due: &BTreeMap<i64, (u64, u64)>, days: &BTreeMap<i64, (u64, u64)>) {
        for (day, span) in days {
            if due.get(day) != Some(span) {
                self.find("day", span.0, format!("day {day} is not where its decisions lie"));
            }
        }
        for (day, span) in due.iter().filter(|(day, _)| !days.contains_key(day)) {
            self.find("day", span.0, format!("day {day} is missing"));
        }
    }

    /// Reports the effects that are missing or too many.
    async fn effects(&mut self, size: u64) -> Result<(), Error> {
        let mut due: HashSet<(String, u64)> = HashSet::new();
        for from in (0..size).step_by(CHUNK as usize) {
            let until = (from + u64::from(CHUNK)).min(size);
            for record in self.store.records(from, until).await? {
                let effects = effects(&record).into_iter();
                due.extend(effects.map(|effect| (effect.to_owned(), record.seq)));
            }
        }
        let mut many = Vec::new();
        let see = |effect: &str, seq: u64| {
            if seq < size && !due.remove(&(effect.to_owned(), seq)) {
                many.push((effect.to_owned(), seq));
            }
        };
        self.store.each_effect(see).await?;
        for (effect, seq) in many {
            self.find("record_effect", seq, format!("no decision has the effect `{effect}` there"));
        }
        for (effect, seq) in due {
            self.find("record_effect", seq, format!("the effect `{effect}` is missing"));
        }
        Ok(())
    }
}
