//! Joins two stages: the detectors answer the queries of rules.

use decide::{Answers, Query};
use signal::{Signals, flags, synthetic, text, velocity, views};
use types::{Evidence, Value};

/// The signals of one event, as answers to rules.
pub(crate) struct Detectors<'a>(pub(crate) Signals<'a>);

impl Answers for Detectors<'_> {
    fn answer(&self, query: &Query) -> Value<'_> {
        let signals = &self.0;
        let (event, facts) = (signals.event(), signals.facts());
        match query {
            Query::Mentions(list) => signals.mentions(*list).into(),
            Query::MentionCount(list) => signals.mention_count(*list).into(),
            Query::Obfuscated(list) => signals.is_obfuscated(*list).into(),
            Query::Hashtagged(list) => signals.hashtagged(*list).into(),
            Query::LinksTo(list) => signals.links_to(*list).into(),
            Query::LinkCount => signals.link_count().into(),
            Query::Lookalike(list) => signals.lookalike(*list).into(),
            Query::Imitates(list) => signals.imitates(*list).into(),
            Query::Language => signals.language().into(),
            Query::TextLength => text::length(event).into(),
            Query::Flags => flags::flags(event, facts).into(),
            Query::FlagsFor(reason) => flags::flags_for(reason, event, facts).into(),
            Query::Views => views::views(event, facts).into(),
            Query::ViewsCrossed(threshold) => views::crossed(*threshold, event, facts).into(),
            Query::Velocity(span) => velocity::per_minute(*span, event, facts).into(),
            Query::ViewsRemaining => velocity::remaining(event, facts).into(),
            Query::ReviewDue => velocity::is_due(event, facts).into(),
            Query::ClusterSize => facts.cluster.as_ref().map_or(0, |cluster| cluster.size).into(),
            Query::ClusterVerdict => {
                facts.cluster.as_ref().and_then(|cluster| cluster.verdict.as_deref()).into()
            }
            Query::SyntheticEvidence => synthetic::evidence(event).into(),
            Query::UnlabelledSynthetic => synthetic::is_unlabelled(event).into(),
        }
    }

    fn listed(&self, list: u16, value: &str) -> bool {
        self.0.listed(list, value)
    }
}

impl Detectors<'_> {
    /// The evidence found by the detector behind `query`; `text` is the query as the rule writes
    /// it.
    pub(crate) fn evidence(&self, query: &Query, text: &str) -> Vec<Evidence> {
        let signals = &self.0;
        match query {
            Query::Mentions(list) | Query::MentionCount(list) | Query::Obfuscated(list) => {
                signals.mention_evidence(*list, text)
            }
            Query::Hashtagged(list) => signals.hashtag_evidence(*list, text),
            Query::LinksTo(list) => {
                signals.link_evidence(text, |lists, host| lists.domain_above(*list, host))
            }
            Query::Lookalike(list) => {
                signals.link_evidence(text, |lists, host| lists.domain_imitated(*list, host))
            }
            Query::Imitates(list) => signals.name_evidence(*list, text),
            _ => match self.answer(query) {
                Value::Unknown => vec![],
                value => vec![Evidence {
                    signal: text.to_owned(),
                    field: String::new(),
                    entry: value.to_string(),
                    span: None,
                    view: String::new(),
                }],
            },
        }
    }
}
