//! The doctor's report for the owner, and the doctor's own questions as they come back from outside.

use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Path, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde_json::json;

use super::WebState;
use super::error::Problem;
use super::extract::AdminAuth;
use super::pages;
use crate::clock::timeout;
use crate::doctor::{Doctor, PROBE_PATIENCE, page};
use crate::telephony::signature::SIGNATURE_HEADER;

/// An echo of a few dozen bytes needs no more.
const ECHO_BYTES_MAX: usize = 1024;

/// The report.
pub(super) fn routes() -> Router<WebState> {
    Router::new()
        .route("/diagnostics", get(report))
        .route("/diagnostics.js", get(pages::diagnostics_script))
        .route("/api/v1/doctor", get(report))
}

/// Where the doctor's questions come back. Open to all, since they come from outside: only the one who
/// asks knows a name that is answered, and only for some seconds.
pub fn probe_routes<S: Clone + Send + Sync + 'static>(doctor: Arc<Doctor>) -> Router<S> {
    Router::new()
        .route("/doctor/probe/{name}", any(answer))
        .route("/doctor/echo/{name}", get(echo))
        .with_state(doctor)
}

/// Examines everything: JSON, or a page for browsers; a browser without the token is asked for it.
async fn report(State(web): State<WebState>, mut request: Parts) -> Result<Response, Problem> {
    let wants_page = pages::wants_page(&request.headers);
    if wants_page && !request.headers.contains_key(AUTHORIZATION) {
        return Ok(pages::diagnostics_door());
    }
    AdminAuth::from_request_parts(&mut request, &web).await?;
    let report = web.doctor.examine().await;
    if !wants_page {
        return Ok(([(VARY, "accept")], Json(report)).into_response());
    }
    page::render(&report, web.doctor.zone())
        .map(|page| Html(page).into_response())
        .map_err(|error| Problem::internal(&error))
}

/// What only we know, and what arrived of the request.
async fn answer(
    State(doctor): State<Arc<Doctor>>,
    Path(name): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let Some(answer) = doctor.probes().answer(&name, doctor.clock().elapsed()) else {
        return Problem::not_found("There is nothing at this address.").into_response();
    };
    let is_form =
        headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form"));
    Json(json!({
        "answer": answer.as_str(),
        "method": method.as_str(),
        "form": is_form,
        "signature": headers.contains_key(SIGNATURE_HEADER),
    }))
    .into_response()
}

/// A socket that says what only we know, and then whatever it hears.
async fn echo(
    State(doctor): State<Arc<Doctor>>,
    Path(name): Path<String>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Some(answer) = doctor.probes().answer(&name, doctor.clock().elapsed()) else {
        return Problem::not_found("There is nothing at this address.").into_response();
    };
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(refused) => {
            return Problem::bad_request(format!("This address speaks WebSocket only: {refused}"))
                .into_response();
        }
    };
    upgrade.max_message_size(ECHO_BYTES_MAX).on_upgrade(move |socket| async move {
        let conversation = converse(socket, answer.as_str());
        // Whoever asked is gone by then, and what is left of the socket goes with this.
        let _late = timeout(&**doctor.clock(), PROBE_PATIENCE, conversation).await;
    })
}

async fn converse(mut socket: WebSocket, answer: &str) {
    if socket.send(Message::text(answer)).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message
            && socket.send(Message::Text(text)).await.is_err()
        {
            return;
        }
    }
}
