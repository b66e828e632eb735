//! Who speaks: responses asked for and running, her turns, and what happens when she speaks over the coach.
//!
//! The model runs one response at a time and answers her by itself, so whatever we want to ask waits for
//! its moment and is dropped when she makes it pointless.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use super::{ANSWER_PATIENCE, FIRST_REQUEST, Session};
use crate::coach::proving::Worth;
use crate::coach::verdict;
use crate::domain::money::MicroDollars;
use crate::realtime::audio::whole_ms;
use crate::realtime::events::{Command, Fault, ModelEvent, Request, ResponseStatus, ToolCall, Why};
use crate::realtime::report::Note;

/// A claim that she is awake waits so long for the words it may rest on.
pub(super) const TRANSCRIPT_PATIENCE: Duration = Duration::from_secs(2);

/// A response failed once is asked for again; twice in a row means that the model is lost.
const FAILURES: u32 = 1;

#[derive(Debug, Default)]
pub(super) struct Turns {
    pub active: Option<Active>,
    /// Asked for, and not seen to begin.
    pub asked: Option<(u64, Request)>,
    /// To be asked for when the model is free.
    pub wanted: Option<Request>,
    /// Tools called by the last response, not answered yet.
    pub tools: Option<ToolBatch>,
    /// Responses that must not be heard any more.
    muted: HashSet<String>,
    answered_calls: HashSet<String>,
    /// She is speaking.
    pub speech_open: bool,
    pub requests: u64,
    failures: u32,
}

#[derive(Debug)]
pub(super) struct Active {
    id: String,
    request: Option<Request>,
    why: Option<Why>,
    /// It came without our mark while this was asked for: it may be the answer.
    perhaps_for: Option<u64>,
    spoke: bool,
    calls: Vec<ToolCall>,
}

#[derive(Debug)]
pub(super) struct ToolBatch {
    pub calls: Vec<ToolCall>,
    pub spoke: bool,
    pub since: Duration,
}

impl Turns {
    /// The state in which the first words of a connection have been asked for.
    pub fn asked(request: Request) -> Self {
        Self { asked: Some((FIRST_REQUEST, request)), requests: FIRST_REQUEST, ..Self::default() }
    }

    /// Nothing runs, nothing is asked for, nobody speaks.
    pub fn is_idle(&self) -> bool {
        self.is_silent()
            && self.asked.is_none()
            && self.wanted.is_none()
            && self.tools.is_none()
            && !self.speech_open
    }

    /// No response runs that may still be heard.
    pub fn is_silent(&self) -> bool {
        self.active.as_ref().is_none_or(|active| self.muted.contains(&active.id))
    }

    /// Whether something we asked for, or shall ask for, is still to be said.
    pub fn expects_words(&self) -> bool {
        self.asked.is_some() || self.wanted.is_some()
    }

    /// Drops what was to be asked for.
    pub fn forget_wishes(&mut self) {
        self.wanted = None;
    }

    /// When unanswered tools are answered at the latest.
    pub fn tools_due(&self) -> Option<Duration> {
        self.tools.as_ref().map(|batch| batch.since + TRANSCRIPT_PATIENCE)
    }

    /// The running response, which begins here when its beginning was not announced.
    fn active(&mut self, response: &str) -> &mut Active {
        if self.active.as_ref().is_some_and(|active| active.id != response) {
            self.active = None;
        }
        self.active.get_or_insert_with(|| Active::new(response, None))
    }
}

impl Active {
    fn new(id: &str, why: Option<Why>) -> Self {
        Self { id: id.to_owned(), request: None, why, perhaps_for: None, spoke: false, calls: Vec::new() }
    }
}

/// Her own words will be answered unasked, so these need not be said.
pub(super) fn is_moot_while_she_speaks(why: Why) -> bool {
    matches!(why, Why::Nudge | Why::ToolsAnswered | Why::Judged | Why::Again)
}

impl Session {
    /// Something came from the model.
    pub fn on_model(&mut self, event: ModelEvent<'_>, now: Duration, out: &mut Vec<Command>) {
        if self.over {
            return;
        }
        match event {
            ModelEvent::Audio { response, item, content_index, audio } => {
                self.on_audio(&response, &item, content_index, &audio, now);
            }
            ModelEvent::AudioDone { item } => self.on_audio_done(&item),
            ModelEvent::Words { response, item, content_index, text } => {
                self.on_words(&response, &item, content_index, &text);
            }
            ModelEvent::WordsDone { item, text } => self.on_words_done(&item, text),
            ModelEvent::SpeechStarted { item } => self.on_speech_started(&item, now, out),
            ModelEvent::SpeechStopped { item } => self.on_speech_stopped(&item, now),
            ModelEvent::Heard { item, text } => self.on_heard(&item, text.as_deref(), now, out),
            ModelEvent::ResponseStarted { response, why } => {
                self.on_response_started(&response, why, now, out);
            }
            ModelEvent::ToolCalled { response, call } => self.on_tool_called(&response, call, now),
            ModelEvent::ResponseEnded { response, status, cost } => {
                self.on_response_ended(&response, status, cost, now, out);
            }
            ModelEvent::Complaint { fault, code, request } => {
                self.on_complaint(fault, &code, request, now, out);
            }
            ModelEvent::Nothing => {}
            ModelEvent::Unknown => self.counters.unknown_events += 1,
        }
        self.on_tick(now, out);
    }

    fn on_audio(&mut self, response: &str, item: &str, content_index: u32, audio: &[u8], now: Duration) {
        if self.turns.muted.contains(response) {
            self.counters.late_deltas += 1;
            // Never to be played, but it tells how long the whole sentence was.
            if let Some(index) = self.output.find(item, self.connection) {
                self.output.items[index].track.receive(audio.len() as u64);
            }
            return;
        }
        self.watch = Some(now + ANSWER_PATIENCE);
        self.turns.active(response).spoke = true;
        let index = self.output.item(item, response, self.connection, content_index);
        self.counters.overflowed_bytes += self.output.receive(index, audio) as u64;
    }

    fn on_audio_done(&mut self, item: &str) {
        if let Some(index) = self.output.find(item, self.connection) {
            self.output.finish(index);
        }
    }

    fn on_words(&mut self, response: &str, item: &str, content_index: u32, text: &str) {
        let known = self.output.find(item, self.connection);
        if known.is_none() && self.turns.muted.contains(response) {
            return;
        }
        let index = known.unwrap_or_else(|| self.output.item(item, response, self.connection, content_index));
        let item = &mut self.output.items[index];
        if !item.text_done {
            item.text.push_str(text);
        }
    }

    fn on_words_done(&mut self, item: &str, text: Cow<'_, str>) {
        if let Some(index) = self.output.find(item, self.connection) {
            let item = &mut self.output.items[index];
            item.text_done = true;
            if !text.is_empty() {
                item.text = text.into_owned();
            }
        }
    }

    fn on_speech_started(&mut self, item: &str, now: Duration, out: &mut Vec<Command>) {
        self.turns.speech_open = true;
        self.transcript.begin(item, now);
        self.answers.begin(item, now);
        self.silence.reset();
        // The goodbye is heard to its end: a "bye" of hers is no reason to cut it.
        if self.closing.has_begun() {
            return;
        }
        self.watch = None;
        self.barge_in(now, out);
    }

    /// She speaks over the coach: silence the line, and tell the model how much was heard.
    fn barge_in(&mut self, now: Duration, out: &mut Vec<Command>) {
        // The model stops its response by itself; what still comes of it must not be heard.
        if let Some(active) = &self.turns.active {
            self.turns.muted.insert(active.id.clone());
        }
        let cuts = self.output.cut(now, out);
        let Some(first) = cuts.first() else { return };
        self.barge_ins += 1;
        out.push(Command::Note(Note::BargeIn { heard_ms: whole_ms(first.heard) }));
        for cut in cuts {
            let item = &self.output.items[cut.item];
            let Some(id) = item.id.clone().filter(|_| item.connection == self.connection) else { continue };
            let heard_ms = whole_ms(cut.heard);
            // The vendor refuses to cut to nothing.
            out.push(if heard_ms == 0 {
                Command::Delete { item: id }
            } else {
                Command::Truncate { item: id, content_index: item.content_index, heard_ms }
            });
        }
    }

    fn on_speech_stopped(&mut self, item: &str, now: Duration) {
        self.turns.speech_open = false;
        self.transcript.end(item);
        if !self.closing.has_begun() {
            self.watch = Some(now + ANSWER_PATIENCE);
        }
    }

    fn on_heard(&mut self, item: &str, text: Option<&str>, now: Duration, out: &mut Vec<Command>) {
        self.answers.heard(item, text);
        let Some(said) = self.transcript.heard(item, text, now) else { return };
        let tongue = self.plan.language.tongue();
        let word = verdict::by_word(tongue, &self.plan.goodbye_words, &said.text);
        out.push(Command::Note(Note::Utterance(said)));
        // A goodbye with something outstanding is answered by the model, which knows what.
        if let Some(word) = word
            && self.hear_word(&word.evidence, out) == Worth::Done
            && self.conclude_if_done(now, out)
        {
            self.say_goodbye(now, out);
        }
    }

    fn on_response_started(
        &mut self,
        response: &str,
        why: Option<Why>,
        now: Duration,
        out: &mut Vec<Command>,
    ) {
        let mut active = Active::new(response, why);
        if let Some((_, request)) = self.turns.asked.take_if(|(_, request)| Some(request.why) == why) {
            active.request = Some(request);
        }
        if why.is_none() {
            active.perhaps_for = self.turns.asked.as_ref().map(|(number, _)| *number);
        }
        self.turns.active = Some(active);
        if self.watch.is_none() || self.first_audio_after.is_some() {
            self.watch = Some(now + ANSWER_PATIENCE);
        }
        let overtaken =
            self.turns.speech_open && why.is_some_and(is_moot_while_she_speaks) && !self.closing.has_begun();
        if overtaken {
            out.push(Command::Cancel { response: response.to_owned() });
        }
        if overtaken || self.closing.is_heard_out_without_model() {
            self.turns.muted.insert(response.to_owned());
        }
    }

    fn on_tool_called(&mut self, response: &str, call: ToolCall, now: Duration) {
        self.watch = Some(now + ANSWER_PATIENCE);
        if self.turns.answered_calls.insert(call.id.clone()) {
            self.turns.active(response).calls.push(call);
        }
    }

    fn on_response_ended(
        &mut self,
        response: &str,
        status: ResponseStatus,
        cost: MicroDollars,
        now: Duration,
        out: &mut Vec<Command>,
    ) {
        self.cost += cost;
        self.output.finish_response(response);
        let ended = self.turns.active.take_if(|active| active.id == response);
        let ended = ended.unwrap_or_else(|| Active::new(response, None));
        if !self.reconnecting {
            self.watch = None;
        }
        if let ResponseStatus::Failed { fault, code } = status {
            return self.on_response_failed(fault, &code, ended, now, out);
        }
        // A request in the way of this response would have been complained of by now: this was its answer,
        // from a model that leaves our marks out. Waiting on would mean never to ask again.
        self.turns.asked.take_if(|(number, _)| Some(*number) == ended.perhaps_for);
        let nothing_said = !ended.spoke && ended.calls.is_empty();
        if nothing_said
            && status == ResponseStatus::Completed
            && matches!(ended.why, Some(Why::Greeting | Why::Reseeded))
        {
            return self.on_response_failed(Fault::Passing, "nothing was said", ended, now, out);
        }
        self.turns.failures = 0;
        if ended.spoke && !self.turns.muted.contains(response) {
            self.after_speech(ended.why, now);
        }
        if !ended.calls.is_empty() {
            self.turns.tools = Some(ToolBatch { calls: ended.calls, spoke: ended.spoke, since: now });
        }
        self.ask_wanted(now, out);
    }

    fn on_response_failed(
        &mut self,
        fault: Fault,
        code: &str,
        ended: Active,
        now: Duration,
        out: &mut Vec<Command>,
    ) {
        self.turns.failures += 1;
        if fault == Fault::Fatal || fault == Fault::ConnectionOver || self.turns.failures > FAILURES {
            return self.lose_model(code, fault != Fault::Fatal, now, out);
        }
        let again = ended.request.unwrap_or(Request { why: Why::Again, instructions: None });
        self.want(again, now, out);
    }

    fn on_complaint(
        &mut self,
        fault: Fault,
        code: &str,
        request: Option<u64>,
        now: Duration,
        out: &mut Vec<Command>,
    ) {
        let refused =
            self.turns.asked.take_if(|(number, _)| Some(*number) == request).map(|(_, request)| request);
        match (fault, refused) {
            (Fault::Fatal, _) => self.lose_model(code, false, now, out),
            (Fault::ConnectionOver, _) => self.lose_model(code, true, now, out),
            // The response that is in the way ends before long; then it is asked for again.
            (Fault::AlreadyAnswering, Some(request)) if self.turns.active.is_some() => {
                self.want(request, now, out);
            }
            (_, Some(request)) => {
                let ended = Active { request: Some(request), ..Active::new("", None) };
                self.on_response_failed(Fault::Passing, code, ended, now, out);
            }
            (_, None) => self.counters.harmless_errors += 1,
        }
    }
}
