//! What breaks while they are talking. One reconnect with the conversation put back, else traditional mode
//! with the conversation so far.

use std::time::Duration;

use serde_json::Value;
use wakeup_coach::calls::What;
use wakeup_coach::simulator::openai::Models;
use wakeup_coach::simulator::openai::faults::{ChatFault, Handshake};
use wakeup_coach::simulator::openai::record::{ModelEvent, SessionRecord};

use super::{MEASURED, ends_well, fell_back, realtime_day, talker};
use crate::support::TestDay;
use crate::support::far_side::{FarSide, between, secs};

/// Speech again so soon after our decision.
const SPEECH_AGAIN: Duration = secs(3);

/// A call in which she has said hello and the model is about to answer; what happens then is the story's.
async fn a_call_under_way(speed: f64) -> (TestDay, FarSide) {
    let mut day = realtime_day(speed, talker()).await;
    let far = day.far_side();
    day.rings().await;
    day.event("her hello in writing", |what| matches!(what, What::Said(said) if said.text == "Hello?")).await;
    (day, far)
}

/// After `mishap` a second session goes on where the first one was lost.
async fn goes_on_in_realtime(mishap: impl FnOnce(&Models)) {
    let (mut day, mut far) = a_call_under_way(MEASURED).await;
    let lost_at = day.morning.exchange().elapsed();
    mishap(day.morning.models());
    let silence = between(lost_at, far.coach_after(lost_at).await);
    assert!(silence <= SPEECH_AGAIN, "dead air of {silence:?}");
    ends_well(&mut day).await;
    assert_eq!(day.fell_back_because().await, None, "it stayed in realtime mode");
    assert_eq!(day.only_attempt().await.reconnects, 1);
    assert_eq!((day.details("reconnecting").await.len(), day.details("reconnected").await.len()), (1, 1));
    let sessions = day.sessions();
    assert_eq!(sessions.len(), 2);
    let remembered = remembered(&sessions[1]);
    assert!(remembered[0].starts_with("assistant: Good morning, Anna!"), "{remembered:?}");
    assert_eq!(remembered[1], "user: Hello?");
    assert_eq!(day.times_greeted(), 1, "nobody is greeted twice");
    day.close().await;
}

/// The conversation put back into a session before it was asked to speak.
fn remembered(session: &SessionRecord) -> Vec<String> {
    let before = session.client_events.iter().take_while(|event| event["type"] != "response.create");
    let items =
        before.filter(|event| event["type"] == "conversation.item.create").map(|event| &event["item"]);
    let text = |item: &Value| {
        let content = &item["content"][0];
        format!("{}: {}", item["role"].as_str().unwrap(), content["text"].as_str().unwrap())
    };
    items.map(text).collect()
}

#[tokio::test]
async fn a_dropped_model_is_replaced_and_knows_the_conversation() {
    goes_on_in_realtime(Models::drop_connections).await;
}

#[tokio::test]
async fn a_model_that_closes_for_trouble_is_replaced() {
    goes_on_in_realtime(|models| models.close_connections(1011, "server_error")).await;
}

#[tokio::test]
async fn a_session_that_expires_is_replaced() {
    goes_on_in_realtime(Models::expire_sessions).await;
}

/// The call goes on in traditional mode, which knows the conversation; when it spoke, by the line's clock.
async fn goes_on_in_traditional(day: &mut TestDay, far: &mut FarSide, because: &str) -> Duration {
    let (spoke_at, words) = far.read_aloud().await;
    assert!(words.starts_with("Sorry, I lost you for a moment."), "{words}");
    ends_well(day).await;
    fell_back(day, because).await;
    let asked = &day.morning.models().chat_requests()[0]["messages"];
    let asked = asked.to_string();
    assert!(asked.contains("This is your wake-up call.") && asked.contains("Hello?"), "{asked}");
    let speakers: Vec<String> = day.said();
    assert!(speakers.iter().any(|said| said == "sleeper: Hello?"), "{speakers:?}");
    spoke_at
}

#[tokio::test]
async fn a_model_that_stays_away_is_replaced_by_traditional_mode_within_3_s() {
    let (mut day, mut far) = a_call_under_way(MEASURED).await;
    let lost_at = day.morning.exchange().elapsed();
    day.morning.models().faults(|faults| faults.handshake = Handshake::Refuse(503));
    day.morning.models().drop_connections();
    let spoke_at = goes_on_in_traditional(&mut day, &mut far, "HTTP 503").await;
    let dead_air = between(lost_at, spoke_at);
    assert!(dead_air <= SPEECH_AGAIN, "dead air of {dead_air:?}");
    assert_eq!(day.only_attempt().await.reconnects, 1);
    assert_eq!(day.last_call().streams[0].ending.as_deref(), Some("closed by the account"));
    day.close().await;
}

#[tokio::test]
async fn a_model_that_hangs_at_the_second_door_is_not_waited_for() {
    let (mut day, mut far) = a_call_under_way(MEASURED).await;
    let lost_at = day.morning.exchange().elapsed();
    day.morning.models().faults(|faults| faults.handshake = Handshake::Hang);
    day.morning.models().drop_connections();
    let spoke_at = goes_on_in_traditional(&mut day, &mut far, "").await;
    // Three seconds are given to the other connection; the decision comes then.
    let dead_air = between(lost_at, spoke_at);
    assert!(dead_air <= secs(3) + SPEECH_AGAIN, "dead air of {dead_air:?}");
    day.close().await;
}

#[tokio::test]
async fn a_quota_that_runs_out_in_mid_call_is_not_tried_again() {
    let (mut day, mut far) = a_call_under_way(MEASURED).await;
    day.morning.models().faults(|faults| faults.failed_response = Some("insufficient_quota"));
    goes_on_in_traditional(&mut day, &mut far, "insufficient_quota").await;
    assert_eq!((day.only_attempt().await.reconnects, day.sessions().len()), (0, 1));
    day.close().await;
}

#[tokio::test]
async fn a_model_that_falls_silent_is_tried_once_more_and_then_left() {
    let (mut day, mut far) = a_call_under_way(super::MEASURED * 2.0).await;
    day.morning.models().faults(|faults| faults.no_first_audio = true);
    // The answer to her hello is under way; the one after that will not sound.
    goes_on_in_traditional(&mut day, &mut far, "no answer").await;
    assert_eq!((day.only_attempt().await.reconnects, day.sessions().len()), (1, 2));
    day.close().await;
}

#[tokio::test]
async fn one_response_that_fails_is_asked_for_again() {
    let (mut day, mut far) = a_call_under_way(super::MEASURED * 2.0).await;
    day.morning.models().faults(|faults| faults.error_mid_response = true);
    far.model("her next words", |event| matches!(event, ModelEvent::Heard { .. })).await;
    far.model("an answer", |event| matches!(event, ModelEvent::Responding { .. })).await;
    day.morning.models().faults(|faults| faults.error_mid_response = false);
    ends_well(&mut day).await;
    assert_eq!((day.fell_back_because().await, day.sessions().len()), (None, 1));
    day.close().await;
}

#[tokio::test]
async fn garbage_and_novelties_from_the_model_are_got_over() {
    let mut day = realtime_day(super::MEASURED * 2.0, talker()).await;
    day.morning.models().faults(|faults| {
        faults.garbage_frame = true;
        faults.unknown_events = true;
        faults.extra_fields = true;
        faults.null_fields = true;
    });
    let mut far = day.far_side();
    day.rings().await;
    far.model("her first words", |event| matches!(event, ModelEvent::Heard { .. })).await;
    for garbage in ["", "null", "[1", "{\"type\":7}", "{\"type\":\"error\"}", "\u{0}\u{1}"] {
        day.morning.models().send_raw(garbage);
    }
    ends_well(&mut day).await;
    assert_eq!((day.fell_back_because().await, day.sessions().len()), (None, 1));
    day.close().await;
}

#[tokio::test]
async fn a_media_socket_that_breaks_at_the_carrier_is_replaced_by_traditional_mode() {
    let mut day = realtime_day(MEASURED, talker()).await;
    day.morning.exchange().faults(|faults| faults.media.drops_after = Some(secs(7)));
    let mut far = day.far_side();
    day.rings().await;
    let spoke_at = goes_on_in_traditional(&mut day, &mut far, "the media stream broke off").await;
    let call = day.last_call();
    assert_eq!(call.streams[0].ending.as_deref(), Some("lost"));
    let lost_at = call.streams[0].ended.unwrap();
    let dead_air = between(lost_at, spoke_at);
    assert!(dead_air <= SPEECH_AGAIN, "dead air of {dead_air:?}");
    day.close().await;
}

#[tokio::test]
async fn with_both_models_gone_the_script_gets_her_up() {
    let (mut day, mut far) = a_call_under_way(super::MEASURED * 2.0).await;
    day.morning.models().faults(|faults| {
        faults.handshake = Handshake::Refuse(500);
        faults.chat = ChatFault::Status(500);
    });
    day.morning.models().drop_connections();
    goes_on_in_traditional(&mut day, &mut far, "HTTP 500").await;
    let scripted = day.details("scripted_line").await;
    assert_eq!(scripted.len(), 2, "her two answers before the goodbye: {scripted:?}");
    day.close().await;
}
