//! The codes of the day.

use serde::{Deserialize, Serialize};

use super::Moment;

/// A sleeper's codes: today's, and those of her planned wake-ups on other days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodesShown {
    /// Whose.
    pub sleeper: String,
    /// What she is called.
    pub sleeper_name: Option<String>,
    /// The earliest day first; today is always among them.
    pub codes: Vec<CodeOfDay>,
}

/// The code of one day.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeOfDay {
    /// The day, where her clock hangs; it counts for every wake-up that is due on it.
    pub date: String,
    /// True for the day that it is there now.
    pub today: bool,
    /// Four digits.
    pub code: String,
    /// That day's wake-ups which have not ended.
    pub wake_ups: Vec<Moment>,
    /// Whether one of them asks for the code.
    pub asked_for: bool,
}

// Whoever reads a log must not be able to prove her up.
impl std::fmt::Debug for CodeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CodeOfDay").field("date", &self.date).finish_non_exhaustive()
    }
}
