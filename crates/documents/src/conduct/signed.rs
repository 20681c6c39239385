//! What is signed, read from the numbers in answers; numbers that fit nowhere are listed.

use std::collections::{BTreeMap, BTreeSet};

use crate::conduct::answers::{Answer, Answers};
use crate::conduct::commitments;
use crate::conduct::measures::{MEASURES, QUESTIONS};
use crate::conduct::number::Number;

/// The signed commitments with their signed measures.
pub(super) type Signed = BTreeMap<Number, BTreeSet<Number>>;

/// What is signed, and what is wrong with the numbers in `answers`.
pub(super) fn signed(answers: &Answers) -> (Signed, Vec<String>) {
    let mut missing = Vec::new();
    if answers.signed.is_empty() {
        missing.push("nothing is signed: name commitments and measures in `signed`".to_owned());
    }
    let numbers = known(&answers.signed, &mut missing);
    let (roots, measures): (Vec<Number>, Vec<Number>) =
        numbers.into_iter().partition(|number| number.is_commitment());
    let mut signed: Signed = roots.into_iter().map(|root| (root, BTreeSet::new())).collect();
    for measure in measures {
        match signed.get_mut(&measure.commitment()) {
            Some(all) => drop(all.insert(measure)),
            None => missing.push(format!(
                "measure `{measure}` is left out: add `{}` to `signed`",
                measure.commitment()
            )),
        }
    }
    for (root, _) in signed.iter().filter(|(_, measures)| measures.is_empty()) {
        missing.push(format!("commitment {root}: add its signed measures to `signed`"));
    }
    for (key, answer) in &answers.commitments {
        missing.extend(misplaced((key, answer), &signed));
    }
    (signed, missing)
}

/// The commitments and measures that `texts` spell, in the order of the Code.
fn known(texts: &[String], missing: &mut Vec<String>) -> BTreeSet<Number> {
    let mut numbers = BTreeSet::new();
    for text in texts {
        let number = Number::parse(text).filter(|number| !number.is_question());
        let Some(number) = number.filter(|one| has_commitment(*one)) else {
            missing.push(format!(
                "`{text}` in `signed` is left out: write a commitment from `1` to `44`, or a \
                 measure such as `14.1`"
            ));
            continue;
        };
        if number.is_measure() && !MEASURES.iter().any(|one| one.number == number) {
            missing.push(format!(
                "measure `{number}` in `signed` is not in our list: check its number in the Code"
            ));
        }
        numbers.insert(number);
    }
    numbers
}

fn has_commitment(number: Number) -> bool {
    commitments::commitment(number.commitment()).is_some()
}

/// What is wrong with the numbers in the answer under `key`.
fn misplaced((key, answer): (&String, &Answer), signed: &Signed) -> Vec<String> {
    let root = Number::parse(key).filter(|root| root.is_commitment() && has_commitment(*root));
    let Some(root) = root else {
        return vec![format!(
            "`commitments.{key}` is left out: write the number of a commitment, from `1` to `44`"
        )];
    };
    let Some(measures) = signed.get(&root) else {
        return vec![format!("`commitments.{key}` is left out: add `{key}` to `signed`")];
    };
    answer.texts.keys().filter_map(|text| stray(text, root, measures)).collect()
}

/// What is wrong with the number of a text; `None` if it is a known question of a signed measure.
fn stray(text: &str, root: Number, measures: &BTreeSet<Number>) -> Option<String> {
    let at = format!("text `{text}` of commitment {root}");
    let number = Number::parse(text).filter(|one| one.is_question() && one.commitment() == root);
    let Some(number) = number else {
        return Some(format!("{at} is left out: write the number of a question of it"));
    };
    if !measures.contains(&number.measure()) {
        return Some(format!("{at} is left out: add `{}` to `signed`", number.measure()));
    }
    let is_known = QUESTIONS.iter().any(|one| one.number == number);
    (!is_known).then(|| format!("{at} is not in our list: check its number in the Code"))
}
