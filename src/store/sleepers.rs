//! The people we wake, and the only numbers we call.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::SleeperId;
use crate::domain::phone::PhoneNumber;

const ALL: &str = "SELECT * FROM sleepers ORDER BY created_at_ms, id";

/// A person we wake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sleeper {
    /// Ours.
    pub id: SleeperId,
    /// What the coach calls her; `None` when she has not told.
    pub name: Option<String>,
    /// The number to call.
    pub phone_number: PhoneNumber,
    /// BCP 47 language tag, such as `en-US`.
    pub language: String,
}

impl Store {
    /// All sleepers, the earliest known first.
    pub async fn list_sleepers(&self) -> Result<Vec<Sleeper>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// One sleeper.
    pub async fn load_sleeper(&self, id: SleeperId) -> Result<Sleeper, StoreError> {
        let found = sqlx::query("SELECT * FROM sleepers WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("sleeper"))
    }

    /// The sleeper with that number; `None` for a stranger.
    pub async fn find_sleeper_by_number(&self, number: &PhoneNumber) -> Result<Option<Sleeper>, StoreError> {
        let found = sqlx::query("SELECT * FROM sleepers WHERE phone_number = $1")
            .bind(number.as_str())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }
}

impl Change {
    /// All sleepers as this change sees them, the earliest known first.
    pub async fn sleepers(&mut self) -> Result<Vec<Sleeper>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&mut *self.tx).await?;
        rows.iter().map(from_row).collect()
    }

    /// One sleeper, as this change sees her.
    pub async fn sleeper(&mut self, id: SleeperId) -> Result<Sleeper, StoreError> {
        let found = sqlx::query("SELECT * FROM sleepers WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *self.tx)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("sleeper"))
    }

    /// Adds a sleeper; a number belongs to one person only.
    pub async fn add_sleeper(&mut self, sleeper: &Sleeper, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sleepers (id, name, phone_number, language, created_at_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(sleeper.id.to_string())
        .bind(sleeper.name.as_deref())
        .bind(sleeper.phone_number.as_str())
        .bind(&sleeper.language)
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Changes a sleeper's name, number and language.
    pub async fn update_sleeper(&mut self, sleeper: &Sleeper) -> Result<(), StoreError> {
        let updated =
            sqlx::query("UPDATE sleepers SET name = $1, phone_number = $2, language = $3 WHERE id = $4")
                .bind(sleeper.name.as_deref())
                .bind(sleeper.phone_number.as_str())
                .bind(&sleeper.language)
                .bind(sleeper.id.to_string())
                .execute(&mut *self.tx)
                .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("sleeper")) }
    }
}

fn from_row(row: &SqliteRow) -> Result<Sleeper, StoreError> {
    let cells = Cells { row, table: "sleepers" };
    let number: &str = cells.get("phone_number")?;
    Ok(Sleeper {
        id: cells.parse("id")?,
        name: cells.get("name")?,
        phone_number: PhoneNumber::parse(number).map_err(|_| cells.corrupt("phone_number"))?,
        language: cells.get("language")?,
    })
}
