//! What was said, attempt by attempt.

use sqlx::Acquire as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{AttemptId, OccurrenceId};
use crate::domain::utterance::{Speaker, Utterance};

impl Store {
    /// The conversation of one attempt, in the order it was spoken.
    pub async fn list_utterances(&self, attempt: AttemptId) -> Result<Vec<Utterance>, StoreError> {
        let rows = sqlx::query("SELECT * FROM utterances WHERE attempt_id = $1 ORDER BY said_at_ms, number")
            .bind(attempt.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// Everything said in one wake-up so far, over all its calls.
    pub async fn list_conversation(&self, occurrence: OccurrenceId) -> Result<Vec<Utterance>, StoreError> {
        let rows = sqlx::query(
            "SELECT u.* FROM utterances u JOIN attempts a ON a.id = u.attempt_id
             WHERE a.occurrence_id = $1 ORDER BY a.number, u.said_at_ms, u.number",
        )
        .bind(occurrence.to_string())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }
}

impl Change {
    /// Appends utterances to an attempt's conversation: all, or on an error none, and the change can go on.
    pub async fn record_utterances(
        &mut self,
        attempt: AttemptId,
        said: &[Utterance],
    ) -> Result<(), StoreError> {
        let mut all = self.tx.begin().await?;
        for utterance in said {
            append(&mut all, attempt, utterance).await?;
        }
        Ok(all.commit().await?)
    }

    /// Puts a whole conversation in place of what was recorded while it went on; on an error that stays.
    pub async fn replace_utterances(
        &mut self,
        attempt: AttemptId,
        said: &[Utterance],
    ) -> Result<(), StoreError> {
        let mut all = self.tx.begin().await?;
        sqlx::query("DELETE FROM utterances WHERE attempt_id = $1")
            .bind(attempt.to_string())
            .execute(&mut *all)
            .await?;
        for utterance in said {
            append(&mut all, attempt, utterance).await?;
        }
        Ok(all.commit().await?)
    }
}

async fn append(tx: &mut SqliteConnection, attempt: AttemptId, said: &Utterance) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO utterances (attempt_id, number, speaker, text, said_at_ms, interrupted)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM utterances WHERE attempt_id = $1",
    )
    .bind(attempt.to_string())
    .bind(said.speaker.name())
    .bind(&said.text)
    .bind(millis(said.said_at))
    .bind(i64::from(said.interrupted))
    .execute(tx)
    .await?;
    Ok(())
}

fn from_row(row: &SqliteRow) -> Result<Utterance, StoreError> {
    let cells = Cells { row, table: "utterances" };
    let speaker =
        |name: &str| [Speaker::Coach, Speaker::Sleeper].into_iter().find(|side| side.name() == name);
    Ok(Utterance {
        speaker: cells.word("speaker", speaker)?,
        text: cells.get("text")?,
        said_at: cells.instant("said_at_ms")?,
        interrupted: cells.get::<i64>("interrupted")? == 1,
    })
}
