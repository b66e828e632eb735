//! The rules R2–R4 from their definition, for tests and trials: of a zone it asks nothing but its offset at
//! an instant, and never how a library would resolve a civil time. Nothing that wakes people uses it.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// No clock on earth is further from UTC than this, and no date line wider.
const FAR: i64 = 26 * 3_600;

fn instant(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a second within the calendar's years")
}

fn offset(zone: &TimeZone, second: i64) -> i64 {
    i64::from(zone.to_offset(instant(second)).seconds())
}

/// A civil time counted in seconds as if it were UTC.
fn count(local: DateTime) -> i64 {
    local.to_zoned(TimeZone::UTC).expect("UTC has every time").timestamp().as_second()
}

/// What the clock of `zone` reads at that second, counted likewise.
fn wall(zone: &TimeZone, second: i64) -> i64 {
    second + offset(zone, second)
}

/// When somebody who asked for `at` on `date` is woken; `None` on a date that does not exist there.
pub fn rings_at(date: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    let asked = count(date.to_datetime(at));
    // Clocks never change twice within the hour.
    let mut offsets: Vec<i64> = (-FAR..=FAR).step_by(3_600).map(|away| offset(zone, asked + away)).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let candidates =
        offsets.iter().map(|offset| asked - offset).filter(|second| wall(zone, *second) == asked);
    match candidates.min() {
        Some(first) => Some(instant(first)),
        None => gap_end(date, asked, zone),
    }
}

fn gap_end(date: Date, asked: i64, zone: &TimeZone) -> Option<Timestamp> {
    let (mut before, mut after) = (asked - FAR, asked + FAR);
    while after - before > 1 {
        let middle = i64::midpoint(before, after);
        if wall(zone, middle) < asked { before = middle } else { after = middle }
    }
    let midnight = count(date.to_datetime(Time::midnight()));
    let date_exists = wall(zone, before) >= midnight || wall(zone, after) < midnight + 86_400;
    date_exists.then(|| instant(after))
}

/// The seconds at which the zone's offset changes between two instants, found by bisection.
pub fn changes(zone: &TimeZone, from: Timestamp, until: Timestamp) -> Vec<i64> {
    // Morocco's Ramadan is the shortest season of them all, by weeks.
    const STEP: i64 = 7 * 86_400;
    let mut found = Vec::new();
    let mut start = from.as_second();
    while start < until.as_second() {
        let (mut before, mut after) = (start, start + STEP);
        let standing = offset(zone, before);
        if offset(zone, after) != standing {
            while after - before > 1 {
                let middle = i64::midpoint(before, after);
                if offset(zone, middle) == standing { before = middle } else { after = middle }
            }
            found.push(after);
        }
        start += STEP;
    }
    found
}

/// Every fifth minute of the clock from two hours before a change to two hours after it, by either reading.
pub fn readings_around(zone: &TimeZone, change: i64) -> impl Iterator<Item = DateTime> {
    let (before, after) = (change + offset(zone, change - 1), change + offset(zone, change));
    let first = before.min(after) - 7_200;
    let last = before.max(after) + 7_200;
    let on_the_clock = |second: i64| TimeZone::UTC.to_datetime(instant(second));
    (first..=last).step_by(300).map(on_the_clock).chain([before - 1, after + 1].map(on_the_clock))
}
