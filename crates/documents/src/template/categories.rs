//! The categories and keywords in the order of the template, with labels `Category 1`, `1a`.

use types::policy;

use super::{SheetId, descriptions::description};

/// The code of the row and the scope that stand for everything.
pub const TOTAL: &str = "TOTAL";

/// What stands before the name of a category.
pub const STATEMENT_PREFIX: &str = "STATEMENT_CATEGORY_";

/// What stands before the name of a keyword.
pub const KEYWORD_PREFIX: &str = "KEYWORD_";

/// The keyword that ends the list of each category.
pub const KEYWORD_OTHER: &str = "KEYWORD_OTHER";

/// Categories 16 and 17, which have no keywords; 16 is for orders only, 17 for notices only.
const NOT_SPECIFIED: [&str; 2] = ["NOT_SPECIFIED_ORDER", "NOT_SPECIFIED_NOTICE"];

/// Category 15, for measures under the terms and conditions only.
const OTHER_VIOLATION: &str = "OTHER_VIOLATION_TC";

/// The number of the last letter of the alphabet; no category has as many keywords.
const LETTERS: usize = 26;

/// What a row adds up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// All categories.
    Total,
    /// The keywords of one category.
    Category,
    /// Nothing: a keyword, also called sub-category.
    Keyword,
}

/// A row of the template in sheets 2 to 6.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRow {
    /// What it adds up.
    pub level: Level,
    /// `TOTAL`, `Category 1` or `Category 1a`.
    pub label: String,
    /// The code with its prefix, as sheets 2 to 6 write it.
    pub code: String,
    /// The description in English, as sheet 2 has it.
    pub description: &'static str,
    /// The name of the category without its prefix; empty for the total.
    pub category: &'static str,
}

/// The rows of a sheet in the order of the template: the total, then each category and its
/// keywords. Sheet 3 repeats them for each scope. Empty for sheets without categories.
pub fn category_rows(sheet: SheetId) -> impl Iterator<Item = CategoryRow> {
    let has_rows = sheet.is_by_category() || sheet == SheetId::Categories;
    let total = has_rows.then(total_row).into_iter();
    let lists = policy::CATEGORIES.iter().copied().chain(NOT_SPECIFIED.map(|name| (name, &[][..])));
    total.chain(
        lists
            .enumerate()
            .filter(move |(_, (name, _))| has_rows && has_category(sheet, name))
            .flat_map(|(index, (name, keywords))| category(index + 1, name, keywords)),
    )
}

fn has_category(sheet: SheetId, name: &str) -> bool {
    match sheet {
        SheetId::Categories => true,
        SheetId::Orders => name != OTHER_VIOLATION && name != NOT_SPECIFIED[1],
        SheetId::Notices => name != OTHER_VIOLATION && name != NOT_SPECIFIED[0],
        SheetId::OwnTerms => !NOT_SPECIFIED.contains(&name),
        _ => name != OTHER_VIOLATION && !NOT_SPECIFIED.contains(&name),
    }
}

fn total_row() -> CategoryRow {
    CategoryRow {
        level: Level::Total,
        label: TOTAL.to_owned(),
        code: TOTAL.to_owned(),
        description: "All the entries",
        category: "",
    }
}

fn category(number: usize, name: &'static str, keywords: &[&'static str]) -> Vec<CategoryRow> {
    let head = CategoryRow {
        level: Level::Category,
        label: format!("Category {number}"),
        code: format!("{STATEMENT_PREFIX}{name}"),
        description: description(name),
        category: name,
    };
    let other = (!keywords.is_empty()).then_some("OTHER");
    let rows = keywords.iter().copied().chain(other).zip((b'a'..).take(LETTERS));
    let keyword = |(keyword, letter): (&'static str, u8)| CategoryRow {
        level: Level::Keyword,
        label: format!("Category {number}{}", char::from(letter)),
        code: format!("{KEYWORD_PREFIX}{keyword}"),
        description: description(keyword),
        category: name,
    };
    std::iter::once(head).chain(rows.map(keyword)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sheet_has_its_number_of_rows() {
        let counts: Vec<_> =
            super::super::SHEETS.iter().map(|sheet| category_rows(sheet.id).count()).collect();
        assert_eq!(counts, [0, 100, 91, 91, 90, 98, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn labels_follow_the_numbers_of_the_template() {
        let rows: Vec<_> = category_rows(SheetId::Categories).collect();
        let code =
            |label: &str| rows.iter().find(|row| row.label == label).map(|row| row.code.as_str());
        assert_eq!(code("TOTAL"), Some("TOTAL"));
        assert_eq!(code("Category 1c"), Some(KEYWORD_OTHER));
        assert_eq!(code("Category 9c"), Some("KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL_DEEPFAKE"));
        assert_eq!(code("Category 15f"), Some("KEYWORD_NUDITY"));
        assert_eq!(code("Category 16"), Some("STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER"));
        assert_eq!(code("Category 17"), Some("STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"));
        assert_eq!(code("Category 16a"), None);
    }

    #[test]
    fn every_row_has_a_description() {
        assert!(category_rows(SheetId::Categories).all(|row| !row.description.is_empty()));
    }
}
