//! A policy set as it is written, and the way from there to a [`Program`].

use std::collections::HashMap;
use std::ops::Range;

use sha2::{Digest, Sha256};
use toml::{Spanned, Value};
use types::policy::CATEGORIES;
use types::{Effect, Field, List, ListKind, Policy, PolicyVersion};

use crate::calls::duration_ms;
use crate::case::{self, Case};
use crate::check::{self, Names};
use crate::compile::Graph;
use crate::diagnostic::{Diagnostic, suggestion};
use crate::program::{CounterDraft, Draft, Program, Stage};
use crate::span::Place;
use crate::{declared, effects, lint};

/// A rule may cost so many comparisons; far above anything sensible.
const COST_MAX: u32 = 1000;

/// A file of a policy set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its path below the folder, with `/`: `civic.toml`, `lists/ro_voting.txt`.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// All files of a policy set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pack {
    sources: Vec<Source>,
}

/// A policy set after checking.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// What runs; nothing if there is an error.
    pub program: Option<Program>,
    /// The cases beside the rules.
    pub cases: Vec<Case>,
    /// The lists, by number.
    pub lists: Vec<List>,
}

impl Checked {
    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count()
    }
}

impl Pack {
    /// The set of `sources`, in the order of their names.
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
        reader.finish(self.version())
    }
}

/// What a comment says that the list holds: `# kind: terms`.
fn kind_of_list(line: &str) -> Option<&str> {
    line.strip_prefix('#')?.trim_start().strip_prefix("kind:")
}

/// A declaration with the file it stands in.
struct In<T> {
    file: String,
    item: T,
}

#[derive(Default)]
struct Reader {
    out: Vec<Diagnostic>,
    lists: Vec<List>,
    policies: Vec<Policy>,
    counters: Vec<In<declared::Counter>>,
    rules: Vec<In<(declared::Rule, Places)>>,
    cases: Vec<In<declared::Case>>,
    seen: HashMap<String, String>,
    counter_places: Vec<Place>,
}

/// Where the condition of a rule lies.
struct Places {
    when: Place,
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
            self.counter_places.push(Place::new(&source.text, counter.of.span()));
            self.counters.push(In { file: source.name.clone(), item: counter });
        }
        for rule in file.rule {
            self.unique("rule", &source.name, &rule.id);
            let places = Places { when: Place::new(&source.text, rule.when.span()) };
            self.rules.push(In { file: source.name.clone(), item: (rule, places) });
        }
        let cases = file.case.into_iter().map(|item| In { file: source.name.clone(), item });
        self.cases.extend(cases);
    }

    fn error(
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
        let dsa = policy.dsa.into_inner();
        match CATEGORIES.iter().find(|(category, _)| *category == dsa.category) {
            None => {
                let near =
                    suggestion(&dsa.category, CATEGORIES.iter().map(|(category, _)| *category));
                let message = format!("there is no DSA category `{}`", dsa.category);
                self.error("E012", file, span, message).hint =
                    near.map(|near| format!("did you mean `{near}`?"));
            }
            Some((category, known)) => {
                let is_unknown =
                    |word: &&String| *word != "OTHER" && !known.contains(&word.as_str());
                if let Some(word) = dsa.keywords.iter().find(is_unknown) {
                    let message = format!("`{word}` is no keyword of {category}");
                    self.error("E012", file, span, message).hint =
                        Some(format!("its keywords are {}, OTHER", known.join(", ")));
                }
            }
        }
        let id = policy.id.into_inner();
        self.policies.push(Policy { id, title: policy.title, severity, text: policy.text, dsa });
    }

    fn list(&mut self, source: &Source, name: &str) {
        let Some(name) = name.strip_suffix(".txt") else { return };
        let mut kind = ListKind::Terms;
        let mut entries = Vec::new();
        let mut at = 0;
        for line in source.text.split_inclusive('\n') {
            let text = line.trim();
            if let Some(told) = kind_of_list(text) {
                match ListKind::from_name(told.trim()) {
                    Some(known) => kind = known,
                    None => {
                        let message = format!("there is no kind of list `{}`", told.trim());
                        self.error("E015", &source.name, at..at + line.trim_end().len(), message)
                            .hint = Some("the kinds are terms, domains, names, values".to_owned());
                    }
                }
            } else if !text.is_empty() && !text.starts_with('#') {
                entries.push(text.to_owned());
            }
            at += line.len();
        }
        self.lists.push(List { name: name.to_owned(), kind, entries });
    }

    fn finish(mut self, version: PolicyVersion) -> Checked {
        let names = Names {
            counters: self
                .counters
                .iter()
                .map(|counter| counter.item.name.get_ref().clone())
                .collect(),
            lists: self.lists.iter().map(|list| (list.name.clone(), list.kind)).collect(),
        };
        // Counters count events, not other counters.
        let without_counters = Names { counters: vec![], lists: names.lists.clone() };
        let counters = self.check_counters(&without_counters);
        let rules = self.check_rules(&names);
        let cases = self.check_cases();
        let places: Vec<Place> = self.rules.iter().map(|rule| rule.item.1.when.clone()).collect();
        lint::lint(&rules, &places, &cases, &mut self.out);
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

    fn check_counters(&mut self, names: &Names) -> Vec<Option<CounterDraft>> {
        let counters = std::mem::take(&mut self.counters);
        let places = std::mem::take(&mut self.counter_places);
        let each = counters.into_iter().zip(places);
        each.map(|(counter, place)| self.check_counter(names, &counter, &place)).collect()
    }

    fn check_counter(
        &mut self,
        names: &Names,
        In { file, item }: &In<declared::Counter>,
        place: &Place,
    ) -> Option<CounterDraft> {
        let of = check::condition(names, file, (item.of.get_ref(), place), &mut self.out);
        self.check_counter_name(file, &item.name);
        let by = Field::find(item.by.get_ref());
        if by.is_some_and(|by| types::FIELDS[by].kind == types::Kind::Strs) {
            let message = "a counter counts by one value, not by a list".to_owned();
            self.error("E013", file, item.by.span(), message);
        }
        if by.is_none() {
            let near = suggestion(item.by.get_ref(), types::FIELDS.iter().map(|field| field.name));
            let message = format!("there is no field `{}` to count by", item.by.get_ref());
            self.error("E004", file, item.by.span(), message).hint =
                near.map(|near| format!("did you mean `{near}`?"));
        }
        let last_ms = duration_ms(item.last.get_ref()).filter(|ms| *ms >= 1000);
        if last_ms.is_none() {
            let message = format!("`{}` is not a window", item.last.get_ref());
            self.error("E013", file, item.last.span(), message).hint =
                Some("write it like 10m, 1h or 7d".to_owned());
        }
        let name = item.name.get_ref().clone();
        Some(CounterDraft { name, of: of?, by: by?, last_ms: last_ms? })
    }

    fn check_counter_name(&mut self, file: &str, name: &Spanned<String>) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let text = name.get_ref();
        if !text.chars().all(is_word) || text.starts_with(|c: char| c.is_ascii_digit()) {
            let message = format!("`{text}` is not a name that a condition can use");
            self.error("E013", file, name.span(), message).hint =
                Some("one word of letters, digits and `_`".to_owned());
        }
    }

    fn check_rules(&mut self, names: &Names) -> Vec<Option<Draft>> {
        let rules = std::mem::take(&mut self.rules);
        let drafts = rules.iter().map(|rule| self.check_rule(names, rule)).collect();
        self.rules = rules;
        drafts
    }

    fn check_rule(
        &mut self,
        names: &Names,
        In { file, item: (rule, places) }: &In<(declared::Rule, Places)>,
    ) -> Option<Draft> {
        let text = rule.when.get_ref();
        let condition = check::condition(names, file, (text, &places.when), &mut self.out);
        let policy = self.policy_of(file, rule);
        if rule.then.is_empty() {
            let message = format!("`{}` asks for nothing", rule.id.get_ref());
            self.error("E011", file, rule.id.span(), message).hint =
                Some("add an effect to `then`, for example \"review\"".to_owned());
        }
        let then: Vec<Option<Effect>> =
            rule.then.iter().map(|value| self.effect(file, value)).collect();
        let if_unknown = self.if_unknown(file, rule);
        let stage = self.stage(file, rule);
        let condition = condition?;
        let mut alone = Graph::default();
        alone.add(&condition);
        if alone.total_cost > COST_MAX {
            let message = format!("the condition costs {}, more than {COST_MAX}", alone.total_cost);
            self.error("E014", file, rule.when.span(), message).hint =
                Some("split the rule".to_owned());
        }
        Some(Draft {
            id: rule.id.get_ref().clone(),
            policy: policy?,
            then: then.into_iter().collect::<Option<_>>()?,
            if_unknown: if_unknown?,
            stage: stage?,
            text: text.clone(),
            condition,
            file: file.clone(),
        })
    }

    fn policy_of(&mut self, file: &str, rule: &declared::Rule) -> Option<usize> {
        let wanted = rule.policy.get_ref();
        let found = self.policies.iter().position(|policy| policy.id == *wanted);
        if found.is_none() {
            let near = suggestion(wanted, self.policies.iter().map(|policy| policy.id.as_str()));
            let hint = near.map(|near| format!("did you mean `{near}`?"));
            let message = format!("there is no policy `{wanted}`");
            self.error("E010", file, rule.policy.span(), message).hint = hint;
        }
        found
    }

    fn effect(&mut self, file: &str, value: &Spanned<Value>) -> Option<Effect> {
        match effects::effect(value.get_ref()) {
            Ok(effect) => Some(effect),
            Err(wrong) => {
                self.error("E011", file, value.span(), wrong.message).hint = Some(wrong.hint);
                None
            }
        }
    }

    fn if_unknown(&mut self, file: &str, rule: &declared::Rule) -> Option<Vec<Effect>> {
        match &rule.else_if_unknown {
            None => Some(vec![Effect::Review]),
            Some(value) if value.get_ref().as_str() == Some("ignore") => Some(vec![]),
            Some(value) => Some(vec![self.effect(file, value)?]),
        }
    }

    fn stage(&mut self, file: &str, rule: &declared::Rule) -> Option<Stage> {
        let Some(name) = &rule.stage else { return Some(Stage::Live) };
        let stage = Stage::from_name(name.get_ref());
        if stage.is_none() {
            let message = format!("there is no stage `{}`", name.get_ref());
            self.error("E013", file, name.span(), message).hint =
                Some("the stages are draft, shadow and live".to_owned());
        }
        stage
    }

    fn check_cases(&mut self) -> Vec<Case> {
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
                Ok(case) => cases.push(case),
                Err(diagnostic) => self.out.push(*diagnostic),
            }
        }
        cases
    }
}
