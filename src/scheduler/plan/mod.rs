//! Writes the coming wake-ups down, once each, and keeps them as the rule, its exceptions, the holidays and
//! the zone data have them (R1, R9, R13).
//!
//! [`plan_ahead`] goes through every schedule, [`replan`] through one, and [`steps`] decides what either is to
//! write; [`edit`] holds the owner's changes, each of which plans at once, [`outlook`] what the owner is shown,
//! and [`crowd`] sees more wake-ups coming at once than can be dialled.

pub mod crowd;
pub mod edit;
pub mod outlook;
pub mod steps;
pub mod travel;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;

pub use self::outlook::{NextRing, PREVIEW, PreviewLine, next_ring, preview};
use self::steps::{Planning, Revision, Step};
use super::SchedulerError;
use crate::domain::ids::ScheduleId;
use crate::domain::schedule::Timetable;
use crate::store::exceptions::StoredException;
use crate::store::occurrences::Occurrence;
use crate::store::schedules::Schedule;
use crate::store::{Change, Store, StoreError};
use crate::zones::Zones;

/// How far ahead wake-ups are written down.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(8 * 24);
/// A calendar that could not be read for so long has no say any more: better woken on a holiday than not on
/// a working day.
pub const HOLIDAYS_GOOD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

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
    let mut unreadable = None;
    for listed in store.list_schedules().await? {
        let one = match replan(store, zones, listed.id, now, rng).await {
            // Removed since it was listed.
            Err(SchedulerError::Store(StoreError::NotFound(_))) => continue,
            // It must not stop the others.
            Err(error @ SchedulerError::Store(StoreError::Corrupt { .. })) => {
                tracing::error!(schedule = %listed.id, %error, "Cannot plan this rule");
                unreadable = Some(error);
                continue;
            }
            one => one?,
        };
        report.added += one.added;
        report.moved += one.moved;
        report.withdrawn += one.withdrawn;
    }
    unreadable.map_or(Ok(report), Err)
}

/// Writes the next days of one schedule down.
async fn replan(
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
    let table = if schedule.enabled {
        let Ok(zone) = zones.get(&schedule.zone) else {
            // It must not stop the others; the planned rows of this one stay as they are.
            tracing::error!(schedule = %schedule.id, zone = %schedule.zone, "Cannot plan: the zone is unknown");
            return Ok(PlanReport::default());
        };
        Some(table_in(change, schedule, zone, now).await?)
    } else {
        None
    };
    let planning = Planning { schedule, table: table.as_ref(), tzdb_version: &zones.version(), now };
    let written = change.unstarted_of(schedule.id).await?;
    let mut report = PlanReport::default();
    for step in planning.steps(&written, rng) {
        carry_out(change, schedule, &step, now, &mut report).await?;
    }
    Ok(report)
}

/// One step of planning, on disk and in the log.
async fn carry_out(
    change: &mut Change,
    schedule: &Schedule,
    step: &Step,
    now: Timestamp,
    report: &mut PlanReport,
) -> Result<(), StoreError> {
    match step {
        Step::Add(occurrence) => {
            report.added += u32::from(change.plan_occurrence(occurrence, now).await?);
        }
        Step::Revise(revision) => {
            let Revision { was, revised } = &**revision;
            if change.revise_planned(revised).await? && was.wake_up.due_at != revised.wake_up.due_at {
                report.moved += 1;
                tell_of_move(schedule, was, revised);
            }
        }
        Step::Withdraw(id) => report.withdrawn += u32::from(change.withdraw(*id).await?),
        Step::NoteMissing(occurrence) => {
            if change.plan_occurrence(occurrence, now).await?
                && let Some(date) = occurrence.key.map(|key| key.date)
            {
                let zone = &schedule.zone;
                tracing::warn!(schedule = %schedule.id, "There is no {date} in {zone}: nobody is woken that day");
            }
        }
    }
    Ok(())
}

fn tell_of_move(schedule: &Schedule, was: &Occurrence, revised: &Occurrence) {
    let date = revised.key.map(|key| tracing::field::display(key.date));
    let (due, tzdb) = (revised.wake_up.due_at, &revised.tzdb_version);
    if was.tzdb_version == *tzdb {
        tracing::info!(schedule = %schedule.id, date, due = %due, "A wake-up was moved");
    } else {
        tracing::warn!(
            schedule = %schedule.id, date, was = %was.wake_up.due_at, due = %due, tzdb,
            "A wake-up moved with new zone data"
        );
    }
}

/// A schedule's timetable, as this change sees it.
async fn table_in(
    change: &mut Change,
    schedule: &Schedule,
    zone: TimeZone,
    now: Timestamp,
) -> Result<Timetable, StoreError> {
    let exceptions = change.exceptions(schedule.id).await?;
    let holidays = change.holidays(schedule.id, now, HOLIDAYS_GOOD_FOR).await?;
    Ok(Timetable {
        exceptions: of_stored(exceptions),
        holidays,
        ..Timetable::new(schedule.rule.clone(), zone)
    })
}

fn of_stored(exceptions: Vec<StoredException>) -> Vec<crate::domain::schedule::Exception> {
    exceptions.into_iter().map(|stored| stored.exception).collect()
}

#[cfg(test)]
mod tests;
