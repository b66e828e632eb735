//! What the program counts, for Prometheus and its kin.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use crate::store::database_errors;
use crate::telemetry::metrics::Standing;
use crate::web::WebState;
use crate::web::extract::{Auth, Read};

const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything, as it stands. A database that does not answer leaves its own figures at nought.
pub async fn show(State(web): State<WebState>, _: Auth<Read>) -> impl IntoResponse {
    let open = web.calls.store().list_open_attempts().await.unwrap_or_default();
    let alerts = web.calls.open_alerts().await;
    let standing = Standing {
        open_attempts: open.len(),
        live_streams: web.calls.live_streams(),
        alerts: alerts.iter().map(|alert| alert.kind).collect(),
        database_errors: database_errors(),
    };
    ([(CONTENT_TYPE, TEXT)], web.calls.metrics().in_text(&standing))
}
