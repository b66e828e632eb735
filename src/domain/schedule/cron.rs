//! Cron patterns: croner reads them and says which days match; the instants are our own business.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};

/// More wake-ups a day than this is a slip of the pen that would ring all day, and cost money each time.
const TIMES_A_DAY: usize = 24;

/// A cron pattern of five fields, with what it means for a day read out of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CronPattern {
    text: String,
    days: Arc<croner::CronPattern>,
    times: Vec<Time>,
}

/// Why a text is not a cron pattern that we would ring by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronProblem {
    /// It does not have five fields, or one of them cannot be read.
    #[error(
        "`{text}` is not a cron pattern ({why}): write minute, hour, day of month, month, day of week, such as \
         `30 6 * * 1-5`"
    )]
    Unreadable {
        /// What was written.
        text: String,
        /// What croner says about it.
        why: String,
    },
    /// It rings too often to be meant.
    #[error("`{text}` would ring {times} times a day: at most {TIMES_A_DAY} are allowed")]
    TooOften {
        /// What was written.
        text: String,
        /// How often it would ring.
        times: usize,
    },
}

impl CronPattern {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The wall-clock times of that date, in order; none when the date does not match.
    pub fn times_on(&self, date: Date) -> &[Time] {
        if self.matches(date) { &self.times } else { &[] }
    }

    fn matches(&self, date: Date) -> bool {
        let (year, month, day) = (i32::from(date.year()), narrow(date.month()), narrow(date.day()));
        // croner refuses only dates that no calendar has, and years beyond its own.
        self.days.month_match(month).unwrap_or(false)
            && self.days.day_match(year, month, day, weekday(date.weekday())).unwrap_or(false)
    }
}

fn narrow(part: i8) -> u32 {
    u32::from(part.unsigned_abs())
}

fn weekday(day: Weekday) -> croner::Weekday {
    match day {
        Weekday::Monday => croner::Weekday::Monday,
        Weekday::Tuesday => croner::Weekday::Tuesday,
        Weekday::Wednesday => croner::Weekday::Wednesday,
        Weekday::Thursday => croner::Weekday::Thursday,
        Weekday::Friday => croner::Weekday::Friday,
        Weekday::Saturday => croner::Weekday::Saturday,
        Weekday::Sunday => croner::Weekday::Sunday,
    }
}

impl FromStr for CronPattern {
    type Err = CronProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let unreadable = |why: String| CronProblem::Unreadable { text: text.clone(), why };
        // Seconds and years would be read, too, and mean something else than the same field in crontab(5).
        match text.split(' ').count() {
            5 => {}
            count => return Err(unreadable(format!("it has {count} fields, not five"))),
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
        let days = parser.parse(&text).map_err(|error| unreadable(plain(&error.to_string())))?.pattern;
        let minutes: Vec<u32> = (0..60).filter(|minute| set(days.minute_match(*minute))).collect();
        let times: Vec<Time> = (0..24)
            .filter(|hour| set(days.hour_match(*hour)))
            .flat_map(|hour| minutes.iter().map(move |minute| time(hour, *minute)))
            .collect();
        if times.len() > TIMES_A_DAY {
            return Err(CronProblem::TooOften { text, times: times.len() });
        }
        Ok(Self { text, days: Arc::new(days), times })
    }
}

fn set(answer: Result<bool, croner::errors::CronError>) -> bool {
    answer.unwrap_or(false)
}

fn time(hour: u32, minute: u32) -> Time {
    let part = |number: u32| i8::try_from(number).expect("an hour or a minute is below sixty");
    Time::constant(part(hour), part(minute), 0, 0)
}

/// croner's sentences end in a full stop; ours go on.
fn plain(sentence: &str) -> String {
    sentence.trim_end_matches('.').to_owned()
}

impl TryFrom<String> for CronPattern {
    type Error = CronProblem;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CronPattern> for String {
    fn from(pattern: CronPattern) -> Self {
        pattern.text
    }
}

impl PartialEq for CronPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronPattern {}

impl fmt::Display for CronPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for CronPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CronPattern({})", self.text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// The times of the week that begins on Monday, 2 March 2026, as `2 06:30`.
    fn week(pattern: &str) -> Vec<String> {
        let pattern: CronPattern = pattern.parse().unwrap();
        let days = (2..9).map(|day| date(2026, 3, day));
        days.flat_map(|day| {
            pattern
                .times_on(day)
                .iter()
                .map(|at| format!("{} {}", day.day(), at.strftime("%H:%M")))
                .collect::<Vec<_>>()
        })
        .collect()
    }

    #[test]
    fn patterns_mean_what_crontab_says() {
        for (pattern, expected) in [
            ("30 6 * * 1-5", vec!["2 06:30", "3 06:30", "4 06:30", "5 06:30", "6 06:30"]),
            ("30 6 * * mon,SUN", vec!["2 06:30", "8 06:30"]),
            ("0 6,22 3 * *", vec!["3 06:00", "3 22:00"]),
            ("0 7 3 * 5", vec!["3 07:00", "6 07:00"]), // Either day counts, as in crontab(5).
            ("*/30 5 * 3 0", vec!["8 05:00", "8 05:30"]),
            ("15 4 * 4 *", vec![]),
            ("  0   9  *  * 6#1 ", vec!["7 09:00"]), // The first Saturday.
        ] {
            assert_eq!(week(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_an_example() {
        for wrong in
            ["", "6:30", "30 6 * *", "0 30 6 * * 1-5", "30 25 * * *", "61 6 * * *", "x 6 * * *", "@daily"]
        {
            let problem = wrong.parse::<CronPattern>().unwrap_err().to_string();
            assert!(problem.contains("such as `30 6 * * 1-5`"), "{wrong}: {problem}");
        }
    }

    #[test]
    fn a_pattern_that_rings_all_day_is_refused() {
        let problem = "* 6 * * *".parse::<CronPattern>().unwrap_err().to_string();
        assert_eq!(problem, "`* 6 * * *` would ring 60 times a day: at most 24 are allowed");
        assert!("0 * * * *".parse::<CronPattern>().is_ok());
    }
}
