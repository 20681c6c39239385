//! The case that an event opens, and how similar events change it.

use types::{Decision, Effect, Event, EventType};

use crate::case::{Case, Kind, Lane, Member, Step};
use crate::priority::Rate;

/// The least severity of a removal order: terrorist content is a burden to people who see it.
const REMOVAL_SEVERITY: u8 = 9;

/// The least severity of a notice under a DSA category. It is reviewed sooner, from any sender; the
/// lanes are only for trusted senders.
const NOTICED_SEVERITY: &[(&str, u8)] =
    &[("PROTECTION_OF_MINORS", 9), ("VIOLENCE", 8), ("RISK_FOR_PUBLIC_SECURITY", 8)];

/// The most members of a case; one verdict covers all of them.
pub(crate) const MEMBERS_MAX: usize = 1000;

/// The most decisions and notices that a case names; later ones are counted as flags.
const NAMED_MAX: usize = 1000;

/// A notice, an order or an appeal, with what is known only where it was received.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filing {
    /// Its id.
    pub id: String,
    /// Its deadline, in milliseconds since 1970.
    pub due_ms: Option<i64>,
    /// Reviewers who must not judge it, since they decided before.
    pub not_by: Vec<String>,
    /// Its subjects besides that of its event, with the decisions that a verdict replaces.
    pub members: Vec<Member>,
    /// The case whose verdict it is about.
    pub of: Option<u64>,
    /// Whether the person affected must not be notified.
    pub is_silent: bool,
    /// The policy it is about.
    pub policy: Option<String>,
}

/// An event with what the engine knows about it.
pub struct EventInContext<'a> {
    /// The event.
    pub event: &'a Event,
    /// The decision on the event.
    pub decision: Option<&'a Decision>,
    /// Number of views before the event, as far as known.
    pub views: u64,
    /// Number of flags before it.
    pub flags: u32,
    /// When the content was published, in milliseconds since 1970.
    pub published_ms: Option<i64>,
    /// The cluster of texts that it is in.
    pub cluster: Option<&'a str>,
    /// The severity of the policy of the decision.
    pub severity: u8,
    /// The filing that came with it.
    pub filing: Option<&'a Filing>,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

/// Whether `decision` requires a human.
pub(crate) fn asks(decision: &Decision) -> bool {
    decision.effects.iter().any(Effect::asks_a_human)
}

/// The case that an event opens.
pub(crate) fn opened(told: &EventInContext<'_>, kind: Kind) -> Case {
    let (event, filing) = (told.event, told.filing);
    let content = event.data.content.as_ref();
    let country = content.and_then(|content| content.country.clone());
    let home = || event.data.account.as_ref().and_then(|account| account.country.clone());
    let language = told.decision.and_then(|decision| decision.language.clone());
    let effects = told.decision.map(|decision| decision.effects.as_slice()).unwrap_or_default();
    let rules = told.decision.map(|decision| decision.reasons.as_slice()).unwrap_or_default();
    let policy = filing.and_then(|filing| filing.policy.clone());
    let at_ms = event.time.as_millisecond();
    let mut case = Case {
        kind,
        lane: lane(event, told.severity),
        severity: told.severity.max(noticed_severity(event)),
        members: members(told),
        cluster: told.cluster.map(str::to_owned),
        policy: policy.or_else(|| told.decision.map(|d| d.policy.clone())).unwrap_or_default(),
        rules: rules.iter().filter(|r| !r.shadow).map(|r| r.rule.clone()).collect(),
        language: language.or_else(|| {
            content.and_then(|content| content.lang.as_ref()?.code().map(str::to_owned))
        }),
        country: country.or_else(home),
        medium: content.and_then(|content| content.kind.clone()).unwrap_or_default(),
        opened_ms: told.now_ms,
        due_ms: filing.and_then(|filing| filing.due_ms),
        views: told.views,
        rate: Rate::even(told.views, told.published_ms, at_ms),
        flags: told.flags + u32::from(event.kind == EventType::FlagRaised),
        notices: event.data.notice.iter().map(|notice| notice.id.clone()).collect(),
        filing: filing.map(|filing| filing.id.clone()).filter(|_| kind != Kind::Notice),
        is_escalated: kind == Kind::Review && effects.contains(&Effect::Escalate),
        escalation: told
            .decision
            .filter(|_| effects.contains(&Effect::Escalate))
            .map(|decision| decision.id.0.clone()),
        is_silent: filing.is_some_and(|filing| filing.is_silent),
        not_by: filing.map(|filing| filing.not_by.clone()).unwrap_or_default(),
        of: filing.and_then(|filing| filing.of),
        ..Case::default()
    };
    if let Some(views) = &event.data.views {
        case.views = case.views.max(views.total);
        case.rate.add(views.added.unwrap_or_default(), at_ms);
    }
    if case.lane == Lane::Removal {
        case.due_ms.get_or_insert(told.now_ms + 3_600_000);
        case.severity = case.severity.max(REMOVAL_SEVERITY);
    }
    if kind == Kind::Appeal && filing.is_none() {
        // The event alone does not say who decided before.
        case.kind = Kind::Review;
    }
    case.step(Step { at_ms: told.now_ms, what: "opened".to_owned(), ..Step::default() });
    case
}

fn members(told: &EventInContext<'_>) -> Vec<Member> {
    let event = told.event;
    let effects = told.decision.map(|decision| decision.effects.as_slice()).unwrap_or_default();
    let restricts = effects.iter().filter(|effect| effect.restricts());
    let first = Member {
        subject: event.about(),
        account: event.account_id().map(str::to_owned),
        decisions: told.decision.iter().map(|decision| decision.id.0.clone()).collect(),
        standing: restricts.map(ToString::to_string).collect(),
        verdict: None,
    };
    let more = told.filing.map(|filing| filing.members.clone()).unwrap_or_default();
    // A filing knows more about the subject than its event does.
    let (same, more): (Vec<_>, Vec<_>) =
        more.into_iter().partition(|member| member.subject == first.subject);
    let first = same.into_iter().next().unwrap_or(first);
    std::iter::once(first).chain(more).take(MEMBERS_MAX).collect()
}

/// The least severity for the category of a notice.
fn noticed_severity(event: &Event) -> u8 {
    let notice = event.data.notice.as_ref().filter(|_| event.kind == EventType::NoticeReceived);
    let category = notice.and_then(|notice| notice.category.as_deref()).unwrap_or_default();
    let row = NOTICED_SEVERITY.iter().find(|(known, _)| *known == category);
    row.map_or(0, |(_, severity)| *severity)
}

fn lane(event: &Event, severity: u8) -> Lane {
    match event.kind {
        EventType::OrderReceived => match event.data.order.as_ref().map(|o| o.kind.as_str()) {
            Some("removal") => Lane::Removal,
            _ => Lane::Order,
        },
        EventType::NoticeReceived => noticed_lane(event),
        _ if severity >= 10 => Lane::Danger,
        EventType::AppealReceived => Lane::Appeal,
        _ => Lane::General,
    }
}

/// The lane of a notice. Anybody can fill in a form, so its text alone gives no lane: trusted
/// flaggers and rapid-response signatories come first, and only they can report danger.
fn noticed_lane(event: &Event) -> Lane {
    let notice = event.data.notice.as_ref();
    let channel = notice.and_then(|notice| notice.channel.as_deref()).unwrap_or_default();
    let category = notice.and_then(|notice| notice.category.as_deref()).unwrap_or_default();
    match (channel, category) {
        ("trusted_flagger" | "rapid_response", "PROTECTION_OF_MINORS" | "VIOLENCE") => Lane::Danger,
        ("trusted_flagger" | "rapid_response", _) => Lane::Priority,
        _ => Lane::General,
    }
}

/// The case after `more` joined it.
pub(crate) fn join(mut case: Case, more: Case) -> Case {
    case.lane = case.lane.min(more.lane);
    case.due_ms = [case.due_ms, more.due_ms].into_iter().flatten().min();
    if more.severity > case.severity {
        case.severity = more.severity;
        // Opt-outs follow the severer policy; a notice has no policy of its own.
        if more.kind != Kind::Notice || case.policy.is_empty() {
            case.policy = more.policy;
        }
    }
    case.is_escalated |= more.is_escalated;
    case.is_restricted |= more.is_restricted;
    case.escalation = more.escalation.or(case.escalation);
    match case.is_flood() {
        // Each post has views and flags of its own.
        true => {
            case.flags = case.flags.saturating_add(more.flags);
            case.views = case.views.saturating_add(more.views);
            case.rate.add(more.views, more.rate.at_ms);
        }
        false => {
            case.flags = case.flags.max(more.flags);
            case.views = case.views.max(more.views);
        }
    }
    for rule in more.rules {
        if !case.rules.contains(&rule) {
            case.rules.push(rule);
        }
    }
    case.notices.extend(more.notices);
    case.notices.truncate(NAMED_MAX);
    for member in more.members {
        let known = case.members.iter_mut().find(|known| known.subject == member.subject);
        match known {
            Some(known) if known.decisions.len() < NAMED_MAX => {
                known.decisions.extend(member.decisions);
                for effect in member.standing {
                    if !known.standing.contains(&effect) {
                        known.standing.push(effect);
                    }
                }
            }
            Some(_) => {}
            None => case.members.push(member),
        }
    }
    let at_ms = more.opened_ms;
    case.step(Step { at_ms, what: "joined".to_owned(), ..Step::default() });
    case
}
