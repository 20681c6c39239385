//! Events described by what they have in common: the scope of a retention order.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

use crate::{Event, FIELDS, Facts, Subject, Value, language};

/// A description of events. Every field that is set must match; of a list, one entry must.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EventSelector {
    /// Subjects, one of which the event is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<Subject>,
    /// Event types: `content.published`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Where it was posted, or the home country of the account: ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// Declared languages of the content, as tags; only the language of a tag counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Words or phrases, one of which occurs in a text of the event. Case is ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// The event happened at this moment or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The event happened before this moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl EventSelector {
    /// All events about `subject`.
    #[must_use]
    pub fn about(subject: Subject) -> Self {
        Self { subjects: vec![subject], ..Self::default() }
    }

    /// The subject, if one subject is all that is described.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        let [one] = self.subjects.as_slice() else { return None };
        (*self == Self::about(one.clone())).then_some(one)
    }

    /// Whether no field is set, so that every event would match.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `event` matches.
    #[must_use]
    pub fn fits(&self, event: &Event) -> bool {
        let content = event.data.content.as_ref();
        let home = event.data.account.as_ref().and_then(|account| account.country.as_deref());
        let country = content.and_then(|content| content.country.as_deref()).or(home);
        let lang = content.and_then(|content| content.lang.as_ref());
        let is_spoken =
            |wanted: &String| lang.is_some_and(|lang| language::is_same(wanted, lang.tag()));
        is_one(&self.types, Some(event.kind.name()))
            && is_one(&self.countries, country)
            && (self.languages.is_empty() || self.languages.iter().any(is_spoken))
            && self.from.is_none_or(|from| event.time >= from)
            && self.until.is_none_or(|until| event.time < until)
            && (self.subjects.is_empty() || self.subjects.iter().any(|one| event.concerns(one)))
            && (self.words.is_empty() || says(event, &self.words))
    }
}

/// Writes the description in words.
impl fmt::Display for EventSelector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(subject) = self.subject() {
            return out.write_str(&subject.0);
        }
        let subjects: Vec<String> = self.subjects.iter().map(|one| one.0.clone()).collect();
        let words: Vec<String> = self.words.iter().map(|word| format!("“{word}”")).collect();
        let from: Vec<String> = self.from.iter().map(ToString::to_string).collect();
        let until: Vec<String> = self.until.iter().map(ToString::to_string).collect();
        let parts = [
            ("of type", &self.types),
            ("about", &subjects),
            ("from", &self.countries),
            ("in", &self.languages),
            ("with", &words),
            ("since", &from),
            ("before", &until),
        ];
        out.write_str("events")?;
        for (name, values) in parts.into_iter().filter(|(_, values)| !values.is_empty()) {
            write!(out, " {name} {}", values.join(" or "))?;
        }
        Ok(())
    }
}

fn is_one(wanted: &[String], found: Option<&str>) -> bool {
    let is_same = |one: &String| found.is_some_and(|found| one.eq_ignore_ascii_case(found));
    wanted.is_empty() || wanted.iter().any(is_same)
}

/// Whether a text of `event` contains one of `words`, as it is written or as it looks. If in doubt
/// the event is kept: erasing what an authority wants kept would be worse.
fn says(event: &Event, words: &[String]) -> bool {
    let words: Vec<[String; 2]> = words.iter().map(|word| views(word)).collect();
    let facts = Facts::default();
    let is_said = |text: &str| {
        let text = views(text);
        words.iter().any(|word| word.iter().zip(&text).any(|(word, text)| text.contains(word)))
    };
    FIELDS.iter().any(|field| match (field.load)(event, &facts) {
        Value::Str(text) => is_said(text),
        Value::Strs(texts) => texts.iter().any(|text| is_said(text)),
        _ => false,
    })
}

/// A text as it is written, and as it looks (Unicode Technical Standard 39).
fn views(text: &str) -> [String; 2] {
    let folded = folded(text);
    let looks = skeleton(&folded).collect();
    [folded, looks]
}

/// Text in one case and one form, without invisible characters. Upper case comes first, since `ß`
/// and `SS` are the same word (full case folding, Unicode Standard 3.13). Romanian gets commas
/// below, as written today; Greek gets one small sigma.
fn folded(text: &str) -> String {
    let is_shown = |c: &char| {
        let is_hidden = matches!(*c as u32,
            0xAD | 0x34F | 0x61C | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E
            | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF | 0xE0000..=0xE0FFF);
        !is_hidden
    };
    let letter = |letter| match letter {
        'ş' => 'ș',
        'ţ' => 'ț',
        'ς' => 'σ',
        other => other,
    };
    let shown: String = text.nfkc().filter(is_shown).collect();
    shown.to_uppercase().to_lowercase().nfkc().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(text: &str) -> Event {
        let json = serde_json::json!({
            "specversion": "1.0", "id": "1", "source": "/t", "type": "content.published",
            "time": "2024-06-01T12:00:00Z",
            "data": {
                "account": {"id": "a-1", "country": "FR"},
                "content": {"id": "v-1", "text": text, "lang": "ro"},
            },
        });
        Event::parse(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_hold_on_a_word_holds_it_in_capitals_and_disguise() {
        let about =
            |word: &str| EventSelector { words: vec![word.to_owned()], ..EventSelector::default() };
        for (word, text) in [
            ("Hauptstraße", "in der HAUPTSTRASSE 5"),
            ("HAUPTSTRASSE", "in der Hauptstraße 5"),
            ("votul prin", "VO\u{200b}TUL PRIN sms"),
            ("moon", "the mооn is cheese"),
            ("οδός", "ΟΔΌΣ"),
            ("efficient", "very eﬃcient"),
            ("fără", "FĂRĂ"),
        ] {
            assert!(about(word).fits(&post(text)), "{word} in {text}");
        }
        assert!(!about("moon").fits(&post("the sun")));
    }

    #[test]
    fn a_hold_in_a_language_holds_it_however_its_tag_is_written() {
        let held = |wanted: &str, sent: &str| {
            let mut event = post("text");
            event.data.content.as_mut().unwrap().lang = Some(sent.into());
            let scope =
                EventSelector { languages: vec![wanted.to_owned()], ..EventSelector::default() };
            scope.fits(&event)
        };
        for (wanted, sent) in [("pt", "pt-BR"), ("pt-BR", "PT"), ("PT", "pt_PT"), ("por", "pt")] {
            assert!(held(wanted, sent), "{wanted} holds {sent}");
        }
        assert!(!held("pt", "es") && !held("pt", "und") && !held("und", "und"));
    }

    #[test]
    fn everything_that_is_given_must_hold() {
        let event = post("Votul prin SMS începe la ora ȘASE");
        let all: EventSelector = serde_json::from_str(
            r#"{"subjects": ["account/b", "account/a-1"], "types": ["content.published"],
                "countries": ["fr"], "languages": ["ro"], "words": ["la ora șase", "never"],
                "from": "2024-06-01T12:00:00Z", "until": "2024-06-01T12:00:01Z"}"#,
        )
        .unwrap();
        assert_eq!(
            all.to_string(),
            "events of type content.published about account/b or account/a-1 from fr in ro with \
             “la ora șase” or “never” since 2024-06-01T12:00:00Z before 2024-06-01T12:00:01Z"
        );
        assert!(all.fits(&event) && EventSelector::default().fits(&event));
        let other = |change: fn(&mut EventSelector)| {
            let mut changed = all.clone();
            change(&mut changed);
            changed.fits(&event)
        };
        assert!(!other(|all| all.subjects = vec![Subject::new("content", "v-2")]));
        assert!(!other(|all| all.types = vec!["content.updated".to_owned()]));
        assert!(!other(|all| all.countries = vec!["RO".to_owned()]));
        assert!(!other(|all| all.languages = vec!["fr".to_owned()]));
        assert!(!other(|all| all.words = vec!["votul prin poștă".to_owned()]));
        for form in ["la ora s\u{326}ase", "LA ORA ŞASE", "la ora șase"] {
            let words = vec![form.to_owned()];
            assert!(EventSelector { words, ..EventSelector::default() }.fits(&event), "{form}");
        }
        assert!(!other(|all| all.from = "2024-06-01T12:00:01Z".parse().ok()));
        assert!(!other(|all| all.until = "2024-06-01T12:00:00Z".parse().ok()));
    }
}
