//! Diagnostics about a policy set: a stable code, a place, and what to do about it.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level as SnippetLevel, Renderer, Snippet};
use serde::Serialize;

/// The severity of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The set cannot be used.
    Error,
    /// The set can be used, but probably does not do what is meant.
    Warning,
}

/// All codes with their meanings; `docs/rules.md` explains each.
pub const CODES: &[(&str, &str)] = &[
    ("E001", "the file is not valid TOML, or a key is unknown or missing"),
    ("E002", "the condition is not valid CEL"),
    ("E003", "part of CEL that rules do not have"),
    ("E004", "unknown name"),
    ("E005", "unknown function"),
    ("E006", "wrong type"),
    ("E007", "wrong argument"),
    ("E008", "unknown list, or a list of another kind"),
    ("E009", "declared twice"),
    ("E010", "unknown policy"),
    ("E011", "unknown effect or parameter"),
    ("E012", "unknown DSA category or keyword"),
    ("E013", "value out of range"),
    ("E014", "the condition costs too much"),
    ("E015", "the list cannot be read"),
    ("E016", "the test cannot be read"),
    ("E017", "a counter that rests on strikes"),
    ("W101", "the condition can never be true"),
    ("W102", "the condition is always true"),
    ("W103", "no test makes the rule fire"),
    ("W104", "a value that no event of these types carries"),
    ("W105", "the same condition and effects as another rule"),
    ("W106", "another rule always does the same"),
    ("W107", "two rules meet, and differ in one comparison"),
];

/// A diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// One of [`CODES`].
    pub code: &'static str,
    /// Its severity.
    pub level: Level,
    /// The message.
    pub message: String,
    /// The file's name.
    pub file: String,
    /// Byte offsets in the file.
    pub span: Range<usize>,
    /// The line where it begins, counted from 1, if it has been counted.
    pub line: Option<usize>,
    /// The text at the caret.
    pub label: String,
    /// What to do next.
    pub hint: Option<String>,
}

/// A diagnostic as printed by `--json`.
#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    level: Level,
    message: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    label: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl Diagnostic {
    /// An error at `span` of `file`.
    #[must_use]
    pub fn error(code: &'static str, file: &str, span: Range<usize>, message: String) -> Self {
        let (file, label) = (file.to_owned(), String::new());
        Self { code, level: Level::Error, message, file, span, line: None, label, hint: None }
    }

    /// A warning at `span` of `file`.
    #[must_use]
    pub fn warning(code: &'static str, file: &str, span: Range<usize>, message: String) -> Self {
        Self { level: Level::Warning, ..Self::error(code, file, span, message) }
    }

    /// The same with a text at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Whether it makes the set unusable.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }

    /// The text for people: the lines of `text` concerned, with a caret.
    #[must_use]
    pub fn render(&self, text: &str, is_coloured: bool) -> String {
        // Only the lines concerned: searching a large file for each diagnostic would be slow.
        let span = fit(self.span.clone(), text);
        let from = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let until = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
        let within = span.start - from..span.end - from;
        let annotation = AnnotationKind::Primary.span(within).label(self.label.as_str());
        let snippet = Snippet::source(&text[from..until]).line_start(self.start(text).0);
        let snippet = snippet.path(self.file.as_str()).annotation(annotation);
        let level = match self.level {
            Level::Error => SnippetLevel::ERROR,
            Level::Warning => SnippetLevel::WARNING,
        };
        let mut group = level.primary_title(self.message.as_str()).id(self.code).element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(SnippetLevel::HELP.message(hint.as_str()));
        }
        let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }

    /// Line and column of its beginning, both counted from 1, columns in characters.
    #[must_use]
    pub fn start(&self, text: &str) -> (usize, usize) {
        let Some(line) = self.line else { return line_and_column(text, self.span.start) };
        let before = &text[..fit(self.span.clone(), text).start];
        (line, last_column(before))
    }

    /// Line and column of its end, counted in the same way.
    #[must_use]
    pub fn end(&self, text: &str) -> (usize, usize) {
        let span = fit(self.span.clone(), text);
        let within = text[span.clone()].matches('\n').count();
        (self.start(text).0 + within, last_column(&text[..span.end]))
    }

    /// One JSON object, for programs.
    #[must_use]
    pub fn json(&self, text: &str) -> String {
        let (line, column) = self.start(text);
        let line = Line {
            code: self.code,
            level: self.level,
            message: &self.message,
            file: &self.file,
            line,
            column,
            label: &self.label,
            hint: self.hint.as_deref(),
        };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

/// A span moved back to character boundaries of `text`.
fn fit(span: Range<usize>, text: &str) -> Range<usize> {
    let down = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (down(span.start), down(span.end));
    start..end.max(start)
}

/// Line and column of a byte offset, both counted from 1, columns in characters.
#[must_use]
pub fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..fit(at..at, text).start];
    (before.matches('\n').count() + 1, last_column(before))
}

fn last_column(before: &str) -> usize {
    before.rsplit('\n').next().unwrap_or_default().chars().count() + 1
}

/// Counts the lines of diagnostics sorted by file and place, reading each file once.
pub(crate) fn count_lines<'a>(findings: &mut [Diagnostic], text: impl Fn(&str) -> &'a str) {
    for of_file in findings.chunk_by_mut(|one, other| one.file == other.file) {
        let text = of_file.first().map_or("", |first| text(&first.file));
        let (mut at, mut line) = (0, 1);
        for finding in of_file {
            let start = fit(finding.span.clone(), text).start.max(at);
            line += text[at..start].matches('\n').count();
            at = start;
            finding.line = Some(line);
        }
    }
}

/// The name among `known` that was probably meant by `name`.
#[must_use]
pub fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let worst = (name.chars().count() / 3).max(1);
    let distance = |other: &str| strsim::damerau_levenshtein(name, other);
    let near = known.into_iter().map(|other| (distance(other), other));
    near.filter(|(distance, _)| *distance <= worst).min().map(|(_, other)| other)
}
