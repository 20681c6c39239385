//! CEL text to syntax tree, with spans: the parser of the `cel` crate, with limits of our own.
//!
//! The parser is recursive, so depth and length are bounded before it is called.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;

/// Longer conditions are refused; the rule can be split.
pub(crate) const BYTES_MAX: usize = 8192;

/// Deeper nesting is refused.
const DEPTH_MAX: usize = 24;

/// Longer chains of one operator are refused.
const CHAIN_MAX: usize = 200;

/// Why a text is not a condition.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) span: Range<usize>,
    pub(crate) hint: Option<&'static str>,
}

/// Parses `text`.
pub(crate) fn parse(text: &str) -> Result<(IdedExpr, SourceInfo), SyntaxError> {
    check_limits(text)?;
    Parser::new()
        .max_recursion_depth(96)
        .error_recovery_limit(4)
        .parse_with_source_info(text)
        .map_err(|errors| first_error(text, &errors))
}

fn first_error(text: &str, errors: &cel::ParseErrors) -> SyntaxError {
    let Some(error) = errors.errors.first() else {
        return SyntaxError {
            message: "not valid CEL".to_owned(),
            span: 0..text.len(),
            hint: None,
        };
    };
    let at = offset(text, error.pos);
    let end = (at + 1).min(text.len());
    let found = text.get(at..).unwrap_or_default();
    let hint = if text.trim().is_empty() {
        Some("write a condition, for example `event.type == \"content.published\"`")
    } else if found.starts_with('=') {
        Some("`==` compares")
    } else if found.starts_with(['\'', '"']) {
        Some("close the quote")
    } else if found.is_empty() {
        Some("something is missing at the end")
    } else if found.starts_with("and ") || found.starts_with("or ") || found.starts_with("not ") {
        Some("write `&&`, `||` and `!`")
    } else {
        None
    };
    let message = error.msg.trim_start_matches("Syntax error: ");
    let message = message.split(" expecting {").next().unwrap_or(message);
    SyntaxError { message: message.replace("'<EOF>'", "the end"), span: at..end, hint }
}

/// The byte offset of a line and column, both counted from 1.
fn offset(text: &str, (line, column): (isize, isize)) -> usize {
    let skip = usize::try_from(line - 1).unwrap_or(0);
    let start: usize = text.split_inclusive('\n').take(skip).map(str::len).sum();
    let column = usize::try_from(column - 1).unwrap_or(0);
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at)
}

/// Refuses what would make the parser recurse too deeply.
fn check_limits(text: &str) -> Result<(), SyntaxError> {
    let refuse = |message: &str, span| {
        Err(SyntaxError { message: message.to_owned(), span, hint: Some("split the rule") })
    };
    if text.len() > BYTES_MAX {
        return refuse("the condition is longer than 8192 bytes", 0..1);
    }
    let (mut depth, mut chain, mut quote) = (0_usize, 0_usize, None);
    let (mut before, mut is_escaped) = ('\0', false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some((_, false)), '\\') => is_escaped = true,
            (Some((open, _)), c) if c == open => quote = None,
            (Some(_), _) => {}
            // Raw strings have no escapes.
            (None, '"' | '\'') => quote = Some((c, matches!(before, 'r' | 'R'))),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, '!' | '-' | '?' | '.' | '+' | '*' | '/' | '%' | '<' | '>' | '=') => chain += 1,
            (None, ',' | '&' | '|') => chain = 0,
            _ => {}
        }
        if depth > DEPTH_MAX || chain > CHAIN_MAX {
            return refuse("the condition is nested too deeply", at..at + c.len_utf8());
        }
        before = c;
    }
    Ok(())
}

/// The span of `expr` in `text`.
pub(crate) fn span(expr: &IdedExpr, text: &str, info: &SourceInfo) -> Range<usize> {
    let own = info.offset_for(expr.id).unwrap_or((0, 0));
    let own = own.0 as usize..(own.1 as usize + 1).min(text.len());
    match &expr.expr {
        Expr::Call(call) => {
            let parts = call.target.as_deref().into_iter().chain(&call.args);
            let around = parts.map(|part| span(part, text, info)).fold(own.clone(), union);
            if text.get(own.clone()) == Some("(") {
                close_call(text, own.start, around)
            } else {
                around
            }
        }
        Expr::Select(select) => {
            let around = union(span(&select.operand, text, info), own.clone());
            if select.test {
                return close_call(text, own.start, around);
            }
            let end = after_word(text, own.end);
            around.start..end.max(around.end)
        }
        Expr::List(list) => {
            let around = list.elements.iter().map(|part| span(part, text, info)).fold(own, union);
            around.start..after(text, around.end, ']')
        }
        Expr::Ident(_) => own.start..after_word(text, own.start),
        _ => own,
    }
}

fn union(one: Range<usize>, other: Range<usize>) -> Range<usize> {
    one.start.min(other.start)..one.end.max(other.end)
}

/// The span from the function's name to its closing parenthesis.
fn close_call(text: &str, paren: usize, around: Range<usize>) -> Range<usize> {
    let name = text.get(..paren).unwrap_or_default().trim_end();
    let start = name.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    around.start.min(start)..after(text, around.end.max(paren + 1), ')')
}

fn after(text: &str, from: usize, close: char) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.find(close).map_or(from, |at| from + at + 1)
}

fn after_word(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let start = rest.len() - rest.trim_start().len();
    let word = &rest[start..];
    let length = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
    from + start + length
}
