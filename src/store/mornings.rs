//! Mornings as people read them: wake-ups by whose and which, and all that happened in one, in order.

use jiff::Timestamp;

use super::attempts::AttemptRecord;
use super::cells::Cells;
use super::occurrences::{self, Occurrence};
use super::{Store, StoreError, attempts};
use crate::domain::ids::{AttemptId, OccurrenceId, SleeperId};

/// A part of all wake-ups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that have not ended, the soonest first.
    Coming,
    /// Those that have ended, the newest first.
    Past,
    /// All, the newest first.
    All,
}

/// One line of a wake-up's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineLine {
    /// When.
    pub at: Timestamp,
    /// In which attempt; `None` when it concerns the wake-up as a whole.
    pub attempt: Option<AttemptId>,
    /// What happened, as one word.
    pub what: String,
    /// The particulars, without personal data.
    pub detail: String,
}

/// More lines than a morning of eight calls can fill.
const LINES_MAX: i64 = 2_000;

impl Store {
    /// The wake-ups of one sleeper, or with `None` of all.
    pub async fn list_occurrences(
        &self,
        which: Which,
        sleeper: Option<SleeperId>,
        limit: u32,
    ) -> Result<Vec<Occurrence>, StoreError> {
        let statement = match which {
            Which::Coming => {
                "SELECT * FROM occurrences WHERE phase <> 'ended' AND ($1 IS NULL OR sleeper_id = $1)
                 ORDER BY due_at_ms, id LIMIT $2"
            }
            Which::Past => {
                "SELECT * FROM occurrences WHERE phase = 'ended' AND ($1 IS NULL OR sleeper_id = $1)
                 ORDER BY due_at_ms DESC, id DESC LIMIT $2"
            }
            Which::All => {
                "SELECT * FROM occurrences WHERE $1 IS NULL OR sleeper_id = $1
                 ORDER BY due_at_ms DESC, id DESC LIMIT $2"
            }
        };
        let rows = sqlx::query(statement)
            .bind(sleeper.map(|id| id.to_string()))
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(occurrences::from_row).collect()
    }

    /// When the next call is to be made; that of a call under way is when the carrier is asked about it.
    pub async fn next_ring_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query(
            "SELECT MIN(next_action_at_ms) AS at_ms FROM occurrences WHERE phase IN ('planned', 'waiting')",
        )
        .fetch_one(&self.read)
        .await?;
        Cells { row: &row, table: "occurrences" }.instant_if_set("at_ms")
    }

    /// The wake-ups that began, of one sleeper or of all, the last begun first. One that was called off before
    /// its first call never began.
    pub async fn list_begun(
        &self,
        sleeper: Option<SleeperId>,
        limit: u32,
    ) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences
             WHERE (calls > 0 OR phase NOT IN ('planned', 'ended') OR ended_how <> 'cancelled'
                    OR EXISTS (SELECT 1 FROM attempts WHERE occurrence_id = occurrences.id))
               AND ($1 IS NULL OR sleeper_id = $1)
             ORDER BY COALESCE((SELECT MIN(intent_at_ms) FROM attempts WHERE occurrence_id = occurrences.id),
                               due_at_ms) DESC, id DESC LIMIT $2",
        )
        .bind(sleeper.map(|id| id.to_string()))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(occurrences::from_row).collect()
    }

    /// At most `limit` wake-ups whose identifier begins or ends with `part` (hexadecimal digits and dashes), or
    /// has it in its last eight digits, which people are shown.
    pub async fn find_occurrences(&self, part: &str, limit: u32) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences
             WHERE id LIKE $1 || '%' OR id LIKE '%' || $1 OR substr(id, 29) LIKE '%' || $1 || '%'
             ORDER BY id LIMIT $2",
        )
        .bind(part)
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(occurrences::from_row).collect()
    }

    /// At most `limit` attempts whose identifier begins or ends with `part` (hexadecimal digits and dashes), or
    /// has it in its last eight digits, which people are shown.
    pub async fn find_attempts(&self, part: &str, limit: u32) -> Result<Vec<AttemptRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM attempts
             WHERE id LIKE $1 || '%' OR id LIKE '%' || $1 OR substr(id, 29) LIKE '%' || $1 || '%'
             ORDER BY id LIMIT $2",
        )
        .bind(part)
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(attempts::from_row).collect()
    }

    /// The newest attempts, of one sleeper or of all.
    pub async fn list_recent_attempts(
        &self,
        sleeper: Option<SleeperId>,
        limit: u32,
    ) -> Result<Vec<AttemptRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM attempts WHERE $1 IS NULL OR sleeper_id = $1
             ORDER BY intent_at_ms DESC, id DESC LIMIT $2",
        )
        .bind(sleeper.map(|id| id.to_string()))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(attempts::from_row).collect()
    }

    /// All that happened in one wake-up, in order.
    pub async fn list_timeline(&self, occurrence: OccurrenceId) -> Result<Vec<TimelineLine>, StoreError> {
        let rows = sqlx::query(
            "SELECT at_ms, attempt_id, what, detail FROM audit
             WHERE occurrence_id = $1 OR attempt_id IN (SELECT id FROM attempts WHERE occurrence_id = $1)
             ORDER BY id LIMIT $2",
        )
        .bind(occurrence.to_string())
        .bind(LINES_MAX)
        .fetch_all(&self.read)
        .await?;
        rows.iter()
            .map(|row| {
                let cells = Cells { row, table: "audit" };
                Ok(TimelineLine {
                    at: cells.instant("at_ms")?,
                    attempt: cells.parse_if_set("attempt_id")?,
                    what: cells.get("what")?,
                    detail: cells.get("detail")?,
                })
            })
            .collect()
    }
}
