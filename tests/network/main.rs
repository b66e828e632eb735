//! The real daemon behind a bad network: nobody lost, nobody called twice, nothing left open.
//!
//! A binary of its own, because time runs twenty times as fast as the machine's: beside the other trials the machine is
//! too slow for that, and most mornings end at their deadline.

#![expect(clippy::unwrap_used, reason = "a trial that cannot be set up has failed")]

use indicatif::ProgressBar;
use wakeup_coach::trials::network::weather::Kind;
use wakeup_coach::trials::network::{NetworkPlan, Report, run};

/// Wake-ups in the gate; `wakeup-coach-sim network --scenarios 20000` is the long run.
const SCENARIOS: usize = 200;

async fn lived(plan: NetworkPlan) -> Report {
    let mut report = Report::new(&plan);
    run(plan, &ProgressBar::hidden(), &mut report).await.unwrap();
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_nobody_is_lost_and_nobody_is_called_twice() {
    let plan = NetworkPlan { scenarios: SCENARIOS, seed: 1, jobs: 2, speed: 20.0, calm: false };
    let report = lived(plan).await;
    assert!(report.is_clean(), "{report}");
    let ended: usize = report.counts.ends.values().sum();
    assert_eq!(ended, SCENARIOS, "{report}");
    let up = report.counts.ends.get("up").copied().unwrap_or_default();
    // Two in three where nothing else runs; those who miss their deadline on a slower machine are told.
    assert!(up > SCENARIOS / 5, "people who can be woken are: {report}");
    // A storm in which nothing breaks shows nothing.
    for kind in Kind::ALL {
        assert!(report.faults_of(kind) >= SCENARIOS / 100, "hardly any {}: {report}", kind.name());
    }
    let met = [report.counts.unknown, report.counts.fell_back, report.counts.streams];
    assert!(met.iter().all(|count| *count >= SCENARIOS / 100), "{report}");
    assert!(report.counts.blind <= SCENARIOS / 50, "blind is for when nothing else is left: {report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_interrupted_in_mid_sentence_is_still_woken_once() {
    let plan = NetworkPlan { scenarios: 24, seed: 4, jobs: 1, speed: 20.0, calm: false };
    let report = lived(plan).await;
    assert!(report.is_clean(), "{report}");
    assert_eq!(report.counts.ends.values().sum::<usize>(), 24, "{report}");
    assert!(report.counts.streams >= 8, "conversations are what this world is for: {report}");
    assert!(report.faults_of(Kind::SlowReader) >= 2, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_calm_weather_nothing_is_wrong() {
    let plan = NetworkPlan { scenarios: 12, seed: 5, jobs: 1, speed: 20.0, calm: true };
    let report = lived(plan).await;
    assert!(report.is_clean() && report.excused.is_empty(), "{report}");
    assert!(report.faults.is_empty() && report.connections > 12, "{report}");
    assert_eq!((report.counts.unknown, report.counts.blind), (0, 0), "{report}");
}
