//! Status callbacks already taken in.

use jiff::Timestamp;

use super::cells::millis;
use super::{Change, StoreError};
use crate::domain::ids::CallId;

impl Change {
    /// Remembers a callback; false when it was seen before, so that it changes nothing twice.
    pub async fn remember_callback(
        &mut self,
        call: &CallId,
        sequence: u32,
        status: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let inserted = sqlx::query(
            "INSERT INTO callbacks_seen (call_id, sequence, status, seen_at_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT DO NOTHING",
        )
        .bind(call.as_str())
        .bind(i64::from(sequence))
        .bind(status)
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }
}
