//! Restores the review queue from the cases in a store. A case that cannot be read does not keep
//! the others from their reviewers: it is left aside and reported.

use review::{Case, Kind, ReviewQueue};
use store::Store;

use crate::error::Error;

/// Open cases read at once.
const CHUNK: u32 = 10_000;

/// The most closed cases to learn from when a store is opened; the newest are used.
const LEARN_FROM: u32 = 50_000;

/// The review queue with the cases in `store`, and descriptions of those that cannot be read.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; single cases that cannot be read are no error.
pub(crate) async fn review_queue(
    store: &Store,
    settings: review::Settings,
    now_ms: i64,
) -> Result<(ReviewQueue, Vec<String>), Error> {
    let (mut review_queue, mut damage) = (ReviewQueue::new(settings), Vec::new());
    review_queue.number_from(store.next_case().await?);
    for body in or_none(store.golden_cases().await, "the golden cases", &mut damage)? {
        if let Some(case) = read(&body, "a golden case", &mut damage) {
            review_queue.restore(case);
        }
    }
    let closed = store.closed_cases((i64::MIN, i64::MAX), LEARN_FROM).await;
    let mut closed = or_none(closed, "the closed cases to learn from", &mut damage)?;
    closed.reverse();
    for body in closed {
        let Some(case) = read(&body, "a closed case", &mut damage) else { continue };
        // Golden cases were restored above.
        if !case.is_golden && case.kind != Kind::Golden {
            let can_undo = ReviewQueue::can_undo(&case, now_ms);
            review_queue.restore(case.clone());
            if can_undo {
                review_queue.put_back(case);
            }
        }
    }
    open(store, &mut review_queue, &mut damage).await?;
    for (name, body) in store.exposures().await? {
        match serde_json::from_str(&body) {
            Ok(exposure) => review_queue.restore_exposure(&name, exposure),
            Err(_) => damage.push("what a reviewer was exposed to".to_owned()),
        }
    }
    Ok((review_queue, damage))
}

async fn open(
    store: &Store,
    review_queue: &mut ReviewQueue,
    damage: &mut Vec<String>,
) -> Result<(), Error> {
    let mut after = 0;
    loop {
        let open = match store.open_cases(after, CHUNK).await {
            Err(store::Error::Damaged(_)) => one_by_one(store, after).await?,
            open => open?,
        };
        let Some((last, _)) = open.last() else { return Ok(()) };
        after = *last;
        for (id, body) in &open {
            let body = body.as_deref().unwrap_or_default();
            if let Some(case) = read(body, &format!("the case c-{id}"), damage) {
                review_queue.restore(case);
            }
        }
    }
}

/// Open cases by their numbers; those on damaged pages are without a body.
async fn one_by_one(store: &Store, after: u64) -> Result<Vec<(u64, Option<String>)>, Error> {
    let mut found = Vec::new();
    for id in store.open_case_ids(after, CHUNK).await? {
        let body = match store.case(id).await {
            Err(store::Error::Damaged(_)) => None,
            body => body?,
        };
        found.push((id, body));
    }
    Ok(found)
}

/// What was read; if it is damaged, nothing, and `what` is added to the damage.
fn or_none<T>(
    read: Result<Vec<T>, store::Error>,
    what: &str,
    damage: &mut Vec<String>,
) -> Result<Vec<T>, Error> {
    match read {
        Err(store::Error::Damaged(_)) => {
            damage.push(what.to_owned());
            Ok(Vec::new())
        }
        read => Ok(read?),
    }
}

fn read(body: &str, what: &str, damage: &mut Vec<String>) -> Option<Case> {
    let case = serde_json::from_str(body).ok();
    if case.is_none() {
        damage.push(what.to_owned());
    }
    case
}
