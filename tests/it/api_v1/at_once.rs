//! Several hands at one rule and one sleeper in the same instant: nobody's edit is undone by another's.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{NOON, ask, done, weekdays};
use crate::support::TestDay;

async fn all_at_once(day: &TestDay, method: &str, path: &str, bodies: Vec<Value>) -> Vec<u16> {
    let asked = bodies.into_iter().map(|body| ask(day, method, path, body));
    join_all(asked).await.into_iter().map(|(status, _)| status).collect()
}

#[tokio::test]
async fn edits_at_once_are_all_kept() {
    let day = TestDay::at(NOON).await;
    weekdays(&day).await;
    let edits = vec![
        json!({ "when": "weekdays 07:15" }),
        json!({ "label": "early shift" }),
        json!({ "useful_for_mins": 45 }),
        json!({ "probability": 0.25 }),
        json!({ "policy": { "calls_allowed": 4 } }),
        json!({ "policy": { "check": "strict" } }),
    ];
    assert_eq!(all_at_once(&day, "PATCH", "/schedules/Anna", edits).await, [200; 6]);
    let rule = &done(&day, "GET", "/schedules/Anna", Value::Null).await;
    assert_eq!(rule["when"], "weekdays 07:15", "{rule}");
    assert_eq!((&rule["label"], &rule["useful_for_mins"]), (&json!("early shift"), &json!(45)), "{rule}");
    assert_eq!(rule["probability"], 0.25, "{rule}");
    assert_eq!(rule["policy"]["calls_allowed"], 4, "{rule}");
    assert_eq!(rule["policy"]["check"], "strict", "{rule}");

    let edits =
        vec![json!({ "name": "Anne" }), json!({ "phone": "+14155550177" }), json!({ "language": "fr-FR" })];
    let id = done(&day, "GET", "/sleepers/Anna", Value::Null).await["id"].as_str().unwrap().to_owned();
    assert_eq!(all_at_once(&day, "PATCH", &format!("/sleepers/{id}"), edits).await, [200; 3]);
    let anne = &done(&day, "GET", "/sleepers/Anne", Value::Null).await;
    assert_eq!(
        (&anne["language"], anne["phone"].as_str().map(|phone| phone.ends_with("77"))),
        (&json!("fr-FR"), Some(true)),
        "{anne}"
    );
    day.close().await;
}

#[tokio::test]
async fn of_two_sleepers_with_one_name_at_once_one_is_refused() {
    let day = TestDay::at(NOON).await;
    let new = |phone: &str| json!({ "name": "Bruno", "phone": phone });
    let twins = vec![new("+14155550171"), new("+14155550172"), new("+14155550173")];
    let mut statuses = all_at_once(&day, "POST", "/sleepers", twins).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
    day.close().await;
}
