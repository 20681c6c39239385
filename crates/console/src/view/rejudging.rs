//! Judging live content again: the forms, and the progress and the findings of the job.

use app::rules::rejudging::RejudgementJob;
use maud::{Markup, html};

use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};
use super::{chart, decisions};

/// What the page shows.
pub(crate) struct View {
    /// The last job.
    pub(crate) job: Option<RejudgementJob>,
    /// Whether the viewer may start a preview.
    pub(crate) can_preview: bool,
    /// Whether the viewer may submit content again.
    pub(crate) can_judge: bool,
    /// The version of the policies in force.
    pub(crate) in_force: String,
    /// The versions that were in force before, the latest first.
    pub(crate) versions: Vec<Version>,
    /// The values of the form.
    pub(crate) typed: Typed,
    /// Why the requested job was not started.
    pub(crate) error: Option<String>,
}

/// A version of the policies by which live content may have been judged.
pub(crate) struct Version {
    /// The ledger entry that activated it, if that is known.
    pub(crate) seq: Option<u64>,
    /// Its name.
    pub(crate) version: String,
}

/// The values of the form.
#[derive(Default)]
pub(crate) struct Typed {
    /// The reason.
    pub(crate) reason: String,
    /// The version by which live content was judged.
    pub(crate) since: String,
    /// Contents per second.
    pub(crate) per_second: String,
}

/// The address of the page with its form filled in: the version by which live content was judged,
/// and the reason.
pub(crate) fn href(since: &str, reason: &str) -> String {
    format!("/rejudge?since={}&reason={}", layout::segment(since), layout::segment(reason))
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let is_running = view.job.as_ref().is_some_and(is_running);
    let body = html! {
        div.head {
            div {
                h1 { "Judge again" }
                p {
                    "After a change of rules or lists, finds live content that would now be \
                     decided differently, and submits it again."
                }
            }
        }
        @if let Some(error) = &view.error {
            p.notice.notice-danger role="alert" { strong { "Not started: " } (error) }
        }
        @if let Some(job) = &view.job { (one(frame, view, job)) }
        @if view.can_preview && !is_running { (begin(frame, view)) }
        @if !view.can_preview && view.job.is_none() {
            section.card aria-label="Last job" {
                (layout::empty(
                    "No runs yet",
                    "Anyone who may propose changes of rules can find what would change.",
                ))
            }
        }
    };
    layout::page(frame, body)
}

fn is_running(job: &RejudgementJob) -> bool {
    matches!(job.state.as_str(), "looking" | "judging")
}

fn begin(frame: &Frame, view: &View) -> Markup {
    html! {
        section.card.stack aria-labelledby="begin-title" {
            h2 #begin-title { "Find what would change" }
            @if view.versions.is_empty() {
                (layout::empty(
                    "No other policies were in force yet",
                    "Live content was judged by those in force. Come back after a change.",
                ))
            } @else { (form(frame, view)) }
        }
    }
}

fn form(frame: &Frame, view: &View) -> Markup {
    let Typed { reason, per_second, .. } = &view.typed;
    let per_second = if per_second.is_empty() { "200" } else { per_second.as_str() };
    html! {
        form.stack method="post" action="/rejudge" {
            (layout::hidden_csrf(frame))
            div.field {
                label for="reason" { "Why" }
                input #reason name="reason" type="text" maxlength="200" required value=(reason)
                    aria-describedby="reason-hint";
                p #reason-hint.soft.small {
                    "It is recorded in every event that is submitted. Do not name persons."
                }
            }
            div.grid-2 {
                (since(view))
                div.field {
                    label for="per-second" { "Contents per second" }
                    input #per-second name="per_second" type="number" min="1" max="20000"
                        value=(per_second) aria-describedby="per-second-hint";
                    p #per-second-hint.soft.small {
                        "The maximum that is submitted, to leave room for other events."
                    }
                }
            }
            div.row {
                button.primary type="submit" name="what" value="preview" { "Preview" }
                @if view.can_judge {
                    button type="submit" name="what" value="judge" {
                        "Judge again without a preview"
                    }
                }
                p.soft.small { "A preview submits nothing." }
            }
        }
    }
}

fn since(view: &View) -> Markup {
    html! {
        div.field {
            label for="since" { "Live content was judged by" }
            select #since name="since" aria-describedby="since-hint" {
                @for (place, one) in view.versions.iter().enumerate() {
                    option value=(one.version) selected[one.version == view.typed.since] {
                        (one.version.get(..12).unwrap_or(&one.version))
                        @if let Some(seq) = one.seq {
                            ", in force from entry " (layout::grouped(seq))
                        }
                        @if place == 0 && one.seq.is_some() { " (previous)" }
                    }
                }
            }
            p #since-hint.soft.small {
                "It is compared with version " (layout::version(&view.in_force)) ", in force now."
            }
        }
    }
}

fn one(frame: &Frame, view: &View, job: &RejudgementJob) -> Markup {
    html! {
        section.card.stack aria-labelledby="job-title" {
            (head(job))
            @if is_running(job) { (running(frame, view, job)) }
            @if let Some(error) = &job.error {
                p.notice.notice-danger { strong { "The run failed. " } (error) }
            }
            @if job.state == "cancelled" {
                p.notice {
                    strong { "Stopped. " }
                    @if job.preview { "Nothing was submitted." }
                    @else { "What was submitted stays. A new run submits nothing twice." }
                }
            }
            @if job.state == "done" { (essence(job)) }
        }
        @if job.found.examined > 0 {
            h2.unseen { "Results" }
            (tiles(job))
            @if is_to_judge(view, job) { (judge(frame, job)) }
            (effects(job))
        }
        @if !job.found.sample.is_empty() { (sample(job)) }
    }
}

fn head(job: &RejudgementJob) -> Markup {
    let tone = match job.state.as_str() {
        "done" => "good",
        "failed" => "danger",
        "looking" | "judging" => "busy",
        _ => "plain",
    };
    html! {
        div.head {
            div {
                h2 #job-title { @if job.preview { "Last preview" } @else { "Last run" } }
                p {
                    (layout::person(&job.author)) ", started " (layout::time(&job.at.to_string()))
                    " UTC · from version " (layout::version(&job.before)) " to "
                    (layout::version(&job.after))
                }
                @if !job.reason.is_empty() { p { "Why: " (job.reason) } }
            }
            (layout::badge(tone, if job.state == "judging" { "submitting" } else { &job.state }))
        }
    }
}

fn running(frame: &Frame, view: &View, job: &RejudgementJob) -> Markup {
    let what = if job.state == "looking" { "Looking: " } else { "Submitting: " };
    let share = layout::share(Some(job.progress));
    html! {
        div.stack data-poll="/v1/rejudgement" data-poll-state=(job.state) {
            progress aria-label="Progress" max="1" value=(job.progress) { (share) }
            p role="status" data-poll-text { (what) (share) " done" }
        }
        noscript { p.soft { "Reload this page to see the progress." } }
        @if view.can_preview {
            form method="post" action="/rejudge" {
                (layout::hidden_csrf(frame))
                button type="submit" name="what" value="cancel" { "Stop" }
            }
        }
    }
}

/// The result in one sentence, if there is nothing to do.
fn essence(job: &RejudgementJob) -> Markup {
    let found = &job.found;
    let is_nothing = found.affected == 0 && found.lifted == 0;
    html! {
        @if is_nothing && found.changed.is_empty() {
            p.notice {
                strong { "Nothing differs " }
                "between the two versions, in the rules or in the lists that they use."
            }
        } @else if is_nothing {
            p.notice.notice-good {
                strong { "Nothing to judge again. " } "All live content would be decided as before."
            }
        }
        @if !found.changed.is_empty() {
            details {
                summary {
                    (layout::counted(found.changed.len() as u64, "rule differs", "rules differ"))
                }
                ul.plain { @for name in &found.changed { li { (rule(name)) } } }
            }
        }
    }
}

/// A rule as a link to the page of rules.
fn rule(name: &str) -> Markup {
    html! { a href={ "/rules#rule-" (layout::encoded(name)) } { code { (name) } } }
}

fn tiles(job: &RejudgementJob) -> Markup {
    let known = match job.duplicates {
        0 => "as events".to_owned(),
        known => format!("{} were submitted before", layout::grouped(known)),
    };
    html! {
        dl.tiles {
            (tile("Examined", job.found.examined, "events"))
            (tile("Decided differently", job.found.affected, "live, with more or other effects"))
            (tile("Would be lifted", job.found.lifted, "not submitted; a human must undo it"))
            @if !job.preview {
                (tile("Submitted", job.handed_in, &known))
                (tile("Decisions", job.decisions, "on what was submitted"))
            }
        }
    }
}

fn tile(name: &str, figure: u64, hint: &str) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd.figure { (layout::grouped(figure)) }
            dd.hint { (hint) }
        }
    }
}

/// Whether the preview found something, and its policies are still in force.
fn is_to_judge(view: &View, job: &RejudgementJob) -> bool {
    job.preview && job.state == "done" && job.found.affected > 0 && job.after == view.in_force
}

fn judge(frame: &Frame, job: &RejudgementJob) -> Markup {
    let many = layout::counted(job.found.affected, "content", "contents");
    html! {
        section.card.stack aria-labelledby="judge-title" {
            h2 #judge-title { "Judge again" }
            p.soft {
                (many) " would be submitted as events and judged by the rules in force. \
                 Decisions are made at once and sent to receivers."
            }
            form method="post" action="/rejudge" {
                (layout::hidden_csrf(frame))
                input type="hidden" name="reason" value=(job.reason);
                input type="hidden" name="since" value=(job.before);
                button.primary type="submit" name="what" value="judge" { "Judge " (many) " again" }
            }
        }
    }
}

fn effects(job: &RejudgementJob) -> Markup {
    let mut rows: Vec<(String, u64)> =
        job.found.by_effect.iter().map(|(effect, n)| (effect.replace('_', " "), *n)).collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    html! {
        @if !rows.is_empty() {
            section.card { (chart::bars("New effects", "contents", &rows)) }
        }
    }
}

fn sample(job: &RejudgementJob) -> Markup {
    html! {
        section.card.flush aria-labelledby="sample-title" {
            h2 #sample-title { "Examples" }
            (layout::list(
                ("Table of examples", "Content that would be decided differently"),
                &[Text("Subject"), Text("Before"), Text("Now"), Text("Rules"), Number("Entry")],
                html! {
                    @for one in &job.found.sample {
                        tr {
                            th.nowrap scope="row" { (decisions::subject(&one.subject)) }
                            td { (done(&one.before)) }
                            td { (done(&one.after)) }
                            td.names {
                                @for (place, name) in one.rules.iter().enumerate() {
                                    @if place > 0 { ", " }
                                    (rule(name))
                                }
                            }
                            td.num { (layout::grouped(one.seq)) }
                        }
                    }
                },
            ))
        }
    }
}

fn done(effects: &[String]) -> Markup {
    html! {
        @if effects.is_empty() { span.soft { "none" } }
        @else { (layout::effects(effects)) }
    }
}
