//! Calls planned without a schedule.

use super::occurrences::{Occurrence, from_row};
use super::{Store, StoreError};

impl Store {
    /// The planned calls that belong to no schedule, soonest first.
    pub async fn list_one_offs(&self, limit: u32) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences WHERE schedule_id IS NULL AND phase = 'planned' ORDER BY due_at_ms, id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }
}
