//! Reads the days off a holiday calendar: calcard parses and repeats, this file decides what counts.
//!
//! Only whole days count, and only those that take place. Meetings and everything else with a time of day
//! never set a morning free, nor does a calendar that calls nearly every day a holiday.

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::dates::TimeOrDelta;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarFrequency, ICalendarProperty,
    ICalendarStatus, ICalendarValue,
};
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeMap;

use crate::domain::schedule::Holidays;

/// Repetitions looked at in one event: a weekly one since the 1970s has fewer.
const REPEATS_MAX: usize = 4_000;
/// Repetitions looked at in one calendar; beyond lies somebody's joke or mistake.
const REPEATS_MAX_IN_ALL: usize = 100_000;
/// No feast is longer, and school holidays are not either.
const DAYS_MAX: i64 = 120;
/// A calendar that names more days than this in the year ahead is not one of holidays.
const HOLIDAYS_MAX_A_YEAR: usize = 250;
/// What is shown of a holiday's name.
const NAME_CHARS_MAX: usize = 80;

/// Why a text is not a calendar of holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotACalendar {
    /// No iCalendar document, or only the beginning of one.
    #[error("it is not a whole iCalendar document (BEGIN:VCALENDAR … END:VCALENDAR)")]
    Unreadable,
    /// Its events repeat without measure.
    #[error("its events repeat too often to be holidays")]
    TooMuch,
    /// It would silence nearly every morning.
    #[error("it names {0} of the next 366 days, which no calendar of holidays does")]
    Everything(usize),
}

/// The whole days that a calendar names from `from` to `until`.
pub fn holidays(text: &str, from: Date, until: Date) -> Result<Holidays, NotACalendar> {
    if !text.trim_end().to_ascii_uppercase().ends_with("END:VCALENDAR") {
        return Err(NotACalendar::Unreadable);
    }
    let calendar = ICalendar::parse(text).map_err(|_| NotACalendar::Unreadable)?;
    // Events that share an identifier are one series and its changes; others must not meet in the reader.
    let mut series: BTreeMap<String, Vec<ICalendarComponent>> = BTreeMap::new();
    for (number, mut event) in calendar.components.into_iter().enumerate() {
        if counts(&event) {
            end_by(&mut event, until);
            series.entry(uid(&event).unwrap_or_else(|| number.to_string())).or_default().push(event);
        }
    }
    let mut days: BTreeMap<Date, String> = BTreeMap::new();
    let mut budget = REPEATS_MAX_IN_ALL;
    for components in series.into_values() {
        let expanded = read_series(components, from, until, &mut days);
        budget = budget.checked_sub(expanded).ok_or(NotACalendar::TooMuch)?;
    }
    let year = from..from.saturating_add(366.days());
    match days.range(year).count() {
        many if many > HOLIDAYS_MAX_A_YEAR => Err(NotACalendar::Everything(many)),
        _ => Ok(days.into_iter().collect()),
    }
}

/// A whole day that takes place.
fn counts(event: &ICalendarComponent) -> bool {
    let whole_day = matches!(
        value(event, &ICalendarProperty::Dtstart),
        Some(ICalendarValue::PartialDateTime(start)) if start.has_date() && !start.has_time()
    );
    let cancelled = matches!(
        value(event, &ICalendarProperty::Status),
        Some(ICalendarValue::Status(ICalendarStatus::Cancelled))
    );
    // A change of one date in a series may not repeat the series' start.
    let changes_one = event.component_type == ICalendarComponentType::VEvent
        && value(event, &ICalendarProperty::RecurrenceId).is_some();
    event.component_type == ICalendarComponentType::VEvent && whole_day && (!cancelled || changes_one)
}

/// A series without end is read up to the last day asked for; one that repeats by the hour is no holiday.
fn end_by(event: &mut ICalendarComponent, until: Date) {
    event.entries.retain(|entry| match entry.values.first() {
        Some(ICalendarValue::RecurrenceRule(rule)) => matches!(
            rule.freq,
            ICalendarFrequency::Yearly
                | ICalendarFrequency::Monthly
                | ICalendarFrequency::Weekly
                | ICalendarFrequency::Daily
        ),
        _ => true,
    });
    let last = PartialDateTime {
        year: u16::try_from(until.year()).ok(),
        month: u8::try_from(until.month()).ok(),
        day: u8::try_from(until.day()).ok(),
        ..PartialDateTime::default()
    };
    for value in event.entries.iter_mut().flat_map(|entry| entry.values.iter_mut()) {
        if let ICalendarValue::RecurrenceRule(rule) = value
            && rule.count.is_none()
            && rule
                .until
                .as_ref()
                .is_none_or(|end| (end.year, end.month, end.day) > (last.year, last.month, last.day))
        {
            rule.until = Some(last.clone());
        }
    }
}

/// Adds a series' days, and says how many repetitions it had.
fn read_series(
    components: Vec<ICalendarComponent>,
    from: Date,
    until: Date,
    days: &mut BTreeMap<Date, String>,
) -> usize {
    let series = ICalendar { components };
    let expanded = series.expand_dates(Tz::Floating, REPEATS_MAX);
    for event in &expanded.events {
        let Some(component) = usize::try_from(event.comp_id).ok().and_then(|at| series.components.get(at))
        else {
            continue;
        };
        let cancelled = matches!(
            value(component, &ICalendarProperty::Status),
            Some(ICalendarValue::Status(ICalendarStatus::Cancelled))
        );
        // The reader's dates are written as ISO 8601, which is all that is needed of them.
        let Ok(start) = event.start.date_naive().to_string().parse::<Date>() else { continue };
        if cancelled {
            continue;
        }
        let length = match &event.end {
            TimeOrDelta::Time(end) => (end.date_naive() - event.start.date_naive()).num_days(),
            TimeOrDelta::Delta(length) => length.num_days(),
        };
        // Without an end, or with one that makes no sense, it is that day.
        for date in start.series(1.day()).take(usize::try_from(length.clamp(1, DAYS_MAX)).unwrap_or(1)) {
            if (from..=until).contains(&date) {
                days.entry(date).or_insert_with(|| name(component));
            }
        }
    }
    expanded.events.len()
}

fn value<'a>(event: &'a ICalendarComponent, property: &ICalendarProperty) -> Option<&'a ICalendarValue> {
    event.entries.iter().find(|entry| entry.name == *property).and_then(|entry| entry.values.first())
}

fn uid(event: &ICalendarComponent) -> Option<String> {
    match value(event, &ICalendarProperty::Uid)? {
        ICalendarValue::Text(uid) => Some(uid.clone()),
        _ => None,
    }
}

/// On one line, and not longer than a line.
fn name(event: &ICalendarComponent) -> String {
    let text = match value(event, &ICalendarProperty::Summary) {
        Some(ICalendarValue::Text(text)) => text.as_str(),
        _ => "",
    };
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line: String = words.join(" ").chars().take(NAME_CHARS_MAX).collect();
    if line.is_empty() { "without a name".to_owned() } else { line }
}

#[cfg(test)]
#[path = "ics_tests.rs"]
mod tests;
