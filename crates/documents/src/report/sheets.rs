//! The eleven sheets, filled.

use std::collections::BTreeMap;

use crate::report::figures::{Figures, Place, Value};
use crate::report::period::Period;
use crate::report::profile::Profile;
use crate::report::texts::{Missing, Texts};
use crate::tables::Table;
use crate::template::{
    Applicability, CategoryRow, Column, IndicatorRow, Kind, Level, MEMBER_STATES, SHEETS, Sheet,
    SheetId, TOTAL, category_rows, indicator_rows,
};

/// What a report is made of.
struct Making<'a> {
    profile: &'a Profile,
    period: String,
    figures: &'a Figures,
    /// Figures that texts may name.
    named: BTreeMap<&'static str, String>,
    texts: &'a Texts,
    missing: Vec<Missing>,
}

/// The eleven sheets of a report, and what is missing in it.
#[must_use]
pub fn tables(
    (profile, period): (&Profile, Period),
    figures: &Figures,
    texts: &Texts,
) -> (Vec<Table>, Vec<Missing>) {
    let mut making = Making {
        profile,
        period: period.to_string(),
        figures,
        named: named(figures),
        texts,
        missing: Vec::new(),
    };
    let tables = SHEETS.iter().map(|sheet| {
        let mut rows: Vec<Vec<String>> = Vec::new();
        match sheet.id {
            SheetId::Identification => rows.extend(making.identification(period)),
            SheetId::Categories => rows.extend(categories()),
            SheetId::Qualitative => rows.extend(making.qualitative()),
            id if id.is_by_category() => rows.extend(making.by_category(sheet)),
            _ => rows.extend(making.by_indicator(sheet)),
        }
        table(sheet, rows)
    });
    let tables = tables.collect();
    (tables, making.missing)
}

fn table(sheet: &Sheet, rows: Vec<Vec<String>>) -> Table {
    let columns = |is: fn(Kind) -> bool| -> Vec<usize> {
        let columns = sheet.columns.iter().enumerate();
        columns.filter(|(_, column)| is(column.kind)).map(|(at, _)| at).collect()
    };
    Table {
        name: sheet.name.to_owned(),
        title: sheet.name.to_owned(),
        header: sheet.header().map(str::to_owned).collect(),
        rows,
        names: columns(|kind| matches!(kind, Kind::Category | Kind::Indicator | Kind::Scope)),
        figures: match sheet.id {
            // Their values are names, dates and texts.
            SheetId::Identification | SheetId::Qualitative => Vec::new(),
            _ => columns(|kind| matches!(kind, Kind::Count | Kind::Hours | Kind::Value)),
        },
        ..Table::default()
    }
}

/// The names by which texts call figures.
fn named(figures: &Figures) -> BTreeMap<&'static str, String> {
    let total = |sheet: SheetId, at: usize| {
        let scope = if sheet == SheetId::Orders { TOTAL } else { "" };
        let place = Place {
            sheet,
            row: TOTAL.to_owned(),
            under: String::new(),
            scope: scope.to_owned(),
            column: measured(sheet.sheet()).nth(at).map_or("", |column| column.name),
        };
        figures.count(&place).to_string()
    };
    BTreeMap::from([
        ("orders_to_act", total(SheetId::Orders, 0)),
        ("orders_to_inform", total(SheetId::Orders, 4)),
        ("notices", total(SheetId::Notices, 0)),
        ("notices_trusted", total(SheetId::Notices, 1)),
        ("measures_illegal", total(SheetId::OwnIllegal, 0)),
        ("measures_terms", total(SheetId::OwnTerms, 0)),
        ("measures_terms_automated", total(SheetId::OwnTerms, 1)),
        ("removals_terms", total(SheetId::OwnTerms, 2)),
    ])
}

/// The columns of a sheet that hold figures.
pub(crate) fn measured(sheet: &'static Sheet) -> impl Iterator<Item = &'static Column> {
    sheet.columns.iter().filter(|column| matches!(column.kind, Kind::Count | Kind::Hours))
}

fn categories() -> Vec<Vec<String>> {
    let row =
        |row: CategoryRow| vec![row.label, row.description.to_owned(), row.code, String::new()];
    category_rows(SheetId::Categories).map(row).collect()
}

/// Whom the rows of a sheet by category concern.
const fn applies(sheet: SheetId) -> Applicability {
    match sheet {
        SheetId::Notices => Applicability::Hosting,
        _ => Applicability::All,
    }
}

impl Making<'_> {
    fn identification(&mut self, period: Period) -> Vec<Vec<String>> {
        let profile = self.profile;
        let date = |date: Option<jiff::civil::Date>| date.map(|date| date.to_string());
        let values = [
            Some(profile.provider.clone()).filter(|name| !name.is_empty()),
            date(profile.published),
            date(profile.previous),
            Some(period.first.to_string()),
            Some(period.last.to_string()),
        ];
        let mut rows = Vec::new();
        for (row, value) in indicator_rows(SheetId::Identification).into_iter().zip(values) {
            // The first report has none before it.
            let may_lack = row.indicator.contains("previous");
            if value.is_none() && !may_lack {
                self.missing.push(Missing(format!("the profile: {}", row.indicator)));
            }
            rows.push(vec![
                row.applicability.as_str().to_owned(),
                profile.service.clone(),
                row.indicator.to_owned(),
                value.unwrap_or_default(),
            ]);
        }
        rows
    }

    fn qualitative(&mut self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for row in indicator_rows(SheetId::Qualitative) {
            let mut value = String::new();
            if self.profile.size.fills(row.applicability) {
                match self.texts.filled(row.indicator, &self.named) {
                    Ok(text) => value = text,
                    Err(missing) => self.missing.push(missing),
                }
            }
            rows.push(vec![
                row.applicability.as_str().to_owned(),
                self.profile.service.clone(),
                self.period.clone(),
                row.indicator.to_owned(),
                value,
            ]);
        }
        rows
    }

    fn by_category(&mut self, sheet: &'static Sheet) -> Vec<Vec<String>> {
        let rows = lines(sheet.id);
        rows.iter().map(|(row, under, scope)| self.category(sheet, row, (under, scope))).collect()
    }

    /// The row of one category or keyword.
    fn category(
        &self,
        sheet: &'static Sheet,
        row: &CategoryRow,
        (under, scope): (&str, &str),
    ) -> Vec<String> {
        let is_filled = self.profile.size.fills(applies(sheet.id));
        let place = |column: &'static str| Place {
            sheet: sheet.id,
            row: row.code.clone(),
            under: under.to_owned(),
            scope: scope.to_owned(),
            column,
        };
        let measures: Vec<&Column> = measured(sheet).collect();
        let contexts = sheet.columns.iter().position(|column| column.kind == Kind::Context);
        let cell = |(at, column): (usize, &Column)| match column.kind {
            Kind::Applicability => applies(sheet.id).as_str().to_owned(),
            Kind::Service => self.profile.service.clone(),
            Kind::Period => self.period.clone(),
            Kind::Category => row.code.clone(),
            Kind::Scope => scope.to_owned(),
            Kind::Description if row.level == Level::Keyword && row.code.ends_with("_OTHER") => {
                self.figures.other(sheet.id, under)
            }
            Kind::Count | Kind::Hours if is_filled => {
                self.figure(column.kind, &place(column.name)).unwrap_or_default()
            }
            // What is said of a column stands in the row of the total.
            Kind::Context if row.level == Level::Total && matches!(scope, "" | TOTAL) => {
                let of = contexts.and_then(|first| measures.get(at - first));
                let beside = of.and_then(|of| self.figures.beside(sheet.id, of.name));
                beside.unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        sheet.columns.iter().enumerate().map(cell).collect()
    }

    fn by_indicator(&mut self, sheet: &'static Sheet) -> Vec<Vec<String>> {
        indicator_rows(sheet.id).iter().map(|row| self.indicator(sheet, row)).collect()
    }

    fn indicator(&self, sheet: &'static Sheet, row: &IndicatorRow) -> Vec<String> {
        let is_filled = self.profile.size.fills(row.applicability);
        let place = Place::of(sheet.id, row.indicator, row.scope);
        let cell = |column: &Column| match column.kind {
            Kind::Applicability => row.applicability.as_str().to_owned(),
            Kind::Service => self.profile.service.clone(),
            Kind::Period => self.period.clone(),
            Kind::Section => row.section.to_owned(),
            Kind::Indicator => row.indicator.to_owned(),
            Kind::Scope => row.scope.to_owned(),
            Kind::Value if is_filled => self.figure(row.kind, &place).unwrap_or_default(),
            Kind::Context if is_filled => {
                self.figures.beside(sheet.id, row.indicator).unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        sheet.columns.iter().map(cell).collect()
    }

    /// The text of a figure; `None` if it is not measured or does not apply.
    fn figure(&self, kind: Kind, place: &Place) -> Option<String> {
        if self.figures.is_blank(place) {
            return None;
        }
        let value = match kind {
            Kind::Hours => Value::Hours(self.figures.median_hours(place)?),
            Kind::Share => Value::Share(self.figures.share_at(place)?),
            _ => Value::Count(self.figures.count(place)),
        };
        Some(value.text())
    }
}

/// The figure in a cell, rows counted from 0 below the header; `None` if the cell holds none.
#[must_use]
pub fn place_at(table: &str, row: usize, column: usize) -> Option<Place> {
    let sheet = SHEETS.iter().find(|sheet| sheet.name == table)?;
    let head = sheet.columns.get(column)?;
    match head.kind {
        Kind::Count | Kind::Hours if sheet.id.is_by_category() => {
            let (of, under, scope) = lines(sheet.id).into_iter().nth(row)?;
            Some(Place {
                sheet: sheet.id,
                row: of.code,
                under,
                scope: scope.to_owned(),
                column: head.name,
            })
        }
        Kind::Value if !matches!(sheet.id, SheetId::Identification | SheetId::Qualitative) => {
            let rows = indicator_rows(sheet.id);
            rows.get(row).map(|row| Place::of(sheet.id, row.indicator, row.scope))
        }
        _ => None,
    }
}

/// The rows of a sheet by category: each with the category that a keyword belongs to, and with its
/// scope. All categories with the total come first, then each category by member state.
fn lines(sheet: SheetId) -> Vec<(CategoryRow, String, &'static str)> {
    let rows = under(category_rows(sheet));
    if sheet != SheetId::Orders {
        return rows.into_iter().map(|(row, under)| (row, under, "")).collect();
    }
    let scoped = |scope: &'static str| {
        move |(row, under): &(CategoryRow, String)| (row.clone(), under.clone(), scope)
    };
    let mut all: Vec<_> = rows.iter().map(scoped(TOTAL)).collect();
    let by_state =
        rows.iter().flat_map(|row| MEMBER_STATES.iter().map(move |state| scoped(state)(row)));
    all.extend(by_state);
    all
}

/// The rows, each with the code of the category that a keyword belongs to.
fn under(rows: impl Iterator<Item = CategoryRow>) -> Vec<(CategoryRow, String)> {
    let mut category = String::new();
    rows.map(|row| {
        if row.level == Level::Category {
            category.clone_from(&row.code);
        }
        let under = if row.level == Level::Keyword { category.clone() } else { String::new() };
        (row, under)
    })
    .collect()
}
