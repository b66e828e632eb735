//! What somebody should look at: listed, and put aside once she has.

use super::dto::{AlertShown, AlertsAsked};
use super::named::{Named, find, short};
use super::{Desk, DeskError};
use crate::store::alerts::Alert;

/// Alerts that are listed.
const LISTED_MAX: u32 = 200;

impl Named for Alert {
    const WHAT: &'static str = "alert";

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.subject]
    }
}

impl Desk {
    /// What is open, or everything, the newest first.
    pub async fn list_alerts(&self, asked: &AlertsAsked) -> Result<Vec<AlertShown>, DeskError> {
        let alerts = self.store.list_alerts(!asked.all, LISTED_MAX).await?;
        Ok(alerts.iter().map(shown).collect())
    }

    /// She has looked at it: it is closed.
    pub async fn acknowledge_alert(&self, named: &str) -> Result<AlertShown, DeskError> {
        let open = self.store.list_alerts(true, LISTED_MAX).await?;
        let alert = find(named, &open)?;
        let mut change = self.store.change().await?;
        if !change.acknowledge_alert(alert.id, self.clock.now()).await? {
            return Err(DeskError::conflict("That alert is closed already.", ""));
        }
        change.record_audit(None, "alert_acknowledged", alert.kind.name(), self.clock.now()).await?;
        change.commit().await?;
        tracing::info!(alert = alert.kind.name(), subject = %alert.subject, "An alert was acknowledged");
        let all = self.store.list_alerts(false, LISTED_MAX).await?;
        let closed = all.iter().find(|other| other.id == alert.id);
        Ok(shown(closed.unwrap_or(alert)))
    }
}

fn shown(alert: &Alert) -> AlertShown {
    let id = alert.id.to_string();
    AlertShown {
        short_id: short(&id),
        id,
        kind: alert.kind,
        title: alert.kind.title().to_owned(),
        subject: alert.subject.clone(),
        detail: alert.detail.clone(),
        advice: alert.kind.advice().to_owned(),
        raised_at: alert.raised_at,
        closed_at: alert.closed.map(|(at, _)| at),
        closed: alert.closed.map(|(_, how)| how.name().to_owned()),
    }
}
