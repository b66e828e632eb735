//! What a wake-up asks for, and what was seen.

use serde::{Deserialize, Serialize};

use super::Moment;

/// The proofs of one wake-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofsShown {
    /// The wake-up.
    pub occurrence: String,
    /// What must be seen before she counts as up; all of them.
    pub wanted: Vec<String>,
    /// What was seen, the oldest first; what she said in a call counts in that call alone.
    pub seen: Vec<ProofSeen>,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofSeen {
    /// What kind: `conversation`, `place` …
    pub proof: String,
    /// Who says so: `call`, `doorbell`, the name of a printed code.
    pub source: String,
    /// The reason; `None` unless the transcript was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// In which of the wake-up's calls, counted from 1; `None` when it came from outside any.
    pub call: Option<u32>,
    /// When.
    pub seen: Moment,
    /// Until when it counts.
    pub valid_until: Moment,
}
