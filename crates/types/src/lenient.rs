//! Reads JSON that the strict reader refuses: leaves out by name what cannot be read, and takes the
//! rest. Otherwise anybody could keep a post from being judged by one field that nobody reads.
//!
//! Left out are containers nested too deeply, halves of surrogate pairs (replaced by a replacement
//! character; an id is left out whole, or two ids would become one), and optional values of the
//! wrong type. A count sent as `12.0`, or too large, is taken as the nearest whole number; that
//! counts as nothing left out.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::Reject;

/// Containers nested deeper than this are left out; real events are nested four deep.
pub(crate) const DEPTH_MAX: usize = 64;

/// The most parts left out of a record; one that needs more is refused.
const LEFT_OUT_MAX: usize = 128;

/// Senders choose the names of what is left out, so longer ones are cut.
const NAME_CHARS_MAX: usize = 100;

/// The most parts in a name of what was left out: `data.content.text`.
const NAME_PARTS_MAX: usize = 4;

/// Names of members that hold ids, here and in the formats that are translated.
const IDS: &[&str] = &[
    "by",
    "collection",
    "decision",
    "device",
    "did",
    "hashes",
    "id",
    "members",
    "of",
    "reply_to",
    "rev",
    "rkey",
    "sound",
    "source",
    "subject",
    "supersedes",
    "target",
    "to",
    "uri",
];

/// The depth of the members of an event's groups; no deeper member belongs to one.
const MEMBER_DEPTH: usize = 3;

/// No member of an event has a longer name.
const MEMBER_BYTES_MAX: usize = 32;

/// JSON after mending.
pub(crate) struct Mended {
    pub(crate) value: Value,
    /// Names of the parts that no reader could take.
    pub(crate) left_out: Vec<String>,
    /// Ids that were left out.
    pub(crate) broken: Vec<String>,
    /// Members that were given twice; the last one counts.
    pub(crate) twice: BTreeSet<String>,
}

impl Mended {
    /// Why an event is refused: a missing id may have been left out for half of a surrogate pair.
    pub(crate) fn reason(broken: &[String], reject: Reject) -> Reject {
        match broken.iter().find(|path| reject.lacks(path)) {
            Some(path) => Reject::WrongField(format!(
                "`{path}` holds half of a surrogate pair; an id is sent in valid Unicode"
            )),
            None => reject,
        }
    }
}

/// Reads a `T` and returns it with the names of what was left out.
///
/// # Errors
///
/// If it is not JSON, or a required part cannot be read.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<(T, Vec<String>), Reject> {
    let Mended { mut value, mut left_out, broken, .. } = mend(json)?;
    let read = settle(&mut value, &mut left_out);
    Ok((read.map_err(|reject| Mended::reason(&broken, reject))?, left_out))
}

/// The value of `json`, without the parts that no reader could take.
pub(crate) fn mend(json: &[u8]) -> Result<Mended, Reject> {
    let text = std::str::from_utf8(json).map_err(|error| Reject::NotUtf8(error.valid_up_to()))?;
    let mut mender = Mender { text, ..Mender::default() };
    mender.mend();
    let value = serde_json::from_slice(&mender.out).map_err(|error| Reject::from_json(&error))?;
    let Mender { left_out, broken, twice, .. } = mender;
    Ok(Mended { value, left_out, broken, twice })
}

/// Reads a `T` from `value`, after removing members that do not fit.
pub(crate) fn settle<T: DeserializeOwned>(
    value: &mut Value,
    left_out: &mut Vec<String>,
) -> Result<T, Reject> {
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(&*value) {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        let path: Vec<Segment> = error.path().iter().cloned().collect();
        if left_out.len() >= LEFT_OUT_MAX || !take_out(value, &path, left_out) {
            return Err(Reject::WrongField(error.into_inner().to_string()));
        }
    }
}

/// Removes the member at the dotted `path` from `value`.
pub(crate) fn remove(value: &mut Value, path: &str, left_out: &mut Vec<String>) {
    let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut parents = parents.split('.').filter(|part| !part.is_empty());
    let parent = parents.try_fold(value, |at, part| at.get_mut(part));
    parent.and_then(Value::as_object_mut).and_then(|parent| parent.remove(last));
    note(left_out, path);
}

fn note(left_out: &mut Vec<String>, path: &str) {
    let name = path.strip_prefix("data.").unwrap_or(path);
    let name: String = name.chars().take(NAME_CHARS_MAX).collect();
    if !left_out.contains(&name) && left_out.len() < LEFT_OUT_MAX {
        left_out.push(name);
    }
}

/// Removes or mends the value at `path`; returns false if there is no such place.
fn take_out(value: &mut Value, path: &[Segment], left_out: &mut Vec<String>) -> bool {
    let mut names = Vec::new();
    let mut at = value;
    for (number, segment) in path.iter().enumerate() {
        let is_last = number + 1 == path.len();
        match (segment, at) {
            (Segment::Map { key }, Value::Object(members)) => {
                names.push(key.as_str());
                if !is_last {
                    let Some(next) = members.get_mut(key) else { return false };
                    at = next;
                    continue;
                }
                let Some(member) = members.get_mut(key) else { return false };
                if let Some(nearest) = nearest(member) {
                    *member = nearest;
                    return true;
                }
                note(left_out, &names.join("."));
                members.remove(key);
                return true;
            }
            // Every list is a list of texts.
            (Segment::Seq { .. }, Value::Array(elements)) => {
                note(left_out, &names.join("."));
                let before = elements.len();
                elements.retain(Value::is_string);
                return elements.len() < before;
            }
            _ => return false,
        }
    }
    false
}

/// The whole number used for one that its field cannot hold: for `12.0` its value, else the largest
/// value of the next smaller type.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked, and saturates"
)]
fn nearest(value: &Value) -> Option<Value> {
    if let Some(number) = value.as_u64() {
        let largest = [i64::MAX.unsigned_abs(), u64::from(u32::MAX)];
        return largest.into_iter().find(|largest| number > *largest).map(Value::from);
    }
    let number = value.as_number().filter(|number| number.is_f64())?.as_f64()?;
    (number >= 0.0 && number.fract() == 0.0).then(|| Value::from(number as u64))
}

/// Rewrites JSON text in one pass, whatever its depth, without recursion.
#[derive(Default)]
struct Mender<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    out: Vec<u8>,
    /// The key at each depth; empty in a list.
    keys: Vec<Cow<'a, str>>,
    left_out: Vec<String>,
    broken: Vec<String>,
    twice: BTreeSet<String>,
    /// The members of the event and its groups so far.
    seen: HashSet<String>,
}

impl<'a> Mender<'a> {
    fn mend(&mut self) {
        self.out.reserve(self.text.len());
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => self.string(),
                b'-' | b'0'..=b'9' => self.number(),
                b'{' | b'[' if self.depth == DEPTH_MAX => self.skip(),
                b'{' | b'[' => {
                    self.depth += 1;
                    self.keys.resize(self.depth, Cow::Borrowed(""));
                    self.copy(1);
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.keys.truncate(self.depth);
                    self.copy(1);
                }
                _ => self.copy(1),
            }
        }
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn copy(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        self.out.extend_from_slice(&self.text.as_bytes()[self.at..end]);
        self.at = end;
    }

    /// The name of the place where the mender is.
    fn path(&self) -> String {
        let keys = self.keys.iter().filter(|key| !key.is_empty()).take(NAME_PARTS_MAX);
        // Senders choose the keys, and this runs for each part that is left out.
        let short = |key: &'_ Cow<'a, str>| key.chars().take(NAME_CHARS_MAX).collect::<String>();
        keys.map(short).collect::<Vec<String>>().join(".")
    }

    fn note(&mut self) {
        let path = self.path();
        note(&mut self.left_out, &path);
    }

    /// Copies a number; one that is too large becomes the largest possible.
    fn number(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |sign: char| sign.is_ascii_digit() || "+-.eE".contains(sign);
        let number = &rest[..rest.find(|sign| !is_part(sign)).unwrap_or(rest.len())];
        let is_number = || serde_json::from_str::<IgnoredAny>(number).is_ok();
        match number.parse::<f64>() {
            Ok(read) if read.is_infinite() && is_number() => {
                let largest = f64::MAX.copysign(read);
                self.out.extend_from_slice(format!("{largest:e}").as_bytes());
                self.at += number.len();
            }
            _ => self.copy(number.len()),
        }
    }

    /// Copies a string and, if it is a key, remembers it. A broken id is not copied at all.
    fn string(&mut self) {
        let (start, before) = (self.at, self.out.len());
        let mut is_broken = false;
        self.copy(1);
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => break,
                b'\\' if self.byte(1) == Some(b'u') => is_broken |= self.unicode(),
                b'\\' => self.copy(2),
                _ => self.copy(1),
            }
        }
        self.copy(1);
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_key = rest.trim_start().starts_with(':');
        if is_key {
            self.remember(start);
        }
        if !is_broken {
            return;
        }
        self.note();
        let key = self.keys.iter().rev().find(|key| !key.is_empty());
        if !is_key && key.is_some_and(|key| IDS.contains(&key.as_ref())) {
            self.out.truncate(before);
            self.out.extend_from_slice(b"null");
            let path = self.path();
            note(&mut self.broken, &path);
        }
    }

    /// Remembers the key that begins at `start` and ends here.
    fn remember(&mut self, start: usize) {
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        let plain = quoted.trim_matches('"');
        // A key may also be written in escapes.
        let escaped = plain.contains('\\').then(|| serde_json::from_str::<String>(quoted).ok());
        let Some(key) = self.keys.last_mut() else { return };
        *key = escaped.flatten().map_or(Cow::Borrowed(plain), Cow::Owned);
        // In a list, keys are empty.
        let is_name = |key: &Cow<'_, str>| (1..=MEMBER_BYTES_MAX).contains(&key.len());
        if self.depth <= MEMBER_DEPTH && self.keys.iter().all(is_name) {
            let path = self.path();
            if !self.seen.insert(path.clone()) {
                self.twice.insert(path);
            }
        }
    }

    /// Copies `\uXXXX`, a pair of them, or a replacement for half of a pair; true for the last.
    fn unicode(&mut self) -> bool {
        match (self.unit(0), self.unit(6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => self.copy(12),
            (Some(0xD800..=0xDFFF), _) => {
                self.out.extend_from_slice(b"\\ufffd");
                self.at += 6;
                return true;
            }
            (Some(_), _) => self.copy(6),
            (None, _) => self.copy(2),
        }
        false
    }

    /// The code unit of the escape `ahead` bytes further on.
    fn unit(&self, ahead: usize) -> Option<u16> {
        let escape = self.text.get(self.at + ahead..self.at + ahead + 6)?;
        u16::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
    }

    /// Skips a container that is nested too deeply.
    fn skip(&mut self) {
        self.note();
        self.out.extend_from_slice(b"null");
        let (mut depth, mut is_text) = (0_usize, false);
        while let Some(byte) = self.byte(0) {
            self.at += 1;
            match byte {
                b'\\' if is_text => self.at += 1,
                b'"' => is_text = !is_text,
                b'{' | b'[' if !is_text => depth += 1,
                b'}' | b']' if !is_text => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn mended(json: &str) -> String {
        match mend(json.as_bytes()) {
            Ok(Mended { value, left_out, .. }) => {
                format!("{value} without {}", left_out.join(", "))
            }
            Err(reject) => reject.code().to_owned(),
        }
    }

    #[test]
    fn what_no_reader_takes_is_left_out_by_name() {
        let deep =
            format!(r#"{{"a":{{"b":{}1{},"c":"]"}},"d":2}}"#, "[".repeat(300), "]".repeat(300));
        let kept = format!(
            r#"{{"a":{{"b":{}null{},"c":"]"}},"d":2}} without a.b"#,
            "[".repeat(62),
            "]".repeat(62)
        );
        assert_eq!(mended(&deep), kept);
        assert_eq!(
            mended(r#"{"a":"x\ud83dy\udc00","b":"\ud83d\ude00\\ud83d"}"#),
            "{\"a\":\"x\u{fffd}y\u{fffd}\",\"b\":\"😀\\\\ud83d\"} without a"
        );
        assert_eq!(mended(r#"{"a":"x\u00"#), "malformed_json");
        assert_eq!(mended(r#"{"a":"\ud83"}"#), "malformed_json");
        assert_eq!(mended("{\"a\":[["), "malformed_json");
        assert_eq!(mended(&"[".repeat(1_000_000)), "malformed_json");
    }

    #[test]
    fn a_number_that_no_type_holds_is_the_largest_there_is() {
        let long = "9".repeat(5_000);
        for number in ["1e400", "1e99999999999999999999", long.as_str()] {
            assert_eq!(mended(&format!("[{number},1]")), "[1.7976931348623157e+308,1] without ");
            assert_eq!(mended(&format!("[-{number}]")), "[-1.7976931348623157e+308] without ");
        }
        for wrong in ["[1.e400]", "[01e400]", "[-]", "[--1e400]", "[1e400", "1e"] {
            assert_eq!(mended(wrong), "malformed_json", "{wrong}");
        }
        let (read, left_out) = read::<BTreeMap<String, u32>>(br#"{"a":5000000000}"#).unwrap();
        assert_eq!((read["a"], left_out.len()), (u32::MAX, 0));
    }

    #[test]
    fn members_of_the_wrong_type_are_left_out_where_none_need_be() {
        let wrong = r#"{"a":12.0,"b":1e30}"#;
        let (read, left_out) = read::<BTreeMap<String, u64>>(wrong.as_bytes()).unwrap();
        assert_eq!((read["a"], read["b"]), (12, u64::MAX));
        assert!(left_out.is_empty(), "they are compared: {left_out:?}");
        let (read, left_out) =
            super::read::<BTreeMap<String, Vec<String>>>(br#"{"a":["x",7,"y",null],"b":{}}"#)
                .unwrap();
        assert_eq!(read["a"], ["x", "y"]);
        assert_eq!((read.len(), left_out), (1, vec!["a".to_owned(), "b".to_owned()]));
        assert!(super::read::<BTreeMap<String, u64>>(b"[1]").is_err());
    }
}
