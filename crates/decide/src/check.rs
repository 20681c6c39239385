//! Syntax tree to checked condition: resolves names and types, and reports errors with their place.

use std::ops::Range;

use cel::common::ast::{CallExpr, Expr as CelExpr, IdedExpr, LiteralValue, SourceInfo, operators};
use types::{FIELDS, Field, Kind, ListKind};

use crate::ast::{Arithmetic, Compare, Expr, Literal, Op};
use crate::cel_text;
use crate::diagnostic::{Diagnostic, suggestion};
use crate::function::{FUNCTIONS, Function};
use crate::span::TomlPlace;

/// The names that a policy set declares.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Name and type of each counter, by number.
    pub(crate) counters: Vec<(String, Kind)>,
    /// Name and kind of each list, by number.
    pub(crate) lists: Vec<(String, ListKind)>,
}

/// Checks the condition `text` at `place` of `file`; errors are added to `out`.
pub(crate) fn condition(
    names: &Names,
    file: &str,
    (text, place): (&str, &TomlPlace),
    out: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let expr = expression(names, file, (text, place), out)?;
    if expr.kind == Kind::Bool {
        return Some(expr);
    }
    let message = format!("a condition is a bool, this is {}", expr.kind.with_article());
    out.push(Diagnostic::error("E006", file, place.span(expr.span), message));
    None
}

/// Checks an expression of any type in the same way.
pub(crate) fn expression(
    names: &Names,
    file: &str,
    (text, place): (&str, &TomlPlace),
    out: &mut Vec<Diagnostic>,
) -> Option<Expr> {
    let (tree, info) = match cel_text::parse(text) {
        Ok(parsed) => parsed,
        Err(error) => {
            let span = place.span(error.span);
            let message = format!("not a valid condition: {}", error.message);
            let diagnostic = Diagnostic::error("E002", file, span, message);
            out.push(match error.hint {
                Some(hint) => diagnostic.hint(hint),
                None => diagnostic,
            });
            return None;
        }
    };
    Checker { names, file, text, place, info: &info, out }.expr(&tree)
}

pub(crate) struct Checker<'a> {
    pub(crate) names: &'a Names,
    file: &'a str,
    text: &'a str,
    place: &'a TomlPlace,
    info: &'a SourceInfo,
    out: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    pub(crate) fn error(&mut self, code: &'static str, span: &Range<usize>, message: String) {
        self.out.push(Diagnostic::error(code, self.file, self.place.span(span.clone()), message));
    }

    pub(crate) fn error_with(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: String,
        hint: String,
    ) {
        self.error(code, span, message);
        if let Some(last) = self.out.last_mut() {
            last.hint = Some(hint);
        }
    }

    pub(crate) fn expr(&mut self, tree: &IdedExpr) -> Option<Expr> {
        let span = cel_text::span(tree, self.text, self.info);
        let (op, kind) = match &tree.expr {
            CelExpr::Literal(literal) => self.literal(literal, &span)?,
            CelExpr::Ident(_) | CelExpr::Select(_) => self.name(tree, &span)?,
            CelExpr::Call(call) => self.call(call, &span)?,
            CelExpr::List(_) => {
                let message = "a list can only stand behind `in`".to_owned();
                self.error("E003", &span, message);
                return None;
            }
            CelExpr::Comprehension(_) => {
                let hint = "rules have no loops; use `in`, `listed` or `mentions`".to_owned();
                self.error_with("E003", &span, "macros are not part of rules".to_owned(), hint);
                return None;
            }
            CelExpr::Map(_) | CelExpr::Struct(_) | CelExpr::Unspecified => {
                self.error("E003", &span, "maps and messages are not part of rules".to_owned());
                return None;
            }
        };
        Some(Expr { op, kind, span })
    }

    fn literal(&mut self, literal: &LiteralValue, span: &Range<usize>) -> Option<(Op, Kind)> {
        let literal = match literal {
            LiteralValue::Boolean(value) => Literal::Bool(*value.inner()),
            LiteralValue::Int(value) => Literal::Int(*value.inner()),
            LiteralValue::UInt(value) => match i64::try_from(*value.inner()) {
                Ok(value) => Literal::Int(value),
                Err(_) => return self.refuse("E003", span, "this number does not fit 64 bits"),
            },
            LiteralValue::Double(value) => Literal::Double(*value.inner()),
            LiteralValue::String(value) => Literal::Str(value.inner().to_owned()),
            LiteralValue::Bytes(_) => {
                return self.refuse("E003", span, "bytes are not part of rules");
            }
            LiteralValue::Null => {
                self.error_with(
                    "E003",
                    span,
                    "there is no null".to_owned(),
                    "ask `has(field)` whether a value is there".to_owned(),
                );
                return None;
            }
        };
        let kind = literal.kind();
        Some((Op::Literal(literal), kind))
    }

    pub(crate) fn refuse<T>(
        &mut self,
        code: &'static str,
        span: &Range<usize>,
        message: &str,
    ) -> Option<T> {
        self.error(code, span, message.to_owned());
        None
    }

    /// A field, a counter, or `has(…)` of one.
    fn name(&mut self, tree: &IdedExpr, span: &Range<usize>) -> Option<(Op, Kind)> {
        let Some((name, is_test)) = dotted(tree) else {
            return self.refuse("E003", span, "only fields have parts");
        };
        if let Some(number) = Field::find(&name) {
            let op = if is_test { Op::Has(number) } else { Op::Field(number) };
            return Some((op, if is_test { Kind::Bool } else { FIELDS[number].kind }));
        }
        let counters = &self.names.counters;
        if let Some(number) = counters.iter().position(|(counter, _)| *counter == name) {
            return Some((Op::Counter(number), counters[number].1));
        }
        let counters = counters.iter().map(|(name, _)| name.as_str());
        let fields = FIELDS.iter().map(|field| field.name);
        let functions = FUNCTIONS.iter().map(|function| function.name);
        let hint = match suggestion(&name, fields.chain(counters).chain(functions)) {
            Some(near) if Function::find(near).is_some() => format!("did you mean `{near}(…)`?"),
            Some(near) => format!("did you mean `{near}`?"),
            None => "`probity rules functions` lists all names".to_owned(),
        };
        self.error_with("E004", span, format!("there is no `{name}`"), hint);
        None
    }

    fn call(&mut self, call: &CallExpr, span: &Range<usize>) -> Option<(Op, Kind)> {
        let args = call.args.as_slice();
        match (call.func_name.as_str(), args) {
            (operators::LOGICAL_AND, _) => self.junction(call, true),
            (operators::LOGICAL_OR, _) => self.junction(call, false),
            (operators::LOGICAL_NOT, [x]) => {
                let x = self.expect(x, Kind::Bool)?;
                Some((Op::Not(Box::new(x)), Kind::Bool))
            }
            (operators::CONDITIONAL, [test, yes, no]) => self.choose(test, yes, no),
            (operators::IN, [value, list]) => self.membership(value, list),
            (operators::NEGATE, [x]) => {
                let x = self.number(x)?;
                let kind = x.kind;
                Some((Op::Negate(Box::new(x)), kind))
            }
            (sign, [a, b]) if compare(sign).is_some() => self.compare(compare(sign)?, a, b),
            (sign, [a, b]) if arithmetic(sign).is_some() => {
                self.arithmetic(arithmetic(sign)?, a, b)
            }
            (operators::INDEX, _) => {
                self.refuse("E003", span, "there is no indexing; use `in` or `contains`")
            }
            (name, _) => self.function(name, call, span),
        }
    }

    fn junction(&mut self, call: &CallExpr, is_and: bool) -> Option<(Op, Kind)> {
        let parts: Vec<_> = call.args.iter().map(|part| self.expect(part, Kind::Bool)).collect();
        let mut flat = Vec::new();
        for part in parts {
            let part = part?;
            match part.op {
                Op::And(inner) if is_and => flat.extend(inner),
                Op::Or(inner) if !is_and => flat.extend(inner),
                _ => flat.push(part),
            }
        }
        Some((if is_and { Op::And(flat) } else { Op::Or(flat) }, Kind::Bool))
    }

    pub(crate) fn expect(&mut self, tree: &IdedExpr, kind: Kind) -> Option<Expr> {
        let expr = self.expr(tree)?;
        if expr.kind == kind {
            return Some(expr);
        }
        let (wanted, found) = (kind.with_article(), expr.kind.with_article());
        let message = format!("this must be {wanted}, it is {found}");
        match (kind, expr.kind) {
            (Kind::Bool, Kind::Int) => {
                self.error_with(
                    "E006",
                    &expr.span,
                    message,
                    "compare it, for example `> 0`".into(),
                );
            }
            _ => self.error("E006", &expr.span, message),
        }
        None
    }

    fn number(&mut self, tree: &IdedExpr) -> Option<Expr> {
        let expr = self.expr(tree)?;
        if matches!(expr.kind, Kind::Int | Kind::Double) {
            return Some(expr);
        }
        let message = format!("this must be a number, it is {}", expr.kind.with_article());
        self.error("E006", &expr.span, message);
        None
    }

    fn choose(&mut self, test: &IdedExpr, yes: &IdedExpr, no: &IdedExpr) -> Option<(Op, Kind)> {
        let test = self.expect(test, Kind::Bool);
        let yes = self.expr(yes);
        let no = self.expr(no);
        let (test, yes, no) = (test?, yes?, no?);
        if yes.kind != no.kind {
            let message = format!(
                "both sides must be of one type, not {} and {}",
                yes.kind.name(),
                no.kind.name()
            );
            self.error("E006", &(yes.span.start..no.span.end), message);
            return None;
        }
        let kind = yes.kind;
        Some((Op::Choose(Box::new(test), Box::new(yes), Box::new(no)), kind))
    }

    fn compare(&mut self, compare: Compare, a: &IdedExpr, b: &IdedExpr) -> Option<(Op, Kind)> {
        let (a, b) = (self.expr(a), self.expr(b));
        let (a, b) = (a?, b?);
        let is_number = |kind| matches!(kind, Kind::Int | Kind::Double);
        let fits = a.kind == b.kind || is_number(a.kind) && is_number(b.kind);
        if !fits || a.kind == Kind::Strs {
            let sign = compare.sign();
            let message =
                format!("`{sign}` cannot compare {} and {}", a.kind.name(), b.kind.name());
            let hint = match (a.kind, b.kind) {
                (Kind::Strs, Kind::Str) => "write `\"x\" in list`",
                (Kind::Int, Kind::Str) | (Kind::Str, Kind::Int) => {
                    "leave the quotes away for a number"
                }
                (Kind::Time, Kind::Str) | (Kind::Str, Kind::Time) => "write `timestamp(\"…\")`",
                _ => "both sides must be of one type",
            };
            self.error_with("E006", &(a.span.start..b.span.end), message, hint.to_owned());
            return None;
        }
        Some((Op::Compare(compare, Box::new(a), Box::new(b)), Kind::Bool))
    }

    fn arithmetic(&mut self, sign: Arithmetic, a: &IdedExpr, b: &IdedExpr) -> Option<(Op, Kind)> {
        let (a, b) = (self.expr(a), self.expr(b));
        let (a, b) = (a?, b?);
        let kind = match (sign, a.kind, b.kind) {
            (_, Kind::Int, Kind::Int) => Kind::Int,
            (Arithmetic::Remainder, ..) => return self.wrong_sum(&a, &b),
            (_, Kind::Int | Kind::Double, Kind::Int | Kind::Double) => Kind::Double,
            (Arithmetic::Subtract, Kind::Time, Kind::Time)
            | (Arithmetic::Add | Arithmetic::Subtract, Kind::Duration, Kind::Duration) => {
                Kind::Duration
            }
            (Arithmetic::Add | Arithmetic::Subtract, Kind::Time, Kind::Duration)
            | (Arithmetic::Add, Kind::Duration, Kind::Time) => Kind::Time,
            _ => return self.wrong_sum(&a, &b),
        };
        Some((Op::Arithmetic(sign, Box::new(a), Box::new(b)), kind))
    }

    fn wrong_sum(&mut self, a: &Expr, b: &Expr) -> Option<(Op, Kind)> {
        let message =
            format!("{} and {} cannot be computed together", a.kind.name(), b.kind.name());
        self.error("E006", &(a.span.start..b.span.end), message);
        None
    }

    fn membership(&mut self, value: &IdedExpr, list: &IdedExpr) -> Option<(Op, Kind)> {
        let value = self.expr(value);
        let CelExpr::List(elements) = &list.expr else {
            let (list, value) = (self.expr(list)?, value?);
            if list.kind == Kind::Strs && value.kind == Kind::Str {
                return Some((Op::Member(Box::new(value), Box::new(list)), Kind::Bool));
            }
            let message = format!(
                "`in` cannot look for {} in {}",
                value.kind.with_article(),
                list.kind.with_article()
            );
            self.error("E006", &list.span, message);
            return None;
        };
        let elements: Vec<_> = elements.elements.iter().map(|element| self.expr(element)).collect();
        let value = value?;
        let mut literals = Vec::new();
        for element in elements {
            let element = element?;
            match element.op {
                Op::Literal(literal) if literal.kind() == value.kind => literals.push(literal),
                _ => {
                    let message = format!("every element must be a written {}", value.kind.name());
                    self.error("E006", &element.span, message);
                    return None;
                }
            }
        }
        Some((Op::OneOf(Box::new(value), literals), Kind::Bool))
    }
}

/// `a.b.c` as text, and whether it was inside `has(…)`.
fn dotted(tree: &IdedExpr) -> Option<(String, bool)> {
    match &tree.expr {
        CelExpr::Ident(name) => Some((name.clone(), false)),
        CelExpr::Select(select) => {
            let (before, _) = dotted(&select.operand)?;
            Some((format!("{before}.{}", select.field), select.test))
        }
        _ => None,
    }
}

fn compare(sign: &str) -> Option<Compare> {
    Some(match sign {
        operators::EQUALS => Compare::Equal,
        operators::NOT_EQUALS => Compare::NotEqual,
        operators::LESS => Compare::Less,
        operators::LESS_EQUALS => Compare::LessEqual,
        operators::GREATER => Compare::Greater,
        operators::GREATER_EQUALS => Compare::GreaterEqual,
        _ => return None,
    })
}

fn arithmetic(sign: &str) -> Option<Arithmetic> {
    Some(match sign {
        operators::ADD => Arithmetic::Add,
        operators::SUBSTRACT => Arithmetic::Subtract,
        operators::MULTIPLY => Arithmetic::Multiply,
        operators::DIVIDE => Arithmetic::Divide,
        operators::MODULO => Arithmetic::Remainder,
        _ => return None,
    })
}
