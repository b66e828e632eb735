//! The proofs in a traditional call: what an answer was worth, and the next thing asked of her.
//!
//! No model has a say here: it can be talked into anything, and these turns are to be fast and certain.

use std::time::Duration;

use jiff::Timestamp;

use super::turn::{Heard, Next, Reply, Source, Turn};
use crate::coach::proving::{Given, Proving, Worth};
use crate::coach::script::{self, Stage};
use crate::coach::verdict;
use crate::domain::proof::Proof;
use crate::domain::utterance::Utterance;

/// Letters that a voice speaks in a second, pauses included.
const LETTERS_A_SECOND: f64 = 14.0;

/// How long she thought, as far as it can be told: from when the question, whose document was made at
/// `said_at`, has been spoken, to when her answer began, which came with `ends_after` of silence.
pub fn thought_for(
    asked: &Utterance,
    heard: &Heard,
    ends_after: Duration,
    now: Timestamp,
) -> Option<Duration> {
    let spoken = |text: &str| {
        let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        Duration::from_secs_f64(f64::from(letters) / LETTERS_A_SECOND)
    };
    let answering = match heard {
        Heard::Speech { text, .. } => spoken(text) + ends_after,
        Heard::Keys(_) => Duration::ZERO,
        Heard::Silence => return None,
    };
    let since = Duration::try_from(now.duration_since(asked.said_at)).unwrap_or_default();
    Some(since.saturating_sub(spoken(&asked.text)).saturating_sub(answering))
}

/// What the proofs make of a turn; `None` leaves it to the talk.
pub(super) fn by_proof(turn: &Turn<'_>, proving: &mut Proving) -> Option<Reply> {
    if let Some(reply) = arrived(turn, proving) {
        return Some(reply);
    }
    match turn.heard {
        Heard::Silence => None,
        Heard::Keys(keys) => judged(turn, proving, Given::Pressed(keys)),
        Heard::Speech { text, .. } => {
            judged(turn, proving, Given::Said(text)).or_else(|| said_the_word(turn, proving, text))
        }
    }
}

/// She has been where she was sent.
fn arrived(turn: &Turn<'_>, proving: &Proving) -> Option<Reply> {
    let well_done = || script::line(turn.tongue(), Stage::PlaceReached, turn.turn);
    if proving.is_done() {
        return Some(goodbye(turn, proving, turn.arrived.then(well_done)));
    }
    turn.arrived.then(|| asking(format!("{} {}", well_done(), next_request(turn, proving))))
}

fn judged(turn: &Turn<'_>, proving: &mut Proving, given: Given<'_>) -> Option<Reply> {
    let before = proving.open();
    let stage = match proving.hear(given, turn.thought_for, turn.tongue()) {
        Worth::NoAnswer => return None,
        Worth::Done => return Some(goodbye(turn, proving, None)),
        // The same again, or something else.
        Worth::Right if proving.open() == before => Stage::RightOneMore,
        Worth::Right => Stage::Right,
        Worth::TooSlow => Stage::TooSlow,
        Worth::Wrong => Stage::Wrong,
    };
    Some(remarked(turn, proving, stage))
}

fn said_the_word(turn: &Turn<'_>, proving: &mut Proving, text: &str) -> Option<Reply> {
    let word = verdict::by_word(turn.tongue(), &turn.briefing.goodbye_words, text)?;
    match proving.hear_word(&word.evidence) {
        Worth::Done => Some(goodbye(turn, proving, None)),
        _ => Some(remarked(turn, proving, Stage::GoodbyeNotYet)),
    }
}

/// A remark and the next thing asked of her.
pub(super) fn remarked(turn: &Turn<'_>, proving: &Proving, stage: Stage) -> Reply {
    let remark = script::line(turn.tongue(), stage, turn.turn);
    asking(format!("{remark} {}", next_request(turn, proving)))
}

fn next_request(turn: &Turn<'_>, proving: &Proving) -> String {
    let question = || script::question(turn.tongue(), turn.turn, turn.conversation);
    proving.task(turn.tongue(), turn.turn).unwrap_or_else(question)
}

fn asking(say: String) -> Reply {
    Reply::new(say, Next::Ask, Source::Rule)
}

/// The model, or the script, believes that the talk has proved it: the end, the next task, or nothing at
/// all when nobody asked for talk.
pub(super) fn believed(turn: &Turn<'_>, proving: &mut Proving, evidence: &str) -> Option<Reply> {
    match proving.saw(Proof::Conversation, evidence) {
        Worth::Done => Some(goodbye(turn, proving, None)),
        Worth::Right => Some(remarked(turn, proving, Stage::Heard)),
        _ => None,
    }
}

/// The last words, with the verdict.
pub(super) fn goodbye(turn: &Turn<'_>, proving: &Proving, first: Option<String>) -> Reply {
    let stage = if proving.is_check() { Stage::StillUp } else { Stage::Goodbye };
    let goodbye = script::farewell(turn.briefing, stage, turn.turn);
    let say = first.map_or_else(|| goodbye.clone(), |first| format!("{first} {goodbye}"));
    Reply { verdict: proving.verdict(), ..Reply::new(say, Next::HangUp, Source::Rule) }
}
