//! Holiday calendars: fetched, read and kept. One that cannot be fetched or read never cancels a wake-up:
//! what it said before counts for a month, after that nothing does, and either is said.

mod fetch;
pub mod ics;

use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rand::Rng;

use self::fetch::NotFetched;
use self::ics::NotACalendar;
use super::SchedulerError;
use super::plan::{HOLIDAYS_GOOD_FOR, plan_in};
use crate::clock::SharedClock;
use crate::domain::ids::CalendarId;
use crate::domain::schedule::Holidays;
use crate::store::calendars::{Calendar, CalendarSource};
use crate::store::schedules::Schedule;
use crate::store::{Change, Store, StoreError};
use crate::zones::Zones;

/// A calendar that could be read is looked at again after a night.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(20);
/// One that could not is looked at again soon.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(55);
/// Days kept of a calendar, back and ahead.
const DAYS_BACK: i64 = 7;
const DAYS_AHEAD: i64 = 3 * 366;
/// Reading takes milliseconds; a text made to take longer is given up.
const READ_WITHIN: Duration = Duration::from_secs(20);

/// Why a calendar could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Its text could not be had.
    #[error(transparent)]
    NotFetched(#[from] NotFetched),
    /// Its text is not a calendar of holidays.
    #[error(transparent)]
    NotACalendar(#[from] NotACalendar),
    /// The reader gave up on it.
    #[error("it cannot be read")]
    Unreadable,
}

/// What came of looking at a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The calendar as it is stored now; its `problem` says why it could not be read.
    pub calendar: Calendar,
    /// How many days it names.
    pub days: usize,
}

/// The calendars, and what they need.
#[derive(Debug, Clone)]
pub struct Calendars {
    /// The database.
    pub store: Store,
    /// Time zones, for planning after a change.
    pub zones: Arc<Zones>,
    /// Time.
    pub clock: SharedClock,
    /// Who asks.
    pub http: reqwest::Client,
}

impl Calendars {
    /// Adds a calendar and looks at it at once; it stays even if it cannot be read yet.
    pub async fn add(
        &self,
        name: &str,
        source: CalendarSource,
        rng: &mut (impl Rng + Send),
    ) -> Result<Looked, SchedulerError> {
        let now = self.clock.now();
        let calendar = Calendar {
            id: CalendarId::new(now, rng),
            name: name.trim().to_owned(),
            source,
            fetched_at: None,
            tried_at: None,
            problem: None,
        };
        let mut change = self.store.change().await?;
        change.add_calendar(&calendar, now).await?;
        change.commit().await?;
        self.refresh(calendar.id, rng).await
    }

    /// Removes a calendar; its days ring again.
    pub async fn remove(&self, id: CalendarId, rng: &mut (impl Rng + Send)) -> Result<(), SchedulerError> {
        let mut revision = Revision::begin(self, id, rng).await?;
        revision.change.remove_calendar(id).await?;
        revision.finish(rng).await
    }

    /// Looks at one calendar now and plans again whatever keeps silent on its days.
    pub async fn refresh(
        &self,
        id: CalendarId,
        rng: &mut (impl Rng + Send),
    ) -> Result<Looked, SchedulerError> {
        let calendar = self.store.load_calendar(id).await?;
        let read = match fetch::fetch(&self.http, &self.clock, &calendar.source).await {
            Ok(text) => self.read(&text).await.map(|days| (text, days)),
            Err(problem) => Err(problem.into()),
        };
        match read {
            Ok((text, days)) => {
                let mut revision = Revision::begin(self, id, rng).await?;
                revision.change.store_calendar_text(id, &text, &days, self.clock.now()).await?;
                revision.finish(rng).await?;
                tracing::info!(calendar = %id, days = days.len(), "Read a holiday calendar");
            }
            Err(problem) => self.fall_back_on_what_it_said(&calendar, &problem, rng).await?,
        }
        let days = self.store.list_calendar_days(id).await?.len();
        Ok(Looked { calendar: self.store.load_calendar(id).await?, days })
    }

    /// Looks at every calendar whose turn it is; how one fares does not concern the others.
    pub async fn refresh_due(&self, rng: &mut (impl Rng + Send)) -> Result<(), SchedulerError> {
        let now = self.clock.now();
        let mut failed = None;
        for calendar in self.store.list_calendars().await?.into_iter().filter(|one| is_due(one, now)) {
            match self.refresh(calendar.id, rng).await {
                // Removed in the meantime.
                Ok(_) | Err(SchedulerError::Store(StoreError::NotFound("calendar"))) => {}
                Err(error) => {
                    tracing::error!(calendar = %calendar.id, %error, "A holiday calendar could not be taken up");
                    failed = Some(error);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// The last good text is read again, since it may name days that were too far ahead the last time.
    async fn fall_back_on_what_it_said(
        &self,
        calendar: &Calendar,
        problem: &Unusable,
        rng: &mut (impl Rng + Send),
    ) -> Result<(), SchedulerError> {
        let now = self.clock.now();
        let kept = match self.store.load_calendar_text(calendar.id).await? {
            Some(text) => self.read(&text).await.ok(),
            None => None,
        };
        let mut revision = Revision::begin(self, calendar.id, rng).await?;
        if let Some(days) = &kept {
            revision.change.replace_calendar_days(calendar.id, days).await?;
        }
        revision.change.note_calendar_problem(calendar.id, &problem.to_string(), now).await?;
        revision.finish(rng).await?;
        let good_until = calendar.fetched_at.and_then(|at| at.checked_add(HOLIDAYS_GOOD_FOR).ok());
        let (id, error) = (calendar.id, problem);
        match good_until {
            Some(until) if now <= until => {
                tracing::warn!(calendar = %id, %error, %until, "A holiday calendar could not be read; what it said before still counts");
            }
            Some(until) => {
                tracing::warn!(calendar = %id, %error, %until, "A holiday calendar could not be read; it sets no later day free, and everybody is woken");
            }
            None => {
                tracing::warn!(calendar = %id, %error, "A holiday calendar could not be read; it sets no day free, and everybody is woken");
            }
        }
        Ok(())
    }

    /// Away from the runtime's own threads, and where a panic of the reader is an answer like any other.
    async fn read(&self, text: &str) -> Result<Holidays, Unusable> {
        let (from, until) = days_kept(self.clock.now());
        let text = text.to_owned();
        let reading = tokio::task::spawn_blocking(move || ics::holidays(&text, from, until));
        match crate::clock::timeout(&*self.clock, READ_WITHIN, reading).await {
            Ok(Ok(read)) => Ok(read?),
            Ok(Err(_)) | Err(_) => Err(Unusable::Unreadable),
        }
    }
}

/// A change of what a calendar says, together with what is planned by it: all of it, or nothing.
struct Revision<'a> {
    calendars: &'a Calendars,
    change: Change,
    now: Timestamp,
    observers: Vec<(Schedule, Holidays)>,
}

impl<'a> Revision<'a> {
    /// What is due by the days as they were is written down before they change.
    async fn begin(
        calendars: &'a Calendars,
        id: CalendarId,
        rng: &mut (impl Rng + Send),
    ) -> Result<Self, SchedulerError> {
        let mut change = calendars.store.change().await?;
        let now = calendars.clock.now();
        let mut observers = Vec::new();
        for observer in change.schedules_with_calendar(id).await? {
            let schedule = match change.schedule(observer).await {
                // One rule that cannot be read must not keep the others from its holidays.
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::error!(schedule = %observer, %error, "Cannot plan by a calendar: the rule is unreadable");
                    continue;
                }
                read => read?,
            };
            let days = change.holidays(observer, now, HOLIDAYS_GOOD_FOR).await?;
            plan_in(&mut change, &schedule, &calendars.zones, now, rng).await?;
            observers.push((schedule, days));
        }
        Ok(Self { calendars, change, now, observers })
    }

    /// Plans by the days as they are now, and commits.
    async fn finish(mut self, rng: &mut (impl Rng + Send)) -> Result<(), SchedulerError> {
        for (mut schedule, before) in self.observers {
            let after = self.change.holidays(schedule.id, self.now, HOLIDAYS_GOOD_FOR).await?;
            if before == after {
                continue;
            }
            if rings_again(&before, &after, self.now) {
                schedule.stands_since = self.now.max(schedule.stands_since);
                self.change.update_schedule(&schedule).await?;
            }
            plan_in(&mut self.change, &schedule, &self.calendars.zones, self.now, rng).await?;
        }
        Ok(self.change.commit().await?)
    }
}

/// Whether a day about now is free no more: its morning may be past, and is not made up for.
fn rings_again(before: &Holidays, after: &Holidays, now: Timestamp) -> bool {
    let today = TimeZone::UTC.to_datetime(now).date();
    let (from, until) = (today.saturating_sub(2.days()), today.saturating_add(2.days()));
    before.iter().any(|(date, _)| (from..=until).contains(&date) && after.on(date).is_none())
}

fn is_due(calendar: &Calendar, now: Timestamp) -> bool {
    let after = if calendar.problem.is_some() { TRY_AGAIN_AFTER } else { FRESH_FOR };
    // A clock that was set back must not keep a calendar from being read.
    calendar.tried_at.is_none_or(|at| now.duration_since(at) >= after || now < at)
}

fn days_kept(now: Timestamp) -> (Date, Date) {
    let today = TimeZone::UTC.to_datetime(now).date();
    (today.saturating_sub(DAYS_BACK.days()), today.saturating_add(DAYS_AHEAD.days()))
}

#[cfg(test)]
mod tests;
