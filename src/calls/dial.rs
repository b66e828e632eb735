//! Asks the carrier for a call whose intent is on disk, once, and writes down what it said.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::brief::tongue_of;
use super::decide::NotPlaced;
use super::live::Opening;
use super::surplus::Surplus;
use super::{Calls, What, decide};
use crate::domain::attempt::{AttemptState, Outcome};
use crate::domain::ids::{CallId, OccurrenceId};
use crate::domain::mode::CallMode;
use crate::domain::wake_up::{Event, Phase};
use crate::failpoint::{self, Point};
use crate::realtime::{Plan, ready};
use crate::store::StoreError;
use crate::store::attempts::AttemptRecord;
use crate::telephony::client::NewCall;
use crate::telephony::error::CarrierError;
use crate::telephony::status::CarrierStatus;

impl Calls {
    /// Places the call of an intent that was due at `due_at`. Never repeats the request: what is unknown is looked up later.
    pub(super) async fn dial(self: Arc<Self>, record: AttemptRecord, due_at: Timestamp) {
        let attempt = &record.attempt;
        self.note_tongue(&record).await;
        if attempt.decision.mode == CallMode::Realtime {
            self.open_model(&record).await;
        } else {
            let (calls, record) = (Arc::clone(&self), record.clone());
            self.tasks.spawn(async move { calls.fetch_news(&record).await });
        }
        let (voice_url, status_url) =
            (self.addresses.voice(&attempt.nonce), self.addresses.call_status(&attempt.nonce));
        let call = NewCall {
            to: &attempt.to,
            from: &self.from,
            voice_url: &voice_url,
            fallback_url: self.policy.fallback_url.as_ref(),
            status_url: &status_url,
            ring_timeout: self.ring_timeout(attempt.occurrence).await,
            time_limit: self.policy.longest_call,
            detect_machine: self.policy.detect_machines,
        };
        let late_by = self.clock.now().duration_since(due_at);
        self.metrics.dialled(Duration::try_from(late_by).unwrap_or_default());
        let settled = if self.is_still_wanted(&record).await {
            match self.carrier.place(&call).await {
                Ok(placed) => self.placed(&record, &placed.id).await,
                Err(error) => self.not_placed(&record, &error).await,
            }
        } else {
            self.not_asked(&record).await
        };
        if let Err(error) = settled {
            // The row still says "intended": the look-up will find out what became of it.
            tracing::error!(attempt = %attempt.id, %error, "Could not write down what the carrier said");
        }
    }

    /// Whether the carrier is to be asked after all: the owner may have cancelled since the intent was written
    /// down, a look-up may have settled it, and a machine that slept in between comes hours late.
    async fn is_still_wanted(&self, record: &AttemptRecord) -> bool {
        // A database that does not say must not keep it from ringing: then what was written down stands.
        let state = self.store.load_attempt(record.attempt.id).await.map(|now| now.attempt.state);
        let wake_up = self.store.load_occurrence(record.attempt.occurrence).await.map(|now| now.wake_up);
        let state = state.unwrap_or(AttemptState::Intended);
        let phase = wake_up.map_or(Phase::Calling, |wake_up| wake_up.phase);
        let age = self.clock.now().duration_since(record.attempt.intent_at);
        decide::is_still_wanted(&state, phase, age)
    }

    /// No phone rings, and nothing was asked.
    async fn not_asked(&self, record: &AttemptRecord) -> Result<(), StoreError> {
        let id = record.attempt.id;
        tracing::warn!(attempt = %id, "The call is not asked for: it was settled meanwhile, or the request came too late");
        self.note(record, "not_asked", "settled meanwhile, or too late").await?;
        self.finish_unheard(id, Outcome::NotPlaced).await
    }

    /// Before it rings, so that even a call without a database is held in her language.
    async fn note_tongue(&self, record: &AttemptRecord) {
        if let Ok(sleeper) = self.store.load_sleeper(record.attempt.sleeper).await {
            self.live.speaks(&record.attempt.nonce, tongue_of(&sleeper));
        }
    }

    /// How long it rings. A database that does not say must not keep it from ringing.
    async fn ring_timeout(&self, occurrence: OccurrenceId) -> Duration {
        let asked = self.store.load_occurrence(occurrence).await.map(|occurrence| occurrence.wake_up.policy);
        let secs = asked.unwrap_or_default().ring_secs;
        self.policy.ring_timeout.unwrap_or(Duration::from_secs(secs.into()))
    }

    /// The model's session is opened while the phone rings, so that the coach can speak first.
    async fn open_model(self: &Arc<Self>, record: &AttemptRecord) {
        let Some(settings) = self.realtime.clone() else { return };
        let attempt = &record.attempt;
        let plan = match self.plan_for(record).await {
            Ok(plan) => plan,
            Err(error) => {
                tracing::warn!(attempt = %attempt.id, %error, "Cannot brief the model; the call will be traditional");
                return;
            }
        };
        tracing::info!(attempt = %attempt.id, "Connecting to OpenAI Realtime API");
        let (calls, record, clock) = (Arc::clone(self), record.clone(), self.clock.clone());
        let id = attempt.id;
        let wanted = CancellationToken::new();
        let taken = wanted.clone();
        let task = self.tasks.spawn(async move {
            let plan = calls.with_news(&record, plan).await;
            let mut model = ready::open(&settings, &plan, &clock).await.inspect_err(
                |error| tracing::warn!(attempt = %id, %error, "The realtime model is not available"),
            )?;
            tracing::info!(attempt = %id, "Connected to OpenAI Realtime API");
            // Somebody must answer the model's pings for as long as it rings.
            tokio::select! {
                () = taken.cancelled() => Ok(model),
                lost = model.keep() => Err(lost),
            }
        });
        self.live.put_opening(id, Opening { task: AbortOnDropHandle::new(task), wanted });
    }

    /// The plan with today's news in it, when there are any in time.
    async fn with_news(&self, record: &AttemptRecord, plan: Plan) -> Plan {
        if !self.fetch_news(record).await {
            return plan;
        }
        self.plan_for(record).await.unwrap_or(plan)
    }

    async fn placed(&self, record: &AttemptRecord, call: &CallId) -> Result<(), StoreError> {
        let (attempt, now) = (&record.attempt, self.clock.now());
        let mut change = self.store.change().await?;
        let bound = change.bind_call(attempt.id, call).await?;
        let stored = change.attempt(attempt.id).await?;
        let occurrence = change.occurrence(attempt.occurrence).await?;
        if bound && stored.attempt.state.is_open() {
            let (after, _) = occurrence.wake_up.on(Event::Placed, now);
            change.save_step(&occurrence, &after, now).await?;
        }
        change.record_history(attempt.id, "placed", "the carrier took the call", now).await?;
        change.commit().await?;
        failpoint::pass(Point::Bound);
        if decide::is_surplus(bound, &stored.attempt.state, occurrence.wake_up.phase) {
            // It lost a race against a look-up or the owner: this ring is one too many.
            let why = Surplus::of(bound, &stored.attempt.state);
            if self.end_surplus(attempt.id, call, why).await && bound {
                // Of a call taken back in its queue the carrier says no more, and her number must be free.
                self.finish(attempt.id, Outcome::Canceled).await?;
            }
            return Ok(());
        }
        tracing::info!(attempt = %attempt.id, call = %call, "The carrier took the call");
        self.tell(attempt.occurrence, Some(attempt.id), What::Placed);
        Ok(())
    }

    async fn not_placed(&self, record: &AttemptRecord, error: &CarrierError) -> Result<(), StoreError> {
        let attempt = &record.attempt;
        let outcome = match decide::not_placed(error) {
            NotPlaced::Over(outcome) => outcome,
            NotPlaced::Unknown => return self.placing_unknown(record, error).await,
        };
        if let CarrierError::Throttled { retry_after } = error {
            self.pacer.hold(*retry_after);
        }
        tracing::warn!(attempt = %attempt.id, %error, "The call was not placed");
        let mut change = self.store.change().await?;
        change.record_history(attempt.id, "not_placed", &error.to_string(), self.clock.now()).await?;
        change.commit().await?;
        self.finish(attempt.id, outcome).await
    }

    async fn placing_unknown(&self, record: &AttemptRecord, error: &CarrierError) -> Result<(), StoreError> {
        let (attempt, now) = (&record.attempt, self.clock.now());
        tracing::warn!(attempt = %attempt.id, %error, "The phone may be ringing; looking before dialling again");
        let mut change = self.store.change().await?;
        // False when a webhook has bound the call meanwhile: then nothing is unknown any more.
        if change.mark_unknown(attempt.id).await? {
            let occurrence = change.occurrence(attempt.occurrence).await?;
            let (after, _) = occurrence.wake_up.on_settling(Event::PlacingUnknown, now, self.policy.settle);
            change.save_step(&occurrence, &after, now).await?;
        }
        change.record_history(attempt.id, "placing_unknown", &error.to_string(), now).await?;
        change.commit().await?;
        self.tell(attempt.occurrence, Some(attempt.id), What::PlacingUnknown);
        Ok(())
    }

    /// Ends a call that came in or was asked for by hand, so that the wake-up it is in the way of can ring.
    pub(super) async fn give_way(&self, holder: &AttemptRecord) {
        let Some(call) = holder.attempt.state.call() else { return };
        if !self.end_surplus(holder.attempt.id, call, Surplus::GoneBy).await {
            // It may go on: a second ring beside it helps nobody. The wake-up asks again soon.
            return;
        }
        let answered = matches!(holder.attempt.state, AttemptState::Answered { .. });
        let status = if answered { CarrierStatus::Completed } else { CarrierStatus::Canceled };
        if let Err(error) = self.carrier_ended(holder.attempt.id, &status, false).await {
            tracing::error!(attempt = %holder.attempt.id, %error, "Could not write down that a call gave way");
        }
    }
}
