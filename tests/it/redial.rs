//! She was not reached, or not woken: what follows, when, and how often.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::{End, Lateness};
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper as Script};
use wakeup_coach::simulator::twilio::CallStatus;

use crate::support::carrier::{absent, hangs_up_at_once, rises_after, says_goodbye};
use crate::support::{SPEED, TestDay};

/// The first call does not reach her; the second one, after 90 s and from the same number, does.
async fn redialled_after(first: Script, outcome: Outcome, status: CallStatus) {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![first, rises_after(3)]);
    redialled(&mut day, outcome, status).await;
    day.close().await;
}

async fn redialled(day: &mut TestDay, outcome: Outcome, status: CallStatus) {
    day.half_past_six();
    assert_eq!(day.finished().await, outcome);
    // Within three minutes, so that it passes a telephone's Do Not Disturb.
    assert_eq!(day.skip_the_wait().await.as_secs(), 90);
    assert_eq!(day.ended().await, End::Up);
    let calls = day.carrier_calls();
    assert_eq!(day.call_ends(), [status, CallStatus::Completed]);
    assert_eq!(calls[0].from, calls[1].from);
    let kinds: Vec<_> = day.attempts().await.iter().map(|record| record.attempt.kind.name()).collect();
    assert_eq!(kinds, ["first", "redial"]);
    assert_eq!(day.endings().await, [outcome.name(), "up"]);
    day.assert_one_call_at_a_time();
}

#[tokio::test]
async fn a_busy_line_is_redialled() {
    redialled_after(absent(Answer::Busy), Outcome::Busy, CallStatus::Busy).await;
}

#[tokio::test]
async fn a_call_she_declines_is_redialled() {
    redialled_after(absent(Answer::Declines), Outcome::Busy, CallStatus::Busy).await;
}

#[tokio::test]
async fn a_call_that_rings_out_is_redialled() {
    redialled_after(absent(Answer::Never), Outcome::NoAnswer, CallStatus::NoAnswer).await;
}

#[tokio::test]
async fn a_call_that_fails_is_redialled() {
    redialled_after(absent(Answer::Failed), Outcome::Failed, CallStatus::Failed).await;
}

#[tokio::test]
async fn a_call_taken_back_at_the_carrier_is_redialled() {
    let mut day = TestDay::before_a_long_ring().await;
    day.half_past_six();
    day.placed().await;
    day.is_ringing().await;
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn a_machine_whose_greeting_is_heard_is_redialled() {
    let greeting = "I can't come to the phone right now, please leave a message after the tone.";
    let machine = Script::answering(Duration::from_secs(5), vec![Act::say(greeting)]);
    redialled_after(machine, Outcome::Voicemail, CallStatus::Completed).await;
}

/// A machine speaks at once: whether its greeting is heard or talked over, nobody is up.
async fn not_up(mut day: TestDay) {
    day.sleeps_like(vec![Script::voicemail(), says_goodbye()]);
    day.half_past_six();
    let machine = day.finished().await;
    assert!([Outcome::Voicemail, Outcome::FellSilent, Outcome::HungUp].contains(&machine), "{machine:?}");
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    let attempts = day.attempts().await;
    assert_eq!((attempts.len(), &attempts[0].verdict), (2, &None));
    day.close().await;
}

#[tokio::test]
async fn an_answering_machine_is_not_up() {
    not_up(TestDay::before_half_past_six().await).await;
}

#[tokio::test]
async fn an_answering_machine_is_not_up_in_realtime_mode_either() {
    let day = TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", SPEED, |_| {}).await;
    let mut day = day.always_realtime().await.believes_a_goodbye();
    day.wakes_daily_at(6, 30).await;
    not_up(day).await;
}

#[tokio::test]
async fn a_machine_that_the_carrier_recognises_is_not_talked_to() {
    let mut day = TestDay::before_half_past_six_with(|plan| plan.policy.detect_machines = true).await;
    day.sleeps_like(vec![Script::voicemail(), rises_after(3)]);
    redialled(&mut day, Outcome::Voicemail, CallStatus::Completed).await;
    assert_eq!(day.carrier_calls()[0].said, Vec::<String>::new());
    day.close().await;
}

#[tokio::test]
async fn a_machine_that_sounds_like_her_is_not_up_because_it_talks() {
    let greeting = "It's Anna, I have the early shift today.".to_owned();
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![absent(Answer::Voicemail { greeting }), says_goodbye()]);
    day.half_past_six();
    assert_ne!(day.finished().await, Outcome::Up);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    let attempts = day.attempts().await;
    assert_eq!((attempts.len(), &attempts[0].verdict), (2, &None));
    day.close().await;
}

#[tokio::test]
async fn a_redial_that_fails_is_redialled_further_apart() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![absent(Answer::Busy), absent(Answer::Failed), absent(Answer::Busy), says_goodbye()]);
    day.half_past_six();
    let mut waits = Vec::new();
    for _ in 0..3 {
        waits.push(day.skip_the_wait().await.as_secs());
    }
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(waits, [90, 300, 600]);
    assert_eq!(day.endings().await, ["busy", "failed", "busy", "up"]);
    assert_eq!(day.creates_asked(), 4);
    day.assert_one_call_at_a_time();
    day.close().await;
}

#[tokio::test]
async fn a_sleeper_who_hangs_up_is_called_back_and_the_conversation_goes_on() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![
        Script::answering(Duration::from_secs(1), vec![Act::say("Leave me alone."), Act::hang_up()]),
        rises_after(1),
    ]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::HungUp);
    assert_eq!(day.skip_the_wait().await.as_secs(), 5);
    assert_eq!(day.ended().await, End::Up);
    let kinds: Vec<_> = day.attempts().await.iter().map(|record| record.attempt.kind.name()).collect();
    assert_eq!(kinds, ["first", "call_back"]);
    assert_eq!(day.call_ends(), [CallStatus::Completed, CallStatus::Completed]);
    let greeted = day.said().iter().filter(|line| line.contains("This is your wake-up call")).count();
    assert!(greeted <= 1, "a call back is no first call: {:#?}", day.said());
    day.close().await;
}

#[tokio::test]
async fn somebody_reached_again_starts_the_ladder_anew() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![
        absent(Answer::Busy),
        absent(Answer::Busy),
        hangs_up_at_once(),
        absent(Answer::Busy),
        says_goodbye(),
    ]);
    day.half_past_six();
    let mut waits = Vec::new();
    for _ in 0..4 {
        waits.push(day.skip_the_wait().await.as_secs());
    }
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(waits, [90, 300, 5, 90]);
    day.close().await;
}

#[tokio::test]
async fn after_eight_calls_she_is_missed_and_it_is_said() {
    let mut day = TestDay::before_half_past_six().await;
    day.expect_error("A wake-up was MISSED");
    day.sleeps_like(vec![hangs_up_at_once()]);
    day.half_past_six();
    for _ in 0..7 {
        assert_eq!(day.skip_the_wait().await.as_secs(), 5);
    }
    assert_eq!(day.ended().await, End::CallsExhausted);
    day.advance(Duration::from_hours(1));
    day.morning.exchange().idle().await;
    assert_eq!((day.carrier_calls().len(), day.creates_asked()), (8, 8));
    assert_eq!(day.endings().await, ["hung_up"; 8]);
    assert!(day.log.errors().iter().any(|line| line.text.contains("calls_exhausted")));
    day.assert_one_call_at_a_time();
    day.close().await;
}

#[tokio::test]
async fn after_an_hour_of_redials_she_is_missed_and_it_is_said() {
    let mut day = TestDay::before_half_past_six().await;
    day.expect_error("A wake-up was MISSED");
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    let mut waits = Vec::new();
    for _ in 0..5 {
        waits.push(day.skip_the_wait().await.as_secs());
    }
    assert_eq!(day.ended().await, End::DeadlinePassed);
    assert_eq!(waits, [90, 300, 600, 1200, 1200]);
    day.advance(Duration::from_hours(2));
    day.morning.exchange().idle().await;
    assert_eq!((day.carrier_calls().len(), day.creates_asked()), (6, 6));
    assert!(day.log.errors().iter().any(|line| line.text.contains("deadline_passed")));
    day.close().await;
}

/// The daemon is down at half past six, and up again at `back`.
async fn down_until(back: &str) -> TestDay {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![says_goodbye()]);
    day.dies().await;
    day.jump_to(back);
    day.starts_again().await;
    day
}

async fn rings_late(back: &str, lateness: Lateness, apology: &str) {
    let mut day = down_until(back).await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.only_attempt().await.lateness, lateness);
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 1));
    let opening = &day.only_call().said[0];
    assert!(opening.to_lowercase().contains(apology), "{opening}");
    day.close().await;
}

#[tokio::test]
async fn a_minute_late_is_on_time() {
    rings_late("2026-03-02T06:31:00[Europe/Berlin]", Lateness::OnTime, "").await;
}

#[tokio::test]
async fn ten_minutes_late_rings_and_says_so() {
    rings_late("2026-03-02T06:40:00[Europe/Berlin]", Lateness::Little, "late").await;
}

#[tokio::test]
async fn two_hours_late_rings_and_apologises() {
    rings_late("2026-03-02T08:30:00[Europe/Berlin]", Lateness::Much, "sorry").await;
}

#[tokio::test]
async fn later_than_useful_is_missed_and_does_not_ring() {
    let mut day = down_until("2026-03-02T08:30:01[Europe/Berlin]").await;
    day.expect_error("A wake-up was MISSED");
    day.until("it has been given up", |day| day.log.contains("too_late")).await;
    day.morning.exchange().idle().await;
    assert_eq!((day.carrier_calls().len(), day.creates_asked()), (0, 0));
    assert_eq!(day.attempts().await, []);
    // The next morning is as if nothing had been.
    day.jump_to("2026-03-03T06:30:00[Europe/Berlin]");
    day.event("the next call", |what| matches!(what, What::Decided(..))).await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.only_call().created_at, "2026-03-03T05:30:00Z".parse().unwrap());
    day.close().await;
}

#[tokio::test]
async fn of_several_wake_ups_due_at_once_only_the_newest_rings() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![says_goodbye()]);
    day.wakes_daily_at(6, 45).await;
    day.wakes_daily_at(7, 0).await;
    day.dies().await;
    day.jump_to("2026-03-02T07:05:00[Europe/Berlin]");
    day.starts_again().await;
    loop {
        match day.ended().await {
            End::Up => break,
            other => assert_eq!(other, End::Coalesced),
        }
    }
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 1));
    assert_eq!(day.only_attempt().await.lateness, Lateness::Little, "five minutes after the newest");
    day.close().await;
}

#[tokio::test]
async fn two_wake_ups_for_one_number_are_one_live_call_and_then_none() {
    let mut day = TestDay::before_a_long_ring().await;
    day.wakes_daily_at(6, 31).await;
    day.half_past_six();
    day.placed().await;
    day.is_ringing().await;
    day.advance(Duration::from_mins(1));
    let waits = |day: &TestDay| day.log.contains("on another call of ours");
    day.until("the second waits, or rings", |day| waits(day) || day.carrier_calls().len() > 1).await;
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Ringing, 1));
    let open = day.morning.store.list_open_attempts().await.unwrap();
    assert_eq!(open.len(), 1);
    // She gets up in the first one's next call: then there is nothing left to wake her for.
    day.ends_the_long_ring_whoever_calls().await;
    day.assert_one_call_at_a_time();
    day.close().await;
}

#[tokio::test]
async fn a_test_call_gives_way_to_a_wake_up() {
    let mut day = TestDay::before_a_long_ring().await;
    let (status, placed) = day.ask("POST", "/test-call", "").await;
    assert_eq!((status, &placed["status"]), (200, &"placed".into()), "{placed}");
    day.is_ringing().await;
    // Another test call finds the number busy, and says so.
    let (status, problem) = day.ask("POST", "/test-call", "").await;
    assert_eq!(status, 409, "{problem}");
    day.half_past_six();
    day.until("the wake-up waits", |day| day.log.contains("on another call of ours")).await;
    assert_eq!(day.finished().await, Outcome::Canceled);
    day.advance(Duration::from_secs(15));
    while day.ended().await != End::Up {}
    assert_eq!(day.call_ends(), [CallStatus::Canceled, CallStatus::Completed]);
    day.assert_one_call_at_a_time();
    day.close().await;
}
