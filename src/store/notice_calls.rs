//! Telephone calls that bring a notice: written before the carrier is asked, bound to its call whenever
//! that is learned, finished once. Attempts to wake somebody have a table of their own.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::attempt::Outcome;
use crate::domain::ids::{CallId, Nonce, NoticeId};
use crate::domain::phone::PhoneNumber;

/// How far such a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeCallState {
    /// Written before the carrier is asked.
    Intended,
    /// The carrier's answer is not known: the phone may be ringing.
    Unknown,
    /// The carrier took the call.
    Placed,
    /// Somebody, or something, picked up.
    Answered,
    /// It is over.
    Finished,
}

impl NoticeCallState {
    const ALL: [Self; 5] = [Self::Intended, Self::Unknown, Self::Placed, Self::Answered, Self::Finished];

    fn name(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Unknown => "unknown",
            Self::Placed => "placed",
            Self::Answered => "answered",
            Self::Finished => "finished",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// One call that brings a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeCall {
    /// The secret path segment of its webhooks.
    pub nonce: Nonce,
    /// What it brings.
    pub notice: NoticeId,
    /// The number it calls.
    pub to: PhoneNumber,
    /// How far it has come.
    pub state: NoticeCallState,
    /// The carrier's call, once known.
    pub call: Option<CallId>,
    /// When it was written down, before the carrier was asked.
    pub intent_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: Option<Outcome>,
}

impl Store {
    /// The call whose webhooks carry this nonce.
    pub async fn find_notice_call(&self, nonce: &Nonce) -> Result<Option<NoticeCall>, StoreError> {
        let found = sqlx::query("SELECT * FROM notice_calls WHERE nonce = $1")
            .bind(nonce.as_str())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// All calls that were to bring a notice, in order.
    pub async fn list_notice_calls(&self, notice: NoticeId) -> Result<Vec<NoticeCall>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM notice_calls WHERE notice_id = $1 ORDER BY intent_at_ms, nonce")
                .bind(notice.to_string())
                .fetch_all(&self.read)
                .await?;
        rows.iter().map(from_row).collect()
    }

    /// Whether one of our attempts, or a notice, is behind that call.
    pub async fn is_known_call(&self, call: &CallId) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar(
            "SELECT 1 FROM attempts WHERE call_id = $1 UNION ALL SELECT 1 FROM notice_calls WHERE call_id = $1",
        )
        .bind(call.as_str())
        .fetch_optional(&self.read)
        .await?;
        Ok(found.is_some())
    }
}

impl Change {
    /// Writes an intent down; [`StoreError::NumberBusy`] while that number has a live call of ours, whether
    /// it wakes somebody or brings a notice.
    pub async fn add_notice_call(&mut self, call: &NoticeCall) -> Result<(), StoreError> {
        if self.find_live_attempt_to(&call.to).await?.is_some() || self.is_told_by_phone(&call.to).await? {
            return Err(StoreError::NumberBusy);
        }
        sqlx::query(
            "INSERT INTO notice_calls (nonce, notice_id, to_number, state, intent_at_ms)
             VALUES ($1, $2, $3, 'intended', $4)",
        )
        .bind(call.nonce.as_str())
        .bind(call.notice.to_string())
        .bind(call.to.as_str())
        .bind(millis(call.intent_at))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Whether a call that brings a notice to that number is under way.
    pub(super) async fn is_told_by_phone(&mut self, number: &PhoneNumber) -> Result<bool, StoreError> {
        let live: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM notice_calls WHERE to_number = $1 AND state <> 'finished'")
                .bind(number.as_str())
                .fetch_optional(&mut *self.tx)
                .await?;
        Ok(live.is_some())
    }

    /// The call whose webhooks carry this nonce, as this change sees it.
    pub async fn notice_call(&mut self, nonce: &Nonce) -> Result<Option<NoticeCall>, StoreError> {
        let found = sqlx::query("SELECT * FROM notice_calls WHERE nonce = $1")
            .bind(nonce.as_str())
            .fetch_optional(&mut *self.tx)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// Binds the carrier's call, whichever of the answer and the webhooks comes first; false when it is over
    /// or has another call already.
    pub async fn bind_notice_call(&mut self, nonce: &Nonce, call: &CallId) -> Result<bool, StoreError> {
        let bound = sqlx::query(
            "UPDATE notice_calls SET call_id = $1, state = CASE WHEN state IN ('intended', 'unknown') THEN 'placed' ELSE state END
             WHERE nonce = $2 AND (call_id IS NULL OR call_id = $1) AND state <> 'finished'",
        )
        .bind(call.as_str())
        .bind(nonce.as_str())
        .execute(&mut *self.tx)
        .await?;
        Ok(bound.rows_affected() == 1)
    }

    /// Notes that the carrier's answer is not known; only while nothing better is.
    pub async fn mark_notice_call_unknown(&mut self, nonce: &Nonce) -> Result<(), StoreError> {
        sqlx::query("UPDATE notice_calls SET state = 'unknown' WHERE nonce = $1 AND state = 'intended'")
            .bind(nonce.as_str())
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Notes that somebody, or something, picked up.
    pub async fn mark_notice_call_answered(
        &mut self,
        nonce: &Nonce,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE notice_calls SET state = 'answered', answered_at_ms = $1 WHERE nonce = $2 AND state = 'placed'",
        )
        .bind(millis(now))
        .bind(nonce.as_str())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Ends a call; false when it had ended before.
    pub async fn finish_notice_call(&mut self, nonce: &Nonce, outcome: Outcome) -> Result<bool, StoreError> {
        let finished = sqlx::query(
            "UPDATE notice_calls SET state = 'finished', outcome = $1 WHERE nonce = $2 AND state <> 'finished'",
        )
        .bind(outcome.name())
        .bind(nonce.as_str())
        .execute(&mut *self.tx)
        .await?;
        Ok(finished.rows_affected() == 1)
    }
}

fn from_row(row: &SqliteRow) -> Result<NoticeCall, StoreError> {
    let cells = Cells { row, table: "notice_calls" };
    let number: &str = cells.get("to_number")?;
    Ok(NoticeCall {
        nonce: Nonce::parse(cells.get("nonce")?).ok_or_else(|| cells.corrupt("nonce"))?,
        notice: cells.parse("notice_id")?,
        to: PhoneNumber::parse(number).map_err(|_| cells.corrupt("to_number"))?,
        state: cells.word("state", NoticeCallState::from_name)?,
        call: cells.get::<Option<String>>("call_id")?.map(CallId::new),
        intent_at: cells.instant("intent_at_ms")?,
        answered_at: cells.instant_if_set("answered_at_ms")?,
        outcome: cells.word_if_set("outcome", Outcome::from_name)?,
    })
}
