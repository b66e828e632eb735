//! What is to be written down so that the wake-ups of one schedule are as its timetable has them: a pure
//! function. Who carries the steps out is the store's business, or a simulation's.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rand::{Rng, RngExt as _};

use super::AHEAD;
use crate::domain::ids::OccurrenceId;
use crate::domain::schedule::{DueNote, Instant, Planned, Timetable, What, useful_before};
use crate::domain::wake_up::{End, Phase, WakeUp};
use crate::planted::{Planted, is_planted};
use crate::store::occurrences::{CivilKey, Occurrence};
use crate::store::schedules::Schedule;

/// More than a cron pattern's 24 times a day and its exceptions give in eight days, and a useful-for before.
const ROWS_AT_ONCE: usize = 1_000;

/// One change to what is written down; to be carried out in order, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Write a wake-up down, unless its civil key was used before.
    Add(Box<Occurrence>),
    /// Rewrite a wake-up that is still only planned.
    Revise(Box<Revision>),
    /// Take a wake-up back with which nothing has happened.
    Withdraw(OccurrenceId),
    /// Keep in the history that the zone leaves a date out (R3).
    NoteMissing(Box<Occurrence>),
}

/// A wake-up that is still only planned, at another time or with another policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// As it stands now.
    pub was: Occurrence,
    /// As it shall stand.
    pub revised: Occurrence,
}

/// One schedule, about to be written down.
#[derive(Debug, Clone, Copy)]
pub struct Planning<'a> {
    /// The schedule.
    pub schedule: &'a Schedule,
    /// What comes by it; `None` when it does not ring at all.
    pub table: Option<&'a Timetable>,
    /// The release of the zone data behind the timetable.
    pub tzdb_version: &'a str,
    /// The time.
    pub now: Timestamp,
}

impl Planning<'_> {
    /// What has to change, given the rows with which nothing has happened yet: the planned ones, and the
    /// dates noted as missing.
    pub fn steps<'w>(
        &self,
        written: impl IntoIterator<Item = &'w Occurrence>,
        rng: &mut impl Rng,
    ) -> Vec<Step> {
        let mut unstarted = Unstarted(written.into_iter().filter_map(|row| Some((row.key?, row))).collect());
        let mut steps = Vec::new();
        if let Some(table) = self.table {
            let planner = Planner { planning: *self, table };
            let coming: Vec<Planned> = planner.coming(unstarted.earliest()).collect();
            for (number, planned) in coming.iter().enumerate() {
                let row = unstarted.take(planner.key(planned));
                planner.settle(planned, &coming[number + 1..], row, &mut steps, rng);
            }
        }
        steps.extend(unstarted.unwanted(self).map(Step::Withdraw));
        steps
    }
}

/// The wake-ups that are written down and with which nothing has happened yet.
struct Unstarted<'a>(BTreeMap<CivilKey, &'a Occurrence>);

impl<'a> Unstarted<'a> {
    fn earliest(&self) -> Option<Timestamp> {
        self.0.values().filter(|row| row.wake_up.phase == Phase::Planned).map(|row| row.wake_up.due_at).min()
    }

    fn take(&mut self, key: CivilKey) -> Option<&'a Occurrence> {
        self.0.remove(&key)
    }

    /// What is left once everything wanted was taken. Dates that were missing stay in the history, and what
    /// lies beyond the days planned is not judged: the clock may have been set back.
    fn unwanted(self, planning: &Planning<'_>) -> impl Iterator<Item = OccurrenceId> {
        let Planning { schedule, table, now, .. } = *planning;
        let until = now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let epoch = schedule.zone_epoch;
        let rows = self.0.into_values().filter(move |row| match row.wake_up.phase {
            Phase::Planned => {
                let stale = row.key.is_some_and(|key| key.zone_epoch != epoch);
                table.is_none() || stale || row.wake_up.due_at <= until
            }
            _ => row.wake_up.due_at > now,
        });
        rows.map(|row| row.id)
    }
}

/// A schedule that rings, and its timetable.
struct Planner<'a> {
    planning: Planning<'a>,
    table: &'a Timetable,
}

impl Planner<'_> {
    /// What comes in the days ahead, and whatever stands written down before that.
    fn coming(&self, earliest: Option<Timestamp>) -> impl Iterator<Item = Planned> + '_ {
        let just_before = |at: Timestamp| at.saturating_sub(1.milliseconds()).unwrap_or(Timestamp::MIN);
        let start = earliest.map_or(Timestamp::MAX, just_before).min(self.first_to_plan());
        let until = self.planning.now.saturating_add(AHEAD).unwrap_or(Timestamp::MAX);
        let coming = self.table.coming(start);
        coming.take_while(move |planned| planned.instant().is_none_or(|at| at <= until)).take(ROWS_AT_ONCE)
    }

    /// After a long absence the last wake-up may not be written down although it is still useful; but a rule
    /// made at half past six does not ring for six.
    fn first_to_plan(&self) -> Timestamp {
        let Planning { schedule, now, .. } = self.planning;
        let useful_for = SignedDuration::try_from(schedule.useful_for).unwrap_or(SignedDuration::MAX);
        // A clock that was ahead when it was edited must not keep what is to come from being planned.
        let stands_since = schedule.stands_since.min(now);
        now.saturating_sub(useful_for).unwrap_or(Timestamp::MIN).max(stands_since)
    }

    fn key(&self, planned: &Planned) -> CivilKey {
        let Planning { schedule, now, .. } = self.planning;
        if is_planted(Planted::KeyByPlanning) {
            let slot = planned.slot ^ (now.subsec_millisecond().unsigned_abs() << 16);
            return CivilKey {
                schedule: schedule.id,
                zone_epoch: schedule.zone_epoch,
                date: planned.date,
                slot,
            };
        }
        CivilKey {
            schedule: schedule.id,
            zone_epoch: schedule.zone_epoch,
            date: planned.date,
            slot: planned.slot,
        }
    }

    /// Makes what is written down agree with one planned time.
    fn settle(
        &self,
        planned: &Planned,
        later: &[Planned],
        written: Option<&Occurrence>,
        steps: &mut Vec<Step>,
        rng: &mut impl Rng,
    ) {
        let was_missing = written.is_some_and(|row| row.wake_up.phase != Phase::Planned);
        match (&planned.what, written) {
            (What::Ring(instant), Some(row)) if !was_missing => {
                steps.extend(self.keep(planned, *instant, later, row));
                return;
            }
            (What::NoSuchDate, Some(_)) if was_missing => return,
            (_, Some(row)) => steps.push(Step::Withdraw(row.id)),
            (_, None) => {}
        }
        match planned.what {
            What::Ring(instant) if instant.at > self.first_to_plan() => {
                steps.push(Step::Add(Box::new(self.occurrence(planned, instant, later, rng))));
            }
            What::NoSuchDate => steps.extend(self.note_missing(planned, later, rng)),
            What::Ring(_) | What::Silent(..) => {}
        }
    }

    /// A wake-up that is written down and still wanted: moved, if need be.
    fn keep(&self, planned: &Planned, instant: Instant, later: &[Planned], row: &Occurrence) -> Option<Step> {
        let moves = row.wake_up.due_at != instant.at;
        if is_planted(Planted::WrittenStays) {
            return None;
        }
        if moves && instant.at <= self.first_to_plan() {
            // The new time is past already: it is not made up for.
            return Some(Step::Withdraw(row.id));
        }
        let wake_up = self.revised(row, planned, instant, later);
        let Planning { schedule, tzdb_version, .. } = self.planning;
        let stands = row.wake_up == wake_up
            && row.note == instant.note
            && row.sleeper == schedule.sleeper
            && row.zone == schedule.zone
            && row.tzdb_version == tzdb_version;
        (!stands).then(|| {
            let revised = Occurrence {
                sleeper: schedule.sleeper,
                zone: schedule.zone.clone(),
                tzdb_version: tzdb_version.to_owned(),
                note: instant.note,
                wake_up,
                ..row.clone()
            };
            Step::Revise(Box::new(Revision { was: row.clone(), revised }))
        })
    }

    fn revised(&self, row: &Occurrence, planned: &Planned, instant: Instant, later: &[Planned]) -> WakeUp {
        let Planning { schedule, now, .. } = self.planning;
        let moves = row.wake_up.due_at != instant.at;
        WakeUp {
            due_at: instant.at,
            useful_until: self.useful_until(instant.at, later),
            // One that waits for its number to be free goes on waiting.
            act_at: if moves { Some(instant.at) } else { row.wake_up.act_at },
            // One that is due may have taken on what another asked for.
            policy: if row.wake_up.due_at <= now {
                row.wake_up.policy
            } else {
                schedule.policy_on(planned.date)
            },
            ..row.wake_up
        }
    }

    /// R6, with the next ring out of those that come later, as long as these reach so far.
    fn useful_until(&self, due_at: Timestamp, later: &[Planned]) -> Timestamp {
        let useful_for = self.planning.schedule.useful_for;
        let next = later.iter().find_map(|planned| planned.rings_at().filter(|at| due_at < *at));
        if next.is_some() {
            useful_before(next, due_at, useful_for)
        } else {
            self.table.useful_until(due_at, useful_for)
        }
    }

    fn occurrence(
        &self,
        planned: &Planned,
        instant: Instant,
        later: &[Planned],
        rng: &mut impl Rng,
    ) -> Occurrence {
        let Planning { schedule, tzdb_version, now, .. } = self.planning;
        let useful_until = self.useful_until(instant.at, later);
        let policy = schedule.policy_on(planned.date);
        Occurrence {
            id: OccurrenceId::new(now, rng),
            sleeper: schedule.sleeper,
            key: Some(self.key(planned)),
            zone: schedule.zone.clone(),
            tzdb_version: tzdb_version.to_owned(),
            note: instant.note,
            wished_mode: None,
            wake_up: WakeUp::planned(instant.at, useful_until, policy, rng.random()),
            fence: 0,
        }
    }

    /// R3: a date that the zone leaves out does not ring, and the history says why.
    fn note_missing(&self, planned: &Planned, later: &[Planned], rng: &mut impl Rng) -> Option<Step> {
        let asked = self.table.zone.to_ambiguous_timestamp(planned.date.to_datetime(planned.asked));
        let at = asked.compatible().ok().filter(|at| *at > self.first_to_plan())?;
        let instant = Instant { at, offset: self.table.zone.to_offset(at), note: DueNote::GapEnd };
        let mut missing = self.occurrence(planned, instant, later, rng);
        missing.wake_up.phase = Phase::Ended(End::NoSuchDate);
        missing.wake_up.act_at = None;
        Some(Step::NoteMissing(Box::new(missing)))
    }
}
