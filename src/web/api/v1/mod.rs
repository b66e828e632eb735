//! `/api/v1`: the owner's desk over HTTP; a file each for what it is about.
//!
//! Whoever asks shows the admin token, or one with the scope that the path needs. Telephone numbers in
//! full, and what was said, are for the admin token alone.

mod alerts;
mod attempts;
mod calendars;
mod calls;
mod contacts;
mod events;
mod occurrences;
mod places;
mod schedules;
mod settings;
mod sleepers;
mod tokens;

use axum::Router;
use axum::routing::{delete, get, post};

pub use self::events::WATCHERS_MAX;
use crate::web::WebState;
use crate::web::error::Problem;

/// The routes below `/api/v1`.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/api/v1/sleepers", get(sleepers::list).post(sleepers::add))
        .route(
            "/api/v1/sleepers/{sleeper}",
            get(sleepers::show).patch(sleepers::edit).delete(sleepers::forget),
        )
        .route("/api/v1/sleepers/{sleeper}/travel", post(sleepers::travel))
        .route("/api/v1/sleepers/{sleeper}/code", get(sleepers::codes))
        .route("/api/v1/sleepers/{sleeper}/memories", delete(sleepers::forget_memories))
        .merge(schedules::routes())
        .route("/api/v1/sleepers/{sleeper}/contacts", get(contacts::list).post(contacts::add))
        .route("/api/v1/sleepers/{sleeper}/contacts/{contact}", delete(contacts::remove))
        .route("/api/v1/occurrences", get(occurrences::list))
        .route("/api/v1/occurrences/{occurrence}", get(occurrences::show))
        .route("/api/v1/occurrences/{occurrence}/proofs", get(occurrences::proofs))
        .route("/api/v1/occurrences/{occurrence}/cancel", post(occurrences::cancel))
        .route("/api/v1/occurrences/{occurrence}/snooze", post(occurrences::snooze))
        .route("/api/v1/alerts", get(alerts::list))
        .route("/api/v1/alerts/{alert}/ack", post(alerts::acknowledge))
        .route("/api/v1/attempts", get(attempts::list))
        .route("/api/v1/attempts/{attempt}", get(attempts::show))
        .route("/api/v1/history", get(attempts::history))
        .route("/api/v1/settings", get(settings::show).patch(settings::edit))
        .route("/api/v1/calendars", get(calendars::list).post(calendars::add))
        .route("/api/v1/calendars/{calendar}", delete(calendars::remove))
        .route("/api/v1/calendars/{calendar}/refresh", post(calendars::refresh))
        .route("/api/v1/calls", post(calls::place))
        .route("/api/v1/events", get(events::watch))
        .route("/api/v1/places", get(places::list).post(places::add))
        .route("/api/v1/places/{place}", delete(places::remove))
        .route("/api/v1/places/{place}/renew", post(places::renew))
        .route("/api/v1/tokens", get(tokens::list).post(tokens::add))
        .route("/api/v1/tokens/{token}", delete(tokens::remove))
}

/// What was said in bed is for the owner alone.
fn refuse_transcript(asked: bool, is_owner: bool) -> Result<(), Problem> {
    if asked && !is_owner {
        return Err(Problem::forbidden(
            "What was said is told to the admin token only; leave `transcript` out.",
        ));
    }
    Ok(())
}
