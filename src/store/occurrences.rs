//! Planned wake-ups: what is due, and the state machine's memory.

use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::sqlite::SqliteRow;

use super::cells::{Cells, call_mode, json, millis};
use super::{Change, Store, StoreError};
use crate::domain::attempt::AttemptKind;
use crate::domain::ids::{OccurrenceId, ScheduleId, SleeperId};
use crate::domain::mode::CallMode;
use crate::domain::money::MicroDollars;
use crate::domain::schedule::{DueNote, Exception, SkipCause};
use crate::domain::wake_up::{End, Phase, WakeUp};

/// What makes an occurrence of a schedule the same one after a restart or a change of zone data (R1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilKey {
    /// The rule.
    pub schedule: ScheduleId,
    /// How often the rule's zone was changed.
    pub zone_epoch: u32,
    /// The civil date in that zone.
    pub date: Date,
    /// Which wake-up of that day.
    pub slot: u32,
}

/// One planned wake-up.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// Ours.
    pub id: OccurrenceId,
    /// Whom it wakes.
    pub sleeper: SleeperId,
    /// Which morning of which rule; `None` for a call asked for by hand.
    pub key: Option<CivilKey>,
    /// The zone in which its time is shown.
    pub zone: String,
    /// The zone database that its instant was computed with.
    pub tzdb_version: String,
    /// Why its instant is what it is.
    pub note: DueNote,
    /// The owner's wish for this call's mode.
    pub wished_mode: Option<CallMode>,
    /// Where it stands.
    pub wake_up: WakeUp,
    /// Raised with each step, so that a stale worker's writes are refused.
    pub fence: u32,
}

impl Occurrence {
    /// The exception that keeps a morning cancelled when nothing has happened with it yet: else the next zone
    /// or the next plan would bring it back. `None` when it began, or belongs to no rule.
    pub fn skip_if_unstarted(&self) -> Option<(ScheduleId, Exception)> {
        let key = self.key.filter(|_| self.wake_up.phase == Phase::Planned)?;
        let skip = Exception::Skip { date: key.date, slot: Some(key.slot), cause: SkipCause::Owner };
        Some((key.schedule, skip))
    }
}

impl Store {
    /// Wake-ups whose time to act has come: those with a call under way, which are only looked at, and then
    /// those that want to call, the most overdue first.
    pub async fn list_due(&self, now: Timestamp, limit: u32) -> Result<Vec<OccurrenceId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT id FROM occurrences WHERE next_action_at_ms <= $1
             ORDER BY phase <> 'calling', next_action_at_ms, id LIMIT $2",
        )
        .bind(millis(now))
        .bind(i64::from(limit))
        .fetch_all(&self.read)
        .await?;
        let corrupt = StoreError::Corrupt { table: "occurrences", column: "id" };
        ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(|_| corrupt)
    }

    /// When the next wake-up wants to act; `None` when nothing is planned.
    pub async fn next_action_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = sqlx::query(
            "SELECT MIN(next_action_at_ms) AS at_ms FROM occurrences WHERE next_action_at_ms IS NOT NULL",
        )
        .fetch_one(&self.read)
        .await?;
        Cells { row: &row, table: "occurrences" }.instant_if_set("at_ms")
    }

    /// The wake-ups that have not ended, in order of their due instants.
    pub async fn list_coming(&self, limit: u32) -> Result<Vec<Occurrence>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM occurrences WHERE phase <> 'ended' ORDER BY due_at_ms LIMIT $1")
                .bind(i64::from(limit))
                .fetch_all(&self.read)
                .await?;
        rows.iter().map(from_row).collect()
    }

    /// The newest wake-ups, whatever became of them.
    pub async fn list_recent(&self, limit: u32) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query("SELECT * FROM occurrences ORDER BY due_at_ms DESC, id DESC LIMIT $1")
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// The wake-ups of a rule from that civil date on, whatever became of them.
    pub async fn list_occurrences_of(
        &self,
        schedule: ScheduleId,
        from: Date,
    ) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences WHERE schedule_id = $1 AND civil_date >= $2 ORDER BY due_at_ms, id",
        )
        .bind(schedule.to_string())
        .bind(from.to_string())
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(from_row).collect()
    }

    /// One wake-up.
    pub async fn load_occurrence(&self, id: OccurrenceId) -> Result<Occurrence, StoreError> {
        let found = sqlx::query("SELECT * FROM occurrences WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("wake-up"))
    }
}

impl Change {
    /// Writes a wake-up down; false when that morning was planned before. One that the owner had cancelled
    /// before anything rang, and wants again, makes room.
    pub async fn plan_occurrence(
        &mut self,
        occurrence: &Occurrence,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if let Some(key) = &occurrence.key {
            self.clear_cancelled(key).await?;
        }
        let stored = StoredPhase::of(occurrence.wake_up.phase);
        let key = occurrence.key;
        let inserted = sqlx::query(
            "INSERT INTO occurrences (id, sleeper_id, schedule_id, zone_epoch, civil_date, slot, zone, tzdb_version, note,
                 wished_mode, due_at_ms, useful_until_ms, phase, next_kind, ended_how, next_action_at_ms, policy,
                 first_call_at_ms, created_at_ms, chance)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
             ON CONFLICT DO NOTHING",
        )
        .bind(occurrence.id.to_string())
        .bind(occurrence.sleeper.to_string())
        .bind(key.map(|key| key.schedule.to_string()))
        .bind(key.map_or(0, |key| i64::from(key.zone_epoch)))
        .bind(key.map(|key| key.date.to_string()))
        .bind(key.map_or(0, |key| i64::from(key.slot)))
        .bind(&occurrence.zone)
        .bind(&occurrence.tzdb_version)
        .bind(occurrence.note.name())
        .bind(occurrence.wished_mode.map(CallMode::name))
        .bind(millis(occurrence.wake_up.due_at))
        .bind(millis(occurrence.wake_up.useful_until))
        .bind(stored.phase)
        .bind(stored.next_kind)
        .bind(stored.ended_how)
        .bind(occurrence.wake_up.act_at.map(millis))
        .bind(json(&occurrence.wake_up.policy))
        .bind(occurrence.wake_up.first_call_at.map(millis))
        .bind(millis(now))
        .bind(i64::from(occurrence.wake_up.chance))
        .execute(&mut *self.tx)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    async fn clear_cancelled(&mut self, key: &CivilKey) -> Result<(), StoreError> {
        sqlx::query(
            "DELETE FROM occurrences WHERE schedule_id = $1 AND zone_epoch = $2 AND civil_date = $3 AND slot = $4
               AND ended_how = $5 AND calls = 0
               AND id NOT IN (SELECT occurrence_id FROM attempts WHERE occurrence_id = occurrences.id)
               AND id NOT IN (SELECT occurrence_id FROM notices WHERE occurrence_id = occurrences.id)
               AND id NOT IN (SELECT occurrence_id FROM proofs WHERE occurrence_id = occurrences.id)",
        )
        .bind(key.schedule.to_string())
        .bind(i64::from(key.zone_epoch))
        .bind(key.date.to_string())
        .bind(i64::from(key.slot))
        .bind(End::Cancelled.name())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// The wake-ups of a rule with which nothing has happened yet: the planned ones, and the dates noted as
    /// missing in their zone.
    pub async fn unstarted_of(&mut self, schedule: ScheduleId) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM occurrences WHERE schedule_id = $1 AND (phase = 'planned' OR ended_how = $2)
             ORDER BY due_at_ms, id",
        )
        .bind(schedule.to_string())
        .bind(End::NoSuchDate.name())
        .fetch_all(&mut *self.tx)
        .await?;
        rows.iter().map(from_row).collect()
    }

    /// Rewrites a planned wake-up as the rule, the zone data and the policy have it now; a claimed one stays.
    pub async fn revise_planned(&mut self, occurrence: &Occurrence) -> Result<bool, StoreError> {
        let revised = sqlx::query(
            "UPDATE occurrences SET due_at_ms = $1, next_action_at_ms = $2, useful_until_ms = $3, note = $4,
                 zone = $5, tzdb_version = $6, policy = $7, sleeper_id = $8
             WHERE id = $9 AND phase = 'planned'",
        )
        .bind(millis(occurrence.wake_up.due_at))
        .bind(occurrence.wake_up.act_at.map(millis))
        .bind(millis(occurrence.wake_up.useful_until))
        .bind(occurrence.note.name())
        .bind(&occurrence.zone)
        .bind(&occurrence.tzdb_version)
        .bind(json(&occurrence.wake_up.policy))
        .bind(occurrence.sleeper.to_string())
        .bind(occurrence.id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(revised.rows_affected() == 1)
    }

    /// Takes back a wake-up with which nothing has happened; false for any other.
    pub async fn withdraw(&mut self, id: OccurrenceId) -> Result<bool, StoreError> {
        let withdrawn =
            sqlx::query("DELETE FROM occurrences WHERE id = $1 AND (phase = 'planned' OR ended_how = $2)")
                .bind(id.to_string())
                .bind(End::NoSuchDate.name())
                .execute(&mut *self.tx)
                .await?;
        Ok(withdrawn.rows_affected() == 1)
    }

    /// The wake-ups of a rule on one civil date, in whatever zone and state.
    pub async fn occurrences_on(
        &mut self,
        schedule: ScheduleId,
        date: Date,
    ) -> Result<Vec<Occurrence>, StoreError> {
        let rows = sqlx::query("SELECT * FROM occurrences WHERE schedule_id = $1 AND civil_date = $2")
            .bind(schedule.to_string())
            .bind(date.to_string())
            .fetch_all(&mut *self.tx)
            .await?;
        rows.iter().map(from_row).collect()
    }

    /// The newest wake-up of a rule that rang, or was about to, and when it did. One whose place another took
    /// rang with that one.
    pub async fn last_ring(
        &mut self,
        schedule: ScheduleId,
    ) -> Result<Option<(CivilKey, Timestamp)>, StoreError> {
        let found = sqlx::query(
            "SELECT * FROM occurrences
             WHERE schedule_id = $1 AND (phase IN ('calling', 'waiting') OR calls > 0 OR ended_how = $2)
             ORDER BY COALESCE(first_call_at_ms, due_at_ms) DESC LIMIT 1",
        )
        .bind(schedule.to_string())
        .bind(End::Coalesced.name())
        .fetch_optional(&mut *self.tx)
        .await?;
        let Some(occurrence) = found.as_ref().map(from_row).transpose()? else { return Ok(None) };
        let rang_at = occurrence.wake_up.first_call_at.unwrap_or(occurrence.wake_up.due_at);
        Ok(occurrence.key.map(|key| (key, rang_at)))
    }

    /// One wake-up, as this change sees it.
    pub async fn occurrence(&mut self, id: OccurrenceId) -> Result<Occurrence, StoreError> {
        let found = sqlx::query("SELECT * FROM occurrences WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&mut *self.tx)
            .await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("wake-up"))
    }

    /// Stores a step of the state machine and raises the fence; refused when somebody else stepped since.
    pub async fn save_step(
        &mut self,
        before: &Occurrence,
        after: &WakeUp,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let stored = StoredPhase::of(after.phase);
        let saved = sqlx::query(
            "UPDATE occurrences SET phase = $1, next_kind = $2, ended_how = $3, next_action_at_ms = $4, calls = $5,
                 unanswered = $6, snoozes = $7, first_call_at_ms = $8, ended_at_ms = $9, cost_micro_usd = $10,
                 checking = $11, checks = $12, proven_at_ms = $13, fence = fence + 1
             WHERE id = $14 AND fence = $15",
        )
        .bind(stored.phase)
        .bind(stored.next_kind)
        .bind(stored.ended_how)
        .bind(after.act_at.map(millis))
        .bind(i64::from(after.calls))
        .bind(i64::from(after.unanswered))
        .bind(i64::from(after.snoozes))
        .bind(after.first_call_at.map(millis))
        .bind(stored.ended_how.map(|_| millis(now)))
        .bind(after.spent.0)
        .bind(i64::from(after.checking))
        .bind(i64::from(after.checks))
        .bind(after.proven_at.map(millis))
        .bind(before.id.to_string())
        .bind(i64::from(before.fence))
        .execute(&mut *self.tx)
        .await?;
        if saved.rows_affected() == 1 {
            Ok(before.fence + 1)
        } else {
            Err(StoreError::NotFound("wake-up at that step"))
        }
    }
}

/// A phase as three columns.
struct StoredPhase {
    phase: &'static str,
    next_kind: Option<&'static str>,
    ended_how: Option<&'static str>,
}

impl StoredPhase {
    fn of(phase: Phase) -> Self {
        match phase {
            Phase::Planned => Self { phase: "planned", next_kind: None, ended_how: None },
            Phase::Calling => Self { phase: "calling", next_kind: None, ended_how: None },
            Phase::Waiting(kind) => Self { phase: "waiting", next_kind: Some(kind.name()), ended_how: None },
            Phase::Ended(end) => Self { phase: "ended", next_kind: None, ended_how: Some(end.name()) },
        }
    }
}

fn phase(cells: &Cells<'_>) -> Result<Phase, StoreError> {
    let kind = cells.word_if_set("next_kind", AttemptKind::from_name)?;
    let end = cells.word_if_set("ended_how", End::from_name)?;
    match (cells.get("phase")?, kind, end) {
        ("planned", None, None) => Ok(Phase::Planned),
        ("calling", None, None) => Ok(Phase::Calling),
        ("waiting", Some(kind), None) => Ok(Phase::Waiting(kind)),
        ("ended", None, Some(end)) => Ok(Phase::Ended(end)),
        _ => Err(cells.corrupt("phase")),
    }
}

pub(super) fn from_row(row: &SqliteRow) -> Result<Occurrence, StoreError> {
    let cells = Cells { row, table: "occurrences" };
    let key = match (cells.parse_if_set("schedule_id")?, cells.parse_if_set("civil_date")?) {
        (Some(schedule), Some(date)) => Some(CivilKey {
            schedule,
            zone_epoch: cells.count("zone_epoch")?,
            date,
            slot: cells.count("slot")?,
        }),
        (None, None) => None,
        _ => return Err(cells.corrupt("civil_date")),
    };
    let wake_up = WakeUp {
        due_at: cells.instant("due_at_ms")?,
        useful_until: cells.instant("useful_until_ms")?,
        phase: phase(&cells)?,
        calls: cells.count("calls")?,
        unanswered: cells.count("unanswered")?,
        snoozes: cells.count("snoozes")?,
        first_call_at: cells.instant_if_set("first_call_at_ms")?,
        act_at: cells.instant_if_set("next_action_at_ms")?,
        policy: cells.json("policy")?,
        spent: MicroDollars(cells.get("cost_micro_usd")?),
        checking: cells.flag("checking")?,
        checks: cells.count("checks")?,
        proven_at: cells.instant_if_set("proven_at_ms")?,
        chance: cells.count("chance")?,
    };
    Ok(Occurrence {
        id: cells.parse("id")?,
        sleeper: cells.parse("sleeper_id")?,
        key,
        zone: cells.get("zone")?,
        tzdb_version: cells.get("tzdb_version")?,
        note: cells.word("note", DueNote::from_name)?,
        wished_mode: cells.word_if_set("wished_mode", call_mode)?,
        wake_up,
        fence: cells.count("fence")?,
    })
}
