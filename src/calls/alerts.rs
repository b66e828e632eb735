//! What somebody should look at: written down once, logged, counted, told to the owner, and shown until it
//! is over or somebody has looked. When the database itself is the trouble, memory has to do.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::{CallError, Calls};
use crate::domain::alert::AlertKind;
use crate::domain::ids::AlertId;
use crate::domain::notice::{Channel, NoticeState};
use crate::notify::{AlertMessage, NotifyError};
use crate::store::alerts::{Alert, AlertNotice};
use crate::store::{Change, StoreError};

/// Alerts remembered while the database takes none; whoever has that many has heard enough.
const UNWRITTEN_MAX: usize = 32;
/// Open alerts that are shown.
const SHOWN_MAX: u32 = 100;
/// Alerts taken out of the outbox at one look.
const AT_ONCE: u32 = 32;

/// An alert that the database could not take, and by which ways the owner knows of it all the same.
#[derive(Debug, Clone)]
struct Unwritten {
    alert: Alert,
    told: Vec<Channel>,
}

/// What is remembered of alerts beside the database.
#[derive(Debug, Default)]
pub(super) struct AlertBoard {
    unwritten: Mutex<Vec<Unwritten>>,
    /// Conditions that go on, so that each tick need not ask the database.
    conditions: Mutex<BTreeSet<AlertKind>>,
}

impl AlertBoard {
    fn unwritten(&self) -> MutexGuard<'_, Vec<Unwritten>> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn conditions(&self) -> MutexGuard<'_, BTreeSet<AlertKind>> {
        self.conditions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    /// Raises an alert; nothing happens when that incident is known. `detail` holds no personal data.
    pub async fn raise(&self, kind: AlertKind, subject: &str, detail: &str) {
        if self.goes_on(kind) {
            return;
        }
        let alert = self.alert(kind, subject, detail);
        match self.write_alert(&alert, &[]).await {
            Ok(true) => self.announce_alert(&alert),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(kind = kind.name(), %error, "An alert could not be written down");
                self.remember(&alert);
            }
        }
    }

    /// Raises an alert without asking the database, which is the trouble.
    pub fn raise_from_memory(&self, kind: AlertKind, subject: &str, detail: &str) {
        if !self.goes_on(kind) {
            self.remember(&self.alert(kind, subject, detail));
        }
    }

    /// Raises an alert as part of a change; whoever is concerned is told by other ways.
    pub(super) async fn raise_in(
        &self,
        change: &mut Change,
        kind: AlertKind,
        subject: &str,
        detail: &str,
    ) -> Result<bool, StoreError> {
        change.raise_alert(&self.alert(kind, subject, detail)).await
    }

    /// A condition is over.
    pub async fn resolve(&self, kind: AlertKind) {
        let waits = self.alerts.unwritten().iter().any(|one| one.alert.kind == kind);
        if waits || !self.goes_on(kind) {
            return;
        }
        match self.write_resolved(kind).await {
            Ok(closed) => {
                self.alerts.conditions().remove(&kind);
                if closed > 0 {
                    tracing::info!(kind = kind.name(), "An alert is resolved: it is over");
                }
            }
            Err(error) => {
                tracing::warn!(kind = kind.name(), %error, "An alert is over and stays open: it could not be written down");
            }
        }
    }

    /// Whether a condition goes on as far as is known.
    pub fn goes_on(&self, kind: AlertKind) -> bool {
        kind.is_condition() && self.alerts.conditions().contains(&kind)
    }

    /// Somebody has looked; false when it was closed before.
    pub async fn acknowledge(&self, id: AlertId) -> Result<bool, CallError> {
        let mut change = self.store.change().await?;
        let acknowledged = change.acknowledge_alert(id, self.clock.now()).await?;
        change.commit().await?;
        Ok(acknowledged)
    }

    /// What is open, the newest first; of what the database cannot tell, what is remembered.
    pub async fn open_alerts(&self) -> Vec<Alert> {
        let mut open: Vec<Alert> = self.alerts.unwritten().iter().map(|one| one.alert.clone()).collect();
        match self.store.list_alerts(true, SHOWN_MAX).await {
            Ok(stored) => open.extend(stored),
            Err(error) => tracing::warn!(%error, "Could not read the alerts"),
        }
        open
    }

    fn alert(&self, kind: AlertKind, subject: &str, detail: &str) -> Alert {
        let raised_at = self.clock.now();
        let id = self.with_rng(|rng| AlertId::new(raised_at, rng));
        let (subject, detail) = (subject.to_owned(), detail.to_owned());
        Alert { id, kind, subject, detail, raised_at, closed: None }
    }

    fn announce_alert(&self, alert: &Alert) {
        let (kind, subject, detail) = (alert.kind, &alert.subject, &alert.detail);
        if kind.is_condition() {
            self.alerts.conditions().insert(kind);
        }
        self.metrics.alerted(kind);
        let (name, title) = (kind.name(), kind.title());
        if kind.is_grave() {
            tracing::error!(alert = name, %subject, "{title}: {detail}");
        } else {
            tracing::warn!(alert = name, %subject, "{title}: {detail}");
        }
        self.courier.notify_one();
    }

    fn remember(&self, alert: &Alert) {
        let mut unwritten = self.alerts.unwritten();
        let known = |one: &Unwritten| one.alert.kind == alert.kind && one.alert.subject == alert.subject;
        if unwritten.len() >= UNWRITTEN_MAX || unwritten.iter().any(known) {
            return;
        }
        unwritten.push(Unwritten { alert: alert.clone(), told: Vec::new() });
        drop(unwritten);
        self.announce_alert(alert);
    }

    /// Writes an alert down with its outbox; `told` are the ways by which the owner knows of it already.
    async fn write_alert(&self, alert: &Alert, told: &[Channel]) -> Result<bool, StoreError> {
        let mut change = self.store.change().await?;
        let is_new = change.raise_alert(alert).await?;
        if is_new {
            for channel in self.notifier.owner_channels() {
                let next_try = (!told.contains(&channel)).then_some(alert.raised_at);
                change.add_alert_notice(alert.id, channel, next_try).await?;
            }
        }
        change.commit().await?;
        Ok(is_new)
    }

    async fn write_resolved(&self, kind: AlertKind) -> Result<u64, StoreError> {
        let mut change = self.store.change().await?;
        let closed = change.resolve_alerts(kind, self.clock.now()).await?;
        change.commit().await?;
        Ok(closed)
    }

    /// Conditions that an earlier run of the program left open are over as soon as this one sees so.
    pub(super) async fn recall_conditions(&self) {
        for alert in self.open_alerts().await {
            if alert.kind.is_condition() {
                self.alerts.conditions().insert(alert.kind);
            }
        }
    }

    /// Tells the owner what is in the outbox, and what has not come so far.
    pub(super) async fn deliver_alerts(&self) -> Result<(), StoreError> {
        self.see_to_unwritten().await;
        for notice in self.store.list_alert_notices_due(self.clock.now(), AT_ONCE).await? {
            let sent = self.tell_owner(&notice.alert, notice.channel).await;
            self.settle_alert(&AlertNotice { tries: notice.tries + 1, ..notice }, sent).await?;
        }
        Ok(())
    }

    async fn see_to_unwritten(&self) {
        let waiting = self.alerts.unwritten().clone();
        for mut one in waiting {
            for channel in self.notifier.owner_channels() {
                let told = one.told.contains(&channel);
                if !told && self.tell_owner(&one.alert, channel).await.is_ok() {
                    one.told.push(channel);
                }
            }
            let written = self.write_alert(&one.alert, &one.told).await.is_ok();
            let mut unwritten = self.alerts.unwritten();
            if written {
                unwritten.retain(|other| other.alert.id != one.alert.id);
            } else if let Some(kept) = unwritten.iter_mut().find(|other| other.alert.id == one.alert.id) {
                *kept = one;
            }
        }
    }

    async fn tell_owner(&self, alert: &Alert, channel: Channel) -> Result<(), NotifyError> {
        let Some(address) = self.notifier.owner_address(channel).cloned() else { return Ok(()) };
        let message = AlertMessage {
            id: alert.id,
            kind: alert.kind,
            subject: &alert.subject,
            detail: &alert.detail,
            raised_at: alert.raised_at,
            sent_at: self.clock.now(),
        };
        let sent = match channel {
            Channel::Webhook => self.notifier.alert_by_webhook(&address, &message).await,
            Channel::Ntfy | Channel::Phone => self.notifier.alert_by_ntfy(&address, &message).await,
        };
        if let Err(error) = &sent {
            self.metrics.not_told(channel);
            tracing::warn!(alert = alert.kind.name(), channel = channel.name(), %error, "Could not tell the owner of an alert");
        }
        sent
    }

    async fn settle_alert(
        &self,
        tried: &AlertNotice,
        sent: Result<(), NotifyError>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let again = tried.channel.again_after(tried.tries);
        let (state, next_try, problem) = match (sent, again) {
            (Ok(()), _) => (NoticeState::Sent, None, None),
            (Err(error @ NotifyError::NotNow { .. }), Some(wait)) => {
                let until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
                (NoticeState::Pending, Some(until), Some(error.to_string()))
            }
            (Err(error), _) => (NoticeState::GivenUp, None, Some(error.to_string())),
        };
        let mut change = self.store.change().await?;
        change.settle_alert_notice(tried, state, next_try, problem.as_deref()).await?;
        change.commit().await
    }
}
