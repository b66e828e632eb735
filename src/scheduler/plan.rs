//! Writes the coming wake-ups down, once each, and moves them when the zone data change (R1, R9).

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt as _};
use serde::Serialize;

use super::SchedulerError;
use crate::domain::ids::OccurrenceId;
use crate::domain::schedule::{Due, DueNote, Planned, WeeklySchedule, in_words};
use crate::domain::wake_up::WakeUp;
use crate::store::Store;
use crate::store::occurrences::{CivilKey, Occurrence};
use crate::store::schedules::Schedule;
use crate::zones::Zones;

/// How far ahead wake-ups are written down.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(8 * 24);
/// How many coming dates a preview shows.
pub const PREVIEW: usize = 14;

/// What planning changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PlanReport {
    /// Wake-ups written down for the first time.
    pub added: u32,
    /// Wake-ups whose instant moved with the zone data.
    pub moved: u32,
}

/// One coming date of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewLine {
    /// The civil date.
    pub date: String,
    /// The wall-clock time at which it rings; `None` when it does not.
    pub local_time: Option<String>,
    /// The zone's offset from UTC then.
    pub offset: Option<String>,
    /// The instant.
    pub due_at: Option<Timestamp>,
    /// `as_asked`, `gap_end`, `first_of_two` or `no_such_date`.
    pub reason: &'static str,
    /// How long until then, such as `7 h 12 min`.
    pub countdown: Option<String>,
}

/// The rule of a stored schedule, in its zone; `None` when the zone is unknown to the data at hand.
pub fn rule_of(schedule: &Schedule, zones: &Zones) -> Option<WeeklySchedule> {
    let zone = zones.get(&schedule.zone).ok()?;
    Some(WeeklySchedule { weekdays: schedule.weekdays, at: schedule.at, zone })
}

/// The next [`PREVIEW`] dates of a schedule, as its sleeper would see them.
pub fn preview(schedule: &Schedule, zones: &Zones, now: Timestamp) -> Vec<PreviewLine> {
    let Some(rule) = rule_of(schedule, zones) else { return Vec::new() };
    let line = |planned: Planned| match planned.due {
        Due::Ring { at, offset, note } => PreviewLine {
            date: planned.date.to_string(),
            local_time: Some(offset.to_datetime(at).time().to_string()),
            offset: Some(offset.to_string()),
            due_at: Some(at),
            reason: note.name(),
            countdown: Some(in_words(at.duration_since(now))),
        },
        Due::NoSuchDate => PreviewLine {
            date: planned.date.to_string(),
            local_time: None,
            offset: None,
            due_at: None,
            reason: "no_such_date",
            countdown: None,
        },
    };
    rule.upcoming(now).take(PREVIEW).map(line).collect()
}

/// Writes the next days of every schedule down.
pub async fn plan_ahead(
    store: &Store,
    zones: &Zones,
    now: Timestamp,
    rng: &mut (impl Rng + Send),
) -> Result<PlanReport, SchedulerError> {
    let mut report = PlanReport::default();
    let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
    for (schedule, since) in store.list_schedules_with_age().await? {
        let Some(rule) = rule_of(&schedule, zones) else {
            // It must not stop the others; the planned rows of this one stay as they are.
            tracing::error!(schedule = %schedule.id, zone = %schedule.zone, "Cannot plan: the zone is unknown");
            continue;
        };
        let coming: Vec<Planned> = rule
            .upcoming(first_to_plan(&schedule, since, now))
            .take_while(|planned| planned.rings_at().is_none_or(|at| at <= until))
            // A rule whose every date is missing would go on for ever.
            .take(PREVIEW)
            .collect();
        let mut change = store.change().await?;
        for planned in coming {
            let Due::Ring { at, note, .. } = planned.due else { continue };
            let occurrence = occurrence_of(&schedule, &rule, planned, at, note, zones, now, rng);
            let Some(key) = occurrence.key else { continue };
            if change.plan_occurrence(&occurrence, now).await? {
                report.added += 1;
                continue;
            }
            let useful_until = occurrence.wake_up.useful_until;
            if change.move_planned(key, at, useful_until, note, zones.version()).await? {
                tracing::warn!(schedule = %schedule.id, date = %planned.date, due = %at, tzdb = zones.version(), "A wake-up moved with new zone data");
                report.moved += 1;
            }
        }
        change.commit().await?;
    }
    Ok(report)
}

/// After a long absence the last wake-up may not be written down although it is still useful; but a rule
/// made at half past six does not ring for six.
fn first_to_plan(schedule: &Schedule, since: Timestamp, now: Timestamp) -> Timestamp {
    let useful_for = SignedDuration::try_from(schedule.useful_for).unwrap_or(SignedDuration::MAX);
    now.saturating_sub(useful_for).unwrap_or(Timestamp::MIN).max(since)
}

#[expect(clippy::too_many_arguments, reason = "one row's worth of facts, gathered in one place")]
fn occurrence_of(
    schedule: &Schedule,
    rule: &WeeklySchedule,
    planned: Planned,
    due_at: Timestamp,
    note: DueNote,
    zones: &Zones,
    now: Timestamp,
    rng: &mut impl Rng,
) -> Occurrence {
    let key = CivilKey {
        schedule: schedule.id,
        zone_epoch: schedule.zone_epoch,
        date: planned.date,
        slot: schedule.slot,
    };
    let useful_until = rule.useful_until(due_at, schedule.useful_for);
    Occurrence {
        id: OccurrenceId::new(now, rng),
        sleeper: schedule.sleeper,
        key: Some(key),
        zone: schedule.zone.clone(),
        tzdb_version: zones.version().to_owned(),
        note,
        wished_mode: None,
        wake_up: WakeUp::planned(due_at, useful_until, schedule.policy, rng.random()),
        fence: 0,
    }
}
