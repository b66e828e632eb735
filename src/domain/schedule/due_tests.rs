//! From civil time to instant: tables, held against an oracle that walks the minutes.

use jiff::civil::{date, time};

use super::*;

fn zone(name: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap()
}

fn instant(due: Due) -> Option<Timestamp> {
    match due {
        Due::Ring(instant) => Some(instant.at),
        Due::NoSuchDate => None,
    }
}

/// The definition itself: the first instant on that date at which the wall clock reads `at` or later,
/// found by walking the minutes; no offset arithmetic, no disambiguation.
fn oracle(day: Date, at: Time, zone: &TimeZone) -> Option<Timestamp> {
    let noon_utc = day.to_datetime(time(12, 0, 0, 0)).to_zoned(TimeZone::UTC).unwrap().timestamp();
    let start = noon_utc - SignedDuration::from_hours(40);
    let wall = |minute: i64| zone.to_datetime(start + SignedDuration::from_mins(minute));
    let date_exists = (0..80 * 60).any(|minute| wall(minute).date() == day);
    let asked = day.to_datetime(at);
    // Start on an instant whose wall clock is before the asked time, so that "first" means something.
    let first = (0..80 * 60).find(|minute| wall(*minute) >= asked)?;
    date_exists.then(|| start + SignedDuration::from_mins(first))
}

fn check(zone_name: &str, day: Date, at: Time, expected: &str) {
    let zone = zone(zone_name);
    let due = match due_on(day, at, &zone) {
        Due::Ring(due) => format!("{} {}", zone.to_datetime(due.at), due.note.name()),
        Due::NoSuchDate => "no such date".to_owned(),
    };
    assert_eq!(due, expected, "{zone_name} {day} {at}");
}

#[test]
fn a_plain_morning_rings_as_asked() {
    check("Europe/Berlin", date(2026, 3, 2), time(6, 30, 0, 0), "2026-03-02T06:30:00 as_asked");
}

#[test]
fn a_skipped_time_rings_at_the_end_of_the_gap() {
    check("Europe/Berlin", date(2026, 3, 29), time(2, 30, 0, 0), "2026-03-29T03:00:00 gap_end");
    check("Europe/Berlin", date(2026, 3, 29), time(2, 0, 0, 0), "2026-03-29T03:00:00 gap_end");
    check("Europe/Berlin", date(2026, 3, 29), time(3, 0, 0, 0), "2026-03-29T03:00:00 as_asked");
    // Half an hour only, and a gap that swallows midnight.
    check("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15, 0, 0), "2026-10-04T02:30:00 gap_end");
    check("Africa/Cairo", date(2026, 4, 24), time(0, 20, 0, 0), "2026-04-24T01:00:00 gap_end");
}

#[test]
fn a_repeated_time_rings_the_first_time() {
    check("Europe/Berlin", date(2026, 10, 25), time(2, 30, 0, 0), "2026-10-25T02:30:00 first_of_two");
    let due = instant(due_on(date(2026, 10, 25), time(2, 30, 0, 0), &zone("Europe/Berlin")));
    assert_eq!(due.unwrap().to_string(), "2026-10-25T00:30:00Z");
}

#[test]
fn a_date_that_does_not_exist_does_not_ring() {
    check("Pacific/Apia", date(2011, 12, 30), time(6, 30, 0, 0), "no such date");
    check("Pacific/Apia", date(2011, 12, 31), time(0, 0, 0, 0), "2011-12-31T00:00:00 as_asked");
    check("Pacific/Kwajalein", date(1993, 8, 21), time(6, 30, 0, 0), "no such date");
}

#[test]
fn the_instant_agrees_with_the_definition_around_every_change_of_2026() {
    for name in [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Beirut",
        "America/Havana",
    ] {
        let zone = zone(name);
        let year =
            date(2026, 1, 1).to_datetime(time(0, 0, 0, 0)).to_zoned(TimeZone::UTC).unwrap().timestamp();
        for change in zone.following(year).take(4) {
            let day = zone.to_datetime(change.timestamp()).date();
            for quarter in 0..96 {
                let at = time(quarter / 4, quarter % 4 * 15, 0, 0);
                assert_eq!(instant(due_on(day, at, &zone)), oracle(day, at, &zone), "{name} {day} {at}");
            }
        }
    }
}
