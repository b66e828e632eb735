//! The one task that asks the database what is due and acts on it, woken by the pulse, by changes, and by
//! a watchdog of its own that does not trust the pulse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;

use super::SchedulerError;
use super::clock_watch::{self, ClockWatch};
use super::plan::crowd::Crowds;
use super::plan::plan_ahead;
use super::pulse::Bells;
use crate::calls::{CallError, Calls};
use crate::clock::SharedClock;
use crate::domain::alert::AlertKind;
use crate::store::{Store, StoreError};
use crate::zones::{Zones, built_in_year};

/// At most this many wake-ups are acted on between two looks at the database.
const AT_ONCE: u32 = 100;
/// A pulse silent for this long is counted as stalled; the watchdog beats in its place.
pub const WATCHDOG_EVERY: Duration = Duration::from_secs(3);
/// A pulse silent for so many of these is told: once or twice is a busy machine.
const SILENCES_TOLD: u32 = 3;
/// How long a clock that cannot be right keeps calls back: then the best there is has to do.
const CLOCK_PATIENCE: Duration = Duration::from_mins(1);
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
    /// Sees the wall clock jump; `None` where that is a story's doing.
    pub watch: Option<ClockWatch>,
}

/// When, in elapsed time, the account may begin its next call; `None` while nobody waits for that.
type NextSlot = Option<Duration>;

impl Dispatcher {
    /// Runs until `stop`; an error is for the supervisor.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), SchedulerError> {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = self.wait_for_the_time() => {}
        }
        self.health.ok(&self.clock);
        // What is written down already can be rung, whatever hinders the planning of more.
        self.plan_or_complain().await;
        let mut last_beat = self.clock.elapsed();
        let (mut next_slot, mut silent) = (None, 0);
        self.look_at_clock().await;
        loop {
            let watchdog = self.clock.instant_at(last_beat + self.watchdog_every);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.bells.dispatch.notified() => silent = 0,
                () = self.bells.plan.notified() => self.plan_or_complain().await,
                () = self.sleep_until_due(next_slot) => {}
                () = tokio::time::sleep_until(watchdog) => {
                    silent += 1;
                    self.health.stalls.fetch_add(1, Ordering::Relaxed);
                    self.calls.metrics().tick_stalled();
                    tracing::warn!("The pulse stalled; dispatching without it");
                }
            }
            last_beat = self.clock.elapsed();
            self.look_at_clock().await;
            let dispatched = self.dispatch().await;
            self.store.check().map_err(SchedulerError::Disk)?;
            match dispatched {
                Ok(slot) => {
                    next_slot = slot;
                    self.health.ok(&self.clock);
                    self.calls.resolve(AlertKind::ClaimNotWritten).await;
                    self.tell_of_silence(silent).await;
                }
                Err(error) => {
                    tracing::error!(%error, "Could not ask the database what is due");
                    self.calls.raise_from_memory(AlertKind::ClaimNotWritten, "", &error.to_string());
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
                    match error {
                        CallError::Store(error @ StoreError::Database(_)) => {
                            let what = format!("wake-up {id}");
                            self.calls.raise_from_memory(AlertKind::ClaimNotWritten, "", &what);
                            failed = Some(error);
                        }
                        other => {
                            self.calls
                                .raise(AlertKind::Unreadable, &id.to_string(), &other.to_string())
                                .await;
                        }
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

    /// A pulse that is silent for long is told, for nothing else may beat as it should.
    async fn tell_of_silence(&self, silent: u32) {
        if silent == 0 {
            self.calls.resolve(AlertKind::TickStalled).await;
        } else if silent >= SILENCES_TOLD {
            let detail = format!("{silent} times in a row");
            self.calls.raise(AlertKind::TickStalled, "", &detail).await;
        }
    }

    /// R8: before the clock can be right nobody is called, but for a minute at most.
    async fn wait_for_the_time(&self) {
        let give_up_at = self.clock.elapsed() + CLOCK_PATIENCE;
        let mut told = false;
        while let Some(why) = self.what_is_wrong_with_the_clock().await {
            if self.clock.elapsed() >= give_up_at {
                return self.calls.raise(AlertKind::ClockWrong, "", &why).await;
            }
            if !std::mem::replace(&mut told, true) {
                tracing::warn!("Nobody is called yet: the clock of this machine cannot be right, {why}");
            }
            self.clock.sleep(Duration::from_secs(1)).await;
        }
    }

    async fn what_is_wrong_with_the_clock(&self) -> Option<String> {
        self.watch.as_ref()?;
        let built = built_in_year();
        if let Some(why) = clock_watch::is_wrong(self.clock.now(), built, None) {
            return Some(why);
        }
        let carrier = self.calls.carriers_clock().await;
        clock_watch::is_wrong(self.clock.now(), built, carrier)
    }

    /// R8: a clock that jumps moves everything that is planned by it.
    async fn look_at_clock(&mut self) {
        let Some(watch) = &mut self.watch else { return };
        let Some(jump) = watch.look(self.clock.now(), self.clock.elapsed()) else { return };
        let detail = format!("by {:.1} s", jump.as_secs_f64());
        self.calls.metrics().clock_stepped();
        tracing::warn!("The wall clock jumped {detail}; planning anew");
        self.calls.raise(AlertKind::ClockStep, "", &detail).await;
        self.bells.plan.notify_one();
        if jump.is_positive() {
            // A clock that is ahead for a moment would miss the mornings of days to come.
            self.wait_for_the_time().await;
        }
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
            if let SchedulerError::Store(corrupt @ StoreError::Corrupt { .. }) = &error {
                self.calls.raise(AlertKind::Unreadable, "the rules", &corrupt.to_string()).await;
            }
        }
        if self.calls.goes_on(AlertKind::ClockWrong) && self.what_is_wrong_with_the_clock().await.is_none() {
            self.calls.resolve(AlertKind::ClockWrong).await;
        }
        if let Err(error) = self.calls.settle_left_over().await {
            tracing::error!(%error, "Could not look for calls left over; it will be tried again in a minute");
        }
    }

    async fn plan(&mut self) -> Result<(), SchedulerError> {
        // Mornings of 1970 would be planned, and missed as soon as the clock is set.
        if self.watch.is_some() && clock_watch::is_wrong(self.clock.now(), built_in_year(), None).is_some() {
            return Ok(());
        }
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
