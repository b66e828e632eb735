//! Wake-ups of one sleeper that are due together: which is the newest, and what it takes over from the others.

use jiff::Timestamp;

use super::cells::{json, millis};
use super::occurrences::{Occurrence, from_row};
use super::{Change, StoreError};
use crate::domain::ids::{OccurrenceId, SleeperId};
use crate::domain::policy::MorningPolicy;

impl Change {
    /// The newest planned wake-up of the same sleeper that is due as well (R7), and still worth making.
    pub async fn overtaker(
        &mut self,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<Option<Occurrence>, StoreError> {
        let newer = sqlx::query(
            "SELECT * FROM occurrences WHERE sleeper_id = $1 AND phase = 'planned'
               AND schedule_id IS NOT NULL AND due_at_ms <= $2 AND useful_until_ms >= $2 AND (due_at_ms, id) > ($3, $4)
             ORDER BY due_at_ms DESC, id DESC LIMIT 1",
        )
        .bind(occurrence.sleeper.to_string())
        .bind(millis(now))
        .bind(millis(occurrence.wake_up.due_at))
        .bind(occurrence.id.to_string())
        .fetch_optional(&mut *self.tx)
        .await?;
        newer.as_ref().map(from_row).transpose()
    }

    /// A wake-up takes the place of another: it asks for this now, and people are told of it no later than
    /// they would have been of the other.
    pub async fn take_on(
        &mut self,
        id: OccurrenceId,
        policy: &MorningPolicy,
        overtaken: OccurrenceId,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE occurrences SET policy = $1, warn_at_ms = (SELECT warn_at_ms FROM occurrences WHERE id = $2)
             WHERE id = $3 AND phase = 'planned'",
        )
        .bind(json(policy))
        .bind(overtaken.to_string())
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// The wake-ups of a sleeper by her rules that are due by now, with no call going on for them. One that
    /// cannot be read is left out: it must not keep the others from ringing.
    pub async fn due_beside(
        &mut self,
        sleeper: SleeperId,
        now: Timestamp,
    ) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences WHERE sleeper_id = $1 AND schedule_id IS NOT NULL
               AND phase IN ('planned', 'waiting') AND due_at_ms <= $2 ORDER BY due_at_ms, id",
        )
        .bind(sleeper.to_string())
        .bind(millis(now))
        .fetch_all(&mut *self.tx)
        .await?;
        let (read, unreadable): (Vec<_>, Vec<_>) = rows.iter().map(from_row).partition(Result::is_ok);
        for error in unreadable.into_iter().filter_map(Result::err) {
            tracing::error!(%error, "A wake-up that is due as well cannot be read");
        }
        Ok(read.into_iter().filter_map(Result::ok).collect())
    }
}
