//! One death or illness each.

use std::time::Duration;

use rustix::process::Signal;
use wakeup_coach::clock::{SharedClock, SystemClock};
use wakeup_coach::domain::wake_up::{End, Phase};
use wakeup_coach::store::Store;
use wakeup_coach::trials::crash::check::{self, Findings};
use wakeup_coach::trials::crash::{PATIENCE, Process, World, WorldPlan};
use wakeup_coach::trials::people::Who;

use super::programs;

/// One person to be woken, in a quarter of a minute.
async fn world_with(who: Who) -> (World, SharedClock) {
    let clock = SystemClock::shared();
    let plan = WorldPlan { seed: 1, people: 1, who, spacing: Duration::ZERO, speed: 20.0, realtime: 0.0 };
    (World::make(plan, &programs(), &clock).await.unwrap(), clock)
}

/// Somebody who gets up at the first call.
async fn world() -> (World, SharedClock) {
    world_with(Who::Risers).await
}

/// Stops the daemon, and compares both books.
async fn books(world: &World, daemon: &mut Process) -> Findings {
    daemon.signal(Signal::TERM).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert!(status.success(), "{status}:\n{}", daemon.log());
    compare(world).await
}

async fn compare(world: &World) -> Findings {
    let store = Store::open(&world.database()).await.unwrap();
    let ours = check::read(&store).await.unwrap();
    store.close().await;
    check::compare(&ours, &world.ledger().await.unwrap()).unwrap()
}

fn assert_woken_once(found: &Findings) {
    assert_eq!((found.up, &found.lost, &found.doubled), (1, &Vec::new(), &Vec::new()), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_daemon_keeps_the_database_and_rings_when_it_goes_on() {
    let (world, _) = world().await;
    let mut first = world.daemon(&[]).unwrap();
    first.ready(PATIENCE).await.unwrap();
    first.signal(Signal::STOP).unwrap();
    // Past the due instant, and past any lease: the kernel holds the lock for as long as the first one lives.
    while world.now() < due(&world).await.saturating_add(jiff::SignedDuration::from_secs(40)).unwrap() {
        SystemClock::shared().sleep(Duration::from_millis(50)).await;
    }
    let mut second = world.daemon(&[("PORT", "0".to_owned())]).unwrap();
    let status = second.ended(PATIENCE).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1), "{}", second.log());
    let told = second.log();
    let told = told.lines().last().unwrap();
    assert!(told.ends_with("is in use by another wakeup-coach; stop that one first"), "{told}");
    assert!(world.ledger().await.unwrap().calls.is_empty(), "nobody has called yet");
    first.signal(Signal::CONT).unwrap();
    first.says("The wake-up is over", PATIENCE).await.unwrap();
    assert_woken_once(&books(&world, &mut first).await);
    assert_eq!(world.ledger().await.unwrap().calls.len(), 1);
}

async fn due(world: &World) -> jiff::Timestamp {
    let store = Store::open_for_reading(&world.database()).await.unwrap();
    let occurrence = store.list_recent(1).await.unwrap().remove(0);
    store.close().await;
    occurrence.wake_up.due_at
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_whose_lock_file_was_removed_still_rings_once() {
    let (world, _) = world().await;
    let mut first = world.daemon(&[]).unwrap();
    first.ready(PATIENCE).await.unwrap();
    std::fs::remove_file(world.home.join("coach.db.lock")).unwrap();
    let mut second = world.daemon(&[("PORT", "0".to_owned())]).unwrap();
    second.ready(PATIENCE).await.unwrap();
    // Only the first is where the carrier asks; whichever claims the call, the other finds it claimed.
    first.says("The wake-up is over", PATIENCE).await.unwrap();
    second.signal(Signal::TERM).unwrap();
    second.ended(PATIENCE).await.unwrap().unwrap();
    assert_woken_once(&books(&world, &mut first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_at_the_due_instant_neither_loses_nor_doubles_the_call() {
    let (world, clock) = world().await;
    let mut first = world.daemon(&[("WAKEUP_STOP_GRACE_SECS", "0".to_owned())]).unwrap();
    first.ready(PATIENCE).await.unwrap();
    while world.now() < due(&world).await {
        clock.sleep(Duration::from_millis(1)).await;
    }
    first.signal(Signal::TERM).unwrap();
    let status = first.ended(PATIENCE).await.unwrap().unwrap();
    assert!(status.success(), "{}", first.log());
    let mut second = world.daemon(&[]).unwrap();
    second.says("The wake-up is over", PATIENCE).await.unwrap();
    let found = books(&world, &mut second).await;
    assert_woken_once(&found);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_that_is_put_back_does_not_ring_again() {
    let (world, _) = world().await;
    // Once started and stopped: the copy is a whole database, as a backup is.
    let mut first = world.daemon(&[]).unwrap();
    first.ready(PATIENCE).await.unwrap();
    first.kill().await.unwrap();
    Store::open(&world.database()).await.unwrap().close().await;
    let backup = std::fs::read(world.database()).unwrap();
    let mut second = world.daemon(&[]).unwrap();
    second.says("The wake-up is over", PATIENCE).await.unwrap();
    assert_woken_once(&books(&world, &mut second).await);

    std::fs::write(world.database(), backup).unwrap();
    let mut third = world.daemon(&[]).unwrap();
    third.ready(PATIENCE).await.unwrap();
    assert!(third.log().contains("An older database was put back"), "{}", third.log());
    third.says("A wake-up was MISSED", PATIENCE).await.unwrap();
    third.signal(Signal::TERM).unwrap();
    third.ended(PATIENCE).await.unwrap().unwrap();
    assert_eq!(world.ledger().await.unwrap().calls.len(), 1, "the phone rang once");
    let store = Store::open(&world.database()).await.unwrap();
    let wake_up = store.list_recent(1).await.unwrap().remove(0);
    let notices = store.list_notices(wake_up.id).await.unwrap();
    store.close().await;
    assert_eq!(wake_up.wake_up.phase, Phase::Ended(End::TooLate));
    assert_eq!(notices.len(), 1, "and the owner is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_others_could_read_is_made_private_and_it_is_said() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, _) = world().await;
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(world.database(), readable).unwrap();
    let mut daemon = world.daemon(&[]).unwrap();
    daemon.ready(PATIENCE).await.unwrap();
    daemon.says("could be read by others on this machine; now only its owner can", PATIENCE).await.unwrap();
    let mode = std::fs::metadata(world.database()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    daemon.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_deleted_or_replaced_ends_the_daemon_loudly() {
    let (world, _) = world().await;
    let mut daemon = world.daemon(&[]).unwrap();
    daemon.ready(PATIENCE).await.unwrap();
    std::fs::remove_file(world.database()).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1), "{}", daemon.log());
    assert!(daemon.log().contains("is not the file that was opened"), "{}", daemon.log());
    assert!(!world.database().exists(), "nothing new was put in its place");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_refused_at_the_start() {
    let (world, _) = world().await;
    let store = Store::open(&world.database()).await.unwrap();
    store.close().await;
    let mut bytes = std::fs::read(world.database()).unwrap();
    // The first page keeps its header; the pages of tables and indexes behind it are noise.
    for (place, byte) in bytes.iter_mut().enumerate().skip(4_096) {
        *byte = u8::try_from(place % 251).unwrap();
    }
    std::fs::write(world.database(), bytes).unwrap();
    let mut daemon = world.daemon(&[]).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1), "{}", daemon.log());
    assert!(daemon.log().contains("is damaged"), "{}", daemon.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wake_up_that_is_missed_is_told_once() {
    // Somebody who never answers: the comparison must find the miss, and that it was told.
    let (world, clock) = world_with(Who::Sleepyheads).await;
    let mut daemon = world.daemon(&[]).unwrap();
    daemon.says("A wake-up was MISSED", PATIENCE * 2).await.unwrap();
    let store = Store::open_for_reading(&world.database()).await.unwrap();
    let ended = store.list_recent(1).await.unwrap().remove(0).wake_up.phase;
    store.close().await;
    assert_eq!(ended, Phase::Ended(End::CallsExhausted));
    // The words are on their way; they must arrive, and once.
    while world.ledger().await.unwrap().notices.is_empty() {
        clock.sleep(Duration::from_millis(50)).await;
    }
    let found = books(&world, &mut daemon).await;
    assert_eq!((found.missed, &found.lost, &found.doubled), (1, &Vec::new(), &Vec::new()), "{found:?}");
    assert_eq!(world.ledger().await.unwrap().notices.len(), 1, "the owner was told once");
}
