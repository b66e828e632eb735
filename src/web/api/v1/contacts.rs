//! Back-up people: whom to tell when a sleeper does not wake up.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::desk::Desk;
use crate::desk::dto::{ContactNew, ContactShown};
use crate::web::error::{ApiJson, ApiPath, Problem};
use crate::web::extract::AdminAuth;

/// Those of a sleeper. Their addresses are as good as keys, so that only the owner sees them.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(sleeper): ApiPath<String>,
) -> Result<Json<Vec<ContactShown>>, Problem> {
    Ok(Json(desk.list_contacts(&sleeper).await?))
}

/// Another one.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(sleeper): ApiPath<String>,
    ApiJson(new): ApiJson<ContactNew>,
) -> Result<(StatusCode, Json<ContactShown>), Problem> {
    Ok((StatusCode::CREATED, Json(desk.add_contact(&sleeper, &new).await?)))
}

/// One less.
pub async fn remove(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath((sleeper, contact)): ApiPath<(String, String)>,
) -> Result<StatusCode, Problem> {
    desk.remove_contact(&sleeper, &contact).await?;
    Ok(StatusCode::NO_CONTENT)
}
