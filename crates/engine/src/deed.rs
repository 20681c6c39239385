//! The steps of a command. All steps of one command are one commit.

use review::{Case, Command, Refused, Request, Telling};
use tokio::sync::oneshot;
use types::Event;

use crate::error::Error;
use crate::judge_loop::JudgeLoop;
use crate::pipeline::{EventResult, Receipt};
use crate::recorder::Recorded;
use crate::work::{self, Rows};
use crate::writer::Work;

/// A step of a command.
#[derive(Debug)]
pub enum Deed {
    /// An action in the review queue.
    Act(Box<Request>),
    /// The messages of a closed case are replaced by new ones.
    Restate(Box<Case>, Vec<Telling>),
    /// Events about a case that do not change it are entered in the log.
    Tell(Vec<Telling>),
    /// A closed case is stored in its current state.
    Closed(Box<Case>),
    /// Rows are written.
    Keep(Rows),
}

/// Why a step was not carried out.
pub(crate) enum Stop {
    /// The review queue refused it.
    Refused(Refused),
    /// The store cannot be read, or something is inconsistent.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// The caller of a command, who gets the review queue's answer at once, and the receipt when
/// everything is on disk.
pub(crate) struct Asking {
    pub(crate) told: oneshot::Sender<Result<Option<Case>, Refused>>,
    pub(crate) reply: oneshot::Sender<Receipt>,
}

/// The results of the steps so far.
#[derive(Default)]
pub(crate) struct Piece {
    pub(crate) judged: Vec<(EventResult, Option<Recorded>)>,
    pub(crate) kept: Rows,
}

impl Piece {
    fn is_empty(&self) -> bool {
        self.judged.is_empty() && self.kept.changes.is_empty() && self.kept.asides.is_empty()
    }

    fn add(&mut self, judged: Vec<(EventResult, Option<Recorded>)>, kept: Rows) {
        self.judged.extend(judged);
        self.kept.changes.extend(kept.changes);
        self.kept.asides.extend(kept.asides);
    }
}

impl JudgeLoop {
    /// Carries out the steps in order. The first that fails ends the command, and nothing of it is
    /// kept: the state is torn then, if something was done before.
    pub(crate) fn carry(&mut self, deeds: Vec<Deed>, asking: Asking) -> Option<Work> {
        let (mut piece, mut case) = (Piece::default(), None);
        for deed in deeds {
            match self.deed(deed, &mut piece) {
                Ok(found) => case = found.or(case),
                Err(stop) => {
                    self.stopped(stop, &piece, asking);
                    return None;
                }
            }
        }
        // The caller may have gone.
        let _ = asking.told.send(Ok(case));
        Some(self.work(piece, asking.reply))
    }

    fn stopped(&mut self, stop: Stop, piece: &Piece, Asking { told, reply }: Asking) {
        self.is_torn |= !piece.is_empty();
        self.over();
        // The caller may have gone.
        match stop {
            Stop::Refused(refused) => drop(told.send(Err(refused))),
            Stop::Failed(error) => drop(reply.send(Err(std::sync::Arc::new(error)))),
        }
    }

    fn work(&mut self, Piece { judged, kept }: Piece, reply: oneshot::Sender<Receipt>) -> Work {
        self.tell_cases();
        Work::Judged { judged, refused: Vec::new(), kept, reply, number: self.number }
    }

    /// Carries out one step; returns the case that it acted on.
    pub(crate) fn deed(&mut self, deed: Deed, piece: &mut Piece) -> Result<Option<Case>, Stop> {
        match deed {
            Deed::Act(request) => return self.act(&request, piece),
            Deed::Restate(case, tellings) => self.restate(*case, &tellings, piece)?,
            Deed::Tell(tellings) => self.enter(&tellings, piece)?,
            Deed::Closed(case) => {
                piece.kept.put([&work::row(&case)?]);
                self.review_queue.keep_closed(*case);
            }
            Deed::Keep(kept) => piece.add(Vec::new(), kept),
        }
        Ok(None)
    }

    /// Carries out a request to the review queue. Everything needed is read before anything
    /// changes: a verdict whose event cannot be entered is not given.
    fn act(&mut self, request: &Request, piece: &mut Piece) -> Result<Option<Case>, Stop> {
        let considered = self.review_queue.consider(request).map_err(Stop::Refused)?;
        let events: Vec<Event> = considered.tellings.iter().map(work::event).collect();
        let stored = self.new_steps(&events)?;
        let acted = self.review_queue.settle(request, considered);
        let done = self.judge_ours(events, &stored);
        let said = decided(&acted.tellings, &done);
        let is_undone = request.command == Command::Undo;
        self.review_queue.decided(acted.case, said, is_undone);
        let escalated = acted.tellings.iter().zip(&done).find(|(told, _)| told.escalated.is_some());
        if let Some(decision) = escalated.and_then(|(_, (taken, _))| taken.decision.as_ref()) {
            self.review_queue.escalated(acted.case, decision.id.0.clone());
        }
        let kept = self.kept(request, &acted)?;
        piece.add(done, kept);
        Ok(self.review_queue.case(acted.case).cloned())
    }

    /// Enters events that change no case.
    fn enter(&mut self, tellings: &[Telling], piece: &mut Piece) -> Result<(), Stop> {
        let events: Vec<Event> = tellings.iter().map(work::event).collect();
        let keys: Vec<types::EventKey> = events.iter().map(Event::key).collect();
        let stored = self.stored(&keys)?;
        let judged = self.judge_ours(events, &stored);
        let mut kept = Rows::default();
        if !judged.is_empty() {
            // If the events were entered before, the audit trail contains them already.
            kept.put(&work::audits(tellings));
        }
        piece.add(judged, kept);
        Ok(())
    }

    /// Issues the verdict on a closed case again: enters new events, and the decisions made from
    /// them.
    fn restate(
        &mut self,
        mut case: Case,
        tellings: &[Telling],
        piece: &mut Piece,
    ) -> Result<(), Stop> {
        let events: Vec<Event> = tellings.iter().map(work::event).collect();
        let stored = self.new_steps(&events)?;
        let judged = self.judge_ours(events, &stored);
        for (member, decision) in decided(tellings, &judged) {
            if let Some(member) = case.members.get_mut(member) {
                member.verdict = Some(decision);
            }
        }
        let mut kept = Rows::default();
        kept.put([&work::row(&case)?]);
        kept.put(&work::audits(tellings));
        self.review_queue.keep_closed(case);
        piece.add(judged, kept);
        Ok(())
    }
}

/// The decisions made from the verdicts among `tellings`, by the places of their members.
fn decided(tellings: &[Telling], done: &[(EventResult, Option<Recorded>)]) -> Vec<(usize, String)> {
    let said = tellings.iter().zip(done).filter_map(|(telling, (taken, _))| {
        Some((telling.said.as_ref()?.member, taken.decision.as_ref()?.id.0.clone()))
    });
    said.collect()
}
