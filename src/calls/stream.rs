//! A realtime leg: the carrier opens the media socket with its ticket, the pump runs, and its end decides
//! whether the call is over or goes on in traditional mode.

use axum::extract::ws::WebSocket;
use tokio::sync::mpsc;

use super::fall_back::NO_SESSION;
use super::{CallError, Calls, What, words_may_be_lost};
use crate::coach::language::Tongue;
use crate::domain::attempt::Outcome;
use crate::domain::ids::Nonce;
use crate::domain::utterance::Speaker;
use crate::failpoint::{self, Point};
use crate::planted::{Planted, is_planted};
use crate::realtime::pump::{self, Conversation};
use crate::realtime::{Ending, Note, Report};
use crate::store::StoreError;
use crate::store::attempts::{AttemptRecord, LegFigures};
use crate::telephony::media_stream::{MediaSocket, START_DEADLINE};

/// Notes waiting to be written down; they come a few a second.
const NOTES_WAITING: usize = 256;

/// A torn ticket: whoever holds it may open the socket, once.
#[derive(Debug)]
pub struct StreamPass {
    record: Box<AttemptRecord>,
}

impl Calls {
    /// Tears a ticket before the upgrade; [`CallError::Unknown`] for a stolen, used or foreign one.
    pub async fn admit_stream(&self, ticket: &Nonce) -> Result<StreamPass, CallError> {
        // Anybody may ask; the one writer is not kept busy for those who hold nothing.
        if !self.store.is_ticket_open(ticket).await? {
            return Err(CallError::Unknown);
        }
        let mut change = self.store.change().await?;
        let torn = change.use_ticket(ticket, self.clock.now()).await?;
        if !is_planted(Planted::TicketNotTorn) {
            change.commit().await?;
        }
        torn.map(|record| StreamPass { record: Box::new(record) }).ok_or(CallError::Unknown)
    }

    /// Runs the leg to its end; the socket is closed when this returns.
    pub async fn run_stream(&self, pass: StreamPass, socket: WebSocket) {
        let record = pass.record;
        let id = record.attempt.id;
        let done = self.live.stream_begins(id);
        tracing::info!(attempt = %id, "Media Stream WebSocket connection accepted from Twilio");
        let work = self.stream(&record, socket);
        if let Err(error) = self.tasks.track_future(work).await {
            tracing::error!(attempt = %id, %error, "The stream's end could not be written down");
        }
        done.cancel();
        // A call that was over before its stream was leaves nothing behind.
        if self.store.load_attempt(id).await.is_ok_and(|record| !record.attempt.state.is_open()) {
            self.live.forget(id);
        }
    }

    async fn stream(&self, record: &AttemptRecord, socket: WebSocket) -> Result<(), CallError> {
        let (mut carrier, start) = match MediaSocket::accept(socket, self.clock.clone(), START_DEADLINE).await
        {
            Ok(accepted) => accepted,
            Err(error) => {
                return Ok(self
                    .mark_fell_back(record, &format!("the media stream did not start: {error}"))
                    .await?);
            }
        };
        if record.attempt.state.call() != Some(&start.call) {
            tracing::warn!(attempt = %record.attempt.id, "Refusing a media stream of another call");
            carrier.close().await;
            return Ok(self.mark_fell_back(record, "the media stream belonged to another call").await?);
        }
        tracing::info!(attempt = %record.attempt.id, stream = %start.stream_sid, "Stream started");
        failpoint::pass(Point::Stream);
        let report = self.pump(record, &mut carrier).await;
        let ended = match report {
            Ok(report) => self.leg_ended(record, report).await,
            Err(error) => Err(error),
        };
        // Only now does the carrier ask what comes next: the answer is on disk.
        carrier.close().await;
        ended
    }

    async fn pump(
        &self,
        record: &AttemptRecord,
        carrier: &mut MediaSocket,
    ) -> Result<Option<Report>, CallError> {
        let Some(model) = self.live.take_ready(record.attempt.id) else { return Ok(None) };
        let Some(settings) = &self.realtime else { return Ok(None) };
        // First listen, then read what was seen so far: a doorbell in between is heard twice, not never.
        let proofs = self.live.listen_outside(record.attempt.id);
        let plan = self.plan_for(record).await?;
        let tongue = plan.language.tongue();
        let (notes, written) = mpsc::channel(NOTES_WAITING);
        let conversation = Conversation {
            model: *model,
            plan,
            settings: settings.clone(),
            notes,
            proofs,
            clock: self.clock.clone(),
            cancel: self.stop.child_token(),
        };
        failpoint::pass(Point::Model);
        // Boxed: the longest wait of a call need not lie in every future above it.
        let talk = Box::pin(pump::run(carrier, conversation));
        let (report, ()) = tokio::join!(talk, self.take_notes(record, written, tongue));
        Ok(Some(report))
    }

    /// Writes down what is said while it is said, so that a crash loses a sentence and not a morning.
    async fn take_notes(&self, record: &AttemptRecord, mut notes: mpsc::Receiver<Note>, tongue: Tongue) {
        let mut nothing_heard = true;
        while let Some(note) = notes.recv().await {
            let mut machine = false;
            if let Note::Utterance(said) = &note
                && said.speaker == Speaker::Sleeper
            {
                machine = nothing_heard && tongue.is_machine(&said.text);
                nothing_heard = false;
            }
            if let Err(error) = self.take_note(record, note, machine).await {
                tracing::error!(attempt = %record.attempt.id, %error, "A note of the call was lost");
            }
        }
    }

    async fn take_note(&self, record: &AttemptRecord, note: Note, machine: bool) -> Result<(), StoreError> {
        let (id, occurrence, now) = (record.attempt.id, record.attempt.occurrence, self.clock.now());
        let tell = |what| self.tell(occurrence, Some(id), what);
        let mut change = self.store.change().await?;
        match note {
            Note::Utterance(said) => {
                words_may_be_lost(id, change.record_utterances(id, std::slice::from_ref(&said)).await);
                tell(What::Said(said));
                if machine {
                    change.commit().await?;
                    self.machine_answered(id).await?;
                    self.hang_up(record).await;
                    return Ok(());
                }
            }
            Note::Proving(proving) => {
                self.keep_proving(&mut change, record, &proving, now).await?.into_iter().for_each(&tell);
            }
            Note::VerdictAccepted(verdict) => {
                change.set_verdict(id, &verdict).await?;
                tell(What::Satisfied(verdict));
            }
            Note::FirstAudio(after) => tell(What::FirstAudio(after)),
            Note::Silence(step) => tell(What::Silence(step)),
            Note::BargeIn { heard_ms } => {
                change.record_history(id, "barge_in", &format!("after {heard_ms} ms"), now).await?;
                tell(What::BargeIn);
            }
            Note::Reconnecting { reason } => change.record_history(id, "reconnecting", &reason, now).await?,
            Note::Reconnected => change.record_history(id, "reconnected", "", now).await?,
            Note::SnoozeGranted(minutes) => {
                // Even if she hangs up before the coach has finished saying so.
                change.set_ending(id, Outcome::Snoozed).await?;
                change.record_history(id, "snooze", &format!("{minutes} min"), now).await?;
            }
            Note::Key(_) => change.record_history(id, "key", "", now).await?,
        }
        change.commit().await
    }

    /// Writes the leg's end down and acts on it; the media socket is still open.
    async fn leg_ended(&self, record: &AttemptRecord, report: Option<Report>) -> Result<(), CallError> {
        let Some(report) = report else {
            return Ok(self.mark_fell_back(record, NO_SESSION).await?);
        };
        self.record_leg(record, &report).await?;
        let ending = match report.ending {
            Ending::ModelLost { reason } => {
                let reason = format!("the realtime model was lost: {reason}");
                return Ok(self.mark_fell_back(record, &reason).await?);
            }
            Ending::Cancelled => {
                return Ok(self.mark_fell_back(record, "this host is being restarted").await?);
            }
            // The carrier's own word follows; without a verdict she hung up on us.
            Ending::SleeperGone => return Ok(()),
            Ending::Finished => Outcome::Up,
            Ending::FellSilent => Outcome::FellSilent,
            Ending::TimeLimit => Outcome::TimeLimit,
            Ending::Snoozed { .. } => Outcome::Snoozed,
        };
        let mut change = self.store.change().await?;
        change.set_ending(record.attempt.id, ending).await?;
        change.commit().await?;
        self.hang_up(record).await;
        Ok(())
    }

    async fn record_leg(&self, record: &AttemptRecord, report: &Report) -> Result<(), StoreError> {
        let (id, now) = (record.attempt.id, self.clock.now());
        let figures = LegFigures {
            first_audio: report.first_audio_after,
            barge_ins: report.barge_ins,
            reconnects: report.reconnects,
            cost: report.cost,
        };
        let mut change = self.store.change().await?;
        words_may_be_lost(id, change.replace_utterances(id, &report.utterances).await);
        change.record_leg(id, &figures).await?;
        if let Some(verdict) = &report.verdict {
            change.set_verdict(id, verdict).await?;
        }
        change.record_history(id, "stream_ended", report.ending.name(), now).await?;
        if report.first_audio_after.is_some() && !matches!(report.ending, Ending::ModelLost { .. }) {
            let settings = change.mode_settings().await?;
            change.set_breaker(settings.breaker.succeeded(), now).await?;
        }
        change.commit().await
    }

    /// Hangs up by the carrier's API: closing the socket alone would go on to the next verb.
    async fn hang_up(&self, record: &AttemptRecord) {
        let Some(call) = record.attempt.state.call() else { return };
        if let Err(error) = self.carrier.hang_up(call).await {
            // The closing socket makes the carrier ask us, and the answer will be "hang up".
            tracing::warn!(attempt = %record.attempt.id, %error, "Could not hang up; the carrier will ask");
        }
    }
}
