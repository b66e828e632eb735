//! What the model says, read without belief: unknown kinds, extra fields and nulls are put up with.
//!
//! One flat struct for all events. Parts that only some of them have stay raw until their kind is known,
//! so that an odd part of an event we ignore cannot spoil it.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::money::MicroDollars;
use crate::realtime::events::{Fault, ModelEvent, ResponseStatus, ToolCall, Why};

use super::usage::{Prices, Usage};
use super::wire::{SETUP_EVENT, request_number};

/// What one message from the model amounts to.
#[derive(Debug)]
pub(crate) enum Said<'a> {
    /// The session's settings are in force.
    SetUp,
    /// The set-up was refused, with this code.
    SetUpRefused(String),
    /// Something for the session.
    Event(ModelEvent<'a>),
}

/// A message that is not what the protocol allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of the model could not be read")]
pub(crate) struct Garbled;

/// Text that may be borrowed, absent or null. (`Option<Cow>` would always copy.)
#[derive(Debug, Default)]
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Borrowing;
        impl<'de> Visitor<'de> for Borrowing {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or null")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }
        }
        from.deserialize_any(Borrowing)
    }
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    response_id: Text<'a>,
    #[serde(borrow, default)]
    item_id: Text<'a>,
    #[serde(default)]
    content_index: Option<u32>,
    #[serde(borrow, default)]
    delta: Option<&'a RawValue>,
    #[serde(borrow, default)]
    transcript: Option<&'a RawValue>,
    #[serde(borrow, default)]
    item: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Reads one message.
pub(crate) fn read(text: &str, prices: Prices) -> Result<Said<'_>, Garbled> {
    let message: Message<'_> = serde_json::from_str(text).map_err(|_| Garbled)?;
    Ok(Said::Event(match &*message.kind.0 {
        "session.updated" => return Ok(Said::SetUp),
        "error" => return complaint(&message),
        "response.output_audio.delta" => audio(message)?,
        "response.output_audio.done" => ModelEvent::AudioDone { item: message.item_id.0 },
        "response.output_audio_transcript.delta" => ModelEvent::Words {
            response: message.response_id.0,
            item: message.item_id.0,
            content_index: message.content_index.unwrap_or(0),
            text: words(message.delta)?,
        },
        "response.output_audio_transcript.done" => {
            ModelEvent::WordsDone { item: message.item_id.0, text: words(message.transcript)? }
        }
        "input_audio_buffer.speech_started" => ModelEvent::SpeechStarted { item: message.item_id.0 },
        "input_audio_buffer.speech_stopped" => ModelEvent::SpeechStopped { item: message.item_id.0 },
        "conversation.item.input_audio_transcription.completed" => {
            ModelEvent::Heard { item: message.item_id.0, text: Some(words(message.transcript)?) }
        }
        "conversation.item.input_audio_transcription.failed" => {
            ModelEvent::Heard { item: message.item_id.0, text: None }
        }
        "response.created" => started(part(message.response)?),
        "response.output_item.done" => return item_done(&message).map(Said::Event),
        "response.done" => ended(part(message.response)?, prices),
        kind if is_known(kind) => ModelEvent::Nothing,
        _ => ModelEvent::Unknown,
    }))
}

fn part<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<T, Garbled> {
    serde_json::from_str(raw.ok_or(Garbled)?.get()).map_err(|_| Garbled)
}

/// Words that may be missing: then there are none.
fn words(raw: Option<&RawValue>) -> Result<Cow<'_, str>, Garbled> {
    raw.map_or(Ok(Cow::Borrowed("")), |raw| part::<Text<'_>>(Some(raw)).map(|text| text.0))
}

/// Kinds that are documented and of no interest to a telephone call.
fn is_known(kind: &str) -> bool {
    const FAMILIES: [&str; 9] = [
        "session.",
        "conversation.",
        "rate_limits.",
        "input_audio_buffer.",
        "output_audio_buffer.",
        "response.output_",
        "response.content_part.",
        "response.function_call_arguments.",
        "response.mcp_call",
    ];
    FAMILIES.iter().any(|family| kind.starts_with(family))
}

fn audio(message: Message<'_>) -> Result<ModelEvent<'_>, Garbled> {
    let base64: Text<'_> = part(message.delta)?;
    let audio = STANDARD.decode(base64.0.as_bytes()).map_err(|_| Garbled)?;
    Ok(ModelEvent::Audio {
        response: message.response_id.0,
        item: message.item_id.0,
        content_index: message.content_index.unwrap_or(0),
        audio,
    })
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    status: Text<'a>,
    /// Some servers send a bare word where the protocol has an object.
    #[serde(default)]
    status_details: Value,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    usage: Value,
}

fn started(response: Response<'_>) -> ModelEvent<'_> {
    let why = response.metadata.get("why").and_then(Value::as_str).and_then(Why::parse);
    ModelEvent::ResponseStarted { response: response.id.0, why }
}

fn ended(response: Response<'_>, prices: Prices) -> ModelEvent<'_> {
    let usage: Usage = serde_json::from_value(response.usage).unwrap_or_default();
    let cost: MicroDollars = prices.cost(&usage);
    let status = match &*response.status.0 {
        "cancelled" => ResponseStatus::Cancelled,
        "failed" => failure(&response.status_details),
        _ => ResponseStatus::Completed,
    };
    ModelEvent::ResponseEnded { response: response.id.0, status, cost }
}

fn failure(details: &Value) -> ResponseStatus {
    let error = &details["error"];
    let code = error["code"].as_str().or(error["type"].as_str()).or(details.as_str()).unwrap_or("failed");
    let fault = match fault_of(code) {
        // Whatever a response failed of, it was not harmless to it.
        Fault::Harmless => Fault::Passing,
        fault => fault,
    };
    ResponseStatus::Failed { fault, code: short(code) }
}

#[derive(Deserialize)]
struct Item {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    arguments: Option<String>,
}

fn item_done<'a>(message: &Message<'a>) -> Result<ModelEvent<'a>, Garbled> {
    let item: Item = part(message.item)?;
    // An interrupted call comes as `incomplete`; its arguments may be cut.
    let complete = item.status.is_none_or(|status| status == "completed");
    if item.kind.as_deref() != Some("function_call") || !complete {
        return Ok(ModelEvent::Nothing);
    }
    let call = ToolCall {
        id: item.call_id.ok_or(Garbled)?,
        name: item.name.unwrap_or_default(),
        arguments: item.arguments.unwrap_or_default(),
    };
    Ok(ModelEvent::ToolCalled { response: message.response_id.0.clone(), call })
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    event_id: Option<String>,
}

fn complaint<'a>(message: &Message<'a>) -> Result<Said<'a>, Garbled> {
    let complaint: Complaint = part(message.error)?;
    let code = complaint.code.or(complaint.kind).unwrap_or_default();
    if complaint.event_id.as_deref() == Some(SETUP_EVENT) {
        return Ok(Said::SetUpRefused(short(&code)));
    }
    let request = complaint.event_id.as_deref().and_then(request_number);
    Ok(Said::Event(ModelEvent::Complaint { fault: fault_of(&code), code: short(&code), request }))
}

/// Codes are words; whatever else stands there is not for our records.
fn short(code: &str) -> String {
    code.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "_-. ".contains(*letter))
        .take(60)
        .collect()
}

/// What an error code, or the code of a closed connection, means to us.
pub(super) fn fault_of(code: &str) -> Fault {
    match code {
        "insufficient_quota"
        | "billing_hard_limit_reached"
        | "credit_balance_exhausted"
        | "organization_spend_limit_exceeded"
        | "project_spend_limit_exceeded"
        | "organization_usage_limit_exceeded"
        | "account_deactivated"
        | "invalid_api_key"
        | "model_not_found"
        | "beta_api_shape_disabled"
        // The limit outlasts the patience of a sleeper on the line.
        | "rate_limit_exceeded" => Fault::Fatal,
        "session_expired" => Fault::ConnectionOver,
        "conversation_already_has_active_response" => Fault::AlreadyAnswering,
        "server_error" => Fault::Passing,
        _ => Fault::Harmless,
    }
}

#[cfg(test)]
mod tests;
