//! Callbacks that come twice, out of order, late, never, or from somebody else.

use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::ids::CallId;
use wakeup_coach::domain::wake_up::{ASK_AFTER, End, Phase};
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper};
use wakeup_coach::simulator::twilio::{CallRecord, CallStatus, CallbackFaults, CreateFault, WebhookKind};

use crate::support::TestDay;
use crate::support::carrier::{absent, rises_after};

/// A name as long as ours that no attempt has.
const NOBODYS: &str = "00112233445566778899aabbccddeeff";

/// A busy line, then an answer; with callbacks that go wrong like this.
async fn two_calls_whatever_the_callbacks(faults: CallbackFaults) {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![absent(Answer::Busy), rises_after(3)]);
    day.morning.exchange().faults(|all| all.callbacks = faults);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    assert_eq!(day.skip_the_wait().await.as_secs(), 90);
    assert_eq!(day.ended().await, End::Up);
    day.morning.exchange().idle().await;
    assert_eq!(day.call_ends(), [CallStatus::Busy, CallStatus::Completed]);
    assert_eq!(day.endings().await, ["busy", "up"]);
    let refused = |call: &CallRecord| {
        call.webhooks_of(WebhookKind::Status).filter(|webhook| webhook.status != Some(204)).count()
    };
    assert_eq!(day.carrier_calls().iter().map(refused).sum::<usize>(), 0, "all were taken in");
    day.close().await;
}

#[tokio::test]
async fn callbacks_that_come_twice_count_once() {
    two_calls_whatever_the_callbacks(CallbackFaults { duplicated: true, ..CallbackFaults::default() }).await;
}

#[tokio::test]
async fn callbacks_in_the_wrong_order_tell_the_same() {
    two_calls_whatever_the_callbacks(CallbackFaults { reordered: true, ..CallbackFaults::default() }).await;
}

#[tokio::test]
async fn callbacks_that_come_late_are_waited_for() {
    let delay = Duration::from_secs(8);
    two_calls_whatever_the_callbacks(CallbackFaults { delay, ..CallbackFaults::default() }).await;
}

#[tokio::test]
async fn a_callback_repeated_after_the_end_changes_nothing() {
    let mut day = TestDay::before_half_past_six().await;
    day.half_past_six();
    assert_eq!(day.ended().await, End::Up);
    day.morning.exchange().idle().await;
    let before = day.only_attempt().await;
    let call = day.only_call();
    let webhooks: Vec<_> = call.webhooks_of(WebhookKind::Status).cloned().collect();
    assert_eq!(webhooks.len(), 4);
    for webhook in &webhooks {
        let path = webhook.url.split_once(".localhost").expect("our own address").1;
        let params: Vec<(&str, &str)> =
            webhook.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(day.carrier_sends(path, &params).await.0, 204);
        // The same news under a number not seen before: the attempt is over, and stays so.
        let params: Vec<(&str, &str)> = params
            .into_iter()
            .map(|(name, value)| (name, if name == "SequenceNumber" { "77" } else { value }))
            .collect();
        assert_eq!(day.carrier_sends(path, &params).await.0, 204);
    }
    assert_eq!(day.only_attempt().await, before);
    assert_eq!(day.only_call().status, CallStatus::Completed);
    day.close().await;
}

#[tokio::test]
async fn the_end_of_a_call_repeated_during_the_next_one_does_not_end_that() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![absent(Answer::Busy), rises_after(6)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    day.morning.exchange().idle().await;
    let end = day.only_call().webhooks_of(WebhookKind::Status).last().expect("it was told").clone();
    let path = end.url.split_once(".localhost").expect("our own address").1;
    let params: Vec<(&str, &str)> =
        end.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert!(params.contains(&("CallStatus", "busy")), "{params:?}");
    day.skip_the_wait().await;
    day.placed().await;
    assert_eq!(day.carrier_sends(path, &params).await.0, 204);
    let occurrence = day.morning.store.load_occurrence(day.occurrence()).await.unwrap();
    assert_eq!(occurrence.wake_up.phase, Phase::Calling, "the second call goes on");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.endings().await, ["busy", "up"]);
    day.close().await;
}

#[tokio::test]
async fn an_end_that_nobody_told_of_is_found_by_asking() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![absent(Answer::Busy), rises_after(3)]);
    day.loses_all_callbacks();
    day.half_past_six();
    day.placed().await;
    day.morning.exchange().idle().await;
    assert_eq!(day.endings().await, ["placed"], "nobody has told us");
    day.advance(ASK_AFTER);
    assert_eq!(day.finished().await, Outcome::Busy);
    day.skip_the_wait().await;
    day.answered().await;
    day.all_is_well();
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.call_ends(), [CallStatus::Busy, CallStatus::Completed]);
    day.close().await;
}

#[tokio::test]
async fn a_call_that_still_rings_is_asked_about_and_left_alone() {
    let mut day = TestDay::before_a_long_ring().await;
    day.loses_all_callbacks();
    day.half_past_six();
    day.placed().await;
    day.is_ringing().await;
    for asked in 1..=3 {
        day.advance(ASK_AFTER);
        let fetched = |day: &TestDay| {
            let requests = day.morning.exchange().requests();
            let of_one = |request: &&String| request.starts_with("GET") && request.contains("/Calls/");
            requests.iter().filter(of_one).count() == asked
        };
        day.until("the carrier has been asked", fetched).await;
    }
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn a_forged_end_is_refused_and_changes_nothing() {
    let mut day = TestDay::before_half_past_six().await;
    day.morning.exchange().faults(|all| all.callbacks.forged = true);
    day.half_past_six();
    assert_eq!(day.ended().await, End::Up);
    day.morning.exchange().idle().await;
    let call = day.only_call();
    let forged: Vec<_> = call.webhooks_of(WebhookKind::Forged).map(|webhook| webhook.status).collect();
    assert_eq!(forged, [Some(403); 4]);
    let attempt = day.only_attempt().await;
    let told: Vec<_> = day.history(&attempt).await.into_iter().filter(|what| what == "carrier").collect();
    assert_eq!(told.len(), 4, "one for each true callback");
    assert_eq!(day.endings().await, ["up"]);
    day.close().await;
}

#[tokio::test]
async fn a_strangers_questions_are_refused_on_every_path_of_a_live_call() {
    let mut day = TestDay::before_a_long_ring().await;
    day.half_past_six();
    day.placed().await;
    day.is_ringing().await;
    let call = day.only_call();
    let before = day.only_attempt().await;
    let nonce = before.attempt.nonce.as_str().to_owned();
    let params = [("CallSid", call.sid.as_str()), ("CallStatus", "completed"), ("SequenceNumber", "9")];
    for path in ["voice", "voice-realtime", "call-status", "stream-status"] {
        let (status, body) =
            day.sends(&format!("/{path}/{nonce}"), &params, "c2lnbmF0dXJlIG9mIGEgZ3Vlc3M=").await;
        assert_eq!(status, 403, "{path}");
        assert!(!body.contains("Response"), "{path} must not tell a stranger what the coach would say");
    }
    let turn = format!("/handle-response/{nonce}/0");
    assert_eq!(day.sends(&turn, &params, "").await.0, 403);
    assert_eq!(day.only_attempt().await, before);
    day.ends_the_long_ring().await;
    day.close().await;
}

#[tokio::test]
async fn a_turn_that_cannot_be_is_answered_with_the_one_that_is() {
    let mut day = TestDay::before_half_past_six().await.never_realtime().await.believes_a_goodbye();
    let acts = vec![Act::StaySilent(Duration::from_secs(6)), Act::say("Goodbye.")];
    day.sleeps_like(vec![Sleeper::answering(Duration::from_secs(1), acts)]);
    day.half_past_six();
    day.event("the answer", |what| *what == What::Answered).await;
    let (call, attempt) = (day.only_call(), day.only_attempt().await);
    let nonce = attempt.attempt.nonce.as_str();
    let account = day.morning.carrier_account().account_sid.clone();
    let params = [
        ("CallSid", call.sid.as_str()),
        ("AccountSid", account.as_str()),
        ("CallStatus", "in-progress"),
        ("SpeechResult", "hello"),
    ];
    let turn = "4294967295";
    let (status, document) = day.carrier_sends(&format!("/handle-response/{nonce}/{turn}"), &params).await;
    assert_eq!(status, 200, "{document}");
    assert!(document.contains("<Gather") && !document.contains(turn), "{document}");
    assert_eq!(day.ended().await, End::Up, "the call goes on");
    day.close().await;
}

#[tokio::test]
async fn an_attempt_nobody_made_is_hung_up_on() {
    let day = TestDay::before_half_past_six().await;
    let params = [
        ("CallSid", "CA00000000000000000000000000000001"),
        ("AccountSid", day.morning.carrier_account().account_sid.as_str()),
        ("CallStatus", "in-progress"),
        ("SequenceNumber", "0"),
    ];
    for name in [NOBODYS, "short"] {
        let (status, body) = day.carrier_sends(&format!("/voice/{name}"), &params).await;
        if status == 200 {
            assert!(body.contains("<Hangup/>") && !body.contains("<Say"), "{name}: {body}");
        } else {
            assert_eq!(status, 404, "{name}");
        }
        let (status, _) = day.carrier_sends(&format!("/call-status/{name}"), &params).await;
        assert!([204, 404].contains(&status), "{name}: {status}");
    }
    assert_eq!(day.attempts().await, []);
    // Somebody dials in with an address of his own making: the carrier's signature alone opens nothing.
    let url = format!("{}/voice/{NOBODYS}", wakeup_coach::app::LOCAL_ORIGIN);
    let sid = day.morning.exchange().dial_in("+14155550199", &url);
    day.morning.exchange().idle().await;
    assert_eq!(day.morning.exchange().call(&sid).unwrap().said, Vec::<String>::new());
    assert_eq!(day.attempts().await, []);
    day.close().await;
}

#[tokio::test]
async fn a_second_call_under_the_same_name_is_hung_up_and_the_first_goes_on() {
    let mut day = TestDay::before_half_past_six().await;
    day.expect_error("A call too many was ended");
    day.sleeps_like(vec![rises_after(6), rises_after(2)]);
    day.half_past_six();
    day.placed().await;
    // A proxy between us and the carrier repeats the request.
    let request = day.only_call().request;
    assert_eq!(day.asks_carrier("/Calls.json", &request).await, 201);
    assert_eq!(day.ended().await, End::Up);
    day.morning.exchange().idle().await;
    let calls = day.carrier_calls();
    assert_eq!(day.call_ends(), [CallStatus::Completed, CallStatus::Canceled]);
    assert!(!calls[0].said.is_empty() && calls[1].said.is_empty());
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.state.call().map(CallId::as_str), Some(calls[0].sid.as_str()));
    day.close().await;
}

#[tokio::test]
async fn a_second_call_that_is_answered_is_hung_up_on_without_a_word() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![rises_after(20), rises_after(1)]);
    day.half_past_six();
    day.placed().await;
    day.morning.exchange().faults(|all| all.callbacks.lost = vec!["initiated", "ringing", "answered"]);
    let request = day.only_call().request;
    assert_eq!(day.asks_carrier("/Calls.json", &request).await, 201);
    assert_eq!(day.ended().await, End::Up);
    day.morning.exchange().idle().await;
    let calls = day.carrier_calls();
    assert_eq!(day.call_ends(), [CallStatus::Completed, CallStatus::Completed]);
    assert_eq!(calls[1].said, Vec::<String>::new());
    assert!(calls[1].documents[0].contains("<Hangup/>"), "{:?}", calls[1].documents);
    assert_eq!(day.endings().await, ["up"]);
    day.close().await;
}

#[tokio::test]
async fn a_carrier_that_asks_twice_hears_the_same_document() {
    let mut day = TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", crate::support::SPEED, |_| {})
        .await
        .always_realtime()
        .await;
    day.wakes_daily_at(6, 30).await;
    day.half_past_six();
    day.answered().await;
    day.until("the first document is there", |day| !day.only_call().documents.is_empty()).await;
    let first = day.only_attempt().await;
    let call = day.only_call();
    let asked = call.webhooks_of(WebhookKind::Document).next().expect("the voice URL was asked").clone();
    let params: Vec<(&str, &str)> =
        asked.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let path = format!("/voice/{}", first.attempt.nonce.as_str());
    let (status, again) = day.carrier_sends(&path, &params).await;
    assert_eq!((status, again), (200, asked.body));
    let second = day.only_attempt().await;
    assert!(first.ticket.is_some(), "a realtime call has a ticket");
    assert_eq!(second.ticket, first.ticket, "no second ticket");
    assert_eq!(day.ended().await, End::Up);
    let answers = day.seen.iter().filter(|event| event.what == wakeup_coach::calls::What::Answered).count();
    assert_eq!(answers, 1);
    day.close().await;
}

#[tokio::test]
async fn a_call_cancelled_while_it_is_being_placed_is_taken_back() {
    let mut day = TestDay::before_half_past_six().await;
    day.half_past_six();
    let decided =
        day.event("a decision", |what| matches!(what, wakeup_coach::calls::What::Decided(..))).await;
    day.morning.running.calls.cancel(decided.occurrence).await.unwrap();
    assert_eq!(day.ended().await, End::Cancelled);
    day.until_free().await;
    day.morning.exchange().idle().await;
    // Where the request was not on its way yet, none was sent.
    assert!(day.call_ends().iter().all(|end| *end == CallStatus::Canceled), "{:?}", day.call_ends());
    assert_eq!(day.call_ends().len(), day.creates_asked());
    let occurrence = day.morning.store.load_occurrence(decided.occurrence).await.unwrap();
    assert_eq!(occurrence.wake_up.phase, Phase::Ended(End::Cancelled));
    day.close().await;
}

#[tokio::test]
async fn a_call_cancelled_in_the_carriers_queue_leaves_her_number_free() {
    let mut day = TestDay::before_half_past_six().await;
    // Somebody else's calls take the next seconds' places, so that hers waits; one a second is dialled.
    day.morning.exchange().set_sleeper("+14155550143", vec![absent(Answer::Busy)]);
    let account = day.morning.carrier_account().clone();
    let other = [
        ("To", "+14155550143"),
        ("From", account.from.as_str()),
        ("Url", "https://elsewhere.example.com/voice"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    for _ in 0..40 {
        assert_eq!(day.asks_carrier("/Calls.json", &other).await, 201);
    }
    let placed = day.morning.running.calls.call_now(day.anna.id, None, 1).await.unwrap();
    let sid = placed.call.clone().expect("the carrier took the call");
    day.morning.running.calls.cancel(placed.occurrence).await.unwrap();
    let hers = day.morning.exchange().call(sid.as_str()).unwrap();
    assert_eq!((hers.status, hers.started_at), (CallStatus::Canceled, None), "it was never dialled");
    assert_eq!(hers.webhooks, []);
    day.until_free().await;
    // And so the morning's own call rings.
    day.half_past_six();
    assert_eq!(day.ended().await, End::Cancelled);
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.endings().await, ["canceled", "up"]);
    day.close().await;
}

#[tokio::test]
async fn a_number_held_by_a_wake_up_that_is_over_is_freed_by_asking() {
    let mut day = TestDay::before_a_long_ring().await;
    day.loses_all_callbacks();
    day.next_creates(&[CreateFault::ErrorAfter]);
    let placed = day.morning.running.calls.call_now(day.anna.id, None, 1).await.unwrap();
    assert_eq!((placed.call, placed.state), (None, "unknown"));
    // Nobody knows a call that could be hung up, and nothing would ever make the wake-up act again.
    day.morning.running.calls.cancel(placed.occurrence).await.unwrap();
    assert_eq!(day.ended().await, End::Cancelled);
    day.is_ringing().await;
    day.half_past_six();
    day.until("the wake-up waits", |day| day.log.contains("on another call of ours")).await;
    // Each minute somebody looks for such calls.
    day.morning.running.bells.plan.notify_one();
    assert_eq!(day.finished().await, Outcome::Canceled);
    day.all_is_well();
    day.advance(Duration::from_secs(15));
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.call_ends(), [CallStatus::Canceled, CallStatus::Completed]);
    day.close().await;
}
