//! Calendars as they come, good and bad.

use jiff::civil::date;

use super::*;

fn calendar(events: &[&str]) -> String {
    let event = |lines: &&str| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", lines.replace('\n', "\r\n"));
    let events: String = events.iter().map(event).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
}

/// The days of 2026 and 2027 that such a calendar names.
fn days(events: &[&str]) -> Vec<String> {
    let read = holidays(&calendar(events), date(2026, 1, 1), date(2027, 12, 31)).unwrap();
    read.iter().map(|(date, name)| format!("{date} {name}")).collect()
}

#[test]
fn whole_days_count_with_their_names() {
    for (event, expected) in [
        (
            "UID:1\nSUMMARY:Tag der Arbeit\nDTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260502",
            vec!["2026-05-01 Tag der Arbeit"],
        ),
        ("UID:1\nDTSTART;VALUE=DATE:20260501", vec!["2026-05-01 without a name"]),
        (
            "UID:1\nSUMMARY:Christmas\\, two\\n  days\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227",
            vec!["2026-12-25 Christmas, two days", "2026-12-26 Christmas, two days"],
        ),
        (
            "UID:1\nSUMMARY:Bridge\nDTSTART;VALUE=DATE:20260514\nDURATION:P2D",
            vec!["2026-05-14 Bridge", "2026-05-15 Bridge"],
        ),
        (
            "UID:1\nSUMMARY:Labour Day\nDTSTART;VALUE=DATE:19500501\nRRULE:FREQ=YEARLY",
            vec!["2026-05-01 Labour Day", "2027-05-01 Labour Day"],
        ),
        (
            "UID:1\nSUMMARY:Thanksgiving\nDTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            vec!["2026-11-26 Thanksgiving", "2027-11-25 Thanksgiving"],
        ),
        (
            "UID:1\nSUMMARY:Ends\nDTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20260501",
            vec!["2026-05-01 Ends"],
        ),
        (
            "UID:1\nSUMMARY:But one\nDTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260501",
            vec!["2027-05-01 But one"],
        ),
        // An end before the beginning is a day all the same.
        (
            "UID:1\nSUMMARY:Odd\nDTSTART;VALUE=DATE:20260501\nDTEND;VALUE=DATE:20260401",
            vec!["2026-05-01 Odd"],
        ),
    ] {
        assert_eq!(days(&[event]), expected, "{event}");
    }
}

#[test]
fn what_has_a_time_of_day_or_does_not_take_place_never_sets_a_morning_free() {
    for event in [
        "UID:1\nSUMMARY:Dentist\nDTSTART:20260501T090000Z\nDTEND:20260501T100000Z",
        "UID:1\nSUMMARY:Whole day with a time\nDTSTART:20260501T000000\nDTEND:20260502T000000",
        "UID:1\nSUMMARY:Called off\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20260501",
        "UID:1\nSUMMARY:Long ago\nDTSTART;VALUE=DATE:20200501",
        "UID:1\nSUMMARY:No beginning",
        "UID:1\nSUMMARY:Never\nDTSTART;VALUE=DATE:20260231",
    ] {
        assert_eq!(days(&[event]), Vec::<String>::new(), "{event}");
    }
}

#[test]
fn one_date_of_a_series_can_be_moved() {
    let series = "UID:1\nSUMMARY:Fair\nDTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY";
    let moved = "UID:1\nSUMMARY:Fair\nRECURRENCE-ID;VALUE=DATE:20260501\nDTSTART;VALUE=DATE:20260504";
    let other = "UID:2\nSUMMARY:Other\nDTSTART;VALUE=DATE:20260501";
    assert_eq!(days(&[series, moved, other]), ["2026-05-01 Other", "2026-05-04 Fair", "2027-05-01 Fair"]);
}

#[test]
fn what_is_no_whole_calendar_is_refused() {
    let whole = calendar(&["UID:1\nDTSTART;VALUE=DATE:20260501"]);
    let half = &whole[..whole.len() / 2];
    for text in
        ["", "<html><body>Not found</body></html>", "BEGIN:VCARD\r\nEND:VCARD\r\n", "\u{0}\u{1}", half]
    {
        let read = holidays(text, date(2026, 1, 1), date(2027, 12, 31));
        assert_eq!(read, Err(NotACalendar::Unreadable), "{text}");
    }
}

#[test]
fn a_calendar_of_every_day_is_refused_since_it_would_silence_every_morning() {
    let pills = calendar(&["UID:1\nSUMMARY:Take the pills\nDTSTART;VALUE=DATE:20251201\nRRULE:FREQ=DAILY"]);
    let read = holidays(&pills, date(2026, 1, 1), date(2027, 12, 31));
    assert_eq!(read, Err(NotACalendar::Everything(366)));
}

#[test]
fn a_calendar_that_repeats_without_measure_ends_the_reading_and_not_the_program() {
    let endless = "SUMMARY:Joke\nDTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY;COUNT=60000";
    let many: Vec<String> = (0..60).map(|number| format!("UID:{number}\n{endless}")).collect();
    let events: Vec<&str> = many.iter().map(String::as_str).collect();
    let read = holidays(&calendar(&events), date(2026, 1, 1), date(2027, 12, 31));
    assert_eq!(read, Err(NotACalendar::TooMuch));
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=HOURLY;INTERVAL=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=0",
    ] {
        let event = format!("UID:1\nSUMMARY:Odd\nDTSTART;VALUE=DATE:20260501\nRRULE:{rule}");
        let read = holidays(&calendar(&[&event]), date(2026, 1, 1), date(2027, 12, 31));
        assert!(read.is_ok_and(|days| days.len() <= 2), "{rule}");
    }
}
