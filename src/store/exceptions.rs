//! What single days of a schedule do otherwise.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, json, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{ExceptionId, ScheduleId};
use crate::domain::schedule::Exception;

/// A stored exception.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredException {
    /// Ours.
    pub id: ExceptionId,
    /// Of which rule.
    pub schedule: ScheduleId,
    /// What is otherwise.
    pub exception: Exception,
    /// Since when.
    pub created_at: Timestamp,
}

const OF_ONE: &str = "SELECT * FROM schedule_exceptions WHERE schedule_id = $1 ORDER BY created_at_ms, id";

impl Store {
    /// The exceptions of one rule, in the order in which they were made, past ones among them.
    pub async fn list_exceptions(&self, schedule: ScheduleId) -> Result<Vec<StoredException>, StoreError> {
        let rows = sqlx::query(OF_ONE).bind(schedule.to_string()).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// One exception.
    pub async fn load_exception(&self, id: ExceptionId) -> Result<StoredException, StoreError> {
        let found = sqlx::query("SELECT * FROM schedule_exceptions WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("exception"))
    }
}

impl Change {
    /// The exceptions of one rule, as this change sees them.
    pub async fn exceptions(&mut self, schedule: ScheduleId) -> Result<Vec<StoredException>, StoreError> {
        let rows = sqlx::query(OF_ONE).bind(schedule.to_string()).fetch_all(&mut *self.tx).await?;
        rows.iter().map(from_row).collect()
    }

    /// Adds an exception; one that stands already keeps its identity, which is returned.
    pub async fn add_exception(
        &mut self,
        id: ExceptionId,
        schedule: ScheduleId,
        exception: &Exception,
        now: Timestamp,
    ) -> Result<ExceptionId, StoreError> {
        let stored: String = sqlx::query_scalar(
            "INSERT INTO schedule_exceptions (id, schedule_id, what, last_date, created_at_ms)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (schedule_id, what) DO UPDATE SET last_date = excluded.last_date RETURNING id",
        )
        .bind(id.to_string())
        .bind(schedule.to_string())
        .bind(json(exception))
        .bind(exception.last_date().to_string())
        .bind(millis(now))
        .fetch_one(&mut *self.tx)
        .await?;
        stored.parse().map_err(|_| StoreError::Corrupt { table: "schedule_exceptions", column: "id" })
    }

    /// Takes an exception back.
    pub async fn remove_exception(&mut self, id: ExceptionId) -> Result<(), StoreError> {
        let removed = sqlx::query("DELETE FROM schedule_exceptions WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        if removed.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("exception")) }
    }
}

fn from_row(row: &SqliteRow) -> Result<StoredException, StoreError> {
    let cells = Cells { row, table: "schedule_exceptions" };
    Ok(StoredException {
        id: cells.parse("id")?,
        schedule: cells.parse("schedule_id")?,
        exception: cells.json("what")?,
        created_at: cells.instant("created_at_ms")?,
    })
}
