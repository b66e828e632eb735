//! The rows by what refers to them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::rows::{AttemptRow, CallRow, Evidence, WakeUpRow, World};
use crate::domain::ids::{CallId, OccurrenceId, SleeperId};

/// So long does a snooze last that was granted by hand.
pub(super) const SNOOZE: SignedDuration = SignedDuration::from_mins(9);

/// The evidence, looked up by what refers to it.
pub(super) struct Index<'a> {
    pub(super) evidence: &'a Evidence,
    by_nonce: BTreeMap<&'a str, &'a AttemptRow>,
    attempts: BTreeMap<OccurrenceId, Vec<&'a AttemptRow>>,
    calls: BTreeMap<OccurrenceId, Vec<&'a CallRow>>,
    bound: BTreeMap<&'a CallId, &'a AttemptRow>,
    told: BTreeMap<OccurrenceId, usize>,
    sleepers: BTreeMap<OccurrenceId, SleeperId>,
}

impl<'a> Index<'a> {
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        let by_nonce: BTreeMap<_, _> =
            evidence.attempts.iter().map(|row| (row.nonce.as_str(), row)).collect();
        let mut attempts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut bound = BTreeMap::new();
        for attempt in &evidence.attempts {
            attempts.entry(attempt.wake_up).or_default().push(attempt);
            if let Some(call) = &attempt.call {
                bound.insert(call, attempt);
            }
        }
        let mut calls: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for call in &evidence.calls {
            if let Some(attempt) = call.nonce.as_ref().and_then(|nonce| by_nonce.get(nonce.as_str())) {
                calls.entry(attempt.wake_up).or_default().push(call);
            }
        }
        for of_one in attempts.values_mut() {
            of_one.sort_by_key(|attempt| attempt.intent_at);
        }
        for of_one in calls.values_mut() {
            of_one.sort_by_key(|call| call.created_at);
        }
        let mut told = BTreeMap::new();
        for alert in evidence.alerts.iter().filter(|alert| alert.missed) {
            *told.entry(alert.wake_up).or_default() += 1;
        }
        let sleepers = evidence.wake_ups.iter().map(|row| (row.id, row.sleeper)).collect();
        Self { evidence, by_nonce, attempts, calls, bound, told, sleepers }
    }

    pub(super) fn world(&self) -> &'a World {
        &self.evidence.world
    }

    /// The attempt that a call was placed for.
    pub(super) fn placed_for(&self, call: &CallRow) -> Option<&'a AttemptRow> {
        self.by_nonce.get(call.nonce.as_ref()?.as_str()).copied()
    }

    /// The attempt that knows of a call.
    pub(super) fn bound_to(&self, call: &CallRow) -> Option<&'a AttemptRow> {
        self.bound.get(&call.id).copied()
    }

    /// The carrier's call for an attempt, the last if there are several.
    pub(super) fn call_of(&self, attempt: &AttemptRow) -> Option<&'a CallRow> {
        let calls = self.calls.get(&attempt.wake_up)?;
        calls.iter().rev().find(|call| call.nonce.as_ref() == Some(&attempt.nonce)).copied()
    }

    pub(super) fn attempts_of(&self, wake_up: &WakeUpRow) -> &[&'a AttemptRow] {
        self.attempts.get(&wake_up.id).map_or(&[], Vec::as_slice)
    }

    /// The carrier's calls for a wake-up, in order of time.
    pub(super) fn calls_of(&self, wake_up: &WakeUpRow) -> &[&'a CallRow] {
        self.calls.get(&wake_up.id).map_or(&[], Vec::as_slice)
    }

    /// Whether one of the wake-up's attempts was given up without the carrier's list.
    pub(super) fn is_blind(&self, wake_up: OccurrenceId) -> bool {
        self.attempts.get(&wake_up).is_some_and(|rows| rows.iter().any(|row| row.blind))
    }

    fn sleeper_of(&self, attempt: &AttemptRow) -> Option<SleeperId> {
        self.sleepers.get(&attempt.wake_up).copied()
    }

    /// How often somebody was told that a wake-up was missed.
    pub(super) fn told_of(&self, wake_up: OccurrenceId) -> usize {
        self.told.get(&wake_up).copied().unwrap_or(0)
    }

    /// The times in which the owner let her sleep a little longer.
    pub(super) fn snoozes_of(&self, wake_up: &WakeUpRow) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let of_it = self.world().snoozed.iter().filter(|(snoozed, _)| *snoozed == wake_up.id);
        of_it.map(|(_, at)| (*at, at.saturating_add(SNOOZE).unwrap_or(Timestamp::MAX)))
    }

    /// The longest time between two instants in which a call for this wake-up could have been made: the host
    /// up, the carrier within reach, her not on the phone with us already, and no snooze granted.
    pub(super) fn longest_chance(
        &self,
        wake_up: &WakeUpRow,
        from: Timestamp,
        until: Timestamp,
    ) -> SignedDuration {
        let meanwhile = |(down, up): (Timestamp, Timestamp)| down < until && from < up;
        let span = |call: &CallRow| (call.created_at, call.ended_at.unwrap_or(Timestamp::MAX));
        let others = self.evidence.calls.iter().filter(|call| meanwhile(span(call))).filter(|call| {
            self.placed_for(call).is_some_and(|attempt| {
                attempt.wake_up != wake_up.id && self.sleeper_of(attempt) == Some(wake_up.sleeper)
            })
        });
        let helpless = self.world().helpless.iter().copied().filter(|one| meanwhile(*one));
        let snoozes = self.snoozes_of(wake_up).filter(|one| meanwhile(*one));
        let mut unable: Vec<_> = helpless.chain(others.map(span)).chain(snoozes).collect();
        unable.sort_unstable();
        let mut longest = SignedDuration::ZERO;
        let mut free_since = from;
        for (down, up) in &unable {
            if *up <= free_since {
                continue;
            }
            longest = longest.max(down.duration_since(free_since));
            free_since = free_since.max(*up);
        }
        longest.max(until.duration_since(free_since))
    }
}
