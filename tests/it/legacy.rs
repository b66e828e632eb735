//! The original work's paths: what they answer, to whom, and what they never do.

mod one_off;
mod sockets;

use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use wakeup_coach::domain::attempt::Outcome;
use wakeup_coach::domain::wake_up::End;
use wakeup_coach::simulator::sleeper::{Answer, Sleeper};
use wakeup_coach::simulator::twilio::CreateFault;

use crate::support::TestDay;

const MONDAY: &str = "2026-03-02T06:29:00[Europe/Berlin]";

/// Every old path of the owner's, with a method it takes.
const OWNERS: [(&str, &str); 15] = [
    ("GET", "/"),
    ("GET", "/realtime-api-config"),
    ("POST", "/realtime-api-config?probability=1"),
    ("GET", "/test-call"),
    ("POST", "/test-call"),
    ("GET", "/test-call-realtime"),
    ("POST", "/test-call-realtime"),
    ("GET", "/test-call-traditional"),
    ("POST", "/test-call-traditional"),
    ("POST", "/call"),
    ("POST", "/schedule-test"),
    ("GET", "/list-scheduled"),
    ("GET", "/cancel-scheduled/0"),
    ("POST", "/cancel-scheduled/0"),
    ("GET", "/websocket-status"),
];

/// A request with these headers; its status, media type and text.
async fn sends(day: &TestDay, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
    let url = format!("http://{}{path}", day.morning.running.admin_address);
    let mut request = wakeup_coach::http::client().request(method.parse::<Method>().unwrap(), url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("the daemon answers");
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    (answer.status().as_u16(), kind.unwrap_or_default(), answer.text().await.unwrap())
}

fn assert_is_problem(status: u16, answer: &Value) {
    assert_eq!(answer["status"], json!(status), "{answer}");
    assert!(answer["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{answer}");
}

#[tokio::test]
async fn nobody_without_the_token_gets_anything_or_dials() {
    let day = TestDay::at(MONDAY).await;
    let token = day.morning.admin_token.expose_secret().to_owned();
    let in_query = format!("token={token}&access_token={token}&ticket={token}");
    let cookie = format!("token={token}; session={token}");
    for (method, path) in OWNERS {
        let with_query = format!("{path}{}{in_query}", if path.contains('?') { '&' } else { '?' });
        let basic = format!("Basic {token}");
        let tries: [(&str, &[(&str, &str)]); 5] = [
            (path, &[]),
            (path, &[("authorization", "Bearer wrong-token-of-some-length")]),
            (path, &[("authorization", &basic)]),
            (path, &[("cookie", &cookie), ("sec-purpose", "prefetch"), ("x-forwarded-for", "127.0.0.1")]),
            (&with_query, &[]),
        ];
        for (path, headers) in tries {
            let (status, kind, text) = sends(&day, method, path, headers).await;
            assert_eq!((status, kind.as_str()), (401, "application/problem+json"), "{method} {path}: {text}");
        }
    }
    assert_eq!((day.creates_asked(), day.morning.store.list_recent(9).await.unwrap().len()), (0, 0));
    day.close().await;
}

#[tokio::test]
async fn the_first_page_is_status_to_a_script_and_a_sign_of_life_to_a_browser() {
    let day = TestDay::at(MONDAY).await.always_realtime().await;
    let (status, home) = day.ask("GET", "/", "").await;
    assert_eq!((status, &home["status"]), (200, &json!("Wake-up Coach is running")));
    assert_eq!(home["realtime_api_probability"], json!(1.0));
    assert_eq!(home["realtime_api_percentage"], json!("100.0%"));
    let browser = [("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")];
    let (status, kind, html) = sends(&day, "GET", "/", &browser).await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    assert!(html.contains("Wake-up Coach is running") && !html.contains("100.0%"), "{html}");
    for (path, kind) in
        [("/pages.css", "text/css; charset=utf-8"), ("/websocket-test.js", "text/javascript; charset=utf-8")]
    {
        let (status, found, _) = sends(&day, "GET", path, &[]).await;
        assert_eq!((status, found.as_str()), (200, kind));
    }
    day.close().await;
}

#[tokio::test]
async fn a_call_the_carrier_refuses_is_a_problem_and_not_a_success() {
    let mut day = TestDay::at(MONDAY).await.never_realtime().await;
    day.sleeps_like(vec![Sleeper::absent(Answer::Busy)]);
    for path in ["/call", "/test-call"] {
        day.next_creates(&[CreateFault::Refused(21_215)]);
        let (status, answer) = day.ask("POST", path, "").await;
        assert_eq!(status, 502, "{answer}");
        assert_is_problem(502, &answer);
        assert!(answer["instance"].as_str().unwrap().starts_with("/api/v1/attempts/"), "{answer}");
        assert_eq!(day.finished().await, Outcome::RefusedForGood);
        assert_eq!(day.ended().await, End::RefusedForGood);
    }
    let (status, placed) = day.ask("POST", "/call", "").await;
    assert_eq!((status, &placed["using_realtime_api"]), (200, &json!(false)));
    assert!(placed["call_sid"].as_str().unwrap().starts_with("CA"), "{placed}");
    day.ended().await;
    for (method, path) in [("GET", "/call"), ("GET", "/schedule-test"), ("DELETE", "/test-call")] {
        let (status, answer) = day.ask(method, path, "").await;
        assert_eq!(status, 405, "{method} {path}");
        assert_is_problem(405, &answer);
    }
    for body in ["{", "[]", r#"{"sleeper": 7}"#] {
        let (status, answer) = day.ask("POST", "/call", body).await;
        assert_eq!(status, 400, "{body}");
        assert_is_problem(400, &answer);
    }
    assert_eq!(day.ask("POST", "/call", r#"{"sleeper": "somebody"}"#).await.0, 404);
    day.close().await;
}

#[tokio::test]
async fn the_test_document_only_speaks_and_is_not_for_strangers() {
    let day = TestDay::at(MONDAY).await;
    for method in ["GET", "POST"] {
        let (status, document) = day.ask(method, "/twiml?test_mode=true", "").await;
        assert_eq!(status, 200, "{document}");
        let document = document.as_str().unwrap();
        assert!(document.contains("<Say") && document.contains("This is a test"), "{document}");
        assert!(!document.contains("<Connect") && !document.contains("<Gather"), "{document}");
        assert_eq!(day.ask_as(None, method, "/twiml?test_mode=true", "").await.0, 403);
        assert_eq!(day.ask_as(Some("wrong"), method, "/twiml?test_mode=true", "").await.0, 401);
        let (status, refusal) = day.ask(method, "/twiml", "").await;
        assert_eq!(status, 403, "the token is not the carrier: {refusal}");
    }
    let form = [
        ("CallSid", "CA00000000000000000000000000000001"),
        ("From", "+14155550199"),
        ("CallStatus", "ringing"),
    ];
    let (status, document) = day.carrier_sends("/twiml?test_mode=true", &form).await;
    assert!(status == 200 && document.contains("This is a test"), "{document}");
    let (status, document) = day.carrier_sends("/twiml?test_mode=false", &form).await;
    assert!(status == 200 && document.contains("only wakes the people it knows"), "{document}");
    assert!(day.morning.store.list_recent(9).await.unwrap().is_empty(), "nobody was called");
    day.close().await;
}

#[tokio::test]
async fn the_owners_paths_can_stand_on_a_port_of_their_own() {
    let day = TestDay::plan(MONDAY, 8.0, |plan| plan.admin_apart = true).await;
    let (public, owners) = (day.morning.running.address, day.morning.running.admin_address);
    assert_ne!(public, owners);
    let token = day.morning.admin_token.expose_secret();
    let ask = async |address, path: &str| {
        let request = wakeup_coach::http::client().get(format!("http://{address}{path}")).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };
    for path in ["/", "/realtime-api-config", "/list-scheduled", "/websocket-status", "/api/v1/schedules"] {
        assert_eq!((ask(public, path).await, ask(owners, path).await), (404, 200), "{path}");
    }
    for path in ["/test-call", "/call", "/schedule-test", "/cancel-scheduled/0"] {
        assert_eq!(ask(public, path).await, 404, "{path}");
    }
    for path in ["/healthz", "/websocket-test.html", "/pages.css"] {
        assert_eq!((ask(public, path).await, ask(owners, path).await), (200, 200), "{path}");
    }
    assert_eq!(
        (ask(public, "/twiml?test_mode=true").await, ask(owners, "/twiml?test_mode=true").await),
        (200, 404)
    );
    day.close().await;
}
