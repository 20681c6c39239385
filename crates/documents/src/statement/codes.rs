//! The closed lists of the DSA Transparency Database.
//!
//! Source: `app/Models/Statement.php`, `EuropeanCountriesService.php` and
//! `EuropeanLanguagesService.php` of the Commission's public repository
//! `digital-services-act/transparency-database`, June 2026.

use types::policy::CATEGORIES;

/// Restrictions of visibility.
pub const VISIBILITY: &[&str] = &[
    "DECISION_VISIBILITY_CONTENT_REMOVED",
    "DECISION_VISIBILITY_CONTENT_DISABLED",
    "DECISION_VISIBILITY_CONTENT_DEMOTED",
    "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
    "DECISION_VISIBILITY_CONTENT_LABELLED",
    "DECISION_VISIBILITY_OTHER",
];

/// Restrictions of payments.
pub const MONETARY: &[&str] =
    &["DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION", "DECISION_MONETARY_OTHER"];

/// Restrictions of the service.
pub const PROVISION: &[&str] = &[
    "DECISION_PROVISION_PARTIAL_SUSPENSION",
    "DECISION_PROVISION_TOTAL_SUSPENSION",
    "DECISION_PROVISION_PARTIAL_TERMINATION",
    "DECISION_PROVISION_TOTAL_TERMINATION",
];

/// Restrictions of the account.
pub const ACCOUNT: &[&str] = &["DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"];

/// Types of accounts.
pub const ACCOUNT_TYPES: &[&str] = &["ACCOUNT_TYPE_BUSINESS", "ACCOUNT_TYPE_PRIVATE"];

/// Grounds of a decision.
pub const GROUNDS: &[&str] =
    &["DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"];

/// Types of content.
pub const CONTENT_TYPES: &[&str] = &[
    "CONTENT_TYPE_APP",
    "CONTENT_TYPE_AUDIO",
    "CONTENT_TYPE_IMAGE",
    "CONTENT_TYPE_PRODUCT",
    "CONTENT_TYPE_SYNTHETIC_MEDIA",
    "CONTENT_TYPE_TEXT",
    "CONTENT_TYPE_VIDEO",
    "CONTENT_TYPE_OTHER",
];

/// What a decision goes back to.
pub const SOURCES: &[&str] = &[
    "SOURCE_ARTICLE_16",
    "SOURCE_TRUSTED_FLAGGER",
    "SOURCE_TYPE_OTHER_NOTIFICATION",
    "SOURCE_VOLUNTARY",
];

/// How far the decision was automated.
pub const AUTOMATED: &[&str] = &[
    "AUTOMATED_DECISION_FULLY",
    "AUTOMATED_DECISION_PARTIALLY",
    "AUTOMATED_DECISION_NOT_AUTOMATED",
];

/// The countries of the European Economic Area, as the database writes them.
pub const COUNTRIES: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS",
    "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Those of [`COUNTRIES`] that are not member states of the Union.
pub const OUTSIDE_UNION: &[&str] = &["IS", "LI", "NO"];

/// The prefix of categories.
pub const CATEGORY_PREFIX: &str = "STATEMENT_CATEGORY_";

/// The prefix of keywords.
pub const KEYWORD_PREFIX: &str = "KEYWORD_";

/// Accepted by the database, and in no list of the Regulation.
const STALKING: &str = "STALKING";

/// Whether `code` is one of the database's categories.
#[must_use]
pub fn is_category(code: &str) -> bool {
    let bare = code.strip_prefix(CATEGORY_PREFIX);
    bare.is_some_and(|bare| {
        bare == "NOT_SPECIFIED_NOTICE" || CATEGORIES.iter().any(|(name, _)| *name == bare)
    })
}

/// Whether `code` is one of the database's keywords.
#[must_use]
pub fn is_keyword(code: &str) -> bool {
    let is_listed = |bare| CATEGORIES.iter().any(|(_, keywords)| keywords.contains(&bare));
    code.strip_prefix(KEYWORD_PREFIX)
        .is_some_and(|bare| bare == "OTHER" || bare == STALKING || is_listed(bare))
}

/// What a code of an earlier schema became on 1 July 2025; `None` if there is nothing in its place.
#[must_use]
pub fn renamed(code: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(old, _)| *old == code).map(|(_, new)| *new)
}

const RENAMED: &[(&str, &str)] = &[
    (
        "STATEMENT_CATEGORY_UNSAFE_AND_ILLEGAL_PRODUCTS",
        "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
    ),
    ("STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE", "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"),
    ("KEYWORD_DISINFORMATION", "KEYWORD_MISINFORMATION_DISINFORMATION"),
    ("KEYWORD_MISINFORMATION", "KEYWORD_MISINFORMATION_DISINFORMATION"),
    ("KEYWORD_FOREIGN_INFORMATION_MANIPULATION", "KEYWORD_MISINFORMATION_DISINFORMATION"),
    ("KEYWORD_ONLINE_BULLYING_INTIMIDATION", "KEYWORD_CYBER_BULLYING_INTIMIDATION"),
    ("KEYWORD_INSUFFICIENT_INFORMATION_TRADERS", "KEYWORD_INSUFFICIENT_INFORMATION_ON_TRADERS"),
    ("KEYWORD_NON_CONSENSUAL_ITEMS_DEEPFAKE", "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE"),
];

/// ISO 639-1 codes of languages, upper case. Greek is `EL`.
pub const LANGUAGES: &[&str] = &[
    "AA", "AB", "AE", "AF", "AK", "AM", "AN", "AR", "AS", "AV", "AY", "AZ", "BA", "BE", "BG", "BH",
    "BI", "BM", "BN", "BO", "BR", "BS", "CA", "CE", "CH", "CO", "CR", "CS", "CU", "CV", "CY", "DA",
    "DE", "DV", "DZ", "EE", "EL", "EN", "EO", "ES", "ET", "EU", "FA", "FF", "FI", "FJ", "FO", "FR",
    "FY", "GA", "GD", "GL", "GN", "GU", "GV", "HA", "HE", "HI", "HO", "HR", "HT", "HU", "HY", "HZ",
    "IA", "ID", "IE", "IG", "II", "IK", "IO", "IS", "IT", "IU", "JA", "JV", "KA", "KG", "KI", "KJ",
    "KK", "KL", "KM", "KN", "KO", "KR", "KS", "KU", "KV", "KW", "KY", "LA", "LB", "LG", "LI", "LN",
    "LO", "LT", "LU", "LV", "MG", "MH", "MI", "MK", "ML", "MN", "MR", "MS", "MT", "MY", "NA", "NB",
    "ND", "NE", "NG", "NL", "NN", "NO", "NR", "NV", "NY", "OC", "OJ", "OM", "OR", "OS", "PA", "PI",
    "PL", "PS", "PT", "QU", "RM", "RN", "RO", "RU", "RW", "SA", "SC", "SD", "SE", "SG", "SI", "SK",
    "SL", "SM", "SN", "SO", "SQ", "SR", "SS", "ST", "SU", "SV", "SW", "TA", "TE", "TG", "TH", "TI",
    "TK", "TL", "TN", "TO", "TR", "TS", "TT", "TW", "TY", "UG", "UK", "UR", "UZ", "VE", "VI", "VO",
    "WA", "WO", "XH", "YI", "YO", "ZA", "ZH", "ZU",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_sixteen_categories_and_sixty_nine_keywords() {
        let all = CATEGORIES.iter().map(|(name, _)| *name).chain(["NOT_SPECIFIED_NOTICE"]);
        let categories = all.filter(|name| is_category(&format!("{CATEGORY_PREFIX}{name}")));
        assert_eq!(categories.count(), 16);
        let listed: usize = CATEGORIES.iter().map(|(_, keywords)| keywords.len()).sum();
        assert_eq!(listed + 2, 69, "with OTHER and STALKING");
        assert!(is_keyword("KEYWORD_OTHER") && !is_keyword("KEYWORD_DANGEROUS_TOYS"));
        assert_eq!(COUNTRIES.len() - OUTSIDE_UNION.len(), 27);
    }

    #[test]
    fn what_was_renamed_is_a_code_now_and_was_none_under_its_old_name() {
        for (old, new) in RENAMED {
            assert!(!is_category(old) && !is_keyword(old), "{old}");
            assert!(is_category(new) || is_keyword(new), "{new}");
        }
    }
}
