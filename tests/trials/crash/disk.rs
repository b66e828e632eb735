//! A disk that is full, slow, or forgets; put in by `strace`, where there is one.

use wakeup_coach::clock::SystemClock;
use wakeup_coach::trials::crash::sweep::{Fault, Outcome, at_write, count, missing};

use super::programs;

/// Writes of a sweep that the short version tries, of all there are.
const TRIED: usize = 12;
/// A write after the start's own and before the call's end.
const READ_ONLY_AT: usize = 70;

/// Says by name what is not tried on a machine where faults cannot be put in.
#[expect(clippy::print_stderr, reason = "whoever reads the log must see what was not tried")]
pub fn can(story: &str) -> bool {
    match missing() {
        None => true,
        Some(why) => {
            eprintln!("SKIPPED {story}: {why}");
            false
        }
    }
}

fn assert_woken_once(outcome: &Outcome) {
    let found = &outcome.found;
    let log = &outcome.log;
    assert_eq!((found.up, &found.lost, &found.doubled), (1, &Vec::new(), &Vec::new()), "{found:?}\n{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn death_at_a_write_loses_no_call_and_doubles_none() {
    if !can("death_at_a_write_loses_no_call_and_doubles_none") {
        return;
    }
    let clock = SystemClock::shared();
    let writes = count(&programs(), &clock).await.unwrap();
    assert!(writes > 2 * TRIED, "a start and a call write more than {writes} times");
    for step in 0..TRIED {
        let at = 1 + step * (writes - 1) / TRIED;
        let outcome = at_write(Fault::Killed, at, &programs(), &clock).await.unwrap();
        assert_woken_once(&outcome);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_that_fails_ends_the_daemon_and_the_next_start_rings_once() {
    if !can("a_sync_that_fails_ends_the_daemon_and_the_next_start_rings_once") {
        return;
    }
    let clock = SystemClock::shared();
    let mut ended = 0;
    for at in [2, 4, 6, 9] {
        let outcome = at_write(Fault::SyncFails, at, &programs(), &clock).await.unwrap();
        assert_woken_once(&outcome);
        if let Some(status) = outcome.ended {
            assert_eq!(status.code(), Some(1), "{}", outcome.log);
            ended += 1;
        }
    }
    assert!(ended >= 2, "a sync that fails is noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_the_call_is_made_when_there_is_room_again() {
    if !can("a_full_disk_is_told_and_the_call_is_made_when_there_is_room_again") {
        return;
    }
    let clock = SystemClock::shared();
    let writes = count(&programs(), &clock).await.unwrap();
    let outcome = at_write(Fault::Full, writes / 3, &programs(), &clock).await.unwrap();
    assert_woken_once(&outcome);
    assert!(outcome.log.contains("ERROR"), "nobody was told:\n{}", outcome.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_turns_read_only_is_told_and_the_call_is_made_when_it_takes_writes_again() {
    if !can("a_disk_that_turns_read_only_is_told_and_the_call_is_made_when_it_takes_writes_again") {
        return;
    }
    let clock = SystemClock::shared();
    let outcome = at_write(Fault::ReadOnly, READ_ONLY_AT, &programs(), &clock).await.unwrap();
    assert_woken_once(&outcome);
    assert!(outcome.log.contains("ERROR"), "nobody was told:\n{}", outcome.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_disk_delays_the_call_and_does_not_double_it() {
    if !can("a_slow_disk_delays_the_call_and_does_not_double_it") {
        return;
    }
    let outcome = at_write(Fault::SlowSync, 1, &programs(), &SystemClock::shared()).await.unwrap();
    assert_woken_once(&outcome);
}
