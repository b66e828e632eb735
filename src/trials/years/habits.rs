//! How one life differs from another: drawn from its seed, so that some are quiet and some are hell.

use rand::{Rng, RngExt as _};

/// Chances in ten thousand, and rates as mean pauses in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    /// That the daemon is killed at any of its steps.
    pub(super) dies: u32,
    /// That a request to the carrier goes wrong.
    pub(super) bad_request: u32,
    /// That the news of a call are lost, repeated and reordered.
    pub(super) bad_news: u32,
    /// That the clock has been nudged when something is due.
    pub(super) nudged: u32,
    /// Between two things that the owner does.
    pub(super) owner_pause_ms: i64,
    /// Between two times that the host is down for longer.
    pub(super) stop_pause_ms: i64,
    /// Between two outages of the carrier.
    pub(super) outage_pause_ms: i64,
    /// How sleepy she is: that a call that is answered does not get her up.
    pub(super) sleepy: u32,
}

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

impl Habits {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let mut of = |choices: [u32; 4]| choices[rng.random_range(0..choices.len())];
        Self {
            dies: of([0, 5, 50, 400]),
            bad_request: of([10, 100, 1_000, 3_000]),
            bad_news: of([0, 200, 2_000, 9_000]),
            nudged: of([0, 100, 1_000, 5_000]),
            owner_pause_ms: i64::from(of([120, 30, 10, 2])) * DAY,
            stop_pause_ms: i64::from(of([700, 120, 30, 6])) * DAY,
            outage_pause_ms: i64::from(of([700, 300, 100, 20])) * DAY,
            sleepy: of([500, 2_000, 4_000, 8_000]),
        }
    }
}
