//! The section `[statements]` of the configuration: statements of reasons for the DSA Transparency
//! Database.

use anyhow::Context as _;
use app::statements::Settings;
use deliver::Database;
use documents::statement::Terms;
use serde::Deserialize;

/// The section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StatementsConfig {
    url: Option<String>,
    token_env: Option<String>,
    allow_private: bool,
    union_only: bool,
    commercial: Vec<String>,
    informative: Vec<String>,
    policy_url: Option<String>,
    from_start: bool,
}

impl StatementsConfig {
    /// The settings, with the token from the environment.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let database = self.url.as_ref().map(|url| self.database(url)).transpose()?;
        if let Some(url) = &self.policy_url
            && !(url.starts_with("https://") && url.len() <= 400)
        {
            anyhow::bail!("statements.policy_url must be https://…, at most 400 characters");
        }
        Ok(Settings { terms: self.terms(), database, is_from_start: self.from_start })
    }

    /// What is stated, and how.
    pub(crate) fn terms(&self) -> Terms {
        Terms {
            is_union_only: self.union_only,
            commercial: self.commercial.clone(),
            informative: self.informative.clone(),
            policy_url: self.policy_url.clone(),
            is_for_figures: false,
        }
    }

    fn database(&self, url: &str) -> anyhow::Result<Database> {
        let variable = self.token_env.as_deref();
        let variable = variable.context("statements.token_env names the variable of the token")?;
        let token = std::env::var(variable).with_context(|| {
            format!("set the environment variable `{variable}` to the token; it is not set")
        })?;
        Database::new(url, &token, self.allow_private).context("the section [statements]")
    }
}
