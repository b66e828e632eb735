//! One Realtime session, without any I/O: client events and time in, server events out.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::codec::Format;
use super::conversation::{Conversation, Item};
use super::generation::{Desk, Generation};
use super::ids::Ids;
use super::input::{Input, Speech, TurnDetection};
use super::plan::Outcome;
use super::settings;
use super::wire::{Outgoing, Wire};
use crate::simulator::openai::coach::Turn;
use crate::simulator::openai::faults::Transcription;
use crate::simulator::openai::record::ModelEvent;
use crate::simulator::openai::rules::Refusal;
use crate::simulator::openai::{Order, Shared, SharedFaults};
use crate::simulator::voices;

/// Sessions end after an hour, as the vendor's do.
const LIFETIME: Duration = Duration::from_hours(1);

/// From the end of a turn to its transcript.
const TRANSCRIBING: Duration = Duration::from_millis(180);

/// A session and everything it is doing.
#[derive(Debug)]
pub struct Session {
    pub(super) wire: Wire,
    pub(super) ids: Ids,
    pub(super) settings: Value,
    pub(super) conversation: Conversation,
    pub(super) input: Input,
    /// The item the turn being spoken will become.
    pub(super) turn_item: Option<String>,
    /// The response in the conversation: there is never more than one.
    pub(super) active: Option<Generation>,
    /// Responses outside it.
    pub(super) beside: Vec<Generation>,
    /// A turn ended while a response was being produced that it must not interrupt.
    pub(super) owes_response: bool,
    /// The session's voice has been heard.
    pub(super) has_spoken: bool,
    /// Tokens the last response was made from: text, audio. They are cached for the next.
    pub(super) cached: [u64; 2],
    transcripts: Vec<Transcript>,
    playing_until: Duration,
    idle_at: Option<Duration>,
    expires_at: Duration,
}

#[derive(Debug)]
struct Transcript {
    due: Duration,
    item: String,
    words: String,
    audio_ms: u64,
    failed: bool,
}

impl Session {
    /// A new session and its first event.
    pub fn open(number: u64, model: &str, shared: Arc<Shared>, faults: SharedFaults, now: Duration) -> Self {
        let ids = Ids::new(number);
        let id = ids.session();
        shared.book.open(&id, model);
        let expires_at = shared.epoch_seconds(now + LIFETIME);
        let settings = settings::defaults(&id, model, expires_at);
        let mut wire = Wire::new(&id, shared, faults);
        wire.tell(ModelEvent::Opened { session: id });
        if !wire.faults().never_created {
            wire.send(json!({"type": "session.created", "session": settings}));
        }
        Self {
            wire,
            ids,
            settings,
            conversation: Conversation::default(),
            input: Input::default(),
            turn_item: None,
            active: None,
            beside: Vec::new(),
            owes_response: false,
            has_spoken: false,
            cached: [0, 0],
            transcripts: Vec::new(),
            playing_until: now,
            idle_at: None,
            expires_at: now + LIFETIME,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.wire.session
    }

    /// Closes it from our side.
    pub fn close(&mut self, code: u16, reason: &str) {
        self.wire.close(code, reason);
    }

    /// What the connection has to do, oldest first.
    pub fn next_outgoing(&mut self) -> Option<Outgoing> {
        self.wire.next()
    }

    /// When [`Session::advance`] has something to do.
    pub fn next_deadline(&self) -> Duration {
        let generations = self.active.iter().chain(&self.beside).map(|generation| generation.due);
        let transcripts = self.transcripts.iter().map(|transcript| transcript.due);
        generations.chain(transcripts).chain(self.idle_at).fold(self.expires_at, Duration::min)
    }

    /// Does what has become due.
    pub fn advance(&mut self, now: Duration) {
        while self.active.as_ref().is_some_and(|active| active.due <= now) {
            self.advance_active(now);
        }
        self.advance_beside(now);
        self.send_transcripts(now);
        if self.idle_at.is_some_and(|at| at <= now) {
            self.idle_at = None;
            self.on_idle(now);
        }
        if self.expires_at <= now {
            self.expire();
        }
    }

    fn advance_active(&mut self, now: Duration) {
        let Some(mut active) = self.active.take() else { return };
        let sound_before = active.sound;
        let mut desk =
            Desk { wire: &mut self.wire, conversation: &mut self.conversation, ids: &mut self.ids };
        let outcome = active.step(&mut desk);
        let produced = Duration::from_millis((active.sound - sound_before) / 8);
        if !produced.is_zero() {
            self.has_spoken = true;
            self.playing_until = self.playing_until.max(now) + produced;
        }
        match outcome {
            Some(outcome) => self.finish(active, &outcome, now),
            None => self.active = Some(active),
        }
    }

    fn advance_beside(&mut self, now: Duration) {
        for mut generation in std::mem::take(&mut self.beside) {
            let mut outcome = None;
            while outcome.is_none() && generation.due <= now {
                let mut desk =
                    Desk { wire: &mut self.wire, conversation: &mut self.conversation, ids: &mut self.ids };
                outcome = generation.step(&mut desk);
            }
            match outcome {
                Some(outcome) => self.finish(generation, &outcome, now),
                None => self.beside.push(generation),
            }
        }
    }

    /// Ends a response and, if one is owed, begins the next.
    pub(super) fn finish(&mut self, generation: Generation, outcome: &Outcome, now: Duration) {
        let out_of_band = generation.out_of_band;
        let (text, audio) = self.conversation.tokens();
        let told = self.settings["instructions"].to_string() + &self.settings["tools"].to_string();
        let input = [text + super::conversation::text_tokens(&told), audio];
        let cached = [self.cached[0].min(input[0]), self.cached[1].min(input[1])];
        let tokens = [input[0], input[1], cached[0], cached[1]];
        let mut desk =
            Desk { wire: &mut self.wire, conversation: &mut self.conversation, ids: &mut self.ids };
        generation.finish(outcome, tokens, &mut desk);
        self.cached = input;
        if out_of_band {
            return;
        }
        let idle = self.turn_detection().and_then(|detection| detection.idle_timeout_ms);
        self.idle_at = idle.map(|ms| self.playing_until.max(now) + Duration::from_millis(ms));
        if std::mem::take(&mut self.owes_response) {
            self.respond(&json!({}), now);
        }
    }

    /// Cancels the active response, if any.
    pub(super) fn interrupt(&mut self, reason: &'static str, now: Duration) -> bool {
        let Some(active) = self.active.take() else { return false };
        self.playing_until = now;
        self.finish(active, &Outcome::Cancelled(reason), now);
        true
    }

    pub(super) fn turn_detection(&self) -> Option<TurnDetection> {
        TurnDetection::of(&self.settings["audio"]["input"]["turn_detection"])
    }

    /// Takes in the sleeper's audio as it came.
    pub(super) fn hear(&mut self, audio: &[u8], now: Duration) {
        let mulaw = Format::of(&self.settings["audio"]["input"]["format"]).decode(audio);
        self.wire.shared.book.note(&self.wire.session, |record| record.note_audio_in(&mulaw));
        let detection = self.turn_detection();
        for speech in self.input.append(&mulaw, detection.as_ref()) {
            match speech {
                Speech::Started { audio_start_ms } => self.on_speech_started(audio_start_ms, now),
                Speech::Stopped { audio_end_ms, turn } => self.on_speech_stopped(audio_end_ms, &turn, now),
            }
        }
    }

    fn on_speech_started(&mut self, audio_start_ms: u64, now: Duration) {
        let item = self.ids.item();
        self.idle_at = None;
        self.wire.send(json!({"type": "input_audio_buffer.speech_started", "audio_start_ms": audio_start_ms, "item_id": item}));
        self.turn_item = Some(item);
        let interrupts = self.turn_detection().is_some_and(|detection| detection.interrupt_response);
        // Whatever was owed to her last turn, she is taking another.
        self.owes_response = false;
        if interrupts && self.interrupt("turn_detected", now) {
            self.wire.tell(ModelEvent::BargedIn { session: self.wire.session.clone() });
            self.idle_at = None;
        }
    }

    fn on_speech_stopped(&mut self, audio_end_ms: u64, turn: &[u8], now: Duration) {
        let item = self.turn_item.clone().unwrap_or_default();
        self.wire.send(json!({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": audio_end_ms, "item_id": item}));
        self.commit(turn, now);
        if self.turn_detection().is_some_and(|detection| detection.create_response) {
            if self.active.is_some() {
                self.owes_response = true;
            } else {
                self.respond(&json!({}), now);
            }
        }
    }

    /// Turns audio into an item of the conversation.
    pub(super) fn commit(&mut self, turn: &[u8], now: Duration) {
        let item = self.turn_item.take().unwrap_or_else(|| self.ids.item());
        let words = voices::recognise(turn).text();
        let audio_ms = turn.len() as u64 / 8;
        self.wire.shared.book.note(&self.wire.session, |record| record.heard.push(words.clone()));
        self.wire.tell(ModelEvent::Heard { session: self.wire.session.clone(), text: words.clone() });
        self.add_sleepers_item(&item, &words, audio_ms);
        if self.settings["audio"]["input"]["transcription"].is_object() {
            let fault = self.wire.faults().transcription;
            let late = if let Transcription::Late(late) = fault { late } else { Duration::ZERO };
            let failed = fault == Transcription::Failed;
            self.transcripts.push(Transcript {
                due: now + TRANSCRIBING + late,
                item,
                words,
                audio_ms,
                failed,
            });
        }
    }

    fn add_sleepers_item(&mut self, id: &str, words: &str, audio_ms: u64) {
        let previous = self.conversation.last_id();
        let json = json!({"id": id, "object": "realtime.item", "type": "message", "status": "completed",
            "role": "user", "content": [{"type": "input_audio", "transcript": null}]});
        self.wire.send(
            json!({"type": "input_audio_buffer.committed", "previous_item_id": previous, "item_id": id}),
        );
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.wire.send(json!({"type": kind, "previous_item_id": previous, "item": json}));
        }
        let turn = Turn::Sleeper(words.to_owned());
        self.conversation.push(Item {
            id: id.to_owned(),
            json,
            turn,
            audio_ms: Some(audio_ms),
            truncated: false,
        });
    }

    fn send_transcripts(&mut self, now: Duration) {
        let (due, later) =
            std::mem::take(&mut self.transcripts).into_iter().partition(|transcript| transcript.due <= now);
        self.transcripts = later;
        let due: Vec<Transcript> = due;
        for transcript in due {
            self.send_transcript(&transcript);
        }
    }

    fn send_transcript(&mut self, transcript: &Transcript) {
        let kind = |ending: &str| format!("conversation.item.input_audio_transcription.{ending}");
        let Transcript { item, words, audio_ms, .. } = transcript;
        if transcript.failed {
            self.wire.send(json!({"type": kind("failed"), "item_id": item, "content_index": 0, "error": {
                "type": "transcription_error", "code": "audio_unintelligible",
                "message": "The audio could not be transcribed.", "param": null}}));
            return;
        }
        let (input, output) = (audio_ms.div_ceil(100), super::conversation::text_tokens(words));
        self.wire.send(json!({"type": kind("delta"), "item_id": item, "content_index": 0, "delta": words}));
        self.wire.send(json!({"type": kind("completed"), "item_id": item, "content_index": 0, "transcript": words,
            "usage": {"type": "tokens", "total_tokens": input + output, "input_tokens": input,
                      "input_token_details": {"text_tokens": 0, "audio_tokens": input}, "output_tokens": output}}));
        if let Some(item) = self.conversation.find_mut(item) {
            item.json["content"][0]["transcript"] = json!(words);
        }
    }

    /// She has said nothing since we finished: the model takes the silence for her turn.
    fn on_idle(&mut self, now: Duration) {
        let Some(timeout) = self.turn_detection().and_then(|detection| detection.idle_timeout_ms) else {
            return;
        };
        if self.active.is_some() || self.input.is_speaking() {
            return;
        }
        let item = self.ids.item();
        let end = self.input.clock_ms();
        self.wire.send(json!({"type": "input_audio_buffer.timeout_triggered", "item_id": item,
            "audio_start_ms": end.saturating_sub(timeout), "audio_end_ms": end}));
        self.add_sleepers_item(&item, "", timeout);
        self.respond(&json!({}), now);
    }

    fn expire(&mut self) {
        let message = "Your session hit the maximum duration of 60 minutes.".to_owned();
        let refusal =
            Refusal { kind: "invalid_request_error", code: Some("session_expired"), message, param: None };
        self.wire.refuse(&refusal, &Value::Null);
        self.wire.close(1001, "invalid_request_error.session_expired");
        self.expires_at = Duration::MAX;
    }

    /// Does what the test demands.
    pub fn obey(&mut self, order: &Order) {
        match order {
            Order::Drop => self.wire.drop_line(),
            Order::Close(code, reason) => self.wire.close(*code, reason),
            Order::Expire => self.expire(),
            Order::Send(text) => self.wire.send_raw(text),
        }
    }
}
