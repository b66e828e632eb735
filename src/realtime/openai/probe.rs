//! Looks at the account without a call: which models it lists, and whether a session really opens and
//! answers. The shortest there is: text only, a word, a fraction of a cent.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};
use reqwest::StatusCode;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::client::{ModelError, ModelSettings, ModelSocket};
use super::reading::{Said, read};
use super::usage::Prices;
use super::wire::SETUP_EVENT;
use crate::clock::{self, SharedClock};
use crate::http;
use crate::realtime::events::{Fault, ModelEvent, ResponseStatus};

/// For the list of models.
const LIST_LIMIT: Duration = Duration::from_secs(5);
/// A list of some hundred models; more is something else.
const LIST_BYTES_MAX: usize = 2 * 1024 * 1024;
/// From connecting to the settings being in force, as in a call.
const SET_UP_LIMIT: Duration = Duration::from_secs(5);
/// From asking for a word to its end.
const ANSWER_LIMIT: Duration = Duration::from_secs(6);
/// Room for a word, and for the little thinking some models do before it.
const WORD_TOKENS: u32 = 64;

/// Models with an announced end (`vendor/openai-realtime.md` §1.3), by how their names begin.
const ANNOUNCED: [(&str, (i16, i8, i8)); 4] = [
    ("gpt-realtime-2025-08-28", (2027, 1, 20)),
    ("gpt-realtime-mini", (2027, 1, 20)),
    ("gpt-audio-mini", (2027, 1, 20)),
    ("gpt-4o", (2026, 5, 12)),
];
/// The first of the family stops with them, and its name is how all the others begin.
const FIRST_OF_ITS_FAMILY: &str = "gpt-realtime";

/// A model the account may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedModel {
    /// Its name.
    pub name: String,
    /// When it will be switched off, if the vendor says so.
    pub shutdown_on: Option<Date>,
}

/// How a session came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// From connecting to the settings being in force.
    pub set_up_in: Duration,
    /// From asking to the end of the answer.
    pub answered_in: Duration,
}

/// The day a model of this name is switched off, as announced; `None` for those without an end.
pub fn announced_end(model: &str) -> Option<Date> {
    if model == FIRST_OF_ITS_FAMILY {
        return Some(Date::constant(2027, 1, 20));
    }
    let (_, (year, month, day)) = ANNOUNCED.iter().find(|(start, _)| model.starts_with(start))?;
    Some(Date::constant(*year, *month, *day))
}

/// The models that the key may use.
pub async fn list_models(
    settings: &ModelSettings,
    clock: &SharedClock,
) -> Result<Vec<ListedModel>, ModelError> {
    let listing = fetch_list(settings);
    let silent = |_| ModelError::Silent { expected: "listed its models" };
    clock::timeout(&**clock, LIST_LIMIT, listing).await.map_err(silent)?
}

async fn fetch_list(settings: &ModelSettings) -> Result<Vec<ListedModel>, ModelError> {
    let broken = |_| ModelError::Unreachable { reason: "connection broken".to_owned(), source: None };
    let url = format!("{}/models", settings.base_url.as_str().trim_end_matches('/'));
    let key = settings.api_key.expose_secret();
    let key =
        settings.auth_scheme.as_ref().map_or_else(|| key.to_owned(), |scheme| format!("{scheme} {key}"));
    let mut response =
        http::client().get(url).header(&settings.auth_header, key).send().await.map_err(broken)?;
    match response.status() {
        StatusCode::OK => {}
        status if status.is_server_error() => {
            return Err(ModelError::Unreachable {
                reason: format!("HTTP {}", status.as_u16()),
                source: None,
            });
        }
        status => return Err(ModelError::Refused { code: format!("HTTP {}", status.as_u16()) }),
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        body.extend_from_slice(&chunk);
        if body.len() > LIST_BYTES_MAX {
            return Err(ModelError::Garbage);
        }
    }
    let list: Value = serde_json::from_slice(&body).map_err(|_| ModelError::Garbage)?;
    let models = list["data"].as_array().ok_or(ModelError::Garbage)?;
    let model = |item: &Value| {
        let name = item["id"].as_str()?.to_owned();
        Some(ListedModel { name, shutdown_on: date(&item["shutdown_date"]) })
    };
    Ok(models.iter().filter_map(model).collect())
}

/// A day, as a date or as seconds: the vendor's own dates come in both.
fn date(value: &Value) -> Option<Date> {
    if let Some(text) = value.as_str() {
        return text.get(..10)?.parse().ok();
    }
    let at = Timestamp::from_second(value.as_i64()?).ok()?;
    Some(TimeZone::UTC.to_datetime(at).date())
}

/// Whole days from `now` to the day on which a model is switched off; negative when that has passed.
pub fn days_until(day: Date, now: Timestamp) -> i32 {
    let today = TimeZone::UTC.to_datetime(now).date();
    today.until((Unit::Day, day)).map_or(0, |span| span.get_days())
}

/// Opens a session, has it say a word in writing, and closes it.
pub async fn try_session(settings: &ModelSettings, clock: &SharedClock) -> Result<Tried, ModelError> {
    let began = clock.elapsed();
    let mut socket = ModelSocket::connect(settings, clock).await?;
    let tried = converse(&mut socket, clock, began).await;
    socket.close().await;
    tried
}

async fn converse(
    socket: &mut ModelSocket,
    clock: &SharedClock,
    began: Duration,
) -> Result<Tried, ModelError> {
    clock::timeout(&**clock, SET_UP_LIMIT, set_up(socket))
        .await
        .map_err(|_| ModelError::Silent { expected: "confirmed its settings" })??;
    let set_up_at = clock.elapsed();
    clock::timeout(&**clock, ANSWER_LIMIT, say_a_word(socket))
        .await
        .map_err(|_| ModelError::Silent { expected: "answered" })??;
    let answered_in = clock.elapsed().saturating_sub(set_up_at);
    Ok(Tried { set_up_in: set_up_at.saturating_sub(began), answered_in })
}

async fn set_up(socket: &mut ModelSocket) -> Result<(), ModelError> {
    let session = json!({
        "type": "realtime",
        "output_modalities": ["text"],
        "instructions": "Answer with the one word: ready.",
        "max_output_tokens": WORD_TOKENS,
    });
    let message = json!({ "type": "session.update", "event_id": SETUP_EVENT, "session": session });
    socket.send(message.to_string()).await?;
    loop {
        let text = socket.next().await?;
        match read(&text, Prices::of("")).map_err(|_| ModelError::Garbage)? {
            Said::SetUp => return Ok(()),
            Said::SetUpRefused(code) => return Err(ModelError::Refused { code }),
            Said::Event(event) => fail_on(&event)?,
        }
    }
}

async fn say_a_word(socket: &mut ModelSocket) -> Result<(), ModelError> {
    let response = json!({ "output_modalities": ["text"] });
    let message = json!({ "type": "response.create", "event_id": "word", "response": response });
    socket.send(message.to_string()).await?;
    loop {
        let text = socket.next().await?;
        // Events of a kind that only sounds have may be odd here; the end of the response is what counts.
        let Ok(Said::Event(event)) = read(&text, Prices::of("")) else { continue };
        fail_on(&event)?;
        if matches!(event, ModelEvent::ResponseEnded { .. }) {
            return Ok(());
        }
    }
}

/// Whatever fails here fails for good: there is no call that could go on without it.
fn fail_on(event: &ModelEvent<'_>) -> Result<(), ModelError> {
    match event {
        ModelEvent::ResponseEnded { status: ResponseStatus::Failed { code, .. }, .. } => {
            Err(ModelError::Refused { code: code.clone() })
        }
        ModelEvent::Complaint { fault, code, .. } if *fault != Fault::Harmless => {
            Err(ModelError::Refused { code: code.clone() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_ends_are_known_by_name() {
        let end = Some(Date::constant(2027, 1, 20));
        for (model, expected) in [
            ("gpt-realtime", end),
            ("gpt-realtime-mini", end),
            ("gpt-realtime-mini-2025-12-15", end),
            ("gpt-realtime-2025-08-28", end),
            ("gpt-realtime-2.1", None),
            ("gpt-realtime-2.1-mini", None),
            ("gpt-realtime-1.5", None),
            ("gpt-6-luna", None),
        ] {
            assert_eq!(announced_end(model), expected, "{model}");
        }
        assert!(announced_end("gpt-4o-realtime-preview").is_some());
    }

    #[test]
    fn a_day_is_read_in_either_spelling() {
        let day = Some(Date::constant(2027, 1, 20));
        for (value, expected) in [
            (json!("2027-01-20"), day),
            (json!("2027-01-20T00:00:00Z"), day),
            (json!(1_800_403_200), day),
            (json!(null), None),
            (json!("soon"), None),
        ] {
            assert_eq!(date(&value), expected, "{value}");
        }
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(days_until(Date::constant(2027, 1, 20), now), 60);
        assert_eq!(days_until(Date::constant(2026, 11, 20), now), -1);
    }
}
