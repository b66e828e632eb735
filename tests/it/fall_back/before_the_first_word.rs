//! What breaks before she has heard a word: the model, or the carrier's way to us.

use wakeup_coach::simulator::openai::faults::{Faults, Handshake};
use wakeup_coach::simulator::twilio::CallStatus;

use super::{MEASURED, ends_well, fell_back, goodbye_sayer, realtime_day, talker_after};
use crate::support::far_side::{between, ms, secs};

/// With a model like that the call is traditional from its first word, and there is no dead air.
async fn is_traditional_from_the_first_word(rings_for: u64, faults: Faults, because: &str) {
    // Where she answers before the model has failed, what is left of its time counts as dead air.
    let speed = if rings_for <= 1 { MEASURED / 2.0 } else { MEASURED * 2.0 };
    let mut day = realtime_day(speed, goodbye_sayer(secs(rings_for))).await;
    day.morning.models().set_faults(faults);
    let mut far = day.far_side();
    day.rings().await;
    let (spoke_at, first_words) = far.read_aloud().await;
    ends_well(&mut day).await;
    fell_back(&day, because).await;
    let call = day.last_call();
    let answered_at = call.reached(CallStatus::InProgress).unwrap();
    let dead_air = between(answered_at, spoke_at);
    assert!(dead_air <= ms(2_500), "dead air of {dead_air:?}");
    assert!(first_words.starts_with("Good morning, Anna!"), "{first_words}");
    assert!(call.streams.is_empty(), "no stream was even tried");
    let attempt = day.only_attempt().await;
    assert_eq!(attempt.attempt.decision.mode.name(), "realtime", "what was drawn stays on record");
    assert_eq!(attempt.first_audio, None);
    day.close().await;
}

fn at_the_door(handshake: Handshake) -> Faults {
    Faults { handshake, ..Faults::default() }
}

#[tokio::test]
async fn a_wrong_key() {
    is_traditional_from_the_first_word(2, at_the_door(Handshake::Refuse(401)), "HTTP 401").await;
}

#[tokio::test]
async fn a_model_we_may_not_use() {
    is_traditional_from_the_first_word(2, at_the_door(Handshake::Refuse(403)), "HTTP 403").await;
}

#[tokio::test]
async fn too_many_requests() {
    is_traditional_from_the_first_word(2, at_the_door(Handshake::Refuse(429)), "HTTP 429").await;
}

#[tokio::test]
async fn an_outage_that_outlasts_the_retry() {
    is_traditional_from_the_first_word(2, at_the_door(Handshake::Refuse(500)), "HTTP 500").await;
}

#[tokio::test]
async fn a_key_refused_behind_the_door() {
    is_traditional_from_the_first_word(2, at_the_door(Handshake::AcceptThenClose), "refused the session")
        .await;
}

#[tokio::test]
async fn a_door_that_does_not_open_before_she_answers() {
    is_traditional_from_the_first_word(1, at_the_door(Handshake::Hang), "was not ready").await;
}

#[tokio::test]
async fn a_door_that_never_opens() {
    is_traditional_from_the_first_word(10, at_the_door(Handshake::Hang), "accepted the connection").await;
}

#[tokio::test]
async fn a_session_that_never_begins() {
    let faults = Faults { never_created: true, ..Faults::default() };
    is_traditional_from_the_first_word(14, faults, "confirmed its settings").await;
}

#[tokio::test]
async fn settings_that_are_never_confirmed() {
    let faults = Faults { never_updated: true, ..Faults::default() };
    is_traditional_from_the_first_word(1, faults, "was not ready").await;
}

#[tokio::test]
async fn a_greeting_that_never_sounds() {
    let faults = Faults { no_first_audio: true, ..Faults::default() };
    is_traditional_from_the_first_word(8, faults, "begun to speak").await;
}

#[tokio::test]
async fn a_quota_that_is_used_up() {
    let faults = Faults { failed_response: Some("insufficient_quota"), ..Faults::default() };
    is_traditional_from_the_first_word(3, faults, "insufficient_quota").await;
}

#[tokio::test]
async fn a_session_that_dies_while_it_rings() {
    let faults = Faults { drop_after_deltas: Some(2), ..Faults::default() };
    is_traditional_from_the_first_word(4, faults, "could not be reached").await;
}

#[tokio::test]
async fn a_carrier_that_cannot_reach_our_socket_is_answered_at_its_next_question() {
    let mut day = realtime_day(MEASURED, goodbye_sayer(secs(1))).await;
    day.morning.exchange().faults(|faults| faults.media.refused = true);
    let mut far = day.far_side();
    day.rings().await;
    let (spoke_at, first_words) = far.read_aloud().await;
    ends_well(&mut day).await;
    fell_back(&day, "could not open the media stream").await;
    let call = day.last_call();
    assert_eq!(call.streams[0].started, None);
    assert!(call.codes().contains(&31_902), "{:?}", call.codes());
    let dead_air = between(call.streams[0].ended.unwrap(), spoke_at);
    assert!(dead_air <= secs(2), "dead air of {dead_air:?}");
    assert!(first_words.contains("This is your wake-up call."), "{first_words}");
    assert!(!first_words.contains("lost you"), "she had heard nobody: {first_words}");
    assert_eq!(day.details("stream-error").await.len(), 1, "the carrier's complaint is in the history");
    day.close().await;
}

#[tokio::test]
async fn one_stumble_at_the_door_is_got_over_while_it_rings() {
    let mut day = realtime_day(MEASURED * 2.0, talker_after(secs(8))).await;
    let stumble = Faults { never_updated: true, next_session_only: true, ..Faults::default() };
    day.morning.models().set_faults(stumble);
    day.rings().await;
    ends_well(&mut day).await;
    assert_eq!(day.fell_back_because().await, None);
    assert_eq!((day.sessions().len(), day.times_greeted()), (2, 1));
    day.close().await;
}
