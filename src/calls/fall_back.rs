//! Realtime → traditional inside one call: the carrier asks what comes next, and stored state answers.

use super::{CallError, Calls, What};
use crate::domain::attempt::FallBack;
use crate::domain::ids::Nonce;
use crate::planted::{Planted, is_planted};
use crate::store::StoreError;
use crate::store::attempts::AttemptRecord;
use crate::telephony::callbacks::VoiceRequest;
use crate::telephony::status::CarrierStatus;
use crate::telephony::twiml::{self, Document};

/// After a restart nobody holds the session that was opened before it.
pub(super) const NO_SESSION: &str = "no model session was opened for this call";
/// The carrier was answered with the emergency lines, and goes on with them.
pub(super) const NO_DOCUMENT: &str = "the voice document was not ready in time";

impl Calls {
    /// The carrier's `<Connect>` is over, however it ended: hang up when we are done, else go on talking.
    pub async fn stream_ended(&self, nonce: &Nonce, request: &VoiceRequest) -> Result<Document, CallError> {
        let id = self.attempt_of(nonce, &request.call).await?.attempt.id;
        self.stream_written(id).await;
        let record = self.store.load_attempt(id).await?;
        let call_is_over = request.status.as_ref().is_some_and(CarrierStatus::is_terminal);
        let foreign = record.attempt.state.call() != Some(&request.call);
        let gives_up = is_planted(Planted::FallBackHangsUp);
        if gives_up || call_is_over || foreign || record.ending.is_some() || !record.attempt.state.is_open() {
            return Ok(twiml::hang_up());
        }
        // The carrier asks twice: falling back forgot the stream's document, so this is the opening.
        if let (true, Some(document)) = (record.attempt.fell_back.is_some(), record.document.clone()) {
            return Ok(Document::stored(document));
        }
        if record.verdict.is_some() {
            // The model was lost between the verdict and the goodbye: all that is missing are the words.
            return self.say_goodbye(&record).await;
        }
        let document = if record.attempt.fell_back.is_some() {
            self.traditional_opening(&record).await?
        } else if record.ticket_used_at.is_none() {
            self.fall_back(&record, "the carrier could not open the media stream").await?
        } else {
            self.fall_back(&record, "the media stream broke off").await?
        };
        tracing::info!(attempt = %id, "TwiML for attempt {id}: {} bytes", document.as_str().len());
        Ok(document)
    }

    /// Moves the attempt to traditional mode and opens with the conversation so far.
    pub(super) async fn fall_back(
        &self,
        record: &AttemptRecord,
        reason: &str,
    ) -> Result<Document, CallError> {
        self.mark_fell_back(record, reason).await?;
        let record = self.store.load_attempt(record.attempt.id).await?;
        self.traditional_opening(&record).await
    }

    /// Writes the fall back down, once, and lets the breaker know.
    pub(super) async fn mark_fell_back(
        &self,
        record: &AttemptRecord,
        reason: &str,
    ) -> Result<(), StoreError> {
        let (attempt, now) = (&record.attempt, self.clock.now());
        // A session that nobody will talk to any more is not kept open.
        drop(self.live.take_ready(attempt.id));
        let mut change = self.store.change().await?;
        let fall_back = FallBack { at: now, reason: reason.to_owned() };
        if change.set_fell_back(attempt.id, &fall_back).await? {
            // A restart, ours, is no failure of the model's, nor is a slow database.
            if !self.stop.is_cancelled() && !matches!(reason, NO_SESSION | NO_DOCUMENT) {
                let settings = change.mode_settings().await?;
                change.set_breaker(settings.breaker.failed(now), now).await?;
            }
            change.record_history(attempt.id, "fell_back", reason, now).await?;
            self.metrics.fell_back();
            tracing::warn!(attempt = %attempt.id, "Falling back to traditional mode because {reason}");
            self.tell(attempt.occurrence, Some(attempt.id), What::FellBack(reason.to_owned()));
        }
        change.commit().await
    }
}
