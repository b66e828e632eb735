//! The people at the other end of the line, as small scripts.
//!
//! A sleeper reacts: she speaks when the coach has stopped, or into his words, or not at all. A script that
//! has run out stays silent. How she sounds on the wire is the exchange's business; here she only decides.

mod person;

use std::collections::VecDeque;
use std::time::Duration;

pub(crate) use person::{Doing, Person};

/// What happens when the telephone rings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// She picks up after this much ringing.
    AfterRinging(Duration),
    /// It rings until the caller gives up.
    Never,
    /// The line is engaged.
    Busy,
    /// The number cannot be reached.
    Failed,
    /// She presses the red button.
    Declines,
    /// After twenty seconds a machine answers, greets, beeps and records.
    Voicemail {
        /// What the machine says.
        greeting: String,
    },
    /// A robot answers at once and asks who is calling.
    Screening,
}

/// When she does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Once the coach has spoken since her last act, and has then been silent this long.
    CoachPauses(Duration),
    /// This long after her last act, whatever the coach does.
    After(Duration),
}

/// One thing she does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Says something clearly.
    Say {
        /// The words.
        text: String,
        /// When.
        after: When,
    },
    /// Says something that a recogniser is unsure about.
    Mumble {
        /// What the recogniser makes of it.
        text: String,
        /// When.
        after: When,
    },
    /// Speaks while the coach is speaking.
    Interrupt {
        /// The words.
        text: String,
        /// How long the coach has been speaking by then.
        into_coach: Duration,
    },
    /// Says and does nothing for this long.
    StaySilent(Duration),
    /// Presses keys, a third of a second apart.
    Press {
        /// Any of `0-9*#`.
        digits: String,
        /// When the first is pressed.
        after: When,
    },
    /// A tone of a machine: heard, but no words.
    Beep {
        /// When.
        after: When,
    },
    /// Hangs up.
    HangUp {
        /// When.
        after: When,
    },
}

/// Somebody who can be telephoned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sleeper {
    /// What happens when it rings.
    pub answers: Answer,
    /// What she does once she has answered, in order.
    pub acts: Vec<Act>,
}

/// How long a person lets the coach be silent before she answers.
const MANNERS: Duration = Duration::from_millis(700);

impl Act {
    /// Says `text` once the coach has paused for as long as manners ask.
    pub fn say(text: &str) -> Self {
        Self::Say { text: text.to_owned(), after: When::CoachPauses(MANNERS) }
    }

    /// Says `text` so that hardly anybody understands it.
    pub fn mumble(text: &str) -> Self {
        Self::Mumble { text: text.to_owned(), after: When::CoachPauses(MANNERS) }
    }

    /// Hangs up a moment after her last words.
    pub fn hang_up() -> Self {
        Self::HangUp { after: When::After(MANNERS) }
    }
}

impl Sleeper {
    /// Picks up after `ringing` and does `acts`.
    pub fn answering(ringing: Duration, acts: Vec<Act>) -> Self {
        Self { answers: Answer::AfterRinging(ringing), acts }
    }

    /// Nobody there: one of the ways a call ends before it begins.
    pub fn absent(answers: Answer) -> Self {
        Self { answers, acts: Vec::new() }
    }

    /// Answers soon, converses, gets up.
    pub fn prompt_riser() -> Self {
        let lines = [
            "Hello?",
            "Yes, I'm awake.",
            "It's Monday and I have the early shift.",
            "My feet are on the floor.",
            "I am making coffee.",
            "The curtains are open and the sun is shining.",
            "I'm in the bathroom, brushing my teeth.",
            "Goodbye.",
        ];
        Self::answering(Duration::from_secs(3), lines.map(Act::say).to_vec())
    }

    /// Can hardly be understood, then comes round.
    pub fn mumbler() -> Self {
        let mut acts = vec![
            Act::mumble("Mm."),
            Act::mumble("Mmh, yes."),
            Act::mumble("Mm, what time is it?"),
            Act::say("I'm so tired."),
        ];
        acts.extend(Self::prompt_riser().acts.into_iter().skip(1));
        Self::answering(Duration::from_secs(6), acts)
    }

    /// Speaks over the coach whenever she can.
    pub fn interrupter() -> Self {
        let over = |text: &str, millis| Act::Interrupt {
            text: text.to_owned(),
            into_coach: Duration::from_millis(millis),
        };
        let mut acts = vec![
            over("No, wait, hold on a second.", 900),
            Act::say("Sorry, what did you say?"),
            over("Okay, okay, I'm up.", 1_200),
        ];
        acts.extend(Self::prompt_riser().acts.into_iter().skip(2));
        Self::answering(Duration::from_secs(4), acts)
    }

    /// Answers, says yes, and is asleep again.
    pub fn falls_asleep() -> Self {
        Self::answering(Duration::from_secs(5), vec![Act::mumble("Mmh, yes.")])
    }

    /// Wants to be left alone.
    pub fn hangs_up() -> Self {
        Self::answering(Duration::from_secs(5), vec![Act::say("Leave me alone."), Act::hang_up()])
    }

    /// Sleeps through it.
    pub fn never_answers() -> Self {
        Self::absent(Answer::Never)
    }

    /// Finds the telephone at the last moment, then gets up like [`Sleeper::prompt_riser`].
    pub fn picks_up_late() -> Self {
        Self::answering(Duration::from_secs(28), Self::prompt_riser().acts)
    }

    /// An answering machine.
    pub fn voicemail() -> Self {
        let greeting =
            "Hi, this is Anna, I can't come to the phone right now, please leave a message after the tone.";
        Self::absent(Answer::Voicemail { greeting: greeting.to_owned() })
    }

    /// A robot between the caller and her.
    pub fn screening() -> Self {
        Self::absent(Answer::Screening)
    }

    /// Whether a machine answers, and so machine detection would say so.
    pub(crate) fn is_machine(&self) -> bool {
        matches!(self.answers, Answer::Voicemail { .. } | Answer::Screening)
    }

    /// All acts, those of a machine included.
    fn whole_script(self) -> VecDeque<Act> {
        let after = |millis| When::After(Duration::from_millis(millis));
        let say = |text: &str, millis| Act::Say { text: text.to_owned(), after: after(millis) };
        let mut script: VecDeque<Act> = match self.answers {
            Answer::Voicemail { greeting } => {
                [say(&greeting, 500), Act::Beep { after: after(200) }].into_iter().collect()
            }
            Answer::Screening => [
                say("The person you are calling is using a screening service.", 300),
                say("Please state your name and why you are calling.", 100),
                Act::Say {
                    text: "Please stay on the line.".to_owned(),
                    after: When::CoachPauses(Duration::from_secs(1)),
                },
            ]
            .into_iter()
            .collect(),
            _ => VecDeque::new(),
        };
        let machine = !script.is_empty();
        script.extend(self.acts);
        if machine {
            script.push_back(Act::HangUp { after: after(45_000) });
        }
        script
    }
}

#[cfg(test)]
mod tests {
    use super::super::voices::{self, Voice};
    use super::*;

    #[test]
    fn ready_made_people_speak_in_clips() {
        for sleeper in [
            Sleeper::prompt_riser(),
            Sleeper::mumbler(),
            Sleeper::interrupter(),
            Sleeper::hangs_up(),
            Sleeper::voicemail(),
            Sleeper::screening(),
        ] {
            for act in sleeper.whole_script() {
                if let Act::Say { text, .. } | Act::Mumble { text, .. } | Act::Interrupt { text, .. } = act {
                    assert!(voices::find_in(Voice::Sleeper, &text).is_some(), "{text}");
                }
            }
        }
    }
}
