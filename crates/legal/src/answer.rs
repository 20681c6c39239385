//! Answers to people outside who reported something or complained: the receipt of a notice, its
//! result, the answer to a complaint.
//!
//! Somebody who reported another person learns the result, but nothing about measures against that
//! person's account. Notes between colleagues are never quoted. The reasons of an answer are
//! written for its reader.
//!
//! Source: Art. 16(4) to (6) and 20(5) of Regulation (EU) 2022/2065 (DSA).

use types::{Automation, Axis, Effect};

use crate::bundle::{Bundle, value};
use crate::letter::{Letter, Thing, called, clean, decided_by, line, measure, written};

/// The outcome of a complaint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComplaintOutcome {
    /// The decision stands.
    Upheld,
    /// The decision stands in part.
    Partly,
    /// The decision is taken back.
    Reversed,
}

impl ComplaintOutcome {
    /// Its message.
    const fn name(self) -> &'static str {
        match self {
            Self::Upheld => "outcome-upheld",
            Self::Partly => "outcome-partly",
            Self::Reversed => "outcome-reversed",
        }
    }
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
    let words = Bundle::of(language);
    let paragraphs = [
        words.fill("received", &[value("reference", line(reference))]),
        words.say("what-follows"),
        words.say("name-reference"),
    ];
    written(words, "receipt-title", &paragraphs)
}

/// The answer to a notice: what was decided on it (Art. 16(5) and (6) DSA).
#[must_use]
pub fn notice_answer(language: &str, noticed: &Noticed<'_>) -> Letter {
    let words = Bundle::of(language);
    let thing = match noticed.subject_kind {
        "account" => Thing::ReportedAccount,
        _ => Thing::ReportedContent,
    };
    let measures = measures(noticed.effects, thing, words);
    let decided = match measures.is_empty() {
        true => words.fill("notice-nothing", &called(thing, words)),
        false => format!("{}\n{}", words.say("decided"), measures.join("\n")),
    };
    let paragraphs = [
        words.fill("notice-examined", &[value("reference", line(noticed.reference))]),
        decided,
        words.say(decided_by(noticed.automation)),
        words.say("notice-complaint"),
        words.say("bodies"),
    ];
    written(words, "notice-title", &paragraphs)
}

/// The measures taken on the reported subject, one per line. If only the account is restricted, the
/// answer says that something was done, but not what.
fn measures(effects: &[Effect], thing: Thing, words: &Bundle) -> Vec<String> {
    let visible = effects.iter().filter(|effect| effect.axis() == Axis::Visibility);
    let mut lines: Vec<String> =
        visible.map(|effect| format!("– {}", measure(effect, thing, words))).collect();
    if lines.is_empty() && effects.iter().any(|effect| effect.restricts()) {
        let measured = match thing {
            Thing::ReportedAccount => "reported-account-measured",
            _ => "account-measured",
        };
        lines.push(format!("– {}", words.say(measured)));
    }
    lines.dedup();
    lines
}

/// The answer to a complaint, with the `reasons` that a reviewer wrote for the person who
/// complained (Art. 20(5) DSA).
#[must_use]
pub fn appeal_answer(language: &str, outcome: ComplaintOutcome, reasons: &str) -> Letter {
    let words = Bundle::of(language);
    let reasons = clean(reasons);
    let why = match reasons.is_empty() {
        true => reasons,
        false => format!("{}\n{reasons}", words.say("reasons")),
    };
    let paragraphs = [
        format!("{} {}", words.say("examined"), words.say(outcome.name())),
        why,
        words.say("people-took-part"),
        words.say("bodies"),
    ];
    written(words, "answer-title", &paragraphs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle;

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
        for words in bundle::all() {
            let letter = receipt(words.language, "n-12\n\nab{thing}");
            assert_eq!(letter.title, words.say("receipt-title"));
            assert!(letter.text.contains("n-12  ab{thing}."), "{}", letter.text);
        }
    }

    #[test]
    fn the_answer_to_a_complaint_is_reasoned_and_tells_what_remains() {
        let outcomes =
            [ComplaintOutcome::Upheld, ComplaintOutcome::Partly, ComplaintOutcome::Reversed];
        for words in bundle::all() {
            let reasons = format!("{}\nIt is satire.\n\n", words.say("reasons"));
            for outcome in outcomes {
                let text = appeal_answer(words.language, outcome, "It is satire.\u{0}").text;
                assert!(
                    text.contains(&words.say(outcome.name())) && text.contains(&reasons),
                    "{text}"
                );
                assert!(text.contains(&words.say("people-took-part")), "{text}");
                assert!(text.ends_with(&words.say("bodies")), "{text}");
            }
        }
        let bare = appeal_answer("en", ComplaintOutcome::Upheld, " ");
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
        for words in bundle::all() {
            let text = answer(words.language, &["disable:FR", "label:rated_false", "limit"]);
            assert_eq!(text.lines().filter(|line| line.starts_with("– ")).count(), 3, "{text}");
            assert!(!text.contains(['{', '}']), "{text}");
        }
    }
}
