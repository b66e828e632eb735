//! What an answer gives away without a model: a plea for more sleep, a mumble, a real reply.

use std::collections::BTreeSet;

use super::script;
use crate::domain::utterance::{Speaker, Utterance};

/// So many different answers to scripted questions show, without any model, that somebody is awake.
pub const ANSWERS_BEFORE_VERDICT: usize = 3;

/// Minutes granted, however many she asks for: the wake-up's own rule, and what the script says.
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

/// True when she asks to be left asleep a little; false when she does not, or says that she will not.
pub fn asks_for_snooze(heard: &str) -> bool {
    let words = words(heard);
    words.len() <= PLEA_WORDS_MAX && PLEAS.iter().any(|plea| wants(&words, plea))
}

/// True when `phrase` occurs and the words just before it do not deny it. A "no" is often an answer of
/// its own ("no, five more minutes"), so it denies only what follows at once.
fn wants(words: &[String], phrase: &[&str]) -> bool {
    let Some(at) = position(words, phrase) else { return false };
    let before = &words[at.saturating_sub(3)..at];
    let denied = before.iter().any(|word| NEGATIONS.contains(&word.as_str()));
    !denied && before.last().is_none_or(|word| word != "no")
}

const NEGATIONS: [&str; 8] = ["not", "don't", "dont", "won't", "wont", "didn't", "never", "without"];

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

/// True for speech that says something: not typed, not a mumble, not a wish to go on sleeping.
pub fn is_real(text: &str) -> bool {
    let says_something = words(text).iter().any(|word| !MUMBLES.contains(&word.as_str()));
    says_something && !is_pressed(text) && !is_reluctant(text)
}

/// True when she would rather sleep, whether she asks for it or only grumbles.
pub fn is_reluctant(text: &str) -> bool {
    let words = words(text);
    asks_for_snooze(text) || GRUMBLES.iter().any(|grumble| position(&words, grumble).is_some())
}

const GRUMBLES: [&[&str]; 12] = [
    &["leave", "me"],
    &["go", "away"],
    &["so", "tired"],
    &["too", "tired"],
    &["too", "early"],
    &["shut", "up"],
    &["want", "to", "sleep"],
    &["back", "to", "sleep"],
    &["still", "sleeping"],
    &["don't", "want"],
    &["can't", "get", "up"],
    &["not", "getting", "up"],
];

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

fn position(words: &[String], phrase: &[&str]) -> Option<usize> {
    words.windows(phrase.len()).position(|window| window.iter().zip(phrase).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn said(speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
    }

    #[test]
    fn a_plea_is_understood() {
        for plea in [
            "Five more minutes, please!",
            "snooze",
            "mm just a few more minutes",
            "one more minute",
            "let me sleep",
            "ten minutes longer",
            "No, really, just five more minutes.",
            "don't make me get up, two more minutes",
        ] {
            assert!(asks_for_snooze(plea), "{plea}");
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
            "I don't want five more minutes",
            "no snooze",
            "snoozed already",
            "I slept for five minutes",
            "well last night I had five more minutes of work to do and then I went straight to bed",
        ] {
            assert!(!asks_for_snooze(talk), "{talk}");
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
    fn grumbling_is_no_answer() {
        for grumble in ["Leave me alone.", "I'm so tired", "I don’t want to", "five more minutes"] {
            assert!(is_reluctant(grumble) && !is_real(grumble), "{grumble}");
        }
        for willing in ["I'm up", "I was tired but now I'm fine", "I want tea"] {
            assert!(!is_reluctant(willing), "{willing}");
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
