//! Calls that were made, and mornings as they went.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::refuse_transcript;
use crate::desk::Desk;
use crate::desk::dto::{AttemptShown, History, Morning, WithTranscript};
use crate::web::error::{ApiPath, ApiQuery, Problem};
use crate::web::extract::{Auth, Read};

/// The newest calls.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
    ApiQuery(asked): ApiQuery<History>,
) -> Result<Json<Vec<AttemptShown>>, Problem> {
    refuse_transcript(asked.transcript, who.is_owner)?;
    Ok(Json(desk.list_attempts(&asked).await?))
}

/// One call, with what happened in it.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
    ApiPath(named): ApiPath<String>,
    ApiQuery(with): ApiQuery<WithTranscript>,
) -> Result<Json<Morning>, Problem> {
    refuse_transcript(with.transcript, who.is_owner)?;
    Ok(Json(desk.attempt(&named, with).await?))
}

/// The mornings that began, the newest first, each from due to up.
pub async fn history(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
    ApiQuery(asked): ApiQuery<History>,
) -> Result<Json<Vec<Morning>>, Problem> {
    refuse_transcript(asked.transcript, who.is_owner)?;
    Ok(Json(desk.history(&asked).await?))
}
