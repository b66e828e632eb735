//! Every rung of the ladder: what breaks, how the same call goes on, and that she is up at its end.
//!
//! Each rung must be visible in the attempt's record and history. Dead air is measured on the exchange's own
//! clock, at a speed at which this machine's pauses do not count.

mod before_the_first_word;
mod chat_model;
mod in_mid_call;
mod our_own_side;

use std::time::Duration;

use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Act, Sleeper};
use wakeup_coach::simulator::twilio::CallStatus;

use crate::support::TestDay;
use crate::support::far_side::{MORNING, secs};

/// Stories that measure play at this speed.
const MEASURED: f64 = 4.0;

/// She talks, and ends the call with the word.
fn talker() -> Sleeper {
    talker_after(secs(1))
}

fn talker_after(ringing: Duration) -> Sleeper {
    let lines = ["Hello?", "Yes, I'm awake.", "It's Monday and I have the early shift.", "Goodbye."];
    Sleeper::answering(ringing, lines.map(Act::say).to_vec())
}

/// Says it in one go.
fn goodbye_sayer(ringing: Duration) -> Sleeper {
    Sleeper::answering(ringing, vec![Act::say("Goodbye.")])
}

/// A morning at a speed, all calls realtime.
async fn realtime_day(speed: f64, sleeper: Sleeper) -> TestDay {
    let day = TestDay::plan(MORNING, speed, |_| {}).await.always_realtime().await.believes_a_goodbye();
    day.sleeps_like(vec![sleeper]);
    day
}

/// The wake-up ends well, in one call that was answered and completed.
async fn ends_well(day: &mut TestDay) {
    assert_eq!(day.ended().await, End::Up);
    let calls = day.carrier_calls();
    assert_eq!(calls.len(), 1, "the same call went on");
    assert_eq!(calls[0].status, CallStatus::Completed);
}

/// It fell back, once, for a reason that contains this, and both record and history say so.
async fn fell_back(day: &TestDay, because: &str) {
    let reason = day.fell_back_because().await.expect("the record says that it fell back");
    assert!(reason.contains(because), "{reason:?} should contain {because:?}");
    assert_eq!(day.details("fell_back").await, [reason]);
    assert!(day.log.contains("Falling back to traditional mode because"));
}
