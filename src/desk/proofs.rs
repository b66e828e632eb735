//! What a wake-up asks for before she counts as up, and what was seen.

use super::dto::{ProofSeen, ProofsShown, WithTranscript};
use super::shown::moment;
use super::{Desk, DeskError};
use crate::store::proofs::SeenProof;

impl Desk {
    /// The proofs of one wake-up; the evidence is what she said, and told with the transcript only.
    pub async fn proofs(&self, named: &str, with: WithTranscript) -> Result<ProofsShown, DeskError> {
        let occurrence = self.find_occurrence(named).await?;
        let attempts = self.store.list_attempts(occurrence.id).await?;
        let number = |seen: &SeenProof| {
            let found = attempts.iter().find(|record| Some(record.attempt.id) == seen.attempt);
            found.map(|record| record.attempt.number)
        };
        let there = |at| moment(&self.zones, &occurrence.zone, at);
        let shown = |seen: SeenProof| ProofSeen {
            proof: seen.proof.name().to_owned(),
            call: number(&seen),
            source: seen.source,
            evidence: with.transcript.then_some(seen.evidence),
            seen: there(seen.seen_at),
            valid_until: there(seen.valid_until),
        };
        let seen = self.store.list_proofs(occurrence.id).await?;
        Ok(ProofsShown {
            occurrence: occurrence.id.to_string(),
            wanted: occurrence.wake_up.policy.proofs.iter().map(|proof| proof.name().to_owned()).collect(),
            seen: seen.into_iter().map(shown).collect(),
        })
    }
}
