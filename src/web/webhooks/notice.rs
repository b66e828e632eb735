//! Calls that bring a notice to a back-up person: what the carrier asks and reports of them.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::super::WebState;
use super::super::extract::SignedForm;
use super::{document, parts, taken_in};
use crate::calls::CallError;
use crate::domain::ids::Nonce;
use crate::telephony::callbacks::{GatherResult, StatusCallback};
use crate::telephony::twiml::{self, Document};

/// They have picked up.
pub async fn voice(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let Some((nonce, request)) = parts(&nonce, &form) else { return document(&twiml::hang_up()) };
    said(web.calls.read_notice(&nonce, &request).await)
}

/// They have pressed a key, or not.
pub async fn response(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let Some((nonce, request)) = parts(&nonce, &form) else { return document(&twiml::hang_up()) };
    said(web.calls.hear_notice(&nonce, &request.call, &GatherResult::read(&form.form)).await)
}

/// How far their call has come.
pub async fn status(State(web): State<WebState>, Path(nonce): Path<String>, form: SignedForm) -> Response {
    let news = StatusCallback::read(&form.form);
    let (Some(nonce), Ok(news)) = (Nonce::parse(&nonce), news) else {
        return StatusCode::NO_CONTENT.into_response();
    };
    taken_in(web.calls.notice_progress(&nonce, &news).await)
}

/// Nobody is kept asleep by silence here: on a failure they are hung up on, and called again.
fn said(answer: Result<Document, CallError>) -> Response {
    match answer {
        Ok(answer) => document(&answer),
        Err(CallError::Unknown) => {
            tracing::warn!("The carrier asks about a call that is not ours; hanging up");
            document(&twiml::hang_up())
        }
        Err(error) => {
            tracing::error!(%error, "Could not read a notice out; it will be tried again");
            document(&twiml::hang_up())
        }
    }
}
