//! Any text as a policy file: checked without a panic; what compiles can be judged by, and recorded
//! facts lead to the same decision.
#![no_main]

use std::sync::Arc;

use decide::{Pack, Source};
use engine::{Judge, Rules};
use libfuzzer_sys::fuzz_target;
use types::Event;

const EVENT: &str = r#"{"specversion":"1.0","id":"1","source":"/f","type":"content.published",
"time":"2024-06-01T10:00:00Z","data":{"account":{"id":"a","followers":7,"country":"FR"},
"content":{"id":"c","kind":"video","text":"at the harbour","hashtags":["one"]}}}"#;

fuzz_target!(|text: &str| {
    let list = Source { name: "lists/words.txt".to_owned(), text: "harbour\n".to_owned() };
    let pack = Pack::new(vec![Source { name: "a.toml".to_owned(), text: text.to_owned() }, list]);
    let (rules, checked) = Rules::check(&pack);
    for finding in &checked.diagnostics {
        let text = pack.text(&finding.file);
        let _ = (finding.render(text, false), finding.json(text));
    }
    let Some(rules) = rules else { return };
    let _ = engine::cases::run(&rules, &checked.cases);
    let Ok(event) = Event::parse(EVENT.as_bytes()) else { return };
    let mut judge = Judge::new(Arc::new(rules));
    let first = judge.judge(&event);
    // By what was recorded, the same is decided again.
    assert_eq!(engine::rejudge(judge.rules(), &event, &first.facts), first.decision);
    let second = judge.judge(&event);
    assert_eq!(engine::rejudge(judge.rules(), &event, &second.facts), second.decision);
});
