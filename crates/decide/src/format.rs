//! The one layout of policy files: `probity rules fmt`.
//!
//! Conditions are printed from their syntax tree; everything else keeps its order and comments.

use std::fmt::Write as _;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};
use toml_edit::{ArrayOfTables, DocumentMut, Item, RawString, Value};

use crate::cel_text;

/// Longer conditions are broken at their outermost `&&` or `||`.
const LINE_CHARS_MAX: usize = 88;

/// `text` in that layout; `None` if it is not TOML. Conditions that do not parse are not changed.
#[must_use]
pub fn file(text: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    rename_tests(&mut document);
    for (_, item) in document.iter_mut() {
        let Item::ArrayOfTables(tables) = item else { continue };
        for table in tables.iter_mut() {
            tidy_header(table);
            for (mut key, item) in table.iter_mut() {
                key.leaf_decor_mut().set_suffix(" ");
                let is_condition = matches!(key.get(), "when" | "of");
                if let Item::Value(value) = item {
                    tidy(value, is_condition);
                }
            }
        }
    }
    let printed = document.to_string();
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let mut out = lines.join("\n").trim().to_owned();
    out.push('\n');
    Some(out)
}

/// Renames `[[case]]`, as tests were called before, to `[[test]]`; the order stays.
fn rename_tests(document: &mut DocumentMut) {
    let Some(Item::ArrayOfTables(old)) = document.remove("case") else { return };
    match document.entry("test").or_insert(Item::ArrayOfTables(ArrayOfTables::new())) {
        Item::ArrayOfTables(tests) => tests.extend(old),
        // It is no list of tables, which the check reports.
        _ => drop(document.insert("case", Item::ArrayOfTables(old))),
    }
}

/// Puts one empty line before a table; comments above it stay.
fn tidy_header(table: &mut toml_edit::Table) {
    let prefix = table.decor().prefix().and_then(RawString::as_str).unwrap_or_default();
    let comments: Vec<&str> = prefix.lines().map(str::trim).collect();
    let comments = comments.join("\n");
    let comments = comments.trim();
    let prefix = if comments.is_empty() { "\n".to_owned() } else { format!("\n{comments}\n") };
    table.decor_mut().set_prefix(prefix);
}

fn tidy(value: &mut Value, is_condition: bool) {
    let suffix = value.decor().suffix().and_then(RawString::as_str).unwrap_or_default();
    let suffix =
        if suffix.trim().is_empty() { String::new() } else { format!("  {}", suffix.trim()) };
    if is_condition && let Some(laid_out) = value.as_str().and_then(condition) {
        *value = literal(&laid_out);
    }
    value.decor_mut().set_prefix(" ");
    value.decor_mut().set_suffix(suffix);
}

/// `text` as a literal string, so that quotes inside need no escapes.
fn literal(text: &str) -> Value {
    let quoted = if text.contains("'''") {
        return Value::from(text);
    } else if text.contains('\n') {
        format!("'''\n{text}'''")
    } else {
        format!("'''{text}'''")
    };
    quoted.parse().unwrap_or_else(|_| Value::from(text))
}

/// A condition in that layout; `None` if it does not parse or cannot be printed as it was meant.
#[must_use]
pub fn condition(text: &str) -> Option<String> {
    let (tree, _) = cel_text::parse(text).ok()?;
    if text.contains("//") {
        return None;
    }
    let mut printer = Printer::default();
    printer.expr(&tree, 0)?;
    if printer.out.chars().count() <= LINE_CHARS_MAX {
        return Some(printer.out);
    }
    broken(&tree)
}

/// Breaks at the outermost `&&` or `||`, one operand per line.
fn broken(tree: &IdedExpr) -> Option<String> {
    let Expr::Call(call) = &tree.expr else { return printed(tree, 0) };
    let name = call.func_name.as_str();
    let sign = match name {
        operators::LOGICAL_AND => "&&",
        operators::LOGICAL_OR => "||",
        _ => return printed(tree, 0),
    };
    let mut parts = Vec::new();
    flatten(tree, name, &mut parts);
    let lines: Option<Vec<String>> =
        parts.into_iter().map(|part| printed(part, strength(name) + 1)).collect();
    Some(lines?.join(&format!("\n  {sign} ")))
}

fn printed(tree: &IdedExpr, above: u8) -> Option<String> {
    let mut printer = Printer::default();
    printer.expr(tree, above)?;
    Some(printer.out)
}

fn flatten<'a>(tree: &'a IdedExpr, name: &str, out: &mut Vec<&'a IdedExpr>) {
    match &tree.expr {
        Expr::Call(call) if call.func_name == name => {
            call.args.iter().for_each(|part| flatten(part, name, out));
        }
        _ => out.push(tree),
    }
}

/// How tightly an operator binds.
fn strength(name: &str) -> u8 {
    match name {
        operators::CONDITIONAL => 1,
        operators::LOGICAL_OR => 2,
        operators::LOGICAL_AND => 3,
        operators::ADD | operators::SUBSTRACT => 5,
        operators::MULTIPLY | operators::DIVIDE | operators::MODULO => 6,
        operators::LOGICAL_NOT | operators::NEGATE => 7,
        _ if operators_sign(name).is_some() => 4,
        _ => 8,
    }
}

fn operators_sign(name: &str) -> Option<&'static str> {
    Some(match name {
        operators::EQUALS => "==",
        operators::NOT_EQUALS => "!=",
        operators::LESS => "<",
        operators::LESS_EQUALS => "<=",
        operators::GREATER => ">",
        operators::GREATER_EQUALS => ">=",
        operators::IN => "in",
        operators::ADD => "+",
        operators::SUBSTRACT => "-",
        operators::MULTIPLY => "*",
        operators::DIVIDE => "/",
        operators::MODULO => "%",
        operators::LOGICAL_AND => "&&",
        operators::LOGICAL_OR => "||",
        _ => return None,
    })
}

#[derive(Default)]
struct Printer {
    out: String,
}

impl Printer {
    /// Prints `tree` inside something that binds as tightly as `above`.
    fn expr(&mut self, tree: &IdedExpr, above: u8) -> Option<()> {
        match &tree.expr {
            Expr::Ident(name) => self.out.push_str(name),
            Expr::Select(select) if select.test => {
                self.out.push_str("has(");
                self.expr(&select.operand, 8)?;
                write!(self.out, ".{})", select.field).ok()?;
            }
            Expr::Select(select) => {
                self.expr(&select.operand, 8)?;
                write!(self.out, ".{}", select.field).ok()?;
            }
            Expr::Literal(literal) => self.literal(literal)?,
            Expr::List(list) => {
                self.out.push('[');
                self.list(&list.elements)?;
                self.out.push(']');
            }
            Expr::Call(call) => {
                let own = strength(&call.func_name);
                let needs_parentheses = own < above;
                self.out.push_str(if needs_parentheses { "(" } else { "" });
                self.call(call, own)?;
                self.out.push_str(if needs_parentheses { ")" } else { "" });
            }
            _ => return None,
        }
        Some(())
    }

    fn call(&mut self, call: &CallExpr, own: u8) -> Option<()> {
        let name = call.func_name.as_str();
        match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::CONDITIONAL, None, [test, yes, no]) => {
                self.expr(test, own + 1)?;
                self.out.push_str(" ? ");
                self.expr(yes, own + 1)?;
                self.out.push_str(" : ");
                self.expr(no, own)
            }
            (operators::LOGICAL_NOT, None, [x]) => {
                self.out.push('!');
                self.expr(x, own)
            }
            (operators::NEGATE, None, [x]) => {
                self.out.push('-');
                self.expr(x, own + 1)
            }
            (_, None, [first, rest @ ..]) if operators_sign(name).is_some() => {
                self.expr(first, own)?;
                for part in rest {
                    write!(self.out, " {} ", operators_sign(name)?).ok()?;
                    self.expr(part, own + 1)?;
                }
                Some(())
            }
            (operators::INDEX, ..) => None,
            (_, target, args) => {
                if let Some(target) = target {
                    self.expr(target, 8)?;
                    self.out.push('.');
                }
                write!(self.out, "{name}(").ok()?;
                self.list(args)?;
                self.out.push(')');
                Some(())
            }
        }
    }

    fn list(&mut self, elements: &[IdedExpr]) -> Option<()> {
        for (at, element) in elements.iter().enumerate() {
            if at > 0 {
                self.out.push_str(", ");
            }
            self.expr(element, 0)?;
        }
        Some(())
    }

    fn literal(&mut self, literal: &LiteralValue) -> Option<()> {
        match literal {
            LiteralValue::Boolean(value) => write!(self.out, "{}", value.inner()).ok(),
            LiteralValue::Int(value) => write!(self.out, "{}", value.inner()).ok(),
            LiteralValue::UInt(value) => write!(self.out, "{}u", value.inner()).ok(),
            LiteralValue::Double(value) => write!(self.out, "{:?}", value.inner()).ok(),
            LiteralValue::String(value) => {
                let text = value.inner();
                if text.chars().any(char::is_control) {
                    return None;
                }
                let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                write!(self.out, "\"{escaped}\"").ok()
            }
            LiteralValue::Null => write!(self.out, "null").ok(),
            LiteralValue::Bytes(_) => None,
        }
    }
}
