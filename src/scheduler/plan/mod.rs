//! Writes the coming wake-ups down, once each, and keeps them as the rule, its exceptions, the holidays and
//! the zone data have them (R1, R9, R13).
//!
//! [`plan_ahead`] goes through every schedule, [`replan`] through one; [`edit`] holds the owner's changes,
//! each of which plans at once, and [`outlook`] what the owner is shown.

pub mod edit;
pub mod outlook;
mod travel;

use std::collections::HashMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rand::{Rng, RngExt as _};

pub use self::outlook::{NextRing, PREVIEW, PreviewLine, next_ring, preview};
use super::SchedulerError;
use crate::domain::ids::{OccurrenceId, ScheduleId};
use crate::domain::schedule::{DueNote, Instant, Planned, Timetable, What};
use crate::domain::wake_up::{End, Phase, WakeUp};
use crate::store::exceptions::StoredException;
use crate::store::occurrences::{CivilKey, Occurrence};
use crate::store::schedules::Schedule;
use crate::store::{Change, Store, StoreError};
use crate::zones::Zones;

/// How far ahead wake-ups are written down.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(8 * 24);
/// A calendar that could not be read for so long has no say any more: better woken on a holiday than not on
/// a working day.
pub const HOLIDAYS_GOOD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// More than a cron pattern's 24 times a day and its exceptions give in eight days, and a useful-for before.
const ROWS_AT_ONCE: usize = 1_000;

/// What planning changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// Wake-ups written down for the first time.
    pub added: u32,
    /// Wake-ups that moved to another instant.
    pub moved: u32,
    /// Wake-ups taken back before anything happened with them.
    pub withdrawn: u32,
}

/// Writes the next days of every schedule down, each schedule in a transaction of its own.
pub async fn plan_ahead(
    store: &Store,
    zones: &Zones,
    now: Timestamp,
    rng: &mut (impl Rng + Send),
) -> Result<PlanReport, SchedulerError> {
    let mut report = PlanReport::default();
    for listed in store.list_schedules().await? {
        let one = match replan(store, zones, listed.id, now, rng).await {
            // Removed since it was listed.
            Err(SchedulerError::Store(StoreError::NotFound(_))) => continue,
            one => one?,
        };
        report.added += one.added;
        report.moved += one.moved;
        report.withdrawn += one.withdrawn;
    }
    Ok(report)
}

/// Writes the next days of one schedule down.
pub async fn replan(
    store: &Store,
    zones: &Zones,
    id: ScheduleId,
    now: Timestamp,
    rng: &mut (impl Rng + Send),
) -> Result<PlanReport, SchedulerError> {
    let mut change = store.change().await?;
    let schedule = change.schedule(id).await?;
    let report = plan_in(&mut change, &schedule, zones, now, rng).await?;
    change.commit().await?;
    Ok(report)
}

/// Plans one schedule within a change, so that an edit and its consequences are one step.
pub(super) async fn plan_in(
    change: &mut Change,
    schedule: &Schedule,
    zones: &Zones,
    now: Timestamp,
    rng: &mut (impl Rng + Send),
) -> Result<PlanReport, StoreError> {
    let mut unstarted = Unstarted::of(change, schedule).await?;
    let mut report = PlanReport::default();
    if schedule.enabled {
        let Ok(zone) = zones.get(&schedule.zone) else {
            // It must not stop the others; the planned rows of this one stay as they are.
            tracing::error!(schedule = %schedule.id, zone = %schedule.zone, "Cannot plan: the zone is unknown");
            return Ok(report);
        };
        let table = table_in(change, schedule, zone, now).await?;
        let planner = Planner { schedule, table: &table, zones, now };
        for planned in planner.coming(unstarted.earliest()) {
            let written = unstarted.take(planner.key(&planned));
            planner.settle(change, &planned, written, &mut report, rng).await?;
        }
    }
    for left in unstarted.unwanted(schedule, now) {
        report.withdrawn += u32::from(change.withdraw(left).await?);
    }
    Ok(report)
}

/// A schedule's timetable, as this change sees it.
async fn table_in(
    change: &mut Change,
    schedule: &Schedule,
    zone: TimeZone,
    now: Timestamp,
) -> Result<Timetable, StoreError> {
    let exceptions = change.exceptions(schedule.id).await?;
    let holidays = change.holidays(schedule.id, oldest_good_holidays(now)).await?;
    Ok(Timetable {
        exceptions: of_stored(exceptions),
        holidays,
        ..Timetable::new(schedule.rule.clone(), zone)
    })
}

fn of_stored(exceptions: Vec<StoredException>) -> Vec<crate::domain::schedule::Exception> {
    exceptions.into_iter().map(|stored| stored.exception).collect()
}

fn oldest_good_holidays(now: Timestamp) -> Timestamp {
    now.saturating_sub(HOLIDAYS_GOOD_FOR).unwrap_or(Timestamp::MIN)
}

/// The wake-ups that are written down and with which nothing has happened yet.
struct Unstarted(HashMap<CivilKey, Occurrence>);

impl Unstarted {
    async fn of(change: &mut Change, schedule: &Schedule) -> Result<Self, StoreError> {
        let rows = change.unstarted_of(schedule.id).await?;
        Ok(Self(rows.into_iter().filter_map(|row| Some((row.key?, row))).collect()))
    }

    fn earliest(&self) -> Option<Timestamp> {
        self.0.values().filter(|row| row.wake_up.phase == Phase::Planned).map(|row| row.wake_up.due_at).min()
    }

    fn take(&mut self, key: CivilKey) -> Option<Occurrence> {
        self.0.remove(&key)
    }

    /// What is left once everything wanted was taken. Dates that were missing stay in the history, and what
    /// lies beyond the days planned is not judged: the clock may have been set back.
    fn unwanted(self, schedule: &Schedule, now: Timestamp) -> Vec<OccurrenceId> {
        let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let rows = self.0.into_values().filter(|row| match row.wake_up.phase {
            Phase::Planned => {
                let stale = row.key.is_some_and(|key| key.zone_epoch != schedule.zone_epoch);
                !schedule.enabled || stale || row.wake_up.due_at <= until
            }
            _ => row.wake_up.due_at > now,
        });
        rows.map(|row| row.id).collect()
    }
}

/// One schedule, about to be written down.
struct Planner<'a> {
    schedule: &'a Schedule,
    table: &'a Timetable,
    zones: &'a Zones,
    now: Timestamp,
}

impl Planner<'_> {
    /// What comes in the days ahead, and whatever stands written down before that.
    fn coming(&self, earliest: Option<Timestamp>) -> Vec<Planned> {
        let just_before = |at: Timestamp| at.saturating_sub(1.milliseconds()).unwrap_or(Timestamp::MIN);
        let start = earliest.map_or(Timestamp::MAX, just_before).min(self.first_to_plan());
        let until = self.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let coming = self.table.coming(start);
        coming
            .take_while(|planned| planned.instant().is_none_or(|at| at <= until))
            .take(ROWS_AT_ONCE)
            .collect()
    }

    /// After a long absence the last wake-up may not be written down although it is still useful; but a rule
    /// made at half past six does not ring for six.
    fn first_to_plan(&self) -> Timestamp {
        let useful_for = SignedDuration::try_from(self.schedule.useful_for).unwrap_or(SignedDuration::MAX);
        self.now.saturating_sub(useful_for).unwrap_or(Timestamp::MIN).max(self.schedule.stands_since)
    }

    fn key(&self, planned: &Planned) -> CivilKey {
        CivilKey {
            schedule: self.schedule.id,
            zone_epoch: self.schedule.zone_epoch,
            date: planned.date,
            slot: planned.slot,
        }
    }

    /// Makes what is written down agree with one planned time.
    async fn settle(
        &self,
        change: &mut Change,
        planned: &Planned,
        written: Option<Occurrence>,
        report: &mut PlanReport,
        rng: &mut (impl Rng + Send),
    ) -> Result<(), StoreError> {
        let was_missing = written.as_ref().is_some_and(|row| row.wake_up.phase != Phase::Planned);
        match (&planned.what, written) {
            (What::Ring(instant), Some(row)) if !was_missing => {
                return self.keep(change, planned, *instant, row, report).await;
            }
            (What::NoSuchDate, Some(_)) if was_missing => return Ok(()),
            (_, Some(row)) => report.withdrawn += u32::from(change.withdraw(row.id).await?),
            (_, None) => {}
        }
        match planned.what {
            What::Ring(instant) if instant.at > self.first_to_plan() => {
                let occurrence = self.occurrence(planned, instant, rng);
                report.added += u32::from(change.plan_occurrence(&occurrence, self.now).await?);
            }
            What::NoSuchDate => self.note_missing(change, planned, rng).await?,
            What::Ring(_) | What::Silent(..) => {}
        }
        Ok(())
    }

    /// A wake-up that is written down and still wanted: moved, if need be.
    async fn keep(
        &self,
        change: &mut Change,
        planned: &Planned,
        instant: Instant,
        row: Occurrence,
        report: &mut PlanReport,
    ) -> Result<(), StoreError> {
        let moves = row.wake_up.due_at != instant.at;
        if moves && instant.at <= self.first_to_plan() {
            // The new time is past already: it is not made up for.
            report.withdrawn += u32::from(change.withdraw(row.id).await?);
            return Ok(());
        }
        let revised = self.revised(&row, planned, instant);
        if revised == row || !change.revise_planned(&revised).await? || !moves {
            return Ok(());
        }
        report.moved += 1;
        if row.tzdb_version == self.zones.version() {
            tracing::info!(schedule = %self.schedule.id, date = %planned.date, due = %instant.at, "A wake-up was moved");
        } else {
            tracing::warn!(
                schedule = %self.schedule.id, date = %planned.date, was = %row.wake_up.due_at, due = %instant.at,
                tzdb = self.zones.version(), "A wake-up moved with new zone data"
            );
        }
        Ok(())
    }

    fn revised(&self, row: &Occurrence, planned: &Planned, instant: Instant) -> Occurrence {
        let moves = row.wake_up.due_at != instant.at;
        let wake_up = WakeUp {
            due_at: instant.at,
            useful_until: self.table.useful_until(instant.at, self.schedule.useful_for),
            // One that waits for its number to be free goes on waiting.
            act_at: if moves { Some(instant.at) } else { row.wake_up.act_at },
            policy: self.schedule.policy_on(planned.date),
            ..row.wake_up
        };
        Occurrence {
            sleeper: self.schedule.sleeper,
            zone: self.schedule.zone.clone(),
            tzdb_version: self.zones.version(),
            note: instant.note,
            wake_up,
            ..row.clone()
        }
    }

    fn occurrence(&self, planned: &Planned, instant: Instant, rng: &mut impl Rng) -> Occurrence {
        let useful_until = self.table.useful_until(instant.at, self.schedule.useful_for);
        let policy = self.schedule.policy_on(planned.date);
        Occurrence {
            id: OccurrenceId::new(self.now, rng),
            sleeper: self.schedule.sleeper,
            key: Some(self.key(planned)),
            zone: self.schedule.zone.clone(),
            tzdb_version: self.zones.version(),
            note: instant.note,
            wished_mode: None,
            wake_up: WakeUp::planned(instant.at, useful_until, policy, rng.random()),
            fence: 0,
        }
    }

    /// R3: a date that the zone leaves out does not ring, and the history says why.
    async fn note_missing(
        &self,
        change: &mut Change,
        planned: &Planned,
        rng: &mut (impl Rng + Send),
    ) -> Result<(), StoreError> {
        let asked = self.table.zone.to_ambiguous_timestamp(planned.date.to_datetime(planned.asked));
        let Ok(at) = asked.compatible() else { return Ok(()) };
        if at <= self.first_to_plan() {
            return Ok(());
        }
        let instant = Instant { at, offset: self.table.zone.to_offset(at), note: DueNote::GapEnd };
        let mut missing = self.occurrence(planned, instant, rng);
        missing.wake_up.phase = Phase::Ended(End::NoSuchDate);
        missing.wake_up.act_at = None;
        if change.plan_occurrence(&missing, self.now).await? {
            let (date, zone) = (planned.date, &self.schedule.zone);
            tracing::warn!(schedule = %self.schedule.id, "There is no {date} in {zone}: nobody is woken that day");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
