//! The carrier misbehaves while a call is placed: the phone rings once, and once only.

use std::time::Duration;

use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::ids::CallId;
use wakeup_coach::domain::wake_up::{ASK_AFTER, End, LOOK_AFTER};
use wakeup_coach::simulator::twilio::{CallStatus, CreateFault};

use crate::support::TestDay;

/// The carrier took no call, and said so or not: the second request rings, once.
async fn rings_at_the_second_request(fault: CreateFault, is_certain: bool) {
    let mut day = TestDay::before_half_past_six().await;
    day.next_creates(&[fault]);
    day.half_past_six();
    if !is_certain {
        day.nobody_knows().await;
        day.advance(LOOK_AFTER);
    }
    assert_eq!(day.finished().await, Outcome::NotPlaced);
    assert_eq!(day.lists_asked().len(), usize::from(!is_certain), "look before dialling again");
    assert_eq!(day.skip_the_wait().await.as_secs(), 15);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.only_call().status, CallStatus::Completed);
    assert_eq!(day.creates_asked(), 2);
    assert_eq!(day.endings().await, ["not_placed", "up"]);
    let kinds: Vec<_> = day.attempts().await.iter().map(|record| record.attempt.kind.name()).collect();
    assert_eq!(kinds, ["first", "first"], "nothing rang, so the second is still the first call");
    day.close().await;
}

#[tokio::test]
async fn too_many_requests_are_no_call_and_asked_again() {
    rings_at_the_second_request(CreateFault::TooMany, true).await;
}

#[tokio::test]
async fn an_error_before_the_call_was_taken_is_looked_up_and_asked_again() {
    rings_at_the_second_request(CreateFault::ErrorBefore, false).await;
}

#[tokio::test]
async fn a_redirect_is_not_followed_but_looked_up() {
    rings_at_the_second_request(CreateFault::Redirect, false).await;
}

/// The carrier took the call and its answer was lost: its webhooks tell, and nobody asks again.
async fn webhooks_tell_of_the_call(fault: CreateFault) {
    let mut day = TestDay::before_half_past_six().await;
    day.next_creates(&[fault]);
    day.half_past_six();
    assert_eq!(day.ended().await, End::Up);
    let call = day.only_call();
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.state.call().map(CallId::as_str), Some(call.sid.as_str()));
    assert_eq!(day.creates_asked(), 1);
    assert_eq!(day.lists_asked(), Vec::<String>::new());
    day.close().await;
}

#[tokio::test]
async fn an_error_after_the_call_was_taken_rings_once() {
    webhooks_tell_of_the_call(CreateFault::ErrorAfter).await;
}

#[tokio::test]
async fn a_carrier_unavailable_after_it_took_the_call_rings_once() {
    webhooks_tell_of_the_call(CreateFault::UnavailableAfter).await;
}

#[tokio::test]
async fn an_answer_that_never_comes_rings_once() {
    webhooks_tell_of_the_call(CreateFault::Silence).await;
}

#[tokio::test]
async fn a_connection_that_breaks_rings_once() {
    webhooks_tell_of_the_call(CreateFault::Reset).await;
}

#[tokio::test]
async fn an_answer_that_is_garbage_rings_once() {
    webhooks_tell_of_the_call(CreateFault::Garbage).await;
}

/// The carrier took the call, its answer was lost, and so are its callbacks: its list tells.
async fn the_list_tells_of_the_call(fault: CreateFault) {
    let mut day = TestDay::before_a_long_ring().await;
    day.loses_all_callbacks();
    day.next_creates(&[fault]);
    day.half_past_six();
    day.nobody_knows().await;
    day.is_ringing().await;
    day.advance(LOOK_AFTER);
    day.placed().await;
    let call = day.only_call();
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.state.name(), "placed");
    assert_eq!(attempt.attempt.state.call().map(CallId::as_str), Some(call.sid.as_str()));
    assert!(day.history(&attempt).await.contains(&"adopted".to_owned()));
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn a_call_behind_an_error_is_found_in_the_list() {
    the_list_tells_of_the_call(CreateFault::ErrorAfter).await;
}

#[tokio::test]
async fn a_call_behind_silence_is_found_in_the_list() {
    the_list_tells_of_the_call(CreateFault::Silence).await;
}

#[tokio::test]
async fn a_call_behind_a_broken_connection_is_found_in_the_list() {
    the_list_tells_of_the_call(CreateFault::Reset).await;
}

#[tokio::test]
async fn a_call_behind_garbage_is_found_in_the_list() {
    the_list_tells_of_the_call(CreateFault::Garbage).await;
}

#[tokio::test]
async fn the_list_is_asked_for_her_number_with_its_plus_encoded() {
    let mut day = TestDay::before_half_past_six().await;
    day.next_creates(&[CreateFault::ErrorBefore]);
    day.half_past_six();
    day.nobody_knows().await;
    day.advance(LOOK_AFTER);
    day.finished().await;
    let asked = day.lists_asked();
    assert!(asked[0].contains("To=%2B14155550142"), "a bare plus is read as a blank: {}", asked[0]);
    // A call still queued has no start time: that filter would hide the very call we look for.
    assert!(!asked[0].contains("StartTime"), "{}", asked[0]);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn she_answers_before_anybody_has_looked() {
    let mut day = TestDay::before_half_past_six().await;
    day.morning.exchange().faults(|faults| faults.callbacks.lost = vec!["initiated", "ringing", "answered"]);
    day.next_creates(&[CreateFault::ErrorAfter]);
    day.half_past_six();
    day.nobody_knows().await;
    day.answered().await;
    // What the look would have been for is known by now.
    day.advance(LOOK_AFTER);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.lists_asked(), Vec::<String>::new());
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 1));
    day.close().await;
}

#[tokio::test]
async fn a_list_that_fails_is_asked_again_before_anything_is_dialled() {
    let mut day = TestDay::before_a_long_ring().await;
    day.loses_all_callbacks();
    day.morning.exchange().faults(|faults| faults.lists_fail = true);
    day.next_creates(&[CreateFault::ErrorAfter]);
    day.half_past_six();
    day.nobody_knows().await;
    for look in 1..=3 {
        day.advance(LOOK_AFTER);
        let failed = |day: &TestDay| {
            day.log.lines().iter().filter(|line| line.text.contains("look-up failed")).count() == look
        };
        day.until("the look-up has failed", failed).await;
    }
    day.is_ringing().await;
    day.lists_again();
    day.advance(LOOK_AFTER);
    day.placed().await;
    assert_eq!(day.lists_asked().len(), 4);
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn without_any_list_it_dials_again_and_hangs_up_the_surplus_call() {
    let mut day = TestDay::before_a_long_ring().await;
    day.expect_error("Dialling without a look-up");
    day.expect_error("A call too many was ended");
    day.loses_all_callbacks();
    day.morning.exchange().faults(|faults| faults.lists_fail = true);
    day.next_creates(&[CreateFault::ErrorAfter]);
    day.half_past_six();
    day.nobody_knows().await;
    let surplus = day.only_call().sid;
    let path = format!("/call-status/{}", day.only_attempt().await.attempt.nonce.as_str());
    day.advance(LOOK_AFTER * 5 + Duration::from_secs(1));
    // It may have rung, so it counts as a call.
    assert_eq!(day.finished().await, Outcome::Lost);
    assert_eq!(day.skip_the_wait().await.as_secs(), 90);
    day.placed().await;
    day.all_is_well();
    // Now the first call's news arrive, and it is one too many.
    let news = [("CallSid", surplus.as_str()), ("CallStatus", "ringing"), ("SequenceNumber", "1")];
    assert_eq!(day.carrier_sends(&path, &news).await.0, 204);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.call_ends(), [CallStatus::Canceled, CallStatus::Completed]);
    assert_eq!(day.endings().await, ["lost", "up"]);
    day.close().await;
}

#[tokio::test]
async fn a_refusal_that_lasts_is_told_and_not_repeated() {
    let mut day = TestDay::before_half_past_six().await;
    day.expect_error("MISSED");
    day.next_creates(&[CreateFault::Refused(21_219)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::RefusedForGood);
    assert_eq!(day.ended().await, End::RefusedForGood);
    // A whole morning later nobody has asked again.
    for _ in 0..4 {
        day.advance(Duration::from_mins(30));
        day.morning.running.bells.dispatch.notify_one();
    }
    day.morning.exchange().idle().await;
    assert_eq!((day.carrier_calls().len(), day.creates_asked()), (0, 1));
    assert_eq!(day.endings().await, ["refused_for_good"]);
    day.close().await;
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_followed_by_a_redial() {
    let mut day = TestDay::before_half_past_six().await;
    day.next_creates(&[CreateFault::Refused(10_004)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Refused);
    assert_eq!(day.skip_the_wait().await.as_secs(), 90);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 2));
    day.close().await;
}

#[tokio::test]
async fn a_daemon_that_dies_between_intent_and_answer_finds_its_call_again() {
    let mut day = TestDay::before_a_long_ring().await;
    day.expect_error("Could not write down what the carrier said");
    day.loses_all_callbacks();
    day.next_creates(&[CreateFault::Silence]);
    day.half_past_six();
    day.until("the carrier has the call", |day| day.carrier_calls().len() == 1).await;
    day.dies().await;
    day.starts_again().await;
    assert_eq!(day.endings().await, ["intended"], "the intent was on the disk, and nothing else");
    day.advance(LOOK_AFTER);
    day.placed().await;
    day.is_ringing().await;
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn a_daemon_that_dies_before_the_carrier_took_the_call_dials_once() {
    let mut day = TestDay::before_half_past_six().await;
    day.next_creates(&[CreateFault::ErrorBefore]);
    day.half_past_six();
    day.nobody_knows().await;
    day.dies().await;
    day.starts_again().await;
    assert_eq!(day.endings().await, ["unknown"]);
    day.advance(LOOK_AFTER);
    assert_eq!(day.finished().await, Outcome::NotPlaced);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 2));
    day.close().await;
}

#[tokio::test]
async fn a_conversation_outlives_the_daemon_it_began_with() {
    // Slower than the other stories: it dies while she speaks, and is back before she has finished.
    let mut day =
        TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", 5.0, |_| {}).await.never_realtime().await;
    day.wakes_daily_at(6, 30).await;
    day.half_past_six();
    day.answered().await;
    day.until("she has spoken", |day| day.only_call().heard.len() >= 2).await;
    day.dies().await;
    day.starts_again().await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 1));
    assert_eq!(day.endings().await, ["up"]);
    day.close().await;
}

#[tokio::test]
async fn a_call_that_the_carrier_forgot_to_mention_is_asked_about() {
    let mut day = TestDay::before_half_past_six().await;
    day.loses_all_callbacks();
    day.half_past_six();
    day.answered().await;
    day.morning.exchange().idle().await;
    assert_eq!(day.endings().await, ["answered"], "nobody has told us that it is over");
    day.advance(ASK_AFTER);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!((day.only_call().status, day.creates_asked()), (CallStatus::Completed, 1));
    day.close().await;
}
