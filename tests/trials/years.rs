//! Whole lives in memory: nobody lost, nobody called twice, whatever goes wrong between any two steps.

use std::sync::atomic::AtomicBool;

use wakeup_coach::trials::years::{Tally, replay, run};

fn lived(first_seed: u64, years: u64, workers: usize) -> Tally {
    run(first_seed, years, workers, &AtomicBool::new(false), |_| {})
}

/// Lives in the gate; `wakeup-coach-sim years --user-years 1000000` is the long run.
const USER_YEARS: u64 = 1_000;

/// Seeds that once broke a promise, each with what it showed. They stay, even where the world has changed
/// so much since that they show something else.
const CORPUS: [u64; 16] = [
    4,      // The carrier's list was out of reach, and a call that never rang counted.
    7,      // A move taken back rang at once for a time that was past.
    8,      // The same.
    23,     // A pause taken back likewise.
    32,     // As seed 4, after the host had been down.
    33, // A check call, an hour and a half after she was up: the host had been down, and learned of it late.
    60, // The same, seen by the judge too strictly.
    1_120, // An addition was silenced by a time moved there, whose morning had rung already.
    1_126, // A wake-up that waited for her number was moved: the judge took it for a second one.
    22_350, // Not over when the year was, the host being down: the judge saw no excuse.
    2_444, // Called after a snooze that the owner asked for shortly before it was too late: the judge was too strict.
    7_507, // The same, where another rule's call had kept her number busy.
    7_365, // The host was down over the call after a snooze, and that was told as redials out of time.
    7_170, // An addition at a rule's own time rang, and the rule was changed that day: the journal knew of one ring.
    9_300, // A call made in the last second of the year, of which nobody could have heard.
    1_186, // Too late because she was on the phone with us: the judge saw no excuse.
];

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn told(tally: &Tally) -> String {
    let shown = tally.failures.iter().map(|failure| {
        let seed = failure.seed;
        format!(
            "seed {seed}: {}\n  replay: wakeup-coach-sim years --seed {seed} --user-years 1 --trace",
            failure.violations.join("\n  ")
        )
    });
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn in_centuries_of_mornings_nobody_is_lost_and_nobody_is_called_twice() {
    let tally = lived(1_000, USER_YEARS, cores());
    assert_eq!(tally.broken(), 0, "{}", told(&tally));
    // A simulation in which nothing happens shows nothing.
    let enough =
        [tally.wake_ups / 100, tally.calls / 200, tally.crashes / 50, tally.adopted, tally.edits / 50];
    assert!([tally.coalesced, tally.gave_way, tally.waited].iter().all(|count| *count > 50), "{tally:?}");
    assert!(enough.iter().all(|count| *count > USER_YEARS), "{tally:?}");
    for end in ["up", "calls_exhausted", "deadline_passed", "too_late", "cancelled", "coalesced"] {
        assert!(tally.ends.contains_key(end), "no wake-up ended as {end}: {:?}", tally.ends);
    }
}

#[test]
fn a_run_that_is_to_stop_begins_no_more_lives() {
    let stopped = run(1, u64::MAX, 2, &AtomicBool::new(true), |_| {});
    assert_eq!((stopped.lives, stopped.broken()), (0, 0));
}

#[test]
fn seeds_that_once_broke_a_promise_keep_it_now() {
    for seed in CORPUS {
        let tally = lived(seed, 1, 1);
        assert_eq!(tally.broken(), 0, "{}", told(&tally));
    }
}

#[test]
fn the_same_seed_is_the_same_life_on_however_many_cores() {
    let (one, lines) = replay(7);
    assert_eq!((&one, &lines), (&replay(7).0, &replay(7).1));
    assert!(lines.len() > 100, "{}", lines.len());
    assert_ne!(one.trace_hash, replay(8).0.trace_hash);
    assert_eq!(lived(1, 20, 1), lived(1, 20, 3));
}
