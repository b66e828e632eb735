//! What people write, and what they are told.

use jiff::civil::date;

use super::*;

/// A Friday.
const TODAY: Date = date(2026, 3, 27);

#[test]
fn a_rule_reads_like_a_sentence() {
    for (text, expected) in [
        ("weekdays 06:30", "weekdays 06:30"),
        ("Weekdays at 6:30", "weekdays 06:30"),
        ("sat,sun 9:00", "weekends 09:00"),
        ("every day 7", "every day 07:00"),
        ("daily 7am", "every day 07:00"),
        ("every monday 7:05", "Mon 07:05"),
        ("Mon Wed Fri 06:15", "Mon Wed Fri 06:15"),
        ("mon-thu, sat 06:15", "Mon Tue Wed Thu Sat 06:15"),
        ("fri-mon 8", "Mon Fri Sat Sun 08:00"),
        ("tuesdays and thurs 18.45", "Tue Thu 18:45"),
        ("06:30 on weekends", "weekends 06:30"),
        ("weekdays 6:30 pm", "weekdays 18:30"),
        ("weekdays noon", "weekdays 12:00"),
        ("weekdays 12am", "weekdays 00:00"),
        ("sunday midnight", "Sun 00:00"),
        ("weekdays 7h", "weekdays 07:00"),
        ("weekdays 6h30", "weekdays 06:30"),
        ("weekdays 06:30:15", "weekdays 06:30:15"),
        ("2026-12-24 04:15", "2026-12-24 04:15"),
        ("on 2026-12-24 at 4:15", "2026-12-24 04:15"),
        ("today 23:00", "2026-03-27 23:00"),
        ("tomorrow 06:30", "2026-03-28 06:30"),
        ("cron 30 6 * * 1-5", "cron 30 6 * * 1-5"),
        ("Cron 0 6,22 * * MON", "cron 0 6,22 * * mon"),
    ] {
        let read = rule(text, TODAY).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        assert_eq!(read.to_string(), expected, "{text}");
        assert_eq!(rule(expected, TODAY), Ok(read), "what is shown can be written: {expected}");
    }
}

#[test]
fn what_is_no_rule_is_answered_with_what_may_have_been_meant() {
    for (text, expected) in [
        ("weekdays half past 6", "`half past 6` is not a time; did you mean 06:30?"),
        ("half past 6", "`half past 6` is not a time; did you mean 06:30?"),
        ("every day quarter to seven", "`quarter to seven` is not a time; did you mean 06:45?"),
        ("weekdays ten past six", "`ten past six` is not a time; did you mean 06:10?"),
        ("weekdays 630", "`630` is not a time; did you mean 06:30?"),
        ("weekdays 0630", "`0630` is not a time; did you mean 06:30?"),
        ("weekdays 6:5", "`6:5` is not a time; did you mean 06:05?"),
        ("weekdays 24:00", "`24:00` is not a time; did you mean 00:00?"),
        ("weekdays 25:00", "`25:00` is not a time; write it as 06:30, 6:30 pm or 7"),
        ("weekdays 6:75", "`6:75` is not a time; write it as 06:30, 6:30 pm or 7"),
        ("weekdays 13 pm", "`13 pm` is not a time; write it as 06:30, 6:30 pm or 7"),
        ("weekdays 6 7", "`6 7` is not a time; write it as 06:30, 6:30 pm or 7"),
        (
            "06:30",
            "on which days? Write `every day 06:30`, `weekdays 06:30`, `sat,sun 06:30` or `tomorrow 06:30`",
        ),
        ("weekdays", "at what time? Write `weekdays 06:30`"),
        ("tomorrow", "at what time? Write `tomorrow 06:30`"),
        (
            "wekdays 06:30",
            "`wekdays` is not a day: write every day, weekdays, weekends, mon to sun, today, tomorrow, or a date \
             such as 2026-12-24",
        ),
        (
            "whenever",
            "`whenever` is not a day: write every day, weekdays, weekends, mon to sun, today, tomorrow, or a date \
             such as 2026-12-24",
        ),
        ("24.12.2026 06:30", "`24.12.2026` is not a date here: did you mean 2026-12-24?"),
        ("12/24/2026 06:30", "`12/24/2026` is not a date here: did you mean 2026-12-24?"),
        ("2026-02-30 06:30", "there is no 2026-02-30 in the calendar"),
        (
            "monday 2026-12-24 06:30",
            "`monday 2026-12-24 06:30` names a date and days of the week: write one schedule for each",
        ),
        ("today tomorrow 6", "`today tomorrow 6` names two dates: write one schedule for each"),
        ("30 6 * * 1-5", "if `30 6 * * 1-5` is a cron pattern, write `cron 30 6 * * 1-5`"),
        ("cron * 6 * * *", "`* 6 * * *` would ring 60 times a day: at most 24 are allowed"),
        (
            "",
            "when? Write for example `weekdays 06:30`, `sat,sun 9:00`, `2026-12-24 04:15` or `cron 30 6 * * 1-5`",
        ),
    ] {
        let problem = rule(text, TODAY).expect_err(text);
        assert_eq!(problem.to_string(), expected, "{text}");
    }
}

#[test]
fn a_day_is_named_in_several_ways() {
    for (text, expected) in [
        ("2026-12-24", date(2026, 12, 24)),
        ("today", TODAY),
        ("Tomorrow", date(2026, 3, 28)),
        ("friday", TODAY),
        ("on sat", date(2026, 3, 28)),
        ("Thursday", date(2026, 4, 2)),
    ] {
        assert_eq!(day(text, TODAY), Ok(expected), "{text}");
    }
    for wrong in ["", "weekdays", "someday", "2026-13-01", "24.12.2026", "06:30", "mon-fri"] {
        assert!(day(wrong, TODAY).is_err(), "{wrong}");
    }
}

#[test]
fn no_text_whatever_makes_the_reader_fall_over() {
    for text in [
        "½",
        "6½",
        "–",
        "mon–fri 6",
        "é:30",
        "weekdays 🕕",
        "- - -",
        "99999999999 6",
        "h",
        ":",
        "am",
        "cron ",
    ] {
        let _ = (rule(text, TODAY), day(text, TODAY), time(text));
    }
    assert_eq!(rule("mon–fri 6", TODAY).unwrap().to_string(), "weekdays 06:00");
}
