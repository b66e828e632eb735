//! One try to reach the sleeper: what is true of it at each moment, and how it ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{AttemptId, CallId, Nonce, OccurrenceId, SleeperId};
use super::mode::{CallMode, ModeDecision};
use super::money::MicroDollars;
use super::phone::PhoneNumber;

/// Why this attempt is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptKind {
    /// The first call of an occurrence.
    First,
    /// Nobody was reached the time before.
    Redial,
    /// She was reached, but is not up yet.
    CallBack,
    /// She was up; has she stayed up?
    Check,
    /// She telephoned us.
    Inbound,
}

impl AttemptKind {
    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Redial => "redial",
            Self::CallBack => "call_back",
            Self::Check => "check",
            Self::Inbound => "inbound",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::First, Self::Redial, Self::CallBack, Self::Check, Self::Inbound]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// She is up, and the coach is satisfied.
    Up,
    /// She answered and hung up before the coach was satisfied.
    HungUp,
    /// She answered and fell silent.
    FellSilent,
    /// She asked for a few more minutes, and was granted them.
    Snoozed,
    /// The line was busy.
    Busy,
    /// It rang, and nobody answered.
    NoAnswer,
    /// A machine answered.
    Voicemail,
    /// The carrier could not put the call through.
    Failed,
    /// The call was cancelled before it was answered.
    Canceled,
    /// The carrier refused the call for a reason that may pass.
    Refused,
    /// The carrier refused the call for a reason that will not pass by itself.
    RefusedForGood,
    /// The carrier never took the call: a look-up showed that no phone rang.
    NotPlaced,
    /// Nothing was heard of the call any more.
    Lost,
    /// It took the call's longest allowed time without a verdict.
    TimeLimit,
    /// A newer attempt took its place.
    Superseded,
}

impl Outcome {
    /// Every outcome, for tables and tests.
    pub const ALL: [Self; 15] = [
        Self::Up,
        Self::HungUp,
        Self::FellSilent,
        Self::Snoozed,
        Self::Busy,
        Self::NoAnswer,
        Self::Voicemail,
        Self::Failed,
        Self::Canceled,
        Self::Refused,
        Self::RefusedForGood,
        Self::NotPlaced,
        Self::Lost,
        Self::TimeLimit,
        Self::Superseded,
    ];

    /// The word for tables, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::HungUp => "hung_up",
            Self::FellSilent => "fell_silent",
            Self::Snoozed => "snoozed",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Voicemail => "voicemail",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Refused => "refused",
            Self::RefusedForGood => "refused_for_good",
            Self::NotPlaced => "not_placed",
            Self::Lost => "lost",
            Self::TimeLimit => "time_limit",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Where an attempt stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AttemptState {
    /// Written before the carrier is asked, so that a crash in between leaves a trace.
    Intended,
    /// The carrier was asked and its answer is not known: the phone may be ringing.
    Unknown,
    /// The carrier took the call.
    Placed {
        /// The carrier's name for it.
        call: CallId,
    },
    /// Somebody, or something, picked up.
    Answered {
        /// The carrier's name for the call.
        call: CallId,
        /// When its voice document was first asked for.
        answered_at: Timestamp,
    },
    /// It is over.
    Finished {
        /// The carrier's name for the call; `None` when there never was one.
        call: Option<CallId>,
        /// How it ended.
        outcome: Outcome,
        /// When we learned of it.
        finished_at: Timestamp,
    },
}

impl AttemptState {
    /// The word stored in the database.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Unknown => "unknown",
            Self::Placed { .. } => "placed",
            Self::Answered { .. } => "answered",
            Self::Finished { .. } => "finished",
        }
    }

    /// The carrier's call, where one is known.
    pub fn call(&self) -> Option<&CallId> {
        match self {
            Self::Intended | Self::Unknown => None,
            Self::Placed { call } | Self::Answered { call, .. } => Some(call),
            Self::Finished { call, .. } => call.as_ref(),
        }
    }

    /// True until the attempt is over.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Finished { .. })
    }
}

/// A realtime call that goes on in traditional mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallBack {
    /// When it was decided.
    pub at: Timestamp,
    /// Why, as one sentence without personal data.
    pub reason: String,
}

/// One try to reach the sleeper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Ours.
    pub id: AttemptId,
    /// The wake-up it serves.
    pub occurrence: OccurrenceId,
    /// Whom it calls.
    pub sleeper: SleeperId,
    /// 1 for the first attempt of its occurrence, and so on.
    pub number: u32,
    /// Why it is made.
    pub kind: AttemptKind,
    /// The number it calls.
    pub to: PhoneNumber,
    /// The secret path segment of its webhooks.
    pub nonce: Nonce,
    /// The mode drawn for it, with the draw.
    pub decision: ModeDecision,
    /// When the intent was written down, before the carrier was asked.
    pub intent_at: Timestamp,
    /// Where it stands.
    pub state: AttemptState,
    /// Set when realtime failed and the call went on in traditional mode.
    pub fell_back: Option<FallBack>,
    /// What the models cost so far.
    pub cost: MicroDollars,
}

impl Attempt {
    /// The mode in which the call goes on now.
    pub fn effective_mode(&self) -> CallMode {
        if self.fell_back.is_some() { CallMode::Traditional } else { self.decision.mode }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_can_be_read_back_from_its_name() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_name(outcome.name()), Some(outcome));
        }
        assert_eq!(Outcome::from_name("asleep"), None);
    }
}
