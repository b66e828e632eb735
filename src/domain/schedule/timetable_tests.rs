//! What comes, in order: tables for rules and for the precedence of exceptions, properties for the rest.

use jiff::civil::{date, time};
use proptest::prelude::*;

use super::super::{USEFUL_FOR, Weekdays};
use super::*;

fn zone(name: &str) -> TimeZone {
    jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap()
}

fn clock(hour: i8, minute: i8) -> Time {
    time(hour, minute, 0, 0)
}

fn daily(hour: i8, minute: i8, zone_name: &str) -> Timetable {
    Timetable::new(Rule::Weekly { weekdays: Weekdays::ALL, at: clock(hour, minute) }, zone(zone_name))
}

fn cron(pattern: &str, zone_name: &str) -> Timetable {
    Timetable::new(Rule::Cron { pattern: pattern.parse().unwrap() }, zone(zone_name))
}

/// The next times as `03-27 06:30 slot 0`, with a reason where one does not ring.
fn shown(table: &Timetable, after: &str, count: usize) -> Vec<String> {
    let line = |planned: Planned| {
        let why = match (&planned.what, planned.origin) {
            (What::Ring(_), Origin::Rule) => String::new(),
            (What::Ring(_), origin) => format!(" {origin:?}"),
            (What::Silent(_, silence), _) => format!(" {silence:?}"),
            (What::NoSuchDate, _) => " no such date".to_owned(),
        };
        let (date, asked) = (planned.date.strftime("%m-%d"), planned.asked.strftime("%H:%M"));
        format!("{date} {asked} slot {}{why}", planned.slot)
    };
    table.coming(after.parse().unwrap()).take(count).map(line).collect()
}

fn rings(table: &Timetable, after: &str, count: usize) -> Vec<String> {
    let coming = table.coming(after.parse().unwrap()).filter_map(|planned| planned.rings_at());
    coming.take(count).map(|at| at.to_string()).collect()
}

#[test]
fn weekdays_ring_on_weekdays_across_a_clock_change() {
    let rule = Rule::Weekly { weekdays: Weekdays::WORKING, at: clock(6, 30) };
    let table = Timetable::new(rule, zone("Europe/Berlin"));
    // Friday at +01:00, then Monday at +02:00: strictly later than Thursday's own 06:30.
    assert_eq!(
        rings(&table, "2026-03-26T05:30:00Z", 3),
        ["2026-03-27T05:30:00Z", "2026-03-30T04:30:00Z", "2026-03-31T04:30:00Z"]
    );
}

#[test]
fn a_single_date_rings_once_and_then_never_again() {
    let rule = Rule::Once { date: date(2041, 12, 24), at: clock(4, 15) };
    let table = Timetable::new(rule, zone("Europe/Berlin"));
    assert_eq!(rings(&table, "2026-03-26T05:30:00Z", 3), ["2041-12-24T03:15:00Z"]);
    assert_eq!(table.next_due("2041-12-24T03:15:00Z".parse().unwrap()), None);
}

#[test]
fn a_pattern_rings_several_times_a_day_each_in_its_own_slot() {
    let table = cron("0,30 6,22 * * 1-5", "UTC");
    assert_eq!(
        shown(&table, "2026-03-06T06:00:00Z", 4),
        ["03-06 06:30 slot 390", "03-06 22:00 slot 1320", "03-06 22:30 slot 1350", "03-09 06:00 slot 360"]
    );
}

#[test]
fn the_29th_of_february_is_found_and_the_30th_is_not_searched_for_ever() {
    assert_eq!(rings(&cron("0 7 29 2 *", "UTC"), "2026-03-01T00:00:00Z", 1), ["2028-02-29T07:00:00Z"]);
    assert_eq!(cron("0 7 30 2 *", "UTC").next_due("2026-03-01T00:00:00Z".parse().unwrap()), None);
}

#[test]
fn times_that_a_gap_throws_together_ring_once() {
    let table = cron("*/30 2,3 * * *", "Europe/Berlin");
    assert_eq!(
        rings(&table, "2026-03-29T00:00:00Z", 3),
        // 02:00, 02:30 and 03:00 are one instant.
        ["2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:00:00Z"]
    );
}

#[test]
fn a_missing_date_is_told_among_the_others() {
    let table = daily(6, 30, "Pacific/Apia");
    assert_eq!(
        shown(&table, "2011-12-28T18:00:00Z", 3),
        ["12-29 06:30 slot 0", "12-30 06:30 slot 0 no such date", "12-31 06:30 slot 0"]
    );
}

/// The day that all exceptions of the table below are about; the rule rings at 06:30 UTC.
const DAY: Date = date(2026, 3, 27);

/// One exception of each kind for that day, the strongest first (R11); the move goes to 05:00, the addition
/// stands at 08:00.
fn each_kind() -> [(&'static str, Option<Exception>); 5] {
    [
        ("add", Some(Exception::Add { date: DAY, at: clock(8, 0) })),
        ("move", Some(Exception::moved(DAY, clock(5, 0)))),
        ("skip", Some(Exception::skip(DAY))),
        ("pause", Some(Exception::Pause { from: date(2026, 3, 25), until: date(2026, 3, 29) })),
        ("holiday", None),
    ]
}

fn with(kinds: &[(&str, Option<Exception>)]) -> Timetable {
    let holiday = kinds.iter().any(|(_, exception)| exception.is_none());
    Timetable {
        exceptions: kinds.iter().filter_map(|(_, exception)| *exception).collect(),
        holidays: holiday.then(|| (DAY, "Easter".to_owned())).into_iter().collect(),
        ..daily(6, 30, "UTC")
    }
}

/// What that day alone is like.
fn that_day(kinds: &[(&str, Option<Exception>)]) -> Vec<String> {
    let all = shown(&with(kinds), "2026-03-26T12:00:00Z", 8);
    all.into_iter().filter_map(|line| line.strip_prefix("03-27 ").map(str::to_owned)).collect()
}

#[test]
fn of_two_exceptions_for_one_day_the_stronger_counts_whichever_came_first() {
    let skipped = "06:30 slot 0 Skipped(Owner)";
    let paused = "06:30 slot 0 Paused { from: 2026-03-25, until: 2026-03-29 }";
    let (moved, added, holiday) =
        ("05:00 slot 0 Moved", "08:00 slot 10480 Added", "06:30 slot 0 Holiday(\"Easter\")");
    let [add, mv, skip, pause, free] = each_kind();
    for (weaker, stronger, expected) in [
        (mv, add, vec![moved, added]), // Both ring: an addition is one more, a move is not.
        (skip, add, vec![skipped, added]),
        (pause, add, vec![paused, added]),
        (free, add, vec![holiday, added]),
        (skip, mv, vec![moved]),
        (pause, mv, vec![moved]),
        (free, mv, vec![moved]),
        (pause, skip, vec![skipped]),
        (free, skip, vec![skipped]),
        (free, pause, vec![paused]),
    ] {
        let what = format!("{} over {}", stronger.0, weaker.0);
        assert_eq!(that_day(&[weaker, stronger]), expected, "{what}");
        assert_eq!(that_day(&[stronger, weaker]), expected, "{what}, the other way round");
    }
    for (alone, expected) in [
        (add, vec!["06:30 slot 0", added]),
        (mv, vec![moved]),
        (skip, vec![skipped]),
        (pause, vec![paused]),
        (free, vec![holiday]),
    ] {
        assert_eq!(that_day(&[alone]), expected, "{} over the rule", alone.0);
    }
    assert_eq!(that_day(&each_kind()), [moved, added]);
}

#[test]
fn an_addition_at_the_rules_own_instant_is_not_a_second_ring() {
    let add = ("add", Some(Exception::Add { date: DAY, at: clock(6, 30) }));
    // The rule's own morning may have rung at another time, before the rule was changed.
    assert_eq!(that_day(&[add]), ["06:30 slot 10390 Added"]);
    let to_eight = ("move", Some(Exception::moved(DAY, clock(8, 0))));
    assert_eq!(that_day(&[to_eight, each_kind()[0]]), ["08:00 slot 10480 Added"]);
    // What does not ring does not count.
    assert_eq!(that_day(&[add, each_kind()[2]]), ["06:30 slot 10390 Added", "06:30 slot 0 Skipped(Owner)"]);
}

#[test]
fn a_moved_day_rings_even_where_the_rule_has_none() {
    let rule = Rule::Weekly { weekdays: Weekdays::WORKING, at: clock(6, 30) };
    let saturday = Exception::moved(date(2026, 3, 28), clock(9, 0));
    let table = Timetable { exceptions: vec![saturday], ..Timetable::new(rule, zone("UTC")) };
    assert_eq!(shown(&table, "2026-03-27T12:00:00Z", 2), ["03-28 09:00 slot 0 Moved", "03-30 06:30 slot 0"]);
}

#[test]
fn one_of_several_times_a_day_is_skipped_or_moved_alone() {
    let skip = Exception::Skip { date: DAY, slot: Some(1_320), cause: SkipCause::Owner };
    let to = Exception::Move { date: DAY, slot: Some(360), to: clock(23, 0) };
    let table = Timetable { exceptions: vec![skip, to], ..cron("0 6,22 * * *", "UTC") };
    assert_eq!(
        shown(&table, "2026-03-27T00:00:00Z", 3),
        ["03-27 22:00 slot 1320 Skipped(Owner)", "03-27 23:00 slot 360 Moved", "03-28 06:00 slot 360"]
    );
}

#[test]
fn that_she_was_just_woken_silences_a_moved_day_and_an_addition_too() {
    let held = |slot| Exception::Skip { date: DAY, slot: Some(slot), cause: SkipCause::AlreadyRung };
    let [add, mv, ..] = each_kind();
    let table = Timetable { exceptions: vec![held(0), held(10_480)], ..with(&[add, mv]) };
    assert_eq!(
        table.next_due("2026-03-26T12:00:00Z".parse().unwrap()).unwrap().to_string(),
        "2026-03-28T06:30:00Z"
    );
}

#[test]
fn usefulness_ends_well_before_the_next_wake_up() {
    let due: Timestamp = "2026-03-02T06:30:00Z".parse().unwrap();
    let table = daily(6, 30, "UTC");
    let until = |useful_for| table.useful_until(due, useful_for).to_string();
    assert_eq!(until(USEFUL_FOR), "2026-03-02T08:30:00Z");
    assert_eq!(until(Duration::from_hours(48)), "2026-03-03T02:30:00Z");
    assert_eq!(until(Duration::ZERO), "2026-03-02T06:40:00Z");
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let at = || (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| clock(hour, minute));
    let weekly = (1_u8..128, at()).prop_map(|(bits, at)| {
        let days: Vec<_> = jiff::civil::Weekday::Monday
            .cycle_forward()
            .take(7)
            .enumerate()
            .filter(|(day, _)| bits & (1 << day) != 0)
            .map(|(_, weekday)| weekday)
            .collect();
        Rule::Weekly { weekdays: Weekdays::of(&days).unwrap(), at }
    });
    let once = (1_i8..=12, 1_i8..=28, at())
        .prop_map(|(month, day, at)| Rule::Once { date: date(2026, month, day), at });
    let pattern = (0_i8..60, 0_i8..24, 0_i8..24).prop_map(|(minute, one, other)| Rule::Cron {
        pattern: format!("{minute},15 {one},{other} * * *").parse().unwrap(),
    });
    prop_oneof![weekly, once, pattern]
}

fn any_exceptions() -> impl Strategy<Value = Vec<Exception>> {
    let day = || (1_i8..=12, 1_i8..=28).prop_map(|(month, day)| date(2026, month, day));
    let at = || (0_i8..24, 0_i8..60).prop_map(|(hour, minute)| clock(hour, minute));
    let one = prop_oneof![
        day().prop_map(Exception::skip),
        (day(), 0_i8..20).prop_map(|(from, days)| {
            let until = from.saturating_add(i64::from(days).days());
            Exception::Pause { from, until }
        }),
        (day(), at()).prop_map(|(date, to)| Exception::moved(date, to)),
        (day(), at()).prop_map(|(date, at)| Exception::Add { date, at }),
    ];
    prop::collection::vec(one, 0..12)
}

/// Zones whose clocks change in different ways, at midnight and by half hours among them.
const ZONES: [&str; 6] = [
    "America/Havana",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Gaza",
];

fn any_table() -> impl Strategy<Value = Timetable> {
    (any_rule(), any_exceptions(), 0..ZONES.len())
        .prop_map(|(rule, exceptions, at)| Timetable { exceptions, ..Timetable::new(rule, zone(ZONES[at])) })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn rings_are_strictly_increasing_and_later_than_asked(table in any_table(), second in 1_767_225_600_i64..1_798_761_600) {
        let after = Timestamp::from_second(second).unwrap();
        let mut last = after;
        for at in table.coming(after).filter_map(|planned| planned.rings_at()).take(30) {
            prop_assert!(last < at);
            last = at;
        }
    }

    #[test]
    fn asking_again_from_any_point_gives_the_same_rings(table in any_table(), second in 1_767_225_600_i64..1_798_761_600) {
        let after = Timestamp::from_second(second).unwrap();
        let rings: Vec<Timestamp> = table.coming(after).filter_map(|planned| planned.rings_at()).take(12).collect();
        let mut walked = Vec::new();
        let mut from = after;
        while let Some(at) = table.next_due(from).filter(|_| walked.len() < rings.len()) {
            walked.push(at);
            from = at;
        }
        prop_assert_eq!(walked, rings);
    }

    #[test]
    fn no_civil_key_comes_twice(mut table in any_table()) {
        // The database refuses the same exception twice.
        let mut seen = std::collections::HashSet::new();
        table.exceptions.retain(|exception| seen.insert(*exception));
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let keys: Vec<_> = table.coming(start).take(500).map(|planned| (planned.date, planned.slot)).collect();
        let distinct: std::collections::HashSet<_> = keys.iter().collect();
        prop_assert_eq!(distinct.len(), keys.len());
    }

    #[test]
    fn nothing_of_the_rule_rings_inside_a_pause(table in any_table()) {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for planned in table.coming(start).take(300) {
            let paused = table.exceptions.iter().any(|exception| {
                matches!(exception, Exception::Pause { from, until } if (*from..=*until).contains(&planned.date))
            });
            prop_assert!(!(paused && planned.origin == Origin::Rule && planned.rings_at().is_some()));
        }
    }

    #[test]
    fn to_skip_a_day_silences_that_day_alone(table in any_table(), month in 1_i8..=12, day in 1_i8..=28) {
        let (start, skipped): (Timestamp, _) = ("2026-01-01T00:00:00Z".parse().unwrap(), date(2026, month, day));
        let end: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let keys = |table: &Timetable| -> Vec<(Date, u32)> {
            let coming = table.coming(start).take_while(|planned| planned.instant().is_none_or(|at| at < end));
            let rings = coming.filter(|planned| planned.origin == Origin::Rule && planned.rings_at().is_some());
            rings.map(|planned| (planned.date, planned.slot)).collect()
        };
        let before = keys(&table);
        let without = Timetable {
            exceptions: table.exceptions.iter().copied().chain([Exception::skip(skipped)]).collect(),
            ..table.clone()
        };
        let expected: Vec<_> = before.iter().copied().filter(|(date, _)| *date != skipped).collect();
        prop_assert_eq!(keys(&without), expected);
        prop_assert_eq!(keys(&table), before);
    }
}
