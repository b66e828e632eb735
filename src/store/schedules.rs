//! Standing rules.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::cells::{Cells, json, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{ScheduleId, SleeperId};
use crate::domain::mode::Probability;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::{Rule, USEFUL_FOR, ZoneMode};

/// A stored rule; its zone is a name here, and becomes a zone when the scheduler plans with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Ours.
    pub id: ScheduleId,
    /// Whom it wakes.
    pub sleeper: SleeperId,
    /// What the owner calls it.
    pub label: Option<String>,
    /// On which dates, at what times.
    pub rule: Rule,
    /// In which IANA zone.
    pub zone: String,
    /// Whether that zone is home or follows her.
    pub zone_mode: ZoneMode,
    /// How often that zone was changed: part of each occurrence's identity.
    pub zone_epoch: u32,
    /// Overrides the global probability of realtime mode.
    pub probability: Option<Probability>,
    /// How long after its time a wake-up is still worth making.
    pub useful_for: Duration,
    /// What its mornings ask for.
    pub policy: MorningPolicy,
    /// Up to and including this date she is away, and proves otherwise that she is up.
    pub away_until: Option<Date>,
    /// Whether it rings at all.
    pub enabled: bool,
    /// Since when it says what it says; it never rings for an earlier instant.
    pub stands_since: Timestamp,
}

impl Schedule {
    /// A rule with everything else as it usually is.
    pub fn new(id: ScheduleId, sleeper: SleeperId, rule: Rule, zone: &str, now: Timestamp) -> Self {
        Self {
            id,
            sleeper,
            label: None,
            rule,
            zone: zone.to_owned(),
            zone_mode: ZoneMode::Home,
            zone_epoch: 0,
            probability: None,
            useful_for: USEFUL_FOR,
            policy: MorningPolicy::default(),
            away_until: None,
            enabled: true,
            stands_since: now,
        }
    }

    /// What the morning of that date asks for: at home, or away.
    pub fn policy_on(&self, date: Date) -> MorningPolicy {
        if self.away_until.is_some_and(|until| date <= until) { self.policy.away() } else { self.policy }
    }
}

const ALL: &str = "SELECT * FROM schedules WHERE removed_at_ms IS NULL ORDER BY created_at_ms, id";
const ONE: &str = "SELECT * FROM schedules WHERE removed_at_ms IS NULL AND id = $1";

impl Store {
    /// The rules, the oldest first, those that are switched off among them.
    pub async fn list_schedules(&self) -> Result<Vec<Schedule>, StoreError> {
        let rows = sqlx::query(ALL).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// One rule.
    pub async fn load_schedule(&self, id: ScheduleId) -> Result<Schedule, StoreError> {
        let found = sqlx::query(ONE).bind(id.to_string()).fetch_optional(&self.read).await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("schedule"))
    }
}

impl Change {
    /// One rule, as this change sees it.
    pub async fn schedule(&mut self, id: ScheduleId) -> Result<Schedule, StoreError> {
        let found = sqlx::query(ONE).bind(id.to_string()).fetch_optional(&mut *self.tx).await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("schedule"))
    }

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
            "SELECT zone FROM schedules WHERE sleeper_id = $1 AND removed_at_ms IS NULL
             ORDER BY created_at_ms, id LIMIT 1",
        )
        .bind(sleeper.to_string())
        .fetch_optional(&mut *self.tx)
        .await?;
        Ok(zone)
    }

    /// Adds a rule; nothing is planned by that alone.
    pub async fn add_schedule(&mut self, schedule: &Schedule, now: Timestamp) -> Result<(), StoreError> {
        let insert = sqlx::query(
            "INSERT INTO schedules (id, sleeper_id, label, rule, zone, zone_mode, zone_epoch, probability,
                 useful_for_ms, policy, away_until, enabled, stands_since_ms, created_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        );
        bind_all(insert, schedule).bind(millis(now)).execute(&mut *self.tx).await?;
        Ok(())
    }

    /// Stores a rule as it is now; planning is the caller's.
    pub async fn update_schedule(&mut self, schedule: &Schedule) -> Result<(), StoreError> {
        let update = sqlx::query(
            "UPDATE schedules SET sleeper_id = $2, label = $3, rule = $4, zone = $5, zone_mode = $6, zone_epoch = $7,
                 probability = $8, useful_for_ms = $9, policy = $10, away_until = $11, enabled = $12,
                 stands_since_ms = $13
             WHERE id = $1 AND removed_at_ms IS NULL",
        );
        let updated = bind_all(update, schedule).execute(&mut *self.tx).await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("schedule")) }
    }

    /// Takes a rule off the list; what it rang stays in the history.
    pub async fn remove_schedule(&mut self, id: ScheduleId, now: Timestamp) -> Result<(), StoreError> {
        let removed = sqlx::query(
            "UPDATE schedules SET removed_at_ms = $1, enabled = 0 WHERE id = $2 AND removed_at_ms IS NULL",
        )
        .bind(millis(now))
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        if removed.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("schedule")) }
    }
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// The thirteen columns that a rule's owner decides, in the order of both statements.
fn bind_all<'q>(query: Bound<'q>, schedule: &Schedule) -> Bound<'q> {
    query
        .bind(schedule.id.to_string())
        .bind(schedule.sleeper.to_string())
        .bind(schedule.label.clone())
        .bind(json(&schedule.rule))
        .bind(schedule.zone.clone())
        .bind(schedule.zone_mode.name())
        .bind(i64::from(schedule.zone_epoch))
        .bind(schedule.probability.map(Probability::value))
        .bind(i64::try_from(schedule.useful_for.as_millis()).unwrap_or(i64::MAX))
        .bind(json(&schedule.policy))
        .bind(schedule.away_until.map(|date| date.to_string()))
        .bind(i64::from(schedule.enabled))
        .bind(millis(schedule.stands_since))
}

fn from_row(row: &SqliteRow) -> Result<Schedule, StoreError> {
    let cells = Cells { row, table: "schedules" };
    let probability = cells.get::<Option<f64>>("probability")?.map(Probability::new).transpose();
    let useful_for = u64::try_from(cells.get::<i64>("useful_for_ms")?);
    Ok(Schedule {
        id: cells.parse("id")?,
        sleeper: cells.parse("sleeper_id")?,
        label: cells.get("label")?,
        rule: cells.json("rule")?,
        zone: cells.get("zone")?,
        zone_mode: cells.word("zone_mode", ZoneMode::from_name)?,
        zone_epoch: cells.count("zone_epoch")?,
        probability: probability.map_err(|_| cells.corrupt("probability"))?,
        useful_for: Duration::from_millis(useful_for.map_err(|_| cells.corrupt("useful_for_ms"))?),
        policy: cells.json("policy")?,
        away_until: cells.parse_if_set("away_until")?,
        enabled: cells.flag("enabled")?,
        stands_since: cells.instant("stands_since_ms")?,
    })
}
