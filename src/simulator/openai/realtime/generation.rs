//! One response while it is produced: performs its plan, event by event, in the vendor's order.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::codec::Format;
use super::conversation::{Conversation, Item, text_tokens};
use super::ids::Ids;
use super::plan::{Act, Outcome, Plan};
use super::wire::Wire;
use crate::simulator::openai::coach::Turn;
use crate::simulator::openai::record::ModelEvent;

/// A response in the making.
#[derive(Debug)]
pub struct Generation {
    /// Its id.
    pub id: String,
    /// `conversation: none`: it leaves no trace in the dialogue.
    pub out_of_band: bool,
    /// When the next act is due.
    pub due: Duration,
    /// Sound produced so far, in bytes of mu-law.
    pub sound: u64,
    header: Value,
    format: Format,
    plan: Plan,
    open: Option<Open>,
    output: Vec<Value>,
    text_tokens: u64,
}

/// The item being produced.
#[derive(Debug)]
struct Open {
    kind: Kind,
    id: String,
    previous: Value,
    item: Value,
    text: String,
    bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Speech,
    Text,
    Call,
}

/// What a response works on.
pub struct Desk<'a> {
    pub wire: &'a mut Wire,
    pub conversation: &'a mut Conversation,
    pub ids: &'a mut Ids,
}

impl Generation {
    /// Announces the response; `header` is its object as the client will see it.
    pub fn begin(
        header: Value,
        out_of_band: bool,
        format: Format,
        plan: Plan,
        now: Duration,
        wire: &mut Wire,
    ) -> Self {
        let id = header["id"].as_str().unwrap_or_default().to_owned();
        wire.send(json!({"type": "response.created", "response": header}));
        wire.tell(ModelEvent::Responding { session: wire.session.clone(), response: id.clone() });
        let faults = wire.faults();
        if faults.garbage_frame {
            wire.send_raw("\u{1}{\"type\": \"response.output_audio.del");
        }
        if faults.unknown_events {
            wire.send(
                json!({"type": "response.sparkle.added", "response_id": id, "sparkle": {"colour": null}}),
            );
            wire.send(json!({"type": "session.weather", "outlook": ["fair", 7, {"wind": false}]}));
        }
        let due = plan.front().map_or(Duration::MAX, |(pause, _)| now + *pause);
        let output = Vec::new();
        Self { id, out_of_band, due, sound: 0, header, format, plan, open: None, output, text_tokens: 0 }
    }

    /// Performs the next act; `Some` when the response is over.
    pub fn step(&mut self, desk: &mut Desk<'_>) -> Option<Outcome> {
        let (_, act) = self.plan.pop_front()?;
        match act {
            Act::OpenSpeech => self.open_message(Kind::Speech, desk),
            Act::OpenText => self.open_message(Kind::Text, desk),
            Act::OpenCall(name) => self.open_call(&name, desk),
            Act::Words(words) => self.words(&words, desk),
            Act::Sound(sound) => self.sound(&sound, desk),
            Act::Arguments(piece) => self.arguments(&piece, desk),
            Act::Close => self.close("completed", desk),
            Act::Stumble => desk.wire.send(stumble()),
            Act::Finish(outcome) => return Some(outcome),
        }
        // A plan without an end is a model that fell silent.
        self.due = self.plan.front().map_or(Duration::MAX, |(pause, _)| self.due + *pause);
        None
    }

    fn event(&self, kind: &str, open: &Open, more: Value) -> Value {
        let mut event = json!({"type": kind, "response_id": self.id, "item_id": open.id, "output_index": self.output.len()});
        if open.kind != Kind::Call {
            event["content_index"] = json!(0);
        }
        if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
            event.extend(more);
        }
        event
    }

    fn announce(&mut self, kind: Kind, id: String, item: Value, turn: Turn, desk: &mut Desk<'_>) {
        let index = self.output.len();
        let previous = desk.conversation.last_id();
        desk.wire.send(json!({"type": "response.output_item.added", "response_id": self.id, "output_index": index, "item": item}));
        if !self.out_of_band {
            desk.wire
                .send(json!({"type": "conversation.item.added", "previous_item_id": previous, "item": item}));
            let audio_ms = (kind == Kind::Speech).then_some(0);
            desk.conversation.push(Item {
                id: id.clone(),
                json: item.clone(),
                turn,
                audio_ms,
                truncated: false,
            });
        }
        self.open = Some(Open { kind, id, previous, item, text: String::new(), bytes: 0 });
    }

    fn open_message(&mut self, kind: Kind, desk: &mut Desk<'_>) {
        let id = desk.ids.item();
        let item = json!({"id": id, "object": "realtime.item", "type": "message", "status": "in_progress",
            "role": "assistant", "content": []});
        self.announce(kind, id, item, Turn::Coach(String::new()), desk);
        let Some(open) = &self.open else { return };
        desk.wire.send(self.event("response.content_part.added", open, json!({"part": part(kind, "")})));
    }

    fn open_call(&mut self, name: &str, desk: &mut Desk<'_>) {
        let id = desk.ids.item();
        let item = json!({"id": id, "object": "realtime.item", "type": "function_call", "status": "in_progress",
            "name": name, "call_id": desk.ids.call(), "arguments": ""});
        self.announce(Kind::Call, id, item, Turn::Called(name.to_owned()), desk);
    }

    fn words(&mut self, words: &str, desk: &mut Desk<'_>) {
        let Some(open) = &mut self.open else { return };
        open.text.push_str(words);
        self.text_tokens += text_tokens(words);
        if let Some(item) = desk.conversation.find_mut(&open.id).filter(|item| !item.truncated) {
            item.turn = Turn::Coach(open.text.clone());
        }
        let Some(open) = &self.open else { return };
        let kind = match open.kind {
            Kind::Speech => "response.output_audio_transcript.delta",
            _ => "response.output_text.delta",
        };
        desk.wire.send(self.event(kind, open, json!({"delta": words, "obfuscation": "Xk2"})));
    }

    fn sound(&mut self, sound: &[u8], desk: &mut Desk<'_>) {
        let Some(open) = &mut self.open else { return };
        open.bytes += sound.len() as u64;
        self.sound += sound.len() as u64;
        let produced_ms = open.bytes / 8;
        if let Some(item) = desk.conversation.find_mut(&open.id).filter(|item| !item.truncated) {
            item.audio_ms = Some(produced_ms);
        }
        let Some(open) = &self.open else { return };
        let delta = STANDARD.encode(self.format.encode(sound));
        desk.wire.shared.book.note(&desk.wire.session, |record| record.note_audio_out(sound));
        desk.wire.send(self.event("response.output_audio.delta", open, json!({"delta": delta})));
    }

    fn arguments(&mut self, piece: &str, desk: &mut Desk<'_>) {
        let Some(open) = &mut self.open else { return };
        open.text.push_str(piece);
        self.text_tokens += text_tokens(piece);
        let Some(open) = &self.open else { return };
        let more = json!({"call_id": open.item["call_id"], "delta": piece});
        desk.wire.send(self.event("response.function_call_arguments.delta", open, more));
    }

    /// Ends the open item, if there is one.
    fn close(&mut self, status: &str, desk: &mut Desk<'_>) {
        let Some(mut open) = self.open.take() else { return };
        open.item["status"] = json!(status);
        match open.kind {
            Kind::Call => self.close_call(&mut open, desk),
            Kind::Speech | Kind::Text => self.close_message(&mut open, desk),
        }
        if !self.out_of_band {
            let event = json!({"type": "conversation.item.done", "previous_item_id": open.previous, "item": open.item});
            desk.wire.send(event);
            if let Some(item) = desk.conversation.find_mut(&open.id).filter(|item| !item.truncated) {
                item.json = open.item.clone();
            }
        }
        desk.wire.send(json!({"type": "response.output_item.done", "response_id": self.id,
            "output_index": self.output.len(), "item": open.item}));
        if status == "completed" {
            self.tell_completed(&open, desk);
        }
        self.output.push(open.item);
    }

    fn close_call(&self, open: &mut Open, desk: &mut Desk<'_>) {
        open.item["arguments"] = json!(open.text);
        let more =
            json!({"call_id": open.item["call_id"], "name": open.item["name"], "arguments": open.text});
        desk.wire.send(self.event("response.function_call_arguments.done", open, more));
    }

    fn close_message(&self, open: &mut Open, desk: &mut Desk<'_>) {
        open.text.truncate(open.text.trim_end().len());
        let text = open.text.clone();
        if open.kind == Kind::Speech {
            desk.wire.send(self.event("response.output_audio.done", open, json!({})));
            desk.wire.send(self.event(
                "response.output_audio_transcript.done",
                open,
                json!({"transcript": text}),
            ));
            open.item["content"] = json!([{"type": "output_audio", "transcript": text}]);
        } else {
            desk.wire.send(self.event("response.output_text.done", open, json!({"text": text})));
            open.item["content"] = json!([{"type": "output_text", "text": text}]);
        }
        desk.wire.send(self.event(
            "response.content_part.done",
            open,
            json!({"part": part(open.kind, &text)}),
        ));
    }

    fn tell_completed(&self, open: &Open, desk: &mut Desk<'_>) {
        let (session, text) = (desk.wire.session.clone(), open.text.clone());
        if open.kind == Kind::Call {
            let name = open.item["name"].as_str().unwrap_or_default().to_owned();
            desk.wire.tell(ModelEvent::Called { session, name, arguments: text });
        } else if !self.out_of_band {
            desk.wire.shared.book.note(&session, |record| record.said.push(text.clone()));
            desk.wire.tell(ModelEvent::Said { session, item: open.id.clone(), text });
        }
    }

    /// Ends the response, whatever was still being produced. `input` are the tokens it was made from:
    /// text, audio, cached text, cached audio.
    pub fn finish(mut self, outcome: &Outcome, input: [u64; 4], desk: &mut Desk<'_>) {
        self.close("incomplete", desk);
        let (status, details) = match outcome {
            Outcome::Completed => ("completed", Value::Null),
            Outcome::Cancelled(reason) => ("cancelled", json!({"type": "cancelled", "reason": reason})),
            Outcome::Incomplete => {
                ("incomplete", json!({"type": "incomplete", "reason": "max_output_tokens"}))
            }
            Outcome::Failed(code) => ("failed", failure(code)),
        };
        let failed = matches!(outcome, Outcome::Failed(_));
        let audio_tokens = (self.sound / 8).div_ceil(50);
        let usage = if failed { Value::Null } else { usage(input, self.text_tokens, audio_tokens) };
        self.header["status"] = json!(status);
        self.header["status_details"] = details;
        self.header["output"] = json!(self.output);
        self.header["usage"] = usage;
        desk.wire.send(json!({"type": "response.done", "response": self.header}));
        let remaining = 40_000_u64.saturating_sub(input[0] + input[1] + self.text_tokens + audio_tokens);
        desk.wire.send(json!({"type": "rate_limits.updated", "rate_limits": [
            {"name": "tokens", "limit": 40_000, "remaining": remaining, "reset_seconds": 2.265}]}));
    }
}

/// An error that belongs to no event of the client's.
fn stumble() -> Value {
    let message = "The server had an error while processing your request.";
    json!({"type": "error", "error": {"type": "server_error", "code": null, "message": message, "param": null,
        "event_id": null}})
}

/// A content part has the bare name; the item's content has the `output_` one.
fn part(kind: Kind, text: &str) -> Value {
    if kind == Kind::Speech {
        json!({"type": "audio", "transcript": text})
    } else {
        json!({"type": "text", "text": text})
    }
}

/// The vendor's `type` equals its `code` where money is short.
fn failure(code: &str) -> Value {
    let kind =
        if matches!(code, "insufficient_quota" | "server_error") { code } else { "invalid_request_error" };
    json!({"type": "failed", "error": {"type": kind, "code": code, "message": format!("(the text for {code})")}})
}

/// Cached tokens are part of the input tokens.
fn usage([text, audio, cached_text, cached_audio]: [u64; 4], text_out: u64, audio_out: u64) -> Value {
    json!({
        "total_tokens": text + audio + text_out + audio_out,
        "input_tokens": text + audio, "output_tokens": text_out + audio_out,
        "input_token_details": {"text_tokens": text, "audio_tokens": audio, "image_tokens": 0,
            "cached_tokens": cached_text + cached_audio,
            "cached_tokens_details": {"text_tokens": cached_text, "audio_tokens": cached_audio, "image_tokens": 0}},
        "output_token_details": {"text_tokens": text_out, "audio_tokens": audio_out},
    })
}
