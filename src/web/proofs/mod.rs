//! Somebody was at a place: the doorbell tells by webhook, a printed code opens a page.
//!
//! Both are open to the world, so both ask for a secret of their own: a token or a signature from the
//! doorbell, and what the printed code says from whoever scans it.

mod doorbell;
mod knock;
mod message;
mod page;
mod status;

use axum::Router;
use axum::routing::{get, post};

pub use self::knock::DoorbellKeys;
pub use self::page::ProofForms;
pub use self::status::{Standing, standing};
use super::WebState;

/// The routes that doorbells and telephones use.
pub fn public_routes() -> Router<WebState> {
    Router::new()
        .route("/doorbell-webhook", post(doorbell::webhook))
        .route("/proof/{secret}", get(page::lead))
        .route("/proof/once/{form}", get(page::show).post(page::confirm))
}

/// The owner's routes.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/doorbell-status", get(status::status))
        .route("/activate-doorbell", post(doorbell::activate))
}
