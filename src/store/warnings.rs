//! When to look whether somebody must be told that a sleeper is slow to wake.

use jiff::Timestamp;

use super::cells::millis;
use super::{Change, Store, StoreError};
use crate::domain::ids::OccurrenceId;

impl Store {
    /// Wake-ups under way that may have to be told of by now, the most overdue first.
    pub async fn list_to_warn_of(&self, now: Timestamp, limit: u32) -> Result<Vec<OccurrenceId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM occurrences WHERE warn_at_ms <= $1 ORDER BY warn_at_ms LIMIT $2",
        )
        .bind(millis(now))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        let corrupt = StoreError::Corrupt { table: "occurrences", column: "id" };
        ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(|_| corrupt)
    }
}

impl Change {
    /// Looks at `at` whether it must be told; only the first time counts, so that a ladder that begins
    /// again does not put the warning off.
    pub async fn warn_first_at(&mut self, id: OccurrenceId, at: Timestamp) -> Result<(), StoreError> {
        self.set_warning(
            "UPDATE occurrences SET warn_at_ms = $1 WHERE id = $2 AND warn_at_ms IS NULL AND warned_at_ms IS NULL",
            id,
            at,
        )
        .await
    }

    /// Looks again at `at`.
    pub async fn warn_again_at(&mut self, id: OccurrenceId, at: Timestamp) -> Result<(), StoreError> {
        self.set_warning("UPDATE occurrences SET warn_at_ms = $1 WHERE id = $2", id, at).await
    }

    /// There is nothing to look at any more: it was told, or it is over.
    pub async fn warning_done(&mut self, id: OccurrenceId, now: Timestamp) -> Result<(), StoreError> {
        self.set_warning("UPDATE occurrences SET warn_at_ms = NULL, warned_at_ms = $1 WHERE id = $2", id, now)
            .await
    }

    async fn set_warning(
        &mut self,
        sql: &'static str,
        id: OccurrenceId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(sql).bind(millis(at)).bind(id.to_string()).execute(&mut *self.tx).await?;
        Ok(())
    }
}
