//! What one language needs to wake somebody in it: a file of its own holds one of these, and nothing else
//! in the program knows the language's words.

use jiff::civil::Time;

use super::words::Phrases;
use crate::coach::script::Stage;

/// Sentences spoken one after another, separated by ` | `. Those that differ from call to call hold slots,
/// such as `{digits}`; [`Stage::slots`] says which.
pub type Line = &'static str;

/// What the sky does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    /// No clouds to speak of.
    Clear,
    /// Clouds.
    Cloudy,
    /// Fog.
    Fog,
    /// Rain of any kind.
    Rain,
    /// Snow of any kind.
    Snow,
    /// Thunderstorms.
    Thunder,
}

/// All words of one language.
#[derive(Debug)]
pub struct Lexicon {
    /// The first part of its tags, such as `fr`.
    pub tag: &'static str,
    /// Its name in English, for models.
    pub name: &'static str,
    /// What the coach says, two variants or more a stage.
    pub stages: &'static [(Stage, &'static [Line])],
    /// What the coach asks to hear her talk. But for the first, nothing that habit answers with a yes.
    pub questions: &'static [Line],
    /// What a sleeper is likely to answer, for the recogniser.
    pub answers: Phrases,
    /// What ends the call.
    pub goodbyes: Phrases,
    /// What answering machines and the network's announcements say, and people in bed do not.
    pub machines: Phrases,
    /// What asks for more sleep.
    pub pleas: Phrases,
    /// Words that turn a plea into its contrary, up to three words before it.
    pub negations: Phrases,
    /// Words that do so only just before it: elsewhere they are answers of their own.
    pub denials: Phrases,
    /// What is said by somebody who would rather sleep.
    pub grumbles: Phrases,
    /// What is said to the machine and not to the coach: orders to believe, and stories why it should.
    pub orders: Phrases,
    /// Single words that say nothing of their own: agreement, being up, and what joins other words.
    pub fillers: Phrases,
    /// Sounds and words that a sleeper makes without waking.
    pub mumbles: Phrases,
    /// Words by which a plan for the day is known.
    pub plans: Phrases,
    /// The sky as [`Sky`] lists it, in the middle of a sentence.
    pub sky: [&'static str; 6],
    /// What follows a temperature: `degrees`.
    pub degrees: &'static str,
    /// The days, from Monday.
    pub weekdays: [&'static str; 7],
    /// `plus`, `minus` and `times`, as said in a sum.
    pub arithmetic: [&'static str; 3],
    /// Words that recognisers write where a digit was said: `(word, digit)`.
    pub homophones: &'static [(&'static str, char)],
    /// A time of day as it is said.
    pub clock: fn(Time) -> String,
    /// Its numbers, as words.
    pub numerals: fn() -> text2num::Language,
}

#[cfg(test)]
mod tests;
