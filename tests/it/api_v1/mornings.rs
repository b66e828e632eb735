//! Mornings that begin, change and end over the API.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use wakeup_coach::calls::What;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper as Script, When};

use super::{NOON, ask, done, weekdays};
use crate::support::carrier::says_goodbye;
use crate::support::{SPEED, TestDay};

/// Mornings are short here: she says the word at once.
const VERY_FAST: f64 = 30.0;
const HALF_PAST_SIX: &str = "2026-03-02T06:30:00[Europe/Berlin]";

async fn noon() -> TestDay {
    noon_at(VERY_FAST).await
}

async fn noon_at(speed: f64) -> TestDay {
    let day = TestDay::plan(NOON, speed, |_| {}).await.never_realtime().await;
    day.sleeps_like(vec![says_goodbye()]);
    day
}

/// Somebody who picks up and says nothing for a while: time to do something meanwhile.
fn slow_of_speech(words: Option<&str>) -> Script {
    let after = When::After(Duration::from_secs(10));
    let say = |text: &str| Act::Say { text: text.to_owned(), after };
    Script::answering(Duration::from_secs(1), words.map(say).into_iter().collect())
}

fn answered(what: &What) -> bool {
    matches!(what, What::Answered)
}

#[tokio::test]
async fn a_schedule_added_over_the_api_rings() {
    let mut day = noon().await;
    let added = weekdays(&day).await;
    let said = added["said"].as_str().unwrap();
    assert!(said.starts_with("Added "), "{said}");
    assert!(
        said.ends_with(
            ": weekdays 06:30 Europe/Berlin for Anna. It rings next Mon 2026-03-02 06:30 (+01:00 Europe/Berlin), \
             in 18 h 30 min."
        ),
        "{said}"
    );
    assert_eq!(added["next"]["when"]["at"], "2026-03-02T05:30:00Z");
    day.jump_to(HALF_PAST_SIX);
    assert_eq!(day.ended().await, End::Up);
    let history = done(&day, "GET", "/history?transcript=true", Value::Null).await;
    let morning = &history[0];
    assert_eq!(morning["wake_up"]["ended_how"], "up");
    assert_eq!(morning["attempts"][0]["outcome"], "up");
    let steps: Vec<&str> =
        morning["timeline"].as_array().unwrap().iter().map(|step| step["what"].as_str().unwrap()).collect();
    assert_eq!((steps[0], steps[1]), ("due", "decided"), "{steps:?}");
    for step in ["placed", "said", "finished"] {
        assert!(steps.contains(&step), "{step} is missing in {steps:?}");
    }
    let id = morning["wake_up"]["short_id"].as_str().unwrap();
    let quiet = done(&day, "GET", &format!("/occurrences/{id}"), Value::Null).await;
    assert!(!quiet.to_string().contains("oodbye"), "what was said has to be asked for");
    let attempt = morning["attempts"][0]["short_id"].as_str().unwrap();
    let alone = done(&day, "GET", &format!("/attempts/{attempt}"), Value::Null).await;
    assert_eq!(alone["attempts"].as_array().unwrap().len(), 1);
    let proofs = done(&day, "GET", &format!("/occurrences/{id}/proofs"), Value::Null).await;
    assert_eq!(proofs["wanted"], json!(["conversation"]));
    day.close().await;
}

#[tokio::test]
async fn an_edit_while_it_rings_changes_nothing_of_that_morning() {
    let mut day = noon_at(SPEED).await;
    weekdays(&day).await;
    day.sleeps_like(vec![slow_of_speech(Some("Goodbye."))]);
    day.jump_to(HALF_PAST_SIX);
    day.event("she answers", answered).await;
    let edit = json!({ "when": "weekdays 07:00", "policy": { "proofs": ["sum"], "word_is_enough": false } });
    let edited = done(&day, "PATCH", "/schedules/Anna", edit).await;
    assert_eq!(edited["schedule"]["when"], "weekdays 07:00");
    assert_eq!(day.ended().await, End::Up, "by what was asked for when it began");
    assert_eq!(day.carrier_calls().len(), 1);
    let coming = done(&day, "GET", "/occurrences", Value::Null).await;
    assert_eq!(coming[0]["due"]["local"], "Tue 2026-03-03 07:00", "the same morning does not ring twice");
    day.close().await;
}

#[tokio::test]
async fn a_skip_while_it_rings_ends_it() {
    let mut day = noon_at(SPEED).await;
    weekdays(&day).await;
    day.sleeps_like(vec![slow_of_speech(None)]);
    day.jump_to(HALF_PAST_SIX);
    day.event("she answers", answered).await;
    let skipped = done(&day, "POST", "/schedules/Anna/skip", json!({ "date": "today" })).await;
    assert_eq!(skipped["next"]["when"]["local"], "Tue 2026-03-03 06:30");
    assert_eq!(day.ended().await, End::Cancelled);
    day.finished().await;
    day.close().await;
}

#[tokio::test]
async fn a_cancelled_wake_up_does_not_ring_and_a_call_asked_for_does() {
    let mut day = noon_at(SPEED).await;
    weekdays(&day).await;
    let coming = done(&day, "GET", "/occurrences?sleeper=Anna&limit=1", Value::Null).await;
    let id = coming[0]["id"].as_str().unwrap().to_owned();
    let cancelled = done(&day, "POST", &format!("/occurrences/{id}/cancel"), Value::Null).await;
    assert_eq!(cancelled["ended_how"], "cancelled");
    assert_eq!(ask(&day, "POST", &format!("/occurrences/{id}/cancel"), Value::Null).await.0, 409);
    day.jump_to(HALF_PAST_SIX);
    day.sleeps_like(vec![slow_of_speech(Some("Goodbye."))]);
    let placed = done(&day, "POST", "/calls", json!({ "sleeper": "Anna", "mode": "traditional" })).await;
    assert_eq!(placed["mode"], "traditional");
    let (status, problem) = ask(&day, "DELETE", "/sleepers/Anna", Value::Null).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(day.ended().await, End::Cancelled, "the one that was cancelled first");
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.carrier_calls().len(), 1);
    let gone = done(&day, "DELETE", "/sleepers/Anna", Value::Null).await;
    assert_eq!((&gone["schedules"], &gone["attempts"]), (&json!(1), &json!(1)));
    assert_eq!(done(&day, "GET", "/history", Value::Null).await, json!([]));
    day.close().await;
}

#[tokio::test]
async fn whoever_listens_hears_what_happens_until_the_program_stops() {
    let mut day = noon().await;
    weekdays(&day).await;
    let url = format!("http://{}/api/v1/events?transcript=true", day.morning.running.admin_address);
    let token = day.morning.admin_token.expose_secret().to_owned();
    let mut stream = wakeup_coach::http::client().get(url).bearer_auth(token).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    day.jump_to(HALF_PAST_SIX);
    assert_eq!(day.ended().await, End::Up);
    let mut heard = String::new();
    while !heard.contains("event: ended") {
        let chunk = tokio::select! {
            chunk = stream.chunk() => chunk.unwrap().expect("the stream goes on"),
            () = wait_a_while(&day) => panic!("heard only {heard}"),
        };
        heard.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    for what in ["decided", "placed", "answered", "said", "satisfied", "finished"] {
        assert!(heard.contains(&format!("event: {what}\n")), "{what} is missing in {heard}");
    }
    assert!(heard.contains("\"speaker\":\"sleeper\"") && heard.contains("oodbye"), "{heard}");
    // It must not keep the program from stopping, and it ends in good order.
    day.close().await;
    while let Some(rest) = stream.chunk().await.expect("no broken connection") {
        assert!(!rest.is_empty());
    }
}

/// Simulated time within which an event must have come.
async fn wait_a_while(day: &TestDay) {
    let clock: wakeup_coach::clock::SharedClock = day.morning.clock.clone();
    clock.sleep(Duration::from_mins(5)).await;
}

/// What the carrier is asked about during a call is no ring, and a call that was refused is no morning.
#[tokio::test]
async fn during_a_call_the_next_wake_up_is_the_next_ring_and_a_second_call_leaves_nothing_behind() {
    let mut day = noon().await;
    let added = weekdays(&day).await;
    day.sleeps_like(vec![slow_of_speech(None)]);
    done(&day, "POST", "/calls", Value::Null).await;
    day.event("an answer", answered).await;
    assert_eq!(ask(&day, "POST", "/calls", Value::Null).await.0, 409);
    let anna = &done(&day, "GET", "/sleepers", Value::Null).await[0];
    assert_eq!(anna["calling_now"], true);
    assert_eq!(anna["next"]["when"]["at"], added["next"]["when"]["at"]);
    let home = day.ask("GET", "/", "").await.1;
    assert_eq!(home["next_action_at"], added["next"]["when"]["at"]);
    let history = done(&day, "GET", "/history", Value::Null).await;
    assert_eq!(history.as_array().unwrap().len(), 1, "{history:#}");
    assert_eq!(history[0]["wake_up"]["next_action"], Value::Null);
    let id = history[0]["wake_up"]["short_id"].as_str().unwrap();
    done(&day, "POST", &format!("/occurrences/{id}/cancel"), Value::Null).await;
    assert_eq!(day.ended().await, End::Cancelled);
    day.finished().await;
    day.close().await;
}
