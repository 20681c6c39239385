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
        r#"{"data":{"account":{"followers":12,"id":"ana","verified":true},"content":{"hashtags":["a","b c"],"id":"row-2","kind":"post","lang":"ro","text":"one, \"two\"\nthree"}},"id":"1","source":"/table","specversion":"1.0","time":"2024-11-24T08:30:00Z","type":"content.published"}"#
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
            "7 wrong_cell",
            "8 wrong_field",
            "9 8",
            "10 9",
            "12 10",
            "13 wrong_cell",
        ]
    );
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
