//! Measures: restrictions on the platform's own initiative (sheets 5 and 6), and how far they were
//! automated (sheet 8).

use std::collections::{BTreeMap, HashMap};

use documents::report::{Class, Figures, Place};
use documents::statement::{Source, Statement, Terms};
use documents::tables::Entry;
use documents::template::{ACCURACY_INDICATORS, LANGUAGES, SHEETS, SheetId};
use engine::Error;
use store::Store;
use types::{Automation, Effect};

use crate::reports::Counting;
use crate::statements::mapper::{Depth, Mapper, Stated};

/// Entries read at a time.
const CHUNK: u64 = 4000;

const OWN: &str = "Own-initiative";
const TOTAL_NUMBER: &str = "Total number";
const AUTOMATED: [&str; 2] = [
    "Number of measures solely taken by automated means",
    "Number of measures not taken by automated means",
];

/// What people said of contents that rules restricted: how many they reviewed, and in how many they
/// found a violation, by language; empty for all.
type Reviewed = BTreeMap<String, (u64, u64)>;

pub(super) async fn count(
    store: &Store,
    counting: &Counting,
    figures: &mut Figures,
    progress: &mut (dyn FnMut(u64) + Send),
) -> Result<(), Error> {
    let terms = Terms { is_for_figures: true, ..counting.terms.clone() };
    let mut mapper = Mapper::of_all(store.clone(), terms, Depth::Figures);
    let (mut from, mut reviewed) = (0, Reviewed::new());
    let mut alike: HashMap<Alike, (Stated, u64)> = HashMap::new();
    while from < counting.size {
        let until = (from + CHUNK).min(counting.size);
        for one in mapper.read(from, until).await? {
            if !counting.period.contains(one.decision.time) {
                continue;
            }
            review(&one, &mut reviewed);
            match one.told.alike.filter(|_| !figures.is_watching()) {
                Some(like) => {
                    let key = (like, one.decision.language.clone());
                    alike.entry(key).or_insert((one, 0)).1 += 1;
                }
                None => {
                    figures.of(|| Entry::Decision(one.decision.id.0.clone()));
                    measure(figures, &one, 1);
                }
            }
        }
        progress(until);
        from = until;
    }
    for (one, count) in alike.values() {
        measure(figures, one, *count);
    }
    precision(figures, &reviewed);
    let words = "By language of the content, where it is known and official in the Union.";
    AUTOMATED.iter().for_each(|what| figures.explain(SheetId::Automated, what, words));
    erased(store, counting, figures).await
}

/// Says how many decisions of the period were erased since: they are not counted.
async fn erased(store: &Store, counting: &Counting, figures: &mut Figures) -> Result<(), Error> {
    let (first, end) = (counting.period.first_ms(), counting.period.end_ms());
    let count = store.erased_decisions((first, end), counting.size).await?;
    if count > 0 {
        let words = format!(
            "{count} decisions of the period are not counted, since what they were about was \
             erased at the request of the persons concerned."
        );
        for sheet in [SheetId::OwnIllegal, SheetId::OwnTerms] {
            let column = SHEETS[usize::from(sheet.number()) - 1].columns[5].name;
            figures.explain(sheet, column, &words);
        }
    }
    Ok(())
}

/// What decisions have in common that are counted in the same cells, and their language.
type Alike = (u64, Option<String>);

/// Counts measures that are counted in the same cells.
fn measure(figures: &mut Figures, stated: &Stated, count: u64) {
    let Ok(statement) = &stated.statement else { return };
    let is_own = statement.source_type == Source::Voluntary.code();
    let indicator = AUTOMATED[usize::from(stated.decision.automation != Automation::Fully)];
    figures.add(Place::of(SheetId::Automated, indicator, TOTAL_NUMBER), count);
    let language = stated.decision.language.as_deref().and_then(types::language::code);
    if let Some(language) = language.filter(|code| LANGUAGES.contains(&code.as_str())) {
        figures.add(Place::of(SheetId::Automated, indicator, &language), count);
    }
    if !is_own {
        return;
    }
    figures.add(Place::of(SheetId::Automated, indicator, OWN), count);
    let dsa = &stated.decision.dsa;
    let sheet = if dsa.law.is_some() { SheetId::OwnIllegal } else { SheetId::OwnTerms };
    let other = statement.category_specification_other.as_deref();
    let ground = statement.incompatible_content_ground.as_deref();
    let class = Class {
        category: &dsa.category,
        keyword: dsa.keywords.first().map(String::as_str),
        other: other.or(ground).or(dsa.law.as_deref()).unwrap_or("Other"),
        scope: None,
    };
    for column in columns(sheet, statement) {
        figures.add_class((sheet, column), &class, count);
    }
}

/// The columns of sheets 5 and 6 in which a statement is counted.
fn columns(sheet: SheetId, statement: &Statement) -> Vec<&'static str> {
    let names: Vec<&'static str> =
        SHEETS[usize::from(sheet.number()) - 1].header().skip(5).collect();
    let visibility = |at: &str| statement.decision_visibility.iter().any(|code| code.ends_with(at));
    let is = |field: &Option<String>, end: &str| {
        field.as_deref().is_some_and(|code| code.ends_with(end))
    };
    let counted = [
        true,
        statement.automated_detection == "Yes",
        visibility("CONTENT_REMOVED"),
        visibility("CONTENT_DISABLED"),
        visibility("CONTENT_DEMOTED"),
        visibility("CONTENT_AGE_RESTRICTED"),
        visibility("CONTENT_INTERACTION_RESTRICTED"),
        visibility("CONTENT_LABELLED"),
        visibility("VISIBILITY_OTHER"),
        is(&statement.decision_monetary, "SUSPENSION"),
        is(&statement.decision_monetary, "TERMINATION"),
        is(&statement.decision_monetary, "OTHER"),
        is(&statement.decision_provision, "SUSPENSION"),
        is(&statement.decision_provision, "TERMINATION"),
        is(&statement.decision_account, "SUSPENDED"),
        is(&statement.decision_account, "TERMINATED"),
    ];
    names
        .into_iter()
        .zip(counted)
        .filter(|(_, is_counted)| *is_counted)
        .map(|(name, _)| name)
        .collect()
}

/// Counts what people said of what rules had restricted.
fn review(stated: &Stated, reviewed: &mut Reviewed) {
    if !stated.told.is_review {
        return;
    }
    let restricts = stated.decision.effects.iter().any(Effect::restricts);
    let language = stated.decision.language.as_deref().and_then(types::language::code);
    for key in [Some(String::new()), language].into_iter().flatten() {
        let (all, confirmed) = reviewed.entry(key).or_default();
        *all += 1;
        *confirmed += u64::from(restricts);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of reviews are far below 2^53")]
fn precision(figures: &mut Figures, reviewed: &Reviewed) {
    let [accuracy, precision, recall] = ACCURACY_INDICATORS;
    for (language, (all, confirmed)) in reviewed {
        let scope = if language.is_empty() { TOTAL_NUMBER } else { language.as_str() };
        if language.is_empty() || LANGUAGES.contains(&language.as_str()) {
            let share = *confirmed as f64 / *all as f64;
            figures.share(Place::of(SheetId::Automated, precision, scope), share);
        }
    }
    let (all, confirmed) = reviewed.get("").copied().unwrap_or_default();
    let words = match all {
        0 => "No content that rules restricted was reviewed by people in the period.".to_owned(),
        _ => {
            let (low, high) = interval(confirmed, all);
            format!(
                "Of {all} contents that rules restricted and people reviewed afterwards, they found \
                 a violation in {confirmed} (95 % confidence interval {low:.3} to {high:.3}, \
                 Wilson). People review what rules, users or a random sample ask for."
            )
        }
    };
    figures.explain(SheetId::Automated, precision, &words);
    let why = "Not measured: what rules leave alone is reviewed only where somebody reports it, so \
               that neither missed violations nor their share are known.";
    figures.leave_blank(SheetId::Automated, accuracy, why);
    figures.leave_blank(SheetId::Automated, recall, why);
}

/// The 95 % confidence interval of a share (Wilson 1927).
#[expect(clippy::cast_precision_loss, reason = "counts of reviews are far below 2^53")]
fn interval(good: u64, all: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    let (n, p) = (all as f64, good as f64 / all as f64);
    let square = Z * Z;
    let middle = p + square / (2.0 * n);
    let width = Z * ((p * (1.0 - p) + square / (4.0 * n)) / n).sqrt();
    let scale = 1.0 + square / n;
    ((middle - width) / scale, (middle + width) / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_that_of_the_textbook() {
        // Newcombe 1998, table I: 81 of 263.
        let (low, high) = interval(81, 263);
        assert!((low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4, "{low} {high}");
    }

    #[test]
    fn a_statement_is_counted_in_each_column_of_its_restrictions() {
        let statement = Statement {
            decision_visibility: vec!["DECISION_VISIBILITY_CONTENT_REMOVED".to_owned()],
            decision_account: Some("DECISION_ACCOUNT_SUSPENDED".to_owned()),
            automated_detection: "No".to_owned(),
            ..Statement::default()
        };
        assert_eq!(
            columns(SheetId::OwnTerms, &statement),
            [
                "Number of measures taken at the provider's own initiative",
                "Visibility restriction Removal",
                "Account restriction Suspension",
            ]
        );
    }
}
