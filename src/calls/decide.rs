//! What to do about what happened, as pure functions: the files beside this one ask the carrier and the
//! database and carry the decisions out, and so do simulations of whole lives.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::attempt::{Attempt, AttemptState, Outcome};
use crate::domain::ids::CallId;
use crate::domain::wake_up::{Event, Phase, SETTLE};
use crate::planted::{Planted, is_planted};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::telephony::client::CarrierCall;
use crate::telephony::error::CarrierError;
use crate::telephony::status::{AnsweredBy, CarrierStatus};

/// The carrier's clock and ours may differ by this much; calls that are known are told apart by their names.
pub const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(5);
/// A request for a call leaves within this time of its intent, or not at all: whoever looks for the call counts
/// from the intent.
const REQUEST_WITHIN: SignedDuration = SignedDuration::from_secs(10);
/// After this long without a list, dialling blindly is better than not ringing at all.
const LOOK_UP_PATIENCE: SignedDuration = SignedDuration::from_secs(75);
/// A call that neither rings out nor is answered in this time is stuck at the carrier.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// What the carrier may add to a call's longest time.
const TIME_LIMIT_SLACK: Duration = Duration::from_mins(2);

/// Whether a wake-up's time to act has come.
pub fn is_due(occurrence: &Occurrence, now: Timestamp) -> bool {
    occurrence.wake_up.act_at.is_some_and(|act_at| act_at <= now)
}

/// Whether a wake-up that is due lets a newer one of the same sleeper take its place (R7). One that is too
/// late is missed, and said to be, whatever else is due.
pub fn may_give_way(occurrence: &Occurrence, now: Timestamp) -> bool {
    occurrence.wake_up.phase != Phase::Calling
        && occurrence.key.is_some()
        && now <= occurrence.wake_up.useful_until
}

/// What happens to a wake-up that is due.
pub fn event_when_due(overtaken: bool) -> Event {
    if overtaken { Event::Overtaken } else { Event::Due }
}

/// Whether an intent of that age is still to be asked for.
pub fn is_still_wanted(state: &AttemptState, phase: Phase, age: SignedDuration) -> bool {
    *state == AttemptState::Intended && !is_over(phase) && age.abs() <= REQUEST_WITHIN
}

/// Whether a wake-up that is due begins to ring, and takes over those of hers that are between two calls.
pub fn absorbs(occurrence: &Occurrence, now: Timestamp) -> bool {
    occurrence.wake_up.phase == Phase::Planned
        && occurrence.key.is_some()
        && now <= occurrence.wake_up.useful_until
}

/// Whether one that begins takes over `other`, which is due by a rule of hers.
pub fn is_absorbed(other: &Occurrence, by: &Occurrence) -> bool {
    other.id != by.id && matches!(other.wake_up.phase, Phase::Waiting(_))
}

/// Whether she who is up for one wake-up is up for `other` as well, which is due by a rule of hers.
pub fn is_woken_too(occurrence: &Occurrence, other: &Occurrence) -> bool {
    other.id != occurrence.id && occurrence.wake_up.policy.covers(&other.wake_up.policy)
}

/// Whether the call that holds her number, for `holder`, gives way to a wake-up that waits for it. A caller's
/// number can be forged, and whoever holds the line could keep her asleep; so does one asked for by hand.
pub fn gives_way(holder: &Occurrence, waiting: &Occurrence) -> bool {
    waiting.key.is_some() && holder.key.is_none()
}

/// What an error of the carrier says about the call that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPlaced {
    /// No phone rings: the attempt is over.
    Over(Outcome),
    /// A phone may be ringing: look before acting again.
    Unknown,
}

/// What it means that the carrier did not say that it took a call.
pub fn not_placed(error: &CarrierError) -> NotPlaced {
    match error {
        CarrierError::Refused { lasting: true, .. } => NotPlaced::Over(Outcome::RefusedForGood),
        CarrierError::Refused { lasting: false, .. } => NotPlaced::Over(Outcome::Refused),
        CarrierError::Throttled { .. } | CarrierError::NotSent(_) => NotPlaced::Over(Outcome::NotPlaced),
        CarrierError::Unknown(_) if is_planted(Planted::UnknownTakenForNo) => {
            NotPlaced::Over(Outcome::NotPlaced)
        }
        CarrierError::Unknown(_) => NotPlaced::Unknown,
    }
}

/// Whether a call that the carrier has just taken is one too many: it lost a race against a look-up or the
/// owner. `bound` says whether it is its attempt's call.
pub fn is_surplus(bound: bool, state: &AttemptState, phase: Phase) -> bool {
    !bound || !state.is_open() || is_over(phase)
}

/// Whether a wake-up has ended, so that none of its calls should be going on.
pub fn is_over(phase: Phase) -> bool {
    matches!(phase, Phase::Ended(_))
}

/// What to ask the carrier about an attempt that is open and due to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question<'a> {
    /// Which calls there were to its number since then.
    Calls(Timestamp),
    /// What became of this call, which is stuck when it has gone on for longer than the limit.
    Fate {
        /// The call.
        call: &'a CallId,
        /// Since when it has been going on.
        since: Timestamp,
        /// How long that may take.
        limit: SignedDuration,
    },
    /// Nothing: it is over.
    Nothing,
}

/// What to ask about an attempt; `longest_call` is the longest a conversation may take.
pub fn question(attempt: &Attempt, longest_call: Duration) -> Question<'_> {
    match &attempt.state {
        AttemptState::Intended | AttemptState::Unknown => {
            Question::Calls(attempt.intent_at.saturating_sub(CLOCKS_DIFFER_BY).unwrap_or(Timestamp::MIN))
        }
        AttemptState::Placed { call } => {
            Question::Fate { call, since: attempt.intent_at, limit: STUCK_AFTER }
        }
        AttemptState::Answered { call, answered_at } => {
            let longest = SignedDuration::try_from(longest_call + TIME_LIMIT_SLACK);
            Question::Fate { call, since: *answered_at, limit: longest.unwrap_or(SignedDuration::MAX) }
        }
        AttemptState::Finished { .. } => Question::Nothing,
    }
}

/// Whether to stop waiting for the carrier's list, which failed like this: missing is worse than doubling.
/// While nothing reaches the carrier at all a new call would not either: asking on costs nothing, and a call
/// given up would count although nothing rang.
/// The carrier's time to `settle` is not counted.
pub fn dials_blindly(intent_at: Timestamp, settle: Duration, error: &CarrierError, now: Timestamp) -> bool {
    let answers = !matches!(error, CarrierError::NotSent(_) | CarrierError::Throttled { .. });
    let extra = SignedDuration::try_from(settle.saturating_sub(SETTLE)).unwrap_or_default();
    answers && now.duration_since(intent_at) > LOOK_UP_PATIENCE.saturating_add(extra)
}

/// Of the calls to a number that no attempt is bound to, the newest first: the one to go on with, and those
/// that ring beside it. The oldest that lives has the best claim; of calls that are over, the newest.
pub fn to_adopt(mut unknown: Vec<CarrierCall>) -> Option<(CarrierCall, Vec<CarrierCall>)> {
    if unknown.is_empty() {
        return None;
    }
    let oldest_alive = unknown.iter().rposition(|call| !call.status.is_terminal());
    let found = unknown.remove(oldest_alive.unwrap_or(0));
    unknown.retain(|call| !call.status.is_terminal());
    Some((found, unknown))
}

/// What the carrier's word on a call means for the attempt that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The carrier does not know the call.
    Unheard,
    /// The call is over.
    Ended {
        /// How the carrier puts it.
        status: CarrierStatus,
        /// Whether a machine had answered.
        machine: bool,
    },
    /// The call does not end: it is to be ended, with this outcome.
    Stuck(Outcome),
    /// It goes on.
    GoesOn,
}

/// What became of a call, by the carrier's answer; `since` and `limit` are the question's.
pub fn fate(
    attempt: &Attempt,
    found: Option<&CarrierCall>,
    since: Timestamp,
    limit: SignedDuration,
    now: Timestamp,
) -> Fate {
    let Some(found) = found else { return Fate::Unheard };
    if found.status.is_terminal() {
        let machine = found.answered_by.as_ref().is_some_and(AnsweredBy::is_machine);
        return Fate::Ended { status: found.status.clone(), machine };
    }
    if now.duration_since(since) > limit {
        let answered = matches!(attempt.state, AttemptState::Answered { .. });
        return Fate::Stuck(if answered { Outcome::TimeLimit } else { Outcome::Lost });
    }
    Fate::GoesOn
}

/// How an attempt ends whose call we have just hung up because its wake-up is over; `None` when the carrier
/// will report it, and with it how the conversation ended.
pub fn taken_back(attempt: &Attempt) -> Option<Outcome> {
    // Of a call taken back in its queue the carrier says no more, and her number must be free.
    (!matches!(attempt.state, AttemptState::Answered { .. })).then_some(Outcome::Canceled)
}

/// What to do about the carrier's news of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// Hang up: it is one too many.
    Surplus,
    /// The attempt's call is over.
    Ended,
    /// Nothing beyond the history.
    Noted,
}

/// What news of a call mean. `bound` says whether it is its attempt's call.
pub fn on_news(bound: bool, state: &AttemptState, phase: Phase, status: &CarrierStatus) -> News {
    let ours = bound && (state.is_open() || is_planted(Planted::EndCountsTwice));
    if status.is_terminal() {
        return if ours { News::Ended } else { News::Noted };
    }
    if ours && !is_over(phase) { News::Noted } else { News::Surplus }
}

/// What a call that the carrier has ended came to: our own word first, then the carrier's.
pub fn outcome_of(record: &AttemptRecord, status: &CarrierStatus, machine: bool) -> Outcome {
    match (&record.verdict, record.ending) {
        // Whatever a model made of a machine's words.
        (_, Some(Outcome::Voicemail)) => return Outcome::Voicemail,
        (Some(_), _) => return Outcome::Up,
        (None, Some(ending)) => return ending,
        (None, None) => {}
    }
    if machine {
        return Outcome::Voicemail;
    }
    match status {
        CarrierStatus::Busy => Outcome::Busy,
        CarrierStatus::NoAnswer => Outcome::NoAnswer,
        CarrierStatus::Canceled => Outcome::Canceled,
        CarrierStatus::Completed => Outcome::HungUp,
        _ if matches!(record.attempt.state, AttemptState::Answered { .. }) => Outcome::HungUp,
        _ => Outcome::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wake_up::End;
    use crate::telephony::error::Cause;

    fn call() -> CallId {
        CallId::new("CA1")
    }

    fn finished() -> AttemptState {
        let finished_at = Timestamp::UNIX_EPOCH;
        AttemptState::Finished { call: None, outcome: Outcome::Lost, finished_at }
    }

    #[test]
    fn only_an_unknown_answer_leaves_open_whether_a_phone_rings() {
        let refused =
            |lasting| CarrierError::Refused { code: None, status: 400, message: String::new(), lasting };
        for (error, means) in [
            (refused(true), NotPlaced::Over(Outcome::RefusedForGood)),
            (refused(false), NotPlaced::Over(Outcome::Refused)),
            (CarrierError::Throttled { retry_after: None }, NotPlaced::Over(Outcome::NotPlaced)),
            (CarrierError::NotSent(Cause::Address), NotPlaced::Over(Outcome::NotPlaced)),
            (CarrierError::Unknown(Cause::Status(500)), NotPlaced::Unknown),
        ] {
            assert_eq!(not_placed(&error), means, "{error}");
        }
    }

    #[test]
    fn an_intent_that_is_settled_or_old_is_not_asked_for() {
        let age = SignedDuration::from_secs;
        for (state, phase, age, expected) in [
            (AttemptState::Intended, Phase::Calling, age(0), true),
            (AttemptState::Intended, Phase::Calling, age(10), true),
            // The machine slept, or its clock was set.
            (AttemptState::Intended, Phase::Calling, age(11), false),
            (AttemptState::Intended, Phase::Calling, age(-11), false),
            (AttemptState::Intended, Phase::Ended(End::Cancelled), age(0), false),
            (AttemptState::Unknown, Phase::Calling, age(0), false),
            (finished(), Phase::Calling, age(0), false),
        ] {
            assert_eq!(is_still_wanted(&state, phase, age), expected, "{state:?} {phase:?} {age:?}");
        }
    }

    fn listed(sid: &str, status: CarrierStatus) -> CarrierCall {
        CarrierCall {
            id: CallId::new(sid),
            status,
            created_at: None,
            started_at: None,
            ended_at: None,
            duration: None,
            cost: None,
            direction: None,
            answered_by: None,
            to: None,
            from: None,
        }
    }

    #[test]
    fn of_several_calls_the_oldest_alive_goes_on_and_the_younger_are_too_many() {
        use CarrierStatus::{Completed, Queued, Ringing};
        for (unknown, expected, too_many) in [
            (vec![], None, vec![]),
            (vec![("CA1", Ringing)], Some("CA1"), vec![]),
            (vec![("CA2", Ringing), ("CA1", Ringing)], Some("CA1"), vec!["CA2"]),
            (vec![("CA3", Queued), ("CA2", Ringing), ("CA1", Completed)], Some("CA2"), vec!["CA3"]),
            (vec![("CA2", Completed), ("CA1", Completed)], Some("CA2"), vec![]),
        ] {
            let calls = unknown.into_iter().map(|(sid, status)| listed(sid, status)).collect();
            let (found, rest) = to_adopt(calls).unzip();
            assert_eq!(found.as_ref().map(|call| call.id.as_str()), expected);
            let rest: Vec<CallId> = rest.unwrap_or_default().into_iter().map(|call| call.id).collect();
            assert_eq!(rest.iter().map(CallId::as_str).collect::<Vec<_>>(), too_many);
        }
    }

    #[test]
    fn only_a_carrier_that_answers_wrongly_for_long_is_dialled_blindly() {
        let after = |secs| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(secs);
        for (settle, error, secs, blindly) in [
            (SETTLE, CarrierError::Unknown(Cause::Status(500)), 75, false),
            (SETTLE, CarrierError::Unknown(Cause::Status(500)), 76, true),
            (SETTLE * 5, CarrierError::Unknown(Cause::Status(500)), 95, false),
            (SETTLE * 5, CarrierError::Unknown(Cause::Status(500)), 96, true),
            (SETTLE, CarrierError::NotSent(Cause::Address), 3_600, false),
            (SETTLE, CarrierError::Throttled { retry_after: None }, 3_600, false),
        ] {
            assert_eq!(dials_blindly(after(0), settle, &error, after(secs)), blindly, "{error} {secs}");
        }
    }

    #[test]
    fn news_of_a_call_too_many_hang_it_up_and_the_end_is_taken_in_once() {
        let (open, over) = (Phase::Calling, Phase::Ended(End::Cancelled));
        let placed = || AttemptState::Placed { call: call() };
        let (ringing, done) = (CarrierStatus::Ringing, CarrierStatus::Completed);
        for (bound, state, phase, status, expected) in [
            (true, placed(), open, &ringing, News::Noted),
            (true, placed(), open, &done, News::Ended),
            (true, placed(), over, &ringing, News::Surplus),
            (true, placed(), over, &done, News::Ended),
            (true, finished(), open, &ringing, News::Surplus),
            (true, finished(), open, &done, News::Noted),
            (false, placed(), open, &ringing, News::Surplus),
            (false, placed(), open, &done, News::Noted),
        ] {
            assert_eq!(
                on_news(bound, &state, phase, status),
                expected,
                "{bound} {state:?} {phase:?} {status}"
            );
        }
    }

    #[test]
    fn a_call_just_taken_is_one_too_many_when_its_place_is_gone() {
        let placed = AttemptState::Placed { call: call() };
        assert!(!is_surplus(true, &placed, Phase::Calling));
        assert!(is_surplus(false, &placed, Phase::Calling), "another call was bound");
        assert!(is_surplus(true, &finished(), Phase::Calling), "the attempt was given up");
        assert!(is_surplus(true, &placed, Phase::Ended(End::Cancelled)), "the owner cancelled");
    }
}
