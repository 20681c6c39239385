//! The section `[casework]` of the configuration: how humans work.

use anyhow::{Context as _, bail};
use app::Casework;
use legal::annex::Provider;
use review::sampling::Rates;
use review::wellbeing::Limits;
use review::{Queue, Settings};
use serde::Deserialize;
use types::language;

use crate::span::span;

/// The section `[casework]`, as read from the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct CaseworkConfig {
    lease: String,
    severe_from: u8,
    oldest_every: u64,
    golden_every: u64,
    content_urls: Vec<String>,
    account_urls: Vec<String>,
    media_url: Option<String>,
    provider: Provider,
    languages: Vec<String>,
    restricted: Vec<String>,
    second_reviews: Rates,
    limits: Limits,
    queue: Vec<Queue>,
}

impl Default for CaseworkConfig {
    fn default() -> Self {
        let Settings { severe_from, oldest_every, golden_every, second_reviews, limits, .. } =
            Settings::default();
        Self {
            lease: "10m".to_owned(),
            severe_from,
            oldest_every,
            golden_every,
            content_urls: Vec::new(),
            account_urls: Vec::new(),
            media_url: None,
            provider: Provider::default(),
            languages: vec!["en".to_owned()],
            restricted: Vec::new(),
            second_reviews,
            limits,
            queue: Vec::new(),
        }
    }
}

impl CaseworkConfig {
    /// The settings of the review queue, and the addresses of content on the platform.
    pub(crate) fn settings(&self) -> anyhow::Result<Casework> {
        let lease = span(&self.lease).context("casework.lease")?;
        let lease_ms = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        if !(30_000..=86_400_000).contains(&lease_ms) {
            bail!("casework.lease must be 30s to 24h");
        }
        if !(1..=11).contains(&self.severe_from) {
            bail!("casework.severe_from must be 1 to 10, or 11 for never");
        }
        let mut urls = self.content_urls.iter().chain(&self.account_urls).chain(&self.media_url);
        if let Some(wrong) = urls.find(|url| !url.contains("{id}")) {
            bail!("casework: `{wrong}` is without `{{id}}`");
        }
        let languages = language::check(&self.languages).map_err(anyhow::Error::msg);
        languages.context("casework.languages")?;
        let queues = Queue::all(&self.queue).map_err(anyhow::Error::msg).context("casework")?;
        let review_queue = Settings {
            queues,
            lease_ms,
            severe_from: self.severe_from,
            oldest_every: self.oldest_every,
            second_reviews: self.second_reviews.clone(),
            golden_every: self.golden_every,
            limits: self.limits,
            restricted: self.restricted.clone(),
            ..Settings::default()
        };
        Ok(Casework {
            review_queue,
            content_urls: self.content_urls.clone(),
            account_urls: self.account_urls.clone(),
            media_url: self.media_url.clone(),
            provider: self.provider.clone(),
            languages: self.languages.clone(),
        })
    }
}
