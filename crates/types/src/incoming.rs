//! An event on its way in, with the bytes that will be kept of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::event::Envelope;
use crate::lenient::Mended;
use crate::{Event, Group, Reject, lenient};

/// An event as an adapter passes it on.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The event.
    pub event: Event,
    /// The CloudEvent as JSON: kept, and read again later.
    pub json: Vec<u8>,
    /// Its place in the input: line, row or element, counted from 1.
    pub place: u64,
}

impl Incoming {
    /// Reads one CloudEvent in JSON and names the parts left out because they cannot be read.
    ///
    /// An event that can be read whole is kept as it was sent; of any other, what was read is kept.
    ///
    /// # Errors
    ///
    /// The reason to refuse the event.
    pub fn read(json: Vec<u8>, place: u64) -> Result<(Self, Vec<String>), Reject> {
        let first = match Event::parse(&json) {
            Ok(event) if event.is_whole() => {
                return Ok((Self { event, json, place }, Vec::new()));
            }
            Ok(_) => None,
            Err(first) => Some(first).filter(|first| !first.hides_others()),
        };
        let (event, left_out) = salvage(&json).map_err(|reject| match first {
            Some(first) if !is_twice(&reject) => first,
            _ => reject,
        })?;
        let json = serde_json::to_vec(&event).map_err(|error| Reject::from_json(&error))?;
        Ok((Self { event, json, place }, left_out))
    }
}

/// The event without the parts that cannot be read, and the names of those parts.
fn salvage(json: &[u8]) -> Result<(Event, Vec<String>), Reject> {
    let mut mended = lenient::mend(json)?;
    if !mended.value.is_object() {
        return Err(Reject::MalformedJson("an event is a JSON object".to_owned()));
    }
    decode(&mut mended)?;
    // JSON readers differ on which of two duplicates counts, so none of them may be judged.
    if let Some(path) = mended.twice.iter().find(|path| is_known(path)) {
        let name = path.rsplit('.').next().unwrap_or_default();
        return Err(Reject::WrongField(format!("{TWICE} `{name}`")));
    }
    let Mended { mut value, mut left_out, broken, .. } = mended;
    loop {
        let envelope: Envelope = lenient::settle(&mut value, &mut left_out)?;
        match envelope.odd() {
            Some(path) => lenient::remove(&mut value, path, &mut left_out),
            None => {
                let event = Event::check(envelope);
                return Ok((event.map_err(|reject| Mended::reason(&broken, reject))?, left_out));
            }
        }
    }
}

/// The beginning of the JSON reader's message about a duplicate member.
const TWICE: &str = "duplicate field";

fn is_twice(reject: &Reject) -> bool {
    matches!(reject, Reject::WrongField(why) if why.starts_with(TWICE))
}

/// Whether an event is read from the member at `path`.
fn is_known(path: &str) -> bool {
    let Some(inner) = path.strip_prefix("data.") else {
        return Envelope::MEMBERS.contains(&path);
    };
    let (group, member) = inner.split_once('.').unwrap_or((inner, ""));
    let group = Group::ALL.iter().find(|known| known.name() == group);
    group.is_some_and(|group| {
        member.is_empty() || group.members().iter().any(|(known, _)| *known == member)
    })
}

/// Replaces `data` by the content of `data_base64`, which must be JSON, as `data` is.
fn decode(mended: &mut Mended) -> Result<(), Reject> {
    let value = &mut mended.value;
    let Some(encoded) = value.get("data_base64").and_then(Value::as_str) else { return Ok(()) };
    if value.get("data").is_some_and(|data| !data.is_null()) {
        return Ok(());
    }
    let wrong = |_| Reject::WrongField("`data_base64` is not Base64 (RFC 4648)".to_owned());
    let data = lenient::mend(&STANDARD.decode(encoded).map_err(wrong)?)?;
    value["data"] = data.value;
    mended.left_out.extend(data.left_out);
    mended.broken.extend(data.broken);
    mended.twice.extend(data.twice.iter().map(|path| format!("data.{path}")));
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
    fn a_count_that_is_too_large_is_compared_as_the_largest_and_not_left_out() {
        let long = "9".repeat(5_000);
        for number in ["18446744073709551616", "1e30", "1e400", long.as_str()] {
            let json = post("", "").replace("\"followers\":5", &format!("\"followers\":{number}"));
            let (incoming, left_out) = Incoming::read(json.into_bytes(), 1).unwrap();
            let account = incoming.event.data.account.unwrap();
            assert_eq!((account.followers, left_out.len()), (Some(u64::MAX), 0), "{number}");
            let json = post(&format!(",\"x\":{number}"), &format!(",\"synthetic_score\":{number}"));
            assert_eq!(judged(&json), "t without content.synthetic_score");
        }
        let long = post("", ",\"duration_seconds\":5000000000");
        let (incoming, _) = Incoming::read(long.into_bytes(), 1).unwrap();
        assert_eq!(incoming.event.data.content.unwrap().duration_seconds, Some(u32::MAX));
    }

    #[test]
    fn an_id_with_half_of_a_surrogate_pair_does_not_become_one_with_another() {
        let plain = post("", "");
        for (from, to, name) in [
            ("\"id\":\"1\"", r#""id":"\ud83d""#, "id"),
            ("\"id\":\"1\"", r#""\u0069d":"\udc00""#, "id"),
            ("\"/t\"", r#""/t\ud83d""#, "source"),
            ("\"id\":\"a\"", r#""id":"a\ud83d""#, "account.id"),
            ("\"id\":\"c\"", r#""id":"c\udc00\ud83d""#, "content.id"),
        ] {
            let answer = judged(&plain.replace(from, to));
            let expected = format!("wrong_field: `{name}` holds half of a surrogate pair");
            assert!(answer.starts_with(&expected), "{answer}");
        }
        let whole = judged(&plain.replace("\"id\":\"a\"", r#""id":"a\ud83d\ude00\ufffd""#));
        assert_eq!(whole, "t without ");
        for (more, left_out) in [
            (r#","subject":"content/\ud83d""#, "subject"),
            (r#","subject":"content/\ud83d","x":1"#, "subject"),
        ] {
            let (incoming, names) = Incoming::read(post(more, "").into_bytes(), 1).unwrap();
            assert_eq!(
                (incoming.event.about().0.as_str(), names),
                ("content/c", vec![left_out.into()])
            );
        }
        assert_eq!(judged(&post("", r#","reply_to":"\ud83d""#)), "t without content.reply_to");
        // An optional group is left out together with its id.
        let deleted =
            plain.replace("published", "deleted").replace("\"id\":\"a\"", r#""id":"\ud83d""#);
        assert_eq!(judged(&deleted), "t without account.id, account");
    }

    #[test]
    fn what_is_given_twice_is_refused_whatever_else_is_left_out() {
        let plain = post("", "");
        let many: Vec<String> = (0..300).map(|n| format!("\"x{n}\":1,\"x{n}\":1e400,")).collect();
        let with = |from: &str, more: &str| plain.replace(from, &format!("{more}{from}"));
        for (json, name) in [
            (with("\"type\"", "\"type\":\"content.published\","), "type"),
            (with("\"data\"", "\"data\":{},"), "data"),
            (with("\"data\"", "\"data\":7,\"subject\":\"x\","), "data"),
            (with("\"content\"", "\"account\":{\"id\":\"b\"},"), "account"),
            (with("\"data\"", &format!("{}\"data\":{{}},", many.concat())), "data"),
            (with("\"followers\"", r#""id":"b\ud83d","#), "id"),
        ] {
            let answer = judged(&json);
            assert!(
                answer.starts_with(&format!("wrong_field: duplicate field `{name}`")),
                "{answer}"
            );
        }
        assert_eq!(judged(&post(",\"x\":1,\"x\":2", ",\"links\":[7]")), "t without content.links");
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
