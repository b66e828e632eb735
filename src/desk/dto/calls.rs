//! Calls asked for now.

use serde::{Deserialize, Serialize};

use crate::domain::mode::CallMode;

/// Whom to call now, and how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRequest {
    /// Who; the only sleeper, or the first one, without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeper: Option<String>,
    /// In which mode; drawn without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<CallMode>,
}

/// A call the carrier was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallPlaced {
    /// How it stands: `placed`, `answered`, `unknown`, `finished` …
    pub state: String,
    /// The carrier's name for it; `None` when it refused, or its answer is not known.
    pub call_sid: Option<String>,
    /// The mode it runs in.
    pub mode: CallMode,
    /// The attempt.
    pub attempt: String,
    /// The wake-up made for it.
    pub occurrence: String,
}
