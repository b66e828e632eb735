//! `/`: what the program is doing, for scripts; a sign of life for browsers.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{Auth, Read};
use crate::web::pages;
use crate::web::proofs::standing;

/// The answer; all but the last three fields are those of the original work.
#[derive(Debug, Serialize)]
struct Home {
    status: &'static str,
    doorbell_activated: bool,
    doorbell_timeout_seconds: u64,
    realtime_api_probability: f64,
    realtime_api_percentage: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    activation_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_remaining_seconds: Option<i64>,
    version: &'static str,
    live_streams: usize,
    /// When the next call is to be made; `None` when nothing is planned.
    next_action_at: Option<String>,
}

/// The page, or the status object for whoever has the token.
pub async fn home(State(web): State<WebState>, mut request: Parts) -> Result<Response, Problem> {
    use axum::extract::FromRequestParts as _;

    if pages::wants_page(&request.headers) && !request.headers.contains_key(header::AUTHORIZATION) {
        return Ok(pages::home(web.doctor.is_practice()).into_response());
    }
    Auth::<Read>::from_request_parts(&mut request, &web).await?;
    let store = web.calls.store();
    let probability = store.load_mode_settings().await?.probability;
    let doorbell = standing(&web).await?;
    let home = Home {
        status: "Wake-up Coach is running",
        doorbell_activated: doorbell.activated,
        doorbell_timeout_seconds: doorbell.timeout_seconds,
        time_remaining_seconds: doorbell.activated.then_some(doorbell.time_remaining_seconds),
        activation_time: doorbell.activation_time,
        realtime_api_probability: probability.value(),
        realtime_api_percentage: probability.percentage(),
        version: env!("CARGO_PKG_VERSION"),
        live_streams: web.calls.live_streams(),
        next_action_at: store.next_ring_at().await?.map(|at| at.to_string()),
    };
    Ok(([(header::VARY, "accept")], Json(home)).into_response())
}
