//! What the double has seen and done, for those who ask afterwards.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

/// Sessions and chat requests remembered: the double may live in a daemon for months.
const REMEMBERED: usize = 64;

/// Client events kept for each session, audio apart.
const EVENTS_MAX: usize = 4_000;

/// Audio kept for each session and direction: a quarter of an hour.
const AUDIO_MAX: usize = 15 * 60 * 8_000;

/// Something a test may want to wait for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the session's id and what the variant names")]
pub enum ModelEvent {
    /// A client was refused at the door, or is kept waiting there.
    TurnedAway,
    /// A session was opened.
    Opened { session: String },
    /// A `session.update` was applied.
    Configured { session: String },
    /// A response began.
    Responding { session: String, response: String },
    /// A spoken item was produced to its end.
    Said { session: String, item: String, text: String },
    /// A turn of the sleeper's was understood.
    Heard { session: String, text: String },
    /// She spoke while a response was being produced, and it was cancelled.
    BargedIn { session: String },
    /// A function call was produced.
    Called { session: String, name: String, arguments: String },
    /// The client told how much of an item was heard.
    Truncated { session: String, item: String, audio_end_ms: u64 },
    /// A session's socket is gone.
    Closed { session: String },
    /// A chat completion was asked for.
    Asked,
}

/// One truncation the client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truncation {
    /// The item.
    pub item: String,
    /// How much of it was heard, says the client.
    pub audio_end_ms: u64,
    /// How much of it existed.
    pub produced_ms: u64,
    /// Whether it was within bounds.
    pub accepted: bool,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// The client sent a close frame, with this code if any.
    ByClient(Option<u16>),
    /// The client vanished without a word.
    ClientVanished,
    /// We closed it, with this code.
    ByUs(u16),
    /// We dropped it without a word.
    Dropped,
}

/// One Realtime session as the double saw it.
#[derive(Debug, Clone, Default)]
pub struct SessionRecord {
    /// Its id.
    pub id: String,
    /// The model in the query.
    pub model: String,
    /// What the client sent, `audio` left out; the first few thousand.
    pub client_events: Vec<Value>,
    /// Types of the events sent to the client, deltas left out; the first few thousand.
    pub server_events: Vec<String>,
    /// The sleeper's audio as it came, mu-law; the first quarter of an hour.
    pub audio_in: Vec<u8>,
    /// The coach's audio as it went out, mu-law; the first quarter of an hour.
    pub audio_out: Vec<u8>,
    /// Errors sent.
    pub errors: Vec<Value>,
    /// Truncations asked for.
    pub truncations: Vec<Truncation>,
    /// Items deleted by the client.
    pub deleted: Vec<String>,
    /// What the sleeper was understood to say, turn by turn.
    pub heard: Vec<String>,
    /// What was said to its end, item by item.
    pub said: Vec<String>,
    /// `None` while it is open.
    pub closed: Option<Closing>,
}

impl SessionRecord {
    pub(super) fn note_client_event(&mut self, event: &Value) {
        if event["type"] != "input_audio_buffer.append" && self.client_events.len() < EVENTS_MAX {
            self.client_events.push(event.clone());
        }
    }

    pub(super) fn note_server_event(&mut self, event: &Value) {
        let kind = event["type"].as_str().unwrap_or_default();
        if kind.rsplit('.').next() != Some("delta") && self.server_events.len() < EVENTS_MAX {
            self.server_events.push(kind.to_owned());
        }
        if kind == "error" && self.errors.len() < EVENTS_MAX {
            self.errors.push(event["error"].clone());
        }
    }

    pub(super) fn note_audio_in(&mut self, mulaw: &[u8]) {
        keep(&mut self.audio_in, mulaw);
    }

    pub(super) fn note_audio_out(&mut self, mulaw: &[u8]) {
        keep(&mut self.audio_out, mulaw);
    }
}

fn keep(kept: &mut Vec<u8>, more: &[u8]) {
    let room = AUDIO_MAX.saturating_sub(kept.len()).min(more.len());
    kept.extend_from_slice(&more[..room]);
}

/// Everything remembered.
#[derive(Debug, Default)]
pub(super) struct Book {
    sessions: Mutex<VecDeque<SessionRecord>>,
    chat_requests: Mutex<VecDeque<Value>>,
}

impl Book {
    pub(super) fn open(&self, id: &str, model: &str) {
        let record = SessionRecord { id: id.to_owned(), model: model.to_owned(), ..SessionRecord::default() };
        push_bounded(&mut locked(&self.sessions), record);
    }

    /// Writes into the record of a session, if it is still remembered.
    pub(super) fn note(&self, id: &str, write: impl FnOnce(&mut SessionRecord)) {
        if let Some(record) = locked(&self.sessions).iter_mut().rev().find(|record| record.id == id) {
            write(record);
        }
    }

    pub(super) fn sessions(&self) -> Vec<SessionRecord> {
        locked(&self.sessions).iter().cloned().collect()
    }

    pub(super) fn note_chat(&self, request: Value) {
        push_bounded(&mut locked(&self.chat_requests), request);
    }

    pub(super) fn chat_requests(&self) -> Vec<Value> {
        locked(&self.chat_requests).iter().cloned().collect()
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(item);
}

/// A lock whose holder never leaves half-written state behind, so that poison means nothing.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
