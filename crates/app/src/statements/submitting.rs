//! Makes statements of new decisions, and sends them. A statement is kept before it is sent and
//! sent until the database has it or refuses it; its name is unique there, so that it is taken once
//! however often it is sent.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use deliver::{Answered, Database};
use documents::statement::check::{self, Level};
use documents::statement::submission::{self, BATCH_MAX, Fate, Outcome, PER_SECOND_MAX};
use store::{StatementEnd, StatementFilter, StatementRow, StatementState, Store};
use tokio::time::Instant;

use crate::service::problem::Problem;
use crate::service::routines::Routine;
use crate::service::state::App;
use crate::statements::mapper::{Mapper, Stated};

/// How often new decisions are looked at.
const MAKING: Duration = Duration::from_secs(1);

/// How often waiting statements are sent.
const SENDING: Duration = Duration::from_secs(1);

/// Entries looked at at a time.
const CHUNK: u64 = 2000;

/// The waits after the database could not be reached, in rounds of [`SENDING`].
const ROUNDS_MAX: u32 = 300;

/// How the submission goes.
#[derive(Default)]
pub struct Submission(Mutex<Option<String>>);

impl Submission {
    /// Why it is held up; `None` if it is not.
    pub fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Makes statements of new decisions.
#[derive(Default)]
pub struct Making {
    mapper: Option<Mapper>,
    /// Not before then: looking for the date of content takes long in a long log, and a tenth of
    /// the time is enough.
    rests_until: Option<Instant>,
}

/// How much longer than a round it rests after it.
const REST: u32 = 9;

impl Routine for Making {
    const NAME: &'static str = "Statements of reasons";
    const WHAT: &'static str = "Makes the statement of reasons of each new restriction.";

    fn every(&self) -> Duration {
        MAKING
    }

    fn may_break_off(&self) -> bool {
        true
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        let Some(settings) = &app.settings.statements else { return Ok(()) };
        let begun = Instant::now();
        if self.rests_until.is_some_and(|until| begun < until) {
            return Ok(());
        }
        let store = &app.core()?.store;
        let mapper =
            self.mapper.get_or_insert_with(|| Mapper::new(store.clone(), settings.terms.clone()));
        let size = store.size().await?;
        let start = if settings.is_from_start { 0 } else { size };
        let mut from = store.stated_until(start).await?;
        while from < size {
            let until = (from + CHUNK).min(size);
            let now_ms = app.now().as_millisecond();
            let stated = mapper.read(from, until).await?;
            let rows: Vec<StatementRow> =
                stated.into_iter().filter_map(|stated| row(stated, now_ms)).collect();
            store.add_statements(until, &rows).await?;
            from = until;
        }
        self.rests_until = Some(Instant::now() + begun.elapsed() * REST);
        Ok(())
    }
}

/// The row of a statement that is owed. One that the database would refuse is not sent.
pub(super) fn row(stated: Stated, now_ms: i64) -> Option<StatementRow> {
    let statement = stated.statement.ok()?;
    let json = serde_json::to_value(&statement).ok()?;
    let faults = check::check(&json).into_iter().filter(|fault| fault.level == Level::Error);
    let faults: Vec<String> =
        faults.map(|fault| format!("{}: {}", fault.field, fault.message)).collect();
    let state = match faults.is_empty() {
        true => StatementState::Waiting,
        false => StatementState::Unsound,
    };
    Some(StatementRow {
        seq: stated.seq,
        puid: statement.puid.clone(),
        made_ms: stated.decision.time.as_millisecond(),
        body: json.to_string(),
        state,
        changed_ms: now_ms,
        uuid: None,
        error: Some(faults.join("; ")).filter(|text| !text.is_empty()),
    })
}

/// Sends waiting statements.
#[derive(Default)]
pub struct Sending {
    /// How many were lost or put off one after the other.
    failures: u32,
    /// Rounds to leave out.
    rounds: u32,
    /// Whether it is not known if the last batch arrived.
    is_unknown: bool,
    /// How many single statements in a row were refused without saying why.
    vague: u32,
}

/// So many refusals of single statements without a word are no fault of the statements.
const VAGUE_MAX: u32 = 3;

impl Routine for Sending {
    const NAME: &'static str = "Submission of statements";
    const WHAT: &'static str =
        "Sends statements of reasons to the DSA Transparency Database until it has each of them.";

    fn every(&self) -> Duration {
        SENDING
    }

    fn may_break_off(&self) -> bool {
        true
    }

    async fn run(&mut self, app: &App) -> Result<(), Problem> {
        let settings = app.settings.statements.as_ref();
        let Some(database) = settings.and_then(|settings| settings.database.clone()) else {
            return Ok(());
        };
        if self.rounds > 0 {
            self.rounds -= 1;
            return Ok(());
        }
        let mut size = BATCH_MAX;
        loop {
            let store = &app.core()?.store;
            let filter = StatementFilter {
                state: Some(StatementState::Waiting),
                is_oldest_first: true,
                ..StatementFilter::default()
            };
            let batch = store.statements(&filter, u32::try_from(size).unwrap_or(1)).await?;
            if batch.is_empty() {
                self.succeeded(app);
                return Ok(());
            }
            let begun = Instant::now();
            let step = self.send(&database, &batch).await;
            let now_ms = app.now().as_millisecond();
            match step {
                Step::Settled(ends) => {
                    self.vague = 0;
                    store.settle_statements(&ends, now_ms).await?;
                    self.succeeded(app);
                    size = BATCH_MAX;
                }
                Step::Halved(_) if batch.len() > 1 => size = batch.len().div_ceil(2),
                Step::Halved(why) if self.vague >= VAGUE_MAX => {
                    let why = format!("several were refused without a reason ({why})");
                    return self.put_off(app, (store, &batch), why, None).await;
                }
                Step::Halved(why) => {
                    self.vague += 1;
                    let end = end(&batch[0], StatementState::Refused, None, Some(why));
                    store.settle_statements(&[end], now_ms).await?;
                    size = BATCH_MAX;
                }
                Step::Put(why, wait) => return self.put_off(app, (store, &batch), why, wait).await,
            }
            // No more than the database takes in a second.
            let share = batch.len() as f64 / f64::from(PER_SECOND_MAX);
            tokio::time::sleep_until(begun + Duration::from_secs_f64(share)).await;
        }
    }
}

/// What came of one batch.
enum Step {
    /// What became of its statements; those that are sent again are not among them.
    Settled(Vec<StatementEnd>),
    /// It was refused as a whole.
    Halved(String),
    /// Nothing can be sent now: why, and the seconds to wait if the database says.
    Put(String, Option<u64>),
}

impl Sending {
    async fn send(&mut self, database: &Database, batch: &[StatementRow]) -> Step {
        // All or nothing: if the first one is there, they all are.
        if self.is_unknown {
            match database.has(&batch[0].puid).await {
                None => return Step::Put("the database does not answer".to_owned(), None),
                Some(true) => {
                    let kept = end(&batch[0], StatementState::Sent, None, None);
                    self.is_unknown = batch.len() > 1;
                    return Step::Settled(vec![kept]);
                }
                Some(false) => self.is_unknown = false,
            }
        }
        let bodies: Vec<&str> = batch.iter().map(|row| row.body.as_str()).collect();
        let (status, body, wait) = match database.submit(&bodies).await {
            Answered::Answer(status, body, wait) => (status, body, wait),
            Answered::Unsent(why) => return Step::Put(why, None),
            Answered::Lost(why) => {
                self.is_unknown = true;
                return Step::Put(why, None);
            }
        };
        let puids: Vec<&str> = batch.iter().map(|row| row.puid.as_str()).collect();
        match submission::read(&puids, status, &body) {
            Outcome::Each(fates) => Step::Settled(ends(batch, fates)),
            Outcome::Halve(why) => Step::Halved(why),
            Outcome::Later(why) => Step::Put(why, wait),
            Outcome::Unauthorised(why) => {
                Step::Put(format!("the database does not accept the token ({why})"), None)
            }
            Outcome::Unknown(why) => {
                self.is_unknown = true;
                Step::Put(why, None)
            }
        }
    }

    fn succeeded(&mut self, app: &App) {
        (self.failures, self.rounds) = (0, 0);
        app.submission.set(None);
    }

    /// Waits longer each time, up to five minutes. The statements say why they wait.
    async fn put_off(
        &mut self,
        app: &App,
        (store, batch): (&Store, &[StatementRow]),
        why: String,
        wait: Option<u64>,
    ) -> Result<(), Problem> {
        self.failures = self.failures.saturating_add(1);
        let rounds = 1_u32.checked_shl(self.failures - 1).unwrap_or(ROUNDS_MAX);
        let asked = wait.map(|seconds| seconds.div_ceil(SENDING.as_secs()));
        let asked = asked.and_then(|rounds| u32::try_from(rounds).ok()).unwrap_or(rounds);
        self.rounds = asked.clamp(1, ROUNDS_MAX) - 1;
        app.submission.set(Some(why.clone()));
        let waits =
            batch.iter().map(|row| end(row, StatementState::Waiting, None, Some(why.clone())));
        let waits: Vec<StatementEnd> = waits.collect();
        store.settle_statements(&waits, app.now().as_millisecond()).await?;
        Err(Problem::Elsewhere(format!("statements are not sent: {why}")))
    }
}

fn ends(batch: &[StatementRow], fates: Vec<Fate>) -> Vec<StatementEnd> {
    let of = |(row, fate): (&StatementRow, Fate)| match fate {
        Fate::Kept(uuid) => Some(end(row, StatementState::Sent, uuid, None)),
        Fate::Refused(why) => Some(end(row, StatementState::Refused, None, Some(why))),
        Fate::Again => None,
    };
    batch.iter().zip(fates).filter_map(of).collect()
}

fn end(
    row: &StatementRow,
    state: StatementState,
    uuid: Option<String>,
    error: Option<String>,
) -> StatementEnd {
    StatementEnd { seq: row.seq, state, uuid, error }
}
