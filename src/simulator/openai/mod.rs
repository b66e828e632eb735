//! A Realtime and Chat Completions server on loopback, with knobs.
//!
//! It speaks the vendor's GA JSON in the vendor's order and refuses what the vendor refuses. It hears by
//! recognising our own voice clips, and a small built-in coach answers; tests dictate answers with a
//! [`script::Step`] list and misbehaviour with [`faults::Faults`].

pub mod faults;
pub mod record;
pub mod script;

mod chat;
mod coach;
mod realtime;
mod rules;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::pace::Pace;
use super::voices;
use faults::Faults;
use record::{Book, ModelEvent, SessionRecord, locked};
use rules::Refusal;
use script::{Script, Step};

/// Events and orders kept for a listener that is slow to take them.
const BACKLOG: usize = 1_024;

/// How the double is set up.
#[derive(Clone)]
pub struct ModelsOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The only key it takes.
    pub api_key: String,
    /// Its clock.
    pub pace: Pace,
    /// What the wall shows when its clock begins, for `expires_at` and `created`.
    pub started_at: Timestamp,
    /// How much faster than real time speech is produced.
    pub speech_factor: f64,
    /// From a request to the first piece of the answer.
    pub think: Duration,
}

impl ModelsOptions {
    /// On a free port of this machine, at the vendor's speed.
    #[expect(clippy::disallowed_methods, reason = "the simulated world has a clock of its own")]
    pub fn local(api_key: &str, pace: Pace) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_key: api_key.to_owned(),
            pace,
            started_at: Timestamp::now(),
            speech_factor: 5.0,
            think: Duration::from_millis(250),
        }
    }
}

impl fmt::Debug for ModelsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelsOptions")
            .field("listen", &self.listen)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// The faults of one session, which may change while it runs.
type SharedFaults = Arc<Mutex<Faults>>;

/// What a test demands of every open session.
#[derive(Debug, Clone)]
enum Order {
    Drop,
    Close(u16, String),
    Expire,
    Send(String),
}

/// What the server's parts share.
#[derive(Debug)]
struct Shared {
    options: ModelsOptions,
    faults: Mutex<SharedFaults>,
    steps: Mutex<VecDeque<Step>>,
    chat_answers: Mutex<VecDeque<String>>,
    book: Book,
    orders: broadcast::Sender<Order>,
    events: broadcast::Sender<ModelEvent>,
    sessions: AtomicU64,
    open_sockets: AtomicUsize,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Shared {
    fn new(options: ModelsOptions) -> Arc<Self> {
        Arc::new(Self {
            options,
            faults: Mutex::default(),
            steps: Mutex::default(),
            chat_answers: Mutex::default(),
            book: Book::default(),
            orders: broadcast::channel(BACKLOG).0,
            events: broadcast::channel(BACKLOG).0,
            sessions: AtomicU64::new(0),
            open_sockets: AtomicUsize::new(0),
            shutdown: CancellationToken::new(),
            tasks: TaskTracker::new(),
        })
    }

    /// The faults a new session lives with; those meant for one session alone go with it.
    fn faults_for_session(&self) -> SharedFaults {
        let mut current = locked(&self.faults);
        let for_session = current.clone();
        if locked(&for_session).next_session_only {
            *current = SharedFaults::default();
        }
        for_session
    }

    fn next_scripted(&self) -> Option<Step> {
        locked(&self.steps).pop_front()
    }

    /// Nobody may be listening.
    fn tell(&self, event: ModelEvent) {
        let _ = self.events.send(event);
    }

    /// The wall's seconds when the simulated clock reads `elapsed`.
    fn epoch_seconds(&self, elapsed: Duration) -> i64 {
        self.options.started_at.saturating_add(elapsed).unwrap_or(Timestamp::MAX).as_second()
    }
}

/// The running double.
#[derive(Debug)]
pub struct Models {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Models {
    /// Starts to listen.
    pub async fn start(options: ModelsOptions) -> io::Result<Self> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        // Indexing the clips takes a moment that the first caller should not have to wait.
        voices::lines().next();
        let shared = Shared::new(options);
        let app = Router::new()
            .route("/v1/realtime", get(realtime::open))
            .route("/v1/chat/completions", post(chat::complete))
            .route("/v1/models", get(chat::list_models))
            .fallback(async || refusal(404))
            .with_state(shared.clone());
        let stopped = shared.shutdown.clone().cancelled_owned();
        let serving = axum::serve(listener, app).with_graceful_shutdown(stopped).into_future();
        // Serving ends only when told to: axum answers accept errors by trying again.
        shared.tasks.spawn(async move { drop(serving.await) });
        Ok(Self { shared, address })
    }

    /// The base URL, as the vendor's clients take it: `http://127.0.0.1:port/v1`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Replaces all faults, for sessions to come and those that share them.
    pub fn set_faults(&self, faults: Faults) {
        self.faults(|current| *current = faults);
    }

    /// Changes some faults.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut locked(&locked(&self.shared.faults).clone()));
    }

    /// Dictates the next responses of any session; afterwards the built-in coach goes on.
    pub fn script(&self, script: Script) {
        *locked(&self.shared.steps) = script.into();
    }

    /// Dictates the texts of the next chat completions, as they stand.
    pub fn script_chat(&self, answers: Vec<String>) {
        *locked(&self.shared.chat_answers) = answers.into();
    }

    /// The Realtime sessions so far, oldest first; the last few dozen.
    pub fn sessions(&self) -> Vec<SessionRecord> {
        self.shared.book.sessions()
    }

    /// Realtime sockets open now.
    pub fn open_sockets(&self) -> usize {
        self.shared.open_sockets.load(Ordering::Relaxed)
    }

    /// The chat requests so far, oldest first; the last few dozen.
    pub fn chat_requests(&self) -> Vec<Value> {
        self.shared.book.chat_requests()
    }

    /// What happens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<ModelEvent> {
        self.shared.events.subscribe()
    }

    /// Ends every session without a close frame.
    pub fn drop_connections(&self) {
        self.order(Order::Drop);
    }

    /// Closes every session with this code.
    pub fn close_connections(&self, code: u16, reason: &str) {
        self.order(Order::Close(code, reason.to_owned()));
    }

    /// Lets every session reach its sixty minutes now.
    pub fn expire_sessions(&self) {
        self.order(Order::Expire);
    }

    /// Sends this text, whatever it is, to every session.
    pub fn send_raw(&self, text: &str) {
        self.order(Order::Send(text.to_owned()));
    }

    fn order(&self, order: Order) {
        // Without sessions nobody is there to obey.
        let _ = self.shared.orders.send(order);
    }

    /// Stops listening, ends every session and waits for all of it.
    pub async fn shutdown(self) {
        self.shared.shutdown.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

impl Drop for Models {
    /// Whoever forgets to shut it down, a failing test for one, does not keep its sockets open.
    fn drop(&mut self) {
        self.shared.shutdown.cancel();
    }
}

/// Whether the request carries our key.
fn key_is_right(shared: &Shared, headers: &HeaderMap) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|key| key == shared.options.api_key)
}

/// An HTTP refusal with the vendor's body for this status.
fn refusal(status: u16) -> Response {
    let (kind, code, message) = match status {
        401 => ("invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided."),
        403 => (
            "invalid_request_error",
            Some("model_not_found"),
            "Your project does not have access to this model.",
        ),
        404 => (
            "invalid_request_error",
            Some("model_not_found"),
            "The model does not exist or you do not have access to it.",
        ),
        429 => ("requests", Some("rate_limit_exceeded"), "Rate limit reached."),
        _ => ("server_error", None, "The server had an error while processing your request."),
    };
    let refusal = Refusal { kind, code, message: message.to_owned(), param: None };
    answer(status, &refusal.as_body())
}

/// A JSON answer with this status and the vendor's request id.
fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("x-request-id", "req_simulated")], Json(body)).into_response()
}

/// The vendor's list object.
fn list(data: &[Value]) -> Value {
    json!({"object": "list", "data": data})
}

#[cfg(test)]
mod tests;
