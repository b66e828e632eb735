//! The file's sleeper, schedule and probability, put where they are not yet.

use crate::cli::access::Access;
use crate::config::Seed;
use crate::desk::dto::{ScheduleNew, SchedulesAsked, SettingsEdit, SleeperNew, SleeperShown};
use crate::zones::Zones;

/// Stores what is not there yet, and tells what became of each.
pub async fn store(access: &Access, seed: &Seed, zones: &Zones) -> anyhow::Result<Vec<String>> {
    let mut told = Vec::new();
    if let Some(probability) = seed.probability {
        let edit =
            SettingsEdit { realtime_probability: Some(probability.value()), ..SettingsEdit::default() };
        let settings = access.edit_settings(&edit).await?;
        told.push(format!("Stored: realtime mode is drawn for {} of calls.", settings.realtime_percentage));
    }
    let Some(number) = &seed.phone_number else {
        told.push("The file names nobody to wake (PHONE_NUMBER).".to_owned());
        return Ok(told);
    };
    let known = access.list_sleepers().await?;
    let found = known.into_iter().find(|sleeper| sleeper.phone == number.as_str());
    let what = if found.is_some() { "Already there" } else { "Stored" };
    told.push(format!("{what}: the sleeper {}.", number.masked()));
    let sleeper = if let Some(sleeper) = found {
        sleeper
    } else {
        let new = SleeperNew { phone: number.as_str().to_owned(), ..SleeperNew::default() };
        access.add_sleeper(&new).await?
    };
    told.push(schedule(access, seed, &sleeper, zones).await?);
    Ok(told)
}

async fn schedule(
    access: &Access,
    seed: &Seed,
    sleeper: &SleeperShown,
    zones: &Zones,
) -> anyhow::Result<String> {
    let Some(at) = seed.wake_up_time else {
        return Ok("The file names no time (WAKE_UP_TIME).".to_owned());
    };
    let zone = seed.zone.clone().or_else(|| zones.of_this_machine()).unwrap_or_else(|| "UTC".to_owned());
    let when = format!("every day {}", at.strftime("%H:%M"));
    let asked = SchedulesAsked { sleeper: Some(sleeper.id.clone()) };
    let rules = access.list_schedules(&asked).await?;
    if let Some(rule) = rules.iter().find(|rule| rule.when == when && rule.zone == zone) {
        return Ok(format!("Already there: the rule {} {}.", rule.when, rule.zone));
    }
    let new =
        ScheduleNew { sleeper: Some(sleeper.id.clone()), when, zone: Some(zone), ..ScheduleNew::default() };
    Ok(format!("Stored: {}", access.add_schedule(&new).await?.said))
}
