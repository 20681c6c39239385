//! The configuration of the server: one TOML file in which every setting has a default. Secrets
//! come from the environment.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use app::Settings;
use app::access::oidc::Oidc;
use app::access::proxies::{Proxies, Range};
use deliver::Receiver;
use history::Retention;
use serde::Deserialize;

use crate::casework::CaseworkConfig;
use crate::output;
use crate::reports_config::ReportsConfig;
use crate::rolling::Rolling;
use crate::span::span;
use crate::statements_config::StatementsConfig;

/// The documented configuration with its defaults, as it is printed. Settings are explained only
/// there. A test reads it back and compares it with the defaults.
const DOCUMENTED: &str = include_str!("config.toml");

/// The configuration, as read from the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) store: PathBuf,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) policies: Option<PathBuf>,
    pub(crate) log: LogFormat,
    pub(crate) log_level: LogLevel,
    pub(crate) tls: Option<Tls>,
    pub(crate) limits: Limits,
    proxies: ProxiesConfig,
    pub(crate) sessions: Sessions,
    pub(crate) history: HistoryConfig,
    pub(crate) casework: CaseworkConfig,
    oidc: Option<OidcConfig>,
    pub(crate) statements: Option<StatementsConfig>,
    reports: Option<ReportsConfig>,
    pub(crate) receiver: Vec<ReceiverConfig>,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Auto,
    Text,
    Json,
}

/// The log level.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// Files of the certificate chain and its key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
}

/// Limits on requests and connections.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    body_bytes_max: usize,
    unpacked_bytes_max: usize,
    record_bytes_max: usize,
    events_max: usize,
    connections_max: usize,
    connections_per_address_max: usize,
    connections_reserved: usize,
    streams_per_caller_max: usize,
    memory_bytes_max: usize,
    requests_per_second: u32,
    events_per_second: u32,
    future_max: String,
    answer_within: String,
    read_within: String,
    form_within: String,
    change_within: String,
}

/// Trusted proxies.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ProxiesConfig {
    trusted: Vec<String>,
    header: String,
}

impl Default for ProxiesConfig {
    fn default() -> Self {
        Self { trusted: Vec::new(), header: "x-forwarded-for".to_owned() }
    }
}

impl ProxiesConfig {
    fn proxies(&self) -> anyhow::Result<Proxies> {
        let trusted: Result<Vec<Range>, String> =
            self.trusted.iter().map(|range| range.parse()).collect();
        let is_forwarded = match self.header.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => false,
            "forwarded" => true,
            other => bail!("proxies.header is x-forwarded-for or forwarded, not `{other}`"),
        };
        let trusted = trusted.map_err(|error| anyhow::anyhow!("proxies.trusted: {error}"))?;
        Ok(Proxies { trusted, is_forwarded })
    }
}

/// Sessions of the console.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sessions {
    hours: u32,
    behind_tls: bool,
}

/// The log in Parquet.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct HistoryConfig {
    place: Option<String>,
    every: String,
    days: BTreeMap<String, u32>,
    default_days: Option<u32>,
}

/// The identity provider for OpenID Connect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OidcConfig {
    issuer: String,
    client_id: String,
    secret_env: String,
    redirect_url: String,
    claim: Option<String>,
}

impl OidcConfig {
    fn provider(&self) -> anyhow::Result<Oidc> {
        let claim = self.claim.clone().unwrap_or_else(|| "preferred_username".to_owned());
        if claim != "preferred_username" && claim != "email" {
            bail!("oidc.claim is preferred_username or email");
        }
        let variable = &self.secret_env;
        let client_secret = std::env::var(variable)
            .with_context(|| format!("oidc: the environment variable `{variable}` is not set"))?;
        Ok(Oidc {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            redirect_url: self.redirect_url.clone(),
            claim,
        })
    }
}

/// A receiver of decisions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiverConfig {
    name: String,
    url: String,
    secret_env: String,
    #[serde(default)]
    allow_private: bool,
    timeout: Option<String>,
    retries: Option<Vec<String>>,
    #[serde(default)]
    from_start: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            store: PathBuf::from("probity.db"),
            key_file: None,
            policies: None,
            log: LogFormat::Auto,
            log_level: LogLevel::Info,
            tls: None,
            limits: Limits::default(),
            proxies: ProxiesConfig::default(),
            sessions: Sessions::default(),
            history: HistoryConfig::default(),
            casework: CaseworkConfig::default(),
            oidc: None,
            statements: None,
            reports: None,
            receiver: Vec::new(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let Settings { body_bytes_max, unpacked_bytes_max, record_bytes_max, .. } =
            Settings::default();
        let Settings {
            events_max,
            connections_max,
            connections_per_address_max,
            connections_reserved,
            streams_per_caller_max,
            memory_bytes_max,
            requests_per_second,
            events_per_second,
            ..
        } = Settings::default();
        Self {
            body_bytes_max,
            unpacked_bytes_max,
            record_bytes_max,
            events_max,
            connections_max,
            connections_per_address_max,
            connections_reserved,
            streams_per_caller_max,
            memory_bytes_max,
            requests_per_second,
            events_per_second,
            future_max: "5m".to_owned(),
            answer_within: "10s".to_owned(),
            read_within: "30s".to_owned(),
            form_within: "10s".to_owned(),
            change_within: "30s".to_owned(),
        }
    }
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self { place: None, every: "1h".to_owned(), days: BTreeMap::new(), default_days: None }
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self { hours: 12, behind_tls: false }
    }
}

/// The configuration in the file at `path`, or the defaults if `path` is `None`.
pub(crate) fn load(path: Option<&Path>) -> anyhow::Result<Config> {
    let Some(path) = path else { return Ok(Config::default()) };
    let text = crate::files::text(path)?;
    let context =
        || format!("the configuration `{}`; `probity config` explains it", path.display());
    let config: Config = toml::from_str(&text).with_context(context)?;
    config.settings().with_context(context)?;
    config.rolling().with_context(context)?;
    Ok(config)
}

/// The settings in the file at `path`, as recorded in the log: sections by name, as TOML. Secrets
/// are in the environment and not included. Addresses are recorded without user, query and
/// fragment.
///
/// # Errors
///
/// Fails if the file cannot be read or is not TOML.
pub(crate) fn told(path: Option<&Path>) -> anyhow::Result<BTreeMap<String, String>> {
    let Some(path) = path else { return Ok(BTreeMap::new()) };
    let mut document: toml_edit::DocumentMut = crate::files::text(path)?.parse()?;
    document.iter_mut().for_each(|(_, item)| shorten(item));
    let section = |(name, item): (&str, &toml_edit::Item)| {
        (name.to_owned(), item.to_string().trim().to_owned())
    };
    Ok(document.iter().map(section).collect())
}

/// Removes user, password, query and fragment from all addresses: they may hold a secret.
fn shorten(item: &mut toml_edit::Item) {
    if let Some(tables) = item.as_array_of_tables_mut() {
        tables.iter_mut().for_each(|table| table.iter_mut().for_each(|(_, item)| shorten(item)));
    } else if let Some(table) = item.as_table_like_mut() {
        table.iter_mut().for_each(|(_, item)| shorten(item));
    } else if let Some(mut url) = item.as_str().and_then(|text| reqwest::Url::parse(text).ok()) {
        let is_bare = url.query().is_none() && url.fragment().is_none() && url.username() == "";
        if is_bare && url.password().is_none() {
            return;
        }
        url.set_query(None);
        url.set_fragment(None);
        // An address without a host has no user.
        let _ = (url.set_username(""), url.set_password(None));
        *item = toml_edit::value(url.as_str());
    }
}

impl Config {
    /// The settings of the server, checked.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let limits = &self.limits;
        let future_max = match limits.future_max.as_str() {
            "any" => None,
            text => Some(span(text)?),
        };
        if limits.connections_max == 0 || limits.connections_max > 1_000_000 {
            bail!("connections_max must be 1 to 1000000");
        }
        if limits.events_max == 0 || limits.body_bytes_max == 0 || limits.record_bytes_max == 0 {
            bail!("events_max, body_bytes_max and record_bytes_max must be more than 0");
        }
        if limits.memory_bytes_max < limits.body_bytes_max {
            bail!("memory_bytes_max must be at least body_bytes_max, or no such body can be read");
        }
        if limits.connections_per_address_max == 0 || limits.streams_per_caller_max == 0 {
            bail!("connections_per_address_max and streams_per_caller_max must be more than 0");
        }
        for (name, within) in [
            ("answer_within", &limits.answer_within),
            ("read_within", &limits.read_within),
            ("form_within", &limits.form_within),
        ] {
            if span(within)? < Duration::from_millis(100) {
                bail!("{name} must be at least 100ms");
            }
        }
        if !(1..=24 * 31).contains(&self.sessions.hours) {
            bail!("sessions.hours must be 1 to 744");
        }
        Ok(Settings {
            body_bytes_max: limits.body_bytes_max,
            unpacked_bytes_max: limits.unpacked_bytes_max,
            record_bytes_max: limits.record_bytes_max,
            events_max: limits.events_max,
            connections_max: limits.connections_max,
            connections_per_address_max: limits.connections_per_address_max,
            connections_reserved: limits.connections_reserved,
            streams_per_caller_max: limits.streams_per_caller_max,
            read_within: span(&limits.read_within)?,
            form_within: span(&limits.form_within)?,
            change_within: span(&limits.change_within)?,
            proxies: self.proxies.proxies()?,
            memory_bytes_max: limits.memory_bytes_max,
            requests_per_second: limits.requests_per_second,
            events_per_second: limits.events_per_second,
            future_max,
            answer_within: span(&limits.answer_within)?,
            session: Duration::from_secs(u64::from(self.sessions.hours) * 3600),
            is_encrypted: self.tls.is_some() || self.sessions.behind_tls,
            history: self.history.place.clone(),
            casework: self.casework.settings()?,
            statements: self.statements.as_ref().map(StatementsConfig::settings).transpose()?,
            reports: self.reports.as_ref().map(ReportsConfig::settings).transpose()?,
            oidc: self.oidc.as_ref().map(OidcConfig::provider).transpose()?,
            version: env!("CARGO_PKG_VERSION"),
        })
    }

    /// How the log is rolled into the history. `None` if no history is configured.
    pub(crate) fn rolling(&self) -> anyhow::Result<Option<Rolling>> {
        let history = &self.history;
        let every = span(&history.every).context("history.every")?;
        if every < Duration::from_secs(1) {
            bail!("history.every must be at least 1s");
        }
        let unknown = history.days.keys().find(|kind| types::EventType::from_name(kind).is_none());
        if let Some(kind) = unknown {
            bail!("history.days: there is no event type `{kind}`");
        }
        let retention =
            Retention { days: history.days.clone(), default_days: history.default_days };
        Ok(history.place.clone().map(|place| Rolling { place, every, retention }))
    }

    /// The receivers, with their secrets from the environment.
    pub(crate) fn receivers(&self) -> anyhow::Result<Vec<Receiver>> {
        let mut names = std::collections::HashSet::new();
        let receivers = self.receiver.iter().map(|config| {
            let is_name = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
            if config.name.is_empty() || !config.name.chars().all(is_name) {
                bail!("the name of a receiver has letters, digits, `_` or `-`: `{}`", config.name);
            }
            if !names.insert(config.name.as_str()) {
                bail!(
                    "two receivers are named `{}`; delivery positions are stored by name",
                    config.name
                );
            }
            config.receiver().with_context(|| format!("the receiver `{}`", config.name))
        });
        receivers.collect()
    }
}

impl ReceiverConfig {
    fn receiver(&self) -> anyhow::Result<Receiver> {
        let variable = &self.secret_env;
        let secret = std::env::var(variable).with_context(|| {
            format!("set the environment variable `{variable}` to its secret; it is not set")
        })?;
        let mut receiver = Receiver::new(&self.name, &self.url, &secret, self.allow_private)?;
        if let Some(timeout) = &self.timeout {
            receiver.timeout = span(timeout)?;
        }
        if let Some(retries) = &self.retries {
            receiver.retries = retries.iter().map(|wait| span(wait)).collect::<Result<_, _>>()?;
        }
        if receiver.timeout.is_zero() || receiver.retries.is_empty() {
            bail!("timeout must be more than 0, and retries must name at least one wait");
        }
        receiver.is_from_start = self.from_start;
        Ok(receiver)
    }
}

/// Print every setting with its documentation and its value
///
/// Without --config, prints the defaults. The output is a valid configuration file to start from.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  probity config > probity.toml
  probity serve --config probity.toml")]
pub(crate) struct Args {
    /// Check and print this configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> anyhow::Result<crate::Outcome> {
    let Some(path) = &args.config else {
        output::stdout().write_all(DOCUMENTED.as_bytes())?;
        return Ok(crate::Outcome::Good);
    };
    load(Some(path))?;
    let told: toml_edit::DocumentMut = crate::files::text(path)?.parse()?;
    output::stdout().write_all(in_force(&told)?.as_bytes())?;
    Ok(crate::Outcome::Good)
}

/// The documented configuration with the values of `told`.
fn in_force(told: &toml_edit::DocumentMut) -> anyhow::Result<String> {
    let mut document: toml_edit::DocumentMut = DOCUMENTED.parse()?;
    for (key, item) in told.iter() {
        match (item.as_table(), document.get_mut(key).and_then(toml_edit::Item::as_table_mut)) {
            (Some(told), Some(table)) => {
                for (key, item) in told {
                    put(table, key, item);
                }
            }
            _ => put(document.as_table_mut(), key, item),
        }
    }
    Ok(document.to_string())
}

/// Replaces a value. The comment above it stays.
fn put(table: &mut toml_edit::Table, key: &str, item: &toml_edit::Item) {
    match table.get_mut(key) {
        Some(known) => *known = item.clone(),
        None => {
            table.insert(key, item.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_documented_is_what_is_in_force_without_a_file() {
        let documented: Config = toml::from_str(DOCUMENTED).unwrap();
        assert_eq!(format!("{documented:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn no_secret_in_an_address_goes_into_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.toml");
        let text = "[casework]\nmedia_url = \"https://m.example/{id}.mp4\"\n[[receiver]]\nname = \"a\"\n\
                    url = \"https://u:p@r.example/x?token=t\"\nsecret_env = \"S\"\n";
        std::fs::write(&path, text).unwrap();
        let told = told(Some(&path)).unwrap();
        assert!(told["casework"].contains("https://m.example/{id}.mp4"), "{told:?}");
        assert!(told["receiver"].contains("\"https://r.example/x\""), "{told:?}");
    }

    #[test]
    fn the_example_for_production_is_sound() {
        let config: Config = toml::from_str(include_str!("../../../deploy/probity.toml")).unwrap();
        config.settings().unwrap();
    }

    #[test]
    fn what_is_commented_out_can_be_put_in() {
        let told = "[tls]\ncert = \"c\"\nkey = \"k\"\n[[receiver]]\nname = \"p\"\nurl = \"u\"\n\
                    secret_env = \"S\"\n[limits]\nevents_max = 7\n";
        let printed = in_force(&told.parse().unwrap()).unwrap();
        let config: Config = toml::from_str(&printed).unwrap();
        assert_eq!((config.limits.events_max, config.receiver.len()), (7, 1));
        assert!(config.tls.is_some(), "{printed}");
    }
}
