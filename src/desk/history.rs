//! What happened: attempt by attempt, and morning by morning from due to up.

use super::dto::{AttemptShown, History, Morning, Step, WithTranscript};
use super::named::{ambiguous, id_part, short};
use super::occurrences::{limit, no_such};
use super::shown::moment;
use super::{Desk, DeskError};
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::proofs::SeenProof;
use crate::store::sleepers::Sleeper;

const ATTEMPT: &str = "attempt";

impl Desk {
    /// The newest attempts; what was said is told attempt by attempt only.
    pub async fn list_attempts(&self, asked: &History) -> Result<Vec<AttemptShown>, DeskError> {
        let sleeper = self.sleeper_filter(asked.sleeper.as_deref()).await?;
        let mut shown = Vec::new();
        for record in self.store.list_recent_attempts(sleeper, limit(asked.limit)?).await? {
            let occurrence = self.store.load_occurrence(record.attempt.occurrence).await?;
            shown.push(self.attempt_and_words(&record, &occurrence, asked.transcript).await?);
        }
        Ok(shown)
    }

    /// One attempt, by identifier or its beginning or end, with what happened in it.
    pub async fn attempt(&self, named: &str, with: WithTranscript) -> Result<Morning, DeskError> {
        let mut found = match id_part(named) {
            Some(part) => self.store.find_attempts(&part, 2).await?,
            None => Vec::new(),
        };
        let record = match found.len() {
            1 => found.remove(0),
            0 => return Err(no_such(ATTEMPT, named)),
            _ => {
                let ids: Vec<String> =
                    found.iter().map(|record| short(&record.attempt.id.to_string())).collect();
                return Err(ambiguous(ATTEMPT, named, &ids));
            }
        };
        let occurrence = self.store.load_occurrence(record.attempt.occurrence).await?;
        let mut morning = self.tell(&occurrence, &self.store.list_sleepers().await?, with.transcript).await?;
        morning.attempts.retain(|attempt| attempt.number == record.attempt.number);
        morning.timeline.retain(|step| step.call == Some(record.attempt.number));
        Ok(morning)
    }

    /// One wake-up from due to up.
    pub async fn morning(&self, named: &str, with: WithTranscript) -> Result<Morning, DeskError> {
        let occurrence = self.find_occurrence(named).await?;
        self.tell(&occurrence, &self.store.list_sleepers().await?, with.transcript).await
    }

    /// The mornings that began, the newest first.
    pub async fn history(&self, asked: &History) -> Result<Vec<Morning>, DeskError> {
        let sleeper = self.sleeper_filter(asked.sleeper.as_deref()).await?;
        let sleepers = self.store.list_sleepers().await?;
        let mut mornings = Vec::new();
        for occurrence in self.store.list_begun(sleeper, limit(asked.limit)?).await? {
            mornings.push(self.tell(&occurrence, &sleepers, asked.transcript).await?);
        }
        Ok(mornings)
    }

    async fn tell(
        &self,
        occurrence: &Occurrence,
        sleepers: &[Sleeper],
        transcript: bool,
    ) -> Result<Morning, DeskError> {
        let records = self.store.list_attempts(occurrence.id).await?;
        let mut timeline = self.timeline(occurrence, &records).await?;
        if transcript {
            self.add_reasons(occurrence, &records, &mut timeline).await?;
        }
        let mut attempts = Vec::new();
        for record in &records {
            let shown = self.attempt_and_words(record, occurrence, transcript).await?;
            timeline.extend(words(&shown, occurrence));
            attempts.push(shown);
        }
        // Stable: what was written down in one instant stays in the order it was written.
        timeline.sort_by_key(|step| step.when.at);
        Ok(Morning { wake_up: self.occurrence_shown(occurrence, sleepers), attempts, timeline })
    }

    async fn timeline(
        &self,
        occurrence: &Occurrence,
        records: &[AttemptRecord],
    ) -> Result<Vec<Step>, DeskError> {
        let number =
            |id| records.iter().find(|record| record.attempt.id == id).map(|record| record.attempt.number);
        let step = |at, call, what: &str, detail: String| Step {
            when: moment(&self.zones, &occurrence.zone, at),
            after_due_secs: at.duration_since(occurrence.wake_up.due_at).as_secs(),
            call,
            what: what.to_owned(),
            detail,
            speaker: None,
        };
        let mut steps = vec![step(occurrence.wake_up.due_at, None, "due", String::new())];
        for record in records {
            let attempt = &record.attempt;
            let detail =
                format!("{} call, {}", attempt.kind.name().replace('_', "-"), attempt.decision.mode.name());
            steps.push(step(attempt.intent_at, Some(attempt.number), "decided", detail));
        }
        for line in self.store.list_timeline(occurrence.id).await? {
            steps.push(step(line.at, line.attempt.and_then(number), &line.what, line.detail));
        }
        Ok(steps)
    }

    /// Why each proof counts tells what she said, so that it stands with the proof and not in the history.
    async fn add_reasons(
        &self,
        occurrence: &Occurrence,
        records: &[AttemptRecord],
        timeline: &mut [Step],
    ) -> Result<(), DeskError> {
        let seen = self.store.list_proofs(occurrence.id).await?;
        for step in timeline.iter_mut().filter(|step| step.what == "proof") {
            let record = records.iter().find(|record| Some(record.attempt.number) == step.call);
            let is_it = |proof: &&SeenProof| {
                proof.proof.name() == step.detail && proof.attempt == record.map(|record| record.attempt.id)
            };
            if let Some(proof) = seen.iter().find(is_it) {
                step.detail = format!("{}: {}", step.detail, proof.evidence);
            }
        }
        Ok(())
    }

    async fn attempt_and_words(
        &self,
        record: &AttemptRecord,
        occurrence: &Occurrence,
        transcript: bool,
    ) -> Result<AttemptShown, DeskError> {
        let said = if transcript { Some(self.store.list_utterances(record.attempt.id).await?) } else { None };
        Ok(self.attempt_shown(record, &occurrence.zone, said.as_deref()))
    }
}

/// What was said, as steps of the timeline.
fn words(attempt: &AttemptShown, occurrence: &Occurrence) -> Vec<Step> {
    let due_at = occurrence.wake_up.due_at;
    let heard = attempt.transcript.iter().flatten();
    heard
        .map(|said| Step {
            after_due_secs: said.when.at.duration_since(due_at).as_secs(),
            when: said.when.clone(),
            call: Some(attempt.number),
            what: "said".to_owned(),
            detail: said.text.clone(),
            speaker: Some(said.speaker.clone()),
        })
        .collect()
}
