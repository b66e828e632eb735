//! Calls planned for one instant, without a schedule: written down, listed, and taken back.

use jiff::{SignedDuration, Timestamp};

use super::{CallError, Calls};
use crate::domain::ids::{OccurrenceId, SleeperId};
use crate::domain::wake_up::{End, Phase};
use crate::store::occurrences::Occurrence;

/// A planned call that makes no sense ten minutes later.
const USEFUL_FOR: SignedDuration = SignedDuration::from_mins(10);

impl Calls {
    /// Plans one call to a stored sleeper; it survives a restart like every other wake-up.
    pub async fn plan_one_off(
        &self,
        sleeper: SleeperId,
        due_at: Timestamp,
        calls_allowed: u32,
    ) -> Result<Occurrence, CallError> {
        let now = self.clock.now();
        let useful_until = due_at.saturating_add(USEFUL_FOR).unwrap_or(due_at);
        let mut change = self.store.change().await?;
        let id = self.plan_by_hand(&mut change, sleeper, None, calls_allowed, (due_at, useful_until)).await?;
        let occurrence = change.occurrence(id).await?;
        change.record_audit(Some(id), "planned", "one call, by the owner", now).await?;
        change.commit().await?;
        tracing::info!(occurrence = %id, due = %due_at, "Planned one call");
        self.wake.notify_one();
        Ok(occurrence)
    }

    /// Takes a planned call back, also while it is going on; false when it was over before.
    ///
    /// [`CallError::Unknown`] for anything else: wake-ups of a schedule are skipped, not cancelled by a script.
    pub async fn cancel_one_off(&self, id: OccurrenceId) -> Result<bool, CallError> {
        let occurrence = self.store.load_occurrence(id).await?;
        if occurrence.key.is_some() {
            return Err(CallError::Unknown);
        }
        if matches!(occurrence.wake_up.phase, Phase::Ended(_)) {
            return Ok(false);
        }
        self.cancel(id).await?;
        let after = self.store.load_occurrence(id).await?;
        Ok(after.wake_up.phase == Phase::Ended(End::Cancelled))
    }
}
