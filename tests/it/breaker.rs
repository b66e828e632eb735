//! The breaker: three realtime legs that fail in a row keep the next calls away from the model for a while.

use serde_json::Value;
use wakeup_coach::domain::mode::{CallMode, ModeDecision, ModeReason};
use wakeup_coach::simulator::openai::faults::{Faults, Handshake};
use wakeup_coach::simulator::sleeper::{Act, Sleeper, When};

use crate::support::TestDay;
use crate::support::far_side::{MORNING, ms, secs};

/// A drawn call, to its end: what was decided, and what the owner was told.
async fn call(day: &mut TestDay) -> (ModeDecision, Value) {
    let (status, answer) = day.ask("POST", "/test-call", "").await;
    assert_eq!(status, 200, "{answer}");
    day.ended().await;
    let attempts = day.attempts().await;
    let made = attempts.iter().find(|record| answer["attempt"] == record.attempt.id.to_string().as_str());
    (made.expect("the answer names the attempt").attempt.decision, answer)
}

async fn config(day: &TestDay) -> (Value, Value) {
    let (status, config) = day.ask("GET", "/realtime-api-config", "").await;
    assert_eq!(status, 200, "{config}");
    (config["breaker"].clone(), config["breaker_failures"].clone())
}

#[tokio::test]
async fn three_failures_open_it_and_one_success_after_the_pause_closes_it() {
    let mut day = TestDay::at(MORNING).await.always_realtime().await;
    let leaves = Act::HangUp { after: When::After(ms(1_500)) };
    day.sleeps_like(vec![Sleeper::answering(ms(300), vec![leaves])]);
    day.morning.models().faults(|faults| faults.handshake = Handshake::Refuse(401));
    for failures in 0..3 {
        assert_eq!(config(&day).await, (Value::from("closed"), Value::from(failures)));
        let (decision, answer) = call(&mut day).await;
        assert_eq!((decision.mode, decision.reason), (CallMode::Realtime, ModeReason::Drawn));
        assert_eq!(answer["using_realtime_api"], true);
    }
    assert_eq!(config(&day).await, (Value::from("open"), Value::from(3)));
    let sessions_tried = day.sessions().len();
    let (decision, answer) = call(&mut day).await;
    assert_eq!((decision.mode, decision.reason), (CallMode::Traditional, ModeReason::BreakerOpen));
    assert!(decision.draw.is_some(), "the draw is on record all the same");
    assert_eq!(answer["using_realtime_api"], false);
    // A probe that fails doubles the pause.
    day.advance(secs(600));
    assert_eq!(config(&day).await.0, "half_open");
    assert_eq!(call(&mut day).await.0.reason, ModeReason::BreakerProbe);
    assert_eq!(config(&day).await, (Value::from("open"), Value::from(4)));
    day.advance(secs(600));
    assert_eq!(config(&day).await.0, "open");
    day.advance(secs(600));
    day.morning.models().set_faults(Faults::default());
    assert_eq!(call(&mut day).await.0.reason, ModeReason::BreakerProbe);
    assert_eq!(day.sessions().len(), sessions_tried + 1, "the model was left alone but for the probe");
    assert_eq!(config(&day).await, (Value::from("closed"), Value::from(0)));
    assert_eq!(call(&mut day).await.0.reason, ModeReason::Drawn);
    day.close().await;
}
