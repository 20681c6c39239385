//! A client of the server's own API, for the demo and the load generator.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::{Response, StatusCode, Url};

/// A client of one server, with one API key.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    key: String,
}

impl Client {
    /// A client of the server at `base` that sends the API key `key`.
    pub(crate) fn new(base: &str, key: &str) -> anyhow::Result<Self> {
        let base = Url::parse(base)
            .with_context(|| format!("`{base}` is not an address; write http://host:port"))?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(60))
            .tcp_nodelay(true)
            .build()
            .context("cannot create an HTTP client")?;
        Ok(Self { http, base, key: key.to_owned() })
    }

    fn url(&self, path: &str) -> anyhow::Result<Url> {
        self.base.join(path).with_context(|| format!("`{path}` is not a path"))
    }

    /// Sends a body with POST.
    pub(crate) async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> anyhow::Result<Response> {
        let request = self.http.post(self.url(path)?).bearer_auth(&self.key);
        let request = request.header("content-type", content_type).body(body);
        request.send().await.context("no answer from the server")
    }

    /// Returns the JSON value at `path`.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<serde_json::Value> {
        Ok(self.open(path).await?.json().await?)
    }

    /// Sends a request on behalf of the colleague named, if any. Returns the answer.
    pub(crate) async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        reviewer: Option<&str>,
        body: &serde_json::Value,
    ) -> anyhow::Result<serde_json::Value> {
        let mut request = self.http.request(method, self.url(path)?).bearer_auth(&self.key);
        if let Some(reviewer) = reviewer {
            request = request.header("probity-reviewer", reviewer);
        }
        let response = request.json(body).send().await.context("no answer from the server")?;
        if !response.status().is_success() {
            bail!("{path}: {}", problem(response).await);
        }
        Ok(response.json().await.unwrap_or_default())
    }

    /// Opens an answer to be read as a stream.
    pub(crate) async fn open(&self, path: &str) -> anyhow::Result<Response> {
        let request = self.http.get(self.url(path)?).bearer_auth(&self.key);
        let response = request.send().await.context("no answer from the server")?;
        if response.status() != StatusCode::OK {
            bail!("{path}: {}", problem(response).await);
        }
        Ok(response)
    }
}

/// The error in an answer of the server, as text.
pub(crate) async fn problem(response: Response) -> String {
    let status = response.status();
    let body: serde_json::Value = response.json().await.unwrap_or_default();
    let part = |key: &str| body.get(key).and_then(|part| part.as_str()).unwrap_or("").to_owned();
    format!("{status} {} {}", part("code"), part("detail"))
}

/// How long the server asks to wait before the next attempt.
pub(crate) fn retry_after(response: &Response) -> Duration {
    let told = response.headers().get("retry-after").and_then(|told| told.to_str().ok());
    Duration::from_secs(told.and_then(|told| told.parse().ok()).unwrap_or(1).min(30))
}
