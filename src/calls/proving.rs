//! What a call asks of her: begun when it is answered, kept with the attempt, written down when it is seen.

use jiff::Timestamp;

use super::{CallError, Calls, What, code};
use crate::coach::proving::{Proving, answer_limit};
use crate::domain::attempt::AttemptKind;
use crate::domain::proof::Proof;
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::proofs::SeenProof;
use crate::store::{Change, StoreError};

/// Who saw what was seen in a call.
const IN_THE_CALL: &str = "call";

impl Calls {
    /// How far the call has come, with what was seen from outside since; begun here if this is the
    /// call's first moment.
    pub(super) async fn proving_of(&self, record: &AttemptRecord) -> Result<Proving, CallError> {
        let mut change = self.store.change().await?;
        // Read again: the other mode, or a repeated request, may have begun it.
        let stored = change.attempt(record.attempt.id).await?.proving;
        let occurrence = change.occurrence(record.attempt.occurrence).await?;
        let mut proving = match &stored {
            Some(proving) => proving.clone(),
            None => self.begin_proving(&mut change, record, &occurrence).await?,
        };
        let outside = change.proofs_from_outside(&occurrence, self.clock.now()).await?;
        for proof in outside.iter() {
            proving.saw(proof, "was at the agreed place");
        }
        if stored.as_ref() != Some(&proving) {
            change.set_proving(record.attempt.id, &proving).await?;
            change.commit().await?;
        }
        Ok(proving)
    }

    async fn begin_proving(
        &self,
        change: &mut Change,
        record: &AttemptRecord,
        occurrence: &Occurrence,
    ) -> Result<Proving, StoreError> {
        let attempt = &record.attempt;
        if attempt.kind == AttemptKind::Check {
            return Ok(self.with_rng(Proving::check));
        }
        let wanted = occurrence.wake_up.policy.proofs;
        let code = if wanted.contains(Proof::Code) {
            self.code_of_the_day(change, occurrence).await?
        } else {
            String::new()
        };
        let earlier = change.list_answer_times(attempt.sleeper, attempt.effective_mode()).await?;
        let proving = self.with_rng(|rng| Proving::begin(wanted, &code, answer_limit(&earlier), rng));
        let word_is_enough = occurrence.wake_up.policy.word_is_enough;
        Ok(if word_is_enough { proving.believing_a_goodbye() } else { proving })
    }

    async fn code_of_the_day(
        &self,
        change: &mut Change,
        occurrence: &Occurrence,
    ) -> Result<String, StoreError> {
        let now = self.clock.now();
        let fresh = self.with_rng(code::new_secret);
        let secret = change.code_secret(&fresh, now).await?;
        let day = code::date_of(&self.zones, &occurrence.zone, occurrence.wake_up.due_at);
        Ok(code::of_the_day(&secret, occurrence.sleeper, day))
    }

    /// Keeps how far the call has come and writes down what is new; gives back what was seen just now.
    pub(super) async fn keep_proving(
        &self,
        change: &mut Change,
        record: &AttemptRecord,
        proving: &Proving,
        now: Timestamp,
    ) -> Result<Vec<What>, StoreError> {
        let attempt = &record.attempt;
        let known = change.attempt(attempt.id).await?.proving.map_or(0, |before| before.reasons().len());
        change.set_proving(attempt.id, proving).await?;
        let mut news = Vec::new();
        for (proof, reason) in proving.reasons().iter().skip(known) {
            // The reason holds her own words: it stands with the proof alone, where forgetting finds it.
            change.record_history(attempt.id, "proof", proof.name(), now).await?;
            news.push(What::Saw(*proof, reason.clone()));
            if *proof == Proof::Place {
                // Written down by whoever saw it.
                continue;
            }
            let seen = SeenProof {
                occurrence: attempt.occurrence,
                attempt: Some(attempt.id),
                proof: *proof,
                source: IN_THE_CALL.to_owned(),
                evidence: reason.clone(),
                seen_at: now,
                // Words prove nothing once the call is over; this is kept for the history.
                valid_until: now,
            };
            change.record_proof(&seen).await?;
        }
        if proving.is_done() && !news.is_empty() {
            for took in proving.answer_times() {
                change.record_answer_time(attempt.sleeper, attempt.effective_mode(), took, now).await?;
            }
        }
        Ok(news)
    }
}
