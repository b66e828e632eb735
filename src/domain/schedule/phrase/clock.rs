//! Times of day as people write them.

use jiff::civil::Time;

use super::super::rule::clock_face;

/// A text that is not a time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct NotATime {
    /// What was written.
    pub text: String,
    /// What was probably meant.
    pub meant: Option<Time>,
}

impl NotATime {
    fn sentence(&self) -> String {
        let text = &self.text;
        match self.meant {
            Some(meant) => format!("`{text}` is not a time; did you mean {}?", clock_face(meant)),
            None => format!("`{text}` is not a time; write it as 06:30, 6:30 pm or 7"),
        }
    }
}

const NUMBERS: [&str; 12] =
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// Reads a time of day: `06:30`, `6:30 pm`, `6.30`, `6h30`, `7`, `7am`, `noon`, `midnight`.
pub fn time(text: &str) -> Result<Time, NotATime> {
    let plain = text.trim().to_lowercase();
    read(&plain).ok_or_else(|| NotATime { meant: meant(&plain), text: text.trim().to_owned() })
}

fn read(plain: &str) -> Option<Time> {
    match plain {
        "noon" | "midday" => return Some(Time::constant(12, 0, 0, 0)),
        "midnight" => return Some(Time::MIN),
        _ => {}
    }
    let plain = plain.strip_suffix("o'clock").unwrap_or(plain).trim_end();
    let half = |suffixes: [&str; 3]| suffixes.iter().find_map(|suffix| plain.strip_suffix(suffix));
    if let Some(rest) = half(["am", "a.m.", "a.m"]) {
        return twelve_hours(rest.trim_end(), 0);
    }
    if let Some(rest) = half(["pm", "p.m.", "p.m"]) {
        return twelve_hours(rest.trim_end(), 12);
    }
    let [hour, minute, second] = numbers(plain)?;
    Time::new(hour, minute, second, 0).ok()
}

fn twelve_hours(text: &str, noon: i8) -> Option<Time> {
    let [hour, minute, second] = numbers(text)?;
    (1..=12).contains(&hour).then(|| Time::new(hour % 12 + noon, minute, second, 0).ok())?
}

/// Hour, minute and second; the hour alone is a whole hour.
fn numbers(text: &str) -> Option<[i8; 3]> {
    let text = text.strip_suffix('h').unwrap_or(text);
    let mut parts = text.split([':', '.', 'h']);
    let hour = digits(parts.next()?, 1..=2)?;
    let minute = parts.next().map_or(Some(0), |part| digits(part, 2..=2))?;
    let second = parts.next().map_or(Some(0), |part| digits(part, 2..=2))?;
    parts.next().is_none().then_some([hour, minute, second])
}

fn digits(part: &str, length: std::ops::RangeInclusive<usize>) -> Option<i8> {
    let plain = length.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| part.parse().ok())?
}

/// What somebody who wrote this may have meant.
fn meant(plain: &str) -> Option<Time> {
    spoken(plain).or_else(|| run_together(plain)).or_else(|| one_digit(plain)).or_else(|| day_s_end(plain))
}

/// `half past 6`, `quarter to seven`, `ten past 6`.
fn spoken(plain: &str) -> Option<Time> {
    let words: Vec<&str> =
        plain.split_whitespace().filter(|word| !matches!(*word, "a" | "minutes")).collect();
    let [amount, direction, hour, ..] = *words.as_slice() else { return None };
    let minutes = match amount {
        "half" => 30,
        "quarter" => 15,
        other => number(other)?,
    };
    let hour = number(hour)?;
    match direction {
        "past" | "after" => Time::new(hour, minutes, 0, 0).ok(),
        "to" | "before" if (1..60).contains(&minutes) => Time::new((hour + 23) % 24, 60 - minutes, 0, 0).ok(),
        _ => None,
    }
}

fn number(word: &str) -> Option<i8> {
    let spelt = NUMBERS.iter().position(|name| *name == word).and_then(|at| i8::try_from(at + 1).ok());
    spelt.or_else(|| digits(word, 1..=2))
}

/// `630` and `0630`.
fn run_together(plain: &str) -> Option<Time> {
    let split = plain.len().checked_sub(2).filter(|split| (1..=2).contains(split) && plain.is_ascii())?;
    let (hour, minute) = plain.split_at(split);
    Time::new(digits(hour, 1..=2)?, digits(minute, 2..=2)?, 0, 0).ok()
}

/// `6:5`.
fn one_digit(plain: &str) -> Option<Time> {
    let (hour, minute) = plain.split_once(':')?;
    Time::new(digits(hour, 1..=2)?, digits(minute, 1..=1)?, 0, 0).ok()
}

fn day_s_end(plain: &str) -> Option<Time> {
    matches!(plain, "24" | "24:00" | "24.00").then_some(Time::MIN)
}

/// Whether a word could be part of a time, well written or not.
pub(super) fn may_belong_to_a_time(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
        || NUMBERS.contains(&word)
        || matches!(
            word,
            "half"
                | "quarter"
                | "past"
                | "after"
                | "to"
                | "before"
                | "a"
                | "minutes"
                | "noon"
                | "midday"
                | "midnight"
                | "am"
                | "pm"
                | "a.m."
                | "p.m."
                | "o'clock"
        )
}
