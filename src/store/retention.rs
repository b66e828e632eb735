//! What grows old goes: conversations first, the rest of a wake-up much later.
//!
//! A little at a time, so that no call waits for its turn to write. What a person says in bed is overwritten
//! (`secure_delete`), and the log of changes is emptied behind it.

use jiff::Timestamp;
use jiff::civil::Date;

use super::cells::millis;
use super::{Change, Store, StoreError};

/// As many rows as one transaction touches; on a small board that is some milliseconds.
const AT_ONCE: i64 = 200;

/// What was let go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Conversations, and what was noted of what she said in them.
    pub conversations: u64,
    /// Whole wake-ups with their attempts and history.
    pub wake_ups: u64,
    /// Exceptions, removed rules and seen callbacks that nothing refers to any more.
    pub leftovers: u64,
}

impl Pruned {
    /// Whether anything was let go.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn with(self, more: Self) -> Self {
        Self {
            conversations: self.conversations + more.conversations,
            wake_ups: self.wake_ups + more.wake_ups,
            leftovers: self.leftovers + more.leftovers,
        }
    }
}

/// What is older than these is let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Conversations that ended before this.
    pub conversations_before: Timestamp,
    /// Wake-ups that ended before this.
    pub wake_ups_before: Timestamp,
    /// Exceptions whose last date is before this.
    pub exceptions_before: Date,
}

/// Words of hers, wherever they stand: what was said, what was made of it, what the carrier was told to say.
const CONVERSATIONS: [&str; 3] = [
    "DELETE FROM utterances WHERE attempt_id IN (SELECT id FROM attempts
        WHERE finished_at_ms < $1 AND id IN (SELECT attempt_id FROM utterances) LIMIT $2)",
    "UPDATE attempts SET proving = NULL, document = NULL,
        verdict_evidence = CASE WHEN verdict_evidence IS NULL THEN NULL ELSE '' END
        WHERE id IN (SELECT id FROM attempts WHERE finished_at_ms < $1
            AND (proving IS NOT NULL OR document IS NOT NULL OR verdict_evidence <> '') LIMIT $2)",
    "UPDATE proofs SET evidence = '' WHERE id IN
        (SELECT id FROM proofs WHERE seen_at_ms < $1 AND evidence <> '' LIMIT $2)",
];

/// The wake-ups of one step. Those of a civil date are never planned again: planning begins at the present.
const OLD: &str = "SELECT id FROM occurrences WHERE phase = 'ended'
    AND COALESCE(ended_at_ms, due_at_ms) < $1 AND due_at_ms < $1
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE occurrence_id = occurrences.id AND state <> 'finished')
    ORDER BY due_at_ms LIMIT $2";

/// What refers to a wake-up, those that refer to others first; `old` is the step's wake-ups.
const WAKE_UPS: [&str; 8] = [
    "DELETE FROM utterances WHERE attempt_id IN
        (SELECT id FROM attempts WHERE occurrence_id IN (SELECT id FROM temp.old))",
    "DELETE FROM callbacks_seen WHERE call_id IN
        (SELECT call_id FROM attempts WHERE occurrence_id IN (SELECT id FROM temp.old))",
    "DELETE FROM audit WHERE occurrence_id IN (SELECT id FROM temp.old) OR attempt_id IN
        (SELECT id FROM attempts WHERE occurrence_id IN (SELECT id FROM temp.old))",
    "DELETE FROM proofs WHERE occurrence_id IN (SELECT id FROM temp.old)",
    "DELETE FROM notice_calls WHERE notice_id IN
        (SELECT id FROM notices WHERE occurrence_id IN (SELECT id FROM temp.old))",
    "DELETE FROM notices WHERE occurrence_id IN (SELECT id FROM temp.old)",
    "DELETE FROM attempts WHERE occurrence_id IN (SELECT id FROM temp.old)",
    "DELETE FROM occurrences WHERE id IN (SELECT id FROM temp.old)",
];

const LEFTOVERS: [&str; 5] = [
    "DELETE FROM callbacks_seen WHERE seen_at_ms < $1",
    "DELETE FROM audit WHERE at_ms < $1 AND occurrence_id IS NULL AND attempt_id IS NULL",
    "DELETE FROM schedule_exceptions WHERE schedule_id IN (SELECT id FROM schedules
        WHERE removed_at_ms < $1 AND id NOT IN (SELECT schedule_id FROM occurrences WHERE schedule_id IS NOT NULL))",
    "DELETE FROM schedule_calendars WHERE schedule_id IN (SELECT id FROM schedules
        WHERE removed_at_ms < $1 AND id NOT IN (SELECT schedule_id FROM occurrences WHERE schedule_id IS NOT NULL))",
    "DELETE FROM schedules WHERE removed_at_ms < $1
        AND id NOT IN (SELECT schedule_id FROM occurrences WHERE schedule_id IS NOT NULL)",
];

impl Store {
    /// Lets go of what is old, in transactions of a few milliseconds each; other writers come in between.
    pub async fn prune(&self, old: &Retention) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        loop {
            let mut change = self.change().await?;
            let step = change.prune_some(old).await?;
            change.commit().await?;
            if step.conversations == 0 && step.wake_ups == 0 {
                pruned = pruned.with(step);
                break;
            }
            pruned = pruned.with(step);
            tokio::task::yield_now().await;
        }
        let mut change = self.change().await?;
        pruned.leftovers = change.prune_leftovers(old).await?;
        change.commit().await?;
        if !pruned.is_empty() {
            self.empty_log().await?;
        }
        Ok(pruned)
    }

    /// What was deleted still stands in the log of changes until that is written over.
    async fn empty_log(&self) -> Result<(), StoreError> {
        let (busy, _, _): (i64, i64, i64) =
            sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.write).await?;
        if busy != 0 {
            tracing::debug!("Somebody is reading; the log of changes is emptied the next time");
        }
        Ok(())
    }
}

impl Change {
    async fn prune_some(&mut self, old: &Retention) -> Result<Pruned, StoreError> {
        let mut pruned = Pruned::default();
        for statement in CONVERSATIONS {
            let before = millis(old.conversations_before);
            let gone = sqlx::query(statement).bind(before).bind(AT_ONCE).execute(&mut *self.tx).await?;
            pruned.conversations += gone.rows_affected();
        }
        sqlx::raw_sql("CREATE TEMP TABLE IF NOT EXISTS old (id TEXT PRIMARY KEY); DELETE FROM temp.old")
            .execute(&mut *self.tx)
            .await?;
        sqlx::query(sqlx::AssertSqlSafe(format!("INSERT INTO temp.old {OLD}")))
            .bind(millis(old.wake_ups_before))
            .bind(AT_ONCE)
            .execute(&mut *self.tx)
            .await?;
        for statement in WAKE_UPS {
            pruned.wake_ups = sqlx::query(statement).execute(&mut *self.tx).await?.rows_affected();
        }
        Ok(pruned)
    }

    async fn prune_leftovers(&mut self, old: &Retention) -> Result<u64, StoreError> {
        let mut gone = 0;
        for statement in LEFTOVERS {
            let deleted =
                sqlx::query(statement).bind(millis(old.wake_ups_before)).execute(&mut *self.tx).await?;
            gone += deleted.rows_affected();
        }
        let exceptions = sqlx::query("DELETE FROM schedule_exceptions WHERE last_date < $1")
            .bind(old.exceptions_before.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(gone + exceptions.rows_affected())
    }
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;
