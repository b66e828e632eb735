//! What happened to whom, in order: the history of an attempt as people read it.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{AttemptId, OccurrenceId};

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryLine {
    /// When.
    pub at: Timestamp,
    /// What happened, as one word: `placed`, `fell_back`, `stream_error`.
    pub what: String,
    /// The particulars, without personal data.
    pub detail: String,
}

impl Store {
    /// An attempt's history, oldest first.
    pub async fn list_history(&self, attempt: AttemptId) -> Result<Vec<HistoryLine>, StoreError> {
        let rows = sqlx::query("SELECT at_ms, what, detail FROM audit WHERE attempt_id = $1 ORDER BY id")
            .bind(attempt.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// What happened to a wake-up as a whole (ended, snoozed, told), oldest first.
    pub async fn list_occurrence_history(&self, id: OccurrenceId) -> Result<Vec<HistoryLine>, StoreError> {
        let rows = sqlx::query("SELECT at_ms, what, detail FROM audit WHERE occurrence_id = $1 ORDER BY id")
            .bind(id.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// What happened to the house as a whole, oldest first.
    #[cfg(test)]
    pub async fn list_house_history(&self) -> Result<Vec<HistoryLine>, StoreError> {
        let rows = sqlx::query(
            "SELECT at_ms, what, detail FROM audit WHERE attempt_id IS NULL AND occurrence_id IS NULL ORDER BY id",
        )
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }
}

impl Change {
    /// Writes a line into an attempt's history.
    pub async fn record_history(
        &mut self,
        attempt: AttemptId,
        what: &str,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.append(None, Some(attempt), what, detail, now).await
    }

    /// Writes a line about an occurrence, or, with `None`, about the whole house.
    pub async fn record_audit(
        &mut self,
        occurrence: Option<OccurrenceId>,
        what: &str,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.append(occurrence, None, what, detail, now).await
    }

    async fn append(
        &mut self,
        occurrence: Option<OccurrenceId>,
        attempt: Option<AttemptId>,
        what: &str,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO audit (at_ms, occurrence_id, attempt_id, what, detail) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(millis(now))
        .bind(occurrence.map(|id| id.to_string()))
        .bind(attempt.map(|id| id.to_string()))
        .bind(what)
        .bind(detail)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

fn from_row(row: &SqliteRow) -> Result<HistoryLine, StoreError> {
    let cells = Cells { row, table: "audit" };
    Ok(HistoryLine { at: cells.instant("at_ms")?, what: cells.get("what")?, detail: cells.get("detail")? })
}
