//! What wants doing now and then, and must never hold up a call: holiday calendars, newer zone data, backups,
//! and letting go of what is old.

use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;

use super::backups::Backups;
use super::calendars::Calendars;
use super::clock_watch;
use super::pulse::Bells;
use crate::calls::Calls;
use crate::config::KeepSettings;
use crate::domain::alert::AlertKind;
use crate::store::Store;
use crate::store::retention::Retention;
use crate::zones::built_in_year;

/// The housekeeper and what it needs.
pub struct Housekeeper {
    /// Holiday calendars.
    pub calendars: Calendars,
    /// Nightly copies.
    pub backups: Backups,
    /// The database.
    pub store: Store,
    /// Who asks the carrier for the time, and tells people.
    pub calls: Arc<Calls>,
    /// How long things are kept.
    pub keep: KeepSettings,
    /// Chance, for identifiers.
    pub rng: StdRng,
    /// Rung by the pulse; one of them is its own, each hour.
    pub bells: Bells,
}

impl Housekeeper {
    /// Does its round at the start and whenever the bell rings, until `stop`.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let round = async {
                self.look_at_zones().await;
                if let Err(error) = self.calendars.refresh_due(&mut self.rng).await {
                    tracing::error!(%error, "Could not look at the holiday calendars; they will be looked at in an hour");
                }
                self.let_go().await;
                self.back_up().await;
                self.bells.housekeeping.notified().await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = round => {}
            }
        }
    }

    /// Deletes what is older than it is to be kept, by a clock that somebody else confirms: one that is ahead
    /// would let go of what is still to come.
    async fn let_go(&self) {
        let now = self.calendars.clock.now();
        let Some(carrier) = self.calls.carriers_clock().await else {
            tracing::debug!("Nothing is let go of: the carrier's clock does not confirm ours");
            return;
        };
        if let Some(why) = clock_watch::is_wrong(now, built_in_year(), Some(carrier)) {
            tracing::warn!("Nothing is let go of: the clock of this machine cannot be right, {why}");
            return;
        }
        let before =
            |days: u32| now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(now);
        let wake_ups_before = before(self.keep.history_days);
        let old = Retention {
            conversations_before: before(self.keep.transcript_days),
            wake_ups_before,
            exceptions_before: wake_ups_before.to_zoned(TimeZone::UTC).date(),
        };
        match self.store.prune(&old).await {
            Ok(gone) if gone.is_empty() => {}
            Ok(gone) => tracing::info!(
                conversations = gone.conversations,
                wake_ups = gone.wake_ups,
                "Let go of what was older than it is kept"
            ),
            Err(error) => {
                tracing::error!(%error, "Could not let go of what is old; it will be tried again in an hour");
            }
        }
    }

    async fn back_up(&self) {
        match self.backups.make_due(&self.store, &self.calendars.clock).await {
            Ok(Some(kept)) => {
                tracing::info!(file = %kept.file.display(), bytes = kept.bytes, "Backed the database up");
                // So that this copy is known for an old one, should it ever be put back.
                if let Err(error) = self.store.next_generation(self.calendars.clock.now()).await {
                    tracing::error!(%error, "Could not note that the backup is older than the database");
                }
            }
            Ok(None) => {}
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::error!("The nightly backup failed, and will be tried again in an hour: {error:#}");
            }
        }
        if self.backups.is_overdue(self.calendars.clock.now()) {
            self.calls.raise(AlertKind::BackupFailed, "", "the log says why").await;
        } else {
            self.calls.resolve(AlertKind::BackupFailed).await;
        }
    }

    /// R9: an update of the system's zone data moves what is planned within the hour.
    async fn look_at_zones(&self) {
        let zones = Arc::clone(&self.calendars.zones);
        let looking = tokio::task::spawn_blocking(move || zones.look_again());
        if let Ok(Some(version)) = looking.await {
            tracing::warn!(tzdb = version, "Newer zone data have arrived: planning with them");
            self.bells.plan.notify_one();
        }
    }
}
