//! `/doorbell-status`: whether a touch counts now, and for how long.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::store::StoreError;
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{Auth, Read};

/// What stands now; the first four fields of `/doorbell-status` are those of the original work.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// Whether somebody was at a place and it counts.
    pub activated: bool,
    /// When, in the sleeper's own time: `2026-03-02 06:31:00`.
    pub activation_time: Option<String>,
    /// For how much longer it counts.
    pub time_remaining_seconds: i64,
    /// For how long it counts in all.
    pub timeout_seconds: u64,
    /// When it was.
    pub activated_at: Option<Timestamp>,
    /// Who says so: `doorbell`, `code kitchen`.
    pub source: Option<String>,
    /// For which wake-up.
    pub wake_up: Option<String>,
}

/// Shows what stands now.
pub async fn status(State(web): State<WebState>, _: Auth<Read>) -> Result<Json<Standing>, Problem> {
    Ok(Json(standing(&web).await?))
}

/// What stands now.
pub async fn standing(web: &WebState) -> Result<Standing, StoreError> {
    let (store, now) = (web.calls.store(), web.clock.now());
    let timeout_seconds = store.load_place_counts_for().await?.as_secs();
    let Some(proof) = store.find_standing_place_proof(now).await? else {
        return Ok(Standing {
            activated: false,
            activation_time: None,
            time_remaining_seconds: 0,
            timeout_seconds,
            activated_at: None,
            source: None,
            wake_up: None,
        });
    };
    let zone = store.load_occurrence(proof.occurrence).await?.zone;
    let zone = web.calls.zones().get(&zone).unwrap_or(TimeZone::UTC);
    Ok(Standing {
        activated: true,
        activation_time: Some(zone.to_datetime(proof.seen_at).strftime("%Y-%m-%d %H:%M:%S").to_string()),
        time_remaining_seconds: proof.valid_until.duration_since(now).as_secs().max(0),
        timeout_seconds,
        activated_at: Some(proof.seen_at),
        source: Some(proof.source),
        wake_up: Some(proof.occurrence.to_string()),
    })
}
