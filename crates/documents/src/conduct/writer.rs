//! Writes sections of the report, and keeps what is missing from them.

use std::collections::{BTreeMap, BTreeSet};

use crate::conduct::NOT_PROVIDED;
use crate::conduct::answers::{Answer, Answers};
use crate::conduct::commitments;
use crate::conduct::indicators::{Feed, INDICATORS, Indicator};
use crate::conduct::measures::{MEASURES, QUESTIONS, Question};
use crate::conduct::number::Number;
use crate::tables::{Section, Table, filled, named_figures};

/// The sections so far, and what is missing.
pub(super) struct Writer<'a> {
    figures: BTreeMap<String, String>,
    tables: BTreeSet<&'a str>,
    sections: Vec<Section>,
    missing: Vec<String>,
}

impl<'a> Writer<'a> {
    /// A writer that takes figures from `tables`.
    pub(super) fn new(tables: &'a [Table], missing: Vec<String>) -> Self {
        let names = tables.iter().map(|table| table.name.as_str()).collect();
        Self { figures: named_figures(tables), tables: names, sections: Vec::new(), missing }
    }

    /// The sections, and what is missing from them.
    pub(super) fn finish(self) -> (Vec<Section>, Vec<String>) {
        (self.sections, self.missing)
    }

    /// Adds a section without tables.
    pub(super) fn add(&mut self, level: u8, title: String, text: String) {
        self.sections.push(Section { level, title, text, tables: Vec::new() });
    }

    /// Lists something as missing.
    pub(super) fn miss(&mut self, what: String) {
        self.missing.push(what);
    }

    /// `text` with its figures. If a placeholder names none, that is listed, with `name` for the
    /// text, and nothing is said: nobody is to read half a sentence.
    pub(super) fn fill(&mut self, name: &str, text: &str) -> String {
        let mut whole = String::with_capacity(text.len());
        let known = self.missing.len();
        // One placeholder at a time, so that each bad one is listed and not the first alone.
        for piece in text.trim().split_inclusive('}') {
            match filled(piece, &self.figures) {
                Ok(piece) => whole.push_str(&piece),
                Err(why) => self.miss(format!("{name}: {why}")),
            }
            if piece.contains('{') && !piece.ends_with('}') {
                self.miss(format!("{name}: `{}` has a `{{` without `}}`", piece.trim()));
            }
        }
        if self.missing.len() == known { whole } else { String::new() }
    }

    /// Adds what is reported on a commitment.
    pub(super) fn commitment(
        &mut self,
        (number, measures): (Number, &BTreeSet<Number>),
        answers: &Answers,
        previous: Option<&str>,
    ) {
        let Some(commitment) = commitments::commitment(number) else { return };
        let topic = commitment.is_verified.then_some(commitment.topic);
        self.add(1, heading("Commitment", number, topic), list(measures));
        let unanswered = Answer::default();
        let answer = answers.commitments.get(&number.to_string()).unwrap_or(&unanswered);
        self.news((number, "new"), answer.new.as_deref(), &last(previous));
        self.news((number, "planned"), answer.planned.as_deref(), "");
        for measure in measures {
            self.measure(*measure, answer);
        }
    }

    /// Adds what is new, or what is planned, of a commitment.
    fn news(&mut self, (number, key): (Number, &str), news: Option<&[String]>, before: &str) {
        let at = format!("`commitments.{number}.{key}`");
        let items: Vec<&String> =
            news.unwrap_or_default().iter().filter(|item| !item.trim().is_empty()).collect();
        let said = match news {
            None => "not answered",
            Some(_) if items.is_empty() => "no",
            Some(_) => "yes",
        };
        if news.is_none() {
            self.miss(format!("{at}: list what is {key}, or write `{key} = []` if nothing is"));
        }
        let mut paragraphs = Vec::from_iter((!before.is_empty()).then(|| before.to_owned()));
        for item in items {
            let item = self.fill(&at, item);
            paragraphs.push(provided(item));
        }
        let what = if key == "new" {
            "New measures since the last report"
        } else {
            "Planned in the next six months"
        };
        self.add(2, format!("{what}: {said}"), paragraphs.join("\n\n"));
    }

    /// Adds a measure with its questions and indicators.
    fn measure(&mut self, number: Number, answer: &Answer) {
        let known = MEASURES.iter().find(|one| one.number == number);
        let topic = known.filter(|one| one.is_verified).map(|one| one.topic);
        self.add(2, heading("Measure", number, topic), String::new());
        let questions = questions(number, answer);
        if questions.is_empty() {
            self.miss(format!(
                "measure {number}: write a text under `commitments.{}.texts`, by the number that \
                 its question has in the Code, such as `{number}.1`",
                number.commitment()
            ));
        }
        for question in questions {
            self.question(question, answer);
        }
        for indicator in INDICATORS.iter().filter(|one| one.number.measure() == number) {
            self.indicator(indicator);
        }
    }

    fn question(&mut self, number: Number, answer: &Answer) {
        let known = QUESTIONS.iter().find(|one| one.number == number);
        let topic = known.filter(|one| one.is_verified).map(|one| one.topic);
        let text = answer.texts.get(&number.to_string()).map_or("", |text| text.trim());
        if text.is_empty() {
            self.miss(unwritten(number, known));
        }
        let text = self.fill(&format!("QRE {number}"), text);
        self.add(3, heading("QRE", number, topic), provided(text));
    }

    fn indicator(&mut self, indicator: &Indicator) {
        let (mut waits, mut tables) = (Vec::new(), Vec::new());
        for feed in indicator.feeds {
            match feed {
                Feed::Waits(wait, figures) if indicator.is_verified => {
                    waits.push(format!("Not counted yet ({}): {figures}.", wait.name()));
                }
                Feed::Waits(wait, _) => waits.push(format!("Not counted yet ({}).", wait.name())),
                Feed::Table(name) if self.tables.contains(name) => tables.push((*name).to_owned()),
                Feed::Table(name) => {
                    let number = indicator.number;
                    self.miss(format!("SLI {number}: the table `{name}` was not counted"));
                }
            }
        }
        let topic = indicator.is_verified.then_some(indicator.topic);
        let title = heading("SLI", indicator.number, topic);
        self.sections.push(Section { level: 3, title, text: waits.join("\n\n"), tables });
    }
}

/// The title of a section; a topic that is not verified is not passed in.
fn heading(kind: &str, number: Number, topic: Option<&str>) -> String {
    match topic {
        Some(topic) => format!("{kind} {number}: {topic}"),
        None => format!("{kind} {number}"),
    }
}

/// The signed measures in words.
fn list(measures: &BTreeSet<Number>) -> String {
    let numbers: Vec<String> = measures.iter().map(Number::to_string).collect();
    match numbers.is_empty() {
        true => "No measure is signed.".to_owned(),
        false => format!("Signed measures: {}.", numbers.join(", ")),
    }
}

/// Which report is the last one; nothing if that is not known.
fn last(previous: Option<&str>) -> String {
    previous.map(|previous| format!("Last report: {previous}.")).unwrap_or_default()
}

/// A text, or that it is not there.
pub(super) fn provided(text: String) -> String {
    if text.is_empty() { NOT_PROVIDED.to_owned() } else { text }
}

/// The questions of a measure: those that are known, and those that are answered.
fn questions(measure: Number, answer: &Answer) -> BTreeSet<Number> {
    let answered = answer.texts.keys().filter_map(|text| Number::parse(text));
    let all = QUESTIONS.iter().map(|one| one.number).chain(answered);
    all.filter(|one| one.is_question() && one.measure() == measure).collect()
}

/// Which text is to be written.
fn unwritten(number: Number, known: Option<&Question>) -> String {
    let root = number.commitment();
    let about = match known {
        Some(one) if one.is_verified => format!(" ({})", one.topic),
        Some(one) => format!(" ({}; check the question in the Code)", one.topic),
        None => String::new(),
    };
    format!("QRE {number}: write the text `{number}` under `commitments.{root}.texts`{about}")
}
