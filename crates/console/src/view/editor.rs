//! The rule editor: a file, its findings, its tests, the difference from the rules in force, and
//! the next steps: a back-test or a proposal.
//!
//! Everything works as a form. `assets/editor.js` adds colours, completion and checks while typing.

use app::rules::difference::Difference;
use app::rules::trial::{Checkup, Tested};
use maud::{Markup, html};

use super::layout::{self, Frame};
use super::{difference, findings};

/// The folder of lists.
const LISTS: &str = "lists/";

/// What the editor shows.
#[derive(Default)]
pub(crate) struct View {
    /// The file that is open.
    pub(crate) file: String,
    /// Its text.
    pub(crate) text: String,
    /// All files in force.
    pub(crate) files: Vec<String>,
    /// Whether the file is new, that is, not in force.
    pub(crate) is_new: bool,
    /// Whether the file is to be removed.
    pub(crate) is_removed: bool,
    /// Other changed files: a JSON object of names and texts.
    pub(crate) others: String,
    /// The version in force.
    pub(crate) version: String,
    /// The reason for the proposal, as typed so far.
    pub(crate) reason: String,
    /// The title of the back-test, as typed so far.
    pub(crate) title: String,
    /// Why the last action failed.
    pub(crate) error: Option<String>,
    /// The result of the check, if it was run.
    pub(crate) checkup: Option<Checkup>,
    /// The results of the tests, if they were run.
    pub(crate) tested: Option<Tested>,
    /// The difference from the rules in force, if it was requested.
    pub(crate) difference: Option<Difference>,
    /// Whether the viewer may propose.
    pub(crate) can_propose: bool,
}

/// The address of a line of a file in the editor.
pub(crate) fn href(file: &str, line: usize) -> String {
    format!("/rules/edit?file={}&line={line}", layout::segment(file))
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let body = html! {
        div.head {
            div {
                h1 { "Edit rules" }
                p {
                    "Changes take effect only after somebody else has approved them. Based on \
                     version " (layout::version(&view.version)) "."
                }
            }
            a.button href="/rules" { "Rules in force" }
        }
        @if let Some(error) = &view.error {
            p.notice.notice-danger role="alert" { strong { "Failed: " } (error) }
        }
        div.editor {
            (files(view))
            div.stack-l {
                (form(frame, view))
                (results(view))
                @if view.can_propose { (ways_on(view)) }
                @else { p.soft.small { "You can try changes of rules, but not propose them." } }
            }
        }
    };
    layout::page(frame, body)
}

/// The page for a file that the policy set does not have. It lists the files that exist, and those
/// with a similar name.
pub(crate) fn missing(frame: &Frame, view: &View, near: &[String]) -> Markup {
    let is_there = |name: &String| view.files.contains(name);
    let body = html! {
        div.head {
            div {
                h1 { "No such file" }
                p { "The rules in force have no file " code { (view.file) } "." }
            }
            a.button href="/rules" { "Rules in force" }
        }
        div.editor {
            (files(view))
            section.card.stack aria-labelledby="missing-title" {
                h2 #missing-title { "Other files" }
                p.soft {
                    "Files of rules are named " code { "name.toml" } ", and lists "
                    code { "lists/name.txt" } ", with letters, digits, _ and -."
                }
                @if !near.is_empty() {
                    ul.plain {
                        @for name in near {
                            li {
                                a href={ "/rules/edit?file=" (layout::segment(name)) } {
                                    @if is_there(name) { "Open " } @else { "Create " }
                                    code { (name) }
                                }
                            }
                        }
                    }
                }
                a.button href="/rules/edit" { "Back to the editor" }
            }
        }
    };
    layout::page(frame, body)
}

fn files(view: &View) -> Markup {
    let (lists, rules): (Vec<&String>, Vec<&String>) =
        view.files.iter().partition(|name| name.starts_with(LISTS));
    html! {
        nav.card.stack aria-labelledby="files-title" {
            h2 #files-title { "Files" }
            ul.files {
                @if view.is_new { (file(view, &view.file)) }
                @for name in rules { (file(view, name)) }
            }
            @if !lists.is_empty() {
                details open[view.file.starts_with(LISTS)] {
                    summary { (layout::counted(lists.len() as u64, "list", "lists")) }
                    ul.files { @for name in lists { (file(view, name)) } }
                }
            }
            form.stack action="/rules/edit" method="get" {
                div.field {
                    label for="new-file" { "New file" }
                    input #new-file type="text" name="file" autocomplete="off" spellcheck="false"
                        autocapitalize="off" placeholder="name.toml" required
                        pattern="(lists/[A-Za-z0-9_\\-]+[.]txt|[A-Za-z0-9_\\-]+[.]toml)"
                        title="name.toml, or lists/name.txt: letters, digits, _ and -"
                        aria-describedby="new-file-help";
                    p #new-file-help.soft.small { "Name a list lists/name.txt." }
                }
                button type="submit" { "Begin" }
            }
        }
    }
}

fn file(view: &View, name: &str) -> Markup {
    let current = (name == view.file).then_some("page");
    html! {
        li {
            a href={ "/rules/edit?file=" (layout::segment(name)) } aria-current=[current]
                data-name=(name) { (name.strip_prefix(LISTS).unwrap_or(name)) }
            span.badge.badge-warn data-changed=(name) hidden { "changed" }
        }
    }
}

fn form(frame: &Frame, view: &View) -> Markup {
    let action = format!("/rules/edit?file={}", layout::segment(&view.file));
    let is_posted = (view.checkup.is_some()
        || view.tested.is_some()
        || view.difference.is_some()
        || view.error.is_some())
    .then_some("");
    html! {
        form #editor.card.stack action=(action) method="post" data-editor=(view.file)
            data-version=(view.version) data-posted=[is_posted] {
            (layout::hidden_csrf(frame))
            input type="hidden" name="file" value=(view.file);
            input #editor-others type="hidden" name="others" value=(view.others);
            div.field {
                label for="editor-text" { "The file " code { (view.file) } }
                div.code-box data-code {
                    pre.code-lines aria-hidden="true" hidden {}
                    div.code-body {
                        pre.code-paint aria-hidden="true" hidden {}
                        // The first line break in a textarea is not part of its text.
                        textarea #editor-text name="text" rows="28" spellcheck="false" wrap="off"
                            autocapitalize="off" autocomplete="off" autocorrect="off" {
                            "\n" (view.text)
                        }
                    }
                    ul #editor-words.words role="listbox" aria-label="Completions" hidden {}
                }
            }
            div.row {
                button.primary type="submit" name="action" value="check" { "Check" }
                button type="submit" name="action" value="test" data-results { "Run the tests" }
                button type="submit" name="action" value="diff" data-results {
                    "Compare with the rules in force"
                }
                button.quiet type="button" data-discard hidden { "Discard the draft" }
            }
            label.check {
                input type="checkbox" name="removed" checked[view.is_removed];
                "Remove this file"
            }
            // Shown by the script that implements it.
            p #editor-help.soft.small hidden {
                "Lines are checked as you type. "
                kbd { "Ctrl" } "+" kbd { "Space" } " completes names; "
                kbd { "Esc" } " closes the list. " kbd { "Tab" } " leaves the text."
            }
            p.small data-editor-status role="status" {}
            p.small data-editor-also hidden {}
        }
    }
}

fn results(view: &View) -> Markup {
    html! {
        section #results.card.stack aria-labelledby="results-title" {
            h2 #results-title { "Results" }
            div #findings.stack {
                @if let Some(found) = &view.checkup { (findings::checkup(found, &view.file)) }
            }
            @if let Some(tested) = &view.tested { (findings::tested(tested)) }
            @if let Some(found) = &view.difference { (difference::show(found)) }
            @if view.checkup.is_none() && view.tested.is_none() && view.difference.is_none() {
                p.soft data-results-none {
                    "Check the file, run the tests, or compare with the rules in force."
                }
            }
        }
    }
}

fn ways_on(view: &View) -> Markup {
    html! {
        div.grid-2 {
            section.card.stack aria-labelledby="propose-title" {
                h2 #propose-title { "Propose the change" }
                p.soft { "It is checked again, and activated when somebody else approves it." }
                div.field {
                    label for="propose-reason" { "Why" }
                    textarea #propose-reason.short name="reason" rows="3" maxlength="2000"
                        form="editor" { "\n" (view.reason) }
                }
                div.row {
                    button.primary type="submit" form="editor" formaction="/proposals"
                        data-propose { "Propose" }
                }
            }
            section.card.stack aria-labelledby="backtest-title" {
                h2 #backtest-title { "Back-test the change" }
                p.soft { "Compares its decisions on past events with those that were made." }
                div.field {
                    label for="backtest-name" { "Title" }
                    input #backtest-name type="text" name="title" maxlength="200" form="editor"
                        value=(view.title);
                }
                button type="submit" form="editor" formaction="/backtests" { "Back-test" }
            }
        }
    }
}
