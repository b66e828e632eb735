//! The outbox: what other people are to be told, each once, written together with what it tells of.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{NoticeId, OccurrenceId};
use crate::domain::notice::{Channel, News, NoticeState, Recipient};

/// One piece of news for one person by one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Ours; receivers may use it to recognise a repetition.
    pub id: NoticeId,
    /// Which wake-up it is about.
    pub occurrence: OccurrenceId,
    /// What there is to tell.
    pub news: News,
    /// Who is told.
    pub recipient: Recipient,
    /// How.
    pub channel: Channel,
    /// How far it has come.
    pub state: NoticeState,
    /// Tries so far.
    pub tries: u32,
    /// When it is tried, or looked after, next; `None` once it is settled.
    pub next_try_at: Option<Timestamp>,
    /// When the step was made that it tells of.
    pub created_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// When they pressed the key that says they have heard it.
    pub acknowledged_at: Option<Timestamp>,
    /// What was wrong at the last try, without personal data.
    pub problem: Option<String>,
}

impl Notice {
    /// Something to be told at once.
    pub fn pending(
        id: NoticeId,
        occurrence: OccurrenceId,
        news: News,
        recipient: Recipient,
        channel: Channel,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            occurrence,
            news,
            recipient,
            channel,
            state: NoticeState::Pending,
            tries: 0,
            next_try_at: Some(now),
            created_at: now,
            settled_at: None,
            acknowledged_at: None,
            problem: None,
        }
    }
}

const BY_OCCURRENCE: &str = "SELECT * FROM notices WHERE occurrence_id = $1 ORDER BY created_at_ms, id";

impl Store {
    /// What is to be tried, or looked after, by now; the most overdue first.
    pub async fn list_notices_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM notices WHERE next_try_at_ms <= $1 ORDER BY next_try_at_ms, id LIMIT $2",
        )
        .bind(millis(now))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }

    /// When the next notice is due; `None` when all are settled.
    pub async fn next_notice_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let row =
            sqlx::query("SELECT MIN(next_try_at_ms) AS at_ms FROM notices WHERE next_try_at_ms IS NOT NULL")
                .fetch_one(&self.read)
                .await?;
        Cells { row: &row, table: "notices" }.instant_if_set("at_ms")
    }

    /// Everything that was, or is to be, told of a wake-up, in order.
    pub async fn list_notices(&self, occurrence: OccurrenceId) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(BY_OCCURRENCE).bind(occurrence.to_string()).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// One notice.
    pub async fn load_notice(&self, id: NoticeId) -> Result<Notice, StoreError> {
        let found = sqlx::query("SELECT * FROM notices WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("notice"))
    }
}

impl Change {
    /// Everything that was, or is to be, told of a wake-up, as this change sees it.
    pub async fn notices(&mut self, occurrence: OccurrenceId) -> Result<Vec<Notice>, StoreError> {
        let rows = sqlx::query(BY_OCCURRENCE).bind(occurrence.to_string()).fetch_all(&mut *self.tx).await?;
        rows.iter().map(from_row).collect()
    }

    /// Writes a notice down; false when that person is, or was, told that by that way already.
    pub async fn add_notice(&mut self, notice: &Notice) -> Result<bool, StoreError> {
        let added = sqlx::query(
            "INSERT INTO notices (id, occurrence_id, news, recipient, channel, state, next_try_at_ms, created_at_ms)
             VALUES ($1, $2, $3, $4, $5, 'pending', $6, $6)
             ON CONFLICT (occurrence_id, news, recipient, channel) DO NOTHING",
        )
        .bind(notice.id.to_string())
        .bind(notice.occurrence.to_string())
        .bind(notice.news.name())
        .bind(notice.recipient.to_string())
        .bind(notice.channel.name())
        .bind(millis(notice.created_at))
        .execute(&mut *self.tx)
        .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Settles a notice after as many tries as it says; false when it was settled before.
    pub async fn settle_notice(
        &mut self,
        notice: &Notice,
        state: NoticeState,
        problem: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let settled = sqlx::query(
            "UPDATE notices SET state = $1, problem = $2, settled_at_ms = $3, tries = $4, next_try_at_ms = NULL
             WHERE id = $5 AND state = 'pending'",
        )
        .bind(state.name())
        .bind(problem)
        .bind(millis(now))
        .bind(i64::from(notice.tries))
        .bind(notice.id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(settled.rows_affected() == 1)
    }

    /// Puts a notice off until `until`, after so many tries; false when it was settled meanwhile.
    pub async fn put_notice_off(
        &mut self,
        id: NoticeId,
        until: Timestamp,
        tries: u32,
        problem: Option<&str>,
    ) -> Result<bool, StoreError> {
        let put_off = sqlx::query(
            "UPDATE notices SET next_try_at_ms = $1, tries = $2, problem = COALESCE($3, problem)
             WHERE id = $4 AND state = 'pending'",
        )
        .bind(millis(until))
        .bind(i64::from(tries))
        .bind(problem)
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(put_off.rows_affected() == 1)
    }

    /// Notes that they have heard it, and settles it; false when that was known.
    pub async fn acknowledge_notice(&mut self, id: NoticeId, now: Timestamp) -> Result<bool, StoreError> {
        let noted = sqlx::query(
            "UPDATE notices SET acknowledged_at_ms = $1, state = 'sent', next_try_at_ms = NULL,
                 settled_at_ms = COALESCE(settled_at_ms, $1)
             WHERE id = $2 AND acknowledged_at_ms IS NULL",
        )
        .bind(millis(now))
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(noted.rows_affected() == 1)
    }
}

fn from_row(row: &SqliteRow) -> Result<Notice, StoreError> {
    let cells = Cells { row, table: "notices" };
    Ok(Notice {
        id: cells.parse("id")?,
        occurrence: cells.parse("occurrence_id")?,
        news: cells.word("news", News::from_name)?,
        recipient: cells.parse("recipient")?,
        channel: cells.word("channel", Channel::from_name)?,
        state: cells.word("state", NoticeState::from_name)?,
        tries: cells.count("tries")?,
        next_try_at: cells.instant_if_set("next_try_at_ms")?,
        created_at: cells.instant("created_at_ms")?,
        settled_at: cells.instant_if_set("settled_at_ms")?,
        acknowledged_at: cells.instant_if_set("acknowledged_at_ms")?,
        problem: cells.get("problem")?,
    })
}

#[cfg(test)]
#[path = "notices_tests.rs"]
mod tests;
