//! The wake-up state machine: what has happened, and what to do next.
//!
//! Pure: an event and the time go in, the new state and commands come out. Whoever holds the state (the
//! store) applies both in one transaction, so that a crash finds either all of a step or none.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::attempt::{AttemptKind, Outcome};

/// A wake-up no later than this is on time (R6).
const ON_TIME: SignedDuration = SignedDuration::from_secs(60);
/// Up to here the coach merely says that it is late (R6).
const A_LITTLE_LATE: SignedDuration = SignedDuration::from_mins(10);
/// Waits before a redial. The second call within three minutes passes a phone's Do Not Disturb.
const REDIAL_AFTER: [SignedDuration; 4] = [
    SignedDuration::from_secs(90),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(10),
    SignedDuration::from_mins(20),
];
/// She was on the phone a moment ago; long enough for the line to clear.
const CALL_BACK_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// Nothing rang, so the ladder does not count it; often enough to catch a network that returns.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);
/// The phone is on another call of ours; look again soon.
const BUSY_WITH_US: SignedDuration = SignedDuration::from_secs(15);
/// From the first call to the last redial.
const DEADLINE: SignedDuration = SignedDuration::from_mins(60);
/// A granted snooze, in elapsed time.
const SNOOZE: SignedDuration = SignedDuration::from_mins(SNOOZE_MINUTES);
/// The same, as the coach says it.
pub const SNOOZE_MINUTES: i64 = 9;
/// Snoozes granted in one occurrence.
pub const SNOOZES_ALLOWED: u32 = 1;
/// Calls made for one occurrence, unless it says otherwise.
pub const CALLS_ALLOWED: u32 = 8;
/// When to ask what became of an intent: the POST's deadline plus the carrier's settling time.
pub const LOOK_AFTER: Duration = Duration::from_secs(15);
/// When to ask what became of a call that the carrier took but that nothing was heard of.
pub const ASK_AFTER: Duration = Duration::from_secs(90);

/// How a wake-up ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// She is up.
    Up,
    /// Missed: the host was down until it made no sense any more.
    TooLate,
    /// Missed: all calls were made.
    CallsExhausted,
    /// Missed: no redial fits before the deadline.
    DeadlinePassed,
    /// Missed: the carrier refuses for a reason that will not pass by itself.
    RefusedForGood,
    /// Another wake-up of the same sleeper took its place (R7), or has woken her already.
    Coalesced,
    /// The owner cancelled it.
    Cancelled,
    /// The date does not exist in that zone (R3).
    NoSuchDate,
}

impl End {
    /// Every end, for reading back and for tests.
    pub const ALL: [Self; 8] = [
        Self::Up,
        Self::TooLate,
        Self::CallsExhausted,
        Self::DeadlinePassed,
        Self::RefusedForGood,
        Self::Coalesced,
        Self::Cancelled,
        Self::NoSuchDate,
    ];

    /// The word for tables, logs, the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::TooLate => "too_late",
            Self::CallsExhausted => "calls_exhausted",
            Self::DeadlinePassed => "deadline_passed",
            Self::RefusedForGood => "refused_for_good",
            Self::Coalesced => "coalesced",
            Self::Cancelled => "cancelled",
            Self::NoSuchDate => "no_such_date",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.name() == name)
    }

    /// True when nobody knows whether she is up, and somebody should be told.
    pub fn is_missed(self) -> bool {
        matches!(self, Self::TooLate | Self::CallsExhausted | Self::DeadlinePassed | Self::RefusedForGood)
    }
}

/// Where a wake-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has happened yet; it acts at its due instant.
    Planned,
    /// A call is being made or going on; it acts again to ask what became of it.
    Calling,
    /// Between two calls; the next one is of this kind.
    Waiting(AttemptKind),
    /// Over.
    Ended(End),
}

/// How late a call is, as far as the coach should mention it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lateness {
    /// Nothing to mention.
    OnTime,
    /// Say so.
    Little,
    /// Another opening, and tell the owner.
    Much,
}

impl Lateness {
    /// The word for the database and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Little => "little",
            Self::Much => "much",
        }
    }

    /// Reads the word back; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::OnTime, Self::Little, Self::Much].into_iter().find(|lateness| lateness.name() == name)
    }
}

/// Everything the machine knows of one wake-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WakeUp {
    /// When it is due.
    pub due_at: Timestamp,
    /// Until when a late first call makes sense.
    pub useful_until: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// Calls that may have rung so far.
    pub calls: u32,
    /// Calls allowed.
    pub calls_allowed: u32,
    /// Unanswered calls since she was last reached: the rung of the redial ladder.
    pub unanswered: u32,
    /// Snoozes granted so far.
    pub snoozes: u32,
    /// When the first call was made.
    pub first_call_at: Option<Timestamp>,
    /// When to act next; `None` once it has ended.
    pub act_at: Option<Timestamp>,
}

/// What can happen to a wake-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Its time to act has come.
    Due,
    /// The store would not let a second call to the same number start.
    NumberBusy,
    /// The carrier took the call.
    Placed,
    /// The carrier's answer is not known: the phone may be ringing.
    PlacingUnknown,
    /// The call goes on: look again later.
    StillGoing,
    /// An attempt is over.
    AttemptEnded(Outcome),
    /// She telephoned us.
    CameIn,
    /// A newer wake-up of the same sleeper is due too (R7).
    Overtaken,
    /// The owner cancelled it.
    Cancelled,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Make a call of this kind.
    Call(AttemptKind, Lateness),
    /// Ask the carrier what became of the attempt under way.
    LookUp,
    /// End the call that is going on, if any.
    HangUp,
    /// It has ended: write it down, and tell people when it was missed.
    Finish(End),
}

impl WakeUp {
    /// A wake-up that has not happened yet.
    pub fn planned(due_at: Timestamp, useful_until: Timestamp, calls_allowed: u32) -> Self {
        Self {
            due_at,
            useful_until,
            phase: Phase::Planned,
            calls: 0,
            calls_allowed,
            unanswered: 0,
            snoozes: 0,
            first_call_at: None,
            act_at: Some(due_at),
        }
    }

    /// Whether the coach may grant another snooze: only when the call after it will really be made.
    pub fn may_snooze(&self, now: Timestamp) -> bool {
        let call_after = now.saturating_add(SNOOZE).unwrap_or(Timestamp::MAX);
        self.snoozes < SNOOZES_ALLOWED && self.calls < self.calls_allowed && call_after <= self.deadline()
    }

    /// Takes in an event; the returned state and commands belong together.
    #[must_use]
    pub fn on(self, event: Event, now: Timestamp) -> (Self, Option<Command>) {
        if let Phase::Ended(_) = self.phase {
            return (self, None);
        }
        match (event, self.phase) {
            (Event::Due, Phase::Planned) => self.first_call(now),
            (Event::Due, Phase::Waiting(kind)) => self.next_call(kind, now),
            // Looked at again later even if the look-up itself is cut short by a crash.
            (Event::Due, Phase::Calling) => (self.acting_in(now, LOOK_AFTER), Some(Command::LookUp)),
            (Event::Placed | Event::StillGoing, Phase::Calling) => (self.acting_in(now, ASK_AFTER), None),
            (Event::PlacingUnknown, Phase::Calling) => (self.acting_in(now, LOOK_AFTER), None),
            (Event::AttemptEnded(outcome), Phase::Calling) => self.attempt_ended(outcome, now),
            (Event::NumberBusy, Phase::Planned | Phase::Waiting(_)) => {
                (self.acting_at(now, BUSY_WITH_US), None)
            }
            (Event::CameIn, Phase::Planned | Phase::Waiting(_)) => {
                let first_call_at = self.first_call_at.or(Some(now));
                let answered = Self { phase: Phase::Calling, calls: self.calls + 1, first_call_at, ..self };
                (answered.acting_in(now, ASK_AFTER), None)
            }
            (Event::Overtaken, Phase::Planned | Phase::Waiting(_)) => self.ended(End::Coalesced),
            (Event::Cancelled, Phase::Calling) => {
                let (ended, _) = self.ended(End::Cancelled);
                (ended, Some(Command::HangUp))
            }
            (Event::Cancelled, _) => self.ended(End::Cancelled),
            // Late or repeated news that changes nothing.
            _ => (self, None),
        }
    }

    fn first_call(self, now: Timestamp) -> (Self, Option<Command>) {
        let late_by = now.duration_since(self.due_at);
        if now > self.useful_until && late_by > ON_TIME {
            return self.ended(End::TooLate);
        }
        let lateness = match late_by {
            late if late <= ON_TIME => Lateness::OnTime,
            late if late <= A_LITTLE_LATE => Lateness::Little,
            _ => Lateness::Much,
        };
        self.calling(AttemptKind::First, lateness, now)
    }

    fn next_call(self, kind: AttemptKind, now: Timestamp) -> (Self, Option<Command>) {
        if kind == AttemptKind::First {
            // Nothing has rung yet: lateness counts as it did the first time.
            return self.first_call(now);
        }
        // A host that slept through the deadline may still ring while it is useful: missing is worse.
        if now > self.deadline().max(self.useful_until) {
            return self.ended(End::DeadlinePassed);
        }
        self.calling(kind, Lateness::OnTime, now)
    }

    fn calling(self, kind: AttemptKind, lateness: Lateness, now: Timestamp) -> (Self, Option<Command>) {
        let next = Self {
            phase: Phase::Calling,
            calls: self.calls + 1,
            first_call_at: self.first_call_at.or(Some(now)),
            ..self
        };
        (next.acting_in(now, LOOK_AFTER), Some(Command::Call(kind, lateness)))
    }

    fn attempt_ended(self, outcome: Outcome, now: Timestamp) -> (Self, Option<Command>) {
        match outcome {
            Outcome::Up => self.ended(End::Up),
            Outcome::RefusedForGood => self.ended(End::RefusedForGood),
            Outcome::HungUp | Outcome::FellSilent | Outcome::TimeLimit => {
                Self { unanswered: 0, ..self }.wait(AttemptKind::CallBack, CALL_BACK_AFTER, now)
            }
            Outcome::Snoozed => {
                let granted = Self { unanswered: 0, snoozes: self.snoozes + 1, ..self };
                granted.wait(AttemptKind::CallBack, SNOOZE, now)
            }
            // Nothing rang, so it does not count against the calls allowed.
            Outcome::NotPlaced => {
                let calls = self.calls.saturating_sub(1);
                let kind = if calls == 0 { AttemptKind::First } else { AttemptKind::Redial };
                // The hour for redials begins with the first call that may have rung.
                let first_call_at = self.first_call_at.filter(|_| calls > 0);
                Self { calls, first_call_at, ..self }.wait(kind, TRY_AGAIN_AFTER, now)
            }
            Outcome::Busy
            | Outcome::NoAnswer
            | Outcome::Voicemail
            | Outcome::Failed
            | Outcome::Canceled
            | Outcome::Refused
            | Outcome::Lost
            | Outcome::Superseded => {
                let rung = (self.unanswered as usize).min(REDIAL_AFTER.len() - 1);
                let next = Self { unanswered: self.unanswered + 1, ..self };
                next.wait(AttemptKind::Redial, REDIAL_AFTER[rung], now)
            }
        }
    }

    fn wait(self, kind: AttemptKind, pause: SignedDuration, now: Timestamp) -> (Self, Option<Command>) {
        if self.calls >= self.calls_allowed {
            return self.ended(End::CallsExhausted);
        }
        let next = Self { phase: Phase::Waiting(kind), ..self }.acting_at(now, pause);
        // As long as nothing has rung, a late first call is worth as much as after any other outage.
        let nothing_rang = self.calls == 0;
        let last = if nothing_rang { self.deadline().max(self.useful_until) } else { self.deadline() };
        if next.act_at > Some(last) {
            return self.ended(if nothing_rang { End::TooLate } else { End::DeadlinePassed });
        }
        (next, None)
    }

    fn deadline(&self) -> Timestamp {
        self.first_call_at.unwrap_or(self.due_at).saturating_add(DEADLINE).unwrap_or(Timestamp::MAX)
    }

    fn ended(self, end: End) -> (Self, Option<Command>) {
        (Self { phase: Phase::Ended(end), act_at: None, ..self }, Some(Command::Finish(end)))
    }

    fn acting_at(self, now: Timestamp, pause: SignedDuration) -> Self {
        Self { act_at: Some(now.saturating_add(pause).unwrap_or(Timestamp::MAX)), ..self }
    }

    fn acting_in(self, now: Timestamp, pause: Duration) -> Self {
        self.acting_at(now, SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX))
    }
}

#[cfg(test)]
#[path = "wake_up_tests.rs"]
mod tests;
