//! What a schedule says: on which civil dates, at which wall-clock times.

use std::fmt;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::{CronPattern, Weekdays};

/// The slot of a rule with one time a day: an edit of that time keeps the occurrence's identity.
pub const ONLY_SLOT: u32 = 0;
/// One-off additions count from here, out of the way of the rule's own slots.
const ADDED_SLOTS: u32 = 10_000;

/// A standing rule. In JSON `{"kind":"weekly","weekdays":["mon"],"at":"06:30:00"}`,
/// `{"kind":"once","date":"2026-12-24","at":"04:15:00"}` or `{"kind":"cron","pattern":"30 6 * * 1-5"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Rule {
    /// These days of each week.
    Weekly {
        /// On which days.
        weekdays: Weekdays,
        /// At what time.
        at: Time,
    },
    /// One date and no other.
    Once {
        /// On which date.
        date: Date,
        /// At what time.
        at: Time,
    },
    /// As a cron pattern says, perhaps several times a day.
    Cron {
        /// The pattern.
        pattern: CronPattern,
    },
}

impl Rule {
    /// The slots and times of one date, in order of time; none when it does not ring that day.
    pub fn times_on(&self, date: Date) -> Vec<(u32, Time)> {
        match self {
            Self::Weekly { weekdays, at } if weekdays.contains(date.weekday()) => vec![(ONLY_SLOT, *at)],
            Self::Once { date: only, at } if *only == date => vec![(ONLY_SLOT, *at)],
            Self::Weekly { .. } | Self::Once { .. } => Vec::new(),
            Self::Cron { pattern } => {
                pattern.times_on(date).iter().map(|at| (minute_of_day(*at), *at)).collect()
            }
        }
    }

    /// The slot for a time on a date on which the rule itself has none.
    pub(super) fn slot_for(&self, at: Time) -> u32 {
        match self {
            Self::Weekly { .. } | Self::Once { .. } => ONLY_SLOT,
            Self::Cron { .. } => minute_of_day(at),
        }
    }
}

/// The slot of a one-off addition at that time.
pub fn added_slot(at: Time) -> u32 {
    ADDED_SLOTS + minute_of_day(at)
}

/// Stable under other times of the pattern coming and going, and under clock changes.
fn minute_of_day(at: Time) -> u32 {
    u32::from(at.hour().unsigned_abs()) * 60 + u32::from(at.minute().unsigned_abs())
}

/// A time as people write it: seconds only where there are any.
pub fn clock_face(at: Time) -> String {
    at.strftime(if at.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// As `schedule::phrase` reads it back.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly { weekdays, at } => write!(f, "{weekdays} {}", clock_face(*at)),
            Self::Once { date, at } => write!(f, "{date} {}", clock_face(*at)),
            Self::Cron { pattern } => write!(f, "cron {pattern}"),
        }
    }
}
