//! Nothing left to open a file or a connection with, or nothing that may be opened.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use wakeup_coach::clock::SystemClock;
use wakeup_coach::trials::crash::sweep::by_strace;
use wakeup_coach::trials::crash::{PATIENCE, World, WorldPlan, compared};
use wakeup_coach::trials::people::Who;

use super::disk::can;
use super::programs;

/// Handles that the daemon gets: what it holds by itself is half of them.
const HANDLES: usize = 64;

async fn world(speed: f64) -> World {
    let plan =
        WorldPlan { seed: 1, people: 1, who: Who::Risers, spacing: Duration::ZERO, speed, realtime: 0.0 };
    World::make(plan, &programs(), &SystemClock::shared()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stderr, reason = "whoever reads the log must see what was not tried")]
async fn strangers_who_take_every_handle_are_shown_out_and_the_call_is_made() {
    let prlimit = Path::new("/usr/bin/prlimit");
    if !prlimit.exists() {
        eprintln!("SKIPPED strangers_who_take_every_handle_are_shown_out_and_the_call_is_made: no prlimit");
        return;
    }
    // Strangers are shown out in the machine's time: it must not run away from them.
    let world = world(4.0).await;
    let limit = format!("--nofile={HANDLES}:{HANDLES}");
    let arguments = [limit, world.programs().daemon.display().to_string()];
    let mut daemon = world.daemon_by(prlimit, &arguments, &[]).unwrap();
    daemon.ready(PATIENCE).await.unwrap();
    let strangers: Vec<TcpStream> =
        (0..HANDLES).map(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, world.port())).unwrap()).collect();
    daemon.says("Cannot accept connections", PATIENCE).await.unwrap();
    daemon.says("The wake-up is over", PATIENCE * 2).await.unwrap();
    drop(strangers);
    daemon.signal(Signal::TERM).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert!(status.success(), "{status}:\n{}", daemon.log());
    let (_, found, _) = compared(&world).await.unwrap();
    assert_eq!((found.up, &found.lost, &found.doubled), (1, &Vec::new(), &Vec::new()), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_may_not_be_opened_is_told_in_one_line() {
    if !can("a_database_that_may_not_be_opened_is_told_in_one_line") {
        return;
    }
    // By strace, since nothing is forbidden to root, as whom these tests may run.
    let world = world(20.0).await;
    let database = world.database().display().to_string();
    let daemon = world.programs().daemon.display().to_string();
    let forbidden = "inject=openat:error=EACCES";
    let arguments = [
        "-D",
        "-f",
        "-qq",
        "-o",
        "/dev/null",
        "-P",
        &database,
        "-e",
        "trace=openat",
        "-e",
        forbidden,
        &daemon,
    ];
    let mut daemon = by_strace(&world, &arguments.map(str::to_owned), &[]).unwrap();
    let status = daemon.ended(PATIENCE).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(1), "{}", daemon.log());
    let told = daemon.log();
    let told = told.lines().last().unwrap();
    assert!(told.contains(&database) && told.contains("Permission denied"), "{told}");
}
