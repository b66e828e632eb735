//! `FOLLOW_TUNNEL`: the public address is whatever the tunnel program on this machine says, at the start and
//! for as long as we run. Free tunnels come back under another name whenever they are started again.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::SharedClock;
use crate::config::TunnelPlaces;
use crate::http;
use crate::telephony::tunnel;
use crate::telephony::urls::Addresses;

/// A tunnel that is started together with us needs a moment.
const FIRST_WITHIN: Duration = Duration::from_secs(30);
const FIRST_LOOKS: Duration = Duration::from_secs(1);
/// Calls placed after a move must carry the new address; those under way cannot be helped.
const LOOKS: Duration = Duration::from_secs(15);

/// What is followed.
pub(super) struct Follow {
    /// Where tunnel programs tell of themselves.
    pub places: TunnelPlaces,
    /// The port that ours must lead to.
    pub port: u16,
    /// Time.
    pub clock: SharedClock,
}

impl Follow {
    /// The tunnel's address, waited for a while; `None` when there is no tunnel.
    pub async fn first(&self) -> Option<Url> {
        let by = self.clock.elapsed() + FIRST_WITHIN;
        loop {
            if let Some(found) = self.look().await {
                return Some(found);
            }
            if self.clock.elapsed() >= by {
                return None;
            }
            self.clock.sleep(FIRST_LOOKS).await;
        }
    }

    /// Moves `addresses` along until stopped. A tunnel that is gone leaves them where they are.
    pub async fn run(self, addresses: Addresses, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.clock.sleep(LOOKS) => {}
            }
            let Some(found) = self.look().await else { continue };
            if found.origin() == addresses.public().origin() {
                continue;
            }
            match addresses.move_to(found) {
                Ok(()) => {
                    tracing::info!("The tunnel has moved; the carrier finds us at {}", addresses.public());
                }
                Err(error) => tracing::warn!(%error, "The tunnel's new address cannot be used"),
            }
        }
    }

    async fn look(&self) -> Option<Url> {
        let found = tunnel::find(&http::client(), &self.places, &self.clock).await;
        tunnel::choose(&found, self.port)
    }
}
