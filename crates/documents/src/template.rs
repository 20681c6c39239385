//! The template of transparency reports as data: eleven sheets, their columns and their rows.
//!
//! Source: Implementing Regulation (EU) 2024/2835, Annex I, and the Commission's CSV files that it
//! refers to. Both the reader and a writer of reports use these tables; nothing here reads a file.
//! The Commission's files have spaces at the end of some names; here they are trimmed, so compare
//! after [`plain`].

mod categories;
mod columns;
mod descriptions;
mod places;
mod rows;

use std::borrow::Cow;

pub use categories::{
    CategoryRow, KEYWORD_OTHER, KEYWORD_PREFIX, Level, STATEMENT_PREFIX, TOTAL, category_rows,
};
pub use places::{LANGUAGES, MEMBER_STATES};
pub use rows::{
    ACCURACY_INDICATORS, AUTOMATED_MEASURES, AUTOMATED_NOTICES, COMPLAINT_TYPES, COMPLAINTS,
    IndicatorRow, MODERATORS, indicator_rows, indicators, section,
};

/// The longest text that a cell of the qualitative sheet may have (Annex II, part 2).
pub const TEXT_CHARS_MAX: usize = 5_000;

/// Which of the eleven sheets; the number is that of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SheetId {
    /// Who reports, when, on which period.
    Identification = 1,
    /// The names of the categories.
    Categories = 2,
    /// Orders of the member states (Art. 15(1)(a) DSA).
    Orders = 3,
    /// Notices (Art. 15(1)(b) DSA).
    Notices = 4,
    /// Measures on own initiative against illegal content (Art. 15(1)(c) DSA).
    OwnIllegal = 5,
    /// Measures on own initiative under the terms and conditions (Art. 15(1)(c) DSA).
    OwnTerms = 6,
    /// Complaints, disputes and suspensions (Art. 15(1)(d) and 24(1) DSA).
    Appeals = 7,
    /// Automated means and their accuracy (Art. 15(1)(e) and 42(2)(c) DSA).
    Automated = 8,
    /// Moderators and their languages (Art. 42(2)(a) and (b) DSA).
    Staff = 9,
    /// Average monthly active recipients (Art. 42(3) DSA).
    Recipients = 10,
    /// The qualitative template.
    Qualitative = 11,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// One of [`Applicability`].
    Applicability,
    /// The name of the service, the same in all sheets.
    Service,
    /// The reporting period, `2026-01-01/2026-06-30`.
    Period,
    /// The label of a category, `Category 1a`.
    Label,
    /// The code of a category or keyword, or `TOTAL`.
    Category,
    /// What a provider means by a keyword "Other".
    Description,
    /// The section of an indicator.
    Section,
    /// What is measured.
    Indicator,
    /// What part of it: `TOTAL`, a member state, a language or a word of the template.
    Scope,
    /// A whole number.
    Count,
    /// A median time in hours, decimals allowed.
    Hours,
    /// A decimal number from 0 to 1.
    Share,
    /// A date, `2026-06-30`.
    Date,
    /// A cell whose kind depends on the row, see [`IndicatorRow::kind`].
    Value,
    /// Free text.
    Text,
    /// Contextual information, which may be empty.
    Context,
}

/// A column of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// The header cell, without spaces at its end.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: Kind,
}

/// A sheet of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Which one.
    pub id: SheetId,
    /// Its name, which is also the name of its CSV file.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// The eleven sheets in the order of the template.
pub static SHEETS: [Sheet; 11] = [
    sheet(SheetId::Identification, "1_report_identification", columns::IDENTIFICATION),
    sheet(SheetId::Categories, "2_categories_names", columns::CATEGORIES),
    sheet(SheetId::Orders, "3_member_states_orders", columns::ORDERS),
    sheet(SheetId::Notices, "4_notices", columns::NOTICES),
    sheet(SheetId::OwnIllegal, "5_own_initiative_illegal", columns::OWN_ILLEGAL),
    sheet(SheetId::OwnTerms, "6_own_initiative_TC", columns::OWN_TERMS),
    sheet(SheetId::Appeals, "7_appeals_and_recidivism", columns::APPEALS),
    sheet(SheetId::Automated, "8_automated_means", columns::APPEALS),
    sheet(SheetId::Staff, "9_human_resources", columns::STAFF),
    sheet(SheetId::Recipients, "10_AMAR", columns::RECIPIENTS),
    sheet(SheetId::Qualitative, "11_qualitative", columns::QUALITATIVE),
];

const fn sheet(id: SheetId, name: &'static str, columns: &'static [Column]) -> Sheet {
    Sheet { id, name, columns }
}

impl SheetId {
    /// The number of the sheet, 1 to 11.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The sheet of that id.
    pub fn sheet(self) -> &'static Sheet {
        &SHEETS[usize::from(self.number()) - 1]
    }

    /// The id of the sheet with that number, `None` outside 1 to 11.
    pub fn of_number(number: u8) -> Option<Self> {
        let index = usize::from(number).checked_sub(1)?;
        SHEETS.get(index).map(|sheet| sheet.id)
    }

    /// Whether its rows are categories (sheets 3 to 6).
    pub fn is_by_category(self) -> bool {
        matches!(self, Self::Orders | Self::Notices | Self::OwnIllegal | Self::OwnTerms)
    }
}

impl Sheet {
    /// The cells of the header row.
    pub fn header(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name)
    }

    /// The name of the CSV file.
    pub fn file_name(&self) -> String {
        format!("{}.csv", self.name)
    }

    /// The position of the first column of that kind, from 0.
    pub fn position(&self, kind: Kind) -> Option<usize> {
        self.columns.iter().position(|column| column.kind == kind)
    }
}

/// Whom a row of the template concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicability {
    /// Every provider of intermediary services.
    All,
    /// Providers of hosting services, including online platforms.
    Hosting,
    /// Providers of online platforms.
    Platforms,
    /// Very large online platforms.
    Vlops,
    /// Very large online platforms and search engines.
    VlopsAndVloses,
}

impl Applicability {
    /// All values, from the widest to the narrowest.
    pub const VALUES: [Self; 5] =
        [Self::All, Self::Hosting, Self::Platforms, Self::Vlops, Self::VlopsAndVloses];

    /// The words of the template.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Hosting => "Only for providers of hosting services, including online platforms",
            Self::Platforms => "Only for providers of online platforms",
            Self::Vlops => "Only for VLOPs",
            Self::VlopsAndVloses => "Only for VLOPs and VLOSEs",
        }
    }

    /// The value with these words.
    pub fn parse(words: &str) -> Option<Self> {
        Self::VALUES.into_iter().find(|value| value.as_str() == words)
    }
}

/// What stands for an apostrophe, the only character of the template outside ASCII: typographic ones,
/// bytes that could not be read, and the bytes of GBK read as Latin-1.
const APOSTROPHES: [char; 5] = ['’', '‘', '\u{fffd}', '¡', '¯'];

/// `text` as it is compared with the template: without spaces at its ends, each run of spaces as
/// one, and with straight apostrophes.
pub fn plain(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim();
    let is_plain = !trimmed.contains(APOSTROPHES)
        && !trimmed.contains(['\u{a0}', '\n', '\r', '\t'])
        && !trimmed.contains("  ");
    if is_plain {
        return Cow::Borrowed(trimmed);
    }
    let words: Vec<_> = trimmed.split_whitespace().collect();
    let text = words.join(" ").replace(APOSTROPHES, "'");
    // A character of two or three bytes in another encoding leaves as many marks.
    Cow::Owned(text.replace("'''", "'").replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_stand_at_their_numbers_and_have_their_widths() {
        let widths: Vec<_> = SHEETS.iter().map(|sheet| sheet.columns.len()).collect();
        assert_eq!(widths, [4, 4, 20, 25, 37, 37, 8, 8, 8, 7, 5]);
        for (index, sheet) in SHEETS.iter().enumerate() {
            assert_eq!(usize::from(sheet.id.number()), index + 1);
            assert!(sheet.name.starts_with(&format!("{}_", index + 1)));
            assert_eq!(SheetId::of_number(sheet.id.number()), Some(sheet.id));
        }
        assert_eq!(SheetId::of_number(0), None);
        assert_eq!(SheetId::of_number(12), None);
    }

    #[test]
    fn header_cells_are_trimmed_and_unlike_each_other() {
        for sheet in &SHEETS {
            let names: std::collections::BTreeSet<_> = sheet.header().collect();
            assert_eq!(names.len(), sheet.columns.len(), "{}", sheet.name);
            assert!(names.iter().all(|name| plain(name) == *name), "{}", sheet.name);
        }
    }

    #[test]
    fn applicability_is_found_by_its_words() {
        for value in Applicability::VALUES {
            assert_eq!(Applicability::parse(value.as_str()), Some(value));
        }
        assert_eq!(Applicability::parse("Everyone"), None);
    }

    #[test]
    fn spaces_and_apostrophes_do_not_matter_in_a_comparison() {
        assert_eq!(plain(" the providers’  own\u{a0}initiative "), "the providers' own initiative");
        assert_eq!(plain("Own-initiative "), "Own-initiative");
        assert_eq!(plain("the providers¡¯ own"), "the providers' own");
        assert_eq!(plain("the providers\u{fffd}\u{fffd} own"), "the providers' own");
    }
}
