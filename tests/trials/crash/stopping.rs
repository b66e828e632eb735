//! Asked to stop in the middle of a call that streams.

use std::time::Duration;

use rustix::process::Signal;
use wakeup_coach::clock::{SharedClock, SystemClock};
use wakeup_coach::trials::crash::check::Findings;
use wakeup_coach::trials::crash::{PATIENCE, World, WorldPlan, compared, settle};
use wakeup_coach::trials::people::Who;

use super::programs;

/// Stopped with SIGTERM as soon as a realtime call streams, and started again; what the first life said, and
/// both books side by side.
async fn stopped_in_a_call(grace_secs: u64) -> (String, Findings, usize) {
    let clock: SharedClock = SystemClock::shared();
    let plan = WorldPlan {
        seed: 1,
        people: 1,
        who: Who::Risers,
        spacing: Duration::ZERO,
        speed: 10.0,
        realtime: 1.0,
    };
    let world = World::make(plan, &programs(), &clock).await.unwrap();
    let mut first = world.daemon(&[("WAKEUP_STOP_GRACE_SECS", grace_secs.to_string())]).unwrap();
    first.says("Stream started", PATIENCE).await.unwrap();
    first.signal(Signal::TERM).unwrap();
    let status = first.ended(PATIENCE * 2).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0), "{}", first.log());
    assert!(first.log().contains("Stopping: letting live calls finish"), "{}", first.log());
    let mut second = world.daemon(&[]).unwrap();
    second.ready(PATIENCE).await.unwrap();
    settle(&world, &clock).await.unwrap_or_else(|error| panic!("{error:#}\n{}", second.log()));
    second.signal(Signal::TERM).unwrap();
    second.ended(PATIENCE).await.unwrap().unwrap();
    let (_, found, calls) = compared(&world).await.unwrap();
    assert_eq!((&found.lost, &found.doubled), (&Vec::new(), &Vec::new()), "{found:?}\n{}", second.log());
    assert_eq!(found.up, 1, "{found:?}\n{}\n{}", first.log(), second.log());
    (first.log(), found, calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_call_is_seen_through_before_the_daemon_stops() {
    let (log, _, calls) = stopped_in_a_call(600).await;
    assert_eq!(calls, 1, "she was woken by the call that was going on:\n{log}");
    assert!(log.contains("The wake-up is over"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_is_not_waited_for_is_neither_lost_nor_doubled() {
    let (log, _, calls) = stopped_in_a_call(0).await;
    assert!((1..=3).contains(&calls), "{calls} calls:\n{log}");
}
