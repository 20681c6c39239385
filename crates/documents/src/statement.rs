//! Statements of reasons for the DSA Transparency Database (Arts 17 and 24(5) DSA), in its schema
//! of 1 July 2025.
//!
//! [`owed`] makes the statement of a decision, or says why none is owed; [`check`] tries any
//! statement by the database's rules; [`submission`] reads the database's answers; [`dump`] writes
//! the columns of its daily files.

pub mod check;
pub mod codes;
pub mod dump;
pub mod mapping;
pub mod privacy;
pub mod submission;

use serde::{Deserialize, Serialize};

pub use mapping::{Facts, Nothing, Source, Terms, is_synthetic, new_restrictions, owed};

/// A statement of reasons, as the database's interface takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// `DECISION_VISIBILITY_…`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decision_visibility: Vec<String>,
    /// What another restriction of visibility is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_visibility_other: Option<String>,
    /// The last day of the restriction of visibility; `None`: no end date. Days are `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_visibility_restriction: Option<String>,
    /// `DECISION_MONETARY_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_monetary: Option<String>,
    /// What another restriction of payments is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_monetary_other: Option<String>,
    /// The last day of the restriction of payments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_monetary_restriction: Option<String>,
    /// `DECISION_PROVISION_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_provision: Option<String>,
    /// The last day of the restriction of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_service_restriction: Option<String>,
    /// `DECISION_ACCOUNT_…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_account: Option<String>,
    /// The last day of the restriction of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_account_restriction: Option<String>,
    /// `ACCOUNT_TYPE_BUSINESS` or `ACCOUNT_TYPE_PRIVATE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_type: Option<String>,
    /// `DECISION_GROUND_ILLEGAL_CONTENT` or `DECISION_GROUND_INCOMPATIBLE_CONTENT`.
    pub decision_ground: String,
    /// Where the ground can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_ground_reference_url: Option<String>,
    /// The law that illegal content breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub illegal_content_legal_ground: Option<String>,
    /// Why the content is illegal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub illegal_content_explanation: Option<String>,
    /// The term that incompatible content breaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incompatible_content_ground: Option<String>,
    /// Why the content breaks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incompatible_content_explanation: Option<String>,
    /// `Yes` if incompatible content is also considered illegal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incompatible_content_illegal: Option<String>,
    /// `STATEMENT_CATEGORY_…`.
    pub category: String,
    /// Further categories.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_addition: Vec<String>,
    /// `KEYWORD_…`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub category_specification: Vec<String>,
    /// What `KEYWORD_OTHER` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_specification_other: Option<String>,
    /// `CONTENT_TYPE_…`.
    pub content_type: Vec<String>,
    /// What `CONTENT_TYPE_OTHER` stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type_other: Option<String>,
    /// ISO 639-1, upper case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// The day on which the content was posted, or the account made.
    pub content_date: String,
    /// Countries of the European Economic Area in which the restriction applies.
    pub territorial_scope: Vec<String>,
    /// The day from which the restriction applies.
    pub application_date: String,
    /// The facts relied on.
    pub decision_facts: String,
    /// `SOURCE_…`: what the decision goes back to.
    pub source_type: String,
    /// Who gave notice. Left out: Art. 17(3)(b) names notifiers only where strictly necessary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// `Yes` or `No`.
    pub automated_detection: String,
    /// `AUTOMATED_DECISION_…`.
    pub automated_decision: String,
    /// The platform's name for the statement, unique for ever.
    pub puid: String,
}
