//! What happens in calls, as it happens.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventShown {
    /// When.
    pub at: Timestamp,
    /// In which wake-up.
    pub occurrence: String,
    /// In which attempt; `None` when it concerns the wake-up as a whole.
    pub attempt: Option<String>,
    /// What, as one word: `decided`, `placed`, `answered`, `said`, `fell_back`, `finished`, `waiting`, `ended` …
    pub what: String,
    /// The particulars; what was said only when it was asked for.
    pub detail: String,
    /// Who spoke: `coach` or `sleeper`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}
