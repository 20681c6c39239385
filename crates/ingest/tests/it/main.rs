//! The readers on good and bad input, and the documentation of events.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bad_input;
mod documentation;
mod tables;

use std::io::{BufRead, Cursor, Write as _};

use ingest::{Format, Limits, Reader, Record};

const LIMITS: Limits = Limits { record_bytes_max: 2000, latest: None };

fn input(bytes: &[u8]) -> Box<dyn BufRead> {
    ingest::bytes::unpack(Cursor::new(bytes.to_vec())).unwrap()
}

/// What each record became: `place event-id`, `place reason` or `passed over`.
fn read(bytes: &[u8], format: Option<Format>) -> Vec<String> {
    let mut input = input(bytes);
    let format = format.unwrap_or_else(|| Format::sniff(input.as_mut()).unwrap());
    let mut reader = Reader::new(input, format, LIMITS);
    let mut seen = Vec::new();
    while let Some(record) = reader.read_next().unwrap() {
        seen.push(match record {
            Record::Event(incoming) => format!("{} {}", incoming.place, incoming.event.id),
            Record::Refused(place, reject) => format!("{place} {}", reject.code()),
            Record::PassedOver => "passed over".to_owned(),
        });
    }
    seen
}

fn event(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"/t","type":"search.performed","time":"2024-11-24T10:00:00Z","data":{{"search":{{"query":"a ] , \"b"}}}}}}"#
    )
}

#[test]
fn lines_batches_and_jetstream_are_told_apart() {
    let lines = format!("{}\n\n{}\r\n{}", event("1"), event("2"), event("3"));
    assert_eq!(read(lines.as_bytes(), None), ["1 1", "3 2", "4 3"]);
    let batch = format!(" [ {} ,{}\n, {}]", event("1"), event("2"), event("3"));
    assert_eq!(read(batch.as_bytes(), None), ["1 1", "2 2", "3 3"]);
    assert_eq!(read(b"[]", None), Vec::<String>::new());
    let jetstream = br#"{"did":"did:x:a","time_us":1783000000000000,"kind":"account","account":{"active":false,"seq":3}}"#;
    assert_eq!(read(jetstream, None), ["1 did:x:a/account/3"]);
}

#[test]
fn an_event_with_a_field_called_time_us_does_not_make_jetstream_of_its_file() {
    let with =
        |more: &str| event("1").replace("{\"specversion\"", &format!("{{{more},\"specversion\""));
    for more in [
        r#""time_us":1"#,
        r#""did":"d","time_us":1,"kind":"commit""#,
        r#""x":{"did":"d","time_us":1}"#,
        r#""x":"\"did\",\"time_us\"""#,
    ] {
        let lines = format!("{}\n{}", with(more), event("2"));
        assert_eq!(read(lines.as_bytes(), None), ["1 1", "2 2"], "{more}");
    }
    let long = "x".repeat(100_000);
    let cut =
        format!(r#"{{"did":"did:x:a","time_us":1783000000000000,"kind":"identity","x":"{long}"}}"#);
    let mut input: &[u8] = cut.as_bytes();
    assert!(matches!(Format::sniff(&mut input).unwrap(), Format::Jetstream), "its keys come first");
}

#[test]
fn one_event_over_several_lines_is_read_as_one() {
    let pretty: serde_json::Value = serde_json::from_str(&event("1")).unwrap();
    let pretty = serde_json::to_string_pretty(&pretty).unwrap();
    assert_eq!(read(pretty.as_bytes(), Some(Format::Single)), ["1 1"]);
    let mut input: &[u8] = pretty.as_bytes();
    assert!(matches!(Format::sniff_json(&mut input).unwrap(), Format::Single));
    let two = format!("{}\n{}", event("1"), event("2"));
    assert_eq!(read(two.as_bytes(), Some(Format::Single)), ["1 malformed_json"]);
    let mut input: &[u8] = two.as_bytes();
    assert!(matches!(Format::sniff_json(&mut input).unwrap(), Format::Lines));
    assert_eq!(read(b"", Some(Format::Single)), ["1 malformed_json"], "nothing is no event");
    let long = event(&"x".repeat(3000));
    assert_eq!(read(long.as_bytes(), Some(Format::Single)), ["1 too_long"]);
}

#[test]
fn packed_input_is_unpacked_by_its_first_bytes() {
    let text = format!("{}\n{}\n", event("1"), event("2"));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    // Two members, as `cat a.gz b.gz` makes them.
    let twice = [gzip.clone(), gzip.clone()].concat();
    assert_eq!(read(&gzip, None), ["1 1", "2 2"]);
    assert_eq!(read(&twice, None).len(), 4);
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    assert_eq!(read(&zstd, None), ["1 1", "2 2"]);
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    assert_eq!(read(&marked, None), ["1 1", "2 2"]);
    let broken = &gzip[..gzip.len() - 12];
    let mut reader = Reader::new(input(broken), Format::Lines, LIMITS);
    let error = loop {
        match reader.read_next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cut archive must not look complete"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("incomplete"), "{error}");
}
