//! A sleeper during one call: what she does next, given when the coach is audible.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::ear::Ear;
use super::{Act, By, Sleeper, When, Wits};
use crate::simulator::voices::numerals::{Question, Task, Tongue, spelled};
use crate::simulator::voices::{self, Voice};

/// Between two keys.
const KEY_GAP: Duration = Duration::from_millis(330);

/// Pauses shorter than this do not end what the coach is saying: the network delivers in gulps.
const BREATH: Duration = Duration::from_millis(300);

/// So long after the coach's last word she has understood him.
const UNDERSTANDING: Duration = Duration::from_millis(300);

/// A beep of an answering machine.
const BEEP: Duration = Duration::from_millis(400);

/// What she does at a moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Doing {
    /// Begins to speak; the sound is whole frames.
    Begins { text: String, sound: Bytes, confidence: f32 },
    /// Has said it.
    Finishes { text: String, confidence: f32 },
    /// Presses a key.
    Presses(char),
    /// Puts the telephone down.
    HangsUp,
}

#[derive(Debug)]
struct Utterance {
    text: String,
    confidence: f32,
    until: Duration,
}

/// A sleeper during one call; moments are measured from whatever origin the caller likes.
#[derive(Debug)]
pub(crate) struct Person {
    script: VecDeque<Act>,
    /// When her last act was over.
    rests_since: Duration,
    /// Since when the coach has been speaking, short breaths overlooked.
    coach_since: Option<Duration>,
    /// When he stopped; `None` while he speaks and until he has spoken since her last act.
    quiet_since: Option<Duration>,
    speaking: Option<Utterance>,
    keys: VecDeque<char>,
    next_key_at: Duration,
    wits: Option<Wits>,
    ear: Ear,
    open: Option<Open>,
}

/// A task that she has understood and not answered.
#[derive(Debug)]
struct Open {
    question: Question,
    /// When he had asked it.
    asked_at: Duration,
}

impl Person {
    /// She has just answered.
    pub(crate) fn new(sleeper: Sleeper, now: Duration) -> Self {
        Self {
            wits: sleeper.wits,
            ear: Ear::default(),
            open: None,
            script: sleeper.whole_script(),
            rests_since: now,
            coach_since: None,
            quiet_since: None,
            speaking: None,
            keys: VecDeque::new(),
            next_key_at: now,
        }
    }

    /// The coach became audible.
    pub(crate) fn coach_speaks(&mut self, now: Duration) {
        let went_on = self.quiet_since.take().is_some_and(|since| now.saturating_sub(since) < BREATH);
        if !went_on || self.coach_since.is_none() {
            self.coach_since = Some(now);
        }
    }

    /// The coach fell silent.
    pub(crate) fn coach_pauses(&mut self, now: Duration) {
        self.quiet_since = Some(now);
    }

    /// The coach's words are read to her.
    pub(crate) fn hears(&mut self, words: &str) {
        if self.attends() {
            self.ear.words(words);
        }
    }

    /// The coach's voice is played to her from `at` on.
    pub(crate) fn listens(&mut self, at: Duration, mulaw: &[u8]) {
        if self.attends() {
            self.ear.sound(at, mulaw);
        }
    }

    /// Most people need not understand a word.
    fn attends(&self) -> bool {
        let is_task = |act: &Act| matches!(act, Act::Solve { .. } | Act::GiveDigits { .. });
        self.wits.is_some() || self.script.iter().any(is_task)
    }

    /// When she will next do something if the coach goes on as he is; `None`: never.
    pub(crate) fn due(&self) -> Option<Duration> {
        if let Some(utterance) = &self.speaking {
            return Some(utterance.until);
        }
        if !self.keys.is_empty() {
            return Some(self.next_key_at);
        }
        let acts_at = match self.reaction() {
            Some(act) => self.due_of(&act),
            None => self.script.front().and_then(|act| self.due_of(act)),
        };
        [self.understands_at(), acts_at].into_iter().flatten().min()
    }

    /// What she does about an open task before her script goes on, if she has her wits about her.
    fn reaction(&self) -> Option<Act> {
        let Wits { by, wrong_sums, after } = self.wits?;
        Some(match self.open.as_ref()?.question.task {
            Task::Sum(_) => Act::Solve { right: wrong_sums == 0, by, after },
            Task::Digits(_) => Act::GiveDigits { right: true, by, after },
        })
    }

    /// When she will have thought about what she heard.
    fn understands_at(&self) -> Option<Duration> {
        Some(self.quiet_since.filter(|_| self.ear.is_fresh())? + UNDERSTANDING)
    }

    fn due_of(&self, act: &Act) -> Option<Duration> {
        match act {
            Act::Interrupt { into_coach, .. } => {
                let since = self.coach_since.filter(|_| self.quiet_since.is_none())?;
                Some(since.max(self.rests_since) + *into_coach)
            }
            Act::StaySilent(length) => Some(self.rests_since + *length),
            Act::Say { after, .. }
            | Act::Mumble { after, .. }
            | Act::Press { after, .. }
            | Act::Beep { after }
            | Act::HangUp { after } => self.moment(*after),
            Act::Solve { after, .. } | Act::GiveDigits { after, .. } => {
                let asked_at = self.open_for(act)?.asked_at;
                match after {
                    When::After(length) => Some((asked_at + *length).max(self.rests_since)),
                    When::CoachPauses(_) => self.moment(*after),
                }
            }
        }
    }

    /// The open task, if it is the one that `act` answers.
    fn open_for(&self, act: &Act) -> Option<&Open> {
        self.open.as_ref().filter(|open| {
            matches!(
                (&open.question.task, act),
                (Task::Sum(_), Act::Solve { .. }) | (Task::Digits(_), Act::GiveDigits { .. })
            )
        })
    }

    fn moment(&self, when: When) -> Option<Duration> {
        match when {
            When::After(length) => Some(self.rests_since + length),
            When::CoachPauses(length) => Some(self.quiet_since?.max(self.rests_since) + length),
        }
    }

    /// Does what is due at `now`; `None` when that is nothing that anybody could notice.
    pub(crate) fn act(&mut self, now: Duration) -> Option<Doing> {
        if self.understands_at().is_some_and(|at| at <= now) {
            self.understand();
        }
        if self.due()? > now {
            return None;
        }
        if let Some(Utterance { text, confidence, .. }) = self.speaking.take() {
            self.rest(now);
            return Some(Doing::Finishes { text, confidence });
        }
        if let Some(key) = self.keys.pop_front() {
            self.next_key_at = now + KEY_GAP;
            self.rest(now);
            return Some(Doing::Presses(key));
        }
        let act = match self.reaction() {
            Some(act) => act,
            None => self.script.pop_front()?,
        };
        match act {
            Act::Say { text, .. } | Act::Interrupt { text, .. } => Some(self.begin(now, text, 0.93)),
            Act::Mumble { text, .. } => Some(self.begin(now, text, 0.31)),
            Act::Beep { .. } => Some(self.sound(now, String::new(), beep(), 0.0)),
            Act::StaySilent(_) => {
                self.rest(now);
                self.act(now)
            }
            Act::Press { digits, .. } => {
                self.keys = digits.chars().collect();
                self.next_key_at = now;
                self.act(now)
            }
            Act::Solve { right, by, .. } | Act::GiveDigits { right, by, .. } => self.answer(now, right, by),
            Act::HangUp { .. } => Some(Doing::HangsUp),
        }
    }

    /// Thinks about what she heard.
    fn understand(&mut self) {
        let asked_at = self.quiet_since.unwrap_or(self.rests_since);
        if let Some(question) = self.ear.understand() {
            // Asked again while she thinks is asked once.
            let known = self.open.take().filter(|open| open.question == question);
            self.open = Some(known.unwrap_or(Open { question, asked_at }));
        }
    }

    /// Answers the open task.
    fn answer(&mut self, now: Duration, right: bool, by: By) -> Option<Doing> {
        let Question { task, tongue } = self.open.take()?.question;
        self.ear.forget();
        if let (Task::Sum(_), Some(wits)) = (&task, &mut self.wits) {
            wits.wrong_sums = wits.wrong_sums.saturating_sub(1);
        }
        let given = given(&task, right);
        if by == By::Keys {
            self.keys = given.chars().filter(char::is_ascii_digit).collect();
            self.next_key_at = now;
            return self.act(now);
        }
        Some(self.begin(now, in_words(&task, given, tongue), 0.93))
    }

    fn begin(&mut self, now: Duration, text: String, confidence: f32) -> Doing {
        let sound = voices::speech_for(&text, Voice::Sleeper);
        self.sound(now, text, sound, confidence)
    }

    fn sound(&mut self, now: Duration, text: String, sound: Bytes, confidence: f32) -> Doing {
        let until = now + Duration::from_micros(sound.len() as u64 * 125);
        self.speaking = Some(Utterance { text: text.clone(), confidence, until });
        Doing::Begins { text, sound, confidence }
    }

    /// An act is over: what the coach said before it no longer invites the next one.
    fn rest(&mut self, now: Duration) {
        self.rests_since = now;
        // What he said before she spoke is thought about now, for it goes out of her mind.
        if self.ear.is_fresh() {
            self.understand();
        }
        self.ear.forget();
        if self.quiet_since.take().is_some() {
            self.coach_since = None;
        }
    }
}

/// The answer to a task, in digits.
fn given(task: &Task, right: bool) -> String {
    match task {
        Task::Sum(answer) => (answer + i64::from(!right)).to_string(),
        Task::Digits(digits) if right => digits.clone(),
        Task::Digits(digits) => {
            digits.replacen(char::is_numeric, if digits.starts_with('1') { "2" } else { "1" }, 1)
        }
    }
}

/// An answer as it is said: digits one by one.
fn in_words(task: &Task, given: String, tongue: Tongue) -> String {
    let numbers = match task {
        Task::Sum(_) => vec![given],
        Task::Digits(_) => given.chars().map(String::from).collect(),
    };
    let word =
        |number: String| number.parse().ok().and_then(|known| spelled(known, tongue)).unwrap_or(number);
    format!("{}.", numbers.into_iter().map(word).collect::<Vec<_>>().join(" "))
}

/// A thousand-hertz tone: eight samples a period, as mu-law.
fn beep() -> Bytes {
    const PERIOD: [u8; 8] = [0xff, 0x95, 0x8f, 0x95, 0xff, 0x15, 0x0f, 0x15];
    let samples = usize::try_from(BEEP.as_millis() * 8).expect("a beep is short");
    PERIOD.into_iter().cycle().take(samples).collect()
}

#[cfg(test)]
mod tests;
