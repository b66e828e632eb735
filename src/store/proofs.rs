//! What was seen of her, inside calls and from outside, and how quick she is when she is up.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::occurrences::Occurrence;
use super::{Change, Store, StoreError};
use crate::domain::ids::{AttemptId, OccurrenceId, SleeperId};
use crate::domain::mode::CallMode;
use crate::domain::proof::{Proof, Proofs};

/// Answer times looked back on; a season's mornings tell more than a year's.
const ANSWERS_REMEMBERED: u32 = 40;

/// One piece of evidence, bound to a wake-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenProof {
    /// For which wake-up.
    pub occurrence: OccurrenceId,
    /// In which call; `None` when it came from outside any.
    pub attempt: Option<AttemptId>,
    /// What kind.
    pub proof: Proof,
    /// Who says so: `call`, `doorbell`, the name of a printed code.
    pub source: String,
    /// The reason, in a sentence.
    pub evidence: String,
    /// When.
    pub seen_at: Timestamp,
    /// Until when it counts.
    pub valid_until: Timestamp,
}

impl Store {
    /// Everything seen for a wake-up, oldest first.
    pub async fn list_proofs(&self, occurrence: OccurrenceId) -> Result<Vec<SeenProof>, StoreError> {
        let rows = sqlx::query("SELECT * FROM proofs WHERE occurrence_id = $1 ORDER BY id")
            .bind(occurrence.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }
}

impl Change {
    /// Writes a piece of evidence down.
    pub async fn record_proof(&mut self, seen: &SeenProof) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO proofs (occurrence_id, attempt_id, proof, source, evidence, seen_at_ms, valid_until_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(seen.occurrence.to_string())
        .bind(seen.attempt.map(|id| id.to_string()))
        .bind(seen.proof.name())
        .bind(&seen.source)
        .bind(&seen.evidence)
        .bind(millis(seen.seen_at))
        .bind(millis(seen.valid_until))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// The kinds seen from outside any call that count now. What she said in a call counts in that call:
    /// she may have slept again since. And what proved her up once does not prove that she stayed so.
    pub async fn proofs_from_outside(
        &mut self,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<Proofs, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT proof FROM proofs WHERE occurrence_id = $1 AND attempt_id IS NULL
               AND valid_until_ms > $2 AND seen_at_ms > $3",
        )
        .bind(occurrence.id.to_string())
        .bind(millis(now))
        .bind(millis(occurrence.wake_up.proven_at.unwrap_or(Timestamp::MIN)))
        .fetch_all(&mut *self.tx)
        .await?;
        let corrupt = StoreError::Corrupt { table: "proofs", column: "proof" };
        names
            .iter()
            .try_fold(Proofs::NONE, |seen, name| Some(seen.with(Proof::from_name(name)?)))
            .ok_or(corrupt)
    }

    /// How long she took for her latest right answers in that mode, newest first.
    pub async fn list_answer_times(
        &mut self,
        sleeper: SleeperId,
        mode: CallMode,
    ) -> Result<Vec<Duration>, StoreError> {
        let times: Vec<i64> = sqlx::query_scalar(
            "SELECT took_ms FROM answer_times WHERE sleeper_id = $1 AND mode = $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(sleeper.to_string())
        .bind(mode.name())
        .bind(i64::from(ANSWERS_REMEMBERED))
        .fetch_all(&mut *self.tx)
        .await?;
        Ok(times.into_iter().map(|ms| Duration::from_millis(ms.unsigned_abs())).collect())
    }

    /// Remembers how long a right answer took her.
    pub async fn record_answer_time(
        &mut self,
        sleeper: SleeperId,
        mode: CallMode,
        took: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO answer_times (sleeper_id, mode, took_ms, answered_at_ms) VALUES ($1, $2, $3, $4)",
        )
        .bind(sleeper.to_string())
        .bind(mode.name())
        .bind(i64::try_from(took.as_millis()).unwrap_or(i64::MAX))
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

pub(super) fn from_row(row: &SqliteRow) -> Result<SeenProof, StoreError> {
    let cells = Cells { row, table: "proofs" };
    Ok(SeenProof {
        occurrence: cells.parse("occurrence_id")?,
        attempt: cells.parse_if_set("attempt_id")?,
        proof: cells.word("proof", Proof::from_name)?,
        source: cells.get("source")?,
        evidence: cells.get("evidence")?,
        seen_at: cells.instant("seen_at_ms")?,
        valid_until: cells.instant("valid_until_ms")?,
    })
}
