//! From civil time to instant: a table of the nastiest nights there were, and a sweep over every change of
//! forty zones, both held against the definition.

use jiff::civil::{date, time};

use super::super::definition;
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

/// The alarms that other schedulers get wrong: zone, asked time, instant; `none` where the date is missing.
const NASTIEST: [(&str, &str, &str); 43] = [
    ("Pacific/Apia", "2011-12-30T06:30", "none"), // From -10 to +14.
    ("Pacific/Fakaofo", "2011-12-30T06:30", "none"),
    ("Pacific/Kiritimati", "1994-12-31T06:30", "none"),
    ("Pacific/Kwajalein", "1993-08-21T06:30", "none"),
    ("Antarctica/Vostok", "1994-11-01T03:00", "1994-11-01T00:00Z"), // A gap of seven hours.
    ("Antarctica/Troll", "2026-03-29T02:00", "2026-03-29T01:00Z"),  // Two hours.
    ("Antarctica/Troll", "2026-10-25T02:00", "2026-10-25T00:00Z"),
    ("Antarctica/Casey", "2022-10-02T02:00", "2022-10-01T16:01Z"), // Three hours, from 00:01.
    ("Antarctica/Casey", "2022-03-12T22:30", "2022-03-12T11:30Z"), // Back into the day before.
    ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"),
    ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z"),
    ("Pacific/Chatham", "2026-09-27T03:00", "2026-09-26T14:00Z"), // At an hour when people do get up.
    ("Pacific/Norfolk", "2015-10-04T01:45", "2015-10-03T14:15Z"),
    ("Europe/Dublin", "2026-03-29T01:30", "2026-03-29T01:00Z"), // Winter is the exception there.
    ("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30Z"), // Ramadan begins,
    ("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:00Z"), // and ends.
    ("Africa/Casablanca", "2026-09-20T01:30", "2026-09-20T00:30Z"),
    ("Africa/Cairo", "2023-04-28T00:30", "2023-04-27T22:00Z"),
    ("Africa/Cairo", "2014-08-01T00:30", "2014-07-31T22:00Z"), // The third of four changes that year.
    ("Asia/Beirut", "2023-03-26T00:30", "2023-03-25T22:00Z"),  // Put off, and put back in the same week.
    ("Asia/Gaza", "2025-04-12T02:30", "2025-04-12T00:00Z"),
    ("America/Nuuk", "2023-03-25T22:30", "2023-03-26T01:00Z"),
    ("America/Nuuk", "2024-03-30T23:30", "2024-03-31T01:00Z"), // The gap ends on the next date.
    ("America/Scoresbysund", "2024-10-26T23:30", "2024-10-27T00:30Z"),
    ("Asia/Almaty", "2024-02-29T23:30", "2024-02-29T17:30Z"),
    ("America/Asuncion", "2024-10-06T00:30", "2024-10-06T04:00Z"),
    ("America/Vancouver", "2026-11-01T01:30", "2026-11-01T08:30Z"), // Older data set the clock back.
    ("America/Edmonton", "2026-11-01T01:30", "2026-11-01T07:30Z"),
    ("America/Winnipeg", "2026-11-01T01:30", "2026-11-01T06:30Z"),
    ("Europe/Chisinau", "2026-03-29T03:30", "2026-03-29T01:00Z"),
    ("America/Santiago", "2022-09-11T00:30", "2022-09-11T04:00Z"),
    ("Asia/Tehran", "2022-09-21T23:30", "2022-09-21T19:00Z"),
    ("Asia/Pyongyang", "2018-05-04T23:45", "2018-05-04T15:00Z"),
    ("America/Caracas", "2016-05-01T02:45", "2016-05-01T07:00Z"),
    ("Europe/Istanbul", "2015-10-25T03:30", "2015-10-25T00:30Z"), // Put off two weeks for an election.
    ("Europe/Volgograd", "2020-12-27T01:30", "2020-12-26T21:30Z"),
    ("Africa/Juba", "2021-01-31T23:30", "2021-01-31T20:30Z"),
    ("America/Ciudad_Juarez", "2022-11-29T23:30", "2022-11-30T05:30Z"),
    ("Asia/Kathmandu", "1986-01-01T00:05", "1985-12-31T18:30Z"), // A quarter of an hour.
    ("America/St_Johns", "2006-10-28T23:30", "2006-10-29T02:00Z"),
    ("Europe/Helsinki", "2026-03-29T03:30", "2026-03-29T01:00Z"),
    ("Europe/Helsinki", "2026-10-25T03:30", "2026-10-25T00:30Z"),
    ("Atlantic/Azores", "2026-10-25T00:30", "2026-10-25T00:30Z"),
];

#[test]
fn the_nastiest_nights_ring_when_they_should() {
    for (name, asked, expected) in NASTIEST {
        let (zone, local): (_, jiff::civil::DateTime) = (zone(name), asked.parse().unwrap());
        let expected: Option<Timestamp> = (expected != "none").then(|| expected.parse().unwrap());
        assert_eq!(instant(due_on(local.date(), local.time(), &zone)), expected, "{name} {asked}");
        assert_eq!(
            definition::rings_at(local.date(), local.time(), &zone),
            expected,
            "{name} {asked}: definition"
        );
    }
}

/// Forty zones where people live and clocks change, and some where they do not.
const VISIBLE: [&str; 40] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/Anchorage",
    "America/Asuncion",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Edmonton",
    "America/Halifax",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Vancouver",
    "Antarctica/Troll",
    "Asia/Almaty",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Chisinau",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Lisbon",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
];

#[test]
fn around_every_change_of_forty_zones_the_instant_agrees_with_the_definition() {
    let from: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let until: Timestamp = "2041-01-01T00:00:00Z".parse().unwrap();
    let (mut changes_seen, mut gaps, mut folds) = (0, 0, 0);
    for name in VISIBLE {
        let zone = zone(name);
        for change in definition::changes(&zone, from, until) {
            changes_seen += 1;
            for local in definition::readings_around(&zone, change) {
                let due = due_on(local.date(), local.time(), &zone);
                let expected = definition::rings_at(local.date(), local.time(), &zone);
                assert_eq!(instant(due), expected, "{name} {local}");
                if let Due::Ring(due) = due {
                    gaps += u32::from(due.note == DueNote::GapEnd);
                    folds += u32::from(due.note == DueNote::FirstOfTwo);
                }
            }
        }
    }
    // A sweep that finds nothing to sweep proves nothing.
    assert!(changes_seen > 800 && gaps > 4_000 && folds > 4_000, "{changes_seen} {gaps} {folds}");
}

#[test]
fn the_sweep_itself_would_notice_a_wrong_rule() {
    // What RFC 5545 says of a gap: as late as the gap is long. Half past two would ring at half past three.
    let zone = zone("Europe/Berlin");
    let (day, at) = (date(2026, 3, 29), time(2, 30, 0, 0));
    let theirs = zone.to_ambiguous_timestamp(day.to_datetime(at)).compatible().unwrap();
    assert_ne!(definition::rings_at(day, at, &zone), Some(theirs));
}
