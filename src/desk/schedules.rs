//! Standing rules: listed and shown, with what they mean for the coming days.

use super::dto::{NextRing, PreviewDay, ScheduleShown, SchedulesAsked};
use super::named::{Named, find, short};
use super::shown::moment;
use super::{Desk, DeskError};
use crate::domain::ids::ScheduleId;
use crate::domain::mode::Probability;
use crate::scheduler::plan::{PreviewLine, preview};
use crate::store::mornings::Which;
use crate::store::occurrences::Occurrence;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;

/// Enough to find the next ring of each of a household's rules among the wake-ups of eight days.
const COMING: u32 = 2_000;

/// A rule, and by whose name it may be called.
struct Hers<'a>(&'a Schedule, Option<&'a str>);

impl Named for Hers<'_> {
    const WHAT: &'static str = "schedule";

    fn id(&self) -> String {
        self.0.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        self.1.into_iter().collect()
    }
}

impl Desk {
    /// The rules of one sleeper, or of all.
    pub async fn list_schedules(&self, asked: &SchedulesAsked) -> Result<Vec<ScheduleShown>, DeskError> {
        let whose = self.sleeper_filter(asked.sleeper.as_deref()).await?;
        let sleepers = self.store.list_sleepers().await?;
        let coming = self.store.list_occurrences(Which::Coming, whose, COMING).await?;
        let schedules = self.store.list_schedules().await?;
        let wanted =
            schedules.iter().filter(|schedule| whose.is_none_or(|sleeper| schedule.sleeper == sleeper));
        Ok(wanted.map(|schedule| self.schedule_shown(schedule, &sleepers, &coming)).collect())
    }

    /// One rule with its next fourteen dates, by identifier or by the name of a sleeper who has just one.
    pub async fn schedule(&self, named: &str) -> Result<ScheduleShown, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let sleepers = self.store.list_sleepers().await?;
        let coming = self.store.list_occurrences(Which::Coming, Some(schedule.sleeper), COMING).await?;
        let shown = self.schedule_shown(&schedule, &sleepers, &coming);
        Ok(ScheduleShown { preview: self.preview_of(&schedule).await?, ..shown })
    }

    async fn preview_of(&self, schedule: &Schedule) -> Result<Vec<PreviewDay>, DeskError> {
        let lines = preview(&self.store, &self.zones, schedule.id, self.clock.now()).await?;
        let day = |line: PreviewLine| PreviewDay {
            date: line.date.to_string(),
            when: line.due_at.map(|at| moment(&self.zones, &schedule.zone, at)),
            reason: line.reason,
            countdown: line.countdown.map(|words| format!("in {words}")),
        };
        Ok(lines.into_iter().map(day).collect())
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

    fn schedule_shown(
        &self,
        schedule: &Schedule,
        sleepers: &[Sleeper],
        coming: &[Occurrence],
    ) -> ScheduleShown {
        let id = schedule.id.to_string();
        let sleeper = sleepers.iter().find(|sleeper| sleeper.id == schedule.sleeper);
        ScheduleShown {
            short_id: short(&id),
            id,
            sleeper: schedule.sleeper.to_string(),
            sleeper_name: sleeper.and_then(|sleeper| sleeper.name.clone()),
            when: schedule.rule.to_string(),
            zone: schedule.zone.clone(),
            probability: schedule.probability.map(Probability::value),
            useful_for_mins: u32::try_from(schedule.useful_for.as_secs() / 60).unwrap_or(u32::MAX),
            next: self.next_of(schedule.id, coming),
            preview: Vec::new(),
        }
    }

    fn next_of(&self, schedule: ScheduleId, coming: &[Occurrence]) -> Option<NextRing> {
        let is_its = |occurrence: &&Occurrence| occurrence.key.is_some_and(|key| key.schedule == schedule);
        coming.iter().find(is_its).map(|occurrence| self.next_ring(occurrence))
    }
}
