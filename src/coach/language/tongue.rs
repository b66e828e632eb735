//! A language that the program speaks and understands by itself, without any model.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::{Time, Weekday};

use super::lexicon::{Lexicon, Sky};
use super::words::{self, Phrases, words};
use super::{Language, TONGUES};

/// One of the languages with a lexicon. Others fall to the first of them, English.
#[derive(Clone, Copy)]
pub struct Tongue(pub(super) &'static Lexicon);

/// A step of a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Adds.
    Plus,
    /// Takes away.
    Minus,
    /// Multiplies.
    Times,
}

/// A plea longer than this is a story that mentions sleep, not a plea.
const PLEA_WORDS_MAX: usize = 14;

/// A goodbye in a speech longer than this is no goodbye to us: announcements end with one too.
const GOODBYE_WORDS_MAX: usize = 12;

/// How far before a plea a word still denies it.
const DENIAL_REACH: usize = 3;

impl Tongue {
    /// English, also for everybody whose language has no lexicon yet.
    pub const ENGLISH: Self = TONGUES[0];

    /// Every tongue there is.
    pub fn all() -> &'static [Self] {
        TONGUES
    }

    /// The tongue of a language; `None` when it has no lexicon.
    pub fn of(language: &Language) -> Option<Self> {
        TONGUES.iter().copied().find(|tongue| tongue.tag() == language.primary())
    }

    /// The first part of its tags, such as `fr`.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// Its name in English, for models.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// Everything it has.
    pub fn lexicon(self) -> &'static Lexicon {
        self.0
    }

    /// The phrase with which she ends the call; `None` when she does not. `own` replaces the language's
    /// own phrases, unless it is empty.
    pub fn goodbye_word(self, heard: &str, own: &[String]) -> Option<String> {
        let said = words(heard);
        if said.len() > GOODBYE_WORDS_MAX || self.is_machine(heard) {
            return None;
        }
        if own.is_empty() {
            return words::find(&said, self.0.goodbyes).map(str::to_owned);
        }
        own.iter().find(|phrase| words::position(&said, phrase).is_some()).cloned()
    }

    /// Whether these are the words of a machine: nobody is up because of them. To be asked of the first
    /// thing heard only; later on a person may speak of her voicemail.
    pub fn is_machine(self, heard: &str) -> bool {
        words::find(&words(heard), self.0.machines).is_some()
    }

    /// True when she asks to be left asleep a little; false when she does not, or says that she will not.
    pub fn asks_for_snooze(self, heard: &str) -> bool {
        let said = words(heard);
        said.len() <= PLEA_WORDS_MAX && words::phrases(self.0.pleas).any(|plea| self.wants(&said, plea))
    }

    /// True when `plea` occurs and the words just before it do not deny it. A "no" is often an answer of
    /// its own ("no, five more minutes"), so it denies only what follows at once.
    fn wants(self, said: &[String], plea: Phrases) -> bool {
        let Some(at) = words::position(said, plea) else { return false };
        let before = &said[at.saturating_sub(DENIAL_REACH)..at];
        let denied = before.iter().any(|word| words::is_among(word, self.0.negations));
        !denied && before.last().is_none_or(|word| !words::is_among(word, self.0.denials))
    }

    /// True when she would rather sleep, whether she asks for it or only grumbles.
    pub fn is_reluctant(self, heard: &str) -> bool {
        self.asks_for_snooze(heard) || words::find(&words(heard), self.0.grumbles).is_some()
    }

    /// True when she tells the machine what to believe. Nobody awake has to.
    pub fn is_order(self, heard: &str) -> bool {
        words::find(&words(heard), self.0.orders).is_some()
    }

    /// The words of substance in what was said: no mumble, no mere yes, no word that stands in any sentence.
    pub fn content(self, heard: &str) -> BTreeSet<String> {
        let is_empty =
            |word: &str| words::is_among(word, self.0.mumbles) || words::is_among(word, self.0.fillers);
        words(heard).into_iter().filter(|word| !is_empty(word)).collect()
    }

    /// True when nothing is said but what people say in their sleep.
    pub fn is_mumble(self, heard: &str) -> bool {
        words(heard).iter().all(|word| words::is_among(word, self.0.mumbles))
    }

    /// The number she says, in words or in digits. Of several the last is meant ("14, 22 … 17"), and a one
    /// is none beside another: languages say it for other things too ("one moment … 17").
    pub fn number_in(self, heard: &str) -> Option<i64> {
        let numbers: Vec<i64> = self.numbers(heard).iter().filter_map(|number| number.parse().ok()).collect();
        numbers.iter().rev().find(|number| **number != 1).or(numbers.last()).copied()
    }

    /// True when she says these digits, one by one or in greater numbers, and no others.
    pub fn says_digits(self, heard: &str, digits: &str) -> bool {
        let wanted: String = digits.chars().filter(char::is_ascii_digit).collect();
        let plain = || self.numbers(heard).concat();
        !wanted.is_empty() && (plain() == wanted || self.without_homophones(heard) == wanted)
    }

    fn without_homophones(self, heard: &str) -> String {
        let digit = |word: String| {
            let known = self.0.homophones.iter().find(|(sound, _)| words(sound).first() == Some(&word));
            known.map_or(word, |(_, digit)| digit.to_string())
        };
        self.numbers(&words(heard).into_iter().map(digit).collect::<Vec<_>>().join(" ")).concat()
    }

    /// The whole numbers in what was heard, as digits.
    fn numbers(self, heard: &str) -> Vec<String> {
        let marks = |letter: char| !letter.is_alphanumeric();
        let digits = text2num::replace_numbers_in_text(heard, &(self.0.numerals)(), 0.0);
        digits
            .split(|letter: char| letter.is_whitespace() || letter == '-')
            .map(|word| word.trim_matches(marks))
            .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
            .map(str::to_owned)
            .collect()
    }

    /// The name of a day.
    pub fn weekday(self, day: Weekday) -> &'static str {
        self.0.weekdays[usize::from(day.to_monday_zero_offset().unsigned_abs())]
    }

    /// A time of day as it is said: "6:30", "six heures trente".
    pub fn clock(self, time: Time) -> String {
        (self.0.clock)(time)
    }

    /// What the sky does, in the middle of a sentence.
    pub fn sky(self, sky: Sky) -> &'static str {
        self.0.sky[sky as usize]
    }

    /// A sum as it is said: "14 plus 8, minus 5".
    pub fn sum(self, first: i64, steps: &[(Operation, i64)]) -> String {
        let steps =
            steps.iter().map(|(operation, number)| format!("{} {number}", self.operation(*operation)));
        let steps: Vec<_> = steps.collect();
        format!("{first} {}", steps.join(", ")).trim_end().to_owned()
    }

    fn operation(self, operation: Operation) -> &'static str {
        let [plus, minus, times] = self.0.arithmetic;
        match operation {
            Operation::Plus => plus,
            Operation::Minus => minus,
            Operation::Times => times,
        }
    }
}

/// Digits one by one, so that no voice makes a number of them.
pub fn digit_by_digit(digits: &str) -> String {
    digits.chars().map(String::from).collect::<Vec<_>>().join(" ")
}

impl PartialEq for Tongue {
    fn eq(&self, other: &Self) -> bool {
        self.tag() == other.tag()
    }
}

impl Eq for Tongue {}

impl fmt::Debug for Tongue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
