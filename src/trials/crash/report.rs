//! What a crash trial counts and measures, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::check::Findings;

/// A length of time at which so many of a hundred are no longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half of them.
    pub p50: f64,
    /// All but one in a hundred.
    pub p99: f64,
    /// All.
    pub max: f64,
}

impl Spread {
    /// Of any figures.
    pub fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |hundredth: usize| {
            let index = (sorted.len() * hundredth).div_ceil(100).saturating_sub(1);
            sorted.get(index).copied().unwrap_or_default()
        };
        Self { p50: at(50), p99: at(99), max: at(100) }
    }
}

/// What was lost with the power, and what was not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PowerCuts {
    /// Power cuts.
    pub cuts: usize,
    /// Changes to files that the daemon had asked for in the lives that they ended.
    pub changes: usize,
    /// Those of them that were not synced.
    pub unsynced: usize,
    /// Those of these that the disk kept all the same, at least in part.
    pub survived: usize,
}

/// Counts and times of one trial or many.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The seed of the first world; the next world's is one more.
    pub seed: u64,
    /// Worlds lived through.
    pub worlds: usize,
    /// Times the daemon was killed.
    pub kills: usize,
    /// The same, by where it was.
    pub killed: BTreeMap<String, usize>,
    /// People who were to be woken.
    pub occurrences: usize,
    /// Who got up.
    pub up: usize,
    /// Who did not, and it was told.
    pub missed: usize,
    /// Calls that the carrier took.
    pub calls: usize,
    /// What must not be: a sentence each.
    pub lost: Vec<String>,
    /// What must not be: a sentence each.
    pub doubled: Vec<String>,
    /// Calls that the carrier took too late for any look-up: outside what is promised.
    pub accepted_late: Vec<String>,
    /// Due to first ring, in simulated seconds: a second of a start counts as often as time is sped up.
    pub late_secs: Spread,
    /// Start to ready, in milliseconds of the machine.
    pub recovery_millis: Spread,
    /// How fast time ran.
    pub speed: f64,
    /// What power cuts did.
    pub power: PowerCuts,
    #[serde(skip)]
    lateness: Vec<f64>,
    #[serde(skip)]
    recoveries: Vec<f64>,
}

impl PowerCuts {
    /// Some more.
    pub fn add(&mut self, other: Self) {
        self.cuts += other.cuts;
        self.changes += other.changes;
        self.unsynced += other.unsynced;
        self.survived += other.survived;
    }
}

impl Report {
    /// Nothing yet.
    pub fn new(seed: u64, times_as_fast: f64) -> Self {
        Self { seed, speed: times_as_fast, ..Self::default() }
    }

    /// Whether every promise was kept.
    pub fn is_clean(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty()
    }

    /// One more death.
    pub fn killed(&mut self, place: &str) {
        self.kills += 1;
        *self.killed.entry(place.to_owned()).or_default() += 1;
    }

    /// How often it died at that place.
    pub fn killed_at(&self, place: &str) -> usize {
        self.killed.get(place).copied().unwrap_or_default()
    }

    /// One more start.
    pub fn recovered(&mut self, after: Duration) {
        self.recoveries.push(after.as_secs_f64() * 1_000.0);
        self.recovery_millis = Spread::of(&self.recoveries);
    }

    /// What the books of one world say.
    pub fn compared(&mut self, occurrences: usize, calls: usize, found: Findings) {
        self.worlds += 1;
        self.occurrences += occurrences;
        self.calls += calls;
        self.up += found.up;
        self.missed += found.missed;
        self.lost.extend(found.lost);
        self.doubled.extend(found.doubled);
        self.accepted_late.extend(found.accepted_late);
        self.lateness.extend(found.lateness);
        self.late_secs = Spread::of(&self.lateness);
    }

    /// Adds another report to this one.
    pub fn join(&mut self, other: Self) {
        for (place, times) in other.killed {
            *self.killed.entry(place).or_default() += times;
        }
        self.kills += other.kills;
        self.power.add(other.power);
        self.worlds += other.worlds;
        self.occurrences += other.occurrences;
        self.calls += other.calls;
        self.up += other.up;
        self.missed += other.missed;
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.accepted_late.extend(other.accepted_late);
        self.lateness.extend(other.lateness);
        self.recoveries.extend(other.recoveries);
        self.late_secs = Spread::of(&self.lateness);
        self.recovery_millis = Spread::of(&self.recoveries);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<22} {}", "wake-ups", self.occurrences)?;
        writeln!(f, "{:<22} {} up, {} missed and told", "", self.up, self.missed)?;
        writeln!(f, "{:<22} {}", "calls", self.calls)?;
        writeln!(f, "{:<22} {}", "kills", self.kills)?;
        for (place, times) in &self.killed {
            writeln!(f, "{:<22} {times}", format!("  {place}"))?;
        }
        let power = self.power;
        if power.cuts > 0 {
            writeln!(f, "{:<22} {}", "power cuts", power.cuts)?;
            writeln!(
                f,
                "{:<22} {} changes of files, {} not synced, {} of these kept in part or whole",
                "", power.changes, power.unsynced, power.survived
            )?;
        }
        writeln!(f, "{:<22} {}", "lost", self.lost.len())?;
        writeln!(f, "{:<22} {}", "doubled", self.doubled.len())?;
        writeln!(f, "{:<22} {}", "accepted too late", self.accepted_late.len())?;
        let late = self.late_secs;
        let speed = self.speed;
        writeln!(
            f,
            "{:<22} p50 {:.1} s, p99 {:.1} s, max {:.1} s (time runs {speed} times as fast)",
            "late", late.p50, late.p99, late.max
        )?;
        let ready = self.recovery_millis;
        writeln!(
            f,
            "{:<22} p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms",
            "start to ready", ready.p50, ready.p99, ready.max
        )?;
        for sentence in self.lost.iter().chain(&self.doubled).chain(&self.accepted_late) {
            writeln!(f, "  {sentence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_what_was_measured() {
        let figures: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(Spread::of(&figures), Spread { p50: 100.0, p99: 198.0, max: 200.0 });
        assert_eq!(Spread::of(&[3.0]), Spread { p50: 3.0, p99: 3.0, max: 3.0 });
        assert_eq!(Spread::of(&[]), Spread::default());
    }

    #[test]
    fn one_loss_spoils_the_whole() {
        let mut whole = Report::new(1, 20.0);
        whole.killed("D4");
        assert!(whole.is_clean());
        let mut part = Report::new(2, 20.0);
        part.killed("D4");
        part.compared(1, 0, Findings { lost: vec!["gone".to_owned()], ..Findings::default() });
        whole.join(part);
        assert_eq!((whole.is_clean(), whole.kills, whole.killed_at("D4")), (false, 2, 2));
        assert!(whole.to_string().contains("gone"));
    }
}
