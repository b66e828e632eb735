//! What wants doing now and then, and must never hold up a call: holiday calendars, newer zone data.

use std::sync::Arc;

use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;

use super::calendars::Calendars;
use super::pulse::Bells;

/// The housekeeper and what it needs.
pub struct Housekeeper {
    /// Holiday calendars.
    pub calendars: Calendars,
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
                self.bells.housekeeping.notified().await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = round => {}
            }
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
