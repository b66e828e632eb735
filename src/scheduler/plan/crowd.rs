//! More wake-ups at once than the account may dial: told with the change that brings it about, and logged.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::burst::{Burst, bursts};
use crate::store::schedules::Schedule;
use crate::store::{Store, StoreError};
use crate::zones::Zones;

/// The crowds that have been logged, each once.
#[derive(Debug, Default)]
pub struct Crowds(HashSet<Burst>);

impl Crowds {
    /// Looks at what is planned, and logs what is new.
    pub async fn look(&mut self, store: &Store, calls_per_second: f64) -> Result<(), StoreError> {
        let planned = store.list_planned_instants().await?;
        let dues: Vec<Timestamp> = planned.into_iter().map(|(due, _)| due).collect();
        let found: HashSet<Burst> = bursts(&dues, calls_per_second).into_iter().collect();
        for new in found.difference(&self.0) {
            tracing::warn!(
                from = %new.from, calls = new.calls, late_by_secs = new.late_by.as_secs(), calls_per_second,
                "More wake-ups come at once than can be dialled; the last of them rings {} late",
                new.late_in_words()
            );
        }
        self.0 = found;
        Ok(())
    }
}

/// What the owner is told of the crowds that a rule's wake-ups stand in: the first of them.
pub async fn of_schedule(
    store: &Store,
    zones: &Zones,
    schedule: &Schedule,
    calls_per_second: f64,
) -> Result<Option<String>, StoreError> {
    let planned = store.list_planned_instants().await?;
    let dues: Vec<Timestamp> = planned.iter().map(|(due, _)| *due).collect();
    let hers: Vec<Timestamp> =
        planned.iter().filter(|(_, rule)| *rule == Some(schedule.id)).map(|(due, _)| *due).collect();
    let stands_in = |burst: &Burst| hers.iter().any(|due| burst.from <= *due && *due <= burst.until);
    let zone = zones.get(&schedule.zone).unwrap_or(TimeZone::UTC);
    Ok(bursts(&dues, calls_per_second).into_iter().find(stands_in).map(|burst| {
        format!(
            "{} wake-ups come together around {}, but the account begins only {calls_per_second} a second: \
             the last of them rings {} late",
            burst.calls,
            burst.from.to_zoned(zone).strftime("%H:%M on %A"),
            burst.late_in_words()
        )
    }))
}
