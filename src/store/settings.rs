//! What the owner changes while it runs, and the breaker's memory.

use jiff::Timestamp;

use super::cells::millis;
use super::{Change, Store, StoreError};
use crate::domain::mode::{Breaker, Probability};

const PROBABILITY: &str = "realtime_probability";
const BREAKER: &str = "realtime_breaker";
const CODE_SECRET: &str = "code_secret";
const CORRUPT: StoreError = StoreError::Corrupt { table: "settings", column: "value" };

/// How calls choose their mode.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModeSettings {
    /// The global probability of realtime mode.
    pub probability: Probability,
    /// What recent failures taught.
    pub breaker: Breaker,
}

/// Half and half until somebody says otherwise.
fn default_probability() -> Probability {
    Probability::new(0.5).expect("a half lies between nought and one")
}

impl Store {
    /// The settings that decide a call's mode.
    pub async fn load_mode_settings(&self) -> Result<ModeSettings, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT name, value FROM settings WHERE name IN ($1, $2)")
                .bind(PROBABILITY)
                .bind(BREAKER)
                .fetch_all(&self.read)
                .await?;
        parse(&rows)
    }

    /// Whether a probability was ever stored, by the owner or by the environment's seed.
    pub async fn has_probability(&self) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM settings WHERE name = $1")
            .bind(PROBABILITY)
            .fetch_optional(&self.read)
            .await?;
        Ok(found.is_some())
    }
}

impl Change {
    /// The settings that decide a call's mode, as this change sees them.
    pub async fn mode_settings(&mut self) -> Result<ModeSettings, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT name, value FROM settings WHERE name IN ($1, $2)")
                .bind(PROBABILITY)
                .bind(BREAKER)
                .fetch_all(&mut *self.tx)
                .await?;
        parse(&rows)
    }

    /// Stores the global probability.
    pub async fn set_probability(
        &mut self,
        probability: Probability,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.set(PROBABILITY, &probability.value().to_string(), now).await
    }

    /// The secret behind the codes of the day; `fresh` becomes it when there is none yet.
    pub async fn code_secret(&mut self, fresh: &str, now: Timestamp) -> Result<String, StoreError> {
        let known: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(CODE_SECRET)
            .fetch_optional(&mut *self.tx)
            .await?;
        if let Some(secret) = known {
            return Ok(secret);
        }
        self.set(CODE_SECRET, fresh, now).await?;
        Ok(fresh.to_owned())
    }

    /// Stores the breaker.
    pub async fn set_breaker(&mut self, breaker: Breaker, now: Timestamp) -> Result<(), StoreError> {
        let json = serde_json::to_string(&breaker).expect("numbers and instants are always JSON");
        self.set(BREAKER, &json, now).await
    }

    async fn set(&mut self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO settings (name, value, changed_at_ms) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at_ms = excluded.changed_at_ms",
        )
        .bind(name)
        .bind(value)
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

fn parse(rows: &[(String, String)]) -> Result<ModeSettings, StoreError> {
    let value = |wanted: &str| rows.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let probability = match value(PROBABILITY) {
        None => default_probability(),
        Some(text) => text.parse().ok().and_then(|number| Probability::new(number).ok()).ok_or(CORRUPT)?,
    };
    let breaker = match value(BREAKER) {
        None => Breaker::default(),
        Some(json) => serde_json::from_str(json).map_err(|_| CORRUPT)?,
    };
    Ok(ModeSettings { probability, breaker })
}
