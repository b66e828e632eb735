//! What the carrier asks and tells. Every form is signed, every answer is a voice document or nothing;
//! never text, which the carrier would read aloud.

mod media;
mod notice;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use futures_util::FutureExt as _;

pub use self::media::media_stream;
use super::WebState;
use super::extract::SignedForm;
use super::legacy;
use crate::calls::CallError;
use crate::clock;
use crate::domain::ids::Nonce;
use crate::realtime::audio;
use crate::telephony::callbacks::{GatherResult, StatusCallback, StreamStatus, VoiceRequest};
use crate::telephony::twiml::{self, Document, Voice};
use crate::telephony::wav;

/// Longer than anything here takes when all is well. After fifteen seconds the carrier would give up on us,
/// and apologise to her in its own words.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The carrier's routes.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/voice/{nonce}", any(voice))
        .route("/voice-realtime/{nonce}", any(stream_ended))
        .route("/handle-response/{nonce}/{turn}", any(handle_response))
        .route("/call-status/{nonce}", post(call_status))
        .route("/stream-status/{nonce}", post(stream_status))
        .route("/notice/{nonce}", any(notice::voice))
        .route("/notice/{nonce}/response", any(notice::response))
        .route("/notice/{nonce}/status", post(notice::status))
        .route("/twiml", any(legacy::twiml))
        .route("/media-stream/{ticket}", get(media_stream))
        .route("/sounds/wake-tone.wav", get(wake_tone))
}

/// The first document of a call.
async fn voice(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let Some((nonce, request)) = parts(&nonce, &form) else { return document(&twiml::hang_up()) };
    spoken(&web, &nonce, 0, web.calls.answer(&nonce, &request)).await
}

/// The `<Connect>` is over.
async fn stream_ended(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let Some((nonce, request)) = parts(&nonce, &form) else { return document(&twiml::hang_up()) };
    spoken(&web, &nonce, 0, web.calls.stream_ended(&nonce, &request)).await
}

/// One turn of a traditional call.
async fn handle_response(
    State(web): State<WebState>,
    Path((nonce, turn)): Path<(String, u32)>,
    form: SignedForm,
) -> Response {
    let Some(nonce) = Nonce::parse(&nonce) else { return document(&twiml::hang_up()) };
    // What fails here has mostly taken this turn already: her next words belong to the next.
    let next = turn.saturating_add(1);
    spoken(&web, &nonce, next, web.calls.hear(&nonce, turn, &GatherResult::read(&form.form))).await
}

/// Somebody telephones the coach.
pub async fn inbound(web: &WebState, form: &SignedForm) -> Response {
    let Ok(request) = VoiceRequest::read(&form.form) else { return document(&twiml::hang_up()) };
    match web.calls.take_inbound(&request).await {
        Ok(answer) => document(&answer),
        Err(error) => {
            tracing::error!(%error, "Could not take an inbound call");
            let sorry = "I cannot talk right now. Please call again in a minute.";
            document(&twiml::say_and_hang_up(&[sorry], &Voice::of("en-US")))
        }
    }
}

async fn call_status(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let news = StatusCallback::read(&form.form);
    let (Some(nonce), Ok(news)) = (Nonce::parse(&nonce), news) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    taken_in(web.calls.progress(&nonce, &news).await)
}

async fn stream_status(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let news = StreamStatus::read(&form.form);
    let (Some(nonce), Ok(news)) = (Nonce::parse(&nonce), news) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    taken_in(web.calls.stream_progress(&nonce, &news).await)
}

/// The tone of the silence ladder, for `<Play>`.
async fn wake_tone() -> Response {
    (
        [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "max-age=86400")],
        wav::of_mulaw(&audio::tone()),
    )
        .into_response()
}

fn parts(nonce: &str, form: &SignedForm) -> Option<(Nonce, VoiceRequest)> {
    Some((Nonce::parse(nonce)?, VoiceRequest::read(&form.form).ok()?))
}

/// A voice document in time, whatever happened: a sleeper must never hear "an application error has occurred".
async fn spoken(
    web: &WebState,
    nonce: &Nonce,
    turn: u32,
    answer: impl Future<Output = Result<Document, CallError>>,
) -> Response {
    match clock::timeout(&*web.clock, ANSWER_WITHIN, AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(Ok(answer))) => return document(&answer),
        Ok(Ok(Err(CallError::Unknown))) => {
            tracing::warn!("The carrier asks about a call that is not ours; hanging up");
            return document(&twiml::hang_up());
        }
        Ok(Ok(Err(error))) => tracing::error!(%error, "Speaking the emergency lines, something failed"),
        Ok(Err(_)) => tracing::error!("Speaking the emergency lines, a handler panicked"),
        Err(late) => tracing::error!(%late, "Speaking the emergency lines, something hangs"),
    }
    let action = web.calls.addresses().handle_response(nonce, turn);
    document(&twiml::static_wake_up(&action, web.calls.tongue_of(nonce)))
}

/// The carrier wants no words here; a failure on our side makes it try again.
fn taken_in(result: Result<(), CallError>) -> Response {
    match result {
        Ok(()) | Err(CallError::Unknown) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            tracing::error!(%error, "Could not take in a status callback");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn document(document: &Document) -> Response {
    document.clone().into_response()
}
