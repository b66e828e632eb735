//! Places to walk to, what was proved there, and requests that count once only.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, millis};
use super::occurrences::{Occurrence, from_row as occurrence_from_row};
use super::proofs::{SeenProof, from_row as proof_from_row};
use super::{Change, Store, StoreError};
use crate::domain::ids::{Nonce, SleeperId};

const PROOF_COUNTS_FOR: &str = "doorbell_timeout_secs";
/// What the original work allowed: time to walk back to the telephone.
const COUNTS_FOR: Duration = Duration::from_mins(5);
/// Requests are remembered for longer than any is accepted.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_hours(1);

/// What shows that somebody is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceKey {
    /// A printed code with this in it.
    Printed(Nonce),
    /// A device that calls itself so in its webhooks, in lower case.
    Device(String),
}

/// Somewhere to walk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What it is called: `kitchen`.
    pub name: String,
    /// Whom it proves; `None` for everybody.
    pub sleeper: Option<SleeperId>,
    /// What shows that somebody is there.
    pub key: PlaceKey,
}

impl Store {
    /// All places, by name.
    pub async fn list_places(&self) -> Result<Vec<Place>, StoreError> {
        let rows = sqlx::query("SELECT * FROM places ORDER BY name").fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// The place whose printed code says this; `None` for a code that was renewed, or never was ours.
    pub async fn find_place_by_secret(&self, secret: &Nonce) -> Result<Option<Place>, StoreError> {
        let found = sqlx::query("SELECT * FROM places WHERE secret = $1")
            .bind(secret.as_str())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// The place that a device of this name stands for.
    pub async fn find_place_by_device(&self, device: &str) -> Result<Option<Place>, StoreError> {
        let found = sqlx::query("SELECT * FROM places WHERE device = $1")
            .bind(device)
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()
    }

    /// Wake-ups that have rung and are not over; those of one sleeper, or of everybody.
    pub async fn list_rung(&self, sleeper: Option<SleeperId>) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(RUNG).bind(sleeper.map(|id| id.to_string())).fetch_all(&self.read).await?;
        rows.iter().map(occurrence_from_row).collect()
    }

    /// The latest proof from a place that counts now; `None` when there is none.
    pub async fn find_standing_place_proof(&self, now: Timestamp) -> Result<Option<SeenProof>, StoreError> {
        let found = sqlx::query(
            "SELECT * FROM proofs WHERE proof = 'place' AND seen_at_ms <= $1 AND valid_until_ms > $1
             ORDER BY id DESC LIMIT 1",
        )
        .bind(millis(now))
        .fetch_optional(&self.read)
        .await?;
        found.as_ref().map(proof_from_row).transpose()
    }

    /// How long a proof from a place counts.
    pub async fn load_place_counts_for(&self) -> Result<Duration, StoreError> {
        let found: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(PROOF_COUNTS_FOR)
            .fetch_optional(&self.read)
            .await?;
        counts_for(found)
    }

    /// Whether that was ever stored, by the owner or by the environment's seed.
    pub async fn has_place_counts_for(&self) -> Result<bool, StoreError> {
        let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM settings WHERE name = $1")
            .bind(PROOF_COUNTS_FOR)
            .fetch_optional(&self.read)
            .await?;
        Ok(found.is_some())
    }
}

/// `$1` is a sleeper, or NULL. One that has not rung yet proves nothing, however early somebody was up.
const RUNG: &str = "SELECT * FROM occurrences WHERE phase IN ('calling', 'waiting') AND calls > 0
       AND first_call_at_ms IS NOT NULL AND ($1 IS NULL OR sleeper_id = $1) ORDER BY due_at_ms, id";

impl Change {
    /// Adds a place; a name, a code and a device stand for one place only.
    pub async fn add_place(&mut self, place: &Place, now: Timestamp) -> Result<(), StoreError> {
        let (secret, device) = match &place.key {
            PlaceKey::Printed(secret) => (Some(secret.as_str()), None),
            PlaceKey::Device(device) => (None, Some(device.as_str())),
        };
        sqlx::query(
            "INSERT INTO places (name, sleeper_id, secret, device, created_at_ms) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&place.name)
        .bind(place.sleeper.map(|id| id.to_string()))
        .bind(secret)
        .bind(device)
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// Gives a printed code another secret, so that every copy of the old one is paper; false when there is
    /// no such code.
    pub async fn renew_place(
        &mut self,
        name: &str,
        secret: &Nonce,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let renewed = sqlx::query(
            "UPDATE places SET secret = $1, renewed_at_ms = $2 WHERE name = $3 AND secret IS NOT NULL",
        )
        .bind(secret.as_str())
        .bind(millis(now))
        .bind(name)
        .execute(&mut *self.tx)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Forgets a place; false when there was none.
    pub async fn remove_place(&mut self, name: &str) -> Result<bool, StoreError> {
        let removed =
            sqlx::query("DELETE FROM places WHERE name = $1").bind(name).execute(&mut *self.tx).await?;
        Ok(removed.rows_affected() == 1)
    }

    /// Whether a device is registered that proves this sleeper: her own, or one for everybody.
    pub async fn has_device(&mut self, sleeper: SleeperId) -> Result<bool, StoreError> {
        let devices: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM places WHERE device IS NOT NULL AND (sleeper_id IS NULL OR sleeper_id = $1)",
        )
        .bind(sleeper.to_string())
        .fetch_one(&mut *self.tx)
        .await?;
        Ok(devices > 0)
    }

    /// Wake-ups that have rung and are not over, as this change sees them.
    pub async fn rung(&mut self, sleeper: Option<SleeperId>) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(RUNG).bind(sleeper.map(|id| id.to_string())).fetch_all(&mut *self.tx).await?;
        rows.iter().map(occurrence_from_row).collect()
    }

    /// Remembers a request that may come once only, and forgets old ones; false when it was seen before.
    pub async fn remember_request(&mut self, digest: &str, now: Timestamp) -> Result<bool, StoreError> {
        let old = now.saturating_sub(REMEMBERED_FOR).unwrap_or(Timestamp::MIN);
        sqlx::query("DELETE FROM requests_seen WHERE seen_at_ms < $1")
            .bind(millis(old))
            .execute(&mut *self.tx)
            .await?;
        let inserted = sqlx::query(
            "INSERT INTO requests_seen (digest, seen_at_ms) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(digest)
        .bind(millis(now))
        .execute(&mut *self.tx)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// How long a proof from a place counts, as this change sees it.
    pub async fn place_counts_for(&mut self) -> Result<Duration, StoreError> {
        let found: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = $1")
            .bind(PROOF_COUNTS_FOR)
            .fetch_optional(&mut *self.tx)
            .await?;
        counts_for(found)
    }

    /// Stores how long a proof from a place counts, in whole seconds.
    pub async fn set_place_counts_for(&mut self, length: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.set(PROOF_COUNTS_FOR, &length.as_secs().to_string(), now).await
    }
}

fn counts_for(stored: Option<String>) -> Result<Duration, StoreError> {
    let corrupt = StoreError::Corrupt { table: "settings", column: "value" };
    match stored {
        None => Ok(COUNTS_FOR),
        Some(secs) => secs.parse().map(Duration::from_secs).map_err(|_| corrupt),
    }
}

fn from_row(row: &SqliteRow) -> Result<Place, StoreError> {
    let cells = Cells { row, table: "places" };
    let secret: Option<&str> = cells.get("secret")?;
    let device: Option<String> = cells.get("device")?;
    let key = match (secret, device) {
        (Some(secret), None) => {
            PlaceKey::Printed(Nonce::parse(secret).ok_or_else(|| cells.corrupt("secret"))?)
        }
        (None, Some(device)) => PlaceKey::Device(device),
        _ => return Err(cells.corrupt("device")),
    };
    Ok(Place { name: cells.get("name")?, sleeper: cells.parse_if_set("sleeper_id")?, key })
}
