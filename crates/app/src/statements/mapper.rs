//! Reads decisions from the log and makes their statements of reasons: what a statement needs is
//! gathered here, so that running server, command line and reports say the same of the same log.

mod reading;
mod source;
mod standing;
mod stated;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use documents::statement::{Facts, Nothing, Source, Statement, Terms, new_restrictions, owed};
use engine::replay::Library;
use engine::{Error, Rules};
use jiff::Timestamp;
use reading::{
    Read, before, content, further, is_dated, is_of_people, is_review, restricts, undated,
};
use standing::Standing;
use store::{LogRow, RecordRow, Store};
use tokio::task::JoinHandle;
use types::{Decision, Dsa, Effect, Event};

pub use reading::happened_in;
pub use stated::{Stated, Told};

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
    /// Of what figures count: statements by the digest of all that they follow from.
    made: HashMap<u64, Result<Arc<Statement>, Nothing>>,
    /// The next records, read while those before are looked at.
    ahead: Option<Ahead>,
}

/// Records that are being read.
struct Ahead {
    /// Their first place.
    from: u64,
    /// The place after the last.
    until: u64,
    reading: JoinHandle<Result<Vec<RecordRow>, store::Error>>,
}

impl Mapper {
    /// A mapper for some of the decisions in `store`, wherever they are.
    #[must_use]
    pub fn new(store: Store, terms: Terms) -> Self {
        let (standing, origins) = (None, None);
        Self {
            store,
            library: Library::default(),
            terms,
            depth: Depth::Whole,
            standing,
            origins,
            made: HashMap::new(),
            ahead: None,
        }
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
                true => match self.like(&read) {
                    Some(key) => self.state_alike(read, key).await?,
                    None => self.state(read, &found).await?,
                },
                false => self.lifted(read).await?,
            };
            if let Some(standing) = &mut self.standing {
                standing.see(&one.decision, is_stated);
            }
            stated.push(one);
        }
        Ok(stated)
    }

    /// The digest of all that the figures of a decision follow from: if they follow from the
    /// decision alone, and nothing else stands on its subject.
    fn like(&self, read: &Read) -> Option<u64> {
        let standing = self.standing.as_ref().filter(|_| self.depth == Depth::Figures)?;
        let decision = &read.decision;
        let is_alone = read.event.is_none()
            && decision.supersedes.is_empty()
            && standing.is_free(&decision.subject);
        is_alone.then(|| {
            let Dsa { category, keywords, law } = &decision.dsa;
            let mut hasher = DefaultHasher::new();
            (&decision.policy, category, keywords, law, &decision.effects).hash(&mut hasher);
            (&decision.territory, decision.silent, &decision.policies.0).hash(&mut hasher);
            (decision.automation as u8, decision.subject.kind()).hash(&mut hasher);
            hasher.finish()
        })
    }

    /// States a decision like one that was stated before.
    async fn state_alike(&mut self, read: Read, key: u64) -> Result<Stated, Error> {
        if let Some(statement) = self.made.get(&key) {
            let told = Told { alike: Some(key), country: read.country, ..Told::default() };
            let statement = statement.clone();
            return Ok(Stated { seq: read.seq, decision: read.decision, statement, told });
        }
        let stated = self.state(read, &BTreeMap::new()).await?;
        self.made.insert(key, stated.statement.clone());
        Ok(stated)
    }

    /// A decision that restricts nothing: of people, who may have reviewed what a rule restricted.
    async fn lifted(&self, read: Read) -> Result<Stated, Error> {
        let superseded = before(&self.store, &read.decision).await?;
        let is_review = is_review(&read.decision, &superseded);
        let told = Told { is_review, country: read.country, ..Told::default() };
        let statement = Err(Nothing::NoRestriction);
        Ok(Stated { seq: read.seq, decision: read.decision, statement, told })
    }

    /// The decisions that restrict, and those of people, which may lift what stands.
    async fn decisions(&mut self, from: u64, until: u64) -> Result<Vec<Read>, Error> {
        let all = self.records(from, until).await?;
        let is_wanted = |row: &RecordRow| {
            let mut effects = row.effects.split(' ').filter_map(Effect::named);
            let restricts = effects.any(|effect| effect.restricts());
            restricts || (self.standing.is_some() && is_of_people(&row.r#type))
        };
        let records: Vec<RecordRow> = all.into_iter().filter(is_wanted).collect();
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
        let mut read = Vec::with_capacity(records.len());
        for record in records {
            let row = events.get(&record.seq).filter(|_| needs_event(&record));
            if row.is_none() && needs_event(&record) {
                continue;
            }
            read.extend(reading::read(&record, row)?);
        }
        Ok(read)
    }

    /// The records at the places from `from` to before `until`. When all are read in order, the next
    /// ones are read meanwhile.
    async fn records(&mut self, from: u64, until: u64) -> Result<Vec<RecordRow>, Error> {
        let found = match self.ahead.take() {
            Some(next) if next.from == from && next.until >= until => next.reading.await.ok(),
            _ => None,
        };
        let records = match found {
            Some(records) => records?,
            None => self.store.records(from, until).await?,
        };
        if self.standing.is_some() {
            let (store, next) = (self.store.clone(), until + (until - from));
            let reading = tokio::spawn(async move { store.records(until, next).await });
            self.ahead = Some(Ahead { from: until, until: next, reading });
        }
        Ok(records.into_iter().filter(|record| record.seq < until).collect())
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
        let statement = owed(&facts, &self.terms).map(Arc::new);
        // Events of cases name no country: that of the content counts, else of the account.
        let country = match country.is_empty() {
            true => origin.or(event).map(happened_in).unwrap_or_default().to_owned(),
            false => country,
        };
        let told = Told {
            alike: None,
            is_review: is_review(&decision, &superseded),
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
