//! What single days do otherwise than the rule, and what every change of a schedule leads to.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::dto::{DatedTime, Day, NextRing, PauseRange, ScheduleChanged, ScheduleShown};
use super::named::find;
use super::words::{day, sentence as as_sentence, time};
use super::{Desk, DeskError};
use crate::domain::ids::OccurrenceId;
use crate::domain::schedule::{Exception, Timetable, clock_face};
use crate::scheduler::plan::edit::{EditError, Edited, Editor, Refusal};
use crate::scheduler::plan::{crowd, preview};
use crate::store::exceptions::StoredException;
use crate::store::schedules::Schedule;

impl Desk {
    /// Does not ring on one day; a call that is under way for it is ended.
    pub async fn skip(&self, named: &str, skipped: &Day) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let date = self.day_of(&schedule, "date", &skipped.date).await?;
        let anyhow = if self.would_ring(&schedule, date).await? {
            None
        } else {
            Some(format!("it does not ring on {date} anyhow"))
        };
        self.except(&schedule, Exception::skip(date), &format!("Skipped {date} of"), anyhow).await
    }

    /// Rings on that day after all.
    pub async fn unskip(&self, named: &str, skipped: &Day) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let date = self.day_of(&schedule, "date", &skipped.date).await?;
        let is_it = |one: &Exception| matches!(one, Exception::Skip { date: on, .. } if *on == date);
        let (done, otherwise) =
            (format!("Not skipped any more, {date} of"), format!("{date} is not skipped."));
        self.take_back_all(&schedule, is_it, &done, &otherwise).await
    }

    /// Does not ring for some days; the pause ends by itself.
    pub async fn pause(&self, named: &str, range: &PauseRange) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let today = self.today_in(&schedule.zone);
        let from = match &range.from {
            Some(from) => self.day_of(&schedule, "from", from).await?,
            None => today,
        };
        let until = day("until", &range.until, today)?;
        let done = format!("Paused from {from} until {until}, rule");
        self.except(&schedule, Exception::Pause { from, until }, &done, None).await
    }

    /// Ends every pause that goes on or is to come.
    pub async fn resume(&self, named: &str) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let today = self.today_in(&schedule.zone);
        let is_it = |one: &Exception| matches!(one, Exception::Pause { until, .. } if *until >= today);
        self.take_back_all(&schedule, is_it, "Resumed", "It is not paused.").await
    }

    /// Rings at another time on one day: the same wake-up, not one more (R12).
    pub async fn move_day(&self, named: &str, to: &DatedTime) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let date = self.day_of(&schedule, "date", &to.date).await?;
        let at = time(&to.time)?;
        let done = format!("Moved {date} to {}, of", clock_face(at));
        self.except(&schedule, Exception::moved(date, at), &done, None).await
    }

    /// Rings on that day as the rule says.
    pub async fn unmove(&self, named: &str, moved: &Day) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let date = self.day_of(&schedule, "date", &moved.date).await?;
        let is_it = |one: &Exception| matches!(one, Exception::Move { date: on, .. } if *on == date);
        let (done, otherwise) = (format!("Not moved any more, {date} of"), format!("{date} was not moved."));
        self.take_back_all(&schedule, is_it, &done, &otherwise).await
    }

    /// Rings once more, on one day.
    pub async fn add_once(&self, named: &str, at: &DatedTime) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let date = self.day_of(&schedule, "date", &at.date).await?;
        let at = time(&at.time)?;
        let done = format!("Added {date} {} to", clock_face(at));
        self.except(&schedule, Exception::Add { date, at }, &done, None).await
    }

    /// Takes one exception back, by identifier: a skip, a pause, a move, an addition, a ring held back.
    pub async fn take_back(&self, named: &str, exception: &str) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let standing = self.store.list_exceptions(schedule.id).await?;
        let id = find(exception, &standing)?.id;
        let mut rng = self.fork_rng();
        let edited = self.editor(&mut rng).take_back(id).await.map_err(refused("exception"))?;
        self.changed(edited, "Took an exception back from").await
    }

    async fn except(
        &self,
        schedule: &Schedule,
        exception: Exception,
        done: &str,
        remark: Option<String>,
    ) -> Result<ScheduleChanged, DeskError> {
        let field = if matches!(exception, Exception::Pause { .. }) { "until" } else { "date" };
        let mut rng = self.fork_rng();
        let mut edited =
            self.editor(&mut rng).except(schedule.id, exception).await.map_err(refused(field))?;
        edited.notes.extend(remark);
        self.changed(edited, done).await
    }

    async fn take_back_all(
        &self,
        schedule: &Schedule,
        is_it: impl Fn(&Exception) -> bool,
        done: &str,
        otherwise: &str,
    ) -> Result<ScheduleChanged, DeskError> {
        let standing = self.store.list_exceptions(schedule.id).await?;
        let found: Vec<StoredException> = standing.into_iter().filter(|one| is_it(&one.exception)).collect();
        let mut rng = self.fork_rng();
        let mut last = None;
        for one in found {
            last = Some(self.editor(&mut rng).take_back(one.id).await.map_err(refused("date"))?);
        }
        match last {
            Some(edited) => self.changed(edited, done).await,
            None => Err(DeskError::conflict(otherwise, "Show the schedule to see its exceptions.")),
        }
    }

    /// Whether the rule and what is otherwise give that date a ring, skipped or not.
    async fn would_ring(&self, schedule: &Schedule, date: Date) -> Result<bool, DeskError> {
        let Ok(zone) = self.zones.get(&schedule.zone) else { return Ok(true) };
        let Ok(midnight) = date.to_zoned(zone.clone()) else { return Ok(true) };
        let standing = self.store.list_exceptions(schedule.id).await?;
        let exceptions = standing.into_iter().map(|stored| stored.exception).collect();
        let table = Timetable { exceptions, ..Timetable::new(schedule.rule.clone(), zone) };
        // The clock may skip midnight.
        let before = midnight.timestamp().saturating_sub(1.hour()).unwrap_or(Timestamp::MIN);
        let mut coming = table.coming(before).take_while(|planned| planned.date <= date);
        Ok(coming.any(|planned| planned.date == date))
    }

    /// The day that somebody means; `next` is the one on which it rings next.
    async fn day_of(&self, schedule: &Schedule, field: &'static str, text: &str) -> Result<Date, DeskError> {
        if !text.trim().eq_ignore_ascii_case("next") {
            return day(field, text, self.today_in(&schedule.zone));
        }
        let lines = preview(&self.store, &self.zones, schedule.id, self.clock.now()).await?;
        let next = lines.into_iter().find(|line| line.rings);
        next.map(|line| line.date).ok_or_else(|| {
            DeskError::invalid(field, "It does not ring in the days to come.", "Write a date.")
        })
    }

    /// The answer to a change: what was done, the rule as it stands, and the next ring.
    pub(super) async fn changed(&self, edited: Edited, done: &str) -> Result<ScheduleChanged, DeskError> {
        self.end_calls(&edited.to_cancel).await;
        self.ring_the_bell();
        let mut remarks: Vec<String> = edited.notes.iter().map(|note| as_sentence(note)).collect();
        remarks.extend(edited.held.iter().map(|held| {
            let (date, at) = (held.date, &held.local_time);
            format!("She was woken a short while ago, so {date} {at} is held back; unskip that day to be woken all the same.")
        }));
        if let Some(daemon) = &self.daemon {
            let pace = daemon.calls.calls_per_second();
            let crowded = crowd::of_schedule(&self.store, &self.zones, &edited.schedule, pace).await?;
            remarks.extend(crowded.iter().map(|remark| as_sentence(remark)));
        }
        let schedule = self.schedule_in_full(&edited.schedule).await?;
        let next = self.next_of_sleeper(edited.schedule.sleeper).await?;
        let mut said = what(done, &schedule);
        if self.is_called_now(edited.schedule.sleeper).await? {
            said.push_str(" She is being called now.");
        }
        for sentence in std::iter::once(rings(&schedule, next.as_ref())).chain(remarks) {
            said.push(' ');
            said.push_str(&sentence);
        }
        Ok(ScheduleChanged { schedule, next, said })
    }

    /// The change stands already: what cannot be ended is told to the log, and rings to its end.
    async fn end_calls(&self, under_way: &[OccurrenceId]) {
        for id in under_way {
            if let Err(error) = self.cancel_occurrence(&id.to_string()).await {
                tracing::warn!(occurrence = %id, %error, "A wake-up under way was skipped but could not be ended");
            }
        }
    }

    pub(super) fn editor<'a>(&'a self, rng: &'a mut StdRng) -> Editor<'a, StdRng> {
        Editor { store: &self.store, zones: &self.zones, now: self.clock.now(), rng }
    }

    /// A generator for one change, which waits for the database while it draws.
    pub(super) fn fork_rng(&self) -> StdRng {
        self.with_rng(|rng| StdRng::from_seed(rng.random()))
    }

    pub(super) fn ring_the_bell(&self) {
        if let Some(daemon) = &self.daemon {
            daemon.bells.dispatch.notify_one();
        }
    }
}

/// What was done, and to which rule.
pub(super) fn what(done: &str, rule: &ScheduleShown) -> String {
    let whose = rule.sleeper_name.as_deref().unwrap_or("somebody without a name");
    format!("{done} {}: {} {} for {whose}.", rule.short_id, rule.when, rule.zone)
}

/// When it rings next, and when she is called before that by another rule.
fn rings(rule: &ScheduleShown, next: Option<&NextRing>) -> String {
    let Some(own) = &rule.next else {
        let why = if rule.enabled { "It does not ring any more." } else { "It is switched off." };
        return format!("{why} {}", her_next(next));
    };
    let rings = format!("It rings next {}.", in_words(own));
    match next {
        Some(next) if next.when.at < own.when.at => format!("{rings} {}", her_next(Some(next))),
        _ => rings,
    }
}

/// Her next ring, whichever rule it comes from.
pub(super) fn her_next(next: Option<&NextRing>) -> String {
    match next {
        Some(next) => format!("Her next wake-up: {}.", in_words(next)),
        None => "No wake-up is planned for her.".to_owned(),
    }
}

fn in_words(NextRing { when, countdown, .. }: &NextRing) -> String {
    format!("{} ({} {}), {countdown}", when.local, when.offset, when.zone)
}

/// Why a change was not made; `field` is what it is about unless the refusal knows better.
pub(super) fn refused(field: &'static str) -> impl Fn(EditError) -> DeskError {
    move |error| match error {
        EditError::Store(error) => error.into(),
        EditError::Refused(refusal) => {
            let field = if matches!(refusal, Refusal::Zone(_)) { "zone" } else { field };
            DeskError::invalid(field, as_sentence(&refusal), "")
        }
    }
}
