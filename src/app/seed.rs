//! An empty database takes its first sleeper, schedule and probability from the environment.

use anyhow::Context as _;
use jiff::Timestamp;
use jiff::civil::Time;
use rand::Rng;

use crate::config::Seed;
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::{Rule, Weekdays};
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
    if let Some(timeout) = seed.doorbell_timeout
        && !store.has_place_counts_for().await?
    {
        let mut change = store.change().await?;
        change.set_place_counts_for(timeout, now).await?;
        change.commit().await?;
    }
    let Some(phone_number) = seed.phone_number.clone() else { return Ok(()) };
    let known = store.list_sleepers().await?;
    let sleeper = match known.iter().find(|sleeper| sleeper.phone_number == phone_number) {
        Some(sleeper) => sleeper.clone(),
        None if known.is_empty() => add_sleeper(store, phone_number, now, rng).await?,
        None => {
            tracing::warn!(
                "PHONE_NUMBER has no effect: the database holds another sleeper, who is called. To change her number: \
                 `wakeup-coach sleeper edit NAME --phone NUMBER`; to wake somebody else too: `wakeup-coach sleeper add`"
            );
            return Ok(());
        }
    };
    let Some(at) = seed.wake_up_time else { return Ok(()) };
    let rules: Vec<Schedule> = store.list_schedules().await?;
    let hers: Vec<&Schedule> = rules.iter().filter(|rule| rule.sleeper == sleeper.id).collect();
    if hers.is_empty() {
        let policy =
            if seed.has_doorbell { MorningPolicy::with_a_doorbell() } else { MorningPolicy::default() };
        return add_schedule(store, &sleeper, (at, zone, policy), now, rng).await;
    }
    let wanted = |rule: &Rule| matches!(rule, Rule::Weekly { at: theirs, .. } if *theirs == at);
    if hers.iter().all(|stored| !wanted(&stored.rule) || stored.zone != zone) {
        let stored: Vec<String> = hers.iter().map(|rule| format!("{} {}", rule.rule, rule.zone)).collect();
        tracing::warn!(
            "WAKE_UP_TIME and TZ have no effect: the database is right, and it says {}. To change it: `wakeup-coach \
             schedule edit --when every day {}`, `wakeup-coach schedule travel {zone}`",
            stored.join(", "),
            at.strftime("%H:%M")
        );
    }
    Ok(())
}

async fn add_sleeper(
    store: &Store,
    phone_number: PhoneNumber,
    now: Timestamp,
    rng: &mut impl Rng,
) -> anyhow::Result<Sleeper> {
    let sleeper =
        Sleeper { id: SleeperId::new(now, rng), name: None, phone_number, language: LANGUAGE.to_owned() };
    let mut change = store.change().await?;
    change.add_sleeper(&sleeper, now).await.context("cannot store the sleeper of PHONE_NUMBER")?;
    change.commit().await?;
    tracing::info!(to = %sleeper.phone_number.masked(), "Stored the sleeper of the environment");
    Ok(sleeper)
}

async fn add_schedule(
    store: &Store,
    sleeper: &Sleeper,
    (at, zone, policy): (Time, &str, MorningPolicy),
    now: Timestamp,
    rng: &mut impl Rng,
) -> anyhow::Result<()> {
    // The original work rang every day.
    let rule = Rule::Weekly { weekdays: Weekdays::ALL, at };
    let id = ScheduleId::new(now, rng);
    let schedule = Schedule { policy, ..Schedule::new(id, sleeper.id, rule, zone, now) };
    let mut change = store.change().await?;
    change.add_schedule(&schedule, now).await?;
    change.commit().await?;
    tracing::info!("Stored the schedule of the environment: {} {zone}", schedule.rule);
    Ok(())
}
