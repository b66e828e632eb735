//! The owner's API: who may ask for what, what is answered, and what a slip is told.

mod at_once;
mod mornings;
mod slips;

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::support::{ANNA, TestDay, ZONE};

/// A Sunday noon; the morning that tests move to is Monday's.
const NOON: &str = "2026-03-01T12:00:00[Europe/Berlin]";

/// A request to `/api/v1`, with any token or none.
async fn ask_as(day: &TestDay, token: Option<&str>, method: &str, path: &str, body: Value) -> (u16, Value) {
    let url = format!("http://{}/api/v1{path}", day.morning.running.admin_address);
    let method: Method = method.parse().unwrap();
    let mut request = wakeup_coach::http::client().request(method, url);
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.expect("the daemon answers");
    let status = answer.status().as_u16();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let expected = if status < 400 { "application/json" } else { "application/problem+json" };
    assert_eq!(kind, expected, "{path}");
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

/// The owner's own request.
async fn ask(day: &TestDay, method: &str, path: &str, body: Value) -> (u16, Value) {
    let token = day.morning.admin_token.expose_secret().to_owned();
    ask_as(day, Some(&token), method, path, body).await
}

/// A request that is answered as asked.
async fn done(day: &TestDay, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = ask(day, method, path, body).await;
    assert!(status < 300, "{method} {path}: {status} {answer}");
    answer
}

/// A token with these scopes.
async fn token(day: &TestDay, scopes: &[&str]) -> String {
    let new = json!({ "name": scopes.join(" and "), "scopes": scopes });
    done(day, "POST", "/tokens", new).await["token"].as_str().unwrap().to_owned()
}

/// Anna's rule, made over the API; a goodbye of hers is enough.
async fn weekdays(day: &TestDay) -> Value {
    let policy = json!({ "word_is_enough": true, "check": "off" });
    let new = json!({ "for": "Anna", "when": "weekdays 06:30", "zone": ZONE, "policy": policy });
    done(day, "POST", "/schedules", new).await
}

/// Every path, and the scope that opens it; without one it takes the admin token.
const PATHS: [(&str, &str, Option<&str>); 51] = [
    ("GET", "/sleepers", Some("read")),
    ("POST", "/sleepers", None),
    ("GET", "/sleepers/Anna", Some("read")),
    ("PATCH", "/sleepers/Anna", None),
    ("DELETE", "/sleepers/Anna", None),
    ("GET", "/sleepers/Anna/contacts", None),
    ("POST", "/sleepers/Anna/contacts", None),
    ("DELETE", "/sleepers/Anna/contacts/Ben", None),
    ("POST", "/sleepers/Anna/travel", Some("schedule")),
    ("GET", "/sleepers/Anna/code", None),
    ("DELETE", "/sleepers/Anna/memories", None),
    ("GET", "/schedules", Some("read")),
    ("POST", "/schedules", Some("schedule")),
    ("GET", "/schedules/Anna", Some("read")),
    ("PATCH", "/schedules/Anna", Some("schedule")),
    ("DELETE", "/schedules/Anna", Some("schedule")),
    ("POST", "/schedules/Anna/skip", Some("schedule")),
    ("POST", "/schedules/Anna/unskip", Some("schedule")),
    ("POST", "/schedules/Anna/pause", Some("schedule")),
    ("POST", "/schedules/Anna/resume", Some("schedule")),
    ("POST", "/schedules/Anna/move", Some("schedule")),
    ("POST", "/schedules/Anna/unmove", Some("schedule")),
    ("POST", "/schedules/Anna/add", Some("schedule")),
    ("POST", "/schedules/Anna/travel", Some("schedule")),
    ("POST", "/schedules/Anna/away", Some("schedule")),
    ("DELETE", "/schedules/Anna/exceptions/0000", Some("schedule")),
    ("GET", "/occurrences", Some("read")),
    ("GET", "/occurrences/0000", Some("read")),
    ("GET", "/occurrences/0000/proofs", Some("read")),
    ("POST", "/occurrences/0000/cancel", Some("schedule")),
    ("POST", "/occurrences/0000/snooze", Some("schedule")),
    ("GET", "/attempts", Some("read")),
    ("GET", "/attempts/0000", Some("read")),
    ("GET", "/history", Some("read")),
    ("POST", "/calls", Some("dial")),
    ("GET", "/calendars", Some("read")),
    ("POST", "/calendars", None),
    ("POST", "/calendars/holidays/refresh", Some("schedule")),
    ("DELETE", "/calendars/holidays", None),
    ("POST", "/schedules/Anna/holidays", Some("schedule")),
    ("GET", "/settings", Some("read")),
    ("PATCH", "/settings", None),
    ("GET", "/events?transcript=true", Some("read")),
    ("GET", "/places", None),
    ("POST", "/places", None),
    ("DELETE", "/places/0000", None),
    ("GET", "/doctor", None),
    ("GET", "/tokens", None),
    ("POST", "/tokens", None),
    ("DELETE", "/tokens/0000", None),
    ("GET", "/history?limit=0", Some("read")),
];

#[tokio::test]
async fn every_path_opens_to_its_scope_and_to_no_other() {
    let day = TestDay::at(NOON).await;
    let scopes = ["read", "schedule", "dial", "doorbell"];
    let mut held = Vec::new();
    for scope in scopes {
        held.push((scope, token(&day, &[scope]).await));
    }
    let all = token(&day, &scopes).await;
    for (method, path, needed) in PATHS {
        // The one path that would ring without a body.
        let body = if path == "/calls" { json!({ "sleeper": "nobody" }) } else { Value::Null };
        let (status, _) = ask_as(&day, None, method, path, body.clone()).await;
        assert_eq!(status, 401, "{method} {path} without a token");
        let Some(needed) = needed else {
            let (status, problem) = ask_as(&day, Some(&all), method, path, Value::Null).await;
            assert_eq!(status, 403, "{method} {path} with every scope: {problem}");
            assert!(problem["detail"].as_str().unwrap().contains("only the admin token"), "{problem}");
            continue;
        };
        for (scope, token) in &held {
            let (status, problem) = ask_as(&day, Some(token), method, path, body.clone()).await;
            if needed == *scope {
                assert!(![401, 405].contains(&status), "{method} {path} as {scope}: {status} {problem}");
            } else {
                assert_eq!(status, 403, "{method} {path} as {scope}: {problem}");
            }
        }
    }
    let (status, problem) = ask_as(&day, Some(&held[0].1), "POST", "/calls", json!({})).await;
    assert_eq!(status, 403);
    assert!(problem["detail"].as_str().unwrap().contains("lacks the scope `dial`"));
    assert_eq!(day.carrier_calls().len(), 0);
    day.close().await;
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_long_are_refused() {
    let day = TestDay::at(NOON).await;
    let long = "x".repeat(65 * 1024);
    let (status, _) = ask(&day, "POST", "/sleepers", json!({ "name": long, "phone": ANNA })).await;
    assert_eq!(status, 413);
    let (status, problem) = day.ask("POST", "/api/v1/sleepers", "{}").await;
    assert_eq!(status, 415, "{problem}");
    day.close().await;
}

#[tokio::test]
async fn numbers_and_words_are_for_the_owner_alone() {
    let day = TestDay::at(NOON).await;
    let reader = token(&day, &["read"]).await;
    let (_, anna) = ask_as(&day, Some(&reader), "GET", "/sleepers/Anna", Value::Null).await;
    assert_eq!(anna["phone"], "+14…42");
    assert_eq!(done(&day, "GET", "/sleepers/Anna", Value::Null).await["phone"], ANNA);
    let (_, all) = ask_as(&day, Some(&reader), "GET", "/sleepers", Value::Null).await;
    assert_eq!(all[0]["phone"], "+14…42");
    for path in ["/history?transcript=true", "/attempts?transcript=true", "/events?transcript=true"] {
        let (status, problem) = ask_as(&day, Some(&reader), "GET", path, Value::Null).await;
        assert_eq!(status, 403, "{path}");
        assert!(problem["detail"].as_str().unwrap().contains("admin token only"));
    }
    day.close().await;
}

#[tokio::test]
async fn a_token_that_was_taken_back_opens_nothing_and_a_guesser_is_put_off() {
    let day = TestDay::at(NOON).await;
    let reader = token(&day, &["read"]).await;
    assert_eq!(ask_as(&day, Some(&reader), "GET", "/settings", Value::Null).await.0, 200);
    done(&day, "DELETE", "/tokens/read", Value::Null).await;
    assert_eq!(ask_as(&day, Some(&reader), "GET", "/settings", Value::Null).await.0, 401);
    let mut last = 401;
    for _ in 0..40 {
        last = ask_as(&day, Some("wuc_guessed"), "GET", "/settings", Value::Null).await.0;
    }
    assert_eq!(last, 429);
    assert_eq!(ask(&day, "GET", "/settings", Value::Null).await.0, 200, "the owner is let in all the same");
    day.close().await;
}
