//! An empty database takes its first sleeper, schedule and probability from the environment.

use anyhow::Context as _;
use jiff::Timestamp;
use rand::Rng;

use crate::config::Seed;
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::schedule::{USEFUL_FOR, Weekdays};
use crate::store::Store;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;

const LANGUAGE: &str = "en-US";

/// Fills what is empty; what the owner has changed since is left alone.
pub async fn seed(
    store: &Store,
    seed: &Seed,
    zone: &str,
    now: Timestamp,
    rng: &mut impl Rng,
) -> anyhow::Result<()> {
    if let Some(probability) = seed.probability
        && !store.has_probability().await?
    {
        let mut change = store.change().await?;
        change.set_probability(probability, now).await?;
        change.commit().await?;
    }
    let Some(phone_number) = seed.phone_number.clone() else { return Ok(()) };
    if !store.list_sleepers().await?.is_empty() {
        return Ok(());
    }
    let sleeper =
        Sleeper { id: SleeperId::new(now, rng), name: None, phone_number, language: LANGUAGE.to_owned() };
    let mut change = store.change().await?;
    change.add_sleeper(&sleeper, now).await.context("cannot store the sleeper of PHONE_NUMBER")?;
    if let Some(at) = seed.wake_up_time {
        let schedule = Schedule {
            id: ScheduleId::new(now, rng),
            sleeper: sleeper.id,
            // The original work rang every day.
            weekdays: Weekdays::ALL,
            at,
            zone: zone.to_owned(),
            zone_epoch: 0,
            slot: 0,
            probability: None,
            useful_for: USEFUL_FOR,
        };
        change.add_schedule(&schedule, now).await?;
    }
    change.commit().await?;
    tracing::info!(to = %sleeper.phone_number.masked(), "Stored the sleeper and schedule of the environment");
    Ok(())
}
