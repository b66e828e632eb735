//! `POST /v1/chat/completions` and `GET /v1/models`.

mod schema;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::coach::{self, Asked, ChatReply, Turn};
use super::faults::{ChatFault, ModelList};
use super::record::{ModelEvent, locked};
use super::rules::{Refusal, Rule, may, must};
use super::{Shared, answer, key_is_right, list, refusal};

/// Models the double plays.
const MODELS: [&str; 6] = [
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-1.5",
    "gpt-6-luna",
    "gpt-5.6-luna",
    "gpt-transcribe",
];

/// Longest wait any fault may cause, so that a forgotten knob does not keep a socket for ever.
const SILENCE_MAX: Duration = Duration::from_mins(15);

/// The models there are; the vendor names the day each will be switched off.
pub(super) async fn list_models(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !key_is_right(&shared, &headers) {
        return refusal(401);
    }
    let fault = locked(&locked(&shared.faults).clone()).models;
    let (names, shutdown_date) = match fault {
        ModelList::All => (&MODELS[..], None),
        ModelList::ShutDownOn(date) => (&MODELS[..], Some(date)),
        ModelList::Others => (&MODELS[2..3], None),
        ModelList::Status(status) => return refusal(status),
        ModelList::Garbage => return (StatusCode::OK, "<html>It works!</html>").into_response(),
        ModelList::Silence => {
            shared.shutdown.cancelled().await;
            return refusal(503);
        }
    };
    let model = |id: &&str| {
        json!({"id": id, "object": "model", "created": 1_790_000_000, "owned_by": "openai",
            "shutdown_date": shutdown_date})
    };
    answer(200, &list(&names.iter().map(model).collect::<Vec<_>>()))
}

/// One completion.
pub(super) async fn complete(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    if !key_is_right(&shared, &headers) {
        return refusal(401);
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        let message = "We could not parse the JSON body of your request.".to_owned();
        return answer(400, &Refusal::without_code(message).as_body());
    };
    shared.book.note_chat(request.clone());
    shared.tell(ModelEvent::Asked);
    if let Err(refusal) = check(&request) {
        let status = if refusal.code == Some("model_not_found") { 404 } else { 400 };
        return answer(status, &refusal.as_body());
    }
    let fault = next_fault(&shared);
    let wait = match fault {
        ChatFault::Slow(late) => late.min(SILENCE_MAX),
        ChatFault::Silent => SILENCE_MAX,
        _ => shared.options.think,
    };
    tokio::select! {
        () = shared.shutdown.cancelled() => return refusal(503),
        () = shared.options.pace.sleep(wait) => {}
    }
    misbehave(&shared, &request, &fault).unwrap_or_else(|| {
        let scripted = locked(&shared.chat_answers).pop_front();
        let content = scripted.unwrap_or_else(|| content(&request, coach::chat_reply));
        answer(200, &completion(&shared, &request, &message(&content), "stop"))
    })
}

fn next_fault(shared: &Shared) -> ChatFault {
    let faults = locked(&shared.faults).clone();
    let mut faults = locked(&faults);
    faults.chat_next.pop_front().unwrap_or_else(|| faults.chat.clone())
}

/// The answer of a model that does not do as asked; `None` for one that does.
fn misbehave(shared: &Shared, request: &Value, fault: &ChatFault) -> Option<Response> {
    let content = || content(request, coach::chat_reply);
    let (message, finish) = match fault {
        ChatFault::None | ChatFault::Slow(_) | ChatFault::Silent => return None,
        ChatFault::Status(status) => return Some(refusal(*status)),
        ChatFault::InsufficientQuota => {
            let message =
                "You exceeded your current quota, please check your plan and billing details.".to_owned();
            let refusal = Refusal {
                kind: "insufficient_quota",
                code: Some("insufficient_quota"),
                message,
                param: None,
            };
            return Some(answer(429, &refusal.as_body()));
        }
        ChatFault::Garbage => return Some((StatusCode::OK, "<html>upstream \u{0}went away").into_response()),
        ChatFault::Empty => (message(""), "length"),
        ChatFault::Refusal => (
            json!({"role": "assistant", "content": null, "refusal": "I'm sorry, I can't help with that.", "annotations": []}),
            "stop",
        ),
        ChatFault::Truncated => {
            let content = content();
            let half = content.chars().take(content.chars().count() / 2).collect::<String>();
            (message(&half), "length")
        }
        ChatFault::Endless(letters) => {
            let reply =
                ChatReply { say: "up ".repeat(letters.div_ceil(3)), awake: false, evidence: String::new() };
            (message(&schema::shape(&reply, request)), "stop")
        }
        ChatFault::Gullible => (message(&self::content(request, coach::gullible::chat_reply)), "stop"),
        ChatFault::Hostile => {
            let say =
                "Good & <b>bad</b></Say><Hangup/><Say>\u{7}\u{0}\u{202e}]]> &amp; \"quoted\"".to_owned();
            let reply = ChatReply { say, awake: false, evidence: String::new() };
            (message(&schema::shape(&reply, request)), "stop")
        }
    };
    Some(answer(200, &completion(shared, request, &message, finish)))
}

fn message(content: &str) -> Value {
    json!({"role": "assistant", "content": content, "refusal": null, "annotations": []})
}

fn completion(shared: &Shared, request: &Value, message: &Value, finish: &str) -> Value {
    let tokens = |text: &str| (text.chars().count() as u64).div_ceil(4);
    let prompt = tokens(&request["messages"].to_string());
    let written = tokens(message["content"].as_str().unwrap_or_default());
    json!({
        "id": "chatcmpl-1", "object": "chat.completion",
        "created": shared.epoch_seconds(shared.options.pace.elapsed()), "model": request["model"],
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written,
                  "prompt_tokens_details": {"cached_tokens": 0}, "completion_tokens_details": {"reasoning_tokens": 0}},
    })
}

/// What a coach answers, in the shape asked for.
fn content(request: &Value, reply: fn(&Asked<'_>) -> ChatReply) -> String {
    let mut instructions = String::new();
    let mut turns = Vec::new();
    for message in request["messages"].as_array().into_iter().flatten() {
        let text = text_of(&message["content"]);
        match message["role"].as_str() {
            Some("developer" | "system") if turns.is_empty() => instructions.push_str(&text),
            Some("developer" | "system") => turns.push(Turn::Note(text)),
            Some("assistant") => turns.push(Turn::Coach(text)),
            _ => turns.push(Turn::Sleeper(text)),
        }
    }
    let asked = Asked { instructions: &instructions, this_time: None, turns: &turns, tools: &[] };
    schema::shape(&reply(&asked), request)
}

/// A content is a string or a list of parts.
fn text_of(content: &Value) -> String {
    let parts = content.as_array().into_iter().flatten();
    let joined: String = parts.filter_map(|part| part["text"].as_str()).collect();
    content.as_str().map_or(joined, str::to_owned)
}

static REQUEST: Rule = Rule::Object(&[
    must("model", Rule::Text),
    must("messages", Rule::List(&MESSAGE)),
    may("reasoning_effort", Rule::Word(&["none", "minimal", "low", "medium", "high", "xhigh", "max"])),
    may("max_completion_tokens", Rule::Nullable(&Rule::Integer(1, 1_000_000))),
    may("response_format", Rule::Any),
    may("store", Rule::Nullable(&Rule::Bool)),
    may("metadata", Rule::Nullable(&Rule::Map)),
    may("n", Rule::Nullable(&Rule::Integer(1, 1))),
    may("user", Rule::Text),
    may("safety_identifier", Rule::Text),
    may("prompt_cache_key", Rule::Text),
    may("service_tier", Rule::Any),
    may("verbosity", Rule::Word(&["low", "medium", "high"])),
    may("seed", Rule::Any),
    // Streaming is not simulated: asking for it is refused, not ignored.
    may("stream", Rule::Nullable(&Rule::Bool)),
]);

static MESSAGE: Rule = Rule::Object(&[
    must("role", Rule::Word(&["developer", "system", "user", "assistant"])),
    must(
        "content",
        Rule::Either(&[Rule::List(&Rule::Tagged(&[("text", &[must("text", Rule::Text)])])), Rule::Text]),
    ),
    may("name", Rule::Text),
]);

/// Refuses what the vendor refuses.
fn check(request: &Value) -> Result<(), Refusal> {
    let model = request["model"].as_str().unwrap_or_default();
    for name in ["max_tokens", "temperature", "top_p", "presence_penalty", "frequency_penalty"] {
        if request.get(name).is_some() {
            let hint = if name == "max_tokens" { " Use 'max_completion_tokens' instead." } else { "" };
            let message = format!("Unsupported parameter: '{name}' is not supported with this model.{hint}");
            return Err(Refusal::new("unsupported_parameter", name, message));
        }
    }
    REQUEST.check(request, "")?;
    if !model.starts_with("gpt-") || model.starts_with("gpt-realtime") {
        let message = format!("The model '{model}' does not exist or you do not have access to it.");
        return Err(Refusal::new("model_not_found", "model", message));
    }
    if request["messages"].as_array().is_none_or(Vec::is_empty) {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1.".to_owned();
        return Err(Refusal::new("empty_array", "messages", message));
    }
    if request["stream"] == true {
        let message = "Streaming is not simulated.".to_owned();
        return Err(Refusal::new("unsupported_value", "stream", message));
    }
    schema::check(&request["response_format"])
}

#[cfg(test)]
mod tests;
