//! Counting: facts in, cells out.

use std::collections::BTreeMap;

use crate::account::fact::Fact;
use crate::account::layout::{By, Layout, Rows};
use crate::account::measure::{How, Measure};
use crate::statement::codes::OUTSIDE_UNION;
use crate::tables::{Entry, FIGURE, Table};
use crate::template::MEMBER_STATES;

/// The head of the row over everything.
const TOTAL: &str = "Total";
const TOTAL_EU: &str = "Total EU";
const TOTAL_EEA: &str = "Total EEA";
/// Where something is counted of which it is not known where it belongs.
const UNKNOWN: &str = "Unknown";
/// Where small rows are put together.
const OTHER: &str = "Other";

/// A figure in an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The name of the table.
    pub table: String,
    /// The head of the row; the parts of a row with several are separated by ` / `.
    pub row: String,
    /// The id of the measure.
    pub measure: String,
}

/// One cell as it is counted.
#[derive(Clone, Debug, Default)]
struct Cell {
    count: u64,
    of: u64,
    spans: Vec<i64>,
}

impl Cell {
    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.of += other.of;
        self.spans.extend(&other.spans);
    }

    /// The text of the figure.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn text(&self, how: How) -> String {
        let decimals = |text: String| text.trim_end_matches('0').trim_end_matches('.').to_owned();
        match how {
            How::Count(_) => self.count.to_string(),
            How::Share(..) | How::Ratio(..) if self.of == 0 => String::new(),
            How::Share(..) | How::Ratio(..) => {
                decimals(format!("{:.6}", self.count as f64 / self.of as f64))
            }
            How::Median(_) if self.spans.is_empty() => String::new(),
            How::Median(_) => {
                let mut all = self.spans.clone();
                all.sort_unstable();
                let (lower, upper) = (all[(all.len() - 1) / 2], all[all.len() / 2]);
                decimals(format!("{:.6}", (lower as f64 + upper as f64) / 2.0 / 3_600_000.0))
            }
        }
    }
}

/// The cells of one row.
type Cells = Vec<Cell>;

/// The counts of some tables.
#[derive(Clone, Debug)]
pub struct Counts {
    layouts: Vec<&'static Layout>,
    /// For each table its rows; totals are made at the end.
    rows: Vec<BTreeMap<Vec<String>, Cells>>,
    watched: Option<Spot>,
    found: Vec<Entry>,
}

impl Counts {
    /// Counts for `layouts`.
    #[must_use]
    pub fn new(layouts: Vec<&'static Layout>) -> Self {
        let rows = layouts.iter().map(|_| BTreeMap::new()).collect();
        Self { layouts, rows, watched: None, found: Vec::new() }
    }

    /// Keeps the entries that make one figure.
    #[must_use]
    pub fn watching(self, spot: Spot) -> Self {
        Self { watched: Some(spot), ..self }
    }

    /// The entries that make the watched figure, in the order in which they were counted.
    #[must_use]
    pub fn found(&self) -> &[Entry] {
        &self.found
    }

    /// Counts a fact in all tables.
    pub fn add(&mut self, fact: &Fact<'_>) {
        for (layout, rows) in self.layouts.iter().zip(&mut self.rows) {
            if !(layout.only)(fact) {
                continue;
            }
            let amounts: Vec<Cell> = layout.measures.iter().map(|one| amount(one, fact)).collect();
            if amounts.iter().all(|cell| cell.count == 0 && cell.of == 0 && cell.spans.is_empty()) {
                continue;
            }
            let key: Vec<String> = layout.by.iter().map(|by| key(*by, fact)).collect();
            if let Some(spot) = self.watched.as_ref().filter(|spot| spot.table == layout.name)
                && is_within(layout, &key, &spot.row)
            {
                let at = layout.measures.iter().position(|one| one.id == spot.measure);
                let cell = at.map(|at| &amounts[at]);
                let is_part = |cell: &Cell| cell.count > 0 || cell.of > 0 || !cell.spans.is_empty();
                let is_listed = fact.entry == Entry::Uploads && self.found.contains(&fact.entry);
                if cell.is_some_and(is_part) && !is_listed {
                    self.found.push(fact.entry.clone());
                }
            }
            let cells = rows.entry(key).or_insert_with(|| vec![Cell::default(); amounts.len()]);
            cells.iter_mut().zip(&amounts).for_each(|(cell, amount)| cell.absorb(amount));
        }
    }

    /// The tables. For the public, rows of tables with several breakdowns in which fewer than
    /// `small` are counted are put together, so that nobody is told apart; for authorities, `small`
    /// is 0.
    #[must_use]
    pub fn tables(&self, small: u64) -> Vec<Table> {
        let all = self.layouts.iter().zip(&self.rows);
        all.map(|(layout, rows)| {
            let merged = merged(layout, rows, small);
            table(layout, &merged, small)
        })
        .collect()
    }
}

/// What a fact adds to a measure.
fn amount(measure: &Measure, fact: &Fact<'_>) -> Cell {
    match measure.how {
        How::Count(count) => Cell { count: count(fact), ..Cell::default() },
        How::Share(of, part) => {
            let of = of(fact);
            Cell { count: if of > 0 { part(fact) } else { 0 }, of, ..Cell::default() }
        }
        How::Ratio(of, part) => Cell { count: part(fact), of: of(fact), ..Cell::default() },
        How::Median(span) => Cell { spans: span(fact).into_iter().collect(), ..Cell::default() },
    }
}

/// The head of the row in which a fact is counted.
fn key(by: By, fact: &Fact<'_>) -> String {
    let key = by.of(fact);
    if key.is_empty() { UNKNOWN.to_owned() } else { key.to_owned() }
}

/// Whether what is counted under `key` is part of the row called `row`.
fn is_within(layout: &Layout, key: &[String], row: &str) -> bool {
    let is_in_area =
        |also: bool| key.first().is_some_and(|at| is_state(at) || (also && is_outside(at)));
    match row {
        _ if layout.by.is_empty() => true,
        TOTAL => true,
        TOTAL_EU if layout.rows == Rows::Area => is_in_area(false),
        TOTAL_EEA if layout.rows == Rows::Area => is_in_area(true),
        row => key.join(SEPARATOR) == row,
    }
}

const SEPARATOR: &str = " / ";

fn is_state(country: &str) -> bool {
    MEMBER_STATES.contains(&country)
}

fn is_outside(country: &str) -> bool {
    OUTSIDE_UNION.contains(&country)
}

/// The rows with small ones put together, if there are several breakdowns.
fn merged(
    layout: &Layout,
    rows: &BTreeMap<Vec<String>, Cells>,
    small: u64,
) -> BTreeMap<Vec<String>, Cells> {
    if small == 0 || layout.by.len() < 2 {
        return rows.clone();
    }
    let size = |cells: &Cells| cells.iter().map(|cell| cell.count.max(cell.of)).max().unwrap_or(0);
    let mut merged: BTreeMap<Vec<String>, Cells> = BTreeMap::new();
    // By the first breakdown: what is small is added to the others of the same.
    let mut groups: BTreeMap<&String, Vec<(&Vec<String>, &Cells)>> = BTreeMap::new();
    for (key, cells) in rows {
        groups.entry(&key[0]).or_default().push((key, cells));
    }
    for (first, mut group) in groups {
        group.sort_by_key(|(_, cells)| size(cells));
        let is_small = |(_, cells): &&(&Vec<String>, &Cells)| size(cells) < small;
        let mut count = group.iter().take_while(is_small).count();
        // One small row alone would follow from the sum: the next joins it.
        let together =
            |count: usize| group[..count].iter().map(|(_, cells)| size(cells)).sum::<u64>();
        while count > 0 && count < group.len() && (count < 2 || together(count) < small) {
            count += 1;
        }
        let mut other = vec![first.clone()];
        other.resize(layout.by.len(), OTHER.to_owned());
        for (at, (key, cells)) in group.into_iter().enumerate() {
            let key = if at < count { other.clone() } else { key.clone() };
            let into = merged.entry(key).or_insert_with(|| vec![Cell::default(); cells.len()]);
            into.iter_mut().zip(cells).for_each(|(cell, more)| cell.absorb(more));
        }
    }
    merged
}

fn table(layout: &Layout, rows: &BTreeMap<Vec<String>, Cells>, small: u64) -> Table {
    let width = layout.measures.len();
    let sum = |is_in: &dyn Fn(&str) -> bool| {
        let mut sum = vec![Cell::default(); width];
        for (key, cells) in rows {
            if key.first().is_none_or(|first| is_in(first)) {
                sum.iter_mut().zip(cells).for_each(|(cell, more)| cell.absorb(more));
            }
        }
        sum
    };
    let written = |cells: &Cells| -> Vec<String> {
        let cells = cells.iter().zip(layout.measures);
        cells.map(|(cell, measure)| cell.text(measure.how)).collect()
    };
    if layout.by.is_empty() {
        // One column: a row for each measure.
        let texts = written(&sum(&|_| true));
        let pairs = layout.measures.iter().zip(texts);
        let rows = pairs.map(|(one, text)| vec![one.name.to_owned(), text]).collect();
        return made(layout, vec![FIGURE.to_owned(), TOTAL.to_owned()], rows, small);
    }
    let mut header: Vec<String> = layout.by.iter().map(|by| by.name().to_owned()).collect();
    header.extend(layout.measures.iter().map(|one| one.name.to_owned()));
    let total = |name: &str, cells: &Cells| {
        let mut row = vec![name.to_owned()];
        row.resize(layout.by.len(), String::new());
        row.extend(written(cells));
        row
    };
    let mut all: Vec<Vec<String>> = Vec::new();
    let line = |key: &[String], cells: &Cells| [key.to_vec(), written(cells)].concat();
    match layout.rows {
        Rows::Seen => {
            all.extend(rows.iter().map(|(key, cells)| line(key, cells)));
            all.push(total(TOTAL, &sum(&|_| true)));
        }
        Rows::Area => {
            let nothing = vec![Cell::default(); width];
            for state in MEMBER_STATES.iter().chain(OUTSIDE_UNION) {
                let key = vec![(*state).to_owned()];
                all.push(line(&key, rows.get(&key).unwrap_or(&nothing)));
            }
            all.push(total(TOTAL_EU, &sum(&is_state)));
            all.push(total(TOTAL_EEA, &sum(&|at| is_state(at) || is_outside(at))));
            all.push(total(TOTAL, &sum(&|_| true)));
        }
    }
    made(layout, header, all, small)
}

fn made(layout: &Layout, header: Vec<String>, rows: Vec<Vec<String>>, small: u64) -> Table {
    let is_merged = small > 0 && layout.by.len() > 1;
    let note = is_merged
        .then(|| format!("Rows with fewer than {small} are put together under “{OTHER}”."));
    let names = layout.by.len().max(1);
    Table {
        name: layout.name.to_owned(),
        title: layout.title.to_owned(),
        measures: layout.measures.iter().map(|one| one.id.to_owned()).collect(),
        names: (0..names).collect(),
        figures: (names..header.len()).collect(),
        header,
        rows,
        note: note.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use types::{Automation, Effect};

    use super::*;
    use crate::account::fact::{Kind, Restriction};
    use crate::account::layouts;
    use crate::statement::Source;

    fn removal<'a>(country: &'a str, policy: &'a str, id: u64) -> Fact<'a> {
        Fact {
            entry: Entry::Decision(format!("d-{id}")),
            policy,
            category: "SCAMS_AND_FRAUD",
            keywords: &[],
            country,
            kind: Kind::Restriction(Restriction {
                effects: &[Effect::Remove],
                is_of_content: true,
                automation: Automation::Fully,
                source: Source::Voluntary,
                after_ms: Some(1000),
                views: None,
                is_synthetic: false,
            }),
        }
    }

    fn cell(tables: &[Table], table: &str, row: &str, measure: &str) -> String {
        let table = tables.iter().find(|one| one.name == table).unwrap();
        let at = table.rows.iter().position(|cells| table.row_name(cells) == row).unwrap();
        let column = (0..table.header.len())
            .find(|at_column| table.measure(at, *at_column) == Some(measure));
        table.rows[at][column.unwrap()].clone()
    }

    #[test]
    fn each_figure_is_made_of_the_entries_that_are_shown_behind_it() {
        let spots = [
            ("by_country", "FR", "removals", 3),
            ("by_country", TOTAL, "removals", 5),
            ("by_country_and_policy", "FR / spam", "removals", 2),
            ("all", "Removed", "removals", 5),
            ("by_policy", "spam", "removals", 3),
        ];
        for (table, row, measure, count) in spots {
            let spot = Spot { table: table.into(), row: row.into(), measure: measure.into() };
            let mut counts = Counts::new(layouts("enforcement")).watching(spot);
            let all =
                [("FR", "spam"), ("FR", "spam"), ("FR", "hate"), ("DE", "spam"), ("", "hate")];
            for (id, (country, policy)) in (0..).zip(all) {
                counts.add(&removal(country, policy, id));
            }
            assert_eq!(cell(&counts.tables(0), table, row, measure), count.to_string(), "{table}");
            assert_eq!(counts.found().len(), count, "{table} {row}");
        }
    }

    #[test]
    fn a_share_of_nothing_is_blank_and_a_ratio_takes_two_kinds_of_facts() {
        let mut counts = Counts::new(layouts("enforcement"));
        counts.add(&removal("FR", "spam", 1));
        let uploads = Fact {
            entry: Entry::Uploads,
            kind: Kind::Uploads(8),
            policy: "",
            ..removal("FR", "", 0)
        };
        counts.add(&uploads);
        let tables = counts.tables(0);
        assert_eq!(cell(&tables, "all", "Share removed before any view", "removals.unseen"), "");
        assert_eq!(
            cell(&tables, "all", "Share of what was posted", "removals.of_uploads"),
            "0.125"
        );
        assert_eq!(cell(&tables, "by_country", "FR", "removals.of_uploads"), "0.125");
    }

    #[test]
    fn small_rows_are_put_together_for_the_public_and_none_follows_from_the_sum() {
        let mut counts = Counts::new(layouts("enforcement"));
        let mut add = |policy: &str, count: u64| {
            (0..count).for_each(|id| counts.add(&removal("FR", policy, id)));
        };
        add("a", 1);
        add("b", 20);
        add("c", 30);
        let rows = |small: u64| {
            let tables = counts.tables(small);
            let table = tables.into_iter().find(|one| one.name == "by_country_and_policy").unwrap();
            table.rows.iter().map(|row| (row[1].clone(), row[2].clone())).collect::<Vec<_>>()
        };
        let row = |name: &str, count: &str| (name.to_owned(), count.to_owned());
        let exact = [row("a", "1"), row("b", "20"), row("c", "30"), row("", "51")];
        assert_eq!(rows(0), exact);
        // Alone, "Other" would be "a": the next smallest joins it.
        assert_eq!(rows(5), [row(OTHER, "21"), row("c", "30"), row("", "51")]);
    }

    #[test]
    fn the_codes_tables_have_a_row_for_each_state_and_three_totals() {
        let mut counts = Counts::new(layouts("conduct"));
        for (id, country) in (0..).zip(["FR", "NO", "US", ""]) {
            counts.add(&removal(country, "civic.voting", id));
        }
        let tables = counts.tables(0);
        let table = tables.iter().find(|one| one.name == "sli_18_2_1_civic").unwrap();
        assert_eq!(table.rows.len(), 27 + 3 + 3);
        for (row, count) in
            [("FR", "1"), ("AT", "0"), (TOTAL_EU, "1"), (TOTAL_EEA, "2"), (TOTAL, "4")]
        {
            assert_eq!(cell(&tables, "sli_18_2_1_civic", row, "removals"), count, "{row}");
        }
    }
}
