//! The course of events, one after the other, with the truth about those that are planted.

use std::collections::VecDeque;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use types::data::{Account, Claim, Content, Engagement, Flag, Network, Search, Views};
use types::{Data, Event, EventType};

use crate::cast::{Cast, Member, heavy_tail, person, place};
use crate::clock::Rhythm;
use crate::plant::{self, Plant};
use crate::scenario::Scenario;
use crate::words;

/// The truth about one event: which policy it breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The event's id.
    pub event: String,
    /// The policy.
    pub policy: String,
}

/// An event with the truth about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    /// The event.
    pub event: Event,
    /// The policy that it breaks, if it does.
    pub breaks: Option<&'static str>,
}

/// Content that is still viewed and flagged.
struct Item {
    content: Content,
    account: Account,
    views: u64,
    views_at_last: u64,
    plant: Option<Plant>,
}

/// The most items that are still viewed.
const ITEMS_MAX: usize = 5000;

/// The percentage of posts that are planted.
const PLANTED_PERCENT: f64 = 3.0;

/// A run of a scenario.
pub struct Simulation {
    scenario: Scenario,
    rng: ChaCha8Rng,
    rhythm: Rhythm,
    cast: Cast,
    items: VecDeque<Item>,
    number: u64,
    events: u64,
    newcomers: usize,
}

/// The mix of events: kinds per thousand.
const MIX: &[(u16, Kind)] = &[
    (180, Kind::Post),
    (100, Kind::Comment),
    (470, Kind::View),
    (120, Kind::Engage),
    (20, Kind::Flag),
    (73, Kind::Search),
    (8, Kind::Live),
    (25, Kind::Register),
    (1, Kind::Rate),
    (3, Kind::Delete),
];

#[derive(Clone, Copy)]
enum Kind {
    Post,
    Comment,
    View,
    Engage,
    Flag,
    Search,
    Live,
    Register,
    Rate,
    Delete,
}

impl Simulation {
    /// A run of `scenario` with `events` events, drawn from `seed`.
    #[must_use]
    pub fn new(scenario: Scenario, seed: u64, events: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let people = usize::try_from(events / 40).unwrap_or(usize::MAX).clamp(200, 500_000);
        let cast = Cast::new(&mut rng, scenario, people);
        let rhythm = Rhythm::new(scenario, events);
        Self {
            scenario,
            rng,
            rhythm,
            cast,
            items: VecDeque::new(),
            number: 0,
            events,
            newcomers: 0,
        }
    }

    fn kind(&mut self) -> Kind {
        let total: u16 = MIX.iter().map(|(weight, _)| weight).sum();
        let mut chance = self.rng.random_range(0..total);
        for (weight, kind) in MIX {
            if chance < *weight {
                return *kind;
            }
            chance -= weight;
        }
        Kind::Post
    }

    /// A recent item; items with many views are drawn more often.
    fn item(&mut self) -> Option<usize> {
        if self.items.is_empty() {
            return None;
        }
        let draws: Vec<usize> =
            (0..3).map(|_| place(self.rng.random::<f64>().sqrt(), self.items.len())).collect();
        draws.into_iter().max_by_key(|at| self.items[*at].views_at_last)
    }

    fn happen(&mut self, kind: Kind) -> (EventType, Data, Option<Plant>) {
        match kind {
            Kind::Post => self.post(),
            Kind::Comment => self.comment(),
            Kind::Search => self.search(),
            Kind::Live => self.live(),
            Kind::Register => self.register(),
            Kind::View => self.on_item(Self::view),
            Kind::Engage => self.on_item(Self::engage),
            Kind::Flag => self.on_item(Self::flag),
            Kind::Rate => self.rate(),
            Kind::Delete => self.on_item(Self::delete),
        }
    }

    fn on_item(
        &mut self,
        act: fn(&mut Self, usize) -> (EventType, Data),
    ) -> (EventType, Data, Option<Plant>) {
        match self.item() {
            Some(at) => {
                let (kind, data) = act(self, at);
                (kind, data, None)
            }
            None => self.post(),
        }
    }

    fn post(&mut self) -> (EventType, Data, Option<Plant>) {
        let is_planted = self.rng.random_bool(PLANTED_PERCENT / 100.0);
        let plant = is_planted.then(|| {
            let all = Plant::ALL;
            all[self.rng.random_range(0..all.len())]
        });
        let member = match plant {
            Some(Plant::Network) => {
                self.cast.network[self.rng.random_range(0..self.cast.network.len())].clone()
            }
            _ => self.cast.anyone(&mut self.rng).clone(),
        };
        let content = self.content(&member, plant);
        let account = member.account();
        self.remember(content.clone(), account.clone(), plant, member.followers);
        let data = Data { account: Some(account), content: Some(content), ..Data::default() };
        (EventType::ContentPublished, data, plant)
    }

    fn content(&mut self, member: &Member, plant: Option<Plant>) -> Content {
        let (country, language) = match plant {
            // Content planted for voters is written in their language.
            Some(Plant::Voting | Plant::Fraud | Plant::Network) => {
                (self.scenario.country(), self.scenario.language())
            }
            _ => (member.country, member.language),
        };
        let mut content = Content {
            id: format!("v-{}-{}", self.scenario.mark(), self.number),
            kind: Some(if self.rng.random_bool(0.8) { "video" } else { "photo" }.to_owned()),
            text: Some(self.caption(country, language, plant)),
            country: Some(country.to_owned()),
            duration_seconds: Some(self.rng.random_range(5..180)),
            sound: Some(format!("s-{}", self.rng.random_range(0..400_u32))),
            audience: Some("public".to_owned()),
            hashtags: Some(vec![plant::pick(&mut self.rng, words::TAGS).to_owned()]),
            ..Content::default()
        };
        if self.rng.random_bool(0.7) {
            content.lang = Some(language.into());
        }
        self.provenance(&mut content, plant);
        self.extras(&mut content, country, plant);
        content
    }

    fn caption(&mut self, country: &str, language: &str, plant: Option<Plant>) -> String {
        let everyday = words::of(words::EVERYDAY, language);
        let everyday = plant::pick(&mut self.rng, everyday);
        if let Some(plant) = plant {
            let text = plant::text(&mut self.rng, plant, country);
            return if text.is_empty() {
                everyday.to_owned()
            } else {
                format!("{text}! {everyday}")
            };
        }
        match self.rng.random_range(0..1000_u16) {
            // An account refutes a false claim by quoting it.
            0..4 => {
                let known = plant::REFUTATIONS.iter().find(|(known, ..)| *known == country);
                let (_, before, after) = known.unwrap_or(&plant::REFUTATIONS[0]);
                let claim = plant::of(plant::VOTING, country).unwrap_or_default();
                format!("{before}« {} »{after}", plant::pick(&mut self.rng, claim))
            }
            4..60 => plant::pick(&mut self.rng, words::of(words::CIVIC, language)).to_owned(),
            _ => {
                let other = plant::pick(&mut self.rng, words::of(words::EVERYDAY, language));
                format!("{everyday}, {other}")
            }
        }
    }

    /// Sets the results of classifier and provenance for the media.
    fn provenance(&mut self, content: &mut Content, plant: Option<Plant>) {
        let is_synthetic = plant == Some(Plant::Synthetic) || self.rng.random_bool(0.02);
        let is_declared = is_synthetic && plant != Some(Plant::Synthetic);
        content.synthetic_declared = Some(is_declared);
        content.synthetic_score = Some(match (is_synthetic, self.rng.random_range(0..1000_u16)) {
            // The classifier misses one in seven, and errs on one honest video in five hundred.
            (true, 0..860) => self.rng.random_range(80..=100),
            (true, _) => self.rng.random_range(30..80),
            (false, 0..2) => self.rng.random_range(80..90),
            (false, _) => self.rng.random_range(0..40),
        });
        if is_declared && self.rng.random_bool(0.5) {
            content.provenance = Some("ai_generated".to_owned());
        }
    }

    fn extras(&mut self, content: &mut Content, country: &str, plant: Option<Plant>) {
        match plant {
            Some(Plant::Spam) => {
                let page = self.rng.random_range(0..40_u8);
                content.links = Some(vec![format!("https://grow-{page}.example/offer")]);
            }
            Some(Plant::Network) => {
                let site = plant::of(plant::NETWORK_SITES, country).unwrap_or_default();
                content.links = Some(vec![format!("{site}/{}", self.rng.random_range(0..90_u8))]);
            }
            Some(Plant::Challenge) => {
                let is_known = self.rng.random_bool(0.9);
                let tags =
                    if is_known { plant::CHALLENGE_TAGS } else { plant::CHALLENGE_TAGS_VARIED };
                content.hashtags = Some(vec![plant::pick(&mut self.rng, tags).to_owned()]);
            }
            _ => {}
        }
    }

    fn remember(
        &mut self,
        content: Content,
        account: Account,
        plant: Option<Plant>,
        followers: u64,
    ) {
        // Views come from a lognormal of spread 2.3, lifted by the audience.
        let lift = (followers + 1).ilog2();
        let views_at_last = heavy_tail(&mut self.rng, 3.0 + f64::from(lift) / 4.0, 2.3);
        if self.items.len() >= ITEMS_MAX {
            self.items.pop_front();
        }
        self.items.push_back(Item { content, account, views: 0, views_at_last, plant });
    }

    fn comment(&mut self) -> (EventType, Data, Option<Plant>) {
        let Some(at) = self.item() else { return self.post() };
        let member = self.cast.anyone(&mut self.rng).clone();
        let text = plant::pick(&mut self.rng, words::of(words::EVERYDAY, member.language));
        let content = Content {
            id: format!("c-{}-{}", self.scenario.mark(), self.number),
            kind: Some("comment".to_owned()),
            text: Some(text.to_owned()),
            country: Some(member.country.to_owned()),
            reply_to: Some(self.items[at].content.id.clone()),
            ..Content::default()
        };
        let data =
            Data { account: Some(member.account()), content: Some(content), ..Data::default() };
        (EventType::ContentPublished, data, None)
    }

    fn view(&mut self, at: usize) -> (EventType, Data) {
        let share = self.rng.random_range(1..=5);
        let item = &mut self.items[at];
        let added = (item.views_at_last.saturating_sub(item.views) * share / 10).max(1);
        item.views += added;
        let content = Content {
            id: item.content.id.clone(),
            kind: item.content.kind.clone(),
            country: item.content.country.clone(),
            ..Content::default()
        };
        let views = Views { total: item.views, added: Some(added) };
        (
            EventType::ContentViewed,
            Data { content: Some(content), views: Some(views), ..Data::default() },
        )
    }

    fn engage(&mut self, at: usize) -> (EventType, Data) {
        let member = self.cast.anyone(&mut self.rng).account();
        let item = &self.items[at];
        let (kind, target) = match self.rng.random_range(0..10_u8) {
            0..7 => ("like", &item.content.id),
            7..9 => ("share", &item.content.id),
            _ => ("follow", &item.account.id),
        };
        let engagement = Engagement { kind: kind.to_owned(), target: Some(target.clone()) };
        let data = Data { account: Some(member), engagement: Some(engagement), ..Data::default() };
        (EventType::EngagementGiven, data)
    }

    fn flag(&mut self, at: usize) -> (EventType, Data) {
        // Content without views gets no flags.
        if self.items[at].views == 0 {
            return self.view(at);
        }
        // Planted content is flagged more often: another draw before an honest item is flagged.
        let planted = self.items.iter().rposition(|item| item.plant.is_some());
        let at = planted.filter(|_| self.rng.random_bool(0.4)).unwrap_or(at);
        let by = self.cast.anyone(&mut self.rng).id.clone();
        let item = &self.items[at];
        let reason = match item.plant {
            Some(Plant::Voting | Plant::Fraud) => "misinformation",
            Some(Plant::Spam | Plant::Network) => "spam",
            Some(Plant::Synthetic) => "synthetic",
            Some(Plant::Challenge) => "dangerous",
            None => "other",
        };
        let flag = Flag { reason: reason.to_owned(), by: Some(by) };
        let content = Content {
            id: item.content.id.clone(),
            kind: item.content.kind.clone(),
            ..Content::default()
        };
        let data = Data {
            account: Some(item.account.clone()),
            content: Some(content),
            flag: Some(flag),
            ..Data::default()
        };
        (EventType::FlagRaised, data)
    }

    fn delete(&mut self, at: usize) -> (EventType, Data) {
        let item = &self.items[at];
        let content = Content { id: item.content.id.clone(), ..Content::default() };
        let data =
            Data { account: Some(item.account.clone()), content: Some(content), ..Data::default() };
        (EventType::ContentDeleted, data)
    }

    /// A fact-checker's rating of a post about voting, if there is one.
    fn rate(&mut self) -> (EventType, Data, Option<Plant>) {
        let is_claim = |item: &Item| item.plant == Some(Plant::Voting);
        let Some(at) = self.items.iter().rposition(is_claim) else { return self.search() };
        let item = &self.items[at];
        let similarity = f64::from(self.rng.random_range(80..100_u8)) / 100.0;
        let claim = Claim {
            id: format!("claim-{}-{}", self.scenario.mark(), self.number),
            rating: Some("false".to_owned()),
            similarity: Some(similarity),
            partner: Some("sample-checkers".to_owned()),
        };
        let data = Data {
            account: Some(item.account.clone()),
            content: Some(item.content.clone()),
            claim: Some(claim.into()),
            ..Data::default()
        };
        (EventType::ClaimRated, data, Some(Plant::Voting))
    }

    fn search(&mut self) -> (EventType, Data, Option<Plant>) {
        let query = plant::pick(&mut self.rng, words::SEARCHES).to_owned();
        (
            EventType::SearchPerformed,
            Data { search: Some(Search { query }), ..Data::default() },
            None,
        )
    }

    fn live(&mut self) -> (EventType, Data, Option<Plant>) {
        let member = self.cast.anyone(&mut self.rng).clone();
        let title = plant::pick(&mut self.rng, words::of(words::EVERYDAY, member.language));
        let content = Content {
            id: format!("l-{}-{}", self.scenario.mark(), self.number),
            kind: Some("live".to_owned()),
            title: Some(title.to_owned()),
            country: Some(member.country.to_owned()),
            ..Content::default()
        };
        let data =
            Data { account: Some(member.account()), content: Some(content), ..Data::default() };
        (EventType::LiveStarted, data, None)
    }

    fn register(&mut self) -> (EventType, Data, Option<Plant>) {
        let number = self.cast.people.len() + self.newcomers;
        self.newcomers += 1;
        let time = self.rhythm.time(self.number);
        let member = person(&mut self.rng, self.scenario, number, time);
        let account = Account { registered_at: Some(time), followers: Some(0), ..member.account() };
        (EventType::AccountRegistered, Data { account: Some(account), ..Data::default() }, None)
    }

    /// Two thirds into the run the network is found.
    fn network_found(&self) -> Option<(EventType, Data, Option<Plant>)> {
        (self.number == self.events * 2 / 3).then(|| {
            let members = self.cast.network.iter().map(|member| member.id.clone());
            let network = Network {
                id: format!("network-{}", self.scenario.mark()),
                accounts: u32::try_from(self.cast.network.len()).ok(),
                score: Some(93),
                finding: Some("coordinated".to_owned()),
                members: Some(members.collect()),
            };
            let data = Data { network: Some(network.into()), ..Data::default() };
            (EventType::NetworkFound, data, Some(Plant::Network))
        })
    }
}

impl Iterator for Simulation {
    type Item = Simulated;

    fn next(&mut self) -> Option<Simulated> {
        if self.number >= self.events {
            return None;
        }
        let (kind, data, plant) = self.network_found().unwrap_or_else(|| {
            let kind = self.kind();
            self.happen(kind)
        });
        let event = Event {
            id: format!("e-{}-{}", self.scenario.mark(), self.number),
            source: format!("/simulate/{}", self.scenario.name()),
            kind,
            time: self.rhythm.time(self.number),
            subject: None,
            data,
        };
        self.number += 1;
        Some(Simulated { event, breaks: plant.map(Plant::policy) })
    }
}

impl std::fmt::Debug for Simulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Simulation({}, {} of {})", self.scenario.name(), self.number, self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(seed: u64, events: u64) -> Vec<String> {
        let run = Simulation::new(Scenario::Romania2024, seed, events);
        run.map(|simulated| serde_json::to_string(&simulated.event).unwrap()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
        assert_eq!(lines(7, 3000), lines(7, 3000));
        assert_ne!(lines(7, 3000), lines(8, 3000));
    }

    #[test]
    fn every_event_can_be_read_again_and_times_do_not_fall() {
        for scenario in Scenario::ALL {
            let mut last = jiff::Timestamp::MIN;
            let (start, days) = scenario.span();
            let end = start.as_second() + i64::from(days) * 86_400;
            for simulated in Simulation::new(*scenario, 1, 20_000) {
                let json = serde_json::to_vec(&simulated.event).unwrap();
                assert_eq!(Event::parse(&json).unwrap(), simulated.event);
                assert!(simulated.event.time >= last && simulated.event.time.as_second() < end);
                last = simulated.event.time;
            }
        }
    }

    #[test]
    fn everything_planted_occurs() {
        let run: Vec<_> = Simulation::new(Scenario::France2024, 3, 50_000).collect();
        for plant in Plant::ALL {
            let count = run.iter().filter(|one| one.breaks == Some(plant.policy())).count();
            assert!(count > 20, "{} occurs {count} times", plant.policy());
        }
        let planted = run.iter().filter(|one| one.breaks.is_some()).count();
        assert!(planted < run.len() / 50, "{planted} planted");
    }

    #[test]
    fn views_have_a_heavy_tail() {
        let run = Simulation::new(Scenario::Romania2024, 5, 100_000);
        let mut views: std::collections::HashMap<String, u64> = std::collections::HashMap::new();
        for one in run {
            if let (Some(content), Some(told)) = (one.event.data.content, one.event.data.views) {
                views.insert(content.id, told.total);
            }
        }
        let mut totals: Vec<u64> = views.into_values().collect();
        totals.sort_unstable_by(|a, b| b.cmp(a));
        let (top, all): (u64, u64) =
            (totals[..totals.len() / 100].iter().sum(), totals.iter().sum());
        assert!(top * 3 > all, "the top hundredth draws {top} of {all} views");
    }
}
