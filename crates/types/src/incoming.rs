//! An event on its way in, with the bytes that will be kept of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::event::Envelope;
use crate::{Event, Reject, lenient};

/// An event as an adapter hands it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The event.
    pub event: Event,
    /// The CloudEvent as JSON: what is kept, and what a later look at it reads again.
    pub json: Vec<u8>,
    /// Where it stood: line, row or element, counted from 1.
    pub place: u64,
}

impl Incoming {
    /// Reads one CloudEvent in JSON, and names what was left out of it since it cannot be read.
    ///
    /// An event that can be read whole is kept as it was sent; of any other, what was read is kept.
    ///
    /// # Errors
    ///
    /// Why it cannot be taken.
    pub fn read(json: Vec<u8>, place: u64) -> Result<(Self, Vec<String>), Reject> {
        let first = match Event::parse(&json) {
            Ok(event) if event.is_whole() => {
                return Ok((Self { event, json, place }, Vec::new()));
            }
            Ok(_) => None,
            Err(first) => Some(first).filter(|first| !first.hides_others()),
        };
        let (event, left_out) = salvage(&json).map_err(|reject| first.unwrap_or(reject))?;
        let json = serde_json::to_vec(&event).map_err(|error| Reject::from_json(&error))?;
        Ok((Self { event, json, place }, left_out))
    }
}

/// The event without what cannot be read of it, and the names of that.
fn salvage(json: &[u8]) -> Result<(Event, Vec<String>), Reject> {
    let (mut value, mut left_out) = lenient::value(json)?;
    if !value.is_object() {
        return Err(Reject::MalformedJson("an event is a JSON object".to_owned()));
    }
    decode(&mut value, &mut left_out)?;
    loop {
        let envelope: Envelope = lenient::settle(&mut value, &mut left_out)?;
        match envelope.odd() {
            Some(path) => lenient::remove(&mut value, path, &mut left_out),
            None => return Ok((Event::check(envelope)?, left_out)),
        }
    }
}

/// Puts what `data_base64` holds in the place of `data`; it must be JSON, as `data` is.
fn decode(value: &mut Value, left_out: &mut Vec<String>) -> Result<(), Reject> {
    let Some(encoded) = value.get("data_base64").and_then(Value::as_str) else { return Ok(()) };
    if value.get("data").is_some_and(|data| !data.is_null()) {
        return Ok(());
    }
    let wrong = |_| Reject::WrongField("`data_base64` is not Base64 (RFC 4648)".to_owned());
    let (data, without) = lenient::value(&STANDARD.decode(encoded).map_err(wrong)?)?;
    left_out.extend(without);
    value["data"] = data;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(more: &str, content: &str) -> String {
        format!(
            r#"{{"specversion":"1.0","id":"1","source":"/t","type":"content.published","time":"2024-11-24T10:00:00Z"{more},"data":{{"account":{{"id":"a","followers":5}},"content":{{"id":"c","text":"t"{content}}}}}}}"#
        )
    }

    /// The text that is judged and what was left out, or why the event is refused.
    fn judged(json: &str) -> String {
        match Incoming::read(json.as_bytes().to_vec(), 1) {
            Ok((incoming, left_out)) => {
                assert_eq!(Event::parse(&incoming.json).as_ref(), Ok(&incoming.event));
                let text = incoming.event.data.content.and_then(|content| content.text);
                format!("{} without {}", text.unwrap_or_default(), left_out.join(", "))
            }
            Err(reject) => format!("{}: {reject}", reject.code()),
        }
    }

    #[test]
    fn a_post_nested_200_deep_is_judged_by_what_can_be_read() {
        let deep = format!(r#","x":{}1{}"#, "[".repeat(200), "]".repeat(200));
        assert_eq!(judged(&post("", &deep)), "t without content.x");
        assert_eq!(judged(&post(&deep, "")), "t without x");
        let seventy = format!(r#","x":{}1{}"#, "{\"y\":".repeat(70), "}".repeat(70));
        assert_eq!(judged(&post("", &seventy)), "t without content.x.y");
    }

    #[test]
    fn what_cannot_be_read_and_need_not_be_there_is_left_out() {
        let plain = post("", "");
        for (from, to, left_out) in [
            ("\"followers\":5", "\"followers\":-1", "account.followers"),
            ("\"followers\":5", "\"followers\":\"many\"", "account.followers"),
            ("\"followers\":5", "\"age_years\":300", "account.age_years"),
            ("\"text\":\"t\"", "\"text\":\"t\",\"lang\":\"english\"", "content.lang"),
            ("\"text\":\"t\"", "\"text\":\"t\",\"synthetic_score\":101", "content.synthetic_score"),
            ("\"text\":\"t\"", "\"text\":\"t\",\"links\":[\"l\",7]", "content.links"),
            ("\"data\"", "\"subject\":\"myfile.jpg\",\"data\"", "subject"),
            ("\"content\":", "\"search\":{\"query\":7},\"content\":", "search.query, search"),
        ] {
            assert_eq!(judged(&plain.replace(from, to)), format!("t without {left_out}"));
        }
        let broken = plain.replace("\"t\"", "\"vote \\ud83d by text\"");
        assert_eq!(judged(&broken), "vote \u{fffd} by text without content.text");
    }

    #[test]
    fn what_must_be_there_is_refused_by_its_own_reason() {
        let plain = post("", "");
        for (from, to, expected) in [
            ("\"id\":\"a\"", "\"id\":7", "wrong_field: invalid type: integer `7`"),
            ("content.published", "content.planned", "unknown_type: "),
            ("2024-11-24T10:00:00Z", "yesterday", "wrong_time: "),
            ("\"content\":", "\"comment\":", "missing_group: "),
        ] {
            let answer = judged(&plain.replace(from, to));
            assert!(answer.starts_with(expected), "{answer}");
        }
    }

    #[test]
    fn the_depth_of_an_event_does_not_hide_why_it_is_refused() {
        let deep = format!("\"x\":{}1{},\"data\":", "[".repeat(200), "]".repeat(200));
        let deep = post("", "").replace("\"data\":", &deep);
        let unknown = judged(&deep.replace("content.published", "content.planned"));
        assert!(unknown.starts_with("unknown_type"), "{unknown}");
        let missing = judged(&deep.replace("\"content\":", "\"comment\":"));
        assert!(missing.starts_with("missing_group"), "{missing}");
    }

    #[test]
    fn a_number_of_2_to_the_63_is_compared_as_what_it_is() {
        for number in ["9223372036854775808", "18446744073709551616", "1e300", "5000.0"] {
            let json = post("", "").replace("\"followers\":5", &format!("\"followers\":{number}"));
            let (incoming, _) = Incoming::read(json.into_bytes(), 1).unwrap();
            let field = &crate::FIELDS[crate::Field::find("account.followers").unwrap()];
            let crate::Value::Int(found) = (field.load)(&incoming.event, &crate::Facts::default())
            else {
                panic!("`followers >= 1000` must not be unknown");
            };
            assert!(found >= 1000, "{number}");
        }
    }

    #[test]
    fn data_in_base64_is_read_as_data() {
        let event = |data: &str| {
            format!(
                r#"{{"specversion":"1.0","id":"1","source":"/t","type":"search.performed","time":"2024-11-24T10:00:00Z","data_base64":"{data}"}}"#
            )
        };
        let encoded = STANDARD.encode(r#"{"search":{"query":"q"}}"#);
        let (incoming, _) = Incoming::read(event(&encoded).into_bytes(), 1).unwrap();
        assert_eq!(incoming.event.data.search.unwrap().query, "q");
        assert_eq!(Event::parse(&incoming.json).unwrap().id, "1", "it is kept as it was read");
        assert!(judged(&event("%")).starts_with("wrong_field: `data_base64`"));
        assert!(judged(&event("")).starts_with("malformed_json"));
    }
}
