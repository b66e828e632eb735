//! Both ledgers as plain rows, whoever kept them: a simulation in memory, or the real database and the
//! exchange that the daemon telephoned through.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::domain::attempt::{Attempt, AttemptState, Outcome};
use crate::domain::ids::{AttemptId, CallId, Nonce, OccurrenceId, SleeperId};
use crate::domain::phone::PhoneNumber;
use crate::domain::policy::MorningPolicy;
use crate::domain::wake_up::End;
use crate::store::occurrences::{CivilKey, Occurrence};

/// Both ledgers, and what the judge must know besides.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Ours: every wake-up that was not withdrawn before it began.
    pub wake_ups: Vec<WakeUpRow>,
    /// Ours: every attempt.
    pub attempts: Vec<AttemptRow>,
    /// Ours: who was told what.
    pub alerts: Vec<AlertRow>,
    /// The carrier's: every call that it took.
    pub calls: Vec<CallRow>,
    /// What the world was like meanwhile.
    pub world: World,
}

/// What the world was like, by whoever staged it.
#[derive(Debug, Clone)]
pub struct World {
    /// Until when everything was watched; what is due shortly before need not be over.
    pub until: Timestamp,
    /// When nothing could be done: the host was down, or the carrier out of reach. In order of time.
    pub helpless: Vec<(Timestamp, Timestamp)>,
    /// Wake-ups that the owner cancelled or skipped.
    pub cancelled: BTreeSet<OccurrenceId>,
    /// Wake-ups that the owner put off by a snooze, not in a call but by hand, and when.
    pub snoozed: Vec<(OccurrenceId, Timestamp)>,
    /// The only numbers that may be called.
    pub numbers: BTreeSet<PhoneNumber>,
    /// How far the clocks of the two ledgers may be apart.
    pub clocks_differ_by: SignedDuration,
    /// For so long may a call be put off with nothing in its way: what requests without an answer and their look-ups
    /// take, and the hiccups of the machine that all this runs on.
    pub chance_enough: SignedDuration,
}

/// A wake-up in our ledger.
#[derive(Debug, Clone)]
pub struct WakeUpRow {
    /// Ours.
    pub id: OccurrenceId,
    /// Whom it wakes.
    pub sleeper: SleeperId,
    /// Which morning of which rule; `None` for a call by hand, of which nobody is told.
    pub morning: Option<CivilKey>,
    /// When it is due.
    pub due_at: Timestamp,
    /// When somebody first asked for that time, or zone data did; nobody could have been called for it before.
    pub stands_since: Timestamp,
    /// Until when a late call makes sense.
    pub useful_until: Timestamp,
    /// What that morning asked for.
    pub policy: MorningPolicy,
    /// How it ended; `None` while it has not.
    pub end: Option<End>,
}

/// An attempt in our ledger.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// Ours.
    pub id: AttemptId,
    /// The wake-up it serves.
    pub wake_up: OccurrenceId,
    /// The secret in its webhooks' addresses: what ties the carrier's call to it.
    pub nonce: Nonce,
    /// The number it calls.
    pub to: PhoneNumber,
    /// When it was written down.
    pub intent_at: Timestamp,
    /// The carrier's call, as far as we know it.
    pub call: Option<CallId>,
    /// How it ended; `None` while it has not.
    pub outcome: Option<Outcome>,
    /// When we learned that it had.
    pub over_at: Option<Timestamp>,
    /// Given up without the carrier's list, because missing is worse: what follows may ring twice.
    pub blind: bool,
}

impl WakeUpRow {
    /// A stored wake-up.
    pub fn of(stored: &Occurrence, stands_since: Timestamp) -> Self {
        let wake_up = &stored.wake_up;
        Self {
            id: stored.id,
            sleeper: stored.sleeper,
            morning: stored.key,
            due_at: wake_up.due_at,
            stands_since,
            useful_until: wake_up.useful_until,
            policy: wake_up.policy,
            end: wake_up.phase.end(),
        }
    }
}

impl AttemptRow {
    /// A stored attempt.
    pub fn of(attempt: &Attempt, blind: bool) -> Self {
        let (outcome, over_at) = match &attempt.state {
            AttemptState::Finished { outcome, finished_at, .. } => (Some(*outcome), Some(*finished_at)),
            _ => (None, None),
        };
        Self {
            id: attempt.id,
            wake_up: attempt.occurrence,
            nonce: attempt.nonce.clone(),
            to: attempt.to.clone(),
            intent_at: attempt.intent_at,
            call: attempt.state.call().cloned(),
            outcome,
            over_at,
            blind,
        }
    }
}

/// Somebody was told, or is to be.
#[derive(Debug, Clone)]
pub struct AlertRow {
    /// Of which wake-up.
    pub wake_up: OccurrenceId,
    /// That it was missed; other news does not concern the judge.
    pub missed: bool,
}

/// A call in the carrier's ledger, the only truth about what rang.
#[derive(Debug, Clone)]
pub struct CallRow {
    /// The carrier's name for it.
    pub id: CallId,
    /// Whom it called.
    pub to: PhoneNumber,
    /// The secret in the addresses that came with it; `None` for a call that nobody can place.
    pub nonce: Option<Nonce>,
    /// When the carrier took it.
    pub created_at: Timestamp,
    /// When it was over; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// Whether she may have got up in it, by the far side's own account of who picked up.
    pub got_up: bool,
}
