//! A reviewer's own work, and their exposure.

use review::wellbeing::{Allowed, Limits};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::cases::item::CaseItem;
use crate::cases::review_queue;
use crate::service::problem::Problem;
use crate::service::state::App;

/// A reviewer's own work.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnWork)]
pub struct Work {
    /// Cases that they hold, or that were passed to them.
    pub cases: Vec<CaseItem>,
    /// Cases with a question of a colleague to them.
    pub asked: Vec<CaseItem>,
    /// Cases that they closed recently.
    pub closed: Vec<CaseItem>,
    /// Their exposure, and what the limits of care allow them.
    pub care: Care,
}

/// The exposure of a reviewer.
#[derive(Serialize, ToSchema)]
pub struct Care {
    /// Minutes spent on severe cases since midnight UTC.
    pub exposed_minutes: u64,
    /// What they may be given now.
    pub allowed: Allowed,
    /// The limits of care.
    pub limits: Limits,
}

/// How many recently closed cases are shown.
const CLOSED_MAX: u32 = 20;

/// The work of `caller`.
pub async fn work(app: &App, caller: &Caller) -> Result<Work, Problem> {
    let core = app.core()?;
    let (name, now_ms) = (caller.reviewer()?.name, app.now().as_millisecond());
    let limits = app.settings.casework.review_queue.limits;
    let who = name.clone();
    let looked = review_queue::look(core, move |review_queue| {
        let cases: Vec<review::Case> = review_queue.of(&who).into_iter().cloned().collect();
        let asked: Vec<review::Case> = review_queue.asked(&who).into_iter().cloned().collect();
        let exposure = review_queue.exposure(&who).cloned().unwrap_or_default();
        (cases, asked, exposure)
    });
    let (cases, asked, exposure) = looked.await?;
    let filter = store::CaseFilter {
        state: Some("closed".to_owned()),
        holder: Some(name),
        ..store::CaseFilter::default()
    };
    let closed = core.store.cases(&filter, CLOSED_MAX).await?;
    let closed =
        closed.iter().map(|(_, body)| review_queue::read(body)).collect::<Result<Vec<_>, _>>()?;
    let care = Care {
        exposed_minutes: exposure.exposed_minutes_today(now_ms),
        allowed: exposure.may(now_ms, &limits),
        limits,
    };
    Ok(Work {
        cases: CaseItem::all(core, &cases).await?,
        asked: CaseItem::all(core, &asked).await?,
        closed: CaseItem::all(core, &closed).await?,
        care,
    })
}
