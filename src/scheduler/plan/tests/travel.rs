//! A sleeper who travels: a new epoch, and never a second ring for a day on which she was just woken (R10).

use jiff::civil::date;
use proptest::prelude::*;

use super::house::{House, daily};
use crate::domain::schedule::ZoneMode;
use crate::domain::wake_up::{Event, Phase};
use crate::store::schedules::Schedule;

/// A house in Berlin whose rule for every day at that hour follows her.
async fn travelling(now: &str, name: &str, hour: i8) -> House {
    let mut house = House::at(now, name).await;
    let schedule = Schedule { zone_mode: ZoneMode::Follow, ..house.schedule(daily(hour, 30)) };
    house.editor().add(schedule).await.unwrap();
    house
}

async fn lands_in(house: &mut House, zone: &str) -> super::super::edit::Edited {
    let sleeper = house.sleeper;
    house.editor().travel(sleeper, zone).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_new_zone_is_a_new_epoch_and_the_old_ones_plans_are_gone() {
    let mut house = travelling("2026-03-26T12:00:00Z", "epoch", 6).await;
    let edited = lands_in(&mut house, "america/new_york").await;
    assert_eq!((edited.schedule.zone.as_str(), edited.schedule.zone_epoch), ("America/New_York", 1));
    assert_eq!((edited.report.added, edited.report.withdrawn), (8, 8));
    assert_eq!(edited.next.unwrap().local, "Fri 2026-03-27 06:30 -04:00 America/New_York");
    assert!(edited.held.is_empty(), "she was not woken before");
    assert!(house.rows().await.iter().all(|row| row.key.unwrap().zone_epoch == 1));
}

#[tokio::test]
async fn a_rule_for_home_stays_there() {
    let mut house = House::at("2026-03-26T12:00:00Z", "home").await;
    house.add(daily(6, 30)).await;
    let sleeper = house.sleeper;
    assert!(house.editor().travel(sleeper, "America/New_York").await.unwrap().is_empty());
    assert_eq!(house.due().await[0], "2026-03-27T05:30:00Z");
}

#[tokio::test]
async fn whoever_was_woken_this_morning_is_not_woken_for_it_again_further_west() {
    let mut house = travelling("2026-03-26T12:00:00Z", "west", 6).await;
    house.now = "2026-03-27T05:30:00Z".parse().unwrap();
    house.step_first(Event::Due).await;
    // She lands at 04:00 New York time, with half past six of the same day still to come.
    house.now = "2026-03-27T08:00:00Z".parse().unwrap();
    let edited = lands_in(&mut house, "America/New_York").await;
    assert_eq!(edited.next.unwrap().local, "Sat 2026-03-28 06:30 -04:00 America/New_York");
    let held = edited.held;
    assert_eq!(
        held.iter().map(|ring| (ring.date, ring.local_time.as_str())).collect::<Vec<_>>(),
        [(date(2026, 3, 27), "06:30")]
    );
    assert_eq!(house.lines().await[0], "03-27 06:30 skipped: already woken");
    // Asked, she says that she wants it all the same.
    let confirmed = house.editor().take_back(held[0].exception).await.unwrap();
    assert_eq!(confirmed.next.unwrap().local, "Fri 2026-03-27 06:30 -04:00 America/New_York");
}

#[tokio::test]
async fn a_ring_soon_after_the_last_is_asked_about_even_on_another_date() {
    let mut house = travelling("2026-03-26T12:00:00Z", "soon", 23).await;
    house.now = "2026-03-26T22:30:00Z".parse().unwrap();
    house.step_first(Event::Due).await;
    // Half past eleven in the evening again, three hours and a half ahead.
    house.now = "2026-03-27T10:00:00Z".parse().unwrap();
    let edited = lands_in(&mut house, "Asia/Tokyo").await;
    assert_eq!(edited.held.len(), 0, "four hours and a half ahead");
    house.now = "2026-03-27T10:20:00Z".parse().unwrap();
    let edited = lands_in(&mut house, "Australia/Brisbane").await;
    assert_eq!(edited.held[0].date, date(2026, 3, 27));
    assert_eq!(edited.next.unwrap().local, "Sat 2026-03-28 23:30 +10:00 Australia/Brisbane");
}

#[tokio::test]
async fn a_day_that_comes_twice_over_the_date_line_rings_twice() {
    let mut house = travelling("2026-03-26T12:00:00Z", "date-line", 6).await;
    lands_in(&mut house, "Pacific/Auckland").await;
    house.now = "2026-03-26T17:30:00Z".parse().unwrap();
    let rung = house.step_first(Event::Due).await;
    assert_eq!(rung.key.unwrap().date, date(2026, 3, 27));
    // She sleeps again, in Honolulu, where it is the 27th once more.
    house.now = "2026-03-27T07:00:00Z".parse().unwrap();
    let edited = lands_in(&mut house, "Pacific/Honolulu").await;
    assert!(edited.held.is_empty());
    assert_eq!(edited.next.unwrap().local, "Fri 2026-03-27 06:30 -10:00 Pacific/Honolulu");
}

#[tokio::test]
async fn a_wake_up_under_way_goes_on_in_the_zone_where_it_began() {
    let mut house = travelling("2026-03-26T12:00:00Z", "under-way-zone", 6).await;
    house.now = "2026-03-27T05:30:00Z".parse().unwrap();
    let ringing = house.step_first(Event::Due).await;
    house.now = "2026-03-27T05:31:00Z".parse().unwrap();
    lands_in(&mut house, "Europe/London").await;
    assert_eq!(house.store.load_occurrence(ringing.id).await.unwrap(), ringing);
    assert_eq!(house.due().await[0], "2026-03-28T06:30:00Z", "the 27th is hers already");
}

/// Around the world in any order, with some nights slept through on the way.
fn journey() -> impl Strategy<Value = Vec<(usize, i64, bool)>> {
    prop::collection::vec((0..AIRPORTS.len(), 1_i64..30, any::<bool>()), 1..6)
}

const AIRPORTS: [&str; 7] = [
    "Europe/Berlin",
    "America/New_York",
    "Pacific/Honolulu",
    "Pacific/Auckland",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
];

/// Whatever happens on a journey, one civil day never has two live wake-ups, and no two rings of one day come
/// within twelve hours.
async fn travels(hops: Vec<(usize, i64, bool)>, name: &str) {
    let mut house = travelling("2026-03-26T12:00:00Z", name, 6).await;
    for (airport, hours, rings) in hops {
        house.now += jiff::SignedDuration::from_hours(hours);
        house.plan().await;
        let due = house.planned().await.first().map(|row| row.wake_up.due_at);
        if rings && due.is_some_and(|due| due <= house.now) {
            house.step_first(Event::Due).await;
        }
        lands_in(&mut house, AIRPORTS[airport]).await;
        let rows = house.rows().await;
        let live: Vec<_> = rows.iter().filter(|row| !matches!(row.wake_up.phase, Phase::Ended(_))).collect();
        for (at, one) in live.iter().enumerate() {
            for other in &live[at + 1..] {
                let (a, b) = (one.key.unwrap(), other.key.unwrap());
                let apart = one.wake_up.due_at.duration_since(other.wake_up.due_at).abs();
                let doubled = (a.date, a.slot) == (b.date, b.slot) && apart.as_hours() < 12;
                assert!(!doubled, "{a:?} {b:?}");
                let both_planned =
                    one.wake_up.phase == Phase::Planned && other.wake_up.phase == Phase::Planned;
                assert!(!both_planned || a.zone_epoch == b.zone_epoch, "{a:?} {b:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_journey_rings_twice_for_one_morning(hops in journey()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(travels(hops, "journey"));
    }
}
