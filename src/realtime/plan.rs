//! What the coach intends for one realtime call. Made by others; the session only follows it.

use std::time::Duration;

use crate::coach::language::Language;
use crate::coach::proving::Proving;
use crate::coach::silence::SilencePolicy;
use crate::domain::utterance::Utterance;

/// The plan of one call: every text the session may need, and its limits.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Who the coach is and how it talks; in force for the whole session.
    pub instructions: String,
    /// Instructions of the first response. They replace the session's, so the persona is repeated in them.
    pub greeting: String,
    /// Instructions of the first response after a lost connection: pick up the thread.
    pub reseeded: String,
    /// Instructions for one sentence of goodbye.
    pub goodbye: String,
    /// What the model is told when nobody answers.
    pub nudges: Nudges,
    /// The language spoken: for the transcriber, and to know a goodbye.
    pub language: Language,
    /// What ends the call, as the owner wishes it; empty for the language's own words.
    pub goodbye_words: Vec<String>,
    /// When silence is answered, and how.
    pub silence: SilencePolicy,
    /// What was said before this call's stream (an earlier call of the same morning), oldest first.
    pub prior: Vec<Utterance>,
    /// The call is ended at this age, whatever happens.
    pub longest_call: Duration,
    /// What is asked of her, as drawn for this call.
    pub proving: Proving,
    /// Whether a snooze may still be granted.
    pub snooze_allowed: bool,
    /// The key that asks for one; `None` for no such key.
    pub snooze_key: Option<char>,
}

/// Texts for the model, one for each spoken rung of the silence ladder.
#[derive(Debug, Clone)]
pub struct Nudges {
    /// For the first rung: ask again.
    pub nudge: String,
    /// For the second rung, spoken after the tone.
    pub tone: String,
}
