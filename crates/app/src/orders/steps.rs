//! The steps that legal takes with an order outside its case: answer that it cannot be carried out,
//! resume after a clarification, confirm, annul, end the secrecy, describe what to hold.

use engine::{Deed, Lodged, Rows};
use jiff::Timestamp;
use legal::authority::{Channel, Confirmation};
use legal::order::OrderKind;
use review::{Case, CaseId, Command, Finding, Request, Verdict};
use store::{CaseFilter, FilingRow, RowChange};

use crate::access::caller::Caller;
use crate::cases::review_queue;
use crate::filings;
use crate::filings::appeals;
use crate::orders::Step;
use crate::orders::standing::{self, OrderState, check_annex};
use crate::orders::taking::{self, Confirmed, Hindrance, StoredOrder, lodge, row};
use crate::service::problem::Problem;
use crate::service::state::{App, Core};

/// The most other orders about one subject that are checked.
const SAME_MAX: u32 = 100;

/// Carries out a step with an order, one step at a time. The step is completed even if the caller
/// goes away in the middle.
pub async fn go_on(app: &App, caller: &Caller, id: &str, step: Step) -> Result<(), Problem> {
    let (own, caller, id) = (app.clone(), caller.clone(), id.to_owned());
    filings::alone(app, async move { Order::find(&own, &id).await?.go_on(&caller, step).await })
        .await
}

/// An order with its state.
struct Order<'a> {
    app: &'a App,
    row: FilingRow,
    kept: StoredOrder,
    standing: OrderState,
    state: &'static str,
    /// What else is done in the same commit as storing the order.
    deeds: Vec<Deed>,
}

impl<'a> Order<'a> {
    async fn find(app: &'a App, id: &str) -> Result<Self, Problem> {
        let core = app.core()?;
        let row = row(core, id).await?;
        let kept = StoredOrder::read(&row)?;
        let standing = OrderState::of(core, &kept, &row).await?;
        let state = standing::state(&kept, &row, &standing);
        Ok(Self { app, row, kept, standing, state, deeds: Vec::new() })
    }

    async fn go_on(mut self, caller: &Caller, step: Step) -> Result<(), Problem> {
        let id = self.row.id.clone();
        let what = match step {
            Step::Impossible { ground, reasons, clarification } => {
                let (at, resumed_at) = (self.app.now(), None);
                let hindrance = Hindrance { ground, reasons, clarification, at, resumed_at };
                self.impossible(caller, hindrance).await?
            }
            Step::Clarified => return self.clarified(caller).await,
            Step::Confirm { way, authority } => {
                let by = caller.person()?.to_owned();
                let confirmation = Confirmation { way, by, at: self.app.now() };
                self.confirm(confirmation, &authority).await?
            }
            Step::Done { at, note } => self.done(caller, at, note).await?,
            Step::Answered { note } => self.answered(note)?,
            Step::Scrutiny => self.scrutiny()?,
            Step::Annul { note } => self.annul(caller, note).await?,
            Step::Inform => self.inform(caller).await?,
            Step::Hold { scope } => {
                let hold = taking::hold(self.app, (&self.row, self.state), &self.kept, &scope)?;
                self.deeds.push(Deed::Keep(Rows::of([RowChange::from(&hold)])));
                "scope of a retention order described"
            }
        };
        let row = FilingRow { body: Some(self.kept.write()?), ..self.row };
        let line = filings::line(self.app, caller, what, format!("order {id}"));
        self.deeds.push(Deed::Keep(Rows::of([RowChange::from(&row), line])));
        self.app.core()?.pipeline.carry(self.deeds).await??;
        Ok(())
    }

    fn wrong<T>(&self, why: &str) -> Result<T, Problem> {
        let state = self.state;
        Err(Problem::Case("wrong_state", format!("the order is {state}: {why}")))
    }

    async fn impossible(
        &mut self,
        caller: &Caller,
        hindrance: Hindrance,
    ) -> Result<&'static str, Problem> {
        let is_unanswered = self.state == "impossible" && self.kept.hindrance().is_none();
        if !matches!(self.state, "open" | "unconfirmed") && !is_unanswered {
            return self.wrong("only one that is not carried out is answered so");
        }
        let why = hindrance.reasons.clone();
        self.kept.hindrances.push(hindrance);
        check_annex(self.app, &self.kept, &self.row)?;
        if self.state == "unconfirmed" {
            // The decision is taken back, or it would still be carried out.
            self.undo(caller, why).await?;
        }
        standing::tell(self.app, &mut self.kept, &self.row, &self.standing);
        if self.state == "open" {
            self.deeds.extend(close(self.app, caller, &self.row)?);
        }
        Ok("order answered that it cannot be carried out")
    }

    async fn clarified(mut self, caller: &Caller) -> Result<(), Problem> {
        let is_hindered = self.kept.hindrance().is_some();
        let Some(last) = self.kept.hindrances.last_mut().filter(|_| is_hindered) else {
            return self.wrong("nothing was to be clarified");
        };
        last.resumed_at = Some(self.app.now());
        anew(self.app, caller, self.row, self.kept).await
    }

    /// Records that staff verified that the order is real.
    async fn confirm(
        &mut self,
        confirmation: Confirmation,
        authority: &str,
    ) -> Result<&'static str, Problem> {
        if self.state != "open" {
            return self.wrong("only an open one waits to be confirmed");
        }
        let channel = Channel::Typed { confirmed: Some(confirmation) };
        let id = if authority.is_empty() { &self.row.party } else { authority };
        let claimed = taking::registered(self.app.core()?, id).await?;
        self.kept.trust = legal::authority::verify(&self.kept.order, &claimed, &channel);
        self.kept.channel = Some(channel);
        self.row.party = claimed.id;
        Ok("order confirmed as real")
    }

    /// Records that the platform confirmed the measure.
    async fn done(
        &mut self,
        caller: &Caller,
        at: Option<Timestamp>,
        note: String,
    ) -> Result<&'static str, Problem> {
        let now = self.app.now();
        let closed_ms = self.standing.case.as_ref().and_then(filings::closed_ms);
        let Some(closed_ms) = closed_ms.filter(|_| self.state == "unconfirmed") else {
            return self.wrong("only what was decided and is not confirmed can be confirmed");
        };
        let at = at.unwrap_or(now);
        if at > now || at < filings::time(closed_ms) {
            let why = format!("`{at}` is not between the decision and now; say when it was done");
            return Err(Problem::Wrong(why));
        }
        let by = caller.sender();
        self.kept.confirmed = Some(Confirmed { closed_ms, at, by, note });
        self.standing = OrderState::of(self.app.core()?, &self.kept, &self.row).await?;
        standing::tell(self.app, &mut self.kept, &self.row, &self.standing);
        Ok("measure confirmed")
    }

    /// Records that the answer was sent to the authority.
    fn answered(&mut self, note: String) -> Result<&'static str, Problem> {
        let is_due = matches!(self.state, "executed" | "impossible");
        match standing::answer(self.app, &self.kept, &self.row, &self.standing) {
            Err(error) => Err(Problem::Wrong(error.to_string())),
            Ok(None) if !is_due || self.kept.order.kind == OrderKind::Removal => {
                self.wrong("there is no answer to send yet")
            }
            Ok(_) => {
                self.kept.answered_at = Some(self.app.now());
                self.kept.answered_how = note;
                Ok("answer sent to the authority")
            }
        }
    }

    fn scrutiny(&mut self) -> Result<&'static str, Problem> {
        if !self.kept.order.other_member_state || self.kept.scrutiny_at.is_some() {
            return self.wrong("only orders from another member state are scrutinised, once");
        }
        self.kept.scrutiny_at = Some(self.app.now());
        Ok("scrutiny of an order asked for")
    }

    async fn annul(&mut self, caller: &Caller, note: String) -> Result<&'static str, Problem> {
        if !matches!(self.state, "executed" | "unconfirmed") {
            return self.wrong("nothing was taken away by it");
        }
        self.undo(caller, note).await?;
        self.kept.annulled_at = Some(self.app.now());
        Ok("order annulled")
    }

    /// Restores what the order took away, and nothing else. What a later decision took over stays
    /// with that decision. What was restricted before is restricted again, unless by an order that
    /// is itself annulled.
    async fn undo(&mut self, caller: &Caller, note: String) -> Result<(), Problem> {
        let core = self.app.core()?;
        let Some(mut case) = self.standing.case.clone() else { return Ok(()) };
        for member in &mut case.members {
            let Some(id) = member.verdict.clone() else { continue };
            let Some(own) = standing::decision(core, &id).await? else { continue };
            if appeals::in_force(core, own).await?.0.id.0 != id {
                member.verdict = None;
                continue;
            }
            let mut standing = Vec::new();
            for before in &member.decisions {
                let Some(decision) = standing::decision(core, before).await? else { continue };
                if !appeals::is_annulled(core, &decision).await? {
                    let takes = decision.effects.iter().filter(|e| e.restricts());
                    standing.extend(takes.map(ToString::to_string));
                }
            }
            standing.sort_unstable();
            standing.dedup();
            member.standing = standing;
        }
        self.deeds.push(review_queue::restate(self.app, caller, case, (true, note)));
        Ok(())
    }

    async fn inform(&mut self, caller: &Caller) -> Result<&'static str, Problem> {
        let is_silent = is_silent(self.app.core()?, self.standing.case.as_ref()).await?;
        if !matches!(self.state, "executed" | "unconfirmed") || !is_silent {
            return self.wrong("nobody waits to be told of it");
        }
        let Some(case) = self.standing.case.clone() else { return self.wrong("it has no case") };
        if is_silenced(self.app.core()?, &case).await? {
            return self.wrong("another order about the same still demands silence");
        }
        let over = (false, "silence is over".to_owned());
        self.deeds.push(review_queue::restate(self.app, caller, case, over));
        self.kept.informed_at = Some(self.app.now());
        Ok("person affected told")
    }
}

/// Whether an order other than that of `case`, about one of its subjects, demands secrecy.
pub async fn is_silenced(core: &Core, case: &Case) -> Result<bool, Problem> {
    for member in &case.members {
        let subject = Some(member.subject.0.clone());
        let filter = CaseFilter { subject, kind: Some("order".into()), ..CaseFilter::default() };
        for (_, body) in core.store.cases(&filter, SAME_MAX).await? {
            let other = review_queue::read(&body)?;
            if other.id != case.id && other.is_silent && other.is_closed() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the person affected by the verdict on `case` has yet to be notified of it. False if
/// something else was decided since, of which they were notified.
pub async fn is_silent(core: &Core, case: Option<&Case>) -> Result<bool, Problem> {
    let Some(case) = case.filter(|case| case.is_silent) else { return Ok(false) };
    for id in case.members.iter().filter_map(|member| member.verdict.as_ref()) {
        let Some(decision) = standing::decision(core, id).await? else { continue };
        let (now, _) = appeals::in_force(core, decision).await?;
        if now.id.0 != *id {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The deeds that close the case of an order that is answered with Annex III.
fn close(app: &App, caller: &Caller, row: &FilingRow) -> Result<Vec<Deed>, Problem> {
    let Some(case) = row.case else { return Ok(Vec::new()) };
    let (reviewer, now_ms) = (caller.reviewer()?, app.now().as_millisecond());
    let note = "answered with Annex III".to_owned();
    let verdict = Verdict { finding: Finding::NoViolation, note, ..Verdict::default() };
    let deed = |command| {
        let (case, reviewer) = (Some(CaseId(case)), reviewer.clone());
        Deed::Act(Box::new(Request { case, reviewer, command, now_ms }))
    };
    Ok([Command::Claim, Command::Close { verdict }].map(deed).into())
}

/// Reopens an order after a clarification: its clock restarts, in a new case.
async fn anew(
    app: &App,
    caller: &Caller,
    row: FilingRow,
    mut kept: StoredOrder,
) -> Result<(), Problem> {
    kept.order.received_at = Some(app.now());
    let subjects = kept.order.urls.iter().filter_map(|url| filings::subject(app, url)).collect();
    let line = filings::line(app, caller, "order clarified", format!("order {}", row.id));
    let row = FilingRow { state: "open".to_owned(), ..row };
    // The event is new; the stored order keeps its id.
    let event = filings::new_id(app, 'o');
    let lodged = Lodged { beside: vec![line], ..Lodged::default() };
    lodge(app, (&event, row), &kept, (subjects, lodged)).await.map(drop)
}
