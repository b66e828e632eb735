//! All findings of one examination, the same for people, programs and pages.

use std::time::Duration;

use jiff::{Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Level};

/// One examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The worst level found.
    pub verdict: Level,
    /// One sentence for whoever reads no further.
    pub summary: String,
    /// The program's version.
    pub version: String,
    /// When the examination began.
    pub made_at: Timestamp,
    /// How long it took.
    pub took_ms: u64,
    /// Check by check, in the order in which they build upon each other.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Sums the findings up.
    pub fn new(made_at: Timestamp, took: Duration, findings: Vec<Finding>) -> Self {
        Self {
            verdict: worst(&findings),
            summary: summary(&findings),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            // Nobody reads nanoseconds.
            made_at: made_at.round(Unit::Millisecond).unwrap_or(made_at),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            findings,
        }
    }

    /// The same report with more in it, from whoever looked elsewhere.
    #[must_use]
    pub fn with(mut self, more: Vec<Finding>) -> Self {
        self.findings.extend(more);
        self.verdict = worst(&self.findings);
        self.summary = summary(&self.findings);
        self
    }

    /// The findings of one check.
    pub fn of<'a>(&'a self, check: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |finding| finding.check == check)
    }

    /// Whether something with this name was found.
    pub fn found(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.id == id)
    }
}

fn worst(findings: &[Finding]) -> Level {
    findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Ok)
}

fn summary(findings: &[Finding]) -> String {
    let found = |id: &str| findings.iter().any(|finding| finding.id == id);
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let things = |count: usize| if count == 1 { "1 thing".to_owned() } else { format!("{count} things") };
    let why_nobody = WHY_NOBODY.iter().filter(|(id, _)| found(id)).map(|(_, why)| *why);
    let why_nobody: Vec<&str> = why_nobody.collect();
    let told = match (count(Level::Fail), count(Level::Warn)) {
        (0, 0) => "All is well".to_owned(),
        (0, warnings) if why_nobody.is_empty() => {
            format!("Calls work, but {} could be better", things(warnings))
        }
        (0, warnings) => format!("{} to look at", things(warnings)),
        (failures, 0) => format!("{} must be put right before calls can be relied on", things(failures)),
        (failures, warnings) => format!(
            "{} must be put right before calls can be relied on, and {} could be better",
            things(failures),
            things(warnings)
        ),
    };
    [vec![told.as_str()], why_nobody].concat().join(". ")
}

/// Findings with which nobody is woken, however well all else is.
const WHY_NOBODY: [(&str, &str); 6] = [
    ("check.not-running", "The program is not running: nobody will be called"),
    ("check.another-database", "The program that runs has another database"),
    ("people.nobody", "There is nobody to wake"),
    ("people.no-schedule", "No schedule says when to call"),
    ("people.nothing-planned", "No wake-up is planned"),
    ("configuration.local-line", "This is practice: no telephone will ring"),
];

#[cfg(test)]
mod tests {
    use super::super::finding::Symptom;
    use super::*;

    fn report(levels: &[Level]) -> Report {
        let finding =
            |level: &Level| Symptom { id: "a.b", level: *level, means: "", fix: "", code: "" }.saw("x");
        Report::new(Timestamp::UNIX_EPOCH, Duration::ZERO, levels.iter().map(finding).collect())
    }

    #[test]
    fn whoever_reads_one_sentence_learns_that_nobody_is_called() {
        let finding = |id| Symptom { id, level: Level::Warn, means: "", fix: "", code: "" }.saw("x");
        let findings = vec![finding("configuration.local-line"), finding("check.not-running")];
        assert_eq!(
            summary(&findings),
            "2 things to look at. The program is not running: nobody will be called. This is practice: no \
             telephone will ring"
        );
    }

    #[test]
    fn the_verdict_is_the_worst_finding_and_the_summary_counts_what_matters() {
        for (levels, verdict, summary) in [
            (&[][..], Level::Ok, "All is well"),
            (&[Level::Ok, Level::Note], Level::Note, "All is well"),
            (&[Level::Ok, Level::Warn], Level::Warn, "Calls work, but 1 thing could be better"),
            (
                &[Level::Fail, Level::Fail],
                Level::Fail,
                "2 things must be put right before calls can be relied on",
            ),
            (
                &[Level::Fail, Level::Warn, Level::Warn],
                Level::Fail,
                "1 thing must be put right before calls can be relied on, and 2 things could be better",
            ),
        ] {
            let report = report(levels);
            assert_eq!((report.verdict, report.summary.as_str()), (verdict, summary));
        }
    }
}
