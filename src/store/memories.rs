//! What is remembered of a sleeper, bounded by the kind of memory, and where news for her come from.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use url::Url;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::coach::memory::MemoryKind;
use crate::domain::ids::SleeperId;

/// One line about somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// What kind of line.
    pub kind: MemoryKind,
    /// The line.
    pub text: String,
    /// When it was learned.
    pub at: Timestamp,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Store {
    /// What is remembered at `now`, the latest first.
    pub async fn list_memories(&self, sleeper: SleeperId, now: Timestamp) -> Result<Vec<Memory>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM memories WHERE sleeper_id = $1 AND expires_at_ms > $2 ORDER BY at_ms DESC, id DESC",
        )
        .bind(sleeper.to_string())
        .bind(millis(now))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }

    /// Where her news of this kind come from; `None` when she gets none.
    pub async fn find_memory_source(
        &self,
        sleeper: SleeperId,
        kind: MemoryKind,
    ) -> Result<Option<Url>, StoreError> {
        let url: Option<String> =
            sqlx::query_scalar("SELECT url FROM memory_sources WHERE sleeper_id = $1 AND kind = $2")
                .bind(sleeper.to_string())
                .bind(kind.name())
                .fetch_optional(&self.read)
                .await?;
        let corrupt = |_| StoreError::Corrupt { table: "memory_sources", column: "url" };
        url.map(|url| Url::parse(&url).map_err(corrupt)).transpose()
    }

    /// Lets go of the pages that deleted rows stood on, so that not even the file knows them any more.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.write).await?;
        Ok(())
    }
}

impl Change {
    /// Keeps a line, for as long as its kind is kept, and drops what no longer fits.
    pub async fn remember(
        &mut self,
        sleeper: SleeperId,
        kind: MemoryKind,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = now.saturating_add(kind.kept_for()).unwrap_or(Timestamp::MAX);
        sqlx::query(
            "INSERT INTO memories (sleeper_id, kind, text, at_ms, expires_at_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(sleeper.to_string())
        .bind(kind.name())
        .bind(text)
        .bind(millis(now))
        .bind(millis(expires_at))
        .execute(&mut *self.tx)
        .await?;
        sqlx::query(
            "DELETE FROM memories WHERE expires_at_ms <= $1 OR (sleeper_id = $2 AND kind = $3 AND id NOT IN (
                 SELECT id FROM memories WHERE sleeper_id = $2 AND kind = $3 ORDER BY at_ms DESC, id DESC LIMIT $4
             ))",
        )
        .bind(millis(now))
        .bind(sleeper.to_string())
        .bind(kind.name())
        .bind(i64::from(kind.kept_at_most()))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Forgets everything that is remembered of somebody who stays; how many lines that were.
    pub async fn forget_memories(&mut self, sleeper: SleeperId) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM memories WHERE sleeper_id = $1")
            .bind(sleeper.to_string())
            .execute(&mut *self.tx)
            .await?;
        Ok(gone.rows_affected())
    }

    /// Sets where her news of this kind come from; `None` ends them.
    pub async fn set_memory_source(
        &mut self,
        sleeper: SleeperId,
        kind: MemoryKind,
        url: Option<&Url>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(url) = url else {
            sqlx::query("DELETE FROM memory_sources WHERE sleeper_id = $1 AND kind = $2")
                .bind(sleeper.to_string())
                .bind(kind.name())
                .execute(&mut *self.tx)
                .await?;
            return Ok(());
        };
        sqlx::query(
            "INSERT INTO memory_sources (sleeper_id, kind, url, changed_at_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (sleeper_id, kind) DO UPDATE SET url = excluded.url, changed_at_ms = excluded.changed_at_ms",
        )
        .bind(sleeper.to_string())
        .bind(kind.name())
        .bind(url.as_str())
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

fn from_row(row: &SqliteRow) -> Result<Memory, StoreError> {
    let cells = Cells { row, table: "memories" };
    Ok(Memory {
        kind: cells.word("kind", MemoryKind::from_name)?,
        text: cells.get("text")?,
        at: cells.instant("at_ms")?,
        expires_at: cells.instant("expires_at_ms")?,
    })
}

#[cfg(test)]
#[path = "memories_tests.rs"]
mod tests;
