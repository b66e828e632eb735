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
const FRENCH_SIGNS: [&str; 8] = ["moins", "combien", "appuie", "appuyez", "tape", "tapez", "dis", "dites"];

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

/// One piece of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Number(i64),
    Plus,
    Minus,
    Word,
}

/// A sum that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// What it comes to.
    pub answer: i64,
    /// The language of the question.
    pub tongue: Tongue,
}

/// The last sum in what was heard, in words or in digits: "What is 34 plus 8, minus 5?"
pub fn sum_in(text: &str) -> Option<Sum> {
    let mut answers = Vec::new();
    let mut pieces = pieces(text).into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let Piece::Number(mut total) = piece else { continue };
        let mut steps = 0;
        while let Some(sign) = pieces.next_if(|piece| matches!(piece, Piece::Plus | Piece::Minus)) {
            let Some(Piece::Number(number)) = pieces.next_if(|piece| matches!(piece, Piece::Number(_)))
            else {
                break;
            };
            total += if sign == Piece::Plus { number } else { -number };
            steps += 1;
        }
        answers.extend((steps > 0).then_some(total));
    }
    answers.pop().map(|answer| Sum { answer, tongue: tongue_of(text) })
}

/// Digits that she was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    /// At least two of them.
    pub digits: String,
    /// The language of the question.
    pub tongue: Tongue,
}

/// The last row of two or more single digits in what was heard: "Press or say 4 7 1."
pub fn digits_in(text: &str) -> Option<Digits> {
    let mut rows = vec![String::new()];
    for piece in pieces(text) {
        match (piece, rows.last_mut()) {
            (Piece::Number(digit @ 0..=9), Some(row)) => row.push_str(&digit.to_string()),
            _ => rows.push(String::new()),
        }
    }
    let digits = rows.into_iter().rev().find(|row| row.len() >= 2)?;
    Some(Digits { digits, tongue: tongue_of(text) })
}

/// French when a word says so; English otherwise.
pub fn tongue_of(text: &str) -> Tongue {
    let french = words_of(text).split(' ').any(|word| FRENCH_SIGNS.contains(&word));
    if french { Tongue::French } else { Tongue::English }
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

    #[test]
    fn a_sum_is_found_in_digits_and_in_words_and_the_last_one_counts() {
        for (text, expected) in [
            ("What is 34 plus 8, minus 5?", Some((37, Tongue::English))),
            ("what is thirty four plus eight minus five", Some((37, Tongue::English))),
            (
                "What is 9 plus 9? No, that is not it. What is 21 plus 3, minus 2?",
                Some((22, Tongue::English)),
            ),
            ("Tell me: what is 40 minus 41?", Some((-1, Tongue::English))),
            ("Combien font 34 plus 8, moins 5 ?", Some((37, Tongue::French))),
            ("combien font soixante et onze plus quatre moins dix", Some((65, Tongue::French))),
            ("It is 6:30 now.", None),
            ("What would you like for breakfast?", None),
            ("34 plus", None),
            ("", None),
        ] {
            let sum = expected.map(|(answer, tongue)| Sum { answer, tongue });
            assert_eq!(sum_in(text), sum, "{text}");
        }
    }

    #[test]
    fn digits_are_found_in_a_row() {
        for (text, expected) in [
            ("Press or say 4 7 1.", Some("471")),
            ("press or say four seven one", Some("471")),
            ("Now press 9 0 2, or say it.", Some("902")),
            ("Appuyez sur 4 7 1, ou dites-le.", Some("471")),
            ("Press 1 2. Not quite. Press 1 2.", Some("12")),
            ("What is 34 plus 8, minus 5?", None),
            ("Press one.", None),
        ] {
            assert_eq!(digits_in(text).map(|found| found.digits).as_deref(), expected, "{text}");
        }
    }
}
