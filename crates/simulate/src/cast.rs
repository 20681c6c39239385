//! The cast: accounts with a country, a language and an audience.

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, LogNormal};
use types::data::Account;

use crate::scenario::Scenario;

/// A member of the platform.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    handle: String,
    pub(crate) country: &'static str,
    pub(crate) language: &'static str,
    registered_at: Timestamp,
    class: &'static str,
    pub(crate) followers: u64,
    /// The phone, set for members of the network, who share a few.
    device: Option<String>,
}

impl Member {
    /// The account as given in events.
    pub(crate) fn account(&self) -> Account {
        Account {
            id: self.id.clone(),
            handle: Some(self.handle.clone()),
            country: Some(self.country.to_owned()),
            registered_at: Some(self.registered_at),
            class: Some(self.class.to_owned()),
            followers: Some(self.followers),
            device: self.device.clone(),
            ..Account::default()
        }
    }
}

/// The number of accounts in the coordinated network.
pub(crate) const NETWORK_SIZE: usize = 40;

/// The number of phones that they share.
const NETWORK_DEVICES: usize = 10;

/// All accounts at the beginning: honest people, then the network.
pub(crate) struct Cast {
    pub(crate) people: Vec<Member>,
    pub(crate) network: Vec<Member>,
}

impl Cast {
    pub(crate) fn new(rng: &mut impl Rng, scenario: Scenario, people: usize) -> Self {
        let (start, _) = scenario.span();
        let one = |rng: &mut _, number| person(rng, scenario, number, start);
        let people = (0..people).map(|number| one(rng, number)).collect();
        let network = (0..NETWORK_SIZE).map(|number| recruit(rng, scenario, number, start));
        Self { people, network: network.collect() }
    }

    /// A random account; the few active ones are drawn more often than the many quiet ones.
    pub(crate) fn anyone(&self, rng: &mut impl Rng) -> &Member {
        let chance: f64 = rng.random();
        &self.people[place(chance * chance, self.people.len())]
    }
}

/// The index at a share of `count`.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a short list"
)]
pub(crate) fn place(share: f64, count: usize) -> usize {
    ((share * count as f64) as usize).min(count.saturating_sub(1))
}

/// An honest account, registered up to six years before `start`.
pub(crate) fn person(
    rng: &mut impl Rng,
    scenario: Scenario,
    number: usize,
    start: Timestamp,
) -> Member {
    let (country, language) = match rng.random_range(0..100_u8) {
        0..60 => (scenario.country(), scenario.language()),
        60..70 => ("DE", "de"),
        70..80 if scenario == Scenario::France2024 => ("RO", "ro"),
        70..80 => ("FR", "fr"),
        _ => ("IE", "en"),
    };
    let class = match rng.random_range(0..1000_u16) {
        0..8 => "news",
        8..12 => "government",
        12..40 => "business",
        40..140 => "creator",
        _ => "personal",
    };
    let days = rng.random_range(1..2200_i64);
    Member {
        id: format!("a-{}-{number}", scenario.mark()),
        handle: format!("user{number}"),
        country,
        language,
        registered_at: start.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(start),
        class,
        followers: heavy_tail(rng, 4.5, 2.0),
        device: None,
    }
}

/// A member of the network: all of them registered within a week, with few followers.
fn recruit(rng: &mut impl Rng, scenario: Scenario, number: usize, start: Timestamp) -> Member {
    let hours = rng.random_range(0..7 * 24_i64);
    Member {
        id: format!("n-{}-{number}", scenario.mark()),
        handle: format!("{}_{number}", ["vigil", "clarion", "beacon"][number % 3]),
        country: scenario.country(),
        language: scenario.language(),
        registered_at: start.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(start),
        class: "personal",
        followers: heavy_tail(rng, 2.5, 0.8),
        device: Some(format!("d-{}-{}", scenario.mark(), number % NETWORK_DEVICES)),
    }
}

/// A count with a lognormal tail, like those of views and followers.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a positive count")]
pub(crate) fn heavy_tail(rng: &mut impl Rng, mean: f64, spread: f64) -> u64 {
    LogNormal::new(mean, spread).map_or(0, |tail| tail.sample(rng) as u64)
}
