//! Dials no faster than the account may: the carrier queues what is too much in an order of its own, so we
//! keep the queue, and with it order and lateness, on our side.
//!
//! The queue itself is the database: a wake-up waits for its slot as something that is due, and its intent
//! is written only when the slot has come. Nothing here survives a restart, and nothing needs to.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::SharedClock;

/// What a carrier that gives no number has us wait after "too many requests".
const HOLD: Duration = Duration::from_secs(1);
/// No carrier may silence us for longer: a wake-up is worth asking again.
const LONGEST_HOLD: Duration = Duration::from_mins(1);

/// Timers are no finer than this.
const GRAIN: Duration = Duration::from_millis(1);

/// Our own clock, for the limiter.
struct Elapsed(SharedClock);

impl governor::clock::Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A wake-up that is due: the dispatcher asks for them in order of their deadlines.
    Due,
    /// Anything else: it takes a slot that no wake-up waits for.
    Spare,
}

/// Gives out slots.
pub struct Pacer {
    limiter: RateLimiter<NotKeyed, InMemoryState, Elapsed, NoOpMiddleware<Duration>>,
    period: Duration,
    state: Mutex<State>,
}

/// Both in elapsed time.
#[derive(Default)]
struct State {
    /// The carrier asked us to be silent until then.
    held_until: Duration,
    /// A wake-up waits for the slot before this.
    kept_until: Duration,
}

impl Pacer {
    /// So many calls a second, evenly spread; the first goes out at once.
    pub fn new(calls_per_second: f64, clock: SharedClock) -> Self {
        let period = Duration::from_secs_f64(1.0 / calls_per_second);
        let quota = Quota::with_period(period).expect("a period is longer than nothing");
        let limiter = RateLimiter::direct_with_clock(quota, Elapsed(clock));
        Self { limiter, period, state: Mutex::default() }
    }

    /// Takes the slot, or says how long it is until the next one.
    pub fn take(&self, turn: Turn) -> Result<(), Duration> {
        let now = self.limiter.clock().now();
        let mut state = self.state();
        let blocked_until = match turn {
            Turn::Due => state.held_until,
            Turn::Spare => state.held_until.max(state.kept_until),
        };
        let taken = match blocked_until.checked_sub(now) {
            Some(wait) if wait > GRAIN => Err(wait),
            _ => self.limiter.check().map_err(|later| later.wait_time_from(now)),
        };
        if let (Turn::Due, Err(wait)) = (turn, taken) {
            // It will come for it; one that does not keeps nobody waiting for longer than that.
            state.kept_until = now + wait + self.period / 2;
        }
        taken
    }

    /// The carrier has had too many of our requests.
    pub fn hold(&self, retry_after: Option<Duration>) {
        let until = self.limiter.clock().now() + retry_after.unwrap_or(HOLD).min(LONGEST_HOLD);
        let mut state = self.state();
        state.held_until = state.held_until.max(until);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::ManualClock;

    fn paced(calls_per_second: f64) -> (Pacer, SharedClock) {
        let clock: SharedClock = ManualClock::standing(Timestamp::UNIX_EPOCH, 1.0);
        (Pacer::new(calls_per_second, clock.clone()), clock)
    }

    async fn check(calls_per_second: f64, for_secs: u64, expected: usize) {
        let (pacer, clock) = paced(calls_per_second);
        let mut taken = 0;
        while clock.elapsed() < Duration::from_secs(for_secs) {
            match pacer.take(Turn::Due) {
                Ok(()) => taken += 1,
                Err(wait) => clock.sleep(wait).await,
            }
        }
        assert_eq!(taken, expected, "{calls_per_second} a second for {for_secs} s");
    }

    #[tokio::test(start_paused = true)]
    async fn slots_come_evenly_and_the_first_at_once() {
        check(1.0, 10, 10).await;
        check(5.0, 10, 50).await;
        check(0.25, 12, 3).await;
        check(20.0, 2, 40).await;
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_hour_saves_nothing_up() {
        let (pacer, clock) = paced(1.0);
        clock.sleep(Duration::from_hours(1)).await;
        assert_eq!((pacer.take(Turn::Due), pacer.take(Turn::Due)), (Ok(()), Err(Duration::from_secs(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_that_a_wake_up_waits_for_is_nobody_elses() {
        let (pacer, clock) = paced(1.0);
        assert_eq!(pacer.take(Turn::Spare), Ok(()));
        assert_eq!(pacer.take(Turn::Due), Err(Duration::from_secs(1)));
        clock.sleep(Duration::from_millis(1_100)).await;
        let wait = pacer.take(Turn::Spare).unwrap_err();
        assert!((390..=400).contains(&wait.as_millis()), "{wait:?}");
        assert_eq!(pacer.take(Turn::Due), Ok(()));
        // A wake-up that was cancelled while it waited never comes for its slot.
        assert_eq!(pacer.take(Turn::Due), Err(Duration::from_secs(1)));
        clock.sleep(Duration::from_millis(1_600)).await;
        assert_eq!(pacer.take(Turn::Spare), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn the_carriers_wish_for_silence_is_granted_within_reason() {
        for (asked, kept) in [(Some(5), 5), (None, 1), (Some(86_400), 60)] {
            let (pacer, clock) = paced(1.0);
            pacer.hold(asked.map(Duration::from_secs));
            let wait = pacer.take(Turn::Due).err().unwrap_or_default();
            assert_eq!(wait, Duration::from_secs(kept), "{asked:?}");
            clock.sleep(wait).await;
            assert_eq!(pacer.take(Turn::Due), Ok(()));
        }
        let (pacer, _) = paced(1.0);
        pacer.hold(Some(Duration::ZERO));
        assert_eq!(pacer.take(Turn::Due), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_wish_does_not_cut_a_longer_one_short() {
        let (pacer, _) = paced(1.0);
        pacer.hold(Some(Duration::from_secs(9)));
        pacer.hold(None);
        assert_eq!(pacer.take(Turn::Due), Err(Duration::from_secs(9)));
    }
}
