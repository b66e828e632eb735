//! Calls that the owner asks for now: an occurrence without a schedule.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::act::Acted;
use super::pacer::Turn;
use super::{CallError, Calls};
use crate::domain::ids::{AttemptId, CallId, ExceptionId, OccurrenceId, SleeperId};
use crate::domain::mode::CallMode;
use crate::domain::policy::MorningPolicy;
use crate::domain::proof::Proofs;
use crate::domain::schedule::DueNote;
use crate::domain::wake_up::{End, Event, WakeUp};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::{Change, StoreError};

/// A call asked for now that makes no sense ten minutes later.
const USEFUL_FOR: SignedDuration = SignedDuration::from_mins(10);

/// How long whoever asks for a call now is kept waiting while wake-ups take the line.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of asking for a call now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallNow {
    /// The wake-up made for it.
    pub occurrence: OccurrenceId,
    /// The attempt.
    pub attempt: AttemptId,
    /// The carrier's call; `None` while its answer is not known, or when it refused.
    pub call: Option<CallId>,
    /// The mode in which it runs.
    pub mode: CallMode,
    /// The word for where the attempt stands.
    pub state: &'static str,
}

impl Calls {
    /// Places a call to a stored sleeper now, once, and waits for the carrier's answer.
    pub async fn call_now(
        self: &Arc<Self>,
        sleeper: SleeperId,
        wish: Option<CallMode>,
        calls_allowed: u32,
    ) -> Result<CallNow, CallError> {
        if self.tasks.is_closed() {
            return Err(CallError::Stopping);
        }
        let (record, due_at) = self.claim_by_hand(sleeper, wish, calls_allowed).await?;
        let (id, attempt) = (record.attempt.occurrence, record.attempt.id);
        // A task of its own: whoever asked may hang up, the call is seen through.
        let dialling = self.tasks.spawn(Arc::clone(self).dial(record, due_at));
        let _dialled_or_panicked = dialling.await;
        let record = self.store.load_attempt(attempt).await?;
        Ok(CallNow {
            occurrence: id,
            attempt,
            call: record.attempt.state.call().cloned(),
            mode: record.attempt.decision.mode,
            state: record.attempt.state.name(),
        })
    }

    /// Writes the wake-up and its intent down, as soon as no other wake-up waits for the line.
    async fn claim_by_hand(
        &self,
        sleeper: SleeperId,
        wish: Option<CallMode>,
        calls_allowed: u32,
    ) -> Result<(AttemptRecord, Timestamp), CallError> {
        let patience = self.clock.elapsed() + PATIENCE;
        loop {
            // Planned and claimed in one transaction: the dispatcher never sees it in between.
            let mut change = self.store.change().await?;
            let now = self.clock.now();
            // Refused before anything is written: a call that cannot be made is no morning.
            let number = change.sleeper(sleeper).await?.phone_number;
            if change.find_live_attempt_to(&number).await?.is_some() {
                return Err(CallError::NumberBusy);
            }
            let when = (now, now.saturating_add(USEFUL_FOR).unwrap_or(now));
            let id = self.plan_by_hand(&mut change, sleeper, wish, calls_allowed, when).await?;
            let occurrence = change.occurrence(id).await?;
            match self.step(change, &occurrence, Turn::Spare).await? {
                Acted::Dial(record, due_at) => return Ok((*record, due_at)),
                Acted::NumberBusy(_) => {
                    self.cancel(id).await?;
                    return Err(CallError::NumberBusy);
                }
                Acted::NoSlot(wait) if self.clock.elapsed() + wait > patience => {
                    return Err(CallError::LineBusy(wait));
                }
                Acted::NoSlot(wait) => self.clock.sleep(wait).await,
                Acted::LookUp | Acted::Done => return Err(CallError::Unknown),
            }
        }
    }

    /// Writes a wake-up without a schedule down; `when` is when it is due, and until when it makes sense.
    pub(super) async fn plan_by_hand(
        &self,
        change: &mut Change,
        sleeper: SleeperId,
        wish: Option<CallMode>,
        calls_allowed: u32,
        (due_at, useful_until): (Timestamp, Timestamp),
    ) -> Result<OccurrenceId, StoreError> {
        let now = self.clock.now();
        let id = self.with_rng(|rng| OccurrenceId::new(now, rng));
        let zone = change.zone_of(sleeper).await?.unwrap_or_else(|| "UTC".to_owned());
        let proofs = self.proofs_of(sleeper, now).await?;
        let occurrence = Occurrence {
            id,
            sleeper,
            key: None,
            zone,
            tzdb_version: self.zones.version(),
            note: DueNote::AsAsked,
            wished_mode: wish,
            wake_up: WakeUp::planned(
                due_at,
                useful_until,
                MorningPolicy { proofs, ..MorningPolicy::by_hand(calls_allowed) },
                0,
            ),
            fence: 0,
        };
        change.plan_occurrence(&occurrence, now).await?;
        Ok(id)
    }

    /// What her mornings ask for, so that a call by hand tries out the same.
    async fn proofs_of(&self, sleeper: SleeperId, now: Timestamp) -> Result<Proofs, StoreError> {
        let rules = self.store.list_schedules().await?;
        let policy = rules.iter().find(|rule| rule.sleeper == sleeper && rule.enabled).map(|rule| {
            let zone = self.zones.get(&rule.zone).unwrap_or(TimeZone::UTC);
            rule.policy_on(zone.to_datetime(now).date())
        });
        Ok(policy.unwrap_or_default().proofs)
    }

    /// Cancels a wake-up; a call that is going on is ended.
    pub async fn cancel(&self, id: OccurrenceId) -> Result<(), CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        let occurrence = change.occurrence(id).await?;
        let open = change.find_open_attempt(id).await?;
        let (after, command) = occurrence.wake_up.on(Event::Cancelled, now);
        if command.is_none() {
            return Ok(());
        }
        change.save_step(&occurrence, &after, now).await?;
        change.record_audit(Some(id), "cancelled", "by the owner", now).await?;
        self.note_end(&mut change, &occurrence, End::Cancelled).await?;
        if let Some((schedule, skip)) = occurrence.skip_if_unstarted() {
            let id = self.with_rng(|rng| ExceptionId::new(now, rng));
            change.add_exception(id, schedule, &skip, now).await?;
        }
        change.commit().await?;
        self.announce_end(&occurrence, End::Cancelled);
        match open.as_ref().and_then(|record| Some((record, record.attempt.state.call()?))) {
            Some((record, call)) => self.take_back(record, call).await,
            // Not placed, or not known to be: whoever is asking the carrier sees that it is over.
            None => Ok(()),
        }
    }
}
