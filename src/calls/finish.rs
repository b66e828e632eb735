//! Ends an attempt, once, and lets the wake-up decide what comes next.

use jiff::Timestamp;

use super::{Calls, What};
use crate::domain::attempt::Outcome;
use crate::domain::ids::{AttemptId, OccurrenceId};
use crate::domain::schedule::in_words;
use crate::domain::wake_up::{Command, End, Event, Phase};
use crate::failpoint::{self, Point};
use crate::planted::{Planted, is_planted};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::{Change, StoreError};

impl Calls {
    /// Writes an attempt's outcome and the wake-up's next step in one transaction.
    pub(super) async fn finish(&self, id: AttemptId, outcome: Outcome) -> Result<(), StoreError> {
        let change = self.store.change().await?;
        self.finish_in(change, id, outcome).await
    }

    /// The same for an attempt that nothing was heard of, unless a webhook has bound a call to it meanwhile:
    /// then that call goes on, whatever a list said that was made before.
    pub(super) async fn finish_unheard(&self, id: AttemptId, outcome: Outcome) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        if change.attempt(id).await?.attempt.state.call().is_some() {
            tracing::info!(attempt = %id, "The carrier told of the call while it was looked for");
            return Ok(());
        }
        self.finish_in(change, id, outcome).await
    }

    async fn finish_in(&self, mut change: Change, id: AttemptId, outcome: Outcome) -> Result<(), StoreError> {
        let now = self.clock.now();
        if !change.finish_attempt(id, outcome, now).await? && !is_planted(Planted::EndCountsTwice) {
            return Ok(());
        }
        let record = change.attempt(id).await?;
        let mut occurrence = change.occurrence(record.attempt.occurrence).await?;
        occurrence.wake_up.spent = change.cost_of(occurrence.id).await?;
        let (mut after, mut command) = occurrence.wake_up.on(Event::AttemptEnded(outcome), now);
        if matches!(after.phase, Phase::Waiting(_)) && self.is_proven(&mut change, &occurrence, now).await? {
            // The doorbell rang while the phone did.
            (after, command) = after.on(Event::Proven, now);
        }
        change.save_step(&occurrence, &after, now).await?;
        change.record_history(id, "finished", outcome.name(), now).await?;
        let coalesced = self.ending_means(&mut change, &occurrence, command, now).await?;
        change.commit().await?;
        failpoint::pass(Point::Finished);
        if matches!(after.phase, Phase::Waiting(_)) {
            failpoint::pass(Point::Again);
        }
        self.live.forget(id);
        self.keep_her_words(&record, outcome).await;
        self.closing_line(&record, outcome);
        self.metrics.attempt_ended(outcome, record.attempt.effective_mode());
        self.tell(occurrence.id, Some(id), What::Finished(outcome));
        match (command, after.phase, after.act_at) {
            (Some(Command::Finish(end)), ..) => self.announce_end(&occurrence, end),
            (_, Phase::Waiting(kind), Some(act_at)) => {
                self.tell(occurrence.id, None, What::Waiting(kind, act_at));
            }
            _ => {}
        }
        self.announce_coalesced(&coalesced);
        self.wake.notify_one();
        Ok(())
    }

    /// What the end of a wake-up means to others, in the same transaction: wake-ups that were due as well,
    /// which are given back, and people who were told or are to be.
    pub(super) async fn ending_means(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        command: Option<Command>,
        now: Timestamp,
    ) -> Result<Vec<OccurrenceId>, StoreError> {
        let Some(Command::Finish(end)) = command else { return Ok(Vec::new()) };
        let mut coalesced = Vec::new();
        if end == End::Up && occurrence.key.is_some() {
            // Two schedules due together are one call: she is up for both. A call that anybody may have
            // made, with her number forged, says nothing about them.
            coalesced = self.woken_too(change, occurrence, now).await?;
        }
        self.note_end(change, occurrence, end).await?;
        for other in &coalesced {
            self.all_clear(change, *other, End::Up).await?;
        }
        Ok(coalesced)
    }

    pub(super) fn announce_coalesced(&self, coalesced: &[OccurrenceId]) {
        for other in coalesced {
            tracing::info!(occurrence = %other, "Woken already by another wake-up that was due");
            self.tell(*other, None, What::Ended(End::Coalesced));
        }
    }

    /// Whether all that this morning asks for has been seen from outside any call.
    pub(super) async fn is_proven(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let seen = change.proofs_from_outside(occurrence, now).await?;
        Ok(!seen.is_empty() && occurrence.wake_up.policy.proofs.without(seen).is_empty())
    }

    /// The one line about each attempt that people look for.
    fn closing_line(&self, record: &AttemptRecord, outcome: Outcome) {
        let attempt = &record.attempt;
        let lasted = self.clock.now().duration_since(attempt.intent_at);
        tracing::info!(
            attempt = %attempt.id,
            call = attempt.state.call().map(tracing::field::display),
            mode = attempt.decision.mode.name(),
            fell_back = attempt.fell_back.is_some(),
            first_audio_ms = record.first_audio.map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            barge_ins = record.barge_ins,
            cost = %attempt.cost,
            "Attempt {} ended: {} after {}",
            attempt.number,
            outcome.name(),
            in_words(lasted),
        );
    }
}
