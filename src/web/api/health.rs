//! Whether the program lives, and whether it could wake somebody now.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use crate::domain::alert::AlertKind;
use crate::store::alerts::Alert;
use crate::web::WebState;
use crate::web::extract::bearer;

/// A dispatcher that has not asked the database for this long is stuck.
const DISPATCH_QUIET_MAX: Duration = Duration::from_secs(10);

/// The readiness report.
#[derive(Debug, Serialize)]
pub struct Readiness {
    /// `ready`; `attention` while it could wake somebody, but an alert is open; `not_ready`.
    status: &'static str,
    database: &'static str,
    dispatcher: &'static str,
    pulse_stalls: u64,
    live_streams: usize,
    /// The open alerts, for the owner; left out for everybody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<OpenAlert>>,
}

/// One of them.
#[derive(Debug, Serialize)]
struct OpenAlert {
    kind: AlertKind,
    title: &'static str,
    subject: String,
    detail: String,
    advice: &'static str,
    raised_at: Timestamp,
}

impl From<Alert> for OpenAlert {
    fn from(alert: Alert) -> Self {
        Self {
            kind: alert.kind,
            title: alert.kind.title(),
            subject: alert.subject,
            detail: alert.detail,
            advice: alert.kind.advice(),
            raised_at: alert.raised_at,
        }
    }
}

/// The process answers; nothing more is claimed.
pub async fn alive() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// The database answers, the dispatcher beats, and no alert says that nobody could be called now. An alert
/// about what is past does not make the program unready: whoever takes an unready program off the road would
/// make the next call fail too.
pub async fn ready(State(web): State<WebState>, headers: HeaderMap) -> (StatusCode, Json<Readiness>) {
    let database = web.calls.store().ping().await.is_ok();
    let dispatcher = web.health.quiet_for(&web.clock) < DISPATCH_QUIET_MAX.mul_f64(web.time_speed);
    let alerts = web.calls.open_alerts().await;
    let hindered = alerts.iter().any(|alert| alert.kind.is_unready());
    let ready = database && dispatcher && !hindered && !web.stopping.is_cancelled();
    let word = |good| if good { "ok" } else { "failing" };
    let is_owner = bearer(&headers).is_some_and(|presented| web.admin.fits(presented));
    let readiness = Readiness {
        status: match (ready, alerts.is_empty()) {
            (true, true) => "ready",
            (true, false) => "attention",
            (false, _) => "not_ready",
        },
        database: word(database),
        dispatcher: word(dispatcher),
        pulse_stalls: web.health.stalls(),
        live_streams: web.calls.live_streams(),
        alerts: is_owner.then(|| alerts.into_iter().map(OpenAlert::from).collect()),
    };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(readiness))
}
