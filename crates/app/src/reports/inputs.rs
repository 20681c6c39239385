//! What the operator gives a report beside the ledger: who reports, texts, recipients.

use std::path::{Path, PathBuf};

use documents::account::Regime;
use documents::report::{Period, Profile, Texts, recipients};

use crate::reports::making::{CONDUCT, DSA, Words};
use crate::service::problem::Problem;

/// The settings of reports.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Who reports.
    pub profile: Profile,
    /// A folder with texts: those of the harmonised report in it, those of other regimes in folders
    /// with the names of these.
    pub texts: Option<PathBuf>,
    /// A file with the active recipients of each month.
    pub recipients: Option<PathBuf>,
    /// A file with what is answered under the Code of Conduct on Disinformation.
    pub conduct: Option<PathBuf>,
    /// Rows with fewer are put together for the public; 0: none are.
    pub small_below: u64,
}

impl Settings {
    /// What `regime` says beside its figures.
    ///
    /// # Errors
    ///
    /// [`Problem::Wrong`] if a file cannot be read.
    pub fn words(&self, regime: &Regime) -> Result<Words, Problem> {
        let mut words = Words::default();
        if let Some(folder) = &self.texts {
            let own = folder.join(regime.id);
            words.texts = texts(if regime.id == DSA { folder } else { &own })?;
        }
        if let Some(path) = self.conduct.as_ref().filter(|_| regime.id == CONDUCT) {
            let wrong =
                |why: String| Problem::Wrong(format!("the answers `{}`: {why}", name(path)));
            let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            words.answers = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        }
        Ok(words)
    }

    /// The mean of the active recipients over the months of `period`, if there is a file.
    ///
    /// # Errors
    ///
    /// [`Problem::Wrong`] with what is wrong in the file.
    pub fn recipients(
        &self,
        period: Period,
    ) -> Result<Option<std::collections::BTreeMap<String, u64>>, Problem> {
        let Some(path) = &self.recipients else { return Ok(None) };
        let wrong = |why: String| Problem::Wrong(format!("the recipients `{}`: {why}", name(path)));
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        recipients(&bytes, period).map(Some).map_err(wrong)
    }
}

/// Texts of a folder, by the names of their files without ending; none if there is no such folder.
///
/// # Errors
///
/// [`Problem::Wrong`] if a file cannot be read.
pub fn texts(folder: &Path) -> Result<Texts, Problem> {
    let mut texts = Texts::default();
    let wrong = |path: &Path, error: &std::io::Error| {
        Problem::Wrong(format!("cannot read the text `{}`: {error}", name(path)))
    };
    if !folder.exists() {
        return Ok(texts);
    }
    for entry in std::fs::read_dir(folder).map_err(|error| wrong(folder, &error))? {
        let entry = entry.map_err(|error| wrong(folder, &error))?.path();
        let is_text = entry.extension().is_some_and(|end| end == "txt" || end == "md");
        if let Some(stem) = entry.file_stem().and_then(|name| name.to_str()).filter(|_| is_text) {
            let text = std::fs::read_to_string(&entry).map_err(|error| wrong(&entry, &error))?;
            texts.0.insert(stem.to_owned(), text);
        }
    }
    Ok(texts)
}

/// The last part of a path: where files lie is not told.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
