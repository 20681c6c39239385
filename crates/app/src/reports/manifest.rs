//! How a report was made: what is needed to count it again.

use std::collections::BTreeMap;

use documents::account::Regime;
use documents::report::Profile;
use documents::statement;
use jiff::Timestamp;
use ledger::TreeHead;
use serde::{Deserialize, Serialize};

use crate::reports::Counting;

/// How a report was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The name of its regime.
    pub report: String,
    /// The period, `2026-01-01/2026-06-30`.
    pub period: String,
    /// Whether the period was not over.
    #[serde(default)]
    pub is_draft: bool,
    /// Who reports.
    pub profile: Profile,
    /// The tree head of the ledger that was counted under.
    pub head: Option<TreeHead>,
    /// Outcomes known by then are counted.
    pub known_at: Timestamp,
    /// The section `[statements]` of the configuration, as far as it counts.
    pub terms: Terms,
    /// Average monthly active recipients, by member state.
    pub recipients: Option<BTreeMap<String, u64>>,
    /// Rows with fewer are put together for the public; 0: none are.
    #[serde(default)]
    pub small_below: u64,
    /// The definitions, each with its version.
    pub definitions: BTreeMap<String, u32>,
    /// The SHA-256 of each file, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, String>,
    /// What is not measured, and why.
    pub gaps: Vec<String>,
    /// What is still to be written.
    pub missing: Vec<String>,
    /// What it corrects, if a version was published before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Corrected>,
}

/// What a version corrects.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = CorrectedReport)]
pub struct Corrected {
    /// The number of the report before it.
    pub id: u64,
    /// The version of that.
    pub version: u64,
    /// Why it is corrected.
    pub reason: String,
}

/// What counts as owed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Terms {
    union_only: bool,
    commercial: Vec<String>,
    informative: Vec<String>,
}

impl From<&statement::Terms> for Terms {
    fn from(terms: &statement::Terms) -> Self {
        let statement::Terms { is_union_only, commercial, informative, .. } = terms;
        let (commercial, informative) = (commercial.clone(), informative.clone());
        Self { union_only: *is_union_only, commercial, informative }
    }
}

impl From<Terms> for statement::Terms {
    fn from(terms: Terms) -> Self {
        let Terms { union_only, commercial, informative } = terms;
        Self { is_union_only: union_only, commercial, informative, ..Self::default() }
    }
}

impl Manifest {
    /// What was counted.
    ///
    /// # Errors
    ///
    /// That the period cannot be read.
    pub fn counting(&self) -> Result<Counting, String> {
        Ok(Counting {
            period: self.period.parse()?,
            size: self.head.as_ref().map_or(0, |head| head.size),
            known_at: self.known_at,
            terms: self.terms.clone().into(),
            profile: self.profile.clone(),
            recipients: self.recipients.clone(),
        })
    }

    /// The definitions that have another version by now, in words.
    #[must_use]
    pub fn changed_definitions(&self, regime: &Regime) -> Vec<String> {
        let now = crate::reports::making::definitions(regime);
        let changed = now.iter().filter_map(|(id, now)| {
            let then = self.definitions.get(id).copied().unwrap_or_default();
            (then != *now)
                .then(|| format!("the definition `{id}` has version {now}, and had {then}"))
        });
        changed.collect()
    }
}
