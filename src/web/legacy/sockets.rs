//! Sockets that only echo, and what is known about sockets here: for finding out where on the way (proxy,
//! tunnel, firewall) a media stream would break off.
//!
//! They open to the admin token, or to a ticket that lives for minutes: a page cannot put a header on a
//! handshake. Number, time, messages and their size are bounded.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts as _, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::{Rng, RngExt as _};
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::{self, SharedClock};
use crate::web::WebState;
use crate::web::error::Problem;
use crate::web::extract::{Auth, Read};

/// Open at a time; more than a person and a doctor need.
const SOCKETS_MAX: usize = 8;
/// How long one may stay open: proxies that cut idle sockets do so after a minute.
const TIME_MAX: Duration = Duration::from_mins(2);
/// The longest message echoed, in bytes.
const MESSAGE_MAX: usize = 4096;
/// What is read at all before it is refused; ten times as much as is echoed.
const READ_MAX: usize = 10 * MESSAGE_MAX;
/// How many messages one socket echoes.
const MESSAGES_MAX: usize = 1000;
/// How long a message may wait for room on the wire.
const SEND_DEADLINE: Duration = Duration::from_secs(5);
/// How long a ticket opens sockets.
const TICKET_LIVES: Duration = Duration::from_mins(5);
/// When to come back after finding all sockets taken.
const TRY_AGAIN_IN: Duration = Duration::from_secs(10);

/// The echo sockets of one daemon.
pub struct EchoRoom {
    tickets: hmac::Key,
    places: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl EchoRoom {
    /// An empty room; `tasks` counts its sockets, for whoever stops the program.
    pub fn new(tasks: TaskTracker, rng: &mut impl Rng) -> Self {
        let secret: [u8; 32] = rng.random();
        Self {
            tickets: hmac::Key::new(hmac::HMAC_SHA256, &secret),
            places: Arc::new(Semaphore::new(SOCKETS_MAX)),
            tasks,
        }
    }

    /// A ticket that opens these sockets, and nothing else, until `expires_at`.
    fn ticket(&self, expires_at: Timestamp) -> String {
        let until = expires_at.as_second().to_string();
        let tag = hmac::sign(&self.tickets, until.as_bytes());
        format!("{until}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn admits(&self, ticket: &str, now: Timestamp) -> bool {
        let Some((until, tag)) = ticket.split_once('.') else { return false };
        let Ok(tag) = URL_SAFE_NO_PAD.decode(tag) else { return false };
        hmac::verify(&self.tickets, until.as_bytes(), &tag).is_ok()
            && until.parse().is_ok_and(|until: i64| now.as_second() < until)
    }

    fn open(&self) -> usize {
        SOCKETS_MAX - self.places.available_permits()
    }
}

impl fmt::Debug for EchoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EchoRoom").field("open", &self.open()).finish_non_exhaustive()
    }
}

/// The query of a handshake.
#[derive(Debug, Default, Deserialize)]
pub struct Presented {
    ticket: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// As the original work did it: a greeting, and JSON around each echo.
    Told,
    /// What came goes back, text or bytes.
    Plain,
}

/// The answer of `/websocket-status`; the first four fields are those of the original work.
#[derive(Debug, Serialize)]
pub struct SocketStatus {
    status: &'static str,
    websocket_support: &'static str,
    routes: [Route; 3],
    test_instructions: String,
    /// The same sockets by their public addresses.
    websocket_urls: [String; 2],
    /// Opens the test sockets, as `?ticket=…`, until `ticket_expires_at`.
    ticket: String,
    ticket_expires_at: Timestamp,
    live_streams: usize,
    test_sockets_open: usize,
    test_sockets_max: usize,
}

#[derive(Debug, Serialize)]
struct Route {
    path: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    opened_by: &'static str,
}

const ROUTES: [Route; 3] = [
    Route {
        path: "/media-stream/{ticket}",
        kind: "WebSocketRoute",
        opened_by: "the carrier, with a call's ticket",
    },
    Route { path: "/test-websocket", kind: "WebSocketRoute", opened_by: "the admin token, or a test ticket" },
    Route { path: "/ws-test", kind: "WebSocketRoute", opened_by: "the admin token, or a test ticket" },
];

/// What sockets there are, how to try them, and a ticket to do so.
pub async fn status(State(web): State<WebState>, _: Auth<Read>) -> Json<SocketStatus> {
    let lives = jiff::SignedDuration::try_from(TICKET_LIVES).unwrap_or_default();
    let expires_at = web.clock.now().saturating_add(lives).unwrap_or(Timestamp::MAX);
    let addresses = web.calls.addresses();
    let urls = ["test-websocket", "ws-test"].map(|name| addresses.test_socket(name).as_str().to_owned());
    let page = addresses.public().join("websocket-test.html");
    Json(SocketStatus {
        status: "Server is running",
        websocket_support: "enabled",
        routes: ROUTES,
        test_instructions: format!(
            "Open {} in a browser, or connect a WebSocket client to {} with the admin token",
            page.as_ref().map_or("/websocket-test.html", url::Url::as_str),
            urls[0]
        ),
        websocket_urls: urls,
        ticket: web.echo.ticket(expires_at),
        ticket_expires_at: expires_at,
        live_streams: web.calls.live_streams(),
        test_sockets_open: web.echo.open(),
        test_sockets_max: SOCKETS_MAX,
    })
}

/// `/test-websocket`: a greeting, then each text in JSON.
pub async fn told(web: State<WebState>, query: Query<Presented>, request: Parts) -> Response {
    open(web, query, request, Style::Told).await.unwrap_or_else(IntoResponse::into_response)
}

/// `/ws-test`: each message as it came.
pub async fn plain(web: State<WebState>, query: Query<Presented>, request: Parts) -> Response {
    open(web, query, request, Style::Plain).await.unwrap_or_else(IntoResponse::into_response)
}

async fn open(
    State(web): State<WebState>,
    Query(presented): Query<Presented>,
    mut request: Parts,
    style: Style,
) -> Result<Response, Problem> {
    match presented.ticket {
        Some(ticket) if web.echo.admits(&ticket, web.clock.now()) => {}
        Some(_) => {
            let detail = "That ticket is not one of ours, or too old; /websocket-status gives a new one.";
            return Err(Problem::new(StatusCode::UNAUTHORIZED, detail));
        }
        None => {
            Auth::<Read>::from_request_parts(&mut request, &web).await?;
        }
    }
    let upgrade = WebSocketUpgrade::from_request_parts(&mut request, &web)
        .await
        .map_err(|refused| Problem::bad_request(format!("This address speaks WebSocket only: {refused}")))?;
    let Ok(place) = Arc::clone(&web.echo.places).try_acquire_owned() else {
        return Err(Problem::unavailable("All test sockets are in use.", TRY_AGAIN_IN));
    };
    let (clock, stopping) = (web.clock.clone(), web.stopping.clone());
    let tasks = web.echo.tasks.clone();
    let upgraded = upgrade.max_message_size(READ_MAX).max_frame_size(READ_MAX).on_upgrade(move |socket| {
        tasks.track_future(async move {
            let _place = place;
            echo(socket, style, &clock, &stopping).await;
        })
    });
    Ok(upgraded)
}

async fn echo(mut socket: WebSocket, style: Style, clock: &SharedClock, stopping: &CancellationToken) {
    let time_is_up = clock.elapsed() + TIME_MAX;
    if style == Style::Told {
        let hello = json!({ "status": "connected", "message": "WebSocket is working!" });
        if !send(&mut socket, Message::text(hello.to_string()), clock).await {
            return;
        }
    }
    let mut ending = (close_code::POLICY, "that was the last message");
    for _ in 0..MESSAGES_MAX {
        let message = tokio::select! {
            biased;
            () = stopping.cancelled() => { ending = (close_code::AWAY, "the program stops"); break }
            () = clock.sleep_until(time_is_up) => { ending = (close_code::NORMAL, "time is up"); break }
            message = socket.recv() => message,
        };
        let Some(Ok(message)) = message else { return };
        match &message {
            Message::Text(text) if text.len() > MESSAGE_MAX => {
                ending = TOO_LONG;
                break;
            }
            Message::Binary(bytes) if bytes.len() > MESSAGE_MAX => {
                ending = TOO_LONG;
                break;
            }
            _ => {}
        }
        let answer = match (message, style) {
            (Message::Text(text), Style::Told) => {
                let said = json!({ "echo": text.as_str(), "timestamp": clock.now() });
                Message::text(said.to_string())
            }
            (message @ (Message::Text(_) | Message::Binary(_)), _) => message,
            (Message::Close(_), _) => return,
            // Answered below us.
            (Message::Ping(_) | Message::Pong(_), _) => continue,
        };
        if !send(&mut socket, answer, clock).await {
            return;
        }
    }
    let (code, reason) = ending;
    send(&mut socket, Message::Close(Some(CloseFrame { code, reason: reason.into() })), clock).await;
}

const TOO_LONG: (u16, &str) = (close_code::SIZE, "messages may have 4096 bytes");

/// False when the other side is gone, or takes nothing.
async fn send(socket: &mut WebSocket, message: Message, clock: &SharedClock) -> bool {
    matches!(clock::timeout(&**clock, SEND_DEADLINE, socket.send(message)).await, Ok(Ok(())))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::*;

    fn room(seed: u64) -> EchoRoom {
        EchoRoom::new(TaskTracker::new(), &mut StdRng::seed_from_u64(seed))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_ticket_opens_until_it_expires_and_only_here() {
        let here = room(1);
        let ticket = here.ticket(at(1_000));
        assert!(here.admits(&ticket, at(0)) && here.admits(&ticket, at(999)));
        assert!(!here.admits(&ticket, at(1_000)), "too old");
        assert!(!room(2).admits(&ticket, at(0)), "another daemon's");
    }

    #[test]
    fn a_ticket_cannot_be_made_to_live_longer() {
        let here = room(1);
        let ticket = here.ticket(at(1_000));
        let tag = ticket.split_once('.').unwrap().1;
        for forged in
            [format!("2000.{tag}"), format!("+1000.{tag}"), tag.to_owned(), "1000.".into(), ".".into()]
        {
            assert!(!here.admits(&forged, at(0)), "{forged}");
        }
    }
}
