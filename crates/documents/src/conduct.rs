//! The report under the Code of Conduct on Disinformation: its structure as tables, what the
//! signatory answers, and both together as sections.
//!
//! The Code has 44 commitments with 128 measures. A *question* is what the Code calls a
//! qualitative reporting element (QRE), an *indicator* is a service-level indicator (SLI).
//! Topics are in our own words, and the lists of measures and questions are incomplete. A topic
//! that was not compared with the Code has `is_verified: false` and is not printed in a report.

mod answers;
mod chapters;
mod commitments;
mod indicators;
mod measures;
mod number;
mod practices;
mod signed;
mod writer;

#[cfg(test)]
mod tests;

pub use answers::{Answer, Answers, Chapter};
pub use commitments::{COMMITMENTS, Commitment, Part};
pub use indicators::{Feed, INDICATORS, Indicator, Wait};
pub use measures::{MEASURES, Measure, QUESTIONS, Question};
pub use number::Number;
pub use practices::{PRACTICES, Practice};

use crate::tables::{Section, Table};

/// What stands where something lacks, so that the reader sees it.
pub const NOT_PROVIDED: &str = "Not provided.";

/// The sections of the report, and what is missing from them, a sentence for each gap.
///
/// `tables` are those of the regime `conduct`; texts take their figures from them. `previous` is
/// how the report calls the one before, such as `2026-H1`; `None`: there is no earlier report.
/// An indicator that waits says so in its section. It is not listed as missing, since no answer
/// can fill it.
#[must_use]
pub fn sections(
    answers: &Answers,
    tables: &[Table],
    previous: Option<&str>,
) -> (Vec<Section>, Vec<String>) {
    let (signed, missing) = signed::signed(answers);
    let mut writer = writer::Writer::new(tables, missing);
    for (commitment, measures) in &signed {
        writer.commitment((*commitment, measures), answers, previous);
    }
    let parts = commitments::parts(signed.keys());
    for (at, chapter) in (1..).zip(&answers.elections) {
        chapters::write(&mut writer, chapter, (chapters::ELECTIONS, at), &parts);
    }
    for (at, chapter) in (1..).zip(&answers.crises) {
        chapters::write(&mut writer, chapter, (chapters::CRISIS, at), &parts);
    }
    writer.finish()
}
