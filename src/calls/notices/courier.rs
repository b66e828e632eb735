//! Brings what is in the outbox to those whom it concerns, each by its own way, a few at a time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use tokio_util::sync::CancellationToken;

use super::super::{CallError, Calls};
use super::NO_NEWS;
use crate::domain::notice::{Channel, News, NoticeState, Recipient};
use crate::domain::wake_up::Phase;
use crate::notify::{Message, NotifyError, words};
use crate::store::StoreError;
use crate::store::notices::Notice;

/// How often the outbox is looked into when nothing rings, so that no lost bell loses a notice.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Never sooner than this after the last look, whatever the rows say.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(100);
/// Notices taken out at one look.
const AT_ONCE: u32 = 64;
/// Notices on their way at a time: one server that hangs must not keep the others waiting.
const TOGETHER: usize = 8;

impl Calls {
    /// Delivers until `stop`; what is cut short then is looked after by the next daemon.
    pub async fn run_courier(self: Arc<Self>, stop: CancellationToken) {
        self.recall_conditions().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.deliver_all() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.courier.notified() => {}
                () = self.until_next_notice() => {}
            }
        }
    }

    /// Side by side: an owner's server that hangs must not keep her neighbour from being telephoned.
    async fn deliver_all(&self) {
        let (alerts, notices) = tokio::join!(self.deliver_alerts(), self.deliver_due());
        for error in [alerts, notices].into_iter().filter_map(Result::err) {
            tracing::error!(%error, "Could not look what is to be told");
        }
    }

    async fn until_next_notice(&self) {
        let notice = self.store.next_notice_at().await.ok().flatten();
        let alert = self.store.next_alert_notice_at().await.ok().flatten();
        let next = notice.into_iter().chain(alert).min();
        let wait = next.map_or(LOOK_EVERY, |at| {
            Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default()
        });
        self.clock.sleep(wait.clamp(LOOK_AT_MOST_EVERY, LOOK_EVERY)).await;
    }

    async fn deliver_due(&self) -> Result<(), StoreError> {
        let due = self.store.list_notices_due(self.clock.now(), AT_ONCE).await?;
        stream::iter(due)
            .for_each_concurrent(TOGETHER, |notice| async move {
                if let Err(error) = self.deliver(&notice).await {
                    tracing::error!(occurrence = %notice.occurrence, %error, "Could not see to a notice; it stays in the outbox");
                }
            })
            .await;
        Ok(())
    }

    /// Whether it is told that she is slow after it has ended: then that is what is told.
    pub(super) async fn is_no_news(&self, notice: &Notice) -> Result<bool, StoreError> {
        let phase = self.store.load_occurrence(notice.occurrence).await?.wake_up.phase;
        Ok(notice.news == News::SlowToWake && matches!(phase, Phase::Ended(_)))
    }

    async fn deliver(&self, notice: &Notice) -> Result<(), CallError> {
        if notice.channel == Channel::Phone {
            return self.ring(notice).await;
        }
        if self.is_no_news(notice).await? {
            return Ok(self.settle(notice, NoticeState::Withdrawn, Some(NO_NEWS)).await?);
        }
        let contact = self.contact_of(notice).await?;
        let address = match (notice.recipient, notice.channel) {
            (Recipient::Owner, channel) => self.notifier.owner_address(channel).cloned(),
            (Recipient::Contact(_), Channel::Webhook) => {
                contact.as_ref().and_then(|them| them.webhook.clone())
            }
            (Recipient::Contact(_), _) => contact.as_ref().and_then(|them| them.ntfy.clone()),
        };
        let Some(address) = address else {
            let why = Some("there is no such address any more");
            return Ok(self.settle(notice, NoticeState::GivenUp, why).await?);
        };
        let (facts, hers) = self.facts(notice).await?;
        let language = contact.map_or(hers, |them| them.language);
        let words = words::written(&language, &facts);
        let message = Message {
            id: notice.id,
            occurrence: notice.occurrence,
            sent_at: self.clock.now(),
            facts: &facts,
            words: &words,
        };
        let sent = match notice.channel {
            Channel::Webhook => self.notifier.by_webhook(&address, &message).await,
            Channel::Ntfy | Channel::Phone => self.notifier.by_ntfy(&address, &message).await,
        };
        if sent.is_err() {
            self.metrics.not_told(notice.channel);
        }
        let tried = Notice { tries: notice.tries + 1, ..notice.clone() };
        match sent {
            Ok(()) => self.settle(&tried, NoticeState::Sent, None).await?,
            Err(error @ NotifyError::Refused { .. }) => {
                self.settle(&tried, NoticeState::GivenUp, Some(&error.to_string())).await?;
            }
            Err(error @ NotifyError::NotNow { .. }) => {
                self.again_or_give_up(&tried, &error.to_string()).await?;
            }
        }
        Ok(())
    }
}
