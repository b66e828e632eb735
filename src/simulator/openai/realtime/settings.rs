//! The session object: its defaults, what an update may contain, and how an update is applied.

use serde_json::{Map, Value, json};

use crate::simulator::openai::rules::{Field, Refusal, Rule, may, must};

/// What a session starts with; the vendor's wire defaults, which differ from its documented ones.
pub fn defaults(id: &str, model: &str, expires_at: i64) -> Value {
    let format = json!({"type": "audio/pcm", "rate": 24000});
    let turn_detection = json!({"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300,
        "silence_duration_ms": 200, "idle_timeout_ms": null, "create_response": true,
        "interrupt_response": true});
    json!({
        "type": "realtime", "object": "realtime.session", "id": id, "model": model,
        "output_modalities": ["audio"], "instructions": "You are a helpful assistant that speaks aloud.",
        "tools": [], "tool_choice": "auto", "max_output_tokens": "inf", "tracing": null,
        "truncation": "auto", "prompt": null, "include": null, "expires_at": expires_at,
        "audio": {
            "input": {"format": format, "transcription": null, "noise_reduction": null,
                      "turn_detection": turn_detection},
            "output": {"format": format, "voice": "marin", "speed": 1.0},
        },
    })
}

/// Applies a whole update or refuses a whole update.
pub fn apply(settings: &mut Value, patch: &Value, voice_is_fixed: bool) -> Result<(), Refusal> {
    SESSION.check(patch, "session")?;
    let model = settings["model"].as_str().unwrap_or_default();
    if patch.get("model").is_some_and(|wanted| wanted != model) {
        let message = "The model of a session cannot be changed.".to_owned();
        return Err(Refusal::new("invalid_value", "session.model", message));
    }
    if patch.get("reasoning").is_some_and(|reasoning| !reasoning.is_null()) && !reasons(model) {
        let message = "Unknown parameter: 'session.reasoning'.".to_owned();
        return Err(Refusal::new("unknown_parameter", "session.reasoning", message));
    }
    let voice = &patch["audio"]["output"]["voice"];
    if voice_is_fixed && !voice.is_null() && *voice != settings["audio"]["output"]["voice"] {
        let message = "Cannot update a conversation's voice if assistant audio is present.".to_owned();
        return Err(Refusal::new("cannot_update_voice", "session.audio.output.voice", message));
    }
    let Some(patch) = patch.as_object() else { return Ok(()) };
    overlay(settings, patch);
    Ok(())
}

fn reasons(model: &str) -> bool {
    model.starts_with("gpt-realtime-2.") || model == "gpt-realtime-2"
}

fn overlay(settings: &mut Value, patch: &Map<String, Value>) {
    for (name, value) in patch {
        let place = &mut settings[name.as_str()];
        match (name.as_str(), value) {
            ("audio" | "input" | "output", Value::Object(inner)) => overlay(place, inner),
            ("turn_detection", Value::Object(inner)) => *place = turn_detection(place, inner),
            _ => *place = value.clone(),
        }
    }
}

/// A patch of the same kind of detection keeps what it does not name; another kind starts afresh.
fn turn_detection(present: &Value, patch: &Map<String, Value>) -> Value {
    let kind = patch.get("type").unwrap_or(&Value::Null);
    let mut merged = if present["type"] == *kind {
        present.clone()
    } else if kind == "semantic_vad" {
        json!({"type": kind, "eagerness": "auto", "create_response": true, "interrupt_response": true})
    } else {
        defaults("", "", 0)["audio"]["input"]["turn_detection"].clone()
    };
    overlay(&mut merged, patch);
    merged
}

/// The session as an update may describe it.
static SESSION: Rule = Rule::Tagged(&[("realtime", SESSION_FIELDS)]);

const SESSION_FIELDS: &[Field] = &[
    may("output_modalities", MODALITIES),
    may("model", Rule::Text),
    may("instructions", Rule::Text),
    may("audio", Rule::Object(&[may("input", Rule::Object(INPUT)), may("output", Rule::Object(OUTPUT))])),
    may("tools", Rule::List(&TOOL)),
    may("tool_choice", TOOL_CHOICE),
    may("max_output_tokens", MAX_OUTPUT_TOKENS),
    may("truncation", TRUNCATION),
    may("tracing", Rule::Nullable(&Rule::Either(&[Rule::Word(&["auto"]), Rule::Map]))),
    may("reasoning", Rule::Nullable(&REASONING)),
    may("parallel_tool_calls", Rule::Bool),
    may("include", Rule::Nullable(&Rule::List(&Rule::Word(&["item.input_audio_transcription.logprobs"])))),
    may("prompt", Rule::Nullable(&Rule::Map)),
];

/// Audio or text, never both.
pub const MODALITIES: Rule = Rule::List(&Rule::Word(&["audio", "text"]));

pub const REASONING: Rule =
    Rule::Object(&[may("effort", Rule::Word(&["minimal", "low", "medium", "high", "xhigh"]))]);

pub const MAX_OUTPUT_TOKENS: Rule = Rule::Either(&[Rule::Word(&["inf"]), Rule::Integer(1, 4096)]);

pub const TOOL_CHOICE: Rule = Rule::Either(&[
    Rule::Tagged(&[
        ("function", &[must("name", Rule::Text)]),
        ("mcp", &[must("server_label", Rule::Text), may("name", Rule::Nullable(&Rule::Text))]),
    ]),
    Rule::Word(&["auto", "none", "required"]),
]);

pub static TOOL: Rule = Rule::Tagged(&[
    ("function", &[must("name", Rule::Text), may("description", Rule::Text), may("parameters", Rule::Map)]),
    (
        "mcp",
        &[
            must("server_label", Rule::Text),
            may("server_url", Rule::Text),
            may("authorization", Rule::Text),
            may("allowed_tools", Rule::Any),
            may("require_approval", Rule::Any),
            may("headers", Rule::Any),
        ],
    ),
]);

/// `rate` belongs to linear PCM alone: sent with mu-law it is an unknown field. A-law is not simulated.
const FORMAT: Rule =
    Rule::Tagged(&[("audio/pcmu", &[]), ("audio/pcm", &[may("rate", Rule::Integer(24_000, 24_000))])]);

const INPUT: &[Field] = &[
    may("format", FORMAT),
    may("noise_reduction", Rule::Nullable(&NOISE_REDUCTION)),
    may("transcription", Rule::Nullable(&TRANSCRIPTION)),
    may("turn_detection", Rule::Nullable(&TURN_DETECTION)),
];

pub const OUTPUT: &[Field] =
    &[may("format", FORMAT), may("voice", VOICE), may("speed", Rule::Number(0.25, 1.5))];

const NOISE_REDUCTION: Rule = Rule::Tagged(&[("near_field", NOISE_STRENGTH), ("far_field", NOISE_STRENGTH)]);

const NOISE_STRENGTH: &[Field] = &[may("strength", Rule::Any)];

const TRANSCRIPTION: Rule = Rule::Object(&[
    may("model", Rule::Text),
    may("language", Rule::Text),
    may("languages", Rule::List(&Rule::Text)),
    may("keywords", Rule::List(&Rule::Text)),
    may("prompt", Rule::Text),
    may("delay", Rule::Any),
]);

const TURN_DETECTION: Rule = Rule::Tagged(&[
    (
        "server_vad",
        &[
            may("threshold", Rule::Number(0.0, 1.0)),
            may("prefix_padding_ms", Rule::Integer(0, 10_000)),
            may("silence_duration_ms", Rule::Integer(0, 10_000)),
            may("create_response", Rule::Bool),
            may("interrupt_response", Rule::Bool),
            may("idle_timeout_ms", Rule::Nullable(&Rule::Integer(5_000, 30_000))),
        ],
    ),
    (
        "semantic_vad",
        &[
            may("eagerness", Rule::Word(&["low", "medium", "high", "auto"])),
            may("create_response", Rule::Bool),
            may("interrupt_response", Rule::Bool),
        ],
    ),
]);

const VOICE: Rule = Rule::Either(&[
    Rule::Object(&[must("id", Rule::Text)]),
    Rule::Word(&["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"]),
]);

const TRUNCATION: Rule = Rule::Either(&[
    Rule::Tagged(&[(
        "retention_ratio",
        &[must("retention_ratio", Rule::Number(0.0, 1.0)), may("token_limits", Rule::Map)],
    )]),
    Rule::Word(&["auto", "disabled"]),
]);

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Value {
        defaults("sess_1", "gpt-realtime-2.1", 1_795_237_200)
    }

    /// The update of our own bridge, in the vendor's shape.
    fn full() -> Value {
        json!({"type": "realtime", "output_modalities": ["audio"], "instructions": "Wake Anna.",
            "max_output_tokens": 1024, "tool_choice": "auto",
            "tools": [{"type": "function", "name": "end_call", "description": "Ends the call.",
                       "parameters": {"type": "object", "properties": {}}}],
            "audio": {"input": {"format": {"type": "audio/pcmu"}, "noise_reduction": null,
                                "transcription": {"model": "gpt-transcribe", "language": "en"},
                                "turn_detection": {"type": "server_vad", "threshold": 0.6,
                                    "prefix_padding_ms": 300, "silence_duration_ms": 600,
                                    "create_response": true, "interrupt_response": true,
                                    "idle_timeout_ms": null}},
                      "output": {"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.0}}})
    }

    fn refused(patch: &Value) -> (Option<&'static str>, String) {
        let mut settings = fresh();
        let refusal = apply(&mut settings, patch, false).expect_err(&patch.to_string());
        assert_eq!(settings, fresh(), "nothing of a refused update is applied");
        (refusal.code, refusal.param.unwrap_or_default())
    }

    #[test]
    fn an_update_patches_and_leaves_the_rest() {
        let mut settings = fresh();
        apply(&mut settings, &full(), false).unwrap();
        assert_eq!(settings["audio"]["input"]["format"], json!({"type": "audio/pcmu"}));
        assert_eq!(settings["audio"]["input"]["turn_detection"]["silence_duration_ms"], 600);
        assert_eq!(settings["id"], "sess_1");
        let patch = json!({"type": "realtime", "audio": {"input": {"turn_detection": null}}, "tools": []});
        apply(&mut settings, &patch, false).unwrap();
        assert_eq!(settings["audio"]["input"]["turn_detection"], Value::Null);
        assert_eq!(settings["audio"]["input"]["transcription"]["model"], "gpt-transcribe");
        assert_eq!(settings["instructions"], "Wake Anna.");
    }

    #[test]
    fn a_partial_turn_detection_keeps_its_other_fields() {
        let mut settings = fresh();
        let detection = json!({"type": "server_vad", "interrupt_response": false});
        let patch = json!({"type": "realtime", "audio": {"input": {"turn_detection": detection}}});
        apply(&mut settings, &patch, false).unwrap();
        let detection = &settings["audio"]["input"]["turn_detection"];
        assert_eq!(
            (&detection["silence_duration_ms"], &detection["interrupt_response"]),
            (&json!(200), &json!(false))
        );
    }

    #[test]
    fn beta_names_and_unknown_fields_refuse_the_whole_update() {
        for name in [
            "temperature",
            "modalities",
            "voice",
            "input_audio_format",
            "output_audio_format",
            "turn_detection",
            "input_audio_transcription",
            "max_response_output_tokens",
            "sparkle",
        ] {
            let mut patch = full();
            patch[name] = json!("x");
            assert_eq!(refused(&patch), (Some("unknown_parameter"), format!("session.{name}")));
        }
    }

    #[test]
    fn what_the_vendor_refuses_inside_is_refused_with_its_path() {
        let input = |inner: Value| json!({"type": "realtime", "audio": {"input": inner}});
        for (patch, code, param) in [
            (json!({"instructions": "x"}), "missing_required_parameter", "session.type"),
            (json!({"type": "transcription"}), "invalid_value", "session.type"),
            (
                input(json!({"format": {"type": "audio/pcmu", "rate": 8000}})),
                "unknown_parameter",
                "session.audio.input.format.rate",
            ),
            (
                input(json!({"format": {"type": "audio/pcm", "rate": 8000}})),
                "integer_below_min_value",
                "session.audio.input.format.rate",
            ),
            (input(json!({"format": "g711_ulaw"})), "invalid_type", "session.audio.input.format"),
            (
                input(json!({"turn_detection": {"type": "semantic_vad", "idle_timeout_ms": 8000}})),
                "unknown_parameter",
                "session.audio.input.turn_detection.idle_timeout_ms",
            ),
            (
                input(json!({"turn_detection": {"type": "server_vad", "idle_timeout_ms": 4000}})),
                "integer_below_min_value",
                "session.audio.input.turn_detection.idle_timeout_ms",
            ),
            (
                json!({"type": "realtime", "max_output_tokens": 32000}),
                "integer_above_max_value",
                "session.max_output_tokens",
            ),
            (
                json!({"type": "realtime", "tools": [{"type": "function", "function": {"name": "x"}}]}),
                "missing_required_parameter",
                "session.tools[0].name",
            ),
            (
                json!({"type": "realtime", "audio": {"output": {"voice": "anna"}}}),
                "invalid_value",
                "session.audio.output.voice",
            ),
            (json!({"type": "realtime", "model": "gpt-realtime-1.5"}), "invalid_value", "session.model"),
        ] {
            assert_eq!(refused(&patch), (Some(code), param.to_owned()), "{patch}");
        }
    }

    #[test]
    fn the_voice_is_fixed_once_it_has_been_heard() {
        let patch = json!({"type": "realtime", "audio": {"output": {"voice": "cedar"}}});
        let refusal = apply(&mut fresh(), &patch, true).unwrap_err();
        assert_eq!(refusal.code, Some("cannot_update_voice"));
        apply(&mut fresh(), &full(), true).expect("the same voice is no change");
    }

    #[test]
    fn only_models_that_reason_take_an_effort() {
        let patch = json!({"type": "realtime", "reasoning": {"effort": "low"}});
        apply(&mut fresh(), &patch, false).unwrap();
        let mut older = defaults("sess_1", "gpt-realtime-1.5", 0);
        assert_eq!(apply(&mut older, &patch, false).unwrap_err().param.as_deref(), Some("session.reasoning"));
    }
}
