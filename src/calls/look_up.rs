//! Asks the carrier what became of an attempt that nothing was heard of: look before acting again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::decide::{Fate, Question};
use super::surplus::Surplus;
use super::{CallError, Calls, What, decide};
use crate::domain::alert::AlertKind;
use crate::domain::attempt::Outcome;
use crate::domain::ids::{CallId, OccurrenceId};
use crate::domain::wake_up::{Command, Event};
use crate::planted::{Planted, is_planted};
use crate::store::StoreError;
use crate::store::attempts::AttemptRecord;
use crate::telephony::client::CarrierCall;

impl Calls {
    /// Settles the open attempt of a wake-up, or leaves it for the next look.
    pub(super) async fn look_up(self: Arc<Self>, occurrence: OccurrenceId) {
        if let Err(error) = self.try_look_up(occurrence).await {
            tracing::warn!(%occurrence, %error, "The look-up failed; it will be repeated");
        }
    }

    /// Settles attempts that are open although their wake-up has ended: while they last, nobody else can be
    /// called at that number.
    pub async fn settle_left_over(self: &Arc<Self>) -> Result<(), CallError> {
        for record in self.store.list_open_attempts().await? {
            let occurrence = self.store.load_occurrence(record.attempt.occurrence).await?;
            if decide::is_over(occurrence.wake_up.phase) {
                let calls = Arc::clone(self);
                self.tasks.spawn(calls.look_up(occurrence.id));
            }
        }
        Ok(())
    }

    async fn try_look_up(&self, occurrence: OccurrenceId) -> Result<(), CallError> {
        let mut change = self.store.change().await?;
        let open = change.find_open_attempt(occurrence).await?;
        let Some(record) = open else {
            // Nothing is open although a call should be: the next step is due all the same.
            let stored = change.occurrence(occurrence).await?;
            let (after, command) = stored.wake_up.on(Event::AttemptEnded(Outcome::Lost), self.clock.now());
            change.save_step(&stored, &after, self.clock.now()).await?;
            if let Some(Command::Finish(end)) = command {
                self.note_end(&mut change, &stored, end).await?;
            }
            change.commit().await?;
            if let Some(Command::Finish(end)) = command {
                self.announce_end(&stored, end);
            }
            self.raise(AlertKind::Unsettled, &occurrence.to_string(), "a call that is not written down")
                .await;
            return Ok(());
        };
        drop(change);
        match decide::question(&record.attempt, self.policy.longest_call) {
            Question::Calls(back_to) => self.look_for_call(&record, back_to).await,
            Question::Fate { call, since, limit } => self.ask_about(&record, call, since, limit).await,
            Question::Nothing => Ok(()),
        }
    }

    /// The carrier may or may not have taken the call: its own list decides.
    async fn look_for_call(&self, record: &AttemptRecord, back_to: Timestamp) -> Result<(), CallError> {
        let attempt = &record.attempt;
        let listed = match self.list_believed(&attempt.to, back_to).await {
            _ if is_planted(Planted::LookUpLeftOut) => Vec::new(),
            Ok(listed) => listed,
            Err(error) if self.dials_blindly(record, &error) => {
                let why = error.to_string();
                self.raise(AlertKind::DialWithoutLookup, &attempt.id.to_string(), &why).await;
                self.note(record, "dial_without_lookup", &why).await?;
                // It may have rung, so it counts.
                return Ok(self.finish_unheard(attempt.id, Outcome::Lost).await?);
            }
            Err(error) => return Err(error),
        };
        if let Some((found, too_many)) = decide::to_adopt(self.unknown_of(listed).await?) {
            for call in too_many {
                self.end_surplus(attempt.id, &call.id, Surplus::Doubled).await;
            }
            return self.adopt(record, &found).await;
        }
        tracing::info!(attempt = %attempt.id, "The carrier knows of no such call; dialling again");
        self.note(record, "looked_up", "the carrier knows of no such call").await?;
        Ok(self.finish_unheard(attempt.id, Outcome::NotPlaced).await?)
    }

    /// A minute without a list, whatever time the carrier was given to settle.
    fn dials_blindly(&self, record: &AttemptRecord, error: &CallError) -> bool {
        let CallError::Carrier(error) = error else { return false };
        decide::dials_blindly(record.attempt.intent_at, self.policy.settle, error, self.clock.now())
    }

    async fn unknown_of(&self, listed: Vec<CarrierCall>) -> Result<Vec<CarrierCall>, StoreError> {
        let mut unknown = Vec::new();
        for call in listed {
            if !self.store.is_known_call(&call.id).await? {
                unknown.push(call);
            }
        }
        Ok(unknown)
    }

    async fn adopt(&self, record: &AttemptRecord, found: &CarrierCall) -> Result<(), CallError> {
        let (attempt, now) = (&record.attempt, self.clock.now());
        tracing::info!(attempt = %attempt.id, call = %found.id, "Found the call that the carrier had taken");
        let mut change = self.store.change().await?;
        let current = change.attempt(attempt.id).await?;
        if !current.attempt.state.is_open() || !change.bind_call(attempt.id, &found.id).await? {
            // A webhook was quicker; what it bound stands, and what rings beside it does not.
            drop(change);
            if current.attempt.state.call() != Some(&found.id) && !found.status.is_terminal() {
                self.end_surplus(attempt.id, &found.id, Surplus::Doubled).await;
            }
            return Ok(());
        }
        let occurrence = change.occurrence(attempt.occurrence).await?;
        let (after, _) = occurrence.wake_up.on(Event::Placed, now);
        change.save_step(&occurrence, &after, now).await?;
        change.record_history(attempt.id, "adopted", "found by look-up", now).await?;
        change.commit().await?;
        if decide::is_over(occurrence.wake_up.phase) && !found.status.is_terminal() {
            return self.take_back(record, &found.id).await;
        }
        self.tell(attempt.occurrence, Some(attempt.id), What::Placed);
        if found.status.is_terminal() {
            self.carrier_ended(attempt.id, &found.status, false).await?;
        }
        Ok(())
    }

    /// The carrier took the call and nothing was heard of it for a while: a callback may be lost.
    async fn ask_about(
        &self,
        record: &AttemptRecord,
        call: &CallId,
        since: Timestamp,
        limit: SignedDuration,
    ) -> Result<(), CallError> {
        let (attempt, now) = (&record.attempt, self.clock.now());
        let found = self.carrier.fetch(call).await?;
        match decide::fate(attempt, found.as_ref(), since, limit, now) {
            Fate::Unheard => {
                self.unsettled(record, "the carrier does not know the call").await;
                return Ok(self.finish(attempt.id, Outcome::Lost).await?);
            }
            Fate::Ended { status, machine } => return self.carrier_ended(attempt.id, &status, machine).await,
            Fate::Stuck(outcome) => {
                tracing::warn!(attempt = %attempt.id, call = %call, "The call is stuck; ending it");
                self.carrier.hang_up(call).await?;
                if outcome == Outcome::Lost {
                    self.unsettled(record, "it neither rang out nor was answered, and was ended").await;
                }
                return Ok(self.finish(attempt.id, outcome).await?);
            }
            Fate::GoesOn => {}
        }
        let mut change = self.store.change().await?;
        let occurrence = change.occurrence(attempt.occurrence).await?;
        if decide::is_over(occurrence.wake_up.phase) {
            drop(change);
            return self.take_back(record, call).await;
        }
        let (after, _) = occurrence.wake_up.on(Event::StillGoing, now);
        change.save_step(&occurrence, &after, now).await?;
        Ok(change.commit().await?)
    }

    async fn unsettled(&self, record: &AttemptRecord, why: &str) {
        self.raise(AlertKind::Unsettled, &record.attempt.id.to_string(), why).await;
    }

    /// Ends the call of a wake-up that was cancelled.
    pub(super) async fn take_back(&self, record: &AttemptRecord, call: &CallId) -> Result<(), CallError> {
        self.carrier.hang_up(call).await?;
        match decide::taken_back(&record.attempt) {
            Some(outcome) => Ok(self.finish(record.attempt.id, outcome).await?),
            None => Ok(()),
        }
    }

    pub(super) async fn note(
        &self,
        record: &AttemptRecord,
        what: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let mut change = self.store.change().await?;
        change.record_history(record.attempt.id, what, detail, self.clock.now()).await?;
        change.commit().await
    }
}
