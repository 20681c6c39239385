//! Numbers as providers write them.

/// How a number is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing: the figure does not apply.
    Blank,
    /// Digits only.
    Whole,
    /// Digits with a decimal point.
    Decimal,
    /// With separators between groups of three digits.
    Grouped,
    /// With a percent sign.
    Percent,
    /// Anything else: a range, a unit, a sign, a word.
    Words,
}

/// A cell that should hold a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// How it is written.
    pub form: Form,
    /// What it says; `None` for blanks and words.
    pub value: Option<f64>,
}

/// Reads a cell. Space around the number does not matter.
pub fn number(cell: &str) -> Number {
    let cell = cell.trim();
    if cell.is_empty() {
        return Number { form: Form::Blank, value: None };
    }
    if cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return written(Form::Whole, cell);
    }
    if is_decimal(cell) {
        return written(Form::Decimal, cell);
    }
    if let Some(share) = cell.strip_suffix('%').map(str::trim_end) {
        let share = number(share);
        let is_number = matches!(share.form, Form::Whole | Form::Decimal);
        let value = share.value.filter(|_| is_number).map(|percent| percent / 100.0);
        return Number { form: if is_number { Form::Percent } else { Form::Words }, value };
    }
    grouped(cell).unwrap_or(Number { form: Form::Words, value: None })
}

fn written(form: Form, digits: &str) -> Number {
    Number { form, value: digits.parse().ok() }
}

fn is_decimal(cell: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    cell.split_once('.').is_some_and(|(whole, rest)| is_digits(whole) && is_digits(rest))
}

/// `1,056,752`, `1 056 752`, `1'056'752`, `1.056.752` and `335,474.00`.
fn grouped(cell: &str) -> Option<Number> {
    let is_separator = |c: char| matches!(c, ',' | ' ' | '\'' | '’' | '.' | '\u{a0}' | '\u{202f}');
    let separator = cell.chars().find(|c| is_separator(*c))?;
    let (whole, rest) = match cell.rsplit_once('.') {
        Some((whole, rest)) if separator != '.' => (whole, Some(rest)),
        _ => (cell, None),
    };
    let groups: Vec<_> = whole.split(separator).collect();
    let (first, others) = groups.split_first()?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = matches!(first.len(), 1..=3)
        && !first.starts_with('0')
        && !others.is_empty()
        && others.iter().all(|group| group.len() == 3)
        && groups.iter().chain(rest.iter()).all(|part| is_digits(part));
    is_grouped
        .then(|| written(Form::Grouped, &format!("{}.{}", groups.concat(), rest.unwrap_or("0"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_written() {
        for (cell, form, value) in [
            ("", Form::Blank, None),
            (" \u{a0}", Form::Blank, None),
            ("0 ", Form::Whole, Some(0.0)),
            ("46000000", Form::Whole, Some(46_000_000.0)),
            ("14.0", Form::Decimal, Some(14.0)),
            ("1,056,752", Form::Grouped, Some(1_056_752.0)),
            ("1\u{202f}056", Form::Grouped, Some(1_056.0)),
            ("1.056.752", Form::Grouped, Some(1_056_752.0)),
            ("335,474.00", Form::Grouped, Some(335_474.0)),
            ("98.5%", Form::Percent, Some(0.985)),
            ("50 %", Form::Percent, Some(0.5)),
            ("<5%", Form::Words, None),
            ("2,5", Form::Words, None),
            ("0,428", Form::Words, None),
            ("> 45", Form::Words, None),
            ("2.1 - 2.6", Form::Words, None),
            ("6.27 hours", Form::Words, None),
            ("-3", Form::Words, None),
            ("1e6", Form::Words, None),
            (".", Form::Words, None),
            ("%", Form::Words, None),
            ("NaN", Form::Words, None),
        ] {
            assert_eq!(number(cell), Number { form, value }, "{cell}");
        }
    }
}
