//! The owner's changes to schedules: each is checked, stored and planned in one transaction, and answers
//! with the next ring.

use std::convert::Infallible;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::Rng;

use super::travel::{self, HeldRing};
use super::{NextRing, PlanReport, next_ring, of_stored, plan_in};
use crate::domain::ids::{CalendarId, ExceptionId, OccurrenceId, ScheduleId, SleeperId};
use crate::domain::schedule::{Due, Exception, Rule, ZoneMode, due_on};
use crate::domain::wake_up::{End, Phase};
use crate::store::schedules::Schedule;
use crate::store::{Change, Store, StoreError};
use crate::zones::{UnknownZone, Zones};

/// What came of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The rule as it is now.
    pub schedule: Schedule,
    /// What planning changed.
    pub report: PlanReport,
    /// When it rings next; `None` when it does not.
    pub next: Option<NextRing>,
    /// The exception that was made.
    pub exception: Option<ExceptionId>,
    /// Wake-ups under way that a skip reaches: whoever holds the calls cancels them (R13).
    pub to_cancel: Vec<OccurrenceId>,
    /// Rings held back after a change of zone until somebody confirms them (R10).
    pub held: Vec<HeldRing>,
    /// What the owner should know besides.
    pub notes: Vec<String>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It makes no sense; the message says what would.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database failed, or there is no such schedule, exception or calendar.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A change that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The zone is not one.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// The date or time lies in the past.
    #[error("{what} is past already: it is {now} there")]
    Past {
        /// What lies in the past.
        what: String,
        /// The time there now.
        now: String,
    },
    /// A pause that ends before it begins.
    #[error("a pause from {from} cannot end on {until}: write the earlier date first")]
    Backwards {
        /// The first date.
        from: Date,
        /// The last date.
        until: Date,
    },
    /// That morning has begun, or is over: another time for it would come to nothing.
    #[error(
        "the wake-up of {date} has begun or is over already, so it cannot be moved: add a time of its own instead"
    )]
    Begun {
        /// The date.
        date: Date,
    },
    /// The date is missing in that zone.
    #[error("there is no {date} in {zone}")]
    NoSuchDate {
        /// The date.
        date: Date,
        /// The zone.
        zone: String,
    },
}

/// The planner as the owner's changes need it.
pub struct Editor<'a, R> {
    /// The database.
    pub store: &'a Store,
    /// Time zones.
    pub zones: &'a Zones,
    /// The time.
    pub now: Timestamp,
    /// Chance, for identifiers.
    pub rng: &'a mut R,
}

/// What a change did beside storing, until planning completes it.
#[derive(Default)]
struct Made {
    exception: Option<ExceptionId>,
    to_cancel: Vec<OccurrenceId>,
    held: Vec<HeldRing>,
    notes: Vec<String>,
}

impl<R: Rng + Send> Editor<'_, R> {
    /// Adds a rule. Its zone may be written in any case of letters.
    pub async fn add(&mut self, mut schedule: Schedule) -> Result<Edited, EditError> {
        let zone = self.zone(&schedule.zone)?;
        schedule.zone = proper_name(&zone, &schedule.zone);
        self.check_once(&schedule.rule, &zone)?;
        schedule.stands_since = self.now;
        let mut change = self.store.change().await?;
        change.add_schedule(&schedule, self.now).await?;
        self.finish(change, schedule, Made::default()).await
    }

    /// Changes a rule as it stands at this moment, so that of two edits at once none undoes the other. Whatever
    /// is planned and not begun follows; a call under way does not (R13). `zone_epoch` and `stands_since` are
    /// kept here, whatever the new version says. The inner error is the edit's own; then nothing is changed.
    pub async fn revise<E>(
        &mut self,
        id: ScheduleId,
        edit: impl FnOnce(Schedule) -> Result<Schedule, E>,
    ) -> Result<Result<Edited, E>, EditError> {
        let mut change = self.store.change().await?;
        let old = change.schedule(id).await?;
        match edit(old.clone()) {
            Ok(new) => self.replace(change, &old, new).await.map(Ok),
            Err(refused) => Ok(Err(refused)),
        }
    }

    /// The same, with an edit that has no objections of its own.
    pub async fn amend(
        &mut self,
        id: ScheduleId,
        edit: impl FnOnce(Schedule) -> Schedule,
    ) -> Result<Edited, EditError> {
        let edited = self.revise(id, |old| Ok::<_, Infallible>(edit(old))).await?;
        let Ok(edited) = edited;
        Ok(edited)
    }

    async fn replace(
        &mut self,
        mut change: Change,
        old: &Schedule,
        mut new: Schedule,
    ) -> Result<Edited, EditError> {
        let zone = self.zone(&new.zone)?;
        new.zone = proper_name(&zone, &new.zone);
        if new.rule != old.rule {
            self.check_once(&new.rule, &zone)?;
        }
        (new.zone_epoch, new.stands_since) = (old.zone_epoch, old.stands_since);
        let mut made = Made::default();
        if new.rule != old.rule || (new.enabled && !old.enabled) {
            new.stands_since = self.now;
        }
        if new.zone != old.zone {
            made.held = travel::enter_zone(&mut change, &mut new, self.zones, self.now, self.rng).await?;
        }
        change.update_schedule(&new).await?;
        self.finish(change, new, made).await
    }

    /// Moves every schedule that follows a sleeper to the zone where she is now (R10).
    pub async fn travel(&mut self, sleeper: SleeperId, zone: &str) -> Result<Vec<Edited>, EditError> {
        let found = self.zone(zone)?;
        let zone = proper_name(&found, zone);
        let mut edited = Vec::new();
        for schedule in self.store.list_schedules().await? {
            if schedule.sleeper == sleeper && schedule.zone_mode == ZoneMode::Follow {
                let zone = zone.clone();
                edited.push(self.amend(schedule.id, |old| Schedule { zone, ..old }).await?);
            }
        }
        Ok(edited)
    }

    /// Switches a rule on or off.
    pub async fn enable(&mut self, id: ScheduleId, enabled: bool) -> Result<Edited, EditError> {
        self.amend(id, |old| Schedule { enabled, ..old }).await
    }

    /// Removes a rule; what is planned is withdrawn, a call under way goes on.
    pub async fn remove(&mut self, id: ScheduleId) -> Result<PlanReport, EditError> {
        let mut change = self.store.change().await?;
        let schedule = Schedule { enabled: false, ..change.schedule(id).await? };
        let report = plan_in(&mut change, &schedule, self.zones, self.now, self.rng).await?;
        change.remove_schedule(id, self.now).await?;
        change.commit().await?;
        Ok(report)
    }

    /// Makes an exception: skip, pause, move, or add. One that stands already is no news.
    pub async fn except(&mut self, id: ScheduleId, exception: Exception) -> Result<Edited, EditError> {
        let mut change = self.store.change().await?;
        let mut schedule = change.schedule(id).await?;
        self.check(&schedule, &exception)?;
        check_unbegun(&mut change, &schedule, &exception).await?;
        let mut standing = change.exceptions(id).await?;
        for replaced in standing.extract_if(.., |other| other.exception.is_replaced_by(&exception)) {
            change.remove_exception(replaced.id).await?;
        }
        let standing = of_stored(standing);
        let fresh = ExceptionId::new(self.now, self.rng);
        let stored = change.add_exception(fresh, id, &exception, self.now).await?;
        let made = Made {
            exception: Some(stored),
            to_cancel: self.reached(&mut change, id, &exception).await?,
            notes: notes(&exception, &standing),
            held: Vec::new(),
        };
        // What it silences may have hidden a moved time at the same instant, whose morning has not rung.
        self.speaks_anew(&mut change, &mut schedule).await?;
        self.finish(change, schedule, made).await
    }

    /// Takes an exception back: unskip, end a pause, undo a move or an addition, confirm a ring that was held.
    pub async fn take_back(&mut self, exception: ExceptionId) -> Result<Edited, EditError> {
        let standing = self.store.load_exception(exception).await?;
        let mut change = self.store.change().await?;
        let mut schedule = change.schedule(standing.schedule).await?;
        change.remove_exception(exception).await?;
        self.speaks_anew(&mut change, &mut schedule).await?;
        self.finish(change, schedule, Made::default()).await
    }

    /// A schedule keeps silent on a calendar's days from now on, or no longer.
    pub async fn observe(
        &mut self,
        id: ScheduleId,
        calendar: CalendarId,
        observes: bool,
    ) -> Result<Edited, EditError> {
        let known = self.store.load_calendar(calendar).await?;
        let mut made = Made::default();
        let mut change = self.store.change().await?;
        let mut schedule = change.schedule(id).await?;
        if observes {
            change.attach_calendar(id, calendar).await?;
            if known.fetched_at.is_none() {
                let name = known.name;
                made.notes.push(format!(
                    "the calendar {name} has not been read yet: until then it sets no day free"
                ));
            }
        } else {
            change.detach_calendar(id, calendar).await?;
            self.speaks_anew(&mut change, &mut schedule).await?;
        }
        self.finish(change, schedule, made).await
    }

    /// Days that were silent ring again, but not for a time that is past: whoever ends a pause at nine does
    /// not want the call of half past eight.
    async fn speaks_anew(&self, change: &mut Change, schedule: &mut Schedule) -> Result<(), StoreError> {
        schedule.stands_since = self.now;
        change.update_schedule(schedule).await
    }

    /// Plans, commits, and looks at the result.
    async fn finish(
        &mut self,
        mut change: Change,
        schedule: Schedule,
        made: Made,
    ) -> Result<Edited, EditError> {
        let report = plan_in(&mut change, &schedule, self.zones, self.now, self.rng).await?;
        change.commit().await?;
        let next = next_ring(self.store, self.zones, schedule.id, self.now).await?;
        let Made { exception, to_cancel, held, notes } = made;
        Ok(Edited { schedule, report, next, exception, to_cancel, held, notes })
    }

    fn zone(&self, name: &str) -> Result<TimeZone, Refusal> {
        Ok(self.zones.get(name)?)
    }

    /// A rule for one date must not be over before it begins.
    fn check_once(&self, rule: &Rule, zone: &TimeZone) -> Result<(), Refusal> {
        let Rule::Once { date, at } = *rule else { return Ok(()) };
        self.check_ahead(date, at, zone)
    }

    fn check_ahead(&self, date: Date, at: jiff::civil::Time, zone: &TimeZone) -> Result<(), Refusal> {
        let name = zone.iana_name().unwrap_or("that zone").to_owned();
        match due_on(date, at, zone) {
            Due::NoSuchDate => Err(Refusal::NoSuchDate { date, zone: name }),
            Due::Ring(instant) if instant.at <= self.now => {
                let what = format!("{date} {}", crate::domain::schedule::clock_face(at));
                Err(Refusal::Past { what, now: self.clock_in(zone) })
            }
            Due::Ring(_) => Ok(()),
        }
    }

    fn clock_in(&self, zone: &TimeZone) -> String {
        zone.to_datetime(self.now).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn check(&self, schedule: &Schedule, exception: &Exception) -> Result<(), Refusal> {
        let zone = self.zone(&schedule.zone)?;
        match *exception {
            Exception::Add { date, at } | Exception::Move { date, to: at, .. } => {
                return self.check_ahead(date, at, &zone);
            }
            Exception::Pause { from, until } if until < from => {
                return Err(Refusal::Backwards { from, until });
            }
            Exception::Pause { .. } | Exception::Skip { .. } => {}
        }
        if exception.last_date() < zone.to_datetime(self.now).date() {
            let what = exception.last_date().to_string();
            return Err(Refusal::Past { what, now: self.clock_in(&zone) });
        }
        Ok(())
    }

    /// The wake-ups under way on a date that is now skipped.
    async fn reached(
        &self,
        change: &mut Change,
        id: ScheduleId,
        exception: &Exception,
    ) -> Result<Vec<OccurrenceId>, StoreError> {
        let Exception::Skip { date, slot, .. } = *exception else { return Ok(Vec::new()) };
        let rows = change.occurrences_on(id, date).await?;
        let under_way = rows.into_iter().filter(|row| {
            matches!(row.wake_up.phase, Phase::Calling | Phase::Waiting(_))
                && row.key.is_some_and(|key| slot.is_none_or(|slot| key.slot == slot))
        });
        Ok(under_way.map(|row| row.id).collect())
    }
}

/// A morning that has rung keeps its key for good, so that it cannot ring twice: moving it would change nothing.
async fn check_unbegun(
    change: &mut Change,
    schedule: &Schedule,
    exception: &Exception,
) -> Result<(), EditError> {
    let Exception::Move { date, slot, .. } = *exception else { return Ok(()) };
    let slot = slot.or_else(|| schedule.rule.times_on(date).first().map(|(slot, _)| *slot));
    let begun = change.occurrences_on(schedule.id, date).await?.into_iter().any(|row| {
        let this = row.key.is_some_and(|key| {
            key.zone_epoch == schedule.zone_epoch && slot.is_none_or(|slot| key.slot == slot)
        });
        let phase = row.wake_up.phase;
        let never_rang =
            row.wake_up.calls == 0 && matches!(phase.end(), Some(End::Cancelled | End::NoSuchDate));
        this && phase != Phase::Planned && !never_rang
    });
    if begun { Err(Refusal::Begun { date }.into()) } else { Ok(()) }
}

/// The zone's name in its own spelling.
fn proper_name(zone: &TimeZone, asked: &str) -> String {
    zone.iana_name().unwrap_or(asked).to_owned()
}

/// What stands above the exception that was just made (R11).
fn notes(exception: &Exception, standing: &[Exception]) -> Vec<String> {
    let silenced = |date: Date| match *exception {
        Exception::Skip { date: on, .. } => on == date,
        Exception::Pause { from, until } => (from..=until).contains(&date),
        Exception::Move { .. } | Exception::Add { .. } => false,
    };
    let above = standing.iter().filter_map(|other| match *other {
        Exception::Move { date, to, .. } if silenced(date) => Some((date, to, "moved")),
        Exception::Add { date, at } if silenced(date) => Some((date, at, "added")),
        _ => None,
    });
    above
        .map(|(date, at, how)| {
            let time = crate::domain::schedule::clock_face(at);
            format!(
                "{date} still rings at {time}, because that one was {how}: take that back to be left alone"
            )
        })
        .collect()
}
