//! What happens in calls, told to whoever listens: the demo, the tests, later the pages.

use std::time::Duration;

use jiff::Timestamp;

use super::{Calls, Telling};
use crate::coach::silence::SilenceStep;
use crate::coach::verdict::Verdict;
use crate::domain::attempt::{AttemptKind, Outcome};
use crate::domain::ids::{AttemptId, OccurrenceId};
use crate::domain::mode::ModeDecision;
use crate::domain::proof::Proof;
use crate::domain::utterance::Utterance;
use crate::domain::wake_up::End;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct CallEvent {
    /// When, by the wall clock.
    pub at: Timestamp,
    /// In which wake-up.
    pub occurrence: OccurrenceId,
    /// In which attempt; `None` when it concerns the wake-up as a whole.
    pub attempt: Option<AttemptId>,
    /// What.
    pub what: What,
}

/// The kinds of things that happen.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A call is about to be made.
    Decided(AttemptKind, ModeDecision),
    /// The carrier took the call.
    Placed,
    /// The carrier's answer is not known: the phone may be ringing, and it is asked before dialling again.
    PlacingUnknown,
    /// Somebody, or something, picked up.
    Answered,
    /// Something was said.
    Said(Utterance),
    /// The coach was first heard this long after the stream's start.
    FirstAudio(Duration),
    /// She spoke over the coach.
    BargeIn,
    /// The call goes on in traditional mode.
    FellBack(String),
    /// Nobody spoke.
    Silence(SilenceStep),
    /// Something that was asked of her has been seen, for this reason.
    Saw(Proof, String),
    /// The coach is satisfied.
    Satisfied(Verdict),
    /// The attempt is over.
    Finished(Outcome),
    /// The next call comes at this time.
    Waiting(AttemptKind, Timestamp),
    /// The wake-up is over.
    Ended(End),
    /// Somebody else was told of it, or was not.
    Told(Telling),
}

impl Calls {
    pub(super) fn tell(&self, occurrence: OccurrenceId, attempt: Option<AttemptId>, what: What) {
        let event = CallEvent { at: self.clock.now(), occurrence, attempt, what };
        // Nobody listening is the normal case.
        let _ = self.events.send(event);
    }
}
