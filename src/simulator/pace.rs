//! The simulators' own clock: real time, or a multiple of it.

use std::time::Duration;

use tokio::time::Instant;

/// Time as the simulated world lives it.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    started: Instant,
    speed: f64,
}

impl Pace {
    /// A world that runs `speed` times as fast as real time.
    #[expect(clippy::disallowed_methods, reason = "the simulated world has a clock of its own")]
    pub fn new(speed: f64) -> Self {
        assert!(speed > 0.0 && speed.is_finite(), "time must move forward");
        Self { started: Instant::now(), speed }
    }

    /// How many times as fast as real time the world runs.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Simulated time since the world began.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed().mul_f64(self.speed)
    }

    /// The runtime's instant at which [`Pace::elapsed`] will read `elapsed`.
    pub fn instant_at(&self, elapsed: Duration) -> Instant {
        self.started + elapsed.div_f64(self.speed)
    }

    /// Waits for `length` of simulated time.
    pub async fn sleep(&self, length: Duration) {
        tokio::time::sleep_until(self.instant_at(self.elapsed() + length)).await;
    }
}
