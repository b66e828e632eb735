//! Every clock change of every zone: is each time of the days around it rung when the definition says?

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use crate::domain::schedule::{Due, DueNote, definition, due_on};

/// Days looked at on either side of a change: yesterday's gap may end today, and dates go missing.
const DAYS_AROUND: i64 = 2;
/// Half hours of a day.
const SLOTS: i8 = 48;
/// Disagreements kept to be shown.
const SHOWN: usize = 20;

/// What was swept, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sweep {
    /// Zones looked at.
    pub zones: u64,
    /// Clock changes in them.
    pub changes: u64,
    /// Times compared.
    pub times: u64,
    /// Of these, rung at the end of a gap.
    pub gaps: u64,
    /// Of these, rung the first time of two.
    pub folds: u64,
    /// Of these, on a date that does not exist.
    pub missing: u64,
    /// Times for which the product and the definition differ.
    pub disagreements: u64,
    /// The first of them, in words.
    pub shown: Vec<String>,
}

impl Sweep {
    /// Puts another's results to these.
    pub fn add(&mut self, other: Self) {
        self.zones += other.zones;
        self.changes += other.changes;
        self.times += other.times;
        self.gaps += other.gaps;
        self.folds += other.folds;
        self.missing += other.missing;
        self.disagreements += other.disagreements;
        self.shown.extend(other.shown);
        self.shown.truncate(SHOWN);
    }

    fn compare(&mut self, name: &str, zone: &TimeZone, date: jiff::civil::Date, at: Time) {
        self.times += 1;
        let due = due_on(date, at, zone);
        let rings = match due {
            Due::Ring(instant) => {
                self.gaps += u64::from(instant.note == DueNote::GapEnd);
                self.folds += u64::from(instant.note == DueNote::FirstOfTwo);
                Some(instant.at)
            }
            Due::NoSuchDate => {
                self.missing += 1;
                None
            }
        };
        let defined = definition::rings_at(date, at, zone);
        if rings != defined {
            self.disagreements += 1;
            let say = |at: Option<Timestamp>| at.map_or_else(|| "not at all".to_owned(), |at| at.to_string());
            let (rings, defined) = (say(rings), say(defined));
            self.shown.push(format!("{name} {date} {at}: rings {rings}, by definition {defined}"));
        }
    }
}

/// All zones of the data in this program, in alphabetical order.
pub fn all_zones() -> Vec<String> {
    let mut names: Vec<String> =
        TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect();
    names.sort_unstable();
    names
}

/// Sweeps these zones on all cores; `done` is told of each zone that is finished.
///
/// # Errors
///
/// The name that is not a zone.
pub fn sweep(
    names: &[String],
    from: Timestamp,
    until: Timestamp,
    done: impl Fn() + Sync,
) -> Result<Sweep, String> {
    let database = TimeZoneDatabase::bundled();
    let zones: Vec<(&String, TimeZone)> = names
        .iter()
        .map(|name| Ok((name, database.get(name).map_err(|_| name.clone())?)))
        .collect::<Result<_, String>>()?;
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Sweep::default()));
    let work = || {
        while let Some((name, zone)) = zones.get(next.fetch_add(1, Ordering::Relaxed)) {
            let swept = sweep_zone(name, zone, from, until);
            total.lock().unwrap_or_else(PoisonError::into_inner).add(swept);
            done();
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let mut total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    total.shown.sort_unstable();
    Ok(total)
}

fn sweep_zone(name: &str, zone: &TimeZone, from: Timestamp, until: Timestamp) -> Sweep {
    let mut swept = Sweep { zones: 1, ..Sweep::default() };
    for change in definition::changes(zone, from, until) {
        swept.changes += 1;
        let Ok(at) = Timestamp::from_second(change) else { continue };
        let date = zone.to_datetime(at).date();
        let first = date.saturating_sub(DAYS_AROUND.days());
        let last = date.saturating_add(DAYS_AROUND.days());
        for date in first.series(1.day()).take_while(|date| *date <= last) {
            for slot in 0..SLOTS {
                swept.compare(name, zone, date, Time::constant(slot / 2, slot % 2 * 30, 0, 0));
            }
        }
        // And every fifth minute of the hours next to it.
        for local in definition::readings_around(zone, change) {
            swept.compare(name, zone, local.date(), local.time());
        }
    }
    swept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn year(year: i16) -> Timestamp {
        jiff::civil::date(year, 1, 1).to_zoned(TimeZone::UTC).unwrap().timestamp()
    }

    #[test]
    fn a_sweep_finds_gaps_folds_and_missing_dates_and_no_disagreement() {
        let names = ["Europe/Berlin", "Pacific/Apia"].map(str::to_owned);
        let swept = sweep(&names, year(2010), year(2013), || {}).unwrap();
        assert_eq!((swept.zones, swept.disagreements), (2, 0), "{:?}", swept.shown);
        assert!(swept.changes >= 10 && swept.gaps >= 80 && swept.folds >= 80, "{swept:?}");
        assert!(swept.missing >= 48, "the thirtieth of December 2011 in Samoa: {swept:?}");
    }

    #[test]
    fn a_zone_that_is_none_is_named() {
        let names = ["Europe/Berlin", "Europe/Atlantis"].map(str::to_owned);
        assert_eq!(sweep(&names, year(2024), year(2025), || {}), Err("Europe/Atlantis".to_owned()));
    }

    #[test]
    fn every_zone_of_the_data_is_swept() {
        let names = all_zones();
        assert!(names.len() > 590 && names.iter().any(|name| name == "Europe/Berlin"), "{}", names.len());
    }
}
