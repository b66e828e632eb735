//! `/realtime-api-config`: the stored probability of realtime mode, and what stands in its way now.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use crate::domain::mode::Probability;
use crate::store::settings::ModeSettings;
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{AdminAuth, Auth, Read};

/// The answer; the first three fields are those of the original work.
#[derive(Debug, Serialize)]
pub struct ModeConfig {
    probability: f64,
    percentage: String,
    description: String,
    /// `closed` (all well), `open` (realtime is avoided) or `half_open` (one call tries).
    breaker: &'static str,
    breaker_failures: u32,
    breaker_open_until: Option<String>,
    /// A lasting reason why calls are traditional whatever the probability; `None` when there is none.
    obstacle: Option<&'static str>,
}

/// A change of the probability, in the query or as a JSON body.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    probability: Option<f64>,
}

/// Shows the configuration.
pub async fn show(State(web): State<WebState>, _: Auth<Read>) -> Result<Json<ModeConfig>, Problem> {
    let settings = web.calls.store().load_mode_settings().await?;
    Ok(Json(describe(&web, &settings)))
}

/// Stores another probability; the next call is drawn with it, and it survives a restart.
pub async fn change(
    State(web): State<WebState>,
    _: AdminAuth,
    query: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    body: Bytes,
) -> Result<Json<ModeConfig>, Problem> {
    const HELP: &str =
        "Send ?probability=0.75 or {\"probability\": 0.75}: a number from 0 (never realtime) to 1 (always).";
    let Query(query) = query.map_err(|_| Problem::bad_request(HELP))?;
    let wanted = match query.probability {
        Some(value) => Some(value),
        None if body.is_empty() => None,
        None => serde_json::from_slice::<Wanted>(&body).map_err(|_| Problem::bad_request(HELP))?.probability,
    };
    let probability = Probability::new(wanted.ok_or_else(|| Problem::bad_request(HELP))?)
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    let now = web.clock.now();
    let mut change = web.calls.store().change().await?;
    change.set_probability(probability, now).await?;
    change.record_audit(None, "probability", &probability.percentage(), now).await?;
    let settings = change.mode_settings().await?;
    change.commit().await?;
    tracing::info!("The probability of realtime mode is now {}", probability.percentage());
    Ok(Json(describe(&web, &settings)))
}

fn describe(web: &WebState, settings: &ModeSettings) -> ModeConfig {
    let percentage = settings.probability.percentage();
    ModeConfig {
        probability: settings.probability.value(),
        description: format!("{percentage} of calls run in realtime mode, the others in traditional mode"),
        percentage,
        breaker: settings.breaker.name(web.clock.now()),
        breaker_failures: settings.breaker.failures,
        breaker_open_until: settings.breaker.open_until.map(|until| until.to_string()),
        obstacle: web.calls.obstacle().map(crate::domain::mode::ModeReason::name),
    }
}
