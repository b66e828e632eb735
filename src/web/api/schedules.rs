//! `/api/v1/schedules`: the standing rules, each with its next dates, offsets, reasons and countdowns.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::domain::schedule::Rule;
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
    label: Option<String>,
    /// Such as `weekdays 06:30`.
    says: String,
    rule: Rule,
    zone: String,
    enabled: bool,
    probability: Option<f64>,
    next: Vec<PreviewLine>,
}

/// Lists the rules.
pub async fn list(State(web): State<WebState>, _: AdminAuth) -> Result<Json<Vec<ScheduleShown>>, Problem> {
    let store = web.calls.store();
    let sleepers = store.list_sleepers().await?;
    let now = web.clock.now();
    let mut shown = Vec::new();
    for schedule in store.list_schedules().await? {
        let person = sleepers.iter().find(|person| person.id == schedule.sleeper);
        shown.push(ScheduleShown {
            id: schedule.id.to_string(),
            sleeper: schedule.sleeper.to_string(),
            name: person.and_then(|person| person.name.clone()),
            label: schedule.label,
            says: schedule.rule.to_string(),
            rule: schedule.rule,
            zone: schedule.zone,
            enabled: schedule.enabled,
            probability: schedule.probability.map(crate::domain::mode::Probability::value),
            next: preview(store, web.calls.zones(), schedule.id, now).await?,
        });
    }
    Ok(Json(shown))
}
