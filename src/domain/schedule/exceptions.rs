//! What one day does otherwise than the rule: left out, paused, moved, added, or a holiday (R11, R12).

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

/// Why a date is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipCause {
    /// The owner wants it so.
    Owner,
    /// She was woken shortly before the zone changed, and is asked before she is woken again (R10).
    AlreadyRung,
}

/// An exception to one schedule's rule. The order of the variants is not their precedence: a one-off
/// addition stands over a move, a move over a skip, a skip over a pause, a pause over a holiday (R11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Exception {
    /// One date does not ring.
    Skip {
        /// Which date.
        date: Date,
        /// Which of the day's times; `None` is all of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<u32>,
        /// Why.
        cause: SkipCause,
    },
    /// A range of dates does not ring; it ends by itself.
    Pause {
        /// The first silent date.
        from: Date,
        /// The last silent date.
        until: Date,
    },
    /// One date rings at another time: the same occurrence, not one more (R12).
    Move {
        /// Which date.
        date: Date,
        /// Which of the day's times; `None` is the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<u32>,
        /// The new time.
        to: Time,
    },
    /// One date rings once more.
    Add {
        /// Which date.
        date: Date,
        /// At what time.
        at: Time,
    },
}

impl Exception {
    /// The owner leaves a date out.
    pub fn skip(date: Date) -> Self {
        Self::Skip { date, slot: None, cause: SkipCause::Owner }
    }

    /// One date rings at another time.
    pub fn moved(date: Date, to: Time) -> Self {
        Self::Move { date, slot: None, to }
    }

    /// The first date that it touches.
    pub fn first_date(&self) -> Date {
        match *self {
            Self::Skip { date, .. } | Self::Move { date, .. } | Self::Add { date, .. } => date,
            Self::Pause { from, .. } => from,
        }
    }

    /// The last date that it touches.
    pub fn last_date(&self) -> Date {
        match *self {
            Self::Pause { until, .. } => until,
            _ => self.first_date(),
        }
    }

    /// Whether it has anything to say of a date.
    pub fn touches(&self, date: Date) -> bool {
        match *self {
            Self::Skip { date: on, .. } | Self::Move { date: on, .. } | Self::Add { date: on, .. } => {
                on == date
            }
            Self::Pause { from, until } => from <= date && date <= until,
        }
    }

    /// Whether a newer one takes this one's place: a day moved twice stands where it was moved last.
    pub fn is_replaced_by(&self, newer: &Self) -> bool {
        match (self, newer) {
            (Self::Move { date, slot, .. }, Self::Move { date: on, slot: of, .. }) => {
                self != newer && date == on && slot == of
            }
            _ => false,
        }
    }

    /// The word for tables and JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Skip { .. } => "skip",
            Self::Pause { .. } => "pause",
            Self::Move { .. } => "move",
            Self::Add { .. } => "add",
        }
    }
}

/// The dates that a schedule's holiday calendars name, each with its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays(BTreeMap<Date, String>);

impl Holidays {
    /// The holiday's name; `None` on an ordinary day.
    pub fn on(&self, date: Date) -> Option<&str> {
        self.0.get(&date).map(String::as_str)
    }

    /// The dates in order, each with its name.
    pub fn iter(&self) -> impl Iterator<Item = (Date, &str)> {
        self.0.iter().map(|(date, name)| (*date, name.as_str()))
    }

    /// How many dates there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no date is one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(Date, String)> for Holidays {
    /// Where two calendars name one date, the first one's name stays.
    fn from_iter<I: IntoIterator<Item = (Date, String)>>(days: I) -> Self {
        let mut holidays = Self::default();
        for (date, name) in days {
            holidays.0.entry(date).or_insert(name);
        }
        holidays
    }
}
