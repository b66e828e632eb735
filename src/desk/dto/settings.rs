//! What the owner changes while it runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What to change; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettingsEdit {
    /// How often realtime mode is drawn, from 0 (never) to 1 (always).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realtime_probability: Option<f64>,
    /// `true` gives a realtime model that failed several times another chance at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset_breaker: Option<bool>,
    /// What ends a call, by language (`{"fr": ["salut"]}`); an empty list brings the language's own words back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goodbye_words: Option<BTreeMap<String, Vec<String>>>,
}

/// The settings as they stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SettingsShown {
    /// How often realtime mode is drawn, from 0 to 1.
    pub realtime_probability: f64,
    /// The same, such as `75.0%`.
    pub realtime_percentage: String,
    /// What recent failures of the realtime model taught.
    pub breaker: BreakerShown,
    /// A lasting reason why calls are traditional whatever the probability; `None` when there is none, or
    /// when no daemon is there to know.
    pub obstacle: Option<String>,
    /// The owner's own goodbye words, by language.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub goodbye_words: BTreeMap<String, Vec<String>>,
    /// The release of the time-zone data in use.
    pub tzdb_version: String,
}

/// The breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerShown {
    /// `closed` (all well), `open` (realtime is avoided) or `half_open` (one call tries).
    pub state: String,
    /// Failures since realtime last worked.
    pub failures: u32,
    /// Until when realtime is avoided.
    pub open_until: Option<jiff::Timestamp>,
}
