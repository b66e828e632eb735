//! What the owner is shown of the days to come (R14), and the answer to every change: the next ring.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use super::{HOLIDAYS_GOOD_FOR, of_stored};
use crate::domain::ids::{OccurrenceId, ScheduleId};
use crate::domain::schedule::{
    DueNote, Instant, Origin, Planned, Silence, SkipCause, Timetable, What, clock_face, in_words,
};
use crate::domain::wake_up::Phase;
use crate::store::occurrences::{CivilKey, Occurrence};
use crate::store::schedules::Schedule;
use crate::store::{Store, StoreError};
use crate::zones::Zones;

/// How many lines a preview has.
pub const PREVIEW: usize = 14;

/// One coming date of a schedule, or a range of dates that are paused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewLine {
    /// The civil date; of a pause the first one that would have rung.
    pub date: Date,
    /// The last date of a pause; `None` on every other line.
    pub until: Option<Date>,
    /// Which of the day's times it is.
    pub slot: u32,
    /// True when it rings.
    pub rings: bool,
    /// The wall-clock time at which it rings, or would have rung; `None` on a date that does not exist.
    pub local_time: Option<String>,
    /// The zone's offset from UTC then.
    pub offset: Option<String>,
    /// The instant, when it rings.
    pub due_at: Option<Timestamp>,
    /// `as_asked`, or whatever applies of `moved`, `added`, `gap_end`, `first_of_two`; when it does not ring
    /// `skipped`, `skipped: already woken`, `skipped: holiday …`, `paused`, `no_such_date`, `done: …`.
    pub reason: String,
    /// How long until then, such as `7 h 12 min`.
    pub countdown: Option<String>,
    /// True for the last ring before a pause.
    pub last_before_pause: bool,
    /// True for the first ring after a pause.
    pub first_after_pause: bool,
    /// The wake-up, once it is written down.
    pub occurrence: Option<OccurrenceId>,
}

/// The next ring of a schedule: the cheapest check of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextRing {
    /// The instant.
    pub at: Timestamp,
    /// The same on her clock, such as `Fri 2026-03-27 06:30 +01:00 Europe/Berlin`.
    pub local: String,
    /// How long until then, such as `7 h 12 min`.
    pub countdown: String,
    /// As in [`PreviewLine`].
    pub reason: String,
}

/// A schedule's next [`PREVIEW`] lines.
pub async fn preview(
    store: &Store,
    zones: &Zones,
    schedule: ScheduleId,
    now: Timestamp,
) -> Result<Vec<PreviewLine>, StoreError> {
    let schedule = store.load_schedule(schedule).await?;
    let Some(outlook) = Outlook::of(store, zones, &schedule, now).await? else { return Ok(Vec::new()) };
    Ok(outlook.lines())
}

/// When a schedule rings next; `None` when it does not, as far as anybody can see.
pub async fn next_ring(
    store: &Store,
    zones: &Zones,
    schedule: ScheduleId,
    now: Timestamp,
) -> Result<Option<NextRing>, StoreError> {
    let schedule = store.load_schedule(schedule).await?;
    let Some(outlook) = Outlook::of(store, zones, &schedule, now).await? else { return Ok(None) };
    Ok(outlook.next_ring())
}

struct Outlook<'a> {
    schedule: &'a Schedule,
    table: Timetable,
    written: HashMap<CivilKey, Occurrence>,
    now: Timestamp,
}

impl<'a> Outlook<'a> {
    /// `None` when it is switched off, or its zone is unknown to the data at hand.
    async fn of(
        store: &Store,
        zones: &Zones,
        schedule: &'a Schedule,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let Ok(zone) = zones.get(&schedule.zone) else { return Ok(None) };
        if !schedule.enabled {
            return Ok(None);
        }
        let yesterday = zone.to_datetime(now).date().saturating_sub(1.day());
        let written = store.list_occurrences_of(schedule.id, yesterday).await?;
        let table = Timetable {
            exceptions: of_stored(store.list_exceptions(schedule.id).await?),
            holidays: store.list_holidays(schedule.id, now, HOLIDAYS_GOOD_FOR).await?,
            ..Timetable::new(schedule.rule.clone(), zone)
        };
        let written = written.into_iter().filter_map(|row| Some((row.key?, row))).collect();
        Ok(Some(Self { schedule, table, written, now }))
    }

    fn next_ring(&self) -> Option<NextRing> {
        let line = self.table.coming(self.now).map(|planned| self.line(&planned)).find(|line| line.rings)?;
        let at = line.due_at?;
        let local = at.to_zoned(self.table.zone.clone());
        Some(NextRing {
            at,
            local: format!("{} {}", local.strftime("%a %Y-%m-%d %H:%M %:z"), self.schedule.zone),
            countdown: line.countdown?,
            reason: line.reason,
        })
    }

    fn lines(&self) -> Vec<PreviewLine> {
        let mut lines: Vec<PreviewLine> = Vec::new();
        let mut pause_until = None;
        for planned in self.table.coming(self.now) {
            let mut line = self.line(&planned);
            if let What::Silent(_, Silence::Paused { until, .. }) = planned.what {
                if let Some(ring) = lines.last_mut().filter(|last| last.rings) {
                    ring.last_before_pause = true;
                }
                if pause_until.replace(until) == Some(until) {
                    continue;
                }
                line.until = Some(until);
            } else if line.rings {
                line.first_after_pause = pause_until.take().is_some();
            }
            // One further look ahead: the last line may be the last ring before a pause.
            if lines.len() == PREVIEW {
                break;
            }
            lines.push(line);
        }
        lines
    }

    fn line(&self, planned: &Planned) -> PreviewLine {
        let key = CivilKey {
            schedule: self.schedule.id,
            zone_epoch: self.schedule.zone_epoch,
            date: planned.date,
            slot: planned.slot,
        };
        let written = self.written.get(&key);
        // Whatever the rule says, the same occurrence does not ring again.
        let done = written.map(|row| row.wake_up.phase).filter(|phase| *phase != Phase::Planned);
        let instant = planned.shown_at();
        let rings = planned.rings_at().is_some() && done.is_none();
        let due_at = instant.map(|instant| instant.at).filter(|_| rings);
        PreviewLine {
            date: planned.date,
            until: None,
            slot: planned.slot,
            rings,
            local_time: instant.map(|instant| clock_face(on_the_clock(instant.offset, instant.at))),
            offset: instant.map(|instant| instant.offset.to_string()),
            due_at,
            reason: match done {
                Some(phase) if planned.rings_at().is_some() => done_reason(phase),
                _ => reason(planned),
            },
            countdown: due_at.map(|at| in_words(at.duration_since(self.now))),
            last_before_pause: false,
            first_after_pause: false,
            occurrence: written.map(|row| row.id),
        }
    }
}

fn on_the_clock(offset: Offset, at: Timestamp) -> jiff::civil::Time {
    offset.to_datetime(at).time()
}

fn done_reason(phase: Phase) -> String {
    match phase {
        Phase::Ended(end) => format!("done: {}", end.name()),
        Phase::Planned | Phase::Calling | Phase::Waiting(_) => "done: under way".to_owned(),
    }
}

fn reason(planned: &Planned) -> String {
    match &planned.what {
        What::Ring(instant) => ring_reason(planned.origin, *instant),
        What::Silent(_, Silence::Skipped(SkipCause::Owner)) => "skipped".to_owned(),
        What::Silent(_, Silence::Skipped(SkipCause::AlreadyRung)) => "skipped: already woken".to_owned(),
        What::Silent(_, Silence::Paused { .. }) => "paused".to_owned(),
        What::Silent(_, Silence::Holiday(name)) => format!("skipped: holiday {name}"),
        What::NoSuchDate => "no_such_date".to_owned(),
    }
}

fn ring_reason(origin: Origin, instant: Instant) -> String {
    let origin = match origin {
        Origin::Rule => None,
        Origin::Moved => Some("moved"),
        Origin::Added => Some("added"),
    };
    match (origin, instant.note) {
        (Some(origin), DueNote::AsAsked) => origin.to_owned(),
        (Some(origin), note) => format!("{origin}, {}", note.name()),
        (None, note) => note.name().to_owned(),
    }
}
