//! Wake-ups, planned and past.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::refuse_transcript;
use crate::desk::Desk;
use crate::desk::dto::{Morning, OccurrenceShown, OccurrencesAsked, ProofsShown, Snooze, WithTranscript};
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

/// One of them, from due to up.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
    ApiPath(named): ApiPath<String>,
    ApiQuery(with): ApiQuery<WithTranscript>,
) -> Result<Json<Morning>, Problem> {
    refuse_transcript(with.transcript, who.is_owner)?;
    Ok(Json(desk.morning(&named, with).await?))
}

/// What it asks for, and what was seen.
pub async fn proofs(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
    ApiPath(named): ApiPath<String>,
    ApiQuery(with): ApiQuery<WithTranscript>,
) -> Result<Json<ProofsShown>, Problem> {
    refuse_transcript(with.transcript, who.is_owner)?;
    Ok(Json(desk.proofs(&named, with).await?))
}

/// Cancels it; a call that is going on is ended.
pub async fn cancel(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<OccurrenceShown>, Problem> {
    Ok(Json(desk.cancel_occurrence(&named).await?))
}

/// A few more minutes, between two calls.
pub async fn snooze(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiQuery(wish): ApiQuery<Snooze>,
) -> Result<Json<OccurrenceShown>, Problem> {
    Ok(Json(desk.snooze_occurrence(&named, wish).await?))
}
