//! Wake-ups, planned and past.

use serde::{Deserialize, Serialize};

use super::Moment;

/// Which wake-ups to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OccurrencesAsked {
    /// Whose; everybody's without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleeper: Option<String>,
    /// The coming ones unless said otherwise.
    #[serde(default)]
    pub state: WhichOccurrences,
    /// How many, at most [`super::LIMIT_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A part of all wake-ups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhichOccurrences {
    /// Those that have not ended, the soonest first.
    #[default]
    Coming,
    /// Those that have ended, the newest first.
    Past,
    /// All, the newest first.
    All,
}

/// A wake-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccurrenceShown {
    /// Its own for good.
    pub id: String,
    /// The identifier's last eight characters, which name it too.
    pub short_id: String,
    /// Whom it wakes.
    pub sleeper: String,
    /// What she is called.
    pub sleeper_name: Option<String>,
    /// The rule it comes from; `None` for a call asked for by hand.
    pub schedule: Option<String>,
    /// When it is due.
    pub due: Moment,
    /// Why then: `as_asked`, `gap_end`, `first_of_two`, and what exceptions add.
    pub reason: String,
    /// `planned`, `calling`, `waiting` or `ended`.
    pub phase: String,
    /// How it ended: `up`, `calls_exhausted`, `cancelled` …
    pub ended_how: Option<String>,
    /// True when nobody knows whether she is up.
    pub missed: bool,
    /// Calls that may have rung so far.
    pub calls: u32,
    /// Calls allowed.
    pub calls_allowed: u32,
    /// Snoozes granted.
    pub snoozes: u32,
    /// What comes next when it waits: `redial`, `call_back` …
    pub next_kind: Option<String>,
    /// When it calls next; `None` during a call and once it has ended.
    pub next_action: Option<Moment>,
}

/// A request for a few more minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// How many; what the schedule grants without a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}
