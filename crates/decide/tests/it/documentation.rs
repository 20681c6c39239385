//! `docs/rules.md` says what the code does.

use decide::{FUNCTIONS, PolicySet, Source, diagnostic};
use types::FIELDS;

const RULES: &str = include_str!("../../../../docs/rules.md");

#[test]
fn every_field_and_function_is_documented_with_its_type() {
    for field in FIELDS {
        let (name, kind) = (format!("`{}`", field.name), format!("| {} |", field.kind.name()));
        let is_row =
            |line: &str| line.starts_with('|') && line.contains(&name) && line.contains(&kind);
        assert!(RULES.lines().any(is_row), "{name} is not documented as {}", field.kind.name());
    }
    for function in FUNCTIONS {
        let row = format!("| `{}` | {} |", function.signature(), function.kind.name());
        assert!(RULES.contains(&row), "{row}");
    }
}

/// The heading, fence language and text of each example under `## Diagnostics`.
fn examples() -> Vec<(&'static str, &'static str, &'static str)> {
    let (_, section) = RULES.split_once("## Diagnostics").unwrap();
    let mut examples = Vec::new();
    for part in section.split("\n### ").skip(1) {
        let code = part[..4].trim();
        let (language, rest) = part.split_once("```").unwrap().1.split_once('\n').unwrap();
        examples.push((code, language, rest.split_once("```").unwrap().0));
    }
    examples
}

#[test]
fn every_code_has_an_example_that_gives_it_and_nothing_else() {
    let examples = examples();
    let documented: Vec<&str> = examples.iter().map(|(code, ..)| *code).collect();
    let codes: Vec<&str> = diagnostic::CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(documented, codes);
    for (code, language, text) in examples {
        let name = if language == "text" { "lists/example.txt" } else { "example.toml" };
        let policy_set =
            PolicySet::new(vec![Source { name: name.to_owned(), text: text.to_owned() }]);
        let found = policy_set.check().diagnostics;
        let found: Vec<&str> = found.iter().map(|finding| finding.code).collect();
        assert_eq!(found, [code], "{text}");
    }
}
