//! Answers to people outside who reported something or complained: the receipt of a notice, its
//! result, the answer to a complaint.
//!
//! Somebody who reported another person learns the result, but nothing about measures against that
//! person's account. Notes between colleagues are never quoted. The reasons of an answer are
//! written for its reader.
//!
//! Source: Art. 16(4) to (6) and 20(5) of Regulation (EU) 2022/2065 (DSA).

use types::{Automation, Axis, Effect};

use crate::letter::{
    Letter, Thing, called, clean, decided_by, details, fill, line, template, words, written,
};
use crate::letter_words::Words;

/// The outcome of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The decision stands.
    Upheld,
    /// The decision stands in part.
    Partly,
    /// The decision is taken back.
    Reversed,
}

/// The outcome of a notice.
#[derive(Clone, Copy, Debug)]
pub struct Noticed<'a> {
    /// The reference stated in the receipt.
    pub reference: &'a str,
    /// The kind of the subject: `content` or `account`.
    pub subject_kind: &'a str,
    /// The effects; work for colleagues and measures against the account are not disclosed.
    pub effects: &'a [Effect],
    /// Whether machines decided.
    pub automation: Automation,
}

/// The receipt of the notice `reference` (Art. 16(4) DSA).
#[must_use]
pub fn receipt(language: &str, reference: &str) -> Letter {
    let words = words(language);
    let paragraphs = [
        fill(words.received, &[("reference", line(reference))]),
        words.what_follows.to_owned(),
        words.name_reference.to_owned(),
    ];
    written(words, words.receipt_title, &paragraphs)
}

/// The answer to a notice: what was decided on it (Art. 16(5) and (6) DSA).
#[must_use]
pub fn notice_answer(language: &str, noticed: &Noticed<'_>) -> Letter {
    let words = words(language);
    let thing = match noticed.subject_kind {
        "account" => Thing::ReportedAccount,
        _ => Thing::ReportedContent,
    };
    let measures = measures(noticed.effects, thing, words);
    let decided = match measures.is_empty() {
        true => fill(words.notice_nothing, &called(thing, words)),
        false => format!("{}\n{}", words.decided, measures.join("\n")),
    };
    let paragraphs = [
        fill(words.notice_examined, &[("reference", line(noticed.reference))]),
        decided,
        decided_by(noticed.automation, words).to_owned(),
        words.notice_complaint.to_owned(),
        words.bodies.to_owned(),
    ];
    written(words, words.notice_title, &paragraphs)
}

/// The measures taken on the reported subject, one per line. If only the account is restricted, the
/// answer says that something was done, but not what.
fn measures(effects: &[Effect], thing: Thing, words: &Words) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let visible = effects.iter().filter(|effect| effect.axis() == Axis::Visibility);
    for effect in visible {
        let Some(template) = template(effect, words) else { continue };
        let mut values = details(effect, words);
        values.extend(called(thing, words));
        lines.push(format!("– {}", fill(template, &values)));
    }
    if lines.is_empty() && effects.iter().any(|effect| effect.axis() != Axis::Work) {
        let measured = match thing {
            Thing::ReportedAccount => words.reported_account_measured,
            _ => words.account_measured,
        };
        lines.push(format!("– {measured}"));
    }
    lines.dedup();
    lines
}

/// The answer to a complaint, with the `reasons` that a reviewer wrote for the person who
/// complained (Art. 20(5) DSA).
#[must_use]
pub fn appeal_answer(language: &str, outcome: Outcome, reasons: &str) -> Letter {
    let words = words(language);
    let reasons = clean(reasons);
    let why = if reasons.is_empty() { reasons } else { format!("{}\n{reasons}", words.reasons) };
    let paragraphs = [
        format!("{} {}", words.examined, words.outcomes[outcome as usize]),
        why,
        words.people_took_part.to_owned(),
        words.bodies.to_owned(),
    ];
    written(words, words.answer_title, &paragraphs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::LANGUAGES;
    use crate::letter_words::WORDS;

    fn answer(language: &str, effects: &[&str]) -> String {
        let effects: Vec<Effect> = effects.iter().map(|effect| effect.parse().unwrap()).collect();
        let noticed = Noticed {
            reference: "n-1",
            subject_kind: "content",
            effects: &effects,
            automation: Automation::NotAutomated,
        };
        notice_answer(language, &noticed).text
    }

    #[test]
    fn a_receipt_bears_the_reference() {
        for words in WORDS {
            let letter = receipt(LANGUAGES[words.at], "n-12\n\nab{thing}");
            assert_eq!(letter.title, words.receipt_title);
            assert!(letter.text.contains("n-12  ab{thing}."), "{}", letter.text);
        }
    }

    #[test]
    fn the_answer_to_a_complaint_is_reasoned_and_tells_what_remains() {
        let outcomes = [Outcome::Upheld, Outcome::Partly, Outcome::Reversed];
        for words in WORDS {
            let reasons = format!("{}\nIt is satire.\n\n", words.reasons);
            for (at, outcome) in outcomes.into_iter().enumerate() {
                let text = appeal_answer(LANGUAGES[words.at], outcome, "It is satire.\u{0}").text;
                assert!(text.contains(words.outcomes[at]) && text.contains(&reasons), "{text}");
                assert!(text.contains(words.people_took_part), "{text}");
                assert!(text.ends_with(words.bodies), "{text}");
            }
        }
        let bare = appeal_answer("en", Outcome::Upheld, " ");
        assert!(bare.text.starts_with("We have examined your complaint against our decision. Our"));
        assert!(!bare.text.contains("Our reasons"));
    }

    #[test]
    fn who_reported_something_does_not_read_that_their_own_account_is_suspended() {
        let text = answer("en", &["remove", "suspend_account:7", "notify"]);
        assert!(text.contains("– We have removed the content that you reported."), "{text}");
        assert!(!text.contains("suspended") && !text.contains("your content"), "{text}");
        let account = answer("en", &["suspend_account:7", "notify"]);
        assert!(account.contains("measures against the account behind the content"), "{account}");
        let nothing = answer("en", &["notify"]);
        assert!(nothing.contains("breaks neither the law nor our rules"), "{nothing}");
        for words in WORDS {
            let text = answer(LANGUAGES[words.at], &["disable:FR", "label:rated_false", "limit"]);
            assert_eq!(text.lines().filter(|line| line.starts_with("– ")).count(), 3, "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
        }
    }
}
