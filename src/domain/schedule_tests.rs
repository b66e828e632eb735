//! Tables for the schedule rules, held against an oracle written from the definition.

use jiff::civil::{date, time};
use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap()
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
        Due::Ring { at, note, .. } => format!("{} {}", zone.to_datetime(at), note.name()),
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
    let Due::Ring { at, .. } = due_on(date(2026, 10, 25), time(2, 30, 0, 0), &zone("Europe/Berlin")) else {
        panic!("it rings")
    };
    assert_eq!(at.to_string(), "2026-10-25T00:30:00Z");
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
                let due = Planned { date: day, due: due_on(day, at, &zone) };
                assert_eq!(due.rings_at(), oracle(day, at, &zone), "{name} {day} {at}");
            }
        }
    }
}

#[test]
fn weekdays_ring_on_weekdays_across_a_clock_change() {
    let schedule =
        WeeklySchedule { weekdays: Weekdays::WORKING, at: time(6, 30, 0, 0), zone: zone("Europe/Berlin") };
    let after: Timestamp = "2026-03-26T05:30:00Z".parse().unwrap();
    let rings: Vec<String> = schedule
        .upcoming(after)
        .filter_map(|planned| planned.rings_at())
        .take(3)
        .map(|at| at.to_string())
        .collect();
    // Friday at +01:00, then Monday at +02:00: strictly later than Thursday's own 06:30.
    assert_eq!(rings, ["2026-03-27T05:30:00Z", "2026-03-30T04:30:00Z", "2026-03-31T04:30:00Z"]);
}

#[test]
fn a_missing_date_is_reported_among_the_upcoming() {
    let schedule =
        WeeklySchedule { weekdays: Weekdays::ALL, at: time(6, 30, 0, 0), zone: zone("Pacific/Apia") };
    let after: Timestamp = "2011-12-28T18:00:00Z".parse().unwrap();
    let days: Vec<(Date, bool)> = schedule
        .upcoming(after)
        .take(3)
        .map(|planned| (planned.date, planned.rings_at().is_some()))
        .collect();
    assert_eq!(days, [(date(2011, 12, 29), true), (date(2011, 12, 30), false), (date(2011, 12, 31), true)]);
}

#[test]
fn usefulness_ends_well_before_the_next_wake_up() {
    let daily = |weekdays| WeeklySchedule { weekdays, at: time(6, 30, 0, 0), zone: TimeZone::UTC };
    let due: Timestamp = "2026-03-02T06:30:00Z".parse().unwrap();
    let two_hours = daily(Weekdays::ALL).useful_until(due, USEFUL_FOR);
    assert_eq!(two_hours.to_string(), "2026-03-02T08:30:00Z");
    let all_day = daily(Weekdays::ALL).useful_until(due, Duration::from_hours(48));
    assert_eq!(all_day.to_string(), "2026-03-03T02:30:00Z");
    let none = daily(Weekdays::ALL).useful_until(due, Duration::ZERO);
    assert_eq!(none.to_string(), "2026-03-02T06:40:00Z");
}

#[test]
fn sets_of_weekdays_survive_storage_and_read_well() {
    let days = Weekdays::of(&[Weekday::Sunday, Weekday::Monday, Weekday::Monday]);
    assert_eq!(Weekdays::from_bits(days.bits()), Some(days));
    assert_eq!(days.to_string(), "Mon Sun");
    assert_eq!(Weekdays::WORKING.to_string(), "weekdays");
    assert_eq!((Weekdays::from_bits(0), Weekdays::from_bits(128)), (None, None));
}

#[test]
fn lengths_of_time_read_like_speech() {
    let say = |seconds| in_words(SignedDuration::from_secs(seconds));
    assert_eq!(
        [say(-5), say(45), say(600), say(25_920), say(200_000)],
        ["0 s", "45 s", "10 min", "7 h 12 min", "2 d 7 h"]
    );
}

proptest! {
    #[test]
    fn upcoming_rings_are_strictly_increasing(second in 1_600_000_000_i64..2_200_000_000, bits in 1_u8..128, minute in 0_i8..60, hour in 0_i8..24) {
        let schedule = WeeklySchedule {
            weekdays: Weekdays::from_bits(bits).unwrap(),
            at: time(hour, minute, 0, 0),
            zone: zone("America/Havana"),
        };
        let after = Timestamp::from_second(second).unwrap();
        let rings: Vec<Timestamp> = schedule.upcoming(after).filter_map(|planned| planned.rings_at()).take(10).collect();
        prop_assert!(rings[0] > after);
        prop_assert!(rings.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
