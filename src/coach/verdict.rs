//! Is she up? The model may claim it and the sleeper may say goodbye; this module decides what counts.

use serde::{Deserialize, Serialize};

pub use crate::domain::proof::Proof;
use crate::domain::utterance::{Speaker, Utterance};

/// The coach's decision, kept with the attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// What convinced it.
    pub proof: Proof,
    /// The reason, in a sentence.
    pub evidence: String,
}

/// The answer to a model that claims she is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// The claim stands.
    Up(Verdict),
    /// It does not; the text tells the model what is missing.
    NotYet(&'static str),
}

/// She must have spoken this often before a conversation can prove anything: one "yes" is a reflex.
pub const TURNS_BEFORE_VERDICT: usize = 2;

/// Longest evidence kept, in characters; a model that rambles is cut, not refused.
const EVIDENCE_MAX: usize = 300;

/// Judges a model's claim that the sleeper is awake, on the strength of the conversation so far.
pub fn judge(conversation: &[Utterance], evidence: &str) -> Judgement {
    let turns = conversation
        .iter()
        .filter(|utterance| utterance.speaker == Speaker::Sleeper && !utterance.text.trim().is_empty())
        .count();
    if turns < TURNS_BEFORE_VERDICT {
        return Judgement::NotYet(
            "Not confirmed: one answer is a reflex. Ask her one more thing, then confirm.",
        );
    }
    let evidence = evidence.trim();
    if evidence.is_empty() {
        return Judgement::NotYet(
            "Not confirmed: say in `evidence` what she said or did that shows she is awake.",
        );
    }
    let evidence = evidence.chars().take(EVIDENCE_MAX).collect();
    Judgement::Up(Verdict { proof: Proof::Conversation, evidence })
}

/// The verdict when the sleeper says one of the goodbye words, `None` otherwise.
pub fn by_word(heard: &str) -> Option<Verdict> {
    let word = goodbye_word(heard)?;
    Some(Verdict { proof: Proof::Word, evidence: format!("she said \"{word}\"") })
}

/// Phrases that end the call, as whole words.
const GOODBYE_WORDS: [&[&str]; 4] =
    [&["goodbye"], &["good", "bye"], &["end", "call"], &["end", "the", "call"]];

/// What answering machines and the network's announcements say, and people in bed do not.
const MACHINE_PHRASES: [&[&str]; 16] = [
    &["leave", "a", "message"],
    &["leave", "your", "message"],
    &["leave", "me", "a", "message"],
    &["record", "your", "message"],
    &["after", "the", "tone"],
    &["after", "the", "beep"],
    &["at", "the", "tone"],
    &["reached", "the", "voicemail"],
    &["reached", "the", "voice", "mail"],
    &["reached", "the", "mailbox"],
    &["been", "forwarded", "to"],
    &["you", "are", "calling", "is"],
    &["you", "have", "dialled"],
    &["you", "have", "dialed"],
    &["try", "again", "later"],
    &["not", "available", "to", "take"],
];

/// A goodbye in a speech longer than this is no goodbye to us: announcements end with one too.
const GOODBYE_WORDS_MAX: usize = 12;

/// Whether these are the words of a machine: nobody is up because of them. To be asked of the first
/// thing heard only; later on a person may speak of her voicemail.
pub fn is_machine(heard: &str) -> bool {
    let words = words_of(heard);
    MACHINE_PHRASES.iter().any(|phrase| holds(&words, phrase))
}

fn words_of(heard: &str) -> Vec<String> {
    heard
        .split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn holds(words: &[String], phrase: &[&str]) -> bool {
    words.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(a, b)| a == b))
}

fn goodbye_word(heard: &str) -> Option<String> {
    let words = words_of(heard);
    if words.len() > GOODBYE_WORDS_MAX || is_machine(heard) {
        return None;
    }
    GOODBYE_WORDS.iter().find(|phrase| holds(&words, phrase)).map(|phrase| phrase.join(" "))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn said(speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
    }

    #[test]
    fn goodbye_counts_as_a_whole_word_only() {
        for yes in ["Goodbye!", "ok, good bye then", "please end call", "END THE CALL."] {
            assert!(by_word(yes).is_some(), "{yes}");
        }
        for no in ["", "goodbyes are hard", "bye", "spend call time", "good morning, bye-law"] {
            assert_eq!(by_word(no).map(|verdict| verdict.proof), None, "{no}");
        }
    }

    #[test]
    fn an_answering_machine_gives_itself_away() {
        for machine in [
            "Please leave a message after the tone.",
            "You have reached the voicemail of …",
            "AFTER THE BEEP",
        ] {
            assert!(is_machine(machine), "{machine}");
        }
        for person in [
            "",
            "I got your message",
            "leave me alone",
            "the tone is awful",
            "my voice is gone",
            "I have a voicemail from my boss",
        ] {
            assert!(!is_machine(person), "{person}");
        }
    }

    #[test]
    fn a_claim_needs_two_answers_and_a_reason() {
        let once = [said(Speaker::Coach, "Morning!"), said(Speaker::Sleeper, "yes")];
        assert!(matches!(judge(&once, "she said yes"), Judgement::NotYet(_)));
        let twice =
            [once[1].clone(), said(Speaker::Coach, "What day is it?"), said(Speaker::Sleeper, "Monday")];
        assert!(matches!(judge(&twice, "  "), Judgement::NotYet(_)));
        let Judgement::Up(verdict) = judge(&twice, "knows it is Monday") else {
            panic!("two answers and a reason")
        };
        assert_eq!((verdict.proof, verdict.evidence.as_str()), (Proof::Conversation, "knows it is Monday"));
    }

    #[test]
    fn an_answer_without_words_is_no_answer() {
        let mumbled = [said(Speaker::Sleeper, " "), said(Speaker::Sleeper, "yes")];
        assert!(matches!(judge(&mumbled, "she answered"), Judgement::NotYet(_)));
    }
}
