//! A snooze that the owner asks for between two calls. In a call the coach is asked, or the key is pressed.

use jiff::Timestamp;

use super::{CallError, Calls, What};
use crate::domain::attempt::AttemptKind;
use crate::domain::ids::OccurrenceId;

impl Calls {
    /// Puts the next call of a wake-up off by a snooze; when it comes then. [`CallError::NoSnooze`] says why
    /// not.
    pub async fn snooze(&self, id: OccurrenceId) -> Result<Timestamp, CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        let occurrence = change.occurrence(id).await?;
        let after = occurrence.wake_up.snoozed(now)?;
        let call_at = after.act_at.unwrap_or(now);
        change.save_step(&occurrence, &after, now).await?;
        change.record_audit(Some(id), "snoozed", "by the owner", now).await?;
        change.commit().await?;
        tracing::info!(occurrence = %id, "A snooze was granted between two calls");
        self.tell(id, None, What::Waiting(AttemptKind::CallBack, call_at));
        self.wake.notify_one();
        Ok(call_at)
    }
}
