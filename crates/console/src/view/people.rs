//! People: quality of reviews, staffing, accounts and the audit trail.

use app::access::audit::{AuditPage, AuditQuery};
use app::access::permission::ROLES;
use app::access::staff::StaffItem;
use app::cases::quality::{Agreed, Quality};
use app::cases::staffing::{LanguageLoad, Staffing};
use maud::{Markup, html};
use review::agreement::Agreement;
use review::sampling::Interval;

use super::chart;
use super::layout::Column::{Number, Text};
use super::layout::{self, Frame};

/// Below this, conclusions should not be drawn (Krippendorff 2004).
const ALPHA_MIN: f64 = 0.667;

/// The page of quality.
pub(crate) fn quality(frame: &Frame, view: &Quality) -> Markup {
    let body = html! {
        div.head { div {
            h1 { "Quality" }
            p {
                "Agreement of reviewers in the last " (view.days) " days, over "
                (layout::counted(view.cases, "closed case", "closed cases"))
                ". A second reviewer judges a share of the cases again, without knowing it."
            }
        } }
        section.card.flush aria-labelledby="all-title" {
            h2 #all-title { "Agreement" }
            @if view.all.kappa.units == 0 {
                (layout::empty(
                    "No case was judged twice yet",
                    "Second reviews start a minute after a verdict. The configuration sets their share.",
                ))
            } @else {
                (agreement("Agreement by policy", std::iter::once(&view.all).chain(&view.policies)))
                (agreement("Agreement by language", view.languages.iter()))
            }
        }
        section.card.flush aria-labelledby="reviewers-title" {
            h2 #reviewers-title { "Reviewers" }
            @if view.reviewers.is_empty() {
                (layout::empty("No verdicts yet", "Reviewers appear with their first verdict."))
            } @else { (reviewers(view)) }
        }
        section.card.flush aria-labelledby="appeals-title" {
            h2 #appeals-title { "Reversals on appeal" }
            @if view.appeals.is_empty() {
                (layout::empty("No decided appeals yet", "Decided appeals are listed by policy."))
            } @else {
                (layout::table(
                    (
                        "Table of appeals by policy",
                        "Decisions that an appeal reversed, in whole or in part, by policy",
                    ),
                    &[Text("Policy"), Text("Reversed")],
                    html! {
                        @for row in &view.appeals { tr {
                            th scope="row" { (row.policy) }
                            td { (interval(row.reversed)) }
                        } }
                    },
                ))
            }
        }
    };
    layout::page(frame, body)
}

fn agreement<'a>(caption: &str, rows: impl Iterator<Item = &'a Agreed>) -> Markup {
    layout::scroll(
        caption,
        html! {
            table {
                caption { (caption) }
                thead { tr {
                    th scope="col" { "Name" }
                    th.num scope="col" { "Judged twice" }
                    th scope="col" { "Same verdict" }
                    th scope="col" { "Cohen’s κ" }
                    th scope="col" { "Krippendorff’s α" }
                } }
                tbody { @for row in rows { tr {
                    th scope="row" { (row.name) }
                    td.num { (row.kappa.units) }
                    td { (interval(row.same)) }
                    td { (coefficient(&row.kappa)) }
                    td {
                        (coefficient(&row.alpha))
                        @if row.alpha.value.is_some_and(|value| value < ALPHA_MIN) {
                            " " (layout::badge("warn", "below 0.667"))
                        }
                    }
                } } }
            }
        },
    )
}

/// A coefficient with its interval.
fn coefficient(agreement: &Agreement) -> Markup {
    html! {
        @match (agreement.value, agreement.low, agreement.high) {
            (Some(value), Some(low), Some(high)) => {
                (format!("{value:.2}")) span.soft { (format!(" ({low:.2} to {high:.2})")) }
            }
            (Some(value), ..) => { (format!("{value:.2}")) }
            _ => { span.soft { "not defined" } }
        }
    }
}

/// A share with its interval.
fn interval(interval: Option<Interval>) -> Markup {
    html! {
        @if let Some(interval) = interval {
            (layout::share(Some(interval.value)))
            span.soft {
                " (" (layout::share(Some(interval.low))) " to "
                (layout::share(Some(interval.high))) ", of " (interval.of) ")"
            }
        } @else { span.soft { "–" } }
    }
}

fn reviewers(view: &Quality) -> Markup {
    layout::scroll(
        "Table of reviewers",
        html! {
            table data-rows {
                caption.unseen { "Reviewers, as measured" }
                thead { tr {
                    th scope="col" { "Name" }
                    th.num scope="col" { "Closed" }
                    th.num scope="col" { "Median time" }
                    th scope="col" { "Golden cases right" }
                    th scope="col" { "Confirmed by a second reviewer" }
                    th scope="col" { "Reversed on appeal" }
                } }
                tbody { @for row in &view.reviewers { tr {
                    th scope="row" { a href={ "/cases?by=" (layout::segment(&row.name)) } { (row.name) } }
                    td.num { (layout::grouped(row.closed)) }
                    td.num { @if let Some(seconds) = row.seconds { (seconds) " s" } @else { "–" } }
                    td { (interval(row.golden)) }
                    td { (interval(row.confirmed)) }
                    td { (interval(row.reversed)) }
                } } }
            }
        },
    )
}

/// The page of staffing.
pub(crate) fn staffing(frame: &Frame, view: &Staffing) -> Markup {
    let bars: Vec<(String, u64)> =
        view.queues.iter().map(|queue| (queue.queue.clone(), queue.arrived)).collect();
    let body = html! {
        div.head { div {
            h1 { "Staffing" }
            p {
                "Arrivals in the last " (view.hours) " hours, reviewers at work, and the expected "
                "waiting times (Erlang C). Target: " (layout::share(Some(view.target.share)))
                " claimed within " (format!("{:.0}", view.target.within_seconds / 60.0)) " minutes."
            }
        } }
        section.card.flush aria-labelledby="languages-title" {
            h2 #languages-title { "By language" }
            @if view.languages.is_empty() {
                (layout::empty("No cases yet", "Languages appear with their first case."))
            } @else {
                (layout::list(
                    ("Table of languages", "Load and reviewers by language"),
                    &[
                        Text("Language"), Number("Waiting"), Number("Per hour"),
                        Number("Handling time"), Number("Load (erlangs)"), Number("Readers"),
                        Number("At work"), Number("Must wait"), Number("Mean wait"),
                        Number("Within target"), Number("Shortfall"),
                    ],
                    html! { @for row in &view.languages { (language(row)) } },
                ))
            }
        }
        section.card { (chart::bars("Arrivals by queue", "cases", &bars)) }
        (queues(view))
    };
    layout::page(frame, body)
}

fn language(row: &LanguageLoad) -> Markup {
    let forecast = row.forecast.as_ref();
    let shortfall = forecast.and_then(|forecast| forecast.shortfall);
    html! {
        tr {
            th scope="row" { (if row.language.is_empty() { "none needed" } else { &row.language }) }
            td.num { (layout::grouped(row.waiting)) }
            td.num { (format!("{:.1}", row.load.arrivals_per_hour)) }
            td.num { (format!("{:.0} s", row.load.handling_seconds)) }
            td.num { @if let Some(f) = forecast { (format!("{:.2}", f.load_erlangs)) } @else { "–" } }
            td.num { (row.readers) }
            td.num { (row.load.agents) }
            td.num { (layout::share(forecast.map(|forecast| forecast.wait_probability))) }
            td.num {
                @match forecast.and_then(|forecast| forecast.wait_mean_seconds) {
                    Some(seconds) => { (format!("{seconds:.0} s")) }
                    None => { span.soft { "unbounded" } }
                }
            }
            td.num { (layout::share(forecast.map(|forecast| forecast.service_level))) }
            td.num {
                @match shortfall {
                    Some(0) => { (layout::badge("good", "none")) }
                    Some(short) => { (layout::badge("danger", &short.to_string())) }
                    None => { "–" }
                }
            }
        }
    }
}

fn queues(view: &Staffing) -> Markup {
    let seconds = |value: Option<u32>| value.map_or("–".to_owned(), |value| format!("{value} s"));
    html! {
        section.card.flush aria-labelledby="queues-title" {
            h2 #queues-title { "By queue" }
            (layout::list(
                ("Table of queues", "Arrivals and handling times by queue"),
                &[
                    Text("Queue"), Number("Arrived"), Number("Closed"), Number("Waiting"),
                    Number("Median time to claim"), Number("Median handling time"),
                ],
                html! {
                    @for row in &view.queues { tr {
                        th scope="row" { a href={ "/cases?queue=" (row.queue) } { (row.queue) } }
                        td.num { (layout::grouped(row.arrived)) }
                        td.num { (layout::grouped(row.closed)) }
                        td.num { (layout::grouped(row.waiting)) }
                        td.num { (seconds(row.claimed_after_seconds)) }
                        td.num { (seconds(row.seconds)) }
                    } }
                },
            ))
        }
    }
}

/// The page of people and roles.
pub(crate) fn people(
    frame: &Frame,
    staff: &[StaffItem],
    (can_write, can_lead): (bool, bool),
    problem: Option<&str>,
) -> Markup {
    let body = html! {
        div.head { div {
            h1 { "People" }
            p { "Staff accounts, with their roles and skills." }
        } }
        @if let Some(problem) = problem { p.notice.notice-danger role="alert" { (problem) } }
        section.card.flush aria-label="Accounts" {
            (layout::scroll("Table of accounts", html! {
                table data-rows {
                    caption.unseen { "Accounts by name" }
                    thead { tr {
                        th scope="col" { "Name" }
                        th scope="col" { "Roles" }
                        th scope="col" { "Languages" }
                        th scope="col" { "Expertise" }
                        th scope="col" { "Task forces" }
                        th scope="col" { "Second factor" }
                        th scope="col" { "Clearance" }
                        @if can_lead || can_write { th scope="col" { span.unseen { "Change" } } }
                    } }
                    tbody { @for one in staff { (person(frame, one, (can_write, can_lead))) } }
                }
            }))
        }
        @if can_write { (new_account(frame)) }
        (roles())
    };
    layout::page(frame, body)
}

fn person(frame: &Frame, one: &StaffItem, (can_write, can_lead): (bool, bool)) -> Markup {
    let skills = &one.skills;
    let path = format!("/people/{}", layout::segment(&one.name));
    html! {
        tr {
            th scope="row" { a href={ "/audit?by=" (layout::segment(&one.name)) } { (one.name) } }
            td { (one.roles.join(", ")) @if let Some(party) = &one.party { " of " (party) } }
            td { (skills.languages.join(", ")) }
            td { (skills.expertise.join(", ")) }
            td { (skills.queues.join(", ")) }
            td { @if one.has_second_factor { (layout::badge("good", "on")) } @else { "–" } }
            td { @if skills.is_cleared { (layout::badge("info", "cleared")) } @else { "–" } }
            @if can_lead || can_write {
                td {
                    details {
                        summary { "Change" span.unseen { " " (one.name) } }
                        @if can_lead { (skills_form(frame, one, &path)) }
                        @if can_write && frame.user.as_deref() != Some(&one.name) {
                            form action={ (path) "/remove" } method="post" {
                                (layout::hidden_csrf(frame))
                                button type="submit" { "Remove the account" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn skills_form(frame: &Frame, one: &StaffItem, path: &str) -> Markup {
    let skills = &one.skills;
    let field = |name: &str, label: &str, value: &[String]| {
        html! {
            div.field {
                label { (label) input name=(name) value=(value.join(", ")) autocomplete="off"; }
            }
        }
    };
    html! {
        form.stack action={ (path) "/skills" } method="post" {
            (layout::hidden_csrf(frame))
            (field("languages", "Languages", &skills.languages))
            (field("expertise", "Expertise", &skills.expertise))
            (field("queues", "Task forces", &skills.queues))
            (field("opted_out", "Opted out of", &skills.opted_out))
            label.check {
                input type="checkbox" name="is_cleared" checked[skills.is_cleared];
                "May see restricted material"
            }
            button type="submit" { "Save" }
        }
    }
}

fn new_account(frame: &Frame) -> Markup {
    html! {
        section.card.stack aria-labelledby="new-title" {
            h2 #new-title { "New account" }
            form.filters action="/people" method="post" {
                (layout::hidden_csrf(frame))
                div.field { label for="new-name" { "Name" } input #new-name name="name" required; }
                div.field {
                    label for="new-password" { "Password, at least 15 characters" }
                    input #new-password name="password" type="password" required minlength="15"
                        autocomplete="new-password";
                }
                div.field {
                    label for="new-role" { "Role" }
                    select #new-role name="role" {
                        @for (name, _) in ROLES {
                            @if *name != "partner" && *name != "authority" {
                                option value=(name) { (name) }
                            }
                        }
                    }
                }
                div.field {
                    label for="new-languages" { "Languages" }
                    input #new-languages name="languages" placeholder="ro, en";
                }
                button.primary type="submit" { "Create" }
            }
        }
    }
}

fn roles() -> Markup {
    html! {
        section.card aria-labelledby="roles-title" {
            h2 #roles-title { "Roles" }
            dl.pairs { @for (name, what) in ROLES { dt { (name) } dd { (what) } } }
        }
    }
}

/// The page of the audit trail.
pub(crate) fn audit(frame: &Frame, which: &AuditQuery, view: &AuditPage) -> Markup {
    let kept = format!("by={}&about={}", layout::segment(&which.by), layout::segment(&which.about));
    let next = view.next.map(|next| format!("/audit?{kept}&before={next}"));
    let body = html! {
        div.head { div {
            h1 { "Audit trail" }
            p { "Who did what. Lines with an event are in the ledger and can be proven." }
        } }
        form.card.filters action="/audit" method="get" {
            div.field { label for="by" { "By" } input #by name="by" value=(which.by); }
            div.field {
                label for="about" { "About" }
                input #about name="about" value=(which.about) placeholder="case c-17";
            }
            button type="submit" { "Filter" }
        }
        section.card.flush aria-label="Lines of the trail" {
            @if view.items.is_empty() {
                (layout::empty("No lines", "Claims, verdicts, looks and changes appear here."))
            } @else {
                (layout::list(
                    ("Audit trail", "Who did what, newest first"),
                    &[Text("When (UTC)"), Text("Who"), Text("What"), Text("About"), Text("Event")],
                    html! {
                        @for item in &view.items { tr {
                            td.nowrap { (layout::time(&item.at.to_string())) }
                            td { (item.by.as_deref().unwrap_or("Probity")) }
                            td { (item.what) }
                            td { (about(&item.about)) }
                            td.nowrap { @if let Some(event) = &item.event { code { (event) } } }
                        } }
                    },
                ))
            }
        }
        (layout::pager(None, next.as_deref(), "Pages of the audit trail"))
    };
    layout::page(frame, body)
}

fn about(about: &str) -> Markup {
    html! {
        @if let Some(case) = about.strip_prefix("case ") { a href={ "/cases/" (case) } { (about) } }
        @else { (about) }
    }
}
