//! The event: a CloudEvents 1.0 envelope around [`Data`], read strictly where it matters.
//!
//! Events from every adapter are read here. [`crate::Incoming::read`] leaves out what cannot be
//! read; [`Event::parse`] reads again what was kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::lenient::DEPTH_MAX;
use crate::{Data, EventKey, EventType, Reject, Subject, Trait};

/// The version of the vocabulary that this build speaks, as given in `dataschema`.
pub const VERSION: u32 = 1;

/// The `source` of events that Probity itself writes.
pub const OURSELVES: &str = "/probity";

/// `dataschema` of our own: `urn:probity:event:<type>:<version>`.
const SCHEMA_PREFIX: &str = "urn:probity:event:";

/// Longer ids and sources are refused: they would be stored as keys.
const ID_BYTES_MAX: usize = 512;

/// Something that happened, reported from outside or by a slower part of Probity.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Unique within `source`.
    pub id: String,
    /// The sender, a URI reference.
    pub source: String,
    /// What happened.
    pub kind: EventType,
    /// When it happened.
    pub time: Timestamp,
    /// The subject, where it does not follow from the data.
    pub subject: Option<Subject>,
    /// The groups of data.
    pub data: Data,
}

/// The envelope as it is in JSON, before it is checked.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    specversion: Option<String>,
    id: Option<String>,
    source: Option<String>,
    r#type: Option<String>,
    time: Option<String>,
    subject: Option<String>,
    dataschema: Option<String>,
    data: Option<Data>,
}

impl Envelope {
    /// The members that are read.
    pub(crate) const MEMBERS: &'static [&'static str] = &[
        "specversion",
        "id",
        "source",
        "type",
        "time",
        "subject",
        "dataschema",
        "data",
        "data_base64",
    ];

    /// The path of an optional member whose value is invalid.
    pub(crate) fn odd(&self) -> Option<&'static str> {
        let is_odd = |subject: &String| check_subject(subject).is_err();
        let of_data = || self.data.as_ref().and_then(odd);
        self.subject.as_ref().filter(|subject| is_odd(subject)).map(|_| "subject").or_else(of_data)
    }
}

/// The path of the first number out of range or invalid language tag in `data`.
fn odd(data: &Data) -> Option<&'static str> {
    let lang = data.content.as_ref().and_then(|content| content.lang.as_ref());
    let is_tag = lang.is_none_or(|lang| crate::language::read(lang.tag()).is_ok());
    out_of_range(data).map(|(path, _)| path).or((!is_tag).then_some("data.content.lang"))
}

/// The envelope as it is written.
#[derive(Serialize)]
struct EnvelopeOut<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: &'static str,
    time: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a Subject>,
    data: &'a Data,
}

impl Serialize for Event {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let out = EnvelopeOut {
            specversion: "1.0",
            id: &self.id,
            source: &self.source,
            r#type: self.kind.name(),
            time: self.time,
            subject: self.subject.as_ref(),
            data: &self.data,
        };
        out.serialize(serializer)
    }
}

impl Event {
    /// Reads one CloudEvent in JSON.
    ///
    /// # Errors
    ///
    /// The first reason to refuse the event.
    pub fn parse(json: &[u8]) -> Result<Self, Reject> {
        let text =
            std::str::from_utf8(json).map_err(|error| Reject::NotUtf8(error.valid_up_to()))?;
        check_shape(json)?;
        let envelope = serde_json::from_str(text).map_err(|error| Reject::from_json(&error))?;
        Self::check(envelope)
    }

    /// Whether nothing of it has to be left out.
    pub(crate) fn is_whole(&self) -> bool {
        odd(&self.data).is_none()
    }

    pub(crate) fn check(envelope: Envelope) -> Result<Self, Reject> {
        let specversion = envelope.specversion.ok_or(Reject::MissingField("specversion"))?;
        if specversion != "1.0" {
            return Err(Reject::WrongVersion(format!("specversion `{specversion}`")));
        }
        let id = key_part(envelope.id, "id")?;
        let source = key_part(envelope.source, "source")?;
        let name = envelope.r#type.ok_or(Reject::MissingField("type"))?;
        let kind = EventType::from_name(&name).ok_or(Reject::UnknownType(name))?;
        check_schema(envelope.dataschema.as_deref(), kind)?;
        let time = envelope.time.ok_or(Reject::MissingField("time"))?;
        let time = time.parse().map_err(|_| Reject::WrongTime(time))?;
        let data = envelope.data.ok_or(Reject::MissingField("data"))?;
        check_data(&data, kind)?;
        let subject = envelope.subject.map(|subject| check_subject(&subject)).transpose()?;
        Ok(Self { id, source, kind, time, subject, data })
    }

    /// The refusal of an event, or of a part of it, that only Probity itself may send; `None` if a
    /// client may send it.
    ///
    /// Verdicts, notices, orders and appeals each have an endpoint of their own that checks the
    /// sender; as events they would bypass that check.
    #[must_use]
    pub fn reserved(&self) -> Option<Reject> {
        if let Some(instead) = self.kind.instead() {
            return Some(Reject::Reserved(self.kind.name(), instead));
        }
        if self.data.rejudge.is_some() {
            return Some(Reject::Reserved("data.rejudge", "use `POST /v1/rejudgement`"));
        }
        let is_ours = self.source == OURSELVES;
        is_ours.then_some(Reject::Reserved("source /probity", "name a source of your own"))
    }

    /// The key of the event; equal for the same `source` and `id`.
    #[must_use]
    pub fn key(&self) -> EventKey {
        EventKey::new(&self.source, &self.id)
    }

    /// The subject of a decision on this event.
    #[must_use]
    pub fn about(&self) -> Subject {
        if let Some(subject) = &self.subject {
            return subject.clone();
        }
        let data = &self.data;
        match (&data.content, &data.account, &data.network) {
            (Some(content), _, _) => Subject::new("content", &content.id),
            (None, Some(account), _) => Subject::new("account", &account.id),
            (None, None, Some(network)) => Subject::new("network", &network.id),
            (None, None, None) => Subject::new("event", &self.id),
        }
    }

    /// Whether it is about `subject`: an account that acts, is acted on or flags; the target; a
    /// member of a network; content; or the subject of a decision on it.
    #[must_use]
    pub fn concerns(&self, subject: &Subject) -> bool {
        if self.about() == *subject {
            return true;
        }
        let Some((kind, id)) = subject.0.split_once('/') else { return false };
        let data = &self.data;
        let flagger = data.flag.as_ref().and_then(|flag| flag.by.as_deref());
        let target = data.engagement.as_ref().and_then(|given| given.target.as_deref());
        match kind {
            "account" => {
                let members = data.network.iter().flat_map(|network| &network.members).flatten();
                [self.account_id(), flagger, target].contains(&Some(id))
                    || members.into_iter().any(|member| member == id)
            }
            "content" => self.content_id() == Some(id),
            "network" => data.network.as_ref().is_some_and(|network| network.id == id),
            _ => false,
        }
    }

    /// The content and the account that owns it, if the event names both. An account that views
    /// content or engages with it is not its owner.
    #[must_use]
    pub fn owned(&self) -> Option<(&str, &str)> {
        let is_told = !self.kind.is(Trait::ByOthers);
        self.content_id().zip(self.account_id()).filter(|_| is_told)
    }

    /// The account that acts or is acted on, if the event names one.
    #[must_use]
    pub fn account_id(&self) -> Option<&str> {
        self.data.account.as_ref().map(|account| account.id.as_str())
    }

    /// The content that it is about, if the event names one.
    #[must_use]
    pub fn content_id(&self) -> Option<&str> {
        self.data.content.as_ref().map(|content| content.id.as_str())
    }
}

fn key_part(value: Option<String>, name: &'static str) -> Result<String, Reject> {
    match value {
        Some(text) if text.is_empty() => Err(Reject::MissingField(name)),
        Some(text) if text.len() > ID_BYTES_MAX => {
            Err(Reject::WrongField(format!("`{name}` is longer than {ID_BYTES_MAX} bytes")))
        }
        Some(text) => Ok(text),
        None => Err(Reject::MissingField(name)),
    }
}

/// Refuses anything but an object, and anything nested deeper than [`DEPTH_MAX`].
fn check_shape(json: &[u8]) -> Result<(), Reject> {
    if json.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(Reject::MalformedJson("an event is a JSON object".to_owned()));
    }
    // Few brackets cannot nest deeply, and counting them is much faster than following them.
    if json.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() <= DEPTH_MAX {
        return Ok(());
    }
    let (mut depth, mut is_text, mut is_escaped) = (0_usize, false, false);
    for byte in json {
        match (is_text, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (_, b'"') => is_text = !is_text,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(Reject::TooDeep);
        }
    }
    Ok(())
}

fn check_subject(subject: &str) -> Result<Subject, Reject> {
    let is_sound = subject.len() <= ID_BYTES_MAX
        && subject.split_once('/').is_some_and(|(kind, id)| !kind.is_empty() && !id.is_empty());
    if is_sound {
        return Ok(Subject(subject.to_owned()));
    }
    Err(Reject::WrongField("`subject` is written kind/id, for example content/v-1".to_owned()))
}

/// Refuses a version of our vocabulary that this build does not speak. Other schemas are ignored.
fn check_schema(dataschema: Option<&str>, kind: EventType) -> Result<(), Reject> {
    let Some(ours) = dataschema.and_then(|schema| schema.strip_prefix(SCHEMA_PREFIX)) else {
        return Ok(());
    };
    match ours.rsplit_once(':') {
        Some((name, version)) if name == kind.name() && version == VERSION.to_string() => Ok(()),
        _ => Err(Reject::WrongVersion(format!("dataschema `{SCHEMA_PREFIX}{ours}`"))),
    }
}

fn check_data(data: &Data, kind: EventType) -> Result<(), Reject> {
    if let Some(group) = kind.required().iter().find(|group| !group.is_in(data)) {
        return Err(Reject::MissingGroup(kind.name(), group.name()));
    }
    let ids = [("account.id", data.account.as_ref().map(|account| &account.id))]
        .into_iter()
        .chain([("content.id", data.content.as_ref().map(|content| &content.id))]);
    for (name, id) in ids {
        match id.map(String::len) {
            Some(0) => return Err(Reject::MissingField(name)),
            Some(1..=ID_BYTES_MAX) | None => {}
            Some(_) => {
                let message = format!("`{name}` is longer than {ID_BYTES_MAX} bytes");
                return Err(Reject::WrongField(message));
            }
        }
    }
    match out_of_range(data) {
        Some((path, range)) => {
            let name = path.trim_start_matches("data.");
            Err(Reject::WrongField(format!("`{name}` {range}")))
        }
        None => Ok(()),
    }
}

/// The first number out of range: its path, and the range in words.
fn out_of_range(data: &Data) -> Option<(&'static str, &'static str)> {
    let is_over = |score: Option<u8>| score.is_some_and(|score| score > 100);
    let similarity = data.claim.as_ref().and_then(|claim| claim.similarity);
    let score = data.content.as_ref().and_then(|content| content.synthetic_score);
    if is_over(score) {
        return Some(("data.content.synthetic_score", "is at most 100"));
    }
    if is_over(data.network.as_ref().and_then(|network| network.score)) {
        return Some(("data.network.score", "is at most 100"));
    }
    let is_outside = similarity.is_some_and(|similarity| !(0.0..=1.0).contains(&similarity));
    is_outside.then_some(("data.claim.similarity", "lies between 0 and 1"))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(json: &str, expected: Expect) {
        let answer = match Event::parse(json.as_bytes()) {
            Ok(event) => serde_json::to_string(&event).unwrap(),
            Err(reject) => format!("{}: {reject}", reject.code()),
        };
        expected.assert_eq(&answer);
    }

    #[test]
    fn a_minimal_event_is_taken_and_unknown_fields_are_tolerated() {
        check(
            r#"{"specversion":"1.0","id":"1","source":"/v","type":"search.performed","time":"2024-11-24T10:00:00+02:00","tenant":"x","data":{"search":{"query":"q","page":2}}}"#,
            expect![[
                r#"{"specversion":"1.0","id":"1","source":"/v","type":"search.performed","time":"2024-11-24T08:00:00Z","data":{"search":{"query":"q"}}}"#
            ]],
        );
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let with = |from: &str, to: &str| {
            r#"{"specversion":"1.0","id":"1","source":"/v","type":"search.performed","time":"2024-11-24T10:00:00Z","data":{"search":{"query":"q"}}}"#
                .replace(from, to)
        };
        check(
            &with(r#""id":"1","#, ""),
            expect!["missing_field: `id` is missing or empty; every event needs it"],
        );
        check(
            &with("1.0", "2.0"),
            expect![
                "wrong_version: specversion `2.0` is not spoken here; this build speaks CloudEvents 1.0 and version 1 of the vocabulary"
            ],
        );
        check(
            &with("search.performed", "search.done"),
            expect![
                "unknown_type: there is no event type `search.done`; docs/events.md lists them"
            ],
        );
        check(
            &with("2024-11-24T10:00:00Z", "24.11.2024"),
            expect!["wrong_time: `24.11.2024` is not an RFC 3339 time like 2024-11-24T10:00:00Z"],
        );
        check(
            &with(r#""search":{"query":"q"}"#, ""),
            expect!["missing_group: `search.performed` must carry `data.search`"],
        );
        check(
            &with(r#""q""#, "7"),
            expect![
                "wrong_field: invalid type: integer `7`, expected a string at line 1 column 127"
            ],
        );
        check(
            &with(r#""data""#, r#""dataschema":"urn:probity:event:search.performed:2","data""#),
            expect![
                "wrong_version: dataschema `urn:probity:event:search.performed:2` is not spoken here; this build speaks CloudEvents 1.0 and version 1 of the vocabulary"
            ],
        );
        check(
            &with("}}}", "}}"),
            expect!["malformed_json: EOF while parsing an object at line 1 column 131"],
        );
    }

    #[test]
    fn deep_nesting_broken_utf8_and_other_shapes_are_named() {
        let code = |json: &[u8]| Event::parse(json).unwrap_err().code();
        let deep = format!(r#"{{"data":{{"x":{}1{}}}}}"#, "[".repeat(90), "]".repeat(90));
        assert_eq!(code(deep.as_bytes()), "too_deep");
        let quoted = format!(r#"{{"id":"{}\\\"["}}"#, "[".repeat(90));
        assert_eq!(code(quoted.as_bytes()), "missing_field", "brackets in texts do not nest");
        assert_eq!(code(b"{\"id\":\"\xff\"}"), "not_utf8");
        assert_eq!(code(b"[\"1.0\",\"1\"]"), "malformed_json");
        assert_eq!(code(b"7"), "malformed_json");
        assert_eq!(code(b""), "malformed_json");
    }

    #[test]
    fn every_type_is_found_by_its_name() {
        for kind in EventType::ALL {
            assert_eq!(EventType::from_name(kind.name()), Some(*kind));
        }
    }
}
