//! What we say to the model, as JSON text.
//!
//! Every message carries an `event_id`, so that a refusal tells which of them it means. One unknown field
//! refuses a whole `session.update`: nothing stands in it that the GA protocol does not know.

use serde_json::{Value, json};

use crate::domain::utterance::{Speaker, Utterance};
use crate::realtime::events::Request;
use crate::realtime::plan::Plan;
use crate::realtime::session::{CHECK_ANSWER, CONFIRM_AWAKE, END_CALL, SNOOZE};

use super::client::ModelSettings;

/// The `event_id` of the session's set-up.
pub(crate) const SETUP_EVENT: &str = "setup";

/// What stands before the number of a request for speech.
const ASK: &str = "ask-";

/// The request's number in an `event_id` of ours; `None` for all other messages.
pub(super) fn request_number(event_id: &str) -> Option<u64> {
    event_id.strip_prefix(ASK)?.parse().ok()
}

/// Speech and text tokens of one response: some fifty seconds, far more than a coach should say.
const LONGEST_RESPONSE_TOKENS: u32 = 1_024;

/// Writes messages, numbered.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    written: u64,
}

impl Writer {
    fn numbered(&mut self, mut message: Value) -> String {
        self.written += 1;
        message["event_id"] = Value::from(format!("c{}", self.written));
        message.to_string()
    }

    /// Sets the session up; every field of the voice detection is ours, since defaults differ by server.
    pub fn set_up(plan: &Plan, settings: &ModelSettings) -> String {
        // The transcriber knows languages (ISO 639-1), not regions, and a word it does not know refuses all.
        let language = plan.language.primary();
        json!({
            "type": "session.update",
            "event_id": SETUP_EVENT,
            "session": {
                "type": "realtime",
                "output_modalities": ["audio"],
                "instructions": plan.instructions,
                "max_output_tokens": LONGEST_RESPONSE_TOKENS,
                "tools": tools(),
                "tool_choice": "auto",
                "audio": {
                    "input": {
                        "format": { "type": "audio/pcmu" },
                        "noise_reduction": { "type": "near_field" },
                        "transcription": { "model": settings.transcription_model, "language": language },
                        "turn_detection": {
                            "type": "server_vad",
                            "threshold": 0.6,
                            "prefix_padding_ms": 300,
                            "silence_duration_ms": 600,
                            "create_response": true,
                            "interrupt_response": true,
                            "idle_timeout_ms": null,
                        },
                    },
                    "output": { "format": { "type": "audio/pcmu" }, "voice": settings.voice },
                },
            },
        })
        .to_string()
    }

    /// Puts something said earlier into the conversation. An assistant's audio cannot be made, its text can.
    pub fn remember(&mut self, said: &Utterance) -> String {
        let (role, kind) = match said.speaker {
            Speaker::Coach => ("assistant", "output_text"),
            Speaker::Sleeper => ("user", "input_text"),
        };
        self.message(role, kind, &said.text)
    }

    /// Tells the model something in nobody's voice.
    pub fn tell(&mut self, text: &str) -> String {
        self.message("system", "input_text", text)
    }

    fn message(&mut self, role: &str, kind: &str, text: &str) -> String {
        self.numbered(json!({
            "type": "conversation.item.create",
            "item": { "type": "message", "role": role, "content": [{ "type": kind, "text": text }] },
        }))
    }

    /// Answers a tool.
    pub fn answer_tool(&mut self, call_id: &str, output: &str) -> String {
        self.numbered(json!({
            "type": "conversation.item.create",
            "item": { "type": "function_call_output", "call_id": call_id, "output": output },
        }))
    }

    /// Asks for speech. With instructions of our own no tool may be called: they are words to be said.
    pub fn ask(number: u64, request: &Request) -> String {
        let mut response = json!({ "metadata": { "why": request.why.name() } });
        if let Some(instructions) = &request.instructions {
            response["instructions"] = Value::from(instructions.as_str());
            response["tool_choice"] = Value::from("none");
        }
        json!({ "type": "response.create", "event_id": format!("{ASK}{number}"), "response": response })
            .to_string()
    }

    /// Stops a response.
    pub fn cancel(&mut self, response: &str) -> String {
        self.numbered(json!({ "type": "response.cancel", "response_id": response }))
    }

    /// She heard only so much of an item.
    pub fn truncate(&mut self, item: &str, content_index: u32, heard_ms: u64) -> String {
        self.numbered(json!({
            "type": "conversation.item.truncate",
            "item_id": item,
            "content_index": content_index,
            "audio_end_ms": heard_ms,
        }))
    }

    /// She heard nothing of an item.
    pub fn delete(&mut self, item: &str) -> String {
        self.numbered(json!({ "type": "conversation.item.delete", "item_id": item }))
    }

    /// Hands on audio: base64 that was checked, so it needs no escaping. One allocation of the right size,
    /// which the socket keeps until it is written. No number: it is never answered, and errors name no audio.
    pub fn append(base64: &str) -> String {
        const HEAD: &str = r#"{"type":"input_audio_buffer.append","event_id":"audio","audio":""#;
        const TAIL: &str = r#""}"#;
        let mut text = String::with_capacity(HEAD.len() + base64.len() + TAIL.len());
        text.push_str(HEAD);
        text.push_str(base64);
        text.push_str(TAIL);
        text
    }
}

fn tools() -> Value {
    let tool = |name: &str, description: &str, field: &str, kind: &str, meaning: &str| {
        json!({
            "type": "function",
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "additionalProperties": false,
                "properties": { field: { "type": kind, "description": meaning } },
                "required": [field],
            },
        })
    };
    json!([
        tool(
            CONFIRM_AWAKE,
            "Call this once the sleeper has shown in at least two answers to be really awake. The answer says whether it counts.",
            "evidence",
            "string",
            "What the sleeper said or did that shows it, in one sentence.",
        ),
        tool(
            CHECK_ANSWER,
            "Call this after the sleeper has answered a task that you were told to put. It judges the answer, not you, and says what comes next.",
            "answer",
            "string",
            "The answer in the sleeper's words, as you heard them.",
        ),
        tool(
            END_CALL,
            "Ends the call after your goodbye. Works only once everything that is asked of the sleeper was seen.",
            "reason",
            "string",
            "Why the call ends.",
        ),
        tool(
            SNOOZE,
            "Grants a little more sleep, when the sleeper asks for it and one is left. You will call again.",
            "minutes",
            "number",
            "Minutes of sleep asked for.",
        ),
    ])
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::coach::language::Language;
    use crate::realtime::events::Why;
    use crate::realtime::fake::{plan, settings};

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_transcriber_is_told_the_language_without_its_region() {
        for (tag, language) in [("en-US", "en"), ("fr", "fr"), ("pt-BR", "pt")] {
            let plan = Plan { language: Language::parse(tag).unwrap(), ..plan() };
            let update = parsed(&Writer::set_up(&plan, &settings(1)));
            assert_eq!(update["session"]["audio"]["input"]["transcription"]["language"], json!(language));
        }
    }

    #[test]
    fn the_set_up_leaves_nothing_to_defaults_and_says_nothing_unknown() {
        let update = parsed(&Writer::set_up(&plan(), &settings(1)));
        let session = &update["session"];
        assert_eq!((&update["type"], &update["event_id"]), (&json!("session.update"), &json!("setup")));
        let keys: Vec<_> = session.as_object().unwrap().keys().map(String::as_str).collect();
        let known = [
            "audio",
            "instructions",
            "max_output_tokens",
            "output_modalities",
            "tool_choice",
            "tools",
            "type",
        ];
        assert_eq!(keys, known);
        // A rate beside mu-law refuses the whole update.
        assert_eq!(session["audio"]["input"]["format"], json!({ "type": "audio/pcmu" }));
        assert_eq!(session["audio"]["output"]["format"], json!({ "type": "audio/pcmu" }));
        let detection = session["audio"]["input"]["turn_detection"].as_object().unwrap();
        assert_eq!(detection.len(), 7);
        assert!(detection["idle_timeout_ms"].is_null());
        let names: Vec<_> = session["tools"].as_array().unwrap().iter().map(|tool| &tool["name"]).collect();
        assert_eq!(names, ["confirm_awake", "check_answer", "end_call", "snooze"]);
    }

    #[test]
    fn a_request_carries_its_number_and_its_reason() {
        let request = Request { why: Why::Goodbye, instructions: Some("Say \"bye\".".to_owned()) };
        let ask = parsed(&Writer::ask(7, &request));
        assert_eq!(request_number(ask["event_id"].as_str().unwrap()), Some(7));
        assert_eq!(
            ask["response"],
            json!({ "metadata": { "why": "goodbye" }, "instructions": "Say \"bye\".", "tool_choice": "none" })
        );
        let bare = parsed(&Writer::ask(8, &Request { why: Why::Nudge, instructions: None }));
        assert_eq!(bare["response"], json!({ "metadata": { "why": "nudge" } }));
    }

    #[test]
    fn what_was_said_is_remembered_as_text_by_its_speaker() {
        let mut writer = Writer::default();
        let said = |speaker| Utterance {
            speaker,
            text: "Ünïcödé \"and\" quotes".to_owned(),
            said_at: Timestamp::UNIX_EPOCH,
            interrupted: false,
        };
        for (speaker, role, kind) in
            [(Speaker::Coach, "assistant", "output_text"), (Speaker::Sleeper, "user", "input_text")]
        {
            let item = parsed(&writer.remember(&said(speaker)));
            let content = json!([{ "type": kind, "text": "Ünïcödé \"and\" quotes" }]);
            assert_eq!(item["item"], json!({ "type": "message", "role": role, "content": content }));
        }
    }

    #[test]
    fn every_message_has_a_number_of_its_own() {
        let mut writer = Writer::default();
        let messages = [
            writer.tell("hello"),
            writer.answer_tool("call_1", "{}"),
            writer.cancel("resp_1"),
            writer.truncate("item_1", 0, 1_480),
            writer.delete("item_2"),
        ];
        let ids: Vec<_> = messages.iter().map(|text| parsed(text)["event_id"].clone()).collect();
        assert_eq!(ids, ["c1", "c2", "c3", "c4", "c5"]);
        assert_eq!(parsed(&messages[3])["audio_end_ms"], 1_480);
    }

    #[test]
    fn audio_goes_through_as_it_came() {
        let text = Writer::append("f39/fw==");
        assert_eq!(parsed(&text)["audio"], "f39/fw==");
        assert_eq!(text.len(), text.capacity());
    }
}
