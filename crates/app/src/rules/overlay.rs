//! Changed files of a policy set, laid over those in force.

use std::collections::BTreeMap;

use decide::{PolicySet, Source};

use crate::service::problem::Problem;

/// Changed files: names (`civic.toml`, `lists/ro_voting.txt`) and new texts; `None` removes a file.
pub type Files = BTreeMap<String, Option<String>>;

/// The text of the file called `name`, if there is one.
pub fn text<'p>(policy_set: &'p PolicySet, name: &str) -> Option<&'p str> {
    let found = policy_set.sources().iter().find(|source| source.name == name);
    found.map(|source| source.text.as_str())
}

/// Refuses names that no file of a policy set can have.
pub fn check(policy_set: &PolicySet, files: &Files) -> Result<(), Problem> {
    let is_fit = |name: &&String| decide::is_name(name) || text(policy_set, name).is_some();
    match files.keys().find(|name| !is_fit(name)) {
        None => Ok(()),
        Some(name) => Err(unfit(name)),
    }
}

fn unfit(name: &str) -> Problem {
    Problem::Wrong(format!("`{name}` is no file of a policy set; {}", decide::NAMES))
}

/// The policy set of these files.
pub fn policy_set(sources: Vec<Source>) -> Result<PolicySet, Problem> {
    match sources.iter().find(|source| !decide::is_name(&source.name)) {
        None => Ok(PolicySet::new(sources)),
        Some(source) => Err(unfit(&source.name)),
    }
}

/// `policy_set` with `files` laid over it.
pub fn over(policy_set: &PolicySet, files: &Files) -> PolicySet {
    let kept =
        policy_set.sources().iter().filter(|source| !files.contains_key(&source.name)).cloned();
    let new = files.iter().filter_map(|(name, text)| {
        let (name, text) = (name.clone(), text.clone()?);
        Some(Source { name, text })
    });
    PolicySet::new(kept.chain(new).collect())
}

/// The files among `files` that change something in `policy_set`.
pub fn effective(policy_set: &PolicySet, mut files: Files) -> Files {
    files.retain(|name, new| text(policy_set, name) != new.as_deref());
    files
}

/// The files among `files` that are not the same in `now` as in `base`.
pub fn moved<'f>(base: &PolicySet, now: &PolicySet, files: &'f Files) -> Vec<&'f str> {
    let is_moved = |name: &&String| text(base, name) != text(now, name);
    files.keys().filter(is_moved).map(String::as_str).collect()
}

/// The stored form of files.
pub fn write(files: &Files) -> Result<String, Problem> {
    serde_json::to_string(files).map_err(|error| Problem::Internal(error.to_string()))
}

/// Reads files from their stored form.
pub fn read(kept: &str) -> Result<Files, Problem> {
    serde_json::from_str(kept).map_err(|error| Problem::Internal(format!("kept files: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy_set(files: &[(&str, &str)]) -> PolicySet {
        let source = |(name, text): &(&str, &str)| Source {
            name: (*name).to_owned(),
            text: (*text).to_owned(),
        };
        PolicySet::new(files.iter().map(source).collect())
    }

    #[test]
    fn files_are_added_changed_and_removed() {
        let base = policy_set(&[("a.toml", "a"), ("b.toml", "b"), ("lists/l.txt", "l")]);
        let files: Files = [
            ("a.toml".to_owned(), Some("a".to_owned())),
            ("b.toml".to_owned(), None),
            ("c.toml".to_owned(), Some("c".to_owned())),
        ]
        .into();
        let expected = policy_set(&[("a.toml", "a"), ("c.toml", "c"), ("lists/l.txt", "l")]);
        assert_eq!(over(&base, &files), expected);
        let effective = effective(&base, files);
        assert_eq!(effective.keys().collect::<Vec<_>>(), ["b.toml", "c.toml"]);
        let now = policy_set(&[("b.toml", "other"), ("c.toml", "c")]);
        assert_eq!(moved(&base, &now, &effective), ["b.toml", "c.toml"]);
        assert_eq!(read(&write(&effective).unwrap()).unwrap(), effective);
    }
}
