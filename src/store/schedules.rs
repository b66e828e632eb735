//! Standing rules.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Time;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, json, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::mode::Probability;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::Weekdays;

/// A stored rule; its zone is a name here, and becomes a zone when the scheduler plans with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Ours.
    pub id: ScheduleId,
    /// Whom it wakes.
    pub sleeper: SleeperId,
    /// On which days.
    pub weekdays: Weekdays,
    /// At what wall-clock time.
    pub at: Time,
    /// In which IANA zone.
    pub zone: String,
    /// How often that zone was changed: part of each occurrence's identity.
    pub zone_epoch: u32,
    /// Tells several wake-ups of one day apart.
    pub slot: u32,
    /// Overrides the global probability of realtime mode.
    pub probability: Option<Probability>,
    /// How long after its time a wake-up is still worth making.
    pub useful_for: Duration,
    /// What its mornings ask for.
    pub policy: MorningPolicy,
}

impl Store {
    /// The enabled rules.
    pub async fn list_schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let rows = sqlx::query("SELECT * FROM schedules WHERE enabled = 1 ORDER BY created_at_ms, id")
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// The enabled rules, each with the instant since which it stands.
    pub async fn list_schedules_with_age(&self) -> Result<Vec<(Schedule, Timestamp)>, StoreError> {
        let rows = sqlx::query("SELECT * FROM schedules WHERE enabled = 1 ORDER BY created_at_ms, id")
            .fetch_all(&self.read)
            .await?;
        let with_age = |row: &SqliteRow| {
            let since = Cells { row, table: "schedules" }.instant("created_at_ms")?;
            Ok((from_row(row)?, since))
        };
        rows.iter().map(with_age).collect()
    }
}

impl Change {
    /// A rule's own probability of realtime mode, where it has one.
    pub async fn schedule_probability(&mut self, id: ScheduleId) -> Result<Option<Probability>, StoreError> {
        let found: Option<Option<f64>> =
            sqlx::query_scalar("SELECT probability FROM schedules WHERE id = $1")
                .bind(id.to_string())
                .fetch_optional(&mut *self.tx)
                .await?;
        let corrupt = |_| StoreError::Corrupt { table: "schedules", column: "probability" };
        found.flatten().map(Probability::new).transpose().map_err(corrupt)
    }

    /// The zone that a sleeper's first rule is in; `None` when she has no rule.
    pub async fn zone_of(&mut self, sleeper: SleeperId) -> Result<Option<String>, StoreError> {
        let zone = sqlx::query_scalar(
            "SELECT zone FROM schedules WHERE sleeper_id = $1 ORDER BY created_at_ms LIMIT 1",
        )
        .bind(sleeper.to_string())
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(zone)
    }

    /// Adds a rule.
    pub async fn add_schedule(&mut self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO schedules (id, sleeper_id, weekdays, local_time, zone, zone_epoch, slot, probability,
                 useful_for_ms, created_at_ms, policy)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(schedule.id.to_string())
        .bind(schedule.sleeper.to_string())
        .bind(i64::from(schedule.weekdays.bits()))
        .bind(schedule.at.to_string())
        .bind(&schedule.zone)
        .bind(i64::from(schedule.zone_epoch))
        .bind(i64::from(schedule.slot))
        .bind(schedule.probability.map(Probability::value))
        .bind(i64::try_from(schedule.useful_for.as_millis()).unwrap_or(i64::MAX))
        .bind(millis(now))
        .bind(json(&schedule.policy))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }
}

fn from_row(row: &SqliteRow) -> Result<Schedule, StoreError> {
    let cells = Cells { row, table: "schedules" };
    let bits = u8::try_from(cells.count("weekdays")?).map_err(|_| cells.corrupt("weekdays"))?;
    let probability = cells.get::<Option<f64>>("probability")?.map(Probability::new).transpose();
    let useful_for = u64::try_from(cells.get::<i64>("useful_for_ms")?);
    Ok(Schedule {
        id: cells.parse("id")?,
        sleeper: cells.parse("sleeper_id")?,
        weekdays: Weekdays::from_bits(bits).ok_or_else(|| cells.corrupt("weekdays"))?,
        at: cells.parse("local_time")?,
        zone: cells.get("zone")?,
        zone_epoch: cells.count("zone_epoch")?,
        slot: cells.count("slot")?,
        probability: probability.map_err(|_| cells.corrupt("probability"))?,
        useful_for: Duration::from_millis(useful_for.map_err(|_| cells.corrupt("useful_for_ms"))?),
        policy: cells.json("policy")?,
    })
}
