//! The account's server: scripted answers, a note of every request, and a few ways to treat a media socket.

use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast::Receiver;
use tokio::task::JoinSet;
use url::{Url, form_urlencoded};

use super::super::http::{self, Failure, Limits, Question, Reply};
use super::super::params::{Param, param};
use super::super::{Exchange, ExchangeOptions, Happening, LineEvent, Tunnel, signature};
use crate::simulator::pace::Pace;
use crate::simulator::sleeper::Sleeper;
use crate::simulator::voices::{self, Voice};

pub const ANNA: &str = "+14155552671";
pub const COACH: &str = "+15005550006";
pub const ORIGIN: &str = "https://wake.example.com";
const SPEED: f64 = 50.0;

/// What the customer was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub params: Vec<Param>,
}

impl Asked {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Default)]
struct Script {
    asked: Vec<Asked>,
    answers: HashMap<String, VecDeque<(u16, &'static str, String)>>,
    /// What arrived on media sockets.
    media: Vec<Value>,
    media_headers: Vec<HeaderMap>,
}

type Shared = Arc<Mutex<Script>>;

/// One exchange, one customer, Anna at the far end.
pub struct Day {
    pub exchange: Exchange,
    pub events: Receiver<LineEvent>,
    script: Shared,
    tasks: JoinSet<()>,
}

impl Day {
    pub async fn new(anna: Sleeper) -> Self {
        Self::with(anna, |_| {}).await
    }

    pub async fn with(anna: Sleeper, change: impl FnOnce(&mut ExchangeOptions)) -> Self {
        let script = Shared::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let local = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/media/{manner}", axum::routing::any(media))
            .fallback(answer)
            .with_state(Arc::clone(&script));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let mut options = ExchangeOptions::new("AC1", "token");
        options.pace = Pace::new(SPEED);
        options.tunnels = vec![Tunnel { public_origin: ORIGIN.to_owned(), local }];
        options.seed = Some(1);
        options.calls_per_second = 100.0;
        change(&mut options);
        let exchange = Exchange::start(options).await.unwrap();
        exchange.set_sleeper(ANNA, vec![anna]);
        let events = exchange.subscribe();
        Self { exchange, events, script, tasks }
    }

    /// The customer answers `path` with this document, after those given before.
    pub fn says(&self, path: &str, twiml: &str) {
        let whole = format!("<Response>{twiml}</Response>");
        self.answers(path, 200, "text/xml", &whole);
    }

    pub fn answers(&self, path: &str, status: u16, kind: &'static str, body: &str) {
        let mut script = self.script.lock().unwrap();
        script.answers.entry(path.to_owned()).or_default().push_back((status, kind, body.to_owned()));
    }

    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.script.lock().unwrap().asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    pub fn media(&self) -> Vec<Value> {
        self.script.lock().unwrap().media.clone()
    }

    pub fn media_headers(&self) -> Vec<HeaderMap> {
        self.script.lock().unwrap().media_headers.clone()
    }

    /// A request to the REST API with good credentials.
    pub async fn rest(&self, method: Method, path: &str, form: &[Param]) -> Result<Reply, Failure> {
        self.rest_as("AC1:token", method, path, form, Duration::from_mins(1)).await
    }

    pub async fn rest_as(
        &self,
        who: &str,
        method: Method,
        path: &str,
        form: &[Param],
        patience: Duration,
    ) -> Result<Reply, Failure> {
        let url = Url::parse(&format!("{}/2010-04-01/Accounts/AC1{path}", self.exchange.url())).unwrap();
        let local: SocketAddr = url.socket_addrs(|| None).unwrap()[0];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let headers = vec![(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(who)))];
        let form = (method == Method::POST).then_some(form);
        let question = Question { method, url, headers, form };
        http::ask(Pace::new(1.0), local, &question, Limits { connect: patience, whole: patience }).await
    }

    /// Creates a call to Anna and gives its identifier.
    pub async fn call(&self, extra: &[(&str, &str)]) -> String {
        let reply = self.rest(Method::POST, "/Calls.json", &call_form(extra)).await.unwrap();
        assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
        body(&reply)["sid"].as_str().unwrap().to_owned()
    }

    /// Waits for something on the line.
    pub async fn until(&mut self, what: impl Fn(&Happening) -> bool) -> LineEvent {
        let found = async {
            loop {
                let event = self.events.recv().await.unwrap();
                if what(&event.what) {
                    return event;
                }
            }
        };
        in_time(found).await
    }

    /// Waits until everything is over.
    pub async fn over(&self) {
        in_time(self.exchange.idle()).await;
    }

    pub async fn close(mut self) {
        in_time(self.exchange.shutdown()).await;
        self.tasks.shutdown().await;
    }
}

/// No test waits longer than this for anything, in real time.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    let deadline = Pace::new(1.0).instant_at(Duration::from_secs(20));
    tokio::time::timeout_at(deadline, work).await.expect("it should have happened by now")
}

pub fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

/// A call to Anna with all four events.
pub fn call_form(extra: &[(&str, &str)]) -> Vec<Param> {
    let mut form = vec![
        param("To", ANNA),
        param("From", COACH),
        param("Url", format!("{ORIGIN}/voice")),
        param("StatusCallback", format!("{ORIGIN}/status")),
    ];
    for event in ["initiated", "ringing", "answered", "completed"] {
        form.push(param("StatusCallbackEvent", event));
    }
    form.retain(|(name, _)| !extra.iter().any(|(key, _)| key == name));
    form.extend(extra.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| param(name, *value)));
    form
}

async fn answer(
    State(script): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = if method == Method::GET { uri.query().unwrap_or_default().as_bytes() } else { &body };
    let params: Vec<Param> = form_urlencoded::parse(form).into_owned().collect();
    let signed: &[Param] = if method == Method::GET { &[] } else { &params };
    let url = format!("{ORIGIN}{uri}");
    let mine = signature::sign("token", &url, signed);
    let path = uri.path().to_owned();
    let mut script = script.lock().unwrap();
    script.asked.push(Asked { method, path: path.clone(), params });
    if headers[signature::HEADER] != mine.as_str() {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some(answers) = script.answers.get_mut(&path) else { return StatusCode::NO_CONTENT.into_response() };
    let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
    let (status, kind, body) = next.unwrap();
    let status = StatusCode::from_u16(status).unwrap();
    if status.is_redirection() {
        return (status, [(header::LOCATION, body)]).into_response();
    }
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

async fn media(
    State(script): State<Shared>,
    Path(manner): Path<String>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    script.lock().unwrap().media_headers.push(headers);
    if manner == "refuse" {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade.on_upgrade(move |socket| converse(socket, manner, script))
}

/// Treats a media socket in one of a few manners.
async fn converse(mut socket: WebSocket, manner: String, script: Shared) {
    let mut sid = String::new();
    while let Some(Ok(message)) = socket.recv().await {
        let Message::Text(text) = message else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        script.lock().unwrap().media.push(message.clone());
        let event = message["event"].as_str().unwrap();
        match (manner.as_str(), event) {
            (_, "start") => {
                message["streamSid"].as_str().unwrap().clone_into(&mut sid);
                for text in opening(&manner, &sid) {
                    socket.send(Message::text(text)).await.unwrap();
                }
                if manner == "garbage" {
                    socket.send(Message::binary(vec![1, 2, 3])).await.unwrap();
                    break;
                }
                if manner == "drop" {
                    return;
                }
            }
            ("greet", "mark") => break,
            ("yield", "media") if is_speech(&message) => {
                let clear = json!({ "event": "clear", "streamSid": sid });
                socket.send(Message::text(clear.to_string())).await.unwrap();
            }
            ("yield", "mark") if message["mark"]["name"] == "last" => break,
            (_, "stop") => return,
            _ => {}
        }
    }
    let _ = socket.send(Message::Close(None)).await;
    while let Some(Ok(_)) = socket.recv().await {}
}

fn opening(manner: &str, sid: &str) -> Vec<String> {
    let media = |text: &str| {
        let payload = STANDARD.encode(voices::speech_for(text, Voice::Coach));
        json!({ "event": "media", "streamSid": sid, "media": { "payload": payload } }).to_string()
    };
    let mark =
        |name: &str| json!({ "event": "mark", "streamSid": sid, "mark": { "name": name } }).to_string();
    match manner {
        "greet" => vec![media("Good morning, Anna!"), mark("greeted")],
        "yield" => vec![media(LONG), mark("first"), media(LONG), mark("last")],
        "patient" => vec![media("Good morning, Anna!")],
        "garbage" => vec!["nonsense".to_owned(), media("Hello.").replace(sid, "MZ0")],
        _ => Vec::new(),
    }
}

pub const LONG: &str =
    "Open the curtains and tell me what the weather is like. What would you like for breakfast?";

fn is_speech(message: &Value) -> bool {
    let payload = STANDARD.decode(message["media"]["payload"].as_str().unwrap()).unwrap();
    voices::is_loud(&payload)
}
