//! Reads a rule, a day or a time as people write it: `weekdays 06:30`, `tomorrow 7`, `cron 30 6 * * 1-5`.
//!
//! What cannot be read is refused with what was probably meant; nothing is guessed in silence.

mod clock;
mod once;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time, Weekday};

pub use self::clock::{NotATime, time};
pub use self::once::once;
use super::rule::clock_face;
use super::{CronPattern, CronProblem, Rule, Weekdays};

/// Words that carry no meaning here.
const FILLERS: [&str; 7] = ["at", "on", "every", "each", "and", "the", "&"];
const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

/// Why a phrase is not a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// The time cannot be read.
    #[error(transparent)]
    Time(#[from] NotATime),
    /// The day cannot be read.
    #[error(transparent)]
    Day(#[from] NotADay),
    /// It says when, but not on which days.
    #[error("on which days? Write `every day {0}`, `weekdays {0}`, `sat,sun {0}` or `tomorrow {0}`")]
    NoDay(String),
    /// It says on which days, but not when.
    #[error("at what time? Write `{0} 06:30`")]
    NoTime(String),
    /// Days of the week and a date at once.
    #[error("`{0}` names a date and days of the week: write one schedule for each")]
    Mixed(String),
    /// Two dates at once.
    #[error("`{0}` names two dates: write one schedule for each")]
    TwoDates(String),
    /// The cron pattern cannot be read.
    #[error(transparent)]
    Cron(#[from] CronProblem),
    /// A cron pattern without the word.
    #[error("if `{0}` is a cron pattern, write `cron {0}`")]
    BareCron(String),
    /// It repeats where a single ring was asked for.
    #[error("`{0}` repeats: use `schedule add` for that")]
    Repeats(String),
    /// Nothing at all.
    #[error(
        "when? Write for example `weekdays 06:30`, `sat,sun 9:00`, `2026-12-24 04:15` or `cron 30 6 * * 1-5`"
    )]
    Empty,
}

/// A text that is not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotADay {
    /// No word for a day.
    #[error(
        "`{0}` is not a day: write every day, weekdays, weekends, mon to sun, today, tomorrow, or a date such \
         as 2026-12-24"
    )]
    Unknown(String),
    /// A date written in some country's own way.
    #[error("`{text}` is not a date here: did you mean {meant}?")]
    Foreign {
        /// What was written.
        text: String,
        /// What was probably meant.
        meant: Date,
    },
    /// A date that the calendar does not have.
    #[error("there is no {0} in the calendar")]
    NoSuchDate(String),
}

/// What one word, or a range of two, says about the days.
enum Said {
    Weekdays(Weekdays),
    Date(Date),
}

/// Reads a rule; `today` is the date where its clock hangs.
pub fn rule(text: &str, today: Date) -> Result<Rule, NotARule> {
    let plain = text.trim().to_lowercase();
    if let Some(pattern) = plain.strip_prefix("cron ") {
        let pattern: CronPattern = pattern.parse()?;
        return Ok(Rule::Cron { pattern });
    }
    if plain.contains('*') {
        return Err(NotARule::BareCron(plain));
    }
    let (mut weekdays, mut date, mut days, mut rest) = (None, None, Vec::new(), Vec::new());
    let spaced = plain.replace(',', " ");
    for word in spaced.split_whitespace().filter(|word| !FILLERS.contains(word)) {
        match said(word, today)? {
            Some(Said::Weekdays(more)) => {
                weekdays = Some(weekdays.map_or(more, |known: Weekdays| known.and(more)));
            }
            Some(Said::Date(_)) if date.is_some() => return Err(NotARule::TwoDates(plain)),
            Some(Said::Date(one)) => date = Some(one),
            None => {
                rest.push(word);
                continue;
            }
        }
        days.push(word);
    }
    let at = read_time(&rest, &days)?;
    match (weekdays, date) {
        (Some(weekdays), None) => Ok(Rule::Weekly { weekdays, at }),
        (None, Some(date)) => Ok(Rule::Once { date, at }),
        (Some(_), Some(_)) => Err(NotARule::Mixed(plain)),
        (None, None) => Err(NotARule::NoDay(clock_face(at))),
    }
}

/// Reads one day: a date, `today`, `tomorrow`, or a weekday's name, which is the next one, today included.
pub fn day(text: &str, today: Date) -> Result<Date, NotADay> {
    let word = text.trim().to_lowercase();
    let word = word.strip_prefix("on ").unwrap_or(&word);
    match said(word, today)? {
        Some(Said::Date(date)) => Ok(date),
        Some(Said::Weekdays(days)) => {
            let mut coming = today.series(1.day()).take(7).filter(|date| days.contains(date.weekday()));
            match (weekday(word), coming.next()) {
                (Some(_), Some(date)) => Ok(date),
                _ => Err(NotADay::Unknown(word.to_owned())),
            }
        }
        None => Err(NotADay::Unknown(word.to_owned())),
    }
}

/// The time among the words that are no days; with a time among them, the others were meant as days.
fn read_time(rest: &[&str], days: &[&str]) -> Result<Time, NotARule> {
    let problem = match time(&rest.join(" ")) {
        Ok(at) => return Ok(at),
        Err(problem) => problem,
    };
    match (rest, days) {
        ([], []) => return Err(NotARule::Empty),
        ([], days) => return Err(NotARule::NoTime(days.join(" "))),
        _ => {}
    }
    let stranger = rest.iter().find(|word| !clock::may_belong_to_a_time(word));
    match stranger {
        Some(word) if rest.iter().any(|word| time(word).is_ok()) => {
            Err(NotADay::Unknown((*word).to_owned()).into())
        }
        // `evry day` leaves nothing that looks like a time at all.
        Some(word) if days.is_empty() && problem.meant.is_none() => {
            Err(NotADay::Unknown((*word).to_owned()).into())
        }
        _ => Err(problem.into()),
    }
}

/// What a word says about days; `None` when it is no day, and an error when it nearly is.
fn said(word: &str, today: Date) -> Result<Option<Said>, NotADay> {
    let weekdays = |days| Ok(Some(Said::Weekdays(days)));
    match word {
        "day" | "days" | "daily" | "everyday" => return weekdays(Weekdays::ALL),
        "weekday" | "weekdays" | "workday" | "workdays" => return weekdays(Weekdays::WORKING),
        "weekend" | "weekends" => return weekdays(Weekdays::WEEKEND),
        "today" => return Ok(Some(Said::Date(today))),
        "tomorrow" => return Ok(Some(Said::Date(today.saturating_add(1.day())))),
        _ => {}
    }
    if let Some(day) = weekday(word) {
        return Ok(Weekdays::of(&[day]).map(Said::Weekdays));
    }
    if let Some((from, to)) = word.split_once(['-', '–'])
        && let (Some(from), Some(to)) = (weekday(from), weekday(to))
    {
        let length = usize::from(from.until(to).unsigned_abs()) + 1;
        let days: Vec<Weekday> = from.cycle_forward().take(length).collect();
        return Ok(Weekdays::of(&days).map(Said::Weekdays));
    }
    Ok(date(word)?.map(Said::Date))
}

/// A weekday by its name or the beginning of it, in the plural too.
fn weekday(word: &str) -> Option<Weekday> {
    let word = word.trim_end_matches('.');
    let singular = word.strip_suffix('s').unwrap_or(word);
    let known = |(_, name): &&(Weekday, &str)| {
        singular.len() >= 3 && name.starts_with(singular) || word.len() >= 3 && name.starts_with(word)
    };
    WEEK.iter().find(known).map(|(day, _)| *day)
}

/// A date as the whole world can read it; one that only some can is asked about.
fn date(word: &str) -> Result<Option<Date>, NotADay> {
    let Some((separator, [first, second, third])) = three_numbers(word) else { return Ok(None) };
    let whole = |year: u16, month: u16, day: u16| {
        let part = |number: u16| i8::try_from(number).ok();
        Date::new(i16::try_from(year).ok()?, part(month)?, part(day)?).ok()
    };
    let none = || NotADay::NoSuchDate(word.to_owned());
    match separator {
        '-' if first > 99 => whole(first, second, third).map(Some).ok_or_else(none),
        // Most of the world puts the day first; with slashes some put the month there.
        '.' | '/' | '-' if third > 99 => {
            let meant =
                whole(third, second, first).or_else(|| whole(third, first, second)).ok_or_else(none)?;
            Err(NotADay::Foreign { text: word.to_owned(), meant })
        }
        _ => Ok(None),
    }
}

fn three_numbers(word: &str) -> Option<(char, [u16; 3])> {
    let separator = ['-', '.', '/'].into_iter().find(|separator| word.matches(*separator).count() == 2)?;
    let mut parts = word.split(separator).map(|part| part.parse::<u16>().ok());
    Some((separator, [parts.next()??, parts.next()??, parts.next()??]))
}

#[cfg(test)]
#[path = "phrase/tests.rs"]
mod tests;
