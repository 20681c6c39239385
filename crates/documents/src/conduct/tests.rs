//! Tests of the report under the Code of Conduct on Disinformation.

mod structure;

use super::*;

/// Answers of a signatory that misses nothing.
fn complete() -> Answers {
    let text = serde_json::json!({
        "signed": ["18", "18.2"],
        "commitments": { "18": {
            "new": ["A policy on cloned voices"],
            "planned": [],
            "texts": { "18.2.1": "We removed {sli_18_2_1_civic/FR/removals} videos in France." },
        } },
        "elections": [{
            "name": "France",
            "from": "2026-05-01",
            "until": "2026-06-30",
            "threats": "Cloned voices of candidates.",
            "mitigations": { "empowering users": "A page on how to vote." },
            "figures": "In France {sli_18_2_1_civic/FR/removals} videos were removed after \
                        {sli_18_2_1_civic/FR/removals.views} views, and \
                        {sli_18_2_1_civic/FR/limited} were not recommended.",
        }],
    });
    serde_json::from_value(text).unwrap()
}

/// The tables of SLI 18.2.1 with a row for France.
fn tables() -> Vec<Table> {
    ["misinformation", "civic", "synthetic"]
        .map(|name| Table {
            name: format!("sli_18_2_1_{name}"),
            header: ["Country", "Removed", "Views", "Limited"].map(str::to_owned).to_vec(),
            rows: vec![["FR", "1200", "31", "7"].map(str::to_owned).to_vec()],
            measures: ["removals", "removals.views", "limited"].map(str::to_owned).to_vec(),
            names: vec![0],
            figures: vec![1, 2, 3],
            ..Table::default()
        })
        .to_vec()
}

/// The report of `answers`: its sections by their titles, and what is missing.
fn report(answers: &Answers) -> (Vec<Section>, Vec<String>) {
    sections(answers, &tables(), Some("2025-H2"))
}

fn titled<'a>(sections: &'a [Section], title: &str) -> &'a Section {
    sections.iter().find(|section| section.title == title).unwrap()
}

/// The one gap of complete answers after `change`.
fn gap(change: impl FnOnce(&mut Answers)) -> String {
    let mut answers = complete();
    change(&mut answers);
    let (_, missing) = report(&answers);
    assert_eq!(missing.len(), 1, "{missing:#?}");
    missing.into_iter().next().unwrap()
}

fn sign(answers: &mut Answers, number: &str) {
    answers.signed.push(number.to_owned());
}

fn write(answers: &mut Answers, commitment: &str, number: &str, text: &str) {
    let answer = answers.commitments.entry(commitment.to_owned()).or_default();
    answer.texts.insert(number.to_owned(), text.to_owned());
}

#[test]
fn a_complete_report_is_not_said_to_miss_anything_and_is_in_order() {
    let (sections, missing) = report(&complete());
    assert_eq!(missing, [""; 0]);
    let titles: Vec<(u8, &str)> =
        sections.iter().map(|one| (one.level, one.title.as_str())).collect();
    assert_eq!(
        titles,
        [
            (1, "Commitment 18"),
            (2, "New measures since the last report: yes"),
            (2, "Planned in the next six months: no"),
            (2, "Measure 18.2"),
            (3, "QRE 18.2.1"),
            (3, "SLI 18.2.1: Content removed, its views, content not recommended"),
            (1, "Elections: France"),
            (2, "Threats observed"),
            (2, "Mitigations: empowering users"),
            (2, "Figures"),
        ]
    );
    assert_eq!(sections[0].text, "Signed measures: 18.2.");
    assert_eq!(sections[1].text, "Last report: 2025-H2.\n\nA policy on cloned voices");
    assert_eq!(sections[4].text, "We removed 1200 videos in France.");
    assert_eq!(sections[5].tables.len(), 3);
    assert_eq!(sections[6].text, "From 2026-05-01 to 2026-06-30.");
}

#[test]
fn a_sentence_of_a_chapter_does_not_differ_from_the_tables() {
    let (sections, _) = report(&complete());
    assert_eq!(
        titled(&sections, "Figures").text,
        "In France 1200 videos were removed after 31 views, and 7 were not recommended."
    );
}

#[test]
fn a_commitment_that_is_not_signed_is_not_reported() {
    let gap = gap(|answers| write(answers, "21", "21.1.1", "Labels."));
    assert_eq!(gap, "`commitments.21` is left out: add `21` to `signed`");
    let mut answers = complete();
    write(&mut answers, "21", "21.1.1", "Labels.");
    let (sections, _) = report(&answers);
    assert!(!sections.iter().any(|one| one.title.contains("21") || one.text == "Labels."));
}

#[test]
fn a_mistyped_number_does_not_vanish() {
    for typo in ["1 8", "018", "45", "99.1", "18.2.1", "eighteen", ""] {
        let gap = gap(|answers| sign(answers, typo));
        assert!(gap.starts_with(&format!("`{typo}` in `signed`")), "{gap}");
    }
    let orphan = gap(|answers| sign(answers, "14.2"));
    assert_eq!(orphan, "measure `14.2` is left out: add `14` to `signed`");
    for typo in ["18.2", "21.1.1", "18.3.1", "18.2.1.1", "18.2.01", "x"] {
        let gap = gap(|answers| write(answers, "18", typo, "Words."));
        assert!(gap.starts_with(&format!("text `{typo}` of commitment 18 is left out")), "{gap}");
    }
    let unknown = gap(|answers| write(answers, "18", "18.2.11", "Words."));
    assert!(unknown.contains("`18.2.11` of commitment 18 is not in our list"), "{unknown}");
    let key = gap(|answers| write(answers, "81", "81.1.1", "Words."));
    assert!(key.starts_with("`commitments.81` is left out"), "{key}");
}

#[test]
fn a_number_that_only_our_list_lacks_is_still_reported() {
    let mut answers = complete();
    sign(&mut answers, "18.9");
    write(&mut answers, "18", "18.9.1", "Words.");
    let (sections, missing) = report(&answers);
    assert_eq!(titled(&sections, "QRE 18.9.1").text, "Words.");
    assert_eq!(missing.len(), 2, "{missing:#?}");
}

#[test]
fn a_text_that_is_not_written_is_named() {
    let gap = gap(|answers| write(answers, "18", "18.2.1", " "));
    assert!(gap.starts_with("QRE 18.2.1: write the text `18.2.1` under `commitments.18.texts`"));
}

#[test]
fn a_signed_measure_without_known_questions_is_not_silent() {
    let mut answers = complete();
    sign(&mut answers, "18.9");
    let (_, missing) = report(&answers);
    assert!(missing.iter().any(|gap| gap.starts_with("measure 18.9: write")), "{missing:#?}");
}

#[test]
fn a_commitment_without_measures_or_answers_is_not_taken_for_a_no() {
    let mut answers = complete();
    sign(&mut answers, "16");
    let (sections, missing) = report(&answers);
    assert_eq!(missing.len(), 4, "{missing:#?}");
    assert!(missing[0].starts_with("commitment 16: add its signed measures"));
    assert!(missing[1].starts_with("`commitments.16.new`"));
    assert!(missing[2].starts_with("`commitments.16.planned`"));
    assert!(missing[3].starts_with("Elections: France, `mitigations.\"integrity of services\"`"));
    titled(&sections, "Planned in the next six months: not answered");
}

#[test]
fn each_placeholder_without_a_figure_is_named() {
    let text = "{sli_18_2_1_civic/XX/removals}, {sli_18_2_1_civic/FR/removals}, {nothing}";
    let mut answers = complete();
    write(&mut answers, "18", "18.2.1", text);
    let (sections, missing) = report(&answers);
    assert_eq!(missing.len(), 2, "{missing:#?}");
    assert!(missing[0].contains("QRE 18.2.1: `{sli_18_2_1_civic/XX/removals}` names no figure"));
    assert!(missing[1].contains("`{nothing}` names no figure"));
    let text = &titled(&sections, "QRE 18.2.1").text;
    assert_eq!(text, "Not provided.");
    let open = gap(|answers| write(answers, "18", "18.2.1", "So {sli_18_2_1_civic/FR"));
    assert!(open.contains("without `}`"), "{open}");
    let chapter = gap(|answers| answers.elections[0].threats = "{nothing}".to_owned());
    assert!(chapter.starts_with("Elections: France, `threats`: `{nothing}`"), "{chapter}");
    let news = |text: &str| Some(vec![text.to_owned()]);
    let new = gap(|answers| answers.commitments.get_mut("18").unwrap().new = news("{nothing}"));
    assert!(new.starts_with("`commitments.18.new`: `{nothing}`"), "{new}");
}

#[test]
fn an_indicator_that_waits_is_not_blank_and_a_table_that_is_absent_is_named() {
    let mut answers = complete();
    for number in ["14", "14.2", "31", "31.1"] {
        sign(&mut answers, number);
    }
    let (sections, missing) = report(&answers);
    assert_eq!(titled(&sections, "SLI 14.2.2").text, "Not counted yet (networks).");
    let waits = &titled(&sections, "SLI 31.1.1: Content fact-checked").text;
    assert_eq!(waits, "Not counted yet (fact-checking): content fact-checked.");
    let practices = titled(&sections, "SLI 14.2.1: Manipulative practices acted on");
    assert!(practices.text.contains("Not counted yet (networks): TTP 6"), "{}", practices.text);
    assert_eq!(practices.tables, [""; 0]);
    let absent = "SLI 14.2.1: the table `sli_14_ttp_1` was not counted";
    assert!(missing.iter().any(|gap| gap == absent), "{missing:#?}");
}

#[test]
fn a_topic_that_is_not_verified_is_not_printed() {
    for commitment in COMMITMENTS {
        let mut answers = Answers::default();
        sign(&mut answers, &commitment.number.to_string());
        let (sections, _) = report(&answers);
        let is_printed = sections[0].title.contains(commitment.topic);
        assert_eq!(is_printed, commitment.is_verified, "{}", sections[0].title);
    }
}

#[test]
fn a_chapter_that_lacks_something_says_what() {
    let of = |change: fn(&mut Chapter)| gap(|answers| change(&mut answers.elections[0]));
    assert!(of(|one| one.name.clear()).contains("`elections`, entry 1: write its `name`"));
    assert!(of(|one| one.until = None).contains("write `from` and `until`"));
    assert!(of(|one| one.until = Some("2026-01-01".parse().unwrap())).contains("lies before"));
    assert!(of(|one| one.threats.clear()).contains("`threats`: write its text"));
    assert!(of(|one| one.figures.clear()).contains("`figures`: write its text"));
    assert!(of(|one| one.mitigations.clear()).contains("\"empowering users\"`: write its text"));
    let typo = |one: &mut Chapter| {
        one.mitigations.insert("integrity".to_owned(), "Words.".to_owned());
    };
    assert!(of(typo).contains("mitigations in `integrity`: use one of"));
}

#[test]
fn a_crisis_comes_after_elections_and_a_first_report_has_none_before() {
    let mut answers = complete();
    answers.crises = vec![Chapter { name: "Flood".to_owned(), ..answers.elections[0].clone() }];
    let (sections, missing) = sections(&answers, &tables(), None);
    assert_eq!(missing, [""; 0]);
    let chapters: Vec<&str> =
        sections.iter().filter(|one| one.level == 1).map(|one| one.title.as_str()).collect();
    assert_eq!(chapters, ["Commitment 18", "Elections: France", "Crisis: Flood"]);
    assert!(!sections[1].text.contains("ast report"), "{}", sections[1].text);
}

#[test]
fn a_mistyped_field_of_the_answers_is_refused() {
    for text in [
        r#"{"sigend": []}"#,
        r#"{"commitments": {"18": {"plans": []}}}"#,
        r#"{"elections": [{"title": "France"}]}"#,
    ] {
        assert!(serde_json::from_str::<Answers>(text).is_err(), "{text}");
    }
    assert_eq!(serde_json::from_str::<Answers>("{}").unwrap(), Answers::default());
    let written = serde_json::to_string(&complete()).unwrap();
    assert_eq!(serde_json::from_str::<Answers>(&written).unwrap(), complete());
}
