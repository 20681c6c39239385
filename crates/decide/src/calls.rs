//! The calls of a condition: functions of CEL, and functions over signals and facts.

use std::ops::Range;

use cel::common::ast::{CallExpr, IdedExpr};
use types::{Kind, ListKind};

use crate::ast::{Literal, Op, TextTest};
use crate::check::Checker;
use crate::diagnostic::suggestion;
use crate::eval::{MOMENTS_MS, SPAN_MS_MAX};
use crate::function::{Argument, FUNCTIONS, Function, Takes, VELOCITY_SPANS};

impl Checker<'_> {
    pub(crate) fn function(
        &mut self,
        name: &str,
        call: &CallExpr,
        span: &Range<usize>,
    ) -> Option<(Op, Kind)> {
        let args = call.args.as_slice();
        match (name, call.target.as_deref(), args) {
            ("size", None, [x]) | ("size", Some(x), []) => self.size(x),
            ("contains" | "startsWith" | "endsWith", Some(x), [y]) => {
                let x = self.expect(x, Kind::Str);
                let y = self.expect(y, Kind::Str);
                let test = match name {
                    "contains" => TextTest::Contains,
                    "startsWith" => TextTest::StartsWith,
                    _ => TextTest::EndsWith,
                };
                Some((Op::Text(test, Box::new(x?), Box::new(y?)), Kind::Bool))
            }
            ("matches", Some(x), [pattern]) => self.matches(x, pattern),
            ("seen", None, [counter]) => self.seen(counter),
            ("timestamp", None, [text]) => self.moment(text),
            ("duration", None, [text]) => self.span_of_time(text),
            (_, None, _) => match Function::find(name) {
                Some(function) => self.signal(function, args, span),
                None => self.unknown_function(name, span),
            },
            _ => self.unknown_function(name, span),
        }
    }

    fn unknown_function(&mut self, name: &str, span: &Range<usize>) -> Option<(Op, Kind)> {
        let standard = [
            "size",
            "contains",
            "startsWith",
            "endsWith",
            "matches",
            "timestamp",
            "duration",
            "has",
            "seen",
        ];
        let known = FUNCTIONS.iter().map(|function| function.name).chain(standard);
        let hint = match suggestion(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`probity rules functions` lists all functions".to_owned(),
        };
        self.error_with(
            "E005",
            span,
            format!("there is no function `{name}` of these arguments"),
            hint,
        );
        None
    }

    /// Whether a counter is known, for counters that can be unknown.
    fn seen(&mut self, counter: &IdedExpr) -> Option<(Op, Kind)> {
        let expr = self.expr(counter)?;
        if let Op::Counter(number) = expr.op {
            return Some((Op::Seen(number), Kind::Bool));
        }
        self.refuse("E007", &expr.span, "`seen` asks for a declared counter")
    }

    fn size(&mut self, x: &IdedExpr) -> Option<(Op, Kind)> {
        let x = self.expr(x)?;
        if matches!(x.kind, Kind::Str | Kind::Strs) {
            return Some((Op::Size(Box::new(x)), Kind::Int));
        }
        self.error("E006", &x.span, format!("{} has no size", x.kind.with_article()));
        None
    }

    fn matches(&mut self, x: &IdedExpr, pattern: &IdedExpr) -> Option<(Op, Kind)> {
        let x = self.expect(x, Kind::Str);
        let pattern = self.written(pattern, "a regular expression")?;
        if let Err(error) = crate::compile::pattern(&pattern.0) {
            let message =
                format!("not a regular expression: {}", error.to_string().replace('\n', " "));
            self.error("E007", &pattern.1, message);
            return None;
        }
        Some((Op::Matches(Box::new(x?), pattern.0), Kind::Bool))
    }

    /// A text literal in the rule, with its span.
    fn written(&mut self, tree: &IdedExpr, what: &str) -> Option<(String, Range<usize>)> {
        let expr = self.expr(tree)?;
        if let Op::Literal(Literal::Str(text)) = expr.op {
            return Some((text, expr.span));
        }
        self.error("E007", &expr.span, format!("{what} must be written out in quotes"));
        None
    }

    fn moment(&mut self, text: &IdedExpr) -> Option<(Op, Kind)> {
        let (text, span) = self.written(text, "a time")?;
        if let Ok(time) = text.parse::<jiff::Timestamp>()
            && MOMENTS_MS.contains(&time.as_millisecond())
        {
            return Some((Op::Literal(Literal::Time(time.as_millisecond())), Kind::Time));
        }
        let hint = "write it like 2024-11-24T00:00:00Z".to_owned();
        self.error_with("E007", &span, format!("`{text}` is not a time"), hint);
        None
    }

    fn span_of_time(&mut self, text: &IdedExpr) -> Option<(Op, Kind)> {
        let (text, span) = self.written(text, "a duration")?;
        if let Some(ms) = duration_ms(&text).filter(|ms| ms.unsigned_abs() <= SPAN_MS_MAX) {
            return Some((Op::Literal(Literal::Duration(ms)), Kind::Duration));
        }
        let hint = "write it like 90s, 10m, 1h or 7d".to_owned();
        self.error_with("E007", &span, format!("`{text}` is not a duration"), hint);
        None
    }

    fn signal(
        &mut self,
        function: &'static Function,
        args: &[IdedExpr],
        span: &Range<usize>,
    ) -> Option<(Op, Kind)> {
        let kind = function.kind;
        let argument = match (function.takes, args) {
            (Takes::Nothing, []) => Argument::None,
            (Takes::List(of), [list]) => Argument::List(self.list(list, of)?),
            (Takes::Text, [text]) => Argument::Text(self.written(text, "a reason")?.0),
            (Takes::Span, [span]) => Argument::Span(self.velocity_span(span)?),
            (Takes::Number, [number]) => Argument::Number(self.threshold(number)?),
            (Takes::ValueAndList, [value, list]) => {
                let value = self.expr(value);
                let list = self.list(list, ListKind::Values)?;
                let value = value?;
                if matches!(value.kind, Kind::Str | Kind::Strs) {
                    return Some((Op::Listed(Box::new(value), list), kind));
                }
                let message = format!("{} cannot stand in a list", value.kind.with_article());
                return self.refuse("E006", &value.span, &message);
            }
            _ => {
                let hint = format!("write `{}`", function.signature());
                let message = format!("`{}` takes other arguments", function.name);
                self.error_with("E007", span, message, hint);
                return None;
            }
        };
        Some((Op::Query(function.query(argument)), kind))
    }

    fn velocity_span(&mut self, tree: &IdedExpr) -> Option<usize> {
        let (text, span) = self.written(tree, "a time constant")?;
        let found = VELOCITY_SPANS.iter().position(|known| *known == text);
        if found.is_none() {
            let hint = format!("the time constants are {}", VELOCITY_SPANS.join(", "));
            self.error_with("E007", &span, format!("`{text}` is no time constant"), hint);
        }
        found
    }

    fn threshold(&mut self, tree: &IdedExpr) -> Option<u64> {
        let expr = self.expr(tree)?;
        match expr.op {
            Op::Literal(Literal::Int(number)) if number > 0 => u64::try_from(number).ok(),
            _ => self.refuse("E007", &expr.span, "this must be a positive number, written out"),
        }
    }

    /// The number of the list that `tree` names.
    fn list(&mut self, tree: &IdedExpr, wanted: ListKind) -> Option<u16> {
        let (name, span) = self.written(tree, "the name of a list")?;
        let lists = &self.names.lists;
        let Some(number) = lists.iter().position(|(known, _)| *known == name) else {
            let hint = match suggestion(&name, lists.iter().map(|(name, _)| name.as_str())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add the file lists/{name}.txt"),
            };
            self.error_with("E008", &span, format!("there is no list `{name}`"), hint);
            return None;
        };
        let kind = lists[number].1;
        if kind == wanted {
            return u16::try_from(number).ok();
        }
        let message =
            format!("the list `{name}` holds {}, this asks for {}", kind.name(), wanted.name());
        let hint = format!("its first line says `# kind: {}`", kind.name());
        self.error_with("E008", &span, message, hint);
        None
    }
}

/// Milliseconds of `90s`, `10m`, `1h30m`, `7d`, `1.5h`, `-1s`; `None` for anything else, and for
/// durations that are no whole number of milliseconds.
pub(crate) fn duration_ms(text: &str) -> Option<i64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let (unit, unit_nanos) = UNITS.iter().copied().find(|(unit, _)| after.starts_with(unit))?;
        nanos = nanos.checked_add(scaled(number, unit_nanos)?)?;
        rest = &after[unit.len()..];
    }
    if nanos % 1_000_000 != 0 {
        return None;
    }
    i64::try_from(sign * nanos / 1_000_000).ok()
}

/// Units in nanoseconds. A unit that is a prefix of another comes after it.
const UNITS: &[(&str, i128)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
];

/// `number`, digits with at most one point, times `unit`, if the product is whole.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && part.is_empty() || part.len() > 15 {
        return None;
    }
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    let scale = 10_i128.pow(u32::try_from(part.len()).ok()?);
    let scaled = digits.checked_mul(unit)?;
    (scaled % scale == 0).then_some(scaled / scale)
}
