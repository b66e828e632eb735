//! A clock that jumps, or cannot be right: nobody is rung twice, nobody is forgotten.

use jiff::{SignedDuration, Timestamp};
use wakeup_coach::domain::alert::AlertKind;
use wakeup_coach::domain::wake_up::{End, Lateness};

use crate::support::TestDay;
use crate::support::carrier::says_goodbye;

/// A morning whose clock flows, and is watched.
async fn watched(when: &str, speed: f64) -> TestDay {
    let mut day = TestDay::plan(when, speed, |plan| {
        plan.flowing = true;
        plan.watch_clock = true;
    })
    .await
    .never_realtime()
    .await
    .believes_a_goodbye();
    day.sleeps_like(vec![says_goodbye()]);
    day.wakes_daily_at(6, 30).await;
    day
}

fn steps(day: &TestDay, by: SignedDuration) {
    day.morning.clock.set(day.now() + by);
}

async fn jumped(day: &TestDay) {
    day.until_open(AlertKind::ClockStep).await;
    assert!(day.log.contains("The wall clock jumped"));
}

#[tokio::test]
async fn a_clock_set_back_after_the_call_rings_nobody_twice() {
    let mut day = watched("2026-03-02T06:29:55[Europe/Berlin]", 4.0).await;
    day.placed().await;
    steps(&day, SignedDuration::from_secs(-15));
    assert_eq!(day.ended().await, End::Up);
    jumped(&day).await;
    // It has been half past six twice by now, or will be in a moment.
    day.until("half past six is over", |day| day.now() > "2026-03-02T05:30:05Z".parse().unwrap()).await;
    assert_eq!(day.creates_asked(), 1);
    day.close().await;
}

#[tokio::test]
async fn an_hour_back_keeps_the_dispatcher_at_work() {
    let mut day = watched("2026-03-02T06:29:55[Europe/Berlin]", 4.0).await;
    assert_eq!(day.ended().await, End::Up);
    steps(&day, SignedDuration::from_hours(-1));
    jumped(&day).await;
    let (status, placed) = day.ask("POST", "/test-call", "").await;
    assert_eq!((status, &placed["status"]), (200, &"placed".into()), "{placed}");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.creates_asked(), 2);
    day.close().await;
}

#[tokio::test]
async fn an_hour_forward_or_a_night_asleep_is_lateness_and_rings_once() {
    let mut day = watched("2026-03-02T06:00:00[Europe/Berlin]", 4.0).await;
    // A jump shows between two looks.
    crate::schedule::dispatched(&day).await;
    steps(&day, SignedDuration::from_hours(1));
    assert_eq!(day.ended().await, End::Up);
    jumped(&day).await;
    assert_eq!(day.only_attempt().await.lateness, Lateness::Much, "half an hour after half past six");
    assert_eq!(day.creates_asked(), 1);
    day.close().await;
}

#[tokio::test]
async fn a_machine_that_wakes_in_1970_waits_for_the_time_and_then_rings() {
    let mut day = watched("2026-03-02T06:00:00[Europe/Berlin]", 16.0).await;
    let planned = day.morning.store.list_recent(100).await.unwrap().len();
    day.dies().await;
    day.morning.clock.set(Timestamp::from_second(5).unwrap());
    day.starts_again().await;
    day.until("it says so", |day| day.log.contains("Nobody is called yet")).await;
    assert_eq!(day.creates_asked(), 0);
    day.morning.clock.set("2026-03-02T05:30:00Z".parse().unwrap());
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.creates_asked(), 1);
    let known = day.morning.store.list_recent(100).await.unwrap();
    assert!(known.iter().all(|row| row.wake_up.due_at > Timestamp::from_second(1_700_000_000).unwrap()));
    assert!(known.len() >= planned, "no morning was planned in 1970, and none forgotten");
    assert!(!day.open_alerts().await.contains(&AlertKind::Missed));
    day.close().await;
}

#[tokio::test]
async fn a_clock_far_from_the_carriers_is_doubted_for_a_minute_and_then_believed() {
    let mut day = watched("2026-03-02T06:00:00[Europe/Berlin]", 16.0).await;
    day.expect_error("The clock of this machine cannot be right");
    day.dies().await;
    day.morning.exchange().faults(|faults| faults.account.clock_ahead_secs = 300);
    day.morning.clock.set("2026-03-02T05:30:00Z".parse().unwrap());
    let began = day.elapsed();
    day.starts_again().await;
    day.until_open(AlertKind::ClockWrong).await;
    assert!(day.elapsed().saturating_sub(began) >= std::time::Duration::from_mins(1));
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.creates_asked(), 1);
    day.close().await;
}
