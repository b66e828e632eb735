//! Whole lives in memory: the daemon's own planner, state machine and decisions, a carrier that answers by
//! seed, an owner who cannot leave things alone, and crashes between any two steps.
//!
//! One seed is one life, and the same seed is the same life. [`run`] lives many and adds them up; [`replay`]
//! lives one and tells of it. Reading order: `world` (time and trouble), `household` and `owner`, `acting`, `looking`,
//! `hearing` (the daemon), `carrier` and `ringing` (the far side), `journal` and `verdict` (the judgement).

mod acting;
mod beside;
mod carrier;
mod habits;
mod hearing;
mod household;
mod journal;
mod ledger;
mod line;
mod looking;
mod owner;
mod queue;
mod ringing;
mod tally;
mod trace;
mod verdict;
mod world;
mod zonebook;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub use self::tally::{Failure, Tally};
use self::world::World;
pub use self::zonebook::Zonebook;
use crate::domain::wake_up::Phase;

/// Days in a simulated year.
const YEAR: u32 = 365;
/// Lives between two reports of progress.
const AT_ONCE: u64 = 16;

/// Lives a year for each of so many seeds, on all cores; `done` is told how many more are over. Once `stop` is raised
/// no further lives are begun.
pub fn run(
    first_seed: u64,
    user_years: u64,
    workers: usize,
    stop: &AtomicBool,
    done: impl Fn(u64) + Sync,
) -> Tally {
    let zones = Zonebook::bundled();
    let (next, total) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    let work = || {
        let mut tally = Tally::default();
        loop {
            let from = next.fetch_add(AT_ONCE, Ordering::Relaxed);
            if from >= user_years || stop.load(Ordering::Relaxed) {
                break;
            }
            let until = (from + AT_ONCE).min(user_years);
            for number in from..until {
                tally.add(live(&zones, first_seed.wrapping_add(number), false).0);
            }
            done(until - from);
        }
        total.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
    };
    std::thread::scope(|scope| {
        for _ in 0..workers.max(1) {
            scope.spawn(work);
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Lives one seed's year, and tells of it line by line.
pub fn replay(seed: u64) -> (Tally, Vec<String>) {
    live(&Zonebook::bundled(), seed, true)
}

fn live(zones: &Zonebook, seed: u64, traced: bool) -> (Tally, Vec<String>) {
    let mut world = World::new(zones, seed, YEAR, traced);
    world.live();
    let mut tally = Tally { lives: 1, ..Tally::default() };
    for row in world.ledger.rows.iter().filter(|row| !row.withdrawn) {
        if let Phase::Ended(end) = row.occurrence.wake_up.phase {
            *tally.ends.entry(end.name()).or_default() += 1;
            tally.wake_ups += 1;
        }
    }
    let violations = world.judged(&mut tally);
    tally.add_violations(seed, &violations);
    tally.add_counts(&world.counts);
    tally.trace_hash = world.trace.hash();
    (tally, world.trace.into_lines())
}
