//! Tries to reach a sleeper: written before the carrier is asked, bound to its call whenever that is
//! learned, finished once.

mod row;
mod tickets;

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

pub(super) use self::row::from_row;
use super::cells::{json, millis};
use super::{Change, Store, StoreError};
use crate::coach::proving::Proving;
use crate::coach::verdict::Verdict;
use crate::domain::attempt::{Attempt, AttemptState, FallBack, Outcome};
use crate::domain::ids::{AttemptId, CallId, Nonce, OccurrenceId};
use crate::domain::money::MicroDollars;
use crate::domain::phone::PhoneNumber;
use crate::domain::wake_up::Lateness;

/// An attempt with what the call has left behind so far.
#[derive(Clone, PartialEq)]
pub struct AttemptRecord {
    /// The attempt itself.
    pub attempt: Attempt,
    /// How late the coach should say it is.
    pub lateness: Lateness,
    /// The occurrence's fence when it was written.
    pub fence: u32,
    /// How our side ended the call; the carrier's word may still be on its way.
    pub ending: Option<Outcome>,
    /// The coach's decision that she is up.
    pub verdict: Option<Verdict>,
    /// The one-time name of its media socket; `None` until the carrier was sent there.
    pub ticket: Option<Nonce>,
    /// When the media socket was opened with it.
    pub ticket_used_at: Option<Timestamp>,
    /// The turn that the next answer in traditional mode belongs to.
    pub turn: u32,
    /// Silent turns in a row.
    pub silences: u32,
    /// The last voice document, for a carrier that asks twice.
    pub document: Option<String>,
    /// From the stream's start to the coach's first sound.
    pub first_audio: Option<Duration>,
    /// How often she spoke over the coach.
    pub barge_ins: u32,
    /// How often the model leg was opened anew.
    pub reconnects: u32,
    /// How far the call has come with its proofs; `None` until it is answered.
    pub proving: Option<Proving>,
}

impl AttemptRecord {
    /// An attempt of which nothing has happened yet.
    pub fn intended(attempt: Attempt, lateness: Lateness, fence: u32) -> Self {
        Self {
            attempt,
            lateness,
            fence,
            ending: None,
            verdict: None,
            ticket: None,
            ticket_used_at: None,
            turn: 0,
            silences: 0,
            document: None,
            first_audio: None,
            barge_ins: 0,
            reconnects: 0,
            proving: None,
        }
    }
}

// The document holds secret addresses and what was said; the verdict's evidence is what she said.
impl fmt::Debug for AttemptRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AttemptRecord")
            .field("attempt", &self.attempt)
            .field("ending", &self.ending)
            .field("verdict", &self.verdict.as_ref().map(|verdict| verdict.proof))
            .field("ticket_used_at", &self.ticket_used_at)
            .field("turn", &self.turn)
            .field("silences", &self.silences)
            .field("barge_ins", &self.barge_ins)
            .field("reconnects", &self.reconnects)
            .finish_non_exhaustive()
    }
}

/// Measurements of a realtime leg, written when it ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LegFigures {
    /// From the stream's start to the coach's first sound.
    pub first_audio: Option<Duration>,
    /// How often she spoke over the coach.
    pub barge_ins: u32,
    /// How often the model leg was opened anew.
    pub reconnects: u32,
    /// What the model cost.
    pub cost: MicroDollars,
}

impl Store {
    /// One attempt.
    pub async fn load_attempt(&self, id: AttemptId) -> Result<AttemptRecord, StoreError> {
        let found = sqlx::query("SELECT * FROM attempts WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("attempt"))
    }

    /// The attempt whose webhooks carry this nonce.
    pub async fn find_attempt_by_nonce(&self, nonce: &Nonce) -> Result<Option<AttemptRecord>, StoreError> {
        let found = sqlx::query("SELECT * FROM attempts WHERE nonce = $1")
            .bind(nonce.as_str())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// All attempts of one wake-up, in order.
    pub async fn list_attempts(&self, occurrence: OccurrenceId) -> Result<Vec<AttemptRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM attempts WHERE occurrence_id = $1 ORDER BY number")
            .bind(occurrence.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// Attempts that are not over.
    pub async fn list_open_attempts(&self) -> Result<Vec<AttemptRecord>, StoreError> {
        let rows = sqlx::query("SELECT * FROM attempts WHERE state <> 'finished' ORDER BY intent_at_ms")
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// The attempt that a carrier's call belongs to.
    pub async fn find_attempt_by_call(&self, call: &CallId) -> Result<Option<AttemptRecord>, StoreError> {
        let found = sqlx::query("SELECT * FROM attempts WHERE call_id = $1")
            .bind(call.as_str())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }
}

impl Change {
    /// Writes an intent down; [`StoreError::NumberBusy`] while that number has a live call.
    pub async fn add_attempt(&mut self, record: &AttemptRecord) -> Result<(), StoreError> {
        let attempt = &record.attempt;
        if self.is_told_by_phone(&attempt.to).await? {
            return Err(StoreError::NumberBusy);
        }
        let answered_at = match &attempt.state {
            AttemptState::Answered { answered_at, .. } => Some(*answered_at),
            _ => None,
        };
        sqlx::query(
            "INSERT INTO attempts (id, occurrence_id, sleeper_id, number, kind, to_number, nonce, lateness, mode,
                 mode_reason, probability, draw, intent_at_ms, fence, state, call_id, answered_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        )
        .bind(attempt.id.to_string())
        .bind(attempt.occurrence.to_string())
        .bind(attempt.sleeper.to_string())
        .bind(i64::from(attempt.number))
        .bind(attempt.kind.name())
        .bind(attempt.to.as_str())
        .bind(attempt.nonce.as_str())
        .bind(record.lateness.name())
        .bind(attempt.decision.mode.name())
        .bind(attempt.decision.reason.name())
        .bind(attempt.decision.probability.value())
        .bind(attempt.decision.draw)
        .bind(millis(attempt.intent_at))
        .bind(i64::from(record.fence))
        .bind(attempt.state.name())
        .bind(attempt.state.call().map(CallId::as_str))
        .bind(answered_at.map(millis))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// How many attempts a wake-up has had.
    pub async fn count_attempts(&mut self, occurrence: OccurrenceId) -> Result<u32, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM attempts WHERE occurrence_id = $1")
            .bind(occurrence.to_string())
            .fetch_one(&mut *self.tx)
            .await?;
        u32::try_from(count).map_err(|_| StoreError::Corrupt { table: "attempts", column: "number" })
    }

    /// One attempt, as this change sees it.
    pub async fn attempt(&mut self, id: AttemptId) -> Result<AttemptRecord, StoreError> {
        let found = sqlx::query("SELECT * FROM attempts WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *self.tx)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("attempt"))
    }

    /// The attempt of a wake-up that is not over, if there is one.
    pub async fn find_open_attempt(
        &mut self,
        occurrence: OccurrenceId,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        let found = sqlx::query("SELECT * FROM attempts WHERE occurrence_id = $1 AND state <> 'finished'")
            .bind(occurrence.to_string())
            .fetch_optional(&mut *self.tx)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// The attempt that keeps a number busy, if there is one.
    pub async fn find_live_attempt_to(
        &mut self,
        number: &PhoneNumber,
    ) -> Result<Option<AttemptRecord>, StoreError> {
        let found = sqlx::query("SELECT * FROM attempts WHERE to_number = $1 AND state <> 'finished'")
            .bind(number.as_str())
            .fetch_optional(&mut *self.tx)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// Binds the carrier's call to an attempt, whichever of the answer and the webhooks comes first;
    /// false when the attempt has another call already.
    pub async fn bind_call(&mut self, id: AttemptId, call: &CallId) -> Result<bool, StoreError> {
        let bound = sqlx::query(
            "UPDATE attempts SET call_id = $1, state = CASE WHEN state IN ('intended', 'unknown') THEN 'placed' ELSE state END
             WHERE id = $2 AND (call_id IS NULL OR call_id = $1)",
        )
        .bind(call.as_str())
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(bound.rows_affected() == 1)
    }

    /// Notes that the carrier's answer is not known; only while nothing better is.
    pub async fn mark_unknown(&mut self, id: AttemptId) -> Result<bool, StoreError> {
        self.set_once("UPDATE attempts SET state = 'unknown' WHERE id = $1 AND state = 'intended'", id).await
    }

    /// Notes that somebody, or something, picked up; false when that was known.
    pub async fn mark_answered(&mut self, id: AttemptId, now: Timestamp) -> Result<bool, StoreError> {
        let marked = sqlx::query(
            "UPDATE attempts SET state = 'answered', answered_at_ms = $1 WHERE id = $2 AND state = 'placed'",
        )
        .bind(millis(now))
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    /// Ends an attempt; false when it had ended before.
    pub async fn finish_attempt(
        &mut self,
        id: AttemptId,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let finished = sqlx::query(
            "UPDATE attempts SET state = 'finished', outcome = $1, finished_at_ms = $2
             WHERE id = $3 AND state <> 'finished'",
        )
        .bind(outcome.name())
        .bind(millis(now))
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(finished.rows_affected() == 1)
    }

    /// Notes how our side ended the call; the first word stands.
    pub async fn set_ending(&mut self, id: AttemptId, ending: Outcome) -> Result<bool, StoreError> {
        let set = sqlx::query("UPDATE attempts SET ending = $1 WHERE id = $2 AND ending IS NULL")
            .bind(ending.name())
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(set.rows_affected() == 1)
    }

    /// Keeps the coach's verdict; the first one stands.
    pub async fn set_verdict(&mut self, id: AttemptId, verdict: &Verdict) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET verdict_proof = $1, verdict_evidence = $2 WHERE id = $3 AND verdict_proof IS NULL")
            .bind(verdict.proof.name())
            .bind(&verdict.evidence)
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Keeps how far a call has come with its proofs.
    pub async fn set_proving(&mut self, id: AttemptId, proving: &Proving) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET proving = $1 WHERE id = $2")
            .bind(json(proving))
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Moves an attempt to traditional mode; false when it had fallen back before.
    pub async fn set_fell_back(&mut self, id: AttemptId, fall_back: &FallBack) -> Result<bool, StoreError> {
        let set = sqlx::query(
            "UPDATE attempts SET fell_back_at_ms = $1, fell_back_reason = $2, document = NULL WHERE id = $3 AND fell_back_at_ms IS NULL",
        )
        .bind(millis(fall_back.at))
        .bind(&fall_back.reason)
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(set.rows_affected() == 1)
    }

    /// Takes the next turn of a traditional conversation; false when it was taken before.
    pub async fn take_turn(&mut self, id: AttemptId, turn: u32, silent: bool) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "UPDATE attempts SET turn = turn + 1, document = NULL, silences = CASE WHEN $1 = 1 THEN silences + 1 ELSE 0 END
             WHERE id = $2 AND turn = $3",
        )
        .bind(i64::from(silent))
        .bind(id.to_string())
        .bind(i64::from(turn))
        .execute(&mut *self.tx)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Keeps the document just answered with, for a carrier that asks twice.
    pub async fn set_document(&mut self, id: AttemptId, document: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET document = $1 WHERE id = $2")
            .bind(document)
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// What all attempts of a wake-up have cost.
    pub async fn cost_of(&mut self, occurrence: OccurrenceId) -> Result<MicroDollars, StoreError> {
        let cost = sqlx::query_scalar(
            "SELECT COALESCE(SUM(cost_micro_usd), 0) FROM attempts WHERE occurrence_id = $1",
        )
        .bind(occurrence.to_string())
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(MicroDollars(cost))
    }

    /// Adds to what the models cost.
    pub async fn add_cost(&mut self, id: AttemptId, cost: MicroDollars) -> Result<(), StoreError> {
        sqlx::query("UPDATE attempts SET cost_micro_usd = cost_micro_usd + $1 WHERE id = $2")
            .bind(cost.0)
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Writes the measurements of a realtime leg.
    pub async fn record_leg(&mut self, id: AttemptId, figures: &LegFigures) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE attempts SET first_audio_ms = COALESCE(first_audio_ms, $1), barge_ins = barge_ins + $2,
                 reconnects = reconnects + $3, cost_micro_usd = cost_micro_usd + $4 WHERE id = $5",
        )
        .bind(figures.first_audio.map(|after| i64::try_from(after.as_millis()).unwrap_or(i64::MAX)))
        .bind(i64::from(figures.barge_ins))
        .bind(i64::from(figures.reconnects))
        .bind(figures.cost.0)
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn set_once(&mut self, sql: &'static str, id: AttemptId) -> Result<bool, StoreError> {
        let set = sqlx::query(sql).bind(id.to_string()).execute(&mut *self.tx).await?;
        Ok(set.rows_affected() == 1)
    }
}
