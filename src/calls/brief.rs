//! What the coach is told before it speaks: who, when, why, and what was said so far.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{CallError, Calls};
use crate::coach::language::Tongue;
use crate::coach::persona::{self, Briefing, Language};
use crate::coach::script;
use crate::coach::silence::SilenceStep;
use crate::domain::wake_up::Lateness;
use crate::realtime::{Nudges, Plan};
use crate::store::attempts::AttemptRecord;
use crate::store::sleepers::Sleeper;

impl Calls {
    /// The briefing of an attempt, with its conversation so far.
    pub(super) async fn briefing_for(&self, record: &AttemptRecord) -> Result<Briefing, CallError> {
        let attempt = &record.attempt;
        let sleeper = self.store.load_sleeper(attempt.sleeper).await?;
        let occurrence = self.store.load_occurrence(attempt.occurrence).await?;
        // This call's words only: what she said an hour ago proves nothing about now.
        let conversation = self.store.list_utterances(attempt.id).await?;
        // A zone that has vanished from the data must not keep anybody asleep.
        let zone = self.zones.get(&occurrence.zone).unwrap_or(TimeZone::UTC);
        let local = zone.to_datetime(self.clock.now());
        let late = attempt.intent_at.duration_since(occurrence.wake_up.due_at);
        let late_by =
            (record.lateness != Lateness::OnTime).then(|| Duration::try_from(late).unwrap_or_default());
        let language = Language::parse(&sleeper.language).unwrap_or_default();
        self.live.speaks(&attempt.nonce, language.tongue());
        let goodbye_words = self.store.load_goodbye_words(&language).await?;
        let recall = self.recall(record, &zone).await?;
        let hints = script::hints(language.tongue(), sleeper.name.as_deref());
        Ok(Briefing {
            sleeper_name: sleeper.name,
            language,
            local_time: local.time(),
            local_date: local.date(),
            kind: attempt.kind,
            late_by,
            attempt_number: attempt.number,
            conversation,
            hints,
            snooze_allowed: occurrence.wake_up.may_snooze(self.clock.now()),
            has_tasks: false,
            first_task: None,
            goodbye_words,
            recall,
        })
    }

    /// The plan of a realtime call.
    pub(super) async fn plan_for(&self, record: &AttemptRecord) -> Result<Plan, CallError> {
        let proving = self.proving_of(record).await?;
        let mut briefing = self.briefing_for(record).await?;
        briefing.has_tasks = proving.will_have_tasks();
        briefing.first_task = proving.task(briefing.language.tongue(), 0);
        let name = briefing.sleeper_name.as_deref();
        Ok(Plan {
            instructions: persona::instructions(&briefing),
            greeting: persona::greeting(&briefing),
            reseeded: persona::reseeded(&briefing),
            goodbye: persona::goodbye(&briefing),
            nudges: Nudges {
                nudge: persona::nudge(SilenceStep::Nudge, name),
                tone: persona::nudge(SilenceStep::Tone, name),
            },
            language: briefing.language,
            goodbye_words: briefing.goodbye_words,
            silence: self.policy.silence,
            prior: briefing.conversation,
            longest_call: self.policy.longest_call,
            proving,
            snooze_allowed: briefing.snooze_allowed,
            snooze_key: self.policy.snooze_key,
        })
    }
}

/// The tongue in which somebody is spoken to; a tag that cannot be read is no reason to be silent.
pub(super) fn tongue_of(sleeper: &Sleeper) -> Tongue {
    Language::parse(&sleeper.language).unwrap_or_default().tongue()
}
