//! Standing rules: listed and shown, with what they mean for the coming days.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::dto::{ExceptionShown, NextRing, PreviewDay, ScheduleShown, SchedulesAsked};
use super::named::{Named, find, short};
use super::shown::moment;
use super::{Desk, DeskError};
use crate::domain::ids::SleeperId;
use crate::domain::mode::Probability;
use crate::domain::schedule::ZoneMode;
use crate::domain::wake_up::Phase;
use crate::scheduler::plan::{PreviewLine, next_ring, preview};
use crate::store::exceptions::StoredException;
use crate::store::mornings::Which;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;

/// A rule, and by whose name it may be called.
struct Hers<'a>(&'a Schedule, Option<&'a str>);

impl Named for Hers<'_> {
    const WHAT: &'static str = "schedule";

    fn id(&self) -> String {
        self.0.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        self.0.label.as_deref().into_iter().chain(self.1).collect()
    }
}

impl Named for StoredException {
    const WHAT: &'static str = "exception";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// More wake-ups than this are not written down ahead of anybody.
const COMING_MAX: u32 = 1_000;

impl Desk {
    /// The rules of one sleeper, or of all.
    pub async fn list_schedules(&self, asked: &SchedulesAsked) -> Result<Vec<ScheduleShown>, DeskError> {
        let whose = self.sleeper_filter(asked.sleeper.as_deref()).await?;
        let sleepers = self.store.list_sleepers().await?;
        let mut shown = Vec::new();
        for schedule in self.store.list_schedules().await? {
            if whose.is_none_or(|sleeper| schedule.sleeper == sleeper) {
                shown.push(self.schedule_shown(&schedule, &sleepers).await?);
            }
        }
        Ok(shown)
    }

    /// One rule with its exceptions and its next fourteen dates, by identifier, by its name, or by the name
    /// of a sleeper who has just one.
    pub async fn schedule(&self, named: &str) -> Result<ScheduleShown, DeskError> {
        let schedule = self.find_schedule(named).await?;
        self.schedule_in_full(&schedule).await
    }

    pub(super) async fn schedule_in_full(&self, schedule: &Schedule) -> Result<ScheduleShown, DeskError> {
        let sleepers = self.store.list_sleepers().await?;
        let today = self.today_in(&schedule.zone);
        let standing = self.store.list_exceptions(schedule.id).await?;
        let ahead = standing.iter().filter(|one| one.exception.last_date() >= today);
        let exceptions = ahead.map(exception_shown).collect();
        let lines = preview(&self.store, &self.zones, schedule.id, self.clock.now()).await?;
        let preview = lines.into_iter().map(|line| self.preview_day(&schedule.zone, line)).collect();
        Ok(ScheduleShown { exceptions, preview, ..self.schedule_shown(schedule, &sleepers).await? })
    }

    fn preview_day(&self, zone: &str, line: PreviewLine) -> PreviewDay {
        PreviewDay {
            date: line.date.to_string(),
            until: line.until.map(|date| date.to_string()),
            when: line.due_at.map(|at| moment(&self.zones, zone, at)),
            reason: line.reason,
            last_before_pause: line.last_before_pause,
            first_after_pause: line.first_after_pause,
            countdown: line.countdown.map(|words| format!("in {words}")),
        }
    }

    pub(super) async fn find_schedule(&self, named: &str) -> Result<Schedule, DeskError> {
        let sleepers = self.store.list_sleepers().await?;
        let schedules = self.store.list_schedules().await?;
        let whose = |schedule: &Schedule| sleepers.iter().find(|sleeper| sleeper.id == schedule.sleeper);
        let hers: Vec<Hers<'_>> = schedules
            .iter()
            .map(|schedule| Hers(schedule, whose(schedule).and_then(|sleeper| sleeper.name.as_deref())))
            .collect();
        Ok(find(named, &hers)?.0.clone())
    }

    pub(super) async fn schedule_shown(
        &self,
        schedule: &Schedule,
        sleepers: &[Sleeper],
    ) -> Result<ScheduleShown, DeskError> {
        let id = schedule.id.to_string();
        let sleeper = sleepers.iter().find(|sleeper| sleeper.id == schedule.sleeper);
        let calendars = self.store.list_calendars_of(schedule.id).await?;
        Ok(ScheduleShown {
            short_id: short(&id),
            id,
            sleeper: schedule.sleeper.to_string(),
            sleeper_name: sleeper.and_then(|sleeper| sleeper.name.clone()),
            when: schedule.rule.to_string(),
            rule: schedule.rule.clone(),
            label: schedule.label.clone(),
            zone: schedule.zone.clone(),
            follows: schedule.zone_mode == ZoneMode::Follow,
            enabled: schedule.enabled,
            away_until: schedule.away_until.map(|date| date.to_string()),
            calendars: calendars.into_iter().map(|calendar| calendar.name).collect(),
            policy: schedule.policy,
            probability: schedule.probability.map(Probability::value),
            useful_for_mins: u32::try_from(schedule.useful_for.as_secs() / 60).unwrap_or(u32::MAX),
            next: self.next_of_schedule(schedule).await?,
            exceptions: Vec::new(),
            preview: Vec::new(),
        })
    }

    async fn next_of_schedule(&self, schedule: &Schedule) -> Result<Option<NextRing>, DeskError> {
        let next = next_ring(&self.store, &self.zones, schedule.id, self.clock.now()).await?;
        Ok(next.map(|next| NextRing {
            when: moment(&self.zones, &schedule.zone, next.at),
            reason: next.reason,
            countdown: format!("in {}", next.countdown),
        }))
    }

    /// A sleeper's next ring, whichever rule it comes from, or the next call of a morning that has begun. What
    /// a call under way is looked up for is no ring.
    pub(super) async fn next_of_sleeper(&self, sleeper: SleeperId) -> Result<Option<NextRing>, DeskError> {
        let mut rings = Vec::new();
        for schedule in self.store.list_schedules().await? {
            if schedule.sleeper == sleeper {
                rings.extend(self.next_of_schedule(&schedule).await?);
            }
        }
        let coming = self.store.list_occurrences(Which::Coming, Some(sleeper), COMING_MAX).await?;
        let to_ring = coming.iter().filter(|occurrence| occurrence.wake_up.phase != Phase::Calling);
        rings.extend(to_ring.map(|occurrence| self.next_ring(occurrence)));
        // Of equal ones the first, which knows more of the reason.
        Ok(rings.into_iter().min_by_key(|ring| ring.when.at))
    }

    /// Whether a call to her goes on.
    pub(super) async fn is_called_now(&self, sleeper: SleeperId) -> Result<bool, DeskError> {
        let coming = self.store.list_occurrences(Which::Coming, Some(sleeper), COMING_MAX).await?;
        Ok(coming.iter().any(|occurrence| occurrence.wake_up.phase == Phase::Calling))
    }

    /// What the clock of that zone shows.
    pub(super) fn now_in(&self, zone: &str) -> DateTime {
        let clock = self.zones.get(zone).unwrap_or(TimeZone::UTC);
        clock.to_datetime(self.clock.now())
    }

    /// Today's date on the clock of that zone.
    pub(super) fn today_in(&self, zone: &str) -> Date {
        self.now_in(zone).date()
    }
}

fn exception_shown(stored: &StoredException) -> ExceptionShown {
    let id = stored.id.to_string();
    ExceptionShown { short_id: short(&id), id, what: stored.exception }
}
