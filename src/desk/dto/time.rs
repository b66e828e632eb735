//! Instants as people read them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant, and what the clock on the sleeper's wall shows then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// Such as `Mon 2026-03-02 06:30`, with seconds where they are not zero.
    pub local: String,
    /// That clock's offset from UTC, such as `+01:00`.
    pub offset: String,
    /// Where that clock hangs, such as `Europe/Berlin`.
    pub zone: String,
}

/// When the telephone rings next: the cheapest check of what was just asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextRing {
    /// When.
    pub when: Moment,
    /// Why then: `as_asked`, `gap_end` (the clocks skip the asked time), `first_of_two` (they show it twice),
    /// and what exceptions add.
    pub reason: String,
    /// Such as `in 7 h 12 min`.
    pub countdown: String,
}
