//! What the start-up log shows of the coming wake-ups.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::schedule::in_words;
use crate::store::{Store, StoreError};
use crate::zones::Zones;

/// A coming wake-up in its sleeper's own time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextWakeUp {
    /// Such as `Mon 2026-03-02 06:30 +01:00 Europe/Berlin`.
    pub local: String,
    /// Such as `in 7 h 12 min`, or how long ago it was due.
    pub countdown: String,
    /// Why this instant, when it is not the asked time.
    pub note: &'static str,
}

/// The next wake-ups, soonest first.
pub async fn next_wake_ups(
    store: &Store,
    zones: &Zones,
    now: Timestamp,
    count: u32,
) -> Result<Vec<NextWakeUp>, StoreError> {
    let coming = store.list_coming(count).await?;
    let shown = coming.iter().map(|occurrence| {
        let zone = zones.get(&occurrence.zone).unwrap_or(TimeZone::UTC);
        let local = occurrence.wake_up.due_at.to_zoned(zone);
        NextWakeUp {
            local: format!("{} {}", local.strftime("%a %Y-%m-%d %H:%M %:z"), occurrence.zone),
            countdown: countdown(occurrence.wake_up.due_at, now),
            note: occurrence.note.name(),
        }
    });
    Ok(shown.collect())
}

fn countdown(due_at: Timestamp, now: Timestamp) -> String {
    if due_at < now {
        return format!("due {} ago, calling as soon as possible", in_words(now.duration_since(due_at)));
    }
    format!("in {}", in_words(due_at.duration_since(now)))
}
