//! Wrong tokens are counted, so that whoever guesses fills neither the log nor the machine's day.
//!
//! Right tokens are never kept waiting: behind a tunnel everybody looks alike, and a stranger must not be
//! able to lock the owner out. What makes guessing hopeless is the tokens' length.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::StatusCode;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::SharedClock;
use crate::web::error::Problem;

/// Wrong tokens explained in a minute: a client that was set up wrongly stays below.
const WRONG_A_MINUTE: NonZeroU32 = NonZeroU32::new(30).expect("thirty is more than nought");

/// Our own clock, for the limiter.
struct Elapsed(SharedClock);

impl Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// How many wrong tokens there have been of late.
pub struct Refusals(RateLimiter<NotKeyed, InMemoryState, Elapsed, NoOpMiddleware<Duration>>);

impl Refusals {
    /// None so far.
    pub fn new(clock: SharedClock) -> Self {
        Self(RateLimiter::direct_with_clock(Quota::per_minute(WRONG_A_MINUTE), Elapsed(clock)))
    }

    /// Counts a wrong guess at whatever is secret; how long to put its sender off when there were too many.
    pub fn count(&self) -> Result<(), Duration> {
        self.0.check().map_err(|later| later.wait_time_from(self.0.clock().now()))
    }

    /// The answer to a wrong token.
    pub fn refuse(&self) -> Problem {
        if let Err(wait) = self.count() {
            return Problem::too_many("Too many wrong tokens; right ones are still let in.", wait);
        }
        tracing::warn!("Refused a request whose token is wrong");
        Problem::unauthorized()
    }

    /// The same where the admin token is not the one that is wanted.
    pub fn refuse_stranger(&self) -> Problem {
        let problem = self.refuse();
        if problem.status() == StatusCode::UNAUTHORIZED { Problem::wrong_token() } else { problem }
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Refusals(…)")
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    #[tokio::test(start_paused = true)]
    async fn a_guesser_is_put_off_and_a_minute_later_answered_again() {
        let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
        let refusals = Refusals::new(clock.clone());
        let status = || refusals.refuse().status().as_u16();
        let explained = (0..WRONG_A_MINUTE.get()).filter(|_| status() == 401).count();
        assert_eq!(explained, 30);
        assert_eq!(status(), 429);
        clock.sleep(Duration::from_secs(3)).await;
        assert_eq!(status(), 401);
    }
}
