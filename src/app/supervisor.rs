//! What the service manager is told (`sd_notify`): ready, stopping, and that the dispatcher still beats.
//!
//! Without a `NOTIFY_SOCKET` in the environment nothing is told to anybody.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::scheduler::dispatch::DispatchHealth;

/// A dispatcher that has not asked the database for this part of the watchdog's patience gets no more of it.
/// Stalled at any moment, it is restarted within one and a half times the patience.
const QUIET_PART: u32 = 2;
/// So many signs of life fit into the patience, so that one that is late does no harm.
const SIGNS_IN_PATIENCE: u32 = 4;

/// Everything is open and serving.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// No new calls are made from here on.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// How long the service manager waits for a sign of life; `None` when it waits for none.
pub fn watchdog_patience() -> Option<Duration> {
    sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero())
}

/// What the signs of life depend on.
pub struct Watched {
    /// The dispatcher.
    pub health: Arc<DispatchHealth>,
    /// Time.
    pub clock: SharedClock,
    /// Cancelled when the dispatcher has been asked to stop: then it may be quiet while calls end.
    pub stopping: CancellationToken,
}

impl Watched {
    /// Gives signs of life until the end, as long as the dispatcher asks the database what is due; `patience` is
    /// how long the service manager waits for one.
    pub async fn feed(self, patience: Duration, ended: CancellationToken) {
        let mut was_well = true;
        loop {
            let quiet = self.health.quiet_for(&self.clock);
            let well = quiet < patience / QUIET_PART || self.stopping.is_cancelled();
            if well {
                tell(&[NotifyState::Watchdog]);
            } else if was_well {
                tracing::error!(
                    "The dispatcher has been quiet for {} s: the service manager is given no more signs of life",
                    quiet.as_secs()
                );
            }
            was_well = well;
            tokio::select! {
                () = ended.cancelled() => return,
                () = self.clock.sleep(patience / SIGNS_IN_PATIENCE) => {}
            }
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "The service manager could not be told how the program is");
    }
}
