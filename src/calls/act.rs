//! Acts on a wake-up whose time has come: claim it, decide the mode, write the intent down, dial.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::pacer::Turn;
use super::together::give_way;
use super::{CallError, Calls, What, decide};
use crate::domain::alert::AlertKind;
use crate::domain::attempt::{Attempt, AttemptKind, AttemptState};
use crate::domain::ids::{AttemptId, Nonce, OccurrenceId};
use crate::domain::mode::{ModeReason, Probability, decide as decide_mode};
use crate::domain::money::MicroDollars;
use crate::domain::notice::News;
use crate::domain::wake_up::{Command, End, Event, Lateness, WakeUp};
use crate::failpoint::{self, Point};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::{Change, StoreError};

/// What came of acting.
pub(super) enum Acted {
    /// An intent that was due then stands in the database; the carrier is to be asked.
    Dial(Box<AttemptRecord>, Timestamp),
    /// The carrier is to be asked what became of the attempt under way.
    LookUp,
    /// That phone is on another call of ours; it will be tried again, and this call gives way to it.
    NumberBusy(Option<Box<AttemptRecord>>),
    /// The account may begin no other call for so long; nothing was changed.
    NoSlot(Duration),
    /// Nothing more to do now.
    Done,
}

impl Calls {
    /// Acts on one wake-up if its time has come; what takes time goes on in a task of its own, which is
    /// waited for at shutdown. How long it has to wait, when the account may begin no other call now.
    pub async fn act(self: &Arc<Self>, id: OccurrenceId) -> Result<Option<Duration>, CallError> {
        let calls = Arc::clone(self);
        failpoint::pass(Point::Due);
        match self.claim(id).await? {
            Acted::Dial(record, due_at) => {
                failpoint::pass(Point::Claimed);
                self.tasks.spawn(async move { calls.dial(*record, due_at).await });
            }
            Acted::LookUp => {
                self.tasks.spawn(async move { calls.look_up(id).await });
            }
            Acted::NumberBusy(Some(holder)) => {
                self.tasks.spawn(async move { calls.give_way(&holder).await });
            }
            Acted::NoSlot(wait) => return Ok(Some(wait)),
            Acted::NumberBusy(None) | Acted::Done => {}
        }
        Ok(None)
    }

    /// One step of the state machine in one transaction: whatever it decides is on disk before anybody
    /// outside is asked.
    pub(super) async fn claim(&self, id: OccurrenceId) -> Result<Acted, CallError> {
        let mut change = self.store.change().await?;
        let occurrence = change.occurrence(id).await?;
        self.step(change, &occurrence, Turn::Due).await
    }

    /// The step itself, in a transaction that may have begun before it.
    pub(super) async fn step(
        &self,
        mut change: Change,
        occurrence: &Occurrence,
        turn: Turn,
    ) -> Result<Acted, CallError> {
        let (id, now) = (occurrence.id, self.clock.now());
        if !decide::is_due(occurrence, now) {
            return Ok(Acted::Done);
        }
        let overtaken =
            decide::may_give_way(occurrence, now) && give_way(&mut change, occurrence, now).await?;
        let absorbed = if overtaken { Vec::new() } else { self.absorb(&mut change, occurrence, now).await? };
        // As it is with what it has taken on.
        let occurrence = change.occurrence(id).await?;
        let event = decide::event_when_due(overtaken);
        let acted = self.carry_out(change, &occurrence, event, turn, now).await?;
        // Without a slot nothing was written, and all of it is done again.
        if !matches!(acted, Acted::NoSlot(_)) {
            self.announce_coalesced(&absorbed);
        }
        Ok(acted)
    }

    async fn carry_out(
        &self,
        mut change: Change,
        occurrence: &Occurrence,
        event: Event,
        turn: Turn,
        now: Timestamp,
    ) -> Result<Acted, CallError> {
        let id = occurrence.id;
        let (after, command) = occurrence.wake_up.on_settling(event, now, self.policy.settle);
        match command {
            Some(Command::Call(kind, lateness)) => {
                let record = self.intend(&mut change, occurrence, kind, lateness, now).await?;
                self.begin_call(change, occurrence, &after, record, turn).await
            }
            Some(Command::LookUp) => {
                change.save_step(occurrence, &after, now).await?;
                change.commit().await?;
                Ok(Acted::LookUp)
            }
            Some(Command::Finish(end)) => {
                change.save_step(occurrence, &after, now).await?;
                change.record_audit(Some(id), "ended", end.name(), now).await?;
                self.note_end(&mut change, occurrence, end).await?;
                change.commit().await?;
                self.announce_end(occurrence, end);
                Ok(Acted::Done)
            }
            Some(Command::HangUp) | None => Ok(Acted::Done),
        }
    }

    /// The intent is written down unless that number has a live call, or the account no slot. A call that
    /// waits for its slot leaves no intent, or a look-up would take it for a request that was lost.
    async fn begin_call(
        &self,
        mut change: Change,
        occurrence: &Occurrence,
        after: &WakeUp,
        record: AttemptRecord,
        turn: Turn,
    ) -> Result<Acted, CallError> {
        let now = record.attempt.intent_at;
        match change.add_attempt(&record).await {
            Err(StoreError::NumberBusy) => {
                return self.wait_for_number(change, occurrence, &record, now).await;
            }
            added => added?,
        }
        if let Err(wait) = self.pacer.take(turn) {
            return Ok(Acted::NoSlot(wait));
        }
        if record.attempt.decision.reason == ModeReason::BreakerProbe {
            let breaker = change.mode_settings().await?.breaker;
            change.set_breaker(breaker.probing(now), now).await?;
        }
        change.save_step(occurrence, after, now).await?;
        self.arm_warning(&mut change, occurrence, now).await?;
        if record.lateness == Lateness::Much && occurrence.key.is_some() {
            self.tell_people(&mut change, occurrence.id, occurrence.sleeper, News::RangLate).await?;
        }
        change.commit().await?;
        self.announce_decision(&record);
        Ok(Acted::Dial(Box::new(record), occurrence.wake_up.act_at.unwrap_or(now)))
    }

    /// That phone is on another call of ours, which may have to give way.
    async fn wait_for_number(
        &self,
        mut change: Change,
        occurrence: &Occurrence,
        record: &AttemptRecord,
        now: Timestamp,
    ) -> Result<Acted, CallError> {
        let holder = change.find_live_attempt_to(&record.attempt.to).await?;
        let gives_way = match &holder {
            Some(holder) => {
                decide::gives_way(&change.occurrence(holder.attempt.occurrence).await?, occurrence)
            }
            None => false,
        };
        let (waiting, _) = occurrence.wake_up.on(Event::NumberBusy, now);
        change.save_step(occurrence, &waiting, now).await?;
        change.commit().await?;
        tracing::info!(occurrence = %occurrence.id, "Waiting: that phone is on another call of ours");
        Ok(Acted::NumberBusy(holder.filter(|_| gives_way).map(Box::new)))
    }

    async fn intend(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        kind: AttemptKind,
        lateness: Lateness,
        now: Timestamp,
    ) -> Result<AttemptRecord, CallError> {
        let sleeper = change.sleeper(occurrence.sleeper).await?;
        let settings = change.mode_settings().await?;
        let probability = self.probability_for(change, occurrence, settings.probability).await?;
        let number = change.count_attempts(occurrence.id).await? + 1;
        let (obstacle, wish) = (self.obstacle(), occurrence.wished_mode);
        let (id, nonce, decision) = self.with_rng(|rng| {
            let decision = decide_mode(wish, probability, obstacle, settings.breaker, now, rng);
            (AttemptId::new(now, rng), Nonce::new(rng), decision)
        });
        let attempt = Attempt {
            id,
            occurrence: occurrence.id,
            sleeper: sleeper.id,
            number,
            kind,
            to: sleeper.phone_number,
            nonce,
            decision,
            intent_at: now,
            state: AttemptState::Intended,
            fell_back: None,
            cost: MicroDollars::default(),
        };
        Ok(AttemptRecord::intended(attempt, lateness, occurrence.fence + 1))
    }

    async fn probability_for(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
        global: Probability,
    ) -> Result<Probability, CallError> {
        let Some(key) = occurrence.key else { return Ok(global) };
        Ok(change.schedule_probability(key.schedule).await?.unwrap_or(global))
    }

    pub(super) fn announce_decision(&self, record: &AttemptRecord) {
        let attempt = &record.attempt;
        let decision = attempt.decision;
        let p = decision.probability.value();
        let (mode, reason) = (decision.mode.name(), decision.reason.name());
        let drawn =
            decision.draw.map_or_else(|| "asked for".to_owned(), |draw| format!("p={p:.2}, drew {draw:.2}"));
        tracing::info!(
            attempt = %attempt.id, to = %attempt.to.masked(), number = attempt.number, reason,
            "Call routing decision: {mode} ({drawn})"
        );
        self.tell(attempt.occurrence, Some(attempt.id), What::Decided(attempt.kind, decision));
    }

    pub(super) fn announce_end(&self, occurrence: &Occurrence, end: End) {
        let id = occurrence.id;
        self.metrics.wake_up_ended(end);
        // Hanging up on a test call is not oversleeping.
        if end.is_missed() && occurrence.key.is_some() {
            self.metrics.alerted(AlertKind::Missed);
            tracing::error!(occurrence = %id, how = end.name(), "A wake-up was MISSED: nobody knows whether she is up");
        } else {
            tracing::info!(occurrence = %id, how = end.name(), "The wake-up is over");
        }
        self.tell(id, None, What::Ended(end));
    }
}
