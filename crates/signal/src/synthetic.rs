//! `synthetic`: media made or changed by AI, declared by the uploader or not.
//!
//! - Finds: provenance that states it (Content Credentials, watermarks), or the platform's
//!   classifier.
//! - Misses: media without provenance that the classifier does not know.
//! - Wrongs: people whose editing tool writes AI provenance for small retouches.

use types::Event;

/// Provenance is a statement, not a guess.
const PROVENANCE_SCORE: u8 = 100;

/// The evidence from which on a missing label justifies a rule; the classifier's own operating
/// point.
pub const EVIDENCE_MIN: u8 = 80;

/// 0–100: how certain it is that the media is synthetic; `None` if nothing is known.
#[must_use]
pub fn evidence(event: &Event) -> Option<u8> {
    let content = event.data.content.as_ref()?;
    match content.provenance.as_deref() {
        Some("ai_generated" | "ai_edited") => Some(PROVENANCE_SCORE),
        _ => content.synthetic_score,
    }
}

/// Whether it is certainly synthetic and not declared. No evidence is no reproach.
#[must_use]
pub fn is_unlabelled(event: &Event) -> bool {
    let content = event.data.content.as_ref();
    let is_declared = content.is_some_and(|content| content.synthetic_declared == Some(true));
    !is_declared && evidence(event).is_some_and(|score| score >= EVIDENCE_MIN)
}
