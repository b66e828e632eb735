//! What the coach knows of earlier mornings when a call begins, and what it keeps of this one.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::{CallError, Calls};
use crate::coach::memory::{MemoryKind, Recall, Remembered, worth_remembering};
use crate::coach::script;
use crate::domain::attempt::{AttemptKind, Outcome};
use crate::store::StoreError;
use crate::store::attempts::AttemptRecord;
use crate::store::memories::Memory;

impl Calls {
    /// What is recalled in a call; the same as often as it is asked, though memories are made meanwhile.
    pub(super) async fn recall(&self, record: &AttemptRecord, zone: &TimeZone) -> Result<Recall, StoreError> {
        let (attempt, now) = (&record.attempt, self.clock.now());
        if attempt.kind == AttemptKind::Inbound {
            // A caller's number can be forged: a stranger hears nothing of her mornings.
            return Ok(Recall { chance: attempt.id.chance(), ..Recall::default() });
        }
        let memories = self.store.list_memories(attempt.sleeper, now).await?;
        let older =
            |kind| memories.iter().filter(move |memory| memory.kind == kind && memory.at < attempt.intent_at);
        let latest =
            |kind| memories.iter().find(|memory| memory.kind == kind).map(|memory| memory.text.clone());
        let today = |memory: &&Memory| days_between(memory.at, attempt.intent_at, zone) == 0;
        Ok(Recall {
            openings: older(MemoryKind::Opening).map(|memory| memory.text.clone()).collect(),
            // What she said an hour ago she has not forgotten herself.
            said: older(MemoryKind::Said).find(|memory| !today(memory)).map(|memory| Remembered {
                text: memory.text.clone(),
                days_ago: days_between(memory.at, attempt.intent_at, zone),
            }),
            weather: latest(MemoryKind::Weather),
            calendar: latest(MemoryKind::Calendar),
            chance: attempt.id.chance(),
        })
    }

    /// Notes how a call began, so that the next ones begin otherwise.
    pub(super) async fn note_opening(&self, record: &AttemptRecord) -> Result<(), CallError> {
        if record.attempt.kind == AttemptKind::Inbound {
            return Ok(());
        }
        let briefing = self.briefing_for(record).await?;
        let line = script::opening_line(&briefing);
        let mut change = self.store.change().await?;
        change.remember(record.attempt.sleeper, MemoryKind::Opening, line, self.clock.now()).await?;
        Ok(change.commit().await?)
    }

    /// Keeps one line of a call in which she got up. Losing it costs a pleasantry, so a failure is only logged.
    pub(super) async fn keep_her_words(&self, record: &AttemptRecord, outcome: Outcome) {
        // Nor may a stranger write what her next mornings tell.
        if outcome != Outcome::Up || record.attempt.kind == AttemptKind::Inbound {
            return;
        }
        if let Err(error) = self.remember_call(record).await {
            tracing::warn!(attempt = %record.attempt.id, %error, "What she said is not remembered");
        }
    }

    async fn remember_call(&self, record: &AttemptRecord) -> Result<(), CallError> {
        let known = self.store.list_memories(record.attempt.sleeper, self.clock.now()).await?;
        let in_this_call =
            |memory: &Memory| memory.kind == MemoryKind::Said && memory.at >= record.attempt.intent_at;
        if known.iter().any(in_this_call) {
            // The chat model has chosen.
            return Ok(());
        }
        let briefing = self.briefing_for(record).await?;
        let Some(line) = worth_remembering(briefing.language.tongue(), &briefing.conversation) else {
            return Ok(());
        };
        let mut change = self.store.change().await?;
        change.remember(record.attempt.sleeper, MemoryKind::Said, &line, self.clock.now()).await?;
        Ok(change.commit().await?)
    }
}

/// Midnights between two instants where she is; 0 when the later one is not later.
fn days_between(earlier: Timestamp, later: Timestamp, zone: &TimeZone) -> u32 {
    let date = |instant: Timestamp| instant.to_zoned(zone.clone()).date();
    let days = date(earlier).until((Unit::Day, date(later))).map_or(0, |span| span.get_days());
    u32::try_from(days).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_by_her_midnights() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let days = |earlier: &str, later: &str| {
            days_between(earlier.parse().unwrap(), later.parse().unwrap(), &berlin)
        };
        assert_eq!(days("2026-03-02T22:30:00Z", "2026-03-02T23:30:00Z"), 1);
        assert_eq!(days("2026-03-02T05:30:00Z", "2026-03-02T22:30:00Z"), 0);
        assert_eq!(days("2026-03-02T05:30:00Z", "2026-03-30T04:30:00Z"), 28);
        assert_eq!(days("2026-03-03T05:30:00Z", "2026-03-02T05:30:00Z"), 0);
    }
}
