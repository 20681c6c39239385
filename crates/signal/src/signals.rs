//! The signals of one event, computed on first use and kept for later queries.

use std::cell::{Cell, OnceCell, RefCell};

use types::{Event, Evidence, Facts};

use crate::terms::{Disguise, Hit, Scan};
use crate::{Lists, language, links, text};

/// The most hits of one event that are kept; more would add nothing.
const HITS_MAX: usize = 256;

/// Working memory, reused from event to event.
#[derive(Debug, Default)]
pub struct Memory {
    scan: RefCell<Scan>,
    hits: RefCell<Vec<(&'static str, Hit)>>,
    /// By list: whether a term of it was found, and whether one was found undisguised.
    found: RefCell<Vec<FoundTerms>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct FoundTerms {
    any: bool,
    disguised: bool,
}

/// A link of the event.
#[derive(Debug)]
struct Link {
    field: &'static str,
    span: Option<(usize, usize)>,
    host: String,
}

/// The place of a text, and the lists that contain it.
type LookedUp<'a> = Option<((usize, usize), &'a [u16])>;

/// The signals of `event`. Answers do not depend on the order of queries.
pub struct Signals<'a> {
    lists: &'a Lists,
    memory: &'a Memory,
    event: &'a Event,
    facts: &'a Facts,
    is_scanned: Cell<bool>,
    links: OnceCell<Vec<Link>>,
    language: OnceCell<Option<&'static str>>,
    /// The last value that was looked up.
    looked_up: Cell<LookedUp<'a>>,
}

impl<'a> Signals<'a> {
    /// The signals of `event`, with `facts` as they were before it.
    #[must_use]
    pub fn new(lists: &'a Lists, memory: &'a Memory, event: &'a Event, facts: &'a Facts) -> Self {
        Self {
            lists,
            memory,
            event,
            facts,
            is_scanned: Cell::new(false),
            links: OnceCell::new(),
            language: OnceCell::new(),
            looked_up: Cell::new(None),
        }
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &'a Event {
        self.event
    }

    /// The facts.
    #[must_use]
    pub const fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// Whether a text contains a term of `list`.
    #[must_use]
    pub fn mentions(&self, list: u16) -> bool {
        self.found(list).any
    }

    /// Whether a text contains a term of `list` only in disguise.
    #[must_use]
    pub fn is_obfuscated(&self, list: u16) -> bool {
        self.found(list).disguised
    }

    /// The number of different terms of `list` in the texts.
    #[must_use]
    pub fn mention_count(&self, list: u16) -> u64 {
        if !self.found(list).any {
            return 0;
        }
        let hits = self.memory.hits.borrow();
        let of_list = || hits.iter().filter(|(_, hit)| hit.list == list);
        let is_first = |(at, (_, hit)): &(usize, &(&str, Hit))| {
            !of_list().take(*at).any(|(_, earlier)| earlier.term == hit.term)
        };
        of_list().enumerate().filter(is_first).count() as u64
    }

    /// Whether a hashtag is a term of `list`.
    #[must_use]
    pub fn hashtagged(&self, list: u16) -> bool {
        self.hashtag_hit(list).is_some()
    }

    fn hashtag_hit(&self, list: u16) -> Option<(&'a str, Hit)> {
        let tags = self.event.data.content.as_ref()?.hashtags.as_ref()?;
        let mut met = None;
        for tag in tags {
            self.lists.terms.scan(tag, &mut self.memory.scan.borrow_mut(), |hit| {
                if hit.list == list && hit.span == (0, tag.len()) {
                    met = met.or(Some((tag.as_str(), hit)));
                }
            });
        }
        met
    }

    /// The number of links in the event.
    #[must_use]
    pub fn link_count(&self) -> u64 {
        self.links().len() as u64
    }

    /// Whether a link leads to a domain of `list`.
    #[must_use]
    pub fn links_to(&self, list: u16) -> bool {
        self.links().iter().any(|link| self.lists.domain_above(list, &link.host).is_some())
    }

    /// Whether a link's domain imitates one of `list`.
    #[must_use]
    pub fn lookalike(&self, list: u16) -> bool {
        self.links().iter().any(|link| self.lists.domain_imitated(list, &link.host).is_some())
    }

    /// Whether the account imitates a name of `list`.
    #[must_use]
    pub fn imitates(&self, list: u16) -> bool {
        let account = self.event.data.account.as_ref();
        account.is_some_and(|account| self.lists.name_imitated(list, account).is_some())
    }

    /// Whether `value` is in `list`.
    #[must_use]
    pub fn listed(&self, list: u16, value: &str) -> bool {
        // Hundreds of rules read the same field; its text does not move while the event is judged.
        let place = (value.as_ptr() as usize, value.len());
        let lists = match self.looked_up.get() {
            Some((known, lists)) if known == place => lists,
            _ => {
                let lists = self.lists.with_value(value);
                self.looked_up.set(Some((place, lists)));
                lists
            }
        };
        lists.contains(&list)
    }

    /// The code of the language: declared, else detected.
    #[must_use]
    pub fn language(&self) -> Option<&'a str> {
        let content = self.event.data.content.as_ref();
        let declared = content.and_then(|content| content.lang.as_ref()?.code());
        declared.or_else(|| {
            *self.language.get_or_init(|| {
                let longest = text::texts(self.event).max_by_key(|(_, text)| text.len());
                longest.and_then(|(_, text)| language::language(text))
            })
        })
    }

    /// The terms of `list` found in texts.
    #[must_use]
    pub fn mention_evidence(&self, list: u16, signal: &str) -> Vec<Evidence> {
        if !self.found(list).any {
            return Vec::new();
        }
        let hits = self.memory.hits.borrow();
        let of_list = hits.iter().filter(|(_, hit)| hit.list == list);
        of_list.map(|(field, hit)| self.hit_evidence(signal, field, *hit)).collect()
    }

    /// The hashtag that is a term of `list`.
    #[must_use]
    pub fn hashtag_evidence(&self, list: u16, signal: &str) -> Vec<Evidence> {
        let hit = self.hashtag_hit(list);
        hit.map(|(_, hit)| self.hit_evidence(signal, "content.hashtags", hit)).into_iter().collect()
    }

    fn hit_evidence(&self, signal: &str, field: &str, hit: Hit) -> Evidence {
        Evidence {
            signal: signal.to_owned(),
            field: field.to_owned(),
            entry: self.lists.terms.text(hit.term).to_owned(),
            span: Some(hit.span),
            view: hit.view.name().to_owned(),
        }
    }

    /// The links for whose hosts `entry` returns an entry.
    #[must_use]
    pub fn link_evidence(
        &self,
        signal: &str,
        entry: impl Fn(&'a Lists, &str) -> Option<&'a str>,
    ) -> Vec<Evidence> {
        let found = self.links().iter().filter_map(|link| {
            Some(Evidence {
                signal: signal.to_owned(),
                field: link.field.to_owned(),
                entry: entry(self.lists, &link.host)?.to_owned(),
                span: link.span,
                view: String::new(),
            })
        });
        found.collect()
    }

    /// The name of `list` that the account imitates.
    #[must_use]
    pub fn name_evidence(&self, list: u16, signal: &str) -> Vec<Evidence> {
        let account = self.event.data.account.as_ref();
        let met = account.and_then(|account| self.lists.name_imitated(list, account));
        let evidence = met.map(|(entry, field)| Evidence {
            signal: signal.to_owned(),
            field: field.to_owned(),
            entry: entry.to_owned(),
            span: None,
            view: String::new(),
        });
        evidence.into_iter().collect()
    }

    fn found(&self, list: u16) -> FoundTerms {
        if !self.is_scanned.replace(true) {
            self.scan();
        }
        self.memory.found.borrow().get(usize::from(list)).copied().unwrap_or_default()
    }

    fn scan(&self) {
        let mut found = self.memory.found.borrow_mut();
        let mut hits = self.memory.hits.borrow_mut();
        found.clear();
        found.resize(self.lists.count, FoundTerms::default());
        hits.clear();
        let mut open = OpenlyMet::default();
        for (field, text) in text::texts(self.event) {
            self.lists.terms.scan(text, &mut self.memory.scan.borrow_mut(), |hit| {
                let of_list = &mut found[usize::from(hit.list)];
                of_list.any = true;
                of_list.disguised |= hit.view > Disguise::Plain;
                open.note(hit);
                if hits.len() < HITS_MAX {
                    hits.push((field, hit));
                }
            });
        }
        for list in open.lists {
            found[usize::from(list)].disguised = false;
        }
    }

    fn links(&self) -> &[Link] {
        self.links.get_or_init(|| {
            let mut links = Vec::new();
            for (field, text) in text::texts(self.event) {
                for (start, end) in links::find(text) {
                    links.extend(links::host(&text[start..end]).map(|host| Link {
                        field,
                        span: Some((start, end)),
                        host,
                    }));
                }
            }
            let told = self.event.data.content.as_ref().and_then(|content| content.links.as_ref());
            for link in told.into_iter().flatten() {
                let host = links::host(link);
                let known = |host: &String| links.iter().any(|link: &Link| link.host == *host);
                let new = host.filter(|host| !known(host));
                links.extend(new.map(|host| Link { field: "content.links", span: None, host }));
            }
            links
        })
    }
}

/// The lists with an undisguised hit: a disguise elsewhere in the text then hides nothing.
#[derive(Default)]
struct OpenlyMet {
    lists: Vec<u16>,
}

impl OpenlyMet {
    fn note(&mut self, hit: Hit) {
        if hit.view == Disguise::Plain && !self.lists.contains(&hit.list) {
            self.lists.push(hit.list);
        }
    }
}
