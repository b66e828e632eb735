//! The far sides for the tests of this mode: a model on loopback that does as it is told, and a line.

use std::collections::VecDeque;

use futures_util::{SinkExt, StreamExt};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::line::Line;
use super::openai::ModelSettings;
use super::plan::{Nudges, Plan};
use crate::clock::{ManualClock, SharedClock};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use crate::coach::language::Language;
use crate::coach::proving::{ANSWER_WITHIN, Proving};
use crate::coach::silence::SilencePolicy;
use crate::domain::proof::{Proof, Proofs};
use crate::telephony::media_stream::{MediaError, MediaEvent};

pub fn proving() -> Proving {
    let talk = Proofs::of(&[Proof::Conversation]);
    Proving::begin(talk, "", ANSWER_WITHIN, &mut StdRng::seed_from_u64(1))
}

pub fn plan() -> Plan {
    Plan {
        instructions: "You wake Anna.".to_owned(),
        greeting: "Greet Anna.".to_owned(),
        reseeded: "Go on.".to_owned(),
        goodbye: "Say goodbye.".to_owned(),
        nudges: Nudges { nudge: "She is silent.".to_owned(), tone: "Still silent.".to_owned() },
        language: Language::default(),
        goodbye_words: Vec::new(),
        silence: SilencePolicy::default(),
        prior: Vec::new(),
        longest_call: std::time::Duration::from_mins(10),
        proving: proving(),
        snooze_allowed: true,
        snooze_key: Some('9'),
    }
}

pub fn settings(port: u16) -> ModelSettings {
    ModelSettings {
        base_url: format!("http://127.0.0.1:{port}/v1").parse().unwrap(),
        api_key: "sk-canary".into(),
        auth_header: "authorization".to_owned(),
        auth_scheme: Some("Bearer".to_owned()),
        model: "gpt-realtime-2.1".to_owned(),
        voice: "marin".to_owned(),
        transcription_model: "gpt-transcribe".to_owned(),
        safety_identifier: None,
    }
}

/// Fast enough for deadlines of seconds, slow enough for loopback.
pub fn fast_clock() -> SharedClock {
    ManualClock::standing(Timestamp::UNIX_EPOCH, 20.0)
}

/// A model server: each connection is accepted by hand and answers what the test says.
pub struct FakeModel {
    listener: TcpListener,
    pub port: u16,
}

impl FakeModel {
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    pub fn settings(&self) -> ModelSettings {
        settings(self.port)
    }

    pub async fn tcp(&self) -> TcpStream {
        self.listener.accept().await.unwrap().0
    }

    /// Answers the upgrade with a refusal.
    pub async fn refuse(&self, status: &str) {
        let mut stream = self.tcp().await;
        let mut request = [0; 2_048];
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await.unwrap();
        let reply = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(reply.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    pub async fn accept(&self) -> FakeSession {
        let mut headers = String::new();
        #[expect(clippy::result_large_err, reason = "the library's signature")]
        let note = |request: &Request, response: Response| {
            headers = format!("{} {:?}", request.uri(), request.headers());
            Ok(response)
        };
        let socket = accept_hdr_async(self.tcp().await, note).await.unwrap();
        FakeSession { socket, headers }
    }

    /// A session that has been set up and was asked for its first words.
    pub async fn ready(&self) -> FakeSession {
        let mut session = self.accept().await;
        session.say(&json!({ "type": "session.created", "session": {} })).await;
        session.until("session.update").await;
        session.say(&json!({ "type": "session.updated", "session": {} })).await;
        session
    }
}

pub struct FakeSession {
    pub socket: WebSocketStream<TcpStream>,
    /// The upgrade's address and headers.
    pub headers: String,
}

impl FakeSession {
    pub async fn say(&mut self, event: &Value) {
        self.socket.send(Message::text(event.to_string())).await.unwrap();
    }

    /// The next message that is not audio; `None` once the client has closed.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await?.ok()? {
                Message::Text(text) => {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    if value["type"] != "input_audio_buffer.append" {
                        return Some(value);
                    }
                }
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Everything up to a message of this type.
    pub async fn until(&mut self, kind: &str) -> Vec<Value> {
        let mut seen = Vec::new();
        loop {
            seen.push(self.next().await.unwrap_or_else(|| panic!("closed before {kind}")));
            if seen.last().unwrap()["type"] == kind {
                return seen;
            }
        }
    }

    /// The next audio, as it stands in the message.
    pub async fn next_audio(&mut self) -> String {
        loop {
            let Some(Ok(Message::Text(text))) = self.socket.next().await else { panic!("no audio came") };
            let value: Value = serde_json::from_str(&text).unwrap();
            if value["type"] == "input_audio_buffer.append" {
                return value["audio"].as_str().unwrap().to_owned();
            }
        }
    }

    /// How the client closed: the code, or `None` when it just went.
    pub async fn closed_with(&mut self) -> Option<u16> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// Answers the last request with one sentence of `frames` frames.
    pub async fn speak(&mut self, response: &str, why: &str, frames: usize, words: &str) {
        let item = format!("item_{response}");
        let place = |mut event: Value| {
            event["response_id"] = json!(response);
            event["item_id"] = json!(item);
            event["content_index"] = json!(0);
            event
        };
        let delta = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, vec![0x55; 160]);
        self.say(&json!({ "type": "response.created", "response": { "id": response, "metadata": { "why": why } } }))
            .await;
        for _ in 0..frames {
            self.say(&place(json!({ "type": "response.output_audio.delta", "delta": delta }))).await;
        }
        self.say(&place(json!({ "type": "response.output_audio.done" }))).await;
        self.say(&place(json!({ "type": "response.output_audio_transcript.done", "transcript": words })))
            .await;
        let usage = json!({ "output_token_details": { "audio_tokens": 100 } });
        self.say(&json!({ "type": "response.done", "response": { "id": response, "status": "completed", "usage": usage } }))
            .await;
    }
}

/// What a line was given.
#[derive(Debug, PartialEq, Eq)]
pub enum Given {
    Media(Vec<u8>),
    Mark(String),
    Clear,
}

/// A line that echoes marks at once, and says what the test says.
pub struct FakeLine {
    events: mpsc::Receiver<MediaEvent>,
    echoes: VecDeque<String>,
    pub given: Vec<Given>,
}

impl FakeLine {
    pub fn new() -> (Self, mpsc::Sender<MediaEvent>) {
        let (say, events) = mpsc::channel(64);
        (Self { events, echoes: VecDeque::new(), given: Vec::new() }, say)
    }

    /// Bytes of sound it was given.
    pub fn bytes(&self) -> usize {
        let bytes = |given: &Given| if let Given::Media(bytes) = given { bytes.len() } else { 0 };
        self.given.iter().map(bytes).sum()
    }
}

impl Line for FakeLine {
    async fn next(&mut self) -> MediaEvent {
        if let Some(name) = self.echoes.pop_front() {
            return MediaEvent::Mark { name };
        }
        match self.events.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    async fn media(&mut self, mulaw: &[u8]) -> Result<(), MediaError> {
        self.given.push(Given::Media(mulaw.to_vec()));
        Ok(())
    }

    async fn mark(&mut self, name: &str) -> Result<(), MediaError> {
        self.given.push(Given::Mark(name.to_owned()));
        self.echoes.push_back(name.to_owned());
        Ok(())
    }

    async fn clear(&mut self) -> Result<(), MediaError> {
        self.given.push(Given::Clear);
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), MediaError> {
        Ok(())
    }
}
