//! Reads decisions from the log and makes their statements of reasons: what a statement needs is
//! gathered here, so that running server, command line and reports say the same of the same log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use documents::statement::{Facts, Nothing, Source, Statement, Terms, owed};
use engine::replay::{Library, event_and_facts};
use engine::{Error, Rules, VERDICT};
use legal::notice::NoticeChannel;
use review::{Case, CaseId, Kind};
use store::{Filter, LogRow, RecordRow, Store};
use types::{Automation, Decision, Dsa, Effect, Event, Policy, Trait, data};

use crate::filings::notices;

/// A complaint about a decision on a complaint …: followed so far and no further.
const EARLIER_MAX: usize = 8;

/// The most earlier decisions on a subject that are looked at, the latest first.
const EARLIER_DECISIONS_MAX: u32 = 200;

/// A decision with its statement.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The place of its entry.
    pub seq: u64,
    /// The decision.
    pub decision: Decision,
    /// Its statement, or why none is owed.
    pub statement: Result<Statement, Nothing>,
}

/// Makes statements of the decisions of one store.
pub struct Mapper {
    store: Store,
    library: Library,
    terms: Terms,
}

/// A decision with its event.
struct Read {
    seq: u64,
    decision: Decision,
    event: Event,
    published_ms: Option<i64>,
}

impl Mapper {
    /// A mapper for the decisions in `store`.
    #[must_use]
    pub fn new(store: Store, terms: Terms) -> Self {
        Self { store, library: Library::default(), terms }
    }

    /// The decisions at the places from `from` to before `until` that restrict something, in order.
    /// Those whose event was erased are left out.
    ///
    /// # Errors
    ///
    /// Any [`store::Error`] of reading, and [`Error::Json`] or [`Error::Damaged`] if a row cannot be
    /// read.
    pub async fn read(&mut self, from: u64, until: u64) -> Result<Vec<Stated>, Error> {
        let restricts = |row: &RecordRow| {
            let effects = row.effects.split(' ').filter_map(Effect::named);
            effects.into_iter().any(|effect| effect.restricts())
        };
        let records: BTreeMap<u64, RecordRow> = self
            .store
            .records(from, until)
            .await?
            .into_iter()
            .filter(restricts)
            .map(|row| (row.seq, row))
            .collect();
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        for row in self.store.log(from, until).await? {
            if let Some(record) = records.get(&row.seq)
                && let Some(read) = read(record, &row)?
            {
                all.push(read);
            }
        }
        let origins = self.origins(&all, until).await?;
        let mut stated = Vec::with_capacity(all.len());
        for read in all {
            stated.push(self.state(read, &origins).await?);
        }
        Ok(stated)
    }

    /// The events that brought the content of those decisions whose own event does not date it.
    async fn origins(&self, all: &[Read], until: u64) -> Result<BTreeMap<String, Event>, Error> {
        let needs = |read: &&Read| read.published_ms.is_none() && !is_dated(&read.event);
        let contents: BTreeSet<String> = all
            .iter()
            .filter(needs)
            .filter_map(|read| read.event.content_id().map(str::to_owned))
            .collect();
        engine::origin::origins(&self.store, &contents, until).await
    }

    async fn state(
        &mut self,
        read: Read,
        origins: &BTreeMap<String, Event>,
    ) -> Result<Stated, Error> {
        let Read { seq, decision, event, published_ms } = read;
        let before = self.before(&decision).await?;
        let rules = self.rules(&decision).await?;
        let policies = rules.as_ref().map_or(&[][..], |rules| &rules.program.policies);
        let policy = policies.iter().find(|policy| policy.id == decision.policy);
        let case = self.case(&event).await?;
        let source = self.source(&event, case.as_ref(), &before).await?;
        let origin = event.content_id().and_then(|id| origins.get(id));
        let content = content(&event, origin);
        let own = is_dated(&event).then_some(event.time);
        let asked = published_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        let account = event.data.account.as_ref();
        let is_found = is_found_by_machine(&decision, &event, case.as_ref(), &before);
        let superseded = before.iter().map(|(decision, _)| decision);
        let standing = self.standing(seq, &decision).await?;
        let facts = Facts {
            decision: &decision,
            before: superseded.filter(|one| self.is_stated(one)).collect(),
            standing: standing.iter().filter(|one| self.is_stated(one)).collect(),
            policy,
            further: further(&decision, policies),
            content: content.as_ref().filter(|_| decision.subject.kind() == "content"),
            posted_at: own.or(asked).or(origin.map(|origin| origin.time)),
            account: account.filter(|account| decision.account.as_ref() == Some(&account.id)),
            source,
            is_found_by_machine: is_found,
        };
        let statement = owed(&facts, &self.terms);
        Ok(Stated { seq, decision, statement })
    }

    /// Whether a statement was made of an earlier decision, whatever came of it.
    fn is_stated(&self, decision: &Decision) -> bool {
        !decision.silent
            && decision.policy != types::ORDERED
            && self.terms.exempt(&decision.policy).is_none()
    }

    /// The decisions that `decision` supersedes, with their events; those that were erased are left
    /// out.
    async fn before(&self, decision: &Decision) -> Result<Vec<(Decision, Event)>, Error> {
        let mut before = Vec::new();
        for id in &decision.supersedes {
            let Some(record) = self.store.decision(&id.0).await?.into_iter().next() else {
                continue;
            };
            for row in self.store.log(record.seq, record.seq + 1).await? {
                if let Some(read) = read(&record, &row)? {
                    before.push((read.decision, read.event));
                }
            }
        }
        Ok(before)
    }

    /// The earlier decisions on the same subject that nothing has superseded yet, except those that
    /// `decision` supersedes.
    async fn standing(&self, seq: u64, decision: &Decision) -> Result<Vec<Decision>, Error> {
        let filter = Filter {
            subject: Some(decision.subject.0.clone()),
            before: Some(seq),
            is_newest_first: true,
            limit: EARLIER_DECISIONS_MAX,
            ..Filter::default()
        };
        let rows = self.store.decisions(&filter).await?.rows;
        let (mut standing, mut gone) = (Vec::new(), decision.supersedes.clone());
        for json in rows.iter().filter_map(|row| row.decision.as_deref()) {
            let earlier: Decision = serde_json::from_slice(json)?;
            gone.extend(earlier.supersedes.iter().cloned());
            if !gone.contains(&earlier.id) {
                standing.push(earlier);
            }
        }
        Ok(standing)
    }

    /// The rules under which it was decided; `None` if this build cannot compile them.
    async fn rules(&mut self, decision: &Decision) -> Result<Option<Arc<Rules>>, Error> {
        match self.library.rules(&self.store, &decision.policies.0).await {
            Ok(rules) => Ok(Some(rules)),
            Err(Error::Policies(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The case that `event` closed.
    async fn case(&self, event: &Event) -> Result<Option<Case>, Error> {
        let id = event.data.case.as_ref().and_then(|case| case.id.parse::<CaseId>().ok());
        let Some(id) = id else { return Ok(None) };
        let body = self.store.case(id.0).await?;
        Ok(body.map(|json| serde_json::from_str(&json)).transpose()?)
    }

    /// What a decision goes back to. A decision on a complaint goes back to what the one before
    /// did.
    async fn source(
        &self,
        event: &Event,
        case: Option<&Case>,
        before: &[(Decision, Event)],
    ) -> Result<Source, Error> {
        if let Some(notice) = &event.data.notice {
            return Ok(of_channel(notice.channel.as_deref()));
        }
        let mut cases: Vec<u64> = case.map(|case| case.id).into_iter().collect();
        let mut earlier = before.to_vec();
        for _ in 0..EARLIER_MAX {
            let Some((decision, event)) = earlier.pop() else { break };
            if let Some(notice) = &event.data.notice {
                return Ok(of_channel(notice.channel.as_deref()));
            }
            cases.extend(self.case(&event).await?.map(|case| case.id));
            earlier.extend(self.before(&decision).await?);
        }
        let mut source = Source::Voluntary;
        for case in cases {
            for row in self.store.filings_of_case(case).await? {
                if row.kind == "notice" {
                    source = stronger(source, notices::channel_of(&row));
                }
            }
        }
        Ok(source)
    }
}

/// The decision in `record` with its event; `None` if they were erased.
fn read(record: &RecordRow, row: &LogRow) -> Result<Option<Read>, Error> {
    let Some(json) = &record.decision else { return Ok(None) };
    let pair = event_and_facts(row.event.as_deref(), row.facts.as_deref())?;
    let Some((event, facts)) = pair else { return Ok(None) };
    let decision = serde_json::from_slice(json)?;
    Ok(Some(Read { seq: record.seq, decision, event, published_ms: facts.published_ms }))
}

/// Whether the event is that in which its content was posted.
fn is_dated(event: &Event) -> bool {
    event.kind.is(Trait::Begins)
}

/// The content: as the event has it, with what only the event that brought it says.
fn content(event: &Event, origin: Option<&Event>) -> Option<data::Content> {
    let own = event.data.content.clone()?;
    let Some(brought) = origin.and_then(|origin| origin.data.content.as_ref()) else {
        return Some(own);
    };
    Some(data::Content { kind: own.kind.or_else(|| brought.kind.clone()), ..brought.clone() })
}

/// The places in the law of the other policies among the reasons that had effect.
fn further<'a>(decision: &Decision, policies: &'a [Policy]) -> Vec<&'a Dsa> {
    let has_part = |policy: &&Policy| {
        policy.id != decision.policy
            && decision.reasons.iter().any(|reason| {
                !reason.shadow
                    && reason.policy == policy.id
                    && reason.effects.iter().any(Effect::restricts)
            })
    };
    policies.iter().filter(has_part).map(|policy| &policy.dsa).collect()
}

fn is_found_by_machine(
    decision: &Decision,
    event: &Event,
    case: Option<&Case>,
    before: &[(Decision, Event)],
) -> bool {
    if !decision.reasons.iter().any(|reason| reason.rule == VERDICT) {
        return event.data.notice.is_none();
    }
    // Rules may look at notices as well: what they then find, the notifier found before.
    let by_rule = case.is_some_and(|case| case.kind != Kind::Notice && !case.rules.is_empty());
    let by_machine = |(one, event): &(Decision, Event)| {
        one.automation != Automation::NotAutomated && event.data.notice.is_none()
    };
    by_rule || before.iter().any(by_machine)
}

fn of_channel(channel: Option<&str>) -> Source {
    match channel {
        Some("trusted_flagger") => Source::TrustedFlagger,
        Some("rapid_response") => Source::Other,
        _ => Source::Notice,
    }
}

/// Of several notices, that of a trusted flagger counts before that of anybody, and that before
/// other notifications.
fn stronger(source: Source, channel: NoticeChannel) -> Source {
    match (source, channel) {
        (Source::TrustedFlagger, _) | (_, NoticeChannel::TrustedFlagger) => Source::TrustedFlagger,
        (Source::Notice, _) | (_, NoticeChannel::User) => Source::Notice,
        (_, NoticeChannel::RapidResponse) => Source::Other,
    }
}
