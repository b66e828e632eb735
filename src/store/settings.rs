//! What the owner changes while it runs, and the breaker's memory.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::cells::millis;
use super::{Change, Store, StoreError};
use crate::coach::language::Language;
use crate::domain::mode::{Breaker, Probability};

const PROBABILITY: &str = "realtime_probability";
const BREAKER: &str = "realtime_breaker";
const CODE_SECRET: &str = "code_secret";
/// Followed by a dot and a language, such as `goodbye_words.fr`.
const GOODBYE_WORDS: &str = "goodbye_words";
/// The carrier's account, a blank, and since when it is ours, in milliseconds.
const CARRIER_ACCOUNT: &str = "carrier_account";
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

    /// The owner's goodbye words for a language; empty when it has its own.
    pub async fn load_goodbye_words(&self, language: &Language) -> Result<Vec<String>, StoreError> {
        let json: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(goodbye_words_of(language))
            .fetch_optional(&self.read)
            .await?;
        json.map_or(Ok(Vec::new()), |json| serde_json::from_str(&json).map_err(|_| CORRUPT))
    }

    /// The owner's goodbye words for every language that has some.
    pub async fn list_goodbye_words(&self) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT name, value FROM settings WHERE name LIKE $1")
                .bind(format!("{GOODBYE_WORDS}.%"))
                .fetch_all(&self.read)
                .await?;
        let read = |(name, json): (String, String)| {
            let language = name.rsplit('.').next().unwrap_or_default().to_owned();
            Ok((language, serde_json::from_str(&json).map_err(|_| CORRUPT)?))
        };
        let all: Result<BTreeMap<String, Vec<String>>, StoreError> = rows.into_iter().map(read).collect();
        Ok(all?.into_iter().filter(|(_, words)| !words.is_empty()).collect())
    }

    /// Since when the calls in the ledger are this account's; `None` when they are another's, or nobody knows.
    pub async fn account_since(&self, account: &str) -> Result<Option<Timestamp>, StoreError> {
        let noted: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(CARRIER_ACCOUNT)
            .fetch_optional(&self.read)
            .await?;
        noted.as_deref().map_or(Ok(None), |noted| since(noted, account))
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

    /// Notes whose account the calls from now on are made with; nothing changes while it is the same.
    pub async fn note_account(&mut self, account: &str, now: Timestamp) -> Result<(), StoreError> {
        let noted: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(CARRIER_ACCOUNT)
            .fetch_optional(&mut *self.tx)
            .await?;
        if noted.as_deref().map_or(Ok(None), |noted| since(noted, account))?.is_some() {
            return Ok(());
        }
        self.set(CARRIER_ACCOUNT, &format!("{account} {}", millis(now)), now).await
    }

    /// Stores the goodbye words of a language; none brings its own back.
    pub async fn set_goodbye_words(
        &mut self,
        language: &Language,
        words: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let json = serde_json::to_string(words).expect("texts are always JSON");
        self.set(&goodbye_words_of(language), &json, now).await
    }

    /// Stores the breaker.
    pub async fn set_breaker(&mut self, breaker: Breaker, now: Timestamp) -> Result<(), StoreError> {
        let json = serde_json::to_string(&breaker).expect("numbers and instants are always JSON");
        self.set(BREAKER, &json, now).await
    }

    pub(super) async fn set(&mut self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
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

fn since(noted: &str, account: &str) -> Result<Option<Timestamp>, StoreError> {
    let (whose, at) = noted.split_once(' ').ok_or(CORRUPT)?;
    let at = at.parse().ok().and_then(|at| Timestamp::from_millisecond(at).ok()).ok_or(CORRUPT)?;
    Ok((whose == account).then_some(at))
}

/// A word ends a call in every region that speaks the language.
fn goodbye_words_of(language: &Language) -> String {
    format!("{GOODBYE_WORDS}.{}", language.primary())
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
