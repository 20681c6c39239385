//! `rules fmt`: one layout, the same meaning.

use decide::format;

#[test]
fn conditions_are_laid_out() {
    for (before, after) in [
        ("a==1&&b", "a == 1 && b"),
        ("( a||b )&& !( c )", "(a || b) && !c"),
        ("a||b&&c", "a || b && c"),
        ("x in ['a' ,\"b\"]", "x in [\"a\", \"b\"]"),
        ("mentions( 'l' )&&has( a.b )", "mentions(\"l\") && has(a.b)"),
        ("1+2*3 -(4-5)", "1 + 2 * 3 - (4 - 5)"),
        ("a?b:c", "a ? b : c"),
        ("-x < -1", "-x < -1"),
        ("x.contains('it\\'s \"so\"')", "x.contains(\"it's \\\"so\\\"\")"),
    ] {
        assert_eq!(format::condition(before).as_deref(), Some(after));
        assert_eq!(
            format::condition(after).as_deref(),
            Some(after),
            "laying out twice changes nothing"
        );
    }
    assert_eq!(format::condition("a = b"), None);
}

#[test]
fn long_conditions_are_broken_at_the_outermost_sign() {
    let long = [
        "first.condition == 1",
        "second.condition == 2",
        "third.condition == 3",
        "fourth.condition == 4",
        "x || y",
    ];
    let text = format!("{} && ({})", long[..4].join(" && "), long[4]);
    let laid_out = format::condition(&text).unwrap();
    assert_eq!(laid_out.lines().count(), 5);
    assert!(laid_out.lines().skip(1).all(|line| line.starts_with("  && ")));
    assert!(laid_out.ends_with("&& (x || y)"));
    assert_eq!(format::condition(&laid_out), Some(laid_out));
}

#[test]
fn files_keep_their_comments_and_order() {
    let before = "# about\n[[rule]]\nid='r'   # why\npolicy =\"p\"\nwhen= 'a==1'\n\n\n\n# next\n[[rule]]\nid = 's'\n";
    let after = "# about\n[[rule]]\nid = 'r'  # why\npolicy = \"p\"\nwhen = '''a == 1'''\n\n# next\n[[rule]]\nid = 's'\n";
    assert_eq!(format::file(before).as_deref(), Some(after));
    assert_eq!(format::file(after).as_deref(), Some(after));
    assert_eq!(format::file("[[rule"), None);
}

#[test]
fn tests_that_are_called_cases_are_read_and_renamed_in_their_order() {
    let before = "[[case]]\nname = 'a'\n\n[[rule]]\nid = 'r'\n\n[[test]]\nname = 'b'\n\n# Last.\n[[case]]\nname = 'c'\n";
    let after = format::file(before).unwrap();
    assert_eq!(after, before.replace("[[case]]", "[[test]]"));
    assert_eq!(format::file(&after), Some(after));
}
