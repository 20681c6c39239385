//! The subjects that the events of a stretch of the log name, so that what is stored about somebody
//! is found without reading everything.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use store::{Store, Stretch};
use types::{Event, Subject};

use crate::error::Error;
use crate::replay::CHUNK;

/// Number of entries of a stretch.
pub(crate) const STRETCH: u64 = 4096;

/// The digest that represents a subject.
pub(crate) fn print(subject: &str) -> u32 {
    let hash: [u8; 32] = Sha256::digest(subject.as_bytes()).into();
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
}

/// All subjects that `event` names.
pub(crate) fn of(event: &Event) -> Vec<Subject> {
    let data = &event.data;
    let flagger = data.flag.as_ref().and_then(|flag| flag.by.as_deref());
    let target = data.engagement.as_ref().and_then(|given| given.target.as_deref());
    let members = data.network.iter().flat_map(|network| &network.members).flatten();
    let accounts = [event.account_id(), flagger, target].into_iter().flatten();
    let accounts = accounts.chain(members.map(String::as_str));
    let mut all: Vec<Subject> = accounts.map(|id| Subject::new("account", id)).collect();
    all.push(event.about());
    all.extend(event.content_id().map(|id| Subject::new("content", id)));
    all.extend(data.network.as_ref().map(|network| Subject::new("network", &network.id)));
    let colleague = data.case.as_ref().and_then(|case| case.by.as_deref());
    all.extend(colleague.map(|name| Subject::new("staff", name)));
    let filed = [
        data.notice.as_ref().map(|notice| &notice.id),
        data.appeal.as_ref().map(|appeal| &appeal.id),
    ];
    all.extend(filed.into_iter().flatten().map(|id| Subject::new("filing", id)));
    all
}

/// The last stretch, which is still growing.
#[derive(Debug, Default)]
pub(crate) struct Growing {
    first: u64,
    /// Digests of subjects, with the place of the event in the stretch.
    names: BTreeSet<(u32, u16)>,
    /// Stretches that are full and not written yet.
    full: Vec<Stretch>,
}

impl Growing {
    /// Continues where the list in `store` ends, with the log since then.
    pub(crate) async fn resume(store: &Store) -> Result<Self, Error> {
        let (mut from, size) = (store.named_until().await?, store.size().await?);
        let mut growing = Self { first: from, ..Self::default() };
        while from < size {
            let until = (from + u64::from(CHUNK)).min(size);
            for row in store.log(from, until).await? {
                // An event that cannot be read is reported by `ledger verify`.
                if let Some(event) = row.event.as_deref().and_then(|json| Event::parse(json).ok()) {
                    growing.add(row.seq, &event);
                }
            }
            from = until;
        }
        Ok(growing)
    }

    /// Adds the event at place `seq`.
    pub(crate) fn add(&mut self, seq: u64, event: &Event) {
        if seq >= self.first + STRETCH {
            let names = std::mem::take(&mut self.names);
            self.full.push(Stretch::new(self.first, seq, &names));
            self.first = seq;
        }
        // Less than a stretch, which is less than 65,536.
        let place = u16::try_from(seq.saturating_sub(self.first)).unwrap_or(u16::MAX);
        self.names.extend(of(event).iter().map(|subject| (print(&subject.0), place)));
    }

    /// Removes the names of the events at the places `gone`, which are sorted.
    pub(crate) fn forget(&mut self, gone: &[u64]) {
        let first = self.first;
        self.names.retain(|(_, place)| gone.binary_search(&(first + u64::from(*place))).is_err());
    }

    /// The full stretches, to be written.
    pub(crate) fn full(&mut self) -> Vec<Stretch> {
        std::mem::take(&mut self.full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(account: &str) -> Event {
        let json = format!(
            r#"{{"specversion":"1.0","id":"1","source":"/t","type":"content.published",
            "time":"2024-06-01T12:00:00Z","data":{{"account":{{"id":"{account}"}},
            "content":{{"id":"c"}}}}}}"#
        );
        Event::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_stretch_is_closed_when_it_is_full_and_names_what_was_in_it() {
        let mut growing = Growing::default();
        growing.add(2, &event("ana"));
        growing.add(STRETCH - 1, &event("ben"));
        assert_eq!(growing.full(), []);
        growing.add(STRETCH + 7, &event("cleo"));
        let all = ["account/ana", "account/ben", "content/c"];
        let at = [(0, 2), (1, STRETCH as u16 - 1), (2, 2), (2, STRETCH as u16 - 1)];
        let names = at.map(|(of, place)| (print(all[of]), place)).into();
        assert_eq!(growing.full(), [Stretch::new(0, STRETCH + 7, &names)]);
        growing.add(STRETCH + 9, &event("dan"));
        growing.forget(&[STRETCH + 7]);
        assert_eq!(growing.names.len(), 2, "what dan posted");
        assert_eq!(growing.first, STRETCH + 7, "the next begins there");
    }
}
