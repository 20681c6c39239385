//! Runs a back-test over the log of a store or over a history, and resumes it where it was stopped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use decide::columns::Sifted;
use history::{Frame, Handout as _, History, InOrder, Segment};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::Store;
use tokio::runtime::Handle;
use types::{Decision, Event};

use super::{BATCH, Backtest, Chosen, Past, Report, RunCounts, Side, Sieves};
use crate::error::Error;
use crate::replay::{CHUNK, event_and_facts};
use crate::{Rules, snapshot};

/// A back-test over the log of a store.
pub struct Plan {
    /// The store.
    pub store: Store,
    /// The runtime that its statements run in.
    pub handle: Handle,
    /// The rules to compare with.
    pub base: Arc<Rules>,
    /// The rules to try.
    pub candidate: Arc<Rules>,
}

/// Runs `plan`. `progress` gets the share done, from 0 to 1, and stops the run by returning
/// `false`; the result is then `None`.
///
/// # Errors
///
/// [`Error::Store`] if the store cannot be read; [`Error::Damaged`] if its contents are
/// inconsistent.
#[expect(clippy::cast_precision_loss, reason = "a share to show")]
pub fn run(plan: Plan, progress: &mut dyn FnMut(f64) -> bool) -> Result<Option<Report>, Error> {
    let Plan { store, handle, base, candidate } = plan;
    let started = tokio::time::Instant::now();
    // The loop runs at the same time, so each side gets one thread.
    let mut backtest = Backtest::new(Side::rules(base, 1), Side::rules(candidate, 1), None);
    let size = handle.block_on(store.size())?;
    let mut from = 0;
    while from < size {
        if !progress(from as f64 / size as f64) {
            return Ok(None);
        }
        let until = (from + u64::from(CHUNK)).min(size);
        let rows = handle.block_on(store.log(from, until))?;
        let read = |row: store::LogRow| -> Result<Option<Past>, Error> {
            let pair = event_and_facts(row.event.as_deref(), Some(&[]))?;
            Ok(pair.map(|(event, _)| Past { seq: Some(row.seq), event, decided: None }))
        };
        let past: Result<Vec<Option<Past>>, Error> = rows.into_iter().map(read).collect();
        backtest.take(&past?.into_iter().flatten().collect::<Vec<_>>());
        from = until;
    }
    if !progress(1.0) {
        return Ok(None);
    }
    Ok(Some(backtest.report(started.elapsed().as_secs_f64())))
}

/// A stopped back-test over a history.
#[derive(Serialize, Deserialize)]
struct Stopped {
    /// What was compared; a different comparison starts anew.
    what: String,
    /// Number of segments done.
    segments: usize,
    seconds: f64,
    daily_count: RunCounts,
}

/// Options for a back-test over a history.
#[derive(Default)]
pub struct Way {
    /// The file for its progress; `None`: it always starts anew.
    pub kept: Option<PathBuf>,
    /// The number of segments after which the file is written.
    pub kept_every: usize,
}

/// Runs `backtest` over all of `history`, column by column. `progress` gets the number of events
/// done, and stops the run by returning `false`; the result is then `None`.
///
/// # Errors
///
/// [`Error::History`] if the history cannot be read; [`Error::Store`] if the file is of something
/// else or cannot be written.
pub async fn over_history(
    history: &History,
    mut backtest: Backtest,
    way: &Way,
    progress: &mut (dyn FnMut(u64) -> bool + Send),
) -> Result<Option<Report>, Error> {
    if let Some(path) = &way.kept {
        is_ours(path)?;
    }
    let segments = history.manifest().segments();
    let what = format!(
        "{} {} {} {} {}",
        history.manifest().ledger,
        history.manifest().digest(),
        backtest.base.version(),
        backtest.candidate.version(),
        backtest.daily_count.labels(),
    );
    let (done, before) =
        way.kept.as_deref().and_then(|path| resume(path, &what, &mut backtest)).unwrap_or_default();
    let started = tokio::time::Instant::now();
    let seconds = || before + started.elapsed().as_secs_f64();
    let mut events: u64 = segments.iter().take(done).map(Segment::rows).sum();
    let mut sieves = (Sieves::default(), Sieves::default());
    let handout = InOrder::new(segments.into_iter().skip(done).collect());
    while let Some(segment) = handout.next() {
        let is_recorded = matches!(backtest.base, Side::Recorded);
        let frames = frames(history, &segment, is_recorded).await?;
        take_segment(&mut backtest, &mut sieves, &frames, is_recorded)?;
        events += segment.rows();
        handout.done(&segment);
        let is_going_on = progress(events);
        let is_time = way.kept_every > 0 && (segment.number + 1).is_multiple_of(way.kept_every);
        if let Some(path) = way.kept.as_deref().filter(|_| is_time || !is_going_on) {
            keep(path, what.clone(), (segment.number + 1, seconds()), &mut backtest)?;
        }
        if !is_going_on {
            return Ok(None);
        }
    }
    if let Some(path) = &way.kept {
        // Done: there is nothing to resume.
        let _ = std::fs::remove_file(path);
    }
    Ok(Some(backtest.report(seconds())))
}

async fn frames(
    history: &History,
    segment: &Segment,
    with_decisions: bool,
) -> Result<Vec<Frame>, Error> {
    let payload: &[&str] = if with_decisions { &["decision"] } else { &[] };
    let mut frames = Vec::new();
    for file in &segment.files {
        frames.push(history.frame(file, payload).await?);
    }
    Ok(frames)
}

/// Judges the events of a segment in the order of the ledger.
fn take_segment(
    backtest: &mut Backtest,
    (of_base, of_candidate): &mut (Sieves, Sieves),
    frames: &[Frame],
    with_decisions: bool,
) -> Result<(), Error> {
    let events: Result<Vec<Vec<Event>>, history::Error> =
        frames.par_iter().map(Frame::events).collect();
    let mut events: Vec<Vec<Option<Event>>> =
        events?.into_iter().map(|events| events.into_iter().map(Some).collect()).collect();
    let sift = |side: &Side, sieves: &mut Sieves| -> Option<Vec<_>> {
        let program = side.program()?;
        Some(frames.iter().map(|frame| sieves.sift(program, frame.kind(), frame)).collect())
    };
    let base = sift(&backtest.base, of_base);
    let candidate = sift(&backtest.candidate, of_candidate);
    let mut order: Vec<(i64, usize, usize)> = Vec::new();
    for (number, frame) in frames.iter().enumerate() {
        order.extend(frame.seqs().iter().enumerate().map(|(at, seq)| (*seq, number, at)));
    }
    order.sort_unstable();
    for part in order.chunks(BATCH) {
        let mut past = Vec::with_capacity(part.len());
        for (seq, frame, at) in part {
            let Some(event) = events[*frame][*at].take() else { continue };
            let decided = if with_decisions { frames[*frame].decision(*at) } else { &[] };
            let decided: Option<Decision> =
                if decided.is_empty() { None } else { Some(serde_json::from_slice(decided)?) };
            past.push(Past { seq: u64::try_from(*seq).ok(), event, decided });
        }
        let chosen = Chosen { base: of(&base, part), candidate: of(&candidate, part) };
        backtest.take_sifted(&past, Some(&chosen));
    }
    Ok(())
}

/// The rules left for each event of `part`; empty if the side judges by no rules.
fn of<'a>(sifted: &'a Option<Vec<Sifted>>, part: &[(i64, usize, usize)]) -> Vec<&'a [u32]> {
    match sifted {
        Some(sifted) => part.iter().map(|(_, frame, at)| sifted[*frame].of(*at)).collect(),
        None => vec![],
    }
}

/// The first bytes of a file with the progress of a back-test.
const MAGIC: &[u8] = b"probity-backtest-1\n";

/// Refuses a file written by something else, which would be overwritten.
fn is_ours(path: &Path) -> Result<(), Error> {
    match std::fs::read(path) {
        Ok(bytes) if !bytes.starts_with(MAGIC) => {
            let why = "it is no file of a back-test; name another with --resume";
            Err(store::Error::Unavailable(format!("`{}`: {why}", path.display())).into())
        }
        _ => Ok(()),
    }
}

/// The counts, and the parts of the states of both sides.
type StoredRun = (Vec<u8>, Vec<Vec<u8>>, Vec<Vec<u8>>);

/// Writes the progress: counts and states.
fn keep(
    path: &Path,
    what: String,
    (segments, seconds): (usize, f64),
    backtest: &mut Backtest,
) -> Result<(), Error> {
    let labels = backtest.daily_count.take_labels();
    let stopped =
        Stopped { what, segments, seconds, daily_count: std::mem::take(&mut backtest.daily_count) };
    let head = postcard::to_allocvec(&stopped);
    backtest.daily_count = stopped.daily_count.resumed(labels);
    let state = |side: &mut Side| -> Vec<Vec<u8>> {
        let Some(judge) = side.judge_mut() else { return vec![] };
        (0..snapshot::COUNT).filter_map(|part| snapshot::take(judge.state(), part)).collect()
    };
    let unwritten = |why: String| {
        Error::from(store::Error::Unavailable(format!("`{}`: {why}", path.display())))
    };
    let head = head.map_err(|error| unwritten(error.to_string()))?;
    let kept: StoredRun = (head, state(&mut backtest.base), state(&mut backtest.candidate));
    let bytes = postcard::to_allocvec(&kept).map_err(|error| unwritten(error.to_string()))?;
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let mut whole = MAGIC.to_vec();
    whole.extend(Sha256::digest(&bytes));
    whole.extend(bytes);
    let written = std::fs::write(&fresh, whole).and_then(|()| std::fs::rename(&fresh, path));
    written.map_err(|error| unwritten(error.to_string()))
}

/// Restores stored progress, if it is of the same comparison. Returns the segments and the seconds
/// done.
fn resume(path: &Path, what: &str, backtest: &mut Backtest) -> Option<(usize, f64)> {
    let bytes = std::fs::read(path).ok()?;
    let (digest, bytes) = bytes.strip_prefix(MAGIC)?.split_at_checked(32)?;
    if digest != Sha256::digest(bytes).as_slice() {
        return None;
    }
    let (head, base, candidate): StoredRun = postcard::from_bytes(bytes).ok()?;
    let stopped: Stopped = postcard::from_bytes(&head).ok()?;
    if stopped.what != what {
        return None;
    }
    let fill = |side: &mut Side, parts: &[Vec<u8>]| {
        let Some(judge) = side.judge_mut() else { return parts.is_empty() };
        let mut parts = (0..).zip(parts);
        parts.all(|(number, part)| snapshot::restore(judge.state_mut(), number, part))
    };
    let is_filled = fill(&mut backtest.base, &base) && fill(&mut backtest.candidate, &candidate);
    if !is_filled {
        backtest.base.forget();
        backtest.candidate.forget();
        return None;
    }
    let labels = backtest.daily_count.take_labels();
    backtest.daily_count = stopped.daily_count.resumed(labels);
    Some((stopped.segments, stopped.seconds))
}
