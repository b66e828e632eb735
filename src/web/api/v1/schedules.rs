//! Standing rules and their exceptions. Every change answers with the next ring and how long until it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use axum::{Json, Router};

use crate::desk::Desk;
use crate::desk::dto::{
    Away, DatedTime, Day, Observe, PauseRange, ScheduleChanged, ScheduleEdit, ScheduleNew, ScheduleShown,
    SchedulesAsked, Travel,
};
use crate::web::WebState;
use crate::web::error::{ApiJson, ApiPath, ApiQuery, Problem};
use crate::web::extract::{Auth, Read, Schedule};

type Changed = Result<Json<ScheduleChanged>, Problem>;

/// The routes of rules.
pub fn routes() -> Router<WebState> {
    Router::new()
        .route("/api/v1/schedules", get(list).post(add))
        .route("/api/v1/schedules/{schedule}", get(show).patch(edit).delete(remove))
        .route("/api/v1/schedules/{schedule}/skip", post(skip))
        .route("/api/v1/schedules/{schedule}/unskip", post(unskip))
        .route("/api/v1/schedules/{schedule}/pause", post(pause))
        .route("/api/v1/schedules/{schedule}/resume", post(resume))
        .route("/api/v1/schedules/{schedule}/move", post(move_day))
        .route("/api/v1/schedules/{schedule}/unmove", post(unmove))
        .route("/api/v1/schedules/{schedule}/add", post(add_once))
        .route("/api/v1/schedules/{schedule}/travel", post(travel))
        .route("/api/v1/schedules/{schedule}/away", post(away))
        .route("/api/v1/schedules/{schedule}/holidays", post(observe))
        .route("/api/v1/schedules/{schedule}/exceptions/{exception}", delete(take_back))
}

async fn list(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiQuery(asked): ApiQuery<SchedulesAsked>,
) -> Result<Json<Vec<ScheduleShown>>, Problem> {
    Ok(Json(desk.list_schedules(&asked).await?))
}

async fn show(
    State(desk): State<Arc<Desk>>,
    _: Auth<Read>,
    ApiPath(named): ApiPath<String>,
) -> Result<Json<ScheduleShown>, Problem> {
    Ok(Json(desk.schedule(&named).await?))
}

async fn add(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiJson(new): ApiJson<ScheduleNew>,
) -> Result<(StatusCode, Json<ScheduleChanged>), Problem> {
    Ok((StatusCode::CREATED, Json(desk.add_schedule(&new).await?)))
}

async fn edit(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(edit): ApiJson<ScheduleEdit>,
) -> Changed {
    Ok(Json(desk.edit_schedule(&named, &edit).await?))
}

async fn remove(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
) -> Changed {
    Ok(Json(desk.remove_schedule(&named).await?))
}

async fn skip(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(day): ApiJson<Day>,
) -> Changed {
    Ok(Json(desk.skip(&named, &day).await?))
}

async fn unskip(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(day): ApiJson<Day>,
) -> Changed {
    Ok(Json(desk.unskip(&named, &day).await?))
}

async fn pause(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(range): ApiJson<PauseRange>,
) -> Changed {
    Ok(Json(desk.pause(&named, &range).await?))
}

async fn resume(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
) -> Changed {
    Ok(Json(desk.resume(&named).await?))
}

async fn move_day(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(to): ApiJson<DatedTime>,
) -> Changed {
    Ok(Json(desk.move_day(&named, &to).await?))
}

async fn unmove(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(day): ApiJson<Day>,
) -> Changed {
    Ok(Json(desk.unmove(&named, &day).await?))
}

async fn add_once(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(at): ApiJson<DatedTime>,
) -> Changed {
    Ok(Json(desk.add_once(&named, &at).await?))
}

async fn travel(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(to): ApiJson<Travel>,
) -> Changed {
    Ok(Json(desk.travel(&named, &to).await?))
}

async fn away(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(away): ApiJson<Away>,
) -> Changed {
    Ok(Json(desk.away(&named, &away).await?))
}

async fn observe(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath(named): ApiPath<String>,
    ApiJson(wish): ApiJson<Observe>,
) -> Changed {
    Ok(Json(desk.observe(&named, &wish).await?))
}

async fn take_back(
    State(desk): State<Arc<Desk>>,
    _: Auth<Schedule>,
    ApiPath((named, exception)): ApiPath<(String, String)>,
) -> Changed {
    Ok(Json(desk.take_back(&named, &exception).await?))
}
