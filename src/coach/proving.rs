//! What one call still has to see before she counts as up, and whether an answer counts.
//!
//! Pure, and kept with the attempt as JSON: any turn, and the other mode after a fall back, goes on with
//! the very task that is open. Everything random is drawn when the call begins, so that neither the
//! sleeper nor a model knows an answer beforehand, and no model decides what is right.

mod pace;
mod sum;

use std::time::Duration;

use rand::{Rng, RngExt as _};
use serde::{Deserialize, Serialize};

use super::language::{Tongue, digit_by_digit};
use super::script::{self, Stage};
use super::verdict::Verdict;
use crate::domain::proof::{Proof, Proofs};
use crate::planted::{Planted, is_planted};
pub use pace::{ANSWER_WITHIN, answer_limit};
pub use sum::Sum;
use sum::{Before, Late};

/// Sums drawn for one call: five rounds, more than eight minutes hold.
const SUMS: usize = 15;
/// Sums in a round, and how many of them must be right in time.
const ROUND: u8 = 3;
const RIGHT_IN_ROUND: u8 = 2;
/// Sums after a talk that convinced, and after one of which no word was written down.
const SUMS_AFTER_TALK: u8 = 1;
const SUMS_WITHOUT_WORDS: u8 = 2;
/// A sum after talk only has to show that somebody is thinking.
const AFTER_TALK_WITHIN: Duration = Duration::from_secs(15);
/// Digits to press: few enough to keep in mind half awake.
const KEY_DIGITS: usize = 3;

/// What she answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// Words, as recognised.
    Said(&'a str),
    /// Keys.
    Pressed(&'a str),
}

/// What an answer was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It does not answer what is open.
    NoAnswer,
    /// Right, and that was the last thing asked of her.
    Done,
    /// Right; something else, or one more, is open now.
    Right,
    /// Right, but too slow to count.
    TooSlow,
    /// Wrong.
    Wrong,
}

/// How far a call has come with its proofs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proving {
    wanted: Proofs,
    seen: Proofs,
    key: String,
    code: String,
    sums: Vec<Sum>,
    sum: usize,
    tried: u8,
    right: u8,
    limit_ms: u64,
    reasons: Vec<(Proof, String)>,
    /// Right answers of this call, in milliseconds, for her own pace.
    times_ms: Vec<u64>,
    /// The sum before the one that is open, while an answer to it may still come.
    #[serde(default)]
    before: Option<Before>,
    /// True for a call that only checks that she has stayed up.
    check: bool,
    /// True when a goodbye ends the call whatever else is wanted.
    word_is_enough: bool,
    /// What the talk has shown, while sums are still to show that it was no sleepwalker's.
    #[serde(default)]
    talk: Option<Talk>,
}

/// A conversation that convinced whoever held it: a model that can be talked round, or a script that only
/// counts. What the program knows the answer to must come on top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Talk {
    reason: String,
    sums_left: u8,
}

// The digits would let whoever reads a log prove her up.
impl std::fmt::Debug for Proving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wanted, seen, .. } = self;
        f.debug_struct("Proving").field("wanted", wanted).field("seen", seen).finish_non_exhaustive()
    }
}

impl Proving {
    /// A call that asks for `wanted`; `code` is today's code, `limit` how long a sum may take her.
    pub fn begin(wanted: Proofs, code: &str, limit: Duration, rng: &mut impl Rng) -> Self {
        // A key asked for as 1 1 1 is pressed by a cheek on the pillow.
        let key = loop {
            let drawn: Vec<u8> = (0..KEY_DIGITS).map(|_| rng.random_range(1..=9)).collect();
            if drawn.windows(2).all(|pair| pair[0] != pair[1]) {
                break drawn.iter().map(u8::to_string).collect();
            }
        };
        Self {
            wanted,
            seen: Proofs::NONE,
            key,
            code: code.to_owned(),
            sums: (0..SUMS).map(|_| Sum::draw(rng)).collect(),
            sum: 0,
            tried: 0,
            right: 0,
            limit_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX),
            reasons: Vec::new(),
            times_ms: Vec::new(),
            before: None,
            check: false,
            word_is_enough: false,
            talk: None,
        }
    }

    /// A call that checks whether she has stayed up: the digits are enough, a mumble is not.
    pub fn check(rng: &mut impl Rng) -> Self {
        Self { check: true, ..Self::begin(Proofs::of(&[Proof::Key]), "", ANSWER_WITHIN, rng) }
    }

    /// The same, in which a goodbye ends the call whatever else is wanted.
    #[must_use]
    pub fn believing_a_goodbye(self) -> Self {
        Self { word_is_enough: true, ..self }
    }

    /// What has not been seen yet.
    pub fn outstanding(&self) -> Proofs {
        self.wanted.without(self.seen)
    }

    /// True when nothing is outstanding.
    pub fn is_done(&self) -> bool {
        self.outstanding().is_empty()
    }

    /// What is asked of her now; `None` when nothing is outstanding. Talk comes first, the word last.
    pub fn open(&self) -> Option<Proof> {
        self.outstanding().iter().next()
    }

    /// True while a task stands open that has one right answer, or one right place.
    pub fn has_task(&self) -> bool {
        self.asks_sum() || self.open().is_some_and(|open| !matches!(open, Proof::Conversation | Proof::Word))
    }

    /// True when tasks stand open, or will.
    pub fn will_have_tasks(&self) -> bool {
        !self.outstanding().without(Proofs::of(&[Proof::Word])).is_empty()
    }

    /// True while a sum is asked: as a proof of its own, or after talk.
    fn asks_sum(&self) -> bool {
        match self.open() {
            Some(Proof::Sum) => true,
            Some(Proof::Conversation) => self.talk.is_some(),
            _ => false,
        }
    }

    /// How many digits the open task is answered with on the keypad; `None` when it is not.
    pub fn digits(&self) -> Option<u8> {
        let digits = match self.open()? {
            _ if self.asks_sum() => self.current().answer().to_string().len(),
            Proof::Key => self.key.len(),
            Proof::Code => self.code.len(),
            Proof::Sum | Proof::Conversation | Proof::Place | Proof::Word => return None,
        };
        u8::try_from(digits).ok()
    }

    /// The open task in words; `None` when there is none to put.
    pub fn task(&self, tongue: Tongue, turn: u32) -> Option<String> {
        match self.open()? {
            _ if self.asks_sum() => {
                let sum = self.current().in_words(tongue);
                Some(script::line_with(tongue, Stage::AskSum, turn, &[("sum", &sum)]))
            }
            Proof::Key => {
                let digits = digit_by_digit(&self.key);
                Some(script::line_with(tongue, Stage::PressDigits, turn, &[("digits", &digits)]))
            }
            Proof::Code => Some(script::line(tongue, Stage::AskCode, turn)),
            Proof::Place => Some(script::line(tongue, Stage::AskPlace, turn)),
            Proof::Sum | Proof::Conversation | Proof::Word => None,
        }
    }

    /// Takes in an answer to the open task. `took` is from the end of the question to her first word;
    /// `None` when nobody could tell.
    pub fn hear(&mut self, given: Given<'_>, took: Option<Duration>, tongue: Tongue) -> Worth {
        match self.open() {
            _ if self.asks_sum() => self.sum_heard(given, took, tongue),
            Some(Proof::Key) => self.digits_heard(Proof::Key, given, tongue),
            Some(Proof::Code) => self.digits_heard(Proof::Code, given, tongue),
            _ => Worth::NoAnswer,
        }
    }

    fn digits_heard(&mut self, proof: Proof, given: Given<'_>, tongue: Tongue) -> Worth {
        let wanted = if proof == Proof::Key { self.key.clone() } else { self.code.clone() };
        let right = match given {
            Given::Said(words)
                if tongue.number_in(words).is_none() && !tongue.says_digits(words, &wanted) =>
            {
                return Worth::NoAnswer;
            }
            Given::Said(words) => tongue.says_digits(words, &wanted),
            Given::Pressed(keys) => pressed(keys) == wanted,
        };
        if !right || wanted.is_empty() {
            return Worth::Wrong;
        }
        let how = if matches!(given, Given::Pressed(_)) { "pressed" } else { "said" };
        let what = if proof == Proof::Key { "the digits asked for" } else { "the code of the day" };
        self.saw(proof, &format!("{how} {what}"))
    }

    fn sum_heard(&mut self, given: Given<'_>, took: Option<Duration>, tongue: Tongue) -> Worth {
        let answer = match given {
            Given::Said(words) => tongue.number_in(words),
            Given::Pressed(keys) => Some(pressed(keys).parse().unwrap_or(-1)),
        };
        let Some(answer) = answer else { return Worth::NoAnswer };
        let right = answer == self.current().answer();
        if !right && let Some(worth) = self.before_heard(answer) {
            return worth;
        }
        let limit = Duration::from_millis(self.limit_ms);
        let limit = if self.talk.is_some() { limit.max(AFTER_TALK_WITHIN) } else { limit };
        let slow = took.is_some_and(|took| took > limit);
        if right && let Some(took) = took {
            self.times_ms.push(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        }
        self.next_sum(right && !slow, right.then_some(Late::Again));
        if let Some(talk) = &mut self.talk {
            talk.sums_left = talk.sums_left.saturating_sub(u8::from(right && !slow));
            if talk.sums_left == 0 {
                return self.talk_is_borne_out();
            }
        } else if self.right >= RIGHT_IN_ROUND {
            let reason = format!("{} of {} sums right and in time", self.right, self.tried);
            return self.saw(Proof::Sum, &reason);
        }
        self.begin_round_if_lost();
        match (right, slow) {
            (false, _) => Worth::Wrong,
            (true, true) => Worth::TooSlow,
            (true, false) => Worth::Right,
        }
    }

    /// An answer to the sum before, which came when the next one had been asked already: that one stays open.
    /// After a nudge it is too slow to count, but it is not wrong; said once more, it says nothing new.
    fn before_heard(&mut self, answer: i64) -> Option<Worth> {
        let before = self.before.take()?;
        if before.sum.answer() != answer {
            return None;
        }
        Some(match before.late {
            Late::Owed => Worth::TooSlow,
            Late::Again => Worth::NoAnswer,
        })
    }

    fn next_sum(&mut self, counts: bool, late: Option<Late>) {
        // A wrong answer put right is a second guess, and those are not asked for.
        self.before = late.map(|late| Before { sum: self.current(), late });
        self.sum += 1;
        self.tried += 1;
        self.right += u8::from(counts);
    }

    /// Two of three is out of reach: a new round.
    fn begin_round_if_lost(&mut self) {
        if self.tried - self.right > ROUND - RIGHT_IN_ROUND {
            (self.tried, self.right) = (0, 0);
        }
    }

    /// The sums after the talk are done.
    fn talk_is_borne_out(&mut self) -> Worth {
        let Some(Talk { reason, .. }) = self.talk.take() else { return Worth::NoAnswer };
        (self.tried, self.right) = (0, 0);
        self.note(Proof::Conversation, &format!("{reason}; and a sum right"))
    }

    /// What the open sum comes to.
    #[cfg(test)]
    pub(crate) fn right_sum(&self) -> String {
        self.current().answer().to_string()
    }

    fn current(&self) -> Sum {
        self.sums[self.sum % self.sums.len()]
    }

    /// Nobody answered the open task: a sum is lost, the others stay.
    pub fn silent(&mut self) {
        if self.asks_sum() {
            self.next_sum(false, Some(Late::Owed));
            self.begin_round_if_lost();
        }
    }

    /// Something was seen: a conversation that convinced, a doorbell, the word. What nobody asked for
    /// changes nothing, and a conversation has to be borne out by a sum.
    pub fn saw(&mut self, proof: Proof, reason: &str) -> Worth {
        if proof == Proof::Conversation && !is_planted(Planted::UpByTalkAlone) {
            self.convinced(reason, SUMS_AFTER_TALK)
        } else {
            self.note(proof, reason)
        }
    }

    /// A conversation convinced, but the transcriber failed on too much of it for anybody to check.
    pub fn heard_without_words(&mut self, reason: &str) -> Worth {
        self.convinced(reason, SUMS_WITHOUT_WORDS)
    }

    fn convinced(&mut self, reason: &str, sums: u8) -> Worth {
        if !self.outstanding().contains(Proof::Conversation) || self.talk.is_some() {
            return Worth::NoAnswer;
        }
        if self.wanted.contains(Proof::Sum) {
            // Sums are asked anyway, and more of them.
            return self.note(Proof::Conversation, reason);
        }
        self.talk = Some(Talk { reason: reason.to_owned(), sums_left: sums });
        (self.tried, self.right) = (0, 0);
        Worth::Right
    }

    fn note(&mut self, proof: Proof, reason: &str) -> Worth {
        if !self.outstanding().contains(proof) {
            return Worth::NoAnswer;
        }
        self.seen = self.seen.with(proof);
        self.reasons.push((proof, reason.to_owned()));
        if self.is_done() { Worth::Done } else { Worth::Right }
    }

    /// She says the word; it counts once nothing else is outstanding.
    pub fn hear_word(&mut self, reason: &str) -> Worth {
        if self.word_is_enough && !self.is_done() {
            self.wanted = self.seen.with(Proof::Word);
        }
        let rest = self.outstanding().without(Proofs::of(&[Proof::Word]));
        if rest.is_empty() { self.saw(Proof::Word, reason) } else { Worth::NoAnswer }
    }

    /// The verdict, with every reason; `None` while something is outstanding.
    pub fn verdict(&self) -> Option<Verdict> {
        let strongest = self.reasons.iter().map(|(proof, _)| *proof).max_by_key(|proof| proof.level())?;
        let reasons: Vec<&str> = self.reasons.iter().map(|(_, reason)| reason.as_str()).collect();
        self.is_done().then(|| Verdict { proof: strongest, evidence: reasons.join("; ") })
    }

    /// Everything seen in this call, with its reason.
    pub fn reasons(&self) -> &[(Proof, String)] {
        &self.reasons
    }

    /// How long her right answers took.
    pub fn answer_times(&self) -> impl Iterator<Item = Duration> {
        self.times_ms.iter().copied().map(Duration::from_millis)
    }

    /// True for a call that only checks that she has stayed up.
    pub fn is_check(&self) -> bool {
        self.check
    }
}

fn pressed(keys: &str) -> String {
    keys.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests;
