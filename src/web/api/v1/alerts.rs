//! What somebody should look at, and the note that she has.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::desk::Desk;
use crate::desk::dto::{AlertShown, AlertsAsked};
use crate::web::error::{ApiPath, ApiQuery, Problem};
use crate::web::extract::{AdminAuth, Auth, Read};

/// What is open; with `all=true` also what is closed.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiQuery(asked): ApiQuery<AlertsAsked>,
) -> Result<Json<Vec<AlertShown>>, Problem> {
    Ok(Json(desk.list_alerts(&asked).await?))
}

/// She has looked at it.
pub async fn acknowledge(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<AlertShown>, Problem> {
    Ok(Json(desk.acknowledge_alert(&named).await?))
}
