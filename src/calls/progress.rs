//! Takes in what the carrier reports of a call: repeated, reordered, late, or about a call too many.

use std::time::Duration;

use super::decide::News;
use super::surplus::Surplus;
use super::{CallError, Calls, decide};
use crate::clock::timeout;
use crate::domain::ids::{AttemptId, Nonce};
use crate::failpoint::{self, Point};
use crate::telephony::callbacks::{StatusCallback, StreamStatus};
use crate::telephony::status::{AnsweredBy, CarrierStatus};

/// How long the end of a call waits for its stream to be written down.
const STREAM_SETTLES_IN: Duration = Duration::from_secs(3);

impl Calls {
    /// One status callback.
    pub async fn progress(&self, nonce: &Nonce, news: &StatusCallback) -> Result<(), CallError> {
        let record = self.attempt_of(nonce, &news.call).await?;
        let (attempt, now) = (&record.attempt, self.clock.now());
        let mut change = self.store.change().await?;
        // The end of a call is taken in until it has been written down, however often it is told.
        if let Some(sequence) = news.sequence
            && !news.status.is_terminal()
            && !change.remember_callback(&news.call, sequence, news.status.as_str(), now).await?
        {
            tracing::debug!(attempt = %attempt.id, sequence, "Seen before");
            return Ok(());
        }
        // As it stands now: it may have been answered, or ended, since the callback was taken in.
        let state = change.attempt(attempt.id).await?.attempt.state;
        let bound = change.bind_call(attempt.id, &news.call).await?;
        change.record_history(attempt.id, "carrier", &told(news), now).await?;
        let occurrence = change.occurrence(attempt.occurrence).await?;
        change.commit().await?;
        failpoint::pass(Point::Progress);
        match decide::on_news(bound, &state, occurrence.wake_up.phase, &news.status) {
            News::Surplus => {
                let why = Surplus::of(bound, &state);
                self.end_surplus(attempt.id, &news.call, why).await;
            }
            News::Ended => {
                let machine = news.answered_by.as_ref().is_some_and(AnsweredBy::is_machine);
                self.carrier_ended(attempt.id, &news.status, machine).await?;
            }
            News::Noted => {}
        }
        Ok(())
    }

    /// What the carrier says of a media stream; kept in the attempt's history.
    pub async fn stream_progress(&self, nonce: &Nonce, news: &StreamStatus) -> Result<(), CallError> {
        let record = self.store.find_attempt_by_nonce(nonce).await?.ok_or(CallError::Unknown)?;
        let (id, event) = (record.attempt.id, news.event.as_str());
        let detail = news.error.as_deref().unwrap_or_default();
        if detail.is_empty() {
            tracing::info!(attempt = %id, event, "The carrier reports on the media stream");
        } else {
            tracing::warn!(attempt = %id, event, error = detail, "The carrier could not keep the media stream");
        }
        let mut change = self.store.change().await?;
        change.record_history(id, event, detail, self.clock.now()).await?;
        Ok(change.commit().await?)
    }

    /// The call is over as far as the carrier is concerned.
    pub(super) async fn carrier_ended(
        &self,
        id: AttemptId,
        status: &CarrierStatus,
        machine: bool,
    ) -> Result<(), CallError> {
        // The stream's last words, and with them the verdict, may still be on their way to the disk.
        self.stream_written(id).await;
        let record = self.store.load_attempt(id).await?;
        Ok(self.finish(id, decide::outcome_of(&record, status, machine)).await?)
    }

    pub(super) async fn stream_written(&self, id: AttemptId) {
        let Some(done) = self.live.stream_done(id) else { return };
        if timeout(&*self.clock, STREAM_SETTLES_IN, done.cancelled()).await.is_err() {
            tracing::warn!(attempt = %id, "The stream takes long to end");
        }
    }
}

/// The carrier's word, and the network's number where it gave one: it tells a wrong number from a dead one.
fn told(news: &StatusCallback) -> String {
    match news.sip_code {
        Some(code) => format!("{} (SIP {code})", news.status.as_str()),
        None => news.status.as_str().to_owned(),
    }
}
