//! Numbers from 0 to 99 as words and back, in the languages of the clips: what a coach asks in a sum and
//! what the sleeper answers. Of its own, so that it does not share the daemon's mistakes.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::library::words_of;

/// A language that numbers are spoken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// thirty four
    English,
    /// trente quatre
    French,
}

/// Greatest number with words.
pub const NUMBER_MAX: u8 = 99;

/// Words in the longest of them: *quatre vingt dix neuf*.
const WORDS_MAX: usize = 4;

const ENGLISH: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];

const ENGLISH_TENS: [&str; 8] =
    ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

const FRENCH: [&str; 17] = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize",
];

/// Above sixty the French count on in twenties.
const FRENCH_TENS: [(u8, &str); 6] = [
    (80, "quatre vingt"),
    (60, "soixante"),
    (50, "cinquante"),
    (40, "quarante"),
    (30, "trente"),
    (20, "vingt"),
];

/// Words by which a question shows itself to be French.
const FRENCH_SIGNS: [&str; 4] = ["moins", "combien", "tapez", "dites"];

/// Words after which stands what is to be pressed or said.
const GIVE: [&str; 6] = ["press", "say", "type", "enter", "tapez", "dites"];

/// A number in words without hyphens, which a recogniser does not hear; `None` above [`NUMBER_MAX`].
pub fn spelled(number: u8, tongue: Tongue) -> Option<String> {
    (number <= NUMBER_MAX).then(|| match tongue {
        Tongue::English => english(number),
        Tongue::French => french(number),
    })
}

fn english(number: u8) -> String {
    if let Some(word) = ENGLISH.get(usize::from(number)) {
        return (*word).to_owned();
    }
    let tens = ENGLISH_TENS[usize::from(number / 10) - 2];
    if number.is_multiple_of(10) {
        tens.to_owned()
    } else {
        format!("{tens} {}", ENGLISH[usize::from(number % 10)])
    }
}

fn french(number: u8) -> String {
    if let Some(word) = FRENCH.get(usize::from(number)) {
        return (*word).to_owned();
    }
    if number < 20 {
        return format!("dix {}", FRENCH[usize::from(number - 10)]);
    }
    let (tens, word) =
        FRENCH_TENS.into_iter().find(|(tens, _)| *tens <= number).expect("twenty is the least");
    match number - tens {
        // A recogniser writes "quatre-vingts" for the bare number.
        0 if tens == 80 => format!("{word}s"),
        0 => word.to_owned(),
        one @ (1 | 11) if tens < 80 => format!("{word} et {}", french(one)),
        rest => format!("{word} {}", french(rest)),
    }
}

/// A task that has one right answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A sum, and what it comes to.
    Sum(i64),
    /// Two digits or more that are to be pressed or said.
    Digits(String),
}

/// A task, and the language it was set in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is to be answered.
    pub task: Task,
    /// The language of the question.
    pub tongue: Tongue,
}

/// The last task in what was heard, in words or in digits: "What is 34 plus 8, minus 5?", "Press or say 4 7 1."
pub fn question_in(text: &str) -> Option<Question> {
    let pieces = pieces(text);
    let task =
        (0..pieces.len()).rev().find_map(|at| sum_at(&pieces[at..]).or_else(|| digits_at(&pieces[at..])))?;
    let french = words_of(text).split(' ').any(|word| FRENCH_SIGNS.contains(&word));
    Some(Question { task, tongue: if french { Tongue::French } else { Tongue::English } })
}

/// One piece of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Number(i64),
    Plus,
    Minus,
    /// What follows is to be pressed or said.
    Give,
    Word,
}

/// A sum that begins here: a number and at least one step, and no step before it.
fn sum_at(pieces: &[Piece]) -> Option<Task> {
    let [Piece::Word, Piece::Number(first), steps @ ..] = pieces else { return None };
    let (mut total, mut taken) = (*first, 0);
    for step in steps.chunks(2) {
        match step {
            [Piece::Plus, Piece::Number(number)] => total += number,
            [Piece::Minus, Piece::Number(number)] => total -= number,
            _ => break,
        }
        taken += 1;
    }
    (taken > 0).then_some(Task::Sum(total))
}

/// Digits asked for from here.
fn digits_at(pieces: &[Piece]) -> Option<Task> {
    let [Piece::Give, row @ ..] = pieces else { return None };
    let digit = |piece: &Piece| match piece {
        Piece::Number(digit @ 0..=9) => Some(digit.to_string()),
        _ => None,
    };
    let digits: String = row.iter().map_while(digit).collect();
    (digits.len() >= 2).then_some(Task::Digits(digits))
}

/// A number as digits or words becomes one piece; longest words first.
fn pieces(text: &str) -> Vec<Piece> {
    let words = words_of(text);
    let words: Vec<&str> = words.split_whitespace().collect();
    let mut pieces = Vec::new();
    let mut rest = &words[..];
    while let Some(first) = rest.first() {
        let spoken = (1..=WORDS_MAX.min(rest.len()))
            .rev()
            .find_map(|length| Some((length, numbers().get(&rest[..length].join(" "))?)));
        let (length, piece) = match (spoken, *first) {
            (Some((length, number)), _) => (length, Piece::Number(i64::from(*number))),
            (None, "plus") => (1, Piece::Plus),
            (None, "minus" | "moins") => (1, Piece::Minus),
            (None, word) if GIVE.contains(&word) => (1, Piece::Give),
            (None, word) => (1, word.parse().map_or(Piece::Word, Piece::Number)),
        };
        pieces.push(piece);
        rest = &rest[length..];
    }
    pieces
}

/// Every number by its words.
fn numbers() -> &'static HashMap<String, u8> {
    static NUMBERS: LazyLock<HashMap<String, u8>> = LazyLock::new(|| {
        let in_words = |number| [english(number), french(number)].map(|words| (words, number));
        (0..=NUMBER_MAX).flat_map(in_words).collect()
    });
    &NUMBERS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_as_they_are_said() {
        for (number, english, french) in [
            (0, "zero", "zéro"),
            (9, "nine", "neuf"),
            (13, "thirteen", "treize"),
            (17, "seventeen", "dix sept"),
            (20, "twenty", "vingt"),
            (21, "twenty one", "vingt et un"),
            (34, "thirty four", "trente quatre"),
            (70, "seventy", "soixante dix"),
            (71, "seventy one", "soixante et onze"),
            (76, "seventy six", "soixante seize"),
            (80, "eighty", "quatre vingts"),
            (81, "eighty one", "quatre vingt un"),
            (91, "ninety one", "quatre vingt onze"),
            (99, "ninety nine", "quatre vingt dix neuf"),
        ] {
            assert_eq!(spelled(number, Tongue::English).as_deref(), Some(english));
            assert_eq!(spelled(number, Tongue::French).as_deref(), Some(french));
        }
        assert_eq!(spelled(100, Tongue::English), None);
    }

    #[test]
    fn every_number_is_read_back() {
        for number in 0..=NUMBER_MAX {
            for tongue in [Tongue::English, Tongue::French] {
                let words = spelled(number, tongue).unwrap();
                assert_eq!(pieces(&words), [Piece::Number(i64::from(number))], "{words}");
            }
        }
    }

    fn asks(text: &str, task: Task, tongue: Tongue) {
        assert_eq!(question_in(text), Some(Question { task, tongue }), "{text}");
    }

    #[test]
    fn a_sum_is_found_in_digits_and_in_words_and_the_last_one_counts() {
        for (text, answer) in [
            ("What is 34 plus 8, minus 5?", 37),
            ("what is thirty four plus eight minus five", 37),
            ("What is 9 plus 9? No, that is not it. What is 21 plus 3, minus 2?", 22),
            ("Press or say 4 7 1. Well done. Tell me: what is 40 minus 41?", -1),
        ] {
            asks(text, Task::Sum(answer), Tongue::English);
        }
        asks("Combien font 34 plus 8, moins 5 ?", Task::Sum(37), Tongue::French);
        asks("combien font soixante et onze plus quatre moins dix", Task::Sum(65), Tongue::French);
    }

    #[test]
    fn digits_are_found_where_they_are_asked_for() {
        for (text, digits) in [
            ("Press or say 4 7 1.", "471"),
            ("press or say four seven one", "471"),
            ("Now press 9 0 2, or say it.", "902"),
            ("What is 34 plus 8? Right. Press 1 2.", "12"),
        ] {
            asks(text, Task::Digits(digits.to_owned()), Tongue::English);
        }
        asks("Tapez ou dites 4 7 1.", Task::Digits("471".to_owned()), Tongue::French);
    }

    #[test]
    fn what_asks_for_nothing_is_no_task() {
        let talk = [
            "It is 6:05 now.",
            "What would you like for breakfast?",
            "34 plus",
            "Press 1.",
            "I say 30 20.",
            "",
        ];
        for text in talk {
            assert_eq!(question_in(text), None, "{text}");
        }
    }
}
