//! Who said what, and when, in order of time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::output::Output;
use crate::coach::verdict::UNTRANSCRIBED;
use crate::domain::utterance::{Speaker, Utterance};

/// An answer of hers whose words have not come.
#[derive(Debug)]
struct Turn {
    item: String,
    began_at: Duration,
    ended: bool,
}

#[derive(Debug)]
pub(super) struct Transcript {
    started_at: Timestamp,
    origin: Duration,
    turns: Vec<Turn>,
    said: Vec<Utterance>,
}

impl Transcript {
    /// `origin` is the elapsed time that corresponds to `started_at`.
    pub fn new(started_at: Timestamp, origin: Duration) -> Self {
        Self { started_at, origin, turns: Vec::new(), said: Vec::new() }
    }

    /// She began to speak.
    pub fn begin(&mut self, item: &str, now: Duration) {
        self.turns.push(Turn { item: item.to_owned(), began_at: now, ended: false });
    }

    /// She stopped; her words will follow.
    pub fn end(&mut self, item: &str) {
        for turn in self.turns.iter_mut().filter(|turn| turn.item == item) {
            turn.ended = true;
        }
    }

    /// Whether words of hers are still to come.
    pub fn awaits_words(&self) -> bool {
        self.turns.iter().any(|turn| turn.ended)
    }

    /// Her words have come, or never will (`None`). `None` when there were none to speak of.
    pub fn heard(&mut self, item: &str, text: Option<&str>, now: Duration) -> Option<Utterance> {
        let known = self.turns.iter().position(|turn| turn.item == item);
        let began_at = known.map_or(now, |place| self.turns.remove(place).began_at);
        let text = text.unwrap_or(UNTRANSCRIBED).trim();
        (!text.is_empty()).then(|| self.add(Speaker::Sleeper, text.to_owned(), began_at, false))
    }

    /// The connection that would have brought her words is gone.
    pub fn forget_turns(&mut self) {
        self.turns.clear();
    }

    /// Writes down what the coach has finished saying, or was kept from saying; returns what is new.
    pub fn record(&mut self, output: &mut Output, now: Duration) -> Vec<Utterance> {
        let mut new = Vec::new();
        for index in 0..output.items.len() {
            let item = &output.items[index];
            let settled = item.text_done && item.is_settled();
            if item.recorded || !settled {
                continue;
            }
            new.extend(self.coach_said(output, index, now).map(|said| self.keep(said)));
            output.items[index].recorded = true;
        }
        new
    }

    /// All that was said, with what is being said right now as far as it was heard.
    pub fn so_far(&self, output: &Output, now: Duration) -> Vec<Utterance> {
        let open = (0..output.items.len()).filter(|index| !output.items[*index].recorded);
        let mut said = self.said.clone();
        said.extend(open.filter_map(|index| self.coach_said(output, index, now)));
        said.sort_by_key(|utterance| utterance.said_at);
        said
    }

    fn coach_said(&self, output: &Output, index: usize, now: Duration) -> Option<Utterance> {
        let item = &output.items[index];
        let began_at = item.track.began_at()?;
        let (_, text) = output.heard_words(index, now);
        (!text.is_empty()).then(|| Utterance {
            speaker: Speaker::Coach,
            text,
            said_at: self.wall(began_at),
            interrupted: item.is_cut(),
        })
    }

    fn add(&mut self, speaker: Speaker, text: String, began_at: Duration, interrupted: bool) -> Utterance {
        let said_at = self.wall(began_at);
        self.keep(Utterance { speaker, text, said_at, interrupted })
    }

    fn keep(&mut self, said: Utterance) -> Utterance {
        self.said.push(said.clone());
        said
    }

    fn wall(&self, at: Duration) -> Timestamp {
        let since = SignedDuration::try_from(at.saturating_sub(self.origin)).unwrap_or(SignedDuration::MAX);
        self.started_at.saturating_add(since).unwrap_or(Timestamp::MAX)
    }
}
