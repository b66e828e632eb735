//! Is she up? The model may claim it and the sleeper may say goodbye; this module decides what counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::answer;
use super::language::{Tongue, words};
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

/// So many different answers must have come before a conversation can prove anything: one "yes" is a
/// reflex, and two are a habit.
pub const ANSWERS_BEFORE_VERDICT: usize = 3;

/// Stands for an answer that the transcriber failed on: she spoke, and the model heard her.
pub const UNTRANSCRIBED: &str = "(not transcribed)";

/// Longest evidence kept, in characters; a model that rambles is cut, not refused.
const EVIDENCE_MAX: usize = 300;

/// Judges a model's claim that the sleeper is awake, on the strength of the conversation so far.
///
/// What says nothing new does not count: repetitions, mumbles, and pleas to be left alone, however clever.
pub fn judge(tongue: Tongue, conversation: &[Utterance], evidence: &str) -> Judgement {
    let heard = conversation.iter().filter(|said| said.speaker == Speaker::Sleeper);
    let (unwritten, written): (Vec<_>, Vec<_>) = heard.partition(|said| said.text == UNTRANSCRIBED);
    let different: BTreeSet<Vec<String>> = written
        .into_iter()
        .filter(|said| answer::is_real(tongue, &said.text))
        .map(|said| words(&said.text))
        .collect();
    // What the transcriber failed on, the model heard all the same.
    if different.len() + unwritten.len() < ANSWERS_BEFORE_VERDICT {
        return Judgement::NotYet(
            "Not confirmed: a few words are a reflex. Ask for one thing more, then confirm.",
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

/// The verdict when the sleeper says one of the goodbye words (`own`, or the language's when that is
/// empty), `None` otherwise.
pub fn by_word(tongue: Tongue, own: &[String], heard: &str) -> Option<Verdict> {
    let word = tongue.goodbye_word(heard, own)?;
    Some(Verdict { proof: Proof::Word, evidence: format!("she said \"{word}\"") })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn said(speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
    }

    #[test]
    fn a_claim_needs_three_different_answers_and_a_reason() {
        let en = Tongue::ENGLISH;
        let said_by_her = |texts: &[&str]| -> Vec<Utterance> {
            texts.iter().map(|text| said(Speaker::Sleeper, text)).collect()
        };
        let awake = ["yes", "it's Monday", "porridge"];
        for (texts, up) in [
            (&awake[..], true),
            (&awake[..2], false),
            (&["yes", "Yes!", "yes…", "it's Monday"], false),
            (&["yes", "it's Monday", " "], false),
            (&["yes", "it's Monday", "mm"], false),
            (&["yes", "it's Monday", "five more minutes"], false),
            (&["let me sleep", "go away", "I'm so tired", "leave me alone"], false),
            (&["yes", UNTRANSCRIBED, UNTRANSCRIBED], true),
        ] {
            let judgement = judge(en, &said_by_her(texts), "knows it is Monday");
            assert_eq!(matches!(judgement, Judgement::Up(_)), up, "{texts:?}");
        }
        assert!(matches!(judge(en, &said_by_her(&awake), "  "), Judgement::NotYet(_)));
        let Judgement::Up(verdict) = judge(en, &said_by_her(&awake), "knows it is Monday") else {
            panic!("three answers and a reason")
        };
        assert_eq!((verdict.proof, verdict.evidence.as_str()), (Proof::Conversation, "knows it is Monday"));
    }
}
