//! Which mode a call runs in, who may change the chance, and who may place a call at all.

use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::json;
use wakeup_coach::domain::mode::{CallMode, ModeReason, Probability};
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Answer, Sleeper};
use wakeup_coach::store::attempts::AttemptRecord;

use crate::support::{SPEED, TestDay};

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";

/// A line that is engaged ends a call as soon as its mode is decided, which is all that is asked here.
async fn day_of_a_busy_line() -> TestDay {
    let day = TestDay::at(MONDAY).await;
    day.sleeps_like(vec![Sleeper::absent(Answer::Busy)]);
    // A test call is made once, so nobody was reached.
    day
}

/// Places calls one after another; their attempts.
async fn calls(day: &mut TestDay, count: usize) -> Vec<AttemptRecord> {
    for _ in 0..count {
        let (status, answer) = day.ask("POST", "/test-call", "").await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer["call_sid"].as_str().unwrap().starts_with("CA"));
        assert_eq!(day.ended().await, End::CallsExhausted);
        // The carrier takes one call a second, and two wake-ups of one instant would be one.
        day.advance(Duration::from_secs(1));
    }
    day.attempts().await
}

async fn all_calls_are(probability: f64, mode: CallMode) {
    let mut day = day_of_a_busy_line().await;
    let query = format!("/realtime-api-config?probability={probability}");
    assert_eq!(day.ask("POST", &query, "").await.0, 200);
    let attempts = calls(&mut day, 6).await;
    for record in &attempts {
        let decision = record.attempt.decision;
        assert_eq!((decision.mode, decision.reason), (mode, ModeReason::Drawn));
        assert_eq!(decision.probability, Probability::new(probability).unwrap());
        assert!(decision.draw.is_some(), "a draw belongs to every call that was not asked for");
    }
    assert_eq!(attempts.len(), 6);
    day.close().await;
}

#[tokio::test]
async fn probability_zero_is_never_realtime() {
    all_calls_are(0.0, CallMode::Traditional).await;
}

#[tokio::test]
async fn probability_one_is_always_realtime() {
    all_calls_are(1.0, CallMode::Realtime).await;
}

#[tokio::test]
async fn one_half_gives_both_modes_and_every_draw_is_kept() {
    let mut day = day_of_a_busy_line().await;
    assert_eq!(day.ask("POST", "/realtime-api-config?probability=0.5", "").await.0, 200);
    let attempts = calls(&mut day, 12).await;
    let mut draws = Vec::new();
    for record in &attempts {
        let decision = record.attempt.decision;
        let draw = decision.draw.expect("nobody asked for a mode");
        let by_the_draw = if draw < 0.5 { CallMode::Realtime } else { CallMode::Traditional };
        assert_eq!((decision.mode, decision.reason), (by_the_draw, ModeReason::Drawn));
        assert_eq!(decision.probability, Probability::new(0.5).unwrap());
        draws.push(draw);
    }
    let realtime =
        attempts.iter().filter(|record| record.attempt.decision.mode == CallMode::Realtime).count();
    assert!((1..12).contains(&realtime), "twelve draws of one kind: {draws:?}");
    draws.sort_by(f64::total_cmp);
    draws.dedup();
    assert_eq!(draws.len(), 12, "each call is drawn anew");
    assert!(day.log.contains("Call routing decision: realtime (p=0.50, drew 0."));
    assert!(day.log.contains("Call routing decision: traditional (p=0.50, drew 0."));
    day.close().await;
}

#[tokio::test]
async fn a_mode_that_was_asked_for_is_not_drawn() {
    let mut day = day_of_a_busy_line().await.always_realtime().await;
    let (status, answer) = day.ask("POST", "/test-call-traditional", "").await;
    assert_eq!((status, &answer["using_realtime_api"]), (200, &json!(false)));
    day.ended().await;
    day.advance(Duration::from_secs(1));
    day.morning.set_probability(Probability::NEVER).await.unwrap();
    let (status, answer) = day.ask("GET", "/test-call-realtime", "").await;
    assert_eq!((status, &answer["using_realtime_api"]), (200, &json!(true)));
    day.ended().await;
    for (record, mode) in day.attempts().await.iter().zip([CallMode::Traditional, CallMode::Realtime]) {
        let decision = record.attempt.decision;
        assert_eq!((decision.mode, decision.reason, decision.draw), (mode, ModeReason::Forced, None));
    }
    day.close().await;
}

#[tokio::test]
async fn the_chance_is_shown_and_changed_by_query_or_json() {
    let day = TestDay::at(MONDAY).await;
    let (status, shown) = day.ask("POST", "/realtime-api-config?probability=0.75", "").await;
    assert_eq!((status, &shown["probability"], &shown["percentage"]), (200, &json!(0.75), &json!("75.0%")));
    assert!(shown["description"].as_str().unwrap().contains("75.0%"), "{shown}");
    let (status, shown) = day.ask("GET", "/realtime-api-config", "").await;
    assert_eq!((status, &shown["probability"]), (200, &json!(0.75)));
    let (status, shown) = day.ask("POST", "/realtime-api-config", r#"{"probability": 0.125}"#).await;
    assert_eq!((status, &shown["probability"], &shown["percentage"]), (200, &json!(0.125), &json!("12.5%")));
    for edge in ["0", "1", "1e-3"] {
        assert_eq!(day.ask("POST", &format!("/realtime-api-config?probability={edge}"), "").await.0, 200);
    }
    assert_eq!(day.ask("GET", "/realtime-api-config", "").await.1["probability"], json!(0.001));
    day.close().await;
}

#[tokio::test]
async fn what_is_no_probability_is_refused_with_what_to_send() {
    let day = TestDay::at(MONDAY).await;
    assert_eq!(day.ask("POST", "/realtime-api-config?probability=0.5", "").await.0, 200);
    for (query, body) in [
        ("?probability=1.1", ""),
        ("?probability=-0.1", ""),
        ("?probability=NaN", ""),
        ("?probability=inf", ""),
        ("?probability=often", ""),
        ("?probability=", ""),
        ("?probability=0.5&probability=0.7", ""),
        ("", ""),
        ("", "{}"),
        ("", "0.7"),
        ("", r#"{"probability": 2}"#),
        ("", r#"{"probability": NaN}"#),
        ("", r#"{"probability": "0.7"}"#),
        ("", r#"{"probability": null}"#),
        ("", "probability=0.7"),
    ] {
        let url = format!("http://{}/realtime-api-config{query}", day.morning.running.address);
        let request = wakeup_coach::http::client().post(url).body(body);
        let answer = request.bearer_auth(day.morning.admin_token.expose_secret()).send().await.unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        let problem: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!((&problem["status"], &*kind), (&json!(400), "application/problem+json"), "{query}{body}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("from 0 (never realtime) to 1 (always"), "{query}{body}: {detail}");
    }
    assert_eq!(day.ask("GET", "/realtime-api-config", "").await.1["probability"], json!(0.5));
    day.close().await;
}

#[tokio::test]
async fn without_the_token_nothing_is_told_changed_or_dialled() {
    let day = TestDay::at(MONDAY).await;
    let before = day.ask("GET", "/realtime-api-config", "").await.1;
    for (method, path) in [
        ("GET", "/realtime-api-config"),
        ("POST", "/realtime-api-config?probability=0.9"),
        ("GET", "/test-call"),
        ("POST", "/test-call"),
        ("GET", "/test-call-realtime"),
        ("POST", "/test-call-traditional"),
        ("POST", "/call"),
    ] {
        for token in [None, Some(""), Some("wrong"), Some("0123456789abcdef0123456789abcdef")] {
            let (status, problem) = day.ask_as(token, method, path, "").await;
            assert_eq!((status, &problem["status"]), (401, &json!(401)), "{method} {path} {token:?}");
            assert!(problem.get("probability").is_none() && problem.get("call_sid").is_none());
        }
    }
    assert_eq!(day.ask("GET", "/realtime-api-config", "").await.1, before);
    nobody_was_called(&day).await;
    day.close().await;
}

/// A browser sends cookies by itself, and addresses end up in histories and logs: neither may dial.
#[tokio::test]
async fn a_token_in_a_cookie_or_address_does_not_dial() {
    let day = TestDay::at(MONDAY).await;
    let token = day.morning.admin_token.expose_secret().to_owned();
    let client = wakeup_coach::http::client();
    let base = format!("http://{}/test-call", day.morning.running.address);
    let requests = [
        client.get(format!("{base}?token={token}")),
        client.get(format!("{base}?access_token={token}&admin_token={token}")),
        client.post(format!("{base}?token={token}")),
        client.get(&base).header("cookie", format!("token={token}; admin_token={token}; session={token}")),
        client.get(&base).header("x-admin-token", &token).header("x-forwarded-for", "127.0.0.1"),
        client.get(&base).basic_auth("admin", Some(&token)),
        client
            .post(&base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("token={token}")),
    ];
    for request in requests {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert!(answer.headers().contains_key("www-authenticate"), "the answer says how to ask");
    }
    nobody_was_called(&day).await;
    day.close().await;
}

async fn nobody_was_called(day: &TestDay) {
    assert!(day.carrier_calls().is_empty());
    assert!(day.morning.store.list_recent(10).await.unwrap().is_empty(), "not even a plan");
}

#[tokio::test]
async fn a_call_is_placed_to_nobody_who_is_not_stored() {
    let day = TestDay::plan(MONDAY, SPEED, |_| {}).await;
    for body in [r#"{"sleeper": "+4930123456"}"#, r#"{"sleeper": "00000000-0000-0000-0000-000000000000"}"#] {
        assert_eq!(day.ask("POST", "/test-call", body).await.0, 404, "{body}");
    }
    for body in [r#"{"sleeper": 7}"#, "to=%2B4930123456", "[]"] {
        assert_eq!(day.ask("POST", "/test-call", body).await.0, 400, "{body}");
    }
    nobody_was_called(&day).await;
    day.close().await;
}
