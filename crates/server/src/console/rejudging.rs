//! Judging again what is live: the forms, how far the job is, and what it found.

use maud::{Markup, html};

use super::layout::{self, Frame};
use crate::rejudging::Job;

/// What the page shows.
pub(crate) struct View {
    /// The last job.
    pub(crate) job: Option<Job>,
    /// Whether whoever looks may look for what would change.
    pub(crate) can_preview: bool,
    /// Whether whoever looks may hand it in again.
    pub(crate) can_judge: bool,
}

/// The whole page.
pub(crate) fn page(frame: &Frame, view: &View) -> Markup {
    let is_running =
        view.job.as_ref().is_some_and(|job| matches!(job.state, "looking" | "judging"));
    let body = html! {
        div.head {
            div {
                h1 { "Judge again" }
                p {
                    "After a change of policies or lists, finds what is live and decided otherwise "
                    "now, and hands it in again as events."
                }
            }
        }
        @if view.can_preview && !is_running { (form(frame, view.can_judge)) }
        @match &view.job {
            None => section.card aria-label="Last job" {
                (layout::empty(
                    "Nothing was judged again yet",
                    "Begin with a preview: it hands in nothing.",
                ))
            },
            Some(job) => { (one(frame, job, is_running && view.can_preview)) }
        }
    };
    layout::page(frame, body)
}

fn form(frame: &Frame, can_judge: bool) -> Markup {
    html! {
        section.card aria-labelledby="begin-title" {
            h2 #begin-title { "Begin" }
            form.stack method="post" action="/rejudge" {
                (layout::hidden_csrf(frame))
                div.field {
                    label for="reason" { "Reason" }
                    input #reason name="reason" type="text" maxlength="200" required
                        aria-describedby="reason-hint";
                    p #reason-hint.soft.small { "Stands in every event; no names." }
                }
                div.field {
                    label for="since" { "Judged so far by version (optional)" }
                    input #since name="since" type="text" spellcheck="false" autocomplete="off"
                        aria-describedby="since-hint";
                    p #since-hint.soft.small { "Without it, the policies before those in force." }
                }
                div.field {
                    label for="per-second" { "At most so many a second" }
                    input #per-second name="per_second" type="number" min="1" max="20000"
                        value="200";
                }
                div.row {
                    button type="submit" name="what" value="preview" { "Preview" }
                    @if can_judge {
                        button.danger type="submit" name="what" value="judge" { "Judge again" }
                    }
                }
            }
        }
    }
}

fn one(frame: &Frame, job: &Job, can_cancel: bool) -> Markup {
    let tone = match job.state {
        "done" => "good",
        "failed" => "danger",
        "looking" | "judging" => "info",
        _ => "plain",
    };
    html! {
        section.card aria-labelledby="job-title" data-rejudging=[can_cancel.then_some("running")] {
            div.head {
                h2 #job-title { @if job.preview { "Preview" } @else { "Job" } }
                (layout::badge(tone, job.state))
            }
            p.small {
                (layout::person(&job.author)) " · " (layout::time(&job.at.to_string()))
                @if !job.reason.is_empty() { " · " (job.reason) }
            }
            p.small {
                "from " (layout::version(&job.before)) " to " (layout::version(&job.after))
            }
            @if matches!(job.state, "looking" | "judging") {
                label for="job-progress" { (job.state) ", " (layout::share(Some(job.progress))) }
                progress #job-progress max="1" value=(job.progress) {}
                p.soft.small { "Load this page again to see how far it is." }
            }
            @if let Some(error) = &job.error { p.danger { "It broke off: " (error) } }
            dl.figures {
                @for (name, count) in [
                    ("Looked at", job.found.examined),
                    ("Decided otherwise", job.found.affected),
                    ("Would be lifted", job.found.lifted),
                    ("Handed in", job.handed_in),
                    ("Handed in before", job.duplicates),
                    ("Decisions made", job.decisions),
                ] { div { dt { (name) } dd { (layout::grouped(count)) } } }
            }
            @if job.found.lifted > 0 {
                p.soft.small { "What would be lifted is not handed in: a human undoes it." }
            }
            @if !job.found.by_effect.is_empty() {
                h3 { "New effects" }
                ul { @for (effect, count) in &job.found.by_effect {
                    li { (layout::effects(std::slice::from_ref(effect))) " " (layout::grouped(*count)) }
                } }
            }
            @if !job.found.changed.is_empty() {
                details {
                    summary { (layout::counted(job.found.changed.len() as u64, "rule changed", "rules changed")) }
                    p { @for rule in &job.found.changed { code { (rule) } " " } }
                }
            }
            @if can_cancel {
                form method="post" action="/rejudge" {
                    (layout::hidden_csrf(frame))
                    button type="submit" name="what" value="cancel" { "Stop" }
                }
            }
        }
        @if !job.found.sample.is_empty() { (sample(job)) }
    }
}

fn sample(job: &Job) -> Markup {
    html! {
        section.card.flush aria-labelledby="sample-title" {
            h2 #sample-title { "Examples" }
            (layout::scroll("Table of examples", html! {
                table {
                    caption.unseen { "Content that is decided otherwise" }
                    thead { tr {
                        th scope="col" { "Subject" }
                        th scope="col" { "Before" }
                        th scope="col" { "After" }
                        th scope="col" { "Rules" }
                        th.num scope="col" { "Entry" }
                    } }
                    tbody { @for one in &job.found.sample {
                        tr {
                            th scope="row" { a href={ "/subjects/" (layout::encoded(&one.subject)) } { (one.subject) } }
                            td { @if one.before.is_empty() { span.soft { "nothing" } } @else { (layout::effects(&one.before)) } }
                            td { @if one.after.is_empty() { span.soft { "nothing" } } @else { (layout::effects(&one.after)) } }
                            td { @for rule in &one.rules { code { (rule) } " " } }
                            td.num { (layout::grouped(one.seq)) }
                        }
                    } }
                }
            }))
        }
    }
}
