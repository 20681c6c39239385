//! The results of checks and tests, with links to their positions.

use app::rules::trial::{Checkup, Failure, Finding, Tested};
use maud::{Markup, html};

use super::{editor, layout};

/// The findings on a policy set. Those in `file` come first, because they may cause the others.
pub(crate) fn checkup(checkup: &Checkup, file: &str) -> Markup {
    let (errors, warnings) = (checkup.errors as u64, checkup.warnings as u64);
    let (own, others): (Vec<&Finding>, Vec<&Finding>) =
        checkup.diagnostics.iter().partition(|one| one.file == file);
    html! {
        @if checkup.diagnostics.is_empty() {
            p.notice.notice-good {
                strong { "No findings. " }
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

/// The results of the cases.
pub(crate) fn tested(tested: &Tested) -> Markup {
    let tests = layout::counted(tested.cases as u64, "test", "tests");
    html! {
        @if tested.errors > 0 {
            p.notice.notice-danger {
                strong { "No test was run. " }
                "The rules have " (layout::counted(tested.errors as u64, "error", "errors")) "."
            }
        } @else if tested.failures.is_empty() {
            p.notice.notice-good {
                strong { "All passed. " }
                (tests) @if tested.cases == 1 { " was run." } @else { " were run." }
            }
        } @else {
            (verdict(&tested.failures, &tests))
            (layout::scroll("Table of failed tests", failures(&tested.failures)))
        }
    }
}

/// The summary of failed cases. It is an alert only if the change broke something.
fn verdict(failures: &[Failure], tests: &str) -> Markup {
    let before = failures.iter().filter(|failure| failure.before).count();
    html! {
        @if before == failures.len() {
            p.notice {
                strong { "Nothing broke. " }
                "Of " (tests) ", the following fail, and failed before the change."
            }
        } @else {
            p.notice.notice-danger {
                strong { "Some tests fail. " }
                "Of " (tests) ", the following fail"
                @if before > 0 { "; those marked also failed before the change" }
                "."
            }
        }
    }
}

/// The failed cases. Those that the change broke come first.
fn failures(failures: &[Failure]) -> Markup {
    let (before, now): (Vec<&Failure>, Vec<&Failure>) =
        failures.iter().partition(|failure| failure.before);
    html! {
        table {
            caption.unseen { "Failed tests" }
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
                            @else { (layout::badge("danger", "fails now")) }
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

/// `text`, or a dash if it is empty.
fn some(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}
