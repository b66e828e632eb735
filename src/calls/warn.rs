//! She is slow to wake: some minutes after the first call somebody else is told, once.

use jiff::{SignedDuration, Timestamp};

use super::{CallError, Calls};
use crate::domain::attempt::AttemptState;
use crate::domain::ids::OccurrenceId;
use crate::domain::notice::News;
use crate::domain::wake_up::{Phase, WakeUp};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::{Change, StoreError};

/// Wake-ups looked at between two looks at what is due.
const AT_ONCE: u32 = 100;
/// She is talking with the coach, or was granted a little more sleep: look again after that.
const A_MINUTE: SignedDuration = SignedDuration::from_mins(1);

impl Calls {
    /// Sets the warning, with the first call of a wake-up that a schedule asked for.
    pub(super) async fn arm_warning(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if occurrence.key.is_none() {
            return Ok(());
        }
        let wait = SignedDuration::from_mins(i64::from(occurrence.wake_up.policy.warn_after_mins));
        change.warn_first_at(occurrence.id, now.saturating_add(wait).unwrap_or(Timestamp::MAX)).await
    }

    /// Looks at every wake-up whose warning is due by now.
    pub async fn warn_due(&self) -> Result<(), CallError> {
        for id in self.store.list_to_warn_of(self.clock.now(), AT_ONCE).await? {
            self.warn(id).await?;
        }
        Ok(())
    }

    async fn warn(&self, id: OccurrenceId) -> Result<(), CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        let occurrence = change.occurrence(id).await?;
        let open = change.find_open_attempt(id).await?;
        match look(&occurrence.wake_up, open.as_ref(), now) {
            Look::Over => change.warning_done(id, now).await?,
            Look::Again(at) => change.warn_again_at(id, at).await?,
            Look::Slow => {
                change.warning_done(id, now).await?;
                change.record_audit(Some(id), "slow_to_wake", "", now).await?;
                self.tell_people(&mut change, id, occurrence.sleeper, News::SlowToWake).await?;
                tracing::warn!(occurrence = %id, calls = occurrence.wake_up.calls, "She is slow to wake");
            }
        }
        Ok(change.commit().await?)
    }
}

/// What a look at a wake-up says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Nobody needs to be told.
    Over,
    /// Not now.
    Again(Timestamp),
    /// Somebody is told.
    Slow,
}

fn look(wake_up: &WakeUp, open: Option<&AttemptRecord>, now: Timestamp) -> Look {
    let a_minute_after = |at: Timestamp| Look::Again(at.saturating_add(A_MINUTE).unwrap_or(Timestamp::MAX));
    if matches!(wake_up.phase, Phase::Ended(_)) {
        return Look::Over;
    }
    // She was up, and is only asked whether she stayed so. If not, the ladder begins again.
    if wake_up.checking {
        return a_minute_after(wake_up.act_at.unwrap_or(now).max(now));
    }
    if open.is_some_and(|record| matches!(record.attempt.state, AttemptState::Answered { .. })) {
        return a_minute_after(now);
    }
    wake_up.snoozes_until(now).map_or(Look::Slow, a_minute_after)
}
