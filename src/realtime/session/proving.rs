//! The proofs in a live call: the program draws the tasks and judges the answers, the model only speaks.
//!
//! What counts is what the transcriber heard or the keypad sent, never what the model claims to have heard:
//! a model can be talked into anything.

use std::time::Duration;

use super::Session;
use crate::coach::proving::{Given, Worth};
use crate::coach::script::{self, Stage};
use crate::domain::proof::Proof;
use crate::domain::wake_up::SNOOZE_MINUTES;
use crate::realtime::events::{Command, Request, Why};
use crate::realtime::report::Note;

/// Keys kept between two judgements; whoever leans on the keypad fills no memory.
const KEYS_KEPT: usize = 32;

/// Her answers on their way to a judgement.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Since when the coach has been heard to the end: from then on she is thinking.
    quiet_since: Option<Duration>,
    /// How long she thought before answers whose words have not come.
    thinking: Vec<(String, Duration)>,
    /// Her latest words, and how long she thought before them.
    words: Option<(String, Option<Duration>)>,
    keys: String,
}

impl Answers {
    /// Tells whether the coach is silent.
    pub fn observe(&mut self, quiet: bool, now: Duration) {
        self.quiet_since = quiet.then(|| self.quiet_since.unwrap_or(now));
    }

    /// She began to speak. Into the coach's words: then she needed no time at all.
    pub fn begin(&mut self, item: &str, now: Duration) {
        self.thinking.push((item.to_owned(), self.thought_for(now)));
    }

    fn thought_for(&self, now: Duration) -> Duration {
        self.quiet_since.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }

    /// Her words have come, or never will.
    pub fn heard(&mut self, item: &str, text: Option<&str>) {
        let place = self.thinking.iter().position(|(known, _)| known == item);
        let took = place.map(|place| self.thinking.remove(place).1);
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            self.words = Some((text.to_owned(), took));
        }
    }

    /// The connection that would have brought her words is gone.
    pub fn forget(&mut self) {
        self.thinking.clear();
    }
}

impl Session {
    /// Judges her latest words, once. With `only_right` a wrong answer is left for later: perhaps it was
    /// none, and the task had not even been put.
    pub(super) fn judge_words(&mut self, only_right: bool, out: &mut Vec<Command>) -> Worth {
        let Some((words, took)) = self.answers.words.take() else { return Worth::NoAnswer };
        let tongue = self.plan.language.tongue();
        let mut after = self.proving.clone();
        let worth = after.hear(Given::Said(&words), took, tongue);
        if only_right && !matches!(worth, Worth::Right | Worth::Done) {
            self.answers.words = Some((words, took));
            return Worth::NoAnswer;
        }
        self.keep_proving(after, out);
        worth
    }

    /// A key of an answer; judged when there are enough of them, or at the sign that ends them.
    pub(super) fn judge_key(&mut self, key: char, now: Duration, out: &mut Vec<Command>) {
        let Some(wanted) = self.proving.digits() else { return };
        if key.is_ascii_digit() && self.answers.keys.len() < KEYS_KEPT {
            self.answers.keys.push(key);
        }
        let enough = self.answers.keys.len() >= usize::from(wanted);
        if self.answers.keys.is_empty() || !(enough || key == '#') {
            return;
        }
        let keys = std::mem::take(&mut self.answers.keys);
        let took = Some(self.answers.thought_for(now));
        let mut after = self.proving.clone();
        let worth = after.hear(Given::Pressed(&keys), took, self.plan.language.tongue());
        self.keep_proving(after, out);
        self.announce(&format!("Keys were pressed. {}", self.judgement(worth)), now, out);
    }

    /// The snooze key, where no keys are asked for: there it would be the first digit of an answer. True when
    /// it was that.
    pub(super) fn snooze_by_key(&mut self, key: char, now: Duration, out: &mut Vec<Command>) -> bool {
        let asked_for = self.proving.digits().is_some() || self.verdict.is_some() || self.closing.has_begun();
        if self.plan.snooze_key != Some(key) || asked_for {
            return false;
        }
        if !self.plan.snooze_allowed {
            self.announce("She pressed the snooze key, but no snooze is left. Say so kindly.", now, out);
            return true;
        }
        let minutes = u32::try_from(SNOOZE_MINUTES).unwrap_or(u32::MAX);
        let line = script::line(self.plan.language.tongue(), Stage::SnoozeGranted, 0);
        // Word for word, and also where a model that reads no notes looks: a question now would wake her.
        let exactly = format!("Say exactly: \"{line}\" Ask nothing, and say nothing else.");
        out.push(Command::Tell(format!(
            "(Note from the telephone.) She pressed the snooze key, and it is granted. {exactly}"
        )));
        self.end_with_snooze(minutes, Some(exactly), now, out);
        true
    }

    /// Something was seen from outside the call.
    pub(super) fn see(&mut self, proof: Proof, reason: &str, now: Duration, out: &mut Vec<Command>) {
        let mut after = self.proving.clone();
        if after.saw(proof, reason) == Worth::NoAnswer {
            return;
        }
        self.keep_proving(after, out);
        self.announce(&format!("Seen: {reason}. Praise it in three words. {}", self.next_step()), now, out);
    }

    /// Nobody answered: a sum is lost, for whoever needs a nudge was too slow. What the model is told then,
    /// with the task that stands open now.
    pub(super) fn after_silence(&mut self, nudge: String, out: &mut Vec<Command>) -> String {
        let mut after = self.proving.clone();
        after.silent();
        self.keep_proving(after, out);
        if self.proving.has_task() { format!("{nudge}\n{}", self.next_step()) } else { nudge }
    }

    /// Tells the model what was judged without its asking; when all is seen, the goodbye comes at once.
    fn announce(&mut self, what: &str, now: Duration, out: &mut Vec<Command>) {
        if self.conclude_if_done(now, out) {
            return self.say_goodbye(now, out);
        }
        out.push(Command::Tell(format!("(Note from the telephone.) {what}")));
        self.want(Request { why: Why::Judged, instructions: None }, now, out);
    }

    /// The verdict, once nothing is outstanding; true when it stands.
    pub(super) fn conclude_if_done(&mut self, now: Duration, out: &mut Vec<Command>) -> bool {
        if let Some(verdict) = self.proving.verdict() {
            self.conclude(verdict, now, out);
        }
        self.verdict.is_some()
    }

    fn keep_proving(&mut self, after: crate::coach::proving::Proving, out: &mut Vec<Command>) {
        if self.proving != after {
            self.proving = after;
            out.push(Command::Note(Note::Proving(Box::new(self.proving.clone()))));
        }
    }

    /// She said the word.
    pub(super) fn hear_word(&mut self, reason: &str, out: &mut Vec<Command>) -> Worth {
        let mut after = self.proving.clone();
        let worth = after.hear_word(reason);
        self.keep_proving(after, out);
        worth
    }

    /// The model believes that the talk has proved it.
    pub(super) fn believe(&mut self, evidence: &str, written: bool, out: &mut Vec<Command>) -> Worth {
        let mut after = self.proving.clone();
        let worth = if written {
            after.saw(Proof::Conversation, evidence)
        } else {
            after.heard_without_words(evidence)
        };
        self.keep_proving(after, out);
        worth
    }

    /// What the model is told of an answer.
    pub(super) fn judgement(&self, worth: Worth) -> String {
        let verdict = match worth {
            Worth::Done => "Right, and that was the last task.",
            Worth::Right => "Right.",
            Worth::TooSlow => "Right, but too slow to count: say so kindly.",
            Worth::Wrong => "Wrong: say so kindly, without the right answer.",
            Worth::NoAnswer => "No answer to the task was heard; keys on the telephone count as well.",
        };
        format!("{verdict} {}", self.next_step())
    }

    /// What the model is to do now.
    pub(super) fn next_step(&self) -> String {
        let variant = u32::try_from(self.turns.requests).unwrap_or_default();
        match (self.proving.open(), self.proving.task(self.plan.language.tongue(), variant)) {
            (None, _) => "Say goodbye in one sentence, then call end_call.".to_owned(),
            (_, Some(task)) => format!("Now say exactly: \"{task}\""),
            (Some(Proof::Word), None) => "Ask for a goodbye, which ends the call.".to_owned(),
            (Some(_), None) => "Ask for one thing more, then call confirm_awake.".to_owned(),
        }
    }
}
