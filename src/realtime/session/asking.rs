//! What we ask of the model, and when: one response at a time, tools answered before the next.

use std::time::Duration;

use super::ANSWER_PATIENCE;
use super::Session;
use super::tools::{self, CONFIRM_AWAKE, Effect, Facts};
use super::turns::{TRANSCRIPT_PATIENCE, is_moot_while_she_speaks};
use crate::realtime::events::{Command, Request, Why};

impl Session {
    /// Asks the model for a response as soon as it is free. Nothing takes the place of the last words.
    pub(super) fn want(&mut self, request: Request, now: Duration, out: &mut Vec<Command>) {
        let waits = self.turns.wanted.as_ref().is_some_and(|waiting| waiting.why == Why::Goodbye);
        if !waits {
            self.turns.wanted = Some(request);
        }
        self.ask_wanted(now, out);
    }

    pub(super) fn ask_wanted(&mut self, now: Duration, out: &mut Vec<Command>) {
        let turns = &mut self.turns;
        let busy = turns.active.is_some() || turns.asked.is_some() || turns.tools.is_some();
        if busy || self.reconnecting || self.over {
            return;
        }
        if turns.speech_open {
            if !self.closing.has_begun() {
                turns.wanted.take_if(|request| is_moot_while_she_speaks(request.why));
            }
            return;
        }
        let Some(request) = turns.wanted.take() else { return };
        turns.requests += 1;
        out.push(Command::Ask { request: turns.requests, ask: request.clone() });
        turns.asked = Some((turns.requests, request));
        self.watch = Some(now + ANSWER_PATIENCE);
    }

    /// Answers the tools of the last response, then asks for one response to all of them.
    pub(super) fn answer_tools(&mut self, now: Duration, out: &mut Vec<Command>) {
        let Some(batch) = &self.turns.tools else { return };
        let claims = batch.calls.iter().any(|call| call.name == CONFIRM_AWAKE);
        if claims && self.transcript.awaits_words() && now < batch.since + TRANSCRIPT_PATIENCE {
            return;
        }
        let Some(mut batch) = self.turns.tools.take() else { return };
        // A verdict and the end may come together, in either order.
        batch.calls.sort_by_key(|call| call.name != CONFIRM_AWAKE);
        let mut last = Effect::None;
        for call in &batch.calls {
            let conversation = self.transcript.so_far(&self.output, now);
            let facts = Facts {
                conversation: &conversation,
                confirmed: self.verdict.is_some(),
                snooze_allowed: self.plan.snooze_allowed && self.verdict.is_none(),
            };
            let (effect, output) = tools::run(call, facts);
            out.push(Command::AnswerTool { id: call.id.clone(), output });
            match effect {
                Effect::Confirmed(verdict) => self.conclude(verdict, now, out),
                Effect::None => {}
                ends => last = ends,
            }
        }
        match last {
            Effect::End => self.end_after_goodbye(batch.spoke, now, out),
            Effect::Snooze(minutes) => self.end_with_snooze(minutes, now, out),
            _ => self.want(Request { why: Why::ToolsAnswered, instructions: None }, now, out),
        }
    }
}
