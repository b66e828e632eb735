//! What a model is told of the conversation so far: the recent part, within bounds, in its own form.

use crate::domain::utterance::{Speaker, Utterance};

/// How much of a conversation a model is shown; the oldest part goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Most messages shown.
    pub messages_max: usize,
    /// Most characters shown in all.
    pub chars_max: usize,
}

impl Default for Memory {
    /// A dozen exchanges of spoken sentences: more than a wake-up takes, little enough to answer fast.
    fn default() -> Self {
        Self { messages_max: 24, chars_max: 4_000 }
    }
}

/// One message of a conversation, as chat models take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said, on one line.
    pub text: String,
}

/// Longest single message shown, in characters: a minute of recognised speech.
const MESSAGE_CHARS_MAX: usize = 600;

/// The recent part of `conversation`, oldest first; neighbours by one speaker are joined, because some
/// chat servers insist on turns.
pub fn recent(conversation: &[Utterance], memory: Memory) -> Vec<Message> {
    let mut kept: Vec<Message> = Vec::new();
    let mut room = memory.chars_max;
    // Backwards, so that what no longer fits is the oldest.
    for utterance in conversation.iter().rev() {
        let text = shown(utterance);
        if text.is_empty() {
            continue;
        }
        let length = text.chars().count();
        let joins = kept.last().is_some_and(|later| later.speaker == utterance.speaker);
        if length > room || (!joins && kept.len() == memory.messages_max) {
            break;
        }
        room -= length;
        match kept.last_mut().filter(|_| joins) {
            Some(later) => later.text = format!("{text} {}", later.text),
            None => kept.push(Message { speaker: utterance.speaker, text }),
        }
    }
    kept.reverse();
    kept
}

/// The words on one line, cut to length; a coach who was interrupted trails off.
fn shown(utterance: &Utterance) -> String {
    let mut text: String = one_line(&utterance.text).chars().take(MESSAGE_CHARS_MAX).collect();
    if utterance.interrupted && utterance.speaker == Speaker::Coach && !text.is_empty() {
        text.push('…');
    }
    text
}

/// `text` with every run of white space and control characters as one space.
pub fn one_line(text: &str) -> String {
    text.split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn said(speaker: Speaker, text: &str) -> Utterance {
        Utterance { speaker, text: text.to_owned(), said_at: Timestamp::UNIX_EPOCH, interrupted: false }
    }

    fn texts(messages: &[Message]) -> Vec<&str> {
        messages.iter().map(|message| message.text.as_str()).collect()
    }

    /// `n` exchanges: "c1", "s1", "c2", "s2", …
    fn exchanges(n: usize) -> Vec<Utterance> {
        (1..=n)
            .flat_map(|i| [said(Speaker::Coach, &format!("c{i}")), said(Speaker::Sleeper, &format!("s{i}"))])
            .collect()
    }

    #[test]
    fn the_oldest_part_is_dropped_when_there_are_too_many_messages() {
        let memory = Memory { messages_max: 3, chars_max: 100 };
        assert_eq!(texts(&recent(&exchanges(5), memory)), ["s4", "c5", "s5"]);
    }

    #[test]
    fn the_oldest_part_is_dropped_when_there_are_too_many_characters() {
        let memory = Memory { messages_max: 100, chars_max: 7 };
        assert_eq!(texts(&recent(&exchanges(5), memory)), ["s4", "c5", "s5"]);
    }

    #[test]
    fn a_long_call_stays_within_the_default_bounds() {
        let memory = Memory::default();
        let long: Vec<_> = (0..500).map(|_| said(Speaker::Sleeper, &"word ".repeat(400))).collect();
        let shown: usize = recent(&long, memory).iter().map(|message| message.text.chars().count()).sum();
        // Joining adds one space for each utterance.
        assert!(shown <= memory.chars_max + 10, "{shown}");
        assert_eq!(recent(&exchanges(500), memory).len(), memory.messages_max);
    }

    #[test]
    fn neighbours_by_one_speaker_are_joined_in_order() {
        let twice =
            [said(Speaker::Sleeper, "yes"), said(Speaker::Sleeper, "I am up"), said(Speaker::Coach, "ok")];
        assert_eq!(texts(&recent(&twice, Memory::default())), ["yes I am up", "ok"]);
    }

    #[test]
    fn empty_utterances_vanish_and_line_breaks_are_spaces() {
        let odd = [said(Speaker::Sleeper, " \n\t "), said(Speaker::Coach, "Good\nmorning.\u{0}\r\nUp!")];
        assert_eq!(texts(&recent(&odd, Memory::default())), ["Good morning. Up!"]);
        assert!(recent(&[], Memory::default()).is_empty());
    }

    #[test]
    fn an_interrupted_coach_trails_off() {
        let cut = Utterance { interrupted: true, ..said(Speaker::Coach, "What day is") };
        assert_eq!(texts(&recent(&[cut], Memory::default())), ["What day is…"]);
    }
}
