//! The frame around every page of the console, and components that pages share.

use std::fmt::Write as _;

use app::access::permission::{
    AppealsRead, AuditRead, CasesLead, CasesRead, DecisionsRead, DeliveriesRead, ListsRead,
    NoticesRead, OrdersExecute, OrdersRead, OverviewRead, PartiesWrite, Permit as _, PoliciesRead,
    RefusedRead, ReportsRead, StaffRead, allows,
};
use maud::{DOCTYPE, Markup, html};
use types::Effect;

/// The data of the frame around a page.
pub(crate) struct Frame {
    /// The title of the page, without the product's name.
    pub(crate) title: String,
    /// The current entry of the navigation, such as `/decisions`.
    pub(crate) path: &'static str,
    /// The name of the person who is signed in.
    pub(crate) user: Option<String>,
    /// Their roles, separated by spaces.
    pub(crate) role: String,
    /// The token that forms must send back.
    pub(crate) csrf: String,
    /// Number of open proposals.
    pub(crate) open: u64,
}

/// An entry of the navigation: address, name, and the permission that it needs.
type NavigationEntry = (&'static str, &'static str, &'static str);

/// The navigation: entries, and the pages under each. The pages of the current entry are shown in a
/// second row, so that there are no menus to open.
const NAV: [(&str, &[NavigationEntry]); 7] = [
    ("Overview", &[("/", "Overview", OverviewRead::NAME)]),
    (
        "Casework",
        &[
            ("/work", "My work", CasesRead::NAME),
            ("/queues", "Queues", CasesRead::NAME),
            ("/cases", "Cases", CasesRead::NAME),
            ("/orders", "Orders", OrdersRead::NAME),
            ("/holds", "Holds", OrdersExecute::NAME),
            ("/notices", "Notices", NoticesRead::NAME),
            ("/appeals", "Appeals", AppealsRead::NAME),
        ],
    ),
    (
        "People",
        &[
            ("/quality", "Quality", CasesLead::NAME),
            ("/staffing", "Staffing", CasesLead::NAME),
            ("/people", "Accounts", StaffRead::NAME),
            ("/parties", "Partners and authorities", PartiesWrite::NAME),
            ("/audit", "Audit trail", AuditRead::NAME),
        ],
    ),
    ("Decisions", &[("/decisions", "Decisions", DecisionsRead::NAME)]),
    (
        "Rules",
        &[
            ("/rules", "In force", PoliciesRead::NAME),
            ("/rules/edit", "Editor", PoliciesRead::NAME),
            (PROPOSALS, "Proposals", PoliciesRead::NAME),
            ("/backtests", "Back-tests", PoliciesRead::NAME),
            ("/rejudge", "Judge again", PoliciesRead::NAME),
            ("/lists", "Lists", ListsRead::NAME),
        ],
    ),
    (
        "Accountability",
        &[
            ("/reports", "Reports", ReportsRead::NAME),
            ("/statements", "Statements of reasons", ReportsRead::NAME),
        ],
    ),
    (
        "System",
        &[
            ("/system", "State", OverviewRead::NAME),
            ("/jobs", "Jobs", PoliciesRead::NAME),
            ("/deliveries", "Deliveries", DeliveriesRead::NAME),
            ("/refused", "Refused", RefusedRead::NAME),
            ("/history", "History", OverviewRead::NAME),
        ],
    ),
];

/// The entry that shows the number of open proposals.
const PROPOSALS: &str = "/proposals";

/// The keyboard shortcuts: keys and their actions.
const SHORTCUTS: &[(&[&str], &str)] = &[
    (&["g", "o"], "Overview"),
    (&["g", "w"], "My work"),
    (&["g", "q"], "Queues"),
    (&["g", "c"], "Cases"),
    (&["g", "b"], "Orders"),
    (&["g", "n"], "Notices"),
    (&["g", "a"], "Appeals"),
    (&["n"], "Next case"),
    (&["g", "d"], "Decisions"),
    (&["g", "r"], "Rules"),
    (&["g", "e"], "Rule editor"),
    (&["g", "p"], "Proposals"),
    (&["g", "t"], "Back-tests"),
    (&["g", "j"], "Judge again"),
    (&["g", "l"], "Lists"),
    (&["g", "s"], "System"),
    (&["g", "v"], "Deliveries"),
    (&["g", "u"], "Reports"),
    (&["g", "m"], "Statements of reasons"),
    (&["g", "f"], "Refused"),
    (&["g", "h"], "History"),
    (&["/"], "Search"),
    (&["j"], "Next row of a table"),
    (&["k"], "Previous row of a table"),
    (&["Enter"], "Open the row"),
    (&["?"], "Keyboard help"),
];

/// A whole page with header, navigation and footer around `body`.
pub(crate) fn page(frame: &Frame, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&frame.title))
            body {
                a.skip href="#main" { "Skip to the content" }
                (masthead(frame))
                main #main tabindex="-1" { (body) }
                (footer())
                (help())
            }
        }
    }
}

/// A whole page without navigation, for those who are not signed in.
pub(crate) fn bare(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(title))
            body { main #main tabindex="-1" { (body) } }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            title { (title) " · Probity" }
            link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
            link rel="stylesheet" href="/assets/console.css";
            // Blocks rendering, so that the saved theme applies from the start.
            script type="module" src="/assets/console.js" blocking="render" {}
        }
    }
}

fn masthead(frame: &Frame) -> Markup {
    let entries = NAV.iter().map(|(name, pages)| (*name, seen(frame, pages)));
    let entries: Vec<(&str, Vec<NavigationEntry>)> =
        entries.filter(|(_, pages)| !pages.is_empty()).collect();
    let open = entries.iter().find(|(_, pages)| is_among(frame, pages) && pages.len() > 1);
    html! {
        header.masthead {
            div.masthead-inner {
                a.brand href="/" {
                    img src="/assets/icon.svg" alt="" width="24" height="24";
                    span { "Probity" }
                }
                nav.nav aria-label="Main" {
                    ul {
                        @for (name, pages) in &entries { li { (entry(frame, name, pages)) } }
                    }
                }
                div.tools {
                    (find())
                    (theme_toggle())
                    @if let Some(user) = &frame.user { (signed_in(frame, user)) }
                }
            }
            @if let Some((name, pages)) = open { (subnav(frame, name, pages)) }
        }
    }
}

/// The first page that a person with `role` may see.
pub(crate) fn first_page(role: &str) -> Option<&'static str> {
    let mut pages = NAV.iter().flat_map(|(_, pages)| pages.iter());
    pages.find(|(.., permission)| allows(role, permission)).map(|(href, ..)| *href)
}

/// Those of `pages` that the viewer may see.
fn seen(frame: &Frame, pages: &[NavigationEntry]) -> Vec<NavigationEntry> {
    let may = |(.., permission): &&NavigationEntry| allows(&frame.role, permission);
    pages.iter().filter(may).copied().collect()
}

/// Whether the current page is one of `pages`.
fn is_among(frame: &Frame, pages: &[NavigationEntry]) -> bool {
    pages.iter().any(|(href, ..)| *href == frame.path)
}

/// An entry of the first row. If its pages are not shown, it shows the number of open proposals.
fn entry(frame: &Frame, name: &str, pages: &[NavigationEntry]) -> Markup {
    let is_open = is_among(frame, pages);
    let current = is_open.then_some(if pages.len() == 1 { "page" } else { "true" });
    let is_told = !is_open && pages.iter().any(|(href, ..)| *href == PROPOSALS);
    html! {
        a href=(pages[0].0) aria-current=[current] {
            (name)
            @if is_told && frame.open > 0 { " " (waiting(frame)) }
        }
    }
}

/// The second row: the pages under the current entry.
fn subnav(frame: &Frame, name: &str, pages: &[NavigationEntry]) -> Markup {
    html! {
        nav.nav.subnav aria-label=(name) {
            ul {
                @for &(href, name, _) in pages {
                    @let current = (href == frame.path).then_some("page");
                    li {
                        a href=(href) aria-current=[current] {
                            (name)
                            @if href == PROPOSALS && frame.open > 0 { " " (waiting(frame)) }
                        }
                    }
                }
            }
        }
    }
}

fn waiting(frame: &Frame) -> Markup {
    html! {
        span.count {
            (grouped(frame.open))
            span.unseen { @if frame.open == 1 { " open proposal" } @else { " open proposals" } }
        }
    }
}

fn find() -> Markup {
    html! {
        form.find action="/find" method="get" role="search" aria-label="Quick find" {
            label.unseen for="find" { "Decision id, content/ID or account/ID" }
            input #find type="text" name="q" placeholder="Find a decision or subject"
                autocomplete="off" spellcheck="false" autocapitalize="off";
            kbd aria-hidden="true" { "/" }
            button.unseen type="submit" tabindex="-1" { "Find" }
        }
    }
}

fn theme_toggle() -> Markup {
    html! {
        button.icon.quiet type="button" data-theme-toggle aria-label="Switch theme" hidden {
            svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true" {
                circle cx="10" cy="10" r="7" fill="none" stroke="currentColor"
                    stroke-width="1.75" {}
                path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" {}
            }
        }
    }
}

fn signed_in(frame: &Frame, user: &str) -> Markup {
    html! {
        form.who action="/sign-out" method="post" {
            (hidden_csrf(frame))
            span title={ "Signed in as " (user) } {
                span.unseen { "Signed in as " }
                (user)
            }
            button.quiet type="submit" { "Sign out" }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.footer {
            p { "Probity · every decision can be replayed and proven" }
            button.quiet type="button" data-help hidden {
                "Keyboard help " kbd aria-hidden="true" { "?" }
            }
        }
    }
}

fn help() -> Markup {
    html! {
        dialog #help aria-labelledby="help-title" {
            div.head {
                h2 #help-title { "Keyboard" }
                form method="dialog" { button type="submit" { "Close" } }
            }
            dl.pairs {
                @for &(keys, what) in SHORTCUTS {
                    dt { @for key in keys { kbd { (key) } " " } }
                    dd { (what) }
                }
            }
            label.check {
                input type="checkbox" data-shortcuts checked;
                "Use single-key shortcuts"
            }
        }
    }
}

/// The hidden field with the token of the session.
pub(crate) fn hidden_csrf(frame: &Frame) -> Markup {
    html! { input type="hidden" name="csrf" value=(frame.csrf); }
}

/// The placeholder for an empty section: a title and a hint.
pub(crate) fn empty(title: &str, hint: &str) -> Markup {
    html! {
        div.empty {
            p.empty-title { (title) }
            p { (hint) }
        }
    }
}

/// A region that scrolls on its own and can be reached by keyboard.
pub(crate) fn scroll(label: &str, inner: Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) { (inner) }
    }
}

/// A column of a table, by its heading.
pub(crate) enum Column {
    /// Of text.
    Text(&'static str),
    /// Of numbers, at the right.
    Number(&'static str),
    /// Of links or buttons; the heading is only read out.
    Action(&'static str),
}

/// A table with its columns, read out as `label` and `caption`, which scrolls on its own.
pub(crate) fn table(names: (&str, &str), columns: &[Column], rows: Markup) -> Markup {
    tabular(false, names, columns, rows)
}

/// The same as a list: keys go from row to row.
pub(crate) fn list(names: (&str, &str), columns: &[Column], rows: Markup) -> Markup {
    tabular(true, names, columns, rows)
}

fn tabular(
    is_list: bool,
    (label, caption): (&str, &str),
    columns: &[Column],
    rows: Markup,
) -> Markup {
    let heading = |column: &Column| match column {
        Column::Text(heading) => html! { th scope="col" { (heading) } },
        Column::Number(heading) => html! { th.num scope="col" { (heading) } },
        Column::Action(heading) => html! { th scope="col" { span.unseen { (heading) } } },
    };
    let table = html! {
        table data-rows[is_list] {
            caption.unseen { (caption) }
            thead { tr { @for column in columns { (heading(column)) } } }
            tbody { (rows) }
        }
    };
    scroll(label, table)
}

/// A badge. `tone` is `danger`, `warn`, `good`, `info` or `plain`.
pub(crate) fn badge(tone: &str, text: &str) -> Markup {
    html! { span class={ "badge badge-" (tone) } { (text) } }
}

/// Effects, each as a badge in the tone of its severity.
pub(crate) fn effects(names: &[String]) -> Markup {
    html! {
        span.badges {
            @for name in names { (badge(tone(name), &name.replace('_', " "))) }
        }
    }
}

/// The strength from which an effect hides content.
const HIDES: u8 = 6;

/// The tone of an effect, by its severity.
pub(crate) fn tone(effect: &str) -> &'static str {
    let end = effect.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(effect.len());
    match effect.get(..end).and_then(Effect::named) {
        Some(effect) if effect.is_strike() || effect.strength() >= HIDES => "danger",
        Some(Effect::Review) => "info",
        Some(Effect::Notify) => "plain",
        _ => "warn",
    }
}

/// A time of RFC 3339 as date and time of day.
pub(crate) fn time(at: &str) -> Markup {
    let shown = match (at.get(..10), at.get(11..19)) {
        (Some(day), Some(hour)) => format!("{day} {hour}"),
        _ => at.to_owned(),
    };
    html! { time datetime=(at) title=(at) { (shown) } }
}

/// A number with thousands separators: 1,234,567.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share from 0 to 1 in percent, or a dash if it is unknown.
pub(crate) fn share(part: Option<f64>) -> String {
    match part {
        Some(part) if part.is_finite() => format!("{:.1}\u{202f}%", part * 100.0),
        _ => "–".to_owned(),
    }
}

/// A number with its noun: `1 rule`, `1,200 rules`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A path, percent-encoded for an address. Slashes stay.
pub(crate) fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// One segment of an address, percent-encoded. Slashes are encoded too.
pub(crate) fn segment(part: &str) -> String {
    encoded(part).replace('/', "%2F")
}

/// The name of a person, from the stored name of a sender.
pub(crate) fn person(sender: &str) -> &str {
    sender.strip_prefix("staff ").unwrap_or(sender)
}

/// The beginning of the version of a policy set, long enough to distinguish versions.
pub(crate) fn version(version: &str) -> Markup {
    html! { code title=(version) { (version.get(..12).unwrap_or(version)) } }
}

/// Links to the previous and the next page.
pub(crate) fn pager(previous: Option<&str>, next: Option<&str>, name: &str) -> Markup {
    html! {
        @if previous.is_some() || next.is_some() {
            nav.pager aria-label=(name) {
                @if let Some(href) = previous { a.button href=(href) rel="prev" { "← Previous" } }
                @if let Some(href) = next { a.button href=(href) rel="next" { "Next →" } }
            }
        }
    }
}
