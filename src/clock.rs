//! Time as a seam: the real clock, and one that tests and the demo can move.
//!
//! Wall time (`now`) decides what is due; elapsed time drives audio, deadlines and timers. Nothing else
//! in the crate asks the operating system what time it is.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// What the rest of the program knows about time.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The wall clock: what is due, and what is written down.
    fn now(&self) -> Timestamp;

    /// Monotonic time since this clock was made: pacing, deadlines, latencies.
    fn elapsed(&self) -> Duration;

    /// The runtime's instant at which [`Clock::elapsed`] will read `elapsed`, for its timers.
    fn instant_at(&self, elapsed: Duration) -> Instant;

    /// The runtime's instant after which something that may take `limit` from now is late.
    fn late_after(&self, limit: Duration) -> Instant {
        self.instant_at(self.elapsed() + limit)
    }
}

/// A clock shared by all parts of one program.
pub type SharedClock = Arc<dyn Clock>;

impl dyn Clock {
    /// Waits until [`Clock::elapsed`] has reached `elapsed`.
    pub async fn sleep_until(&self, elapsed: Duration) {
        tokio::time::sleep_until(self.instant_at(elapsed)).await;
    }

    /// Waits for `length`, measured by this clock.
    pub async fn sleep(&self, length: Duration) {
        self.sleep_until(self.elapsed() + length).await;
    }
}

/// The answer of something that did not come in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no answer within {0:?}")]
pub struct TimedOut(pub Duration);

/// Waits for `work` at most `limit`, measured by `clock`.
pub async fn timeout<F: Future>(clock: &dyn Clock, limit: Duration, work: F) -> Result<F::Output, TimedOut> {
    tokio::time::timeout_at(clock.late_after(limit), work).await.map_err(|_| TimedOut(limit))
}

/// The operating system's clocks.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// Starts counting elapsed time now.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    pub fn shared() -> SharedClock {
        Arc::new(Self { started: Instant::now() })
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn instant_at(&self, elapsed: Duration) -> Instant {
        self.started + elapsed
    }
}

/// What a deadline leaves to the machine at least, in real time, however fast simulated time runs.
const MACHINE_TIME: Duration = Duration::from_millis(400);

/// A clock for tests and the demo: its wall time starts where it is told and jumps when it is told,
/// its elapsed time flows `speed` times as fast as real time.
#[derive(Debug)]
pub struct ManualClock {
    started: Instant,
    speed: f64,
    /// Whether wall time also follows elapsed time (the demo), or stands still between jumps (tests).
    flows: bool,
    wall_ms: AtomicI64,
}

impl ManualClock {
    /// Wall time stands at `start` until it is moved; elapsed time runs at `speed` (1 is real time).
    pub fn standing(start: Timestamp, speed: f64) -> Arc<Self> {
        Self::new(start, speed, false)
    }

    /// Wall time starts at `start` and flows with elapsed time, at `speed`.
    pub fn flowing(start: Timestamp, speed: f64) -> Arc<Self> {
        Self::new(start, speed, true)
    }

    #[expect(clippy::disallowed_methods, reason = "timers need an origin on the runtime's clock")]
    fn new(start: Timestamp, speed: f64, flows: bool) -> Arc<Self> {
        assert!(speed > 0.0 && speed.is_finite(), "time must move forward");
        let wall_ms = AtomicI64::new(start.as_millisecond());
        Arc::new(Self { started: Instant::now(), speed, flows, wall_ms })
    }

    /// Moves the wall clock forward by `length`; elapsed time takes no notice.
    pub fn advance(&self, length: Duration) {
        let millis = i64::try_from(length.as_millis()).expect("a jump of less than 292 million years");
        self.wall_ms.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the wall clock to `to`, which may lie in the past: clocks do get set back.
    pub fn set(&self, to: Timestamp) {
        let drift = to.as_millisecond() - self.now().as_millisecond();
        self.wall_ms.fetch_add(drift, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let wall = Timestamp::from_millisecond(self.wall_ms.load(Ordering::SeqCst))
            .expect("a manual clock is set to real instants only");
        if !self.flows {
            return wall;
        }
        let flowed = SignedDuration::try_from(self.elapsed()).unwrap_or(SignedDuration::MAX);
        wall.saturating_add(flowed).unwrap_or(Timestamp::MAX)
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    fn instant_at(&self, elapsed: Duration) -> Instant {
        self.started + elapsed.div_f64(self.speed)
    }

    fn late_after(&self, limit: Duration) -> Instant {
        let sped_up = self.instant_at(self.elapsed() + limit);
        // Speeding the world up does not make this machine's own sockets and disks any faster.
        let machine = self.started + self.started.elapsed() + limit.min(MACHINE_TIME);
        sped_up.max(machine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_fast_clock_runs_fast_and_its_timers_agree() {
        let start: Timestamp = "2026-03-02T05:29:00Z".parse().unwrap();
        let clock = ManualClock::flowing(start, 20.0);
        let shared: SharedClock = clock.clone();
        shared.sleep(Duration::from_secs(20)).await;
        assert_eq!(clock.elapsed().as_secs(), 20);
        assert_eq!(clock.now().duration_since(start).as_secs(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn a_standing_clock_moves_only_when_told() {
        let start: Timestamp = "2026-03-02T05:29:00Z".parse().unwrap();
        let clock = ManualClock::standing(start, 1.0);
        let shared: SharedClock = clock.clone();
        shared.sleep(Duration::from_secs(5)).await;
        assert_eq!(clock.now(), start);
        clock.advance(Duration::from_mins(1));
        assert_eq!(clock.now().duration_since(start).as_secs(), 60);
        clock.set(start);
        assert_eq!(clock.now(), start);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_is_measured_by_the_clock_it_was_given() {
        let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 10.0);
        let limit = Duration::from_secs(10);
        let started = clock.elapsed();
        let late = timeout(&*clock, limit, std::future::pending::<()>()).await;
        assert_eq!(late, Err(TimedOut(limit)));
        assert!(clock.elapsed() < started + Duration::from_secs(11));
    }
}
