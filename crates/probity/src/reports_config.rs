//! The section `[reports]` of the configuration: who reports, and what reports need beside the
//! ledger.

use std::path::PathBuf;

use anyhow::Context as _;
use app::reports::Settings;
use documents::report::Profile;
use serde::Deserialize;

/// The section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportsConfig {
    profile: Option<PathBuf>,
    texts: Option<PathBuf>,
    recipients: Option<PathBuf>,
    conduct: Option<PathBuf>,
    small_below: u64,
}

impl ReportsConfig {
    /// The settings, with the profile from its file.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let profile = match &self.profile {
            Some(path) => {
                let context = || format!("reports.profile: the file `{}`", path.display());
                toml::from_str(&crate::files::text(path)?).with_context(context)?
            }
            None => Profile::default(),
        };
        let files =
            [("texts", &self.texts), ("recipients", &self.recipients), ("conduct", &self.conduct)];
        for (name, path) in files {
            if let Some(path) = path.as_ref().filter(|path| !path.exists()) {
                anyhow::bail!("reports.{name}: there is no `{}`", path.display());
            }
        }
        Ok(Settings {
            profile,
            texts: self.texts.clone(),
            recipients: self.recipients.clone(),
            conduct: self.conduct.clone(),
            small_below: self.small_below,
        })
    }
}
