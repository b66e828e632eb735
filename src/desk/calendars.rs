//! Holiday calendars: kept, looked at, and observed by rules.

use super::changes::refused;
use super::dto::{CalendarNew, CalendarShown, Observe, ScheduleChanged};
use super::named::{Named, find, short};
use super::words::{name, sentence};
use super::{Desk, DeskError};
use crate::scheduler::SchedulerError;
use crate::scheduler::calendars::{Calendars, Looked};
use crate::store::StoreError;
use crate::store::calendars::{Calendar, CalendarSource};

impl Named for Calendar {
    const WHAT: &'static str = "calendar";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.name]
    }
}

impl Desk {
    /// All calendars, by name.
    pub async fn list_calendars(&self) -> Result<Vec<CalendarShown>, DeskError> {
        let mut all = Vec::new();
        for calendar in self.store.list_calendars().await? {
            let days = self.store.list_calendar_days(calendar.id).await?.len();
            all.push(shown(&Looked { calendar, days }));
        }
        Ok(all)
    }

    /// Keeps a calendar and looks at it at once; one that cannot be read yet is kept all the same.
    pub async fn add_calendar(&self, new: &CalendarNew) -> Result<CalendarShown, DeskError> {
        let name = name("name", &new.name)?;
        let source: CalendarSource =
            new.source.parse().map_err(|error| DeskError::invalid("source", sentence(&error), ""))?;
        let looked = self.calendars().add(&name, source, &mut self.fork_rng()).await.map_err(failed)?;
        Ok(shown(&looked))
    }

    /// Looks at a calendar now.
    pub async fn refresh_calendar(&self, named: &str) -> Result<CalendarShown, DeskError> {
        let calendar = self.find_calendar(named).await?;
        let looked = self.calendars().refresh(calendar.id, &mut self.fork_rng()).await.map_err(failed)?;
        self.ring_the_bell();
        Ok(shown(&looked))
    }

    /// Removes a calendar: its days ring again.
    pub async fn remove_calendar(&self, named: &str) -> Result<CalendarShown, DeskError> {
        let calendar = self.find_calendar(named).await?;
        let days = self.store.list_calendar_days(calendar.id).await?.len();
        self.calendars().remove(calendar.id, &mut self.fork_rng()).await.map_err(failed)?;
        self.ring_the_bell();
        Ok(shown(&Looked { calendar, days }))
    }

    /// A rule is silent on a calendar's days, or is not any more.
    pub async fn observe(&self, named: &str, wish: &Observe) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let calendar = self.find_calendar(&wish.calendar).await?;
        let mut rng = self.fork_rng();
        let edited = self.editor(&mut rng).observe(schedule.id, calendar.id, wish.observe).await;
        self.changed(edited.map_err(refused("calendar"))?, "Changed").await
    }

    async fn find_calendar(&self, named: &str) -> Result<Calendar, DeskError> {
        Ok(find(named, &self.store.list_calendars().await?)?.clone())
    }

    fn calendars(&self) -> Calendars {
        Calendars {
            store: self.store.clone(),
            zones: std::sync::Arc::clone(&self.zones),
            clock: self.clock.clone(),
            http: crate::http::client(),
        }
    }
}

fn failed(error: SchedulerError) -> DeskError {
    match error {
        SchedulerError::Store(StoreError::Duplicate) => DeskError::conflict(
            "There is a calendar of that name already.",
            "Remove that one, or choose another name.",
        ),
        SchedulerError::Store(error) => error.into(),
        other => DeskError::Busy { said: sentence(&other) },
    }
}

fn shown(looked: &Looked) -> CalendarShown {
    let calendar = &looked.calendar;
    let id = calendar.id.to_string();
    CalendarShown {
        short_id: short(&id),
        id,
        name: calendar.name.clone(),
        source: calendar.source.to_string(),
        days: looked.days,
        fetched_at: calendar.fetched_at,
        tried_at: calendar.tried_at,
        problem: calendar.problem.clone(),
    }
}
