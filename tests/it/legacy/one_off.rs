//! Single calls some minutes from now: planned, listed, taken back, and made.

use std::time::Duration;

use serde_json::{Value, json};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Answer, Sleeper};

use super::{MONDAY, assert_is_problem};
use crate::support::TestDay;

async fn day_of_a_busy_line() -> TestDay {
    let day = TestDay::at(MONDAY).await.never_realtime().await;
    day.sleeps_like(vec![Sleeper::absent(Answer::Busy)]);
    day
}

/// Plans a call; its identifier.
async fn plans(day: &TestDay, body: &str) -> String {
    let (status, planned) = day.ask("POST", "/schedule-test", body).await;
    assert_eq!((status, &planned["status"]), (200, &json!("Test call scheduled")), "{planned}");
    planned["task_id"].as_str().unwrap().to_owned()
}

async fn listed(day: &TestDay) -> Vec<Value> {
    let (status, list) = day.ask("GET", "/list-scheduled", "").await;
    assert_eq!(status, 200);
    list["scheduled_tasks"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_scheduled_test_rings_at_its_minute_and_once() {
    let mut day = day_of_a_busy_line().await;
    let (_, planned) = day.ask("POST", "/schedule-test", r#"{"minutes_from_now": 2}"#).await;
    assert_eq!(planned["due_at"], json!("2026-03-02T05:31:00Z"));
    assert_eq!(planned["countdown"], json!("2 min"));
    assert_eq!(listed(&day).await, [planned["task_id"].clone()]);
    day.advance(Duration::from_secs(119));
    assert_eq!(day.creates_asked(), 0);
    day.advance(Duration::from_secs(1));
    assert_eq!(day.ended().await, End::CallsExhausted);
    assert_eq!((day.creates_asked(), listed(&day).await.len()), (1, 0));
    day.close().await;
}

#[tokio::test]
async fn a_planned_call_survives_a_restart() {
    let mut day = day_of_a_busy_line().await;
    let id = plans(&day, "").await;
    day.dies().await;
    day.starts_again().await;
    assert_eq!(listed(&day).await, [json!(id)]);
    day.advance(Duration::from_mins(1));
    assert_eq!(day.ended().await, End::CallsExhausted);
    assert_eq!(day.creates_asked(), 1);
    day.close().await;
}

#[tokio::test]
async fn a_planned_call_can_be_taken_back_by_either_verb_and_only_once() {
    let mut day = day_of_a_busy_line().await;
    for verb in ["GET", "POST"] {
        let id = plans(&day, r#"{"minutes_from_now": 0}"#).await;
        let path = format!("/cancel-scheduled/{id}");
        let (status, cancelled) = day.ask(verb, &path, "").await;
        assert_eq!(status, 200, "{cancelled}");
        assert_eq!(cancelled, json!({ "status": "Scheduled call cancelled", "task_id": id }));
        let (status, again) = day.ask(verb, &path, "").await;
        assert_eq!(status, 409);
        assert_is_problem(409, &again);
        assert_eq!(day.ended().await, End::Cancelled);
    }
    assert!(listed(&day).await.is_empty());
    day.advance(Duration::from_mins(5));
    assert_eq!(day.ask("GET", "/healthz", "").await.0, 200);
    assert_eq!(day.creates_asked(), 0);
    day.close().await;
}

#[tokio::test]
async fn a_schedules_wake_up_is_neither_listed_nor_cancelled_here() {
    let mut day = day_of_a_busy_line().await;
    day.wakes_daily_at(6, 30).await;
    let planned = day.morning.store.list_coming(1).await.unwrap().remove(0);
    assert!(listed(&day).await.is_empty());
    for id in [planned.id.to_string(), "0".to_owned(), "019c0000-0000-7000-8000-000000000000".to_owned()] {
        let (status, answer) = day.ask("POST", &format!("/cancel-scheduled/{id}"), "").await;
        assert_eq!(status, 404, "{id}");
        assert_is_problem(404, &answer);
    }
    assert_eq!(day.morning.store.list_coming(1).await.unwrap()[0].id, planned.id);
    day.close().await;
}

#[tokio::test]
async fn minutes_that_make_no_sense_are_refused_with_what_to_send() {
    let day = day_of_a_busy_line().await;
    for body in [
        r#"{"minutes_from_now": -1}"#,
        r#"{"minutes_from_now": 1.5}"#,
        r#"{"minutes_from_now": "soon"}"#,
        r#"{"minutes_from_now": 10081}"#,
        r#"{"minutes_from_now": 99999999999}"#,
        "{",
        "7",
    ] {
        let (status, answer) = day.ask("POST", "/schedule-test", body).await;
        assert_eq!(status, 400, "{body}: {answer}");
        assert_is_problem(400, &answer);
        assert!(answer["detail"].as_str().unwrap().contains("minutes_from_now"), "{answer}");
    }
    let stranger = r#"{"minutes_from_now": 1, "sleeper": "nobody"}"#;
    assert_eq!(day.ask("POST", "/schedule-test", stranger).await.0, 404);
    assert!(listed(&day).await.is_empty());
    day.close().await;
}
