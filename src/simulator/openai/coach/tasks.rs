//! Tasks: what the host tells the coach to ask, and whether she still owes the answer.
//!
//! The host draws tasks and judges answers; it says `Now say exactly: "…"` in a note, in a tool's answer or in
//! a response's own instructions. Nothing is remembered: the conversation tells whether a task is open.

use std::ops::ControlFlow;

use serde_json::Value;

use super::words::is_accepted;
use super::{Turn, lines};
use crate::simulator::voices::numerals::{Task, question_in};
use crate::simulator::voices::sentences;

/// What a message of the host's asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// To say a task, word for word, perhaps after a word about her last answer.
    Say {
        /// That word.
        reaction: Option<&'static str>,
        /// The task.
        task: String,
    },
    /// To ask her for a goodbye.
    AskGoodbye,
    /// To say goodbye and end the call.
    Goodbye,
    /// Nothing in particular.
    Nothing,
}

impl Told {
    /// What the coach says, if he was told that.
    pub fn line(self) -> Option<String> {
        match self {
            Self::Say { reaction: Some(reaction), task } => Some(format!("{reaction} {task}")),
            Self::Say { reaction: None, task } => Some(task),
            Self::AskGoodbye => Some(lines::ASK_GOODBYE.to_owned()),
            Self::Goodbye | Self::Nothing => None,
        }
    }
}

/// What `message`, bare or as a tool's JSON, asks for.
pub fn told(message: &str) -> Told {
    let object: Option<Value> = serde_json::from_str(message).ok();
    let message = object.as_ref().and_then(|object| object["message"].as_str()).unwrap_or(message);
    if let Some((before, task)) = quoted(message) {
        return Told::Say { reaction: reaction(before), task: task.to_owned() };
    }
    let message = message.to_lowercase();
    if message.contains("say goodbye") && message.contains("end_call") {
        return Told::Goodbye;
    }
    if message.contains("ask for a goodbye") { Told::AskGoodbye } else { Told::Nothing }
}

/// What stands before `say exactly`, and the words to say.
fn quoted(message: &str) -> Option<(&str, &str)> {
    let (before, after) = message.split_once("say exactly").or_else(|| message.split_once("Say exactly"))?;
    let (_, after) = after.split_once('"')?;
    let (task, _) = after.split_once('"')?;
    Some((before, task)).filter(|_| !task.trim().is_empty())
}

/// A word about her last answer, from the host's own.
fn reaction(before: &str) -> Option<&'static str> {
    // Whatever stands in the lines above is not about the answer.
    let before = before.lines().last().unwrap_or_default().to_lowercase();
    let begins = |word: &str| sentences(&before).any(|sentence| sentence.starts_with(word));
    if before.contains("too slow") || before.contains("too late") {
        return Some(lines::SLOW);
    }
    if begins("praise") {
        return Some(lines::WELL_DONE);
    }
    if begins("wrong") || begins("not right") {
        return Some(lines::WRONG);
    }
    begins("right").then_some(lines::RIGHT)
}

/// A task that she has not done yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// One that is answered in words or keys.
    Answer(String),
    /// One for which she has to walk.
    Walk(String),
}

impl Open {
    fn of(sentence: &str) -> Option<Self> {
        let lower = sentence.to_lowercase();
        let has = |words: [&str; 2]| words.iter().any(|words| lower.contains(words));
        if question_in(sentence).is_some() || has(["code of the day", "code du jour"]) {
            return Some(Self::Answer(sentence.to_owned()));
        }
        let walks = has(["touch the doorbell", "touchez la sonnette"]);
        walks.then(|| Self::Walk(sentence.to_owned()))
    }

    /// As it was asked.
    pub fn task(&self) -> &str {
        match self {
            Self::Answer(task) | Self::Walk(task) => task,
        }
    }
}

/// Whether the coach has put the task to her.
pub fn is_put(turns: &[Turn], task: &str) -> bool {
    turns.iter().any(|turn| matches!(turn, Turn::Coach(said) if said.contains(task)))
}

/// The task that stands open at the end of these turns.
pub fn open(turns: &[Turn]) -> Option<Open> {
    match turns.iter().rev().try_for_each(settles) {
        ControlFlow::Break(open) => open,
        ControlFlow::Continue(()) => None,
    }
}

/// Breaks with what stands open after a turn, if the turn tells.
fn settles(turn: &Turn) -> ControlFlow<Option<Open>> {
    let (message, is_right) = match turn {
        Turn::Coach(said) => {
            let asked = sentences(said).filter_map(Open::of).last();
            return asked.map_or(ControlFlow::Continue(()), |open| ControlFlow::Break(Some(open)));
        }
        Turn::Note(note) => (note, false),
        Turn::Answered(tool, output) => (output, tool == "check_answer" && is_accepted(output)),
        Turn::Sleeper(_) | Turn::Called(_) => return ControlFlow::Continue(()),
    };
    match told(message) {
        Told::Say { task, .. } => ControlFlow::Break(Open::of(&task)),
        Told::Goodbye | Told::AskGoodbye => ControlFlow::Break(None),
        // Right, and nothing new was asked.
        Told::Nothing if is_right => ControlFlow::Break(None),
        Told::Nothing => ControlFlow::Continue(()),
    }
}

/// The right answer to a task, if its words hold it.
pub fn solution(task: &str) -> Option<String> {
    Some(match question_in(task)?.task {
        Task::Sum(answer) => answer.to_string(),
        Task::Digits(digits) => digits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "What is 34 plus 8, minus 5?";

    fn say(reaction: Option<&'static str>, task: &str) -> Told {
        Told::Say { reaction, task: task.to_owned() }
    }

    #[test]
    fn the_host_tells_what_to_say_in_many_ways() {
        for (message, expected) in [
            (r#"Now say exactly: "Press or say 4 7 1.""#, say(None, "Press or say 4 7 1.")),
            (r#"Right. Now say exactly: "Press 1 2.""#, say(Some(lines::RIGHT), "Press 1 2.")),
            (r#"Wrong. Now say exactly: "Press 1 2.""#, say(Some(lines::WRONG), "Press 1 2.")),
            (
                r#"Right, but too slow to count. Now say exactly: "Press 1 2.""#,
                say(Some(lines::SLOW), "Press 1 2."),
            ),
            (
                r#"{"ok":true,"message":"Right. Now say exactly: \"What is 34 plus 8, minus 5?\""}"#,
                say(Some(lines::RIGHT), SUM),
            ),
            (
                "Right is what she should do.\nNow say exactly: \"Press 1 2.\"\nThen wait.",
                say(None, "Press 1 2."),
            ),
            (
                r#"{"ok":true,"message":"All is seen. Say goodbye in one sentence, then call end_call."}"#,
                Told::Goodbye,
            ),
            (r#"{"ok":true,"message":"Right. Ask for a goodbye, which ends the call."}"#, Told::AskGoodbye),
            (
                r#"Seen: the doorbell. Praise it in three words. Now say exactly: "Press 1 2.""#,
                say(Some(lines::WELL_DONE), "Press 1 2."),
            ),
            (r#"{"ok":false,"message":"Ask her one more thing."}"#, Told::Nothing),
            ("Never say exactly the same twice.", Told::Nothing),
            ("Anna has been silent for a while.", Told::Nothing),
            ("", Told::Nothing),
        ] {
            assert_eq!(told(message), expected, "{message}");
        }
    }

    #[test]
    fn a_task_is_open_until_its_answer_is_accepted_or_another_takes_its_place() {
        let coach = |text: &str| Turn::Coach(text.to_owned());
        let sleeper = |text: &str| Turn::Sleeper(text.to_owned());
        let note = |text: &str| Turn::Note(text.to_owned());
        let checked = |output: &str| Turn::Answered("check_answer".to_owned(), output.to_owned());
        let answer = |task: &str| Some(Open::Answer(task.to_owned()));
        let walk = "Now touch the doorbell, or scan the code at your place.";
        let told_sum = format!("Now say exactly: \"{SUM}\"");
        for (turns, expected) in [
            (vec![coach("Good morning!"), sleeper("37.")], None),
            (vec![coach("That is right. What is 34 plus 8, minus 5?"), sleeper("What?")], answer(SUM)),
            (vec![note(&told_sum)], answer(SUM)),
            (vec![note(&told_sum), coach(SUM), checked(r#"{"ok":true,"message":"Talk on."}"#)], None),
            (vec![coach(SUM), checked(r#"{"ok":false,"message":"That was no answer."}"#)], answer(SUM)),
            (vec![coach(SUM), note("Say goodbye in one sentence, then call end_call.")], None),
            (vec![coach(SUM), coach(walk)], Some(Open::Walk(walk.to_owned()))),
            (vec![coach(SUM), checked(&told_sum.replace(SUM, walk))], Some(Open::Walk(walk.to_owned()))),
            (vec![coach("What is your code of the day?")], answer("What is your code of the day?")),
            (vec![coach("Quel est votre code du jour ?")], answer("Quel est votre code du jour ?")),
        ] {
            assert_eq!(open(&turns), expected, "{turns:?}");
        }
    }

    #[test]
    fn a_task_that_holds_its_answer_can_be_solved() {
        assert_eq!(solution(SUM).as_deref(), Some("37"));
        assert_eq!(solution("Press or say 4 7 1.").as_deref(), Some("471"));
        assert_eq!(solution("What is your code of the day?"), None);
    }
}
