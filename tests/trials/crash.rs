//! The daemon killed, stopped and starved as a process, against a carrier with books of its own.
//!
//! These stories run in the machine's own time, sped up for all processes alike; each ends by comparing our
//! books with the carrier's.

mod disk;
mod migration;
mod power;
mod starved;
mod stopping;
mod stories;

use indicatif::ProgressBar;
use wakeup_coach::failpoint::Point;
use wakeup_coach::trials::crash::{CrashArgs, Programs, trial};

/// The programs that cargo has built beside these tests.
fn programs() -> Programs {
    Programs {
        daemon: env!("CARGO_BIN_EXE_wakeup-coach").into(),
        sim: env!("CARGO_BIN_EXE_wakeup-coach-sim").into(),
    }
}

/// What the command does when nothing else is asked of it.
fn usual() -> CrashArgs {
    CrashArgs {
        kills: 200,
        seed: 1,
        jobs: 2,
        speed: 20.0,
        every_write: false,
        power_cuts: None,
        lying_disk: false,
        json: false,
        keep: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_kills_lose_no_call_and_double_none() {
    let report = trial(&usual(), &programs(), &ProgressBar::hidden()).await.unwrap();
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.kills, report.occurrences), (200, 200), "{report}");
    assert!(report.up > 150, "people who can be woken are: {report}");
    for point in Point::ALL {
        assert!(report.killed_at(&point.to_string()) >= 5, "{point} was hardly tried: {report}");
    }
}
