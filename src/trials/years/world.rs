//! One life: a person, her schedules, the daemon that wakes her, the carrier, and everything that goes wrong.
//!
//! Time is the true one, in milliseconds; the daemon's clock may be off by a little. What the daemon holds in
//! memory is the events that carry its life's number: a crash makes a new life, and those events are void.

use jiff::{SignedDuration, Timestamp};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use super::carrier::Carrier;
use super::habits::{DAY, HOUR, Habits, MINUTE, SECOND};
use super::household::Household;
use super::ledger::{Ledger, NextAction};
use super::line::Line;
use super::queue::{Event, Queue};
use super::tally::Counts;
use super::trace::Trace;
use super::zonebook::Zonebook;

/// The daemon's clock is never further off than this, ahead or behind.
pub(super) const AHEAD_AT_MOST: i64 = SECOND;
pub(super) const BEHIND_AT_MOST: i64 = 2 * SECOND;
/// The first simulated instant of all: 2024-01-01T00:00:00Z.
const EPOCH: i64 = 1_704_067_200 * SECOND;
/// Lives begin within so many days of it.
const BEGIN_WITHIN_DAYS: i64 = 12 * 365;
/// What was due on the last evening has until then to end.
const QUIET: i64 = 12 * HOUR;

/// A life.
pub(super) struct World<'a> {
    pub(super) zones: &'a Zonebook,
    pub(super) rng: Xoshiro256PlusPlus,
    pub(super) habits: Habits,
    /// The true time.
    pub(super) now: i64,
    /// The last instant of this life.
    pub(super) until: i64,
    /// How far the daemon's clock is ahead.
    pub(super) skew: i64,
    pub(super) queue: Queue,
    pub(super) ledger: Ledger,
    pub(super) carrier: Carrier,
    pub(super) house: Household,
    pub(super) line: Line,
    /// Whether the daemon runs, and for how many crashes it has lived.
    pub(super) up: bool,
    pub(super) life: u32,
    pub(super) up_since: i64,
    helpless_since: Option<i64>,
    pub(super) helpless: Vec<(i64, i64)>,
    left_over_set: bool,
    pub(super) counts: Counts,
    pub(super) trace: Trace,
}

impl<'a> World<'a> {
    pub(super) fn new(zones: &'a Zonebook, seed: u64, days: u32, traced: bool) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let habits = Habits::draw(&mut rng);
        let now = EPOCH + rng.random_range(0..BEGIN_WITHIN_DAYS * DAY);
        let house = Household::draw(zones, now, &mut rng);
        Self {
            zones,
            rng,
            habits,
            now,
            until: now + i64::from(days) * DAY + QUIET,
            skew: 0,
            queue: Queue::default(),
            ledger: Ledger::default(),
            carrier: Carrier::default(),
            line: Line::new(house.calls_per_second, now),
            house,
            up: true,
            life: 0,
            up_since: now,
            helpless_since: None,
            helpless: Vec::new(),
            left_over_set: false,
            counts: Counts::default(),
            trace: Trace::new(traced),
        }
    }

    /// Lives it to its end.
    pub(super) fn live(&mut self) {
        self.begin();
        loop {
            let due_at = self.next_dispatch();
            let next = match (due_at, self.queue.next_at()) {
                (Some(due), Some(queued)) => due.min(queued),
                (Some(at), None) | (None, Some(at)) => at,
                (None, None) => break,
            };
            if next > self.until {
                break;
            }
            self.now = self.now.max(next);
            if due_at.is_some_and(|due| due <= next) {
                self.dispatch();
            } else if let Some((life, event)) = self.queue.pop() {
                // What a dead daemon had in mind does not happen.
                if life.is_none_or(|life| self.up && life == self.life) {
                    self.happen(event);
                }
            }
            self.watch_for_left_overs();
        }
        self.helpless_ends(self.until);
    }

    fn begin(&mut self) {
        self.plan_all();
        let (owner, stop, outage) =
            (self.habits.owner_pause_ms, self.habits.stop_pause_ms, self.habits.outage_pause_ms);
        self.after_about(owner, Event::OwnerActs);
        self.after_about(outage, Event::OutageBegins { for_ms: 0 });
        self.after_about(stop, Event::Stop { for_ms: 0 });
        self.after_about(2 * DAY, Event::ClockIsSet);
        if self.chance(300) {
            self.after_about(100 * DAY, Event::ZoneData);
        }
        let life = self.life;
        self.queue.push_in_memory(self.now + DAY, life, Event::Plan);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Plan => self.on_plan(),
            Event::LeftOver => self.on_left_over(),
            Event::Post { attempt } => self.on_post(attempt),
            Event::Accept { attempt } => self.on_accept(attempt),
            Event::Answer { attempt, answer } => self.on_answer(attempt, answer),
            Event::Listed { attempt } => self.on_listed(attempt),
            Event::Fetched { attempt } => self.on_fetched(attempt),
            Event::HangUp { call, attempt, then } => self.on_hang_up(call, attempt, then),
            Event::Finish { attempt, outcome } => self.on_finish(attempt, outcome),
            Event::Call { call, news } => self.on_call(call, news),
            Event::Callback { call, news, sequence } => self.on_callback(call, news, sequence),
            Event::Decide { call } => self.on_decide(call),
            Event::Stop { for_ms } => self.on_stop(for_ms),
            Event::Start => self.on_start(),
            Event::OutageBegins { for_ms } => self.on_outage(for_ms),
            Event::OutageEnds => {
                self.carrier.down = false;
                self.note("the carrier is back", 0, String::new);
                self.helpless_if_so();
            }
            Event::ClockIsSet => self.on_clock(),
            Event::OwnerActs => self.on_owner(),
            Event::ZoneData => self.on_zone_data(),
        }
    }

    /// The daemon's clock.
    pub(super) fn clock(&self) -> Timestamp {
        instant(self.now + self.skew)
    }

    /// When the daemon next looks at what is due, by the true time.
    fn next_dispatch(&self) -> Option<i64> {
        if !self.up {
            return None;
        }
        let NextAction { looks_at, calls_at } = self.ledger.next_actions();
        let by_true_time = |at: Timestamp| (at.as_millisecond() - self.skew).max(self.now);
        let slot_at = self.line.free_at.unwrap_or(self.now);
        let calls_at = calls_at.map(|at| by_true_time(at).max(slot_at));
        looks_at.map(by_true_time).into_iter().chain(calls_at).min()
    }

    // Chance.

    /// True in so many of ten thousand cases.
    pub(super) fn chance(&mut self, in_ten_thousand: u32) -> bool {
        in_ten_thousand > 0 && self.rng.next_u32() % 10_000 < in_ten_thousand
    }

    pub(super) fn between(&mut self, from: i64, until: i64) -> i64 {
        self.rng.random_range(from..=until)
    }

    /// After a pause that is drawn around a mean.
    pub(super) fn after_about(&mut self, mean_ms: i64, event: Event) {
        let pause = self.between(0, 2 * mean_ms);
        self.queue.push(self.now + pause, event);
    }

    /// In the daemon's memory, after a pause.
    pub(super) fn soon(&mut self, pause_ms: i64, event: Event) {
        let life = self.life;
        self.queue.push_in_memory(self.now + pause_ms, life, event);
    }

    pub(super) fn note(&mut self, what: &'static str, which: usize, words: impl FnOnce() -> String) {
        self.trace.note(self.now, what, which, words);
    }

    // Crashes, outages, clocks.

    /// Whether the daemon is killed at this very step; if so, it has been.
    pub(super) fn dies(&mut self) -> bool {
        let dies = self.chance(self.habits.dies);
        if dies {
            self.counts.crashes += 1;
            let down_for = match self.between(0, 99) {
                0..70 => self.between(200, 5 * SECOND),
                70..97 => self.between(5 * SECOND, 2 * MINUTE),
                _ => self.between(2 * MINUTE, 3 * HOUR),
            };
            self.crash(down_for);
        }
        dies
    }

    fn crash(&mut self, down_for: i64) {
        self.up = false;
        self.life += 1;
        self.left_over_set = false;
        self.line = Line::new(self.house.calls_per_second, self.now);
        self.note("the daemon dies", self.life as usize, || format!("for {down_for} ms"));
        self.helpless_if_so();
        self.queue.push(self.now + down_for, Event::Start);
    }

    fn on_stop(&mut self, for_ms: i64) {
        if for_ms == 0 {
            // The next one, and this one, perhaps just when something is due.
            let mean = self.habits.stop_pause_ms;
            self.after_about(mean, Event::Stop { for_ms: 0 });
            let down_for = if self.chance(3_000) {
                self.between(MINUTE, 12 * HOUR)
            } else {
                self.between(SECOND, 30 * MINUTE)
            };
            let at = self.near_something_due();
            self.queue.push(at, Event::Stop { for_ms: down_for });
        } else if self.up {
            self.counts.stops += 1;
            self.crash(for_ms);
        }
    }

    fn on_start(&mut self) {
        if self.up {
            return;
        }
        (self.up, self.up_since) = (true, self.now);
        self.note("the daemon starts", self.life as usize, String::new);
        self.helpless_if_so();
        self.plan_all();
        let pause = self.between(HOUR, 3 * DAY);
        self.soon(pause, Event::Plan);
    }

    fn on_outage(&mut self, for_ms: i64) {
        if for_ms == 0 {
            let mean = self.habits.outage_pause_ms;
            self.after_about(mean, Event::OutageBegins { for_ms: 0 });
            let down_for = if self.chance(2_000) {
                self.between(MINUTE, 5 * HOUR)
            } else {
                self.between(SECOND, 5 * MINUTE)
            };
            let at = self.near_something_due();
            self.queue.push(at, Event::OutageBegins { for_ms: down_for });
        } else if !self.carrier.down {
            self.carrier.down = true;
            self.counts.outages += 1;
            self.note("the carrier is out of reach", 0, || format!("for {for_ms} ms"));
            self.helpless_if_so();
            self.queue.push(self.now + for_ms, Event::OutageEnds);
        }
    }

    /// An instant at which trouble hurts: around the next wake-up, or any.
    pub(super) fn near_something_due(&mut self) -> i64 {
        let next = self.ledger.next_action_at().map(Timestamp::as_millisecond);
        match next.filter(|_| self.chance(6_000)) {
            Some(at) => (at + self.between(-90 * SECOND, 5 * MINUTE)).max(self.now),
            None => self.now + self.between(0, DAY),
        }
    }

    fn on_clock(&mut self) {
        self.after_about(2 * DAY, Event::ClockIsSet);
        self.nudge();
    }

    /// The clock jitters, or is set back a little.
    pub(super) fn nudge(&mut self) {
        self.skew = self.between(-BEHIND_AT_MOST, AHEAD_AT_MOST);
        let skew = self.skew;
        self.note("the clock is set", 0, || format!("to {skew} ms"));
    }

    fn helpless_if_so(&mut self) {
        if !self.up || self.carrier.down {
            self.helpless_since.get_or_insert(self.now);
        } else {
            self.helpless_ends(self.now);
        }
    }

    fn helpless_ends(&mut self, at: i64) {
        if let Some(since) = self.helpless_since.take() {
            self.helpless.push((since, at));
        }
    }

    /// The daemon looks each minute whether a call is left over.
    fn watch_for_left_overs(&mut self) {
        if self.up && !self.left_over_set && self.ledger.left_over().is_some() {
            self.left_over_set = true;
            let pause = self.between(0, MINUTE);
            self.soon(pause, Event::LeftOver);
        }
    }

    fn on_left_over(&mut self) {
        self.left_over_set = false;
        if self.dies() {
            return;
        }
        if let Some(attempt) = self.ledger.left_over() {
            self.ask_about(attempt);
        }
    }

    /// How far apart the two ledgers' clocks may be.
    pub(super) fn clocks_differ_by() -> SignedDuration {
        SignedDuration::from_millis(AHEAD_AT_MOST + BEHIND_AT_MOST)
    }
}

/// An instant of a simulated life, all of which lie well within the calendar.
pub(super) fn instant(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}
