//! The DSA Transparency Database, as a place to send statements of reasons to: requests and their
//! answers, and nothing about what they mean.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};

use crate::guard::{PublicOnly, is_private};
use crate::receiver::Unusable;
use crate::send::why;

/// How long the database may take to answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The most bytes of an answer that are read: a hundred statements as they were sent.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// The database, with the token of the platform.
#[derive(Clone)]
pub struct Database {
    url: Url,
    token: String,
    client: reqwest::Client,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// An answer: its status, its body, and the seconds that it asks to wait.
    Answer(u16, Vec<u8>, Option<u64>),
    /// Nothing was sent: there is no connection.
    Unsent(String),
    /// It was sent, and no whole answer came: it is not known what happened.
    Lost(String),
}

impl Database {
    /// The database whose interface begins at `url` (`https://host/api/v1`).
    ///
    /// # Errors
    ///
    /// [`Unusable`] if the address or the token cannot be used.
    pub fn new(url: &str, token: &str, allow_private: bool) -> Result<Self, Unusable> {
        let address = checked(url, token, allow_private)?;
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .user_agent(concat!("probity/", env!("CARGO_PKG_VERSION")));
        let builder = if allow_private { builder } else { builder.dns_resolver(PublicOnly) };
        let client = builder.build().map_err(|_| Unusable::Url(url.to_owned()))?;
        Ok(Self { url: address, token: token.to_owned(), client })
    }

    /// The host that it is at.
    #[must_use]
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Sends statements, each of them JSON.
    pub async fn submit(&self, statements: &[&str]) -> Answered {
        let body = format!("{{\"statements\":[{}]}}", statements.join(","));
        let request = self.client.post(self.at("statements")).body(body);
        self.ask(request.header("content-type", "application/json")).await
    }

    /// Whether the database has the statement called `puid`; `None` if that cannot be told now.
    pub async fn has(&self, puid: &str) -> Option<bool> {
        let request = self.client.get(self.at(&format!("statement/existing-puid/{puid}")));
        match self.ask(request).await {
            // It answers with the address of the statement, which is not followed.
            Answered::Answer(302, ..) => Some(true),
            Answered::Answer(404, ..) => Some(false),
            _ => None,
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.url)
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Answered {
        let request = request.bearer_auth(&self.token).header("accept", "application/json");
        let mut answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Answered::Unsent(why(&error)),
            Err(error) => return Answered::Lost(why(&error)),
        };
        let wait = (answer.status() == StatusCode::TOO_MANY_REQUESTS)
            .then(|| answer.headers().get("retry-after")?.to_str().ok()?.parse().ok())
            .flatten();
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => return Answered::Lost("the answer is too long".to_owned()),
                Ok(None) => return Answered::Answer(answer.status().as_u16(), body, wait),
                Err(error) => return Answered::Lost(why(&error)),
            }
        }
    }
}

/// The address, if nothing that is sent there leaks.
fn checked(url: &str, token: &str, allow_private: bool) -> Result<Url, Unusable> {
    let bad_url = || Unusable::Url(url.to_owned());
    let parsed = Url::parse(url.trim_end_matches('/')).map_err(|_| bad_url())?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(bad_url());
    }
    let host = parsed.host_str().filter(|_| matches!(parsed.scheme(), "http" | "https"));
    let host = host.ok_or_else(bad_url)?.trim_matches(['[', ']']);
    let is_inside = host.parse::<IpAddr>().is_ok_and(is_private) || host == "localhost";
    if is_inside && !allow_private {
        return Err(Unusable::Private(url.to_owned()));
    }
    if parsed.scheme() == "http" && !is_inside {
        return Err(Unusable::Plain(url.to_owned()));
    }
    if token.is_empty() || !token.bytes().all(|c| c.is_ascii_graphic()) {
        return Err(Unusable::Token);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_would_show_the_token_is_refused() {
        let refused = |url: &str, token: &str, private| checked(url, token, private).err();
        let plain = refused("http://database.example/api/v1", "t", false);
        assert!(matches!(plain, Some(Unusable::Plain(_))), "{plain:?}");
        let inside = refused("http://127.0.0.1:9/api/v1", "t", false);
        assert!(matches!(inside, Some(Unusable::Private(_))), "{inside:?}");
        for url in ["database", "https://name:word@database.example/"] {
            assert!(matches!(refused(url, "t", true), Some(Unusable::Url(_))), "{url}");
        }
        for token in ["", "two words", "line\n"] {
            let bad = refused("https://database.example/api/v1", token, false);
            assert!(matches!(bad, Some(Unusable::Token)), "{token:?}");
        }
        let address = checked("https://database.example/api/v1/", "t", false).unwrap();
        assert_eq!(address.as_str(), "https://database.example/api/v1");
    }
}
