//! The owner's API: her desk under `/api/v1`, and health.

mod health;
mod metrics;
mod v1;

use axum::Router;
use axum::routing::get;

pub use self::v1::WATCHERS_MAX;
use super::WebState;

/// The owner's routes; all but health want a token.
pub fn routes() -> Router<WebState> {
    v1::routes().merge(health_routes()).route("/metrics", get(metrics::show))
}

/// Whether the program lives and could wake somebody; open to all, and telling nothing else.
pub fn health_routes() -> Router<WebState> {
    Router::new()
        .route("/health", get(health::alive))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}
