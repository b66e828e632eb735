//! The owner's API: how calls choose their mode, calls asked for by hand, health.

mod health;
mod mode;
mod schedules;
mod test_call;

use axum::Router;
use axum::routing::{get, post};

use super::WebState;

/// The owner's routes; all but health want the admin token.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/realtime-api-config", get(mode::show).post(mode::change))
        .route("/test-call", get(test_call::any_mode).post(test_call::any_mode))
        .route("/test-call-realtime", get(test_call::realtime).post(test_call::realtime))
        .route("/test-call-traditional", get(test_call::traditional).post(test_call::traditional))
        .route("/call", post(test_call::any_mode))
        .route("/api/v1/schedules", get(schedules::list))
        .merge(health_routes())
}

/// Whether the program lives and could wake somebody; open to all, and telling nothing else.
pub fn health_routes() -> Router<WebState> {
    Router::new()
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}
