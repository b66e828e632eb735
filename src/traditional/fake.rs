//! A chat server on loopback for this layer's tests: does what it is told, request by request.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::chat::{ChatModel, ChatSettings};
use crate::clock::{ManualClock, SharedClock};

/// What the server does with one request.
pub(super) enum Does {
    /// Answers with this status, these headers and this body.
    Answers(u16, Vec<(&'static str, &'static str)>, String),
    /// Answers with 200 and this body after a while on the test's clock.
    AnswersAfter(Duration, String),
    /// Reads the request and says nothing.
    Hangs,
    /// Reads the request and closes the connection.
    Dies,
    /// Sends half an answer and closes the connection.
    DiesInMidAnswer,
    /// Sends an answer that has no end.
    NeverEnds,
}

/// A completion whose content is this answer.
pub(super) fn says(say: &str, awake: bool, evidence: &str) -> Does {
    contains(&json!({"say": say, "awake": awake, "evidence": evidence}).to_string())
}

/// A completion whose content is this text.
pub(super) fn contains(content: &str) -> Does {
    Does::Answers(
        200,
        Vec::new(),
        completion(&json!({"role": "assistant", "content": content, "refusal": null}), "stop"),
    )
}

/// A whole answer around `message`: 52 tokens in, 9 out.
pub(super) fn completion(message: &Value, finish_reason: &str) -> String {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_795_238_400, "model": "gpt-6-luna",
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": 52, "completion_tokens": 9, "total_tokens": 61,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    })
    .to_string()
}

/// An error as the vendor writes it.
pub(super) fn refuses(status: u16, code: &str) -> Does {
    let body =
        json!({"error": {"message": "with sk-secret in it", "type": "t", "param": null, "code": code}});
    Does::Answers(status, Vec::new(), body.to_string())
}

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    /// Request line and headers, in small letters but for values.
    pub head: String,
    /// The JSON body.
    pub body: Value,
}

/// The server, with a client for it.
pub(super) struct Fake {
    pub model: ChatModel,
    pub clock: SharedClock,
    asked: Arc<Mutex<Vec<Asked>>>,
    _server: JoinSet<()>,
}

impl Fake {
    /// A server that does `script` in order, and time that runs `speed` times as fast as ours.
    pub(super) async fn doing(speed: f64, script: impl IntoIterator<Item = Does>) -> Self {
        let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, speed);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap()).parse().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut server = JoinSet::new();
        server.spawn(serve(listener, script.into_iter().collect(), asked.clone(), clock.clone()));
        let settings = ChatSettings {
            base_url,
            api_key: Some("sk-test".to_owned().into()),
            model: "gpt-6-luna".to_owned(),
            reasoning_effort: Some("none".to_owned()),
        };
        let model = ChatModel::new(crate::http::client(), settings, clock.clone());
        Self { model, clock, asked, _server: server }
    }

    /// The requests so far.
    pub(super) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    listener: TcpListener,
    mut script: VecDeque<Does>,
    asked: Arc<Mutex<Vec<Asked>>>,
    clock: SharedClock,
) {
    // Connections that hang stay open as long as the server.
    let mut hanging = Vec::new();
    loop {
        let (mut socket, _) = listener.accept().await.unwrap();
        let request = read_request(&mut socket).await;
        asked.lock().unwrap().push(request);
        let does =
            script.pop_front().unwrap_or_else(|| Does::Answers(418, Vec::new(), "unexpected".to_owned()));
        // The client may have given up; what it then misses is its own business.
        match does {
            Does::Answers(status, headers, body) => send(&mut socket, status, &headers, &body).await,
            Does::AnswersAfter(pause, body) => {
                clock.sleep(pause).await;
                send(&mut socket, 200, &[], &body).await;
            }
            Does::Hangs => hanging.push(socket),
            Does::Dies => drop(socket),
            Does::DiesInMidAnswer => {
                let half = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\":[";
                let _ = socket.write_all(half).await;
            }
            Does::NeverEnds => {
                let _ = socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                while socket.write_all(&[b' '; 4_096]).await.is_ok() {}
            }
        }
    }
}

async fn read_request(socket: &mut TcpStream) -> Asked {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4_096];
        let length = socket.read(&mut chunk).await.unwrap();
        assert!(length > 0, "the client hung up in mid-request");
        bytes.extend_from_slice(&chunk[..length]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return Asked { head: head.to_owned(), body: serde_json::from_str(body).unwrap() };
        }
    }
}

async fn send(socket: &mut TcpStream, status: u16, headers: &[(&str, &str)], body: &str) {
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let answer = format!(
        "HTTP/1.1 {status} As Told\r\n{}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        headers.concat(),
        body.len()
    );
    let _ = socket.write_all(answer.as_bytes()).await;
    let _ = socket.shutdown().await;
}
