//! The people we wake.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::desk::Desk;
use crate::desk::dto::{
    CodesShown, Forgotten, MemoriesForgotten, ScheduleChanged, SleeperEdit, SleeperNew, SleeperShown, Travel,
};
use crate::web::error::{ApiJson, ApiPath, Problem};
use crate::web::extract::{AdminAuth, Auth, Read, Schedule};

/// Everybody.
pub async fn list(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
) -> Result<Json<Vec<SleeperShown>>, Problem> {
    let all = desk.list_sleepers().await?;
    Ok(Json(all.into_iter().map(|sleeper| for_eyes_of(who, sleeper)).collect()))
}

/// One of them.
pub async fn show(
    State(desk): State<Arc<Desk>>,
    who: Auth<Read>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<SleeperShown>, Problem> {
    Ok(Json(for_eyes_of(who, desk.sleeper(&named).await?)))
}

/// Somebody new: only the owner says who may be called.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiJson(new): ApiJson<SleeperNew>,
) -> Result<(StatusCode, Json<SleeperShown>), Problem> {
    Ok((StatusCode::CREATED, Json(desk.add_sleeper(&new).await?)))
}

/// Another name, number or language.
pub async fn edit(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
    ApiJson(edit): ApiJson<SleeperEdit>,
) -> Result<Json<SleeperShown>, Problem> {
    Ok(Json(desk.edit_sleeper(&named, &edit).await?))
}

/// Deletes her and everything about her.
pub async fn forget(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<Forgotten>, Problem> {
    Ok(Json(desk.forget_sleeper(&named).await?))
}

/// Forgets what is remembered of her from one morning to the next, and nothing else.
pub async fn forget_memories(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<MemoriesForgotten>, Problem> {
    Ok(Json(desk.forget_memories(&named).await?))
}

/// Her codes of the day. They prove that she is up, so that only the owner reads them.
pub async fn codes(
    State(desk): State<Arc<Desk>>,
    _: AdminAuth,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<CodesShown>, Problem> {
    Ok(Json(desk.codes_of(&named).await?))
}

/// She is somewhere else now: the rules that follow her go by the clock there.
pub async fn travel(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(travel): ApiJson<Travel>,
) -> Result<Json<Vec<ScheduleChanged>>, Problem> {
    Ok(Json(desk.travel_with(&named, &travel).await?))
}

fn for_eyes_of(who: Auth<Read>, sleeper: SleeperShown) -> SleeperShown {
    if who.is_owner { sleeper } else { sleeper.masked() }
}
