//! The table of rules: every code that the linter can report.

use super::Level;

/// A rule of the linter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The stable code, in kebab case.
    pub code: &'static str,
    /// How grave a departure is.
    pub level: Level,
    /// What is wrong, and what to do.
    pub meaning: &'static str,
    /// Where the rule comes from. Articles and annexes are those of Implementing Regulation (EU)
    /// 2024/2835 unless another act is named.
    pub source: &'static str,
}

macro_rules! rules {
    ($($name:ident = $level:ident, $code:literal, $source:literal, $meaning:literal;)*) => {
        $(pub(super) static $name: Rule = Rule {
            code: $code,
            level: Level::$level,
            meaning: $meaning,
            source: $source,
        };)*

        /// All rules, by what they look at.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // Files and headers.
    FILE_NAME = Error, "file-name", "Annex I, CSV files",
        "the file is not named as its sheet: rename it";
    NOT_UTF8 = Error, "not-utf8", "RFC 4180, Annex I, CSV files",
        "the bytes are not UTF-8: save the file as `CSV UTF-8`";
    SEPARATOR = Error, "separator", "RFC 4180",
        "the cells are not separated by commas: save the file as comma-separated";
    HEADER_CORRUPT_FIRST_CELL = Error, "header-corrupt-first-cell", "Annex I",
        "the first header cell was overwritten: restore it from the template";
    HEADER_TEXT = Error, "header-text", "Annex I",
        "header cells are not in the words of the template: restore them";
    HEADER_MISSING_COLUMN = Error, "header-missing-column", "Annex I",
        "a column of the template is absent: add it, even if it stays empty";
    HEADER_EXTRA_COLUMN = Error, "header-extra-column", "Annex I",
        "the template does not have these columns: remove them";
    BLANK_ROW = Error, "blank-row", "RFC 4180", "the row has no content: delete it";
    STRAY_TEXT_ROW = Error, "stray-text-row", "Annex I",
        "the row is a remark, no data: move it to the contextual information";
    FILE_UNKNOWN = Warning, "file-unknown", "Annex I",
        "neither the name nor the header says which sheet this is: it was not checked";
    SHEET_TWICE = Warning, "sheet-twice", "Annex I",
        "the sheet is in the report more than once: keep one file";
    FILE_CUT = Error, "file-cut", "limit of this linter",
        "the file is larger than the limit: it was not read to its end";

    // Cells of any sheet.
    APPLICABILITY = Error, "applicability", "Annex I",
        "not one of the five values of the template: restore it";
    SERVICE_EMPTY = Error, "service-empty", "Annex II, column B",
        "the name of the service is missing: write it in every row";
    SERVICE_INCONSISTENT = Error, "service-inconsistent", "Annex II, column B",
        "the service is written in more than one way: use one name in the whole report";
    SERVICE_TRAILING_SPACE = Warning, "service-trailing-space", "Annex II, column B",
        "space around the name of the service: remove it";
    PERIOD_MALFORMED = Error, "period-malformed", "Annex II, column C",
        "not a range of two dates: write `YYYY-MM-DD/YYYY-MM-DD`";
    PERIOD_DIFFERS = Error, "period-differs", "Art. 2, Annex II, column C",
        "the period is not that of the report: use one period in all sheets";
    PERIOD_UNUSUAL = Warning, "period-unusual", "Art. 2",
        "the period is neither a half-year nor a calendar year";
    DATE_FORMAT = Error, "date-format", "Annex I, section 1.1",
        "not a date: write `YYYY-MM-DD`";
    PUBLISHED_EARLY = Warning, "published-early", "Art. 2(3)",
        "the report was published before its period had ended: check the dates";
    PUBLISHED_LATE = Note, "published-late", "Art. 2(3)",
        "the report was published more than two months after its period";
    COUNT_DECIMAL = Error, "count-decimal", "Annex II",
        "a count with decimals: write a whole number";
    COUNT_NOT_NUMBER = Error, "count-not-number", "Annex II",
        "not a whole number: write digits only, and remarks as contextual information";
    MEDIAN_NOT_NUMBER = Error, "median-not-number", "Annex II",
        "not a number of hours: write digits with a decimal point, without a unit";
    PERCENTAGE = Error, "percentage", "Annex II",
        "not a number from 0 to 1: write 0.975 for 97.5 %";
    THOUSANDS_SEPARATOR = Error, "thousands-separator", "Annex II",
        "a separator inside a number: write digits only";
    CELL_SPACE = Warning, "cell-space", "Annex I", "space around the value: remove it";
    SCOPE = Error, "scope", "Annex II, column Scope",
        "not a scope of the template: member states are upper case, languages lower case";
    TEXT_PLACEHOLDER = Error, "text-placeholder", "Annex II, part 2",
        "a placeholder instead of a text: write the text here";
    TEXT_TOO_LONG = Warning, "text-too-long", "Annex II, part 2",
        "the text has more than 5 000 characters: shorten it";

    // Rows.
    INDICATOR_MISSING = Error, "indicator-missing", "Annex I",
        "a row of the template is absent: add it";
    SCOPE_MISSING = Warning, "scope-missing", "Annex I",
        "the indicator has no row of this scope: add it, even if it stays empty";
    INDICATOR_UNKNOWN = Error, "indicator-unknown", "Annex I",
        "the template has no such indicator: restore its words";
    DUPLICATE_ROW = Error, "duplicate-row", "Annex I",
        "the same row stands more than once: keep one";
    CATEGORY_CODE = Error, "category-code", "Annex I, list of categories",
        "the template has no such code: use `KEYWORD_OTHER` with a description";
    CATEGORY_NOT_OF_SHEET = Warning, "category-not-of-sheet", "Annex II",
        "the template has this category in other sheets only";
    CATEGORY_LABEL = Error, "category-label", "Annex I, list of categories",
        "the template has no such label: restore it";
    CATEGORY_MISSING = Error, "category-missing", "Annex I, list of categories",
        "a category of the template has no row: add it, even if it stays empty";
    BLOCK_ROW_MISSING = Error, "block-row-missing", "Annex I, section 1.2",
        "the category has rows by member state, but one keyword has none: add it";
    MEMBER_STATE_MISSING = Error, "member-state-missing", "Art. 42(3) DSA",
        "a member state has no row: add it";
    OTHER_HELP_TEXT = Error, "other-help-text", "Annex II, column E",
        "the help text of the template was left in: empty the cell";
    OTHER_HELP_TEXT_WITH_VALUES = Error, "other-help-text-with-values", "Annex II, column E",
        "figures under `KEYWORD_OTHER`, but the help text of the template: describe them";
    OTHER_NO_DESCRIPTION = Error, "other-no-description", "Annex II, column E",
        "figures under `KEYWORD_OTHER` without a description: describe them";
    SHEET_NOT_HERE = Note, "sheet-not-here", "Annex I", "the report does not have this sheet";

    // Arithmetic inside a sheet.
    SUB_CATEGORY_SUM = Error, "sub-category-sum", "Annex II",
        "the category is not the sum of its keywords";
    CATEGORY_BLANK_SUB_ROWS_NOT = Error, "category-blank-sub-rows-not", "Annex II",
        "the category is blank, its keywords are not: write their sum";
    TOTAL_SUM = Error, "total-sum", "Annex II", "the total is not the sum of the categories";
    CATEGORY_WITHOUT_SUB_ROWS = Warning, "category-without-sub-rows", "Annex II",
        "the category has figures, all its keywords are blank";
    MEDIAN_OUTSIDE_SUB_ROWS = Warning, "median-outside-sub-rows", "arithmetic",
        "the median of a category lies between those of its keywords";
    MEMBER_STATE_SUM = Warning, "member-state-sum", "arithmetic",
        "the member states do not add up to the total";
    RESTRICTION_OVER_TOTAL = Warning, "restriction-over-total", "arithmetic",
        "one kind of restriction is more than all measures";
    AUTOMATED_OVER_TOTAL = Warning, "automated-over-total", "arithmetic",
        "measures after solely automated detection are more than all measures";
    TRUSTED_OVER_TOTAL = Warning, "trusted-over-total", "arithmetic",
        "trusted flaggers have more than all notifiers";
    COMPLAINT_TYPES_SUM = Warning, "complaint-types-sum", "arithmetic",
        "the six types of complaint do not add up to all complaints";
    DECISIONS_SUM = Warning, "decisions-sum", "arithmetic",
        "the outcomes do not add up to the total";
    MODERATORS_SUM = Warning, "moderators-sum", "arithmetic",
        "internal and external moderators do not add up to the total";

    // Arithmetic between sheets.
    OWN_INITIATIVE_VS_SHEETS_5_6 = Warning, "own-initiative-vs-sheets-5-6", "arithmetic",
        "measures on own initiative in sheet 8 are not those of sheets 5 and 6";
    NOTICES_VS_SHEET_4 = Warning, "notices-vs-sheet-4", "arithmetic",
        "notices in sheet 8 are not those of sheet 4";

    // Notes.
    HEADER_TRAILING_SPACE = Note, "header-trailing-space", "Annex I, CSV files",
        "space around a header cell; the Commission's file has some itself";
    SECTION_TRAILING_SPACE = Note, "section-trailing-space", "Annex I, CSV files",
        "space around the section; the Commission's file has some itself";
    INDICATOR_TRAILING_SPACE = Note, "indicator-trailing-space", "Annex I, CSV files",
        "space around the indicator; the Commission's file has some itself";
    SCOPE_TRAILING_SPACE = Note, "scope-trailing-space", "Annex I, CSV files",
        "space around the scope; the Commission's file has some itself";
    INDICATOR_APOSTROPHE = Note, "indicator-apostrophe", "Annex I, CSV files",
        "a typographic apostrophe where the template has a straight one elsewhere";
    DESCRIPTION_ON_NAMED_KEYWORD = Note, "description-on-named-keyword", "Annex II, column E",
        "only `KEYWORD_OTHER` needs a description";
    ITEMS_BELOW_ORDERS = Note, "items-below-orders", "Annex II, column H",
        "fewer items than orders: each order concerns an item at least";
    LANGUAGE_SUM = Note, "language-sum", "Annex II, section 1.6",
        "the languages do not add up to the total; they need not, if items have none";
    LANGUAGE_MISSING = Note, "language-missing", "Art. 42(2)(b) DSA",
        "official languages without a row";
    AMAR_SUM = Note, "amar-sum", "Art. 42(3) DSA",
        "the member states do not add up to the total; rounding can explain it";
    FINDINGS_CUT = Note, "findings-cut", "limit of this linter",
        "further findings of a rule are not listed";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_stand_once() {
        let codes: std::collections::BTreeSet<_> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), RULES.len());
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(codes.iter().all(|code| code.chars().all(is_kebab)));
    }

    #[test]
    fn meanings_are_lower_case_without_a_final_period() {
        for rule in RULES {
            assert!(!rule.meaning.ends_with('.') && !rule.source.is_empty(), "{}", rule.code);
            assert!(!rule.meaning.starts_with(char::is_uppercase), "{}", rule.code);
        }
    }
}
