//! The carrier's side of a call: it rings, somebody answers or not, and the news of it go out, or get lost.

use super::carrier::{Callee, CarrierNews};
use super::habits::{DAY, HOUR, MINUTE, SECOND};
use super::queue::Event;
use super::world::World;
use crate::domain::attempt::Outcome;

impl World<'_> {
    /// A call has just been taken.
    pub(super) fn begin_ringing(&mut self, call: usize) {
        let pause = self.between(100, 900);
        self.queue.push(self.now + pause, Event::Call { call, news: CarrierNews::Initiated });
    }

    /// Something happens to a call.
    pub(super) fn on_call(&mut self, call: usize, news: CarrierNews) {
        if self.carrier.calls[call].ended_ms.is_some() {
            return;
        }
        if news.is_terminal() {
            self.carrier.end(call, news, self.now);
        } else {
            self.carrier.calls[call].last = Some(news);
        }
        self.note("a call goes on", call, || format!("{news:?}"));
        self.report(call, news);
        if let Some((pause, next)) = self.what_follows(call, news) {
            self.queue.push(self.now + pause, Event::Call { call, news: next });
        }
        if news == CarrierNews::InProgress {
            self.on_answered(call);
        }
    }

    fn what_follows(&mut self, call: usize, news: CarrierNews) -> Option<(i64, CarrierNews)> {
        let callee = self.carrier.calls[call].callee;
        let Callee::Stuck = callee else {
            return match news {
                CarrierNews::Initiated => Some(match callee {
                    Callee::Busy => (self.between(500, 3 * SECOND), CarrierNews::Busy),
                    Callee::OutOfReach => (self.between(500, 9 * SECOND), CarrierNews::Failed),
                    _ => (self.between(300, 3 * SECOND), CarrierNews::Ringing),
                }),
                CarrierNews::Ringing => {
                    let rings_for = self.rings_for(call);
                    match callee {
                        Callee::Away => Some((rings_for, CarrierNews::NoAnswer)),
                        // One in ten picks up at the last moment.
                        _ if self.chance(1_000) => Some((rings_for - 100, CarrierNews::InProgress)),
                        _ => Some((self.between(SECOND, rings_for), CarrierNews::InProgress)),
                    }
                }
                _ => None,
            };
        };
        None
    }

    fn rings_for(&self, call: usize) -> i64 {
        let row = self.ledger.tries[self.carrier.calls[call].attempt].row;
        i64::from(self.ledger.wake_up(row).policy.ring_secs) * SECOND
    }

    /// The news go out.
    fn report(&mut self, call: usize, news: CarrierNews) {
        let stored = &mut self.carrier.calls[call];
        let (sequence, bad) = (stored.told, stored.bad_news);
        stored.told += 1;
        if matches!(stored.callee, Callee::Stuck) {
            return;
        }
        if !bad {
            let pause = self.between(20, 700);
            self.queue.push(self.now + pause, Event::Callback { call, news, sequence });
            return;
        }
        if self.chance(3_500) {
            self.counts.lost_news += 1;
            return;
        }
        let copies = if self.chance(5_000) { self.between(1, 5) } else { 1 };
        for _ in 0..copies {
            let pause = match self.between(0, 99) {
                0..70 => self.between(20, 3 * SECOND),
                70..95 => self.between(SECOND, 10 * MINUTE),
                95..99 => self.between(MINUTE, HOUR),
                _ => self.between(HOUR, DAY),
            };
            self.queue.push(self.now + pause, Event::Callback { call, news, sequence });
        }
    }

    /// Somebody, or something, picked up: the daemon is asked what to say.
    fn on_answered(&mut self, call: usize) {
        if !self.up || self.dies() || !self.answer(call) {
            // Nobody to talk to, or nothing to say.
            let pause = self.between(SECOND, 9 * SECOND);
            self.queue.push(self.now + pause, Event::Call { call, news: CarrierNews::Completed });
            return;
        }
        if self.carrier.calls[call].callee == Callee::HangsUp {
            let pause = self.between(3 * SECOND, MINUTE);
            self.queue.push(self.now + pause, Event::Call { call, news: CarrierNews::Completed });
        } else {
            let pause = self.between(20 * SECOND, 6 * MINUTE);
            self.queue.push(self.now + pause, Event::Decide { call });
        }
    }

    /// The coach has made up its mind, if anybody is left to.
    pub(super) fn on_decide(&mut self, call: usize) {
        if self.carrier.calls[call].ended_ms.is_some() {
            return;
        }
        let held_by = self.carrier.calls[call].stream_of;
        let gone = !self.up || held_by.is_some_and(|life| life != self.life);
        let pause = self.between(200, 4 * SECOND);
        self.queue.push(self.now + pause, Event::Call { call, news: CarrierNews::Completed });
        if !gone && !self.dies() {
            self.conclude(call);
        }
    }

    /// The daemon's wish to end a call has reached the carrier.
    pub(super) fn on_hang_up(&mut self, call: usize, attempt: usize, then: Option<Outcome>) {
        if self.dies() || self.carrier.down || self.chance(self.habits.bad_request / 4) {
            return;
        }
        let news = match self.carrier.calls[call].last {
            Some(CarrierNews::InProgress) => CarrierNews::Completed,
            _ => CarrierNews::Canceled,
        };
        if self.carrier.end(call, news, self.now) {
            self.counts.hung_up += 1;
            self.note("a call is ended by us", call, String::new);
            // Of a call taken back in its queue the carrier says no more.
            if news == CarrierNews::Completed || self.chance(5_000) {
                self.report(call, news);
            }
        }
        if let Some(outcome) = then {
            let pause = self.between(20, 500);
            self.soon(pause, Event::Finish { attempt, outcome });
        }
    }
}
