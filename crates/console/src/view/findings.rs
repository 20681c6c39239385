//! What checks and cases found, as lists that lead to the place.

use app::rules::trial::{Checkup, Failure, Finding, Tested};
use maud::{Markup, html};

use super::{editor, layout};

/// What is wrong with a policy set; first in `file`, for others may only suffer from that.
pub(crate) fn checkup(checkup: &Checkup, file: &str) -> Markup {
    let (errors, warnings) = (checkup.errors as u64, checkup.warnings as u64);
    let (own, others): (Vec<&Finding>, Vec<&Finding>) =
        checkup.diagnostics.iter().partition(|one| one.file == file);
    html! {
        @if checkup.diagnostics.is_empty() {
            p.notice.notice-good {
                strong { "Nothing was found. " }
                (layout::counted(checkup.rules.unwrap_or(0) as u64, "rule", "rules")) " would run."
            }
        } @else {
            p {
                (layout::counted(errors, "error", "errors")) ", "
                (layout::counted(warnings, "warning", "warnings")) "."
            }
            ol.findings { @for one in own.into_iter().chain(others) { (finding(one)) } }
        }
    }
}

fn finding(finding: &Finding) -> Markup {
    let tone = if finding.level == "error" { "danger" } else { "warn" };
    html! {
        li.finding {
            div.row {
                (layout::badge(tone, finding.level))
                code { (finding.code) }
                a href=(editor::href(&finding.file, finding.line)) data-line=(finding.line)
                    data-file=(finding.file) {
                    (finding.file) ":" (finding.line) ":" (finding.column)
                }
            }
            p { (finding.message) @if !finding.label.is_empty() { ": " (finding.label) } }
            @if let Some(hint) = &finding.hint { p.soft.small { (hint) } }
        }
    }
}

/// What the cases beside the rules found.
pub(crate) fn tested(tested: &Tested) -> Markup {
    let cases = layout::counted(tested.cases as u64, "case", "cases");
    html! {
        @if tested.errors > 0 {
            p.notice.notice-danger {
                strong { "No case was run. " }
                "The rules have " (layout::counted(tested.errors as u64, "error", "errors")) "."
            }
        } @else if tested.failures.is_empty() {
            p.notice.notice-good {
                strong { "All hold. " }
                (cases) @if tested.cases == 1 { " was run." } @else { " were run." }
            }
        } @else {
            (verdict(&tested.failures, &cases))
            (layout::scroll("Table of cases that do not hold", failures(&tested.failures)))
        }
    }
}

/// An alarm only if the change broke something.
fn verdict(failures: &[Failure], cases: &str) -> Markup {
    let before = failures.iter().filter(|failure| failure.before).count();
    html! {
        @if before == failures.len() {
            p.notice {
                strong { "Nothing broke. " }
                "Of " (cases) ", the following find otherwise than they say, and did so before."
            }
        } @else {
            p.notice.notice-danger {
                strong { @if before > 0 { "Not all hold any more. " } @else { "Not all hold. " } }
                "Of " (cases) ", the following find otherwise than they say"
                @if before > 0 { "; those marked so did before the change" }
                "."
            }
        }
    }
}

/// What the change broke comes first.
fn failures(failures: &[Failure]) -> Markup {
    let (before, now): (Vec<&Failure>, Vec<&Failure>) =
        failures.iter().partition(|failure| failure.before);
    html! {
        table {
            caption.unseen { "Cases that do not hold" }
            thead { tr {
                th scope="col" { "Case" }
                th scope="col" { "Since" }
                th scope="col" { "Where" }
                th scope="col" { "What" }
                th scope="col" { "Expected" }
                th scope="col" { "Found" }
            } }
            tbody {
                @for one in now.into_iter().chain(before) {
                    tr {
                        th scope="row" { (one.name) }
                        td {
                            @if one.before { (layout::badge("plain", "failed before")) }
                            @else { (layout::badge("danger", "broke now")) }
                        }
                        td {
                            a href=(editor::href(&one.file, one.line)) data-line=(one.line)
                                data-file=(one.file) {
                                (one.file) ":" (one.line)
                            }
                        }
                        td { (one.what) }
                        td { span.mono { (some(&one.expected)) } }
                        td { span.mono { (some(&one.found)) } }
                    }
                }
            }
        }
    }
}

/// `text`, or a dash for none.
fn some(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
