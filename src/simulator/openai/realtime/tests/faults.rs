//! Faults as the client meets them.

use std::time::Duration;

use serde_json::json;

use super::super::wire::Outgoing;
use super::rig::Rig;
use super::{LONG, kinds, last, respond};
use crate::simulator::openai::faults::{Faults, Transcription};

#[test]
fn faults_strike() {
    let after = |faults: Faults| {
        let mut rig = Rig::with(faults);
        rig.send(&respond());
        let events = rig.wait(LONG);
        (rig, events)
    };
    let (rig, events) = after(Faults { drop_after_deltas: Some(3), ..Faults::default() });
    assert_eq!(kinds(&events).iter().filter(|kind| *kind == "response.output_audio.delta").count(), 3);
    assert_eq!(rig.ended, Some(Outgoing::Drop));
    let (rig, _) = after(Faults { close_after_deltas: Some((1, 1011)), ..Faults::default() });
    assert!(matches!(rig.ended, Some(Outgoing::Close(1011, _))));
    let (_, events) = after(Faults { failed_response: Some("insufficient_quota"), ..Faults::default() });
    let response = &last(&events, "response.done")["response"];
    assert_eq!(response["status_details"]["error"]["code"], "insufficient_quota");
    assert!(response["usage"].is_null() && !kinds(&events).contains(&"error".to_owned()));
    let (_, events) = after(Faults { incomplete_response: true, ..Faults::default() });
    assert_eq!(last(&events, "response.done")["response"]["status_details"]["reason"], "max_output_tokens");
    let (_, events) = after(Faults { no_first_audio: true, ..Faults::default() });
    assert_eq!(kinds(&events).last().unwrap(), "response.output_audio_transcript.delta");
    let (_, events) = after(Faults { error_mid_response: true, ..Faults::default() });
    assert!(kinds(&events).contains(&"error".to_owned()));
    assert_eq!(last(&events, "response.done")["response"]["status"], "failed");
    let (_, events) = after(Faults {
        garbage_frame: true,
        unknown_events: true,
        extra_fields: true,
        null_fields: true,
        ..Faults::default()
    });
    assert!(
        kinds(&events).contains(&"?".to_owned()) && kinds(&events).contains(&"session.weather".to_owned())
    );
    assert_eq!(last(&events, "response.done")["response"]["x_flavour"], "plum");
    let (rig, events) = after(Faults { never_created: true, ..Faults::default() });
    assert!(events.is_empty() && rig.ended.is_none());
}

#[test]
fn transcripts_may_fail_or_come_late() {
    for (transcription, kind, after_ms) in [
        (Transcription::Failed, "conversation.item.input_audio_transcription.failed", 3_000),
        (
            Transcription::Late(Duration::from_secs(9)),
            "conversation.item.input_audio_transcription.completed",
            10_000,
        ),
    ] {
        let mut rig = Rig::with(Faults { transcription, ..Faults::default() });
        rig.configure(json!({"create_response": false}));
        let mut events = rig.say("Hello?");
        events.extend(rig.wait(Duration::from_millis(after_ms - 2_000)));
        let late = matches!(transcription, Transcription::Late(_));
        assert_eq!(kinds(&events).iter().any(|seen| seen == kind), !late);
        events.extend(rig.wait(Duration::from_secs(2)));
        last(&events, kind);
    }
}
