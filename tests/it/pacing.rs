//! More wake-ups at once than the account may dial: they wait on our side, in order, and nobody is surprised.

use std::time::Duration;

use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::twilio::{CreateFault, Exchange};

use crate::support::TestDay;
use crate::support::carrier::says_goodbye;

const BEN: &str = "+14155550143";
const CLEO: &str = "+14155550144";

/// Anna, Cleo and Ben, one a minute from half past six.
async fn three_sleepers() -> TestDay {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![says_goodbye()]);
    for (name, number, minute) in [("Cleo", CLEO, 31), ("Ben", BEN, 32)] {
        let sleeper = day.morning.add_sleeper(name, number).await.unwrap();
        day.morning.exchange().set_sleeper(number, vec![says_goodbye()]);
        let at = jiff::civil::Time::constant(6, minute, 0, 0);
        let days = wakeup_coach::domain::schedule::Weekdays::ALL;
        day.morning.add_schedule(&sleeper, days, at, crate::support::ZONE).await.unwrap();
    }
    day
}

fn numbers_and_starts(exchange: &Exchange) -> Vec<(String, Duration)> {
    exchange.calls().iter().map(|call| (call.to.clone(), call.history[0].0)).collect()
}

#[tokio::test]
async fn calls_due_together_go_out_one_a_second_in_the_order_of_their_deadlines() {
    let mut day = three_sleepers().await;
    day.jump_to("2026-03-02T06:32:00[Europe/Berlin]");
    for _ in 0..3 {
        assert_eq!(day.ended().await, End::Up);
    }
    let calls = numbers_and_starts(day.morning.exchange());
    let order: Vec<&str> = calls.iter().map(|(number, _)| number.as_str()).collect();
    assert_eq!(order, [crate::support::ANNA, CLEO, BEN]);
    for pair in calls.windows(2) {
        let apart = pair[1].1.saturating_sub(pair[0].1);
        // The second is measured where the slot is given, the request travels after that.
        assert!(apart >= Duration::from_millis(500), "{apart:?} apart");
    }
    assert_eq!(day.creates_asked(), 3);
    day.close().await;
}

#[tokio::test]
async fn a_call_that_waits_for_its_slot_has_left_no_intent() {
    let mut day = TestDay::before_half_past_six_with(|plan| plan.policy.calls_per_second = 0.1).await;
    day.sleeps_like(vec![says_goodbye()]);
    let ben = day.morning.add_sleeper("Ben", BEN).await.unwrap();
    day.morning.exchange().set_sleeper(BEN, vec![says_goodbye()]);
    let days = wakeup_coach::domain::schedule::Weekdays::ALL;
    let at = jiff::civil::Time::constant(6, 30, 0, 0);
    day.morning.add_schedule(&ben, days, at, crate::support::ZONE).await.unwrap();
    day.half_past_six();
    day.placed().await;
    assert_eq!(day.attempts().await.len(), 1, "the other one waits, and nothing says that it was asked for");
    for _ in 0..2 {
        assert_eq!(day.ended().await, End::Up);
    }
    let calls = numbers_and_starts(day.morning.exchange());
    assert!(calls[1].1.saturating_sub(calls[0].1) >= Duration::from_secs(9), "{calls:?}");
    assert_eq!(day.endings().await, ["up", "up"]);
    assert_eq!(day.lists_asked(), Vec::<String>::new(), "nobody looked for a call that was only waiting");
    day.close().await;
}

#[tokio::test]
async fn too_many_requests_hold_the_next_call_back() {
    let mut day = TestDay::before_half_past_six().await;
    day.sleeps_like(vec![says_goodbye()]);
    day.next_creates(&[CreateFault::TooMany]);
    day.half_past_six();
    day.skip_the_wait().await;
    assert_eq!(day.ended().await, End::Up);
    assert_eq!(day.creates_asked(), 2);
    day.close().await;
}

#[tokio::test]
async fn a_crowd_is_told_with_the_change_that_makes_it_and_logged() {
    let mut day = TestDay::before_half_past_six_with(|plan| plan.policy.calls_per_second = 0.1).await;
    for number in 0..8 {
        let sleeper = day
            .morning
            .add_sleeper(&format!("Guest {number}"), &format!("+1415555016{number}"))
            .await
            .unwrap();
        let rule = serde_json::json!({ "for": sleeper.id.to_string(), "when": "daily 07:00", "zone": crate::support::ZONE });
        let (status, changed) = day.ask_json("POST", "/api/v1/schedules", &rule.to_string()).await;
        assert_eq!(status, 201, "{changed}");
        let said = changed["said"].as_str().unwrap();
        let expected = "8 wake-ups come together around 07:00 on Monday, but the account begins only 0.1 a \
                        second: the last of them rings 70 s late.";
        assert_eq!(said.contains(expected), number == 7, "{said}");
    }
    day.morning.running.bells.plan.notify_one();
    day.until("the log tells it too", |day| day.log.contains("More wake-ups come at once")).await;
    day.close().await;
}
