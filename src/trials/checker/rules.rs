//! The promises, one function each.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::index::{Index, SNOOZE};
use super::rows::{AttemptRow, CallRow, WakeUpRow};
use super::{Harm, Violation};
use crate::domain::attempt::Outcome;
use crate::domain::wake_up::End;

/// Of what is due so shortly before the end of the watch, nobody can say yet how it ends.
const STILL_GOING: SignedDuration = SignedDuration::from_hours(8);
/// From a step on disk to the carrier's ledger, at worst: a slow request, and a clock set right meanwhile.
const UNDER_WAY: SignedDuration = SignedDuration::from_secs(30);
/// What the carrier took is heard of in this time, where the host is up: a request, its settling, and another look.
const HEARD_OF_WITHIN: SignedDuration = SignedDuration::from_mins(5);
/// Whoever proves to be asleep again after she was up may be called for so long.
const AFTER_UP: SignedDuration = SignedDuration::from_mins(45);
/// A call made at the last moment may go on for so long, and its end is no old news.
const LONGEST_CALL: SignedDuration = SignedDuration::from_mins(15);
/// However short it is of use, a wake-up so little late is on time.
const ON_TIME: SignedDuration = SignedDuration::from_secs(60);
/// Where nothing rang, or she was on the phone and is to be called back, the next call follows at once.
const SOON_AGAIN: SignedDuration = SignedDuration::from_secs(30);
/// Two wake-ups that became one call were due within this time of each other.
const COALESCED_WITHIN: SignedDuration = SignedDuration::from_hours(12);

fn wrong(
    invariant: &'static str,
    harm: Harm,
    wake_up: &WakeUpRow,
    call: Option<&CallRow>,
    says: String,
) -> Violation {
    Violation { invariant, harm, wake_up: Some(wake_up.id), call: call.map(|call| call.id.clone()), says }
}

/// I4 and I5, and that no call is made without our ever learning of it.
pub(super) fn calls_have_owners(index: &Index<'_>, found: &mut Vec<Violation>) {
    let world = index.world();
    let mut add = |invariant, harm, call: &CallRow, wake_up, says: String| {
        found.push(Violation { invariant, harm, wake_up, call: Some(call.id.clone()), says });
    };
    for call in &index.evidence.calls {
        if !world.numbers.contains(&call.to) {
            add("I5", Harm::Books, call, None, "a call to a number that is not on the list".to_owned());
        }
        let Some(attempt) = index.placed_for(call) else {
            add("I4", Harm::Books, call, None, "a call without an attempt behind it".to_owned());
            continue;
        };
        if call.to != attempt.to {
            add(
                "I5",
                Harm::Books,
                call,
                Some(attempt.wake_up),
                "a call to another number than was written down".to_owned(),
            );
        }
        if attempt.intent_at.duration_since(call.created_at) > world.clocks_differ_by {
            let says =
                format!("called at {} although written down at {}", call.created_at, attempt.intent_at);
            add("I4", Harm::Books, call, Some(attempt.wake_up), says);
        }
        let too_fresh = last_watched(index).duration_since(call.created_at) < HEARD_OF_WITHIN;
        if index.bound_to(call).is_none() && !index.is_blind(attempt.wake_up) && !too_fresh {
            let says = format!("a call of {} that we never learned of", call.created_at);
            add("I3", Harm::Doubled, call, Some(attempt.wake_up), says);
        }
    }
}

/// I2: at no instant two live calls to one number.
pub(super) fn one_live_call(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut calls: Vec<&CallRow> = index.evidence.calls.iter().collect();
    calls.sort_by(|one, other| (&one.to, one.created_at).cmp(&(&other.to, other.created_at)));
    let mut longest: Option<&CallRow> = None;
    for call in calls {
        let over = |before: &CallRow| before.ended_at.unwrap_or(Timestamp::MAX);
        if let Some(before) = longest.filter(|before| before.to == call.to) {
            let blind =
                |one: &CallRow| index.placed_for(one).is_some_and(|attempt| index.is_blind(attempt.wake_up));
            if call.created_at < over(before) && !blind(before) && !blind(call) {
                let wake_up = index.placed_for(call).map(|attempt| attempt.wake_up);
                let says = format!("rings at {} while {} goes on", call.created_at, before.id);
                let call = Some(call.id.clone());
                found.push(Violation { invariant: "I2", harm: Harm::Doubled, wake_up, call, says });
            }
            if over(before) >= over(call) {
                continue;
            }
        }
        longest = Some(call);
    }
}

/// I1: a wake-up ends, and in a way that the carrier's ledger bears out.
pub(super) fn it_ends(index: &Index<'_>, wake_up: &WakeUpRow, found: &mut Vec<Violation>) {
    let Some(end) = wake_up.end else {
        if last_watched(index).duration_since(wake_up.due_at) > STILL_GOING {
            found.push(wrong("I1", Harm::Lost, wake_up, None, format!("due {}, not over", wake_up.due_at)));
        }
        return;
    };
    let rang = !index.calls_of(wake_up).is_empty();
    let attempts = index.attempts_of(wake_up);
    let left_open = |attempt: &&&AttemptRow| {
        attempt.outcome.is_none() && last_watched(index).duration_since(attempt.intent_at) > STILL_GOING
    };
    if let Some(open) = attempts.iter().find(left_open) {
        let says = format!("attempt {} is still open", open.id);
        found.push(wrong("I1", Harm::Books, wake_up, None, says));
    }
    let says = match end {
        End::Up | End::CostCapReached if !rang => "nothing ever rang".to_owned(),
        // What the carrier refused was tried, and counts.
        End::DeadlinePassed | End::CallsExhausted
            if !rang
                && !attempts
                    .iter()
                    .any(|attempt| attempt.blind || attempt.outcome == Some(Outcome::Refused)) =>
        {
            "nothing ever rang, and nothing was refused".to_owned()
        }
        End::Up if !index.calls_of(wake_up).iter().any(|call| call.got_up) => {
            "she is said to be up, and never got up".to_owned()
        }
        End::Up if !attempts.iter().any(|attempt| attempt.outcome == Some(Outcome::Up)) => {
            "she is said to be up, and no call says so".to_owned()
        }
        End::CallsExhausted
            if that_counted(index, wake_up).count() < wake_up.policy.calls_allowed as usize =>
        {
            "given up before all calls allowed were made".to_owned()
        }
        End::RefusedForGood
            if !attempts.iter().any(|attempt| attempt.outcome == Some(Outcome::RefusedForGood)) =>
        {
            "the carrier never refused for good".to_owned()
        }
        End::TooLate => {
            let chance = index.longest_chance(wake_up, wake_up.due_at, wake_up.useful_until);
            if chance < index.world().chance_enough {
                return;
            }
            format!("given up as too late, with {} s in which it could have rung", chance.as_secs())
        }
        End::Coalesced if !has_taken_its_place(index, wake_up) => {
            "gave way to another wake-up that never was".to_owned()
        }
        End::Cancelled if !index.world().cancelled.contains(&wake_up.id) => "cancelled by nobody".to_owned(),
        _ => return,
    };
    found.push(wrong("I1", Harm::Lost, wake_up, None, says));
}

/// Its attempts that may have rung.
fn that_counted<'a>(
    index: &Index<'a>,
    wake_up: &WakeUpRow,
) -> impl Iterator<Item = &'a AttemptRow> + use<'a> {
    let attempts = index.attempts_of(wake_up).to_vec();
    attempts.into_iter().filter(|attempt| attempt.outcome != Some(Outcome::NotPlaced))
}

/// I1: she is called soon after her time, and soon again after a call that did not get her up.
pub(super) fn nobody_is_left_to_sleep(index: &Index<'_>, wake_up: &WakeUpRow, found: &mut Vec<Violation>) {
    let mut waits = Some((wake_up.due_at.max(wake_up.stands_since), SignedDuration::ZERO));
    let mut gap = |from: Timestamp, until: Timestamp, pause: SignedDuration| {
        let too_long = pause + index.world().chance_enough;
        if until.duration_since(from) < too_long {
            return;
        }
        let chance = index.longest_chance(wake_up, from, until);
        if chance >= too_long {
            let says =
                format!("not called between {from} and {until}, {} s of which allowed it", chance.as_secs());
            found.push(wrong("I1", Harm::Lost, wake_up, None, says));
        }
    };
    for attempt in index.attempts_of(wake_up) {
        if let Some((from, pause)) = waits {
            gap(from, attempt.intent_at, pause);
        }
        // Its end is learned of, too: where all news of it are lost, once no call could go on any longer.
        let ended = index.call_of(attempt).map_or(Some(attempt.intent_at), |call| call.ended_at);
        if let (Some(ended), Some(over)) = (ended, attempt.over_at) {
            gap(ended, over, LONGEST_CALL);
        }
        waits = attempt
            .over_at
            .zip(attempt.outcome)
            .and_then(|(over, outcome)| Some((over, longest_pause(outcome, wake_up)?)));
    }
    let Some((from, pause)) = waits.filter(|_| wake_up.end == Some(End::DeadlinePassed)) else { return };
    if let Some(first) = that_counted(index, wake_up).next() {
        let deadline = first.intent_at.saturating_add(wake_up.policy.deadline()).unwrap_or(Timestamp::MAX);
        gap(from, deadline, pause);
    }
}

/// How long the next call may wait after one that ended so; `None` where none need follow.
fn longest_pause(outcome: Outcome, wake_up: &WakeUpRow) -> Option<SignedDuration> {
    let pauses = wake_up.policy.redial_after_secs.iter().max().copied().unwrap_or_default();
    match outcome {
        Outcome::Up | Outcome::RefusedForGood => None,
        Outcome::Snoozed => Some(SNOOZE),
        Outcome::NotPlaced | Outcome::HungUp | Outcome::FellSilent | Outcome::TimeLimit => Some(SOON_AGAIN),
        _ => Some(SignedDuration::from_secs(i64::from(pauses))),
    }
}

/// I12: one wake-up for each morning of a rule.
pub(super) fn one_for_each_morning(index: &Index<'_>, found: &mut Vec<Violation>) {
    let mut mornings = BTreeSet::new();
    for wake_up in &index.evidence.wake_ups {
        if wake_up.morning.is_some_and(|morning| !mornings.insert(morning)) {
            found.push(wrong("I12", Harm::Doubled, wake_up, None, "the second of one morning".to_owned()));
        }
    }
}

/// What was helpless to the end of the watch could do nothing more in it.
fn last_watched(index: &Index<'_>) -> Timestamp {
    let world = index.world();
    let to_the_end = world.helpless.last().filter(|(_, until)| world.until <= *until);
    to_the_end.map_or(world.until, |(since, _)| *since)
}

fn has_taken_its_place(index: &Index<'_>, wake_up: &WakeUpRow) -> bool {
    index.evidence.wake_ups.iter().any(|other| {
        other.id != wake_up.id
            && other.sleeper == wake_up.sleeper
            && other.morning.is_some()
            && !matches!(other.end, Some(End::Coalesced | End::NoSuchDate))
            && other.due_at.duration_since(wake_up.due_at).abs() <= COALESCED_WITHIN
    })
}

/// I3: not more often than allowed, not before its time, and not when it is too late.
pub(super) fn as_often_as_allowed(index: &Index<'_>, wake_up: &WakeUpRow, found: &mut Vec<Violation>) {
    let calls = index.calls_of(wake_up);
    let (Some(first), Some(last)) = (calls.first(), calls.last()) else { return };
    let slack = index.world().clocks_differ_by + UNDER_WAY;
    let blind = index.is_blind(wake_up.id);
    if calls.len() > wake_up.policy.calls_allowed as usize && !blind {
        let says = format!("{} calls, {} allowed", calls.len(), wake_up.policy.calls_allowed);
        found.push(wrong("I3", Harm::Doubled, wake_up, Some(last), says));
    }
    let mut nonces: Vec<_> = calls.iter().filter_map(|call| call.nonce.as_ref()).collect();
    nonces.sort_unstable_by_key(|nonce| nonce.as_str());
    if nonces.windows(2).any(|pair| pair[0] == pair[1]) {
        let says = "two calls of one attempt".to_owned();
        found.push(wrong("I4", Harm::Doubled, wake_up, Some(last), says));
    }
    if wake_up.due_at.duration_since(first.created_at) > index.world().clocks_differ_by {
        let says = format!("rang at {}, due only at {}", first.created_at, wake_up.due_at);
        found.push(wrong("I3", Harm::Doubled, wake_up, Some(first), says));
    }
    begun_in_time(index, wake_up, slack, found);
    let morning = first.created_at.saturating_add(wake_up.policy.deadline()).unwrap_or(Timestamp::MAX);
    // She was up, as far as we knew, and may be asleep again.
    let up = index.attempts_of(wake_up).iter().filter(|attempt| attempt.outcome == Some(Outcome::Up));
    let last_allowed = up.filter_map(|attempt| attempt.over_at).fold(
        wake_up.useful_until.max(morning),
        |allowed, learned_at| match learned_at.duration_since(allowed) {
            // Old news: nobody asks her any more.
            late if late > LONGEST_CALL + slack => allowed,
            _ => allowed.max(learned_at.saturating_add(AFTER_UP).unwrap_or(Timestamp::MAX)),
        },
    );
    if last.created_at.duration_since(last_allowed) > slack {
        let says = format!("rang at {}, which is no use after {last_allowed}", last.created_at);
        found.push(wrong("I3", Harm::Doubled, wake_up, Some(last), says));
    }
}

/// I3: its first call that counts was asked for while it was still of use.
fn begun_in_time(index: &Index<'_>, wake_up: &WakeUpRow, slack: SignedDuration, found: &mut Vec<Violation>) {
    let Some(first) = that_counted(index, wake_up).next() else { return };
    let on_time = wake_up.due_at.saturating_add(ON_TIME).unwrap_or(Timestamp::MAX);
    // Whoever asks for nine minutes more at its last minute is called after them.
    let snoozed = index.snoozes_of(wake_up).filter(|(from, _)| *from <= wake_up.useful_until);
    let useful_until =
        snoozed.fold(wake_up.useful_until.max(on_time), |latest, (_, until)| latest.max(until));
    if first.intent_at.duration_since(useful_until) > slack {
        let says = format!("begun at {}, which is no use after {useful_until}", first.intent_at);
        found.push(wrong("I3", Harm::Doubled, wake_up, None, says));
    }
}

/// I11: whoever is missed is missed with an alert, and with one.
pub(super) fn nobody_is_missed_in_silence(
    index: &Index<'_>,
    wake_up: &WakeUpRow,
    found: &mut Vec<Violation>,
) {
    let missed = wake_up.morning.is_some() && wake_up.end.is_some_and(End::is_missed);
    let told = index.told_of(wake_up.id);
    let says = match (missed, told) {
        (true, 0) => "missed, and nobody was told",
        (false, 1..) => "somebody was told that she was missed, and she was not",
        (_, 2..) => "told twice",
        _ => return,
    };
    found.push(wrong("I11", Harm::Silent, wake_up, None, says.to_owned()));
}
