//! What was said in a call, by whom, and how much of it was heard.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The two sides of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Our side.
    Coach,
    /// The person we wake.
    Sleeper,
}

impl Speaker {
    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coach => "coach",
            Self::Sleeper => "sleeper",
        }
    }
}

/// One stretch of speech by one speaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Utterance {
    /// Who spoke.
    pub speaker: Speaker,
    /// The words; for an interrupted coach only those that were heard, as far as is known.
    pub text: String,
    /// When it was said (its start, as near as we know it).
    pub said_at: Timestamp,
    /// True when the sleeper spoke over it.
    pub interrupted: bool,
}
