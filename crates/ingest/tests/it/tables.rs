//! CSV and TSV with mappings.

use ingest::{Format, Mapping, Reader, Record};

use crate::{LIMITS, input, read};

const MAPPING: &str = r#"
format = "csv"
source = "/table"
type = "content.published"
id = ["id"]
[time]
column = "when"
format = "%d.%m.%Y %H:%M"
zone = "Europe/Bucharest"
[fields]
"account.id" = "who"
"account.followers" = "followers"
"account.verified" = "verified"
"content.text" = "text"
"content.kind" = { constant = "post" }
"content.lang" = { column = "language", values = { English = "en", Romanian = "ro" } }
"content.hashtags" = { column = "tags", split = "|", strip = "[]'" }
"#;

const HEADER: &str = "id,when,who,followers,verified,text,language,tags\n";

fn mapping(text: &str) -> Format {
    Format::Table(Box::new(text.parse::<Mapping>().unwrap()))
}

fn rows(table: &str) -> Vec<String> {
    read(format!("{HEADER}{table}").as_bytes(), Some(mapping(MAPPING)))
}

#[test]
fn a_row_becomes_an_event() {
    let table = format!(
        "{HEADER}1,24.11.2024 10:30,ana,12.0,yes,\"one, \"\"two\"\"\nthree\",Romanian,['a'|'b c']\n"
    );
    let mut reader = Reader::new(input(table.as_bytes()), mapping(MAPPING), LIMITS);
    let Some(Record::Event(incoming)) = reader.read_next().unwrap() else { panic!("no event") };
    assert_eq!(
        String::from_utf8(incoming.json).unwrap(),
        r#"{"data":{"account":{"followers":12,"id":"ana","verified":true},"content":{"hashtags":["a","b c"],"id":"row-2-12c96b865826021d","kind":"post","lang":"ro","text":"one, \"two\"\nthree"}},"id":"1","source":"/table","specversion":"1.0","time":"2024-11-24T08:30:00Z","type":"content.published"}"#
    );
}

#[test]
fn broken_rows_cost_themselves_only() {
    let good = |id: u8| format!("{id},24.11.2024 10:30,ana,1,no,text,English,\n");
    let table = [
        good(1),
        "2,24.11.2024 10:30,ana,1,no,\"never closed,English,\n".to_owned(),
        good(3),
        "4,24.11.2024\n".to_owned(),
        "5,today,ana,1,no,text,English,\n".to_owned(),
        "6,24.11.2024 10:30,ana,-1,no,text,English,\n".to_owned(),
        "7,24.11.2024 10:30,,1,no,text,English,\n".to_owned(),
        good(8),
        "9,24.11.2024 10:30,ana,1,no,\"spans\ntwo lines\",Klingon,x\n".to_owned(),
        good(10),
        "11,24.11.2024 10:30,ana,1,maybe,text,English,\n".to_owned(),
    ]
    .concat();
    assert_eq!(
        rows(&table),
        [
            "2 1",
            "3 broken_quote",
            "4 3",
            "5 wrong_columns",
            "6 wrong_time",
            "7 6",
            "8 wrong_cell",
            "9 8",
            "10 9",
            "12 10",
            "13 11",
        ]
    );
}

#[test]
fn a_row_is_judged_without_the_cells_that_cannot_be_read() {
    let table = format!(
        "{HEADER}1,24.11.2024 10:30,ana,-1,maybe,text,English,\n2,24.11.2024 10:30,ana,99999999999999999999,no,text,English,\n"
    );
    let mut reader = Reader::new(input(table.as_bytes()), mapping(MAPPING), LIMITS);
    let Some(Record::Event(incoming)) = reader.read_next().unwrap() else { panic!("no event") };
    assert_eq!(reader.left_out(), ["account.followers", "account.verified"]);
    assert_eq!(incoming.event.data.content.unwrap().text.as_deref(), Some("text"));
    let Some(Record::Event(incoming)) = reader.read_next().unwrap() else { panic!("no event") };
    assert_eq!(incoming.event.data.account.unwrap().followers, Some(u64::MAX));
    assert!(reader.left_out().is_empty());
    // What the event cannot do without is refused by the cell that lacks it.
    let views = MAPPING
        .replace("content.published", "content.viewed")
        .replace("account.followers", "views.total");
    let table = format!("{HEADER}1,24.11.2024 10:30,ana,-1,no,text,English,\n");
    assert_eq!(read(table.as_bytes(), Some(mapping(&views))), ["2 wrong_cell"]);
}

#[test]
fn a_row_without_an_account_is_refused_by_its_column() {
    let refused = |row: &str, mapping_text: &str| {
        let table = format!("{HEADER}{row}\n");
        let mut reader = Reader::new(input(table.as_bytes()), mapping(mapping_text), LIMITS);
        let Some(Record::Refused(2, reject)) = reader.read_next().unwrap() else {
            panic!("{row} is refused")
        };
        format!("{}: {reject}", reject.code())
    };
    let who = "wrong_cell: column `who`: it is empty, and `account.id` must be there";
    assert_eq!(refused("1,24.11.2024 10:30,,1,no,text,English,", MAPPING), who);
    assert_eq!(refused("1,24.11.2024 10:30,,,,text,English,", MAPPING), who, "nor anything else");
    let id = "wrong_cell: column `id`: it is empty, and `id` must be there";
    assert_eq!(refused(",24.11.2024 10:30,ana,1,no,text,English,", MAPPING), id);
}

#[test]
fn a_count_with_an_exponent_is_read() {
    let followers = |cell: &str| {
        let table = format!("{HEADER}1,24.11.2024 10:30,ana,{cell},no,text,English,\n");
        let mut reader = Reader::new(input(table.as_bytes()), mapping(MAPPING), LIMITS);
        let Some(Record::Event(incoming)) = reader.read_next().unwrap() else { panic!("{cell}") };
        incoming.event.data.account.unwrap().followers
    };
    for (cell, count) in [("1e3", Some(1000)), ("1.5e3", Some(1500)), ("5.0", Some(5))] {
        assert_eq!(followers(cell), count, "{cell}");
    }
    for cell in ["1e30", "1e400", "18446744073709551616"] {
        assert_eq!(followers(cell), Some(u64::MAX), "{cell}");
    }
    for cell in ["1.5", "inf", "-1e3", "e", "1e-3"] {
        assert_eq!(followers(cell), None, "{cell}");
    }
}

#[test]
fn times_in_another_unit_are_refused_and_the_declared_format_is_named() {
    let refused = |format: &str, time: &str| {
        let text = MAPPING.replace("%d.%m.%Y %H:%M", format);
        let table = format!("{HEADER}1,{time},ana,1,no,text,English,\n");
        let mut reader = Reader::new(input(table.as_bytes()), mapping(&text), LIMITS);
        match reader.read_next().unwrap().unwrap() {
            Record::Refused(_, reject) => format!("{}: {reject}", reject.code()),
            other => format!("{other:?}").split('(').next().unwrap().to_owned(),
        }
    };
    assert_eq!(
        refused("unix_ms", "1700000000"),
        "wrong_time: `1700000000` is no time of our days in milliseconds since 1970"
    );
    assert_eq!(
        refused("unix", "0"),
        "wrong_time: `0` is no time of our days in seconds since 1970"
    );
    assert_eq!(
        refused("unix", "1700000000000"),
        "wrong_time: `1700000000000` is no time of our days in seconds since 1970"
    );
    assert_eq!(
        refused("%d.%m.%Y", "2024-11-24"),
        "wrong_time: `2024-11-24` is no time in the declared format `%d.%m.%Y`"
    );
    assert_eq!(refused("unix_ms", "1700000000000"), "Event");
    assert_eq!(refused("unix", "1700000000"), "Event");
}

/// The ids of events and contents.
fn named(mapping_text: &str, table: &str) -> Vec<(String, String)> {
    let mut reader = Reader::new(input(table.as_bytes()), mapping(mapping_text), LIMITS);
    let mut found = Vec::new();
    while let Some(Record::Event(incoming)) = reader.read_next().unwrap() {
        let content = incoming.event.content_id().unwrap().to_owned();
        found.push((incoming.event.id, content));
    }
    found
}

#[test]
fn rows_without_ids_of_two_tables_are_not_the_same_content() {
    let without = MAPPING.replace("id = [\"id\"]", "");
    let table = format!("{HEADER}1,24.11.2024 10:30,ana,1,no,text,English,\n");
    let first = named(&without, &table);
    assert_eq!(first, named(&without, &table), "the same table is known again");
    for (other, table) in [
        (without.replace("/table", "/other"), table.clone()),
        (without.replace("content.published", "content.updated"), table.clone()),
        (without.clone(), table.replace("ana", "ben")),
        (without.replace("\"language\"", "\"tongue\""), table.replace("language", "tongue")),
    ] {
        let other = named(&other, &table);
        assert_ne!((&first[0].0, &first[0].1), (&other[0].0, &other[0].1));
        assert_ne!(first[0].1, other[0].1, "contents are told apart too");
    }
}

#[test]
fn ids_with_separators_commas_and_brackets_do_not_meet() {
    let two = MAPPING.replace("id = [\"id\"]", "id = [\"id\", \"who\"]");
    let rows =
        [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("\"a,b\"", "c"), ("[a]", "c"), ("a", "c")];
    let rows = rows.map(|(id, who)| format!("{id},24.11.2024 10:30,{who},1,no,text,English,\n"));
    let ids = named(&two, &format!("{HEADER}{}", rows.concat()));
    let distinct: std::collections::BTreeSet<&String> = ids.iter().map(|(id, _)| id).collect();
    assert_eq!(distinct.len(), rows.len(), "{ids:?}");
    assert_eq!(ids[5].0, "a/c");
}

#[test]
fn a_list_in_json_keeps_commas_and_brackets_within_its_elements() {
    let text = MAPPING.replace("split = \"|\", strip = \"[]'\"", "split = \",\"");
    let tags = |cell: &str| {
        let table = format!("{HEADER}1,24.11.2024 10:30,ana,1,no,text,English,{cell}\n");
        let mut reader = Reader::new(input(table.as_bytes()), mapping(&text), LIMITS);
        let Some(Record::Event(incoming)) = reader.read_next().unwrap() else { panic!("no event") };
        incoming.event.data.content.unwrap().hashtags.unwrap_or_default()
    };
    assert_eq!(tags("\"[\"\"a,b\"\",\"\"[c]\"\"]\""), ["a,b", "[c]"]);
    assert_eq!(tags("\"a,b\""), ["a", "b"]);
}

#[test]
fn a_quote_that_closes_far_below_does_not_swallow_the_rows_between() {
    let good = |id: u8| format!("{id},24.11.2024 10:30,ana,1,no,text,English,\n");
    let table = format!(
        "1,24.11.2024 10:30,ana,1,no,\"open,English,\n{}{}4,24.11.2024 10:30,ana,1,no,\"quoted\",English,\n{}",
        good(2),
        good(3),
        good(5)
    );
    assert_eq!(rows(&table), ["2 broken_quote", "3 2", "4 3", "5 4", "6 5"]);
    let many: String = (0..250).map(|_| good(9)).collect();
    let table = format!("1,24.11.2024 10:30,ana,1,no,\"open,English,\n{many}");
    let read = rows(&table);
    assert_eq!((read.len(), read[0].as_str()), (251, "2 broken_quote"));
}

#[test]
fn cells_that_are_not_utf8_are_named() {
    let mut table = HEADER.as_bytes().to_vec();
    table.extend(
        b"1,24.11.2024 10:30,ana,1,no,\xff\xfe,English,\n2,24.11.2024 10:30,ana,1,no,ok,English,\n",
    );
    assert_eq!(read(&table, Some(mapping(MAPPING))), ["2 not_utf8", "3 2"]);
}

#[test]
fn a_missing_column_ends_the_reading_with_its_name() {
    let table = "id,when,who\n1,24.11.2024 10:30,ana\n";
    let mut reader = Reader::new(input(table.as_bytes()), mapping(MAPPING), LIMITS);
    let error = reader.read_next().unwrap_err().to_string();
    assert!(error.contains("no column `followers`; it has id, when, who"), "{error}");
}

#[test]
fn wrong_mappings_are_named() {
    for (from, to, expected) in [
        ("csv", "xls", "there is no format `xls`"),
        ("content.published", "content.seen", "there is no event type `content.seen`"),
        ("Europe/Bucharest", "Mars", "there is no time zone `Mars`"),
        ("content.text", "content.txt", "there is no field `content.txt`"),
        (
            "\"account.verified\" = \"verified\"",
            "\"account.strikes\" = \"verified\"",
            "there is no field `account.strikes`",
        ),
        (
            "\"content.kind\" = { constant = \"post\" }",
            "\"content.kind\" = {}",
            "needs either `column` or `constant`",
        ),
        (
            "content.published\"\nid",
            "search.performed\"\nid",
            "`search.performed` needs fields of `search`",
        ),
    ] {
        assert!(MAPPING.contains(from), "{from}");
        let error = MAPPING.replace(from, to).parse::<Mapping>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn rows_without_an_id_column_are_told_apart_by_their_content() {
    let mapping_text = MAPPING.replace("id = [\"id\"]", "");
    let ids = |text: &str| {
        let table = format!("{HEADER}1,24.11.2024 10:30,ana,1,no,{text},English,\n");
        read(table.as_bytes(), Some(mapping(&mapping_text)))
    };
    assert_eq!(ids("same"), ids("same"), "the same file is known again");
    assert_ne!(ids("same"), ids("other"), "another file is not");
}

#[test]
fn the_example_mappings_are_sound() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut count = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            std::fs::read_to_string(&path).unwrap().parse::<Mapping>().unwrap();
            count += 1;
        }
    }
    assert_eq!(count, 2);
}

#[test]
fn a_table_with_old_line_ends_is_refused_not_taken_for_a_header() {
    let table = format!("{HEADER}1,24.11.2024 10:30,ana,1,no,text,English,\n").replace('\n', "\r");
    let mut reader = Reader::new(input(table.as_bytes()), mapping(MAPPING), LIMITS);
    assert!(reader.read_next().unwrap_err().to_string().contains("no column `tags`"));
}
