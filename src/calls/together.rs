//! Two rules of one sleeper that are due together are one call, which asks for all that either would have.

use jiff::Timestamp;

use super::{Calls, decide};
use crate::domain::ids::OccurrenceId;
use crate::domain::wake_up::{End, Event};
use crate::store::occurrences::Occurrence;
use crate::store::{Change, StoreError};

/// Whether a newer wake-up of hers is due as well; it takes on what this one asks for.
pub(super) async fn give_way(
    change: &mut Change,
    occurrence: &Occurrence,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(newer) = change.overtaker(occurrence, now).await? else { return Ok(false) };
    let both = newer.wake_up.policy.and(occurrence.wake_up.policy);
    change.take_on(newer.id, &both, occurrence.id).await?;
    Ok(true)
}

impl Calls {
    /// A wake-up that rings for the first time takes over those of hers that are between two calls: one
    /// ladder, and nothing of what they asked for is lost.
    pub(super) async fn absorb(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<Vec<OccurrenceId>, StoreError> {
        let mut absorbed = Vec::new();
        if !decide::absorbs(occurrence, now) {
            return Ok(absorbed);
        }
        let mut policy = occurrence.wake_up.policy;
        for other in change.due_beside(occurrence.sleeper, now).await? {
            if !decide::is_absorbed(&other, occurrence) {
                continue;
            }
            policy = policy.and(other.wake_up.policy);
            change.take_on(occurrence.id, &policy, other.id).await?;
            self.coalesce(change, &other, now).await?;
            absorbed.push(other.id);
        }
        Ok(absorbed)
    }

    /// She is up: ends the other wake-ups of hers that are due, as far as they ask for no more than was seen.
    pub(super) async fn woken_too(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<Vec<OccurrenceId>, StoreError> {
        let mut ended = Vec::new();
        for other in change.due_beside(occurrence.sleeper, now).await? {
            if !decide::is_woken_too(occurrence, &other) {
                continue;
            }
            self.coalesce(change, &other, now).await?;
            ended.push(other.id);
        }
        Ok(ended)
    }

    async fn coalesce(
        &self,
        change: &mut Change,
        other: &Occurrence,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (after, _) = other.wake_up.on(Event::Overtaken, now);
        change.save_step(other, &after, now).await?;
        change.record_audit(Some(other.id), "ended", End::Coalesced.name(), now).await
    }
}
