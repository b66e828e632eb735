//! The people we wake.

use serde::{Deserialize, Serialize};

use super::{Edit, NextRing};
use crate::domain::phone::PhoneNumber;

/// Somebody new to wake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SleeperNew {
    /// What the coach calls her, and by what commands find her.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Her number, in international form.
    pub phone: String,
    /// A language tag such as `en-US`, which is what it is without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// What to change about a sleeper; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SleeperEdit {
    /// Another name; `null` takes it away.
    #[serde(default, skip_serializing_if = "Edit::is_keep")]
    pub name: Edit<String>,
    /// Another number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Another language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Where the weather is fetched before a call: one line of text, or JSON as Open-Meteo gives it; `null`
    /// ends it. It is never shown again, since such an address may be a secret.
    #[serde(default, skip_serializing_if = "Edit::is_keep")]
    pub weather_url: Edit<String>,
    /// Where her appointments are fetched before a call (iCalendar); `null` ends it. Never shown again.
    #[serde(default, skip_serializing_if = "Edit::is_keep")]
    pub calendar_url: Edit<String>,
}

/// A sleeper.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SleeperShown {
    /// Hers for good.
    pub id: String,
    /// Its last eight characters, which name her too.
    pub short_id: String,
    /// What the coach calls her.
    pub name: Option<String>,
    /// Her number; with its middle hidden for whoever may only read.
    pub phone: String,
    /// A language tag.
    pub language: String,
    /// How many schedules she has.
    pub schedules: usize,
    /// Whether a call to her goes on.
    #[serde(default)]
    pub calling_now: bool,
    /// When her telephone rings next; `None` when nothing is planned.
    pub next: Option<NextRing>,
}

impl SleeperShown {
    /// The same with the middle of her number hidden.
    #[must_use]
    pub fn masked(self) -> Self {
        let masked = PhoneNumber::parse(&self.phone).map(|number| number.masked());
        Self { phone: masked.unwrap_or_default(), ..self }
    }
}

// The number is personal data, and debug output ends up in logs.
impl std::fmt::Debug for SleeperShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SleeperShown").field("id", &self.id).finish_non_exhaustive()
    }
}

/// How much was forgotten of what the coach remembers from one morning to the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoriesForgotten {
    /// Whom it was about.
    pub id: String,
    /// Lines.
    pub memories: u64,
}

/// What was deleted with a sleeper.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    /// Whom it was about.
    pub id: String,
    /// Rules.
    pub schedules: u64,
    /// Wake-ups, past and planned.
    pub wake_ups: u64,
    /// Calls.
    pub attempts: u64,
    /// Lines of conversation.
    pub utterances: u64,
}
