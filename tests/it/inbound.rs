//! Somebody telephones the coach.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::clock::{SharedClock, timeout};
use wakeup_coach::coach::memory::MemoryKind;
use wakeup_coach::domain::attempt::AttemptKind;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper};
use wakeup_coach::simulator::twilio::CallRecord;
use wakeup_coach::simulator::twilio::ledger::{CallStatus, Direction};

use crate::support::{ANNA, TestDay};

const EARLY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
const DUE: &str = "2026-03-02T06:30:00[Europe/Berlin]";
const STRANGER: &str = "+14155550199";
/// Simulated time after which a call has lasted too long.
const PATIENCE: Duration = Duration::from_mins(5);
/// Nobody reports the end of a call that came in, so the carrier is asked after this long.
const UNTIL_ASKED: Duration = Duration::from_secs(91);

fn says_goodbye() -> Sleeper {
    Sleeper::answering(Duration::from_secs(1), vec![Act::say("Hello?"), Act::say("Goodbye.")])
}

/// Lets a number telephone the coach, until all calls are over; the call as the carrier has it.
async fn telephones(day: &TestDay, from: &str) -> CallRecord {
    let sid = day.morning.exchange().dial_in(from, day.morning.running.calls.addresses().inbound().as_str());
    over(day).await;
    day.morning.exchange().call(&sid).unwrap()
}

async fn over(day: &TestDay) {
    let clock: SharedClock = day.morning.clock.clone();
    timeout(&*clock, PATIENCE, day.morning.exchange().idle()).await.expect("the calls end");
}

#[tokio::test]
async fn a_sleeper_who_telephones_is_talked_awake() {
    let mut day = TestDay::at(EARLY).await.believes_a_goodbye();
    day.sleeps_like(vec![says_goodbye()]);
    let call = telephones(&day, ANNA).await;
    assert_eq!((call.direction, call.status), (Direction::Inbound, CallStatus::Completed));
    assert_eq!(call.codes(), [0_u32; 0], "{:#?}", call.problems);
    assert!(call.said.len() >= 3, "an opening, an answer, a goodbye: {:#?}", call.said);
    day.advance(UNTIL_ASKED);
    assert_eq!(day.ended().await, End::Up);
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.kind, AttemptKind::Inbound);
    assert_eq!(attempt.attempt.state.call().unwrap().as_str(), call.sid);
    assert!(attempt.verdict.is_some());
    day.close().await;
}

#[tokio::test]
async fn a_stranger_is_turned_away_and_leaves_no_trace() {
    let day = TestDay::at(EARLY).await.believes_a_goodbye();
    day.morning.exchange().set_sleeper(STRANGER, vec![says_goodbye()]);
    let call = telephones(&day, STRANGER).await;
    assert_eq!((call.status, call.said.len()), (CallStatus::Completed, 1));
    assert!(call.said[0].contains("only wakes the people it knows"), "{:?}", call.said);
    assert!(day.morning.store.list_recent(10).await.unwrap().is_empty());
    assert!(!day.log.contains(STRANGER));
    day.close().await;
}

/// A stranger can write her number on a call: it neither hears of her mornings nor adds to them.
#[tokio::test]
async fn a_call_that_came_in_recalls_and_remembers_nothing() {
    let mut day = TestDay::at(EARLY).await.believes_a_goodbye();
    let mut change = day.morning.store.change().await.unwrap();
    let yesterday = day.now() - jiff::SignedDuration::from_hours(24);
    change.remember(day.anna.id, MemoryKind::Said, "I have a canary to feed.", yesterday).await.unwrap();
    change.commit().await.unwrap();
    let before = day.morning.store.list_memories(day.anna.id, day.now()).await.unwrap();
    let acts = ["Hello?", "Today I will sell the house.", "Goodbye."].map(Act::say).to_vec();
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), acts)]);
    let call = telephones(&day, ANNA).await;
    assert!(!call.said.concat().contains("canary"), "{:?}", call.said);
    assert!(!day.morning.models().chat_requests().iter().any(|asked| asked.to_string().contains("canary")));
    day.advance(UNTIL_ASKED);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.morning.store.list_memories(day.anna.id, day.now()).await.unwrap(), before);
    day.close().await;
}

/// Whoever writes Anna's number into a form is not Anna.
#[tokio::test]
async fn an_unsigned_inbound_call_is_nobody() {
    let day = TestDay::at(EARLY).await.believes_a_goodbye();
    let url = format!("http://{}/twiml", day.morning.running.address);
    let form = [("CallSid", "CA00000000000000000000000000000001"), ("From", ANNA), ("CallStatus", "ringing")];
    let client = wakeup_coach::http::client();
    for request in [client.post(&url).form(&form), client.get(&url)] {
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
    assert!(day.morning.store.list_recent(10).await.unwrap().is_empty());
    day.close().await;
}

#[tokio::test]
async fn while_the_coach_is_calling_she_is_told_to_pick_up() {
    let mut day = TestDay::at(EARLY).await.believes_a_goodbye();
    day.sleeps_like(vec![says_goodbye()]);
    assert_eq!(day.ask("POST", "/test-call-traditional", "").await.0, 200);
    day.event("the answer", |what| *what == What::Answered).await;
    let call = telephones(&day, ANNA).await;
    assert!(call.said.concat().contains("I am calling you right now"), "{:?}", call.said);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.attempts().await.len(), 1, "the second call is no attempt");
    day.close().await;
}

/// A caller's number can be forged: what is said in a call that came in ends no wake-up but its own.
#[tokio::test]
async fn a_call_that_came_in_does_not_stand_for_the_wake_up_under_way() {
    let mut day = TestDay::at(EARLY).await.believes_a_goodbye();
    day.wakes_daily_at(6, 30).await;
    day.sleeps_like(vec![Sleeper::absent(Answer::Busy), says_goodbye()]);
    day.jump_to(DUE);
    day.event("the plan to redial", |what| matches!(what, What::Waiting(..))).await;
    let call = telephones(&day, ANNA).await;
    assert_eq!(call.direction, Direction::Inbound);
    day.advance(UNTIL_ASKED);
    assert_eq!(day.ended().await, End::Up, "the call that came in");
    day.advance(Duration::from_secs(16));
    assert_eq!(day.ended().await, End::Up, "the redial");
    let attempts = day.attempts().await;
    let wake_up =
        |kind| attempts.iter().find(|record| record.attempt.kind == kind).unwrap().attempt.occurrence;
    assert_eq!(wake_up(AttemptKind::First), wake_up(AttemptKind::Redial));
    assert_ne!(wake_up(AttemptKind::First), wake_up(AttemptKind::Inbound));
    day.close().await;
}

#[tokio::test]
async fn whoever_holds_the_line_gives_way_to_the_wake_up() {
    let mut day = TestDay::at(EARLY).await.believes_a_goodbye();
    day.wakes_daily_at(6, 30).await;
    let holds_the_line = Sleeper::answering(Duration::ZERO, vec![Act::StaySilent(PATIENCE)]);
    day.sleeps_like(vec![holds_the_line, says_goodbye()]);
    let coach = day.morning.running.calls.addresses().inbound();
    let held = day.morning.exchange().dial_in(ANNA, coach.as_str());
    day.event("the held line", |what| *what == What::Answered).await;
    day.jump_to(DUE);
    assert_eq!(day.ended().await, End::CallsExhausted, "the call that came in");
    day.advance(Duration::from_secs(16));
    assert_eq!(day.ended().await, End::Up);
    over(&day).await;
    assert_eq!(day.morning.exchange().call(&held).unwrap().status, CallStatus::Completed);
    day.close().await;
}
