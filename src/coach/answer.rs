//! What an answer gives away without a model: a plea for more sleep, a mumble, a real reply.

use std::collections::BTreeSet;

use super::script;
use crate::domain::utterance::{Speaker, Utterance};

/// So many different answers to scripted questions show, without any model, that somebody is awake.
pub const ANSWERS_BEFORE_VERDICT: usize = 3;

/// Minutes granted when she names none.
pub const SNOOZE_MINUTES: u32 = 9;

/// A plea longer than this is a story that mentions sleep, not a plea.
const PLEA_WORDS_MAX: usize = 14;

/// Marks an utterance that was typed, not said; the dialogue keeps it, proof ignores it.
const KEYS_PREFIX: &str = "(pressed ";

/// How pressed keys stand in the transcript.
pub fn pressed(keys: &str) -> String {
    let keys: String =
        keys.chars().filter(|key| key.is_ascii_digit() || "*#".contains(*key)).take(32).collect();
    format!("{KEYS_PREFIX}{})", if keys.is_empty() { "a key" } else { &keys })
}

/// True for a transcript line made by [`pressed`].
pub fn is_pressed(text: &str) -> bool {
    text.starts_with(KEYS_PREFIX)
}

/// The minutes she asks for, when she asks to be left asleep a little: at least 1, at most
/// [`SNOOZE_MINUTES`]. `None` when she does not ask, or says that she will not.
pub fn asks_for_snooze(heard: &str) -> Option<u32> {
    let words = words(heard);
    if words.len() > PLEA_WORDS_MAX || words.iter().any(|word| NEGATIONS.contains(&word.as_str())) {
        return None;
    }
    let pleads = PLEAS.iter().any(|plea| contains(&words, plea));
    pleads.then(|| minutes_named(&words).unwrap_or(SNOOZE_MINUTES).clamp(1, SNOOZE_MINUTES))
}

const NEGATIONS: [&str; 9] = ["no", "not", "don't", "dont", "won't", "wont", "didn't", "never", "without"];

const PLEAS: [&[&str]; 11] = [
    &["snooze"],
    &["more", "minutes"],
    &["more", "minute"],
    &["minutes", "more"],
    &["minutes", "longer"],
    &["minutes", "please"],
    &["let", "me", "sleep"],
    &["sleep", "a", "little", "longer"],
    &["sleep", "a", "bit", "longer"],
    &["bit", "longer", "please"],
    &["little", "longer", "please"],
];

const NUMBERS: [(&str, u32); 12] = [
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("fifteen", 15),
    ("twenty", 20),
];

fn minutes_named(words: &[String]) -> Option<u32> {
    words.iter().find_map(|word| {
        let spoken = NUMBERS.iter().find(|(name, _)| name == word).map(|(_, number)| *number);
        spoken.or_else(|| word.parse().ok())
    })
}

/// How many different real answers to scripted questions the conversation holds.
///
/// Typed keys, mumbles, pleas and repetitions do not count, nor do answers to a model's questions:
/// those are for the model to judge.
pub fn different_answers(conversation: &[Utterance]) -> usize {
    let mut answers = BTreeSet::new();
    let mut was_asked = false;
    for utterance in conversation {
        match utterance.speaker {
            Speaker::Coach => was_asked = script::asks(&utterance.text),
            Speaker::Sleeper if was_asked && is_real(&utterance.text) => {
                answers.insert(words(&utterance.text));
            }
            Speaker::Sleeper => {}
        }
    }
    answers.len()
}

/// True for speech that says something: not typed, not a mumble, not a plea for more sleep.
pub fn is_real(text: &str) -> bool {
    let says_something = words(text).iter().any(|word| !MUMBLES.contains(&word.as_str()));
    says_something && !is_pressed(text) && asks_for_snooze(text).is_none()
}

/// Sounds and words that a sleeper makes without waking.
const MUMBLES: [&str; 22] = [
    "mm", "mmm", "mhm", "hm", "hmm", "uh", "um", "umm", "uhm", "er", "ah", "oh", "ugh", "huh", "zzz", "no",
    "nope", "nah", "what", "a", "the", "h",
];

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '\'' && letter != '’')
        .filter(|word| !word.is_empty())
        .map(|word| word.to_lowercase().replace('’', "'"))
        .collect()
}

fn contains(words: &[String], phrase: &[&str]) -> bool {
    words.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn said(speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
    }

    #[test]
    fn a_plea_is_understood_with_its_minutes() {
        for (plea, minutes) in [
            ("Five more minutes, please!", 5),
            ("snooze", 9),
            ("mm just a few more minutes", 9),
            ("one more minute", 1),
            ("3 more minutes", 3),
            ("let me sleep", 9),
            ("give me twenty more minutes", 9),
            ("0 more minutes", 1),
            ("ten minutes longer", 9),
        ] {
            assert_eq!(asks_for_snooze(plea), Some(minutes), "{plea}");
        }
    }

    #[test]
    fn talk_about_sleep_is_no_plea() {
        for talk in [
            "",
            "I'm up",
            "no more minutes for me",
            "I don't want to snooze",
            "I will not snooze today",
            "snoozed already",
            "I slept for five minutes",
            "well last night I had five more minutes of work to do and then I went straight to bed",
        ] {
            assert_eq!(asks_for_snooze(talk), None, "{talk}");
        }
    }

    #[test]
    fn keys_are_an_answer_but_no_proof() {
        assert_eq!(pressed("12#"), "(pressed 12#)");
        assert_eq!(pressed("<b>\n"), "(pressed a key)");
        assert!(is_pressed(&pressed("1")) && !is_real(&pressed("1")));
    }

    #[test]
    fn a_mumble_says_nothing() {
        for mumble in ["", "Mm.", "uh, hmm", "no", "What?", "…"] {
            assert!(!is_real(mumble), "{mumble}");
        }
        for real in ["yes", "It's Monday", "the kitchen", "mm, coffee"] {
            assert!(is_real(real), "{real}");
        }
    }

    #[test]
    fn only_different_real_answers_to_scripted_questions_count() {
        let talk = [
            said(Speaker::Sleeper, "before anybody asked"),
            said(Speaker::Coach, "Good morning. Are you awake?"),
            said(Speaker::Sleeper, "Yes."),
            said(Speaker::Coach, "Well done. What day is it today, and what are your plans?"),
            said(Speaker::Sleeper, "yes"),
            said(Speaker::Coach, "A question of the model's own?"),
            said(Speaker::Sleeper, "I am making tea"),
            said(Speaker::Coach, "What would you like for breakfast?"),
            said(Speaker::Sleeper, "porridge"),
            said(Speaker::Coach, "Are your feet on the floor?"),
            said(Speaker::Sleeper, "mm"),
        ];
        assert_eq!(different_answers(&talk), 2, "yes, and porridge");
    }
}
