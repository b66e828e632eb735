//! What the owner changes while it runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::desk::Desk;
use crate::desk::dto::{SettingsEdit, SettingsShown};
use crate::web::error::{ApiJson, Problem};
use crate::web::extract::{AdminAuth, Auth, Read};

/// As they stand.
pub async fn show(State(desk): State<Arc<Desk>>, _: Auth<Read>) -> Result<Json<SettingsShown>, Problem> {
    Ok(Json(desk.settings().await?))
}

/// Changes those that are named.
pub async fn edit(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiJson(edit): ApiJson<SettingsEdit>,
) -> Result<Json<SettingsShown>, Problem> {
    Ok(Json(desk.edit_settings(&edit).await?))
}
