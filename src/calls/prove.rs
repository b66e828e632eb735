//! Somebody was at a place: written down for every wake-up it can be about, and told to calls that go on.

use jiff::{SignedDuration, Timestamp};

use super::{CallError, Calls, What};
use crate::coach::verdict::Verdict;
use crate::domain::ids::{OccurrenceId, SleeperId};
use crate::domain::proof::Proof;
use crate::domain::wake_up::{Command, End, Event, Phase};
use crate::realtime::pump::Seen;
use crate::store::occurrences::Occurrence;
use crate::store::proofs::SeenProof;
use crate::store::{Change, StoreError};

/// What was seen, and whom it can be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceSeen {
    /// Who says so: `doorbell`, `code kitchen`, `by hand`.
    pub source: String,
    /// The reason, in a sentence's middle: `touched the doorbell`.
    pub reason: String,
    /// Whom the place proves; `None` for everybody.
    pub sleeper: Option<SleeperId>,
    /// True when the device that tells of it is none of those that were registered, or names itself not: then
    /// it proves nobody who has a device of her own.
    pub stranger: bool,
    /// The only wake-ups meant; `None` for all that are open.
    pub only: Option<Vec<OccurrenceId>>,
    /// A digest of the request that tells of it: the same one counts once. `None` when it has nothing that
    /// makes it unlike the next.
    pub digest: Option<String>,
}

/// A wake-up for which it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceProved {
    /// The wake-up.
    pub occurrence: OccurrenceId,
    /// Until when it counts there.
    pub valid_until: Timestamp,
    /// True when nothing else was outstanding, so that she is up.
    pub is_up: bool,
}

/// What became of one wake-up.
struct Step {
    occurrence: Occurrence,
    proved: PlaceProved,
    end: Option<End>,
    next: Option<(Phase, Timestamp)>,
    coalesced: Vec<OccurrenceId>,
}

impl Calls {
    /// Takes in that somebody was at a place. Empty when nobody is being woken: before the first ring it
    /// proves nothing, and a wake-up that is over needs none.
    pub async fn place_proved(&self, seen: &PlaceSeen) -> Result<Vec<PlaceProved>, CallError> {
        let now = self.clock.now();
        let mut change = self.store.change().await?;
        if let Some(digest) = &seen.digest
            && !change.remember_request(digest, now).await?
        {
            return Err(CallError::Replayed);
        }
        let counts_for = change.place_counts_for().await?;
        let counts_for = SignedDuration::try_from(counts_for).unwrap_or(SignedDuration::MAX);
        let valid_until = now.saturating_add(counts_for).unwrap_or(Timestamp::MAX);
        let mut steps = Vec::new();
        for occurrence in change.rung(seen.sleeper).await? {
            if seen.stranger && change.has_device(occurrence.sleeper).await? {
                continue;
            }
            if seen.only.as_ref().is_none_or(|only| only.contains(&occurrence.id)) {
                steps.push(self.prove(&mut change, occurrence, seen, now, valid_until).await?);
            }
        }
        if steps.is_empty() {
            change.record_audit(None, "place_seen_early", &seen.source, now).await?;
        }
        change.commit().await?;
        if steps.is_empty() {
            tracing::info!(source = seen.source, "Somebody was at the place, but nobody is being woken");
        }
        let mut proved = Vec::new();
        for step in steps {
            self.tell_conversation(&step, seen).await;
            self.announce_step(&step, seen);
            proved.push(step.proved);
        }
        Ok(proved)
    }

    /// Writes it down, and takes the step that follows between two calls; within one the call goes on.
    async fn prove(
        &self,
        change: &mut Change,
        mut occurrence: Occurrence,
        seen: &PlaceSeen,
        now: Timestamp,
        valid_until: Timestamp,
    ) -> Result<Step, StoreError> {
        occurrence.wake_up.spent = change.cost_of(occurrence.id).await?;
        let proof = SeenProof {
            occurrence: occurrence.id,
            attempt: None,
            proof: Proof::Place,
            source: seen.source.clone(),
            evidence: seen.reason.clone(),
            seen_at: now,
            valid_until,
        };
        change.record_proof(&proof).await?;
        change.record_audit(Some(occurrence.id), "place_seen", &seen.source, now).await?;
        let mut step = Step {
            proved: PlaceProved { occurrence: occurrence.id, valid_until, is_up: false },
            occurrence,
            end: None,
            next: None,
            coalesced: Vec::new(),
        };
        let waiting = matches!(step.occurrence.wake_up.phase, Phase::Waiting(_));
        if !waiting || !self.is_proven(change, &step.occurrence, now).await? {
            return Ok(step);
        }
        let (after, command) = step.occurrence.wake_up.on(Event::Proven, now);
        if after == step.occurrence.wake_up {
            return Ok(step);
        }
        change.save_step(&step.occurrence, &after, now).await?;
        step.proved.is_up = true;
        step.next = after.act_at.map(|at| (after.phase, at));
        step.coalesced = self.ending_means(change, &step.occurrence, command, now).await?;
        if let Some(Command::Finish(end)) = command {
            step.end = Some(end);
            change.record_audit(Some(step.occurrence.id), "ended", end.name(), now).await?;
        }
        Ok(step)
    }

    /// A realtime conversation hears of it at once; a traditional one reads it at its next turn.
    async fn tell_conversation(&self, step: &Step, seen: &PlaceSeen) {
        if step.occurrence.wake_up.phase != Phase::Calling {
            return;
        }
        match self.store.list_attempts(step.occurrence.id).await {
            Ok(attempts) => {
                for record in attempts.iter().filter(|record| record.attempt.state.is_open()) {
                    let told = Seen { proof: Proof::Place, reason: seen.reason.clone() };
                    self.live.tell_seen(record.attempt.id, told);
                }
            }
            // It is written down: what is said next by any other way goes by it.
            Err(error) => {
                tracing::warn!(%error, "Could not tell a conversation that somebody was at the place");
            }
        }
    }

    fn announce_step(&self, step: &Step, seen: &PlaceSeen) {
        let id = step.occurrence.id;
        tracing::info!(occurrence = %id, source = seen.source, up = step.proved.is_up, "Somebody was at the place");
        if step.occurrence.wake_up.phase != Phase::Calling {
            // In a call the conversation says so when it hears of it.
            self.tell(id, None, What::Saw(Proof::Place, seen.reason.clone()));
        }
        if step.proved.is_up {
            let verdict = Verdict { proof: Proof::Place, evidence: seen.reason.clone() };
            self.tell(id, None, What::Satisfied(verdict));
        }
        if let Some((Phase::Waiting(kind), at)) = step.next {
            self.tell(id, None, What::Waiting(kind, at));
        }
        if let Some(end) = step.end {
            self.announce_end(&step.occurrence, end);
        }
        self.announce_coalesced(&step.coalesced);
        self.wake.notify_one();
    }
}
