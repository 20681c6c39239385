//! What can be set about the server, apart from where it listens.

use std::time::Duration;

use crate::access::oidc::Oidc;
use crate::access::proxies::Proxies;

/// See the module.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest body, as it is sent.
    pub body_bytes_max: usize,
    /// The largest body, unpacked.
    pub unpacked_bytes_max: usize,
    /// The largest event.
    pub record_bytes_max: usize,
    /// Events of one request.
    pub events_max: usize,
    /// Connections at a time.
    pub connections_max: usize,
    /// Connections at a time from one address.
    pub connections_per_address_max: usize,
    /// Of all connections, those that only people at the console may have.
    pub connections_reserved: usize,
    /// How long somebody may take to read a part of an answer.
    pub read_within: Duration,
    /// How long somebody whom nobody knows yet may take to send a form.
    pub form_within: Duration,
    /// How long a change of policies is waited for, before its caller is told where it goes on.
    pub change_within: Duration,
    /// Streams that one caller may follow at once.
    pub streams_per_caller_max: usize,
    /// Who speaks for others.
    pub proxies: Proxies,
    /// Memory for requests under way.
    pub memory_bytes_max: usize,
    /// Requests a second of one caller; 0 for any number.
    pub requests_per_second: u32,
    /// Events a second of one caller; 0 for any number.
    pub events_per_second: u32,
    /// Events later than this from now are refused; nothing means: any.
    pub future_max: Option<Duration>,
    /// How long a caller waits for what it sent to be on the disk.
    pub answer_within: Duration,
    /// How long somebody stays signed in.
    pub session: Duration,
    /// Whether cookies go over encrypted connections only.
    pub is_encrypted: bool,
    /// Where the history lies; nothing means that none is kept.
    pub history: Option<String>,
    /// Whose word is taken for who somebody is, besides passwords.
    pub oidc: Option<Oidc>,
    /// Work for humans.
    pub casework: Casework,
    /// The version of the program.
    pub version: &'static str,
}

/// How humans work, and where the platform's content lies.
#[derive(Clone, Debug, Default)]
pub struct Casework {
    /// How the desk works.
    pub desk: casework::Settings,
    /// Where content lies on the platform: `https://video.example/v/{id}`.
    pub content_urls: Vec<String>,
    /// Where accounts lie on the platform: `https://video.example/@{id}`.
    pub account_urls: Vec<String>,
    /// Whose media are shown beside cases: `https://media.video.example/{id}.mp4`.
    pub media_url: Option<String>,
    /// Who we are, as authorities are told.
    pub provider: casework::annex::Provider,
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
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}
