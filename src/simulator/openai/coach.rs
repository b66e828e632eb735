//! The built-in coach: what the simulated models say when no test decides it for them.
//!
//! It keeps no state: everything follows from the conversation so far, so that a conversation put back
//! into a new session simply goes on. Its lines have recordings; see [`super::super::voices`].

mod french;
pub mod gullible;
mod lines;
mod tasks;
mod words;

use serde_json::{Value, json};

use super::script::{Step, ToolCall};
use tasks::{Open, Told, told};
pub use words::{Mood, mood};

/// One thing that happened in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// The coach said this.
    Coach(String),
    /// The sleeper said this; empty when nothing was heard, `(unintelligible)` when it made no sense.
    Sleeper(String),
    /// A note of the operator's.
    Note(String),
    /// A tool was called.
    Called(String),
    /// This tool answered this.
    Answered(String, String),
}

/// What the coach is asked to respond to.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who the coach is.
    pub instructions: &'a str,
    /// What this one response should be, if that was said.
    pub this_time: Option<&'a str>,
    /// The conversation so far.
    pub turns: &'a [Turn],
    /// Names of the tools that may be called now.
    pub tools: &'a [String],
}

/// So many meaningful answers make the coach believe her.
const ANSWERS_TO_BELIEVE: usize = 2;

/// What the realtime coach does next.
pub fn reply(asked: &Asked<'_>) -> Step {
    if french::is_wanted(asked) {
        let turns = french::in_english(asked.turns);
        return french::step(next_step(&Asked { turns: &turns, ..*asked }));
    }
    next_step(asked)
}

fn next_step(asked: &Asked<'_>) -> Step {
    if let Some(step) = asked.this_time.and_then(|wish| wished(asked, wish)) {
        return step;
    }
    match asked.turns.last() {
        None => Step::Say(lines::greeting(asked)),
        Some(Turn::Sleeper(text)) => answer(asked, text),
        Some(Turn::Note(note)) => noted(asked, note),
        Some(Turn::Answered(tool, output)) => answered(asked, tool, output),
        // Asked to speak although nobody else did: the line must have been gone.
        Some(Turn::Coach(_) | Turn::Called(_)) => Step::Say(lines::back_again(asked)),
    }
}

/// What a response's own instructions ask for; `None` when they only set the tone.
fn wished(asked: &Asked<'_>, wish: &str) -> Option<Step> {
    if let Some(line) = told(wish).line() {
        return Some(Step::Say(line));
    }
    if let Some(line) = words::quoted_line(wish) {
        return Some(Step::Say(line.to_owned()));
    }
    let wish = wish.to_lowercase();
    if wish.contains("the call ends now") || wish.contains("say goodbye in") {
        return Some(Step::Say(lines::goodbye(asked)));
    }
    if wish.contains("line dropped") || wish.contains("line was gone") {
        return Some(Step::Say(lines::back_again(asked)));
    }
    None
}

fn answer(asked: &Asked<'_>, text: &str) -> Step {
    match tasks::open(asked.turns) {
        // Told to ask it, and cut off before the end.
        Some(Open::Answer(task)) if !tasks::is_put(asked.turns, &task) => Step::Say(task),
        Some(Open::Answer(task)) if may_call(asked, "check_answer") => owed(asked, text, &task),
        Some(Open::Walk(task)) => not_at_her_place(asked, text, &task),
        _ => talk(asked, text),
    }
}

/// She spoke while the answer to `task` stands out: the host judges it.
fn owed(asked: &Asked<'_>, text: &str, task: &str) -> Step {
    match mood(text) {
        Mood::Nothing | Mood::Unclear => Step::Say(format!("{} {task}", lines::UNCLEAR)),
        Mood::Interrupting => Step::Say(task.to_owned()),
        Mood::Leaving => asks_to_end(asked, task),
        Mood::Pleading => pleaded(asked, task),
        Mood::Drowsy | Mood::Meaningful => {
            let arguments = json!({"answer": text.trim()});
            Step::Call(ToolCall::new("check_answer", arguments.to_string()))
        }
    }
}

/// She spoke, although she should be walking.
fn not_at_her_place(asked: &Asked<'_>, text: &str, task: &str) -> Step {
    match mood(text) {
        Mood::Leaving => asks_to_end(asked, task),
        Mood::Pleading => pleaded(asked, task),
        Mood::Nothing | Mood::Unclear | Mood::Interrupting => Step::Say(task.to_owned()),
        Mood::Drowsy | Mood::Meaningful => Step::Say(format!("{} {task}", lines::praise(asked))),
    }
}

/// The host knows whether it may end now; goodbye is said when it agrees.
fn asks_to_end(asked: &Asked<'_>, task: &str) -> Step {
    if may_call(asked, "end_call") {
        let arguments = json!({"reason": "she said goodbye"});
        return Step::Call(ToolCall::new("end_call", arguments.to_string()));
    }
    Step::Say(format!("{} {task}", lines::NOT_YET))
}

fn talk(asked: &Asked<'_>, text: &str) -> Step {
    match mood(text) {
        Mood::Nothing => Step::Say(lines::nudge(1).to_owned()),
        Mood::Unclear => Step::Say(format!("{} {}", lines::UNCLEAR, lines::SAY_AGAIN)),
        Mood::Interrupting => Step::Say(lines::GO_ON.to_owned()),
        Mood::Leaving => end_call(asked, lines::goodbye(asked), "she said goodbye"),
        Mood::Pleading => pleaded(asked, lines::question(asked)),
        Mood::Drowsy => Step::Say(lines::with_question(asked, lines::DROWSY)),
        Mood::Meaningful if is_convincing(asked.turns) => confirm(asked),
        Mood::Meaningful => Step::Say(lines::with_question(asked, lines::praise(asked))),
    }
}

fn confirm(asked: &Asked<'_>) -> Step {
    if may_call(asked, "confirm_awake") {
        let arguments = json!({"evidence": evidence(asked.turns)});
        return Step::Call(ToolCall::new("confirm_awake", arguments.to_string()));
    }
    Step::Say(lines::with_question(asked, lines::praise(asked)))
}

fn pleaded(asked: &Asked<'_>, then: &str) -> Step {
    let pleas = lines::heard(asked.turns).filter(|text| mood(text) == Mood::Pleading).count();
    if pleas >= 2 && may_call(asked, "snooze") {
        return Step::Call(ToolCall::new("snooze", json!({"minutes": 9}).to_string()));
    }
    Step::Say(format!("{} {then}", lines::NO_MORE_MINUTES))
}

/// What the host said about the calls of one response counts together.
fn answered(asked: &Asked<'_>, tool: &str, output: &str) -> Step {
    let answers = asked.turns.iter().rev().map_while(|turn| match turn {
        Turn::Answered(_, output) => Some(told(output)),
        _ => None,
    });
    let mut ends = false;
    for told in answers {
        ends |= told == Told::Goodbye;
        if let Some(line) = told.line() {
            return Step::Say(line);
        }
    }
    if ends { end_call(asked, lines::goodbye(asked), "awake") } else { after_tool(asked, tool, output) }
}

fn after_tool(asked: &Asked<'_>, tool: &str, output: &str) -> Step {
    match (tool, words::is_accepted(output)) {
        ("confirm_awake", true) => end_call(asked, lines::goodbye(asked), "awake"),
        ("snooze", true) => Step::Say(format!("{} {}", lines::NINE_MINUTES, lines::TALK_SOON)),
        ("snooze", false) => Step::Say(lines::with_question(asked, lines::NO_MORE_MINUTES)),
        ("end_call", true) => Step::Say(lines::GOODBYE.to_owned()),
        ("check_answer", true) => Step::Say(lines::with_question(asked, lines::RIGHT)),
        ("check_answer", false) => {
            let task = tasks::open(asked.turns).map(|open| open.task().to_owned());
            Step::Say(format!("{} {}", lines::UNCLEAR, task.as_deref().unwrap_or(lines::SAY_AGAIN)))
        }
        _ => Step::Say(lines::with_question(asked, lines::NOT_YET)),
    }
}

fn end_call(asked: &Asked<'_>, farewell: String, reason: &str) -> Step {
    if may_call(asked, "end_call") {
        let arguments = json!({"reason": reason});
        return Step::SayThenCall(farewell, ToolCall::new("end_call", arguments.to_string()));
    }
    Step::Say(farewell)
}

fn noted(asked: &Asked<'_>, note: &str) -> Step {
    match told(note) {
        Told::Goodbye => return end_call(asked, lines::goodbye(asked), "awake"),
        Told::Say { task, .. } if is_about_silence(note) => {
            return Step::Say(format!("{} {task}", nudge(asked)));
        }
        told => {
            if let Some(line) = told.line() {
                return Step::Say(line);
            }
        }
    }
    if is_about_silence(note) {
        let open = tasks::open(asked.turns);
        let nudge = nudge(asked);
        return Step::Say(open.map_or_else(|| nudge.to_owned(), |open| format!("{nudge} {}", open.task())));
    }
    let note = note.to_lowercase();
    if note.contains("not answered at all") || note.contains("call back") {
        return Step::Say(format!("{} {}", lines::CALL_BACK, lines::TALK_SOON));
    }
    if note.contains("goodbye") {
        return Step::Say(lines::goodbye(asked));
    }
    Step::Say(lines::question(asked).to_owned())
}

/// She has not said a word; not that the call ends because of it.
fn is_about_silence(note: &str) -> bool {
    let note = note.to_lowercase();
    (note.contains("silent") || note.contains("silence")) && !note.contains("not answered at all")
}

fn nudge(asked: &Asked<'_>) -> &'static str {
    let notes = asked.turns.iter().rev().take_while(|turn| !matches!(turn, Turn::Sleeper(_)));
    lines::nudge(notes.filter(|turn| matches!(turn, Turn::Note(_))).count())
}

fn may_call(asked: &Asked<'_>, tool: &str) -> bool {
    asked.tools.iter().any(|known| known == tool)
}

fn is_convincing(turns: &[Turn]) -> bool {
    meaningful(turns).count() >= ANSWERS_TO_BELIEVE
}

fn meaningful(turns: &[Turn]) -> impl Iterator<Item = &str> {
    lines::heard(turns).filter(|text| mood(text) == Mood::Meaningful)
}

fn evidence(turns: &[Turn]) -> String {
    let said: Vec<String> = meaningful(turns).map(|text| format!("\"{}\"", text.trim())).collect();
    format!("She said {}.", said.join(" and "))
}

/// What the chat model answers in traditional mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatReply {
    /// The next words.
    pub say: String,
    /// Whether she is believed.
    pub awake: bool,
    /// Why; empty unless she is.
    pub evidence: String,
}

impl ChatReply {
    fn doubtful(say: String) -> Self {
        Self { say, awake: false, evidence: String::new() }
    }
}

/// What the chat model answers to the conversation so far.
pub fn chat_reply(asked: &Asked<'_>) -> ChatReply {
    if french::is_wanted(asked) {
        let turns = french::in_english(asked.turns);
        return french::chat_reply(next_words(&Asked { turns: &turns, ..*asked }));
    }
    next_words(asked)
}

fn next_words(asked: &Asked<'_>) -> ChatReply {
    let Some(Turn::Sleeper(text)) = asked.turns.last() else {
        let greeting = asked.turns.is_empty();
        let say = if greeting { lines::greeting(asked) } else { lines::question(asked).to_owned() };
        return ChatReply::doubtful(say);
    };
    let text = text.trim_start_matches("(heard unclearly)").trim();
    match mood(text) {
        Mood::Nothing => ChatReply::doubtful(lines::nudge(1).to_owned()),
        _ if text.starts_with("(pressed") => ChatReply::doubtful(lines::VOICE_PLEASE.to_owned()),
        Mood::Meaningful | Mood::Leaving if is_convincing(asked.turns) => {
            ChatReply { say: lines::chat_goodbye(asked), awake: true, evidence: evidence(asked.turns) }
        }
        Mood::Unclear => ChatReply::doubtful(lines::with_question(asked, lines::UNCLEAR)),
        Mood::Interrupting => ChatReply::doubtful(lines::GO_ON.to_owned()),
        Mood::Pleading => ChatReply::doubtful(lines::with_question(asked, lines::NO_MORE_MINUTES)),
        Mood::Drowsy => ChatReply::doubtful(lines::with_question(asked, lines::SLEEPY)),
        Mood::Leaving => ChatReply::doubtful(lines::with_question(asked, lines::NOT_YET)),
        Mood::Meaningful => ChatReply::doubtful(lines::with_question(asked, lines::praise(asked))),
    }
}

/// A verdict in a sentence of JSON, for responses outside the conversation.
pub fn opinion(turns: &[Turn]) -> Value {
    let awake = is_convincing(turns);
    json!({"awake": awake, "evidence": if awake { evidence(turns) } else { String::new() }})
}

#[cfg(test)]
mod tests;
