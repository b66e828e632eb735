//! Holiday calendars. Only the owner says what is fetched or read; their addresses are hers to see.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::desk::Desk;
use crate::desk::dto::{CalendarNew, CalendarShown};
use crate::web::error::{ApiJson, ApiPath, Problem};
use crate::web::extract::{AdminAuth, Auth, Read, Schedule};

/// All of them.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
) -> Result<Json<Vec<CalendarShown>>, Problem> {
    let all = desk.list_calendars().await?;
    Ok(Json(if who.is_owner { all } else { all.into_iter().map(CalendarShown::masked).collect() }))
}

/// Keeps one, and looks at it at once.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiJson(new): ApiJson<CalendarNew>,
) -> Result<(StatusCode, Json<CalendarShown>), Problem> {
    Ok((StatusCode::CREATED, Json(desk.add_calendar(&new).await?)))
}

/// Looks at one now.
pub async fn refresh(
    State(desk): State<Arc<Desk>>,
    who: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<CalendarShown>, Problem> {
    let looked = desk.refresh_calendar(&named).await?;
    Ok(Json(if who.is_owner { looked } else { looked.masked() }))
}

/// Removes one: its days ring again.
pub async fn remove(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<CalendarShown>, Problem> {
    Ok(Json(desk.remove_calendar(&named).await?))
}
