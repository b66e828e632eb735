//! Standing rules added, changed and removed. Every change answers with the next ring.

use std::time::Duration;

use super::changes::{her_next, refused, what};
use super::dto::{Away, PolicyEdit, ScheduleChanged, ScheduleEdit, ScheduleNew, ScheduleShown, Travel};
use super::named::short;
use super::settings::probability;
use super::words::{self, day, name, once, rule};
use super::{Desk, DeskError};
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::policy::MorningPolicy;
use crate::domain::proof::Proof;
use crate::domain::schedule::{USEFUL_FOR, ZoneMode};
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;

/// Half a day: whoever wants to be woken later than that wants another rule.
const USEFUL_FOR_MINS_MAX: u32 = 12 * 60;

impl Desk {
    /// Adds a rule and plans with it.
    pub async fn add_schedule(&self, new: &ScheduleNew) -> Result<ScheduleChanged, DeskError> {
        let sleeper = self.sleeper_or_only("for", new.sleeper.as_deref()).await?;
        let zone = self.zone_for(&sleeper, new.zone.as_deref()).await?;
        let says = if new.once {
            once(&new.when, self.now_in(&zone))?
        } else {
            rule(&new.when, self.today_in(&zone))?
        };
        let now = self.clock.now();
        let id = self.with_rng(|rng| ScheduleId::new(now, rng));
        let schedule = Schedule {
            label: new.label.as_deref().map(|text| name("label", text)).transpose()?,
            zone_mode: zone_mode(new.follows),
            probability: new.probability.map(|value| probability("probability", value)).transpose()?,
            useful_for: new.useful_for_mins.map_or(Ok(USEFUL_FOR), useful_for)?,
            policy: policy(&new.policy, MorningPolicy::default())?,
            ..Schedule::new(id, sleeper.id, says, &zone, now)
        };
        let twin = self.twin_of(&schedule).await?;
        let mut rng = self.fork_rng();
        let mut edited = self.editor(&mut rng).add(schedule).await.map_err(refused("when"))?;
        tracing::info!(schedule = %id, "A schedule was added");
        edited.notes.extend(twin);
        edited.notes.extend(self.remark_on_places(&edited.schedule).await?);
        self.changed(edited, "Added").await
    }

    /// Changes a rule; a wake-up that has begun goes on as it began (R13).
    pub async fn edit_schedule(
        &self,
        named: &str,
        edit: &ScheduleEdit,
    ) -> Result<ScheduleChanged, DeskError> {
        let id = self.find_schedule(named).await?.id;
        let mut rng = self.fork_rng();
        let edited = self.editor(&mut rng).revise(id, |old| self.with_edit(old, edit)).await;
        let mut edited = edited.map_err(refused("when"))??;
        edited.notes.extend(self.remark_on_places(&edited.schedule).await?);
        self.changed(edited, "Changed").await
    }

    fn with_edit(&self, mut schedule: Schedule, edit: &ScheduleEdit) -> Result<Schedule, DeskError> {
        if let Some(when) = &edit.when {
            schedule.rule = rule(when, self.today_in(&schedule.zone))?;
        }
        if let Some(minutes) = edit.useful_for_mins {
            schedule.useful_for = useful_for(minutes)?;
        }
        if let Some(follows) = edit.follows {
            schedule.zone_mode = zone_mode(follows);
        }
        schedule.enabled = edit.enabled.unwrap_or(schedule.enabled);
        edit.probability.try_map(|value| probability("probability", value))?.apply(&mut schedule.probability);
        edit.label.clone().try_map(|text| name("label", &text))?.apply(&mut schedule.label);
        schedule.policy = policy(&edit.policy, schedule.policy)?;
        Ok(schedule)
    }

    /// Removes a rule; what is planned is withdrawn, a call under way goes on.
    pub async fn remove_schedule(&self, named: &str) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let sleepers = self.store.list_sleepers().await?;
        let shown = self.schedule_shown(&Schedule { enabled: false, ..schedule.clone() }, &sleepers).await?;
        let mut rng = self.fork_rng();
        self.editor(&mut rng).remove(schedule.id).await.map_err(refused("schedule"))?;
        tracing::info!(schedule = %schedule.id, "A schedule was removed");
        self.ring_the_bell();
        let next = self.next_of_sleeper(schedule.sleeper).await?;
        let shown = ScheduleShown { next: None, ..shown };
        let said = format!("{} {}", what("Removed", &shown), her_next(next.as_ref()));
        Ok(ScheduleChanged { schedule: shown, next, said })
    }

    /// Hangs one rule's clock in another zone (R10).
    pub async fn travel(&self, named: &str, travel: &Travel) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let zone = travel.zone.clone();
        let mut rng = self.fork_rng();
        let moved = self.editor(&mut rng).amend(schedule.id, |old| Schedule { zone, ..old }).await;
        let edited = moved.map_err(refused("zone"))?;
        self.changed(edited, "Moved the clock of").await
    }

    /// A sleeper is somewhere else: every rule that follows her goes by the clock there.
    pub async fn travel_with(
        &self,
        sleeper: &str,
        travel: &Travel,
    ) -> Result<Vec<ScheduleChanged>, DeskError> {
        let sleeper = self.find_sleeper(sleeper).await?;
        let mut rng = self.fork_rng();
        let edited = self.editor(&mut rng).travel(sleeper.id, &travel.zone).await.map_err(refused("zone"))?;
        if edited.is_empty() {
            return Err(DeskError::conflict(
                "None of her schedules follows her.",
                "Let one follow her, or move its zone itself.",
            ));
        }
        let mut changed = Vec::new();
        for one in edited {
            changed.push(self.changed(one, "Moved the clock of").await?);
        }
        Ok(changed)
    }

    /// Lets a proof bound to a place give way to others, up to a day; or not any more.
    pub async fn away(&self, named: &str, away: &Away) -> Result<ScheduleChanged, DeskError> {
        let schedule = self.find_schedule(named).await?;
        let until = match &away.until {
            Some(text) => Some(day("until", text, self.today_in(&schedule.zone))?),
            None => None,
        };
        let mut rng = self.fork_rng();
        let away =
            self.editor(&mut rng).amend(schedule.id, |old| Schedule { away_until: until, ..old }).await;
        let edited = away.map_err(refused("until"))?;
        let done = until.map_or("Back home, rule".to_owned(), |until| format!("Away until {until}, rule"));
        self.changed(edited, &done).await
    }

    /// A rule that says the same: whoever adds it again is rung up once for both, but has to remove two.
    async fn twin_of(&self, new: &Schedule) -> Result<Option<String>, DeskError> {
        let same = |old: &Schedule| {
            old.sleeper == new.sleeper && old.rule == new.rule && old.zone == new.zone && old.enabled
        };
        let twin = self.store.list_schedules().await?.into_iter().find(same);
        Ok(twin.map(|twin| {
            let id = short(&twin.id.to_string());
            format!("there was the same rule already ({id}): `schedule remove {id}` takes it away")
        }))
    }

    /// Where she has to walk to must exist; a doorbell is not known here.
    async fn remark_on_places(&self, schedule: &Schedule) -> Result<Option<String>, DeskError> {
        if !schedule.policy.proofs.contains(Proof::Place) {
            return Ok(None);
        }
        let places = self.store.list_places().await?;
        let serves = |hers: &SleeperId| *hers == schedule.sleeper;
        let is_served = places.iter().any(|place| place.sleeper.as_ref().is_none_or(serves));
        Ok((!is_served).then(|| {
            "no place is set up where she could be seen: `wakeup-coach qr` prints a code to hang there, \
             `wakeup-coach place add` takes a device; without one only a doorbell (DOORBELL_TOKEN) can tell"
                .to_owned()
        }))
    }

    /// The zone that was named, that of her other rules, or this machine's.
    async fn zone_for(&self, sleeper: &Sleeper, named: Option<&str>) -> Result<String, DeskError> {
        if let Some(named) = named {
            let known = self.zones.get(named);
            let zone = known.map_err(|error| DeskError::invalid("zone", words::sentence(&error), ""))?;
            return Ok(zone.iana_name().unwrap_or(named).to_owned());
        }
        let schedules = self.store.list_schedules().await?;
        let hers = schedules.into_iter().find(|schedule| schedule.sleeper == sleeper.id);
        hers.map(|schedule| schedule.zone).or_else(|| self.zones.of_this_machine()).ok_or_else(|| {
            DeskError::invalid(
                "zone",
                "In which zone does that clock hang?",
                "Write one such as Europe/Berlin.",
            )
        })
    }
}

fn zone_mode(follows: bool) -> ZoneMode {
    if follows { ZoneMode::Follow } else { ZoneMode::Home }
}

fn useful_for(minutes: u32) -> Result<Duration, DeskError> {
    if minutes <= USEFUL_FOR_MINS_MAX {
        return Ok(Duration::from_mins(minutes.into()));
    }
    let hint = format!("Write at most {USEFUL_FOR_MINS_MAX}, which is half a day.");
    Err(DeskError::invalid("useful_for_mins", "So late a call wakes nobody in time.", hint))
}

/// The policy with the changes made, unless a value makes no sense; then all that do not are told.
fn policy(edit: &PolicyEdit, before: MorningPolicy) -> Result<MorningPolicy, DeskError> {
    edit.applied_to(before).checked().map_err(|problems| {
        let said: Vec<String> = problems.iter().map(|problem| words::sentence(problem)).collect();
        let field = problems.first().map_or("policy", |problem| problem.field);
        DeskError::invalid(field, said.join(" "), "")
    })
}
