//! What we ask of the model, and when: one response at a time, tools answered before the next.

use std::time::Duration;

use super::ANSWER_PATIENCE;
use super::Session;
use super::tools::{self, CHECK_ANSWER, CONFIRM_AWAKE, Facts, SNOOZE, Wish};
use super::turns::{TRANSCRIPT_PATIENCE, is_moot_while_she_speaks};
use crate::coach::proving::Worth;
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
        let rests_on_words = batch.calls.iter().any(|call| call.name != SNOOZE);
        if rests_on_words && self.transcript.awaits_words() && now < batch.since + TRANSCRIPT_PATIENCE {
            return;
        }
        let Some(mut batch) = self.turns.tools.take() else { return };
        // A claim and the end may come together, in either order.
        batch.calls.sort_by_key(|call| ![CONFIRM_AWAKE, CHECK_ANSWER].contains(&call.name.as_str()));
        let mut last = None;
        for call in &batch.calls {
            let conversation = self.transcript.so_far(&self.output, now);
            let facts = Facts {
                tongue: self.plan.language.tongue(),
                conversation: &conversation,
                snooze_allowed: self.plan.snooze_allowed && self.verdict.is_none(),
            };
            let wish = tools::read(call, facts);
            let (granted, message) = self.grant(&wish, now, out);
            out.push(Command::AnswerTool { id: call.id.clone(), output: tools::answer(granted, &message) });
            if granted && matches!(wish, Wish::End | Wish::Snooze(_)) {
                last = Some(wish);
            }
        }
        match last {
            Some(Wish::End) => self.end_after_goodbye(batch.spoke, now, out),
            Some(Wish::Snooze(minutes)) => self.end_with_snooze(minutes, None, now, out),
            _ => self.want(Request { why: Why::ToolsAnswered, instructions: None }, now, out),
        }
    }

    /// Whether a wish is granted, and what the model is told.
    fn grant(&mut self, wish: &Wish, now: Duration, out: &mut Vec<Command>) -> (bool, String) {
        match wish {
            Wish::Nothing(why) => (false, why.clone()),
            Wish::Snooze(minutes) => {
                let say =
                    format!("Granted. Say in one short sentence that you call again in {minutes} minutes.");
                (true, say)
            }
            Wish::Believe(evidence) => self.grant_belief(evidence, true, now, out),
            Wish::BelieveUnwritten(evidence) => self.grant_belief(evidence, false, now, out),
            Wish::Check => {
                let worth = self.judge_words(false, out);
                self.conclude_if_done(now, out);
                (matches!(worth, Worth::Right | Worth::Done), self.judgement(worth))
            }
            Wish::End => {
                self.judge_words(true, out);
                if self.conclude_if_done(now, out) {
                    return (true, "The call ends after your goodbye.".to_owned());
                }
                (false, format!("Not yet: she is not proved to be up. {}", self.next_step()))
            }
        }
    }

    fn grant_belief(
        &mut self,
        evidence: &str,
        written: bool,
        now: Duration,
        out: &mut Vec<Command>,
    ) -> (bool, String) {
        self.judge_words(true, out);
        let news = self.believe(evidence, written, out) != Worth::NoAnswer;
        let up = self.conclude_if_done(now, out);
        let word = match (up, news && self.proving.has_task()) {
            (true, _) => "Confirmed.",
            // One thing more, which no model can be talked out of.
            (false, true) => "Noted.",
            (false, false) if news => "Confirmed.",
            (false, false) => "Noted, but something else is asked for now.",
        };
        (news || up, format!("{word} {}", self.next_step()))
    }
}
