//! A session and a clock in the hand of a test.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::session::Session;
use super::super::wire::Outgoing;
use super::kinds;
use crate::simulator::openai::faults::Faults;
use crate::simulator::openai::record::{SessionRecord, locked};
use crate::simulator::openai::script::Step;
use crate::simulator::openai::{ModelsOptions, Shared};
use crate::simulator::pace::Pace;
use crate::simulator::voices::{SILENCE, Voice, speech_for};

/// A session and a clock that moves when the test says so.
pub struct Rig {
    pub session: Session,
    pub shared: Arc<Shared>,
    pub now: Duration,
    pub ended: Option<Outgoing>,
}

impl Rig {
    pub fn new() -> Self {
        Self::with(Faults::default())
    }

    pub fn with(faults: Faults) -> Self {
        let shared = Shared::new(ModelsOptions::local("sk-test", Pace::new(1.0)));
        let faults = Arc::new(std::sync::Mutex::new(faults));
        let session = Session::open(1, "gpt-realtime-2.1", shared.clone(), faults, Duration::ZERO);
        Self { session, shared, now: Duration::ZERO, ended: None }
    }

    /// Configured as our bridge configures it, its events taken.
    pub fn ready() -> Self {
        let mut rig = Self::new();
        rig.configure(json!({}));
        rig
    }

    pub fn configure(&mut self, more: Value) {
        let tool = |name: &str| json!({"type": "function", "name": name, "parameters": {"type": "object"}});
        let mut detection = json!({"type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 300, "silence_duration_ms": 600});
        if let (Some(detection), Value::Object(more)) = (detection.as_object_mut(), more) {
            detection.extend(more);
        }
        self.send(&json!({"type": "session.update", "event_id": "c1", "session": {"type": "realtime",
            "instructions": "You wake Anna.", "tools": [tool("confirm_awake"), tool("end_call"), tool("snooze")],
            "audio": {"input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "gpt-transcribe"},
                                "turn_detection": detection},
                      "output": {"format": {"type": "audio/pcmu"}}}}}));
        let kinds = kinds(&self.take());
        assert!(kinds.ends_with(&["session.updated".to_owned()]), "{kinds:?}");
    }

    pub fn send(&mut self, event: &Value) {
        self.session.on_text(&event.to_string(), self.now);
    }

    pub fn take(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some(outgoing) = self.session.next_outgoing() {
            match outgoing {
                Outgoing::Text(text) => events.push(serde_json::from_str(&text).unwrap_or(Value::Null)),
                ended => self.ended = Some(ended),
            }
        }
        events
    }

    /// Lets time pass and gathers what comes.
    pub fn wait(&mut self, length: Duration) -> Vec<Value> {
        let until = self.now + length;
        let mut events = self.take();
        while self.session.next_deadline() <= until && self.ended.is_none() {
            self.now = self.now.max(self.session.next_deadline());
            self.session.advance(self.now);
            events.extend(self.take());
        }
        self.now = until;
        events
    }

    /// Appends audio as a telephone does, in real time.
    pub fn speak(&mut self, mulaw: &[u8]) -> Vec<Value> {
        let mut events = Vec::new();
        for frame in mulaw.chunks(160) {
            self.send(&json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(frame)}));
            events.extend(self.wait(Duration::from_millis(20)));
        }
        events
    }

    pub fn say(&mut self, text: &str) -> Vec<Value> {
        let mut line = speech_for(text, Voice::Sleeper).to_vec();
        line.extend([SILENCE; 700 * 8]);
        self.speak(&line)
    }

    pub fn record(&self) -> SessionRecord {
        self.shared.book.sessions().pop().unwrap()
    }

    pub fn script(&self, steps: Vec<Step>) {
        *locked(&self.shared.steps) = steps.into();
    }
}
