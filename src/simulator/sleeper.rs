//! The people at the other end of the line, as small scripts.
//!
//! A sleeper reacts: she speaks when the coach has stopped, or into his words, or not at all. A script that
//! has run out stays silent. How she sounds on the wire is the exchange's business; here she only decides.

mod ear;
mod people;
mod person;

use std::collections::VecDeque;
use std::time::Duration;

pub use people::PLEAS;
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

/// How she answers what has one right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// She says it.
    Voice,
    /// She presses it.
    Keys,
}

/// What she does by herself with every sum and all digits that the coach asks for, before her script goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wits {
    /// How she answers.
    pub by: By,
    /// So many sums are wrong before the first right one.
    pub wrong_sums: usize,
    /// When she answers; [`When::After`] counts from the end of the question.
    pub after: When,
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
    /// Answers the last sum that the coach asked; waits until he has asked one.
    Solve {
        /// Whether rightly.
        right: bool,
        /// How.
        by: By,
        /// When; [`When::After`] counts from the end of the question.
        after: When,
    },
    /// Gives the digits that the coach asked for; waits until he has.
    GiveDigits {
        /// Whether the right ones.
        right: bool,
        /// How.
        by: By,
        /// When; [`When::After`] counts from the end of the question.
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
    /// What she does with tasks; `None`: nothing but what her acts say.
    pub wits: Option<Wits>,
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

    /// Answers the last sum once the coach has paused for as long as manners ask.
    pub fn solve(right: bool, by: By) -> Self {
        Self::Solve { right, by, after: When::CoachPauses(MANNERS) }
    }

    /// Gives the digits asked for once the coach has paused for as long as manners ask.
    pub fn give_digits(right: bool, by: By) -> Self {
        Self::GiveDigits { right, by, after: When::CoachPauses(MANNERS) }
    }

    /// Hangs up a moment after her last words.
    pub fn hang_up() -> Self {
        Self::HangUp { after: When::After(MANNERS) }
    }
}

impl Sleeper {
    /// Picks up after `ringing` and does `acts`.
    pub fn answering(ringing: Duration, acts: Vec<Act>) -> Self {
        Self { answers: Answer::AfterRinging(ringing), acts, wits: None }
    }

    /// Nobody there: one of the ways a call ends before it begins.
    pub fn absent(answers: Answer) -> Self {
        Self { answers, acts: Vec::new(), wits: None }
    }

    /// The same person, with her wits about her.
    #[must_use]
    pub fn with_wits(self, wits: Wits) -> Self {
        Self { wits: Some(wits), ..self }
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
