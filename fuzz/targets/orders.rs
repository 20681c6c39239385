//! Any bytes as an order of an authority, in JSON and XML: refused or read, checked, and written so
//! that it can be read again.
#![no_main]

use legal::order::Order;
use legal::order_xml::parse_xml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for order in [Order::parse_json(bytes).ok(), parse_xml(bytes).ok()].into_iter().flatten() {
        let (missing, fingerprint) = (order.missing(), order.fingerprint());
        let json = serde_json::to_vec(&order).expect("what was read can be written");
        let again: Order = serde_json::from_slice(&json).expect("what was written can be read");
        assert_eq!((again.missing(), again.fingerprint()), (missing, fingerprint));
        for url in &order.urls {
            let patterns = ["https://video.example/v/{id}".to_owned()];
            let _ = legal::notice::content_id(url, &patterns);
        }
    }
});
