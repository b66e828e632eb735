//! What a token may do: a part of what the owner may.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing a token may do. The admin token may do everything, these and the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at everything but telephone numbers and what was said.
    Read,
    /// Change schedules and their exceptions, cancel and snooze.
    Schedule,
    /// Call a stored sleeper now.
    Dial,
    /// Tell that the doorbell, or another sensor, was touched.
    Doorbell,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Schedule, Self::Dial, Self::Doorbell];

    /// The word for tables, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Schedule => "schedule",
            Self::Dial => "dial",
            Self::Doorbell => "doorbell",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
