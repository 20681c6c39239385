//! Reads decisions from the log and makes their statements of reasons: what a statement needs is
//! gathered here, so that running server, command line and reports say the same of the same log.

mod source;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use documents::statement::{Facts, Nothing, Source, Statement, Terms, new_restrictions, owed};
use engine::replay::{Library, event_and_facts};
use engine::{Error, Rules};
use jiff::Timestamp;
use standing::Standing;
use store::{LogRow, RecordRow, Store};
use types::{Decision, Dsa, Effect, Event, Policy, Trait, data};

/// A decision with its statement.
#[derive(Clone, Debug)]
pub struct Stated {
    /// The place of its entry.
    pub seq: u64,
    /// The decision.
    pub decision: Decision,
    /// Its statement, or why none is owed.
    pub statement: Result<Statement, Nothing>,
    /// What it says of itself beside its statement.
    pub told: Told,
}

/// What accounts count of a decision and no statement says.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The restrictions that it newly imposes, in whatever country.
    pub imposed: Vec<Effect>,
    /// What it goes back to.
    pub source: Source,
    /// Where its event happened, ISO 3166-1 alpha-2; empty if unknown.
    pub country: String,
    /// When the content was posted, as far as known.
    pub posted_at: Option<Timestamp>,
    /// Whether it was decided on the event that posted the content.
    pub is_at_posting: bool,
    /// Views of the content before, as far as they were counted.
    pub views: u64,
    /// Whether the content was declared or marked as made by AI.
    pub is_synthetic: bool,
}

/// How much of a statement is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// All of it.
    Whole,
    /// What figures are counted from: nothing of the content or the account. Events of rules are
    /// not read.
    Figures,
}

/// Makes statements of the decisions of one store.
pub struct Mapper {
    store: Store,
    library: Library,
    terms: Terms,
    depth: Depth,
    /// What stands, if all decisions are read from the first one on.
    standing: Option<Standing>,
    /// The events that brought content, found beforehand.
    origins: Option<BTreeMap<String, Event>>,
}

/// A decision with its event.
struct Read {
    seq: u64,
    decision: Decision,
    event: Option<Event>,
    published_ms: Option<i64>,
    views: u64,
    country: String,
}

impl Mapper {
    /// A mapper for some of the decisions in `store`, wherever they are.
    #[must_use]
    pub fn new(store: Store, terms: Terms) -> Self {
        let (standing, origins) = (None, None);
        Self { store, library: Library::default(), terms, depth: Depth::Whole, standing, origins }
    }

    /// A mapper that is to read all decisions in order, from the first one on. What stands is kept
    /// in memory, some 100 bytes for each restricted subject.
    #[must_use]
    pub fn of_all(store: Store, terms: Terms, depth: Depth) -> Self {
        Self { depth, standing: Some(Standing::default()), ..Self::new(store, terms) }
    }

    /// Finds the events that brought content for all decisions below `size` at once; `progress`
    /// gets the number of entries read. Without this, each call of [`Mapper::read`] looks through
    /// the names in the log.
    ///
    /// # Errors
    ///
    /// As [`Mapper::read`].
    pub async fn find_origins(
        &mut self,
        (size, chunk): (u64, u64),
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<(), Error> {
        let (mut from, mut contents) = (0, BTreeSet::new());
        while from < size {
            let until = (from + chunk).min(size);
            let all = self.decisions(from, until).await?;
            contents.extend(all.iter().filter_map(undated).map(str::to_owned));
            progress(until);
            from = until;
        }
        self.origins = Some(engine::origin::origins(&self.store, &contents, size).await?);
        Ok(())
    }

    /// The decisions at the places from `from` to before `until` that restrict something, in order;
    /// of a mapper of all, those of people as well. Those whose event was erased are left out.
    ///
    /// # Errors
    ///
    /// Any [`store::Error`] of reading, and [`Error::Json`] or [`Error::Damaged`] if a row cannot be
    /// read.
    pub async fn read(&mut self, from: u64, until: u64) -> Result<Vec<Stated>, Error> {
        let all = self.decisions(from, until).await?;
        let found = match (&self.origins, self.depth) {
            (Some(_), _) | (_, Depth::Figures) => BTreeMap::new(),
            (None, Depth::Whole) => {
                let contents = all.iter().filter_map(undated).map(str::to_owned).collect();
                engine::origin::origins(&self.store, &contents, until).await?
            }
        };
        let mut stated = Vec::with_capacity(all.len());
        for read in all {
            let is_stated = self.is_stated(&read.decision);
            let one = match restricts(&read.decision.effects) {
                true => self.state(read, &found).await?,
                false => Stated {
                    seq: read.seq,
                    decision: read.decision,
                    statement: Err(Nothing::NoRestriction),
                    told: Told::default(),
                },
            };
            if let Some(standing) = &mut self.standing {
                standing.see(&one.decision, is_stated);
            }
            stated.push(one);
        }
        Ok(stated)
    }

    /// The decisions that restrict, and those of people, which may lift what stands.
    async fn decisions(&self, from: u64, until: u64) -> Result<Vec<Read>, Error> {
        let is_wanted = |row: &RecordRow| {
            let mut effects = row.effects.split(' ').filter_map(Effect::named);
            let restricts = effects.any(|effect| effect.restricts());
            restricts || (self.standing.is_some() && is_of_people(&row.r#type))
        };
        let records = self.store.records(from, until).await?;
        let records: Vec<RecordRow> = records.into_iter().filter(is_wanted).collect();
        let needs_event = |row: &RecordRow| {
            self.depth == Depth::Whole
                || is_of_people(&row.r#type)
                || row.r#type.starts_with("notice")
        };
        let mut events: BTreeMap<u64, LogRow> = BTreeMap::new();
        if records.iter().any(needs_event) {
            let rows = self.store.log(from, until).await?;
            events = rows.into_iter().map(|row| (row.seq, row)).collect();
        }
        let mut all = Vec::with_capacity(records.len());
        for record in records {
            let row = events.get(&record.seq).filter(|_| needs_event(&record));
            if row.is_none() && needs_event(&record) {
                continue;
            }
            all.extend(read(&record, row)?);
        }
        Ok(all)
    }

    async fn state(
        &mut self,
        read: Read,
        found: &BTreeMap<String, Event>,
    ) -> Result<Stated, Error> {
        let Read { seq, decision, event, published_ms, views, country } = read;
        let event = event.as_ref();
        let superseded = before(&self.store, &decision).await?;
        let rules = self.rules(&decision).await?;
        let policies = rules.as_ref().map_or(&[][..], |rules| &rules.program.policies);
        let (mut case, mut source) = (None, Source::Voluntary);
        if let Some(event) = event {
            case = source::case(&self.store, event).await?;
            source = source::of(&self.store, (event, case.as_ref()), &superseded).await?;
        }
        let origins = self.origins.as_ref().unwrap_or(found);
        let origin = event.and_then(Event::content_id).and_then(|id| origins.get(id));
        let content = event.and_then(|event| content(event, origin));
        let own = event.filter(|event| is_dated(event)).map(|event| event.time);
        let asked = published_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let account = event.and_then(|event| event.data.account.as_ref());
        let case = case.as_ref();
        let looked_up = match &self.standing {
            Some(_) => None,
            None => {
                let is_stated = |one: &Decision| self.is_stated(one);
                Some(Standing::before(&self.store, (seq, &decision), is_stated).await?)
            }
        };
        let standing = self.standing.as_ref().or(looked_up.as_ref());
        let stands = |effect: &Effect| standing.is_some_and(|all| all.imposes(&decision, effect));
        let facts = Facts {
            decision: &decision,
            before: superseded
                .iter()
                .map(|(one, _)| one)
                .filter(|one| self.is_stated(one))
                .collect(),
            stands: &stands,
            policy: policies.iter().find(|policy| policy.id == decision.policy),
            further: further(&decision, policies),
            content: content.as_ref().filter(|_| decision.subject.kind() == "content"),
            posted_at: own.or(asked).or(origin.map(|origin| origin.time)),
            account: account.filter(|account| decision.account.as_ref() == Some(&account.id)),
            source,
            is_found_by_machine: source::is_found_by_machine(&decision, event, case, &superseded),
        };
        let statement = owed(&facts, &self.terms);
        let told = Told {
            imposed: new_restrictions(&facts).into_iter().cloned().collect(),
            source,
            country,
            posted_at: facts.posted_at,
            is_at_posting: own.is_some(),
            views,
            is_synthetic: content.as_ref().is_some_and(documents::statement::is_synthetic),
        };
        Ok(Stated { seq, decision, statement, told })
    }

    /// Whether a statement was made of an earlier decision, whatever came of it.
    fn is_stated(&self, decision: &Decision) -> bool {
        !decision.silent
            && decision.policy != types::ORDERED
            && self.terms.exempt(&decision.policy).is_none()
    }

    /// The rules under which it was decided; `None` if this build cannot compile them.
    async fn rules(&mut self, decision: &Decision) -> Result<Option<Arc<Rules>>, Error> {
        match self.library.rules(&self.store, &decision.policies.0).await {
            Ok(rules) => Ok(Some(rules)),
            Err(Error::Policies(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The decisions that `decision` supersedes, with their events; those that were erased are left
/// out.
async fn before(store: &Store, decision: &Decision) -> Result<Vec<(Decision, Event)>, Error> {
    let mut before = Vec::new();
    for id in &decision.supersedes {
        let Some(record) = store.decision(&id.0).await?.into_iter().next() else { continue };
        for row in store.log(record.seq, record.seq + 1).await? {
            if let Some(Read { decision, event: Some(event), .. }) = read(&record, Some(&row))? {
                before.push((decision, event));
            }
        }
    }
    Ok(before)
}

/// The decision in `record` with its event, if its row is given; `None` if they were erased.
fn read(record: &RecordRow, row: Option<&LogRow>) -> Result<Option<Read>, Error> {
    let Some(json) = &record.decision else { return Ok(None) };
    let (mut event, mut published_ms, mut views) = (None, None, 0);
    if let Some(row) = row {
        let pair = event_and_facts(row.event.as_deref(), row.facts.as_deref())?;
        let Some((told, facts)) = pair else { return Ok(None) };
        (event, published_ms, views) = (Some(told), facts.published_ms, facts.views);
    }
    let decision = serde_json::from_slice(json)?;
    let country = record.country.clone();
    Ok(Some(Read { seq: record.seq, decision, event, published_ms, views, country }))
}

fn restricts(effects: &[Effect]) -> bool {
    effects.iter().any(Effect::restricts)
}

/// Whether an event of that type is about a case.
fn is_of_people(kind: &str) -> bool {
    kind.starts_with("case.")
}

/// Whether the event is that in which its content was posted.
fn is_dated(event: &Event) -> bool {
    event.kind.is(Trait::Begins)
}

/// The content that a decision is about, if nothing that was read says when it was posted.
fn undated(read: &Read) -> Option<&str> {
    let event = read.event.as_ref()?;
    let is_known = read.published_ms.is_some() || is_dated(event);
    event.content_id().filter(|_| !is_known && restricts(&read.decision.effects))
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
                !reason.shadow && reason.policy == policy.id && restricts(&reason.effects)
            })
    };
    policies.iter().filter(has_part).map(|policy| &policy.dsa).collect()
}
