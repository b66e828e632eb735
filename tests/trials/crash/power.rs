//! The power goes, and with it what was not synced.

use indicatif::ProgressBar;
use wakeup_coach::trials::crash::{CrashArgs, trial};

use super::disk::can;
use super::{programs, usual};

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_loses_no_call_and_doubles_none() {
    if !can("a_power_cut_loses_no_call_and_doubles_none") {
        return;
    }
    let args = CrashArgs { power_cuts: Some(10), jobs: 1, ..usual() };
    let report = trial(&args, &programs(), &ProgressBar::hidden()).await.unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.power.cuts, report.occurrences), (10, 10), "{report}");
    assert!(report.power.unsynced > 0, "there was something to lose: {report}");
    let tried = |places: &[&str]| places.iter().map(|place| report.killed_at(place)).sum::<usize>();
    assert!(tried(&["D1", "D3", "D4", "D5"]) >= 3 && tried(&["at a sync", "at a write"]) >= 2, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_forgets_what_it_acknowledged_is_found_out() {
    if !can("a_disk_that_forgets_what_it_acknowledged_is_found_out") {
        return;
    }
    // As with synchronous=NORMAL: what was committed before the carrier was asked is gone.
    let args = CrashArgs { power_cuts: Some(3), lying_disk: true, jobs: 1, ..usual() };
    let report = trial(&args, &programs(), &ProgressBar::hidden()).await.unwrap();
    assert!(
        report.doubled.iter().any(|what| what.contains("a call without an attempt behind it")),
        "{report}"
    );
}
