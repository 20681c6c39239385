//! A receiver of webhooks, as it is configured.

use std::net::IpAddr;
use std::time::Duration;

use standardwebhooks::Webhook;

use crate::guard::is_private;

/// Shorter secrets can be guessed (Standard Webhooks asks for 24 to 64 bytes).
const SECRET_BYTES_MIN: usize = 24;

/// A receiver of decisions.
pub struct Receiver {
    /// Its name, which is the key of its progress.
    pub name: String,
    /// Its address.
    pub url: reqwest::Url,
    pub(crate) webhook: Webhook,
    /// Whether it may be in a private network.
    pub allow_private: bool,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// The waits between attempts at one message; after the last it is a dead letter.
    pub retries: Vec<Duration>,
    /// Whether a new receiver gets all messages from the beginning.
    pub is_from_start: bool,
}

/// Why a receiver cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// The address is invalid.
    #[error("`{0}` is no address of a receiver; write https://host/path")]
    Url(String),
    /// The address is in a private network.
    #[error("`{0}` lies in a private network; set allow_private = true if that is meant")]
    Private(String),
    /// The address is not encrypted, and what is sent holds a secret.
    #[error("`{0}` is not encrypted; write https://host/path")]
    Plain(String),
    /// The token is invalid.
    #[error("the token is empty, or has spaces or letters beyond ASCII")]
    Token,
    /// The secret is invalid.
    #[error("the secret must be base64 of at least 24 bytes, with or without `whsec_` before it")]
    Secret,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Receiver {
    /// The receiver `name` at `url`, whose messages are signed with `secret`.
    ///
    /// # Errors
    ///
    /// [`Unusable`] if the address or the secret cannot be used.
    pub fn new(name: &str, url: &str, secret: &str, allow_private: bool) -> Result<Self, Unusable> {
        let bad_url = || Unusable::Url(url.to_owned());
        let parsed = reqwest::Url::parse(url).map_err(|_| bad_url())?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(bad_url());
        }
        let host = parsed.host_str().filter(|_| matches!(parsed.scheme(), "http" | "https"));
        let host = host.ok_or_else(bad_url)?.trim_matches(['[', ']']);
        let is_inside = host.parse::<IpAddr>().is_ok_and(is_private) || host == "localhost";
        if is_inside && !allow_private {
            return Err(Unusable::Private(url.to_owned()));
        }
        let bytes = secret.strip_prefix("whsec_").unwrap_or(secret);
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bytes)
            .map_err(|_| Unusable::Secret)?;
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(Unusable::Secret);
        }
        let webhook = Webhook::from_bytes(bytes).map_err(|_| Unusable::Secret)?;
        Ok(Self {
            name: name.to_owned(),
            url: parsed,
            webhook,
            allow_private,
            timeout: Duration::from_secs(15),
            retries: RETRIES_SECONDS.iter().map(|seconds| Duration::from_secs(*seconds)).collect(),
            is_from_start: false,
        })
    }
}

/// Seconds between attempts: eleven retries over 28 hours, close together at first.
const RETRIES_SECONDS: &[u64] = &[1, 5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200];

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn private_addresses_are_refused_unless_allowed() {
        for url in ["http://127.0.0.1:9/x", "http://[::1]/", "http://localhost/", "http://10.0.0.8"]
        {
            let refused = Receiver::new("r", url, SECRET, false);
            assert!(matches!(refused, Err(Unusable::Private(_))), "{url}");
            assert!(Receiver::new("r", url, SECRET, true).is_ok(), "{url}");
        }
        assert!(Receiver::new("r", "https://platform.example/hook", SECRET, false).is_ok());
        for url in ["", "platform.example", "ftp://platform.example/", "https://"] {
            assert!(
                matches!(Receiver::new("r", url, SECRET, true), Err(Unusable::Url(_))),
                "{url}"
            );
        }
        let short = Receiver::new("r", "https://platform.example/", "whsec_c2hvcnQ=", false);
        assert!(matches!(short, Err(Unusable::Secret)));
    }
}
