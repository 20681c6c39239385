//! Makes reports of all regimes: counts, puts figures into tables and texts beside them, and finds
//! what a figure is made of.

use std::collections::BTreeMap;

use documents::account::{Counts, Regime, Spot, layouts};
use documents::conduct::{self, Answers};
use documents::report::{
    Figures, Period, Profile, Texts, definitions::DEFINITIONS, place_at, tables,
};
use documents::tables::{Entry, Section, Table, filled, named_figures};
use engine::Error;
use store::Store;

use crate::reports::book::CellQuery;
use crate::reports::{Counting, count, facts};

/// The name of the harmonised report, which has its own template.
pub const DSA: &str = "dsa";

/// The name of the report under the Code of Conduct on Disinformation, which follows the Code.
pub const CONDUCT: &str = "conduct";

/// What a report says beside its figures.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Texts by the name of their file without ending.
    pub texts: Texts,
    /// What is answered under the Code of Conduct on Disinformation.
    pub answers: Answers,
    /// The title of the report before; `None` if there is none.
    pub previous: Option<String>,
}

/// A report to make.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Of which kind.
    pub regime: &'a Regime,
    /// What is counted.
    pub counting: &'a Counting,
    /// What is said beside it.
    pub words: &'a Words,
    /// As in [`Counts::tables`].
    pub small_below: u64,
}

/// A report that is made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Its tables, exact.
    pub tables: Vec<Table>,
    /// The tables for the public: small rows are put together.
    pub public: Vec<Table>,
    /// What is said beside them.
    pub sections: Vec<Section>,
    /// What is not measured, and why.
    pub gaps: Vec<String>,
    /// What is still to be written.
    pub missing: Vec<String>,
}

/// Counts and makes a report; `progress` gets the share done, from 0 to 1.
///
/// # Errors
///
/// Any [`store::Error`] of reading, and if something stored cannot be read.
pub async fn make(
    store: &Store,
    asked: &Asked<'_>,
    progress: &mut (dyn FnMut(f64) + Send),
) -> Result<Made, Error> {
    let Asked { regime, counting, words, small_below } = *asked;
    if regime.id == DSA {
        let mut entries = |at| progress(share(at, counting.size));
        let figures = count(store, counting, Figures::default(), &mut entries).await?;
        return Ok(harmonised((&counting.profile, counting.period), &figures, &words.texts));
    }
    let mut counts = Counts::new(layouts(regime.id));
    let mut entries = |at| progress(share(at, counting.size * facts::PASSES));
    facts::each(store, counting, &mut |fact| counts.add(fact), &mut entries).await?;
    let tables = counts.tables(0);
    let (sections, missing) = said(regime, words, &tables);
    let public = counts.tables(small_below);
    let gaps = erased(store, counting).await?;
    Ok(Made { tables, public, sections, gaps, missing })
}

/// What is not counted since it was erased.
async fn erased(store: &Store, counting: &Counting) -> Result<Vec<String>, Error> {
    let between = (counting.period.first_ms(), counting.period.end_ms());
    let count = store.erased_decisions(between, counting.size).await?;
    let words = || {
        format!(
            "{count} decisions of the period are not counted, since what they were about was erased \
             at the request of the persons concerned."
        )
    };
    Ok((count > 0).then(words).into_iter().collect())
}

#[expect(clippy::cast_precision_loss, reason = "a share is shown, not counted")]
fn share(at: u64, of: u64) -> f64 {
    if of == 0 { 1.0 } else { at as f64 / of as f64 }
}

fn harmonised(who: (&Profile, Period), figures: &Figures, texts: &Texts) -> Made {
    let (tables, missing) = tables(who, figures, texts);
    let gap = |(sheet, what, why): (documents::template::SheetId, &str, &str)| {
        format!("sheet {}, {what}: {why}", sheet.number())
    };
    Made {
        public: tables.clone(),
        tables,
        sections: Vec::new(),
        gaps: figures.gaps().map(gap).collect(),
        missing: missing.into_iter().map(|missing| missing.0).collect(),
    }
}

/// What the law asks for in words, with figures in it, and all tables behind.
fn said(regime: &Regime, words: &Words, tables: &[Table]) -> (Vec<Section>, Vec<String>) {
    if regime.id == CONDUCT {
        return conduct::sections(&words.answers, tables, words.previous.as_deref());
    }
    let figures = named_figures(tables);
    let (mut sections, mut missing) = (Vec::new(), Vec::new());
    for (name, what) in regime.texts {
        let text = words.texts.0.get(*name).map(|text| text.trim()).unwrap_or_default();
        let text = match filled(text, &figures) {
            Ok(text) if !text.is_empty() => text,
            other => {
                let why = other.err().unwrap_or_else(|| (*what).to_owned());
                missing.push(format!("the text `{name}`: {why}"));
                // The reader is to see that something lacks.
                conduct::NOT_PROVIDED.to_owned()
            }
        };
        sections.push(Section { level: 1, title: (*what).to_owned(), text, tables: Vec::new() });
    }
    for table in tables {
        let (title, tables) = (table.title.clone(), vec![table.name.clone()]);
        sections.push(Section { level: 1, title, text: String::new(), tables });
    }
    (sections, missing)
}

/// The definitions of a regime with their versions.
#[must_use]
pub fn definitions(regime: &Regime) -> BTreeMap<String, u32> {
    if regime.id == DSA {
        return DEFINITIONS.iter().map(|one| (one.id.to_owned(), one.version)).collect();
    }
    let layouts = layouts(regime.id);
    let measures = layouts.iter().flat_map(|layout| layout.measures);
    measures.map(|one| (one.id.to_owned(), one.version)).collect()
}

/// What the figure in a cell of the `tables` of a report is made of; `None` if the cell holds no
/// figure that is counted.
///
/// # Errors
///
/// As [`make`].
pub async fn behind(
    store: &Store,
    (regime, counting): (&Regime, &Counting),
    tables: &[Table],
    cell: &CellQuery,
) -> Result<Option<Vec<Entry>>, Error> {
    let CellQuery { row, column, .. } = *cell;
    let Some(table) = tables.iter().find(|table| table.name == cell.table) else {
        return Ok(None);
    };
    let mut quiet = |_| {};
    if regime.id == DSA {
        let Some(place) = place_at(&table.name, row, column) else { return Ok(None) };
        let figures = count(store, counting, Figures::watching(place), &mut quiet).await?;
        return Ok(Some(figures.found().to_vec()));
    }
    let (Some(cells), Some(measure)) = (table.rows.get(row), table.measure(row, column)) else {
        return Ok(None);
    };
    let spot =
        Spot { table: table.name.clone(), row: table.row_name(cells), measure: measure.to_owned() };
    let mut counts = Counts::new(layouts(regime.id)).watching(spot);
    facts::each(store, counting, &mut |fact| counts.add(fact), &mut quiet).await?;
    Ok(Some(counts.found().to_vec()))
}
