//! Standing rules and their exceptions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::desk::Desk;
use crate::desk::dto::{ScheduleShown, SchedulesAsked};
use crate::web::error::{ApiPath, ApiQuery, Problem};
use crate::web::extract::{Auth, Read};

/// The rules, each with its next ring.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiQuery(asked): ApiQuery<SchedulesAsked>,
) -> Result<Json<Vec<ScheduleShown>>, Problem> {
    Ok(Json(desk.list_schedules(&asked).await?))
}

/// One rule with its next fourteen dates.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<ScheduleShown>, Problem> {
    Ok(Json(desk.schedule(&named).await?))
}
