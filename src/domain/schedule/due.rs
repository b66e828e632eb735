//! From a civil time to an instant, with explicit rules for the two days a year on which a wall-clock time
//! does not exist or comes twice (R2–R4).

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::planted::{Planted, is_planted};

/// Why an occurrence's instant is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DueNote {
    /// The asked time exists once that day.
    AsAsked,
    /// The asked time is skipped by the clock change; it rings at the end of the gap (R2).
    GapEnd,
    /// The asked time comes twice that day; it rings the first time (R4).
    FirstOfTwo,
}

impl DueNote {
    /// The word for tables, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::AsAsked => "as_asked",
            Self::GapEnd => "gap_end",
            Self::FirstOfTwo => "first_of_two",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::AsAsked, Self::GapEnd, Self::FirstOfTwo].into_iter().find(|note| note.name() == name)
    }
}

/// What a wall-clock time means on one civil date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It rings.
    Ring(Instant),
    /// The date itself does not exist in that zone (R3), so it does not ring.
    NoSuchDate,
}

/// The instant that a wall-clock time stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// The instant.
    pub at: Timestamp,
    /// The zone's offset from UTC at that instant.
    pub offset: Offset,
    /// Why this instant.
    pub note: DueNote,
}

/// The instant at which the clock of `zone` first reads `at` or later on `date` (R2–R4).
pub fn due_on(date: Date, at: Time, zone: &TimeZone) -> Due {
    let asked = date.to_datetime(at);
    let (offset, note) = match zone.to_ambiguous_timestamp(asked).offset() {
        _ if is_planted(Planted::OffsetFrozen) => (zone.to_offset(Timestamp::UNIX_EPOCH), DueNote::AsAsked),
        AmbiguousOffset::Fold { after, .. } if is_planted(Planted::SecondOfTwo) => {
            (after, DueNote::FirstOfTwo)
        }
        AmbiguousOffset::Gap { before, .. } if is_planted(Planted::GapReadOn) => (before, DueNote::GapEnd),
        AmbiguousOffset::Unambiguous { offset } => (offset, DueNote::AsAsked),
        // The offset before the change gives the earlier of the two instants.
        AmbiguousOffset::Fold { before, .. } => (before, DueNote::FirstOfTwo),
        AmbiguousOffset::Gap { before, .. } => return end_of_gap(date, at, before, zone),
    };
    match offset.to_timestamp(asked) {
        Ok(at) => Due::Ring(Instant { at, offset, note }),
        // Only within hours of the calendar's ends, in the years -9999 and 9999.
        Err(_) => Due::NoSuchDate,
    }
}

fn end_of_gap(date: Date, at: Time, before: Offset, zone: &TimeZone) -> Due {
    let Ok(beyond) = before.to_timestamp(date.to_datetime(at)) else { return Due::NoSuchDate };
    // Read with the old offset, the asked time lies at or after the change that skips it.
    let just_beyond = beyond.saturating_add(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MAX);
    let Some(change) = zone.preceding(just_beyond).next() else { return Due::NoSuchDate };
    let change_at = change.timestamp();
    let before_change = change_at.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(Timestamp::MIN);
    let date_is_missing = before.to_datetime(before_change).date() < date
        && change.offset().to_datetime(change_at).date() > date;
    if date_is_missing && !is_planted(Planted::MissingDateRings) {
        return Due::NoSuchDate;
    }
    Due::Ring(Instant { at: change_at, offset: change.offset(), note: DueNote::GapEnd })
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;
