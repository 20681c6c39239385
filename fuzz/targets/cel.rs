//! Any text as a condition: checked without a panic, and laid out to the same meaning.
#![no_main]

use decide::{Pack, Source};
use libfuzzer_sys::fuzz_target;

const HEAD: &str = "policy = [{ id = 'p', title = 't', severity = 1, text = 'x', dsa = { category = 'SELF_HARM' } }]\n";

fuzz_target!(|condition: &str| {
    let quoted = condition.replace("'''", "");
    let text = format!("{HEAD}[[rule]]\nid = 'r'\npolicy = 'p'\nwhen = '''{quoted}'''\nthen = ['limit']\n");
    let pack = Pack::new(vec![Source { name: "a.toml".to_owned(), text }]);
    for finding in pack.check().diagnostics {
        let text = pack.text(&finding.file);
        let _ = (finding.render(text, false), finding.json(text));
    }
    if let Some(laid_out) = decide::format::condition(condition) {
        let again = decide::format::condition(&laid_out);
        assert_eq!(again.as_ref(), Some(&laid_out), "laying out twice changes nothing");
    }
});
