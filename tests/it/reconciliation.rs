//! The carrier's books against ours: calls that are not ours, calls too many, lists that hide something.

use std::time::Duration;

use wakeup_coach::domain::alert::AlertKind;
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::{End, LOOK_AFTER};
use wakeup_coach::simulator::sleeper::Sleeper as Script;
use wakeup_coach::simulator::twilio::{CallStatus, CreateFault};

use crate::support::carrier::{rises_after, says_goodbye};
use crate::support::people::Inbox;
use crate::support::{ANNA, TestDay};

/// Nobody we know.
const STRANGER: &str = "+14155550188";

/// Somebody else with the account's keys places a call from our number.
async fn alien_calls(day: &TestDay, to: &str) {
    let from = day.morning.carrier_account().from.as_str().to_owned();
    let twiml = "<Response><Pause length=\"1\"/></Response>";
    let fields = [("To", to), ("From", from.as_str()), ("Twiml", twiml), ("Timeout", "600")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(day.asks_carrier("/Calls.json", &fields).await, 201);
}

async fn compares(day: &TestDay) {
    let yesterday = day.now() - jiff::SignedDuration::from_hours(36);
    day.morning.running.calls.reconcile(yesterday).await.unwrap();
}

fn states_of(day: &TestDay, number: &str) -> Vec<CallStatus> {
    day.carrier_calls().iter().filter(|call| call.to == number).map(|call| call.status).collect()
}

#[tokio::test]
async fn a_call_that_is_not_ours_is_told_once_and_until_somebody_has_looked() {
    let owner = Inbox::open().await;
    let url = owner.url.clone();
    let mut day = TestDay::before_half_past_six_with(|plan| plan.notify.webhook = Some(url)).await;
    day.expect_error("The carrier lists a call from our number that is not ours");
    day.sleeps_like(vec![says_goodbye()]);
    alien_calls(&day, STRANGER).await;
    compares(&day).await;
    assert_eq!(day.open_alerts().await, [], "it may be one of ours that is not written down yet");
    // Ours are no strangers.
    day.half_past_six();
    assert_eq!(day.ended().await, End::Up);
    day.advance(Duration::from_mins(2));
    compares(&day).await;
    compares(&day).await;
    day.until("the owner is told", |_| !owner.posts().is_empty()).await;
    assert_eq!(day.open_alerts().await, [AlertKind::AlienCall]);

    let (status, ready) = day.ask("GET", "/readyz", "").await;
    assert_eq!((status, &ready["status"]), (200, &"attention".into()), "{ready}");
    assert_eq!(ready["alerts"][0]["kind"], "alien_call");
    let (_, public) = day.ask_as(None, "GET", "/readyz", "").await;
    assert_eq!((&public["status"], public.get("alerts")), (&"attention".into(), None));

    let (_, alerts) = day.ask("GET", "/api/v1/alerts", "").await;
    let id = alerts[0]["short_id"].as_str().unwrap();
    let (status, closed) = day.ask_json("POST", &format!("/api/v1/alerts/{id}/ack"), "null").await;
    assert_eq!((status, &closed["closed"]), (200, &"acknowledged".into()), "{closed}");
    assert_eq!(day.ask("GET", "/readyz", "").await.1["status"], "ready");

    day.dies().await;
    day.starts_again().await;
    compares(&day).await;
    assert_eq!(day.open_alerts().await, []);
    assert_eq!(owner.kinds(), ["alert.alien_call"]);
    day.close().await;
}

#[tokio::test]
async fn a_second_call_to_a_telephone_that_rings_is_ended_and_told() {
    let mut day = TestDay::before_a_long_ring().await;
    day.expect_error("A call too many was ended");
    day.sleeps_like(vec![Script::never_answers(), Script::never_answers(), rises_after(3)]);
    day.half_past_six();
    day.placed().await;
    day.is_ringing().await;
    alien_calls(&day, ANNA).await;
    day.until("both ring", |day| states_of(day, ANNA) == [CallStatus::Ringing; 2]).await;
    let before = day.elapsed();
    compares(&day).await;
    assert_eq!(states_of(&day, ANNA), [CallStatus::Ringing, CallStatus::Canceled]);
    let took = day.elapsed().saturating_sub(before);
    assert!(took < Duration::from_secs(3) * 16, "less than three seconds of this machine");
    assert_eq!(day.open_alerts().await, [AlertKind::Doubled]);
    compares(&day).await;
    assert_eq!(day.open_alerts().await, [AlertKind::Doubled], "once");
    let ours = day.carrier_calls()[0].sid.clone();
    let cancel = [("Status".to_owned(), "canceled".to_owned())];
    assert_eq!(day.asks_carrier(&format!("/Calls/{ours}.json"), &cancel).await, 200);
    assert_eq!(day.finished().await, Outcome::Canceled);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn of_two_calls_behind_an_unclear_answer_the_older_goes_on() {
    let mut day = TestDay::before_a_long_ring().await;
    day.expect_error("A call too many was ended");
    day.sleeps_like(vec![Script::never_answers(), Script::never_answers(), rises_after(3)]);
    day.loses_all_callbacks();
    day.next_creates(&[CreateFault::ErrorAfter]);
    day.half_past_six();
    day.nobody_knows().await;
    alien_calls(&day, ANNA).await;
    day.until("both ring", |day| states_of(day, ANNA) == [CallStatus::Ringing; 2]).await;
    day.advance(LOOK_AFTER);
    day.placed().await;
    day.all_is_well();
    assert_eq!(states_of(&day, ANNA), [CallStatus::Ringing, CallStatus::Canceled]);
    let (older, bound) = (day.carrier_calls()[0].sid.clone(), day.only_attempt().await);
    assert_eq!(bound.attempt.state.call().map(|call| call.as_str().to_owned()), Some(older.clone()));
    let cancel = [("Status".to_owned(), "canceled".to_owned())];
    assert_eq!(day.asks_carrier(&format!("/Calls/{older}.json"), &cancel).await, 200);
    assert_eq!(day.finished().await, Outcome::Canceled);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.close().await;
}

#[tokio::test]
async fn an_empty_list_is_not_believed_when_it_hides_a_call_that_it_must_show() {
    let mut day = TestDay::before_a_long_ring().await;
    day.sleeps_like(vec![says_goodbye(), Script::never_answers(), says_goodbye()]);
    day.half_past_six();
    assert_eq!(day.ended().await, End::Up);

    day.loses_all_callbacks();
    day.morning.exchange().faults(|faults| faults.lists_empty = true);
    day.next_creates(&[CreateFault::ErrorAfter]);
    day.jump_to("2026-03-03T06:30:00[Europe/Berlin]");
    day.nobody_knows().await;
    day.advance(LOOK_AFTER);
    let doubted = |day: &TestDay| day.log.contains("leaves out a call that it must show");
    let believed = |day: &TestDay| day.log.contains("The carrier knows of no such call");
    day.until("the list has been looked at", |day| doubted(day) || believed(day)).await;
    assert!(!believed(&day), "an empty list was believed");
    assert_eq!(day.creates_asked(), 2, "nothing is dialled again on the word of such a list");
    day.until_it_waits().await;
    day.lists_again();
    day.advance(LOOK_AFTER);
    day.placed().await;
    day.all_is_well();
    assert_eq!((day.creates_asked(), day.carrier_calls().len()), (2, 2), "the call was found");
    let hidden = day.last_call().sid;
    let cancel = [("Status".to_owned(), "canceled".to_owned())];
    assert_eq!(day.asks_carrier(&format!("/Calls/{hidden}.json"), &cancel).await, 200);
    assert_eq!(day.finished().await, Outcome::Canceled);
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    day.assert_one_call_at_a_time();
    day.close().await;
}

#[tokio::test]
async fn a_list_that_cannot_be_read_for_long_is_told_and_forgotten_when_it_can() {
    let owner = Inbox::open().await;
    let url = owner.url.clone();
    // So fast that a quarter of an hour is a few seconds.
    let day = TestDay::plan("2026-03-02T06:29:00[Europe/Berlin]", 400.0, |plan| {
        plan.notify.webhook = Some(url);
    })
    .await;
    day.morning.exchange().faults(|faults| faults.lists_fail = true);
    day.until_open(AlertKind::ReconcileFailed).await;
    assert_eq!(day.ask("GET", "/readyz", "").await.0, 200);
    day.all_is_well();
    day.until_closed(AlertKind::ReconcileFailed).await;
    assert_eq!(owner.kinds(), ["alert.reconcile_failed"]);
    day.close().await;
}
