//! The material shown to a reviewer with a case: its texts, the filings, the history of the
//! account.

use std::collections::HashMap;

use engine::state::SubjectState;
use legal::order::Order;
use review::{Case, Kind};
use store::CaseFilter;
use types::{Event, Subject};

use crate::access::caller::Caller;
use crate::cases::item::CaseItem;
use crate::cases::{may_see, review_queue};
use crate::decisions::detail::{DecisionPayload, Delivery};
use crate::decisions::search::Filter;
use crate::decisions::{ListedDecision, detail, listing};
use crate::filings::notices;
use crate::filings::notices::Notice;
use crate::orders::taking;
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The most other cases, and the most earlier decisions, shown with a case.
const BESIDE_MAX: u32 = 10;

/// The most subjects of a case whose texts are shown.
const SHOWN_MAX: usize = 50;

/// The most decisions searched for an event with a text.
const EARLIER_MAX: u32 = 20;

/// The most characters shown of the text of each subject.
const TEXT_MAX: usize = 280;

/// The material of a case. It must not be shown to a caller from whom it is withheld.
pub struct Material {
    /// The state of the message about its verdict, by receiver.
    pub deliveries: Vec<Delivery>,
    /// The texts of its subjects, by subject; empty if there is only one subject.
    pub texts: HashMap<String, String>,
    /// The notices that it deals with.
    pub notices: Vec<Notice>,
    /// The order that it carries out, with its id.
    pub order: Option<(String, Order)>,
    /// The decision that it is about, with its event and reasons.
    pub decision: Option<DecisionPayload>,
}

/// The material of `case`: the filings, the texts, and the decision that led to it.
pub async fn material(app: &App, case: &Case) -> Result<Material, Problem> {
    let core = app.core()?;
    let is_blind = case.kind.is_measure() && !case.is_closed();
    let mut material = Material {
        deliveries: verdict_deliveries(core, case).await?,
        texts: texts(core, case).await?,
        notices: notices::given(core, case.id).await?,
        order: order(core, case).await?,
        decision: None,
    };
    // In a case about an account, the first post is what there is to review.
    let first = case.members.iter().find(|member| !member.decisions.is_empty());
    // The last decision of a blind review is the verdict that it is compared with.
    let decision = first.filter(|member| !is_blind || member.decisions.len() > 1);
    let decision = decision.and_then(|member| member.decisions.first());
    if let Some(id) = decision
        && let Ok(row) = detail::find(core, id).await
    {
        material.decision = detail::of(core, row).await?.kept;
    }
    Ok(material)
}

async fn verdict_deliveries(core: &Core, case: &Case) -> Result<Vec<Delivery>, Problem> {
    let verdict = case.members.first().and_then(|member| member.verdict.as_ref());
    let Some(id) = verdict else { return Ok(Vec::new()) };
    match detail::find(core, id).await {
        Ok(row) => detail::deliveries(core, &row).await,
        Err(_) => Ok(Vec::new()),
    }
}

async fn order(core: &Core, case: &Case) -> Result<Option<(String, Order)>, Problem> {
    if case.kind != Kind::Order {
        return Ok(None);
    }
    let row = taking::row_of(core, case).await?;
    Ok(Some((row.id.clone(), taking::StoredOrder::read(&row)?.order)))
}

/// An earlier event about the first subject that has a text; notices, orders and appeals have none.
/// `None` in a blind review, where it would reveal the decision.
pub async fn earlier(app: &App, case: &Case) -> Result<Option<Event>, Problem> {
    if case.kind.is_measure() && !case.is_closed() {
        return Ok(None);
    }
    let core = app.core()?;
    let subject = case.subject().map(|subject| subject.0.clone());
    let filter = Filter { subject, is_newest_first: true, limit: EARLIER_MAX, ..Filter::default() };
    for row in core.store.decisions(&filter).await?.rows {
        let Some(kept) = detail::of(core, row).await?.kept else { continue };
        let has_text = kept.event.data.content.as_ref().is_some_and(|c| c.text.is_some());
        if has_text {
            return Ok(Some(kept.event));
        }
    }
    Ok(None)
}

/// The texts of the subjects of a case, if it has several. Nobody judges what they have not seen.
async fn texts(core: &Core, case: &Case) -> Result<HashMap<String, String>, Problem> {
    let mut texts = HashMap::new();
    if case.members.len() < 2 {
        return Ok(texts);
    }
    for member in case.members.iter().take(SHOWN_MAX) {
        let Some(id) = member.decisions.first() else { continue };
        let Ok(row) = detail::find(core, id).await else { continue };
        let Some(kept) = detail::of(core, row).await?.kept else { continue };
        let content = kept.event.data.content.unwrap_or_default();
        let said = content.title.into_iter().chain(content.text);
        let text: String = said.collect::<Vec<_>>().join(" · ").chars().take(TEXT_MAX).collect();
        texts.insert(member.subject.0.clone(), text);
    }
    Ok(texts)
}

/// The effects that the order behind `case` demands. Data to be preserved stays preserved without
/// being ticked.
pub async fn ordered(app: &App, case: &Case) -> Result<Vec<String>, Problem> {
    Ok(order(app.core()?, case).await?.map_or_else(Vec::new, |(_, order)| taking::effects(&order)))
}

/// The account that `case` is about, or that owns its content.
#[must_use]
pub fn account(case: &Case) -> Option<&str> {
    let first = case.members.first()?;
    let is_account = first.subject.kind() == "account";
    first.account.as_deref().or_else(|| is_account.then(|| first.subject.id()))
}

/// What is recorded about that account. Those who flagged it are left out: they are no ground for a
/// verdict.
pub async fn known(app: &App, case: &Case) -> Result<Option<SubjectState>, Problem> {
    let Some(id) = account(case) else { return Ok(None) };
    let known = app.core()?.pipeline.known(Subject::new("account", id)).await;
    let known = known.ok_or(Problem::NotReady("stopping"))?;
    Ok(Some(SubjectState { flagged_by: Vec::new(), ..known }))
}

/// Decisions on the account, newest first; empty in an open blind review.
pub async fn history(app: &App, case: &Case) -> Result<Vec<ListedDecision>, Problem> {
    if case.kind.is_measure() && !case.is_closed() {
        return Ok(Vec::new());
    }
    let filter = Filter {
        account: account(case).map(str::to_owned),
        subject: case.subject().filter(|_| account(case).is_none()).map(|s| s.0.clone()),
        is_newest_first: true,
        limit: BESIDE_MAX,
        ..Filter::default()
    };
    Ok(listing(app, &filter).await?.rows)
}

/// Other cases of the account that `caller` may see.
pub async fn similar(app: &App, caller: &Caller, case: &Case) -> Result<Vec<CaseItem>, Problem> {
    let Some(account) = account(case) else { return Ok(Vec::new()) };
    let core = app.core()?;
    let filter = CaseFilter { account: Some(account.to_owned()), ..CaseFilter::default() };
    let found = core.store.cases(&filter, BESIDE_MAX).await?;
    // A blind reviewer must not see the first verdict.
    let is_told = !case.kind.is_measure() || case.is_closed();
    let others = found.iter().filter(|(id, _)| *id != case.id && is_told);
    let others = others.map(|(_, body)| review_queue::read(body));
    let mut others = others.collect::<Result<Vec<_>, _>>()?;
    others.retain(|other| may_see(caller, other));
    CaseItem::all(core, &others).await
}
