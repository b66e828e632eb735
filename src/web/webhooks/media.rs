//! The media socket: the ticket is torn and the signature looked at before the upgrade.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::domain::ids::Nonce;
use crate::telephony::media_stream::{FRAME_BYTES_MAX, READ_BUFFER_BYTES};
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::trust;

/// What a stalled carrier may leave unread before the socket counts as broken.
const WRITE_BUFFER_MAX: usize = 1024 * 1024;

/// Opens the media socket of one call to whoever holds its ticket.
pub async fn media_stream(
    State(web): State<WebState>,
    Path(ticket): Path<String>,
    request: Parts,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(refused) => {
            return Problem::bad_request(format!("This address speaks WebSocket only: {refused}"))
                .into_response();
        }
    };
    if !web.gate.signed_handshake(&request) {
        if web.enforce_stream_signature {
            tracing::warn!("Refusing a media stream whose handshake is not signed by the carrier");
            return Problem::forbidden("The handshake's signature does not match.").into_response();
        }
        tracing::warn!("A media stream's handshake is not signed as expected (not enforced)");
    }
    let Some(ticket) = Nonce::parse(&ticket) else { return unknown() };
    let Ok(pass) = web.calls.admit_stream(&ticket).await else {
        tracing::warn!("Refusing a media stream: its ticket is unknown, used, or for another call");
        return unknown();
    };
    trust(&request);
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        // Boxed: a whole call lives in this future.
        .on_upgrade(move |socket| async move { Box::pin(web.calls.run_stream(pass, socket)).await })
}

fn unknown() -> Response {
    Problem::not_found("There is no such stream.").into_response()
}
