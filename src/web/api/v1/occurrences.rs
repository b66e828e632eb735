//! Wake-ups, planned and past.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::desk::Desk;
use crate::desk::dto::{OccurrenceShown, OccurrencesAsked};
use crate::web::error::{ApiPath, ApiQuery, Problem};
use crate::web::extract::{Auth, Read, Schedule};

/// The coming ones, or with `state=past` or `state=all` the others.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiQuery(asked): ApiQuery<OccurrencesAsked>,
) -> Result<Json<Vec<OccurrenceShown>>, Problem> {
    Ok(Json(desk.list_occurrences(&asked).await?))
}

/// One of them.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<OccurrenceShown>, Problem> {
    Ok(Json(desk.occurrence(&named).await?))
}

/// Cancels it; a call that is going on is ended.
pub async fn cancel(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<OccurrenceShown>, Problem> {
    Ok(Json(desk.cancel_occurrence(&named).await?))
}
