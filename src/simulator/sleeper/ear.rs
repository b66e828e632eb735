//! What she has heard the coach say: words read to her, or sound that she recognises.

use std::time::Duration;

use crate::simulator::voices::numerals::{Question, question_in};
use crate::simulator::voices::{FRAME, SILENCE, recognise};

/// Sound kept for understanding: two minutes, longer than any coach should speak at once.
const SOUND_MAX: usize = 120 * 8_000;

/// See the module.
#[derive(Debug, Default)]
pub struct Ear {
    words: String,
    sound: Vec<u8>,
    /// When the sound so far was over.
    sound_until: Duration,
    fresh: bool,
}

impl Ear {
    /// These words are read to her.
    pub fn words(&mut self, text: &str) {
        self.recognise();
        self.words.push_str(text);
        self.words.push(' ');
        self.fresh = true;
    }

    /// This sound is played to her from `at` on.
    pub fn sound(&mut self, at: Duration, mulaw: &[u8]) {
        if self.sound.len() + mulaw.len() > SOUND_MAX {
            self.recognise();
        }
        // After a pause the frames are counted anew: what was cleared may have ended within one.
        if at > self.sound_until {
            self.sound.resize(self.sound.len().next_multiple_of(FRAME), SILENCE);
        }
        self.sound.extend_from_slice(mulaw);
        self.sound_until = at + Duration::from_micros(mulaw.len() as u64 * 125);
        self.fresh = true;
    }

    /// Whether there is something that she has not thought about yet.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The last task in all she has heard since she forgot; `None` when there was none.
    pub fn understand(&mut self) -> Option<Question> {
        self.recognise();
        self.fresh = false;
        question_in(&self.words)
    }

    /// What was said before no longer counts.
    pub fn forget(&mut self) {
        self.words.clear();
        self.sound.clear();
        self.fresh = false;
    }

    fn recognise(&mut self) {
        let sound = std::mem::take(&mut self.sound);
        if !sound.is_empty() {
            self.words.push_str(&recognise(&sound).text());
            self.words.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::voices::numerals::{Task, Tongue};
    use crate::simulator::voices::{Voice, speech_for};

    fn sum(answer: i64) -> Question {
        Question { task: Task::Sum(answer), tongue: Tongue::English }
    }

    #[test]
    fn a_task_is_understood_from_words_and_from_sound() {
        let mut ear = Ear::default();
        ear.words("That is right. What is 34 plus 8, minus 5?");
        assert!(ear.is_fresh());
        assert_eq!(ear.understand(), Some(sum(37)));
        assert!(!ear.is_fresh());
        let mut at = Duration::from_secs(3);
        for frame in speech_for("No, that is not it. What is 21 plus 3, minus 2?", Voice::Coach).chunks(FRAME)
        {
            ear.sound(at, frame);
            at += Duration::from_millis(20);
        }
        assert_eq!(ear.understand(), Some(sum(22)), "the later one counts");
        ear.forget();
        assert_eq!(ear.understand(), None);
    }

    #[test]
    fn sound_that_was_cut_within_a_frame_does_not_spoil_what_follows() {
        let mut ear = Ear::default();
        ear.sound(Duration::ZERO, &speech_for("Good morning!", Voice::Coach)[..1_003]);
        ear.sound(Duration::from_secs(4), &speech_for("What is 34 plus 8, minus 5?", Voice::Coach));
        assert_eq!(ear.understand(), Some(sum(37)));
    }
}
