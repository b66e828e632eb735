//! The Chat Completions exchange as it stands on the wire; read leniently, since many servers speak it.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::chat::ChatSettings;
use crate::coach::conversation::Message;
use crate::domain::utterance::Speaker;

/// Room for two spoken sentences and the evidence, so that a rambling model is cut early.
const COMPLETION_TOKENS_MAX: u32 = 200;

/// The body of a request. `temperature` stays out: reasoning models refuse it.
pub(super) fn request(settings: &ChatSettings, developer: &str, conversation: &[Message]) -> Value {
    let messages: Vec<Value> = std::iter::once(json!({"role": "developer", "content": developer}))
        .chain(conversation.iter().map(|message| {
            let role = match message.speaker {
                Speaker::Coach => "assistant",
                Speaker::Sleeper => "user",
            };
            json!({"role": role, "content": message.text})
        }))
        .collect();
    let mut body = json!({
        "model": settings.model,
        "messages": messages,
        "max_completion_tokens": COMPLETION_TOKENS_MAX,
        "response_format": {"type": "json_schema", "json_schema": {
            "name": "turn", "strict": true, "schema": answer_schema(),
        }},
    });
    if let Some(effort) = &settings.reasoning_effort {
        body["reasoning_effort"] = json!(effort);
    }
    body
}

/// Strict mode wants every property required and no others.
fn answer_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["say", "awake", "evidence", "remember"],
        "properties": {
            "say": {"type": "string", "description": "What to say next, aloud: one or two short sentences."},
            "awake": {"type": "boolean", "description": "True only when the answers show an awake person."},
            "evidence": {"type": "string", "description": "When awake: what was said or done that shows it."},
            "remember": {
                "type": "string",
                "description": "Her own words on her day, quoted from her last answer, if tomorrow's call should \
                    mention them; otherwise empty.",
            },
        },
    })
}

/// A successful answer, as far as we read it.
#[derive(Debug, Deserialize)]
pub(super) struct Completion {
    #[serde(default)]
    pub choices: Vec<Choice>,
    #[serde(default)]
    pub usage: Option<Usage>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    pub message: Reply,
    #[serde(default)]
    pub finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    #[serde(default)]
    pub content: Option<String>,
    #[serde(default)]
    pub refusal: Option<String>,
}

/// What the model wrote in `content`.
#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    pub say: String,
    pub awake: bool,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub evidence: String,
    /// Servers that keep to no schema leave it out.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub remember: String,
}

/// Tokens spent.
#[derive(Debug, Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub prompt_tokens: u64,
    #[serde(default)]
    pub completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<PromptTokens>,
}

#[derive(Debug, Deserialize)]
struct PromptTokens {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

impl Usage {
    /// Tokens of the prompt that were billed as cached.
    pub(super) fn cached(&self) -> u64 {
        self.prompt_tokens_details.as_ref().and_then(|details| details.cached_tokens).unwrap_or(0)
    }

    #[cfg(test)]
    pub(super) fn new(prompt_tokens: u64, cached: u64, completion_tokens: u64) -> Self {
        let prompt_tokens_details = Some(PromptTokens { cached_tokens: Some(cached) });
        Self { prompt_tokens, completion_tokens, prompt_tokens_details }
    }
}

fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// The machine-readable part of an error body; its message may quote our key and is never read.
pub(super) fn error_code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Outer {
        error: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        #[serde(default)]
        code: Option<Value>,
        #[serde(default, rename = "type")]
        kind: Option<Value>,
    }
    let Outer { error } = serde_json::from_slice(body).ok()?;
    [error.code, error.kind].into_iter().flatten().find_map(|word| {
        let word = word.as_str()?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        (!word.is_empty() && word.len() <= 60 && word.bytes().all(plain)).then(|| word.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_known_by_its_code_then_by_its_type() {
        for (body, expected) in [
            (
                r#"{"error":{"message":"m","type":"t","param":null,"code":"insufficient_quota"}}"#,
                Some("insufficient_quota"),
            ),
            (r#"{"error":{"message":"m","type":"server_error","code":null}}"#, Some("server_error")),
            (r#"{"error":{"code":"Incorrect key sk-123"}}"#, None),
            (r#"{"error":{"code":429}}"#, None),
            (r#"{"error":"plain"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(error_code(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
