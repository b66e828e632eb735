//! `/schedule-test`, `/list-scheduled`, `/cancel-scheduled/{id}`: single calls, some minutes from now.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::test_call::{CALLS_ALLOWED, wanted_sleeper};
use crate::calls::CallError;
use crate::domain::schedule::in_words;
use crate::store::StoreError;
use crate::store::occurrences::Occurrence;
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{Auth, Dial, Read};

/// A week; what lies further ahead is a schedule.
const MINUTES_MAX: u32 = 7 * 24 * 60;
/// More planned test calls than anybody can mean.
const PLANNED_MAX: u32 = 100;

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default = "one")]
    minutes_from_now: u32,
    #[serde(default)]
    sleeper: Option<String>,
}

fn one() -> u32 {
    1
}

/// The answer to planning; the first three fields are those of the original work.
#[derive(Debug, Serialize)]
pub struct Scheduled {
    status: &'static str,
    #[serde(flatten)]
    task: Task,
}

/// One planned call.
#[derive(Debug, Serialize)]
struct Task {
    /// In the sleeper's own time: `2026-03-02 06:31:00`.
    scheduled_time: String,
    #[serde(rename = "task_id")]
    id: String,
    due_at: Timestamp,
    zone: String,
    /// Such as `1 min`.
    countdown: String,
    sleeper: String,
}

/// The answer to listing; the first field is that of the original work.
#[derive(Debug, Serialize)]
pub struct Listed {
    scheduled_tasks: Vec<String>,
    details: Vec<Task>,
}

/// The answer to cancelling, as in the original work.
#[derive(Debug, Serialize)]
pub struct Cancelled {
    status: &'static str,
    task_id: String,
}

/// Plans one call to a stored sleeper.
pub async fn schedule(
    State(web): State<WebState>,
    _: Auth<Dial>,
    body: Bytes,
) -> Result<Json<Scheduled>, Problem> {
    let wanted = parse(&body)?;
    let sleeper = wanted_sleeper(&web, wanted.sleeper.as_deref()).await?;
    if web.calls.store().list_one_offs(PLANNED_MAX).await?.len() >= PLANNED_MAX as usize {
        return Err(Problem::conflict("A hundred calls are planned already; cancel some first."));
    }
    // As in the original work: at once means in a minute.
    let wait = SignedDuration::from_mins(wanted.minutes_from_now.max(1).into());
    let due_at = web.clock.now().saturating_add(wait).unwrap_or(Timestamp::MAX);
    let planned = web.calls.plan_one_off(sleeper, due_at, CALLS_ALLOWED).await?;
    Ok(Json(Scheduled { status: "Test call scheduled", task: task(&web, &planned) }))
}

fn parse(body: &[u8]) -> Result<Wanted, Problem> {
    const HELP: &str = "Send {\"minutes_from_now\": 1}: whole minutes, at most a week (10080). A `sleeper`, \
                        by identifier, may stand beside it.";
    let body = if body.is_empty() { b"{}".as_slice() } else { body };
    let wanted: Wanted = serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(HELP).with_field("", error.to_string()))?;
    if wanted.minutes_from_now > MINUTES_MAX {
        let detail = format!("is {}, but at most {MINUTES_MAX} is allowed", wanted.minutes_from_now);
        return Err(Problem::bad_request(HELP).with_field("minutes_from_now", detail));
    }
    Ok(wanted)
}

/// Lists the calls that are planned without a schedule.
pub async fn list(State(web): State<WebState>, _: Auth<Read>) -> Result<Json<Listed>, Problem> {
    let planned = web.calls.store().list_one_offs(PLANNED_MAX).await?;
    let details: Vec<Task> = planned.iter().map(|occurrence| task(&web, occurrence)).collect();
    let scheduled_tasks = details.iter().map(|task| task.id.clone()).collect();
    Ok(Json(Listed { scheduled_tasks, details }))
}

/// Takes one of them back, also while it rings.
pub async fn cancel(
    State(web): State<WebState>,
    _: Auth<Dial>,
    Path(id): Path<String>,
) -> Result<Json<Cancelled>, Problem> {
    let unknown =
        || Problem::not_found("There is no such planned call; /list-scheduled names those there are.");
    let known = id.parse().map_err(|_| unknown())?;
    match web.calls.cancel_one_off(known).await {
        Ok(true) => Ok(Json(Cancelled { status: "Scheduled call cancelled", task_id: id })),
        Ok(false) => Err(Problem::conflict("That call is over already.")),
        Err(CallError::Unknown | CallError::Store(StoreError::NotFound(_))) => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}

fn task(web: &WebState, occurrence: &Occurrence) -> Task {
    let due_at = occurrence.wake_up.due_at;
    let zone = web.calls.zones().get(&occurrence.zone).unwrap_or(TimeZone::UTC);
    Task {
        scheduled_time: zone.to_datetime(due_at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        id: occurrence.id.to_string(),
        due_at,
        zone: occurrence.zone.clone(),
        countdown: in_words(in_whole_seconds(due_at.duration_since(web.clock.now()))),
        sleeper: occurrence.sleeper.to_string(),
    }
}

/// Two minutes are two minutes, a moment later still.
fn in_whole_seconds(wait: SignedDuration) -> SignedDuration {
    wait.round(jiff::Unit::Second).unwrap_or(wait)
}
