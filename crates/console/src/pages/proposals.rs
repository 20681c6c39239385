//! `/proposals`: changes of rules that need a second person, to read and to decide.

use app::access::permission::{
    DecisionsRead, Permit as _, PoliciesRead, RulesApprove, RulesPropose,
};
use app::rules::proposal;
use app::rules::proposals::{ProposalQuery, Verdict, WholeProposal, page as found, whole};
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::Markup;
use serde::Deserialize;
use web::extract::{Named, QueryParameters};

use crate::pages::editor::{Draft, refused};
use crate::pages::signed::{Away, Signed};
use crate::view::proposals::{Rights, one as one_page, page};

/// Shows all proposals, or those in a state.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
    QueryParameters(which): QueryParameters<ProposalQuery>,
) -> Result<Markup, Away> {
    let view = found(&app, &which).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/proposals", "Proposals"), &which.state, &view))
}

/// Shows one proposal.
pub(crate) async fn one(
    State(app): State<App>,
    signed: Signed<PoliciesRead>,
    Named(id): Named<u64>,
) -> Result<Markup, Away> {
    let view = whole(&app, id).await.map_err(|problem| signed.oops(problem))?;
    let rights = rights(&signed, &view);
    Ok(one_page(&signed.frame("/proposals", format!("Proposal {id}")), &view, rights))
}

/// What the viewer may do with the proposal.
fn rights<P>(signed: &Signed<P>, view: &WholeProposal) -> Rights {
    let is_open = view.proposal.decided.is_none();
    let is_own = view.proposal.author == signed.sender();
    Rights {
        can_decide: is_open && !is_own && signed.may(RulesApprove::NAME),
        can_withdraw: is_open && is_own && signed.may(RulesPropose::NAME),
        can_backtest: signed.may(RulesPropose::NAME),
        can_rejudge: view.proposal.state == "approved"
            && signed.may(RulesPropose::NAME)
            && signed.may(DecisionsRead::NAME),
        is_own,
    }
}

/// Proposes the draft in the editor. If it is refused, the editor shows why.
pub(crate) async fn propose(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Form(draft): Form<Draft>,
) -> Result<Response, Away> {
    signed.check(&draft.csrf)?;
    let files = draft.files().map_err(|problem| signed.oops(problem))?;
    let problem = match proposal::make(&app, &signed.sender(), &draft.reason, files).await {
        Ok(made) => return Ok(Redirect::to(&format!("/proposals/{}", made.id)).into_response()),
        Err(problem) => problem,
    };
    told(&app, &signed, draft, problem).await
}

/// The editor with the draft and its error. An error that is not about the draft gets its own page.
pub(crate) async fn told<P>(
    app: &App,
    signed: &Signed<P>,
    draft: Draft,
    problem: Problem,
) -> Result<Response, Away> {
    let is_theirs = matches!(
        problem,
        Problem::Wrong(_) | Problem::Policies(..) | Problem::Cases(..) | Problem::Running(..)
    );
    if !is_theirs || draft.file.is_empty() {
        return Err(signed.oops(problem));
    }
    let status: StatusCode = web::status(&problem);
    let page = refused(app, signed, draft, problem).await;
    Ok((status, page.map_err(|problem| signed.oops(problem))?).into_response())
}

/// The form as sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Decision {
    csrf: String,
    reason: String,
    verdict: String,
}

/// Approves, rejects or withdraws a proposal.
pub(crate) async fn decide(
    State(app): State<App>,
    signed: Signed<RulesPropose>,
    Named(id): Named<u64>,
    Form(decision): Form<Decision>,
) -> Result<Redirect, Away> {
    signed.check(&decision.csrf)?;
    let verdict = match decision.verdict.as_str() {
        "approve" => Verdict::Approve,
        "reject" => Verdict::Reject,
        "withdraw" => Verdict::Withdraw,
        other => {
            let text = format!("`verdict` must be approve, reject or withdraw, not `{other}`");
            return Err(signed.oops(Problem::Wrong(text)));
        }
    };
    if !matches!(verdict, Verdict::Withdraw) && !signed.may(RulesApprove::NAME) {
        return Err(signed.oops(Problem::Forbidden(RulesApprove::NAME)));
    }
    let given = verdict.give(&app, id, &signed.sender(), &decision.reason).await;
    given.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to(&format!("/proposals/{id}")))
}
