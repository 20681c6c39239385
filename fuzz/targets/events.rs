//! Any bytes as input in any format: refused or read, and what is read can be read again.
#![no_main]

use std::io::Cursor;

use ingest::{Format, Limits, Reader, Record};
use libfuzzer_sys::fuzz_target;
use types::Event;

fuzz_target!(|bytes: &[u8]| {
    for format in [Format::Lines, Format::Batch, Format::Single, Format::Jetstream] {
        let Ok(input) = ingest::bytes::unpack(Cursor::new(bytes.to_vec())) else { return };
        let mut reader = Reader::new(input, format, Limits { record_bytes_max: 4096, latest: None });
        while let Ok(Some(record)) = reader.read_next() {
            let Record::Event(incoming) = record else { continue };
            let again = Event::parse(&incoming.json).expect("what was taken is taken again");
            assert_eq!(again, incoming.event);
        }
    }
});
