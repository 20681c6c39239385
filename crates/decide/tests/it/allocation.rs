//! Evaluating allocates nothing: counted by the allocator itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use decide::eval::Input;
use decide::{Answers, PolicySet, Query, Scratch, Source};
use types::{Event, Facts, Value};

/// The system's allocator, counting what the present thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait; this one only counts")]
// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = COUNT.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the layout is the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from the same allocator with the same layout.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Detectors with constant answers.
struct Constant;

impl Answers for Constant {
    fn answer(&self, query: &Query) -> Value<'_> {
        match query.function().name {
            "language" => Value::Str("ro"),
            "mentions" => Value::Bool(true),
            _ => Value::Int(3),
        }
    }

    fn listed(&self, _: u16, value: &str) -> bool {
        value.len() == 1
    }
}

#[test]
fn evaluating_allocates_nothing() {
    let mut text = "policy = [{ id = 'p', title = 't', severity = 1, text = 'x', dsa = { category = 'SELF_HARM' } }]\n".to_owned();
    let conditions = [
        "content.kind in ['video', 'photo'] && mentions('words') && language() == 'ro'",
        "account.followers * 2 > 10 || account.posts > 3 || has(account.bio)",
        "content.text.matches('(?i)h.llo') && content.text.contains('llo') && size(content.text) > 3",
        "'x' in content.hashtags && !listed(account.id, 'ids') && flags() >= 3",
        "event.time > timestamp('2024-01-01T00:00:00Z') ? account.verified : content.sound == 's'",
    ];
    for number in 0..50 {
        let when = conditions[number % conditions.len()];
        text.push_str(&format!("[[rule]]\nid='r{number}'\npolicy='p'\nwhen='''{when} || views() == {number}'''\nthen=['limit']\n"));
    }
    let sources = [
        ("a.toml", text.as_str()),
        ("lists/words.txt", "kelmari"),
        ("lists/ids.txt", "# kind: values\nq"),
    ];
    let source =
        |(name, text): (&str, &str)| Source { name: name.to_owned(), text: text.to_owned() };
    let program = PolicySet::new(sources.map(source).to_vec()).check().program.unwrap();
    let json = r#"{"specversion":"1.0","id":"1","source":"/t","type":"content.published","time":"2024-11-24T22:30:00Z",
        "data":{"account":{"id":"a","followers":10,"verified":true},"content":{"id":"v","kind":"video","text":"Hello","hashtags":["x"]}}}"#;
    let event = Event::parse(json.as_bytes()).unwrap();
    let (facts, mut scratch) = (Facts::default(), Scratch::default());
    let input = Input { event: &event, facts: &facts, counters: &[] };
    // The first event makes room for nodes and verdict; the regular expressions make their caches.
    program.evaluate(input, &Constant, &mut scratch);
    let before = COUNT.with(Cell::get);
    for _ in 0..1000 {
        program.evaluate(input, &Constant, &mut scratch);
    }
    assert_eq!(COUNT.with(Cell::get) - before, 0);
    assert!(scratch.verdict.fired.len() >= 10);
}
