//! What an answer gives away without a model: a plea for more sleep, a mumble, a real reply.

use std::collections::BTreeSet;

use super::language::{Tongue, words};
use super::script;
use crate::domain::utterance::{Speaker, Utterance};

/// So many different answers to scripted questions show, without any model, that somebody is awake.
pub const ANSWERS_BEFORE_VERDICT: usize = 3;

/// Minutes granted, however many she asks for: the wake-up's own rule, and what the script says.
pub const SNOOZE_MINUTES: u32 = 9;

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

/// How many different real answers to scripted questions the conversation holds.
///
/// Typed keys, mumbles, pleas and repetitions do not count, nor do answers to a model's questions:
/// those are for the model to judge.
pub fn different_answers(tongue: Tongue, conversation: &[Utterance]) -> usize {
    let mut answers = BTreeSet::new();
    let mut was_asked = false;
    for utterance in conversation {
        match utterance.speaker {
            Speaker::Coach => was_asked = script::asks(&utterance.text),
            Speaker::Sleeper if was_asked && is_real(tongue, &utterance.text) => {
                answers.insert(words(&utterance.text));
            }
            Speaker::Sleeper => {}
        }
    }
    answers.len()
}

/// True for speech that says something: not typed, not a mumble, not a wish to go on sleeping.
pub fn is_real(tongue: Tongue, text: &str) -> bool {
    !tongue.is_mumble(text) && !is_pressed(text) && !tongue.is_reluctant(text)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn said(speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
    }

    #[test]
    fn keys_are_an_answer_but_no_proof() {
        assert_eq!(pressed("12#"), "(pressed 12#)");
        assert_eq!(pressed("<b>\n"), "(pressed a key)");
        assert!(is_pressed(&pressed("1")) && !is_real(Tongue::ENGLISH, &pressed("1")));
    }

    #[test]
    fn a_mumble_says_nothing() {
        for mumble in ["", "Mm.", "uh, hmm", "no", "What?", "…"] {
            assert!(!is_real(Tongue::ENGLISH, mumble), "{mumble}");
        }
        for real in ["yes", "It's Monday", "the kitchen", "mm, coffee"] {
            assert!(is_real(Tongue::ENGLISH, real), "{real}");
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
        assert_eq!(different_answers(Tongue::ENGLISH, &talk), 2, "yes, and porridge");
    }
}
