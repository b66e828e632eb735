//! Calls asked for now, to stored sleepers only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::desk::Desk;
use crate::desk::dto::{CallPlaced, CallRequest};
use crate::web::error::{ApiJson, Problem};
use crate::web::extract::{Auth, Dial};

/// Places a call; 201 when the carrier took it, 202 while its answer is not known, or when it refused.
pub async fn place(
    State(desk): State<Arc<Desk>>,
    _: Auth<Dial>,
    request: Option<ApiJson<CallRequest>>,
) -> Result<(StatusCode, Json<CallPlaced>), Problem> {
    let ApiJson(request) = request.unwrap_or(ApiJson(CallRequest::default()));
    let placed = desk.call_now(&request).await?;
    let status = if placed.call_sid.is_some() { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok((status, Json(placed)))
}
