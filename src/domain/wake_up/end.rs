//! How a wake-up ended, and whether somebody should be told.

use serde::{Deserialize, Serialize};

/// How a wake-up ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// She is up.
    Up,
    /// Missed: the host was down until it made no sense any more.
    TooLate,
    /// Missed: all calls were made.
    CallsExhausted,
    /// Missed: no redial fits before the deadline.
    DeadlinePassed,
    /// Missed: the carrier refuses for a reason that will not pass by itself.
    RefusedForGood,
    /// Missed: the morning has cost as much as it may.
    CostCapReached,
    /// Another wake-up of the same sleeper took its place (R7), or has woken her already.
    Coalesced,
    /// The owner cancelled it.
    Cancelled,
    /// The date does not exist in that zone (R3).
    NoSuchDate,
}

impl End {
    /// Every end, for reading back and for tests.
    pub const ALL: [Self; 9] = [
        Self::Up,
        Self::TooLate,
        Self::CallsExhausted,
        Self::DeadlinePassed,
        Self::RefusedForGood,
        Self::CostCapReached,
        Self::Coalesced,
        Self::Cancelled,
        Self::NoSuchDate,
    ];

    /// The word for tables, logs, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::TooLate => "too_late",
            Self::CallsExhausted => "calls_exhausted",
            Self::DeadlinePassed => "deadline_passed",
            Self::RefusedForGood => "refused_for_good",
            Self::CostCapReached => "cost_cap_reached",
            Self::Coalesced => "coalesced",
            Self::Cancelled => "cancelled",
            Self::NoSuchDate => "no_such_date",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.name() == name)
    }

    /// True when nobody knows whether she is up, and somebody should be told.
    pub fn is_missed(self) -> bool {
        matches!(
            self,
            Self::TooLate
                | Self::CallsExhausted
                | Self::DeadlinePassed
                | Self::RefusedForGood
                | Self::CostCapReached
        )
    }
}
