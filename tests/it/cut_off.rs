//! Requests that are cut off in the middle: the carrier's patience ends, or its connection does.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};

use crate::support::TestDay;

/// The carrier's number for `completed`, the fourth of four callbacks.
const COMPLETED: u32 = 3;

/// Its first delivery was written down as seen, and then nobody acted on it.
#[tokio::test]
async fn the_end_of_a_call_is_taken_in_when_it_is_reported_again() {
    let mut day = TestDay::at("2026-03-02T06:29:00[Europe/Berlin]").await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), vec![Act::say("Goodbye.")])]);
    assert_eq!(day.ask("POST", "/test-call-traditional", "").await.0, 200);
    day.event("the answer", |what| *what == What::Answered).await;
    let attempt = day.only_attempt().await.attempt;
    let mut change = day.morning.store.change().await.unwrap();
    let first = change
        .remember_callback(attempt.state.call().unwrap(), COMPLETED, "completed", day.now())
        .await
        .unwrap();
    assert!(first);
    change.commit().await.unwrap();
    assert_eq!(day.ended().await, End::Up, "without waiting for somebody to ask the carrier");
    day.close().await;
}
