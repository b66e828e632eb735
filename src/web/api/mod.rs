//! The owner's API: the schedules, health.

mod health;
mod schedules;

use axum::Router;
use axum::routing::get;

use super::WebState;

/// The owner's routes; all but health want the admin token.
pub fn routes() -> Router<WebState> {
    Router::new().route("/api/v1/schedules", get(schedules::list)).merge(health_routes())
}

/// Whether the program lives and could wake somebody; open to all, and telling nothing else.
pub fn health_routes() -> Router<WebState> {
    Router::new()
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}
