//! When a schedule rings: civil dates first, instants second.
//!
//! [`Rule`] says which dates and times, [`Exception`] and [`Holidays`] what one day does otherwise, and
//! [`due_on`] which instant a time is on a date. [`Timetable`] puts them together. The rules are numbered:
//! R1 an occurrence is a civil date and a slot, R2 a missing time rings at the end of the gap, R3 a missing
//! date does not ring, R4 a repeated time rings the first time, R5 waits between calls are elapsed time and
//! never come through here, R11 is the precedence of exceptions, R12 a moved day is the same occurrence.

mod cron;
pub mod definition;
mod due;
mod exceptions;
pub mod phrase;
mod rule;
mod timetable;
mod weekdays;
mod words;
mod zone_mode;

use std::time::Duration;

pub use self::cron::{CronPattern, CronProblem};
pub use self::due::{Due, DueNote, Instant, due_on};
pub use self::exceptions::{Exception, Holidays, SkipCause};
pub use self::rule::{ONLY_SLOT, Rule, added_slot, clock_face};
pub use self::timetable::{Origin, Planned, Silence, Timetable, What, useful_before};
pub use self::weekdays::Weekdays;
pub use self::words::in_words;
pub use self::zone_mode::ZoneMode;

/// How long a wake-up is worth making after its time, unless the schedule says otherwise (R6).
pub const USEFUL_FOR: Duration = Duration::from_hours(2);
