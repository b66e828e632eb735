//! How late a call is.

use serde::{Deserialize, Serialize};

/// How late a call is, as far as the coach should mention it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lateness {
    /// Nothing to mention.
    OnTime,
    /// Say so.
    Little,
    /// Another opening, and tell the owner.
    Much,
}

impl Lateness {
    /// The word for the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Little => "little",
            Self::Much => "much",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::OnTime, Self::Little, Self::Much].into_iter().find(|lateness| lateness.name() == name)
    }
}
