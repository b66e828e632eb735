//! Reads one ring: a day and a time, or a time alone, which is the next one.

use jiff::ToSpan as _;
use jiff::civil::{DateTime, Time, Weekday};

use super::super::{Rule, Weekdays};
use super::{NotARule, clock, rule};

/// Words that say it is not for once.
const AGAIN: [&str; 4] = ["every", "each", "daily", "everyday"];

/// Reads a rule that rings once; `now` is what the clock shows where it hangs. A time alone is today's or
/// tomorrow's, a weekday the next one of its name; whatever repeats is refused.
pub fn once(text: &str, now: DateTime) -> Result<Rule, NotARule> {
    let plain = text.trim().to_lowercase();
    let repeats = || NotARule::Repeats(plain.clone());
    if plain.split([' ', ',']).any(|word| AGAIN.contains(&word)) {
        return Err(repeats());
    }
    if let Ok(at) = clock::time(plain.strip_prefix("at ").unwrap_or(&plain)) {
        return Ok(next(at, Weekdays::ALL, now));
    }
    match rule(&plain, now.date())? {
        Rule::Weekly { weekdays, at } if is_one_day(weekdays) => Ok(next(at, weekdays, now)),
        Rule::Weekly { .. } | Rule::Cron { .. } => Err(repeats()),
        dated @ Rule::Once { .. } => Ok(dated),
    }
}

fn is_one_day(days: Weekdays) -> bool {
    Weekday::Monday.cycle_forward().take(7).filter(|day| days.contains(*day)).count() == 1
}

/// The first of these days on which that time is still to come.
fn next(at: Time, days: Weekdays, now: DateTime) -> Rule {
    let mut coming = now.date().series(1.day()).take(8);
    let fits = coming.find(|date| days.contains(date.weekday()) && date.to_datetime(at) > now);
    Rule::Once { date: fits.unwrap_or(now.date()), at }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        // A Monday.
        let now: DateTime = "2026-03-02T05:00:00".parse().unwrap();
        let told = match once(text, now) {
            Ok(rule) => rule.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn a_time_alone_is_the_next_one() {
        check("06:30", "2026-03-02 06:30");
        check("at 6:30", "2026-03-02 06:30");
        check("04:15", "2026-03-03 04:15");
        check("05:00", "2026-03-03 05:00");
    }

    #[test]
    fn a_day_is_a_day_and_a_weekday_the_next_of_its_name() {
        check("tomorrow 04:15", "2026-03-03 04:15");
        check("2026-12-24 08:00", "2026-12-24 08:00");
        check("saturday 08:00", "2026-03-07 08:00");
        check("mon 04:15", "2026-03-09 04:15");
        check("mon 06:30", "2026-03-02 06:30");
    }

    #[test]
    fn what_repeats_is_refused() {
        for text in ["every day 07:00", "weekdays 07:00", "daily 7:00", "every sat 07:00", "sat,sun 07:00"] {
            check(text, &format!("`{text}` repeats: use `schedule add` for that"));
        }
        check("cron 30 6 * * 1-5", "`cron 30 6 * * 1-5` repeats: use `schedule add` for that");
        check(
            "half past never",
            "`never` is not a day: write every day, weekdays, weekends, mon to sun, today, tomorrow, or a date such \
             as 2026-12-24",
        );
    }
}
