//! Tokens that may do a part of what the owner may; only she makes them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::desk::Desk;
use crate::desk::dto::{TokenMade, TokenNew, TokenShown};
use crate::web::error::{ApiJson, ApiPath, Problem};
use crate::web::extract::AdminAuth;

/// All of them, without what they open with.
pub async fn list(State(desk): State<Arc<Desk>>, _: AdminAuth) -> Result<Json<Vec<TokenShown>>, Problem> {
    Ok(Json(desk.list_tokens().await?))
}

/// Makes one, and shows it this once.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiJson(new): ApiJson<TokenNew>,
) -> Result<(StatusCode, Json<TokenMade>), Problem> {
    Ok((StatusCode::CREATED, Json(desk.add_token(&new).await?)))
}

/// Takes one back.
pub async fn remove(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<TokenShown>, Problem> {
    Ok(Json(desk.remove_token(&named).await?))
}
