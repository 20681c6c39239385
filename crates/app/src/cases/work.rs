//! What is on somebody's own desk, and how they are.

use casework::care::{Allowed, Limits};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::caller::Caller;
use crate::cases::desk;
use crate::cases::item::CaseItem;
use crate::service::problem::Problem;
use crate::service::state::App;

/// What is on somebody's own desk.
#[derive(Serialize, ToSchema)]
#[schema(as = OwnWork)]
pub struct Work {
    /// Cases that they hold, or that were passed to them.
    pub cases: Vec<CaseItem>,
    /// Cases about which a colleague asks them.
    pub asked: Vec<CaseItem>,
    /// What they closed lately.
    pub closed: Vec<CaseItem>,
    /// What the limits of care leave them.
    pub care: Care,
}

/// What somebody was exposed to.
#[derive(Serialize, ToSchema)]
pub struct Care {
    /// Minutes spent on severe cases today (UTC).
    pub exposed_minutes: u64,
    /// What they may be given now.
    pub allowed: Allowed,
    /// The limits.
    pub limits: Limits,
}

/// Cases closed lately that are shown.
const CLOSED_MAX: u32 = 20;

/// What is on the desk of `caller`.
pub async fn work(app: &App, caller: &Caller) -> Result<Work, Problem> {
    let core = app.core()?;
    let (name, now_ms) = (caller.reviewer()?.name, app.now().as_millisecond());
    let limits = app.settings.casework.desk.limits;
    let who = name.clone();
    let looked = desk::look(core, move |desk| {
        let cases: Vec<casework::Case> = desk.of(&who).into_iter().cloned().collect();
        let asked: Vec<casework::Case> = desk.asked(&who).into_iter().cloned().collect();
        let exposure = desk.exposure(&who).cloned().unwrap_or_default();
        (cases, asked, exposure)
    });
    let (cases, asked, exposure) = looked.await?;
    let filter = store::CaseFilter {
        state: Some("closed".to_owned()),
        holder: Some(name),
        ..store::CaseFilter::default()
    };
    let closed = core.store.cases(&filter, CLOSED_MAX).await?;
    let closed = closed.iter().map(|(_, body)| desk::read(body)).collect::<Result<Vec<_>, _>>()?;
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
