//! What one response consists of and how long each piece takes to produce.

use std::collections::VecDeque;
use std::time::Duration;

use crate::simulator::openai::faults::Faults;
use crate::simulator::openai::script::{Step, ToolCall};
use crate::simulator::voices::{SILENCE, Voice, speech_for};

/// Sizes of the pieces of sound, in bytes, over and over: they vary and are no whole frames, as with the vendor.
const PIECES: [usize; 5] = [1_601, 3_199, 4_801, 2_399, 641];

/// Letters in a piece of a function's arguments.
const ARGUMENTS_PIECE: usize = 12;

/// One thing done while producing a response.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Begins a spoken item.
    OpenSpeech,
    /// Begins a written item.
    OpenText,
    /// Begins a function call of this name.
    OpenCall(String),
    /// Words of the item, ahead of their sound.
    Words(String),
    /// Sound of the item, mu-law.
    Sound(Vec<u8>),
    /// A piece of a function's arguments.
    Arguments(String),
    /// The item is whole.
    Close,
    /// A stray `error` event.
    Stumble,
    /// The response is over.
    Finish(Outcome),
}

/// How a response ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was produced.
    Completed,
    /// Cut off, with the vendor's reason.
    Cancelled(&'static str),
    /// Cut off at the token limit.
    Incomplete,
    /// Failed with this code.
    Failed(String),
}

/// How the model produces.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// From the request to the first piece.
    pub think: Duration,
    /// How much faster than real time sound is produced.
    pub speech_factor: f64,
    /// Text instead of sound.
    pub text_only: bool,
}

/// Acts, each with the time it takes.
pub type Plan = VecDeque<(Duration, Act)>;

/// Lays out a response.
pub fn plan(step: Step, manner: Manner, faults: &Faults) -> Plan {
    let mut acts = Layout { acts: VecDeque::new(), manner, huge: faults.huge_delta };
    let mut outcome = Outcome::Completed;
    match step {
        _ if faults.failed_response.is_some() => {
            outcome = Outcome::Failed(faults.failed_response.unwrap_or_default().to_owned());
        }
        Step::Say(text) if faults.incomplete_response => {
            acts.say_half(&text);
            outcome = Outcome::Incomplete;
        }
        Step::Say(text) => acts.say(&text),
        Step::Call(call) => acts.call(&call),
        Step::SayThenCall(text, call) => {
            acts.say(&text);
            acts.call(&call);
        }
        Step::TwoCalls(first, second) => {
            acts.call(&first);
            acts.call(&second);
        }
        Step::TwoItems(first, second) => {
            acts.say(&first);
            acts.say(&second);
        }
        Step::Nothing => {}
        Step::Fail(code) => outcome = Outcome::Failed(code),
        Step::Incomplete(text) => {
            acts.say_half(&text);
            outcome = Outcome::Incomplete;
        }
    }
    acts.add(Duration::ZERO, Act::Finish(outcome));
    let mut plan = acts.acts;
    if let Some((pause, _)) = plan.front_mut() {
        *pause += manner.think;
    }
    trip(&mut plan, faults);
    plan
}

/// Faults that strike in the middle.
fn trip(plan: &mut Plan, faults: &Faults) {
    let is_sound = |act: &Act| matches!(act, Act::Sound(_) | Act::Arguments(_));
    if faults.no_first_audio {
        let first = plan.iter().position(|(_, act)| is_sound(act)).unwrap_or(plan.len());
        plan.truncate(first);
    } else if faults.error_mid_response {
        let sounds: Vec<usize> =
            plan.iter().enumerate().filter(|(_, (_, act))| is_sound(act)).map(|(at, _)| at).collect();
        let after = sounds.get(1).or(sounds.last()).map_or(0, |at| at + 1);
        plan.truncate(after);
        plan.push_back((Duration::ZERO, Act::Stumble));
        plan.push_back((Duration::ZERO, Act::Finish(Outcome::Failed("server_error".to_owned()))));
    }
}

struct Layout {
    acts: Plan,
    manner: Manner,
    huge: Option<usize>,
}

impl Layout {
    fn add(&mut self, pause: Duration, act: Act) {
        self.acts.push_back((pause, act));
    }

    fn say(&mut self, text: &str) {
        self.say_part(text, 1);
        self.add(Duration::ZERO, Act::Close);
    }

    /// The item stays open: whoever finishes the response closes it as incomplete.
    fn say_half(&mut self, text: &str) {
        self.say_part(text, 2);
    }

    fn say_part(&mut self, text: &str, of: usize) {
        let mut words: VecDeque<String> = text.split_inclusive(' ').map(str::to_owned).collect();
        words.truncate(words.len().div_ceil(of));
        if self.manner.text_only {
            self.add(Duration::ZERO, Act::OpenText);
            for word in words {
                self.add(Duration::ZERO, Act::Words(word));
            }
            return;
        }
        self.add(Duration::ZERO, Act::OpenSpeech);
        let mut sound = speech_for(text, Voice::Coach).to_vec();
        sound.truncate(sound.len() / of);
        for piece in self.pieces(sound) {
            let ahead: String = words.drain(..words.len().min(3)).collect();
            if !ahead.is_empty() {
                self.add(Duration::ZERO, Act::Words(ahead));
            }
            let playing = Duration::from_millis(piece.len() as u64 / 8);
            self.add(playing.div_f64(self.manner.speech_factor), Act::Sound(piece));
        }
        let rest: String = words.into_iter().collect();
        if !rest.is_empty() {
            self.add(Duration::ZERO, Act::Words(rest));
        }
    }

    fn pieces(&self, mut sound: Vec<u8>) -> Vec<Vec<u8>> {
        if let Some(at_least) = self.huge {
            sound.resize(sound.len().max(at_least), SILENCE);
            return vec![sound];
        }
        let mut sizes = PIECES.iter().cycle();
        let mut pieces = Vec::new();
        while !sound.is_empty() {
            let size = sizes.next().map_or(sound.len(), |size| (*size).min(sound.len()));
            let rest = sound.split_off(size);
            pieces.push(std::mem::replace(&mut sound, rest));
        }
        pieces
    }

    fn call(&mut self, call: &ToolCall) {
        self.add(Duration::ZERO, Act::OpenCall(call.name.clone()));
        let letters: Vec<char> = call.arguments.chars().collect();
        for piece in letters.chunks(ARGUMENTS_PIECE) {
            self.add(Duration::from_millis(5), Act::Arguments(piece.iter().collect()));
        }
        self.add(Duration::ZERO, Act::Close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANNER: Manner = Manner { think: Duration::from_millis(250), speech_factor: 5.0, text_only: false };

    fn sounds(plan: &Plan) -> Vec<usize> {
        plan.iter()
            .filter_map(|(_, act)| if let Act::Sound(sound) = act { Some(sound.len()) } else { None })
            .collect()
    }

    #[test]
    fn speech_is_produced_faster_than_it_plays_in_odd_pieces_behind_its_words() {
        let text = "Good morning, Anna! This is your wake-up call. Are you awake?";
        let plan = plan(Step::Say(text.to_owned()), MANNER, &Faults::default());
        let total: usize = sounds(&plan).iter().sum();
        assert_eq!(total, speech_for(text, Voice::Coach).len());
        assert!(sounds(&plan).iter().filter(|size| **size % 160 != 0).count() > 3);
        let took: Duration = plan.iter().map(|(pause, _)| *pause).sum();
        let playing = Duration::from_millis(total as u64 / 8);
        assert!(took > playing / 6 && took < playing / 4 + MANNER.think, "{took:?} for {playing:?}");
        let words: String = plan
            .iter()
            .filter_map(|(_, act)| if let Act::Words(words) = act { Some(words.as_str()) } else { None })
            .collect();
        assert_eq!(words, text);
        assert!(matches!(plan[1].1, Act::Words(_)), "the transcript runs ahead");
    }

    #[test]
    fn a_fault_strikes_where_it_should() {
        let hello = || Step::Say("Hello, Anna. Are you awake?".to_owned());
        let mute = plan(hello(), MANNER, &Faults { no_first_audio: true, ..Faults::default() });
        assert_eq!(sounds(&mute).len(), 0);
        assert!(!mute.iter().any(|(_, act)| matches!(act, Act::Finish(_))), "it never ends either");
        let broken = plan(hello(), MANNER, &Faults { error_mid_response: true, ..Faults::default() });
        assert_eq!(sounds(&broken).len(), 2);
        assert!(matches!(&broken.back().unwrap().1, Act::Finish(Outcome::Failed(_))));
        let quota = plan(
            hello(),
            MANNER,
            &Faults { failed_response: Some("insufficient_quota"), ..Faults::default() },
        );
        assert_eq!(quota.len(), 1);
        let huge = plan(hello(), MANNER, &Faults { huge_delta: Some(1_000_000), ..Faults::default() });
        assert_eq!(sounds(&huge), [1_000_000]);
    }
}
