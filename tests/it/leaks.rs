//! After two hundred calls of every kind nothing is left behind: no socket, no task, no file handle.
//!
//! File handles are counted for a whole process, so the story runs in one of its own.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use wakeup_coach::calls::What;
use wakeup_coach::clock::{SharedClock, timeout};
use wakeup_coach::domain::mode::CallMode;
use wakeup_coach::simulator::openai::faults::{Faults as ModelFaults, Handshake};
use wakeup_coach::simulator::sleeper::{Act, Answer, Sleeper, When};
use wakeup_coach::simulator::twilio::Faults as CarrierFaults;
use wakeup_coach::store::sleepers::Sleeper as Person;

use crate::support::{SPEED, TestDay};

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";
/// Set for the process that the story has to itself.
const ALONE: &str = "LEAKS_ALONE";
/// The story, as the test binary knows it.
const STORY: &str = "leaks::two_hundred_calls_leave_nothing_behind";
/// A file system in memory, where there is one.
const MEMORY: &str = "/dev/shm";
const ROUNDS: usize = 5;
const SLEEPERS: usize = 40;
/// Calls under way at a time.
const AT_ONCE: usize = 12;
/// Simulated time after which something does not end.
const PATIENCE: Duration = Duration::from_mins(10);
/// Connections kept for the next request differ from round to round, but not by a handle for each call.
const HANDLES_MORE: usize = 40;

#[tokio::test]
async fn two_hundred_calls_leave_nothing_behind() {
    if std::env::var_os(ALONE).is_some() {
        return two_hundred_calls().await;
    }
    let memory = Path::new(MEMORY);
    let story = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", STORY, "--nocapture"])
        .env(ALONE, "1")
        // Thousands of transactions are on disk each before the call goes on; here memory is disk enough.
        .env("TMPDIR", if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() })
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&story.stdout) + String::from_utf8_lossy(&story.stderr);
    assert!(story.status.success(), "{told}");
    assert!(told.contains("1 passed"), "the story was not found:\n{told}");
}

fn open_handles() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// What goes wrong for everybody in a round: nothing, the model in three ways, the carrier.
fn faults(round: usize) -> (ModelFaults, CarrierFaults) {
    let (mut model, mut carrier) = (ModelFaults::default(), CarrierFaults::default());
    match round {
        1 => model.drop_after_deltas = Some(14),
        2 => model.handshake = Handshake::Refuse(503),
        3 => model.never_created = true,
        4 => carrier.media.drops_after = Some(Duration::from_secs(1)),
        _ => {}
    }
    (model, carrier)
}

/// Gets up, hangs up in the middle, hangs up at once, is busy, declines.
fn script(number: usize) -> Sleeper {
    let soon = |acts| Sleeper::answering(Duration::from_secs(1), acts);
    let leaves = |millis| Act::HangUp { after: When::After(Duration::from_millis(millis)) };
    match number % 5 {
        0 | 1 => soon(vec![Act::say("Goodbye.")]),
        2 => soon(vec![leaves(2_500)]),
        3 => soon(vec![leaves(100)]),
        _ if number.is_multiple_of(2) => Sleeper::absent(Answer::Busy),
        _ => Sleeper::absent(Answer::Declines),
    }
}

async fn everybody(day: &mut TestDay) -> Vec<Person> {
    let mut people = Vec::new();
    for number in 0..SLEEPERS {
        let telephone = format!("+141555501{number:02}");
        people.push(day.morning.add_sleeper("Anna", &telephone).await.unwrap());
        day.morning.exchange().set_sleeper(&telephone, vec![script(number)]);
    }
    people
}

/// Calls everybody once and waits until all of it is over.
async fn call_everybody(day: &mut TestDay, people: &[Person], round: usize) {
    let (model, carrier) = faults(round);
    day.morning.models().set_faults(model);
    day.morning.exchange().set_faults(carrier);
    let calls = std::sync::Arc::clone(&day.morning.running.calls);
    let mut waiting = people.iter().enumerate();
    let mut open = HashSet::new();
    loop {
        while open.len() < AT_ONCE
            && let Some((number, person)) = waiting.next()
        {
            let traditional = (number / 5 + round).is_multiple_of(4);
            let mode = if traditional { CallMode::Traditional } else { CallMode::Realtime };
            open.insert(calls.call_now(person.id, Some(mode), 1).await.unwrap().occurrence);
        }
        if open.is_empty() {
            break;
        }
        let ended = day.event("the end of a call", |what| matches!(what, What::Ended(_))).await;
        open.remove(&ended.occurrence);
    }
    let clock: SharedClock = day.morning.clock.clone();
    timeout(&*clock, PATIENCE, day.morning.exchange().idle()).await.expect("the carrier is idle");
    timeout(&*clock, PATIENCE, quiet(day)).await.expect("tasks and sockets end with their calls");
    day.advance(Duration::from_mins(1));
}

/// Returns when no task and no socket is left.
async fn quiet(day: &TestDay) {
    let calls = &day.morning.running.calls;
    while calls.open_tasks() + calls.live_streams() + day.morning.models().open_sockets() > 0 {
        // Ends are counted by tasks of this same runtime.
        tokio::task::yield_now().await;
    }
}

async fn two_hundred_calls() {
    let before_everything = open_handles();
    let mut day = TestDay::plan(MONDAY, SPEED, |plan| {
        plan.calls_per_second = 4.0;
        // Where the machine is so slow that the carrier gives a callback up, the call is looked up in time.
        plan.flowing = true;
    })
    .await;
    // Those who hang up or are busy are not up, and these calls are made once.
    // So many calls at eight times the speed are more than some machines can answer in time.
    day.endure_error("Speaking the emergency lines");
    let people = everybody(&mut day).await;
    call_everybody(&mut day, &people, 0).await;
    let after_one_round = open_handles();
    for round in 1..ROUNDS {
        call_everybody(&mut day, &people, round).await;
        assert!(day.morning.store.list_open_attempts().await.unwrap().is_empty());
        let handles = open_handles();
        assert!(
            handles <= after_one_round + HANDLES_MORE,
            "round {round}: {after_one_round} became {handles}"
        );
    }
    let mut attempts = Vec::new();
    for occurrence in day.morning.store.list_recent(1_000).await.unwrap() {
        attempts.extend(day.morning.store.list_attempts(occurrence.id).await.unwrap());
    }
    let realtime = attempts.iter().filter(|record| record.ticket_used_at.is_some()).count();
    let fell_back = attempts.iter().filter(|record| record.attempt.fell_back.is_some()).count();
    let up = attempts.iter().filter(|record| record.verdict.is_some()).count();
    assert_eq!((attempts.len(), day.carrier_calls().len()), (ROUNDS * SLEEPERS, ROUNDS * SLEEPERS));
    assert!(realtime > 30 && fell_back > 30 && up > 50, "{realtime} {fell_back} {up}");
    day.close().await;
    let left = open_handles();
    assert!(left <= before_everything + 4, "{before_everything} handles became {left}");
}
