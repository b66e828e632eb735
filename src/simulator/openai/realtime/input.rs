//! The sleeper's audio: the buffer, its clock, and who speaks when.
//!
//! Time here is the audio appended, not the wall: without frames nothing starts and nothing stops.

use serde_json::Value;

use crate::simulator::voices::{self, FRAME};

/// mu-law at 8 kHz: eight bytes a millisecond.
pub const BYTES_PER_MS: u64 = 8;

/// Mean magnitude that counts as speech at threshold 1; speech lies between 1,000 and 8,000.
const LOUD_AT_ONE: f64 = 1_000.0;

/// Loud windows in a row before it is speech (40 ms): a click is none.
const WINDOWS_TO_START: u64 = 2;

/// When a turn begins and ends, and what follows.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnDetection {
    loud: f64,
    prefix: u64,
    silence: u64,
    /// Whether the end of a turn starts a response.
    pub create_response: bool,
    /// Whether its beginning cancels one.
    pub interrupt_response: bool,
    /// Silence after which the model speaks by itself; `None` to wait for ever.
    pub idle_timeout_ms: Option<u64>,
}

impl TurnDetection {
    /// From the session's `turn_detection`; `None` when turns are the client's business.
    pub fn of(settings: &Value) -> Option<Self> {
        let detection = settings.as_object()?;
        let number =
            |name: &str, default: u64| detection.get(name).and_then(Value::as_u64).unwrap_or(default);
        let flag = |name: &str| detection.get(name).and_then(Value::as_bool).unwrap_or(true);
        // A model that waits for the sense of a sentence is simulated by how long it waits.
        let patience_ms = match detection.get("eagerness").and_then(Value::as_str) {
            Some("low") => 1_600,
            Some("high") => 400,
            Some(_) => 800,
            None => number("silence_duration_ms", 200),
        };
        let threshold = detection.get("threshold").and_then(Value::as_f64).unwrap_or(0.5);
        Some(Self {
            loud: threshold * LOUD_AT_ONE,
            prefix: number("prefix_padding_ms", 300) * BYTES_PER_MS,
            silence: patience_ms * BYTES_PER_MS,
            create_response: flag("create_response"),
            interrupt_response: flag("interrupt_response"),
            idle_timeout_ms: detection.get("idle_timeout_ms").and_then(Value::as_u64),
        })
    }
}

/// What the audio shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speech {
    /// She began to speak; on the buffer's clock, padding included.
    Started { audio_start_ms: u64 },
    /// She stopped; with everything she said, padding included.
    Stopped { audio_end_ms: u64, turn: Vec<u8> },
}

/// The input audio buffer; positions count bytes of mu-law since the session began.
#[derive(Debug, Default)]
pub struct Input {
    held: Vec<u8>,
    held_from: u64,
    examined: u64,
    loud_since: Option<u64>,
    speaking: Option<Speaking>,
}

#[derive(Debug, Clone, Copy)]
struct Speaking {
    quiet_since: Option<u64>,
}

impl Input {
    /// All audio ever appended, in milliseconds.
    pub fn clock_ms(&self) -> u64 {
        self.end() / BYTES_PER_MS
    }

    /// Audio held and not committed, in milliseconds.
    pub fn held_ms(&self) -> u64 {
        (self.held.len() as u64) / BYTES_PER_MS
    }

    /// Whether she is in the middle of a turn.
    pub fn is_speaking(&self) -> bool {
        self.speaking.is_some()
    }

    fn end(&self) -> u64 {
        self.held_from + self.held.len() as u64
    }

    /// Takes in audio; with `detection`, tells when she starts and stops.
    pub fn append(&mut self, mulaw: &[u8], detection: Option<&TurnDetection>) -> Vec<Speech> {
        self.held.extend_from_slice(mulaw);
        let Some(detection) = detection else {
            self.examined = self.end();
            return Vec::new();
        };
        let mut speech = Vec::new();
        while self.examined + FRAME as u64 <= self.end() {
            speech.extend(self.examine(detection));
        }
        self.forget(detection);
        speech
    }

    /// Looks at the next 20 ms.
    fn examine(&mut self, detection: &TurnDetection) -> Option<Speech> {
        let (from, until) = (self.examined, self.examined + FRAME as u64);
        let loud = f64::from(voices::loudness(self.slice(from, until))) >= detection.loud;
        self.examined = until;
        match (&mut self.speaking, loud) {
            (None, false) => self.loud_since = None,
            (None, true) => {
                let since = *self.loud_since.get_or_insert(from);
                if until - since >= WINDOWS_TO_START * FRAME as u64 {
                    return Some(self.start(since, detection));
                }
            }
            (Some(speaking), true) => speaking.quiet_since = None,
            (Some(speaking), false) => {
                let since = *speaking.quiet_since.get_or_insert(from);
                if until - since >= detection.silence {
                    return Some(self.stop(until));
                }
            }
        }
        None
    }

    fn start(&mut self, since: u64, detection: &TurnDetection) -> Speech {
        let begin = since.saturating_sub(detection.prefix).max(self.held_from);
        self.drop_until(begin);
        self.speaking = Some(Speaking { quiet_since: None });
        Speech::Started { audio_start_ms: begin / BYTES_PER_MS }
    }

    fn stop(&mut self, until: u64) -> Speech {
        let turn = self.slice(self.held_from, until).to_vec();
        self.drop_until(until);
        self.speaking = None;
        self.loud_since = None;
        Speech::Stopped { audio_end_ms: until / BYTES_PER_MS, turn }
    }

    /// Gives up everything held, as a turn; whoever was speaking has to start again.
    pub fn take(&mut self) -> Vec<u8> {
        let (from, until) = (self.held_from, self.end());
        let turn = self.slice(from, until).to_vec();
        self.drop_until(until);
        self.examined = until;
        self.speaking = None;
        self.loud_since = None;
        turn
    }

    /// Between turns only the padding may still be needed.
    fn forget(&mut self, detection: &TurnDetection) {
        if self.speaking.is_none() {
            let begun = self.loud_since.unwrap_or(self.examined);
            self.drop_until(begun.saturating_sub(detection.prefix));
        }
    }

    fn slice(&self, from: u64, until: u64) -> &[u8] {
        &self.held[self.offset(from)..self.offset(until)]
    }

    fn drop_until(&mut self, position: u64) {
        let offset = self.offset(position);
        self.held.drain(..offset);
        self.held_from += offset as u64;
    }

    fn offset(&self, position: u64) -> usize {
        let offset = position.saturating_sub(self.held_from);
        usize::try_from(offset).map_or(self.held.len(), |offset| offset.min(self.held.len()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::simulator::voices::{SILENCE, Voice, speech_for};

    fn detection(silence_ms: u64) -> TurnDetection {
        let detection = json!({"type": "server_vad", "threshold": 0.6, "prefix_padding_ms": 300,
            "silence_duration_ms": silence_ms});
        TurnDetection::of(&detection).unwrap()
    }

    fn quiet(ms: usize) -> Vec<u8> {
        vec![SILENCE; ms * 8]
    }

    /// Appends in pieces as a telephone does, and gathers what was noticed.
    fn run(input: &mut Input, detection: &TurnDetection, audio: &[u8]) -> Vec<Speech> {
        audio.chunks(FRAME).flat_map(|frame| input.append(frame, Some(detection))).collect()
    }

    #[test]
    fn a_turn_is_padded_ended_by_silence_and_kept_whole() {
        let mut input = Input::default();
        let words = speech_for("My feet are on the floor.", Voice::Sleeper);
        let line = [quiet(2_000), words.to_vec(), quiet(1_000)].concat();
        let noticed = run(&mut input, &detection(600), &line);
        let [Speech::Started { audio_start_ms }, Speech::Stopped { audio_end_ms, turn }] = &noticed[..]
        else {
            panic!("one turn, got {noticed:?}")
        };
        assert!((1_700..=1_760).contains(audio_start_ms), "{audio_start_ms}");
        let last_sound = 2_000 + words.len() as u64 / 8;
        assert!((last_sound + 400..=last_sound + 600).contains(audio_end_ms), "{audio_end_ms}");
        assert_eq!(turn.len() as u64, (audio_end_ms - audio_start_ms) * 8);
        assert_eq!(voices::recognise(turn).text(), "My feet are on the floor.");
    }

    #[test]
    fn a_pause_within_a_sentence_does_not_end_it_but_the_wire_default_might() {
        let words = speech_for("Yes, I'm awake. I am making coffee.", Voice::Sleeper);
        let line = [words.to_vec(), quiet(1_000)].concat();
        let turns = |silence_ms| {
            let noticed = run(&mut Input::default(), &detection(silence_ms), &line);
            noticed.iter().filter(|speech| matches!(speech, Speech::Stopped { .. })).count()
        };
        assert_eq!(turns(600), 1);
        assert!(turns(100) > 1);
    }

    #[test]
    fn without_frames_nothing_stops() {
        let mut input = Input::default();
        let words = speech_for("I am making coffee.", Voice::Sleeper);
        assert_eq!(run(&mut input, &detection(600), &words).len(), 1);
        assert!(input.is_speaking());
        assert_eq!(run(&mut input, &detection(600), &quiet(700)).len(), 1);
    }

    #[test]
    fn clicks_and_line_noise_are_not_speech() {
        let mut input = Input::default();
        let mut line = quiet(3_000);
        line[8_000..8_160].fill(0x00);
        line.iter_mut().step_by(3).for_each(|sample| *sample &= 0xf5);
        assert_eq!(run(&mut input, &detection(600), &line), []);
        assert_eq!(input.clock_ms(), 3_000);
        assert!(input.held_ms() <= 320, "only the padding is kept");
    }

    #[test]
    fn pieces_of_any_size_give_the_same_turns() {
        let line = [quiet(500), speech_for("Hello?", Voice::Sleeper).to_vec(), quiet(1_000)].concat();
        let whole = Input::default().append(&line, Some(&detection(600)));
        let mut input = Input::default();
        let pieces: Vec<_> =
            line.chunks(77).flat_map(|piece| input.append(piece, Some(&detection(600)))).collect();
        assert_eq!(pieces, whole);
        assert_eq!(pieces.len(), 2);
    }

    #[test]
    fn without_detection_all_is_held_until_it_is_taken() {
        assert_eq!(TurnDetection::of(&Value::Null), None);
        let mut input = Input::default();
        let words = speech_for("Hello?", Voice::Sleeper);
        assert_eq!(input.append(&words, None), []);
        assert_eq!(input.held_ms(), words.len() as u64 / 8);
        assert_eq!(input.take(), words.to_vec());
        assert_eq!(input.held_ms(), 0);
    }
}
