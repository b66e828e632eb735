//! What a storm came to, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::NetworkPlan;
use super::weather::Kind;
use super::world::{Lived, WorldPlan};

/// Sentences shown; more than this are counted.
const SHOWN: usize = 40;

/// What both ledgers have, of one world or many.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    /// How their wake-ups ended.
    pub ends: BTreeMap<&'static str, usize>,
    /// Attempts, whether or not anything rang.
    pub attempts: usize,
    /// Calls that the carrier took.
    pub calls: usize,
    /// Attempts whose request was not answered.
    pub unknown: usize,
    /// Attempts given up without the carrier's list: what follows may ring twice.
    pub blind: usize,
    /// Calls with a media stream.
    pub streams: usize,
    /// Model connections made anew in the middle of a call.
    pub reconnects: usize,
    /// Attempts that fell back to traditional mode.
    pub fell_back: usize,
    /// Why.
    pub reasons: BTreeMap<String, usize>,
    /// Calls that went on in traditional mode after their stream had broken.
    pub went_on: usize,
}

impl Counts {
    fn add(&mut self, more: Self) {
        for (end, count) in more.ends {
            *self.ends.entry(end).or_default() += count;
        }
        for (reason, count) in more.reasons {
            *self.reasons.entry(reason).or_default() += count;
        }
        self.attempts += more.attempts;
        self.calls += more.calls;
        self.unknown += more.unknown;
        self.blind += more.blind;
        self.streams += more.streams;
        self.reconnects += more.reconnects;
        self.fell_back += more.fell_back;
        self.went_on += more.went_on;
    }
}

/// One world or many.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The first world's seed; the next world's is one more.
    pub seed: u64,
    /// How fast time ran.
    pub speed: f64,
    /// Worlds lived through.
    pub worlds: usize,
    /// People who were to be woken.
    pub scenarios: usize,
    /// What the books say.
    #[serde(flatten)]
    pub counts: Counts,
    /// Connections through the relays.
    pub connections: u64,
    /// What befell them.
    pub faults: BTreeMap<Kind, usize>,
    /// Promises that were not kept: a sentence each.
    pub broken: Vec<String>,
    /// Outside what is promised: the carrier took a call later than any look-up waits.
    pub excused: Vec<String>,
}

impl Report {
    /// Nothing yet.
    pub fn new(plan: &NetworkPlan) -> Self {
        Self { seed: plan.seed, speed: plan.speed, ..Self::default() }
    }

    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.broken.is_empty()
    }

    /// How often that befell somebody.
    pub fn faults_of(&self, kind: Kind) -> usize {
        self.faults.get(&kind).copied().unwrap_or_default()
    }

    /// Adds a world.
    pub fn add(&mut self, plan: WorldPlan, lived: Lived) {
        let Lived { judgement, struck, connections } = lived;
        self.worlds += 1;
        self.scenarios += plan.scenarios;
        self.connections += connections;
        for one in &struck {
            *self.faults.entry(one.kind).or_default() += 1;
        }
        self.counts.add(judgement.counts);
        let of = |says: String| format!("seed {}: {says}", plan.seed);
        self.excused.extend(judgement.excused.into_iter().map(of));
        if !judgement.broken.is_empty() {
            self.broken.extend(judgement.broken.into_iter().map(of));
            self.broken.push(format!(
                "seed {0}: to live it again: wakeup-coach-sim network --seed {0} --scenarios {1} --speed {2}",
                plan.seed, plan.scenarios, plan.speed
            ));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        let mut row = |what: &str, count: usize| writeln!(f, "{what:<34} {count:>8}");
        row("wake-ups", self.scenarios)?;
        for (end, count) in &counts.ends {
            row(&format!("  ended: {}", end.replace('_', " ")), *count)?;
        }
        row("attempts", counts.attempts)?;
        row("  not answered by the carrier", counts.unknown)?;
        row("  given up without its list", counts.blind)?;
        row("calls", counts.calls)?;
        row("  with a media stream", counts.streams)?;
        row("  model connected anew", counts.reconnects)?;
        row("  fell back", counts.fell_back)?;
        row("  went on after a broken stream", counts.went_on)?;
        row("connections", usize::try_from(self.connections).unwrap_or(usize::MAX))?;
        for (kind, count) in &self.faults {
            row(&format!("  {}", kind.name()), *count)?;
        }
        row("taken later than looked for", self.excused.len())?;
        row("PROMISES BROKEN", self.broken.len())?;
        for sentence in self.broken.iter().chain(&self.excused).take(SHOWN) {
            writeln!(f, "  {sentence}")?;
        }
        Ok(())
    }
}
