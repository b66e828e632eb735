//! The client events and what each may contain.

use serde_json::Value;

use super::settings::{MAX_OUTPUT_TOKENS, MODALITIES, OUTPUT, REASONING, TOOL, TOOL_CHOICE};
use crate::simulator::openai::rules::{Field, Refusal, Rule, may, must};

/// Accepts a client event as far as its shape goes; the inside of `session` is checked when it is applied.
pub fn check(event: &Value) -> Result<(), Refusal> {
    if event.get("type").and_then(Value::as_str).is_none() {
        let message = "The event has no type.".to_owned();
        return Err(Refusal::new("invalid_event", "type", message));
    }
    EVENT.check(event, "")
}

const EVENT_ID: Field = may("event_id", Rule::Nullable(&Rule::Text));

static EVENT: Rule = Rule::Tagged(&[
    ("session.update", &[EVENT_ID, must("session", Rule::Map)]),
    ("input_audio_buffer.append", &[EVENT_ID, must("audio", Rule::Text)]),
    ("input_audio_buffer.commit", &[EVENT_ID]),
    ("input_audio_buffer.clear", &[EVENT_ID]),
    (
        "conversation.item.create",
        &[EVENT_ID, must("item", ITEM), may("previous_item_id", Rule::Nullable(&Rule::Text))],
    ),
    ("conversation.item.retrieve", &[EVENT_ID, must("item_id", Rule::Text)]),
    (
        "conversation.item.truncate",
        &[
            EVENT_ID,
            must("item_id", Rule::Text),
            must("content_index", Rule::Integer(0, i64::MAX)),
            must("audio_end_ms", Rule::Integer(0, i64::MAX)),
        ],
    ),
    ("conversation.item.delete", &[EVENT_ID, must("item_id", Rule::Text)]),
    ("response.create", &[EVENT_ID, may("response", Rule::Nullable(&RESPONSE))]),
    ("response.cancel", &[EVENT_ID, may("response_id", Rule::Nullable(&Rule::Text))]),
]);

const RESPONSE: Rule = Rule::Object(&[
    may("instructions", Rule::Text),
    may(
        "input",
        Rule::List(&Rule::Either(&[Rule::Tagged(&[("item_reference", &[must("id", Rule::Text)])]), ITEM])),
    ),
    may("tools", Rule::List(&TOOL)),
    may("tool_choice", TOOL_CHOICE),
    may("conversation", Rule::Word(&["auto", "none"])),
    may("metadata", Rule::Nullable(&Rule::Map)),
    may("output_modalities", MODALITIES),
    may("audio", Rule::Object(&[may("output", Rule::Object(OUTPUT))])),
    may("max_output_tokens", MAX_OUTPUT_TOKENS),
    may("reasoning", REASONING),
    may("parallel_tool_calls", Rule::Bool),
]);

const ITEM: Rule = Rule::Tagged(&[
    (
        "message",
        &[
            must("role", Rule::Word(&["system", "user", "assistant"])),
            must("content", Rule::List(&CONTENT)),
            ITEM_ID,
            ITEM_OBJECT,
            ITEM_STATUS,
        ],
    ),
    (
        "function_call",
        &[
            must("name", Rule::Text),
            must("arguments", Rule::Text),
            may("call_id", Rule::Text),
            ITEM_ID,
            ITEM_OBJECT,
            ITEM_STATUS,
        ],
    ),
    (
        "function_call_output",
        &[must("call_id", Rule::Text), must("output", Rule::Text), ITEM_ID, ITEM_OBJECT, ITEM_STATUS],
    ),
]);

const ITEM_ID: Field = may("id", Rule::Text);
const ITEM_OBJECT: Field = may("object", Rule::Word(&["realtime.item"]));
const ITEM_STATUS: Field = may("status", Rule::Word(&["completed", "incomplete", "in_progress"]));

/// An assistant's audio cannot be created: only its words.
static CONTENT: Rule = Rule::Tagged(&[
    ("input_text", &[must("text", Rule::Text)]),
    ("output_text", &[must("text", Rule::Text)]),
    ("input_audio", &[must("audio", Rule::Text), may("transcript", Rule::Nullable(&Rule::Text))]),
]);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_events_pass() {
        let message = |role: &str, kind: &str| {
            json!({"type": "conversation.item.create", "event_id": "c1", "previous_item_id": "root",
                   "item": {"type": "message", "role": role, "content": [{"type": kind, "text": "x"}]}})
        };
        for event in [
            json!({"type": "input_audio_buffer.append", "audio": "/w=="}),
            json!({"type": "response.create"}),
            json!({"type": "response.create", "response": {"instructions": "x", "tool_choice": "none",
                   "input": [{"type": "item_reference", "id": "item_1"}], "metadata": {"why": "greeting"}}}),
            json!({"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 0}),
            message("system", "input_text"),
            message("assistant", "output_text"),
        ] {
            assert_eq!(check(&event), Ok(()), "{event}");
        }
    }

    #[test]
    fn unknown_events_and_malformed_ones_are_refused() {
        for (event, code) in [
            (json!({"audio": "/w=="}), "invalid_event"),
            (json!([]), "invalid_event"),
            (json!({"type": "response.sparkle"}), "invalid_value"),
            (json!({"type": "output_audio_buffer.clear"}), "invalid_value"),
            (json!({"type": "session.update"}), "missing_required_parameter"),
            (json!({"type": "response.create", "response": {"modalities": ["audio"]}}), "unknown_parameter"),
            (
                json!({"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 1}),
                "missing_required_parameter",
            ),
            (
                json!({"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 1.5}),
                "invalid_type",
            ),
            (
                json!({"type": "conversation.item.create", "item": {"type": "message", "role": "assistant",
                    "content": [{"type": "output_audio", "audio": "x"}]}}),
                "invalid_value",
            ),
        ] {
            assert_eq!(check(&event).unwrap_err().code, Some(code), "{event}");
        }
    }
}
