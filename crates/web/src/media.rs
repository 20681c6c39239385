//! The form of a body of events, by its media type: lines, a batch, or one event, whose attributes
//! may be in headers (CloudEvents' binary mode).

use app::Problem;
use axum::http::{HeaderMap, header};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use types::Reject;

/// The prefix of headers with attributes of a CloudEvent in binary mode.
const ATTRIBUTE: &str = "ce-";

/// Media types of lines. They include the default of curl, and a missing media type.
const LINES: [&str; 5] = [
    "",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-www-form-urlencoded",
];

/// The form in which a body is read.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// Lines or an array, by the first bytes.
    Sniffed,
    /// Lines, an array, or one event over several lines, by the first bytes.
    Json,
    /// An array.
    Batch,
    /// One event.
    Single,
    /// The data of one event, with its attributes from headers.
    Binary(Map<String, Value>),
}

impl Form {
    /// The form of a body with these headers.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let told =
            headers.get(header::CONTENT_TYPE).map_or("", |kind| kind.to_str().unwrap_or("?"));
        let kind = told.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let attributes = attributes(headers)?;
        let is_json = matches!(kind.as_str(), "" | "application/json" | "text/json")
            || kind.ends_with("+json");
        match kind.as_str() {
            "application/cloudevents+json" => Ok(Self::Single),
            "application/cloudevents-batch+json" => Ok(Self::Batch),
            _ if !attributes.is_empty() && is_json => Ok(Self::Binary(attributes)),
            _ if !attributes.is_empty() => Err(Problem::DataMedia(told.to_owned())),
            "application/json" => Ok(Self::Json),
            kind if LINES.contains(&kind) => Ok(Self::Sniffed),
            _ => Err(Problem::Media(told.to_owned())),
        }
    }

    /// What distinguishes this request from others with the same body.
    pub fn told(&self) -> Vec<u8> {
        match self {
            Self::Binary(attributes) => Value::from(attributes.clone()).to_string().into_bytes(),
            _ => Vec::new(),
        }
    }
}

/// The attributes in headers; their values are percent-decoded.
fn attributes(headers: &HeaderMap) -> Result<Map<String, Value>, Problem> {
    let mut found = Map::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix(ATTRIBUTE) else { continue };
        let text = percent_encoding::percent_decode(value.as_bytes()).decode_utf8();
        let text =
            text.map_err(|_| Problem::Wrong(format!("the header `ce-{name}` is not UTF-8")))?;
        found.insert(name.to_owned(), Value::from(text));
    }
    Ok(found)
}

/// The event with these attributes and data, in the form in which it would be sent as one document.
pub fn joined(attributes: &Map<String, Value>, data: &[u8]) -> Result<Vec<u8>, Reject> {
    let mut event = Value::from(attributes.clone()).to_string();
    if !data.trim_ascii().is_empty() {
        let data: &RawValue =
            serde_json::from_slice(data).map_err(|error| Reject::from_json(&error))?;
        event.pop();
        event.push_str(",\"data\":");
        event.push_str(data.get());
        event.push('}');
    }
    Ok(event.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_another_type_in_binary_mode_is_told_what_to_send() {
        let said = |kind: &'static str, is_binary: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
            if is_binary {
                headers.insert("ce-id", "1".parse().unwrap());
            }
            Form::of(&headers).map(|_| ()).map_err(|problem| problem.to_string())
        };
        for kind in ["text/plain", "application/x-ndjson"] {
            let told = said(kind, true).unwrap_err();
            assert!(told.contains(kind) && told.ends_with("as application/json"), "{told}");
        }
        assert_eq!(said("application/json", true), Ok(()));
        assert!(said("text/plain", false).unwrap_err().contains("application/x-ndjson"));
    }
}
