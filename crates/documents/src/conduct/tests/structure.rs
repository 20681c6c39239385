//! Tests of the lists that hold the structure of the Code.

use std::collections::{BTreeMap, BTreeSet};

use crate::account;
use crate::conduct::{COMMITMENTS, Feed, INDICATORS, MEASURES, Number, PRACTICES, Part, QUESTIONS};

#[test]
fn no_indicator_names_a_table_that_is_not_counted_and_no_table_is_left_out() {
    let fed = INDICATORS.iter().flat_map(|one| one.feeds);
    let mut named: Vec<&str> = fed
        .filter_map(|feed| match feed {
            Feed::Table(name) => Some(*name),
            Feed::Waits(..) => None,
        })
        .collect();
    let mut counted: Vec<&str> =
        account::layouts("conduct").iter().map(|layout| layout.name).collect();
    named.sort_unstable();
    counted.sort_unstable();
    assert_eq!(named, counted);
}

#[test]
fn no_number_is_listed_twice_or_out_of_order() {
    let lists: [Vec<Number>; 4] = [
        COMMITMENTS.iter().map(|one| one.number).collect(),
        MEASURES.iter().map(|one| one.number).collect(),
        QUESTIONS.iter().map(|one| one.number).collect(),
        INDICATORS.iter().map(|one| one.number).collect(),
    ];
    for list in lists {
        assert!(list.is_sorted_by(|one, next| one < next), "{list:?}");
    }
    let commitments: Vec<String> = COMMITMENTS.iter().map(|one| one.number.to_string()).collect();
    assert_eq!(commitments, (1..=44).map(|number: u8| number.to_string()).collect::<Vec<_>>());
    assert!(COMMITMENTS.is_sorted_by_key(|one| one.part));
    assert_eq!(PRACTICES.iter().map(|one| one.number).collect::<Vec<_>>(), Vec::from_iter(1..=12));
}

#[test]
fn no_question_or_indicator_belongs_to_a_measure_that_is_not_listed() {
    let measures: BTreeSet<Number> = MEASURES.iter().map(|one| one.number).collect();
    let questions = QUESTIONS.iter().map(|one| one.number);
    for number in questions.chain(INDICATORS.iter().map(|one| one.number)) {
        assert!(number.is_question(), "{number}");
        assert!(measures.contains(&number.measure()), "{number}");
    }
    for number in measures {
        assert!(number.is_measure(), "{number}");
    }
}

#[test]
fn no_practice_is_left_out_of_its_indicator() {
    let indicator = INDICATORS.iter().find(|one| one.number.to_string() == "14.2.1").unwrap();
    let words = |feed: &Feed| match feed {
        Feed::Table(name) => name.replace("sli_14_ttp_", "TTP "),
        Feed::Waits(_, figures) => figures.split(',').next().unwrap().to_owned(),
    };
    let named: BTreeSet<String> = indicator.feeds.iter().map(words).collect();
    let all: BTreeSet<String> = PRACTICES.iter().map(|one| format!("TTP {}", one.number)).collect();
    assert_eq!(named, all);
}

#[test]
fn the_names_of_parts_are_unique() {
    let names: BTreeMap<&str, Part> =
        COMMITMENTS.iter().map(|one| (one.part.name(), one.part)).collect();
    assert_eq!(names.len(), 9);
}
