//! What many lives come to.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::trials::checker::{Harm, Violation};

/// What happened in one life besides wake-ups.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) posts: u64,
    pub(super) calls: u64,
    pub(super) crashes: u64,
    pub(super) stops: u64,
    pub(super) outages: u64,
    pub(super) edits: u64,
    pub(super) adopted: u64,
    pub(super) blind: u64,
    pub(super) hung_up: u64,
    pub(super) lost_news: u64,
    pub(super) coalesced: u64,
    pub(super) gave_way: u64,
    pub(super) waited: u64,
}

/// Seeds that failed and are shown; the rest are counted.
const SHOWN: usize = 10;

/// What many lives come to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Lives.
    pub lives: u64,
    /// Wake-ups that ended, and how.
    pub ends: BTreeMap<&'static str, u64>,
    /// Wake-ups that ended.
    pub wake_ups: u64,
    /// Requests for a call.
    pub posts: u64,
    /// Calls that the carrier took.
    pub calls: u64,
    /// Times that the daemon was killed at a step.
    pub crashes: u64,
    /// Times that the host was down for longer.
    pub stops: u64,
    /// Outages of the carrier.
    pub outages: u64,
    /// Things that owners did.
    pub edits: u64,
    /// Calls found in the carrier's list after their answer had been lost.
    pub adopted: u64,
    /// Calls dialled without the carrier's list.
    pub blind: u64,
    /// Calls that we ended.
    pub hung_up: u64,
    /// News of calls that never arrived.
    pub lost_news: u64,
    /// Wake-ups that became part of another, which was due as well.
    pub coalesced: u64,
    /// Calls by hand that gave way to a wake-up.
    pub gave_way: u64,
    /// Calls that waited until the account was allowed another.
    pub waited: u64,
    /// Rings held against the owners' journals.
    pub rings_compared: u64,
    /// Broken promises, by what they come to.
    pub broken: BTreeMap<&'static str, u64>,
    /// The first seeds that broke one, and what.
    pub failures: Vec<Failure>,
    /// All traces together: equal for equal seeds, in whatever order they ran.
    pub trace_hash: u64,
}

/// A seed that broke a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was broken.
    pub violations: Vec<String>,
}

impl Tally {
    /// Wake-ups for which she was not called although she could have been.
    pub fn lost(&self) -> u64 {
        self.count(Harm::Lost)
    }

    /// Calls too many.
    pub fn doubled(&self) -> u64 {
        self.count(Harm::Doubled)
    }

    /// All broken promises.
    pub fn broken(&self) -> u64 {
        self.broken.values().sum()
    }

    fn count(&self, harm: Harm) -> u64 {
        self.broken.get(harm.name()).copied().unwrap_or(0)
    }

    pub(super) fn add_counts(&mut self, counts: &Counts) {
        self.posts += counts.posts;
        self.calls += counts.calls;
        self.crashes += counts.crashes;
        self.stops += counts.stops;
        self.outages += counts.outages;
        self.edits += counts.edits;
        self.adopted += counts.adopted;
        self.blind += counts.blind;
        self.hung_up += counts.hung_up;
        self.lost_news += counts.lost_news;
        self.coalesced += counts.coalesced;
        self.gave_way += counts.gave_way;
        self.waited += counts.waited;
    }

    pub(super) fn add_violations(&mut self, seed: u64, violations: &[Violation]) {
        for violation in violations {
            *self.broken.entry(violation.harm.name()).or_default() += 1;
        }
        if !violations.is_empty() && self.failures.len() < SHOWN {
            let violations = violations.iter().map(ToString::to_string).collect();
            self.failures.push(Failure { seed, violations });
        }
    }

    /// Puts another's results to these.
    pub fn add(&mut self, other: Self) {
        self.lives += other.lives;
        self.wake_ups += other.wake_ups;
        self.posts += other.posts;
        self.calls += other.calls;
        self.crashes += other.crashes;
        self.stops += other.stops;
        self.outages += other.outages;
        self.edits += other.edits;
        self.adopted += other.adopted;
        self.blind += other.blind;
        self.hung_up += other.hung_up;
        self.lost_news += other.lost_news;
        self.coalesced += other.coalesced;
        self.gave_way += other.gave_way;
        self.waited += other.waited;
        self.rings_compared += other.rings_compared;
        self.trace_hash = self.trace_hash.wrapping_add(other.trace_hash);
        for (end, count) in other.ends {
            *self.ends.entry(end).or_default() += count;
        }
        for (harm, count) in other.broken {
            *self.broken.entry(harm).or_default() += count;
        }
        self.failures.extend(other.failures);
        self.failures.sort_unstable_by_key(|failure| failure.seed);
        self.failures.truncate(SHOWN);
    }
}
