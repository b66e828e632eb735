//! Is she up? The model may claim it and the sleeper may say goodbye; this module decides what counts.

use serde::{Deserialize, Serialize};

use super::language::Tongue;
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
