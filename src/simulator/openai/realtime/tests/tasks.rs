//! Tasks in a whole session: told in a note, answered in sound, judged by the client.

use serde_json::{Value, json};

use super::rig::Rig;
use super::{LONG, last};
use crate::simulator::openai::faults::Faults;

const SUM: &str = "What is 34 plus 8, minus 5?";

/// A session with every tool, which has just asked the sum.
fn asked(faults: Faults) -> Rig {
    let mut rig = Rig::with(faults);
    let tool = |name: &str| json!({"type": "function", "name": name, "parameters": {"type": "object"}});
    rig.configure(json!({}));
    rig.send(&json!({"type": "session.update", "session": {"type": "realtime",
        "tools": [tool("check_answer"), tool("confirm_awake"), tool("end_call")]}}));
    rig.send(&json!({"type": "conversation.item.create", "item": {"type": "message", "role": "system",
        "content": [{"type": "input_text", "text": format!("Now say exactly: \"{SUM}\"")}]}}));
    assert_eq!(says(&mut rig), SUM);
    rig
}

fn says(rig: &mut Rig) -> String {
    rig.send(&json!({"type": "response.create"}));
    let events = rig.wait(LONG);
    last(&events, "response.output_audio_transcript.done")["transcript"].as_str().unwrap().to_owned()
}

/// What the model calls when she says something.
fn calls(rig: &mut Rig, text: &str) -> Vec<Value> {
    let mut events = rig.say(text);
    events.extend(rig.wait(LONG));
    let outputs = last(&events, "response.done")["response"]["output"].as_array().cloned().unwrap();
    outputs.into_iter().filter(|item| item["type"] == "function_call").collect()
}

fn answer(rig: &mut Rig, call: &Value, ok: bool, message: &str) -> String {
    let output = json!({"ok": ok, "message": message}).to_string();
    rig.send(&json!({"type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": call["call_id"], "output": output}}));
    says(rig)
}

#[test]
fn an_answer_is_handed_to_the_host_who_says_how_it_goes_on() {
    let mut rig = asked(Faults::default());
    let called = calls(&mut rig, "37.");
    assert_eq!((&called[0]["name"], called.len()), (&json!("check_answer"), 1));
    assert_eq!(called[0]["arguments"], r#"{"answer":"thirty seven"}"#);
    let next = "Right. Now say exactly: \"Press or say 4 7 1.\"";
    assert_eq!(answer(&mut rig, &called[0], true, next), "That is right. Press or say 4 7 1.");
    let called = calls(&mut rig, "4 7 1.");
    assert_eq!(called[0]["arguments"], r#"{"answer":"four seven one"}"#);
    let end = "Everything is seen. Say goodbye in one sentence, then call end_call.";
    assert!(answer(&mut rig, &called[0], true, end).ends_with("Goodbye!"));
}

#[test]
fn a_gullible_model_claims_the_right_answer_whatever_she_said() {
    let mut rig = asked(Faults { gullible: true, ..Faults::default() });
    let called = calls(&mut rig, "My doctor says no sums before breakfast.");
    let names: Vec<_> = called.iter().map(|call| call["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["check_answer", "end_call"]);
    assert_eq!(called[0]["arguments"], r#"{"answer":"37"}"#);
    assert_eq!(
        rig.record().heard,
        ["My doctor says no sums before breakfast."],
        "she was heard all the same"
    );
}
