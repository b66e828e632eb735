//! The program is asked to stop while somebody is on the phone.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};
use wakeup_coach::simulator::twilio::CallStatus;

use crate::support::TestDay;

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
/// Longer than the calls of these stories.
const GRACE: Duration = Duration::from_mins(3);

/// A day with Anna on the phone, in the mode of `path`.
async fn on_the_phone(path: &str) -> TestDay {
    let mut day = TestDay::at(MONDAY).await.believes_a_goodbye();
    let acts = vec![Act::say("Hello?"), Act::say("Goodbye.")];
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), acts)]);
    assert_eq!(day.ask("POST", path, "").await.0, 200);
    day.event("the coach's first words", |what| matches!(what, What::FirstAudio(_) | What::Said(_))).await;
    day
}

async fn is_seen_through(path: &str) {
    let mut day = on_the_phone(path).await;
    let calls = std::sync::Arc::clone(&day.morning.running.calls);
    let (handed_over, end) = tokio::join!(calls.shut_down(GRACE), day.ended());
    assert_eq!((handed_over, end), (false, End::Up));
    assert!(day.only_attempt().await.attempt.fell_back.is_none());
    assert_eq!((calls.open_tasks(), day.morning.models().open_sockets()), (0, 0));
    day.close().await;
}

#[tokio::test]
async fn a_live_conversation_is_seen_through() {
    is_seen_through("/test-call-realtime").await;
}

#[tokio::test]
async fn so_is_one_in_turns() {
    is_seen_through("/test-call-traditional").await;
}

#[tokio::test]
async fn when_the_grace_is_up_a_live_conversation_goes_on_with_the_next_verb() {
    let mut day = on_the_phone("/test-call-realtime").await;
    assert!(day.morning.running.calls.shut_down(Duration::ZERO).await, "somebody was handed over");
    assert_eq!((day.morning.running.calls.open_tasks(), day.morning.models().open_sockets()), (0, 0));
    // Whoever answers the carrier now (here still the same daemon) talks on in turns.
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    let fell_back = attempt.attempt.fell_back.expect("the call left realtime mode");
    assert!(fell_back.reason.contains("restarted"), "{}", fell_back.reason);
    let breaker = day.morning.store.load_mode_settings().await.unwrap().breaker;
    assert_eq!(breaker.failures, 0, "that was not the model's fault");
    let call = day.carrier_calls().remove(0);
    assert_eq!((call.status, call.codes().len()), (CallStatus::Completed, 0), "{:#?}", call.problems);
    day.close().await;
}

#[tokio::test]
async fn a_phone_that_rings_for_nobody_is_silenced() {
    let mut day = TestDay::at(MONDAY).await.believes_a_goodbye();
    day.sleeps_like(vec![Sleeper::never_answers()]);
    let mut line = day.morning.exchange().subscribe();
    assert_eq!(day.ask("POST", "/test-call-realtime", "").await.0, 200);
    let rings = async {
        while line.recv().await.unwrap().what != wakeup_coach::simulator::twilio::Happening::Ringing {}
    };
    let clock: wakeup_coach::clock::SharedClock = day.morning.clock.clone();
    wakeup_coach::clock::timeout(&*clock, GRACE, rings).await.expect("it rings");
    assert!(day.morning.running.calls.shut_down(Duration::ZERO).await);
    assert_eq!(day.ended().await, End::CallsExhausted);
    let call = day.carrier_calls().remove(0);
    assert_eq!(call.status, CallStatus::Canceled);
    assert_eq!(day.morning.models().open_sockets(), 0, "the model does not wait for her either");
    day.close().await;
}
