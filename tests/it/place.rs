//! She got up and was at the agreed place: the doorbell, a printed code, and who may say so.

mod code;
mod knock;

use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::SecretString;
use serde_json::{Value, json};
use wakeup_coach::app::RehearsalPlan;
use wakeup_coach::calls::What;
use wakeup_coach::domain::attempt::{AttemptKind, Outcome};
use wakeup_coach::domain::policy::CheckCalls;
use wakeup_coach::domain::proof::{Proof, Proofs};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper as Script};

use crate::support::TestDay;
use crate::support::carrier::{absent, hangs_up_at_once};

const EARLY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
const BEN: &str = "+14155550143";
const TOKEN: &str = "doorbell-token-of-the-house";
const SECRET: &str = "doorbell-secret-of-the-house";
const TOUCH: &str = r#"{"event": "fingerprint_identified", "device": "74ACB99F4E24"}"#;

fn with_a_doorbell(plan: &mut RehearsalPlan) {
    plan.morning.proofs = Proofs::of(&[Proof::Place]);
    plan.doorbell.token = Some(SecretString::from(TOKEN));
    plan.doorbell.hmac_secret = Some(SecretString::from(SECRET));
}

/// A minute before Anna's half past six, for which she has to walk to the door.
async fn house(change: impl FnOnce(&mut RehearsalPlan)) -> TestDay {
    house_at(16.0, change).await
}

/// The same, where guesses are counted by the minute: a loaded machine makes few in a hurried one.
async fn house_in_real_time() -> TestDay {
    house_at(1.0, |_| {}).await
}

async fn house_at(speed: f64, change: impl FnOnce(&mut RehearsalPlan)) -> TestDay {
    let plan = |plan: &mut RehearsalPlan| {
        with_a_doorbell(plan);
        change(plan);
    };
    let mut day = TestDay::plan(EARLY, speed, plan).await.never_realtime().await;
    day.wakes_daily_at(6, 30).await;
    day
}

/// A request to the doorbell's address.
fn request(day: &TestDay) -> RequestBuilder {
    let url = format!("http://{}/doorbell-webhook", day.morning.running.address);
    wakeup_coach::http::client().post(url)
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.expect("the daemon answers");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("every answer is JSON"))
}

/// The doorbell knows her finger.
async fn touches(day: &TestDay) -> (u16, Value) {
    answer(request(day).bearer_auth(TOKEN).body(TOUCH)).await
}

async fn hung_up_and_waiting(day: &mut TestDay) {
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::HungUp);
    day.event("the plan to call back", |what| matches!(what, What::Waiting(..))).await;
}

#[tokio::test]
async fn an_early_doorbell_is_thanked_and_proves_nothing() {
    let mut day = house(|_| {}).await;
    day.sleeps_like(vec![hangs_up_at_once(), absent(Answer::Busy)]);
    let (status, early) = touches(&day).await;
    assert_eq!((status, &early["counted"]), (202, &json!(false)), "{early}");
    assert!(early["message"].as_str().unwrap().contains("after the telephone has rung"), "{early}");
    hung_up_and_waiting(&mut day).await;
    let (_, shown) = day.ask("GET", "/doorbell-status", "").await;
    assert_eq!(shown["activated"], json!(false), "{shown}");
    let (status, counted) = touches(&day).await;
    assert_eq!((status, &counted["counted"]), (200, &json!(true)), "{counted}");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.ask("POST", "/activate-doorbell", "").await.0, 202, "it is over");
    day.close().await;
}

#[tokio::test]
async fn between_two_calls_the_doorbell_ends_the_wake_up() {
    let mut day = house(|_| {}).await;
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    let (_, counted) = touches(&day).await;
    assert_eq!((&counted["status"], &counted["wake_ups"][0]["up"]), (&json!("success"), &json!(true)));
    assert_eq!(day.ended().await, End::Up);
    day.advance(Duration::from_mins(30));
    assert_eq!(touches(&day).await.0, 202);
    assert_eq!(day.creates_asked(), 1, "nobody calls again");
    let occurrence = day.occurrence();
    let proofs = day.morning.store.list_proofs(occurrence).await.unwrap();
    assert_eq!((proofs.len(), proofs[0].proof, proofs[0].source.as_str()), (1, Proof::Place, "doorbell"));
    day.close().await;
}

#[tokio::test]
async fn after_the_doorbell_comes_the_check_call() {
    let mut day = house(|plan| plan.morning.check = CheckCalls::Once).await;
    day.sleeps_like(vec![absent(Answer::Busy), absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    day.event("the plan to redial", |what| matches!(what, What::Waiting(AttemptKind::Redial, _))).await;
    assert_eq!(touches(&day).await.0, 200);
    let waiting =
        day.event("the check call", |what| matches!(what, What::Waiting(AttemptKind::Check, _))).await;
    let What::Waiting(_, at) = waiting.what else { unreachable!("just matched") };
    assert!((5..=9).contains(&(at.duration_since(day.now()).as_secs() / 60)), "{at}");
    let (_, again) = touches(&day).await;
    assert_eq!(again["wake_ups"][0]["up"], json!(false), "a second touch is no check: {again}");
    day.ask("POST", &format!("/api/v1/occurrences/{}/cancel", day.occurrence()), "").await;
    day.close().await;
}

#[tokio::test]
async fn a_touch_from_before_a_failed_check_does_not_count_again() {
    let mut day = house(|plan| plan.morning.check = CheckCalls::Once).await;
    let mut change = day.morning.store.change().await.unwrap();
    change.set_place_counts_for(Duration::from_hours(1), day.now()).await.unwrap();
    change.commit().await.unwrap();
    day.sleeps_like(vec![absent(Answer::Busy)]);
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    day.event("the plan to redial", |what| matches!(what, What::Waiting(AttemptKind::Redial, _))).await;
    assert_eq!(touches(&day).await.0, 200);
    let check = |what: &What| matches!(what, What::Waiting(AttemptKind::Check, _));
    let What::Waiting(_, at) = day.event("the check call", check).await.what else { unreachable!() };
    day.morning.jump_to(at);
    assert_eq!(day.finished().await, Outcome::Busy);
    let next = day.event("what follows", |what| matches!(what, What::Waiting(..))).await;
    assert!(matches!(next.what, What::Waiting(AttemptKind::Redial, _)), "all is asked anew: {next:?}");
    assert_eq!(touches(&day).await.0, 200, "a new touch counts");
    day.ask("POST", &format!("/api/v1/occurrences/{}/cancel", day.occurrence()), "").await;
    day.close().await;
}

/// She talks on and on; the door alone counts.
fn talks(lines: usize) -> Script {
    let mut acts = vec![Act::say("Hello?"), Act::say("Yes, I'm awake."), Act::say("I am making coffee.")];
    acts.extend((3..lines).map(|_| Act::say("My feet are on the floor.")));
    Script::answering(Duration::from_secs(1), acts)
}

#[tokio::test]
async fn a_doorbell_in_a_traditional_call_ends_it_at_the_next_turn() {
    let mut day = house(|_| {}).await;
    day.sleeps_like(vec![talks(12)]);
    day.half_past_six();
    day.event("her first words", |what| matches!(what, What::Said(said) if said.text.contains("Hello")))
        .await;
    let (_, counted) = touches(&day).await;
    assert_eq!((&counted["counted"], &counted["wake_ups"][0]["up"]), (&json!(true), &json!(false)));
    assert_eq!(day.ended().await, End::Up);
    let verdict = day.only_attempt().await.verdict.expect("it was a verdict");
    assert_eq!(verdict.proof, Proof::Place);
    day.close().await;
}

#[tokio::test]
async fn a_doorbell_in_a_realtime_call_ends_it_within_half_a_minute() {
    let mut day = house(|_| {}).await.always_realtime().await;
    day.sleeps_like(vec![talks(20)]);
    day.half_past_six();
    day.event("her first words", |what| matches!(what, What::Said(said) if said.text.contains("Hello")))
        .await;
    let touched_at = day.elapsed();
    assert_eq!(touches(&day).await.1["counted"], json!(true));
    let satisfied = day.event("the verdict", |what| matches!(what, What::Satisfied(_))).await;
    let What::Satisfied(verdict) = satisfied.what else { unreachable!("just matched") };
    assert_eq!((verdict.proof, verdict.evidence.contains("touched the doorbell")), (Proof::Place, true));
    assert_eq!(day.ended().await, End::Up);
    let took = day.elapsed().checked_sub(touched_at).unwrap();
    assert!(took < Duration::from_secs(40), "the call went on for {took:?}");
    assert!(day.only_attempt().await.attempt.fell_back.is_none());
    day.close().await;
}

#[tokio::test]
async fn a_device_proves_its_own_sleeper_and_an_unknown_one_those_who_have_none() {
    let mut day = house(|_| {}).await;
    let ben = day.morning.add_sleeper("Ben", BEN).await.unwrap();
    let at = jiff::civil::Time::constant(6, 30, 0, 0);
    let daily = wakeup_coach::domain::schedule::Weekdays::ALL;
    day.morning.add_schedule(&ben, daily, at, "Europe/Berlin").await.unwrap();
    day.morning.exchange().set_sleeper(BEN, vec![absent(Answer::Busy)]);
    day.sleeps_like(vec![absent(Answer::Busy)]);
    let place = r#"{"name": "Anna's door", "sleeper": "Anna", "device": "74ACB99F4E24"}"#;
    let (status, shown) = day.ask_json("POST", "/api/v1/places", place).await;
    assert_eq!((status, &shown["device"]), (201, &json!("74acb99f4e24")), "{shown}");
    day.half_past_six();
    for _ in 0..2 {
        assert_eq!(day.finished().await, Outcome::Busy);
    }
    let other = || request(&day).bearer_auth(TOKEN).body(r#"{"event": "identified", "device": "hall"}"#);
    let (_, his) = answer(other()).await;
    assert_eq!(his["wake_ups"].as_array().unwrap().len(), 1, "Anna has a door of her own: {his}");
    assert_eq!(answer(other()).await.0, 202, "it is over for Ben");
    let (_, hers) = touches(&day).await;
    assert_eq!(hers["wake_ups"].as_array().unwrap().len(), 1, "{hers}");
    for _ in 0..2 {
        assert_eq!(day.ended().await, End::Up);
    }
    let mornings = day.morning.store.list_recent(2).await.unwrap();
    assert!(mornings.iter().all(|morning| morning.wake_up.calls <= 1));
    day.close().await;
}

#[tokio::test]
async fn the_status_says_what_stands_and_for_how_long() {
    // Talk is wanted as well, so the wake-up goes on.
    let wants_both = |plan: &mut RehearsalPlan| {
        plan.morning.proofs = Proofs::of(&[Proof::Place, Proof::Conversation]);
    };
    let mut day = house(wants_both).await;
    day.sleeps_like(vec![absent(Answer::Busy)]);
    let nothing = json!({"activated": false, "activation_time": null, "time_remaining_seconds": 0, "timeout_seconds": 300,
        "activated_at": null, "source": null, "wake_up": null});
    assert_eq!(day.ask("GET", "/doorbell-status", "").await, (200, nothing.clone()));
    day.half_past_six();
    assert_eq!(day.finished().await, Outcome::Busy);
    let (status, by_hand) = day.ask("POST", "/activate-doorbell", "").await;
    assert_eq!((status, &by_hand["wake_ups"][0]["up"]), (200, &json!(false)), "{by_hand}");
    day.advance(Duration::from_mins(1));
    let (_, shown) = day.ask("GET", "/doorbell-status", "").await;
    assert_eq!((&shown["activated"], &shown["source"]), (&json!(true), &json!("by hand")));
    assert_eq!(shown["activation_time"], json!("2026-03-02 06:30:00"));
    assert_eq!(shown["time_remaining_seconds"], json!(240));
    let (_, home) = day.ask("GET", "/", "").await;
    assert_eq!((&home["doorbell_activated"], &home["doorbell_timeout_seconds"]), (&json!(true), &json!(300)));
    assert_eq!(
        (&home["activation_time"], &home["time_remaining_seconds"]),
        (&shown["activation_time"], &json!(240))
    );
    for (method, path) in [("GET", "/doorbell-status"), ("POST", "/activate-doorbell")] {
        assert_eq!(day.ask_as(None, method, path, "").await.0, 401);
        assert_eq!(day.ask_as(Some(TOKEN), method, path, "").await.0, 401, "the doorbell only knocks");
    }
    let occurrence = day.occurrence();
    day.morning.running.calls.cancel(occurrence).await.unwrap();
    day.until_free().await;
    day.advance(Duration::from_mins(4));
    assert_eq!(day.ask("GET", "/doorbell-status", "").await.1, nothing);
    day.close().await;
}
