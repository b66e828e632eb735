//! The one task that asks the database what is due and acts on it, woken by the pulse, by changes, and by
//! a watchdog of its own that does not trust the pulse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;

use super::SchedulerError;
use super::plan::crowd::Crowds;
use super::plan::plan_ahead;
use super::pulse::Bells;
use crate::calls::{CallError, Calls};
use crate::clock::SharedClock;
use crate::store::{Store, StoreError};
use crate::zones::Zones;

/// At most this many wake-ups are acted on between two looks at the database.
const AT_ONCE: u32 = 100;
/// A pulse silent for this long is counted as stalled; the watchdog beats in its place.
pub const WATCHDOG_EVERY: Duration = Duration::from_secs(3);
/// Failing to dispatch for this long is for the supervisor to mend.
const GIVE_UP_AFTER: Duration = Duration::from_mins(1);

/// What the outside may know of the dispatcher.
#[derive(Debug, Default)]
pub struct DispatchHealth {
    last_ok_ms: AtomicU64,
    stalls: AtomicU64,
}

impl DispatchHealth {
    /// How long ago the database was last asked successfully.
    pub fn quiet_for(&self, clock: &SharedClock) -> Duration {
        clock.elapsed().saturating_sub(Duration::from_millis(self.last_ok_ms.load(Ordering::Relaxed)))
    }

    /// How often the pulse stalled since the start.
    pub fn stalls(&self) -> u64 {
        self.stalls.load(Ordering::Relaxed)
    }

    fn ok(&self, clock: &SharedClock) {
        let elapsed = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_ok_ms.store(elapsed, Ordering::Relaxed);
    }
}

/// The dispatcher and what it needs.
pub struct Dispatcher {
    /// The database.
    pub store: Store,
    /// Who makes the calls.
    pub calls: Arc<Calls>,
    /// Time zones, for planning.
    pub zones: Arc<Zones>,
    /// Time.
    pub clock: SharedClock,
    /// Chance, for identifiers.
    pub rng: StdRng,
    /// Rung by the pulse and by changes.
    pub bells: Bells,
    /// How long the pulse may be silent, by `clock`: [`WATCHDOG_EVERY`] unless time is sped up.
    pub watchdog_every: Duration,
    /// Told outside.
    pub health: Arc<DispatchHealth>,
    /// The crowds told of.
    pub crowds: Crowds,
}

/// When, in elapsed time, the account may begin its next call; `None` while nobody waits for that.
type NextSlot = Option<Duration>;

impl Dispatcher {
    /// Runs until `stop`; an error is for the supervisor.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), SchedulerError> {
        self.health.ok(&self.clock);
        self.plan().await?;
        let mut last_beat = self.clock.elapsed();
        let mut next_slot = None;
        loop {
            let watchdog = self.clock.instant_at(last_beat + self.watchdog_every);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.bells.dispatch.notified() => {}
                () = self.bells.plan.notified() => self.plan_or_complain().await,
                () = self.sleep_until_due(next_slot) => {}
                () = tokio::time::sleep_until(watchdog) => {
                    self.health.stalls.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!("The pulse stalled; dispatching without it");
                }
            }
            last_beat = self.clock.elapsed();
            let dispatched = self.dispatch().await;
            self.store.check().map_err(SchedulerError::Disk)?;
            match dispatched {
                Ok(slot) => {
                    next_slot = slot;
                    self.health.ok(&self.clock);
                }
                Err(error) => {
                    tracing::error!(%error, "Could not ask the database what is due");
                    let quiet = self.health.quiet_for(&self.clock);
                    if quiet > GIVE_UP_AFTER {
                        return Err(SchedulerError::Stalled(quiet));
                    }
                }
            }
        }
    }

    /// Acts on what is due now.
    async fn dispatch(&self) -> Result<NextSlot, StoreError> {
        let due = self.store.list_due(self.clock.now(), AT_ONCE).await?;
        let (mut failed, mut next_slot) = (None, None);
        for id in &due {
            // One wake-up that cannot be acted on must not keep the others asleep.
            match self.calls.act(*id).await {
                Ok(None) => {}
                // The others want to call as well, and their deadlines are later.
                Ok(Some(wait)) => {
                    next_slot = Some(self.clock.elapsed() + wait);
                    break;
                }
                Err(error) => {
                    tracing::error!(occurrence = %id, %error, "Could not act on a wake-up; it will be tried again");
                    if let CallError::Store(error @ StoreError::Database(_)) = error {
                        failed = Some(error);
                    }
                }
            }
        }
        if let Err(error) = self.calls.warn_due().await {
            tracing::error!(%error, "Could not see who is slow to wake; it will be tried again");
        }
        // A database that reads but does not write is no health.
        if let Some(error) = failed {
            return Err(error);
        }
        if due.len() == AT_ONCE as usize && next_slot.is_none() {
            self.bells.dispatch.notify_one();
        }
        Ok(next_slot)
    }

    /// Sharpens the pulse's second: waits until the next action is due, or can be made, if that comes sooner.
    async fn sleep_until_due(&self, next_slot: NextSlot) {
        if let Some(slot) = next_slot {
            return self.clock.sleep_until(slot).await;
        }
        let next = self.store.next_action_at().await.ok().flatten();
        let wait = next.and_then(|at| Duration::try_from(at.duration_since(self.clock.now())).ok());
        match wait {
            // Longer than a beat of the pulse, whose second is longer where time is sped up.
            Some(wait) if !wait.is_zero() && wait < self.watchdog_every => self.clock.sleep(wait).await,
            _ => std::future::pending().await,
        }
    }

    async fn plan_or_complain(&mut self) {
        if let Err(error) = self.plan().await {
            tracing::error!(%error, "Could not write the coming days down; it will be tried again in a minute");
        }
        if let Err(error) = self.calls.settle_left_over().await {
            tracing::error!(%error, "Could not look for calls left over; it will be tried again in a minute");
        }
    }

    async fn plan(&mut self) -> Result<(), SchedulerError> {
        let report = plan_ahead(&self.store, &self.zones, self.clock.now(), &mut self.rng).await?;
        if report.added > 0 {
            tracing::info!(added = report.added, "Wrote the coming wake-ups down");
        }
        if let Err(error) = self.crowds.look(&self.store, self.calls.calls_per_second()).await {
            tracing::warn!(%error, "Could not see whether more wake-ups come at once than can be dialled");
        }
        Ok(())
    }
}
