//! Which restrictions stand on a subject, and were stated: so that none is stated twice.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use engine::Error;
use store::{Filter, Store};
use types::{Decision, Effect};

/// Decisions on one subject read at a time.
const PAGE: u32 = 200;

/// The most decisions on one subject that are looked at, the latest first.
const LOOKED_AT_MAX: usize = 5000;

/// The stated restrictions of subjects, as digests.
#[derive(Default)]
pub(super) struct Standing(HashMap<u64, Vec<Imposed>>);

/// What one decision imposed.
struct Imposed {
    id: u64,
    /// Law and policy.
    ground: u64,
    effects: Vec<u64>,
}

fn digest(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn ground(decision: &Decision) -> u64 {
    digest(&(&decision.dsa.law, &decision.policy))
}

impl Standing {
    /// Those on the subject of `decision`, from the decisions before place `seq`.
    pub(super) async fn before(
        store: &Store,
        (seq, decision): (u64, &Decision),
        is_stated: impl Fn(&Decision) -> bool,
    ) -> Result<Self, Error> {
        let mut filter = Filter {
            subject: Some(decision.subject.0.clone()),
            before: Some(seq),
            is_newest_first: true,
            limit: PAGE,
            ..Filter::default()
        };
        let mut rows = Vec::new();
        loop {
            let page = store.decisions(&filter).await?;
            rows.extend(page.rows);
            filter.before = page.next;
            if page.next.is_none() || rows.len() >= LOOKED_AT_MAX {
                break;
            }
        }
        let mut standing = Self::default();
        for json in rows.iter().rev().filter_map(|row| row.decision.as_deref()) {
            let earlier: Decision = serde_json::from_slice(json)?;
            standing.see(&earlier, is_stated(&earlier));
        }
        Ok(standing)
    }

    /// Remembers a decision: what it supersedes no longer stands, and what it imposes does if it is
    /// stated.
    pub(super) fn see(&mut self, decision: &Decision, is_stated: bool) {
        let key = digest(&decision.subject);
        let all = self.0.entry(key).or_default();
        if !decision.supersedes.is_empty() {
            let gone: Vec<u64> = decision.supersedes.iter().map(digest).collect();
            all.retain(|one| !gone.contains(&one.id));
        }
        let restricting = decision.effects.iter().filter(|effect| effect.restricts());
        let effects: Vec<u64> = restricting.map(digest).collect();
        if is_stated && !effects.is_empty() {
            all.push(Imposed { id: digest(&decision.id), ground: ground(decision), effects });
        }
        if all.is_empty() {
            self.0.remove(&key);
        }
    }

    /// Whether a decision that stands beside `decision`, on the same subject and ground, imposed
    /// `effect`.
    pub(super) fn imposes(&self, decision: &Decision, effect: &Effect) -> bool {
        let (ground, effect) = (ground(decision), digest(effect));
        let is_superseded =
            |one: &Imposed| decision.supersedes.iter().any(|id| digest(id) == one.id);
        let all = self.0.get(&digest(&decision.subject)).into_iter().flatten();
        let mut beside = all.filter(|one| one.ground == ground && !is_superseded(one));
        beside.any(|one| one.effects.contains(&effect))
    }
}
