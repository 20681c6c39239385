//! Any bytes as a table: every row is read or refused, in order.
#![no_main]

use std::io::Cursor;

use ingest::{Format, Limits, Mapping, Reader, Record};
use libfuzzer_sys::fuzz_target;

const MAPPING: &str = r#"
source = "/t"
type = "content.published"
[time]
column = "t"
[fields]
"account.id" = "a"
"account.followers" = "n"
"content.text" = "x"
"content.hashtags" = { column = "h", split = "|" }
"#;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mapping) = MAPPING.parse::<Mapping>() else { return };
    let mut table = b"t,a,n,x,h\n2024-11-24T10:00:00Z,a,1,x,h\n".to_vec();
    table.extend_from_slice(bytes);
    let Ok(input) = ingest::bytes::unpack(Cursor::new(table)) else { return };
    let limits = Limits { record_bytes_max: 4096, latest: None };
    let mut reader = Reader::new(input, Format::Table(Box::new(mapping)), limits);
    let mut last = 0;
    while let Ok(Some(record)) = reader.read_next() {
        let place = match record {
            Record::Event(incoming) => incoming.place,
            Record::Refused(place, _) => place,
            Record::PassedOver => continue,
        };
        assert!(place > last, "places rise");
        last = place;
    }
    assert!(last >= 2, "the good row before is read");
});
