use std::time::Duration;

use axum::http::Method;
use serde_json::Value;

use super::customer::body;
use super::*;
use crate::simulator::sleeper::{Answer, Sleeper};
use crate::simulator::twilio::CallStatus;
use crate::simulator::twilio::params::param;

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_fresh_call_is_queued_and_full_of_nulls() {
    let day = Day::new(Sleeper::never_answers()).await;
    let reply = day.rest(Method::POST, "/Calls.json", &call_form(&[])).await.unwrap();
    assert_eq!(reply.status, 201);
    let call = body(&reply);
    assert!(call["sid"].as_str().unwrap().starts_with("CA") && call["sid"].as_str().unwrap().len() == 34);
    assert_eq!(call["status"], "queued");
    assert_eq!(call["queue_time"], "0");
    for null in ["start_time", "end_time", "duration", "price", "answered_by"] {
        assert_eq!(call[null], Value::Null, "{null}");
    }
    day.close().await;
}

#[tokio::test]
async fn strangers_are_turned_away() {
    let day = Day::with(Sleeper::never_answers(), |options| {
        options.api_keys = vec![("SK1".to_owned(), "secret".to_owned())];
    })
    .await;
    for (who, status) in [("AC1:wrong", 401), ("AC2:token", 401), ("SK1:secret", 200), ("AC1:token", 200)] {
        let reply = day.rest_as(who, Method::GET, "/Calls.json", &[], PATIENCE).await.unwrap();
        assert_eq!(reply.status, status, "{who}");
        if status == 401 {
            assert_eq!(body(&reply)["code"], 20_003);
        }
    }
    for (method, path, status, code) in [
        (Method::GET, "/Calls/CA0.json", 404, 20_404),
        (Method::POST, "/Calls/CA0.json", 404, 20_404),
        (Method::GET, "/Calls", 404, 20_404),
        (Method::DELETE, "/Calls.json", 405, 20_004),
    ] {
        let reply = day.rest(method, path, &[]).await.unwrap();
        assert_eq!((reply.status, body(&reply)["code"].clone()), (status, code.into()), "{path}");
    }
    day.close().await;
}

#[tokio::test]
async fn lists_are_paged_by_token_newest_first() {
    let day = Day::new(Sleeper::absent(Answer::Busy)).await;
    let mut created = Vec::new();
    for _ in 0..5 {
        created.push(day.call(&[]).await);
    }
    day.over().await;
    let mut path = "/Calls.json?PageSize=2&Status=busy".to_owned();
    let mut listed = Vec::new();
    loop {
        let page = body(&day.rest(Method::GET, &path, &[]).await.unwrap());
        let calls = page["calls"].as_array().unwrap();
        assert!(calls.len() <= 2);
        listed.extend(calls.iter().map(|call| call["sid"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_page_uri"].as_str() else { break };
        next.strip_prefix("/2010-04-01/Accounts/AC1").unwrap().clone_into(&mut path);
    }
    created.reverse();
    assert_eq!(listed, created);
    let nobody = body(&day.rest(Method::GET, "/Calls.json?To=%2B4930", &[]).await.unwrap());
    assert_eq!(nobody["calls"], Value::Array(Vec::new()));
    let computed = day.rest(Method::GET, "/Calls.json?Page=1", &[]).await.unwrap();
    assert_eq!(computed.status, 400, "pages are followed, not computed");
    day.close().await;
}

#[tokio::test]
async fn what_is_fetched_is_behind_what_happened() {
    let day = Day::with(Sleeper::never_answers(), |options| {
        options.list_delay = Duration::from_hours(1);
    })
    .await;
    let sid = day.call(&[]).await;
    let fetched = day.rest(Method::GET, &format!("/Calls/{sid}.json"), &[]).await.unwrap();
    assert_eq!(fetched.status, 404);
    let listed = body(&day.rest(Method::GET, "/Calls.json", &[]).await.unwrap());
    assert_eq!(listed["calls"], Value::Array(Vec::new()));
    day.close().await;
}

#[tokio::test]
async fn a_call_taken_back_in_the_queue_ends_in_silence() {
    let day = Day::with(Sleeper::never_answers(), |options| options.calls_per_second = 0.01).await;
    day.call(&[]).await;
    let waiting = day.call(&[]).await;
    let cancel = [param("Status", "canceled")];
    let reply = day.rest(Method::POST, &format!("/Calls/{waiting}.json"), &cancel).await.unwrap();
    assert_eq!((reply.status, body(&reply)["status"].clone()), (200, "canceled".into()));
    day.over().await;
    let told = day.asked("/status");
    assert!(!told.is_empty(), "the other call is told about");
    assert!(told.iter().all(|asked| asked.get("CallSid") != Some(waiting.as_str())));
    day.close().await;
}

#[tokio::test]
async fn a_ringing_call_can_be_canceled_but_not_redirected() {
    let mut day = Day::new(Sleeper::never_answers()).await;
    let sid = day.call(&[]).await;
    day.until(|what| *what == super::super::Happening::Ringing).await;
    let path = format!("/Calls/{sid}.json");
    let redirect = [param("Url", "https://wake.example.com/other")];
    let refused = day.rest(Method::POST, &path, &redirect).await.unwrap();
    assert_eq!((refused.status, body(&refused)["code"].clone()), (400, 21_220.into()));
    let canceled = day.rest(Method::POST, &path, &[param("Status", "completed")]).await.unwrap();
    assert_eq!(body(&canceled)["status"], "canceled");
    day.over().await;
    let last = day.asked("/status").pop().unwrap();
    assert_eq!((last.get("CallStatus"), last.get("SipResponseCode")), (Some("canceled"), Some("487")));
    day.close().await;
}

#[tokio::test]
async fn calls_that_reach_nobody_end_with_their_reason() {
    for (answers, status, sip) in [
        (Answer::Never, CallStatus::NoAnswer, "487"),
        (Answer::Busy, CallStatus::Busy, "486"),
        (Answer::Declines, CallStatus::Busy, "603"),
        (Answer::Failed, CallStatus::Failed, "404"),
        (Answer::AfterRinging(Duration::from_secs(30)), CallStatus::NoAnswer, "487"),
    ] {
        let day = Day::new(Sleeper::absent(answers.clone())).await;
        let sid = day.call(&[("Timeout", "10")]).await;
        day.over().await;
        assert_eq!(day.exchange.call(&sid).unwrap().status, status, "{answers:?}");
        let last = day.asked("/status").pop().unwrap();
        assert_eq!(last.get("CallStatus"), Some(status.as_str()), "{answers:?}");
        assert_eq!(last.get("SipResponseCode"), Some(sip), "{answers:?}");
        assert_eq!((last.get("CallDuration"), last.get("Duration")), (Some("0"), Some("0")));
        assert!(day.asked("/voice").is_empty(), "{answers:?}");
        day.close().await;
    }
}
