//! What is counted, in the report's own words. A definition that changes gets a new version, and a
//! report says which it was counted under.

use serde::Serialize;

use crate::template::SheetId;

/// A measure: what is counted, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// A stable name.
    pub id: &'static str,
    /// Its version; 1 at first.
    pub version: u32,
    /// The number of the sheet.
    pub sheet: u8,
    /// The columns or indicators that hold it.
    pub columns: &'static str,
    /// What is counted, of which entries, with which exclusions.
    pub counted: &'static str,
    /// The unit.
    pub unit: &'static str,
    /// What a blank cell means.
    pub blank: &'static str,
}

const fn definition(
    id: &'static str,
    sheet: SheetId,
    columns: &'static str,
    counted: &'static str,
) -> Definition {
    let (unit, blank) = ("whole number; 0 means none", "not measured");
    Definition { id, version: 1, sheet: sheet.number(), columns, counted, unit, blank }
}

const fn median(definition: Definition) -> Definition {
    Definition {
        unit: "hours, median, at most six decimals",
        blank: "nothing to take a median from",
        ..definition
    }
}

/// All definitions, in the order of the sheets.
pub const DEFINITIONS: &[Definition] = &[
    definition(
        "orders.act",
        SheetId::Orders,
        "Number of orders to act …; Number of specific items …",
        "Orders under Art. 9 DSA and removal orders under Art. 3 Regulation (EU) 2021/784 received \
         in the period, by the member state of the authority; items are the addresses that an \
         order names. Duplicates and forged orders are left out. Removal orders are counted as \
         terrorist content; other orders under “not specified”, since an order names no category.",
    ),
    definition(
        "orders.inform",
        SheetId::Orders,
        "Number of orders to provide information",
        "Orders under Art. 10 DSA received in the period; duplicates and forged orders are left \
         out.",
    ),
    median(definition(
        "orders.receipt",
        SheetId::Orders,
        "Median time to inform the authority of the receipt …",
        "0 for each order: the receipt is confirmed at once, automatically.",
    )),
    median(definition(
        "orders.effect",
        SheetId::Orders,
        "Median time to give effect …",
        "From the receipt until the platform confirmed the measure or, for information, until it \
         was given. Orders that were not carried out by the time of counting are left out.",
    )),
    definition(
        "notices.received",
        SheetId::Notices,
        "Number of notices …; Number of specific items …",
        "Notices under Art. 16 DSA received in the period that had what the law asks for, by the \
         category that the notifier gave; items are the addresses that a notice names. \
         Notifications of rapid response systems are no notices. Notifiers give no sub-category.",
    ),
    median(definition(
        "notices.action",
        SheetId::Notices,
        "Median time to take action",
        "From the receipt of an item until the decision that restricts it. Items without a \
         restriction are left out.",
    )),
    definition(
        "notices.law_or_terms",
        SheetId::Notices,
        "Number of actions taken on the basis of the law / of the terms and conditions …",
        "Items that a decision restricted, of rules as they came or of people: on the basis of the \
         law if the policy applied names a law, else on the basis of the terms.",
    ),
    definition(
        "own.measures",
        SheetId::OwnIllegal,
        "Number of measures …, in sheets 5 and 6",
        "Decisions made in the period, not after a notice, that newly impose a restriction in the \
         European Economic Area: those of which a statement of reasons is owed (Art. 17 DSA), and \
         with them commercial content and what an authority keeps secret for now. Decisions that \
         were erased are not counted, and their number is said. One decision is one measure; a decision with several restrictions is counted in \
         each of their columns. Sheet 5 has those whose policy names a law, sheet 6 the others. \
         A measure is counted under the first keyword of its policy.",
    ),
    definition(
        "own.detected_by_machine",
        SheetId::OwnIllegal,
        "Number of measures taken after detection with solely automated means",
        "Those of own.measures that rules found, whoever decided.",
    ),
    definition(
        "complaints.received",
        SheetId::Appeals,
        "Number of complaints …; Complaint regarding …",
        "Complaints under Art. 20 DSA received in the period, by the severest restriction of the \
         decision complained about, or by the notice that was not acted on. Outcomes are those \
         known at the time of counting; “omitted” are those without one.",
    ),
    median(definition(
        "complaints.time",
        SheetId::Appeals,
        "Median time",
        "From the receipt of a complaint until its decision.",
    )),
    definition(
        "disputes.received",
        SheetId::Appeals,
        "Number of disputes submitted to out-of-court dispute settlement bodies",
        "Disputes that a body received in the period, whenever the complaint was. What bodies \
         decided is not told apart.",
    ),
    definition(
        "automated.measures",
        SheetId::Automated,
        "Number of measures solely taken / not taken by automated means",
        "Measures as in own.measures, and those after notices; solely automated are decisions \
         that no person took part in.",
    ),
    definition(
        "automated.notices",
        SheetId::Automated,
        "Number of notices solely processed / not processed by automated means",
        "Notices as in notices.received; solely automated are those whose case a machine closed.",
    ),
    Definition {
        unit: "share from 0 to 1",
        blank: "nothing to take a share from, or not measured",
        ..definition(
            "automated.precision",
            SheetId::Automated,
            "Accuracy of the automated means - Precision",
            "Of the contents that rules restricted and that people reviewed afterwards, the share \
             in which the people found a violation; by the language of the content.",
        )
    },
    definition(
        "staff.internal",
        SheetId::Staff,
        "Number of internal moderators …; … with sufficient linguistic expertise",
        "Members of staff with a role that judges cases at the time of counting, by the languages \
         that the operator attests them (B2 or higher).",
    ),
];
