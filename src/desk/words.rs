//! People's words in a request: names, days, times, rules; what cannot be read is told with its field.

use std::fmt::Display;

use jiff::civil::{Date, DateTime, Time};

use super::DeskError;
use crate::domain::schedule::{Rule, phrase};

/// Longer names are not said aloud, and spoil every table.
const NAME_MAX: usize = 60;

/// A name, as it is to be kept.
pub(super) fn name(field: &'static str, text: &str) -> Result<String, DeskError> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().count() <= NAME_MAX && !name.chars().any(char::is_control);
    if fits {
        return Ok(name.to_owned());
    }
    let hint = format!("Write 1 to {NAME_MAX} characters, such as Anna.");
    Err(DeskError::invalid(field, "That is not a name.", hint))
}

/// When a rule rings; `today` is the date where its clock hangs.
pub(super) fn rule(text: &str, today: Date) -> Result<Rule, DeskError> {
    phrase::rule(text, today).map_err(|error| DeskError::invalid("when", sentence(&error), ""))
}

/// When a rule rings that rings once; `now` is what the clock shows where it hangs.
pub(super) fn once(text: &str, now: DateTime) -> Result<Rule, DeskError> {
    phrase::once(text, now).map_err(|error| DeskError::invalid("when", sentence(&error), ""))
}

/// One day; `today` is the date where its clock hangs.
pub(super) fn day(field: &'static str, text: &str, today: Date) -> Result<Date, DeskError> {
    phrase::day(text, today).map_err(|error| DeskError::invalid(field, sentence(&error), ""))
}

/// A time of day.
pub(super) fn time(text: &str) -> Result<Time, DeskError> {
    phrase::time(text).map_err(|error| DeskError::invalid("time", sentence(&error), ""))
}

/// An error's words as a sentence that stands alone.
pub(super) fn sentence(said: &dyn Display) -> String {
    let said = said.to_string();
    let mut letters = said.chars();
    let Some(first) = letters.next() else { return said };
    let end = if said.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}
