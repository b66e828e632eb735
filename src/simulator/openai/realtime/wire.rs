//! The way out: numbers events, dresses them up as faults demand, and writes them down.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::CloseCode;
use serde_json::{Value, json};

use crate::simulator::openai::faults::Faults;
use crate::simulator::openai::record::{Closing, ModelEvent, locked};
use crate::simulator::openai::rules::Refusal;
use crate::simulator::openai::{Shared, SharedFaults};

/// What the connection has to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Send this text.
    Text(String),
    /// Send a close frame and end.
    Close(CloseCode, String),
    /// End without a word.
    Drop,
}

/// The way out of one session.
#[derive(Debug)]
pub struct Wire {
    pub session: String,
    pub shared: Arc<Shared>,
    faults: SharedFaults,
    events: u64,
    deltas: usize,
    ended: bool,
    queue: VecDeque<Outgoing>,
}

impl Wire {
    pub fn new(session: &str, shared: Arc<Shared>, faults: SharedFaults) -> Self {
        Self {
            session: session.to_owned(),
            shared,
            faults,
            events: 0,
            deltas: 0,
            ended: false,
            queue: VecDeque::new(),
        }
    }

    /// The faults of this session as they are now.
    pub fn faults(&self) -> Faults {
        locked(&self.faults).clone()
    }

    /// Sends an event, under a number of its own.
    pub fn send(&mut self, mut event: Value) {
        if self.ended {
            return;
        }
        self.events += 1;
        event["event_id"] = json!(format!("event_{}_{:03}", self.session, self.events));
        self.shared.book.note(&self.session, |record| record.note_server_event(&event));
        let faults = self.faults();
        dress(&mut event, &faults);
        self.queue.push_back(Outgoing::Text(event.to_string()));
        if event["type"] == "response.output_audio.delta" {
            self.count_delta(&faults);
        }
    }

    fn count_delta(&mut self, faults: &Faults) {
        self.deltas += 1;
        if faults.drop_after_deltas.is_some_and(|limit| self.deltas >= limit) {
            self.drop_line();
        }
        if let Some((limit, code)) = faults.close_after_deltas
            && self.deltas >= limit
        {
            self.close(code, "");
        }
    }

    /// Sends a refusal of the client's event with this id.
    pub fn refuse(&mut self, refusal: &Refusal, event_id: &Value) {
        self.send(json!({"type": "error", "error": refusal.as_event_error(event_id)}));
    }

    /// Sends text as it stands.
    pub fn send_raw(&mut self, text: &str) {
        if !self.ended {
            self.queue.push_back(Outgoing::Text(text.to_owned()));
        }
    }

    /// Closes the session from our side.
    pub fn close(&mut self, code: CloseCode, reason: &str) {
        self.end(Outgoing::Close(code, reason.to_owned()), Closing::ByUs(code));
    }

    /// Ends the session without a word.
    pub fn drop_line(&mut self) {
        self.end(Outgoing::Drop, Closing::Dropped);
    }

    fn end(&mut self, how: Outgoing, closing: Closing) {
        if !self.ended {
            self.ended = true;
            self.queue.push_back(how);
            self.shared.book.note(&self.session, |record| record.closed = Some(closing));
        }
    }

    /// Tells whoever listens.
    pub fn tell(&self, event: ModelEvent) {
        self.shared.tell(event);
    }

    /// What is to be done, oldest first.
    pub fn next(&mut self) -> Option<Outgoing> {
        self.queue.pop_front()
    }
}

fn dress(event: &mut Value, faults: &Faults) {
    if faults.extra_fields {
        event["x_trace"] = json!({"hop": [1, 2, 3]});
        for inside in ["item", "response", "session", "part"] {
            if event[inside].is_object() {
                event[inside]["x_flavour"] = json!("plum");
            }
        }
    }
    if faults.null_fields {
        event["obfuscation"] = Value::Null;
        for (inside, name) in
            [("response", "usage"), ("response", "metadata"), ("error", "code"), ("error", "param")]
        {
            if event[inside].is_object() {
                event[inside][name] = Value::Null;
            }
        }
        if event.get("previous_item_id").is_some() {
            event["previous_item_id"] = Value::Null;
        }
    }
}
