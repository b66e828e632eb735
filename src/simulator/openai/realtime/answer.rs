//! What a session does with each client event.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::codec::Format;
use super::conversation::{item_of_client, unknown_item};
use super::generation::Generation;
use super::plan::{self, Manner};
use super::requests;
use super::session::Session;
use super::settings;
use crate::simulator::openai::coach::{self, Asked, Turn};
use crate::simulator::openai::record::{ModelEvent, Truncation};
use crate::simulator::openai::rules::Refusal;
use crate::simulator::openai::script::{Step, ToolCall};

/// Largest append the vendor takes, in bytes of base64.
const APPEND_MAX: usize = 15 * 1024 * 1024;

/// Shortest turn that can be committed, in milliseconds.
const COMMIT_MS_MIN: u64 = 100;

impl Session {
    /// Takes in one text frame.
    pub fn on_text(&mut self, text: &str, now: Duration) {
        if self.wire.faults().never_created {
            return;
        }
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            let message = "The server could not parse the event as JSON.".to_owned();
            let refusal = Refusal { param: None, ..Refusal::new("invalid_event", "", message) };
            return self.wire.refuse(&refusal, &Value::Null);
        };
        self.wire.shared.book.note(&self.wire.session, |record| record.note_client_event(&event));
        let answered = requests::check(&event).and_then(|()| self.answer(&event, now));
        if let Err(refusal) = answered {
            let event_id = event.get("event_id").cloned().unwrap_or_default();
            self.wire.refuse(&refusal, &event_id);
        }
    }

    fn answer(&mut self, event: &Value, now: Duration) -> Result<(), Refusal> {
        match event["type"].as_str().unwrap_or_default() {
            "session.update" => self.on_update(&event["session"]),
            "input_audio_buffer.append" => self.on_append(&event["audio"], now),
            "input_audio_buffer.commit" => self.on_commit(now),
            "input_audio_buffer.clear" => {
                self.input.take();
                self.turn_item = None;
                self.wire.send(json!({"type": "input_audio_buffer.cleared"}));
                Ok(())
            }
            "conversation.item.create" => self.on_create(event),
            "conversation.item.retrieve" => {
                let id = event["item_id"].as_str().unwrap_or_default();
                let item = self.conversation.find(id).ok_or_else(|| unknown_item("retrieve", id))?;
                self.wire.send(json!({"type": "conversation.item.retrieved", "item": item.json}));
                Ok(())
            }
            "conversation.item.truncate" => self.on_truncate(event),
            "conversation.item.delete" => self.on_delete(event["item_id"].as_str().unwrap_or_default()),
            "response.create" => self.on_response_create(&event["response"], now),
            "response.cancel" => self.on_cancel(event["response_id"].as_str(), now),
            _ => Ok(()),
        }
    }

    fn on_update(&mut self, patch: &Value) -> Result<(), Refusal> {
        if self.wire.faults().never_updated {
            return Ok(());
        }
        settings::apply(&mut self.settings, patch, self.has_spoken)?;
        self.wire.send(json!({"type": "session.updated", "session": self.settings}));
        self.wire.tell(ModelEvent::Configured { session: self.wire.session.clone() });
        Ok(())
    }

    fn on_append(&mut self, audio: &Value, now: Duration) -> Result<(), Refusal> {
        let audio = audio.as_str().unwrap_or_default();
        let refused =
            |what: &str| Refusal::new("invalid_value", "audio", format!("Invalid 'audio': {what}."));
        if audio.len() > APPEND_MAX {
            return Err(refused("more than 15 MiB"));
        }
        let bytes = STANDARD.decode(audio).map_err(|_| refused("expected base64-encoded audio bytes"))?;
        self.hear(&bytes, now);
        Ok(())
    }

    fn on_commit(&mut self, now: Duration) -> Result<(), Refusal> {
        let held_ms = self.input.held_ms();
        if held_ms < COMMIT_MS_MIN {
            let message = format!(
                "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, \
                 but buffer only has {held_ms}.00ms of audio."
            );
            return Err(Refusal::new("input_audio_buffer_commit_empty", "", message));
        }
        let turn = self.input.take();
        self.commit(&turn, now);
        Ok(())
    }

    fn on_create(&mut self, event: &Value) -> Result<(), Refusal> {
        let id = self.ids.item();
        let item = item_of_client(&event["item"], id, &self.conversation)?;
        let json = item.json.clone();
        let previous = self.conversation.insert(item, event["previous_item_id"].as_str())?;
        for kind in ["conversation.item.added", "conversation.item.done"] {
            self.wire.send(json!({"type": kind, "previous_item_id": previous, "item": json}));
        }
        Ok(())
    }

    fn on_truncate(&mut self, event: &Value) -> Result<(), Refusal> {
        let id = event["item_id"].as_str().unwrap_or_default();
        let index = event["content_index"].as_u64().unwrap_or_default();
        let audio_end_ms = event["audio_end_ms"].as_u64().unwrap_or_default();
        let produced_ms = self.conversation.find(id).and_then(|item| item.audio_ms).unwrap_or_default();
        let truncated = self.conversation.truncate(id, index, audio_end_ms);
        let entry =
            Truncation { item: id.to_owned(), audio_end_ms, produced_ms, accepted: truncated.is_ok() };
        self.wire.shared.book.note(&self.wire.session, |record| record.truncations.push(entry));
        truncated?;
        self.wire.send(json!({"type": "conversation.item.truncated", "item_id": id, "content_index": index,
            "audio_end_ms": audio_end_ms}));
        let session = self.wire.session.clone();
        self.wire.tell(ModelEvent::Truncated { session, item: id.to_owned(), audio_end_ms });
        Ok(())
    }

    fn on_delete(&mut self, id: &str) -> Result<(), Refusal> {
        self.conversation.remove(id).ok_or_else(|| unknown_item("delete", id))?;
        self.wire.shared.book.note(&self.wire.session, |record| record.deleted.push(id.to_owned()));
        self.wire.send(json!({"type": "conversation.item.deleted", "item_id": id}));
        Ok(())
    }

    fn on_response_create(&mut self, wish: &Value, now: Duration) -> Result<(), Refusal> {
        if wish["conversation"] != "none"
            && let Some(active) = &self.active
        {
            let message = format!(
                "Conversation already has an active response in progress: {}. Wait until the response is finished \
                 before creating a new one.",
                active.id
            );
            return Err(Refusal::new("conversation_already_has_active_response", "", message));
        }
        self.respond(wish, now);
        Ok(())
    }

    fn on_cancel(&mut self, id: Option<&str>, now: Duration) -> Result<(), Refusal> {
        if let Some(at) = self.beside.iter().position(|generation| Some(generation.id.as_str()) == id) {
            let generation = self.beside.remove(at);
            self.finish(generation, &plan::Outcome::Cancelled("client_cancelled"), now);
            return Ok(());
        }
        let matches = self.active.as_ref().is_some_and(|active| id.is_none_or(|id| id == active.id));
        if matches && self.interrupt("client_cancelled", now) {
            return Ok(());
        }
        let message = "Cancellation failed: no active response found".to_owned();
        Err(Refusal::new("response_cancel_not_active", "", message))
    }

    /// Begins a response as `wish` (the `response` of `response.create`) describes it.
    pub(super) fn respond(&mut self, wish: &Value, now: Duration) {
        let out_of_band = wish["conversation"] == "none";
        let of_session = |name: &str| if wish[name].is_null() { &self.settings[name] } else { &wish[name] };
        let modalities = of_session("output_modalities").clone();
        let output = &self.settings["audio"]["output"];
        let conversation = if out_of_band { Value::Null } else { json!(self.ids.conversation()) };
        let header = json!({
            "object": "realtime.response", "id": self.ids.response(), "status": "in_progress", "status_details": null,
            "output": [], "conversation_id": conversation, "output_modalities": modalities,
            "max_output_tokens": of_session("max_output_tokens"), "usage": null, "metadata": wish["metadata"],
            "audio": {"output": {"format": output["format"], "voice": output["voice"]}},
        });
        let format = Format::of(&output["format"]);
        let options = &self.wire.shared.options;
        let text_only = modalities[0] == "text";
        let manner = Manner { think: options.think, speech_factor: options.speech_factor, text_only };
        let plan = plan::plan(self.next_step(wish), manner, &self.wire.faults());
        let generation = Generation::begin(header, out_of_band, format, plan, now, &mut self.wire);
        if out_of_band {
            self.beside.push(generation);
        } else {
            self.active = Some(generation);
        }
    }

    /// The script's next step, or what the built-in coach would do.
    fn next_step(&self, wish: &Value) -> Step {
        let turns = self.turns_for(wish);
        if wish["conversation"] == "none" {
            return Step::Say(coach::opinion(&turns).to_string());
        }
        if let Some(step) = self.wire.shared.next_scripted() {
            return step;
        }
        let of_session = |name: &str| if wish[name].is_null() { &self.settings[name] } else { &wish[name] };
        let choice = of_session("tool_choice");
        let offered = of_session("tools").as_array().map_or(&[][..], Vec::as_slice);
        let tools: Vec<String> = offered
            .iter()
            .filter(|_| choice != "none")
            .filter_map(|tool| tool["name"].as_str().map(str::to_owned))
            .collect();
        let instructions = self.settings["instructions"].as_str().unwrap_or_default();
        let this_time = wish["instructions"].as_str();
        let asked = Asked { instructions, this_time, turns: &turns, tools: &tools };
        let gullible = self.wire.faults().gullible;
        let step = if gullible { coach::gullible::reply(&asked) } else { coach::reply(&asked) };
        let forced = choice["name"]
            .as_str()
            .or_else(|| tools.first().map(String::as_str).filter(|_| choice == "required"));
        match (step, forced) {
            (Step::Say(_), Some(name)) => Step::Call(ToolCall::new(name, "{}")),
            (step, _) => step,
        }
    }

    /// The conversation, or the items the response brings along instead.
    fn turns_for(&self, wish: &Value) -> Vec<Turn> {
        let Some(items) = wish["input"].as_array() else { return self.conversation.turns() };
        let turn_of = |item: &Value| {
            if item["type"] == "item_reference" {
                return self.conversation.find(item["id"].as_str()?).map(|item| item.turn.clone());
            }
            item_of_client(item, String::new(), &self.conversation).ok().map(|item| item.turn)
        };
        items.iter().filter_map(turn_of).collect()
    }
}
