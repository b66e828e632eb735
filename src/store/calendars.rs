//! Holiday calendars: where they come from, the last text that could be read, and the days it names.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::SqliteRow;
use url::Url;

use super::cells::{Cells, millis};
use super::{Change, Store, StoreError};
use crate::domain::ids::{CalendarId, ScheduleId};
use crate::domain::schedule::Holidays;

/// Where a calendar comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum CalendarSource {
    /// An iCalendar document on the web; the address may hold a secret.
    Web(Url),
    /// A file on this machine.
    File(PathBuf),
}

/// A text that says neither an address nor a file from which a calendar could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a calendar is an http(s) or webcal address, or the absolute path of an .ics file on the daemon's machine"
)]
pub struct NotASource;

impl FromStr for CalendarSource {
    type Err = NotASource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.starts_with('/') {
            return Ok(Self::File(PathBuf::from(text)));
        }
        // What calendar programs call an address that they subscribe to; it is fetched like any other.
        let address = match text.strip_prefix("webcal://") {
            Some(rest) => format!("https://{rest}"),
            None => text.to_owned(),
        };
        let url = Url::parse(&address).map_err(|_| NotASource)?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        if usable { Ok(Self::Web(url)) } else { Err(NotASource) }
    }
}

/// As it is stored and shown to the owner: with whatever secret the address holds.
impl fmt::Display for CalendarSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(url) => write!(f, "{url}"),
            Self::File(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Private calendars are protected by nothing but an address that nobody can guess.
impl fmt::Debug for CalendarSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(url) => write!(f, "Web({}/…)", url.host_str().unwrap_or_default()),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

/// A holiday calendar, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// Ours.
    pub id: CalendarId,
    /// What the owner calls it.
    pub name: String,
    /// Where it comes from.
    pub source: CalendarSource,
    /// When it was last read successfully; `None`: never, and it sets no day free.
    pub fetched_at: Option<Timestamp>,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
    /// Why the last try failed; `None` after one that did not.
    pub problem: Option<String>,
}

const COLUMNS: &str = "SELECT id, name, source, fetched_at_ms, tried_at_ms, problem FROM calendars";
const OF_SCHEDULE: &str = "SELECT c.id, c.name, c.source, c.fetched_at_ms, c.tried_at_ms, c.problem
     FROM calendars c JOIN schedule_calendars s ON s.calendar_id = c.id
     WHERE s.schedule_id = $1 ORDER BY c.name";
/// Days of calendars whose last good copy is young enough, and those that were named while it was: a day that was
/// free does not ring for the past because the copy has grown old meanwhile. The day after, too: east of Greenwich it has
/// begun.
const HOLIDAYS: &str = "SELECT d.date, d.name FROM calendar_days d
     JOIN schedule_calendars s ON s.calendar_id = d.calendar_id JOIN calendars c ON c.id = d.calendar_id
     WHERE s.schedule_id = $1
         AND (c.fetched_at_ms >= $2 OR d.date <= date((c.fetched_at_ms + $3) / 1000, 'unixepoch', '+1 day'))
     ORDER BY c.name, d.date";

impl Store {
    /// All calendars, by name.
    pub async fn list_calendars(&self) -> Result<Vec<Calendar>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} ORDER BY name"));
        let rows = sqlx::query(sql).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// One calendar.
    pub async fn load_calendar(&self, id: CalendarId) -> Result<Calendar, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!("{COLUMNS} WHERE id = $1"));
        let found = sqlx::query(sql).bind(id.to_string()).fetch_optional(&self.read).await?;
        found.as_ref().map(from_row).transpose()?.ok_or(StoreError::NotFound("calendar"))
    }

    /// The last text of a calendar that could be read.
    pub async fn load_calendar_text(&self, id: CalendarId) -> Result<Option<String>, StoreError> {
        let text: Option<Option<String>> = sqlx::query_scalar("SELECT text FROM calendars WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?;
        text.ok_or(StoreError::NotFound("calendar"))
    }

    /// The calendars that a schedule is silent on.
    pub async fn list_calendars_of(&self, schedule: ScheduleId) -> Result<Vec<Calendar>, StoreError> {
        let rows = sqlx::query(OF_SCHEDULE).bind(schedule.to_string()).fetch_all(&self.read).await?;
        rows.iter().map(from_row).collect()
    }

    /// The days that a calendar names, as they were last read.
    pub async fn list_calendar_days(&self, id: CalendarId) -> Result<Vec<(Date, String)>, StoreError> {
        let rows = sqlx::query("SELECT date, name FROM calendar_days WHERE calendar_id = $1 ORDER BY date")
            .bind(id.to_string())
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(day).collect()
    }

    /// The days on which a schedule's calendars set it free; a calendar has no say any more about what lies
    /// further than `good_for` from when it was last read, once that has passed.
    pub async fn list_holidays(
        &self,
        schedule: ScheduleId,
        now: Timestamp,
        good_for: SignedDuration,
    ) -> Result<Holidays, StoreError> {
        let rows = sqlx::query(HOLIDAYS)
            .bind(schedule.to_string())
            .bind(millis(now.saturating_sub(good_for).unwrap_or(Timestamp::MIN)))
            .bind(whole_millis(good_for))
            .fetch_all(&self.read)
            .await?;
        rows.iter().map(day).collect()
    }
}

impl Change {
    /// The schedules that are silent on a calendar's days, without those that were removed.
    pub async fn schedules_with_calendar(&mut self, id: CalendarId) -> Result<Vec<ScheduleId>, StoreError> {
        let sql = "SELECT c.schedule_id FROM schedule_calendars c JOIN schedules s ON s.id = c.schedule_id
             WHERE c.calendar_id = $1 AND s.removed_at_ms IS NULL ORDER BY c.schedule_id";
        let ids: Vec<String> = sqlx::query_scalar(sql).bind(id.to_string()).fetch_all(&mut *self.tx).await?;
        let corrupt = StoreError::Corrupt { table: "schedule_calendars", column: "schedule_id" };
        ids.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(|_| corrupt)
    }

    /// Adds a calendar; its name must be new.
    pub async fn add_calendar(&mut self, calendar: &Calendar, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO calendars (id, name, source, created_at_ms) VALUES ($1, $2, $3, $4)")
            .bind(calendar.id.to_string())
            .bind(&calendar.name)
            .bind(calendar.source.to_string())
            .bind(millis(now))
            .execute(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Removes a calendar, its days, and its schedules' interest in it.
    pub async fn remove_calendar(&mut self, id: CalendarId) -> Result<(), StoreError> {
        let removed = sqlx::query("DELETE FROM calendars WHERE id = $1")
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        if removed.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("calendar")) }
    }

    /// Stores what a calendar says now, in place of what it said.
    pub async fn store_calendar_text(
        &mut self,
        id: CalendarId,
        text: &str,
        days: &Holidays,
        fetched_at: Timestamp,
    ) -> Result<(), StoreError> {
        let stored = sqlx::query(
            "UPDATE calendars SET text = $1, fetched_at_ms = $2, tried_at_ms = $2, problem = NULL WHERE id = $3",
        )
        .bind(text)
        .bind(millis(fetched_at))
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        if stored.rows_affected() != 1 {
            return Err(StoreError::NotFound("calendar"));
        }
        self.replace_calendar_days(id, days).await
    }

    /// Replaces the days read out of a calendar's text.
    pub async fn replace_calendar_days(&mut self, id: CalendarId, days: &Holidays) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM calendar_days WHERE calendar_id = $1")
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        for (date, name) in days.iter() {
            sqlx::query("INSERT INTO calendar_days (calendar_id, date, name) VALUES ($1, $2, $3)")
                .bind(id.to_string())
                .bind(date.to_string())
                .bind(name)
                .execute(&mut *self.tx)
                .await?;
        }
        Ok(())
    }

    /// Notes why a calendar could not be read; what it said before stays.
    pub async fn note_calendar_problem(
        &mut self,
        id: CalendarId,
        problem: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let noted = sqlx::query("UPDATE calendars SET tried_at_ms = $1, problem = $2 WHERE id = $3")
            .bind(millis(now))
            .bind(problem)
            .bind(id.to_string())
            .execute(&mut *self.tx)
            .await?;
        if noted.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound("calendar")) }
    }

    /// A schedule is silent on a calendar's days from now on; again is no news.
    pub async fn attach_calendar(&mut self, schedule: ScheduleId, id: CalendarId) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO schedule_calendars (schedule_id, calendar_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(schedule.to_string())
        .bind(id.to_string())
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    /// A schedule takes no notice of a calendar any more; false when it took none before.
    pub async fn detach_calendar(
        &mut self,
        schedule: ScheduleId,
        id: CalendarId,
    ) -> Result<bool, StoreError> {
        let detached =
            sqlx::query("DELETE FROM schedule_calendars WHERE schedule_id = $1 AND calendar_id = $2")
                .bind(schedule.to_string())
                .bind(id.to_string())
                .execute(&mut *self.tx)
                .await?;
        Ok(detached.rows_affected() == 1)
    }

    /// The same as this change sees them.
    pub async fn holidays(
        &mut self,
        schedule: ScheduleId,
        now: Timestamp,
        good_for: SignedDuration,
    ) -> Result<Holidays, StoreError> {
        let rows = sqlx::query(HOLIDAYS)
            .bind(schedule.to_string())
            .bind(millis(now.saturating_sub(good_for).unwrap_or(Timestamp::MIN)))
            .bind(whole_millis(good_for))
            .fetch_all(&mut *self.tx)
            .await?;
        rows.iter().map(day).collect()
    }
}

fn whole_millis(length: SignedDuration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

fn day(row: &SqliteRow) -> Result<(Date, String), StoreError> {
    let cells = Cells { row, table: "calendar_days" };
    Ok((cells.parse("date")?, cells.get("name")?))
}

fn from_row(row: &SqliteRow) -> Result<Calendar, StoreError> {
    let cells = Cells { row, table: "calendars" };
    Ok(Calendar {
        id: cells.parse("id")?,
        name: cells.get("name")?,
        source: cells.parse("source")?,
        fetched_at: cells.instant_if_set("fetched_at_ms")?,
        tried_at: cells.instant_if_set("tried_at_ms")?,
        problem: cells.get("problem")?,
    })
}
