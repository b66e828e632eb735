//! Somebody telephones the coach. Sleepers are answered, strangers are not.

use jiff::SignedDuration;

use super::brief::tongue_of;
use super::{CallError, Calls, What};
use crate::coach::script::{self, Stage};
use crate::domain::attempt::{Attempt, AttemptKind, AttemptState};
use crate::domain::ids::{AttemptId, Nonce, OccurrenceId};
use crate::domain::mode::{CallMode, ModeDecision, ModeReason};
use crate::domain::money::MicroDollars;
use crate::domain::policy::MorningPolicy;
use crate::domain::schedule::DueNote;
use crate::domain::wake_up::{Event, Lateness, WakeUp};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::sleepers::Sleeper;
use crate::store::{Change, StoreError};
use crate::telephony::callbacks::VoiceRequest;
use crate::telephony::twiml::{self, Document, Voice};

/// She rang us; nobody calls her back over it.
const CALLS_ALLOWED: u32 = 1;

impl Calls {
    /// The document for a call that came in. It does not count for a wake-up that is under way.
    pub async fn take_inbound(&self, request: &VoiceRequest) -> Result<Document, CallError> {
        let sleeper = match &request.from {
            Some(number) => self.store.find_sleeper_by_number(number).await?,
            None => None,
        };
        let Some(sleeper) = sleeper else {
            tracing::info!(call = %request.call, "Turning away a call from an unknown number");
            return self.turn_away().await;
        };
        if let Some(known) = self.store.find_attempt_by_call(&request.call).await? {
            return match known.document {
                Some(document) => Ok(Document::stored(document)),
                None => self.open(&known).await,
            };
        }
        match self.receive_inbound(&sleeper, request).await {
            Ok(record) => {
                tracing::info!(attempt = %record.attempt.id, call = %request.call, "A sleeper telephones the coach");
                self.tell(record.attempt.occurrence, Some(record.attempt.id), What::Answered);
                self.open(&record).await
            }
            Err(StoreError::NumberBusy) => Ok(say_and_hang_up(Stage::CallingYou, &sleeper)),
            Err(error) => Err(error.into()),
        }
    }

    /// A stranger is most likely to speak the language of the people who live here.
    async fn turn_away(&self) -> Result<Document, CallError> {
        let household = self.store.list_sleepers().await?;
        Ok(match household.first() {
            Some(sleeper) => say_and_hang_up(Stage::Stranger, sleeper),
            None => twiml::hang_up(),
        })
    }

    async fn receive_inbound(
        &self,
        sleeper: &Sleeper,
        request: &VoiceRequest,
    ) -> Result<AttemptRecord, StoreError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        // Always a wake-up of its own: a caller's number can be forged, so what is said here ends no other.
        let occurrence = self.plan_inbound(&mut change, sleeper).await?;
        let number = change.count_attempts(occurrence.id).await? + 1;
        let probability = change.mode_settings().await?.probability;
        let (id, nonce) = self.with_rng(|rng| (AttemptId::new(now, rng), Nonce::new(rng)));
        let attempt = Attempt {
            id,
            occurrence: occurrence.id,
            sleeper: sleeper.id,
            number,
            kind: AttemptKind::Inbound,
            to: sleeper.phone_number.clone(),
            nonce,
            // No model was opened while it rang, and she is on the line: traditional at once.
            decision: ModeDecision {
                mode: CallMode::Traditional,
                reason: ModeReason::Forced,
                probability,
                draw: None,
            },
            intent_at: now,
            state: AttemptState::Answered { call: request.call.clone(), answered_at: now },
            fell_back: None,
            cost: MicroDollars::default(),
        };
        let record = AttemptRecord::intended(attempt, Lateness::OnTime, occurrence.fence + 1);
        change.add_attempt(&record).await?;
        let (after, _) = occurrence.wake_up.on(Event::CameIn, now);
        change.save_step(&occurrence, &after, now).await?;
        change.commit().await?;
        Ok(record)
    }

    async fn plan_inbound(&self, change: &mut Change, sleeper: &Sleeper) -> Result<Occurrence, StoreError> {
        let now = self.clock.now();
        let useful_until = now.saturating_add(SignedDuration::from_mins(10)).unwrap_or(now);
        let occurrence = Occurrence {
            id: self.with_rng(|rng| OccurrenceId::new(now, rng)),
            sleeper: sleeper.id,
            key: None,
            zone: change.zone_of(sleeper.id).await?.unwrap_or_else(|| "UTC".to_owned()),
            tzdb_version: self.zones.version(),
            note: DueNote::AsAsked,
            wished_mode: None,
            wake_up: WakeUp::planned(now, useful_until, MorningPolicy::by_hand(CALLS_ALLOWED), 0),
            fence: 0,
        };
        change.plan_occurrence(&occurrence, now).await?;
        change.occurrence(occurrence.id).await
    }
}

fn say_and_hang_up(stage: Stage, sleeper: &Sleeper) -> Document {
    let line = script::line(tongue_of(sleeper), stage, 0);
    twiml::say_and_hang_up(&[&line], &Voice::of(&sleeper.language))
}
