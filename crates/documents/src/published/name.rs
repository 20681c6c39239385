//! Which sheet a file is, from its name.

use crate::template::{SHEETS, SheetId};

/// The sheet of a file of that name. Survives a prefix (`Report of 2026 - 4_notices.csv`), leading
/// zeros, other separators and other words behind the number (`9_human resources.csv`).
pub fn sheet_of_name(name: &str) -> Option<SheetId> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = words(stem);
    let named = SHEETS.iter().find(|sheet| words.ends_with(&self::words(sheet.name)));
    named.map(|sheet| sheet.id).or_else(|| numbered(stem))
}

/// Words in lower case without leading zeros, each with `_` before it.
fn words(stem: &str) -> String {
    let words = stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| format!("_{}", word.trim_start_matches('0').to_lowercase())).collect()
}

/// The number at the start of the stem, or of its part behind the last ` - `.
fn numbered(stem: &str) -> Option<SheetId> {
    let part = stem.rsplit(" - ").next().unwrap_or(stem).trim_start();
    let end = part.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = part.split_at(end);
    let is_separated = rest.starts_with(['_', '-', '.', ' ']);
    SheetId::of_number(number.parse().ok()?).filter(|_| is_separated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_recognised_with_their_variants() {
        for (name, number) in [
            ("4_notices.csv", 4),
            ("04_notices.csv", 4),
            ("Example_Video_2026 - 4_notices.csv", 4),
            ("report/10_AMAR.csv", 10),
            ("1_report_identification.CSV", 1),
            ("11_qualitative.csv", 11),
            ("9_human resources.csv", 9),
            ("3_member_state_order.csv", 3),
            ("6-own-initiative-tc.csv", 6),
            ("Example_2026_5_own_initiative_illegal.csv", 5),
            ("7. Recours.csv", 7),
        ] {
            assert_eq!(sheet_of_name(name).map(SheetId::number), Some(number), "{name}");
        }
        for name in ["notes.csv", "2026_report.csv", "12_x.csv", "4notices.csv", "", "4"] {
            assert_eq!(sheet_of_name(name), None, "{name}");
        }
    }
}
