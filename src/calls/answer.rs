//! Somebody picked up: the first voice document, in the mode that works.

use std::time::Duration;

use super::fall_back::NO_SESSION;
use super::{CallError, Calls, What};
use crate::clock::timeout;
use crate::domain::attempt::Outcome;
use crate::domain::ids::{AttemptId, CallId, Nonce};
use crate::domain::mode::CallMode;
use crate::domain::wake_up::{Event, Phase};
use crate::failpoint::{self, Point};
use crate::planted::{Planted, is_planted};
use crate::realtime::ready::ReadyModel;
use crate::store::StoreError;
use crate::store::attempts::AttemptRecord;
use crate::telephony::callbacks::VoiceRequest;
use crate::telephony::status::AnsweredBy;
use crate::telephony::twiml::{self, Document, Stream};

/// How long a sleeper who has said hello may wait for a model that is still connecting.
const READY_WITHIN: Duration = Duration::from_millis(1_500);

/// What is to be done with a call that the carrier asks about.
pub(super) enum Reception {
    /// Hang up: a machine, a surplus call, a wake-up that is over.
    HangUp,
    /// The carrier asks again: the same document as before.
    Again(String),
    /// The first time.
    Fresh(Box<AttemptRecord>),
}

impl Calls {
    /// The attempt that a webhook is about. The call may have been adopted by a later attempt of the same
    /// wake-up, after a look-up that came too early to see it; then it is that one's.
    pub(super) async fn attempt_of(&self, nonce: &Nonce, call: &CallId) -> Result<AttemptRecord, CallError> {
        let named = self.store.find_attempt_by_nonce(nonce).await?.ok_or(CallError::Unknown)?;
        let holder = self.store.find_attempt_by_call(call).await?;
        let same_wake_up = |holder: &AttemptRecord| holder.attempt.occurrence == named.attempt.occurrence;
        Ok(holder.filter(same_wake_up).unwrap_or(named))
    }

    /// The document for a call that was answered.
    pub async fn answer(&self, nonce: &Nonce, request: &VoiceRequest) -> Result<Document, CallError> {
        let machine = request.answered_by.as_ref().is_some_and(AnsweredBy::is_machine);
        match self.receive(nonce, &request.call, machine).await? {
            Reception::HangUp => Ok(twiml::hang_up()),
            Reception::Again(document) => Ok(Document::stored(document)),
            Reception::Fresh(record) => self.open(&record).await,
        }
    }

    async fn receive(&self, nonce: &Nonce, call: &CallId, machine: bool) -> Result<Reception, CallError> {
        let found = self.attempt_of(nonce, call).await?;
        let (id, now) = (found.attempt.id, self.clock.now());
        let mut change = self.store.change().await?;
        let bound = change.bind_call(id, call).await?;
        let record = change.attempt(id).await?;
        let occurrence = change.occurrence(record.attempt.occurrence).await?;
        let over = matches!(occurrence.wake_up.phase, Phase::Ended(_));
        if !bound || !record.attempt.state.is_open() || over {
            tracing::warn!(attempt = %id, %call, "Hanging up a call that another has taken the place of");
            change.commit().await?;
            return Ok(Reception::HangUp);
        }
        if machine {
            change.commit().await?;
            self.machine_answered(id).await?;
            return Ok(Reception::HangUp);
        }
        let fresh = change.mark_answered(id, now).await?;
        let (after, _) = occurrence.wake_up.on(Event::StillGoing, now);
        change.save_step(&occurrence, &after, now).await?;
        change.commit().await?;
        if let (false, Some(document)) = (fresh, record.document)
            && !is_planted(Planted::TicketMintedAnew)
        {
            return Ok(Reception::Again(document));
        }
        let record = self.store.load_attempt(id).await?;
        if fresh {
            tracing::info!(attempt = %id, %call, "The call was answered");
            self.tell(occurrence.id, Some(id), What::Answered);
        }
        Ok(Reception::Fresh(Box::new(record)))
    }

    /// Nobody is up because a machine answered, whatever it says; the ladder goes on.
    pub(super) async fn machine_answered(&self, id: AttemptId) -> Result<(), StoreError> {
        tracing::info!(attempt = %id, "A machine answered");
        let mut change = self.store.change().await?;
        change.set_ending(id, Outcome::Voicemail).await?;
        change.record_history(id, "machine", "a machine answered", self.clock.now()).await?;
        change.commit().await
    }

    /// The opening, in realtime mode when the model is ready, else in traditional mode at once.
    pub(super) async fn open(&self, record: &AttemptRecord) -> Result<Document, CallError> {
        let id = record.attempt.id;
        let document = if record.attempt.effective_mode() == CallMode::Realtime {
            match self.model_ready(record).await {
                Ok(model) => {
                    self.live.put_ready(id, Box::new(model));
                    self.stream_document(record).await?
                }
                Err(reason) => self.fall_back(record, &reason).await?,
            }
        } else {
            self.traditional_opening(record).await?
        };
        tracing::info!(attempt = %id, "TwiML for attempt {id}: {} bytes", document.as_str().len());
        let mut change = self.store.change().await?;
        change.set_document(id, document.as_str()).await?;
        change.commit().await?;
        failpoint::pass(Point::Document);
        if let Err(error) = self.note_opening(record).await {
            tracing::warn!(attempt = %id, %error, "This opening may come again soon");
        }
        Ok(document)
    }

    async fn model_ready(&self, record: &AttemptRecord) -> Result<ReadyModel, String> {
        let Some(opening) = self.live.take_opening(record.attempt.id) else {
            return Err(NO_SESSION.to_owned());
        };
        opening.wanted.cancel();
        match timeout(&*self.clock, READY_WITHIN, opening.task).await {
            Ok(Ok(Ok(model))) => Ok(model),
            Ok(Ok(Err(error))) => Err(format!("the realtime model is not available: {error}")),
            Ok(Err(_)) => Err("the model session could not be opened".to_owned()),
            Err(late) => Err(format!("the realtime model was not ready when the call was answered: {late}")),
        }
    }

    async fn stream_document(&self, record: &AttemptRecord) -> Result<Document, CallError> {
        let attempt = &record.attempt;
        let ticket = self.with_rng(Nonce::new);
        let mut change = self.store.change().await?;
        change.set_ticket(attempt.id, &ticket).await?;
        change.commit().await?;
        // The ticket in the real address is a secret; people only need to see where it points.
        let shown = self.addresses.media_stream_shown();
        tracing::info!(attempt = %attempt.id, "Creating Media Stream with URL {shown}");
        let ended = self.addresses.stream_ended(&attempt.nonce);
        Ok(twiml::connect_stream(&Stream {
            stream_url: &self.addresses.media_stream(&ticket),
            action: &ended,
            stream_status_url: &self.addresses.stream_status(&attempt.nonce),
            // For carriers that go on to the next verb instead of asking.
            then_redirect: &ended,
        }))
    }
}
