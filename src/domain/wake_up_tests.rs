//! Mornings as tables: events at seconds after the due instant, and what is done about each.

use super::*;
use crate::domain::policy::CheckCalls;

const CALLS_ALLOWED: u32 = 8;

const DUE: i64 = 1_772_433_000;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(DUE + second).unwrap()
}

fn planned() -> WakeUp {
    let policy = MorningPolicy { check: CheckCalls::Off, ..MorningPolicy::default() };
    WakeUp::planned(at(0), at(7_200), policy, 0)
}

/// Plays events at seconds after the due instant and tells what was done, and when it acts next.
fn play(events: &[(i64, Event)]) -> (WakeUp, Vec<Option<Command>>) {
    events.iter().fold((planned(), Vec::new()), |(state, mut done), (second, event)| {
        let (next, command) = state.on(*event, at(*second));
        done.push(command);
        (next, done)
    })
}

fn next_action(state: &WakeUp) -> Option<i64> {
    state.act_at.map(|act_at| act_at.as_second() - DUE)
}

#[test]
fn a_call_that_wakes_her_ends_the_morning() {
    let (state, done) = play(&[(0, Event::Due), (1, Event::Placed), (60, Event::AttemptEnded(Outcome::Up))]);
    assert_eq!(done[0], Some(Command::Call(AttemptKind::First, Lateness::OnTime)));
    assert_eq!(
        (done[2], state.phase, state.act_at),
        (Some(Command::Finish(End::Up)), Phase::Ended(End::Up), None)
    );
}

#[test]
fn lateness_decides_the_opening_and_then_whether_to_ring_at_all() {
    let first = |second| planned().on(Event::Due, at(second)).1;
    let call = |lateness| Some(Command::Call(AttemptKind::First, lateness));
    assert_eq!(first(60), call(Lateness::OnTime));
    assert_eq!(first(61), call(Lateness::Little));
    assert_eq!(first(600), call(Lateness::Little));
    assert_eq!(first(601), call(Lateness::Much));
    assert_eq!(first(7_200), call(Lateness::Much));
    assert_eq!(first(7_201), Some(Command::Finish(End::TooLate)));
}

#[test]
fn unanswered_calls_climb_the_redial_ladder() {
    let mut state = planned();
    let mut waits = Vec::new();
    let mut second = 0;
    for outcome in [Outcome::NoAnswer, Outcome::Busy, Outcome::Failed, Outcome::Voicemail] {
        let (calling, command) = state.on(Event::Due, at(second));
        assert!(matches!(command, Some(Command::Call(..))));
        let (waiting, _) = calling.on(Event::AttemptEnded(outcome), at(second));
        waits.push(next_action(&waiting).unwrap() - second);
        second = next_action(&waiting).unwrap();
        state = waiting;
    }
    assert_eq!(waits, [90, 300, 600, 1_200]);
    assert_eq!(state.phase, Phase::Waiting(AttemptKind::Redial));
}

#[test]
fn whoever_hung_up_is_called_back_at_once_and_the_ladder_starts_anew() {
    for outcome in [Outcome::HungUp, Outcome::FellSilent, Outcome::TimeLimit] {
        let (state, _) = play(&[
            (0, Event::Due),
            (45, Event::AttemptEnded(Outcome::NoAnswer)),
            (135, Event::Due),
            (160, Event::AttemptEnded(outcome)),
        ]);
        assert_eq!(state.phase, Phase::Waiting(AttemptKind::CallBack), "{outcome:?}");
        assert_eq!((next_action(&state), state.unanswered), (Some(165), 0), "{outcome:?}");
    }
}

#[test]
fn it_gives_up_after_the_allowed_calls() {
    let mut state = planned();
    for call in 1..=CALLS_ALLOWED {
        let second = i64::from(call) * 10;
        state = state.on(Event::Due, at(second)).0;
        let (next, command) = state.on(Event::AttemptEnded(Outcome::HungUp), at(second));
        assert_eq!(command, (call == CALLS_ALLOWED).then_some(Command::Finish(End::CallsExhausted)));
        state = next;
    }
    assert!(matches!(state.phase, Phase::Ended(end) if end.is_missed()));
}

#[test]
fn it_gives_up_when_no_redial_fits_before_the_deadline() {
    let calling = WakeUp { unanswered: 3, ..planned() }.on(Event::Due, at(0)).0;
    let (_, command) = calling.on(Event::AttemptEnded(Outcome::NoAnswer), at(2_401));
    assert_eq!(command, Some(Command::Finish(End::DeadlinePassed)));
    let (fits, _) = calling.on(Event::AttemptEnded(Outcome::NoAnswer), at(2_400));
    assert_eq!(next_action(&fits), Some(3_600));
}

#[test]
fn a_host_that_slept_past_the_deadline_still_rings_while_it_is_useful() {
    let (waiting, _) = play(&[(0, Event::Due), (45, Event::AttemptEnded(Outcome::NoAnswer))]);
    assert!(matches!(waiting.on(Event::Due, at(7_000)).1, Some(Command::Call(AttemptKind::Redial, _))));
    assert_eq!(waiting.on(Event::Due, at(7_201)).1, Some(Command::Finish(End::DeadlinePassed)));
}

#[test]
fn what_never_rang_does_not_count() {
    let (state, _) = play(&[(0, Event::Due), (1, Event::AttemptEnded(Outcome::NotPlaced))]);
    assert_eq!((state.calls, state.phase), (0, Phase::Waiting(AttemptKind::First)));
    assert_eq!(next_action(&state), Some(16));
    let late = state.on(Event::Due, at(700)).1;
    assert_eq!(late, Some(Command::Call(AttemptKind::First, Lateness::Much)));
    assert_eq!(state.on(Event::Due, at(7_201)).1, Some(Command::Finish(End::TooLate)));
}

#[test]
fn a_refusal_that_will_not_pass_is_not_hammered() {
    let (_, done) = play(&[(0, Event::Due), (1, Event::AttemptEnded(Outcome::RefusedForGood))]);
    assert_eq!(done[1], Some(Command::Finish(End::RefusedForGood)));
}

#[test]
fn an_unknown_placing_is_looked_up_before_anything_else() {
    let (state, _) = play(&[(0, Event::Due), (10, Event::PlacingUnknown)]);
    assert_eq!(next_action(&state), Some(25));
    let (state, command) = state.on(Event::Due, at(25));
    assert_eq!(command, Some(Command::LookUp));
    assert_eq!(state.phase, Phase::Calling, "no second call while the first may ring");
}

#[test]
fn no_snooze_is_promised_that_could_not_be_kept() {
    let (calling, _) = play(&[(0, Event::Due), (1, Event::Placed)]);
    assert!(calling.may_snooze(at(60)));
    assert!(!calling.may_snooze(at(51 * 60 + 1)), "no call fits after it");
    let policy = MorningPolicy { calls_allowed: 1, ..calling.policy };
    assert!(!WakeUp { policy, ..calling }.may_snooze(at(60)), "no call is left after it");
}

#[test]
fn an_outage_longer_than_the_redial_hour_still_ends_in_a_call() {
    let mut state = planned();
    let mut second = 0;
    while second < 3_700 {
        state = state.on(Event::Due, at(second)).0.on(Event::AttemptEnded(Outcome::NotPlaced), at(second)).0;
        second = next_action(&state).expect("it tries again");
    }
    let (_, command) = state.on(Event::Due, at(second));
    assert_eq!(command, Some(Command::Call(AttemptKind::First, Lateness::Much)));
    let (_, command) =
        state.on(Event::Due, at(7_190)).0.on(Event::AttemptEnded(Outcome::NotPlaced), at(7_190));
    assert_eq!(command, Some(Command::Finish(End::TooLate)));
}

#[test]
fn a_snooze_is_granted_once_and_is_nine_minutes() {
    let (state, _) = play(&[(0, Event::Due), (30, Event::AttemptEnded(Outcome::Snoozed))]);
    assert_eq!((next_action(&state), state.may_snooze(at(600))), (Some(570), false));
}

#[test]
fn what_is_over_stays_over() {
    let (over, _) = play(&[(0, Event::Due), (9, Event::AttemptEnded(Outcome::Up))]);
    for event in [Event::Due, Event::Placed, Event::AttemptEnded(Outcome::NoAnswer), Event::Cancelled] {
        assert_eq!(over.on(event, at(10)), (over, None), "{event:?}");
    }
}

#[test]
fn cancelling_hangs_up_a_call_and_merely_ends_a_plan() {
    let (ended, command) = planned().on(Event::Cancelled, at(-60));
    assert_eq!((ended.phase, command), (Phase::Ended(End::Cancelled), Some(Command::Finish(End::Cancelled))));
    let (_, done) = play(&[(0, Event::Due), (5, Event::Cancelled)]);
    assert_eq!(done[1], Some(Command::HangUp));
}

#[test]
fn a_newer_wake_up_takes_the_place_of_one_that_has_not_rung() {
    assert_eq!(planned().on(Event::Overtaken, at(9)).1, Some(Command::Finish(End::Coalesced)));
    let (_, done) = play(&[(0, Event::Due), (5, Event::Overtaken)]);
    assert_eq!(done[1], None, "a call under way is not cut off");
}

#[test]
fn ends_can_be_read_back_from_their_names() {
    assert!(End::ALL.into_iter().all(|end| End::from_name(end.name()) == Some(end)));
}

/// Up at second 60, with so many checks to come and her chance drawn.
fn up_with(check: CheckCalls, chance: u32) -> WakeUp {
    let policy = MorningPolicy { check, ..MorningPolicy::default() };
    let calling = WakeUp { policy, chance, ..planned() }.on(Event::Due, at(0)).0;
    calling.on(Event::AttemptEnded(Outcome::Up), at(60)).0
}

#[test]
fn a_check_call_comes_five_to_nine_minutes_after_she_was_up() {
    for (chance, after) in [(0, 300), (u32::MAX / 2, 419), (u32::MAX, 540)] {
        let waiting = up_with(CheckCalls::Once, chance);
        assert_eq!(waiting.phase, Phase::Waiting(AttemptKind::Check), "{chance}");
        assert_eq!(next_action(&waiting), Some(60 + after), "{chance}");
    }
    assert_eq!(up_with(CheckCalls::Off, 0).phase, Phase::Ended(End::Up));
}

#[test]
fn she_is_up_when_the_check_call_is_passed_and_a_strict_one_comes_twice() {
    for (check, checks) in [(CheckCalls::Once, 1), (CheckCalls::Strict, 2)] {
        let mut state = up_with(check, 0);
        for nth in 1..=checks {
            let second = next_action(&state).unwrap();
            let (calling, command) = state.on(Event::Due, at(second));
            assert_eq!(command, Some(Command::Call(AttemptKind::Check, Lateness::OnTime)));
            state = calling.on(Event::AttemptEnded(Outcome::Up), at(second + 30)).0;
            let strict_second = next_action(&state).map(|next| next - second - 30);
            assert_eq!(strict_second, (nth < checks).then_some(900), "{check:?}");
        }
        assert_eq!(state.phase, Phase::Ended(End::Up), "{check:?}");
    }
}

#[test]
fn a_check_call_that_is_not_passed_starts_the_ladder_again_and_is_repeated() {
    for (outcome, kind, pause) in [
        (Outcome::NoAnswer, AttemptKind::Redial, 90),
        (Outcome::Voicemail, AttemptKind::Redial, 90),
        (Outcome::FellSilent, AttemptKind::CallBack, 5),
        (Outcome::HungUp, AttemptKind::CallBack, 5),
        (Outcome::NotPlaced, AttemptKind::Check, 15),
    ] {
        let calling = up_with(CheckCalls::Once, 0).on(Event::Due, at(360)).0;
        let (waiting, _) = calling.on(Event::AttemptEnded(outcome), at(400));
        assert_eq!(waiting.phase, Phase::Waiting(kind), "{outcome:?}");
        assert_eq!(next_action(&waiting), Some(400 + pause), "{outcome:?}");
    }
    let asleep = up_with(CheckCalls::Once, 0).on(Event::Due, at(360)).0;
    let redial = asleep.on(Event::AttemptEnded(Outcome::NoAnswer), at(400)).0.on(Event::Due, at(490)).0;
    let again = redial.on(Event::AttemptEnded(Outcome::Up), at(600)).0;
    assert_eq!(again.phase, Phase::Waiting(AttemptKind::Check), "the check itself is still to be passed");
}

#[test]
fn a_check_call_may_come_after_the_deadline_and_its_ladder_too() {
    let policy = MorningPolicy::default();
    let calling = WakeUp { policy, ..planned() }.on(Event::Due, at(0)).0;
    let waiting = calling.on(Event::AttemptEnded(Outcome::Up), at(3_590)).0;
    let (check, command) = waiting.on(Event::Due, at(3_890));
    assert_eq!(command, Some(Command::Call(AttemptKind::Check, Lateness::OnTime)));
    let redial = check.on(Event::AttemptEnded(Outcome::NoAnswer), at(3_935)).0;
    assert_eq!(next_action(&redial), Some(4_025));
    let slept_through = waiting.on(Event::Due, at(3_590 + 46 * 60 + 7_200)).1;
    assert_eq!(slept_through, Some(Command::Finish(End::Up)), "she was up when last seen");
}

#[test]
fn a_doorbell_between_two_calls_proves_her_up_and_no_snooze_is_granted_at_a_check() {
    let (waiting, _) = play(&[(0, Event::Due), (45, Event::AttemptEnded(Outcome::NoAnswer))]);
    assert_eq!(waiting.on(Event::Proven, at(60)).1, Some(Command::Finish(End::Up)));
    assert_eq!(planned().on(Event::Proven, at(-60)), (planned(), None), "an early doorbell proves nothing");
    let checking = up_with(CheckCalls::Once, 0);
    assert_eq!(checking.on(Event::Proven, at(90)), (checking, None), "nor does a second one");
    assert!(!checking.on(Event::Due, at(360)).0.may_snooze(at(361)));
}

#[test]
fn a_morning_that_has_cost_enough_makes_no_further_call() {
    let policy = MorningPolicy { cost_cap: Some(MicroDollars(100)), ..MorningPolicy::default() };
    let calling = WakeUp { policy, ..planned() }.on(Event::Due, at(0)).0;
    let dear = WakeUp { spent: MicroDollars(100), ..calling };
    let ended = dear.on(Event::AttemptEnded(Outcome::HungUp), at(60)).1;
    assert_eq!(ended, Some(Command::Finish(End::CostCapReached)));
    assert_eq!(dear.on(Event::AttemptEnded(Outcome::Up), at(60)).1, Some(Command::Finish(End::Up)));
    let cheap = WakeUp { spent: MicroDollars(99), ..calling };
    assert_eq!(cheap.on(Event::AttemptEnded(Outcome::HungUp), at(60)).1, None);
}

#[test]
fn that_she_was_up_is_late_news_after_a_long_absence_and_brings_no_check_call() {
    let last_sense = 7_200;
    for (learned, next) in
        [(600, true), (last_sense, true), (last_sense + 900, true), (last_sense + 901, false)]
    {
        let (calling, _) = up_with(CheckCalls::Strict, 0).on(Event::Due, at(400));
        let (state, command) = calling.on(Event::AttemptEnded(Outcome::Up), at(learned));
        if next {
            assert_eq!(state.phase, Phase::Waiting(AttemptKind::Check), "{learned}");
        } else {
            assert_eq!((state.phase, command), (Phase::Ended(End::Up), Some(Command::Finish(End::Up))));
        }
    }
}
