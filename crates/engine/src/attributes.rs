//! What events share by which accounts that act together become known: a device, an address, media,
//! a repeated text. It is stored with events on which something was decided, so that the reviewer
//! of one account sees the others. That accounts share something is measured; that they deceive is
//! for a human to find.
//!
//! - Finds: accounts with decisions that shared something exactly.
//! - Misses: accounts without decisions; what is shared in parts.
//! - Wrongs: families with one tablet, and fans who all link to the same page. So the number of
//!   others that share something is shown, and what many share weighs little.

use std::collections::BTreeSet;

use signal::links;
use types::{Decision, Event, EventKey, EventType, Facts};

/// The most addresses, and the most media, of one event.
const EACH_MAX: usize = 8;

/// The most members of a network that are found by name.
const MEMBERS_MAX: usize = 1000;

/// Something that events share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SharedAttribute {
    /// Its kind.
    pub kind: AttributeKind,
    /// Its value: an opaque key, an address, a digest.
    pub value: String,
}

/// The kind of what is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AttributeKind {
    /// The device that was used.
    Device,
    /// The digest of a photo, a video, a sound.
    Media,
    /// Texts that are nearly the same, if rules ask for clusters.
    Text,
    /// An address, without query and fragment.
    Link,
    /// The registrable domain of an address.
    Domain,
    /// A network that somebody found the account in.
    Network,
}

impl AttributeKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Media => "media",
            Self::Text => "text",
            Self::Link => "link",
            Self::Domain => "domain",
            Self::Network => "network",
        }
    }
}

impl SharedAttribute {
    /// The membership of `account` in networks that somebody found.
    #[must_use]
    pub fn member(account: &str) -> Self {
        Self { kind: AttributeKind::Network, value: account.to_owned() }
    }

    /// The key by which it is searched.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey::new(&format!("tie:{}", self.kind.name()), &self.value)
    }
}

/// What `event` may share with others.
#[must_use]
pub fn of(event: &Event, facts: &Facts) -> BTreeSet<SharedAttribute> {
    let attribute = |kind, value: &str| SharedAttribute { kind, value: value.to_owned() };
    let data = &event.data;
    let mut attributes = BTreeSet::new();
    attributes.extend(
        data.account
            .iter()
            .flat_map(|account| &account.device)
            .map(|device| attribute(AttributeKind::Device, device)),
    );
    attributes
        .extend(facts.cluster.iter().map(|cluster| attribute(AttributeKind::Text, &cluster.id)));
    if let Some(content) = &data.content {
        let hashes = content.hashes.iter().flatten().take(EACH_MAX);
        attributes
            .extend(hashes.map(|hash| attribute(AttributeKind::Media, &hash.to_ascii_lowercase())));
        let texts = [&content.title, &content.text];
        let written = texts.into_iter().flatten();
        let written =
            written.flat_map(|text| links::find(text).map(|(from, until)| &text[from..until]));
        let told = content.links.iter().flatten().map(String::as_str);
        for link in told.chain(written).take(EACH_MAX) {
            let Some(host) = links::host(link) else { continue };
            attributes.insert(attribute(AttributeKind::Link, &address(&host, link)));
            attributes.insert(attribute(AttributeKind::Domain, links::registrable(&host)));
        }
    }
    let members = data.network.iter().flat_map(|network| network.members.iter().flatten());
    attributes.extend(members.take(MEMBERS_MAX).map(|account| SharedAttribute::member(account)));
    attributes
}

/// The keys under which `event` is found by what it shares; none unless there is a decision on it,
/// or it reports a network.
pub(crate) fn keys(event: &Event, facts: &Facts, decision: Option<&Decision>) -> Vec<EventKey> {
    if decision.is_none() && event.kind != EventType::NetworkFound {
        return Vec::new();
    }
    of(event, facts).iter().map(SharedAttribute::key).collect()
}

/// Host and path of a link.
fn address(host: &str, link: &str) -> String {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let path = rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/');
    format!("{}{path}", host.trim_start_matches("www."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_same_however_they_are_written() {
        for link in [
            "https://www.Example.org/a/b/?utm_source=x#top",
            "example.org/a/b",
            "http://example.org/a/b#c",
        ] {
            let host = links::host(link).unwrap();
            assert_eq!(address(&host, link), "example.org/a/b", "{link}");
        }
        assert_eq!(address("example.org", "https://example.org/"), "example.org");
    }

    #[test]
    fn an_event_shares_device_media_addresses_and_text() {
        let json = r#"{"specversion":"1.0","id":"1","source":"/t","type":"content.published",
            "time":"2024-06-01T12:00:00Z","data":{"account":{"id":"a","device":"d-1"},
            "content":{"id":"c","text":"read example.org/x now, www.example.org/x?y=1",
            "links":["https://other.example/"],"hashes":["AB"]}}}"#;
        let event = Event::parse(json.as_bytes()).unwrap();
        let cluster = types::Cluster { id: "07".to_owned(), ..types::Cluster::default() };
        let facts = Facts { cluster: Some(cluster), ..Facts::default() };
        let found: Vec<String> = of(&event, &facts)
            .iter()
            .map(|attribute| format!("{} {}", attribute.kind.name(), attribute.value))
            .collect();
        let expected = [
            "device d-1",
            "media ab",
            "text 07",
            "link example.org/x",
            "link other.example",
            "domain example.org",
            "domain other.example",
        ];
        assert_eq!(found, expected);
        assert!(keys(&event, &facts, None).is_empty(), "nothing was decided on it");
    }
}
