//! A policy set as it is written, and its compilation to a [`Program`].

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest, Sha256};
use toml::Spanned;
use types::policy::CATEGORIES;
use types::{List, ListKind, Policy, PolicyVersion};

use crate::case::{self, Case};
use crate::check::Names;
use crate::diagnostic::{Diagnostic, count_lines, suggestion};
use crate::program::Program;
use crate::span::TomlPlace;
use crate::stage::Breaker;
use crate::{declared, lint, overlap};

/// Longer names of policies, rules and counters are refused: events and entries contain them.
const ID_BYTES_MAX: usize = 128;

/// Longer legal grounds are refused by the DSA Transparency Database.
const LAW_CHARS_MAX: usize = 500;

/// A file of a policy set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path below the folder, with `/`: `civic.toml`, `lists/ro_voting.txt`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// All files of a policy set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicySet {
    sources: Vec<Source>,
}

/// A policy set after checking.
#[derive(Debug)]
pub struct Checked {
    /// The diagnostics, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// The program; `None` if there is an error.
    pub program: Option<Program>,
    /// The cases declared with the rules.
    pub cases: Vec<Case>,
    /// The lists, by number.
    pub lists: Vec<List>,
}

impl Checked {
    /// The number of errors.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count()
    }
}

impl PolicySet {
    /// A policy set of `sources`, sorted by name.
    #[must_use]
    pub fn new(mut sources: Vec<Source>) -> Self {
        sources.sort_by(|one, other| one.name.cmp(&other.name));
        Self { sources }
    }

    /// The files.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The text of the file called `name`.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let found = self.sources.iter().find(|source| source.name == name);
        found.map_or("", |source| source.text.as_str())
    }

    /// The SHA-256 over names and texts of all files.
    #[must_use]
    pub fn version(&self) -> PolicyVersion {
        let mut hasher = Sha256::new();
        for source in &self.sources {
            for part in [&source.name, &source.text] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        PolicyVersion(hex::encode(hasher.finalize()))
    }

    /// The lists, in the order of their numbers.
    #[must_use]
    pub fn read_lists(&self) -> Vec<List> {
        let file = |source: &Source| {
            let name = source.name.strip_prefix("lists/").filter(|name| !name.contains('/'))?;
            read_list(source, name)
        };
        self.sources.iter().filter_map(file).collect()
    }

    /// Name, kind and number of entries of each list.
    pub fn lists(&self) -> impl Iterator<Item = (&str, ListKind, usize)> {
        self.sources.iter().filter_map(|source| {
            let name = source.name.strip_prefix("lists/")?.strip_suffix(".txt")?;
            let lines = source.text.lines().map(str::trim);
            let told = lines.clone().rev().find_map(kind_of_list);
            let kind = told.and_then(|kind| ListKind::from_name(kind.trim()));
            let is_entry = |line: &&str| !line.is_empty() && !line.starts_with('#');
            Some((name, kind.unwrap_or(ListKind::Terms), lines.filter(is_entry).count()))
        })
    }

    /// Checks and compiles the set.
    #[must_use]
    pub fn check(&self) -> Checked {
        let mut reader = Reader::default();
        for source in &self.sources {
            match source.name.strip_prefix("lists/") {
                Some(list) if !list.contains('/') => reader.list(source, list),
                None if source.name.ends_with(".toml") => reader.file(source),
                _ => {}
            }
        }
        let mut checked = reader.finish(self.version());
        count_lines(&mut checked.diagnostics, |name| self.text(name));
        checked
    }
}

/// Reads the list in `source`. The last comment about its kind counts.
fn read_list(source: &Source, name: &str) -> Option<List> {
    let name = name.strip_suffix(".txt")?.to_owned();
    let lines = source.text.lines().map(str::trim);
    let told = lines.clone().filter_map(kind_of_list);
    let kind = told.filter_map(|kind| ListKind::from_name(kind.trim())).next_back();
    let is_entry = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let entries = lines.filter(is_entry).map(str::to_owned).collect();
    Some(List { name, kind: kind.unwrap_or(ListKind::Terms), entries })
}

/// The kind of the list that a comment states: `# kind: terms`.
fn kind_of_list(line: &str) -> Option<&str> {
    line.strip_prefix('#')?.trim_start().strip_prefix("kind:")
}

/// A declaration with its file.
pub(crate) struct In<T> {
    pub(crate) file: String,
    pub(crate) item: T,
}

#[derive(Default)]
pub(crate) struct Reader {
    pub(crate) out: Vec<Diagnostic>,
    lists: Vec<List>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) counters: Vec<In<declared::Counter>>,
    pub(crate) rules: Vec<In<(declared::Rule, Places)>>,
    cases: Vec<In<declared::Case>>,
    seen: HashMap<String, String>,
    pub(crate) counter_places: Vec<TomlPlace>,
    /// The limits of rules that state none.
    pub(crate) breaker: Breaker,
}

/// The places of a rule's condition in its file.
pub(crate) struct Places {
    pub(crate) when: TomlPlace,
}

impl Reader {
    fn file(&mut self, source: &Source) {
        let file: declared::File = match toml::from_str(&source.text) {
            Ok(file) => file,
            Err(error) => {
                let span = error.span().unwrap_or(0..0);
                let message = error.message().to_owned();
                self.out.push(Diagnostic::error("E001", &source.name, span, message));
                return;
            }
        };
        for policy in file.policy {
            self.policy(&source.name, policy);
        }
        for counter in file.counter {
            self.unique("counter", &source.name, &counter.name);
            self.counter_places.push(TomlPlace::new(&source.text, counter.of.span()));
            self.counters.push(In { file: source.name.clone(), item: counter });
        }
        for rule in file.rule {
            self.unique("rule", &source.name, &rule.id);
            let places = Places { when: TomlPlace::new(&source.text, rule.when.span()) };
            self.rules.push(In { file: source.name.clone(), item: (rule, places) });
        }
        if let Some(breaker) = &file.breaker {
            if let Some(other) = self.seen.insert("breaker".to_owned(), source.name.clone()) {
                let message = "the breaker of all rules is declared twice".to_owned();
                self.error("E009", &source.name, breaker.span(), message).hint =
                    Some(format!("the other stands in {other}"));
            }
            self.breaker = self.check_breaker(&source.name, breaker.get_ref());
        }
        let tests = file.test.into_iter().chain(file.case);
        self.cases.extend(tests.map(|item| In { file: source.name.clone(), item }));
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        file: &str,
        span: Range<usize>,
        message: String,
    ) -> &mut Diagnostic {
        self.out.push(Diagnostic::error(code, file, span, message));
        let last = self.out.len() - 1;
        &mut self.out[last]
    }

    fn unique(&mut self, what: &str, file: &str, id: &Spanned<String>) {
        let key = format!("{what} {}", id.get_ref());
        if id.get_ref().is_empty() {
            self.error("E013", file, id.span(), format!("a {what} needs a name"));
        } else if id.get_ref().len() > ID_BYTES_MAX {
            let message = format!("the name of a {what} has at most {ID_BYTES_MAX} bytes");
            self.error("E013", file, id.span(), message);
        } else if let Some(other) = self.seen.insert(key.clone(), file.to_owned()) {
            self.error(
                "E009",
                file,
                id.span(),
                format!("{what} `{}` is declared twice", id.get_ref()),
            )
            .hint = Some(format!("the other stands in {other}; every {what} has its own name"));
        }
    }

    fn policy(&mut self, file: &str, policy: declared::Policy) {
        self.unique("policy", file, &policy.id);
        let severity = u8::try_from(*policy.severity.get_ref()).unwrap_or(0);
        if !(1..=10).contains(&severity) {
            let message = "a severity lies between 1 and 10".to_owned();
            self.error("E013", file, policy.severity.span(), message);
        }
        let span = policy.dsa.span();
        let policy_span = span.clone();
        let dsa = policy.dsa.into_inner();
        match CATEGORIES.iter().find(|(category, _)| *category == dsa.category) {
            None => {
                let near =
                    suggestion(&dsa.category, CATEGORIES.iter().map(|(category, _)| *category));
                let message = format!("there is no DSA category `{}`", dsa.category);
                self.error("E012", file, span.clone(), message).hint =
                    near.map(|near| format!("did you mean `{near}`?"));
            }
            Some((category, known)) => {
                let is_unknown =
                    |word: &&String| *word != "OTHER" && !known.contains(&word.as_str());
                if let Some(word) = dsa.keywords.iter().find(is_unknown) {
                    let message = format!("`{word}` is no keyword of {category}");
                    self.error("E012", file, span.clone(), message).hint =
                        Some(format!("its keywords are {}, OTHER", known.join(", ")));
                }
            }
        }
        if dsa.law.as_ref().is_some_and(|law| !(1..=LAW_CHARS_MAX).contains(&law.chars().count())) {
            let message = format!("`law` has between 1 and {LAW_CHARS_MAX} characters");
            self.error("E013", file, span, message).hint =
                Some("name the act and the article, or leave `law` out".to_owned());
        }
        if dsa.law.is_some() && dsa.category == "OTHER_VIOLATION_TC" {
            let message = "OTHER_VIOLATION_TC is for terms and conditions only".to_owned();
            self.error("E013", file, policy_span, message).hint =
                Some("leave `law` out, or take the category of what the law forbids".to_owned());
        }
        let id = policy.id.into_inner();
        self.policies.push(Policy { id, title: policy.title, severity, text: policy.text, dsa });
    }

    fn list(&mut self, source: &Source, name: &str) {
        let Some(list) = read_list(source, name) else { return };
        let mut at = 0;
        for line in source.text.split_inclusive('\n') {
            if let Some(told) = kind_of_list(line.trim())
                && ListKind::from_name(told.trim()).is_none()
            {
                let message = format!("there is no kind of list `{}`", told.trim());
                self.error("E015", &source.name, at..at + line.trim_end().len(), message).hint =
                    Some("the kinds are terms, domains, names, values".to_owned());
            }
            at += line.len();
        }
        self.lists.push(list);
    }

    fn finish(mut self, version: PolicyVersion) -> Checked {
        let names = Names {
            counters: self.counter_names(),
            lists: self.lists.iter().map(|list| (list.name.clone(), list.kind)).collect(),
        };
        // Counters count events, not other counters.
        let without_counters = Names { counters: vec![], lists: names.lists.clone() };
        let counters = self.check_counters(&without_counters);
        let rules = self.check_rules(&names);
        let cases = self.check_cases(&names.counters);
        let places: Vec<TomlPlace> =
            self.rules.iter().map(|rule| rule.item.1.when.clone()).collect();
        lint::lint(&rules, &places, &cases, &mut self.out);
        overlap::overlap(&rules, &places, &mut self.out);
        self.out.sort_by(|one, other| {
            (&one.file, one.span.start).cmp(&(&other.file, other.span.start))
        });
        let is_sound = !self.out.iter().any(Diagnostic::is_error);
        let program = is_sound.then(|| {
            let (rules, counters) = (rules.into_iter().flatten(), counters.into_iter().flatten());
            Program::compile(
                (self.policies, names.lists, version),
                rules.collect(),
                counters.collect(),
            )
        });
        Checked { diagnostics: self.out, program, cases, lists: self.lists }
    }

    /// Checks that the counters in the facts of a case are declared.
    fn check_known(&mut self, case: &Case, counters: &[(String, types::Kind)]) {
        for name in case.facts.counters.names() {
            if counters.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let near = suggestion(name, counters.iter().map(|(known, _)| known.as_str()));
            let message = format!("there is no counter `{name}`");
            self.error("E016", &case.file, case.span.clone(), message).hint =
                near.map(|near| format!("did you mean `{near}`?"));
        }
    }

    fn check_cases(&mut self, counters: &[(String, types::Kind)]) -> Vec<Case> {
        let mut cases = Vec::new();
        for (number, In { file, item }) in std::mem::take(&mut self.cases).into_iter().enumerate() {
            let named = item.fires.iter().chain(item.unknown.iter().flatten());
            let unknown =
                named.filter(|id| !self.seen.contains_key(&format!("rule {}", id.get_ref())));
            let wrong: Vec<_> = unknown.map(|id| (id.span(), id.get_ref().clone())).collect();
            for (span, id) in wrong {
                let rules = self.rules.iter().map(|rule| rule.item.0.id.get_ref().as_str());
                let hint = suggestion(&id, rules).map(|near| format!("did you mean `{near}`?"));
                self.error("E016", &file, span, format!("there is no rule `{id}`")).hint = hint;
            }
            match case::read(&file, item, number) {
                Ok(case) => {
                    self.check_known(&case, counters);
                    cases.push(case);
                }
                Err(diagnostic) => self.out.push(*diagnostic),
            }
        }
        cases
    }
}
