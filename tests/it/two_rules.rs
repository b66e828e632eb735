//! Two rules of one sleeper that are due together: one call, and it asks for all that either would have.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::domain::policy::{CheckCalls, MorningPolicy};
use wakeup_coach::domain::proof::Proof;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Answer, Sleeper as Script};

use crate::support::carrier::{absent, says_goodbye};
use crate::support::{SPEED, TestDay};

async fn a_day() -> TestDay {
    TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", SPEED, |_| {}).await.never_realtime().await
}

/// A rule that is content with her goodbye.
async fn lenient_at(day: &mut TestDay, minute: i8) {
    let policy = MorningPolicy { word_is_enough: true, check: CheckCalls::Off, ..MorningPolicy::default() };
    day.morning.ask_for(policy);
    day.wakes_daily_at(6, minute).await;
}

/// A rule that wants a sum worked out.
async fn strict_at(day: &mut TestDay, minute: i8) {
    day.asks_for(&[Proof::Sum]);
    day.wakes_daily_at(6, minute).await;
}

/// A goodbye is not enough, and once the sum is solved both wake-ups are over.
async fn only_a_sum_will_do(mut day: TestDay) {
    day.sleeps_like(vec![says_goodbye(), Script::solver()]);
    day.half_past_six();
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    let ends = day.seen.iter().filter_map(|event| match event.what {
        What::Ended(end) => Some(end),
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [End::Coalesced, End::Up]);
    let proofs: Vec<_> = day.attempts().await.iter().filter_map(|record| record.verdict.clone()).collect();
    assert_eq!(proofs.len(), 1, "{proofs:?}");
    assert!(proofs[0].evidence.contains("sum") || proofs[0].evidence.contains("right"), "{proofs:?}");
    assert_eq!(day.creates_asked(), 2);
    day.close().await;
}

#[tokio::test]
async fn the_stricter_rule_made_first_is_not_lost_in_the_other() {
    let mut day = a_day().await;
    strict_at(&mut day, 30).await;
    lenient_at(&mut day, 30).await;
    only_a_sum_will_do(day).await;
}

#[tokio::test]
async fn nor_is_one_that_was_made_last() {
    let mut day = a_day().await;
    lenient_at(&mut day, 30).await;
    strict_at(&mut day, 30).await;
    only_a_sum_will_do(day).await;
}

#[tokio::test]
async fn a_lenient_rule_that_comes_due_between_two_calls_of_a_strict_one_asks_for_the_same() {
    let mut day = a_day().await;
    strict_at(&mut day, 30).await;
    lenient_at(&mut day, 31).await;
    day.sleeps_like(vec![absent(Answer::Busy), says_goodbye(), Script::solver()]);
    day.half_past_six();
    day.finished().await;
    // Before the strict one's redial.
    day.advance(Duration::from_mins(1));
    assert_eq!(day.ended().await, End::Coalesced);
    day.finished().await;
    day.skip_the_wait().await;
    while day.ended().await != End::Up {}
    assert_eq!(day.creates_asked(), 3);
    day.close().await;
}

#[tokio::test]
async fn whoever_said_goodbye_to_a_lenient_rule_still_has_the_strict_one_before_her() {
    let mut day = TestDay::before_a_long_ring().await;
    strict_at(&mut day, 31).await;
    day.sleeps_like(vec![says_goodbye(), Script::solver()]);
    day.half_past_six();
    assert_eq!(day.ended().await, End::Up, "the lenient one");
    day.advance(Duration::from_mins(1));
    assert_eq!(day.ended().await, End::Up, "the strict one");
    assert_eq!(day.creates_asked(), 2);
    day.close().await;
}
