//! Tickets: each opens the media socket of one live call, once.

use jiff::Timestamp;

use super::AttemptRecord;
use super::row::from_row;
use crate::domain::ids::{AttemptId, Nonce};
use crate::store::cells::millis;
use crate::store::{Change, Store, StoreError};

impl Store {
    /// Whether a ticket could open anything: asked of a stranger's request before anything is written.
    pub async fn is_ticket_open(&self, ticket: &Nonce) -> Result<bool, StoreError> {
        let found: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM attempts WHERE ticket = $1 AND ticket_used_at_ms IS NULL")
                .bind(ticket.as_str())
                .fetch_optional(&self.read)
                .await?;
        Ok(found.is_some())
    }
}

impl Change {
    /// Stores the ticket of the media socket.
    pub async fn set_ticket(&mut self, id: AttemptId, ticket: &Nonce) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET ticket = $1 WHERE id = $2")
            .bind(ticket.as_str())
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Tears a ticket: the attempt it opens, once; `None` for a stolen, used, foreign or outdated one.
    pub async fn use_ticket(
        &mut self,
        ticket: &Nonce,
        now: Timestamp,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        let torn = sqlx::query(
            "UPDATE attempts SET ticket_used_at_ms = $1
             WHERE ticket = $2 AND ticket_used_at_ms IS NULL AND state = 'answered' AND fell_back_at_ms IS NULL
             RETURNING *",
        )
        .bind(millis(now))
        .bind(ticket.as_str())
        .fetch_optional(&mut *self.tx)
        .await?;
        torn.as_ref().map(from_row).transpose()
    }
}
