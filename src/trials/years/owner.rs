//! What the owner does to the schedules: each act is one transaction, followed by
//! planning, as in `scheduler::plan::edit`; and each is written into the journal when it was accepted.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use rand::RngExt as _;

use super::habits::{DAY, MINUTE, SECOND};
use super::household::{draw_time, draw_wish};
use super::queue::Event;
use super::world::{World, instant};
use crate::calls::pacer::Turn;
use crate::domain::ids::OccurrenceId;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::{Due, DueNote, Exception, SkipCause, due_on};
use crate::domain::wake_up::{Command, End, Event as Happening, Phase, WakeUp};
use crate::scheduler::plan::steps::Planning;
use crate::scheduler::plan::travel::doubtful;
use crate::store::occurrences::Occurrence;

/// The two releases of zone data that there are.
const RELEASES: [&str; 2] = ["2026e", "2026f"];
/// Somebody who has just started the program looks at it before touching anything.
const LOOKS_FIRST: i64 = MINUTE;

impl World<'_> {
    /// Plans every schedule.
    pub(super) fn plan_all(&mut self) {
        for number in 0..self.house.plans.len() {
            self.plan(number, Timestamp::MIN);
        }
    }

    /// `since` is when what is planned could first be known: of a morning that was merely planned late, nothing excuses
    /// that.
    fn plan(&mut self, number: usize, since: Timestamp) {
        let now = self.clock();
        let plan = &self.house.plans[number];
        let planning = Planning {
            schedule: &plan.schedule,
            table: plan.schedule.enabled.then_some(&plan.table),
            tzdb_version: RELEASES[self.house.release],
            now,
        };
        let written = self.ledger.unstarted_of(plan.schedule.id);
        let before = self.ledger.rows.len();
        let steps = planning.steps(written, &mut self.rng);
        for step in steps {
            self.ledger.carry_out(step, since);
        }
        for row in before..self.ledger.rows.len() {
            let occurrence = &self.ledger.rows[row].occurrence;
            let (id, due_at) = (occurrence.id, occurrence.wake_up.due_at);
            self.note("a wake-up is written down", row, || format!("{row}, {id}, due {due_at}"));
        }
    }

    pub(super) fn on_plan(&mut self) {
        if self.dies() {
            return;
        }
        self.plan_all();
        let pause = self.between(DAY / 2, 3 * DAY);
        self.soon(pause, Event::Plan);
    }

    /// Newer zone data: the same names, other clocks.
    pub(super) fn on_zone_data(&mut self) {
        if !self.up || self.house.release > 0 {
            return;
        }
        self.house.release = 1;
        self.note("new zone data arrive", 0, String::new);
        let now = self.clock();
        for number in 0..self.house.plans.len() {
            let plan = &mut self.house.plans[number];
            plan.table.zone = self.zones.zone(plan.place, 1).clone();
            plan.write_version(now, true);
            self.plan(number, now);
        }
    }

    /// The owner does something, mostly to a schedule and mostly around the next wake-up.
    pub(super) fn on_owner(&mut self) {
        let mean = self.habits.owner_pause_ms;
        let next =
            if self.chance(5_000) { self.near_something_due() } else { self.now + self.between(0, mean) };
        let at = next.max(self.now + SECOND);
        self.queue.push(at, Event::OwnerActs);
        if !self.up || self.now - self.up_since < LOOKS_FIRST || self.dies() {
            return;
        }
        self.counts.edits += 1;
        let number = self.rng.random_range(0..self.house.plans.len());
        if !self.house.plans[number].schedule.enabled && self.chance(6_000) {
            // Few leave it off for long.
            return self.switch(number);
        }
        match self.rng.random_range(0..14) {
            0..5 => self.except(number),
            5..7 => self.take_back_exception(number),
            7..9 => self.change_rule(number),
            9 => self.travel(number),
            10 => self.cancel_something(),
            11 => self.snooze_something(),
            12 => self.call_now(),
            _ => self.switch(number),
        }
    }

    /// The change is on disk, and so is what follows from it.
    fn accept(&mut self, number: usize, what: &'static str) {
        let now = self.clock();
        let plan = &mut self.house.plans[number];
        // What is long past is forgotten, as people do.
        let last_week = plan.table.zone.to_datetime(now).date().saturating_sub(7.days());
        plan.table.exceptions.retain(|exception| exception.last_date() >= last_week);
        plan.write_version(now, false);
        let plan = &self.house.plans[number];
        self.trace.note(self.now, what, number, || {
            format!("{} {:?}", plan.schedule.rule, plan.table.exceptions.last())
        });
        self.plan(number, now);
    }

    fn except(&mut self, number: usize) {
        let now = self.clock();
        let plan = &self.house.plans[number];
        let today = plan.table.zone.to_datetime(now).date();
        let next = plan.table.next_due(now).map(|at| plan.table.zone.to_datetime(at).date());
        let date = match self.rng.random_range(0..3) {
            0 => today,
            1 => next.unwrap_or(today),
            _ => today.saturating_add(self.rng.random_range(0..12_i64).days()),
        };
        let exception = match self.rng.random_range(0..4) {
            0 => Exception::skip(date),
            1 => {
                let until = date.saturating_add(self.rng.random_range(0..15_i64).days());
                Exception::Pause { from: date, until }
            }
            2 => Exception::moved(date, draw_time(&mut self.rng)),
            _ => Exception::Add { date, at: draw_time(&mut self.rng) },
        };
        let zone = &self.house.plans[number].table.zone;
        let possible = match exception {
            Exception::Add { date, at } | Exception::Move { date, to: at, .. } => {
                matches!(due_on(date, at, zone), Due::Ring(due) if due.at > now)
            }
            _ => exception.last_date() >= today,
        };
        if !possible {
            return;
        }
        let exceptions = &mut self.house.plans[number].table.exceptions;
        exceptions.retain(|other| !other.is_replaced_by(&exception));
        if !exceptions.contains(&exception) {
            exceptions.push(exception);
        }
        self.house.plans[number].schedule.stands_since = now;
        self.accept(number, "the owner makes an exception");
        if let Exception::Skip { date, .. } = exception {
            self.cancel_reached(number, date);
        }
    }

    /// R13: a skip reaches what is under way. The wake-ups are read in the edit, and cancelled after it.
    fn cancel_reached(&mut self, number: usize, date: Date) {
        let schedule = self.house.plans[number].schedule.id;
        let reached: Vec<usize> = self
            .ledger
            .live()
            .iter()
            .copied()
            .filter(|row| {
                let occurrence = &self.ledger.rows[*row].occurrence;
                matches!(occurrence.wake_up.phase, Phase::Calling | Phase::Waiting(_))
                    && occurrence.key.is_some_and(|key| key.schedule == schedule && key.date == date)
            })
            .collect();
        for row in reached {
            if self.dies() {
                return;
            }
            self.cancel(row);
        }
    }

    fn take_back_exception(&mut self, number: usize) {
        let count = self.house.plans[number].table.exceptions.len();
        if count == 0 {
            return;
        }
        let which = self.rng.random_range(0..count);
        let now = self.clock();
        let plan = &mut self.house.plans[number];
        plan.table.exceptions.remove(which);
        plan.schedule.stands_since = now;
        self.accept(number, "the owner takes an exception back");
    }

    fn change_rule(&mut self, number: usize) {
        let now = self.clock();
        let today = self.house.plans[number].table.zone.to_datetime(now).date();
        let wish = draw_wish(today, &mut self.rng);
        let plan = &mut self.house.plans[number];
        plan.schedule.rule = wish.rule();
        plan.schedule.stands_since = now;
        plan.table.rule.clone_from(&plan.schedule.rule);
        plan.wish = wish;
        self.accept(number, "the owner changes the rule");
    }

    fn switch(&mut self, number: usize) {
        let now = self.clock();
        let schedule = &mut self.house.plans[number].schedule;
        schedule.enabled = !schedule.enabled;
        if schedule.enabled {
            schedule.stands_since = now;
        }
        self.accept(number, "the owner switches a schedule");
    }

    /// R10: another zone is another epoch, and nobody is woken twice for one morning over it.
    fn travel(&mut self, number: usize) {
        let now = self.clock();
        let place = self.rng.random_range(0..self.zones.len());
        let release = self.house.release;
        let plan = &mut self.house.plans[number];
        if place == plan.place {
            return;
        }
        plan.place = place;
        self.zones.name(place).clone_into(&mut plan.schedule.zone);
        plan.schedule.zone_epoch += 1;
        plan.schedule.stands_since = now;
        plan.table.zone = self.zones.zone(place, release).clone();
        if let Some((key, woken_at)) = self.ledger.last_ring(plan.schedule.id) {
            for (_, planned) in doubtful(&plan.table, key.date, woken_at, now) {
                let (date, slot) = (planned.date, Some(planned.slot));
                plan.table.exceptions.push(Exception::Skip { date, slot, cause: SkipCause::AlreadyRung });
            }
        }
        self.accept(number, "the owner travels");
    }

    fn cancel_something(&mut self) {
        let under_way = self.ledger.live().iter().copied().find(|row| {
            let occurrence = &self.ledger.rows[*row].occurrence;
            !matches!(occurrence.wake_up.phase, Phase::Planned)
        });
        if let Some(row) = under_way {
            self.cancel(row);
        }
    }

    /// Cancels a wake-up; a call that is going on is ended.
    fn cancel(&mut self, row: usize) {
        let now = self.clock();
        let open = self.ledger.open_attempt(row);
        let (after, command) = self.ledger.wake_up(row).on(Happening::Cancelled, now);
        if command.is_none() {
            return;
        }
        debug_assert_ne!(command, Some(Command::LookUp), "a cancelled wake-up asks nothing");
        self.step(row, after);
        self.house.cancelled.insert(self.ledger.rows[row].occurrence.id);
        self.note_end(row, End::Cancelled);
        if let Some((attempt, call)) =
            open.and_then(|attempt| Some((attempt, self.ledger.tries[attempt].call?)))
        {
            self.take_back(attempt, call);
        }
    }

    fn snooze_something(&mut self) {
        let now = self.clock();
        for row in self.ledger.live().to_vec() {
            if let Ok(after) = self.ledger.wake_up(row).snoozed(now) {
                self.step(row, after);
                self.house.snoozed.push((self.ledger.rows[row].occurrence.id, instant(self.now)));
                self.note("the owner snoozes", row, String::new);
                return;
            }
        }
    }

    /// A call by hand, planned and claimed in one transaction.
    fn call_now(&mut self) {
        let now = self.clock();
        let sleeper = self.house.anybody(&mut self.rng);
        if self.ledger.holder_of_number(self.house.number_of(sleeper)).is_some() {
            return;
        }
        let useful_until = now.saturating_add(10.minutes()).unwrap_or(now);
        let occurrence = Occurrence {
            id: OccurrenceId::new(now, &mut self.rng),
            sleeper,
            key: None,
            zone: "UTC".to_owned(),
            tzdb_version: RELEASES[self.house.release].to_owned(),
            note: DueNote::AsAsked,
            wished_mode: None,
            wake_up: WakeUp::planned(now, useful_until, MorningPolicy::by_hand(2), 0),
            fence: 0,
        };
        let Some(row) = self.ledger.plan(occurrence, now) else { return };
        self.claim(row, Turn::Spare);
        if self.ledger.wake_up(row).phase == Phase::Planned {
            // There was no slot for it: whoever asked is told so.
            self.cancel(row);
        }
    }
}
