//! Settings of the service, apart from the addresses that it listens on.

use std::time::Duration;

use crate::access::oidc::Oidc;
use crate::access::proxies::Proxies;

/// The settings of the service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest body as sent, in bytes.
    pub body_bytes_max: usize,
    /// The largest body after decompression, in bytes.
    pub unpacked_bytes_max: usize,
    /// The largest event, in bytes.
    pub record_bytes_max: usize,
    /// The most events in one request.
    pub events_max: usize,
    /// The most connections at a time.
    pub connections_max: usize,
    /// The most connections at a time from one address.
    pub connections_per_address_max: usize,
    /// How many of all connections are reserved for people at the console.
    pub connections_reserved: usize,
    /// How long a client may take to read a part of an answer.
    pub read_within: Duration,
    /// How long a client that is not identified yet may take to send a form.
    pub form_within: Duration,
    /// How long a caller waits for a change of policies before it gets the address of the job.
    pub change_within: Duration,
    /// The most streams and exports of one caller at once.
    pub streams_per_caller_max: usize,
    /// The trusted proxies.
    pub proxies: Proxies,
    /// The memory for requests under way, in bytes.
    pub memory_bytes_max: usize,
    /// Requests per second of one caller; 0: no limit.
    pub requests_per_second: u32,
    /// Events per second of one caller; 0: no limit.
    pub events_per_second: u32,
    /// Events later than this from now are refused; `None`: no limit.
    pub future_max: Option<Duration>,
    /// How long a caller waits until its events are on disk.
    pub answer_within: Duration,
    /// The length of a session.
    pub session: Duration,
    /// Whether cookies are sent over encrypted connections only.
    pub is_encrypted: bool,
    /// The place of the history; `None`: none is kept.
    pub history: Option<String>,
    /// The identity provider for signing in without a password, if there is one.
    pub oidc: Option<Oidc>,
    /// The settings of casework.
    pub casework: Casework,
    /// Statements of reasons for the DSA Transparency Database; `None`: none are made.
    pub statements: Option<crate::statements::Settings>,
    /// What reports need beside the ledger; `None`: nothing is configured.
    pub reports: Option<crate::reports::Settings>,
    /// The version of the program.
    pub version: &'static str,
}

/// Settings of casework, and the addresses of the platform's content.
#[derive(Clone, Debug, Default)]
pub struct Casework {
    /// The settings of the review queue.
    pub review_queue: review::Settings,
    /// The patterns of addresses of content on the platform: `https://video.example/v/{id}`.
    pub content_urls: Vec<String>,
    /// The patterns of addresses of accounts on the platform: `https://video.example/@{id}`.
    pub account_urls: Vec<String>,
    /// The pattern of addresses of media shown with cases: `https://media.video.example/{id}.mp4`.
    pub media_url: Option<String>,
    /// Our details in answers to authorities.
    pub provider: legal::annex::Provider,
    /// Languages that authorities may write in (Art. 11(3) DSA).
    pub languages: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_bytes_max: 8 << 20,
            unpacked_bytes_max: 64 << 20,
            record_bytes_max: 1 << 20,
            events_max: 10_000,
            connections_max: 800,
            connections_per_address_max: 400,
            connections_reserved: 50,
            read_within: Duration::from_secs(30),
            form_within: Duration::from_secs(10),
            change_within: Duration::from_secs(30),
            streams_per_caller_max: 16,
            proxies: Proxies::default(),
            memory_bytes_max: 256 << 20,
            requests_per_second: 5000,
            events_per_second: 200_000,
            future_max: Some(Duration::from_secs(300)),
            answer_within: Duration::from_secs(10),
            session: Duration::from_secs(12 * 3600),
            is_encrypted: false,
            history: None,
            oidc: None,
            casework: Casework::default(),
            statements: None,
            reports: None,
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
