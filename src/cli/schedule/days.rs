//! The small words of the command line: `from … until …`, `… to …`. What a day or a time is, the desk knows.

use crate::cli::usage::Usage;
use crate::desk::dto::{DatedTime, PauseRange};

/// The words as one sentence, quoted on the command line or not.
pub fn spoken(words: &[String]) -> String {
    parts(words).join(" ")
}

/// `until DAY`, `from DAY until DAY`, or the days alone.
pub fn pause_range(words: &[String]) -> Result<PauseRange, Usage> {
    const SMALL: [&str; 5] = ["from", "until", "till", "to", "through"];
    let days: Vec<&str> = parts(words).into_iter().filter(|word| !SMALL.contains(word)).collect();
    match days.as_slice() {
        [until] => Ok(PauseRange { from: None, until: (*until).to_owned() }),
        [from, until] => Ok(PauseRange { from: Some((*from).to_owned()), until: (*until).to_owned() }),
        _ => Err(Usage(format!(
            "`{}` is not a range of days: write until 2026-12-31, or from 2026-12-24 until 2026-12-31",
            spoken(words)
        ))),
    }
}

/// `DAY to TIME`, with or without the small word.
pub fn moved(words: &[String]) -> Result<DatedTime, Usage> {
    let parts: Vec<&str> = parts(words).into_iter().filter(|word| !["to", "at"].contains(word)).collect();
    let [date, time] = parts.as_slice() else {
        let said = spoken(words);
        return Err(Usage(format!("`{said}` is not a day and a time: write tomorrow to 08:00")));
    };
    Ok(DatedTime { date: (*date).to_owned(), time: (*time).to_owned() })
}

fn parts(words: &[String]) -> Vec<&str> {
    words.iter().flat_map(|word| word.split_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn a_sentence_may_be_quoted_or_not() {
        for text in ["weekdays|06:30", "weekdays 06:30", " weekdays  06:30 "] {
            assert_eq!(spoken(&words(text)), "weekdays 06:30", "{text}");
        }
    }

    #[test]
    fn ranges_are_read_with_and_without_small_words() {
        let until = |text: &str| {
            let range = pause_range(&words(text)).unwrap();
            (range.from.unwrap_or_default(), range.until)
        };
        for text in ["until|friday", "friday", "until friday"] {
            assert_eq!(until(text), (String::new(), "friday".to_owned()), "{text}");
        }
        for text in ["from|today|until|friday", "today|friday", "today to friday", "today|through|friday"] {
            assert_eq!(until(text), ("today".to_owned(), "friday".to_owned()), "{text}");
        }
        for wrong in ["until", "a|b|c", ""] {
            assert!(pause_range(&words(wrong)).unwrap_err().0.contains("is not a range of days"), "{wrong}");
        }
    }

    #[test]
    fn a_move_names_a_day_and_a_time() {
        for text in ["tomorrow|to|08:00", "tomorrow|08:00", "tomorrow at 08:00"] {
            let moved = moved(&words(text)).unwrap();
            assert_eq!((moved.date.as_str(), moved.time.as_str()), ("tomorrow", "08:00"), "{text}");
        }
        for wrong in ["tomorrow", "to 08:00", "next week at 08:00"] {
            assert!(moved(&words(wrong)).is_err(), "{wrong}");
        }
    }
}
