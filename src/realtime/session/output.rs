//! The coach's voice on its way to the line: a bounded queue, paced by frames, with marks.
//!
//! A ledger entry for each item says what was received, sent and heard. The line is never supplied more
//! than 160 ms ahead, so that a stop, a hang-up or a fall-back takes effect at once.

use std::collections::VecDeque;
use std::time::Duration;

use crate::realtime::audio::{FRAME, FRAME_BYTES, whole_ms};
use crate::realtime::events::{Command, Frame};
use crate::realtime::playhead::{Playhead, Track};

/// How far the line may be supplied ahead of what it plays.
const LEAD: Duration = Duration::from_millis(160);
/// Bytes between two progress marks: 160 ms.
const MARK_EVERY: usize = 1_280;
/// Speech waiting to be sent: thirty seconds. No reply of a coach is longer.
const QUEUE_BYTES: usize = 30 * 8_000;
/// Marks without an echo beyond which no progress marks are sent; end marks always are.
const PENDING_MARKS: usize = 64;
/// How long after the end of play-out the echo is waited for before the cursor is believed.
const ECHO_PATIENCE: Duration = Duration::from_secs(3);
/// Sent before any audio: its echo measures the way there and back.
const PROBE: &str = "probe";

/// One stretch of speech, or the tone.
#[derive(Debug)]
pub(super) struct Item {
    /// The model's name for it; `None` for a sound of our own.
    pub id: Option<String>,
    /// The response it belongs to.
    pub response: String,
    /// Which of our connections knows it.
    pub connection: u32,
    pub content_index: u32,
    pub track: Track,
    /// What is being said, as far as the words have come.
    pub text: String,
    /// The words are complete.
    pub text_done: bool,
    /// It stands in the transcript.
    pub recorded: bool,
    sound: Sound,
    fate: Fate,
}

/// How far the sound of an item has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    Coming,
    Complete,
    /// All of it was sent, with a mark behind it.
    Marked,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    /// The echo behind its last frame has come.
    HeardOut,
    /// She spoke over it after so many bytes.
    Cut(u64),
}

#[derive(Debug)]
struct Run {
    item: usize,
    audio: VecDeque<u8>,
}

#[derive(Debug)]
struct PendingMark {
    name: String,
    item: usize,
    bytes: u64,
    end: bool,
}

/// What a barge-in did to one item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub item: usize,
    pub heard: u64,
}

#[derive(Debug, Default)]
pub(super) struct Output {
    pub items: Vec<Item>,
    runs: VecDeque<Run>,
    queued: usize,
    pub playhead: Playhead,
    /// Raised at every `clear`: echoes of older marks say "thrown away", not "played".
    generation: u32,
    marks_made: u64,
    marks: VecDeque<PendingMark>,
    since_mark: usize,
    probed_at: Option<Duration>,
    pub frames_out: u64,
}

impl Output {
    /// Measures the way to the line and back while nothing plays.
    pub fn probe(&mut self, now: Duration, out: &mut Vec<Command>) {
        self.probed_at = Some(now);
        out.push(Command::Mark(PROBE.to_owned()));
    }

    /// Takes speech; returns the bytes for which there was no room.
    pub fn receive(&mut self, item: usize, audio: &[u8]) -> usize {
        let (audio, overflow) = audio.split_at(audio.len().min(QUEUE_BYTES - self.queued));
        self.queued += audio.len();
        self.items[item].track.receive(audio.len() as u64);
        match self.runs.back_mut() {
            Some(run) if run.item == item => run.audio.extend(audio),
            _ => self.runs.push_back(Run { item, audio: audio.iter().copied().collect() }),
        }
        overflow.len()
    }

    /// The ledger's entry for one of the model's items, made when it is new.
    pub fn item(&mut self, id: &str, response: &str, connection: u32, content_index: u32) -> usize {
        let known = |item: &Item| item.connection == connection && item.id.as_deref() == Some(id);
        if let Some(index) = self.items.iter().rposition(known) {
            return index;
        }
        self.items.push(Item::new(Some(id.to_owned()), response, connection, content_index));
        self.items.len() - 1
    }

    /// Finds the entry of an item that has spoken; `None` for all others.
    pub fn find(&self, id: &str, connection: u32) -> Option<usize> {
        self.items.iter().rposition(|item| item.connection == connection && item.id.as_deref() == Some(id))
    }

    /// Queues a sound of our own, which no model knows of.
    pub fn play_sound(&mut self, audio: &[u8]) {
        self.items.push(Item::new(None, "", 0, 0));
        let index = self.items.len() - 1;
        self.receive(index, audio);
        self.items[index].finish();
    }

    /// No more audio will come for this item.
    pub fn finish(&mut self, item: usize) {
        self.items[item].finish();
    }

    /// When the next frame must leave; `None` when there is nothing to send.
    pub fn due(&self) -> Option<Duration> {
        self.sendable().then(|| self.playhead.cursor().saturating_sub(LEAD.saturating_sub(FRAME)))
    }

    fn sendable(&self) -> bool {
        self.runs.front().is_some_and(|run| {
            run.audio.len() >= FRAME_BYTES || self.items[run.item].is_done() || self.runs.len() > 1
        })
    }

    /// Sends all frames that are due, and the marks between them.
    pub fn tick(&mut self, now: Duration, out: &mut Vec<Command>) {
        while self.sendable() && self.playhead.lead(now) + FRAME <= LEAD {
            self.send_frame(now, out);
        }
        self.mark_ends(out);
        self.give_up_echoes(now);
    }

    fn send_frame(&mut self, now: Duration, out: &mut Vec<Command>) {
        let Some(run) = self.runs.front_mut() else { return };
        let (index, length) = (run.item, run.audio.len().min(FRAME_BYTES));
        let frame = Frame::collect(run.audio.drain(..length));
        let exhausted = run.audio.is_empty();
        if exhausted && (self.items[index].is_done() || self.runs.len() > 1) {
            self.runs.pop_front();
        }
        if length == 0 {
            return;
        }
        self.queued -= length;
        self.frames_out += 1;
        self.playhead.send(&mut self.items[index].track, length as u64, now);
        out.push(Command::Play(frame));
        self.since_mark += length;
        if self.since_mark >= MARK_EVERY && self.marks.len() < PENDING_MARKS {
            self.mark(index, false, out);
        }
    }

    fn mark_ends(&mut self, out: &mut Vec<Command>) {
        for index in 0..self.items.len() {
            let item = &self.items[index];
            let received = item.track.received();
            let all_sent = received > 0 && item.track.sent() == received;
            if all_sent && item.sound == Sound::Complete && item.fate == Fate::Open {
                self.items[index].sound = Sound::Marked;
                self.mark(index, true, out);
            }
        }
    }

    fn mark(&mut self, item: usize, end: bool, out: &mut Vec<Command>) {
        self.since_mark = 0;
        self.marks_made += 1;
        let name = format!("g{}.{}", self.generation, self.marks_made);
        out.push(Command::Mark(name.clone()));
        self.marks.push_back(PendingMark { name, item, bytes: self.items[item].track.sent(), end });
    }

    /// The line has played up to this mark. Marks we do not wait for any more say nothing.
    pub fn on_echo(&mut self, name: &str, now: Duration) {
        if name == PROBE {
            if let Some(sent_at) = self.probed_at.take() {
                self.playhead.on_probe(now.saturating_sub(sent_at));
            }
            return;
        }
        let Some(place) = self.marks.iter().position(|mark| mark.name == name) else { return };
        // Echoes come in order: a mark before this one was played too, even if its echo was lost.
        for mark in self.marks.drain(..=place) {
            let item = &mut self.items[mark.item];
            self.playhead.on_echo(&mut item.track, mark.bytes);
            if mark.end {
                item.hear_out();
            }
        }
    }

    /// True when all that was said has been heard to its end.
    pub fn is_idle(&self) -> bool {
        self.runs.iter().all(|run| run.audio.is_empty()) && !self.awaits_end()
    }

    fn awaits_end(&self) -> bool {
        self.marks.iter().any(|mark| mark.end)
    }

    /// When an echo that has not come will not be waited for any longer.
    pub fn echo_due(&self) -> Option<Duration> {
        (self.runs.is_empty() && self.awaits_end()).then(|| self.playhead.cursor() + ECHO_PATIENCE)
    }

    fn give_up_echoes(&mut self, now: Duration) {
        if self.echo_due().is_some_and(|due| due <= now) {
            for mark in self.marks.drain(..) {
                if mark.end {
                    self.items[mark.item].hear_out();
                }
            }
        }
    }

    /// No more audio will come for anything that is being said.
    pub fn finish_all(&mut self) {
        for item in &mut self.items {
            item.finish();
            item.text_done = true;
        }
    }

    /// No more audio will come for what this response says.
    pub fn finish_response(&mut self, response: &str) {
        for item in self.items.iter_mut().filter(|item| item.response == response) {
            item.finish();
            item.text_done = true;
        }
    }

    /// Silences the line. The cut items are returned with what was heard of them, in order.
    ///
    /// Nothing happens when everything has been heard.
    pub fn cut(&mut self, now: Duration, out: &mut Vec<Command>) -> Vec<Cut> {
        let unheard = |(index, item): (usize, &Item)| {
            let heard = self.playhead.heard(&item.track, now);
            let whole = item.is_done() && heard == item.track.received();
            (!item.is_settled() && !whole).then_some(Cut { item: index, heard })
        };
        // The estimate is frozen before the line is told: afterwards echoes mean "thrown away".
        let cuts: Vec<Cut> = self.items.iter().enumerate().filter_map(unheard).collect();
        if cuts.is_empty() {
            return cuts;
        }
        for cut in &cuts {
            self.items[cut.item].fate = Fate::Cut(cut.heard);
            self.items[cut.item].finish();
        }
        self.items.iter_mut().for_each(Item::hear_out);
        self.generation += 1;
        self.marks.clear();
        self.runs.clear();
        self.queued = 0;
        self.since_mark = 0;
        self.playhead.clear(now);
        out.push(Command::Clear);
        cuts
    }

    /// Milliseconds of the item heard by now, and the share of its words that this makes.
    pub fn heard_words(&self, index: usize, now: Duration) -> (u64, String) {
        let item = &self.items[index];
        let heard = match item.fate {
            Fate::Cut(bytes) => bytes,
            Fate::HeardOut => item.track.received(),
            Fate::Open => self.playhead.heard(&item.track, now),
        };
        (whole_ms(heard), share_of(&item.text, heard, item.track.received()))
    }
}

impl Item {
    fn new(id: Option<String>, response: &str, connection: u32, content_index: u32) -> Self {
        Self {
            id,
            response: response.to_owned(),
            connection,
            content_index,
            track: Track::default(),
            text: String::new(),
            text_done: false,
            recorded: false,
            sound: Sound::Coming,
            fate: Fate::Open,
        }
    }

    /// Whether it was heard as far as it ever will be.
    pub fn is_settled(&self) -> bool {
        self.fate != Fate::Open
    }

    /// Whether she spoke over it.
    pub fn is_cut(&self) -> bool {
        matches!(self.fate, Fate::Cut(_))
    }

    /// No more audio will come.
    fn finish(&mut self) {
        if self.sound == Sound::Coming {
            self.sound = Sound::Complete;
        }
    }

    fn is_done(&self) -> bool {
        self.sound != Sound::Coming
    }

    fn hear_out(&mut self) {
        if self.fate == Fate::Open {
            self.fate = Fate::HeardOut;
        }
    }
}

/// The words that fit into `part` of `whole`: the vendor gives no time for each word.
fn share_of(text: &str, part: u64, whole: u64) -> String {
    if part >= whole {
        return text.trim().to_owned();
    }
    let letters = text.chars().count() as u64 * part / whole;
    let end = text.char_indices().nth(usize::try_from(letters).unwrap_or(usize::MAX));
    let cut = end.map_or(text, |(end, _)| &text[..end]);
    // Half a word was not heard as one.
    let cut = if cut.len() < text.len() {
        cut.rsplit_once(char::is_whitespace).map_or("", |(said, _)| said)
    } else {
        cut
    };
    cut.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_cut_where_the_sound_was() {
        let text = "Good morning dear Anna";
        let cases = [(0, ""), (600, "Good morning"), (900, "Good morning dear"), (1_000, text)];
        for (part, said) in cases {
            assert_eq!(share_of(text, part, 1_000), said, "{part}");
        }
        assert_eq!(share_of("Ünïcödé wörds", 999, 1_000), "Ünïcödé");
        assert_eq!(share_of("", 0, 0), "");
    }
}
