//! `/api/v1/schedules`: the standing rules, each with its next dates, offsets, reasons and countdowns.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::scheduler::plan::{PreviewLine, preview};
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::AdminAuth;

/// A rule and what it means for the next days.
#[derive(Debug, Serialize)]
pub struct ScheduleShown {
    id: String,
    sleeper: String,
    name: Option<String>,
    /// Such as `weekdays`.
    days: String,
    time: String,
    zone: String,
    probability: Option<f64>,
    next: Vec<PreviewLine>,
}

/// Lists the rules.
pub async fn list(State(web): State<WebState>, _: AdminAuth) -> Result<Json<Vec<ScheduleShown>>, Problem> {
    let store = web.calls.store();
    let sleepers = store.list_sleepers().await?;
    let now = web.clock.now();
    let shown = store.list_schedules().await?.into_iter().map(|schedule| ScheduleShown {
        id: schedule.id.to_string(),
        sleeper: schedule.sleeper.to_string(),
        name: sleepers
            .iter()
            .find(|person| person.id == schedule.sleeper)
            .and_then(|person| person.name.clone()),
        days: schedule.weekdays.to_string(),
        time: schedule.at.to_string(),
        zone: schedule.zone.clone(),
        probability: schedule.probability.map(crate::domain::mode::Probability::value),
        next: preview(&schedule, web.calls.zones(), now),
    });
    Ok(Json(shown.collect()))
}
