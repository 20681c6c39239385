//! A bad record costs itself only, and its reason has a name.

use jiff::Timestamp;

use crate::{event, input, read};
use ingest::{Format, Limits, Reader, Record};

#[test]
fn every_bad_line_is_named_and_the_rest_goes_on() {
    let good = event("good");
    let deep = good
        .replace("\"query\"", &format!("\"x\":{}1{},\"query\"", "[".repeat(70), "]".repeat(70)));
    let lines: Vec<Vec<u8>> = vec![
        good.clone().into_bytes(),
        b"{\"specversion\":".to_vec(),
        good.replace("search.performed", "search.planned").into_bytes(),
        good.replace("2024-11-24T10:00:00Z", "2024-13-24").into_bytes(),
        b"{\"specversion\":\"\xc3\x28\"}".to_vec(),
        good.replace("good", &"x".repeat(3000)).into_bytes(),
        deep.into_bytes(),
        good.replace("\"search\"", "\"find\"").into_bytes(),
        good.replace("\"good\"", "7").into_bytes(),
        good.replace("1.0", "0.3").into_bytes(),
        b"null".to_vec(),
        event("last").into_bytes(),
    ];
    assert_eq!(
        read(&lines.join(&b'\n'), Some(Format::Lines)),
        [
            "1 good",
            "2 malformed_json",
            "3 unknown_type",
            "4 wrong_time",
            "5 not_utf8",
            "6 too_long",
            "7 good",
            "8 missing_group",
            "9 wrong_field",
            "10 wrong_version",
            "11 malformed_json",
            "12 last",
        ]
    );
}

#[test]
fn a_bad_element_of_a_batch_costs_itself_only() {
    let long = event(&"y".repeat(3000));
    let batch = format!("[{}, {{\"id\": [1,2]}}, 7, {long}, {}]", event("a"), event("b"));
    assert_eq!(
        read(batch.as_bytes(), None),
        ["1 a", "2 wrong_field", "3 malformed_json", "4 too_long", "5 b"]
    );
    let cut = format!("[{}, {}", event("a"), &event("b")[..40]);
    assert_eq!(read(cut.as_bytes(), None), ["1 a", "2 malformed_json"]);
}

#[test]
fn a_single_event_sent_as_a_batch_is_told_that_a_batch_is_an_array() {
    for text in [event("a"), format!(" {}\n{}", event("[{}]"), event("b"))] {
        let mut reader = Reader::new(input(text.as_bytes()), Format::Batch, crate::LIMITS);
        let Some(Record::Refused(1, reject)) = reader.read_next().unwrap() else {
            panic!("{text} is no array")
        };
        assert!(reject.to_string().starts_with("a batch is an array"), "{reject}");
        assert!(reader.read_next().unwrap().is_none());
    }
}

#[test]
fn events_from_the_future_are_refused_where_a_limit_is_set() {
    let latest: Timestamp = "2024-11-24T09:59:59Z".parse().unwrap();
    let limits = Limits { record_bytes_max: 2000, latest: Some(latest) };
    let mut reader = Reader::new(input(event("1").as_bytes()), Format::Lines, limits);
    let record = reader.read_next().unwrap().unwrap();
    assert!(
        matches!(&record, Record::Refused(1, reject) if reject.code() == "future"),
        "{record:?}"
    );
}

#[test]
fn an_endless_line_does_not_fill_the_memory() {
    /// A hundred megabytes without a line break, then a good line.
    struct Endless {
        left: usize,
        good: std::io::Cursor<Vec<u8>>,
    }
    impl std::io::Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            if self.left == 0 {
                return self.good.read(buffer);
            }
            let count = buffer.len().min(self.left);
            buffer[..count].fill(b'x');
            self.left -= count;
            Ok(count)
        }
    }
    let good = std::io::Cursor::new(format!("\n{}\n", event("after")).into_bytes());
    let endless = Endless { left: 100_000_000, good };
    let input = ingest::bytes::unpack(std::io::BufReader::with_capacity(1 << 16, endless)).unwrap();
    let mut reader =
        Reader::new(input, Format::Lines, Limits { record_bytes_max: 2000, latest: None });
    let first = reader.read_next().unwrap().unwrap();
    assert!(matches!(&first, Record::Refused(1, reject) if reject.code() == "too_long"));
    assert_eq!(reader.bytes().len(), 2000, "no more than the limit is held");
    assert!(matches!(reader.read_next().unwrap(), Some(Record::Event(_))));
}

#[test]
fn what_follows_an_array_is_not_lost() {
    let two = format!("[{}]\n[{}] ", event("a"), event("b"));
    assert_eq!(read(two.as_bytes(), None), ["1 a", "2 b"]);
    let more = format!("[{}] and more", event("a"));
    assert_eq!(read(more.as_bytes(), None), ["1 a", "2 malformed_json"]);
}

#[test]
fn any_bytes_in_any_format_come_to_an_end_in_order() {
    let pieces: &[&str] =
        &["[", "]", "{", "}", ",", "\"", "\\", "\n", "\r", " ", "x", "1", "\u{e9}", "E"];
    let good = event("a");
    let mapping = "source = \"/t\"\ntype = \"account.updated\"\n[time]\ncolumn = \"x\"\n[fields]\n\"account.id\" = \"1\"\n";
    let mut seed = 1_u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..3000 {
        let count = draw(40);
        let text: String =
            (0..count).map(|_| pieces[draw(pieces.len())].replace('E', &good)).collect();
        let table = Format::Table(Box::new(mapping.parse().unwrap()));
        let inputs = [
            (Format::Lines, text.clone()),
            (Format::Batch, format!("[{good},{text}")),
            (Format::Jetstream, text.clone()),
            (table, format!("x,1\n{text}")),
        ];
        for (format, text) in inputs {
            let limits = Limits { record_bytes_max: 300, latest: None };
            let mut reader = Reader::new(input(text.as_bytes()), format, limits);
            let mut last = 0;
            while let Some(record) = reader.read_next().unwrap() {
                let place = match record {
                    Record::Event(incoming) => incoming.place,
                    Record::Refused(place, _) => place,
                    Record::PassedOver => continue,
                };
                assert!(place > last, "{text:?}");
                last = place;
            }
            assert!(last as usize <= text.len(), "no more records than bytes");
        }
    }
}
