//! `GET /v1/realtime`: the door, and behind it one session for each socket.

mod answer;
mod codec;
mod connection;
mod conversation;
mod generation;
mod ids;
mod input;
mod plan;
mod requests;
mod session;
mod settings;
mod wire;

use std::sync::Arc;

use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::faults::Handshake;
use super::record::{ModelEvent, locked};
use super::{Shared, key_is_right, refusal};
use connection::Welcome;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    model: Option<String>,
}

/// Models that have been switched off since, and those the double plays.
const GONE: &str = "gpt-4o";

/// Answers the upgrade, or refuses it as the vendor does.
pub(super) async fn open(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let faults = shared.faults_for_session();
    let handshake = locked(&faults).handshake;
    if matches!(handshake, Handshake::Hang | Handshake::Refuse(_)) {
        shared.tell(ModelEvent::TurnedAway);
    }
    let welcome = match handshake {
        Handshake::Hang => {
            shared.shutdown.cancelled().await;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Handshake::Refuse(status) => return refusal(status),
        Handshake::Accept if !key_is_right(&shared, &headers) => return refusal(401),
        Handshake::AcceptThenClose => Welcome::BadKey,
        Handshake::Accept if headers.contains_key("openai-beta") => Welcome::BetaShape,
        Handshake::Accept => Welcome::Session,
    };
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Some(model) = asked.model.filter(|model| !model.is_empty()) else {
        let body = json!({"error": {"message": "You must provide a model parameter.", "type": "invalid_request_error",
            "param": "model", "code": "missing_model"}});
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    if !model.starts_with("gpt-") || model.starts_with(GONE) {
        return refusal(404);
    }
    let token = shared.tasks.token();
    upgrade.on_upgrade(async move |socket| {
        connection::run(socket, &model, shared, faults, welcome).await;
        drop(token);
    })
}

#[cfg(test)]
mod tests;
