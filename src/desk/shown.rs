//! Stored things as replies: identifiers as text, instants in the sleeper's own time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Desk;
use super::dto::{
    AttemptShown, BreakerShown, Heard, Moment, NextRing, OccurrenceShown, SettingsShown, SleeperShown,
    VerdictShown,
};
use super::named::short;
use crate::domain::attempt::AttemptState;
use crate::domain::schedule::in_words;
use crate::domain::utterance::Utterance;
use crate::domain::wake_up::Phase;
use crate::store::attempts::AttemptRecord;
use crate::store::occurrences::Occurrence;
use crate::store::settings::ModeSettings;
use crate::store::sleepers::Sleeper;
use crate::zones::Zones;

/// An instant on the clock of `zone`; on that of UTC when the zone is unknown to the data at hand.
pub(super) fn moment(zones: &Zones, zone: &str, at: Timestamp) -> Moment {
    let (clock, name) = match zones.get(zone) {
        Ok(clock) => (clock, zone),
        Err(_) => (TimeZone::UTC, "UTC"),
    };
    let local = at.to_zoned(clock);
    let pattern = if local.second() == 0 { "%a %Y-%m-%d %H:%M" } else { "%a %Y-%m-%d %H:%M:%S" };
    Moment {
        at,
        local: local.strftime(pattern).to_string(),
        offset: local.strftime("%:z").to_string(),
        zone: name.to_owned(),
    }
}

/// How long until then, such as `in 7 h 12 min`, or how long ago it was due.
pub fn countdown(due_at: Timestamp, now: Timestamp) -> String {
    if due_at < now {
        return format!("due {} ago", in_words(now.duration_since(due_at)));
    }
    format!("in {}", in_words(due_at.duration_since(now)))
}

/// A sleeper, with what only the desk can count.
pub(super) fn sleeper_shown(
    sleeper: &Sleeper,
    schedules: usize,
    (calling_now, next): (bool, Option<NextRing>),
) -> SleeperShown {
    let id = sleeper.id.to_string();
    SleeperShown {
        short_id: short(&id),
        id,
        name: sleeper.name.clone(),
        phone: sleeper.phone_number.as_str().to_owned(),
        language: sleeper.language.clone(),
        schedules,
        calling_now,
        next,
    }
}

impl Desk {
    pub(super) fn next_ring(&self, occurrence: &Occurrence) -> NextRing {
        let at = occurrence.wake_up.act_at.unwrap_or(occurrence.wake_up.due_at);
        NextRing {
            when: moment(&self.zones, &occurrence.zone, at),
            reason: occurrence.note.name().to_owned(),
            countdown: countdown(at, self.clock.now()),
        }
    }

    pub(super) fn occurrence_shown(&self, occurrence: &Occurrence, sleepers: &[Sleeper]) -> OccurrenceShown {
        let id = occurrence.id.to_string();
        let wake_up = &occurrence.wake_up;
        let (phase, next_kind, end) = match wake_up.phase {
            Phase::Planned => ("planned", None, None),
            Phase::Calling => ("calling", None, None),
            Phase::Waiting(kind) => ("waiting", Some(kind.name().to_owned()), None),
            Phase::Ended(end) => ("ended", None, Some(end)),
        };
        let sleeper = sleepers.iter().find(|sleeper| sleeper.id == occurrence.sleeper);
        let there = |at| moment(&self.zones, &occurrence.zone, at);
        OccurrenceShown {
            short_id: short(&id),
            id,
            sleeper: occurrence.sleeper.to_string(),
            sleeper_name: sleeper.and_then(|sleeper| sleeper.name.clone()),
            schedule: occurrence.key.map(|key| key.schedule.to_string()),
            due: there(wake_up.due_at),
            reason: occurrence.note.name().to_owned(),
            phase: phase.to_owned(),
            ended_how: end.map(|end| end.name().to_owned()),
            // Hanging up on a call asked for by hand is not oversleeping.
            missed: occurrence.key.is_some() && end.is_some_and(crate::domain::wake_up::End::is_missed),
            calls: wake_up.calls,
            calls_allowed: wake_up.policy.calls_allowed,
            snoozes: wake_up.snoozes,
            next_kind,
            // During a call it is when the carrier is asked what became of it, which is no ring.
            next_action: wake_up.act_at.filter(|_| wake_up.phase != Phase::Calling).map(there),
        }
    }

    /// An attempt in the time of `zone`; what was said only where it is given.
    pub(super) fn attempt_shown(
        &self,
        record: &AttemptRecord,
        zone: &str,
        said: Option<&[Utterance]>,
    ) -> AttemptShown {
        let attempt = &record.attempt;
        let id = attempt.id.to_string();
        let there = |at| moment(&self.zones, zone, at);
        let (outcome, finished) = match &attempt.state {
            AttemptState::Finished { outcome, finished_at, .. } => {
                (Some(outcome.name().to_owned()), Some(there(*finished_at)))
            }
            _ => (None, None),
        };
        let verdict = record.verdict.as_ref().map(|verdict| VerdictShown {
            proof: verdict.proof.name().to_owned(),
            evidence: said.map(|_| verdict.evidence.clone()),
        });
        let heard = |utterance: &Utterance| Heard {
            speaker: utterance.speaker.name().to_owned(),
            text: utterance.text.clone(),
            when: there(utterance.said_at),
            interrupted: utterance.interrupted,
        };
        AttemptShown {
            short_id: short(&id),
            id,
            occurrence: attempt.occurrence.to_string(),
            sleeper: attempt.sleeper.to_string(),
            number: attempt.number,
            kind: attempt.kind.name().to_owned(),
            to: attempt.to.masked(),
            mode: attempt.decision.mode.name().to_owned(),
            mode_reason: attempt.decision.reason.name().to_owned(),
            probability: attempt.decision.probability.value(),
            draw: attempt.decision.draw,
            decided: there(attempt.intent_at),
            state: attempt.state.name().to_owned(),
            call_sid: attempt.state.call().map(|call| call.as_str().to_owned()),
            outcome,
            finished,
            verdict,
            fell_back: attempt.fell_back.as_ref().map(|fell_back| fell_back.reason.clone()),
            first_audio_ms: record
                .first_audio
                .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            barge_ins: record.barge_ins,
            reconnects: record.reconnects,
            cost_usd: in_dollars(attempt.cost.0),
            transcript: said.map(|said| said.iter().map(heard).collect()),
        }
    }

    pub(super) fn settings_shown(
        &self,
        settings: &ModeSettings,
        goodbye_words: BTreeMap<String, Vec<String>>,
    ) -> SettingsShown {
        let obstacle = self.daemon.as_ref().and_then(|daemon| daemon.calls.obstacle());
        SettingsShown {
            realtime_probability: settings.probability.value(),
            realtime_percentage: settings.probability.percentage(),
            breaker: BreakerShown {
                state: settings.breaker.name(self.clock.now()).to_owned(),
                failures: settings.breaker.failures,
                open_until: settings.breaker.open_until,
            },
            obstacle: obstacle.map(|reason| reason.name().to_owned()),
            goodbye_words,
            tzdb_version: self.zones.version(),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a call costs less than the 9 billion dollars where it begins"
)]
fn in_dollars(micro: i64) -> f64 {
    micro as f64 / 1e6
}
