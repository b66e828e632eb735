//! The desk's replies as people read them: in the sleeper's own time, with how long it is until then.

use super::terminal::{FAINT, paint, say};
use crate::desk::dto::{Moment, NextRing};

/// Such as `Mon 2026-03-02 06:30 +01:00`.
pub fn moment(moment: &Moment) -> String {
    format!("{} {}", moment.local, moment.offset)
}

/// Such as `Mon 2026-03-02 06:30 +01:00, in 7 h 12 min`.
pub fn next_ring(next: &NextRing) -> String {
    let why = reason(&next.reason).map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{}, {}{why}", moment(&next.when), next.countdown)
}

/// Why a wake-up rings when it does; `None` for the plain case.
pub fn reason(word: &str) -> Option<String> {
    match word {
        "as_asked" => None,
        "gap_end" => Some("the clocks skip the asked time".to_owned()),
        "first_of_two" => Some("the clocks show the time twice; this is the first".to_owned()),
        "no_such_date" => Some("this date does not exist there".to_owned()),
        other => Some(words(other)),
    }
}

/// A word of the API as people write it.
pub fn words(word: &str) -> String {
    word.replace('_', " ")
}

/// Says that there is nothing, in place of an empty table.
pub fn or_none(text: &str) {
    say(&paint(FAINT, text));
}
