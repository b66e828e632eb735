//! The daemon acts: what is due is claimed, an intent written down, the carrier asked. As `calls::act` and
//! `calls::dial` do it, with every decision made by the same functions.

use std::time::Duration;

use rand::RngExt as _;

use super::carrier::Callee;
use super::habits::SECOND;
use super::ledger::NumberBusy;
use super::queue::{Answer, Event};
use super::world::World;
use crate::calls::decide::{self, NotPlaced};
use crate::calls::pacer::Turn;
use crate::domain::attempt::{Attempt, AttemptKind, AttemptState, Outcome};
use crate::domain::ids::{AttemptId, Nonce};
use crate::domain::mode::{ModeReason, decide as decide_mode};
use crate::domain::money::MicroDollars;
use crate::domain::wake_up::{Command, End, Event as Happening, Lateness, WakeUp};
use crate::store::attempts::AttemptRecord;
use crate::telephony::error::{CarrierError, Cause};
use crate::telephony::status::CarrierStatus;

impl World<'_> {
    /// Acts on the first wake-up whose time has come.
    pub(super) fn dispatch(&mut self) {
        if self.chance(self.habits.nudged) {
            self.nudge();
        }
        if self.dies() {
            return;
        }
        if let Some(row) = self.ledger.first_due(self.clock()) {
            self.claim(row, Turn::Due);
        }
    }

    /// One step of the state machine in one transaction.
    pub(super) fn claim(&mut self, row: usize, turn: Turn) {
        let now = self.clock();
        if !decide::is_due(&self.ledger.rows[row].occurrence, now) || !self.has_slot(row, turn) {
            return;
        }
        let overtaken = self.gives_way(row, now);
        if !overtaken {
            self.absorb(row, now);
        }
        let event = decide::event_when_due(overtaken);
        let (after, command) = self.ledger.wake_up(row).on_settling(event, now, self.house.settle);
        match command {
            Some(Command::Call(kind, lateness)) => self.begin_call(row, after, kind, lateness),
            Some(Command::LookUp) => {
                self.step(row, after);
                self.look_up(row);
            }
            Some(Command::Finish(end)) => {
                self.step(row, after);
                self.note_end(row, end);
            }
            Some(Command::HangUp) | None => {}
        }
    }

    /// Takes a slot for a wake-up that would begin a call now. Without one nothing is written, and all of it is
    /// done again when there is one; so the slot is asked for first here, where nothing can be rolled back.
    fn has_slot(&mut self, row: usize, turn: Turn) -> bool {
        let now = self.clock();
        let occurrence = &self.ledger.rows[row].occurrence;
        let overtaken = decide::may_give_way(occurrence, now) && self.ledger.overtaker(row, now).is_some();
        let event = decide::event_when_due(overtaken);
        let (_, command) = occurrence.wake_up.on_settling(event, now, self.house.settle);
        let calls = matches!(command, Some(Command::Call(..)));
        let number = self.house.number_of(occurrence.sleeper);
        if !calls || self.ledger.holder_of_number(number).is_some() {
            return true;
        }
        let slot = self.line.take(turn, self.now);
        if let Err(free_at) = slot {
            self.counts.waited += 1;
            self.line.free_at = Some(free_at).filter(|_| turn == Turn::Due);
            self.note("the account may begin no other call", row, String::new);
        }
        slot.is_ok()
    }

    /// Stores a step of a wake-up.
    pub(super) fn step(&mut self, row: usize, after: WakeUp) {
        let fence = self.ledger.rows[row].occurrence.fence;
        self.ledger.save_step(row, fence, after);
    }

    fn begin_call(&mut self, row: usize, after: WakeUp, kind: AttemptKind, lateness: Lateness) {
        let now = self.clock();
        let record = self.intend(row, kind, lateness);
        let probes = record.attempt.decision.reason == ModeReason::BreakerProbe;
        let attempt = match self.ledger.add_attempt(row, record) {
            Ok(attempt) => attempt,
            Err(NumberBusy(holder)) => return self.wait_for_number(row, holder),
        };
        if probes {
            self.ledger.breaker = self.ledger.breaker.probing(now);
        }
        self.step(row, after);
        self.note("an intent is written down", attempt, || format!("{} for wake-up {row}", kind.name()));
        let pause = self.between(1, 300);
        self.soon(pause, Event::Post { attempt });
    }

    /// That phone is on another call of ours, which may have to give way.
    fn wait_for_number(&mut self, row: usize, holder: usize) {
        let (waiting, _) = self.ledger.wake_up(row).on(Happening::NumberBusy, self.clock());
        self.step(row, waiting);
        self.note("her number is busy with another call of ours", row, String::new);
        let stored = &self.ledger.tries[holder];
        let (held_for, call) = (&self.ledger.rows[stored.row].occurrence, stored.call);
        if decide::gives_way(held_for, &self.ledger.rows[row].occurrence)
            && let Some(call) = call
        {
            let answered = matches!(stored.attempt().state, AttemptState::Answered { .. });
            let status = if answered { CarrierStatus::Completed } else { CarrierStatus::Canceled };
            let outcome = decide::outcome_of(&stored.record, &status, false);
            self.counts.gave_way += 1;
            self.note("a call gives way", holder, String::new);
            self.hang_up(call, holder, Some(outcome));
        }
    }

    fn intend(&mut self, row: usize, kind: AttemptKind, lateness: Lateness) -> AttemptRecord {
        let now = self.clock();
        let occurrence = &self.ledger.rows[row].occurrence;
        let (id, wish, fence) = (occurrence.id, occurrence.wished_mode, occurrence.fence + 1);
        let sleeper = occurrence.sleeper;
        let breaker = self.ledger.breaker;
        let decision = decide_mode(wish, self.house.realtime, None, breaker, now, &mut self.rng);
        let attempt = Attempt {
            id: AttemptId::new(now, &mut self.rng),
            occurrence: id,
            sleeper,
            number: self.ledger.rows[row].attempts + 1,
            kind,
            to: self.house.number_of(sleeper).clone(),
            nonce: Nonce::new(&mut self.rng),
            decision,
            intent_at: now,
            state: AttemptState::Intended,
            fell_back: None,
            cost: MicroDollars::default(),
        };
        AttemptRecord::intended(attempt, lateness, fence)
    }

    /// The request leaves the daemon; what the carrier does with it is drawn.
    pub(super) fn on_post(&mut self, attempt: usize) {
        self.counts.posts += 1;
        let quick = self.between(40, 2_500);
        let answer = if self.carrier.down {
            // Half of all outages refuse at once, half let one wait.
            Answer::NotSent
        } else if self.chance(self.habits.bad_request) {
            match self.between(0, 99) {
                0..15 => Answer::Throttled,
                15..30 => Answer::NotSent,
                30..40 => Answer::Refused { lasting: self.chance(50) },
                40..70 => {
                    // The carrier takes the call, and nobody hears of it.
                    let accepted_after = self.between(0, 7 * SECOND);
                    self.queue.push(self.now + accepted_after, Event::Accept { attempt });
                    Answer::Unknown
                }
                _ => Answer::Unknown,
            }
        } else {
            Answer::Placed(self.take_call(attempt))
        };
        let pause = match answer {
            Answer::Unknown if self.chance(5_000) => 10 * SECOND,
            _ => quick,
        };
        self.note("the carrier is asked for a call", attempt, || format!("{answer:?}"));
        self.soon(pause, Event::Answer { attempt, answer });
    }

    /// A call whose answer got lost is taken all the same.
    pub(super) fn on_accept(&mut self, attempt: usize) {
        if !self.carrier.down {
            self.take_call(attempt);
        }
    }

    fn take_call(&mut self, attempt: usize) -> usize {
        let callee = self.draw_callee();
        let bad_news = self.chance(self.habits.bad_news);
        // Shorter than the time that we let the carrier settle, less what the clock may do meanwhile.
        let longest_lag = self.house.settle_ms() - 2 * SECOND;
        let lag = if self.chance(self.habits.bad_request) { self.between(0, longest_lag) } else { 0 };
        let call = self.carrier.take(attempt, self.now, lag, callee, bad_news);
        self.counts.calls += 1;
        self.note("the carrier takes a call", call, || format!("for attempt {attempt}: {callee:?}"));
        self.begin_ringing(call);
        call
    }

    fn draw_callee(&mut self) -> Callee {
        if !self.chance(self.habits.sleepy) {
            return Callee::GetsUp;
        }
        match self.rng.random_range(0..1_000) {
            0..200 => Callee::Busy,
            200..500 => Callee::Away,
            500..550 => Callee::OutOfReach,
            550..650 => Callee::Machine { noticed: true },
            650..700 => Callee::Machine { noticed: false },
            700..800 => Callee::HangsUp,
            800..900 => Callee::FallsAsleep,
            900..990 => Callee::Snoozes,
            _ => Callee::Stuck,
        }
    }

    /// The carrier's answer is read.
    pub(super) fn on_answer(&mut self, attempt: usize, answer: Answer) {
        if self.dies() {
            return;
        }
        let error = match answer {
            Answer::Placed(call) => return self.placed(attempt, call),
            Answer::Throttled => {
                let retry_after = self.chance(5_000).then(|| Duration::from_secs(7));
                self.line.hold(retry_after, self.now);
                CarrierError::Throttled { retry_after }
            }
            Answer::NotSent => CarrierError::NotSent(Cause::Address),
            Answer::Refused { lasting } => {
                CarrierError::Refused { code: None, status: 400, message: String::new(), lasting }
            }
            Answer::Unknown => CarrierError::Unknown(Cause::Status(500)),
        };
        match decide::not_placed(&error) {
            NotPlaced::Over(outcome) => self.finish(attempt, outcome),
            NotPlaced::Unknown => {
                if self.ledger.mark_unknown(attempt) {
                    let (row, now) = (self.ledger.tries[attempt].row, self.clock());
                    let unknown = Happening::PlacingUnknown;
                    let (after, _) = self.ledger.wake_up(row).on_settling(unknown, now, self.house.settle);
                    self.step(row, after);
                }
                self.note("what became of a request is unknown", attempt, String::new);
            }
        }
    }

    fn placed(&mut self, attempt: usize, call: usize) {
        let now = self.clock();
        let Ok(bound) = self.ledger.bind_call(attempt, call, &self.carrier.calls[call].id) else {
            // Not written down: the row still says "intended", and the look-up finds out.
            return;
        };
        let (row, state) = (self.ledger.tries[attempt].row, &self.ledger.tries[attempt].attempt().state);
        let surplus = decide::is_surplus(bound, state, self.ledger.wake_up(row).phase);
        if bound && state.is_open() {
            let (after, _) = self.ledger.wake_up(row).on(Happening::Placed, now);
            self.step(row, after);
        }
        if surplus {
            self.hang_up(call, attempt, bound.then_some(Outcome::Canceled));
        }
    }

    /// Asks the carrier to end a call, and ends the attempt like this once it has.
    pub(super) fn hang_up(&mut self, call: usize, attempt: usize, then: Option<Outcome>) {
        let pause = self.between(30, 900);
        self.soon(pause, Event::HangUp { call, attempt, then });
    }

    /// Who is told of a wake-up's end.
    pub(super) fn note_end(&mut self, row: usize, end: End) {
        self.note("a wake-up is over", row, || end.name().to_owned());
        if self.ledger.rows[row].occurrence.key.is_some() && end.is_missed() {
            self.ledger.alerts.push(row);
        }
    }
}
