//! The engine on the shipped policy pack.

use std::path::Path;

use decide::{Pack, Source};
use engine::Rules;

fn shipped() -> Pack {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    let mut sources = Vec::new();
    for (folder, prefix) in [(root.clone(), ""), (root.join("lists"), "lists/")] {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() {
                let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
                sources.push(Source { name, text: std::fs::read_to_string(&path).unwrap() });
            }
        }
    }
    Pack::new(sources)
}

#[test]
fn the_shipped_pack_is_sound_and_its_cases_hold() {
    let pack = shipped();
    let checked = pack.check();
    for diagnostic in &checked.diagnostics {
        println!("{}", diagnostic.render(pack.text(&diagnostic.file), false));
    }
    assert_eq!(checked.diagnostics.len(), 0);
    let rules = Rules::load(&pack).unwrap();
    let failures = engine::cases::run(&rules, &checked.cases);
    for failure in &failures {
        let case = &checked.cases[failure.case];
        println!(
            "{}: {}: {} expected [{}] found [{}]",
            case.file, case.name, failure.what, failure.expected, failure.found
        );
    }
    assert!(failures.is_empty());
    assert!(rules.program.rules.len() >= 60 && checked.cases.len() >= 120);
}
