//! What is wrong is said with code, place, caret and hint.

use decide::{PolicySet, Source};
use expect_test::{Expect, expect};

const HEAD: &str = r#"[[policy]]
id = "p"
title = "t"
severity = 1
text = "x"
dsa = { category = "SCAMS_AND_FRAUD" }

"#;

/// What is said of a rule with the condition `when`.
fn check(when: &str, expected: Expect) {
    let head = "[[rule]]\nid = \"r\"\npolicy = \"p\"\n";
    let tail = "then = [\"limit\"]\nstage = \"draft\"\n";
    check_set(&format!("{head}when = {when}\n{tail}"), expected);
}

/// What is said of a set that declares a policy, a list, and `declared` from line 8 on.
fn check_set(declared: &str, expected: Expect) {
    let text = format!("{HEAD}{declared}");
    let lists = Source { name: "lists/words.txt".into(), text: "kelmari\n".into() };
    let policy_set =
        PolicySet::new(vec![Source { name: "a.toml".into(), text: text.clone() }, lists]);
    let found = policy_set.check().diagnostics;
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
fn a_language_with_a_region_would_never_be_found_and_is_warned_of() {
    check(
        "'''content.lang == \"pt-BR\"'''",
        expect![[r#"
        warning[W104]: no language is read as `pt-BR`
          --> a.toml:11:11
           |
        11 | when = '''content.lang == "pt-BR"'''
           |           ^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: languages are compared by their code; write `pt`"#]],
    );
    check("'''language() in [\"pt\", \"ro\"]'''", expect![""]);
}

#[test]
fn every_finding_of_a_large_file_bears_the_line_that_was_counted_for_it() {
    let rule = |n: u32| {
        format!(
            "[[rule]]\nid = \"r{n}\"\npolicy = \"p\"\nwhen = 'account.posts > {n}'\nthen = [\"limit\"]\n\n"
        )
    };
    let text = format!("{HEAD}{}", (0..50).map(rule).collect::<String>());
    let found = PolicySet::new(vec![Source { name: "a.toml".into(), text: text.clone() }]).check();
    let findings = found.diagnostics;
    assert!(findings.len() >= 50, "each rule lacks a case");
    for finding in findings {
        let (line, column) = decide::diagnostic::line_and_column(&text, finding.span.start);
        assert_eq!((finding.line, finding.start(&text)), (Some(line), (line, column)));
        let rendered = finding.render(&text, false);
        assert!(rendered.contains(&format!("a.toml:{line}:{column}")), "{rendered}");
        assert!(rendered.contains(text.lines().nth(line - 1).unwrap()), "{rendered}");
    }
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
fn only_counters_are_seen_and_velocity_has_three_time_constants() {
    check(
        "'''view_velocity(\"5m\") > 2.0 || seen(content.text)'''",
        expect![[r#"
        error[E007]: `5m` is no time constant
          --> a.toml:11:25
           |
        11 | when = '''view_velocity("5m") > 2.0 || seen(content.text)'''
           |                         ^^^^
           |
           = help: the time constants are 1m, 10m, 1h
        error[E007]: `seen` asks for a declared counter
          --> a.toml:11:45
           |
        11 | when = '''view_velocity("5m") > 2.0 || seen(content.text)'''
           |                                             ^^^^^^^^^^^^"#]],
    );
}

#[test]
fn counters_rest_on_events_alone() {
    check_set(
        r#"[[counter]]
name = "posts"
of = '''event.type == "content.published" && account.strikes > 1'''
by = "account.id"
last = "1h"

[[counter]]
name = "struck"
of = '''event.type == "content.published"'''
by = "account.strikes"
last = "1h"

[[counter]]
name = "busy"
of = '''posts > 5'''
by = "account.id"
last = "1h"
"#,
        expect![[r#"
        error[E017]: what is counted cannot rest on strikes
          --> a.toml:10:46
           |
        10 | of = '''event.type == "content.published" && account.strikes > 1'''
           |                                              ^^^^^^^^^^^^^^^
           |
           = help: strikes come from decisions, and counters are read before them
        error[E017]: a counter cannot count by strikes
          --> a.toml:17:6
           |
        17 | by = "account.strikes"
           |      ^^^^^^^^^^^^^^^^^
           |
           = help: strikes come from decisions, and counters are read before them
        error[E004]: there is no `posts`
          --> a.toml:22:9
           |
        22 | of = '''posts > 5'''
           |         ^^^^^
           |
           = help: `probity rules functions` lists all names"#]],
    );
}

/// What is said of a counter of published content by account with the lines of `more`.
fn check_counter(more: &str, expected: Expect) {
    let of = "of = '''event.type == \"content.published\"'''\nby = \"account.id\"\n";
    check_set(&format!("[[counter]]\nname = \"posts\"\n{of}{more}"), expected);
}

#[test]
fn the_kind_of_a_counter_is_one_of_six() {
    check_counter(
        "kind = \"distint\"\nvalue = \"content.text\"\nlast = \"1h\"\n",
        expect![[r#"
        error[E013]: there is no kind of counter `distint`
          --> a.toml:12:8
           |
        12 | kind = "distint"
           |        ^^^^^^^^^
           |
           = help: did you mean `distinct`?"#]],
    );
    check_counter(
        "kind = \"average\"\nlast = \"1h\"\n",
        expect![[r#"
        error[E013]: there is no kind of counter `average`
          --> a.toml:12:8
           |
        12 | kind = "average"
           |        ^^^^^^^^^
           |
           = help: the kinds are count, distinct, sum, first_seen, rate, decayed"#]],
    );
    check_counter(
        "kind = \"rate\"\nlast = \"1h\"\n",
        expect![[r#"
        error[E013]: a rate needs `max`, how many events it allows in the window
          --> a.toml:12:8
           |
        12 | kind = "rate"
           |        ^^^^^^"#]],
    );
}

#[test]
fn the_value_of_a_counter_fits_its_kind() {
    check_counter(
        "kind = \"distinct\"\nlast = \"1h\"\n",
        expect![[r#"
        error[E013]: `distinct` needs `value`, the field whose values differ
         --> a.toml:9:8
          |
        9 | name = "posts"
          |        ^^^^^^^"#]],
    );
    check_counter(
        "kind = \"sum\"\nvalue = \"content.sound\"\nlast = \"1h\"\n",
        expect![[r#"
        error[E013]: a sum is made of whole numbers
          --> a.toml:13:9
           |
        13 | value = "content.sound"
           |         ^^^^^^^^^^^^^^^"#]],
    );
    check_counter(
        "value = \"content.duration_seconds\"\nlast = \"1h\"\n",
        expect![[r#"
        error[E013]: this kind of counter has no `value`
          --> a.toml:12:9
           |
        12 | value = "content.duration_seconds"
           |         ^^^^^^^^^^^^^^^^^^^^^^^^^^"#]],
    );
}

#[test]
fn a_counter_has_a_window_and_bounded_keys() {
    check_counter(
        "keys_max = 0\n",
        expect![[r#"
        error[E013]: a counter needs `last`, the length of its window
         --> a.toml:9:8
          |
        9 | name = "posts"
          |        ^^^^^^^
        error[E013]: `keys_max` lies between 1 and 100000000
          --> a.toml:12:12
           |
        12 | keys_max = 0
           |            ^"#]],
    );
}

#[test]
fn stages_and_breakers_are_checked() {
    check_set(
        r#"[[rule]]
id = "r"
policy = "p"
when = '''flags() > 5'''
then = ["limit"]
stage = "5%"
breaker = { actions_per_minute = 0, share_percent = 101 }

[breaker]
share_percent = 0
"#,
        expect![[r#"
        error[E013]: there is no stage `5%`
          --> a.toml:13:9
           |
        13 | stage = "5%"
           |         ^^^^
           |
           = help: the stages are draft, shadow, 1%, 10%, 50% and live
        error[E013]: `actions_per_minute` is a positive number
          --> a.toml:14:34
           |
        14 | breaker = { actions_per_minute = 0, share_percent = 101 }
           |                                  ^
        error[E013]: `share_percent` lies between 1 and 100
          --> a.toml:14:53
           |
        14 | breaker = { actions_per_minute = 0, share_percent = 101 }
           |                                                     ^^^
        error[E013]: `share_percent` lies between 1 and 100
          --> a.toml:17:17
           |
        17 | share_percent = 0
           |                 ^"#]],
    );
}

/// What is said of two live rules, `one` and `two`, by their conditions and effects.
fn check_pair(one: (&str, &str), two: (&str, &str), expected: Expect) {
    let rule = |id: &str, (when, then): (&str, &str)| {
        let what = format!("when = '{when}'\nthen = [\"{then}\"]");
        format!("[[rule]]\nid = \"{id}\"\npolicy = \"p\"\n{what}\n\n")
    };
    // Live rules need a case.
    let case = r#"[[test]]
name = "a flag"
event = { type = "flag.raised", flag = { reason = "spam" } }
fires = ["one", "two"]
"#;
    check_set(&format!("{}{}{case}", rule("one", one), rule("two", two)), expected);
}

#[test]
fn a_rule_that_another_covers_is_named() {
    check_pair(
        ("flags() > 5", "review"),
        ("flags() > 50", "review"),
        expect![[r#"
        warning[W106]: `two` never matters: whenever it is true, `one` does the same
          --> a.toml:17:8
           |
        17 | when = 'flags() > 50'
           |        ^^^^^^^^^^^^^^
           |
           = help: remove it, or ask for other effects"#]],
    );
    check_pair(
        ("flags() > 5 || flags_for(\"spam\") > 2", "limit"),
        ("flags() > 5 && account.verified", "limit"),
        expect![[r#"
        warning[W106]: `two` never matters: whenever it is true, `one` does the same
          --> a.toml:17:8
           |
        17 | when = 'flags() > 5 && account.verified'
           |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: remove it, or ask for other effects"#]],
    );
    check_pair(("flags() > 5", "review"), ("flags() > 50", "limit"), expect![""]);
}

#[test]
fn rules_whose_ranges_meet_are_named() {
    check_pair(
        ("account.verified && flags() <= 10", "review"),
        ("account.verified && flags() >= 10", "limit"),
        expect![[r#"
        warning[W107]: `one` and `two` meet: some events make both true
          --> a.toml:11:8
           |
        11 | when = 'account.verified && flags() <= 10'
           |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = help: they differ in one comparison; move its bounds, or make one rule of both"#]],
    );
    check_pair(
        ("account.verified && flags() < 10", "review"),
        ("account.verified && flags() >= 10", "limit"),
        expect![""],
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
        let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text }]);
        let codes: Vec<&str> =
            policy_set.check().diagnostics.iter().map(|finding| finding.code).collect();
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
        let policy_set = PolicySet::new(vec![Source { name: "a.toml".into(), text }]);
        assert!(policy_set.check().errors() > 0, "{}", &when[..40]);
    }
}

#[test]
fn the_version_changes_with_every_byte_and_not_with_the_order_of_files() {
    let source = |name: &str, text: &str| Source { name: name.into(), text: text.into() };
    let (a, b) = (source("a.toml", "x"), source("b.toml", "y"));
    let version = PolicySet::new(vec![a.clone(), b.clone()]).version();
    assert_eq!(version, PolicySet::new(vec![b, a.clone()]).version());
    assert_ne!(version, PolicySet::new(vec![a, source("b.toml", "z")]).version());
}
