//! A database with a sleeper in Berlin, and the planner at work on it.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Time;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::super::edit::{Edited, Editor};
use super::super::{PlanReport, PreviewLine, plan_ahead, preview};
use crate::domain::ids::{OccurrenceId, ScheduleId, SleeperId};
use crate::domain::phone::PhoneNumber;
use crate::domain::schedule::{Rule, Weekdays};
use crate::domain::wake_up::{Event, Phase};
use crate::store::Store;
use crate::store::occurrences::Occurrence;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;
use crate::zones::Zones;

pub fn clock(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

pub fn weekdays(hour: i8, minute: i8) -> Rule {
    Rule::Weekly { weekdays: Weekdays::WORKING, at: clock(hour, minute) }
}

pub fn daily(hour: i8, minute: i8) -> Rule {
    Rule::Weekly { weekdays: Weekdays::ALL, at: clock(hour, minute) }
}

pub struct House {
    pub store: Store,
    pub zones: Zones,
    pub now: Timestamp,
    pub rng: StdRng,
    pub sleeper: SleeperId,
    dir: PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl House {
    pub async fn at(now: &str, name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("wakeup-plan-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        let store = Store::open(&dir.join("coach.db")).await.unwrap();
        let (now, mut rng) = (now.parse().unwrap(), StdRng::seed_from_u64(1));
        let sleeper = Sleeper {
            id: SleeperId::new(now, &mut rng),
            name: Some("Anna".into()),
            phone_number: PhoneNumber::parse("+14155550142").unwrap(),
            language: "en-US".into(),
        };
        let mut change = store.change().await.unwrap();
        change.add_sleeper(&sleeper, now).await.unwrap();
        change.commit().await.unwrap();
        Self { store, zones: Zones::bundled(), now, rng, sleeper: sleeper.id, dir }
    }

    pub fn editor(&mut self) -> Editor<'_, StdRng> {
        Editor { store: &self.store, zones: &self.zones, now: self.now, rng: &mut self.rng }
    }

    /// A rule for her, not stored.
    pub fn schedule(&mut self, rule: Rule) -> Schedule {
        let id = ScheduleId::new(self.now, &mut self.rng);
        Schedule::new(id, self.sleeper, rule, "Europe/Berlin", self.now)
    }

    pub async fn add(&mut self, rule: Rule) -> Edited {
        let schedule = self.schedule(rule);
        self.editor().add(schedule).await.unwrap()
    }

    pub async fn plan(&mut self) -> PlanReport {
        plan_ahead(&self.store, &self.zones, self.now, &mut self.rng).await.unwrap()
    }

    pub async fn only_schedule(&self) -> Schedule {
        self.store.list_schedules().await.unwrap().remove(0)
    }

    pub async fn preview(&self) -> Vec<PreviewLine> {
        let id = self.only_schedule().await.id;
        preview(&self.store, &self.zones, id, self.now).await.unwrap()
    }

    /// The preview as `03-27 06:30 as_asked`.
    pub async fn lines(&self) -> Vec<String> {
        let line = |line: PreviewLine| {
            let until = line.until.map(|until| format!(" until {}", until.strftime("%m-%d")));
            let marks =
                [(line.last_before_pause, " | last before"), (line.first_after_pause, " | first after")];
            let marks: String = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
            let (date, time) = (line.date.strftime("%m-%d"), line.local_time.unwrap_or_default());
            format!("{date} {time} {}{}{marks}", line.reason, until.unwrap_or_default())
        };
        self.preview().await.into_iter().map(line).collect()
    }

    /// Every wake-up written down, the earliest first.
    pub async fn rows(&self) -> Vec<Occurrence> {
        let mut rows = self.store.list_recent(1_000).await.unwrap();
        rows.reverse();
        rows
    }

    pub async fn planned(&self) -> Vec<Occurrence> {
        let rows = self.rows().await;
        rows.into_iter().filter(|row| row.wake_up.phase == Phase::Planned).collect()
    }

    pub async fn ids(&self) -> Vec<OccurrenceId> {
        self.planned().await.into_iter().map(|row| row.id).collect()
    }

    /// When what is planned is due.
    pub async fn due(&self) -> Vec<String> {
        self.planned().await.into_iter().map(|row| row.wake_up.due_at.to_string()).collect()
    }

    /// Takes every planned wake-up off the list, as if it had never been written down.
    pub async fn withdraw_all(&self) {
        let mut change = self.store.change().await.unwrap();
        for row in self.planned().await {
            assert!(change.withdraw(row.id).await.unwrap());
        }
        change.commit().await.unwrap();
    }

    /// Something happens to the earliest planned wake-up.
    pub async fn step_first(&self, event: Event) -> Occurrence {
        let before = self.planned().await.remove(0);
        let (after, _) = before.wake_up.on(event, self.now);
        let mut change = self.store.change().await.unwrap();
        change.save_step(&before, &after, self.now).await.unwrap();
        change.commit().await.unwrap();
        self.store.load_occurrence(before.id).await.unwrap()
    }
}
