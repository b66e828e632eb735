//! The account's line: how many calls a second it may begin, by the daemon's own pacer on simulated time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::calls::pacer::{Pacer, Turn};
use crate::clock::{Clock, SharedClock};

/// Elapsed time as the pacer sees it.
#[derive(Debug)]
struct Elapsed {
    ms: AtomicU64,
    origin: Instant,
}

impl Clock for Elapsed {
    /// Never asked: what is paced is paced by elapsed time.
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.ms.load(Ordering::Relaxed))
    }

    fn instant_at(&self, elapsed: Duration) -> Instant {
        self.origin + elapsed
    }
}

/// The line, in one life of the daemon.
pub(super) struct Line {
    time: Arc<Elapsed>,
    pacer: Pacer,
    began_ms: i64,
    /// When the next call may begin, while one waits for that.
    pub(super) free_at: Option<i64>,
}

impl Line {
    #[expect(clippy::disallowed_methods, reason = "a clock has an origin, which nobody here looks at")]
    pub(super) fn new(calls_per_second: f64, now_ms: i64) -> Self {
        let time = Arc::new(Elapsed { ms: AtomicU64::new(0), origin: Instant::now() });
        let clock: SharedClock = Arc::clone(&time) as SharedClock;
        Self { time, pacer: Pacer::new(calls_per_second, clock), began_ms: now_ms, free_at: None }
    }

    /// Takes the slot, or says when the next one comes.
    pub(super) fn take(&mut self, turn: Turn, now_ms: i64) -> Result<(), i64> {
        self.look_at_clock(now_ms);
        self.free_at = None;
        self.pacer.take(turn).map_err(|wait| {
            // Timers are no finer than a millisecond.
            now_ms + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX / 2) + 1
        })
    }

    /// The carrier has had too many requests.
    pub(super) fn hold(&mut self, retry_after: Option<Duration>, now_ms: i64) {
        self.look_at_clock(now_ms);
        self.pacer.hold(retry_after);
    }

    fn look_at_clock(&self, now_ms: i64) {
        let elapsed = u64::try_from(now_ms - self.began_ms).unwrap_or(0);
        self.time.ms.store(elapsed, Ordering::Relaxed);
    }
}
