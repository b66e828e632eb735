//! What somebody should look at, each incident once, and the outbox through which the owner is told.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::alert::AlertKind;
use crate::domain::ids::AlertId;
use crate::domain::notice::{Channel, NoticeState};

/// How an alert was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// The program saw that it is over.
    Resolved,
    /// Somebody has looked.
    Acknowledged,
}

impl Closed {
    /// The word for tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Acknowledged => "acknowledged",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Resolved, Self::Acknowledged].into_iter().find(|how| how.name() == name)
    }
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Ours; receivers may use it to recognise a repetition.
    pub id: AlertId,
    /// What has happened.
    pub kind: AlertKind,
    /// What it is about, such as a wake-up's or a call's identifier; empty for the house as a whole.
    pub subject: String,
    /// The particulars, without personal data.
    pub detail: String,
    /// When.
    pub raised_at: Timestamp,
    /// When and how it was closed; `None` while it is open.
    pub closed: Option<(Timestamp, Closed)>,
}

/// An alert on its way to the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertNotice {
    /// What is told.
    pub alert: Alert,
    /// By which way.
    pub channel: Channel,
    /// Tries so far.
    pub tries: u32,
}

impl Store {
    /// The newest alerts, or only those that are open.
    pub async fn list_alerts(&self, only_open: bool, limit: u32) -> Result<Vec<Alert>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM alerts WHERE closed_at_ms IS NULL OR $1 = 0 ORDER BY raised_at_ms DESC, id DESC LIMIT $2",
        )
        .bind(i64::from(only_open))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }

    /// What the owner is to be told by now; the most overdue first.
    pub async fn list_alert_notices_due(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<AlertNotice>, StoreError> {
        let rows = sqlx::query(
            "SELECT alerts.*, alert_notices.channel, alert_notices.tries
             FROM alert_notices JOIN alerts ON alerts.id = alert_notices.alert_id
             WHERE next_try_at_ms <= $1 ORDER BY next_try_at_ms, alerts.id, channel LIMIT $2",
        )
        .bind(millis(now))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(notice_from_row).collect()
    }

    /// When the next of them is due; `None` when all are settled.
    pub async fn next_alert_notice_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query(
            "SELECT MIN(next_try_at_ms) AS at_ms FROM alert_notices WHERE next_try_at_ms IS NOT NULL",
        )
        .fetch_one(&self.read)
        .await?;
        Cells { row: &row, table: "alert_notices" }.instant_if_set("at_ms")
    }
}

impl Change {
    /// Writes an incident down; false when it was known.
    pub async fn raise_alert(&mut self, alert: &Alert) -> Result<bool, StoreError> {
        let raised = sqlx::query(
            "INSERT INTO alerts (id, kind, subject, detail, raised_at_ms) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING",
        )
        .bind(alert.id.to_string())
        .bind(alert.kind.name())
        .bind(&alert.subject)
        .bind(&alert.detail)
        .bind(millis(alert.raised_at))
        .execute(&mut *self.tx)
        .await?;
        Ok(raised.rows_affected() == 1)
    }

    /// Puts an alert into the outbox, or notes that the owner was told by this way.
    pub async fn add_alert_notice(
        &mut self,
        alert: AlertId,
        channel: Channel,
        next_try_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let state = if next_try_at.is_some() { NoticeState::Pending } else { NoticeState::Sent };
        sqlx::query(
            "INSERT INTO alert_notices (alert_id, channel, state, next_try_at_ms) VALUES ($1, $2, $3, $4)",
        )
        .bind(alert.to_string())
        .bind(channel.name())
        .bind(state.name())
        .bind(next_try_at.map(millis))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Notes how a try went: `next_try_at` is `None` once it is settled.
    pub async fn settle_alert_notice(
        &mut self,
        notice: &AlertNotice,
        state: NoticeState,
        next_try_at: Option<Timestamp>,
        problem: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE alert_notices SET state = $1, tries = $2, next_try_at_ms = $3, problem = $4
             WHERE alert_id = $5 AND channel = $6 AND state = 'pending'",
        )
        .bind(state.name())
        .bind(i64::from(notice.tries))
        .bind(next_try_at.map(millis))
        .bind(problem)
        .bind(notice.alert.id.to_string())
        .bind(notice.channel.name())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Closes what is open of a kind; how many that were.
    pub async fn resolve_alerts(&mut self, kind: AlertKind, now: Timestamp) -> Result<u64, StoreError> {
        let closed = sqlx::query(
            "UPDATE alerts SET closed_at_ms = $1, closed_how = 'resolved' WHERE kind = $2 AND closed_at_ms IS NULL",
        )
        .bind(millis(now))
        .bind(kind.name())
        .execute(&mut *self.tx)
        .await?;
        Ok(closed.rows_affected())
    }

    /// Notes that somebody has looked at it; false when it was closed before.
    pub async fn acknowledge_alert(&mut self, id: AlertId, now: Timestamp) -> Result<bool, StoreError> {
        let closed = sqlx::query(
            "UPDATE alerts SET closed_at_ms = $1, closed_how = 'acknowledged' WHERE id = $2 AND closed_at_ms IS NULL",
        )
        .bind(millis(now))
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(closed.rows_affected() == 1)
    }
}

fn from_row(row: &SqliteRow) -> Result<Alert, StoreError> {
    let cells = Cells { row, table: "alerts" };
    let closed_at = cells.instant_if_set("closed_at_ms")?;
    let closed_how = cells.word_if_set("closed_how", Closed::from_name)?;
    Ok(Alert {
        id: cells.parse("id")?,
        kind: cells.word("kind", AlertKind::from_name)?,
        subject: cells.get("subject")?,
        detail: cells.get("detail")?,
        raised_at: cells.instant("raised_at_ms")?,
        closed: closed_at.zip(closed_how),
    })
}

fn notice_from_row(row: &SqliteRow) -> Result<AlertNotice, StoreError> {
    let cells = Cells { row, table: "alert_notices" };
    Ok(AlertNotice {
        alert: from_row(row)?,
        channel: cells.word("channel", Channel::from_name)?,
        tries: cells.count("tries")?,
    })
}

#[cfg(test)]
#[path = "alerts_tests.rs"]
mod tests;
