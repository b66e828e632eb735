//! Whether the program lives, and whether it could wake somebody now.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::web::WebState;

/// A dispatcher that has not asked the database for this long is stuck.
const DISPATCH_QUIET_MAX: Duration = Duration::from_secs(10);

/// The readiness report.
#[derive(Debug, Serialize)]
pub struct Readiness {
    status: &'static str,
    database: &'static str,
    dispatcher: &'static str,
    pulse_stalls: u64,
    live_streams: usize,
}

/// The process answers; nothing more is claimed.
pub async fn alive() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// The database answers and the dispatcher beats.
pub async fn ready(State(web): State<WebState>) -> (StatusCode, Json<Readiness>) {
    let database = web.calls.store().ping().await.is_ok();
    let dispatcher = web.health.quiet_for(&web.clock) < DISPATCH_QUIET_MAX.mul_f64(web.time_speed);
    let ready = database && dispatcher && !web.stopping.is_cancelled();
    let word = |good| if good { "ok" } else { "failing" };
    let readiness = Readiness {
        status: if ready { "ready" } else { "not_ready" },
        database: word(database),
        dispatcher: word(dispatcher),
        pulse_stalls: web.health.stalls(),
        live_streams: web.calls.live_streams(),
    };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(readiness))
}
