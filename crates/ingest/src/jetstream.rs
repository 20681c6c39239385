//! Bluesky Jetstream: the JSON lines that a Jetstream server sends, as events.
//!
//! Posts become `content.published` or `content.updated`, likes, reposts and follows
//! `engagement.given`, deletions of posts `content.deleted`, profiles and identities
//! `account.updated`, closed accounts `account.closed`. Other collections say nothing that rules
//! look at and are passed over, visibly: they are counted.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use types::Reject;

/// What a line of Jetstream becomes.
#[derive(Debug, PartialEq)]
pub(crate) enum Translated {
    /// A CloudEvent.
    Event(Value),
    /// Nothing that rules look at.
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
    seq: Option<u64>,
}

/// Reads one line.
pub(crate) fn translate(line: &[u8]) -> Result<Translated, Reject> {
    let line: Line = serde_json::from_slice(line).map_err(|error| Reject::from_json(&error))?;
    let time = Timestamp::from_microsecond(line.time_us)
        .map_err(|_| Reject::WrongTime(format!("time_us {}", line.time_us)))?;
    match (line.kind.as_str(), &line.commit, &line.identity, &line.account) {
        ("commit", Some(commit), ..) => Ok(of_commit(&line.did, time, commit)),
        ("identity", _, Some(identity), _) => {
            let account = json!({ "id": line.did, "handle": identity.handle });
            let id = format!("{}/identity/{}", line.did, identity.seq.unwrap_or_default());
            Ok(event(id, "account.updated", time, json!({ "account": account })))
        }
        ("account", .., Some(status)) => {
            let kind = if status.active { "account.updated" } else { "account.closed" };
            let id = format!("{}/account/{}", line.did, status.seq.unwrap_or_default());
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
                "name": record.get("displayName").and_then(Value::as_str),
                "bio": record.get("description").and_then(Value::as_str),
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
    Some(json!({ "kind": kind, "target": target.and_then(Value::as_str) }))
}

fn post(uri: &str, record: &Value) -> Value {
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str);
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
        "text": text("/text"),
        "title": text("/embed/external/title"),
        "lang": text("/langs/0").map(|lang| lang.split('-').next().unwrap_or(lang)),
        "links": links,
        "hashtags": hashtags,
        "reply_to": text("/reply/parent/uri"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &Value) -> String {
        match translate(line.to_string().as_bytes()) {
            Ok(Translated::Event(event)) => {
                let event = types::Event::parse(event.to_string().as_bytes()).unwrap();
                format!("{} {} {}", event.kind.name(), event.about(), event.time)
            }
            Ok(Translated::PassedOver) => "passed over".to_owned(),
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
        assert_eq!(
            read(
                &json!({ "did": "did:plc:a", "time_us": 1, "kind": "account", "account": { "active": false } })
            ),
            "account.closed account/did:plc:a 1970-01-01T00:00:00.000001Z"
        );
        assert_eq!(
            read(&json!({ "did": "did:plc:a", "time_us": 1, "kind": "commit" })),
            "wrong_field"
        );
        assert_eq!(
            read(&json!({ "did": "did:plc:a", "time_us": i64::MAX, "kind": "commit" })),
            "wrong_time"
        );
    }
}
