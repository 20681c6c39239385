//! What the signatory answers: what is signed, and texts in its own words.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The answers of a signatory. Texts name figures as `{table/row/measure}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answers {
    /// The numbers of commitments (`14`) and measures (`14.1`) that are signed.
    pub signed: Vec<String>,
    /// What is answered on a commitment, by its number.
    pub commitments: BTreeMap<String, Answer>,
    /// A chapter for each election of the period.
    pub elections: Vec<Chapter>,
    /// A chapter for each crisis of the period.
    pub crises: Vec<Chapter>,
}

/// What is answered on one commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    /// What was implemented since the last report; empty: nothing, `None`: not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Vec<String>>,
    /// What is planned in the next six months; empty: nothing, `None`: not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<Vec<String>>,
    /// The texts, by the number of the question (`14.1.1`).
    pub texts: BTreeMap<String, String>,
}

/// What is said on one election or crisis.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chapter {
    /// The country of the election, or the name of the crisis.
    pub name: String,
    /// The first day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The threats that were observed.
    pub threats: String,
    /// What was done about them, by the name of the part of the Code ([`super::Part::name`]).
    pub mitigations: BTreeMap<String, String>,
    /// The figures in words.
    pub figures: String,
}
