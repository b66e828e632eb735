//! We are what breaks: the database hangs while the carrier waits for a document. She hears lines that need
//! nothing but themselves, and when the database is back the conversation goes on.

use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};
use wakeup_coach::simulator::twilio::{CallStatus, Happening};

use super::{MEASURED, ends_well};
use crate::support::far_side::{MORNING, between, secs};
use crate::support::{TestDay, tamper};

/// The carrier apologises and hangs up after fifteen seconds.
const BEFORE_THE_CARRIER_GIVES_UP: std::time::Duration = secs(13);

async fn traditional_day(lines: &[&str]) -> TestDay {
    let day =
        TestDay::plan(MORNING, MEASURED * 2.0, |_| {}).await.never_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::answering(secs(1), lines.iter().map(|line| Act::say(line)).collect())]);
    day
}

#[tokio::test]
async fn a_database_that_hangs_when_she_answers_is_not_heard_as_silence() {
    let mut day = traditional_day(&["Hello?", "Goodbye."]).await;
    day.expect_error("Speaking the emergency lines, something hangs");
    let mut far = day.far_side();
    day.rings().await;
    far.line("ringing", |event| event.what == Happening::Ringing).await;
    let hanging = day.morning.store.change().await.unwrap();
    let (spoke_at, words) = far.read_aloud().await;
    drop(hanging);
    let answered_at = day.last_call().reached(CallStatus::InProgress).unwrap();
    assert!(between(answered_at, spoke_at) < BEFORE_THE_CARRIER_GIVES_UP);
    assert!(words.contains("This is your wake-up call."), "{words}");
    ends_well(&mut day).await;
    assert_eq!(day.last_call().codes(), Vec::<u32>::new());
    day.close().await;
}

#[tokio::test]
async fn a_database_that_hangs_in_mid_call_costs_one_answer_and_not_the_call() {
    let mut day = traditional_day(&["Hello?", "Yes, I'm awake.", "Goodbye."]).await;
    day.expect_error("Speaking the emergency lines, something hangs");
    let mut far = day.far_side();
    day.rings().await;
    far.line("her answer", |event| matches!(event.what, Happening::SleeperSaid { .. })).await;
    let hanging = day.morning.store.change().await.unwrap();
    let paused = far.line("her pause", |event| event.what == Happening::SleeperPaused).await;
    let (spoke_at, words) = far.read_aloud().await;
    drop(hanging);
    // The carrier listens for two more seconds before it asks us.
    assert!(between(paused.at, spoke_at) < secs(2) + BEFORE_THE_CARRIER_GIVES_UP);
    assert!(words.ends_with("Are you awake?"), "{words}");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.last_call().heard, ["Hello?", "Yes, I'm awake.", "Goodbye."]);
    assert_eq!(day.last_call().codes(), Vec::<u32>::new());
    day.close().await;
}

#[tokio::test]
async fn words_that_cannot_be_written_down_cost_no_call() {
    for realtime in [true, false] {
        let day = TestDay::plan(MORNING, MEASURED, |_| {}).await.believes_a_goodbye();
        let mut day = if realtime { day.always_realtime().await } else { day.never_realtime().await };
        let refused =
            "CREATE TRIGGER no_words BEFORE INSERT ON utterances BEGIN SELECT RAISE(ABORT, 'no'); END";
        tamper(&day.morning.database(), refused).await;
        day.expect_error("What was said could not be written down; the call goes on");
        day.sleeps_like(vec![Sleeper::answering(secs(1), vec![Act::say("Hello?"), Act::say("Goodbye.")])]);
        day.rings().await;
        assert_eq!(day.ended().await, End::Up, "realtime: {realtime}");
        let attempt = day.only_attempt().await;
        assert!(attempt.attempt.fell_back.is_none(), "realtime: {realtime}");
        assert!(attempt.verdict.is_some(), "realtime: {realtime}");
        day.close().await;
    }
}
