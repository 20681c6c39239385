//! The lists that detectors search, prepared once per policy set.

use hashbrown::{HashMap, HashSet};

use types::{List, ListKind};

use crate::terms::Terms;
use crate::{links, names};

/// All lists of a policy set, prepared for look-ups by their numbers.
#[derive(Debug, Default)]
pub struct Lists {
    pub(crate) terms: Terms,
    pub(crate) count: usize,
    /// Each value with the lists that contain it, ascending.
    values: HashMap<Box<str>, Vec<u16>>,
    domains: Vec<Vec<links::Protected>>,
    domain_sets: Vec<HashSet<String>>,
    names: Vec<Vec<names::Protected>>,
    numbers: HashMap<String, u16>,
}

impl Lists {
    /// Prepares `lists`; the number of a list is its index.
    #[must_use]
    pub fn build(lists: &[List]) -> Self {
        let of = |list: &List, kind| if list.kind == kind { list.entries.clone() } else { vec![] };
        let terms: Vec<&[String]> = lists
            .iter()
            .map(|list| if list.kind == ListKind::Terms { list.entries.as_slice() } else { &[] })
            .collect();
        let domains = |list: &List| -> Vec<links::Protected> {
            of(list, ListKind::Domains).iter().map(|domain| links::Protected::new(domain)).collect()
        };
        let domains: Vec<Vec<links::Protected>> = lists.iter().map(domains).collect();
        let domain_set = |domains: &Vec<links::Protected>| {
            domains.iter().map(|domain| domain.domain().to_owned()).collect()
        };
        let names = |list: &List| {
            of(list, ListKind::Names).iter().map(|name| names::Protected::new(name)).collect()
        };
        Self {
            terms: Terms::build(&terms),
            count: lists.len(),
            values: values(lists),
            domain_sets: domains.iter().map(domain_set).collect(),
            domains,
            names: lists.iter().map(names).collect(),
            numbers: (0..).zip(lists).map(|(number, list)| (list.name.clone(), number)).collect(),
        }
    }

    /// The number of the list called `name`.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u16> {
        self.numbers.get(name).copied()
    }

    /// The terms of all lists.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The lists of values that contain exactly `value`.
    #[must_use]
    pub fn with_value(&self, value: &str) -> &[u16] {
        self.values.get(value).map_or(&[], Vec::as_slice)
    }

    /// The entry of the list that `host` is, or is a subdomain of.
    #[must_use]
    pub fn domain_above(&self, list: u16, host: &str) -> Option<&str> {
        let domains = self.domain_sets.get(usize::from(list))?;
        let mut rest = host;
        loop {
            if let Some(domain) = domains.get(rest) {
                return Some(domain);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// The entry of the list that `host` imitates.
    #[must_use]
    pub fn domain_imitated(&self, list: u16, host: &str) -> Option<&str> {
        let domains = self.domains.get(usize::from(list))?;
        if self.domain_above(list, host).is_some() {
            return None;
        }
        domains.iter().find(|domain| domain.is_imitated_by(host)).map(links::Protected::domain)
    }

    /// The entry of the list that `account` imitates, and the field that does.
    #[must_use]
    pub fn name_imitated(
        &self,
        list: u16,
        account: &types::data::Account,
    ) -> Option<(&str, &'static str)> {
        let names = self.names.get(usize::from(list))?;
        names.iter().find_map(|name| Some((name.name(), name.imitated_by(account)?)))
    }
}

fn values(lists: &[List]) -> HashMap<Box<str>, Vec<u16>> {
    let mut values: HashMap<Box<str>, Vec<u16>> = HashMap::new();
    for (number, list) in (0..).zip(lists).filter(|(_, list)| list.kind == ListKind::Values) {
        for entry in &list.entries {
            let known = values.entry_ref(entry.as_str()).or_default();
            if known.last() != Some(&number) {
                known.push(number);
            }
        }
    }
    values
}
