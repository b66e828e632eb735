//! Wake-ups: listed, cancelled.

use super::dto::{LIMIT_DEFAULT, LIMIT_MAX, OccurrenceShown, OccurrencesAsked, Snooze, WhichOccurrences};
use super::named::{ambiguous, id_part, short, told};
use super::{Desk, DeskError};
use crate::domain::ids::{ExceptionId, SleeperId};
use crate::domain::wake_up::{Event, Phase, SNOOZE_MINUTES};
use crate::store::mornings::Which;
use crate::store::occurrences::Occurrence;

impl Desk {
    /// Wake-ups, planned and past.
    pub async fn list_occurrences(
        &self,
        asked: &OccurrencesAsked,
    ) -> Result<Vec<OccurrenceShown>, DeskError> {
        let which = match asked.state {
            WhichOccurrences::Coming => Which::Coming,
            WhichOccurrences::Past => Which::Past,
            WhichOccurrences::All => Which::All,
        };
        let sleeper = self.sleeper_filter(asked.sleeper.as_deref()).await?;
        let found = self.store.list_occurrences(which, sleeper, limit(asked.limit)?).await?;
        let sleepers = self.store.list_sleepers().await?;
        Ok(found.iter().map(|occurrence| self.occurrence_shown(occurrence, &sleepers)).collect())
    }

    /// One wake-up, by identifier or its beginning or end.
    pub async fn occurrence(&self, named: &str) -> Result<OccurrenceShown, DeskError> {
        let occurrence = self.find_occurrence(named).await?;
        let sleepers = self.store.list_sleepers().await?;
        Ok(self.occurrence_shown(&occurrence, &sleepers))
    }

    /// Cancels a wake-up; a call that is going on is ended.
    pub async fn cancel_occurrence(&self, named: &str) -> Result<OccurrenceShown, DeskError> {
        let occurrence = self.find_occurrence(named).await?;
        if let Phase::Ended(end) = occurrence.wake_up.phase {
            return Err(DeskError::conflict(format!("That wake-up is over: {}.", end.name()), ""));
        }
        match &self.daemon {
            Some(daemon) => {
                daemon.calls.cancel(occurrence.id).await?;
                daemon.bells.dispatch.notify_one();
            }
            None => self.cancel_quietly(&occurrence).await?,
        }
        self.occurrence(&occurrence.id.to_string()).await
    }

    /// Puts the next call of a wake-up off by a snooze; refused while a call is going on, and past the
    /// morning's bounds.
    pub async fn snooze_occurrence(&self, named: &str, wish: Snooze) -> Result<OccurrenceShown, DeskError> {
        if wish.minutes.is_some_and(|minutes| i64::from(minutes) != SNOOZE_MINUTES) {
            return Err(DeskError::invalid(
                "minutes",
                format!("A snooze is {SNOOZE_MINUTES} minutes."),
                "Leave `minutes` out.",
            ));
        }
        let occurrence = self.find_occurrence(named).await?;
        self.daemon()?.calls.snooze(occurrence.id).await?;
        self.occurrence(&occurrence.id.to_string()).await
    }

    /// Without a daemon nobody can end a call, so only what has none is cancelled.
    async fn cancel_quietly(&self, occurrence: &Occurrence) -> Result<(), DeskError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        if change.find_open_attempt(occurrence.id).await?.is_some() {
            self.daemon()?;
        }
        let (after, _) = occurrence.wake_up.on(Event::Cancelled, now);
        change.save_step(occurrence, &after, now).await?;
        change.record_audit(Some(occurrence.id), "cancelled", "by the owner", now).await?;
        if let Some((schedule, skip)) = occurrence.skip_if_unstarted() {
            let id = self.with_rng(|rng| ExceptionId::new(now, rng));
            change.add_exception(id, schedule, &skip, now).await?;
        }
        Ok(change.commit().await?)
    }

    pub(super) async fn find_occurrence(&self, named: &str) -> Result<Occurrence, DeskError> {
        const WHAT: &str = "wake-up";
        let mut found = match id_part(named) {
            Some(part) => self.store.find_occurrences(&part, 2).await?,
            None => Vec::new(),
        };
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(no_such(WHAT, named)),
            _ => Err(ambiguous(
                WHAT,
                named,
                &found.iter().map(|o| short(&o.id.to_string())).collect::<Vec<_>>(),
            )),
        }
    }

    pub(super) async fn sleeper_filter(&self, named: Option<&str>) -> Result<Option<SleeperId>, DeskError> {
        match named {
            Some(named) => Ok(Some(self.find_sleeper(named).await?.id)),
            None => Ok(None),
        }
    }
}

pub(super) fn no_such(what: &'static str, named: &str) -> DeskError {
    DeskError::NotFound {
        what,
        said: format!("There is no {what} `{}`.", told(named)),
        hint: "List them to see their identifiers.".to_owned(),
    }
}

/// How many rows to answer with.
pub(super) fn limit(wanted: Option<u32>) -> Result<u32, DeskError> {
    match wanted {
        None => Ok(LIMIT_DEFAULT),
        Some(limit @ 1..=LIMIT_MAX) => Ok(limit),
        Some(_) => Err(DeskError::invalid(
            "limit",
            "That many cannot be listed.",
            format!("Ask for 1 to {LIMIT_MAX}."),
        )),
    }
}
