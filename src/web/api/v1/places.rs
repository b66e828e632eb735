//! Places to walk to. What their codes say is a secret, so they are for the owner alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::desk::Desk;
use crate::desk::dto::{PlaceNew, PlaceShown};
use crate::web::error::{ApiJson, ApiPath, Problem};
use crate::web::extract::AdminAuth;

/// All of them, with what their codes say.
pub async fn list(State(desk): State<Arc<Desk>>, _: AdminAuth) -> Result<Json<Vec<PlaceShown>>, Problem> {
    Ok(Json(desk.list_places().await?))
}

/// Adds one.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiJson(new): ApiJson<PlaceNew>,
) -> Result<(StatusCode, Json<PlaceShown>), Problem> {
    Ok((StatusCode::CREATED, Json(desk.add_place(&new).await?)))
}

/// Makes a new code; the old one is worth nothing any more.
pub async fn renew(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<PlaceShown>, Problem> {
    Ok(Json(desk.renew_place(&named).await?))
}

/// Forgets one.
pub async fn remove(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<PlaceShown>, Problem> {
    Ok(Json(desk.remove_place(&named).await?))
}
