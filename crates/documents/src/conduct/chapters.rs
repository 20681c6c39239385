//! Chapters on elections and crises: threats, mitigations and figures.

use std::collections::BTreeSet;

use crate::conduct::answers::Chapter;
use crate::conduct::commitments::Part;
use crate::conduct::writer::{Writer, provided};

/// What a chapter is about: its title, and its list in answers.
#[derive(Clone, Copy)]
pub(super) struct Subject {
    title: &'static str,
    key: &'static str,
}

/// Elections in one country.
pub(super) const ELECTIONS: Subject = Subject { title: "Elections", key: "elections" };
/// A crisis.
pub(super) const CRISIS: Subject = Subject { title: "Crisis", key: "crises" };

/// Adds a chapter, the `at`-th of its list; mitigations are expected in the signed `parts`.
pub(super) fn write(
    writer: &mut Writer<'_>,
    chapter: &Chapter,
    (subject, at): (Subject, usize),
    parts: &BTreeSet<Part>,
) {
    let name = chapter.name.trim();
    let title = format!("{}: {name}", subject.title);
    if name.is_empty() {
        writer.miss(format!("`{}`, entry {at}: write its `name`", subject.key));
    }
    let days = days(writer, chapter, &title);
    writer.add(1, title.clone(), days);
    text(writer, (&title, "threats"), "Threats observed", &chapter.threats);
    mitigations(writer, chapter, &title, parts);
    text(writer, (&title, "figures"), "Figures", &chapter.figures);
}

/// The days of a chapter in words.
fn days(writer: &mut Writer<'_>, chapter: &Chapter, title: &str) -> String {
    let (Some(from), Some(until)) = (chapter.from, chapter.until) else {
        writer.miss(format!("{title}: write `from` and `until`, such as \"2026-05-01\""));
        return String::new();
    };
    if until < from {
        writer.miss(format!("{title}: `until` ({until}) lies before `from` ({from})"));
    }
    format!("From {from} to {until}.")
}

/// Adds the mitigations in the order of the Code, then those under names that are not known.
fn mitigations(writer: &mut Writer<'_>, chapter: &Chapter, title: &str, parts: &BTreeSet<Part>) {
    let names = Part::OF_CHAPTERS.map(Part::name);
    for part in Part::OF_CHAPTERS {
        let written = chapter.mitigations.get(part.name());
        if parts.contains(&part) || written.is_some() {
            let words = written.map_or("", String::as_str);
            mitigation(writer, title, (part.name(), words));
        }
    }
    for (name, words) in &chapter.mitigations {
        if !names.contains(&name.as_str()) {
            let known = names.join("`, `");
            writer.miss(format!("{title}: mitigations in `{name}`: use one of `{known}`"));
            mitigation(writer, title, (name, words));
        }
    }
}

fn mitigation(writer: &mut Writer<'_>, title: &str, (name, words): (&str, &str)) {
    let key = format!("mitigations.\"{name}\"");
    text(writer, (title, &key), &format!("Mitigations: {name}"), words);
}

/// Adds one text of a chapter; `key` is where it is written.
fn text(writer: &mut Writer<'_>, (title, key): (&str, &str), head: &str, words: &str) {
    let at = format!("{title}, `{key}`");
    if words.trim().is_empty() {
        writer.miss(format!("{at}: write its text"));
    }
    let words = writer.fill(&at, words);
    writer.add(2, head.to_owned(), provided(words));
}
