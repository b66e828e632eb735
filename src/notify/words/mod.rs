//! What other people are told, in words: who, when, what was tried, what to do. Never what was said in a call.

mod english;
mod french;

use jiff::Zoned;

use crate::domain::attempt::Outcome;
use crate::domain::notice::News;
use crate::domain::wake_up::End;

/// What is known of a wake-up that somebody is told of.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// What there is to tell.
    pub news: News,
    /// Her name; `None` when she has not told.
    pub sleeper: Option<String>,
    /// When it was due, where she is.
    pub due: Zoned,
    /// The zone's name.
    pub zone: String,
    /// The time where she is, when it is told.
    pub now: Zoned,
    /// How the calls that are over ended, in order.
    pub calls: Vec<Outcome>,
    /// How it ended; `None` while it goes on.
    pub end: Option<End>,
    /// The carrier's own words on a refusal, without personal data; for the owner only.
    pub refusal: Option<String>,
}

/// The same, to be read or heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// A line for the lock screen.
    pub title: String,
    /// Some sentences.
    pub text: String,
}

/// What a call says, and asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// Said twice.
    pub message: String,
    /// Said last: which key to press.
    pub question: String,
    /// The answer to the key.
    pub thanks: String,
}

/// The words in a language; English for one that has none yet.
pub fn written(language: &str, facts: &Facts) -> Words {
    if is_french(language) { french::written(facts) } else { english::written(facts) }
}

/// The words for a telephone call in a language; English for one that has none yet.
pub fn spoken(language: &str, facts: &Facts) -> Spoken {
    if is_french(language) { french::spoken(facts) } else { english::spoken(facts) }
}

fn is_french(language: &str) -> bool {
    language.get(..2).is_some_and(|primary| primary.eq_ignore_ascii_case("fr"))
}

/// How many calls ended in each of these ways, in the order in which they first did.
fn counted<T: PartialEq>(calls: &[Outcome], word: impl Fn(Outcome) -> T) -> Vec<(usize, T)> {
    let mut counts: Vec<(usize, T)> = Vec::new();
    for found in calls.iter().map(|outcome| word(*outcome)) {
        match counts.iter_mut().find(|(_, known)| *known == found) {
            Some((count, _)) => *count += 1,
            None => counts.push((1, found)),
        }
    }
    counts
}

#[cfg(test)]
mod tests;
