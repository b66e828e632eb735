//! The redial ladder as a schedule sets it, and the little more sleep she may ask for. Rows that need no
//! setting are in `redial`, refusals and who is told in `notices`.

use std::time::Duration;

use jiff::SignedDuration;
use wakeup_coach::calls::What;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::money::MicroDollars;
use wakeup_coach::domain::policy::MorningPolicy;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper as Script, When};
use wakeup_coach::simulator::twilio::CallStatus;

use crate::support::TestDay;
use crate::support::carrier::{absent, says_goodbye};

/// A traditional morning whose schedule says this.
async fn morning(set: impl FnOnce(&mut MorningPolicy)) -> TestDay {
    TestDay::before_half_past_six_with(|plan| set(&mut plan.morning)).await
}

/// Answers, listens, and presses a key.
fn presses(keys: &str) -> Script {
    let after = When::CoachPauses(Duration::from_secs(1));
    Script::answering(Duration::from_secs(1), vec![Act::Press { digits: keys.to_owned(), after }])
}

fn asks_for_more_sleep() -> Script {
    Script::answering(Duration::from_secs(1), vec![Act::say("Five more minutes, please.")])
}

#[tokio::test]
async fn the_second_call_comes_within_three_minutes_and_all_come_from_one_number() {
    let mut day = morning(|_| {}).await;
    day.sleeps_like(vec![
        absent(Answer::Busy),
        absent(Answer::Never),
        absent(Answer::Failed),
        says_goodbye(),
    ]);
    day.half_past_six();
    for _ in 0..3 {
        day.skip_the_wait().await;
    }
    assert_eq!(day.ended().await, End::Up);
    let calls = day.carrier_calls();
    assert_eq!(calls.len(), 4);
    let between = calls[1].created_at.duration_since(calls[0].created_at);
    assert!(between < SignedDuration::from_mins(3), "{between}");
    assert!(calls.iter().all(|call| call.from == calls[0].from));
    day.close().await;
}

#[tokio::test]
async fn the_schedule_says_how_long_it_rings() {
    let mut day = morning(|policy| policy.ring_secs = 20).await;
    day.sleeps_like(vec![absent(Answer::Never), says_goodbye()]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::NoAnswer);
    let call = day.only_call();
    let asked = call.request.iter().find(|(name, _)| name == "Timeout").map(|(_, value)| value.as_str());
    assert_eq!((call.status, asked), (CallStatus::NoAnswer, Some("20")));
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn the_schedule_says_how_long_between_calls_and_how_many() {
    let mut day = morning(|policy| {
        policy.redial_after_secs = [30, 60, 90, 120];
        policy.calls_allowed = 3;
    })
    .await;
    day.expect_error("calls_exhausted");
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.skip_the_wait().await.as_secs(), 30);
    assert_eq!(day.skip_the_wait().await.as_secs(), 60);
    assert_eq!(day.ended().await, End::CallsExhausted);
    assert_eq!(day.creates_asked(), 3);
    day.close().await;
}

#[tokio::test]
async fn the_schedule_says_for_how_long_it_is_tried() {
    let mut day = morning(|policy| policy.deadline_mins = 5).await;
    day.expect_error("deadline_passed");
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.skip_the_wait().await.as_secs(), 90);
    assert_eq!(day.ended().await, End::DeadlinePassed);
    assert_eq!(day.creates_asked(), 2);
    day.close().await;
}

#[tokio::test]
async fn a_morning_that_has_cost_its_share_is_given_up() {
    let mut day = morning(|policy| policy.cost_cap = Some(MicroDollars(1))).await;
    day.expect_error("cost_cap_reached");
    let after = When::CoachPauses(Duration::from_secs(1));
    let talks = vec![Act::say("Who is there?"), Act::HangUp { after }];
    // A call that nobody answers costs nothing.
    day.sleeps_like(vec![absent(Answer::Busy), Script::answering(Duration::from_secs(1), talks)]);
    day.half_past_six();
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::CostCapReached);
    let cost: i64 = day.attempts().await.iter().map(|record| record.attempt.cost.0).sum();
    assert!(cost >= 1);
    assert_eq!(day.creates_asked(), 2);
    day.close().await;
}

#[tokio::test]
async fn silence_is_followed_by_a_call_back() {
    let mut day = morning(|_| {}).await;
    day.sleeps_like(vec![Script::answering(Duration::from_secs(1), Vec::new()), says_goodbye()]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::FellSilent);
    assert_eq!(day.skip_the_wait().await.as_secs(), 5);
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

/// Whichever way she asks, she is called again after nine minutes, and a second wish is not granted.
async fn snoozes_once(mut day: TestDay, script: Script) {
    day.sleeps_like(vec![script.clone(), script, says_goodbye()]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Snoozed);
    assert_eq!(day.skip_the_wait().await.as_secs(), 9 * 60);
    // The same again: this time the coach goes on talking, until she is silent.
    assert_ne!(day.finished().await, Outcome::Snoozed);
    assert_eq!(day.skip_the_wait().await.as_secs(), 5);
    assert_eq!(day.ended().await, End::Up);
    let kinds: Vec<_> = day.attempts().await.iter().map(|record| record.attempt.kind.name()).collect();
    assert_eq!(kinds, ["first", "call_back", "call_back"]);
    day.close().await;
}

#[tokio::test]
async fn more_sleep_is_granted_once_by_voice() {
    snoozes_once(morning(|_| {}).await, asks_for_more_sleep()).await;
}

#[tokio::test]
async fn more_sleep_is_granted_once_by_key() {
    snoozes_once(morning(|_| {}).await, presses("9")).await;
}

#[tokio::test]
async fn more_sleep_is_granted_by_key_in_realtime_mode() {
    let mut day = TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", crate::support::SPEED, |_| {})
        .await
        .always_realtime()
        .await
        .believes_a_goodbye();
    day.wakes_daily_at(6, 30).await;
    day.sleeps_like(vec![presses("9"), says_goodbye()]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Snoozed);
    assert_eq!(day.skip_the_wait().await.as_secs(), 9 * 60);
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn the_snooze_key_may_be_another_or_none() {
    let mut day = TestDay::before_half_past_six_with(|plan| plan.policy.snooze_key = None).await;
    day.sleeps_like(vec![presses("9"), says_goodbye()]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::FellSilent);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn no_snooze_ends_after_the_deadline() {
    let mut day = morning(|policy| policy.deadline_mins = 8).await;
    day.sleeps_like(vec![asks_for_more_sleep(), says_goodbye()]);
    day.half_past_six();
    assert_ne!(day.finished().await, Outcome::Snoozed);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

/// The owner asks for a snooze: the status, and the next call's kind or what is wrong.
async fn asks_to_snooze(day: &TestDay, query: &str) -> (u16, String) {
    let path = format!("/api/v1/occurrences/{}/snooze{query}", day.occurrence());
    let (status, answer) = day.ask("POST", &path, "").await;
    let said = answer.get("detail").or_else(|| answer.get("next_kind")).and_then(|said| said.as_str());
    (status, said.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn between_two_calls_the_owner_may_grant_a_snooze_once() {
    let mut day = morning(|_| {}).await;
    day.sleeps_like(vec![absent(Answer::Busy), says_goodbye()]);
    day.half_past_six();
    day.event("a wait", |what| matches!(what, What::Waiting(..))).await;
    assert_eq!(asks_to_snooze(&day, "?minutes=30").await.0, 400);
    assert_eq!(asks_to_snooze(&day, "").await, (200, "call_back".to_owned()));
    let (status, why) = asks_to_snooze(&day, "").await;
    assert_eq!(status, 409);
    assert!(why.contains("used up"), "{why}");
    // The redial that was planned does not come.
    day.advance(Duration::from_secs(95));
    assert_eq!(day.creates_asked(), 1);
    assert_eq!(day.skip_the_wait().await.as_secs(), 9 * 60);
    assert_eq!(day.ended().await, End::Up);
    let (status, why) = asks_to_snooze(&day, "").await;
    assert!(status == 409 && why.contains("it is over"), "{status} {why}");
    day.close().await;
}

#[tokio::test]
async fn while_a_call_goes_on_the_owner_is_told_to_ask_in_it() {
    let mut day = TestDay::before_a_long_ring().await;
    day.half_past_six();
    day.placed().await;
    day.is_ringing().await;
    let (status, why) = asks_to_snooze(&day, "").await;
    assert!(status == 409 && why.contains("a call is going on"), "{status} {why}");
    let token = Some("no such token");
    let path = format!("/api/v1/occurrences/{}/snooze", day.occurrence());
    assert_eq!(day.ask_as(token, "POST", &path, "").await.0, 401);
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn two_schedules_of_the_same_minute_are_one_call_whichever_was_made_first() {
    for first in [(6, 30), (6, 31)] {
        let mut day = TestDay::plan("2026-03-02T06:20:00[Europe/Berlin]", 16.0, |_| {})
            .await
            .never_realtime()
            .await
            .believes_a_goodbye();
        day.sleeps_like(vec![says_goodbye()]);
        day.wakes_daily_at(first.0, first.1).await;
        day.wakes_daily_at(6, 61 - first.1).await;
        day.jump_to("2026-03-02T06:31:00[Europe/Berlin]");
        let mut ends = [day.ended().await, day.ended().await];
        ends.sort_unstable_by_key(|end| end.name());
        assert_eq!((ends, day.creates_asked()), ([End::Coalesced, End::Up], 1));
        day.close().await;
    }
}
