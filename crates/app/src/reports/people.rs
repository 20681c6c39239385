//! Moderators with their languages (sheet 9), and recipients (sheet 10).

use documents::report::{Figures, Place};
use documents::template::{LANGUAGES, MEMBER_STATES, SheetId, TOTAL};
use engine::Error;
use review::Skills;
use store::Store;

use crate::access::permission::{CasesReview, Permit as _, allows};
use crate::reports::Counting;

const INTERNAL: &str = "Number of internal moderators employed by the provider";
const EXTERNAL: &str = "Number of external moderators contracted by the provider";
const LINGUISTIC: &str = "Number of total moderators with sufficient linguistic expertise";
const RECIPIENTS: &str = "Number of average monthly active recipients during the reporting period";
const TOTAL_NUMBER: &str = "Total number";

pub(super) async fn count(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
) -> Result<(), Error> {
    let of = |indicator: &str, scope: &str| Place::of(SheetId::Staff, indicator, scope);
    let external = counting.profile.external_moderators;
    figures.of_nothing();
    let mut internal = 0;
    for staff in store.staff().await? {
        if staff.party.is_some() || !allows(&staff.role, CasesReview::NAME) {
            continue;
        }
        internal += 1;
        let skills: Skills = serde_json::from_str(&staff.skills).unwrap_or_default();
        for language in LANGUAGES.iter().filter(|language| skills.reads(language)) {
            figures.add(of(LINGUISTIC, language), 1);
        }
    }
    figures.add(of(INTERNAL, TOTAL_NUMBER), internal);
    figures.add(of(LINGUISTIC, TOTAL_NUMBER), internal + external.unwrap_or_default());
    let words = "Head count of the staff whose role judges cases, at the time of counting.";
    figures.explain(SheetId::Staff, INTERNAL, words);
    match external {
        Some(count) => {
            figures.add(of(EXTERNAL, TOTAL_NUMBER), count);
            let words = "The total is that of all moderators, as the template asks; by language \
                         internal moderators only, since the languages of external ones are not \
                         known here.";
            figures.explain(SheetId::Staff, LINGUISTIC, words);
        }
        None => {
            let why = "Not given: set `external_moderators` in the profile.";
            figures.leave_blank(SheetId::Staff, EXTERNAL, why);
        }
    }
    recipients(counting, figures);
    Ok(())
}

fn recipients(counting: &Counting, figures: &mut Figures) {
    let Some(recipients) = &counting.recipients else {
        let why = "Not given: a file with the recipients by month and member state.";
        figures.leave_blank(SheetId::Recipients, RECIPIENTS, why);
        return;
    };
    for scope in MEMBER_STATES.iter().chain([&TOTAL]) {
        let count = recipients.get(*scope).copied().unwrap_or_default();
        figures.add(Place::of(SheetId::Recipients, RECIPIENTS, scope), count);
    }
}
