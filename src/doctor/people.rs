//! Whether anybody is woken at all: people, rules, a ring to come, and places for those who must walk to one.

use jiff::tz::TimeZone;

use super::finding::{Finding, symptoms};
use super::patient::{Patient, Records};
use crate::domain::proof::Proof;
use crate::domain::schedule::in_words;
use crate::scheduler::plan::next_ring;
use crate::store::schedules::Schedule;
use crate::store::sleepers::Sleeper;
use crate::store::{Store, StoreError};

symptoms! {
    PLANNED = Ok "people.planned": "Somebody's telephone is to ring.";
    NOBODY = Warn "people.nobody": "There is nobody to wake."
        => "`wakeup-coach sleeper add Anna +14155550142`, then `wakeup-coach schedule add weekdays 06:30 --for Anna`.";
    NO_SCHEDULE = Warn "people.no-schedule": "Nobody has a schedule, so nobody will be called."
        => "`wakeup-coach schedule add weekdays 06:30 --for NAME`.";
    NOTHING_PLANNED = Warn "people.nothing-planned": "There are schedules, but none rings in the days to come: they are switched off, paused, skipped, or were for one day that is over."
        => "`wakeup-coach schedule list` shows which; `schedule edit --on`, `schedule resume`, `schedule unskip` or `schedule add` bring one back.";
    NO_PLACE = Warn "people.no-place": "A schedule wants her to be seen at a place, and nothing can see her there: she is called again and again although she is up."
        => "`wakeup-coach qr` prints a code to hang there, `wakeup-coach place add` takes a device, DOORBELL_TOKEN a doorbell; or ask for less: `wakeup-coach schedule edit --proof conversation`.";
    UNREADABLE = Warn "people.unreadable": "What is planned cannot be read."
        => "See the check `database`.";
}

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    match &patient.records {
        Records::Open(store) => {
            planned(patient, store).await.unwrap_or_else(|error| vec![UNREADABLE.saw(error.to_string())])
        }
        Records::None => vec![NOBODY.saw("Nobody is known yet")],
        Records::Closed(_) => Vec::new(),
    }
}

async fn planned(patient: &Patient, store: &Store) -> Result<Vec<Finding>, StoreError> {
    let sleepers = store.list_sleepers().await?;
    let schedules = store.list_schedules().await?;
    if sleepers.is_empty() {
        return Ok(vec![NOBODY.saw("The database holds no sleeper")]);
    }
    if schedules.is_empty() {
        return Ok(vec![NO_SCHEDULE.saw("The database holds no schedule")]);
    }
    let mut found = vec![soonest(patient, store, &schedules).await?];
    found.extend(placeless(patient, store, &schedules, &sleepers).await?);
    Ok(found)
}

async fn soonest(patient: &Patient, store: &Store, schedules: &[Schedule]) -> Result<Finding, StoreError> {
    let now = patient.clock.now();
    let mut rings = Vec::new();
    for schedule in schedules {
        let next = next_ring(store, &patient.zones, schedule.id, now).await?;
        rings.extend(next.map(|next| (next.at, &schedule.zone)));
    }
    let Some((at, zone)) = rings.into_iter().min() else {
        return Ok(NOTHING_PLANNED.saw("No wake-up is planned"));
    };
    let local = at.to_zoned(patient.zones.get(zone).unwrap_or(TimeZone::UTC));
    let when = local.strftime("%a %Y-%m-%d %H:%M %:z");
    Ok(PLANNED.saw(format!("The next wake-up is {when}, in {}", in_words(at.duration_since(now)))))
}

/// Rules that ask for a place where none is set up for whom they wake.
async fn placeless(
    patient: &Patient,
    store: &Store,
    schedules: &[Schedule],
    sleepers: &[Sleeper],
) -> Result<Option<Finding>, StoreError> {
    if patient.background.settings.has_doorbell {
        return Ok(None);
    }
    let places = store.list_places().await?;
    let serves = |hers: &Schedule| {
        places.iter().any(|place| place.sleeper.is_none_or(|sleeper| sleeper == hers.sleeper))
    };
    let wants = |rule: &&Schedule| rule.enabled && rule.policy.proofs.contains(Proof::Place);
    let without = schedules.iter().filter(wants).find(|rule| !serves(rule));
    Ok(without.map(|rule| {
        let name = sleepers.iter().find(|sleeper| sleeper.id == rule.sleeper);
        let name = name.and_then(|sleeper| sleeper.name.as_deref()).unwrap_or("somebody without a name");
        NO_PLACE.saw(format!("`{}` for {name} asks for a place, and there is none", rule.rule))
    }))
}
