//! A schedule in another zone (R10): a new epoch, and no second ring for a day on which she was just woken.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use serde::Serialize;

use super::{AHEAD, table_in};
use crate::domain::ids::ExceptionId;
use crate::domain::schedule::{Exception, Planned, SkipCause, Timetable, clock_face};
use crate::store::schedules::Schedule;
use crate::store::{Change, StoreError};
use crate::zones::Zones;

/// Whoever was woken so shortly ago has not slept since.
const JUST_WOKEN: SignedDuration = SignedDuration::from_hours(12);
/// A ring so soon after the zone changed may be meant, or not: it is asked about.
const SOON: SignedDuration = SignedDuration::from_hours(4);

/// A ring that is held back until somebody confirms it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldRing {
    /// The civil date.
    pub date: Date,
    /// The time on her clock.
    pub local_time: String,
    /// When it would ring.
    pub at: Timestamp,
    /// When she was woken last.
    pub woken_at: Timestamp,
    /// To be taken back by whoever wants the ring all the same.
    pub exception: ExceptionId,
}

/// Starts a new epoch of a schedule in its new zone. What was planned in the old one is stale by that.
pub(super) async fn enter_zone(
    change: &mut Change,
    schedule: &mut Schedule,
    zones: &Zones,
    now: Timestamp,
    rng: &mut (impl Rng + Send),
) -> Result<Vec<HeldRing>, StoreError> {
    schedule.zone_epoch += 1;
    schedule.stands_since = now;
    let Ok(zone) = zones.get(&schedule.zone) else { return Ok(Vec::new()) };
    let Some((last, woken_at)) = change.last_ring(schedule.id).await? else { return Ok(Vec::new()) };
    let table = table_in(change, schedule, zone, now).await?;
    let mut held = Vec::new();
    for (at, planned) in doubtful(&table, last.date, woken_at, now) {
        let (date, slot) = (planned.date, planned.slot);
        let skip = Exception::Skip { date, slot: Some(slot), cause: SkipCause::AlreadyRung };
        let exception = change.add_exception(ExceptionId::new(now, rng), schedule.id, &skip, now).await?;
        held.push(HeldRing { date, local_time: clock_face(planned.asked), at, woken_at, exception });
    }
    Ok(held)
}

/// The rings of the days ahead in a zone just entered that may not be meant, by the date and the instant of
/// the last one: she has not slept since.
pub fn doubtful(
    table: &Timetable,
    last_date: Date,
    woken_at: Timestamp,
    now: Timestamp,
) -> Vec<(Timestamp, Planned)> {
    let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    let rings = table.coming(now).filter_map(|planned| Some((planned.rings_at()?, planned)));
    rings
        .take_while(|(at, _)| *at <= until)
        .filter(|(at, planned)| {
            let same_day = planned.date == last_date && at.duration_since(woken_at) < JUST_WOKEN;
            let soon = now.duration_since(woken_at) < JUST_WOKEN && at.duration_since(now) < SOON;
            same_day || soon
        })
        .collect()
}
