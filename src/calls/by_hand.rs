//! Calls that the owner asks for now: an occurrence without a schedule.

use std::sync::Arc;

use jiff::SignedDuration;

use super::act::Acted;
use super::{CallError, Calls};
use crate::domain::ids::{AttemptId, CallId, OccurrenceId, SleeperId};
use crate::domain::mode::CallMode;
use crate::domain::schedule::DueNote;
use crate::domain::wake_up::{Event, WakeUp};
use crate::store::occurrences::Occurrence;

/// A call asked for now that makes no sense ten minutes later.
const USEFUL_FOR: SignedDuration = SignedDuration::from_mins(10);

/// What came of asking for a call now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallNow {
    /// The wake-up made for it.
    pub occurrence: OccurrenceId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The carrier's call; `None` while its answer is not known, or when it refused.
    pub call: Option<CallId>,
    /// The mode in which it runs.
    pub mode: CallMode,
    /// The word for where the attempt stands.
    pub state: &'static str,
}

impl Calls {
    /// Places a call to a stored sleeper now, once, and waits for the carrier's answer.
    pub async fn call_now(
        self: &Arc<Self>,
        sleeper: SleeperId,
        wish: Option<CallMode>,
        calls_allowed: u32,
    ) -> Result<CallNow, CallError> {
        let id = self.plan_now(sleeper, wish, calls_allowed).await?;
        let record = match self.claim(id).await? {
            Acted::Dial(record) => record,
            // The dispatcher may have been quicker; then its attempt is the answer.
            Acted::LookUp | Acted::Done => Box::new(self.only_attempt(id).await?),
            Acted::NumberBusy => {
                self.cancel(id).await?;
                return Err(CallError::NumberBusy);
            }
        };
        let attempt = record.attempt.id;
        let dialling = Arc::clone(self).dial(*record);
        self.tasks.track_future(dialling).await;
        let record = self.store.load_attempt(attempt).await?;
        Ok(CallNow {
            occurrence: id,
            attempt,
            call: record.attempt.state.call().cloned(),
            mode: record.attempt.decision.mode,
            state: record.attempt.state.name(),
        })
    }

    async fn plan_now(
        &self,
        sleeper: SleeperId,
        wish: Option<CallMode>,
        calls_allowed: u32,
    ) -> Result<OccurrenceId, CallError> {
        let now = self.clock.now();
        let id = self.with_rng(|rng| OccurrenceId::new(now, rng));
        let useful_until = now.saturating_add(USEFUL_FOR).unwrap_or(now);
        let zone = self.store.list_schedules().await?.into_iter().find(|rule| rule.sleeper == sleeper);
        let occurrence = Occurrence {
            id,
            sleeper,
            key: None,
            zone: zone.map_or_else(|| "UTC".to_owned(), |rule| rule.zone),
            tzdb_version: self.zones.version().to_owned(),
            note: DueNote::AsAsked,
            wished_mode: wish,
            wake_up: WakeUp::planned(now, useful_until, calls_allowed),
            fence: 0,
        };
        let mut change = self.store.change().await?;
        change.plan_occurrence(&occurrence, now).await?;
        change.commit().await?;
        Ok(id)
    }

    async fn only_attempt(
        &self,
        id: OccurrenceId,
    ) -> Result<crate::store::attempts::AttemptRecord, CallError> {
        self.store.list_attempts(id).await?.into_iter().next().ok_or(CallError::Unknown)
    }

    /// Cancels a wake-up; a call that is going on is ended.
    pub async fn cancel(&self, id: OccurrenceId) -> Result<(), CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        let occurrence = change.occurrence(id).await?;
        let open = change.find_open_attempt(id).await?;
        let (after, command) = occurrence.wake_up.on(Event::Cancelled, now);
        if command.is_none() {
            return Ok(());
        }
        change.save_step(&occurrence, &after, now).await?;
        change.record_audit(Some(id), "cancelled", "by the owner", now).await?;
        change.commit().await?;
        if let Some(call) = open.as_ref().and_then(|record| record.attempt.state.call()) {
            self.carrier.hang_up(call).await?;
        }
        Ok(())
    }
}
