//! `names`: accounts whose handle or name imitates somebody else's.
//!
//! - Finds: protected names written with look-alike letters, leet, other separators, or one letter
//!   more, less, other or swapped.
//! - Misses: imitation by picture or by text alone.
//! - Wrongs: namesakes and fan accounts that say what they are; verified accounts are left alone.

use types::data::Account;

use crate::fold::confusable_form;

/// Shorter names are too often one letter away from each other.
const FUZZY_LETTERS_MIN: usize = 8;

/// A name that others imitate: the handle of the real account.
#[derive(Debug)]
pub struct Protected {
    name: String,
    form: String,
}

impl Protected {
    /// The protected name `name`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), form: confusable_form(name) }
    }

    /// The name as it is listed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The field of `account` that imitates this name, if one does.
    #[must_use]
    pub fn imitated_by(&self, account: &Account) -> Option<&'static str> {
        let is_real = account.handle.as_deref() == Some(self.name.as_str());
        if is_real || account.verified == Some(true) {
            return None;
        }
        [("account.handle", &account.handle), ("account.name", &account.name)]
            .into_iter()
            .find(|(_, name)| name.as_deref().is_some_and(|name| self.is_like(name)))
            .map(|(field, _)| field)
    }

    fn is_like(&self, name: &str) -> bool {
        let form = confusable_form(name);
        form == self.form
            || self.form.chars().count() >= FUZZY_LETTERS_MIN
                && strsim::osa_distance(&form, &self.form) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imitation_is_told_from_the_real_account() {
        let office = Protected::new("election_office");
        let with = |handle: &str, name: &str, verified| Account {
            handle: Some(handle.to_owned()),
            name: Some(name.to_owned()),
            verified: Some(verified),
            ..Account::default()
        };
        assert_eq!(office.imitated_by(&with("election_0ffice", "", false)), Some("account.handle"));
        assert_eq!(office.imitated_by(&with("x", "Election Office", false)), Some("account.name"));
        assert_eq!(office.imitated_by(&with("electionofice", "", false)), Some("account.handle"));
        assert_eq!(office.imitated_by(&with("election_office", "Election Office", false)), None);
        assert_eq!(office.imitated_by(&with("x", "Election Office", true)), None);
        assert_eq!(office.imitated_by(&with("erection_observer", "", false)), None);
    }
}
