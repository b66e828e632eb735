//! The next appointment of the day in an iCalendar text. Reading and recurrence are the crate's; what a civil
//! time means is ours, since its zone data are not (see `docs/decisions/0001`).

use calcard::common::timezone::Tz;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::coach::language::Tongue;
use crate::zones::Zones;

/// Dates looked at: a daily appointment of thirty years, and a bound for a rule that rings each second.
const DATES_MAX: usize = 12_000;

/// The first appointment with a time between `now` and midnight, with that time: "9:30, dentist".
pub(super) fn next(
    text: &str,
    zone: &TimeZone,
    zones: &Zones,
    now: Timestamp,
    tongue: Tongue,
) -> Option<String> {
    let here = now.to_zoned(zone.clone());
    let calendar = ICalendar::parse(text).ok()?;
    let mut today: Vec<(Zoned, u32)> = calendar
        .expand_dates(Tz::Floating, DATES_MAX)
        .events
        .iter()
        .filter_map(|event| {
            let civil: DateTime = event.start.naive_local().to_string().parse().ok()?;
            let start = civil.to_zoned(zone_of(event.start.timezone(), zone, zones)).ok()?;
            Some((start.with_time_zone(zone.clone()), event.comp_id))
        })
        .filter(|(start, _)| start.timestamp() >= now && start.date() == here.date())
        .collect();
    today.sort();
    today.into_iter().find_map(|(start, component)| {
        let component = calendar.components.get(component as usize)?;
        let is_event = component.component_type == ICalendarComponentType::VEvent;
        let summary = component.property(&ICalendarProperty::Summary)?.values.first()?.as_text()?;
        let said = !summary.trim().is_empty() && is_event && !is_whole_day(component);
        said.then(|| format!("{}, {summary}", tongue.clock(start.time())))
    })
}

/// The zone whose clock a start is on: the one it names, or hers when it names none.
fn zone_of(named: Tz, hers: &TimeZone, zones: &Zones) -> TimeZone {
    match named {
        Tz::Floating => hers.clone(),
        named => named.name().and_then(|name| zones.get(&name).ok()).unwrap_or_else(|| hers.clone()),
    }
}

/// A date without a time: a birthday, a holiday, nothing to be in time for.
fn is_whole_day(component: &ICalendarComponent) -> bool {
    let start = component.property(&ICalendarProperty::Dtstart);
    start.is_some_and(|entry| {
        entry
            .values
            .iter()
            .any(|value| matches!(value, ICalendarValue::PartialDateTime(start) if start.hour.is_none()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A calendar with these events, each the lines between `BEGIN` and `END`.
    fn calendar(events: &[&str]) -> String {
        let event =
            |lines: &&str| format!("BEGIN:VEVENT\r\nUID:{}\r\n{lines}\r\nEND:VEVENT\r\n", lines.len());
        let events: String = events.iter().map(event).collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
    }

    /// What is said on Monday, 2 March 2026, at half past six in Berlin.
    fn said(text: &str) -> Option<String> {
        let zones = Zones::bundled();
        let berlin = zones.get("Europe/Berlin").unwrap();
        let now = "2026-03-02T05:30:00Z".parse().unwrap();
        next(text, &berlin, &zones, now, Tongue::ENGLISH)
    }

    #[test]
    fn the_first_appointment_that_is_still_to_come_is_said_with_her_time() {
        for (events, expected) in [
            (&["DTSTART:20260302T083000Z\r\nSUMMARY:Dentist"][..], Some("9:30, Dentist")),
            (&["DTSTART;TZID=Europe/London:20260302T090000\r\nSUMMARY:Call Leo"], Some("10:00, Call Leo")),
            (&["DTSTART:20260302T140000\r\nSUMMARY:School play"], Some("14:00, School play")),
            (
                &[
                    "DTSTART:20260302T140000\r\nSUMMARY:Later",
                    "DTSTART:20260302T050000Z\r\nSUMMARY:Over",
                    "DTSTART;VALUE=DATE:20260302\r\nSUMMARY:Birthday",
                    "DTSTART:20260302T080000\r\nSUMMARY:First\\, of two",
                ],
                Some("8:00, First, of two"),
            ),
            (
                &[
                    "DTSTART;TZID=Europe/Berlin:20250106T091500\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\nSUMMARY:Standup",
                ],
                Some("9:15, Standup"),
            ),
            (
                &[
                    "DTSTART;TZID=Europe/Berlin:20250106T091500\r\nRRULE:FREQ=WEEKLY;BYDAY=TU\r\nSUMMARY:Standup",
                ],
                None,
            ),
            (&["DTSTART:20260303T083000Z\r\nSUMMARY:Tomorrow"], None),
            (&["DTSTART:20260302T230500Z\r\nSUMMARY:After her midnight"], None),
            (&["DTSTART:20260302T083000Z\r\nSUMMARY: "], None),
            (&["DTSTART:20260302T083000Z"], None),
            (&[], None),
        ] {
            assert_eq!(said(&calendar(events)).as_deref(), expected, "{events:?}");
        }
    }

    #[test]
    fn what_is_no_calendar_says_nothing() {
        for garbage in
            ["", "<html>Sign in</html>", "BEGIN:VCALENDAR", "{\"a\":1}", "BEGIN:VCARD\r\nEND:VCARD\r\n"]
        {
            assert_eq!(said(garbage), None, "{garbage}");
        }
        let endless = ["DTSTART:20000101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:Tick"];
        assert_eq!(said(&calendar(&endless)), None);
    }
}
