//! A little more sleep, asked for between two calls; bounded like one that is asked for in a call.

use jiff::Timestamp;

use super::{Phase, SNOOZE, WakeUp};
use crate::domain::attempt::AttemptKind;

/// Why a snooze is not granted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSnooze {
    /// She is on the phone, or it rings.
    #[error("a call is going on: she may ask for a snooze in it, or press the snooze key")]
    CallGoingOn,
    /// Nothing has rung.
    #[error("it is not due yet: move or skip it instead")]
    NotDueYet,
    /// She was up, and is only asked whether she stayed so.
    #[error("she was up already, and only a check call is left")]
    UpAlready,
    /// It has ended.
    #[error("it is over")]
    Over,
    /// As many as this morning allows.
    #[error("all snoozes of this morning are used up")]
    UsedUp,
    /// The call after it would not be made.
    #[error("no call could be made after it: the time or the calls allowed are used up")]
    NoCallAfterIt,
}

impl WakeUp {
    /// The same wake-up with a snooze granted: it calls again after it.
    pub fn snoozed(self, now: Timestamp) -> Result<Self, NoSnooze> {
        match self.phase {
            Phase::Ended(_) => return Err(NoSnooze::Over),
            Phase::Calling => return Err(NoSnooze::CallGoingOn),
            Phase::Planned if now < self.due_at => return Err(NoSnooze::NotDueYet),
            Phase::Planned | Phase::Waiting(_) => {}
        }
        if self.checking {
            return Err(NoSnooze::UpAlready);
        }
        if self.snoozes >= self.policy.snoozes {
            return Err(NoSnooze::UsedUp);
        }
        if !self.may_snooze(now) {
            return Err(NoSnooze::NoCallAfterIt);
        }
        let granted = Self {
            phase: Phase::Waiting(AttemptKind::CallBack),
            unanswered: 0,
            snoozes: self.snoozes + 1,
            ..self
        };
        Ok(granted.acting_at(now, SNOOZE))
    }

    /// Until when a granted snooze lasts; `None` when none is going on.
    pub fn snoozes_until(&self, now: Timestamp) -> Option<Timestamp> {
        let waits = self.phase == Phase::Waiting(AttemptKind::CallBack) && self.snoozes > 0;
        // Somebody who hung up is called back within seconds; only a snooze takes longer.
        let until = self.act_at.filter(|_| waits)?;
        (until.duration_since(now) > super::CALL_BACK_AFTER).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::{End, Event, Outcome};
    use super::*;
    use crate::domain::policy::MorningPolicy;

    const DUE: &str = "2026-03-02T05:30:00Z";

    fn planned(change: impl FnOnce(&mut MorningPolicy)) -> WakeUp {
        let due: Timestamp = DUE.parse().unwrap();
        let mut policy = MorningPolicy::default();
        change(&mut policy);
        WakeUp::planned(due, due + SignedDuration::from_hours(2), policy, 0)
    }

    fn minutes(minutes: i64) -> Timestamp {
        DUE.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
    }

    /// Called at its minute, and not reached.
    fn waiting(change: impl FnOnce(&mut MorningPolicy)) -> WakeUp {
        let (calling, _) = planned(change).on(Event::Due, minutes(0));
        calling.on(Event::AttemptEnded(Outcome::Busy), minutes(0)).0
    }

    #[test]
    fn between_two_calls_a_snooze_puts_the_next_one_off_by_nine_minutes() {
        let granted = waiting(|_| {}).snoozed(minutes(1)).unwrap();
        assert_eq!((granted.act_at, granted.snoozes), (Some(minutes(10)), 1));
        assert_eq!(granted.phase, Phase::Waiting(AttemptKind::CallBack));
        assert_eq!(granted.snoozes_until(minutes(2)), Some(minutes(10)));
        assert_eq!(granted.snoozes_until(minutes(10)), None);
        // The ladder begins anew.
        let (calling, _) = granted.on(Event::Due, minutes(10));
        let (again, _) = calling.on(Event::AttemptEnded(Outcome::Busy), minutes(10));
        assert_eq!(again.act_at, Some(minutes(10) + SignedDuration::from_secs(90)));
    }

    #[test]
    fn a_wake_up_that_is_due_may_be_snoozed_before_it_rings() {
        let granted = planned(|_| {}).snoozed(minutes(0)).unwrap();
        assert_eq!(granted.act_at, Some(minutes(9)));
        assert_eq!(planned(|_| {}).snoozed(minutes(-1)), Err(NoSnooze::NotDueYet));
        // The host was down over the call after it, and nothing has rung yet.
        let (over, _) = granted.on(Event::Due, minutes(121));
        assert_eq!(over.phase, Phase::Ended(End::TooLate));
    }

    #[test]
    fn snoozes_are_bounded_by_number_by_deadline_and_by_calls() {
        let one = waiting(|_| {}).snoozed(minutes(1)).unwrap();
        assert_eq!(one.snoozed(minutes(2)), Err(NoSnooze::UsedUp));
        let two = waiting(|policy| policy.snoozes = 2).snoozed(minutes(1)).unwrap();
        assert_eq!(two.snoozed(minutes(2)).map(|wake_up| wake_up.act_at), Ok(Some(minutes(11))));
        assert_eq!(waiting(|policy| policy.snoozes = 0).snoozed(minutes(1)), Err(NoSnooze::UsedUp));
        assert_eq!(
            waiting(|policy| policy.deadline_mins = 9).snoozed(minutes(1)),
            Err(NoSnooze::NoCallAfterIt)
        );
        assert!(waiting(|policy| policy.deadline_mins = 10).snoozed(minutes(1)).is_ok());
    }

    #[test]
    fn a_call_a_check_and_an_end_leave_nothing_to_snooze() {
        let (calling, _) = planned(|_| {}).on(Event::Due, minutes(0));
        assert_eq!(calling.snoozed(minutes(1)), Err(NoSnooze::CallGoingOn));
        let (checking, _) = calling.on(Event::AttemptEnded(Outcome::Up), minutes(1));
        assert_eq!(checking.snoozed(minutes(2)), Err(NoSnooze::UpAlready));
        let (over, _) = checking.on(Event::Cancelled, minutes(2));
        assert_eq!(over.snoozed(minutes(3)), Err(NoSnooze::Over));
        assert_eq!(waiting(|_| {}).snoozes_until(minutes(0)), None);
    }
}
