//! Calls that the owner asks for now, to a stored sleeper only.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::calls::CallNow;
use crate::domain::ids::SleeperId;
use crate::domain::mode::CallMode;
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{Auth, Dial};

/// A test call rings once: hanging up on it is not oversleeping.
pub(super) const CALLS_ALLOWED: u32 = 1;

/// The answer; the first three fields are those of the original work.
#[derive(Debug, Serialize)]
pub struct CallPlaced {
    status: &'static str,
    call_sid: String,
    using_realtime_api: bool,
    attempt: String,
    wake_up: String,
}

/// Which sleeper to call; without it the first one.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    sleeper: Option<String>,
}

/// A call in the mode that the draw gives.
pub async fn any_mode(
    web: State<WebState>,
    auth: Auth<Dial>,
    body: Bytes,
) -> Result<Json<CallPlaced>, Problem> {
    place(web, auth, body, None).await
}

/// A call in realtime mode, if that can work.
pub async fn realtime(
    web: State<WebState>,
    auth: Auth<Dial>,
    body: Bytes,
) -> Result<Json<CallPlaced>, Problem> {
    place(web, auth, body, Some(CallMode::Realtime)).await
}

/// A call in traditional mode.
pub async fn traditional(
    web: State<WebState>,
    auth: Auth<Dial>,
    body: Bytes,
) -> Result<Json<CallPlaced>, Problem> {
    place(web, auth, body, Some(CallMode::Traditional)).await
}

async fn place(
    State(web): State<WebState>,
    _: Auth<Dial>,
    body: Bytes,
    wish: Option<CallMode>,
) -> Result<Json<CallPlaced>, Problem> {
    const HELP: &str = "The body, if any, is {\"sleeper\": \"<id>\"}: only stored sleepers can be called.";
    let wanted: Wanted = if body.is_empty() {
        Wanted::default()
    } else {
        serde_json::from_slice(&body).map_err(|_| Problem::bad_request(HELP))?
    };
    let sleeper = wanted_sleeper(&web, wanted.sleeper.as_deref()).await?;
    let call = web.calls.call_now(sleeper, wish, CALLS_ALLOWED).await?;
    let Some(id) = &call.call else { return Err(not_taken(&call)) };
    Ok(Json(CallPlaced {
        status: call.state,
        call_sid: id.as_str().to_owned(),
        using_realtime_api: call.mode == CallMode::Realtime,
        attempt: call.attempt.to_string(),
        wake_up: call.occurrence.to_string(),
    }))
}

/// Without a call the carrier refused, or its answer is not known yet.
fn not_taken(call: &CallNow) -> Problem {
    let detail = if call.state == "finished" {
        "The carrier refused the call; the log says why."
    } else {
        "The carrier's answer is not known: the phone may be ringing. It is being asked; do not call again at once."
    };
    Problem::new(StatusCode::BAD_GATEWAY, detail).about(format!("/api/v1/attempts/{}", call.attempt))
}

/// The sleeper with this identifier, or the first one.
pub(super) async fn wanted_sleeper(web: &WebState, wanted: Option<&str>) -> Result<SleeperId, Problem> {
    let known = web.calls.store().list_sleepers().await?;
    let found = match wanted {
        None => known.first(),
        Some(id) => known.iter().find(|sleeper| sleeper.id.to_string() == id),
    };
    let none = if known.is_empty() {
        "There is nobody to call yet. Set PHONE_NUMBER and start the program again."
    } else {
        "There is no such sleeper. Leave the body empty to call the first one."
    };
    found.map(|sleeper| sleeper.id).ok_or_else(|| Problem::not_found(none))
}
