//! What cannot be done is told with its field, and with what to write instead.

use serde_json::{Value, json};

use super::{NOON, ask, weekdays};
use crate::support::{ANNA, TestDay, ZONE};

/// Method, path, body; and status, field if one is named, and words of the answer.
type Slip = (&'static str, &'static str, Value, u16, &'static str, &'static str);

async fn are_told(slips: Vec<Slip>) {
    let day = TestDay::at(NOON).await;
    weekdays(&day).await;
    for (method, path, body, status, field, part) in slips {
        let (found, problem) = ask(&day, method, path, body).await;
        let text = problem.to_string();
        assert_eq!(found, status, "{method} {path}: {text}");
        assert!(text.contains(part), "{method} {path}: {text}");
        if !field.is_empty() {
            assert_eq!(problem["errors"][0]["field"], field, "{method} {path}: {text}");
        }
    }
    day.close().await;
}

#[tokio::test]
async fn slips_about_people_and_rules_are_told() {
    let rule = |when: &str, zone: &str| json!({ "when": when, "zone": zone });
    let day = |date: &str| json!({ "date": date });
    are_told(vec![
        ("POST", "/sleepers", json!({ "name": "Ben", "phone": "123" }), 400, "phone", "country code"),
        ("POST", "/sleepers", json!({ "name": "Ben" }), 400, "", "missing field `phone`"),
        ("POST", "/sleepers", json!({ "nmae": "Ben", "phone": ANNA }), 400, "nmae", "unknown field"),
        ("POST", "/sleepers", json!({ "name": "Ben", "phone": ANNA }), 409, "", "another sleeper already"),
        ("GET", "/sleepers/Ana", Value::Null, 404, "", "Did you mean Anna?"),
        ("PATCH", "/sleepers/Anna", json!({ "language": "English" }), 400, "language", "language tag"),
        ("POST", "/schedules", rule("half past 6", ZONE), 400, "when", "did you mean 06:30?"),
        ("POST", "/schedules", rule("weekdays 06:30", "Berlin"), 400, "zone", "Europe/Berlin"),
        (
            "PATCH",
            "/schedules/Anna",
            json!({ "policy": { "check": "never" } }),
            400,
            "policy.check",
            "strict",
        ),
        ("PATCH", "/schedules/Anna", json!({ "policy": { "ring_secs": 1 } }), 400, "ring_secs", "5 to 120"),
        ("POST", "/schedules/Anna/skip", day("someday"), 400, "date", "is not a day"),
        ("POST", "/schedules/Anna/unskip", day("today"), 409, "", "is not skipped"),
        (
            "POST",
            "/schedules/Anna/pause",
            json!({ "from": "friday", "until": "monday" }),
            400,
            "until",
            "earlier",
        ),
        ("POST", "/schedules/Anna/resume", Value::Null, 409, "", "It is not paused"),
        (
            "POST",
            "/schedules/Anna/move",
            json!({ "date": "friday", "time": "25:00" }),
            400,
            "time",
            "not a time",
        ),
        ("POST", "/schedules/Anna/unmove", day("friday"), 409, "", "was not moved"),
        ("POST", "/schedules/Anna/add", json!({ "date": "friday" }), 400, "", "missing field `time`"),
        ("POST", "/schedules/Anna/travel", json!({ "zone": "Mars" }), 400, "zone", "is not a time zone"),
        ("POST", "/schedules/Anna/away", json!({ "until": "later" }), 400, "until", "is not a day"),
        ("POST", "/sleepers/Anna/travel", json!({ "zone": ZONE }), 409, "", "None of her schedules"),
        ("DELETE", "/schedules/Anna/exceptions/ffff", Value::Null, 404, "", "There is no exception"),
        ("DELETE", "/schedules/work", Value::Null, 404, "", "There is no schedule `work`"),
    ])
    .await;
}

#[tokio::test]
async fn slips_about_wake_ups_calls_settings_and_tokens_are_told() {
    let token = |scopes: &[&str]| json!({ "name": "tablet", "scopes": scopes });
    are_told(vec![
        ("GET", "/occurrences?state=soon", Value::Null, 400, "state", "coming"),
        ("GET", "/occurrences?limit=501", Value::Null, 400, "limit", "Ask for 1 to 500"),
        ("GET", "/occurrences/ffffffff", Value::Null, 404, "", "There is no wake-up `ffffffff`"),
        ("GET", "/occurrences/019c", Value::Null, 404, "", "more than one wake-up"),
        ("GET", "/occurrences/ffffffff/proofs", Value::Null, 404, "", "There is no wake-up"),
        ("POST", "/occurrences/next/cancel", Value::Null, 404, "", "There is no wake-up"),
        ("GET", "/attempts/ffffffff", Value::Null, 404, "", "There is no attempt"),
        ("GET", "/attempts?limit=0", Value::Null, 400, "limit", "Ask for 1 to 500"),
        ("GET", "/history?sleeper=Ben", Value::Null, 404, "", "There is no sleeper `Ben`"),
        ("POST", "/calls", json!({ "sleeper": "Ben" }), 404, "", "There is no sleeper `Ben`"),
        ("POST", "/calls", json!({ "mode": "fast" }), 400, "mode", "unknown variant"),
        (
            "PATCH",
            "/settings",
            json!({ "realtime_probability": 75 }),
            400,
            "realtime_probability",
            "0 (never",
        ),
        ("POST", "/calendars", json!({ "name": "h", "source": "h.ics" }), 400, "source", "absolute path"),
        ("POST", "/calendars/holidays/refresh", Value::Null, 404, "", "There is no calendar `holidays`"),
        ("DELETE", "/calendars/holidays", Value::Null, 404, "", "There is no calendar `holidays`"),
        ("POST", "/schedules/Anna/holidays", json!({ "calendar": "h" }), 404, "", "There is no calendar `h`"),
        ("GET", "/events?transcript=maybe", Value::Null, 400, "transcript", "true"),
        ("POST", "/tokens", token(&[]), 400, "scopes", "opens nothing"),
        ("POST", "/tokens", token(&["all"]), 400, "scopes[0]", "doorbell"),
        ("DELETE", "/tokens/tablet", Value::Null, 404, "", "There is no token"),
        ("GET", "/nowhere", Value::Null, 404, "", "nothing at this address"),
        ("PUT", "/sleepers", Value::Null, 405, "", "`Allow` header"),
    ])
    .await;
}
