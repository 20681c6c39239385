//! Finds ids in stored data, however they are written: with the escapes of JSON, or percent-encoded
//! in an address.

use std::collections::HashSet;

use regex::Regex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Error;

/// Free texts of colleagues in a case; all other fields have a fixed form.
const FREE_TEXTS: &[&str] = &["note", "question", "answer", "reasons"];

/// Fields of cases, filings and jobs that name members of staff.
const PEOPLE: &[&str] = &["by", "to", "not_by", "reserved_for", "author", "decided_by"];

/// Replaces the name of a member of staff.
pub(super) const FORMER: &str = "former colleague";

/// The names to find.
pub(super) struct Names {
    pub(super) subjects: HashSet<String>,
    pub(super) accounts: HashSet<String>,
    /// Members of staff, by the name they sign in with.
    pub(super) staff: HashSet<String>,
    /// Notices and complaints.
    pub(super) filings: HashSet<String>,
    /// Notifiers, as filings name them.
    pub(super) parties: HashSet<String>,
    /// The ids as they are, longest first; without members of staff.
    plain: Regex,
    /// The ids as JSON writes them.
    written: Regex,
    /// The ids as JSON writes them, also in a JSON text within JSON; and digests of notifiers.
    quoted: Regex,
    /// Names of members of staff, as words of a text.
    colleagues: Regex,
}

impl Names {
    pub(super) fn new(subjects: &[String]) -> Result<Self, Error> {
        let mut ids: Vec<&str> = subjects.iter().map(|subject| id(subject)).collect();
        ids.sort_by_key(|id| std::cmp::Reverse(id.len()));
        let written: Vec<String> = ids.iter().map(|id| escaped(id)).collect();
        let twice: Vec<String> = written.iter().map(|id| escaped(id)).collect();
        let of = |kind: &'static str| {
            subjects.iter().filter_map(move |subject| subject.strip_prefix(kind))
        };
        let accounts = of("account/");
        let staff: Vec<&str> = of("staff/").collect();
        let parties: HashSet<String> = of("notifier/").map(sender).collect();
        let all = [&written[..], &twice[..]].concat();
        let plain: Vec<&str> = ids.iter().copied().filter(|id| !staff.contains(id)).collect();
        Ok(Self {
            quoted: any_of(&all.iter().chain(&parties).collect::<Vec<_>>())?,
            colleagues: any_of(&staff)?,
            subjects: subjects.iter().cloned().collect(),
            accounts: accounts.map(str::to_owned).collect(),
            staff: staff.into_iter().map(str::to_owned).collect(),
            filings: of("filing/").map(str::to_owned).collect(),
            parties,
            plain: any_of(&plain)?,
            written: any_of(&written)?,
        })
    }

    /// Whether stored JSON may name one of them; JSON with escapes always may.
    pub(super) fn may_be_in(&self, json: &str) -> bool {
        json.contains('%') || json.contains("\\u") || self.written.is_match(json)
    }

    /// The same for bytes that may contain JSON as a text within JSON, escaped once more.
    pub(super) fn may_be_in_bytes(&self, bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        let has_escapes = text.contains('%') || text.contains("\\u");
        has_escapes || self.quoted.is_match(&text)
    }

    /// Whether `text` contains an id that is not only a part of a longer one.
    pub(super) fn are_in_text(&self, text: &str) -> bool {
        let is_in = |text: &str| self.plain.find_iter(text).any(|found| is_whole(text, &found));
        is_in(text) || percent_decoded(text).is_some_and(|text| is_in(&text))
    }

    pub(super) fn are_in(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.are_in_text(text),
            Value::Array(values) => values.iter().any(|value| self.are_in(value)),
            Value::Object(fields) => {
                fields.iter().any(|(name, value)| self.are_in_text(name) || self.are_in(value))
            }
            _ => false,
        }
    }

    /// Whether stored JSON names one of them; true if it cannot be read.
    pub(super) fn are_in_json(&self, json: &str) -> bool {
        let read = || serde_json::from_str(json).map_or(true, |value| self.are_in(&value));
        self.may_be_in(json) && read()
    }

    /// Whether the beginning of a record names one of them. It is read as JSON if it is complete,
    /// else searched as it is, with the escapes of JSON and CSV undone.
    pub(super) fn are_in_excerpt(&self, excerpt: &str) -> bool {
        match serde_json::from_str(excerpt) {
            Ok(value) => self.are_in(&value),
            Err(_) => {
                let forms = [excerpt.to_owned(), unescaped(excerpt), excerpt.replace("\"\"", "\"")];
                forms.iter().any(|text| self.are_in_text(text))
            }
        }
    }

    /// Whether `name` is that of a member of staff, as written in the audit trail.
    pub(super) fn are_staff(&self, name: &str) -> bool {
        self.staff.contains(name.strip_prefix("staff ").unwrap_or(name))
    }

    /// `text` with another word for members of staff; `None` if it names none of them.
    pub(super) fn without_staff(&self, text: &str) -> Option<String> {
        let (mut new, mut from) = (String::new(), 0);
        for found in self.colleagues.find_iter(text) {
            if is_whole(text, &found) {
                new.push_str(&text[from..found.start()]);
                new.push_str(FORMER);
                from = found.end();
            }
        }
        new.push_str(&text[from..]);
        (from > 0).then_some(new)
    }

    /// Replaces the names of members of staff in fields that name people and in free texts.
    /// Elsewhere the same word has another meaning: a lane, a state, a queue.
    pub(super) fn replace_staff(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace_staff(value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    let is_person = PEOPLE.contains(&name.as_str());
                    match is_person || FREE_TEXTS.contains(&name.as_str()) {
                        true => self.replace_in(value),
                        false => self.replace_staff(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn replace_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(new) = self.without_staff(text) {
                    *text = new;
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.replace_in(value)),
            other => self.replace_staff(other),
        }
    }

    /// A case without the members that are, or belong to, them, and without texts that name them;
    /// `None` if no member is left.
    pub(super) fn without(&self, mut case: Value) -> Option<Value> {
        let members = case.get_mut("members")?.as_array_mut()?;
        members.retain(|member| {
            let is_in = |of: &HashSet<String>, field: &str| {
                member[field].as_str().is_some_and(|name| of.contains(name))
            };
            !is_in(&self.subjects, "subject") && !is_in(&self.accounts, "account")
        });
        let is_left = !members.is_empty();
        self.blank(&mut case);
        is_left.then_some(case)
    }

    pub(super) fn blank(&self, value: &mut Value) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| self.blank(value)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    let is_free = FREE_TEXTS.contains(&name.as_str());
                    match value.as_str() {
                        Some(text) if is_free && self.are_in_text(text) => *value = "".into(),
                        Some(_) => {}
                        None => self.blank(value),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The name of a notifier with that address in filings: a digest of it.
#[must_use]
pub fn sender(mail: &str) -> String {
    let digest = Sha256::digest(mail.trim().to_lowercase().as_bytes());
    format!("mail:{}", hex::encode(&digest[..16]))
}

/// Whether the match is not only a part of a longer id or word.
fn is_whole(text: &str, found: &regex::Match<'_>) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let (before, after) = (&text[..found.start()], &text[found.end()..]);
    !before.ends_with(is_part) && !after.starts_with(is_part)
}

/// `text` as JSON writes it.
fn escaped(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
}

fn id(subject: &str) -> &str {
    subject.split_once('/').map_or(subject, |(_, id)| id)
}

fn any_of(texts: &[impl AsRef<str>]) -> Result<Regex, Error> {
    let texts: Vec<String> = texts.iter().map(|text| regex::escape(text.as_ref())).collect();
    // An empty pattern would match everything.
    let texts = if texts.is_empty() { vec![r"[^\s\S]".to_owned()] } else { texts };
    let built = regex::RegexBuilder::new(&texts.join("|")).size_limit(1 << 30).build();
    built.map_err(|error| Error::Unavailable(format!("too many names: {error}")))
}

/// `text` with its percent-encoded bytes decoded; `None` if it has none.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// `text` with all escapes of JSON undone.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let meant = match letter {
            '\\' => rest.next().unwrap_or(letter),
            _ => {
                units.extend(letter.encode_utf16(&mut [0; 2]).iter());
                continue;
            }
        };
        let hex = rest.as_str().get(..4).filter(|_| meant == 'u');
        match (meant, hex.and_then(|hex| u16::from_str_radix(hex, 16).ok())) {
            (_, Some(unit)) => {
                units.push(unit);
                rest = rest.as_str()[4..].chars();
            }
            ('n' | 'r' | 't' | 'b' | 'f', None) => units.push(u16::from(b' ')),
            (meant, None) => units.extend(meant.encode_utf16(&mut [0; 2]).iter()),
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(id: &str) -> Names {
        Names::new(&[format!("content/{id}")]).unwrap()
    }

    #[test]
    fn an_id_is_not_found_in_a_longer_one() {
        let filed =
            json!({"order": {"urls": ["https://video.example/v/v-17?from=1"], "number": 9}});
        assert!(names("v-17").are_in(&filed));
        for other in ["v-1", "7", "17", "vide", "9"] {
            assert!(!names(other).are_in(&filed), "{other}");
        }
        assert!(names("ana").are_in(&json!(["seen by @ana, twice"])));
        assert!(!names("ana").are_in(&json!(["seen by @mariana"])));
    }

    #[test]
    fn a_colleague_called_as_a_lane_is_takes_no_lane_away() {
        let names = Names::new(&["staff/general".to_owned()]).unwrap();
        let mut case = json!({"lane": "general", "state": {"state": "held", "by": "general"},
            "not_by": ["general", "ana"], "steps": [{"by": "ana", "note": "ask general"}]});
        names.replace_staff(&mut case);
        let expected = json!({"lane": "general", "state": {"state": "held", "by": FORMER},
            "not_by": [FORMER, "ana"], "steps": [{"by": "ana", "note": format!("ask {FORMER}")}]});
        assert_eq!(case, expected);
    }

    #[test]
    fn an_id_is_found_however_it_is_written() {
        let id = "a\"b\\c ñ";
        let escaped = json!({ "note": id }).to_string();
        assert!(names(id).are_in_json(&escaped), "{escaped}");
        assert!(names(id).are_in_json(r#"["see a\u0022b\u005Cc \u00f1"]"#));
        assert!(names(id).are_in_json(r#"["https://video.example/v/a%22b%5Cc%20%C3%B1"]"#));
        assert!(!names(id).are_in_json(r#"["https://video.example/v/a%22b%5Cc"]"#));
    }

    #[test]
    fn an_id_is_found_in_a_record_that_is_cut_off() {
        let id = "a\"b\\c ñ";
        for cut in [
            r#"{"content":{"id":"a\"b\\c ñ"},"text":"and so"#,
            r#"{"content":{"id":"\u0061\u0022b\u005Cc \u00f1"},"te"#,
            r#"{"url":"https://video.example/v/a%22b%5Cc%20%C3%B1?x=1","te"#,
            r#"e-1,"a""b\c ñ",and so"#,
        ] {
            assert!(names(id).are_in_excerpt(cut), "{cut}");
            assert!(!names("b-17").are_in_excerpt(cut), "{cut}");
        }
        assert!(names("\u{1f600}-1").are_in_excerpt(r#"{"id":"\ud83d\ude00-1","te"#));
        assert!(!names("v-1").are_in_excerpt(r#"{"id":"v-17","te\u00"#));
    }
}
