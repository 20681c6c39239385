//! The columns of each sheet.

use super::{Column, Kind};

const fn column(name: &'static str, kind: Kind) -> Column {
    Column { name, kind }
}

/// Measures, and behind them for each a column of contextual information.
macro_rules! measured {
    ($prefix:literal, [$($key:expr),* $(,)?], [$(($name:literal, $kind:ident)),* $(,)?]) => {
        &[
            $($key,)*
            $(column($name, Kind::$kind),)*
            $(column(concat!($prefix, $name), Kind::Context),)*
        ]
    };
}

/// Columns 6 to 37 of the sheets on measures at the provider's own initiative.
macro_rules! own_initiative {
    ($category:literal) => {
        measured!(
            "Contextual Information on ",
            [APPLICABILITY, SERVICE, PERIOD, column($category, Kind::Category), DESCRIPTION],
            [
                ("Number of measures taken at the provider's own initiative", Count),
                ("Number of measures taken after detection with solely automated means", Count),
                ("Visibility restriction Removal", Count),
                ("Visibility restriction Disable", Count),
                ("Visibility restriction Demoted", Count),
                ("Visibility restriction Age restricted", Count),
                ("Visibility restriction Interaction restricted", Count),
                ("Visibility restriction Labelled", Count),
                ("Visibility restriction Other", Count),
                ("Monetary restriction Suspension", Count),
                ("Monetary restriction Termination", Count),
                ("Monetary restriction Other", Count),
                ("Provision of the service Suspension", Count),
                ("Provision of the service Termination", Count),
                ("Account restriction Suspension", Count),
                ("Account restriction Termination", Count),
            ]
        )
    };
}

const APPLICABILITY: Column = column("Applicability", Kind::Applicability);
const SERVICE: Column = column("Service", Kind::Service);
const PERIOD: Column = column("Reporting period", Kind::Period);
const CATEGORY: Column = column("Category of illegal content", Kind::Category);
const DESCRIPTION: Column = column("Description of the sub-category \"Other\"", Kind::Description);
const SECTION: Column = column("Section", Kind::Section);
const INDICATOR: Column = column("Indicator", Kind::Indicator);
const SCOPE: Column = column("Scope", Kind::Scope);
const VALUE: Column = column("Value", Kind::Value);

/// Sheet 1.
pub(super) const IDENTIFICATION: &[Column] = &[APPLICABILITY, SERVICE, INDICATOR, VALUE];

/// Sheet 2.
pub(super) const CATEGORIES: &[Column] = &[
    column("Category label", Kind::Label),
    column("Category description", Kind::Text),
    column(
        "Category of illegal content / incompatible with the terms and conditions",
        Kind::Category,
    ),
    column("Contextual information", Kind::Context),
];

/// Sheet 3. The first two contextual columns write their measure in lower case.
pub(super) const ORDERS: &[Column] = &[
    APPLICABILITY,
    SERVICE,
    PERIOD,
    CATEGORY,
    DESCRIPTION,
    SCOPE,
    column("Number of orders to act against illegal content received", Kind::Count),
    column(
        "Number of specific items of information included in the total number of orders to act \
         against illegal content",
        Kind::Count,
    ),
    column(
        "Median time to inform the authority of the receipt of the order to act against illegal \
         content",
        Kind::Hours,
    ),
    column("Median time to give effect to the order to act against illegal content", Kind::Hours),
    column("Number of orders to provide information", Kind::Count),
    column(
        "Median time to inform the authority of the receipt of the order to provide information",
        Kind::Hours,
    ),
    column("Median time to give effect to the order to provide information", Kind::Hours),
    column(
        "Contextual information on number of orders to act against illegal content received",
        Kind::Context,
    ),
    column(
        "Contextual information on number of specific items of information included in the total \
         number of orders to act against illegal content",
        Kind::Context,
    ),
    column(
        "Contextual information on Median time to inform the authority of the receipt of the \
         order to act against illegal content",
        Kind::Context,
    ),
    column(
        "Contextual information on Median time to give effect to the order to act against illegal \
         content",
        Kind::Context,
    ),
    column("Contextual information on Number of orders to provide information", Kind::Context),
    column(
        "Contextual information on Median time to inform the authority of the receipt of the \
         order to provide information",
        Kind::Context,
    ),
    column(
        "Contextual information on Median time to give effect to the order to provide information",
        Kind::Context,
    ),
];

/// Sheet 4.
pub(super) const NOTICES: &[Column] = measured!(
    "Contextual information on ",
    [APPLICABILITY, SERVICE, PERIOD, CATEGORY, DESCRIPTION],
    [
        ("Number of notices received", Count),
        ("Number of notices received from Trusted flaggers", Count),
        ("Number of specific items of information included in the total number of notices", Count),
        (
            "Number of specific items of information included in the total number of notices by \
             Trusted Flaggers (Trusted Flagger notices)",
            Count
        ),
        ("Median time to take action", Hours),
        ("Median time to take action (Trusted Flagger notices)", Hours),
        ("Number of actions taken on the basis of the law", Count),
        ("Number of actions taken on the basis of the law (Trusted Flagger notices)", Count),
        ("Number of actions taken on the basis of the terms and conditions of the service", Count),
        (
            "Number of actions taken on the basis of the terms and conditions of \
             the service (Trusted Flagger notices)",
            Count
        ),
    ]
);

/// Sheet 5.
pub(super) const OWN_ILLEGAL: &[Column] = own_initiative!("Category of illegal content");

/// Sheet 6.
pub(super) const OWN_TERMS: &[Column] =
    own_initiative!("Category of incompatibility with the provider's terms and conditions");

/// Sheets 7 and 8.
pub(super) const APPEALS: &[Column] = &[
    APPLICABILITY,
    SERVICE,
    PERIOD,
    SECTION,
    INDICATOR,
    SCOPE,
    VALUE,
    column("Contextual Information", Kind::Context),
];

/// Sheet 9, which writes its last column in lower case.
pub(super) const STAFF: &[Column] = &[
    APPLICABILITY,
    SERVICE,
    PERIOD,
    SECTION,
    INDICATOR,
    SCOPE,
    VALUE,
    column("Contextual information", Kind::Context),
];

/// Sheet 10.
pub(super) const RECIPIENTS: &[Column] =
    &[APPLICABILITY, SERVICE, PERIOD, SECTION, INDICATOR, SCOPE, VALUE];

/// Sheet 11.
pub(super) const QUALITATIVE: &[Column] = &[APPLICABILITY, SERVICE, PERIOD, INDICATOR, VALUE];
