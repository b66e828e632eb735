mod faults;
mod rig;
mod tasks;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::wire::Outgoing;
use crate::simulator::openai::Order;
use crate::simulator::openai::script::{Step, ToolCall};
use crate::simulator::voices::{SILENCE, Voice, speech_for};
use rig::Rig;

const LONG: Duration = Duration::from_secs(20);

fn kinds(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| event["type"].as_str().unwrap_or("?").to_owned()).collect()
}

/// Types in order, runs of the same kind of delta as one.
fn outline(events: &[Value]) -> Vec<String> {
    let mut kinds = kinds(events);
    kinds.retain(|kind| kind != "response.output_audio_transcript.delta");
    kinds.dedup();
    kinds
}

fn last<'a>(events: &'a [Value], kind: &str) -> &'a Value {
    events
        .iter()
        .rev()
        .find(|event| event["type"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in {:?}", kinds(events)))
}

fn error_code(events: &[Value]) -> (String, String) {
    let error = &last(events, "error")["error"];
    (
        error["code"].as_str().unwrap_or("null").to_owned(),
        error["event_id"].as_str().unwrap_or("null").to_owned(),
    )
}

fn respond() -> Value {
    json!({"type": "response.create", "event_id": "c2"})
}

fn say(text: &str) -> Step {
    Step::Say(text.to_owned())
}

#[test]
fn a_session_begins_with_the_vendors_defaults() {
    let mut rig = Rig::new();
    let events = rig.take();
    assert_eq!(kinds(&events), ["session.created"]);
    let session = &events[0]["session"];
    assert_eq!(session["audio"]["input"]["format"], json!({"type": "audio/pcm", "rate": 24_000}));
    assert_eq!(session["audio"]["input"]["turn_detection"]["silence_duration_ms"], 200);
    let hour = session["expires_at"].as_i64().unwrap() - rig.shared.epoch_seconds(Duration::ZERO);
    assert_eq!(hour, 3_600);
}

#[test]
fn a_refused_update_echoes_its_event_id_and_changes_nothing() {
    let mut rig = Rig::new();
    let before = rig.take()[0]["session"].clone();
    rig.send(&json!({"type": "session.update", "event_id": "c7",
        "session": {"type": "realtime", "instructions": "x", "temperature": 0.8}}));
    let events = rig.take();
    assert_eq!(kinds(&events), ["error"]);
    assert_eq!(error_code(&events), ("unknown_parameter".to_owned(), "c7".to_owned()));
    assert_eq!(events[0]["error"]["param"], "session.temperature");
    rig.send(&json!({"type": "session.update", "session": {"type": "realtime"}}));
    assert_eq!(rig.take()[0]["session"], before);
}

#[test]
fn a_greeting_comes_in_the_golden_order() {
    let mut rig = Rig::ready();
    rig.send(
        &json!({"type": "response.create", "response": {"instructions": "Greet Anna.", "tool_choice": "none",
        "metadata": {"why": "greeting"}}}),
    );
    let events = rig.wait(LONG);
    assert_eq!(
        outline(&events),
        [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
            "rate_limits.updated",
        ]
    );
    let text = "Good morning, Anna! This is your wake-up call. Are you awake?";
    assert_eq!(last(&events, "response.output_audio_transcript.done")["transcript"], text);
    let sound: Vec<u8> = events
        .iter()
        .filter(|event| event["type"] == "response.output_audio.delta")
        .flat_map(|event| STANDARD.decode(event["delta"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(sound, speech_for(text, Voice::Coach).to_vec());
    assert_eq!(rig.record().audio_out, sound);
    let response = &last(&events, "response.done")["response"];
    assert_eq!(response["status"], "completed");
    assert_eq!(response["metadata"], json!({"why": "greeting"}));
    assert_eq!(response["output"][0]["content"], json!([{"type": "output_audio", "transcript": text}]));
    let audio_tokens = (sound.len() as u64 / 8).div_ceil(50);
    assert_eq!(response["usage"]["output_token_details"]["audio_tokens"], audio_tokens);
    let mut ids: Vec<_> = events.iter().map(|event| event["event_id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "event ids are distinct");
}

#[test]
fn a_turn_is_heard_transcribed_and_answered_unasked() {
    let mut rig = Rig::ready();
    let mut events = rig.say("It's Monday and I have the early shift.");
    events.extend(rig.wait(LONG));
    let order = [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
    ];
    assert_eq!(kinds(&events)[..order.len()], order);
    let item = &events[0]["item_id"];
    assert!(events[1..4].iter().all(|event| event["item_id"] == *item || event["item"]["id"] == *item));
    assert_eq!(events[3]["item"]["content"], json!([{"type": "input_audio", "transcript": null}]));
    let completed = last(&events, "conversation.item.input_audio_transcription.completed");
    assert_eq!(completed["transcript"], "It's Monday and I have the early shift.");
    assert_eq!(completed["item_id"], *item);
    assert_eq!(rig.record().heard, ["It's Monday and I have the early shift."]);
    assert_eq!(last(&events, "response.done")["response"]["status"], "completed");
}

#[test]
fn speech_cancels_a_response_only_while_it_is_produced() {
    let mut rig = Rig::ready();
    rig.script(vec![say(
        "Good morning, Anna! What day is it today, and what are your plans? Are you awake?",
    )]);
    rig.send(&respond());
    rig.wait(Duration::from_millis(700));
    let events = rig.say("No, wait, hold on a second.");
    let cancelled: Vec<_> =
        events.iter().filter(|event| event["response"]["status"] == "cancelled").collect();
    assert_eq!(cancelled.len(), 1);
    let response = &cancelled[0]["response"];
    assert_eq!(response["status_details"], json!({"type": "cancelled", "reason": "turn_detected"}));
    assert_eq!(response["output"][0]["status"], "incomplete");
    let after = kinds(&events).iter().position(|kind| kind == "input_audio_buffer.speech_started").unwrap();
    assert_eq!(
        kinds(&events)[after + 1..after + 7],
        [
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
        ]
    );
    rig.wait(LONG);
    let events = rig.say("Yes, I'm awake.");
    assert!(!events.iter().any(|event| event["response"]["status"] == "cancelled"));
}

#[test]
fn truncation_is_bounded_by_what_was_produced_and_recorded() {
    let mut rig = Rig::ready();
    rig.send(&respond());
    let events = rig.wait(LONG);
    let item = last(&events, "response.output_audio.done")["item_id"].clone();
    let produced = rig.record().audio_out.len() as u64 / 8;
    let mut truncate = |ms: u64| {
        rig.send(&json!({"type": "conversation.item.truncate", "event_id": "c3", "item_id": item, "content_index": 0, "audio_end_ms": ms}));
        rig.take()
    };
    let refused = truncate(produced + 1);
    assert_eq!(error_code(&refused), ("null".to_owned(), "c3".to_owned()));
    assert!(refused[0]["error"]["message"].as_str().unwrap().contains("is already shorter than"));
    assert_eq!(kinds(&truncate(1_480)), ["conversation.item.truncated"]);
    let truncations = rig.record().truncations;
    assert_eq!([truncations[0].accepted, truncations[1].accepted], [false, true]);
    assert_eq!((truncations[1].audio_end_ms, truncations[1].produced_ms), (1_480, produced));
    rig.send(&json!({"type": "conversation.item.retrieve", "item_id": item}));
    assert_eq!(rig.take()[0]["item"]["content"], json!([{"type": "output_audio"}]));
}

#[test]
fn one_response_at_a_time_and_others_only_beside_the_conversation() {
    let mut rig = Rig::ready();
    rig.send(&respond());
    rig.send(&json!({"type": "response.create", "event_id": "c8"}));
    assert_eq!(
        error_code(&rig.take()),
        ("conversation_already_has_active_response".to_owned(), "c8".to_owned())
    );
    rig.send(
        &json!({"type": "response.create", "response": {"conversation": "none", "output_modalities": ["text"],
        "metadata": {"topic": "verdict"}}}),
    );
    let events = rig.wait(LONG);
    let done: Vec<_> = events.iter().filter(|event| event["type"] == "response.done").collect();
    assert_eq!(done.len(), 2);
    let verdict = done.iter().find(|event| event["response"]["metadata"]["topic"] == "verdict").unwrap();
    let text = verdict["response"]["output"][0]["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()["awake"], false);
    let added = kinds(&events).iter().filter(|kind| *kind == "conversation.item.added").count();
    assert_eq!(added, 1, "what happens beside the conversation leaves no item in it");
}

#[test]
fn cancelling_works_once() {
    let mut rig = Rig::ready();
    rig.send(&respond());
    rig.wait(Duration::from_millis(600));
    rig.send(&json!({"type": "response.cancel", "event_id": "c4"}));
    let done = rig.take();
    assert_eq!(last(&done, "response.done")["response"]["status_details"]["reason"], "client_cancelled");
    rig.send(&json!({"type": "response.cancel", "event_id": "c5"}));
    assert_eq!(error_code(&rig.take()), ("response_cancel_not_active".to_owned(), "c5".to_owned()));
}

#[test]
fn a_function_call_goes_round() {
    let mut rig = Rig::ready();
    rig.script(vec![Step::SayThenCall(
        "Goodbye!".to_owned(),
        ToolCall::new("end_call", r#"{"reason":"awake"}"#),
    )]);
    rig.send(&respond());
    let events = rig.wait(LONG);
    let done = last(&events, "response.function_call_arguments.done");
    assert_eq!((&done["name"], &done["arguments"]), (&json!("end_call"), &json!(r#"{"reason":"awake"}"#)));
    assert_eq!(done["output_index"], 1);
    let item = &last(&events, "response.output_item.done")["item"];
    assert_eq!((&item["type"], &item["status"]), (&json!("function_call"), &json!("completed")));
    let output = |id: &Value| {
        json!({"type": "conversation.item.create", "event_id": "c5",
               "item": {"type": "function_call_output", "call_id": id, "output": r#"{"ok":true}"#}})
    };
    rig.send(&output(&json!("call_of_somebody_else")));
    assert_eq!(error_code(&rig.take()).0, "invalid_tool_call_id");
    rig.send(&output(&item["call_id"]));
    assert_eq!(kinds(&rig.take()), ["conversation.item.added", "conversation.item.done"]);
}

#[test]
fn an_hour_of_silence_wakes_the_model_if_it_was_told_to_mind() {
    let mut rig = Rig::new();
    rig.configure(json!({"idle_timeout_ms": 8_000}));
    rig.send(&respond());
    rig.speak(&vec![SILENCE; 5 * 8_000]);
    let spoken = rig.record().audio_out.len() as u64 / 8;
    let events = rig.wait(Duration::from_millis(spoken + 4_000));
    let timeout = last(&events, "input_audio_buffer.timeout_triggered");
    assert_eq!((&timeout["audio_start_ms"], &timeout["audio_end_ms"]), (&json!(0), &json!(5_000)));
    let after = kinds(&events);
    let at = after.iter().position(|kind| kind == "input_audio_buffer.timeout_triggered").unwrap();
    assert_eq!(
        after[at + 1..at + 5],
        [
            "input_audio_buffer.committed",
            "conversation.item.added",
            "conversation.item.done",
            "response.created"
        ]
    );
}

#[test]
fn the_clients_mistakes_are_refused_one_by_one() {
    let mut rig = Rig::ready();
    for (event, code) in [
        (json!({"type": "input_audio_buffer.append", "audio": "not base64!"}), "invalid_value"),
        (json!({"type": "input_audio_buffer.commit"}), "input_audio_buffer_commit_empty"),
        (json!({"type": "conversation.item.delete", "item_id": "x"}), "item_delete_invalid_item_id"),
        (json!({"type": "conversation.item.retrieve", "item_id": "x"}), "item_retrieve_invalid_item_id"),
        (json!({"type": "response.sparkle"}), "invalid_value"),
    ] {
        rig.send(&event);
        assert_eq!(error_code(&rig.take()).0, code);
    }
    rig.session.on_text("{", Duration::ZERO);
    assert_eq!(error_code(&rig.take()).0, "invalid_event");
    assert_eq!(rig.record().errors.len(), 6);
}

#[test]
fn without_turn_detection_nothing_happens_by_itself() {
    let mut rig = Rig::ready();
    rig.send(&json!({"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": null}}}}));
    rig.take();
    assert_eq!(kinds(&rig.say("Yes, I'm awake.")), Vec::<String>::new());
    rig.send(&json!({"type": "input_audio_buffer.commit"}));
    assert_eq!(
        kinds(&rig.take()),
        ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    );
    assert_eq!(rig.record().heard, ["Yes, I'm awake."]);
}

#[test]
fn a_conversation_put_back_goes_on() {
    let mut rig = Rig::ready();
    for (role, kind, text) in [
        ("assistant", "output_text", "Good morning, Anna! Are your feet on the floor?"),
        ("user", "input_text", "Yes, I'm awake."),
        ("assistant", "output_text", "Well done. What would you like for breakfast?"),
    ] {
        rig.send(&json!({"type": "conversation.item.create",
            "item": {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}}));
    }
    rig.send(&respond());
    rig.wait(LONG);
    assert_eq!(rig.record().said, ["Sorry, I lost you for a moment. What would you like for breakfast?"]);
    rig.say("I am making coffee.");
    let events = rig.wait(LONG);
    assert_eq!(last(&events, "response.function_call_arguments.done")["name"], "confirm_awake");
}

#[test]
fn a_session_ends_after_an_hour_or_when_told() {
    let mut rig = Rig::ready();
    let events = rig.wait(Duration::from_mins(61));
    assert_eq!(error_code(&events).0, "session_expired");
    assert!(matches!(rig.ended, Some(Outgoing::Close(1001, _))));
    let mut rig = Rig::ready();
    rig.session.obey(&Order::Expire);
    assert_eq!(error_code(&rig.take()).0, "session_expired");
    let mut rig = Rig::ready();
    rig.session.obey(&Order::Drop);
    rig.take();
    assert_eq!(rig.ended, Some(Outgoing::Drop));
}
