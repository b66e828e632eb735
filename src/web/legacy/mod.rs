//! The paths of the original work, under their old names and with their old fields (`docs/legacy.md`).
//!
//! What is new lives below `/api/v1`; these stay for the scripts and bookmarks people have.

mod home;
mod mode;
mod one_off;
mod sockets;
mod test_call;
mod twiml;

use axum::Router;
use axum::routing::{any, get, post};

pub use self::sockets::EchoRoom;
pub use self::twiml::twiml;
use super::WebState;
use super::pages;

/// The owner's old paths; all of them want the admin token in the `Authorization` header, which no browser
/// sends by itself: no link, prefetcher or crawler can dial.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/", get(home::home))
        .route("/realtime-api-config", get(mode::show).post(mode::change))
        .route("/test-call", get(test_call::any_mode).post(test_call::any_mode))
        .route("/test-call-realtime", get(test_call::realtime).post(test_call::realtime))
        .route("/test-call-traditional", get(test_call::traditional).post(test_call::traditional))
        .route("/call", post(test_call::any_mode))
        .route("/schedule-test", post(one_off::schedule))
        .route("/list-scheduled", get(one_off::list))
        .route("/cancel-scheduled/{id}", get(one_off::cancel).post(one_off::cancel))
        .route("/websocket-status", get(sockets::status))
}

/// What must be reachable through the public address to be of use: sockets that try the way, and their page.
pub fn public_routes() -> Router<WebState> {
    Router::new()
        .route("/test-websocket", any(sockets::told))
        .route("/ws-test", any(sockets::plain))
        .route("/websocket-test.html", get(pages::websocket_test))
        .route("/websocket-test.js", get(pages::websocket_test_script))
        .route("/pages.css", get(pages::style))
}
