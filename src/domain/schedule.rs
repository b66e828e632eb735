//! When a schedule rings: civil dates first, instants second, with explicit rules for the two days a
//! year on which a wall-clock time does not exist or comes twice.
//!
//! The rules: R1 an occurrence is a civil date, R2 a missing time
//! rings at the end of the gap, R3 a missing date does not ring, R4 a repeated time rings the first
//! time, R5 waits between calls are elapsed time and never come through here.

use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

/// How long a wake-up is worth making after its time, unless the schedule says otherwise (R6).
pub const USEFUL_FOR: Duration = Duration::from_hours(2);
/// A late wake-up never comes closer than this to the next one (R6).
const CLEAR_OF_NEXT: SignedDuration = SignedDuration::from_hours(4);
/// However close the next one is, a few minutes late is not too late.
const ALWAYS_USEFUL_FOR: SignedDuration = SignedDuration::from_mins(10);

/// A set of weekdays; stored as seven bits, Monday lowest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(u8);

const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "Mon"),
    (Weekday::Tuesday, "Tue"),
    (Weekday::Wednesday, "Wed"),
    (Weekday::Thursday, "Thu"),
    (Weekday::Friday, "Fri"),
    (Weekday::Saturday, "Sat"),
    (Weekday::Sunday, "Sun"),
];

impl Weekdays {
    /// Every day of the week.
    pub const ALL: Self = Self(0b111_1111);
    /// Monday to Friday.
    pub const WORKING: Self = Self(0b001_1111);

    /// The days given; order and repetition do not matter.
    pub fn of(days: &[Weekday]) -> Self {
        Self(days.iter().fold(0, |bits, day| bits | bit(*day)))
    }

    /// Reads the stored bits; `None` for no day at all or an eighth one.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (1..=Self::ALL.0).contains(&bits).then_some(Self(bits))
    }

    /// The bits to store.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether the day belongs to the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & bit(day) != 0
    }
}

fn bit(day: Weekday) -> u8 {
    1 << day.to_monday_zero_offset()
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => f.write_str("every day"),
            Self::WORKING => f.write_str("weekdays"),
            days => {
                let names: Vec<&str> =
                    WEEK.iter().filter(|(day, _)| days.contains(*day)).map(|(_, name)| *name).collect();
                f.write_str(&names.join(" "))
            }
        }
    }
}

impl fmt::Debug for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Weekdays({self})")
    }
}

/// A standing rule: these weekdays, this wall-clock time, in this zone.
#[derive(Debug, Clone, PartialEq)]
pub struct WeeklySchedule {
    /// The days on which it rings.
    pub weekdays: Weekdays,
    /// The wall-clock time at which it rings.
    pub at: Time,
    /// Where that clock hangs.
    pub zone: TimeZone,
}

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

/// What a schedule means on one civil date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// It rings.
    Ring {
        /// The instant.
        at: Timestamp,
        /// The zone's offset from UTC at that instant.
        offset: Offset,
        /// Why this instant.
        note: DueNote,
    },
    /// The date itself does not exist in that zone (R3), so it does not ring.
    NoSuchDate,
}

/// One coming date of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// The civil date that identifies the occurrence (R1).
    pub date: Date,
    /// What happens then.
    pub due: Due,
}

impl Planned {
    /// The instant at which it rings; `None` when it does not.
    pub fn rings_at(&self) -> Option<Timestamp> {
        match self.due {
            Due::Ring { at, .. } => Some(at),
            Due::NoSuchDate => None,
        }
    }
}

impl WeeklySchedule {
    /// The coming dates in order, from the first that rings strictly later than `after`; never ends while
    /// the calendar lasts. Dates that do not exist are reported too, so that people can be told.
    pub fn upcoming(&self, after: Timestamp) -> impl Iterator<Item = Planned> + '_ {
        // Yesterday's time may end up today when a gap spans midnight.
        let first = self.zone.to_datetime(after).date().saturating_sub(1.day());
        first
            .series(1.day())
            .filter(|date| self.weekdays.contains(date.weekday()))
            .map(|date| Planned { date, due: due_on(date, self.at, &self.zone) })
            .skip_while(move |planned| planned.rings_at().is_none_or(|at| at <= after))
    }

    /// The first instant strictly later than `after` at which it rings.
    pub fn next_due(&self, after: Timestamp) -> Option<Timestamp> {
        self.upcoming(after).find_map(|planned| planned.rings_at())
    }

    /// Until when a wake-up that was due at `due_at` is still worth making (R6).
    pub fn useful_until(&self, due_at: Timestamp, useful_for: Duration) -> Timestamp {
        let useful_for = SignedDuration::try_from(useful_for).unwrap_or(SignedDuration::MAX);
        let wanted = due_at.saturating_add(useful_for).unwrap_or(Timestamp::MAX);
        let next = self.next_due(due_at).unwrap_or(Timestamp::MAX);
        let clear = next.saturating_sub(CLEAR_OF_NEXT).unwrap_or(Timestamp::MAX);
        let least = due_at.saturating_add(ALWAYS_USEFUL_FOR).unwrap_or(Timestamp::MAX);
        wanted.min(clear).max(least)
    }
}

/// The instant at which the clock of `zone` first reads `at` or later on `date` (R2–R4).
pub fn due_on(date: Date, at: Time, zone: &TimeZone) -> Due {
    let asked = date.to_datetime(at);
    let (offset, note) = match zone.to_ambiguous_timestamp(asked).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, DueNote::AsAsked),
        // The offset before the change gives the earlier of the two instants.
        AmbiguousOffset::Fold { before, .. } => (before, DueNote::FirstOfTwo),
        AmbiguousOffset::Gap { before, .. } => return end_of_gap(date, at, before, zone),
    };
    match offset.to_timestamp(asked) {
        Ok(at) => Due::Ring { at, offset, note },
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
    if date_is_missing {
        return Due::NoSuchDate;
    }
    Due::Ring { at: change_at, offset: change.offset(), note: DueNote::GapEnd }
}

/// A length of time as people say it: `7 h 12 min`, `45 s`.
pub fn in_words(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
