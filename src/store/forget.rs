//! Forgetting a person: every row that is about her, in one transaction.
//!
//! A table that names a sleeper, a rule of hers, a wake-up or an attempt has its line in [`HERS`]; a test
//! reads the tables and says which one is missing.

use super::{Change, StoreError};
use crate::domain::ids::SleeperId;

/// What was deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gone {
    /// Rules.
    pub schedules: u64,
    /// Wake-ups.
    pub occurrences: u64,
    /// Attempts.
    pub attempts: u64,
    /// Lines of conversation.
    pub utterances: u64,
}

/// What is hers, table by table: those that point at others first.
const HERS: [(&str, &str); 18] = [
    ("memories", "DELETE FROM memories WHERE sleeper_id = $1"),
    ("memory_sources", "DELETE FROM memory_sources WHERE sleeper_id = $1"),
    (
        "utterances",
        "DELETE FROM utterances WHERE attempt_id IN (SELECT id FROM attempts WHERE sleeper_id = $1)",
    ),
    (
        "audit",
        "DELETE FROM audit WHERE attempt_id IN (SELECT id FROM attempts WHERE sleeper_id = $1)
            OR occurrence_id IN (SELECT id FROM occurrences WHERE sleeper_id = $1)",
    ),
    // What was done about places of hers says their names, and a place is often named after its person.
    (
        "audit",
        "DELETE FROM audit WHERE occurrence_id IS NULL AND attempt_id IS NULL AND EXISTS
            (SELECT 1 FROM places WHERE places.sleeper_id = $1 AND instr(audit.detail, places.name) > 0)",
    ),
    (
        "callbacks_seen",
        "DELETE FROM callbacks_seen WHERE call_id IN (SELECT call_id FROM attempts WHERE sleeper_id = $1)",
    ),
    (
        "proofs",
        "DELETE FROM proofs WHERE occurrence_id IN (SELECT id FROM occurrences WHERE sleeper_id = $1)",
    ),
    ("answer_times", "DELETE FROM answer_times WHERE sleeper_id = $1"),
    (
        "notice_calls",
        "DELETE FROM notice_calls WHERE notice_id IN (SELECT id FROM notices WHERE occurrence_id IN
            (SELECT id FROM occurrences WHERE sleeper_id = $1))",
    ),
    (
        "notices",
        "DELETE FROM notices WHERE occurrence_id IN (SELECT id FROM occurrences WHERE sleeper_id = $1)",
    ),
    ("contacts", "DELETE FROM contacts WHERE sleeper_id = $1"),
    ("attempts", "DELETE FROM attempts WHERE sleeper_id = $1"),
    ("occurrences", "DELETE FROM occurrences WHERE sleeper_id = $1"),
    (
        "schedule_exceptions",
        "DELETE FROM schedule_exceptions WHERE schedule_id IN (SELECT id FROM schedules WHERE sleeper_id = $1)",
    ),
    (
        "schedule_calendars",
        "DELETE FROM schedule_calendars WHERE schedule_id IN (SELECT id FROM schedules WHERE sleeper_id = $1)",
    ),
    ("schedules", "DELETE FROM schedules WHERE sleeper_id = $1"),
    ("places", "DELETE FROM places WHERE sleeper_id = $1"),
    ("sleepers", "DELETE FROM sleepers WHERE id = $1"),
];

impl Change {
    /// Whether a call to her, or from her, is going on or being made.
    pub async fn has_open_attempt(&mut self, sleeper: SleeperId) -> Result<bool, StoreError> {
        let open: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM attempts WHERE sleeper_id = $1 AND state <> 'finished'")
                .bind(sleeper.to_string())
                .fetch_one(&mut *self.tx)
                .await?;
        Ok(open > 0)
    }

    /// Deletes everything about a sleeper, and her.
    pub async fn forget_sleeper(&mut self, sleeper: SleeperId) -> Result<Gone, StoreError> {
        let mut gone = Gone::default();
        for (table, statement) in HERS {
            let deleted = sqlx::query(statement).bind(sleeper.to_string()).execute(&mut *self.tx).await?;
            let rows = deleted.rows_affected();
            match table {
                "schedules" => gone.schedules = rows,
                "occurrences" => gone.occurrences = rows,
                "attempts" => gone.attempts = rows,
                "utterances" => gone.utterances = rows,
                "sleepers" if rows == 0 => return Err(StoreError::NotFound("sleeper")),
                _ => {}
            }
        }
        Ok(gone)
    }
}

#[cfg(test)]
#[path = "forget_tests.rs"]
mod tests;
