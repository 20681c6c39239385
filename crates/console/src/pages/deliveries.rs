//! `/deliveries`: the receivers of decisions, and their dead letters.

use app::access::permission::{DeliveriesRead, DeliveriesWrite, Permit as _};
use app::service::deliveries::{DEAD_MAX, Deliveries, all, decision_of, resend as again};
use app::{App, Problem};
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use jiff::Timestamp;
use maud::Markup;
use serde::Deserialize;
use web::extract::Named;

use crate::pages::signed::{Away, Signed};
use crate::view::deliveries::{Dead, Receiver, View, page};

/// Shows receivers and dead letters.
pub(crate) async fn show(
    State(app): State<App>,
    signed: Signed<DeliveriesRead>,
) -> Result<Markup, Away> {
    let can_write = signed.may(DeliveriesWrite::NAME);
    let view = view(&app, can_write).await.map_err(|problem| signed.oops(problem))?;
    Ok(page(&signed.frame("/deliveries", "Deliveries"), &view))
}

async fn view(app: &App, can_write: bool) -> Result<View, Problem> {
    let Deliveries { receivers, dead } = all(app).await?;
    let receivers = receivers.into_iter().map(|one| Receiver {
        name: one.name,
        url: one.address,
        is_down: one.is_down,
        waiting: one.waiting,
        retrying: one.retrying,
        dead: one.dead,
        delivered: one.delivered,
        last_error: one.last_error,
        next_probe: one.next_knock,
    });
    let receivers = receivers.collect();
    let mut letters = Vec::new();
    for letter in dead.into_iter().take(DEAD_MAX as usize) {
        letters.push(Dead {
            decision: decision_of(app, &letter).await?,
            since: Timestamp::from_millisecond(letter.since_ms).unwrap_or_default().to_string(),
            receiver: letter.receiver,
            seq: letter.seq,
            subject: letter.subject,
            attempts: u64::from(letter.attempts),
            error: letter.error,
        });
    }
    Ok(View { receivers, dead: letters, can_write, next: None })
}

/// The form as sent.
#[derive(Deserialize)]
pub(crate) struct ResendForm {
    csrf: String,
}

/// Sends all dead letters of a receiver again.
pub(crate) async fn resend_all(
    State(app): State<App>,
    signed: Signed<DeliveriesWrite>,
    Named(receiver): Named<String>,
    Form(sent): Form<ResendForm>,
) -> Result<Redirect, Away> {
    resend(&app, &signed, (&receiver, None), &sent).await
}

/// Sends one dead letter again.
pub(crate) async fn resend_one(
    State(app): State<App>,
    signed: Signed<DeliveriesWrite>,
    Named((receiver, seq)): Named<(String, u64)>,
    Form(sent): Form<ResendForm>,
) -> Result<Redirect, Away> {
    resend(&app, &signed, (&receiver, Some(seq)), &sent).await
}

async fn resend(
    app: &App,
    signed: &Signed<DeliveriesWrite>,
    (receiver, seq): (&str, Option<u64>),
    sent: &ResendForm,
) -> Result<Redirect, Away> {
    signed.check(&sent.csrf)?;
    again(app, receiver, seq).await.map_err(|problem| signed.oops(problem))?;
    Ok(Redirect::to("/deliveries"))
}
