//! Wake-ups of one sleeper that are due together, as `calls::together` has them, with the store's semantics.

use jiff::Timestamp;

use super::ledger::Ledger;
use super::world::World;
use crate::calls::decide;
use crate::domain::policy::MorningPolicy;
use crate::domain::wake_up::{Event as Happening, Phase};
use crate::store::occurrences::Occurrence;

impl Ledger {
    /// The newest planned wake-up of the same sleeper that is due as well (R7), and still worth making.
    pub(super) fn overtaker(&self, row: usize, now: Timestamp) -> Option<usize> {
        let this = &self.rows[row].occurrence;
        let age = |other: &Occurrence| (other.wake_up.due_at, other.id);
        let newer = self.live().iter().copied().filter(|number| {
            let other = &self.rows[*number].occurrence;
            other.wake_up.phase == Phase::Planned
                && other.key.is_some()
                && other.wake_up.due_at <= now
                && other.wake_up.useful_until >= now
                && other.sleeper == this.sleeper
                && age(other) > age(this)
        });
        newer.max_by_key(|number| age(&self.rows[*number].occurrence))
    }

    /// A wake-up takes the place of another, and asks for this now.
    fn take_on(&mut self, row: usize, policy: MorningPolicy) {
        let wake_up = &mut self.rows[row].occurrence.wake_up;
        if wake_up.phase == Phase::Planned {
            wake_up.policy = policy;
        }
    }

    /// The wake-ups of the same sleeper by her rules that are due by now, with no call going on for them.
    fn due_beside(&self, row: usize, now: Timestamp) -> Vec<usize> {
        let sleeper = self.rows[row].occurrence.sleeper;
        let mut due: Vec<usize> = self.live().to_vec();
        due.retain(|number| {
            let other = &self.rows[*number].occurrence;
            other.wake_up.due_at <= now
                && other.key.is_some()
                && other.sleeper == sleeper
                && matches!(other.wake_up.phase, Phase::Planned | Phase::Waiting(_))
        });
        due.sort_by_key(|number| {
            let other = &self.rows[*number].occurrence;
            (other.wake_up.due_at, other.id)
        });
        due
    }
}

impl World<'_> {
    /// Whether a newer wake-up of hers is due as well; it takes on what this one asks for.
    pub(super) fn gives_way(&mut self, row: usize, now: Timestamp) -> bool {
        let this = &self.ledger.rows[row].occurrence;
        if !decide::may_give_way(this, now) {
            return false;
        }
        let asked = this.wake_up.policy;
        let Some(newer) = self.ledger.overtaker(row, now) else { return false };
        let both = self.ledger.wake_up(newer).policy.and(asked);
        self.ledger.take_on(newer, both);
        true
    }

    /// A wake-up that rings for the first time takes over those of hers that are between two calls.
    pub(super) fn absorb(&mut self, row: usize, now: Timestamp) {
        if !decide::absorbs(&self.ledger.rows[row].occurrence, now) {
            return;
        }
        for other in self.ledger.due_beside(row, now) {
            if decide::is_absorbed(&self.ledger.rows[other].occurrence, &self.ledger.rows[row].occurrence) {
                let policy = self.ledger.wake_up(row).policy.and(self.ledger.wake_up(other).policy);
                self.ledger.take_on(row, policy);
                self.coalesce(other, now);
            }
        }
    }

    /// She is up: ends the other wake-ups of hers that are due, as far as they ask for no more than was seen.
    pub(super) fn woken_too(&mut self, row: usize, now: Timestamp) {
        for other in self.ledger.due_beside(row, now) {
            if decide::is_woken_too(&self.ledger.rows[row].occurrence, &self.ledger.rows[other].occurrence) {
                self.coalesce(other, now);
            }
        }
    }

    fn coalesce(&mut self, row: usize, now: Timestamp) {
        let (after, _) = self.ledger.wake_up(row).on(Happening::Overtaken, now);
        self.step(row, after);
        self.counts.coalesced += 1;
        self.note("a wake-up is part of another", row, String::new);
    }
}
