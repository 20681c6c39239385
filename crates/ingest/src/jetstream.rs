//! Bluesky Jetstream: the JSON lines that a Jetstream server sends, as events.
//!
//! Posts become `content.published` or `content.updated`; likes, reposts and follows
//! `engagement.given`; deletions of posts `content.deleted`; profiles and identities
//! `account.updated`. Accounts deleted by their owner become `account.closed`; those taken down,
//! suspended or deactivated may come back and are `account.updated`. Other collections contain
//! nothing that rules use; they are passed over, but counted.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use types::{Reject, lenient};

use crate::mapping::EARLIEST;

/// The translation of a line of Jetstream.
#[derive(Debug, PartialEq)]
pub(crate) enum Translated {
    /// A CloudEvent.
    Event(Value),
    /// Nothing that rules use.
    PassedOver,
}

#[derive(Deserialize)]
struct Line {
    did: String,
    time_us: i64,
    kind: String,
    commit: Option<Commit>,
    identity: Option<Identity>,
    account: Option<Status>,
}

#[derive(Deserialize)]
struct Commit {
    rev: String,
    operation: String,
    collection: String,
    rkey: String,
    record: Option<Value>,
}

#[derive(Deserialize)]
struct Identity {
    handle: Option<String>,
    seq: Option<u64>,
}

#[derive(Deserialize)]
struct Status {
    active: bool,
    status: Option<String>,
    seq: Option<u64>,
}

/// Translates one line; names the parts that cannot be read.
pub(crate) fn translate(line: &[u8]) -> Result<(Translated, Vec<String>), Reject> {
    let (line, left_out) = match serde_json::from_slice(line) {
        Ok(line) => (line, Vec::new()),
        // JSON readers differ on which of two duplicates counts.
        Err(error) if error.to_string().starts_with("duplicate field") => {
            return Err(Reject::from_json(&error));
        }
        Err(_) => lenient::read(line)?,
    };
    let translated = translated(&line).map_err(|reject| match reject {
        Reject::WrongField(why) if !left_out.is_empty() => {
            Reject::WrongField(format!("{why}; {} cannot be read", left_out.join(", ")))
        }
        other => other,
    })?;
    Ok((translated, left_out))
}

fn translated(line: &Line) -> Result<Translated, Reject> {
    let time = Timestamp::from_microsecond(line.time_us).ok().filter(|time| *time >= EARLIEST);
    let wrong = || format!("time_us {} is no time of our days in microseconds", line.time_us);
    let time = time.ok_or_else(|| Reject::OtherTime(wrong()))?;
    // Without a number, the time distinguishes one event from the next.
    let numbered = |what: &str, seq: Option<u64>| match seq {
        Some(seq) => format!("{}/{what}/{seq}", line.did),
        None => format!("{}/{what}/at-{}", line.did, line.time_us),
    };
    match (line.kind.as_str(), &line.commit, &line.identity, &line.account) {
        ("commit", Some(commit), ..) => Ok(of_commit(&line.did, time, commit)),
        ("identity", _, Some(identity), _) => {
            let account = json!({ "id": line.did, "handle": identity.handle });
            let id = numbered("identity", identity.seq);
            Ok(event(id, "account.updated", time, json!({ "account": account })))
        }
        ("account", .., Some(account)) => {
            let is_closed = !account.active && account.status.as_deref() == Some("deleted");
            let kind = if is_closed { "account.closed" } else { "account.updated" };
            let id = numbered("account", account.seq);
            Ok(event(id, kind, time, json!({ "account": { "id": line.did } })))
        }
        ("commit" | "identity" | "account", ..) => {
            Err(Reject::WrongField(format!("a line of kind `{}` without `{0}`", line.kind)))
        }
        (other, ..) => Err(Reject::UnknownType(format!("jetstream {other}"))),
    }
}

fn event(id: String, kind: &str, time: Timestamp, data: Value) -> Translated {
    Translated::Event(json!({
        "specversion": "1.0",
        "id": id,
        "source": "/bluesky/jetstream",
        "type": kind,
        "time": time,
        "data": data,
    }))
}

fn of_commit(did: &str, time: Timestamp, commit: &Commit) -> Translated {
    let uri = format!("at://{did}/{}/{}", commit.collection, commit.rkey);
    let id = format!("{uri}#{}", commit.rev);
    let account = json!({ "id": did });
    let record = commit.record.as_ref();
    match (commit.collection.as_str(), commit.operation.as_str(), record) {
        ("app.bsky.feed.post", "delete", _) => {
            let content = json!({ "id": uri, "kind": "post" });
            event(id, "content.deleted", time, json!({ "account": account, "content": content }))
        }
        ("app.bsky.feed.post", operation, Some(record)) => {
            let kind = if operation == "update" { "content.updated" } else { "content.published" };
            let content = post(&uri, record);
            event(id, kind, time, json!({ "account": account, "content": content }))
        }
        ("app.bsky.actor.profile", "create" | "update", Some(record)) => {
            let account = json!({
                "id": did,
                "name": record.get("displayName"),
                "bio": record.get("description"),
            });
            event(id, "account.updated", time, json!({ "account": account }))
        }
        (collection, "create", Some(record)) => match engagement(collection, record) {
            Some(engagement) => {
                let data = json!({ "account": account, "engagement": engagement });
                event(id, "engagement.given", time, data)
            }
            None => Translated::PassedOver,
        },
        _ => Translated::PassedOver,
    }
}

fn engagement(collection: &str, record: &Value) -> Option<Value> {
    let (kind, target) = match collection {
        "app.bsky.feed.like" => ("like", record.pointer("/subject/uri")),
        "app.bsky.feed.repost" => ("share", record.pointer("/subject/uri")),
        "app.bsky.graph.follow" => ("follow", record.get("subject")),
        _ => return None,
    };
    Some(json!({ "kind": kind, "target": target }))
}

fn post(uri: &str, record: &Value) -> Value {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
    // Values of the wrong type are left out by name later.
    let sent = |pointer: &str| record.pointer(pointer);
    let features = || {
        let facets = record.get("facets").and_then(Value::as_array).into_iter().flatten();
        let features = facets.filter_map(|facet| facet.get("features").and_then(Value::as_array));
        features.flatten()
    };
    let of_features =
        |key: &'static str| features().filter_map(move |feature| feature.get(key)?.as_str());
    let embedded =
        ["/embed/external/uri", "/embed/media/external/uri"].into_iter().filter_map(text);
    let mut links: Vec<&str> = of_features("uri").chain(embedded).collect();
    links.dedup();
    let hashtags: Vec<&str> = of_features("tag").collect();
    let images = ["/embed/images", "/embed/media/images"];
    let has_image = images.into_iter().any(|pointer| record.pointer(pointer).is_some());
    let kind = match text("/embed/$type") {
        Some("app.bsky.embed.video") => "video",
        _ if has_image => "photo",
        _ => "post",
    };
    json!({
        "id": uri,
        "kind": kind,
        "text": sent("/text"),
        "title": sent("/embed/external/title"),
        "lang": sent("/langs/0"),
        "links": links,
        "hashtags": hashtags,
        "reply_to": sent("/reply/parent/uri"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &Value) -> String {
        match translate(line.to_string().as_bytes()) {
            Ok((Translated::Event(event), _)) => {
                let event = types::Event::parse(event.to_string().as_bytes()).unwrap();
                format!("{} {} {}", event.kind.name(), event.about(), event.time)
            }
            Ok((Translated::PassedOver, _)) => "passed over".to_owned(),
            Err(reject) => reject.code().to_owned(),
        }
    }

    fn commit(collection: &str, operation: &str, record: Value) -> Value {
        json!({ "did": "did:plc:a", "time_us": 1_783_000_000_000_000_i64, "kind": "commit",
            "commit": { "rev": "r", "operation": operation, "collection": collection, "rkey": "k", "record": record } })
    }

    #[test]
    fn lines_become_events() {
        let post = json!({ "text": "see b.example", "langs": ["en-GB"],
            "facets": [{ "features": [{ "uri": "https://b.example" }, { "tag": "x" }] }] });
        let at = "2026-07-02T13:46:40Z";
        assert_eq!(
            read(&commit("app.bsky.feed.post", "create", post)),
            format!("content.published content/at://did:plc:a/app.bsky.feed.post/k {at}")
        );
        assert_eq!(
            read(&commit("app.bsky.feed.post", "delete", Value::Null)),
            format!("content.deleted content/at://did:plc:a/app.bsky.feed.post/k {at}")
        );
        assert_eq!(
            read(&commit(
                "app.bsky.feed.like",
                "create",
                json!({ "subject": { "uri": "at://x" } })
            )),
            format!("engagement.given account/did:plc:a {at}")
        );
        assert_eq!(read(&commit("app.bsky.feed.threadgate", "create", json!({}))), "passed over");
        let bare =
            json!({ "did": "did:plc:a", "time_us": 1_783_000_000_000_000_i64, "kind": "commit" });
        assert_eq!(read(&bare), "wrong_field");
        assert_eq!(
            read(&json!({ "did": "did:plc:a", "time_us": i64::MAX, "kind": "commit" })),
            "wrong_time"
        );
    }

    fn account(status: Value) -> Value {
        json!({ "did": "did:plc:a", "time_us": 1_783_000_000_000_000_i64, "kind": "account",
            "account": status })
    }

    #[test]
    fn only_an_account_that_its_owner_deleted_is_closed() {
        let kind = |status: Value| read(&account(status)).split(' ').next().unwrap().to_owned();
        assert_eq!(kind(json!({ "active": false, "status": "deleted" })), "account.closed");
        for status in ["takendown", "suspended", "deactivated", "desynchronized"] {
            let kind = kind(json!({ "active": false, "status": status }));
            assert_eq!(kind, "account.updated", "{status}");
        }
        assert_eq!(kind(json!({ "active": false })), "account.updated", "nobody said why");
        assert_eq!(kind(json!({ "active": true })), "account.updated");
    }

    #[test]
    fn identities_without_a_number_are_told_apart_by_their_time() {
        let id = |time_us: i64, seq: Option<u64>| {
            let line = json!({ "did": "did:plc:a", "time_us": time_us, "kind": "identity",
                "identity": { "handle": "a.example", "seq": seq } });
            match translate(line.to_string().as_bytes()).unwrap().0 {
                Translated::Event(event) => event["id"].as_str().unwrap().to_owned(),
                Translated::PassedOver => panic!("an identity is an event"),
            }
        };
        assert_ne!(id(1_783_000_000_000_000, None), id(1_783_000_000_000_001, None));
        assert_eq!(id(1_783_000_000_000_000, Some(3)), "did:plc:a/identity/3");
    }

    #[test]
    fn a_time_of_0_or_in_another_unit_is_no_event_of_1970() {
        for time_us in [0, 1, -5, 1_783_000_000, 1_783_000_000_000_i64] {
            let line = json!({ "did": "did:plc:a", "time_us": time_us, "kind": "account",
                "account": { "active": true } });
            assert_eq!(read(&line), "wrong_time", "{time_us}");
        }
    }

    #[test]
    fn a_post_with_an_unread_field_nested_200_deep_is_an_event() {
        let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
        let line = commit("app.bsky.feed.post", "create", json!({ "text": "votes \u{1}", "x": 0 }));
        let line = line.to_string().replace("\\u0001", "\\ud83d");
        let line = line.replace("\"x\":0", &format!("\"x\":{deep}"));
        let (translated, left_out) = translate(line.as_bytes()).unwrap();
        let Translated::Event(event) = translated else { panic!("a post is an event") };
        assert_eq!(event["data"]["content"]["text"], "votes \u{fffd}");
        assert_eq!(left_out, ["commit.record.text", "commit.record.x"]);
    }

    #[test]
    fn a_post_with_a_number_that_no_type_holds_is_an_event() {
        let line = commit("app.bsky.feed.post", "create", json!({ "text": "votes", "x": 0 }));
        for number in ["1e400".to_owned(), "9".repeat(5_000)] {
            let line = line.to_string().replace("\"x\":0", &format!("\"x\":{number}"));
            let (translated, left_out) = translate(line.as_bytes()).unwrap();
            let Translated::Event(event) = translated else { panic!("a post is an event") };
            assert_eq!(event["data"]["content"]["text"], "votes");
            assert!(left_out.is_empty(), "{left_out:?}");
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_does_not_make_one_post_of_two() {
        let line = commit("app.bsky.feed.post", "create", json!({ "text": "t" })).to_string();
        for (from, to, why) in [
            ("\"did:plc:a\"", r#""did:plc:\ud83d""#, "`did` holds half of a surrogate pair"),
            ("\"rkey\":\"k\"", r#""rkey":"\ud83d""#, "commit.rkey, commit cannot be read"),
        ] {
            let reject = translate(line.replace(from, to).as_bytes()).unwrap_err();
            assert!(reject.to_string().contains(why), "{reject}");
        }
        let twice = line.replace("\"did\":", "\"did\":\"did:plc:b\",\"did\":");
        assert_eq!(translate(twice.as_bytes()).unwrap_err().code(), "wrong_field");
    }

    #[test]
    fn a_language_tag_is_handed_on_as_it_was_sent() {
        let post =
            commit("app.bsky.feed.post", "create", json!({ "text": "t", "langs": ["pt-BR"] }));
        let Translated::Event(event) = translate(post.to_string().as_bytes()).unwrap().0 else {
            panic!("a post is an event")
        };
        assert_eq!(event["data"]["content"]["lang"], "pt-BR");
        let event = types::Event::parse(event.to_string().as_bytes()).unwrap();
        assert_eq!(event.data.content.unwrap().lang.unwrap().code(), Some("pt"));
    }
}
