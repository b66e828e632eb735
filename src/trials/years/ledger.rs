//! Our own ledger in memory, with the store's semantics: unique civil keys, one live call to a number, a
//! fence that every step must meet. It outlives every crash, and nothing else does.

use std::cell::Cell;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::attempt::{Attempt, AttemptState, Outcome};
use crate::domain::ids::{CallId, OccurrenceId, ScheduleId};
use crate::domain::mode::Breaker;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::{End, Phase, WakeUp};
use crate::scheduler::plan::steps::Step;
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::{CivilKey, Occurrence};
use crate::trials::checker::{Violation, Watch};

/// A wake-up, and what the store has beside it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) occurrence: Occurrence,
    /// When it was asked to be at the time at which it stands; [`Timestamp::MIN`] for what follows from older wishes.
    pub(super) stands_since: Timestamp,
    pub(super) attempts: u32,
    pub(super) withdrawn: bool,
}

/// An attempt, and what the store has beside it.
#[derive(Debug)]
pub(super) struct Try {
    pub(super) record: AttemptRecord,
    /// The row it serves.
    pub(super) row: usize,
    /// The carrier's call, by its place in the carrier's ledger.
    pub(super) call: Option<usize>,
    /// Given up without the carrier's list.
    pub(super) blind: bool,
}

impl Try {
    pub(super) fn attempt(&self) -> &Attempt {
        &self.record.attempt
    }
}

/// When the next wake-ups want to act.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct NextAction {
    /// One with a call under way, which is only looked at.
    pub(super) looks_at: Option<Timestamp>,
    /// One that wants to call.
    pub(super) calls_at: Option<Timestamp>,
}

/// The number has a live call, by this attempt.
#[derive(Debug)]
pub(super) struct NumberBusy(pub(super) usize);

/// That call belongs to another attempt.
#[derive(Debug)]
pub(super) struct CallTaken;

/// The ledger.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) rows: Vec<Row>,
    pub(super) tries: Vec<Try>,
    keys: BTreeMap<CivilKey, usize>,
    by_id: BTreeMap<OccurrenceId, usize>,
    /// Rows that have not ended.
    live: Vec<usize>,
    /// Dates noted as missing in their zone.
    missing: Vec<usize>,
    /// Attempts that have not ended.
    open: Vec<usize>,
    /// The attempt that each call of the carrier is bound to.
    bound: Vec<Option<usize>>,
    /// Callbacks that came before, a bit each, by the call.
    seen: Vec<u64>,
    /// When the next wake-up wants to act, as long as that is known.
    next_action: Cell<Option<NextAction>>,
    pub(super) breaker: Breaker,
    /// Wake-ups of which somebody was told that they were missed.
    pub(super) alerts: Vec<usize>,
    pub(super) watch: Watch,
    pub(super) violations: Vec<Violation>,
}

impl Ledger {
    /// When the next wake-up wants to act.
    pub(super) fn next_action_at(&self) -> Option<Timestamp> {
        let NextAction { looks_at, calls_at } = self.next_actions();
        looks_at.into_iter().chain(calls_at).min()
    }

    /// The same, by what it wants to do.
    pub(super) fn next_actions(&self) -> NextAction {
        if let Some(known) = self.next_action.get() {
            return known;
        }
        let mut next = NextAction::default();
        for row in &self.live {
            let wake_up = self.wake_up(*row);
            let Some(at) = wake_up.act_at else { continue };
            let first = match wake_up.phase {
                Phase::Calling => &mut next.looks_at,
                _ => &mut next.calls_at,
            };
            if first.is_none_or(|first| at < first) {
                *first = Some(at);
            }
        }
        self.next_action.set(Some(next));
        next
    }

    fn changed(&self) {
        self.next_action.set(None);
    }

    /// The wake-up to act on first of those whose time has come: those with a call under way, and then those
    /// that want to call, the most overdue first.
    pub(super) fn first_due(&self, now: Timestamp) -> Option<usize> {
        let due = self.live.iter().copied().filter_map(|row| {
            let occurrence = &self.rows[row].occurrence;
            let at = occurrence.wake_up.act_at.filter(|at| *at <= now)?;
            Some((occurrence.wake_up.phase != Phase::Calling, at, occurrence.id, row))
        });
        due.min().map(|(.., row)| row)
    }

    pub(super) fn wake_up(&self, row: usize) -> &WakeUp {
        &self.rows[row].occurrence.wake_up
    }

    /// Rows that have not ended.
    pub(super) fn live(&self) -> &[usize] {
        &self.live
    }

    /// Writes a wake-up down; `None` when that morning was planned before.
    pub(super) fn plan(&mut self, occurrence: Occurrence, since: Timestamp) -> Option<usize> {
        let row = self.rows.len();
        if let Some(key) = occurrence.key {
            if self.keys.contains_key(&key) {
                return None;
            }
            self.keys.insert(key, row);
        }
        self.by_id.insert(occurrence.id, row);
        self.changed();
        if matches!(occurrence.wake_up.phase, Phase::Ended(_)) {
            self.missing.push(row);
        } else {
            self.live.push(row);
        }
        self.rows.push(Row { occurrence, stands_since: since, attempts: 0, withdrawn: false });
        Some(row)
    }

    /// The rows of a schedule with which nothing has happened yet.
    pub(super) fn unstarted_of(&self, schedule: ScheduleId) -> impl Iterator<Item = &Occurrence> {
        let rows = self.live.iter().chain(&self.missing).map(|row| &self.rows[*row].occurrence);
        rows.filter(move |row| {
            matches!(row.wake_up.phase, Phase::Planned | Phase::Ended(End::NoSuchDate))
                && row.key.is_some_and(|key| key.schedule == schedule)
        })
    }

    /// Carries one step of planning out.
    pub(super) fn carry_out(&mut self, step: Step, since: Timestamp) {
        match step {
            Step::Add(occurrence) | Step::NoteMissing(occurrence) => {
                self.plan(*occurrence, since);
            }
            Step::Revise(revision) => self.revise(revision.revised, since),
            Step::Withdraw(id) => self.withdraw(id),
        }
    }

    fn revise(&mut self, revised: Occurrence, since: Timestamp) {
        let Some(row) = self.by_id.get(&revised.id).copied() else { return };
        let Row { occurrence: stored, stands_since, .. } = &mut self.rows[row];
        if stored.wake_up.phase == Phase::Planned {
            if stored.wake_up.due_at != revised.wake_up.due_at {
                *stands_since = since;
            }
            let fence = stored.fence;
            *stored = Occurrence { fence, ..revised };
            self.changed();
        }
    }

    fn withdraw(&mut self, id: OccurrenceId) {
        let Some(row) = self.by_id.get(&id).copied() else { return };
        let stored = &mut self.rows[row];
        if !matches!(stored.occurrence.wake_up.phase, Phase::Planned | Phase::Ended(End::NoSuchDate)) {
            return;
        }
        stored.withdrawn = true;
        let key = stored.occurrence.key;
        if let Some(key) = key {
            self.keys.remove(&key);
        }
        self.changed();
        self.live.retain(|live| *live != row);
        self.missing.retain(|missing| *missing != row);
    }

    /// Stores a step; the fence must be where it was read.
    pub(super) fn save_step(&mut self, row: usize, fence: u32, after: WakeUp) {
        let stored = &mut self.rows[row].occurrence;
        assert_eq!(stored.fence, fence, "two steps of one wake-up at once");
        stored.fence += 1;
        let was_over = matches!(stored.wake_up.phase, Phase::Ended(_));
        stored.wake_up = after;
        let (id, end) = match after.phase {
            Phase::Ended(end) => (stored.id, Some(end)),
            _ => (stored.id, None),
        };
        self.changed();
        if end.is_some() {
            self.live.retain(|live| *live != row);
        }
        // Of one that goes on as before there is nothing to see.
        if end.is_some() || was_over {
            self.violations.extend(self.watch.see_wake_up(id, end));
        }
    }

    /// Writes an intent down, unless her number has a live call.
    pub(super) fn add_attempt(&mut self, row: usize, record: AttemptRecord) -> Result<usize, NumberBusy> {
        if let Some(holder) = self.holder_of_number(&record.attempt.to) {
            return Err(NumberBusy(holder));
        }
        let number = self.tries.len();
        self.open.push(number);
        self.rows[row].attempts += 1;
        self.tries.push(Try { record, row, call: None, blind: false });
        Ok(number)
    }

    /// The attempt that is on the line with a number.
    pub(super) fn holder_of_number(&self, number: &PhoneNumber) -> Option<usize> {
        self.open.iter().copied().find(|open| self.tries[*open].attempt().to == *number)
    }

    /// The attempt of a row that is not over.
    pub(super) fn open_attempt(&self, row: usize) -> Option<usize> {
        self.open.iter().copied().find(|number| self.tries[*number].row == row)
    }

    /// An attempt that is open although its wake-up has ended.
    pub(super) fn left_over(&self) -> Option<usize> {
        let over = |number: &usize| matches!(self.wake_up(self.tries[*number].row).phase, Phase::Ended(_));
        self.open.iter().copied().find(over)
    }

    /// Binds the carrier's call to an attempt; false when it has another.
    pub(super) fn bind_call(&mut self, number: usize, call: usize, id: &CallId) -> Result<bool, CallTaken> {
        if self.holder_of(call).is_some_and(|holder| holder != number) {
            return Err(CallTaken);
        }
        let stored = &mut self.tries[number];
        if stored.call.is_some_and(|bound| bound != call) {
            return Ok(false);
        }
        stored.call = Some(call);
        if self.bound.len() <= call {
            self.bound.resize(call + 1, None);
        }
        self.bound[call] = Some(number);
        let state = &mut stored.record.attempt.state;
        match state {
            AttemptState::Intended | AttemptState::Unknown => {
                *state = AttemptState::Placed { call: id.clone() };
            }
            AttemptState::Finished { call, .. } => *call = Some(id.clone()),
            AttemptState::Placed { .. } | AttemptState::Answered { .. } => {}
        }
        Ok(true)
    }

    /// The attempt that a call is bound to.
    pub(super) fn holder_of(&self, call: usize) -> Option<usize> {
        self.bound.get(call).copied().flatten()
    }

    pub(super) fn mark_unknown(&mut self, number: usize) -> bool {
        let state = &mut self.tries[number].record.attempt.state;
        let fresh = *state == AttemptState::Intended;
        if fresh {
            *state = AttemptState::Unknown;
        }
        fresh
    }

    pub(super) fn mark_answered(&mut self, number: usize, now: Timestamp) -> bool {
        let state = &mut self.tries[number].record.attempt.state;
        let AttemptState::Placed { call } = state else { return false };
        *state = AttemptState::Answered { call: call.clone(), answered_at: now };
        true
    }

    /// Ends an attempt; false when it had ended before.
    pub(super) fn finish_attempt(&mut self, number: usize, outcome: Outcome, now: Timestamp) -> bool {
        let stored = &mut self.tries[number];
        let state = &mut stored.record.attempt.state;
        if !state.is_open() {
            return false;
        }
        let call = state.call().cloned();
        *state = AttemptState::Finished { call, outcome, finished_at: now };
        let (id, row) = (stored.record.attempt.id, stored.row);
        self.open.retain(|open| *open != number);
        let wake_up = self.rows[row].occurrence.id;
        self.violations.extend(self.watch.see_attempt(id, wake_up, Some(outcome)));
        true
    }

    /// Remembers a callback; false when it was seen before.
    pub(super) fn remember_callback(&mut self, call: usize, sequence: u32) -> bool {
        if self.seen.len() <= call {
            self.seen.resize(call + 1, 0);
        }
        let bit = 1 << sequence;
        let fresh = self.seen[call] & bit == 0;
        self.seen[call] |= bit;
        fresh
    }

    /// The newest wake-up of a schedule that rang, or was about to, and when.
    pub(super) fn last_ring(&self, schedule: ScheduleId) -> Option<(CivilKey, Timestamp)> {
        let rows = self.rows.iter().filter(|row| !row.withdrawn).filter_map(|row| {
            let key = row.occurrence.key.filter(|key| key.schedule == schedule)?;
            let wake_up = &row.occurrence.wake_up;
            // One whose place another took rang with that one.
            let rang =
                matches!(wake_up.phase, Phase::Calling | Phase::Waiting(_) | Phase::Ended(End::Coalesced))
                    || wake_up.calls > 0;
            rang.then_some((wake_up.first_call_at.unwrap_or(wake_up.due_at), key))
        });
        rows.max_by_key(|(at, _)| *at).map(|(at, key)| (key, at))
    }
}
