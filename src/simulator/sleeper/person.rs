//! A sleeper during one call: what she does next, given when the coach is audible.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::{Act, Sleeper, When};
use crate::simulator::voices::{self, Voice};

/// Between two keys.
const KEY_GAP: Duration = Duration::from_millis(330);

/// Pauses shorter than this do not end what the coach is saying: the network delivers in gulps.
const BREATH: Duration = Duration::from_millis(300);

/// A beep of an answering machine.
const BEEP: Duration = Duration::from_millis(400);

/// What she does at a moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Doing {
    /// Begins to speak; the sound is whole frames.
    Begins { text: String, sound: Bytes, confidence: f32 },
    /// Has said it.
    Finishes { text: String, confidence: f32 },
    /// Presses a key.
    Presses(char),
    /// Puts the telephone down.
    HangsUp,
}

#[derive(Debug)]
struct Utterance {
    text: String,
    confidence: f32,
    until: Duration,
}

/// A sleeper during one call; moments are measured from whatever origin the caller likes.
#[derive(Debug)]
pub(crate) struct Person {
    script: VecDeque<Act>,
    /// When her last act was over.
    rests_since: Duration,
    /// Since when the coach has been speaking, short breaths overlooked.
    coach_since: Option<Duration>,
    /// When he stopped; `None` while he speaks and until he has spoken since her last act.
    quiet_since: Option<Duration>,
    speaking: Option<Utterance>,
    keys: VecDeque<char>,
    next_key_at: Duration,
}

impl Person {
    /// She has just answered.
    pub(crate) fn new(sleeper: Sleeper, now: Duration) -> Self {
        Self {
            script: sleeper.whole_script(),
            rests_since: now,
            coach_since: None,
            quiet_since: None,
            speaking: None,
            keys: VecDeque::new(),
            next_key_at: now,
        }
    }

    /// The coach became audible.
    pub(crate) fn coach_speaks(&mut self, now: Duration) {
        let went_on = self.quiet_since.take().is_some_and(|since| now.saturating_sub(since) < BREATH);
        if !went_on || self.coach_since.is_none() {
            self.coach_since = Some(now);
        }
    }

    /// The coach fell silent.
    pub(crate) fn coach_pauses(&mut self, now: Duration) {
        self.quiet_since = Some(now);
    }

    /// When she will next do something if the coach goes on as he is; `None`: never.
    pub(crate) fn due(&self) -> Option<Duration> {
        if let Some(utterance) = &self.speaking {
            return Some(utterance.until);
        }
        if !self.keys.is_empty() {
            return Some(self.next_key_at);
        }
        match self.script.front()? {
            Act::Interrupt { into_coach, .. } => {
                let since = self.coach_since.filter(|_| self.quiet_since.is_none())?;
                Some(since.max(self.rests_since) + *into_coach)
            }
            Act::StaySilent(length) => Some(self.rests_since + *length),
            Act::Say { after, .. }
            | Act::Mumble { after, .. }
            | Act::Press { after, .. }
            | Act::Beep { after }
            | Act::HangUp { after } => self.moment(*after),
        }
    }

    fn moment(&self, when: When) -> Option<Duration> {
        match when {
            When::After(length) => Some(self.rests_since + length),
            When::CoachPauses(length) => Some(self.quiet_since?.max(self.rests_since) + length),
        }
    }

    /// Does what is due at `now`, if anything is.
    pub(crate) fn act(&mut self, now: Duration) -> Option<Doing> {
        if self.due()? > now {
            return None;
        }
        if let Some(Utterance { text, confidence, .. }) = self.speaking.take() {
            self.rest(now);
            return Some(Doing::Finishes { text, confidence });
        }
        if let Some(key) = self.keys.pop_front() {
            self.next_key_at = now + KEY_GAP;
            self.rest(now);
            return Some(Doing::Presses(key));
        }
        match self.script.pop_front()? {
            Act::Say { text, .. } | Act::Interrupt { text, .. } => Some(self.begin(now, text, 0.93)),
            Act::Mumble { text, .. } => Some(self.begin(now, text, 0.31)),
            Act::Beep { .. } => Some(self.sound(now, String::new(), beep(), 0.0)),
            Act::StaySilent(_) => {
                self.rest(now);
                self.act(now)
            }
            Act::Press { digits, .. } => {
                self.keys = digits.chars().collect();
                self.next_key_at = now;
                self.act(now)
            }
            Act::HangUp { .. } => Some(Doing::HangsUp),
        }
    }

    fn begin(&mut self, now: Duration, text: String, confidence: f32) -> Doing {
        let sound = voices::speech_for(&text, Voice::Sleeper);
        self.sound(now, text, sound, confidence)
    }

    fn sound(&mut self, now: Duration, text: String, sound: Bytes, confidence: f32) -> Doing {
        let until = now + Duration::from_micros(sound.len() as u64 * 125);
        self.speaking = Some(Utterance { text: text.clone(), confidence, until });
        Doing::Begins { text, sound, confidence }
    }

    /// An act is over: what the coach said before it no longer invites the next one.
    fn rest(&mut self, now: Duration) {
        self.rests_since = now;
        if self.quiet_since.take().is_some() {
            self.coach_since = None;
        }
    }
}

/// A thousand-hertz tone: eight samples a period, as mu-law.
fn beep() -> Bytes {
    const PERIOD: [u8; 8] = [0xff, 0x95, 0x8f, 0x95, 0xff, 0x15, 0x0f, 0x15];
    let samples = usize::try_from(BEEP.as_millis() * 8).expect("a beep is short");
    PERIOD.into_iter().cycle().take(samples).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn person(acts: Vec<Act>) -> Person {
        Person::new(Sleeper::answering(ms(0), acts), ms(0))
    }

    /// Lets her do what is due and tells when and what.
    fn next(person: &mut Person) -> Option<(u64, String)> {
        let at = person.due()?;
        let what = match person.act(at)? {
            Doing::Begins { text, .. } => format!("begins {text}"),
            Doing::Finishes { text, .. } => format!("finishes {text}"),
            Doing::Presses(key) => format!("presses {key}"),
            Doing::HangsUp => "hangs up".to_owned(),
        };
        Some((u64::try_from(at.as_millis()).unwrap(), what))
    }

    #[test]
    fn she_waits_for_the_coach_to_speak_and_then_to_stop() {
        let mut anna = person(vec![Act::say("Yes.")]);
        assert_eq!(anna.due(), None);
        anna.coach_speaks(ms(100));
        assert_eq!(anna.due(), None);
        anna.coach_pauses(ms(2_000));
        assert_eq!(anna.due(), Some(ms(2_700)));
        anna.coach_speaks(ms(2_300));
        assert_eq!(anna.due(), None, "he went on");
        anna.coach_pauses(ms(3_000));
        assert_eq!(next(&mut anna), Some((3_700, "begins Yes.".to_owned())));
    }

    #[test]
    fn her_next_words_need_new_words_of_the_coach() {
        let mut anna = person(vec![Act::say("Yes."), Act::say("No.")]);
        anna.coach_speaks(ms(0));
        anna.coach_pauses(ms(1_000));
        next(&mut anna);
        let (finished_at, _) = next(&mut anna).unwrap();
        assert_eq!(anna.due(), None);
        anna.coach_speaks(ms(finished_at + 500));
        anna.coach_pauses(ms(finished_at + 900));
        assert_eq!(anna.due(), Some(ms(finished_at + 1_600)));
    }

    #[test]
    fn she_interrupts_so_far_into_his_words_however_they_are_delivered() {
        let mut anna = person(vec![Act::Interrupt { text: "Stop, please.".into(), into_coach: ms(1_000) }]);
        anna.coach_speaks(ms(500));
        anna.coach_pauses(ms(900));
        assert_eq!(anna.due(), None);
        anna.coach_speaks(ms(1_000));
        assert_eq!(next(&mut anna), Some((1_500, "begins Stop, please.".to_owned())));
    }

    #[test]
    fn keys_are_pressed_one_after_another() {
        let mut anna = person(vec![Act::Press { digits: "12".into(), after: When::After(ms(100)) }]);
        assert_eq!(next(&mut anna), Some((100, "presses 1".to_owned())));
        assert_eq!(next(&mut anna), Some((430, "presses 2".to_owned())));
        assert_eq!(next(&mut anna), None);
    }

    #[test]
    fn a_machine_greets_beeps_and_hangs_up() {
        let mut machine = Person::new(Sleeper::voicemail(), ms(0));
        let (_, greeting) = next(&mut machine).unwrap();
        assert!(greeting.starts_with("begins Hi, this is Anna"), "{greeting}");
        let done: Vec<_> = std::iter::from_fn(|| next(&mut machine)).map(|(_, what)| what).collect();
        assert_eq!(done[1..], ["begins ", "finishes ", "hangs up"]);
    }
}
