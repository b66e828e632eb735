//! The built-in coach's lines; a test holds every sentence to having a recording.

use super::{Asked, Turn, tasks};

pub const UNCLEAR: &str = "I didn't quite catch that.";
pub const SAY_AGAIN: &str = "Could you say that again?";
pub const GO_ON: &str = "Of course, go on, I'm listening.";
pub const DROWSY: &str = "I know it's early, and the bed is warm.";
pub const SLEEPY: &str = "You still sound a little sleepy.";
pub const NO_MORE_MINUTES: &str = "No more minutes yet, you asked me to get you up.";
pub const NINE_MINUTES: &str = "All right, nine more minutes, then I'll call you back.";
pub const TALK_SOON: &str = "Talk to you soon.";
pub const CALL_BACK: &str = "I'll call you back in a moment.";
pub const NOT_YET: &str = "Not yet, I want to hear you a little longer.";
pub const VOICE_PLEASE: &str = "I heard a key. Now tell me with your voice.";
pub const ASK_GOODBYE: &str = "When you are up, say goodbye.";
pub const WELL_DONE: &str = "Well done.";
pub const RIGHT: &str = "That is right.";
pub const WRONG: &str = "No, that is not it.";
pub const SLOW: &str = "Right, but that took a while.";
pub const BELIEVED: &str = "Wonderful, you are really up.";
pub const GOODBYE: &str = "Goodbye!";

const LOST: &str = "Sorry, I lost you for a moment.";

const PRAISE: [&str; 3] = ["Lovely to hear you.", "That sounds like a good start.", WELL_DONE];

const NUDGES: [&str; 3] = [
    "Are you still there?",
    "Are you sleeping? Wake up, please, and say something.",
    "Wake up, please, and say something.",
];

/// Questions, each with a word by which an answer is known: nobody is asked what she has just told.
const QUESTIONS: [(&str, &str); 10] = [
    ("What day is it today, and what are your plans?", "monday"),
    ("Are your feet on the floor?", "feet"),
    ("What is the first thing you have to do this morning?", "shift"),
    ("Open the curtains and tell me what the weather is like.", "curtains"),
    ("What would you like for breakfast?", "coffee"),
    ("Tell me one thing you can see in your room.", "room"),
    ("What can you see outside your window?", "outside"),
    ("Please stand up now, and tell me when you are standing.", "standing"),
    ("What did you dream about?", "dream"),
    ("Who will you meet first today?", "meeting"),
];

pub fn greeting(asked: &Asked<'_>) -> String {
    format!(
        "{} This is your wake-up call. Are you awake?",
        named(asked, "Good morning, Anna!", "Good morning!")
    )
}

pub fn goodbye(asked: &Asked<'_>) -> String {
    format!("Wonderful, you are really up. {} {GOODBYE}", good_day(asked))
}

pub fn chat_goodbye(asked: &Asked<'_>) -> String {
    format!("Good, now I believe you. {} {GOODBYE}", good_day(asked))
}

fn good_day(asked: &Asked<'_>) -> &'static str {
    named(asked, "Have a good day, Anna.", "Have a good day.")
}

/// Only one name has recordings; everybody else is greeted without.
fn named(asked: &Asked<'_>, anna: &'static str, neutral: &'static str) -> &'static str {
    let told =
        asked.instructions.contains("Anna") || asked.this_time.is_some_and(|told| told.contains("Anna"));
    if told { anna } else { neutral }
}

/// After a broken line: an apology, and the question that was open.
pub fn back_again(asked: &Asked<'_>) -> String {
    if let Some(open) = tasks::open(asked.turns) {
        return format!("{LOST} {}", open.task());
    }
    let last = spoken(asked.turns).last().unwrap_or_default();
    let open = QUESTIONS.iter().find(|(line, _)| last.contains(line)).map(|(line, _)| *line);
    format!("{LOST} {}", open.unwrap_or_else(|| question(asked)))
}

pub fn nudge(nth: usize) -> &'static str {
    NUDGES[nth.clamp(1, NUDGES.len()) - 1]
}

pub fn praise(asked: &Asked<'_>) -> &'static str {
    PRAISE[spoken(asked.turns).count() % PRAISE.len()]
}

pub fn with_question(asked: &Asked<'_>, line: &str) -> String {
    format!("{line} {}", question(asked))
}

/// The first question neither asked nor answered yet.
pub fn question(asked: &Asked<'_>) -> &'static str {
    let is_open = |(line, answer): &&(&str, &str)| {
        let was_asked = spoken(asked.turns).any(|said| said.contains(line));
        let was_told = heard(asked.turns).any(|said| said.to_lowercase().contains(answer));
        !was_asked && !was_told
    };
    let begin_again = spoken(asked.turns).count() % QUESTIONS.len();
    QUESTIONS.iter().find(is_open).unwrap_or(&QUESTIONS[begin_again]).0
}

/// What she said, turn by turn.
pub fn heard(turns: &[Turn]) -> impl Iterator<Item = &str> {
    turns.iter().filter_map(|turn| match turn {
        Turn::Sleeper(text) => Some(text.as_str()),
        _ => None,
    })
}

fn spoken(turns: &[Turn]) -> impl DoubleEndedIterator<Item = &str> {
    turns.iter().filter_map(|turn| match turn {
        Turn::Coach(text) => Some(text.as_str()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::voices::{self, Voice};

    #[test]
    fn every_sentence_has_a_recording() {
        let turns = [Turn::Coach("Are your feet on the floor?".to_owned())];
        let mut said: Vec<String> = [
            UNCLEAR,
            SAY_AGAIN,
            GO_ON,
            DROWSY,
            SLEEPY,
            NO_MORE_MINUTES,
            NINE_MINUTES,
            TALK_SOON,
            CALL_BACK,
            NOT_YET,
            VOICE_PLEASE,
            ASK_GOODBYE,
            WELL_DONE,
            RIGHT,
            WRONG,
            SLOW,
            BELIEVED,
            GOODBYE,
        ]
        .into_iter()
        .chain(PRAISE)
        .chain(NUDGES)
        .chain(QUESTIONS.map(|(line, _)| line))
        .map(str::to_owned)
        .collect();
        for instructions in ["You wake Anna.", "You wake somebody."] {
            let asked = Asked { instructions, this_time: None, turns: &turns, tools: &[] };
            said.extend([greeting(&asked), goodbye(&asked), chat_goodbye(&asked), back_again(&asked)]);
        }
        for sentence in said.iter().flat_map(|line| voices::sentences(line)) {
            assert!(voices::find_in(Voice::Coach, sentence).is_some(), "{sentence}");
        }
    }
}
