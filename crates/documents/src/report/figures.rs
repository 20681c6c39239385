//! Figures by their places in the template.

use std::collections::{BTreeMap, BTreeSet};

use crate::tables::Entry;
use crate::template::{KEYWORD_OTHER, KEYWORD_PREFIX, STATEMENT_PREFIX, SheetId, TOTAL};

/// The column of a figure in sheets whose rows are indicators.
const VALUE: &str = "Value";

/// Where a figure stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The sheet.
    pub sheet: SheetId,
    /// The code of the category or keyword, or the indicator.
    pub row: String,
    /// The category that a keyword belongs to; empty in other rows.
    pub under: String,
    /// The scope; empty in sheets without.
    pub scope: String,
    /// The column.
    pub column: &'static str,
}

impl Place {
    /// The place of an indicator (sheets 7 to 11).
    #[must_use]
    pub fn of(sheet: SheetId, indicator: &str, scope: &str) -> Self {
        let (row, scope) = (indicator.to_owned(), scope.to_owned());
        Self { sheet, row, under: String::new(), scope, column: VALUE }
    }
}

/// A figure as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// Hours.
    Hours(f64),
    /// From 0 to 1.
    Share(f64),
}

impl Value {
    /// The text in the cell: decimals with a point, at most six places.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::Hours(value) | Self::Share(value) => {
                let text = format!("{value:.6}");
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
        }
    }
}

/// The figures of a report as they are counted.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    counts: BTreeMap<Place, u64>,
    /// Lengths of time in milliseconds, of which the median is reported.
    spans: BTreeMap<Place, Vec<i64>>,
    shares: BTreeMap<Place, f64>,
    /// What the keyword "Other" stands for, by sheet and category.
    others: BTreeMap<(SheetId, String), BTreeSet<String>>,
    /// What is not measured, by sheet and column or indicator, and why.
    blank: BTreeMap<(SheetId, String), String>,
    /// What is not measured, by sheet, indicator and scope.
    blank_scopes: BTreeSet<(SheetId, String, String)>,
    /// What is said beside a figure, by sheet and column or indicator.
    context: BTreeMap<(SheetId, String), String>,
    /// The figure whose parts are kept.
    watched: Option<Place>,
    /// What is counted at the moment.
    entry: Option<Entry>,
    found: Vec<Entry>,
}

/// The category and keyword under which something is counted; without prefixes. Without a keyword,
/// it is counted as "Other", which then stands for `other`.
#[derive(Clone, Copy, Debug)]
pub struct Class<'a> {
    /// The category.
    pub category: &'a str,
    /// The keyword.
    pub keyword: Option<&'a str>,
    /// What "Other" stands for.
    pub other: &'a str,
    /// The member state, in sheets by scope.
    pub scope: Option<&'a str>,
}

impl Figures {
    /// Keeps what makes the figure at `place`.
    #[must_use]
    pub fn watching(place: Place) -> Self {
        Self { watched: Some(place), ..Self::default() }
    }

    /// What makes the watched figure, in the order in which it was counted.
    #[must_use]
    pub fn found(&self) -> &[Entry] {
        &self.found
    }

    /// Whether what makes one figure is kept.
    #[must_use]
    pub const fn is_watching(&self) -> bool {
        self.watched.is_some()
    }

    /// Says what is counted from now on.
    pub fn of(&mut self, entry: impl FnOnce() -> Entry) {
        // Entries are made only for who looks at them: there are millions.
        self.entry = self.watched.is_some().then(entry);
    }

    /// Says that what is counted from now on has no entry.
    pub fn of_nothing(&mut self) {
        self.entry = None;
    }

    fn see(&mut self, place: &Place) {
        if self.watched.as_ref() == Some(place) {
            self.found.extend(self.entry.clone());
        }
    }

    /// Counts `count` at an indicator.
    pub fn add(&mut self, place: Place, count: u64) {
        self.see(&place);
        *self.counts.entry(place).or_default() += count;
    }

    /// Adds a length of time at an indicator.
    pub fn span(&mut self, place: Place, ms: i64) {
        self.see(&place);
        self.spans.entry(place).or_default().push(ms.max(0));
    }

    /// Sets a share at an indicator.
    pub fn share(&mut self, place: Place, share: f64) {
        self.shares.insert(place, share);
    }

    /// Counts `count` in the rows of the total, of a category and of a keyword.
    pub fn add_class(
        &mut self,
        (sheet, column): (SheetId, &'static str),
        class: &Class<'_>,
        count: u64,
    ) {
        for place in self.places((sheet, column), class) {
            self.add(place, count);
        }
    }

    /// Adds a length of time in the same rows.
    pub fn span_class(
        &mut self,
        (sheet, column): (SheetId, &'static str),
        class: &Class<'_>,
        ms: i64,
    ) {
        for place in self.places((sheet, column), class) {
            self.span(place, ms);
        }
    }

    /// The rows of the total, of a category and of a keyword; for sheets by scope those of the
    /// total and of the member state.
    fn places(
        &mut self,
        (sheet, column): (SheetId, &'static str),
        class: &Class<'_>,
    ) -> Vec<Place> {
        let category = format!("{STATEMENT_PREFIX}{}", class.category);
        let keyword = class.keyword.filter(|keyword| *keyword != "OTHER");
        let code = keyword.map_or(KEYWORD_OTHER.to_owned(), |key| format!("{KEYWORD_PREFIX}{key}"));
        if keyword.is_none() && !class.other.is_empty() {
            let others = self.others.entry((sheet, category.clone())).or_default();
            others.insert(class.other.to_owned());
        }
        let by_scope = sheet == SheetId::Orders;
        let scopes: Vec<&str> = match (by_scope, class.scope) {
            (false, _) => vec![""],
            (true, None) => vec![TOTAL],
            (true, Some(state)) => vec![TOTAL, state],
        };
        let rows = [(TOTAL.to_owned(), ""), (category.clone(), ""), (code, category.as_str())];
        let place = |scope: &&str| {
            let scope = (*scope).to_owned();
            rows.iter().map(move |(row, under)| Place {
                sheet,
                row: row.clone(),
                under: (*under).to_owned(),
                scope: scope.clone(),
                column,
            })
        };
        scopes.iter().flat_map(place).collect()
    }

    /// Says that a column or indicator is not measured, and why; its cells are blank.
    pub fn leave_blank(&mut self, sheet: SheetId, what: &str, why: &str) {
        self.blank.insert((sheet, what.to_owned()), why.to_owned());
    }

    /// Says that one scope of an indicator is not measured; its cell is blank.
    pub fn leave_scope_blank(&mut self, sheet: SheetId, indicator: &str, scope: &str) {
        self.blank_scopes.insert((sheet, indicator.to_owned(), scope.to_owned()));
    }

    /// Whether the figure at a place is not measured.
    #[must_use]
    pub fn is_blank(&self, place: &Place) -> bool {
        let what = if place.column == VALUE { place.row.as_str() } else { place.column };
        let scope = (place.sheet, place.row.clone(), place.scope.clone());
        self.blank.contains_key(&(place.sheet, what.to_owned()))
            || self.blank_scopes.contains(&scope)
    }

    /// Says something beside a column or indicator.
    pub fn explain(&mut self, sheet: SheetId, what: &str, words: &str) {
        self.context.insert((sheet, what.to_owned()), words.to_owned());
    }

    /// What is said beside a column or indicator: why it is blank, or its context.
    #[must_use]
    pub fn beside(&self, sheet: SheetId, what: &str) -> Option<&str> {
        let key = (sheet, what.to_owned());
        self.blank.get(&key).or_else(|| self.context.get(&key)).map(String::as_str)
    }

    /// Everything that is not measured: sheet, column or indicator, and why.
    pub fn gaps(&self) -> impl Iterator<Item = (SheetId, &str, &str)> {
        self.blank.iter().map(|((sheet, what), why)| (*sheet, what.as_str(), why.as_str()))
    }

    /// What the keyword "Other" stands for in the rows of a category.
    #[must_use]
    pub fn other(&self, sheet: SheetId, category: &str) -> String {
        let words = self.others.get(&(sheet, category.to_owned()));
        words.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("; ")
    }

    /// The count at a place: 0 if nothing was counted there.
    #[must_use]
    pub fn count(&self, place: &Place) -> u64 {
        self.counts.get(place).copied().unwrap_or_default()
    }

    /// The median in hours at a place; `None` if there is nothing to take it from.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of years are exact in a double")]
    pub fn median_hours(&self, place: &Place) -> Option<f64> {
        const MS_PER_HOUR: f64 = 3_600_000.0;
        let mut all = self.spans.get(place)?.clone();
        all.sort_unstable();
        let upper = *all.get(all.len() / 2)?;
        let lower = all[(all.len() - 1) / 2];
        Some((lower as f64 + upper as f64) / 2.0 / MS_PER_HOUR)
    }

    /// The share at a place.
    #[must_use]
    pub fn share_at(&self, place: &Place) -> Option<f64> {
        self.shares.get(place).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_lies_between_the_two_in_the_middle() {
        let mut figures = Figures::default();
        let place = Place::of(SheetId::Appeals, "x", "Median time");
        assert_eq!(figures.median_hours(&place), None);
        for hours in [4, 1, 2, 9] {
            figures.span(place.clone(), hours * 3_600_000);
        }
        assert_eq!(figures.median_hours(&place), Some(3.0));
        figures.span(place.clone(), 0);
        assert_eq!(figures.median_hours(&place), Some(2.0));
    }

    #[test]
    fn what_has_no_keyword_is_counted_as_other_and_says_what_that_is() {
        let mut figures = Figures::default();
        let class =
            Class { category: "SCAMS_AND_FRAUD", keyword: None, other: "Spam", scope: None };
        figures.add_class((SheetId::Notices, "n"), &class, 2);
        let keyword = Place {
            sheet: SheetId::Notices,
            row: KEYWORD_OTHER.to_owned(),
            under: "STATEMENT_CATEGORY_SCAMS_AND_FRAUD".to_owned(),
            scope: String::new(),
            column: "n",
        };
        let total = Place { row: TOTAL.to_owned(), under: String::new(), ..keyword.clone() };
        assert_eq!((figures.count(&keyword), figures.count(&total)), (2, 2));
        assert_eq!(figures.other(SheetId::Notices, &keyword.under), "Spam");
    }

    #[test]
    fn decimals_are_written_with_a_point_and_no_zeros_behind() {
        assert_eq!(Value::Hours(0.428_916_667).text(), "0.428917");
        assert_eq!(Value::Share(1.0).text(), "1");
        assert_eq!(Value::Count(1_056_752).text(), "1056752");
    }
}
