//! Reads policy sets and mappings from disk.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use decide::{Diagnostic, PolicySet, Source};
use engine::Rules;
use types::{Event, Incoming};

/// All policy files and lists below `folder`.
pub(crate) fn policy_set(folder: &Path) -> anyhow::Result<PolicySet> {
    let mut sources = read_folder(folder, "", "toml")?;
    let lists = folder.join("lists");
    if lists.is_dir() {
        sources.extend(read_folder(&lists, "lists/", "txt")?);
    }
    if sources.is_empty() {
        bail!("`{}` holds no policy files; give the folder that holds *.toml", folder.display());
    }
    Ok(PolicySet::new(sources))
}

fn read_folder(folder: &Path, prefix: &str, extension: &str) -> anyhow::Result<Vec<Source>> {
    let context = || format!("cannot read the folder `{}`", folder.display());
    let mut sources = Vec::new();
    for file in std::fs::read_dir(folder).with_context(context)? {
        let path = file.with_context(context)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_wanted = path.extension().is_some_and(|found| found == extension);
        if is_wanted && !path.is_file() {
            bail!("`{}` cannot be read: it is not a file, or a broken link", path.display());
        }
        if !path.is_file() || name.starts_with('.') {
            continue;
        }
        if path.extension().is_none_or(|found| found != extension) {
            eprintln!("note: `{}` is ignored; only *.{extension} files are read", path.display());
            continue;
        }
        let name = format!("{prefix}{name}");
        if !decide::is_name(&name) {
            bail!("`{}` cannot be a file of a policy set; {}", path.display(), decide::NAMES);
        }
        sources.push(Source { name, text: text(&path)? });
    }
    Ok(sources)
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// The built-in policies, from this repository.
#[derive(rust_embed::Embed)]
#[folder = "../../policies"]
struct BuiltIn;

/// The built-in policies as a set.
pub(crate) fn built_in() -> PolicySet {
    let source = |name: std::borrow::Cow<'static, str>| {
        let file = BuiltIn::get(&name)?;
        let text = String::from_utf8_lossy(&file.data).into_owned();
        Some(Source { name: name.into_owned(), text })
    };
    PolicySet::new(BuiltIn::iter().filter_map(source).collect())
}

/// The compiled rules in `folder`. Findings are printed to stderr. Errors end the command.
pub(crate) fn rules(folder: &Path) -> anyhow::Result<(PolicySet, Arc<Rules>)> {
    compiled(policy_set(folder)?, &format!("`{}`", folder.display()))
}

/// `policy_set` with its compiled rules. Findings are printed to stderr. Errors end the command.
pub(crate) fn compiled(
    policy_set: PolicySet,
    what: &str,
) -> anyhow::Result<(PolicySet, Arc<Rules>)> {
    match Rules::load(&policy_set) {
        Ok(rules) if rules.program.rules.is_empty() => {
            bail!("{what}: no rule: nothing would be judged")
        }
        Ok(rules) => Ok((policy_set, Arc::new(rules))),
        Err(findings) => {
            let errors = print_errors(&policy_set, &findings);
            bail!("{what}: {errors} errors; see `probity rules check`");
        }
    }
}

/// Prints the errors among `findings` to stderr. Returns their number.
pub(crate) fn print_errors(policy_set: &PolicySet, findings: &[Diagnostic]) -> usize {
    let errors = findings.iter().filter(|finding| finding.is_error());
    errors.map(|error| eprintln!("{}\n", error.render(policy_set.text(&error.file), false))).count()
}

/// Creates the file at `path` for writing, unless it is one of the files `in_use`.
pub(crate) fn create<'a>(
    path: &Path,
    in_use: impl Iterator<Item = &'a Path>,
) -> anyhow::Result<std::fs::File> {
    let same = |other: &Path| match (path.canonicalize(), other.canonicalize()) {
        (Ok(path), Ok(other)) => path == other,
        _ => path == other,
    };
    for other in in_use {
        if same(other) {
            bail!("`{}` is in use for something else; name another file", path.display());
        }
    }
    std::fs::File::create(path).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The mapping in the file at `path`.
pub(crate) fn mapping(path: &Path) -> anyhow::Result<ingest::Mapping> {
    text(path)?.parse().with_context(|| format!("the mapping `{}`", path.display()))
}

/// The event in `json`, read as the server would read it.
pub(crate) fn event(json: &[u8]) -> anyhow::Result<Event> {
    let (incoming, left_out) = Incoming::read(json.to_vec(), 1)
        .map_err(|reject| anyhow::anyhow!("the event is not accepted: {reject}"))?;
    if !left_out.is_empty() {
        eprintln!("left out, because it cannot be read: {}", left_out.join(", "));
    }
    Ok(incoming.event)
}
