//! The end of a life: both ledgers as the judge wants them, and the rings against the owner's journal.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::carrier::Callee;
use super::household::Plan;
use super::journal::{Version, asked_for};
use super::tally::Tally;
use super::world::{World, instant};
use crate::domain::attempt::AttemptState;
use crate::domain::wake_up::End;
use crate::trials::checker::{
    AlertRow, AttemptRow, CallRow, Evidence, Harm, Violation, WakeUpRow, World as Staged, judge,
};

/// Where the carrier has a minute to list a call, two requests without an answer take three minutes and a half.
const CHANCE_ENOUGH: SignedDuration = SignedDuration::from_mins(5);
/// An edit and a ring this close together may come in either order.
const EITHER_WAY: SignedDuration = SignedDuration::from_secs(6);
/// So long after new zone data arrive, what they move into the past may still be made up for.
const MADE_UP_FOR: SignedDuration = SignedDuration::from_hours(5);
/// A wake-up may wait so long for her number, and is planned until then.
const WAITS_FOR_NUMBER: SignedDuration = SignedDuration::from_mins(30);
/// Of what is due so shortly before the end, the daemon may not have heard yet.
const LAST_MOMENT: SignedDuration = SignedDuration::from_mins(10);

impl World<'_> {
    /// Everything that was broken in this life.
    pub(super) fn judged(&mut self, tally: &mut Tally) -> Vec<Violation> {
        let mut violations = std::mem::take(&mut self.ledger.violations);
        violations.extend(judge(&self.evidence()));
        for plan in &self.house.plans {
            self.compare(plan, tally, &mut violations);
        }
        violations
    }

    fn evidence(&self) -> Evidence {
        let rows = self.ledger.rows.iter().filter(|row| !row.withdrawn);
        let wake_ups = rows.map(|row| WakeUpRow::of(&row.occurrence, row.stands_since));
        let attempts = self.ledger.tries.iter().map(|stored| AttemptRow::of(stored.attempt(), stored.blind));
        let calls = self.carrier.calls.iter().map(|call| CallRow {
            id: call.id.clone(),
            to: self.ledger.tries[call.attempt].attempt().to.clone(),
            nonce: Some(self.ledger.tries[call.attempt].attempt().nonce.clone()),
            created_at: instant(call.created_ms),
            ended_at: call.ended_ms.map(instant),
            got_up: call.callee == Callee::GetsUp,
        });
        let told = |row: &usize| AlertRow { wake_up: self.ledger.rows[*row].occurrence.id, missed: true };
        Evidence {
            wake_ups: wake_ups.collect(),
            attempts: attempts.collect(),
            alerts: self.ledger.alerts.iter().map(told).collect(),
            calls: calls.collect(),
            world: Staged {
                until: instant(self.until),
                helpless: self
                    .helpless
                    .iter()
                    .map(|(from, until)| (instant(*from), instant(*until)))
                    .collect(),
                cancelled: self.house.cancelled.clone(),
                snoozed: self.house.snoozed.clone(),
                numbers: self.house.sleepers.iter().map(|(_, number)| number.clone()).collect(),
                clocks_differ_by: Self::clocks_differ_by(),
                chance_enough: CHANCE_ENOUGH,
            },
        }
    }

    /// I12: what was written down to ring is what the journal asks for, no more and no less.
    fn compare(&self, plan: &Plan, tally: &mut Tally, violations: &mut Vec<Violation>) {
        let until = instant(self.until) - LAST_MOMENT;
        let (asked, over) = asked_for(&plan.versions, until);
        tally.rings_compared += asked.len() as u64;
        let mut asked: BTreeSet<Timestamp> = asked.into_iter().map(|ring| ring.at).collect();
        let all = asked.clone();
        let of_it = self.ledger.rows.iter().filter(|row| {
            !row.withdrawn && row.occurrence.key.is_some_and(|key| key.schedule == plan.schedule.id)
        });
        let mut broken = |harm, wake_up, says: String| {
            violations.push(Violation { invariant: "I12", harm, wake_up, call: None, says });
        };
        for row in of_it {
            let (id, wake_up) = (row.occurrence.id, &row.occurrence.wake_up);
            if wake_up.phase.end() == Some(End::NoSuchDate) || wake_up.due_at > until {
                continue;
            }
            let fresh = asked.remove(&wake_up.due_at);
            // Due before, it waited for her number, and the owner moved it meanwhile.
            let moved =
                over.get(&wake_up.due_at).is_some_and(|before| self.was_changed_while_waiting(plan, *before));
            if fresh || moved || may_differ(&plan.versions, wake_up.due_at) {
                continue;
            }
            let why = if all.contains(&wake_up.due_at) { "twice" } else { "and nobody had asked for it" };
            broken(Harm::Doubled, Some(id), format!("due at {}, {why}", wake_up.due_at));
        }
        for at in asked {
            if !may_differ(&plan.versions, at) && !self.was_changed_while_waiting(plan, at) {
                broken(Harm::Lost, None, format!("asked for at {at}, and never written down"));
            }
        }
    }

    /// Due while her number was busy, and changed by the owner before it was free.
    fn was_changed_while_waiting(&self, plan: &Plan, at: Timestamp) -> bool {
        let edited = plan.versions.iter().any(|version| {
            let after = version.from.duration_since(at);
            SignedDuration::ZERO < after && after < WAITS_FOR_NUMBER
        });
        edited
            && self.ledger.tries.iter().any(|stored| {
                let attempt = stored.attempt();
                let over = match attempt.state {
                    AttemptState::Finished { finished_at, .. } => finished_at,
                    _ => Timestamp::MAX,
                };
                attempt.sleeper == plan.schedule.sleeper && attempt.intent_at - EITHER_WAY < at && at < over
            })
    }
}

fn may_differ(versions: &[Version], at: Timestamp) -> bool {
    versions.iter().skip(1).any(|version| {
        let after = version.from.duration_since(at);
        let late = if version.by_zone_data { MADE_UP_FOR } else { EITHER_WAY };
        -EITHER_WAY <= after && after <= late
    })
}
