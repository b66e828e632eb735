//! Whether a schedule stays at home or travels with its sleeper.

use serde::{Deserialize, Serialize};

/// Whose clock a schedule goes by (R10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneMode {
    /// The clock of one place, wherever she is.
    #[default]
    Home,
    /// The clock of wherever she is.
    Follow,
}

impl ZoneMode {
    /// The word for tables, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Follow => "follow",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Home, Self::Follow].into_iter().find(|mode| mode.name() == name)
    }
}
