//! What is wrong is said with code, place, caret and hint.

use decide::{Pack, Source};
use expect_test::{Expect, expect};

const HEAD: &str = r#"[[policy]]
id = "p"
title = "t"
severity = 1
text = "x"
dsa = { category = "SCAMS_AND_FRAUD" }

"#;

/// What is said of a rule with the condition `when`, without the lines before it.
fn check(when: &str, expected: Expect) {
    let text = format!(
        "{HEAD}[[rule]]\nid = \"r\"\npolicy = \"p\"\nwhen = {when}\nthen = [\"limit\"]\nstage = \"draft\"\n"
    );
    let lists = Source { name: "lists/words.txt".into(), text: "kelmari\n".into() };
    let pack = Pack::new(vec![Source { name: "a.toml".into(), text: text.clone() }, lists]);
    let found = pack.check().diagnostics;
    let rendered: Vec<String> = found.iter().map(|finding| finding.render(&text, false)).collect();
    expected.assert_eq(&rendered.join("\n"));
}

#[test]
fn an_unknown_name_is_pointed_at_and_a_near_one_suggested() {
    check(
        "'''account.age_day < 7'''",
        expect![[r#"
        error[E004]: there is no `account.age_day`
          --> a.toml:11:11
           |
        11 | when = '''account.age_day < 7'''
           |           ^^^^^^^^^^^^^^^
           |
           = help: did you mean `account.age_days`?"#]],
    );
}

#[test]
fn the_caret_is_right_behind_letters_of_more_than_one_byte_and_on_later_lines() {
    check(
        "\"\"\"content.text == \\\"éé\\\"\n  && mentons(\\\"words\\\")\"\"\"",
        expect![[r#"
        error[E005]: there is no function `mentons` of these arguments
          --> a.toml:12:6
           |
        12 |   && mentons(\"words\")"""
           |      ^^^^^^^^^^^^^^^^^^
           |
           = help: did you mean `mentions`?"#]],
    );
}

#[test]
fn types_are_named() {
    check(
        "'''account.age_days < \"7\" || content.hashtags == \"x\"'''",
        expect![[r#"
        error[E006]: `<` cannot compare int and string
          --> a.toml:11:11
           |
        11 | when = '''account.age_days < "7" || content.hashtags == "x"'''
           |           ^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: leave the quotes away for a number
        error[E006]: `==` cannot compare list and string
          --> a.toml:11:37
           |
        11 | when = '''account.age_days < "7" || content.hashtags == "x"'''
           |                                     ^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: write `"x" in list`"#]],
    );
}

#[test]
fn syntax_errors_have_a_place_and_a_hint() {
    check(
        "'''account.age_days = 7'''",
        expect![[r#"
        error[E002]: not a valid condition: token recognition error at: '= '
          --> a.toml:11:28
           |
        11 | when = '''account.age_days = 7'''
           |                            ^
           |
           = help: `==` compares"#]],
    );
    check(
        "'''flags() > 1 and views() > 2'''",
        expect![[r#"
        error[E002]: not a valid condition: mismatched input 'and'
          --> a.toml:11:23
           |
        11 | when = '''flags() > 1 and views() > 2'''
           |                       ^
           |
           = help: write `&&`, `||` and `!`"#]],
    );
}

#[test]
fn loops_do_not_exist_and_lists_are_known_by_kind() {
    check(
        "'''content.hashtags.exists(x, x == \"a\")'''",
        expect![[r#"
        error[E003]: macros are not part of rules
          --> a.toml:11:34
           |
        11 | when = '''content.hashtags.exists(x, x == "a")'''
           |                                  ^
           |
           = help: rules have no loops; use `in`, `listed` or `mentions`"#]],
    );
    check(
        "'''links_to(\"words\")'''",
        expect![[r#"
        error[E008]: the list `words` holds terms, this asks for domains
          --> a.toml:11:20
           |
        11 | when = '''links_to("words")'''
           |                    ^^^^^^^
           |
           = help: its first line says `# kind: terms`"#]],
    );
}

#[test]
fn contradictions_are_seen() {
    for when in [
        "content.kind == \"video\" && content.kind == \"photo\"",
        "flags() > 1 && account.age_days > 7 && account.age_days < 7",
        "account.age_days >= 7 && account.age_days in [1, 2]",
        "event.type == \"search.performed\" && content.kind == \"video\"",
    ] {
        let text = format!(
            "{HEAD}[[rule]]\nid = \"r\"\npolicy = \"p\"\nwhen = '''{when}'''\nthen = [\"limit\"]\nstage = \"draft\"\n"
        );
        let pack = Pack::new(vec![Source { name: "a.toml".into(), text }]);
        let codes: Vec<&str> =
            pack.check().diagnostics.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["W101"], "{when}");
    }
}

#[test]
fn hostile_conditions_are_refused_not_recursed_into() {
    let deep = |open: &str, count: usize, close: &str| {
        format!("{}true{}", open.repeat(count), close.repeat(count))
    };
    for when in [
        deep("(", 3000, ")"),
        deep("!", 3000, ""),
        deep("[", 3000, "]"),
        deep("true?true:", 3000, ""),
        vec!["a"; 3000].join("."),
        vec!["true"; 3000].join("&&"),
        vec!["1"; 3000].join("+"),
        "'".repeat(5000),
        "\\".repeat(5000),
        "a".repeat(9000),
        "-".repeat(4000),
    ] {
        let text = format!(
            "{HEAD}[[rule]]\nid = \"r\"\npolicy = \"p\"\nwhen = '''{}'''\nthen = [\"limit\"]\n",
            when.replace('\'', "x")
        );
        let pack = Pack::new(vec![Source { name: "a.toml".into(), text }]);
        assert!(pack.check().errors() > 0, "{}", &when[..40]);
    }
}

#[test]
fn the_version_changes_with_every_byte_and_not_with_the_order_of_files() {
    let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
    let (a, b) = (source("a.toml", "x"), source("b.toml", "y"));
    let version = Pack::new(vec![a.clone(), b.clone()]).version();
    assert_eq!(version, Pack::new(vec![b, a.clone()]).version());
    assert_ne!(version, Pack::new(vec![a, source("b.toml", "z")]).version());
}
