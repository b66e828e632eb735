//! The end of the program: calls that are going on are seen through, or handed over.

use std::time::Duration;

use super::{Calls, What};
use crate::clock::timeout;
use crate::domain::attempt::AttemptState;

/// How often to look whether the last call is over when no event told of it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Calls {
    /// Lets live calls go on for `grace`, then ends their streams, so that the carrier asks what comes next
    /// and they go on in traditional mode. True when any was handed over like that.
    pub async fn shut_down(&self, grace: Duration) -> bool {
        self.tasks.close();
        let all_over = timeout(&*self.clock, grace, self.calls_over()).await.is_ok();
        if !all_over {
            tracing::info!(live = self.live.streaming(), "Handing live calls over, the grace period is up");
            self.cancel_ringing().await;
        }
        self.abandon().await;
        !all_over
    }

    /// Lets go of every call at once, and waits until no task works on one any more.
    pub async fn abandon(&self) {
        self.tasks.close();
        self.stop.cancel();
        self.live.forget_all();
        self.tasks.wait().await;
    }

    /// Waits until no call is going on, in either mode.
    async fn calls_over(&self) {
        let mut events = self.subscribe();
        loop {
            match self.store.list_open_attempts().await {
                Ok(open) if open.is_empty() => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(%error, "Cannot see which calls are going on");
                    break;
                }
            }
            let finished = async {
                while let Ok(event) = events.recv().await {
                    if matches!(event.what, What::Finished(_)) {
                        break;
                    }
                }
            };
            // Late or not, the database is asked again.
            let _ = timeout(&*self.clock, LOOK_EVERY, finished).await;
        }
        self.tasks.wait().await;
    }

    /// A phone that rings while nobody is here to talk would only tell of an "application error".
    async fn cancel_ringing(&self) {
        let Ok(open) = self.store.list_open_attempts().await else { return };
        for record in open {
            let AttemptState::Placed { call } = &record.attempt.state else { continue };
            if let Err(error) = self.carrier.cancel(call).await {
                tracing::warn!(attempt = %record.attempt.id, %error, "Could not cancel a ringing call");
            }
        }
    }
}
