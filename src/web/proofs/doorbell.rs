//! `/doorbell-webhook` and `/activate-doorbell`: she got up and touched it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::knock::{Knock, fresh};
use super::message::Message;
use crate::calls::{PlaceProved, PlaceSeen};
use crate::store::places::Place;
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::AdminAuth;

/// The answer; the first two fields are those of the original work.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// `success`, `early` or `ignored`.
    status: &'static str,
    message: &'static str,
    counted: bool,
    /// Why it does not count, as a word; `None` when it does.
    why: Option<&'static str>,
    /// The kinds of events that were read, when none of them counts: what to put into `DOORBELL_EVENTS`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<String>,
    wake_ups: Vec<Proved>,
}

#[derive(Debug, Serialize)]
struct Proved {
    wake_up: String,
    valid_until: Timestamp,
    up: bool,
}

/// A message from the doorbell.
pub async fn webhook(
    State(web): State<WebState>,
    knock: Knock,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let message = Message::read(&knock.body).ok_or_else(|| {
        Problem::bad_request("The body is not a JSON object, such as {\"event\": \"identified\"}.")
    })?;
    let dated = message.sent_at.map(|stated| fresh(Some(stated), web.clock.now())).transpose()?;
    let Some(event) = message.events.iter().find(|event| web.doorbell.counts(event)) else {
        tracing::info!(
            events = message.events.join(","),
            "Ignored a message of the doorbell: no such event counts"
        );
        return Ok((StatusCode::OK, Json(ignored(message.events))));
    };
    let place = match &message.device {
        Some(device) => web.calls.store().find_place_by_device(device).await?,
        None => None,
    };
    let digest = (knock.is_dated || dated.is_some()).then_some(knock.digest);
    let seen = PlaceSeen {
        source: source(place.as_ref()),
        reason: format!("touched the doorbell ({event})"),
        stranger: place.is_none(),
        sleeper: place.and_then(|place| place.sleeper),
        only: None,
        digest,
    };
    let proved = web.calls.place_proved(&seen).await?;
    Ok(answer("Doorbell activated", &proved))
}

fn source(place: Option<&Place>) -> String {
    place.map_or_else(|| "doorbell".to_owned(), |place| format!("doorbell {}", place.name))
}

/// The owner says so, to try things out.
pub async fn activate(
    State(web): State<WebState>,
    _: AdminAuth,
) -> Result<(StatusCode, Json<Answer>), Problem> {
    let seen = PlaceSeen {
        source: "by hand".to_owned(),
        reason: "was said by the owner to be at the place".to_owned(),
        stranger: false,
        sleeper: None,
        only: None,
        digest: None,
    };
    let proved = web.calls.place_proved(&seen).await?;
    Ok(answer("Doorbell manually activated", &proved))
}

fn answer(message: &'static str, proved: &[PlaceProved]) -> (StatusCode, Json<Answer>) {
    if proved.is_empty() {
        let early = Answer {
            status: "early",
            message: "Thank you, but nobody is being woken right now: touch it again after the telephone has rung.",
            counted: false,
            why: Some("nothing_has_rung"),
            events: Vec::new(),
            wake_ups: Vec::new(),
        };
        return (StatusCode::ACCEPTED, Json(early));
    }
    let wake_ups = proved
        .iter()
        .map(|proved| Proved {
            wake_up: proved.occurrence.to_string(),
            valid_until: proved.valid_until,
            up: proved.is_up,
        })
        .collect();
    let counted =
        Answer { status: "success", message, counted: true, why: None, events: Vec::new(), wake_ups };
    (StatusCode::OK, Json(counted))
}

fn ignored(events: Vec<String>) -> Answer {
    Answer {
        status: "ignored",
        message: "Not an event that counts; DOORBELL_EVENTS names those that do.",
        counted: false,
        why: Some("no_such_event"),
        events,
        wake_ups: Vec::new(),
    }
}
