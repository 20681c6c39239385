//! Reads JSON that the strict reader refuses: what cannot be read is left out by name, and the rest
//! is taken. Otherwise anybody could keep a post from being judged by one field that nobody reads.
//!
//! Left out are containers nested too deep, halves of surrogate pairs (a replacement character stands
//! in their place), and values of the wrong type where none need be. Counts that were sent as `12.0`
//! or are too large are taken as the nearest whole number.

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::Reject;

/// Containers nested deeper than this are left out; real events are nested four deep.
pub(crate) const DEPTH_MAX: usize = 64;

/// A record that needs more than this left out is refused.
const LEFT_OUT_MAX: usize = 128;

/// Longer names of what was left out are cut: senders choose them.
const NAME_CHARS_MAX: usize = 100;

/// Parts of a name of what was left out: `data.content.text`.
const NAME_PARTS_MAX: usize = 4;

/// A `T` of which some was left out, by name.
///
/// # Errors
///
/// If it is not JSON, or what must be there cannot be read.
pub fn read<T: DeserializeOwned>(json: &[u8]) -> Result<(T, Vec<String>), Reject> {
    let (mut value, mut left_out) = value(json)?;
    let read = settle(&mut value, &mut left_out)?;
    Ok((read, left_out))
}

/// The value that `json` holds, without what no reader could take, and the names of that.
pub(crate) fn value(json: &[u8]) -> Result<(Value, Vec<String>), Reject> {
    let text = std::str::from_utf8(json).map_err(|error| Reject::NotUtf8(error.valid_up_to()))?;
    let mut mender = Mender { text, ..Mender::default() };
    mender.mend();
    let value = serde_json::from_slice(&mender.out).map_err(|error| Reject::from_json(&error))?;
    Ok((value, mender.left_out))
}

/// Reads a `T` from `value`; members that do not fit are taken out of it.
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

/// Takes what stands at the dotted `path` out of `value`.
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

/// Takes out, or mends, what stands at `path`; false if there is no such place.
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
                note(left_out, &names.join("."));
                let Some(member) = members.get_mut(key) else { return false };
                let mended = whole(member);
                match mended {
                    Some(mended) => *member = mended,
                    None => drop(members.remove(key)),
                }
                return true;
            }
            // All lists are lists of texts.
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

/// The whole number that a float stands for: `12.0`, or more than 64 bits hold.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked, and saturates"
)]
fn whole(value: &Value) -> Option<Value> {
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
    keys: Vec<&'a str>,
    left_out: Vec<String>,
}

impl<'a> Mender<'a> {
    fn mend(&mut self) {
        self.out.reserve(self.text.len());
        while let Some(byte) = self.byte(0) {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' if self.depth == DEPTH_MAX => self.skip(),
                b'{' | b'[' => {
                    self.depth += 1;
                    self.keys.resize(self.depth, "");
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

    fn note(&mut self) {
        let keys: Vec<&str> = self.keys.iter().copied().filter(|key| !key.is_empty()).collect();
        note(&mut self.left_out, &keys[..keys.len().min(NAME_PARTS_MAX)].join("."));
    }

    /// Copies a string; if it is a key, remembers it.
    fn string(&mut self) {
        let start = self.at + 1;
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
        let inner = self.text.get(start..self.at).unwrap_or_default();
        self.copy(1);
        let rest = self.text.get(self.at..).unwrap_or_default();
        if rest.trim_start().starts_with(':')
            && let Some(key) = self.keys.last_mut()
        {
            *key = inner;
        }
        if is_broken {
            self.note();
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

    /// The code unit of the escape that stands so far ahead.
    fn unit(&self, ahead: usize) -> Option<u16> {
        let escape = self.text.get(self.at + ahead..self.at + ahead + 6)?;
        u16::from_str_radix(escape.strip_prefix("\\u")?, 16).ok()
    }

    /// Steps over a container that is too deep.
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
        match value(json.as_bytes()) {
            Ok((value, left_out)) => format!("{value} without {}", left_out.join(", ")),
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
    fn members_of_the_wrong_type_are_left_out_where_none_need_be() {
        let wrong = r#"{"a":12.0,"b":1e30}"#;
        let (read, left_out) = read::<BTreeMap<String, u64>>(wrong.as_bytes()).unwrap();
        assert_eq!((read["a"], read["b"]), (12, u64::MAX));
        assert_eq!(left_out, ["a", "b"]);
        let (read, left_out) =
            super::read::<BTreeMap<String, Vec<String>>>(br#"{"a":["x",7,"y",null],"b":{}}"#)
                .unwrap();
        assert_eq!(read["a"], ["x", "y"]);
        assert_eq!((read.len(), left_out), (1, vec!["a".to_owned(), "b".to_owned()]));
        assert!(super::read::<BTreeMap<String, u64>>(b"[1]").is_err());
    }
}
