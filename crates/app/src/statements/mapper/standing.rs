//! Which restrictions stand on a subject, and were stated: so that none is stated twice.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use engine::Error;
use store::{Filter, Store};
use types::{Decision, Effect, Subject};

/// Decisions on one subject read at a time.
const PAGE: u32 = 200;

/// The most decisions on one subject that are looked at, the latest first.
const LOOKED_AT_MAX: usize = 5000;

/// The stated restrictions of subjects, as digests. Millions of subjects are kept while a report is
/// counted, and nearly all have one: 17 bytes each, at best.
#[derive(Default)]
pub(super) struct Standing {
    /// The restriction of a subject that has one.
    one: HashMap<u64, Imposed>,
    /// Those of subjects with several.
    several: HashMap<u64, Vec<Imposed>>,
    /// What was ever imposed, each once.
    kinds: Vec<Kind>,
    known: HashMap<Kind, u32>,
}

/// What one decision imposed.
#[derive(Clone, Copy)]
struct Imposed {
    /// A digest of its id, which tells the few decisions on one subject apart.
    id: u32,
    /// The place of its kind.
    kind: u32,
}

/// On which ground, and what.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    /// Law and policy.
    ground: u64,
    effects: Vec<u64>,
}

fn digest(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[expect(clippy::cast_possible_truncation, reason = "a half of a digest")]
fn short(value: &impl std::hash::Hash) -> u32 {
    digest(value) as u32
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
        let restricting = decision.effects.iter().filter(|effect| effect.restricts());
        let effects: Vec<u64> = restricting.map(digest).collect();
        let is_new = is_stated && !effects.is_empty();
        if !is_new && decision.supersedes.is_empty() {
            return;
        }
        let mut all = self.take(key);
        let gone: Vec<u32> = decision.supersedes.iter().map(short).collect();
        all.retain(|one| !gone.contains(&one.id));
        if is_new {
            let kind = self.kind(Kind { ground: ground(decision), effects });
            all.push(Imposed { id: short(&decision.id), kind });
        }
        match all[..] {
            [] => {}
            [one] => drop(self.one.insert(key, one)),
            _ => drop(self.several.insert(key, all)),
        }
    }

    fn take(&mut self, key: u64) -> Vec<Imposed> {
        let one = self.one.remove(&key).map(|one| vec![one]);
        one.or_else(|| self.several.remove(&key)).unwrap_or_default()
    }

    fn kind(&mut self, kind: Kind) -> u32 {
        let next = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let Self { kinds, known, .. } = self;
        *known.entry(kind).or_insert_with_key(|kind| {
            kinds.push(kind.clone());
            next
        })
    }

    /// Whether nothing stands on `subject`.
    pub(super) fn is_free(&self, subject: &Subject) -> bool {
        let key = digest(subject);
        !self.one.contains_key(&key) && !self.several.contains_key(&key)
    }

    /// Whether a decision that stands beside `decision`, on the same subject and ground, imposed
    /// `effect`.
    pub(super) fn imposes(&self, decision: &Decision, effect: &Effect) -> bool {
        let (ground, effect) = (ground(decision), digest(effect));
        let gone: Vec<u32> = decision.supersedes.iter().map(short).collect();
        let key = digest(&decision.subject);
        let several = self.several.get(&key).into_iter().flatten();
        let mut beside =
            self.one.get(&key).into_iter().chain(several).filter(|one| !gone.contains(&one.id));
        beside.any(|one| {
            let kind = self.kinds.get(one.kind as usize);
            kind.is_some_and(|kind| kind.ground == ground && kind.effects.contains(&effect))
        })
    }
}
