//! The daemon looks: what became of an attempt that nothing was heard of. As `calls::look_up` does it.

use super::habits::SECOND;
use super::queue::Event;
use super::world::World;
use crate::calls::decide::{self, Fate, Question};
use crate::domain::attempt::Outcome;
use crate::domain::wake_up::{Command, Event as Happening};
use crate::telephony::error::{CarrierError, Cause};

/// As the daemon is configured when nobody says anything else.
const LONGEST_CALL: std::time::Duration = std::time::Duration::from_mins(8);

impl World<'_> {
    /// Settles the open attempt of a wake-up, or leaves it for the next look.
    pub(super) fn look_up(&mut self, row: usize) {
        if self.dies() {
            return;
        }
        if let Some(attempt) = self.ledger.open_attempt(row) {
            return self.ask_about(attempt);
        }
        // Nothing is open although a call should be: the next step is due all the same.
        let now = self.clock();
        let (after, command) = self.ledger.wake_up(row).on(Happening::AttemptEnded(Outcome::Lost), now);
        self.step(row, after);
        if let Some(Command::Finish(end)) = command {
            self.note_end(row, end);
        }
    }

    /// Asks the carrier about an attempt.
    pub(super) fn ask_about(&mut self, attempt: usize) {
        let pause = if self.chance(500) { self.between(SECOND, 5 * SECOND) } else { self.between(40, 800) };
        match decide::question(self.ledger.tries[attempt].attempt(), LONGEST_CALL) {
            Question::Calls(_) => self.soon(pause, Event::Listed { attempt }),
            Question::Fate { .. } => self.soon(pause, Event::Fetched { attempt }),
            Question::Nothing => {}
        }
    }

    /// The carrier's list of calls to her number has come, or has not.
    pub(super) fn on_listed(&mut self, attempt: usize) {
        if self.dies() {
            return;
        }
        let now = self.clock();
        let asked = self.ledger.tries[attempt].attempt();
        let sleeper = asked.sleeper;
        let Question::Calls(back_to) = decide::question(asked, LONGEST_CALL) else { return };
        let fails = self.chance(self.habits.bad_request / 2);
        let error = match (self.carrier.down, fails) {
            (true, _) => Some(CarrierError::NotSent(Cause::Address)),
            (false, true) => Some(CarrierError::Unknown(Cause::Status(500))),
            (false, false) => None,
        };
        if let Some(error) = error {
            let intent_at = self.ledger.tries[attempt].attempt().intent_at;
            if decide::dials_blindly(intent_at, self.house.settle, &error, now) {
                self.note("dialling without a look-up", attempt, String::new);
                self.ledger.tries[attempt].blind = true;
                self.counts.blind += 1;
                self.finish(attempt, Outcome::Lost);
            }
            return;
        }
        let listed = self.carrier.list(back_to.as_millisecond(), self.now).filter(|call| {
            let placed_for = self.carrier.calls[*call].attempt;
            self.ledger.tries[placed_for].attempt().sleeper == sleeper
        });
        let unknown = listed.filter(|call| self.ledger.holder_of(*call).is_none());
        let unknown: Vec<usize> = unknown.collect();
        let described = unknown.iter().map(|call| self.carrier.describe(*call)).collect();
        if let Some((found, too_many)) = decide::to_adopt(described) {
            let number = |id| unknown.iter().copied().find(|call| self.carrier.calls[*call].id == id);
            let found = number(found.id);
            let too_many: Vec<usize> = too_many.into_iter().filter_map(|call| number(call.id)).collect();
            for call in too_many {
                self.note("a call too many", call, || format!("found for attempt {attempt}"));
                self.hang_up(call, attempt, None);
            }
            if let Some(call) = found {
                return self.adopt(attempt, call);
            }
        }
        self.note("the carrier knows of no such call", attempt, String::new);
        self.finish(attempt, Outcome::NotPlaced);
    }

    fn adopt(&mut self, attempt: usize, call: usize) {
        let (row, now) = (self.ledger.tries[attempt].row, self.clock());
        if !self.ledger.tries[attempt].attempt().state.is_open() {
            return;
        }
        let Ok(true) = self.ledger.bind_call(attempt, call, &self.carrier.calls[call].id) else { return };
        self.counts.adopted += 1;
        self.note("found the call that the carrier had taken", attempt, || format!("call {call}"));
        let (after, _) = self.ledger.wake_up(row).on(Happening::Placed, now);
        self.step(row, after);
        let over = decide::is_over(self.ledger.wake_up(row).phase);
        match self.carrier.calls[call].last.filter(|last| last.is_terminal()) {
            Some(last) => self.carrier_ended(attempt, last, false),
            None if over => self.take_back(attempt, call),
            None => {}
        }
    }

    /// The carrier's word on one call has come, or has not.
    pub(super) fn on_fetched(&mut self, attempt: usize) {
        if self.dies() || self.carrier.down || self.chance(self.habits.bad_request / 2) {
            return;
        }
        let now = self.clock();
        let stored = &self.ledger.tries[attempt];
        let (row, Some(call)) = (stored.row, stored.call) else { return };
        let Question::Fate { since, limit, .. } = decide::question(stored.attempt(), LONGEST_CALL) else {
            return;
        };
        let found = self.carrier.describe(call);
        match decide::fate(stored.attempt(), Some(&found), since, limit, now) {
            Fate::Unheard => self.finish(attempt, Outcome::Lost),
            Fate::Ended { status, machine } => {
                let outcome = decide::outcome_of(&self.ledger.tries[attempt].record, &status, machine);
                self.finish(attempt, outcome);
            }
            Fate::Stuck(outcome) => {
                self.note("a call is stuck", call, String::new);
                self.hang_up(call, attempt, Some(outcome));
            }
            Fate::GoesOn if decide::is_over(self.ledger.wake_up(row).phase) => self.take_back(attempt, call),
            Fate::GoesOn => {
                let (after, _) = self.ledger.wake_up(row).on(Happening::StillGoing, now);
                self.step(row, after);
            }
        }
    }

    /// Ends the call of a wake-up that was cancelled.
    pub(super) fn take_back(&mut self, attempt: usize, call: usize) {
        let then = decide::taken_back(self.ledger.tries[attempt].attempt());
        self.hang_up(call, attempt, then);
    }
}
