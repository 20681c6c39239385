//! The rows of sheets 1 and 7 to 11: indicator, scope and what the value is.

use super::{Applicability, Kind, LANGUAGES, MEMBER_STATES, SheetId, TOTAL};

/// A row of the template in sheets 1 and 7 to 11.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndicatorRow {
    /// Whom it concerns.
    pub applicability: Applicability,
    /// The section; empty in sheets 1 and 11, which have none.
    pub section: &'static str,
    /// What is measured.
    pub indicator: &'static str,
    /// What part of it; empty in sheets 1 and 11, which have no scopes.
    pub scope: &'static str,
    /// What the value is.
    pub kind: Kind,
}

/// The bases of a complaint (Art. 20(1) DSA), whose numbers add up to all complaints.
pub const COMPLAINT_TYPES: [&str; 6] = [
    "Complaint regarding a decision to remove or disable access to or restrict visibility of \
     information",
    "Complaint regarding a decision to suspend or terminate the provision of the service",
    "Complaint regarding a decision to suspend or terminate an account",
    "Complaint regarding a decision to restrict the ability to monetise information",
    "Complaint regarding a decision not to take action on a notice submitted in accordance with \
     Article 16",
    "Complaint regarding a decision not to take action on a notice submitted by a Trusted Flagger \
     in accordance with Article 16",
];

/// The three indicators of accuracy in sheet 8.
pub const ACCURACY_INDICATORS: [&str; 3] = [
    "Accuracy of the automated means - Accuracy",
    "Accuracy of the automated means - Precision",
    "Accuracy of the automated means - Recall",
];

const IDENTIFICATION: [(&str, Kind); 5] = [
    ("Name of the service provider", Kind::Text),
    ("Date of the publication of the report", Kind::Date),
    ("Date of the publication of the latest previous report", Kind::Date),
    ("Starting date of reporting period", Kind::Date),
    ("Ending date of reporting period", Kind::Date),
];

/// The indicator of sheet 7 that counts all complaints.
pub const COMPLAINTS: &str = "Number of complaints submitted to the internal-complaints mechanism";

const MECHANISM: &str = "Internal complaints mechanism";
const DISPUTES: &str = "Out-of-court dispute settlement bodies";
const SUSPENSIONS: &str = "Suspensions imposed on repeated offenders";
const AUTOMATED: &str = "Use of automated means for content moderation";
const STAFF: &str = "Human resources dedicated to content moderation";

const TOTAL_NUMBER: &str = "Total number";
const TOTAL_ONLY: &[&str] = &[TOTAL_NUMBER];
const OUTCOMES: [&str; 7] = [
    TOTAL_NUMBER,
    "Decisions upheld",
    "Decisions partially reversed",
    "Decisions reversed",
    "Median time",
    "Decision omitted",
    "Percentage of outcomes implemented",
];

/// Section, indicator and scopes of sheet 7, except for the six types of complaint.
const APPEALS_BEFORE: [(&str, &str, &[&str]); 2] = [
    (MECHANISM, COMPLAINTS, OUTCOMES.split_at(6).0),
    (
        MECHANISM,
        "Number of restrictions newly imposed as a result of an internal complaint",
        TOTAL_ONLY,
    ),
];
const APPEALS_AFTER: [(&str, &str, &[&str]); 4] = [
    (DISPUTES, "Number of disputes submitted to out-of-court dispute settlement bodies", &OUTCOMES),
    (
        SUSPENSIONS,
        "Number of suspensions enacted for the provision of manifestly illegal content",
        TOTAL_ONLY,
    ),
    (
        SUSPENSIONS,
        "Number of suspensions enacted for the provision of manifestly unfounded notices",
        TOTAL_ONLY,
    ),
    (
        SUSPENSIONS,
        "Number of suspensions enacted for the provision of manifestly unfounded complaints",
        TOTAL_ONLY,
    ),
];

/// The indicators of sheet 8 that together are all measures.
pub const AUTOMATED_MEASURES: [&str; 2] = [
    "Number of measures solely taken by automated means",
    "Number of measures not taken by automated means",
];
/// The indicators of sheet 8 that together are all notices.
pub const AUTOMATED_NOTICES: [&str; 2] = [
    "Number of notices solely processed by automated means",
    "Number of notices not processed by automated means",
];
const AUTOMATED_SCOPES: [(&str, Applicability, [&str; 2]); 4] = [
    (TOTAL_NUMBER, Applicability::All, AUTOMATED_MEASURES),
    ("Own-initiative", Applicability::All, AUTOMATED_MEASURES),
    ("NAM Total", Applicability::Hosting, AUTOMATED_NOTICES),
    ("NAM Trusted Flagger", Applicability::Platforms, AUTOMATED_NOTICES),
];

/// The indicators of sheet 9; the last is the sum of the others.
pub const MODERATORS: [&str; 3] = [
    "Number of internal moderators employed by the provider",
    "Number of external moderators contracted by the provider",
    "Number of total moderators with sufficient linguistic expertise",
];

const RECIPIENTS: &str = "Number of average monthly active recipients during the reporting period";

/// The indicators of sheet 11; the last five are for very large platforms only.
const QUALITATIVE: [&str; 11] = [
    "Summary of the content moderation engaged in at the providers' own initiative",
    "Meaningful and comprehensible information regarding content moderation engaged in at the \
     providers' own initiative",
    "Qualitative description of the automated means",
    "Qualitative description of indicators of accuracy and possible rate of error of automated \
     means",
    "Specification of the precise purposes to apply automated means",
    "Safeguards applied to the use of automated means",
    "High-level description of the content moderation governance structure",
    "Qualifications of the human resources dedicated to content moderation",
    "Training given to human resources dedicated to content moderation",
    "Support given to human resources dedicated to content moderation",
    "Methodology used to compute the number of human resources dedicated to content moderation",
];
const QUALITATIVE_FOR_ALL: usize = 6;

/// The rows of a sheet in the order of the template; empty for sheets 2 to 6.
pub fn indicator_rows(sheet: SheetId) -> Vec<IndicatorRow> {
    match sheet {
        SheetId::Identification => identification(),
        SheetId::Appeals => appeals(),
        SheetId::Automated => automated(),
        SheetId::Staff => staff(),
        SheetId::Recipients => recipients(),
        SheetId::Qualitative => qualitative(),
        _ => Vec::new(),
    }
}

/// The indicators of a sheet, each once, in the order of the template.
pub fn indicators(sheet: SheetId) -> Vec<&'static str> {
    let mut names = Vec::new();
    for row in indicator_rows(sheet) {
        if !names.contains(&row.indicator) {
            names.push(row.indicator);
        }
    }
    names
}

/// The section of an indicator, `None` if the sheet has no such indicator.
pub fn section(sheet: SheetId, indicator: &str) -> Option<&'static str> {
    indicator_rows(sheet).iter().find(|row| row.indicator == indicator).map(|row| row.section)
}

fn row(applicability: Applicability, indicator: &'static str, kind: Kind) -> IndicatorRow {
    IndicatorRow { applicability, section: "", indicator, scope: "", kind }
}

fn identification() -> Vec<IndicatorRow> {
    IDENTIFICATION.iter().map(|(name, kind)| row(Applicability::All, name, *kind)).collect()
}

fn appeals() -> Vec<IndicatorRow> {
    let types = COMPLAINT_TYPES.map(|name| (MECHANISM, name, OUTCOMES.split_at(5).0));
    let lists = APPEALS_BEFORE.into_iter().chain(types).chain(APPEALS_AFTER);
    let mut rows: Vec<_> = lists.flat_map(outcomes).collect();
    // Art. 15(1)(d) DSA asks every provider for the number of complaints.
    if let Some(first) = rows.first_mut() {
        first.applicability = Applicability::All;
    }
    rows
}

fn outcomes(list: (&'static str, &'static str, &'static [&'static str])) -> Vec<IndicatorRow> {
    let (section, indicator, scopes) = list;
    let row = |scope: &&'static str| IndicatorRow {
        section,
        scope,
        ..row(Applicability::Platforms, indicator, outcome_kind(scope))
    };
    scopes.iter().map(row).collect()
}

fn outcome_kind(scope: &str) -> Kind {
    match scope {
        "Median time" => Kind::Hours,
        "Percentage of outcomes implemented" => Kind::Share,
        _ => Kind::Count,
    }
}

fn automated() -> Vec<IndicatorRow> {
    let mut rows = Vec::new();
    for (scope, applicability, counts) in AUTOMATED_SCOPES {
        let counts = counts.iter().map(|name| row(applicability, name, Kind::Count));
        let shares = ACCURACY_INDICATORS.iter().map(|name| row(applicability, name, Kind::Share));
        rows.extend(counts.chain(shares).map(|row| IndicatorRow { scope, ..row }));
    }
    let counts = AUTOMATED_MEASURES.map(|name| row(Applicability::Vlops, name, Kind::Count));
    let shares = ACCURACY_INDICATORS.map(|name| row(Applicability::Vlops, name, Kind::Share));
    for row in counts.into_iter().chain(shares) {
        rows.extend(LANGUAGES.map(|scope| IndicatorRow { scope, ..row }));
    }
    rows.into_iter().map(|row| IndicatorRow { section: AUTOMATED, ..row }).collect()
}

fn staff() -> Vec<IndicatorRow> {
    let row = |name| IndicatorRow {
        section: STAFF,
        scope: TOTAL_NUMBER,
        ..row(Applicability::Vlops, name, Kind::Count)
    };
    let languages = LANGUAGES.map(|scope| IndicatorRow { scope, ..row(MODERATORS[2]) });
    MODERATORS.map(row).into_iter().chain(languages).collect()
}

fn recipients() -> Vec<IndicatorRow> {
    let row = IndicatorRow {
        section: "AMAR",
        ..row(Applicability::VlopsAndVloses, RECIPIENTS, Kind::Count)
    };
    let scopes = std::iter::once(TOTAL).chain(MEMBER_STATES);
    scopes.map(|scope| IndicatorRow { scope, ..row }).collect()
}

fn qualitative() -> Vec<IndicatorRow> {
    let applicability = |index| {
        if index < QUALITATIVE_FOR_ALL { Applicability::All } else { Applicability::Vlops }
    };
    let names = QUALITATIVE.iter().enumerate();
    names.map(|(index, name)| row(applicability(index), name, Kind::Text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::SHEETS;

    #[test]
    fn each_sheet_has_its_number_of_rows() {
        let counts: Vec<_> = SHEETS.iter().map(|sheet| indicator_rows(sheet.id).len()).collect();
        assert_eq!(counts, [5, 0, 0, 0, 0, 0, 47, 140, 27, 28, 11]);
    }

    #[test]
    fn no_row_stands_twice() {
        for sheet in &SHEETS {
            let rows = indicator_rows(sheet.id);
            let keys: std::collections::BTreeSet<_> =
                rows.iter().map(|row| (row.indicator, row.scope)).collect();
            assert_eq!(keys.len(), rows.len(), "{}", sheet.name);
        }
    }

    #[test]
    fn an_indicator_has_one_section() {
        assert_eq!(section(SheetId::Appeals, COMPLAINT_TYPES[2]), Some(MECHANISM));
        assert_eq!(section(SheetId::Staff, "Number of cats"), None);
        assert_eq!(indicators(SheetId::Automated).len(), 7);
    }
}
