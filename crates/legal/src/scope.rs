//! The data that an order is about, in words or as a description of events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use types::{EventSelector, EventType, Subject, language};

use crate::annex::Moment;
use crate::order::cut;

/// The data that an order is about (Art. 10(2)(b) DSA, retention).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    /// The description in words.
    pub description: String,
    /// The platform's ids of accounts.
    pub accounts: Vec<String>,
    /// The platform's ids of contents.
    pub contents: Vec<String>,
    /// Types of events: `content.published`, …
    pub types: Vec<String>,
    /// Where it was posted, ISO 3166-1 alpha-2.
    pub countries: Vec<String>,
    /// Languages: tags, of which only the language counts.
    pub languages: Vec<String>,
    /// Words or phrases in texts.
    pub words: Vec<String>,
    /// Only events from this moment on.
    pub from: Moment,
    /// Only events until this moment.
    pub until: Moment,
}

impl Scope {
    /// The events that it describes, besides those about `subjects`; `None` if it describes them
    /// only in words, which a human has to read.
    ///
    /// # Errors
    ///
    /// A message about what cannot be understood.
    pub fn described(&self, subjects: &[Subject]) -> Result<Option<EventSelector>, String> {
        let accounts = self.accounts.iter().map(|id| Subject::new("account", id));
        let contents = self.contents.iter().map(|id| Subject::new("content", id));
        let wrong = self.types.iter().find(|name| EventType::from_name(name).is_none());
        if let Some(wrong) = wrong {
            return Err(format!("`{}` is no type of events", cut(wrong)));
        }
        if let Some(wrong) = self.words.iter().find(|word| !word.chars().any(char::is_alphanumeric))
        {
            return Err(format!("`{}` has no letter to be found by; leave it out", cut(wrong)));
        }
        language::check(&self.languages)?;
        let time = |moment: &Moment, at: Option<Timestamp>| match at {
            None if !moment.is_empty() => Err(format!("`{}` is no time", cut(&moment.0))),
            at => Ok(at),
        };
        let described = EventSelector {
            subjects: subjects.iter().cloned().chain(accounts).chain(contents).collect(),
            types: self.types.clone(),
            countries: self.countries.clone(),
            languages: self.languages.clone(),
            words: self.words.clone(),
            from: time(&self.from, self.from.start())?,
            until: time(&self.until, self.until.end())?,
        };
        if described.from.zip(described.until).is_some_and(|(from, until)| from >= until) {
            return Err("`from` is not before `until`, so that nothing would be kept".to_owned());
        }
        Ok(Some(described).filter(|described| !described.is_empty()))
    }
}
