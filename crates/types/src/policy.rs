//! A policy: a node of the platform's guidelines, with severity and its place in the law.

use serde::{Deserialize, Serialize};

/// The place of a policy in the DSA Transparency Database (schema of 1 July 2025), without the
/// prefixes `STATEMENT_CATEGORY_` and `KEYWORD_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Dsa {
    /// One of [`CATEGORIES`].
    pub category: String,
    /// Keywords of that category.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// The law that it breaks; `None` if it breaks the platform's terms and conditions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub law: Option<String>,
}

/// A policy: what people may not do, and how much it matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Dotted name, unique.
    pub id: String,
    /// A short title.
    pub title: String,
    /// 1 (nuisance) to 10 (danger to life).
    pub severity: u8,
    /// Plain text for the person affected.
    pub text: String,
    /// Its place in the law.
    pub dsa: Dsa,
}

/// The policy id of what an authority ordered, whatever the platform's policies say, and the word
/// for it in verdicts.
pub const ORDERED: &str = "order";

/// The categories of the DSA Transparency Database and the keywords of each.
///
/// Source: `app/Models/Statement.php` of the Commission's public repository
/// `digital-services-act/transparency-database`, and the keyword lists of Implementing Regulation
/// (EU) 2024/2835, Annex I. `OTHER` is a keyword of every category.
pub const CATEGORIES: &[(&str, &[&str])] = &[
    ("ANIMAL_WELFARE", &["ANIMAL_HARM", "UNLAWFUL_SALE_ANIMALS"]),
    (
        "CONSUMER_INFORMATION",
        &[
            "HIDDEN_ADVERTISEMENT",
            "INSUFFICIENT_INFORMATION_ON_TRADERS",
            "MISLEADING_INFO_GOODS_SERVICES",
            "MISLEADING_INFO_CONSUMER_RIGHTS",
            "NONCOMPLIANCE_PRICING",
        ],
    ),
    (
        "CYBER_VIOLENCE",
        &[
            "CYBER_BULLYING_INTIMIDATION",
            "CYBER_HARASSMENT",
            "CYBER_INCITEMENT",
            "CYBER_STALKING",
            "NON_CONSENSUAL_IMAGE_SHARING",
            "NON_CONSENSUAL_MATERIAL_DEEPFAKE",
        ],
    ),
    (
        "CYBER_VIOLENCE_AGAINST_WOMEN",
        &[
            "BULLYING_AGAINST_GIRLS",
            "CYBER_HARASSMENT_AGAINST_WOMEN",
            "CYBER_STALKING_AGAINST_WOMEN",
            "FEMALE_GENDERED_DISINFORMATION",
            "INCITEMENT_AGAINST_WOMEN",
            "NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN",
            "NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN",
        ],
    ),
    (
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        &[
            "BIOMETRIC_DATA_BREACH",
            "DATA_FALSIFICATION",
            "MISSING_PROCESSING_GROUND",
            "RIGHT_TO_BE_FORGOTTEN",
        ],
    ),
    ("ILLEGAL_OR_HARMFUL_SPEECH", &["DEFAMATION", "DISCRIMINATION", "HATE_SPEECH"]),
    (
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        &[
            "COPYRIGHT_INFRINGEMENT",
            "DESIGN_INFRINGEMENT",
            "GEOGRAPHIC_INDICATIONS_INFRINGEMENT",
            "PATENT_INFRINGEMENT",
            "TRADE_SECRET_INFRINGEMENT",
            "TRADEMARK_INFRINGEMENT",
        ],
    ),
    (
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        &["MISINFORMATION_DISINFORMATION", "VIOLATION_EU_LAW", "VIOLATION_NATIONAL_LAW"],
    ),
    (
        "PROTECTION_OF_MINORS",
        &[
            "AGE_SPECIFIC_RESTRICTIONS_MINORS",
            "CHILD_SEXUAL_ABUSE_MATERIAL",
            "CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE",
            "GROOMING_SEXUAL_ENTICEMENT_MINORS",
            "UNSAFE_CHALLENGES",
        ],
    ),
    (
        "RISK_FOR_PUBLIC_SECURITY",
        &[
            "ILLEGAL_ORGANIZATIONS",
            "RISK_ENVIRONMENTAL_DAMAGE",
            "RISK_PUBLIC_HEALTH",
            "TERRORIST_CONTENT",
        ],
    ),
    (
        "SCAMS_AND_FRAUD",
        &[
            "IMPERSONATION_ACCOUNT_HIJACKING",
            "INAUTHENTIC_ACCOUNTS",
            "INAUTHENTIC_LISTINGS",
            "INAUTHENTIC_USER_REVIEWS",
            "PHISHING",
            "PYRAMID_SCHEMES",
        ],
    ),
    ("SELF_HARM", &["CONTENT_PROMOTING_EATING_DISORDERS", "SELF_MUTILATION", "SUICIDE"]),
    ("UNSAFE_AND_PROHIBITED_PRODUCTS", &["PROHIBITED_PRODUCTS", "UNSAFE_PRODUCTS"]),
    (
        "VIOLENCE",
        &[
            "COORDINATED_HARM",
            "INCITEMENT_VIOLENCE_HATRED",
            "HUMAN_EXPLOITATION",
            "HUMAN_TRAFFICKING",
            "TRAFFICKING_WOMEN_GIRLS",
        ],
    ),
    (
        "OTHER_VIOLATION_TC",
        &[
            "ADULT_SEXUAL_MATERIAL",
            "AGE_SPECIFIC_RESTRICTIONS",
            "GEOGRAPHICAL_REQUIREMENTS",
            "GOODS_SERVICES_NOT_PERMITTED",
            "LANGUAGE_REQUIREMENTS",
            "NUDITY",
        ],
    ),
];
