//! The wake-up state machine: what has happened, and what to do next.
//!
//! Pure: an event and the time go in, the new state and commands come out. Whoever holds the state (the
//! store) applies both in one transaction, so that a crash finds either all of a step or none.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::attempt::{AttemptKind, Outcome};
use super::money::MicroDollars;
use super::policy::MorningPolicy;
use crate::planted::{Planted, is_planted};

mod end;
mod lateness;
mod snooze;

pub use self::end::End;
pub use self::lateness::Lateness;
pub use self::snooze::NoSnooze;

/// A wake-up no later than this is on time (R6).
pub const ON_TIME: SignedDuration = SignedDuration::from_secs(60);
/// Up to here the coach merely says that it is late (R6).
const A_LITTLE_LATE: SignedDuration = SignedDuration::from_mins(10);
/// She was on the phone a moment ago; long enough for the line to clear.
const CALL_BACK_AFTER: SignedDuration = SignedDuration::from_secs(5);
/// Nothing rang, so the ladder does not count it; often enough to catch a network that returns.
const TRY_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(15);
/// The phone is on another call of ours; look again soon.
const BUSY_WITH_US: SignedDuration = SignedDuration::from_secs(15);
/// When to check that she has stayed up, in minutes after she was: the first time, and the second.
const CHECK_AFTER_MINS: [(i64, i64); 2] = [(5, 9), (15, 25)];
/// Whoever proves to be asleep again at a check call is redialled at least this long after she was up.
const DEADLINE_AFTER_PROOF: SignedDuration = SignedDuration::from_mins(45);
/// A call made at the last moment may go on for so long, and its end is no late news.
const LONGEST_CALL: SignedDuration = SignedDuration::from_mins(15);
/// A granted snooze, in elapsed time.
const SNOOZE: SignedDuration = SignedDuration::from_mins(SNOOZE_MINUTES);
/// The same, as the coach says it.
pub const SNOOZE_MINUTES: i64 = 9;
/// How long the carrier may take to list a call that it has taken, unless the owner knows better.
pub const SETTLE: Duration = Duration::from_secs(5);
/// How long the request for a call may take.
pub const PLACING_WITHIN: Duration = Duration::from_secs(10);
/// When to ask what became of an intent, with the usual [`SETTLE`].
pub const LOOK_AFTER: Duration = look_after(SETTLE);
/// When to ask what became of a call that the carrier took but that nothing was heard of.
pub const ASK_AFTER: Duration = Duration::from_secs(90);

/// When to ask what became of an intent: once the request must be over and the carrier must list its call.
pub const fn look_after(settle: Duration) -> Duration {
    PLACING_WITHIN.saturating_add(settle)
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

impl Phase {
    /// How it ended; `None` while it has not.
    pub fn end(self) -> Option<End> {
        match self {
            Self::Ended(end) => Some(end),
            Self::Planned | Self::Calling | Self::Waiting(_) => None,
        }
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
    /// Unanswered calls since she was last reached: the rung of the redial ladder.
    pub unanswered: u32,
    /// Snoozes granted so far.
    pub snoozes: u32,
    /// When the first call was made.
    pub first_call_at: Option<Timestamp>,
    /// When to act next; `None` once it has ended.
    pub act_at: Option<Timestamp>,
    /// What this morning asks for.
    pub policy: MorningPolicy,
    /// What its calls have cost so far.
    pub spent: MicroDollars,
    /// True while the calls only check that she has stayed up.
    pub checking: bool,
    /// Check calls passed so far.
    pub checks: u32,
    /// When she was last proved to be up.
    pub proven_at: Option<Timestamp>,
    /// Drawn once when it is planned: where in its window a check call falls.
    pub chance: u32,
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
    /// All that was asked of her has been seen, between two calls.
    Proven,
    /// She telephoned us.
    CameIn,
    /// A newer wake-up of the same sleeper is due too (R7).
    Overtaken,
    /// The owner cancelled it.
    Cancelled,
    /// An old copy of the database was put back after it was due: it may have rung.
    Restored,
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
    pub fn planned(due_at: Timestamp, useful_until: Timestamp, policy: MorningPolicy, chance: u32) -> Self {
        Self {
            due_at,
            useful_until,
            phase: Phase::Planned,
            calls: 0,
            unanswered: 0,
            snoozes: 0,
            first_call_at: None,
            act_at: Some(due_at),
            policy,
            spent: MicroDollars::default(),
            checking: false,
            checks: 0,
            proven_at: None,
            chance,
        }
    }

    /// Whether the coach may grant another snooze: only when the call after it will really be made.
    pub fn may_snooze(&self, now: Timestamp) -> bool {
        let call_after = now.saturating_add(SNOOZE).unwrap_or(Timestamp::MAX);
        !self.checking
            && self.snoozes < self.policy.snoozes
            && self.calls < self.policy.calls_allowed
            && call_after <= self.deadline()
    }

    /// Takes in an event; the returned state and commands belong together.
    #[must_use]
    pub fn on(self, event: Event, now: Timestamp) -> (Self, Option<Command>) {
        self.on_settling(event, now, SETTLE)
    }

    /// The same with a carrier that takes `settle` to list a call: it matters to [`Event::Due`] and
    /// [`Event::PlacingUnknown`].
    #[must_use]
    pub fn on_settling(self, event: Event, now: Timestamp, settle: Duration) -> (Self, Option<Command>) {
        let look_after = look_after(settle);
        if let Phase::Ended(_) = self.phase {
            let reopens = event == Event::Placed && is_planted(Planted::LateNewsReopens);
            return (if reopens { Self { phase: Phase::Calling, ..self } } else { self }, None);
        }
        match (event, self.phase) {
            (Event::Due, Phase::Planned) => self.first_call(now, look_after),
            (Event::Due, Phase::Waiting(kind)) => self.next_call(kind, now, look_after),
            // Looked at again later even if the look-up itself is cut short by a crash.
            (Event::Due, Phase::Calling) => (self.acting_in(now, look_after), Some(Command::LookUp)),
            (Event::Placed | Event::StillGoing, Phase::Calling) => (self.acting_in(now, ASK_AFTER), None),
            (Event::PlacingUnknown, Phase::Calling) => (self.acting_in(now, look_after), None),
            (Event::AttemptEnded(outcome), Phase::Calling) => self.attempt_ended(outcome, now),
            // A second look at the doorbell is no check call.
            (Event::Proven, Phase::Waiting(_)) if !self.checking => self.up(now),
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
            (Event::Restored, _) => self.ended(End::TooLate),
            // Late or repeated news that changes nothing.
            _ => (self, None),
        }
    }

    fn first_call(self, now: Timestamp, look_after: Duration) -> (Self, Option<Command>) {
        let late_by = now.duration_since(self.due_at);
        if now > self.useful_until && late_by > ON_TIME && !is_planted(Planted::RingsTooLate) {
            return self.ended(End::TooLate);
        }
        let lateness = match late_by {
            late if late <= ON_TIME => Lateness::OnTime,
            late if late <= A_LITTLE_LATE => Lateness::Little,
            _ => Lateness::Much,
        };
        self.calling(AttemptKind::First, lateness, now, look_after)
    }

    fn next_call(self, kind: AttemptKind, now: Timestamp, look_after: Duration) -> (Self, Option<Command>) {
        if kind == AttemptKind::First {
            // Nothing has rung yet: lateness counts as it did the first time.
            return self.first_call(now, look_after);
        }
        // She was up, and nobody could ask again in time: that is no reason to say that she overslept.
        if kind == AttemptKind::Check && now > self.last_sense() {
            return self.ended(End::Up);
        }
        // A host that slept through the deadline may still ring while it is useful: missing is worse.
        if now > self.last_sense() {
            return self.ended(self.missed());
        }
        self.calling(kind, Lateness::OnTime, now, look_after)
    }

    fn calling(
        self,
        kind: AttemptKind,
        lateness: Lateness,
        now: Timestamp,
        look_after: Duration,
    ) -> (Self, Option<Command>) {
        let next = Self {
            phase: Phase::Calling,
            calls: self.calls + 1,
            first_call_at: self.first_call_at.or(Some(now)),
            ..self
        };
        (next.acting_in(now, look_after), Some(Command::Call(kind, lateness)))
    }

    fn attempt_ended(self, outcome: Outcome, now: Timestamp) -> (Self, Option<Command>) {
        match outcome {
            // Learned late, after the host was down: whoever asks now whether she stayed up disturbs.
            Outcome::Up
                if now.duration_since(self.last_sense()) > LONGEST_CALL
                    && !is_planted(Planted::CheckHoursLate) =>
            {
                self.ended(End::Up)
            }
            Outcome::Up => self.up(now),
            Outcome::RefusedForGood => self.ended(End::RefusedForGood),
            Outcome::HungUp | Outcome::FellSilent | Outcome::TimeLimit => {
                Self { unanswered: 0, checking: false, ..self }.wait(
                    AttemptKind::CallBack,
                    CALL_BACK_AFTER,
                    now,
                )
            }
            Outcome::Snoozed => {
                let granted = Self { unanswered: 0, snoozes: self.snoozes + 1, ..self };
                granted.wait(AttemptKind::CallBack, SNOOZE, now)
            }
            // Nothing rang, so it does not count against the calls allowed.
            Outcome::NotPlaced => {
                let calls = self.calls.saturating_sub(1);
                let kind = match calls {
                    _ if self.checking => AttemptKind::Check,
                    0 => AttemptKind::First,
                    _ => AttemptKind::Redial,
                };
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
                let pause = self.policy.redial_after(self.unanswered);
                // Whoever does not answer a check call may be asleep again: all is asked of her anew.
                let next = Self { unanswered: self.unanswered + 1, checking: false, ..self };
                next.wait(AttemptKind::Redial, pause, now)
            }
        }
    }

    /// She is up; a check call may follow.
    fn up(self, now: Timestamp) -> (Self, Option<Command>) {
        let checks = self.checks + u32::from(self.checking);
        let up = Self { checks, checking: false, proven_at: Some(now), unanswered: 0, ..self };
        let affordable = up.calls < up.policy.calls_allowed && !up.is_spent();
        match CHECK_AFTER_MINS.get(checks as usize) {
            Some(window) if checks < up.policy.check.calls() && affordable => {
                let next = Self { checking: true, phase: Phase::Waiting(AttemptKind::Check), ..up };
                (next.acting_at(now, up.within(*window)), None)
            }
            _ => up.ended(End::Up),
        }
    }

    /// A moment in a window of minutes, the same one each time this wake-up asks.
    fn within(&self, (from, to): (i64, i64)) -> SignedDuration {
        let window = (to - from) * 60;
        SignedDuration::from_secs(from * 60 + i64::from(self.chance) * window / i64::from(u32::MAX))
    }

    fn is_spent(&self) -> bool {
        self.policy.cost_cap.is_some_and(|cap| self.spent >= cap)
    }

    fn wait(self, kind: AttemptKind, pause: SignedDuration, now: Timestamp) -> (Self, Option<Command>) {
        if self.calls >= self.policy.calls_allowed && !is_planted(Planted::LadderWithoutEnd) {
            return self.ended(End::CallsExhausted);
        }
        if self.is_spent() {
            return self.ended(End::CostCapReached);
        }
        let next = Self { phase: Phase::Waiting(kind), ..self }.acting_at(now, pause);
        // As long as nothing has rung, a late first call is worth as much as after any other outage.
        let last = if self.calls == 0 { self.last_sense() } else { self.deadline() };
        if next.act_at > Some(last) {
            return self.ended(self.missed());
        }
        (next, None)
    }

    /// What it is called when its time is over: of what never rang nobody says that redials ran out of time.
    fn missed(&self) -> End {
        if self.calls == 0 { End::TooLate } else { End::DeadlinePassed }
    }

    /// Until when a call may be made at all.
    fn last_sense(&self) -> Timestamp {
        self.deadline().max(self.useful_until)
    }

    fn deadline(&self) -> Timestamp {
        let began_at = self.first_call_at.unwrap_or(self.due_at);
        let deadline = began_at.saturating_add(self.policy.deadline()).unwrap_or(Timestamp::MAX);
        let after_proof =
            self.proven_at.map(|at| at.saturating_add(DEADLINE_AFTER_PROOF).unwrap_or(Timestamp::MAX));
        after_proof.map_or(deadline, |after| after.max(deadline))
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
