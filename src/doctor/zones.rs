//! Time-zone data: governments change their clocks at a few weeks' notice, and a host may lie years behind.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::finding::{Finding, symptoms};
use super::patient::Patient;

symptoms! {
    CURRENT = Ok "zones.current": "The newest time-zone data on this machine are used, and they are recent.";
    OLD = Warn "zones.old": "The newest time-zone data here are more than a year old. Where clocks have been re-ruled since, people are woken an hour off."
        => "Update this program, or the system's tzdata package; or point WAKEUP_ZONEINFO at newer data. No restart is needed for the package: the data are looked at again at the next start.";
    DIFFERENT = Note "zones.different": "Other programs of this machine may see other local times than this one, where the releases differ."
        => "Update the system's tzdata package if that matters to you; this program uses the newest in any case.";
    UNKNOWN = Fail "zones.unknown": "A time zone is not known to the data in use, so what is planned in it cannot be computed."
        => "Write the zone's name as Continent/City, such as Europe/Berlin.";
    NOT_SET = Note "zones.not-set": "Without TZ, new schedules are made in the zone of this machine, which on many servers is UTC."
        => "Set TZ to the sleeper's zone, such as Europe/Berlin, or name the zone with each schedule.";
}

/// Releases come about every two months, `a` at the beginning of the year.
const MONTHS_BETWEEN: i16 = 2;

pub(super) async fn look(patient: &Patient) -> Vec<Finding> {
    let zones = &patient.zones;
    let used = format!("Release {} ({}) is used", zones.version(), zones.source());
    let symptom = if is_old(&zones.version(), patient.clock.now()) { OLD } else { CURRENT };
    let mut found = vec![symptom.saw(used)];
    let others: Vec<String> = zones
        .candidates()
        .iter()
        .filter_map(|candidate| Some((candidate, candidate.version.as_ref().ok()?)))
        .filter(|(_, version)| version.as_str() != zones.version())
        .map(|(candidate, version)| format!("{version} ({})", candidate.source))
        .collect();
    if !others.is_empty() {
        found.push(DIFFERENT.saw(format!("Also on this machine: {}", others.join(", "))));
    }
    found.extend(unknown_zones(patient).await);
    if patient.background.settings.zone.is_none() {
        found.push(NOT_SET.saw("TZ is not set"));
    }
    found
}

async fn unknown_zones(patient: &Patient) -> Vec<Finding> {
    let mut names: BTreeSet<String> = patient.background.settings.zone.iter().cloned().collect();
    if let Some(store) = patient.store()
        && let Ok(schedules) = store.list_schedules().await
    {
        names.extend(schedules.into_iter().map(|schedule| schedule.zone));
    }
    let unknown = names.into_iter().filter_map(|name| patient.zones.get(&name).err());
    unknown.map(|error| UNKNOWN.saw(error.to_string())).collect()
}

/// Whether a release such as `2025b` is more than a year old, as far as its name tells.
fn is_old(version: &str, now: Timestamp) -> bool {
    let (year, letters) = version.split_at(version.len().min(4));
    let (Ok(year), letter) = (year.parse::<i16>(), letters.bytes().next().unwrap_or(b'a')) else {
        return false;
    };
    let months = i16::from(letter.saturating_sub(b'a')).saturating_mul(MONTHS_BETWEEN).min(11);
    let month = i8::try_from(months + 1).unwrap_or(12);
    let Ok(released) = Date::new(year, month, 1) else { return false };
    let a_year_later = Date::new(year.saturating_add(1), month, 1).unwrap_or(released);
    TimeZone::UTC.to_datetime(now).date() > a_year_later
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_old_after_a_year() {
        for (version, today, old) in [
            ("2026e", "2026-11-21T00:00:00Z", false),
            ("2025b", "2026-11-21T00:00:00Z", true),
            ("2025f", "2026-11-21T00:00:00Z", true),
            ("2026a", "2026-12-31T00:00:00Z", false),
            ("2026a", "2027-01-02T00:00:00Z", true),
            ("2025z", "2026-11-21T00:00:00Z", false),
            ("2026", "2026-02-01T00:00:00Z", false),
            ("2099a", "2026-11-21T00:00:00Z", false),
            ("", "2026-11-21T00:00:00Z", false),
            ("what", "2026-11-21T00:00:00Z", false),
        ] {
            assert_eq!(is_old(version, today.parse().unwrap()), old, "{version} on {today}");
        }
    }
}
