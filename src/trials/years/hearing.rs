//! The daemon hears: voice requests, callbacks, the end of calls. As `calls::answer`, `calls::progress` and
//! `calls::finish` take them in.

use super::carrier::{Callee, CarrierNews};
use super::world::World;
use crate::calls::decide::{self, News};
use crate::coach::verdict::Verdict;
use crate::domain::attempt::Outcome;
use crate::domain::mode::CallMode;
use crate::domain::money::MicroDollars;
use crate::domain::proof::Proof;
use crate::domain::wake_up::{Command, End, Event as Happening};

impl World<'_> {
    /// The attempt that a call is about: the one in its address, or a later one of the same wake-up that
    /// has adopted it.
    fn attempt_of(&self, call: usize) -> usize {
        let named = self.carrier.calls[call].attempt;
        let same_wake_up = |holder: &usize| self.ledger.tries[*holder].row == self.ledger.tries[named].row;
        self.ledger.holder_of(call).filter(same_wake_up).unwrap_or(named)
    }

    /// What to say to whoever picked up; false to hang up.
    pub(super) fn answer(&mut self, call: usize) -> bool {
        let (attempt, now) = (self.attempt_of(call), self.clock());
        let Ok(bound) = self.ledger.bind_call(attempt, call, &self.carrier.calls[call].id) else {
            return false;
        };
        let (row, state) = (self.ledger.tries[attempt].row, &self.ledger.tries[attempt].attempt().state);
        if decide::is_surplus(bound, state, self.ledger.wake_up(row).phase) {
            return false;
        }
        if matches!(self.carrier.calls[call].callee, Callee::Machine { noticed: true }) {
            self.set_ending(attempt, Outcome::Voicemail);
            return false;
        }
        self.ledger.mark_answered(attempt, now);
        let (after, _) = self.ledger.wake_up(row).on(Happening::StillGoing, now);
        self.step(row, after);
        let realtime = self.ledger.tries[attempt].attempt().decision.mode == CallMode::Realtime;
        if realtime {
            // One model in twelve does not answer; then the call goes on without one.
            let works = self.chance(9_200);
            let breaker = self.ledger.breaker;
            self.ledger.breaker = if works { breaker.succeeded() } else { breaker.failed(now) };
            self.carrier.calls[call].stream_of = works.then_some(self.life);
        }
        true
    }

    fn set_ending(&mut self, attempt: usize, ending: Outcome) {
        self.ledger.tries[attempt].record.ending.get_or_insert(ending);
    }

    /// The coach has made up its mind: it is on disk before the call ends.
    pub(super) fn conclude(&mut self, call: usize) {
        let attempt = self.attempt_of(call);
        let cost = self.between(1_000, 90_000);
        let record = &mut self.ledger.tries[attempt].record;
        record.attempt.cost = MicroDollars(cost);
        match self.carrier.calls[call].callee {
            Callee::GetsUp => {
                let verdict = Verdict { proof: Proof::Conversation, evidence: String::new() };
                record.verdict.get_or_insert(verdict);
            }
            Callee::Snoozes => {
                let row = self.ledger.tries[attempt].row;
                let may = self.ledger.wake_up(row).may_snooze(self.clock());
                self.set_ending(attempt, if may { Outcome::Snoozed } else { Outcome::FellSilent });
            }
            _ => self.set_ending(attempt, Outcome::FellSilent),
        }
        self.note("the coach has made up its mind", attempt, String::new);
    }

    /// One status callback. A daemon that is down does not hear it, and it does not come again.
    pub(super) fn on_callback(&mut self, call: usize, news: CarrierNews, sequence: u32) {
        if !self.up || self.dies() {
            return;
        }
        let attempt = self.attempt_of(call);
        if !news.is_terminal() && !self.ledger.remember_callback(call, sequence) {
            return;
        }
        let Ok(bound) = self.ledger.bind_call(attempt, call, &self.carrier.calls[call].id) else { return };
        let (row, state) = (self.ledger.tries[attempt].row, &self.ledger.tries[attempt].attempt().state);
        match decide::on_news(bound, state, self.ledger.wake_up(row).phase, &news.status()) {
            News::Surplus => {
                self.note("a call too many", call, || format!("heard by attempt {attempt}"));
                self.hang_up(call, attempt, None);
            }
            News::Ended => {
                let machine = matches!(self.carrier.calls[call].callee, Callee::Machine { noticed: true });
                // The end is written down in a transaction of its own.
                if !self.dies() {
                    self.carrier_ended(attempt, news, machine);
                }
            }
            News::Noted => {}
        }
    }

    /// The call is over as far as the carrier is concerned.
    pub(super) fn carrier_ended(&mut self, attempt: usize, news: CarrierNews, machine: bool) {
        let outcome = decide::outcome_of(&self.ledger.tries[attempt].record, &news.status(), machine);
        self.finish(attempt, outcome);
    }

    /// An attempt whose call was ended by us is over.
    pub(super) fn on_finish(&mut self, attempt: usize, outcome: Outcome) {
        if !self.dies() {
            self.finish(attempt, outcome);
        }
    }

    /// Writes an attempt's outcome and the wake-up's next step in one transaction.
    pub(super) fn finish(&mut self, attempt: usize, outcome: Outcome) {
        let now = self.clock();
        if !self.ledger.finish_attempt(attempt, outcome, now) {
            return;
        }
        let row = self.ledger.tries[attempt].row;
        let cost = self.ledger.tries[attempt].attempt().cost;
        let mut wake_up = *self.ledger.wake_up(row);
        wake_up.spent += cost;
        let (after, command) = wake_up.on(Happening::AttemptEnded(outcome), now);
        self.step(row, after);
        self.note("an attempt is over", attempt, || outcome.name().to_owned());
        let Some(Command::Finish(end)) = command else { return };
        if end == End::Up && self.ledger.rows[row].occurrence.key.is_some() {
            self.woken_too(row, now);
        }
        self.note_end(row, end);
    }
}
